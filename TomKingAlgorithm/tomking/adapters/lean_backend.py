"""LEAN as a broker: packages out as combo orders, LEAN's order events back as reports.

What LEAN really does decides the shape (observed on the engine): a synchronous combo's events arrive before the order
call returns; a refused pre-check gives one invalid ticket and no event; of a refused combo only the statuses tell the
truth; a text given to `cancel` would replace the tag of that leg, so none is ever given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from AlgorithmImports import (
    BrokerageName,
    OrderEvent,
    OrderProperties,
    OrderTicket,
    OrderType,
    QCAlgorithm,
    SecurityType,
    TimeInForce,
)
from AlgorithmImports import (
    Leg as LeanLeg,
)
from AlgorithmImports import (
    OrderStatus as LeanStatus,
)

from tomking.adapters.lean_margin import lean_requirement
from tomking.adapters.lean_symbols import LeanSymbols, UnknownSymbol
from tomking.errors import InvalidTransition, OrderRefused
from tomking.events import CloseReason, FillReason
from tomking.execution.backend import (
    Accepted,
    Balances,
    Capabilities,
    Closed,
    Filled,
    OrderReport,
    OrderRequest,
    OrderStatus,
    Report,
    Settled,
)
from tomking.market.contract import Contract, Kind
from tomking.market.leg import Leg

MAX_COMBO_LEGS = 4
"""Tastytrade's limit on the legs of one order; LEAN itself has none."""

TAKES_COMBO_MARKET = frozenset(
    {
        BrokerageName.DEFAULT,
        BrokerageName.INTERACTIVE_BROKERS_BROKERAGE,
        BrokerageName.INTERACTIVE_BROKERS_FIX,
        BrokerageName.TRADE_STATION,
        BrokerageName.CHARLES_SCHWAB,
    }
)
"""Brokerages whose LEAN models take combo market orders; Tastytrade's and all others are not asked."""

_REJECTED = "LEAN_INVALID"
_WOULD_OPEN = "WOULD_OPEN"


@dataclass(slots=True)
class _Sent:
    """What is known of one of our orders."""

    request: OrderRequest
    tickets: list[OrderTicket] = field(default_factory=list)
    fills: list[Filled] = field(default_factory=list)
    venue_ids: set[int] = field(default_factory=set)
    accepted: bool = False
    close_reason: CloseReason | None = None
    text: str = ""


