"""The order in which contracts are tried for option structures: LEAN's hash codes, one number drawn for each root."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import pytest

from leansim.account import matching_order
from leansim.account.strategy_matcher import Contracts, match
from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.symbols import Symbol

SPY = Symbol.create("SPY", SecurityType.EQUITY, "usa")
EXPIRY = datetime(2015, 12, 24)


def put(strike: int) -> Symbol:
    return Symbol.create_option(SPY, "usa", OptionStyle.AMERICAN, OptionRight.PUT, strike, EXPIRY)


PUTS = [put(strike) for strike in (190, 195, 200, 205)]


def order(draw: int) -> list[Symbol]:
    held = [(symbol, 1) for symbol in PUTS]
    return [symbol for symbol, _ in sorted(held, key=lambda each: matching_order._hash_code(each[0].id, draw))]


def test_a_hash_code_is_positive_and_mixes_what_was_drawn_with_the_identitys_own_bits() -> None:
    for symbol in PUTS:
        properties = symbol.id._properties
        own = (properties & 0xFFFFFFFF) ^ (properties >> 32)
        for draw in range(20):
            mixed = own ^ matching_order._drawn(symbol.id.symbol, draw)
            assert matching_order._hash_code(symbol.id, draw) == abs(mixed - (1 << 32) if mixed >> 31 else mixed)


def test_a_draw_gives_one_of_a_few_orders_whichever_way_positions_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching_order, "DRAW", 5)
    orders = {
        tuple(symbol for symbol, _ in matching_order.ordered((symbol, 1) for symbol in came))
        for came in permutations(PUTS)
    }
    assert orders == {tuple(order(5))}
    assert 1 < len({tuple(order(draw)) for draw in range(300)}) <= 16 < len(list(permutations(PUTS)))


def test_which_short_the_only_long_covers_follows_the_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Contracts()
    for symbol, quantity in zip(PUTS, (1, -1, -1, 0), strict=True):
        held.add(symbol, quantity)
    covered = set()
    for draw in range(20):
        monkeypatch.setattr(matching_order, "DRAW", draw)
        first = next(symbol for symbol in order(draw) if symbol in PUTS[1:3])
        (spread,) = [strategy for strategy in match(held) if len(strategy.legs) == 2]
        assert {symbol for symbol, _ in spread.legs} == {PUTS[0], first}
        covered.add(first)
    assert covered == set(PUTS[1:3])
