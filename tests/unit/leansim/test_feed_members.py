"""The symbols of a stream: who they are after any coming and going, and that equal changes are made once."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.symbols import Symbol
from leansim.feed.members import NOBODY

SPX = Symbol.create("SPX", SecurityType.INDEX, "usa")
CONTRACTS = [
    Symbol.create_option(SPX, "SPXW", "usa", OptionStyle.EUROPEAN, right, strike, datetime(2021, 1, 15))
    for right in (OptionRight.CALL, OptionRight.PUT)
    for strike in (3705, 3700, 3710)
]
CHANGE = st.tuples(st.lists(st.sampled_from(CONTRACTS), unique=True), st.one_of(st.none(), st.integers(1, 9)))


@given(st.lists(CHANGE, max_size=6))
def test_members_are_those_that_joined_and_did_not_leave(changes: list[tuple[list[Symbol], int | None]]) -> None:
    members, expected = NOBODY, dict[Symbol, int]()
    for symbols, start in changes:
        if start is None:
            after = members.without(symbols)
            expected = {symbol: since for symbol, since in expected.items() if symbol not in symbols}
        else:
            after = members.joined_by(symbols, start)
            expected = dict.fromkeys(symbols, start) | expected
        assert (after is members) == (len(after) == len(members))
        members = after
        assert members.symbols == sorted(expected, key=lambda symbol: symbol.value)
        assert members.starts.tolist() == [expected[symbol] for symbol in members.symbols]
        assert members.column == {symbol: i for i, symbol in enumerate(members.symbols)}


def test_streams_with_the_same_members_share_what_a_change_makes_of_them() -> None:
    first = NOBODY.joined_by(CONTRACTS, 5)
    assert NOBODY.joined_by(CONTRACTS, 5) is first
    assert NOBODY.joined_by(CONTRACTS, 6) is not first
    gone = CONTRACTS[:2]
    assert first.without(gone) is first.without(gone)
    assert first.without(CONTRACTS) is NOBODY
