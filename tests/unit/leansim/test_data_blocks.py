"""The bars of a table are those that its lines tell one by one, with the clock they tell."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis.strategies import integers, lists, permutations, sampled_from, tuples

from leansim.api.enums import Resolution, SecurityType, TickType
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_HOUR, NS_PER_MINUTE, to_ns, zone
from leansim.lean_data.blocks import FileFormat, block_of, contracts_of
from leansim.lean_data.paths import PRICE_SCALE
from leansim.lean_data.tables import MISSING, Decimals, Table, as_floats, divided

NAMES = [f"trade_european_{which}_20210618.csv" for which in ("put_900000", "call_900000", "call_1000000", "put_40000")]
OPTION = Symbol.create_canonical_option(Symbol.create("SPX", SecurityType.INDEX, "usa"), "SPXW", "usa", None)
ZONES = sampled_from([("UTC", "America/New_York"), ("America/Chicago", "America/New_York"), ("America/New_York",) * 2])
# the hours around both changes of the clock, and a plain day
DAYS = ((2021, 3, 14), (2021, 11, 7), (2021, 6, 2))
HOURS = sampled_from([to_ns(datetime(*day, hour)) for day in DAYS for hour in range(9)])
CLOCKS = lists(lists(HOURS, max_size=8), min_size=1, max_size=4)


def table_of(entries: list[str], clocks: list[list[int]]) -> Table:
    clock = np.array([ns for some in clocks for ns in some], dtype=np.int64)
    numbers = Decimals(np.arange(len(clock), dtype=np.int64), 1)
    return Table(entries, np.cumsum([0, *map(len, clocks)]), clock, [numbers] * 5)


def ends_slowly(clock: list[int], form: FileFormat, period: int) -> list[tuple[int, int]]:
    """Of the lines that go on in time, which they are and when their bars end."""
    found: list[tuple[int, int]] = []
    for at, ns in enumerate(clock):
        started = form.exchange_zone.to_local_ns(form.data_zone.to_utc_ns(ns))
        local = ns if form.data_zone == form.exchange_zone else started
        end = form.exchange_zone.to_utc_ns(local + period)
        if not found or end > max(known for _, known in found):
            found.append((at, end))
    return found


@given(CLOCKS, permutations(NAMES), ZONES)
@example([[to_ns(datetime(2021, 3, 14, hour)) for hour in range(4)]] * 2, NAMES, ("America/Chicago",) * 2)
@example([[to_ns(datetime(2021, 11, 7, 5))], [to_ns(datetime(2021, 11, 7, 6))]], NAMES, ("UTC", "America/New_York"))
def test_bars_of_hours(clocks: list[list[int]], names: list[str], zones: tuple[str, str]) -> None:
    form = FileFormat(OPTION, Resolution.HOUR, TickType.TRADE, date(2021, 6, 2), zone(zones[0]), zone(zones[1]))
    check([f"spxw_{name}" for name in names[: len(clocks)]], clocks, clocks, form, NS_PER_HOUR)


@given(lists(lists(integers(0, 20), max_size=8), min_size=1, max_size=4), permutations(NAMES), ZONES)
@example([[0], [1]], NAMES, ("UTC", "America/New_York"))
def test_bars_of_minutes(minutes: list[list[int]], names: list[str], zones: tuple[str, str]) -> None:
    form = FileFormat(OPTION, Resolution.MINUTE, TickType.TRADE, date(2021, 6, 2), zone(zones[0]), zone(zones[1]))
    clocks = [[minute * NS_PER_MINUTE for minute in some] for some in minutes]
    local = [[ns + to_ns(date(2021, 6, 2)) for ns in some] for some in clocks]
    check([f"20210602_spxw_minute_{name}" for name in names[: len(clocks)]], clocks, local, form, NS_PER_MINUTE)


def check(entries: list[str], clocks: list[list[int]], local: list[list[int]], form: FileFormat, period: int) -> None:
    block = block_of(table_of(entries, clocks), form)
    contracts = contracts_of(entries, form)
    order = sorted(range(len(entries)), key=lambda at: contracts[at].value)
    assert list(block.contracts) == [contracts[at] for at in order]
    firsts = np.cumsum([0, *map(len, clocks)]).tolist()
    kept = [ends_slowly(local[at], form, period) for at in order]
    assert block.offsets.tolist() == np.cumsum([0, *map(len, kept)]).tolist()
    assert block.time.tolist() == [end for some in kept for _, end in some]
    rows = [firsts[at] + line for at, some in zip(order, kept, strict=True) for line, _ in some]
    assert block.columns["close"].tolist() == [row / PRICE_SCALE for row in rows]
    assert block.columns["volume"].tolist() == rows
    assert block.columns["close"] is block.columns["open"]
    if block.clock is not None:
        instants = block.clock.instants
        assert instants.tolist() == sorted(set(block.time.tolist()))
        assert block.clock.spread(instants, len(block)).tolist() == block.time.tolist()


@given(lists(tuples(integers(-(10**15) + 1, 10**15 - 1), integers(0, 9)), min_size=1, max_size=9))
def test_scaled_prices_are_rounded_as_their_floats_are(numbers: list[tuple[int, int]]) -> None:
    whole = np.array([number for number, _ in numbers])
    column = Decimals(whole, 10 ** numbers[0][1])
    assert as_floats(divided(column, 10_000)).tolist() == (column.floats() / 10_000).tolist()


def test_an_empty_cell_stays_one() -> None:
    column = Decimals(np.array([MISSING, 5]), 1)
    assert as_floats(divided(column, 100)).tolist() == pytest.approx([np.nan, 0.05], abs=0, nan_ok=True)
    assert column[np.array([0])].floats().tolist() == pytest.approx([np.nan], nan_ok=True)
