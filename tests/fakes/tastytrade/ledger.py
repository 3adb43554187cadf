"""The account of the fake: holdings, cash, margin and fees, and the JSON they are told in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fakes.tastytrade.contracts import INDICES, Contract
from fakes.tastytrade.orders import VenueFill, VenueLeg, VenueOrder, iso

ZERO = Decimal(0)
FAR = Decimal(1_000_000)


@dataclass
class Holding:
    contract: Contract
    quantity: int = 0
    average: Decimal = ZERO
    close: Decimal = ZERO
    opened_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass
class Ledger:
    """What the account has. `fills` is every fill ever booked, by fill id: the truth a test compares with."""

    number: str = "5WT00042"
    cash: Decimal = Decimal(100_000)
    holdings: dict[str, Holding] = field(default_factory=dict)
    fills: dict[str, tuple[str, int, Decimal]] = field(default_factory=dict)
    transactions: list[dict[str, Any]] = field(default_factory=list)
    status: dict[str, Any] = field(default_factory=dict)
    tied_up: Decimal = ZERO

    def held(self, symbol: str) -> int:
        found = self.holdings.get(symbol)
        return found.quantity if found else 0

    def positions(self) -> dict[str, int]:
        return {symbol: holding.quantity for symbol, holding in self.holdings.items() if holding.quantity}

    def record(self, leg: VenueLeg, fill: VenueFill) -> None:
        """A fill happened; the holding moves with `book`, which may come later."""
        assert fill.fill_id not in self.fills
        self.fills[fill.fill_id] = (leg.contract.symbol, fill.quantity * leg.direction, fill.price)

    def book(self, order: VenueOrder, leg: VenueLeg, fill: VenueFill) -> None:
        signed = fill.quantity * leg.direction
        holding = self.holdings.setdefault(leg.contract.symbol, Holding(leg.contract, opened_at=fill.at))
        if holding.quantity * signed >= 0:
            total = abs(holding.quantity) + fill.quantity
            holding.average = (holding.average * abs(holding.quantity) + fill.price * fill.quantity) / total
        elif abs(signed) > abs(holding.quantity):
            holding.average = fill.price
        holding.quantity += signed
        holding.close, holding.updated_at = fill.price, fill.at
        fee = fees(leg.contract, leg.action, fill.quantity)
        value = -signed * fill.price * leg.contract.multiplier
        self.cash += value - fee
        self.transactions.append(self._transaction(order, leg, fill, value, fee))

    # -- as told --------------------------------------------------------------------------------------------------

    @property
    def net_liquidating_value(self) -> Decimal:
        marks = (holding.quantity * holding.close * holding.contract.multiplier for holding in self.holdings.values())
        return self.cash + sum(marks, ZERO)

    @property
    def requirement(self) -> Decimal:
        return requirement((holding.contract, holding.quantity, ZERO) for holding in self.holdings.values())

    @property
    def buying_power(self) -> Decimal:
        return self.net_liquidating_value - self.requirement - self.tied_up

    def balances_json(self) -> dict[str, Any]:
        zero = (
            "long-equity-value", "short-equity-value", "long-futures-value", "short-futures-value",
            "long-futures-derivative-value", "short-futures-derivative-value", "long-margineable-value",
            "short-margineable-value", "day-trading-buying-power", "maintenance-call-value", "reg-t-call-value",
            "day-trading-call-value", "day-equity-call-value", "pending-cash", "long-cryptocurrency-value",
            "short-cryptocurrency-value", "cryptocurrency-margin-requirement", "unsettled-cryptocurrency-fiat-amount",
            "closed-loop-available-balance", "equity-offering-margin-requirement", "long-bond-value",
            "bond-margin-requirement", "pending-margin-interest", "effective-cryptocurrency-buying-power",
            "buying-power-adjustment", "futures-margin-requirement", "futures-overnight-margin-requirement",
            "futures-intraday-margin-requirement", "long-derivative-value", "short-derivative-value",
        )  # fmt: skip
        needed, power, worth = self.requirement + self.tied_up, self.buying_power, self.net_liquidating_value
        fields: dict[str, Any] = dict.fromkeys(zero, "0.0")
        fields |= {
            "account-number": self.number,
            "cash-balance": money(self.cash),
            "margin-equity": money(worth),
            "net-liquidating-value": money(worth),
            "equity-buying-power": money(power),
            "derivative-buying-power": money(power),
            "available-trading-funds": money(power),
            "cash-available-to-withdraw": money(power),
            "day-trade-excess": money(power),
            "maintenance-excess": money(power),
            "maintenance-requirement": money(needed),
            "used-derivative-buying-power": money(needed),
            "reg-t-margin-requirement": money(needed),
            "pending-cash-effect": "None",
            "unsettled-cryptocurrency-fiat-effect": "None",
            "buying-power-adjustment-effect": "None",
            "snapshot-date": "2026-11-05",
            "currency": "USD",
            "updated-at": "2026-11-05T15:00:32.714+00:00",
        }
        return fields

    def position_json(self, holding: Holding) -> dict[str, Any]:
        contract, direction = holding.contract, holding.quantity
        at = iso(holding.updated_at or datetime(2026, 11, 5, tzinfo=UTC))
        fields: dict[str, Any] = {
            "account-number": self.number,
            "symbol": contract.symbol,
            "instrument-type": contract.instrument_type,
            "underlying-symbol": contract.underlying,
            "quantity": abs(direction),
            "quantity-direction": "Long" if direction > 0 else "Short" if direction < 0 else "Zero",
            "close-price": money(holding.close),
            "average-open-price": money(holding.average),
            "multiplier": contract.multiplier,
            "cost-effect": "Credit" if direction > 0 else "Debit" if direction < 0 else "None",
            "is-suppressed": False,
            "is-frozen": False,
            "restricted-quantity": 0,
            "realized-day-gain": "0.0",
            "realized-day-gain-effect": "None",
            "realized-today": "0.0",
            "realized-today-effect": "None",
            "created-at": at,
            "updated-at": at,
        }
        if contract.expiration is not None:
            fields["expires-at"] = f"{contract.expiration}T21:00:00.000+00:00"
        return fields

    def status_json(self) -> dict[str, Any]:
        off = (
            "has-intraday-equities-margin", "is-aggregated-at-clearing", "is-closed", "is-closing-only",
            "is-cryptocurrency-closing-only", "is-cryptocurrency-enabled", "is-equity-offering-closing-only",
            "is-equity-offering-enabled", "is-frozen", "is-full-equity-margin-required", "is-futures-closing-only",
            "is-futures-intra-day-enabled", "is-in-day-trade-equity-maintenance-call", "is-in-margin-call",
            "is-pattern-day-trader", "is-portfolio-margin-enabled", "is-risk-reducing-only",
            "is-small-notional-futures-intra-day-enabled", "are-far-otm-net-options-restricted",
        )  # fmt: skip
        fields: dict[str, Any] = dict.fromkeys(off, False)
        fields |= {
            "id": 42,
            "account-number": self.number,
            "day-trade-count": 0,
            "equities-margin-calculation-type": "Reg T",
            "fee-schedule-name": "default",
            "futures-margin-rate-multiplier": "1.0",
            "is-futures-enabled": True,
            "is-roll-the-day-forward-enabled": True,
            "options-level": "No Restrictions",
            "short-calls-enabled": True,
            "small-notional-futures-margin-rate-multiplier": "1.0",
            "updated-at": "2026-11-01T12:00:00.000+00:00",
        }
        return fields | self.status

    def account_json(self) -> dict[str, Any]:
        return {
            "account-number": self.number,
            "external-id": "A0042",
            "opened-at": "2024-02-12T17:02:11.345+00:00",
            "nickname": "Fake",
            "account-type-name": "Individual",
            "is-closed": self.status.get("is-closed", False),
            "day-trader-status": False,
            "is-firm-error": False,
            "is-firm-proprietary": False,
            "is-futures-approved": True,
            "is-test-drive": False,
            "margin-or-cash": "Margin",
            "is-foreign": False,
            "suitable-options-level": "No Restrictions",
            "created-at": "2024-02-12T17:02:11.360+00:00",
        }

    def margin_json(self, order: VenueOrder | None = None) -> dict[str, Any]:
        """The margin report, as it is or as it would be with an order on."""
        held = [(holding.contract, holding.quantity, ZERO) for holding in self.holdings.values() if holding.quantity]
        if order is not None:
            held += [(leg.contract, leg.quantity * leg.direction, ZERO) for leg in order.legs]
        needed, power = requirement(held), self.net_liquidating_value - requirement(held)
        fields: dict[str, Any] = {
            "account-number": self.number,
            "description": "Total",
            "margin-calculation-type": "Reg T",
            "option-level": "No Restrictions",
            "last-state-timestamp": 1793890832000,
        }
        fields |= effect("margin-requirement", needed) | effect("initial-requirement", needed)
        fields |= effect("maintenance-requirement", needed) | effect("margin-equity", -self.net_liquidating_value)
        fields |= effect("option-buying-power", -power) | effect("reg-t-option-buying-power", -power)
        fields |= effect("reg-t-margin-requirement", needed) | effect("maintenance-excess", -power)
        groups = []
        for name in sorted({contract.underlying for contract, _, _ in held}):
            of_name = [row for row in held if row[0].underlying == name]
            group: dict[str, Any] = {
                "description": name,
                "code": name.lstrip("/"),
                "underlying-symbol": name,
                "underlying-type": of_name[0][0].underlying_type,
                "margin-calculation-type": "Span" if name.startswith("/") else "Reg T",
                "groups": [],
            }
            group |= effect("margin-requirement", requirement(of_name)) | effect("buying-power", requirement(of_name))
            groups.append(group)
        fields["groups"] = groups or [{}]
        return fields

    def _transaction(
        self, order: VenueOrder, leg: VenueLeg, fill: VenueFill, value: Decimal, fee: Decimal
    ) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "id": 700 + len(self.transactions),
            "account-number": self.number,
            "symbol": leg.contract.symbol,
            "instrument-type": leg.contract.instrument_type,
            "underlying-symbol": leg.contract.underlying,
            "transaction-type": "Trade",
            "transaction-sub-type": leg.action,
            "description": f"{leg.action} {fill.quantity} {leg.contract.symbol} @ {fill.price}",
            "action": leg.action,
            "quantity": f"{fill.quantity}.0",
            "price": format(fill.price, "f"),
            "executed-at": iso(fill.at),
            "transaction-date": str(fill.at.date()),
            "is-estimated-fee": True,
            "exec-id": fill.exec_id,
            "ext-exec-id": fill.exec_id,
            "order-id": order.order_id,
            "leg-count": len(order.legs),
            "destination-venue": fill.venue,
            "currency": "USD",
        }
        fields |= effect("value", -value) | effect("net-value", fee - value) | effect("commission", fee)
        for name in ("regulatory-fees", "clearing-fees", "proprietary-index-option-fees"):
            fields |= effect(name, ZERO)
        return fields


def money(amount: Decimal) -> str:
    return format(amount.quantize(Decimal("0.0001")).normalize() + ZERO, "f")


def effect(name: str, debit: Decimal) -> dict[str, str]:
    """A magnitude and its effect; `debit` positive for a debit."""
    word = "Debit" if debit > 0 else "Credit" if debit < 0 else "None"
    return {name: money(abs(debit)), f"{name}-effect": word}


def fees(contract: Contract, action: str, quantity: int) -> Decimal:
    """What a fill costs; the fake's own tariff: 1.13 to open an option, 0.13 to close, 0.65 more for an index."""
    if contract.instrument_type == "Equity":
        return ZERO
    each = Decimal("0.13") + (1 if action.endswith("Open") else 0)
    if contract.product in INDICES:
        each += Decimal("0.65")
    return each * quantity


