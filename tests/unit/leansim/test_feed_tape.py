"""A day's table: which row every member shows at every instant."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.symbols import Symbol
from leansim.feed import tape as tape_module
from leansim.feed.tape import ASK, BID, OWN_CLOSE, QUOTE, TRADE, Shown, Tape, build
from leansim.lean_data.blocks import Clock

MINUTE = 60_000_000_000
NONE = np.empty(0, dtype=np.int64)


def contracts(count: int) -> list[Symbol]:
    spx = Symbol.create("SPX", SecurityType.INDEX, "usa")
    expiry = datetime(2021, 1, 15)
    return [
        Symbol.create_option(spx, "SPXW", "usa", OptionStyle.EUROPEAN, OptionRight.CALL, 3700 + 5 * i, expiry)
        for i in range(count)
    ]


def trades(
    rows: list[tuple[int, int, float]], members: int, minutes: int, shown: Shown | None = None, fill: bool = True
) -> Tape:
    """A tape of trades ``(member, minute, close)``, rows of a member together."""
    symbols = contracts(members)
    member = np.array([row[0] for row in rows], dtype=np.int64)
    end = np.array([row[1] * MINUTE for row in rows], dtype=np.int64)
    close = np.array([row[2] for row in rows], dtype=np.float64)
    block = {field: close if field != "volume" else np.full(len(rows), 7.0) for field in TRADE}
    nothing = (dict.fromkeys(TRADE, np.full(members, np.nan)), np.zeros(members, np.int64), np.zeros(members, np.int64))
    regular = np.arange(1, minutes + 1, dtype=np.int64) * MINUTE if fill else NONE
    period = np.full(len(rows), MINUTE, dtype=np.int64)
    column = {symbol: i for i, symbol in enumerate(symbols)}
    return build(symbols, column, shown or nothing, block, None, end, period, member, regular)


def shown_closes(tape: Tape) -> list[list[float]]:
    """Per instant after the first, what each member shows; NaN for nothing."""
    closes = tape.columns["close"]
    return [[float(closes[r]) if r >= 0 else float("nan") for r in rows] for rows in tape.rows[1:].tolist()]


def test_a_bar_is_shown_from_its_end_until_the_next_one() -> None:
    tape = trades([(0, 1, 10.0), (0, 3, 11.0), (1, 2, 20.0)], members=2, minutes=4)
    nan = pytest.approx(float("nan"), nan_ok=True)
    assert shown_closes(tape) == [[10.0, nan], [10.0, 20.0], [11.0, 20.0], [11.0, 20.0]]
    assert tape.grid[1:].tolist() == [m * MINUTE for m in (1, 2, 3, 4)]
    assert tape.points[1:] == [1, 2, 2, 2]


def test_instants_at_which_nobody_shows_anything_are_left_out() -> None:
    tape = trades([(0, 3, 10.0)], members=1, minutes=4)
    assert tape.grid[1:].tolist() == [3 * MINUTE, 4 * MINUTE]


def test_without_fill_forward_only_real_bars_are_emitted() -> None:
    tape = trades([(0, 1, 10.0), (1, 2, 20.0)], members=2, minutes=4, fill=False)
    assert tape.emits[1:].tolist() == [[True, False], [False, True]]
    # what a member showed is still known, though it is not emitted again
    assert tape.rows[2, 0] == tape.rows[1, 0]


def test_what_was_shown_before_the_day_is_filled_into_it() -> None:
    before = (
        {field: np.array([5.0, np.nan]) for field in TRADE},
        np.array([1, 0], dtype=np.int64),
        np.array([MINUTE, 0], dtype=np.int64),
    )
    # an end of 0 stands for nothing; the member that has shown something is filled forward from the first instant on
    tape = trades([(1, 2, 20.0)], members=2, minutes=2, shown=before)
    assert shown_closes(tape)[0][0] == 5.0
    assert tape.emits[1].tolist() == [True, False]
    assert tape.emits[2].tolist() == [True, True]


def test_a_bar_off_the_regular_instants_is_emitted_alone() -> None:
    symbols = contracts(2)
    half = MINUTE // 2
    end = np.array([MINUTE, MINUTE + half], dtype=np.int64)
    block = dict.fromkeys(TRADE, np.array([10.0, 20.0]))
    nothing: Shown = ({}, np.zeros(2, np.int64), np.zeros(2, np.int64))
    regular = np.array([MINUTE, 2 * MINUTE], dtype=np.int64)
    column = {symbol: i for i, symbol in enumerate(symbols)}
    period = np.full(2, MINUTE, dtype=np.int64)
    tape = build(symbols, column, nothing, block, None, end, period, np.array([0, 1]), regular)
    assert tape.grid[1:].tolist() == [MINUTE, MINUTE + half, 2 * MINUTE]
    assert tape.emits[1:].tolist() == [[True, False], [False, True], [True, True]]


def quotes(bids: list[float], members: list[int], before_bid: float | None = None) -> Tape:
    """A tape of quotes with these bids (NaN: no bid), an ask of 9 everywhere, minutes 1, 2, 3…"""
    count = max(members) + 1
    symbols = contracts(count)
    values = np.array(bids)
    block = {f: values if f.startswith("bid") else np.full(len(bids), 9.0) for f in QUOTE}
    block["bid_size"] = np.where(np.isnan(values), 0.0, 4.0)
    minute = [1 + members[:i].count(m) for i, m in enumerate(members)]
    shown: Shown = ({}, np.zeros(count, np.int64), np.zeros(count, np.int64))
    if before_bid is not None:
        shown = (
            dict.fromkeys(QUOTE, np.full(count, before_bid)),
            np.full(count, 1, dtype=np.int64),
            np.full(count, MINUTE, dtype=np.int64),
        )
    end = np.array(minute, dtype=np.int64) * MINUTE
    period = np.full(len(bids), MINUTE, dtype=np.int64)
    column = {symbol: i for i, symbol in enumerate(symbols)}
    return build(symbols, column, shown, block, None, end, period, np.array(members, dtype=np.int64), end[:0])


def test_a_missing_side_is_the_members_side_before_but_sizes_are_not() -> None:
    nan = float("nan")
    tape = quotes([1.0, nan, nan, nan, 2.0, nan], members=[0, 0, 0, 1, 1, 1])
    assert tape.columns["bid_close"].tolist() == pytest.approx([1.0, 1.0, 1.0, nan, 2.0, 2.0], nan_ok=True)
    assert tape.columns["bid_size"].tolist() == [4.0, 0.0, 0.0, 0.0, 4.0, 0.0]
    # a security's cache, unlike the bar, keeps the last size
    assert [tape.columns.last_known("bid_size", row) for row in range(6)] == [4.0, 4.0, 4.0, 0.0, 4.0, 4.0]


def test_a_missing_side_is_also_taken_from_before_the_day() -> None:
    tape = quotes([float("nan"), 3.0], members=[0, 0], before_bid=2.5)
    # the first row is what was shown before
    assert tape.columns["bid_close"].tolist() == [2.5, 2.5, 3.0]


def test_row_numbers_of_a_member_grow_in_time() -> None:
    tape = trades([(0, 1, 1.0), (0, 2, 2.0), (1, 1, 3.0), (1, 4, 4.0)], members=2, minutes=4)
    for column in tape.rows.T.tolist():
        assert all(a <= b for a, b in pairwise(column))


PRICES = st.one_of(st.just(float("nan")), st.integers(0, 400).map(lambda ticks: ticks / 20))


@given(st.data())
def test_a_cell_and_some_rows_are_those_of_the_whole_column(data: st.DataObject) -> None:
    """However a value is asked for: with what was shown before the day, rows that do not count, and missing sides."""
    members = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=8).map(sorted))
    size = len(members)
    block = {f: np.array(data.draw(st.lists(PRICES, min_size=size, max_size=size))) for f in QUOTE}
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    before = {f: np.array(data.draw(st.lists(PRICES, min_size=3, max_size=3))) for f in QUOTE}
    before[OWN_CLOSE] = np.array([1.0, 2.0, 3.0])
    ends = data.draw(st.sampled_from([(0, 0, 0), (1, 0, 1), (1, 1, 1)]))
    shown: Shown = (before, np.array(ends, dtype=np.int64), np.full(3, MINUTE))
    member = np.array(members, dtype=np.int64)
    end = np.arange(1, size + 1, dtype=np.int64) * MINUTE

    def tape() -> Tape:
        symbols = contracts(3)
        column = {symbol: i for i, symbol in enumerate(symbols)}
        period = np.full(int(kept.sum()), MINUTE)
        return build(symbols, column, shown, block, kept, end[kept], period, member[kept], NONE)

    whole, lazy = tape().columns, tape().columns
    some = tape().columns
    rows = len(tape().end)
    early = rows - int(kept.sum())
    of = [*(list(range(3)) if early else []), *member[kept].tolist()]
    for field in QUOTE:
        values = [*(before[field].tolist() if early else []), *block[field][kept].tolist()]
        side = next((side for side in (BID, ASK) if field in side), None)
        if side is not None:
            closes = [*(before[side[-1]].tolist() if early else []), *block[side[-1]][kept].tolist()]
            for row in range(early, rows):
                if closes[row] != closes[row]:
                    # the member's row before it, which has taken its own from before
                    values[row] = next((values[at] for at in reversed(range(row)) if of[at] == of[row]), float("nan"))
        expected = pytest.approx(values, abs=0, nan_ok=True)
        assert whole[field].tolist() == expected
        assert [lazy.cell(field, row) for row in range(rows)] == expected
        assert lazy.take(field, np.arange(rows)).tolist() == expected
        with pytest.MonkeyPatch.context() as patch:
            # so few that the column is not put together
            patch.setattr(tape_module, "_MUCH", 1000.0)
            assert some.take(field, np.arange(rows)).tolist() == expected
            assert len(member[kept]) == 0 or field not in some
    own_closes = whole.own_close()
    for row in range(rows):
        own = lazy.own_close_in(row)
        if own is not None and own_closes is None:
            # none lacks a side, but one may be 0: the close is the other's
            assert own == max(whole["bid_close"][row], whole["ask_close"][row])
        elif own is not None:
            assert own_closes is not None
            assert own == own_closes[row]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9)), unique=True, min_size=1),
    st.lists(st.integers(0, 2), max_size=4),
    st.booleans(),
)
def test_lists_of_values_are_the_same_however_many_instants_are_read_together(
    known: list[tuple[int, int]], jumps: list[int], fill: bool
) -> None:
    tape = trades([(m, minute, 10.0 * m + minute) for m, minute in sorted(known)], members=3, minutes=9, fill=fill)
    closes = tape.columns["close"]
    step = 0
    # one after the other, then with leaps, then back at the beginning
    for leap in [*[1] * (tape.steps - 1), 1 - tape.steps, *jumps, -tape.steps]:
        step = min(max(step + leap, 0), tape.steps - 1)
        emitted = zip(tape.rows[step].tolist(), tape.emits[step].tolist(), strict=True)
        assert tape.listed("close", step) == [float(closes[row]) if emits else 0.0 for row, emits in emitted]


def test_a_volume_is_not_filled_forward_in_a_list() -> None:
    tape = trades([(0, 1, 10.0), (1, 2, 20.0)], members=2, minutes=3)
    assert [tape.listed("volume", step) for step in range(4)] == [[0.0, 0.0], [7.0, 0.0], [0.0, 7.0], [0.0, 0.0]]


@given(
    st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=4),
    st.permutations(range(4)),
    st.sets(st.integers(0, 6)),
    st.booleans(),
)
def test_a_day_is_the_same_when_the_instants_of_its_rows_are_known(
    bars: list[list[bool]], places: list[int], others: set[int], complete: bool
) -> None:
    """Chains whose contracts all have a bar at every instant are laid out in one go, all others member by member."""
    members = [place for place in places if place < len(bars)]
    rows = [(member, minute) for member in members for minute in range(4) if complete or bars[member][minute]]
    symbols = contracts(len(bars))
    column = {symbol: i for i, symbol in enumerate(symbols)}
    member = np.array([row[0] for row in rows], dtype=np.int64)
    end = np.array([(row[1] + 2) * MINUTE for row in rows], dtype=np.int64)
    block = dict.fromkeys(TRADE, np.arange(len(rows), dtype=np.float64))
    nothing: Shown = ({}, np.zeros(len(bars), np.int64), np.zeros(len(bars), np.int64))
    regular = np.array(sorted({*others, 2, 3, 4, 5} - {0}), dtype=np.int64) * MINUTE
    period = np.full(len(rows), MINUTE, dtype=np.int64)
    instants, place = np.unique(end, return_inverse=True)
    clocks = [Clock(instants, place)]
    if len(rows) == 4 * len(members):
        clocks.append(Clock(instants, None))
    without, *with_clock = (
        build(symbols, column, nothing, block, None, end, period, member, regular, None, clock)
        for clock in (None, *clocks)
    )
    for tape in with_clock:
        for name in ("grid", "rows", "seen", "left", "emits", "points"):
            assert np.array_equal(getattr(tape, name), getattr(without, name)), name
