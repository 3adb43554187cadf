"""What Tastytrade answers to an order: buying power, fees, warnings, and the order as it understood it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tomking.adapters.tastytrade_fields import Row
from tomking.adapters.tastytrade_orders import ComplexOrder, Order, read_complex_order, read_order


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning or an error of a dry run or of an accepted order."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class BuyingPowerEffect:
    """What an order does to buying power, in account currency.

    Attributes:
        used: what the order ties up, positive; negative when it frees.
        margin_change: change of the margin requirement.
        current: buying power before.
        new: buying power after.
        isolated_margin: requirement of the order alone.
    """

    used: Decimal
    margin_change: Decimal
    current: Decimal
    new: Decimal
    isolated_margin: Decimal
    is_spread: bool


@dataclass(frozen=True, slots=True)
class Fees:
    """What an order costs, in account currency, positive = paid."""

    total: Decimal
    commission: Decimal
    clearing: Decimal
    regulatory: Decimal
    index_option: Decimal


@dataclass(frozen=True, slots=True)
class DryRun:
    """What Tastytrade says of an order without taking it. An off-tick price passes; only the venue refuses that.

    Attributes:
        order: as it would be, without id.
        effect: None when the reply has none.
        fees: None when the reply has none.
        closing_fees: what closing the position again would cost.
        errors: reasons it would not be taken; empty when it would.
    """

    order: Order
    effect: BuyingPowerEffect | None
    fees: Fees | None
    closing_fees: Fees | None
    warnings: tuple[Remark, ...]
    errors: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """An order Tastytrade took; `order.order_id` is always there."""

    order: Order
    order_id: int
    effect: BuyingPowerEffect | None
    fees: Fees | None
    warnings: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class ComplexReply:
    """The reply to a complex order, placed (with id) or dry run (without)."""

    order: ComplexOrder
    effect: BuyingPowerEffect | None
    fees: Fees | None
    warnings: tuple[Remark, ...]
    errors: tuple[Remark, ...]


def read_dry_run(data: Row) -> DryRun:
    """The reply to a dry run."""
    closing = data.row_or_none("closing-fee-calculation")
    return DryRun(
        order=read_order(data.row("order")),
        effect=_read_effect(data),
        fees=_read_fees(data.row_or_none("fee-calculation")),
        closing_fees=_read_fees(closing),
        warnings=_remarks(data, "warnings"),
        errors=_remarks(data, "errors"),
    )


def read_placed(data: Row) -> Placed:
    """The reply to a placed order; unreadable without an id, because then nobody knows what was placed."""
    inner = data.row("order")
    return Placed(
        order=read_order(inner),
        order_id=inner.whole("id"),
        effect=_read_effect(data),
        fees=_read_fees(data.row_or_none("fee-calculation")),
        warnings=_remarks(data, "warnings"),
    )


def read_complex_reply(data: Row) -> ComplexReply:
    """The reply to a complex order, dry run or not."""
    return ComplexReply(
        order=read_complex_order(data.row("complex-order")),
        effect=_read_effect(data),
        fees=_read_fees(data.row_or_none("fee-calculation")),
        warnings=_remarks(data, "warnings"),
        errors=_remarks(data, "errors"),
    )


def _read_effect(data: Row) -> BuyingPowerEffect | None:
    row = data.row_or_none("buying-power-effect")
    if row is None:
        return None
    return BuyingPowerEffect(
        used=row.debit("change-in-buying-power"),
        margin_change=row.debit("change-in-margin-requirement"),
        current=row.credit("current-buying-power"),
        new=row.credit("new-buying-power"),
        isolated_margin=row.debit("isolated-order-margin-requirement"),
        is_spread=row.flag_or("is-spread", False),
    )


def _read_fees(row: Row | None) -> Fees | None:
    if row is None:
        return None
    return Fees(
        total=row.debit("total-fees"),
        commission=row.debit("commission"),
        clearing=row.debit("clearing-fees"),
        regulatory=row.debit("regulatory-fees"),
        index_option=row.debit("proprietary-index-option-fees"),
    )


def _remarks(data: Row, key: str) -> tuple[Remark, ...]:
    return tuple(Remark(item.text("code"), item.text_or("message", "")) for item in data.rows_or_empty(key))
