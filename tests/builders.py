"""Terse test data: contracts, quotes, chains, packages, groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

from tomking.events import Event, GroupCreated, PartialPolicy, Purpose, Record
from tomking.journal.journal import Journal
from tomking.market.chain import Chain
from tomking.market.contract import Contract, Right, Style, option
from tomking.market.leg import Leg, package
from tomking.market.quote import Quote, unknown_delta

FRIDAY = date(2018, 1, 5)
NOON = datetime(2018, 1, 5, 17, 0, tzinfo=UTC)
"""Noon in New York on FRIDAY, a session day."""

Number = Decimal | int | str


def contract(
    strike: Number = 2700,
    right: Right | str = Right.PUT,
    expiry: date = FRIDAY,
    *,
    underlying: str = "SPX",
    root: str | None = "SPXW",
    style: Style = Style.EUROPEAN,
    multiplier: int = 100,
    delivery: date | None = None,
) -> Contract:
    """An option contract, SPXW unless told otherwise."""
    return option(
        underlying,
        expiry,
        Decimal(strike),
        Right(right),
        root=root,
        style=style,
        multiplier=multiplier,
        delivery=delivery,
    )


def put(strike: Number, expiry: date = FRIDAY) -> Contract:
    return contract(strike, Right.PUT, expiry)


def call(strike: Number, expiry: date = FRIDAY) -> Contract:
    return contract(strike, Right.CALL, expiry)


def quote(
    bid: Number,
    ask: Number,
    as_of: datetime = NOON,
    *,
    sizes: tuple[int | None, int | None] = (None, None),
    delta: float | None = None,
) -> Quote:
    return Quote(
        Decimal(bid), Decimal(ask), as_of, sizes[0], sizes[1], unknown_delta if delta is None else partial(float, delta)
    )


def chain(
    quotes: Mapping[Contract, Quote] | Iterable[tuple[Contract, Quote]],
    spot: Number = 2740,
    as_of: datetime = NOON,
    underlying: str = "SPX",
) -> Chain:
    return Chain(underlying, Decimal(spot), as_of, dict(quotes))


def condor() -> tuple[Leg, ...]:
    """A short iron condor around 2740, wings 20 wide."""
    return package(Leg(put(2690), 1), Leg(put(2710), -1), Leg(call(2770), -1), Leg(call(2790), 1))


def put_spread() -> tuple[Leg, ...]:
    """A short put spread, credit."""
    return package(Leg(put(2690), 1), Leg(put(2710), -1))


def lt112() -> tuple[Leg, ...]:
    """1 : -1 : -2."""
    return package(Leg(put(2700), 1), Leg(put(2680), -1), Leg(put(2640), -2))


def condor_quotes(as_of: datetime = NOON) -> dict[Contract, Quote]:
    """A market in `condor` and `lt112`: condor mid -2.20, natural -1.80."""
    return {
        put(2640): quote("0.90", "0.95", as_of),
        put(2680): quote("1.40", "1.45", as_of),
        put(2690): quote("1.70", "1.80", as_of),
        put(2700): quote("2.30", "2.35", as_of),
        put(2710): quote("2.95", "3.05", as_of),
        call(2770): quote("1.95", "2.05", as_of),
        call(2790): quote("1.00", "1.10", as_of),
    }


def created(
    legs: tuple[Leg, ...] | None = None,
    quantity: int = 1,
    *,
    group_id: str = "alpha-run-1",
    purpose: Purpose = Purpose.OPEN,
    position_id: str | None = None,
    policy: PartialPolicy = PartialPolicy.UNWIND,
    worst_net: Number | None = "-1.80",
    expected_net: Number = "-2.20",
    requirement: Number = 0,
) -> GroupCreated:
    return GroupCreated(
        group_id=group_id,
        strategy=group_id.split("-")[0],
        purpose=purpose,
        position_id=position_id or group_id,
        legs=legs or condor(),
        quantity=quantity,
        policy=policy,
        worst_net=None if worst_net is None else Decimal(worst_net),
        expected_net=Decimal(expected_net),
        requirement=Decimal(requirement),
    )


def next_record(journal: Journal, event: Event, at: datetime = NOON) -> Record:
    """What the journal may be given next."""
    return Record(journal.last_seq + 1, at, journal.run, 0, event)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)
