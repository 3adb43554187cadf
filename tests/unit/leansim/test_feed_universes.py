"""Filter universes: LEAN's rules for strikes, expiries and structures, on a small made-up universe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from leansim.api.enums import DayOfWeek, MarketHoursState, OptionRight, OptionStyle, SecurityType
from leansim.api.net import ArgumentException, InvalidOperationException
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_HOUR, TimeZones, to_ns
from leansim.api.universes import OptionFilterUniverse
from leansim.feed.chain_universes import ChainUniverse
from leansim.feed.universe_tables import ContractTable
from leansim.lean_data.exchange_hours import LocalMarketHours, SecurityExchangeHours, Segment
from leansim.lean_data.universe import UniverseDay

FRIDAY = date(2021, 1, 8)
STRIKES = (90, 95, 100, 105, 110)
EXPIRIES = (date(2021, 1, 11), date(2021, 1, 15), date(2021, 2, 19))


def hours() -> SecurityExchangeHours:
    weekdays = (Segment(int(9.5 * NS_PER_HOUR), 16 * NS_PER_HOUR, MarketHoursState.MARKET),)
    closed = (DayOfWeek.SATURDAY, DayOfWeek.SUNDAY)
    week = {day: LocalMarketHours(day, () if day in closed else weekdays) for day in DayOfWeek}
    return SecurityExchangeHours(TimeZones.NEW_YORK, (), week, {}, {})


def universe(price: float = 101.0, local: datetime = datetime(2021, 1, 9)) -> OptionFilterUniverse:
    """Calls and puts of five strikes and three expiries, as the file of Friday 2021-01-08 lists them."""
    stock = Symbol.create("ABC", SecurityType.EQUITY, "usa")
    canonical = Symbol.create_canonical_option(stock)
    listed = [
        Symbol.create_option(
            stock, "usa", OptionStyle.AMERICAN, right, Decimal(strike), datetime(e.year, e.month, e.day)
        )
        for e in EXPIRIES
        for strike in STRIKES
        for right in (OptionRight.CALL, OptionRight.PUT)
    ]
    columns = {name: np.zeros(len(listed)) for name in ("close", "open_interest", "delta", "theta")}
    columns["delta"] = np.array([0.5 if s.id.option_right == OptionRight.CALL else -0.5 for s in listed])
    columns["theta"] = np.full(len(listed), -1.0)
    bar = dict.fromkeys(("open", "high", "low", "close", "volume", "open_interest"), price)
    table = ContractTable(UniverseDay(FRIDAY, canonical, tuple(listed), columns, bar))
    return OptionFilterUniverse(table, local, hours(), canonical)


def strikes_of(chosen: OptionFilterUniverse) -> list[float]:
    return sorted({row.id.strike_price for row in chosen})


@pytest.mark.parametrize(
    ("price", "low", "high", "expected"),
    [
        (101.0, -1, 1, [100, 105]),  # between strikes: the one above is number 0, a range over it loses one above
        (100.0, -1, 1, [95, 100, 105]),  # on a strike: that one is number 0
        (101.0, 1, 2, [105, 110]),  # wholly above: starts one lower
        (101.0, -2, -1, [95, 100]),
        (101.0, 0, 0, [105]),
        (120.0, -1, 1, []),  # no strike above the price
        (101.0, -9, 9, [90, 95, 100, 105, 110]),
        (101.0, 5, 9, []),
    ],
)
def test_strikes_are_counted_from_the_price(price: float, low: int, high: int, expected: list[float]) -> None:
    assert strikes_of(universe(price).strikes(low, high)) == expected


def test_strikes_count_those_listed_before_other_filters() -> None:
    chosen = universe().calls_only().strikes(-1, 1)
    assert strikes_of(chosen) == [100, 105]
    assert {row.id.option_right for row in chosen} == {OptionRight.CALL}


def test_expiration_on_a_closed_day_counts_from_the_next_trading_day() -> None:
    # selection happens on Saturday: 0 days is Monday's expiry
    assert {row.id.date.date() for row in universe().expiration(0, 0)} == {EXPIRIES[0]}
    assert {row.id.date.date() for row in universe().expiration(timedelta(1), timedelta(5))} == {EXPIRIES[1]}


def test_front_and_back_months() -> None:
    assert {row.id.date.date() for row in universe().front_month()} == {EXPIRIES[0]}
    assert {row.id.date.date() for row in universe().back_months()} == set(EXPIRIES[1:])
    assert {row.id.date.date() for row in universe().back_month()} == {EXPIRIES[1]}


def test_standards_and_weeklys_are_told_apart_when_the_filter_ends() -> None:
    standards = universe().standards_only()
    assert len(standards) == 30
    assert {row.id.date.date() for row in standards._apply_types_filter()} == set(EXPIRIES[1:])
    assert {row.id.date.date() for row in universe().weeklys_only()._apply_types_filter()} == {EXPIRIES[0]}
    with pytest.raises(InvalidOperationException):
        universe().front_month().standards_only()


def test_greeks_filters_use_the_file() -> None:
    assert {row.id.option_right for row in universe().delta(-0.6, -0.4)} == {OptionRight.PUT}
    # the file has theta per day, LEAN's theta is per year
    assert len(universe().theta(-365, -365)) == 30
    assert len(universe().theta(-1, -1)) == 0


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        (lambda u: u.iron_condor(7, 4, 9), [("P", 90), ("P", 95), ("C", 105), ("C", 110)]),
        (lambda u: u.strangle(7, 4, -4), [("C", 105), ("P", 95)]),
        (lambda u: u.straddle(7), [("C", 100), ("P", 100)]),
        (lambda u: u.put_spread(7, 5, -5), [("P", 95), ("P", 105)]),
        (lambda u: u.naked_call(7, 9), [("C", 110)]),
        (lambda u: u.call_butterfly(7, 5), [("C", 95), ("C", 100), ("C", 105)]),
        (lambda u: u.call_ladder(7, 9, 4, -1), [("C", 100), ("C", 105), ("C", 110)]),
    ],
)
def test_structures(choose: Callable[[OptionFilterUniverse], OptionFilterUniverse], expected: list[Any]) -> None:
    # a week from Saturday the first expiry is the standard one of February
    chosen = choose(universe(price=101.0))
    found = [("C" if row.id.option_right == OptionRight.CALL else "P", row.id.strike_price) for row in chosen]
    assert sorted(found) == sorted(expected)
    assert {row.id.date.date() for row in chosen} == {EXPIRIES[2]}


def test_arguments_lean_refuses() -> None:
    with pytest.raises(ArgumentException):
        universe().iron_condor(7, 9, 4)
    with pytest.raises(ArgumentException):
        universe().strangle(7, -4, 4)
    with pytest.raises(ArgumentException):
        universe().put_calendar_spread(0, 30, 7)


def test_own_selectors_take_rows_and_symbols() -> None:
    rows = universe()
    wanted = [row.symbol for row in rows if row.id.strike_price == 100][:2]
    assert universe().contracts(wanted)._chosen == wanted
    assert len(universe().contracts(lambda contracts: [c for c in contracts if c.id.strike_price == 90])) == 6
    assert len(universe().where(lambda c: c.id.strike_price == 90)) == 6
    unlisted = Symbol.create_option(
        wanted[0].underlying, "usa", OptionStyle.AMERICAN, OptionRight.CALL, Decimal(93), datetime(2021, 2, 19)
    )
    assert universe().contracts([unlisted])._chosen == [unlisted]


def test_no_file_of_options_is_asked_for_after_their_future_has_ended() -> None:
    """A run of years would ask for each of its days, for every contract month there ever was."""
    asked: list[date] = []

    def nothing(_: Symbol, day: date) -> None:
        asked.append(day)

    future = Symbol.create_future("MCL", "nymex", datetime(2021, 1, 20))
    security = SimpleNamespace(symbol=Symbol.create_canonical_option(future), exchange=SimpleNamespace(hours=hours()))
    zone = TimeZones.NEW_YORK
    start, end = (zone.to_utc_ns(to_ns(day)) for day in (datetime(2021, 1, 12), datetime(2025, 12, 31)))
    chain = ChainUniverse(
        cast(Any, SimpleNamespace(read_universe=nothing)), cast(Any, security), cast(Any, None), start, end
    )
    assert chain.select(start) == (None, 0)
    assert (asked[0], asked[-1]) == (date(2021, 1, 11), date(2021, 1, 20))
    assert chain.next_ns is None
