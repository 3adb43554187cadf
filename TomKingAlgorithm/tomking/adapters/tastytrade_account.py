"""The account as Tastytrade tells it: balances, positions, trading status, margin, transactions.

Amounts in account currency. Where Tastytrade gives a magnitude with an effect, what the account has or gets is
positive and what it owes or pays is negative, except for requirements and fees, which are positive when they bind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tomking.adapters.tastytrade_fields import Row

_SIGNS = {"Long": 1, "Short": -1, "Zero": 0}


@dataclass(frozen=True, slots=True)
class Account:
    """One account the grant may see; `authority` is `owner` for one's own."""

    number: str
    nickname: str
    margin_or_cash: str
    is_closed: bool
    is_futures_approved: bool
    options_level: str
    authority: str


@dataclass(frozen=True, slots=True)
class Balances:
    """Account value and buying power.

    Attributes:
        net_liquidating_value: what the account is worth at marks.
        derivative_buying_power: what options may still tie up.
        maintenance_excess: equity above the maintenance requirement.
        pending_cash: cash not settled, signed.
    """

    account: str
    currency: str
    net_liquidating_value: Decimal
    cash: Decimal
    derivative_buying_power: Decimal
    equity_buying_power: Decimal
    used_derivative_buying_power: Decimal | None
    maintenance_requirement: Decimal
    maintenance_excess: Decimal | None
    futures_margin_requirement: Decimal | None
    reg_t_margin_requirement: Decimal | None
    pending_cash: Decimal
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Position:
    """One holding; rows with quantity 0 stay until the overnight purge.

    Attributes:
        quantity: signed, long positive; fractions exist for shares only.
        multiplier: currency per point and contract.
    """

    account: str
    symbol: str
    instrument_type: str
    underlying_symbol: str
    quantity: Decimal
    multiplier: Decimal
    average_open_price: Decimal | None
    close_price: Decimal | None
    expires_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class TradingStatus:
    """What the account may do."""

    account: str
    options_level: str
    short_calls_enabled: bool
    is_futures_enabled: bool
    is_closed: bool
    is_frozen: bool
    is_closing_only: bool
    is_futures_closing_only: bool
    is_risk_reducing_only: bool
    is_in_margin_call: bool
    is_in_day_trade_equity_maintenance_call: bool
    is_pattern_day_trader: bool
    is_portfolio_margin_enabled: bool
    are_far_otm_net_options_restricted: bool
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class PositionLimit:
    """Largest orders and positions, in contracts or shares."""

    account: str
    equity_option_order_size: int
    equity_option_position_size: int
    future_option_order_size: int
    future_option_position_size: int
    future_order_size: int
    future_position_size: int
    underlying_opening_order_limit: int


@dataclass(frozen=True, slots=True)
class MarginGroup:
    """Margin of one underlying; `calculation` is `Reg T`, `Span` or a portfolio kind."""

    code: str
    underlying_symbol: str
    calculation: str
    margin_requirement: Decimal
    buying_power: Decimal


@dataclass(frozen=True, slots=True)
class MarginReport:
    """Margin of the whole account; `groups` is empty when it is flat."""

    account: str
    calculation: str
    options_level: str
    margin_requirement: Decimal
    maintenance_requirement: Decimal
    margin_equity: Decimal
    option_buying_power: Decimal
    maintenance_excess: Decimal
    groups: tuple[MarginGroup, ...]


@dataclass(frozen=True, slots=True)
class Transaction:
    """One booking.

    Attributes:
        exec_id: the venue's execution id, equal to a fill's.
        value: signed cash before fees, received positive.
        fees: all fees together, paid positive.
    """

    transaction_id: int
    account: str
    kind: str
    sub_kind: str
    symbol: str | None
    action: str | None
    quantity: Decimal | None
    price: Decimal | None
    executed_at: datetime
    day: date
    value: Decimal
    net_value: Decimal
    fees: Decimal
    order_id: int | None
    exec_id: str | None


def read_account(row: Row) -> Account:
    """One item of the accounts list."""
    inner = row.row("account")
    return Account(
        number=inner.text("account-number"),
        nickname=inner.text_or("nickname", ""),
        margin_or_cash=inner.text_or("margin-or-cash", ""),
        is_closed=inner.flag_or("is-closed", False),
        is_futures_approved=inner.flag_or("is-futures-approved", False),
        options_level=inner.text_or("suitable-options-level", ""),
        authority=row.text_or("authority-level", ""),
    )


def read_balances(row: Row) -> Balances:
    """Balances of one currency."""
    return Balances(
        account=row.text("account-number"),
        currency=row.text_or("currency", "USD"),
        net_liquidating_value=row.number("net-liquidating-value"),
        cash=row.number("cash-balance"),
        derivative_buying_power=row.number("derivative-buying-power"),
        equity_buying_power=row.number("equity-buying-power"),
        used_derivative_buying_power=row.number_or_none("used-derivative-buying-power"),
        maintenance_requirement=row.number("maintenance-requirement"),
        maintenance_excess=row.number_or_none("maintenance-excess"),
        futures_margin_requirement=row.number_or_none("futures-margin-requirement"),
        reg_t_margin_requirement=row.number_or_none("reg-t-margin-requirement"),
        pending_cash=row.credit("pending-cash") if "pending-cash" in row else Decimal(0),
        updated_at=row.moment_or_none("updated-at"),
    )