def requirement(held: Iterable[tuple[Contract, int, Decimal]]) -> Decimal:
    """The most the options of each expiration and underlying can lose at expiry; 20 % of the strikes when unbounded."""
    groups: dict[tuple[str, object], list[tuple[Contract, int]]] = {}
    total = ZERO
    for contract, quantity, _ in held:
        if contract.right and quantity:
            groups.setdefault((contract.underlying, contract.expiration), []).append((contract, quantity))
        elif contract.instrument_type == "Future":
            total += abs(quantity) * Decimal(1000)
    for legs in groups.values():
        total += _worst(legs)
    return total


def _worst(legs: list[tuple[Contract, int]]) -> Decimal:
    def payoff(spot: Decimal) -> Decimal:
        worth = ZERO
        for contract, quantity in legs:
            inside = spot - contract.strike if contract.right == "C" else contract.strike - spot
            worth += quantity * contract.multiplier * max(ZERO, inside)
        return worth

    calls = sum(quantity * contract.multiplier for contract, quantity in legs if contract.right == "C")
    puts = sum(quantity * contract.multiplier for contract, quantity in legs if contract.right == "P")
    if calls < 0 or puts < 0:
        naked = [contract.strike * contract.multiplier * -quantity for contract, quantity in legs if quantity < 0]
        return sum(naked, ZERO) / 5
    return max(ZERO, -min(payoff(contract.strike) for contract, _ in legs))
