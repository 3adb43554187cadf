"""A journal in words: what was wanted, what was sent, what came back, line by line, for a person in the night.

Times are New York's. Prices are points per package, a debit positive and a credit negative, as everywhere inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from tomking.events import (
    QUIET_NOTES,
    CancelRequested,
    CloseReason,
    ContractSettled,
    DepthRefused,
    EquityMarked,
    Event,
    GroupCreated,
    GroupFinished,
    GroupWithdrawn,
    HeldBeside,
    IntentDenied,
    LegFilled,
    MismatchFound,
    OperatorNote,
    OrderAccepted,
    OrderAdopted,
    OrderClosed,
    OrderNotFound,
    OrderReckoned,
    OrderRefusedByVenue,
    OrderSubmitted,
    OrderUnknown,
    PhaseChanged,
    PositionTakenOver,
    Purpose,
    Record,
    RunStarted,
    TradingStateChanged,
    VolatilityMarked,
)
from tomking.market.calendar import to_new_york
from tomking.market.contract import plain
from tomking.market.leg import Leg

_TROUBLE = "!"
"""Begins a line that tells of trouble."""


def group_story(records: Sequence[Record]) -> Iterator[str]:
    """The lines of one group: what was decided, then everything that happened to it, in order."""
    created = next((record.event for record in records if isinstance(record.event, GroupCreated)), None)
    ended = next((record.event for record in reversed(records) if isinstance(record.event, GroupFinished)), None)
    package: tuple[Leg, ...] = ()
    if created is not None:
        package = created.legs
        yield f"{created.group_id}  {_when(records[0].at)}  {_end(ended)}"
        yield from (f"    {line}" for line in _decision(created))
    for record in records:
        said = _group_line(record.event, package)
        if said:
            yield _line(record, said)


def desk_story(records: Sequence[Record]) -> Iterator[str]:
    """What belongs to no group: runs, denials, account, halts, notes."""
    for record in records:
        yield _line(record, _desk_line(record.event))


def _line(record: Record, said: str) -> str:
    because = f"   (after {record.because})" if record.because and record.because != record.seq - 1 else ""
    return f"  {record.seq:>6}  {_when(record.at)}  {said}{because}"


def _when(at: datetime) -> str:
    return f"{to_new_york(at):%Y-%m-%d %H:%M:%S}"


def _end(ended: GroupFinished | None) -> str:
    if ended is None:
        return f"{_TROUBLE} UNFINISHED"
    return f"{ended.outcome.value.upper()}: {ended.text}"


def _decision(created: GroupCreated) -> Iterator[str]:
    """What was wanted, and on which terms."""
    what = {Purpose.OPEN: "open", Purpose.CLOSE: "close", Purpose.ROLL: "roll"}[created.purpose]
    why = f" ({created.exit_reason.value})" if created.exit_reason is not None else ""
    where = "" if created.position_id == created.group_id else f" of {created.position_id}"
    into = f" into {created.rolled_into}" if created.rolled_into else ""
    yield f"{what}{why}{where}{into}, {created.quantity} x"
    for leg in created.legs:
        opens = " opened anew" if leg in created.incoming else ""
        yield f"  {leg.ratio:+d} {leg.contract.text}{opens}"
    worst = "at any marketable price" if created.worst_net is None else f"no worse than {price(created.worst_net)}"
    terms = [f"mid {price(created.expected_net)}", worst]
    if created.requirement:
        terms.append(f"ties up {created.requirement:,.0f}")
    if created.max_loss is not None:
        terms.append(f"can lose {created.max_loss:,.0f}")
    yield ", ".join(terms)


def _group_line(event: Event, package: tuple[Leg, ...]) -> str:
    """One event of a group; empty for what its heading has said."""
    match event:
        case GroupCreated():
            return ""
        case DepthRefused():
            return f"quotes {_TROUBLE} NOT GOOD, {event.code}: {event.text}"
        case GroupWithdrawn():
            return f"given up: {event.text}"
        case GroupFinished():
            return f"END {event.outcome.value.upper()}: {event.text}"
        case OrderSubmitted():
            return f"{_order(event.order_id)} sent: {_sent(event, package)}"
        case _:
            return _order_line(event)


def _sent(event: OrderSubmitted, package: tuple[Leg, ...]) -> str:
    what = "the package" if event.legs == package else legs(event.legs)
    how = "undoing, " if event.unwind else ""
    at = f"AT MARKET, expected {price(event.limit)}" if event.at_market else f"at {price(event.limit)}"
    bid, ask = event.package_bid, event.package_ask
    quoted = "" if bid is None or ask is None else f", quoted {price(bid)} / {price(ask)}"
    return f"{how}{event.quantity} x {what} {at}{quoted}"


def _order_line(event: Event) -> str:
    """One event of an order."""
    match event:
        case OrderAccepted():
            return f"{_order(event.order_id)} accepted, the broker's {event.venue_order_id}"
        case OrderReckoned():
            remarks = "".join(f"; {_TROUBLE} {remark}" for remark in event.warnings)
            return (
                f"{_order(event.order_id)} reckoned: ties up {event.buying_power:,.2f}, fees {event.fees:,.2f}{remarks}"
            )
        case OrderRefusedByVenue():
            return f"{_TROUBLE} {_order(event.order_id)} REFUSED, {event.code}: {event.text}"
        case OrderUnknown():
            return f"{_TROUBLE} {_order(event.order_id)} UNKNOWN: {event.text}"
        case OrderNotFound():
            return f"{_TROUBLE} {_order(event.order_id)}: the broker knows no such order"
        case OrderAdopted():
            what = f"{event.quantity} x {legs(event.legs)}"
            return f"{_TROUBLE} {_order(event.order_id)} found at the broker and not in the journal: {what}"
        case CancelRequested():
            return f"{_order(event.order_id)} to be canceled: {event.text}"
        case LegFilled():
            fee = f", fee {plain(event.fee)}" if event.fee else ""
            what = f"{event.quantity:+d} {event.contract.text} at {price(event.price)}"
            return f"{_order(event.order_id)} filled: {what}{fee}"
        case OrderClosed():
            return f"{_order(event.order_id)} {_closed(event)}"
        case _:
            return _desk_line(event)


def _closed(event: OrderClosed) -> str:
    said = f": {event.text}" if event.text else ""
    if event.reason is CloseReason.NEVER_EXISTED:
        return f"given up, it never existed{said}"
    return f"{event.reason.value}{said}"


def _desk_line(event: Event) -> str:
    """One event of the desk itself."""
    match event:
        case RunStarted():
            where = f"{event.mode}/{event.deployment}"
            return f"RUN {event.run} of {where}, version {event.version}, settings {event.settings_hash}"
        case IntentDenied():
            return f"{event.strategy} on {event.underlying} denied, {event.code}: {event.text}"
        case ContractSettled():
            return f"{event.reason.value}: {event.quantity:+d} {event.contract.text} at {price(event.price)}"
        case TradingStateChanged():
            mark = "" if event.state.value == "active" else f"{_TROUBLE} "
            return f"{mark}TRADING IS {event.state.value.upper()}, {event.code}: {event.text}"
        case PhaseChanged():
            return f"phase {event.old} to {event.new}: {event.text}"
        case VolatilityMarked():
            return f"{event.underlying}'s volatility at the money {event.value:.1%} on {event.day}"
        case EquityMarked():
            flow = f", paid in {event.flow:+,.2f}" if event.flow else ""
            return f"equity {event.equity:,.2f} on {event.day}{flow}"
        case MismatchFound():
            return f"{_TROUBLE} book and broker differ: {event.text}" if event.text else "book and broker agree again"
        case HeldBeside():
            return f"beside the desk: {event.quantity:+d} {event.contract.text}"
        case PositionTakenOver():
            return f"{event.position_id} taken over: {event.quantity} x {legs(event.legs)}"
        case OperatorNote():
            mark = "" if event.code in QUIET_NOTES else f"{_TROUBLE} "
            return f"{mark}NOTE {event.code}: {event.text}"
        case _:
            return type(event).__name__


def _order(order_id: str) -> str:
    """``order 3``, or ``order 3 of run r2`` where the run is not the group's own."""
    group_id, run, number = order_id.rsplit(".", 2)
    return f"order {number}" if f"-{run}-" in group_id else f"order {number} of run {run}"


def legs(package: Sequence[Leg]) -> str:
    """A package in one line."""
    return "[" + ", ".join(f"{leg.ratio:+d} {leg.contract.text}" for leg in package) + "]"


def price(value: Decimal) -> str:
    """A price without the noise of a division: at most four places."""
    return plain(round(value, 4))