def read_position(row: Row) -> Position:
    """One holding; its sign is in `quantity-direction`."""
    direction = row.text("quantity-direction")
    size = row.number("quantity")
    if direction not in _SIGNS or size < 0 or (direction == "Zero") != (size == 0):
        raise row.bad("quantity-direction", "Long, Short or Zero that fits the quantity is needed")
    return Position(
        account=row.text("account-number"),
        symbol=row.text("symbol"),
        instrument_type=row.text("instrument-type"),
        underlying_symbol=row.text("underlying-symbol"),
        quantity=size * _SIGNS[direction],
        multiplier=row.number("multiplier"),
        average_open_price=row.number_or_none("average-open-price"),
        close_price=row.number_or_none("close-price"),
        expires_at=row.moment_or_none("expires-at"),
        updated_at=row.moment_or_none("updated-at"),
    )


def read_trading_status(row: Row) -> TradingStatus:
    """What the account may do; a missing restriction flag is unreadable, so that nothing opens by default."""
    return TradingStatus(
        account=row.text("account-number"),
        options_level=row.text("options-level"),
        short_calls_enabled=row.flag("short-calls-enabled"),
        is_futures_enabled=row.flag("is-futures-enabled"),
        is_closed=row.flag("is-closed"),
        is_frozen=row.flag("is-frozen"),
        is_closing_only=row.flag("is-closing-only"),
        is_futures_closing_only=row.flag("is-futures-closing-only"),
        is_risk_reducing_only=row.flag("is-risk-reducing-only"),
        is_in_margin_call=row.flag("is-in-margin-call"),
        is_in_day_trade_equity_maintenance_call=row.flag("is-in-day-trade-equity-maintenance-call"),
        is_pattern_day_trader=row.flag("is-pattern-day-trader"),
        is_portfolio_margin_enabled=row.flag("is-portfolio-margin-enabled"),
        are_far_otm_net_options_restricted=row.flag("are-far-otm-net-options-restricted"),
        updated_at=row.moment_or_none("updated-at"),
    )


def read_position_limit(row: Row) -> PositionLimit:
    """Largest orders and positions."""
    return PositionLimit(
        account=row.text("account-number"),
        equity_option_order_size=row.whole("equity-option-order-size"),
        equity_option_position_size=row.whole("equity-option-position-size"),
        future_option_order_size=row.whole("future-option-order-size"),
        future_option_position_size=row.whole("future-option-position-size"),
        future_order_size=row.whole("future-order-size"),
        future_position_size=row.whole("future-position-size"),
        underlying_opening_order_limit=row.whole("underlying-opening-order-limit"),
    )


def read_margin_report(row: Row) -> MarginReport:
    """The margin report; a flat account's groups hold one empty object, which is left out."""
    return MarginReport(
        account=row.text("account-number"),
        calculation=row.text("margin-calculation-type"),
        options_level=row.text_or("option-level", ""),
        margin_requirement=row.debit("margin-requirement"),
        maintenance_requirement=row.debit("maintenance-requirement"),
        margin_equity=row.credit("margin-equity"),
        option_buying_power=row.credit("option-buying-power"),
        maintenance_excess=row.credit("maintenance-excess"),
        groups=tuple(
            MarginGroup(
                code=group.text("code"),
                underlying_symbol=group.text("underlying-symbol"),
                calculation=group.text("margin-calculation-type"),
                margin_requirement=group.debit("margin-requirement"),
                buying_power=group.debit("buying-power"),
            )
            for group in row.rows_or_empty("groups")
            if "code" in group
        ),
    )


def read_transaction(row: Row) -> Transaction:
    """One booking with its fees added up."""
    fees = ("regulatory-fees", "clearing-fees", "commission", "proprietary-index-option-fees")
    return Transaction(
        transaction_id=row.whole("id"),
        account=row.text("account-number"),
        kind=row.text("transaction-type"),
        sub_kind=row.text("transaction-sub-type"),
        symbol=row.text_or_none("symbol"),
        action=row.text_or_none("action"),
        quantity=row.number_or_none("quantity"),
        price=row.number_or_none("price"),
        executed_at=row.moment("executed-at"),
        day=row.day("transaction-date"),
        value=row.credit("value"),
        net_value=row.credit("net-value"),
        fees=sum((row.debit(fee) for fee in fees if fee in row), Decimal(0)),
        order_id=row.whole_or_none("order-id"),
        exec_id=row.text_or_none("exec-id"),
    )


def restriction_of(status: TradingStatus) -> str:
    """Why the account may open nothing; empty when it may."""
    found = [
        text
        for is_so, text in (
            (status.is_closed, "is closed"),
            (status.is_frozen, "is frozen"),
            (status.is_in_margin_call, "has a margin call"),
            (status.is_in_day_trade_equity_maintenance_call, "has a day-trade call"),
            (status.is_closing_only, "may only close"),
            (status.is_risk_reducing_only, "may only reduce risk"),
        )
        if is_so
    ]
    return f"the account {', '.join(found)}" if found else ""