class LeanBackend:
    """The `Backend` that trades through LEAN's own order methods."""

    def __init__(self, algorithm: QCAlgorithm, symbols: LeanSymbols) -> None:
        self._algorithm = algorithm
        self._symbols = symbols
        self._inbox: deque[Report] = deque()
        self._sent: dict[str, _Sent] = {}
        self._owner: dict[int, str] = {}
        self._doubts: deque[str] = deque()
        self._capabilities = Capabilities(MAX_COMBO_LEGS, combo_market=algorithm.brokerage_name in TAKES_COMBO_MARKET)

    @property
    def capabilities(self) -> Capabilities:
        """Native combos of up to four legs, at market where LEAN's brokerage model takes such orders."""
        return self._capabilities

    def submit(self, request: OrderRequest) -> None:
        """Send the package as one order.

        Raises:
            OrderRefused: it would open where it should close, is at market where the brokerage takes no such order, or
                LEAN's checks, its margin model or its brokerage model said no.
        """
        if request.at_market and not (self._capabilities.combo_market and len(request.legs) > 1):
            text = "only packages go at market, and only where LEAN's brokerage model takes them"
            raise OrderRefused("NO_MARKET_ORDERS", text, was_sent=False)
        self._refuse_opening(request)
        sent = self._sent[request.order_id] = _Sent(request)
        properties = OrderProperties()
        if request.day:
            properties.time_in_force = TimeInForce.DAY
        limit = float(request.limit)
        if len(request.legs) == 1:
            leg = request.legs[0]
            sent.tickets = [
                self._algorithm.limit_order(
                    self._symbols.symbol(leg.contract),
                    leg.ratio * request.quantity,
                    abs(limit),
                    tag=request.order_id,
                    order_properties=properties,
                )
            ]
        else:
            legs = [LeanLeg.create(self._symbols.symbol(leg.contract), leg.ratio) for leg in request.legs]
            sent.tickets = list(
                self._algorithm.combo_market_order(
                    legs, request.quantity, asynchronous=True, tag=request.order_id, order_properties=properties
                )
                if request.at_market
                else self._algorithm.combo_limit_order(
                    legs, request.quantity, limit, tag=request.order_id, order_properties=properties
                )
            )
        for ticket in sent.tickets:
            self._own(ticket.order_id, request.order_id)
        self._refuse_invalid(sent)

    def _refuse_opening(self, request: OrderRequest) -> None:
        """LEAN knows no strict closing: an order that takes off more than is held would open the other side."""
        for leg in request.legs if request.closing else ():
            held = int(self._algorithm.portfolio[self._symbols.symbol(leg.contract)].quantity)
            is_covered = held * leg.ratio < 0 and abs(held) >= abs(leg.ratio) * request.quantity
            if leg.contract not in request.opens and not is_covered:
                raise OrderRefused(_WOULD_OPEN, f"{held:+d} {leg.contract.text} is held: it would not only close")

    def _own(self, lean_id: int, order_id: str) -> None:
        if lean_id > 0:
            self._owner[lean_id] = order_id
            self._sent[order_id].venue_ids.add(lean_id)

    def _refuse_invalid(self, sent: _Sent) -> None:
        """LEAN answers a refusal with statuses: one invalid ticket for a pre-check, all of them for a later check."""
        if not any(ticket.status == LeanStatus.INVALID for ticket in sent.tickets):
            return
        order_id = sent.request.order_id
        responses = [ticket.submit_request.response for ticket in sent.tickets]
        refusal = next((response for response in responses if response.is_error), None)
        code = _REJECTED if refusal is None else f"LEAN{int(refusal.error_code)}"
        text = sent.text if refusal is None else str(refusal.error_message)
        # its events, if any, arrived inside the call and say the same once more
        self._inbox = deque(report for report in self._inbox if getattr(report, "order_id", None) != order_id)
        sent.close_reason, sent.text = CloseReason.REJECTED, text
        raise OrderRefused(code, text)

    def replace(self, order_id: str, request: OrderRequest) -> None:
        """Nothing: LEAN changes an order in place, under the id it has; no second one can stand in for it.

        Raises:
            OrderRefused: always; the old order is as it was.
        """
        raise OrderRefused(
            "NO_REPLACING", f"{order_id} is not replaced by {request.order_id}: cancel it, and send anew"
        )

    def cancel(self, order_id: str) -> None:
        """Cancel every leg: a simulated brokerage ends the group at the first, a real one wants all."""
        for ticket in self._sent[order_id].tickets:
            if ticket.status not in (LeanStatus.FILLED, LeanStatus.CANCELED, LeanStatus.INVALID):
                ticket.cancel()

    def on_order_event(self, event: OrderEvent) -> None:
        """Take LEAN's notice into the inbox; called on whatever thread LEAN likes, sometimes inside `submit`."""
        ticket = event.ticket
        if ticket is not None and ticket.order_type == OrderType.OPTION_EXERCISE:
            self._on_settlement(event)
            return
        order_id = self._owner.get(event.order_id)
        if order_id is None:
            order_id = "" if ticket is None else str(ticket.tag)
            if order_id not in self._sent:
                return  # not ours: a liquidation by LEAN or by hand; reconciliation will show its effect
            self._own(event.order_id, order_id)
        self._on_own_event(self._sent[order_id], event)

    def _on_own_event(self, sent: _Sent, event: OrderEvent) -> None:
        order_id = sent.request.order_id
        if event.status == LeanStatus.SUBMITTED:
            if not sent.accepted:
                sent.accepted = True
                self._inbox.append(Accepted(order_id, str(event.order_id)))
        elif event.status in (LeanStatus.FILLED, LeanStatus.PARTIALLY_FILLED):
            fill = self._fill(order_id, event)
            if any(known.fill_id == fill.fill_id for known in sent.fills):
                return  # told twice
            sent.fills.append(fill)
            self._inbox.append(fill)
            if self._is_filled(sent):
                self._close(sent, CloseReason.FILLED, "")
        elif event.status == LeanStatus.CANCELED:
            self._close(sent, CloseReason.CANCELED, str(event.message))
        elif event.status == LeanStatus.INVALID:
            if self._algorithm.live_mode and sent.close_reason is None and sent.tickets:
                self._doubts.append(f"LEAN calls an order invalid that may live: {order_id}: {event.message}")
            self._close(sent, CloseReason.REJECTED, str(event.message))

    def _close(self, sent: _Sent, reason: CloseReason, text: str) -> None:
        if sent.close_reason is None:  # each leg of a combo says it again
            sent.close_reason, sent.text = reason, text
            self._inbox.append(Closed(sent.request.order_id, reason, text))

    def _fill(self, order_id: str, event: OrderEvent) -> Filled:
        return Filled(
            fill_id=f"{order_id}/{event.order_id}/{event.id}",
            order_id=order_id,
            contract=self._symbols.contract(event.symbol),
            quantity=int(event.fill_quantity),
            price=_decimal(event.fill_price),
            fee=_decimal(event.order_fee.value.amount),
            at=_utc(event.utc_time),
        )

    def _is_filled(self, sent: _Sent) -> bool:
        wanted = {leg.contract: leg.ratio * sent.request.quantity for leg in sent.request.legs}
        for fill in sent.fills:
            wanted[fill.contract] -= fill.quantity
        return not any(wanted.values())

    def _on_settlement(self, event: OrderEvent) -> None:
        """Expiry, exercise and assignment come as fills of an exercise order LEAN made itself."""
        if event.status != LeanStatus.FILLED:
            return
        contract = self._symbols.contract(event.symbol)
        if event.is_assignment:
            reason = FillReason.ASSIGNED
        elif event.is_in_the_money:
            reason = FillReason.EXERCISED
        else:
            reason = FillReason.EXPIRED
        self._inbox.append(
            Settled(
                settlement_id=f"lean/{event.order_id}/{event.id}",
                contract=contract,
                quantity=int(event.fill_quantity),
                price=self._settlement_price(contract, event, reason),
                reason=reason,
                at=_utc(event.utc_time),
            )
        )

    def _settlement_price(self, contract: Contract, event: OrderEvent, reason: FillReason) -> Decimal:
        """LEAN books an option out at 0 and pays an index option's value straight into cash: name that value."""
        settles_in_cash = event.symbol.security_type == SecurityType.INDEX_OPTION
        if contract.kind is Kind.OPTION and settles_in_cash and reason is not FillReason.EXPIRED:
            return contract.intrinsic(_decimal(self._algorithm.securities[event.symbol.underlying].price))
        return _decimal(event.fill_price)

    def drain(self) -> Sequence[Report]:
        """The reports since the last call.

        Raises:
            InvalidTransition: live, an order may live at the broker and nobody can be asked: a person must look. LEAN
                called it invalid after it had left, as its plug-ins do too when only the reply was lost; or an earlier
                process sent it, and LEAN, which forgets ids when it restarts, lists orders nobody here has sent.
        """
        if self._doubts:
            raise InvalidTransition(f"look at the broker's page: {self._doubts.popleft()}")
        taken: list[Report] = []
        while self._inbox:
            taken.append(self._inbox.popleft())
        return taken

    def look_up(self, order_id: str) -> OrderReport | None:
        """What LEAN knows of one of our orders; None when it never saw it in this run."""
        sent = self._sent.get(order_id)
        if sent is None and self._algorithm.live_mode:
            self._suspect(order_id)
        return None if sent is None or not sent.venue_ids else self._report(sent)

    def _suspect(self, order_id: str) -> None:
        """It may be among the orders that LEAN found at the broker when it started: "not known" is no answer then."""
        found = [order for order in self._algorithm.transactions.get_open_orders() if order.id not in self._owner]
        if found and not self._doubts:
            names = ", ".join(sorted({str(order.symbol.value) for order in found}))
            self._doubts.append(
                f"{order_id} is of an earlier process and may work still, among orders in {names}: "
                "cancel them, and start again"
            )

    def orders(self) -> Sequence[OrderReport]:
        """All our orders of this run: LEAN forgets tags when it restarts."""
        return [self._report(sent) for sent in self._sent.values() if sent.venue_ids]

    def _report(self, sent: _Sent) -> OrderReport:
        return OrderReport(
            order_id=sent.request.order_id,
            venue_order_id=str(min(sent.venue_ids)),
            status=OrderStatus.WORKING if sent.close_reason is None else OrderStatus.CLOSED,
            legs=sent.request.legs,
            quantity=sent.request.quantity,
            fills=tuple(sent.fills),
            close_reason=sent.close_reason,
            text=sent.text,
        )

    def positions(self) -> Mapping[Contract, int]:
        """LEAN's holdings by contract; currencies and the like are none of the desk's business and are left out.

        They are read from the groups LEAN margins them in: it keeps a holding for every contract it ever saw.
        """
        held: dict[Contract, int] = {}
        for group in self._algorithm.portfolio.positions.groups:
            for position in group.positions:
                try:
                    contract = self._symbols.contract(position.symbol)
                except UnknownSymbol:
                    continue
                held[contract] = held.get(contract, 0) + int(position.quantity)
        return held

    def requirement(self, legs: Sequence[Leg]) -> Decimal | None:
        """What LEAN's margin models say of one package."""
        return lean_requirement(legs, self._algorithm, self._symbols)

    def account_value(self) -> Decimal:
        """LEAN's total portfolio value."""
        return _decimal(self._algorithm.portfolio.total_portfolio_value)

    def balances(self) -> Balances:
        """LEAN's account."""
        portfolio = self._algorithm.portfolio
        return Balances(
            equity=_decimal(portfolio.total_portfolio_value),
            cash=_decimal(portfolio.cash),
            buying_power=_decimal(portfolio.margin_remaining),
        )


def _decimal(value: float) -> Decimal:
    """LEAN's decimals arrive as floats; their shortest text is the decimal they were."""
    return Decimal(repr(float(value)))


def _utc(instant: datetime) -> datetime:
    """The same instant with the standard library's UTC: pythonnet brings a zone class of its own."""
    return instant.replace(tzinfo=UTC)
