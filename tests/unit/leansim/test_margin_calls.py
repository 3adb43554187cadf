"""Margin calls: who is closed, by how much, in which order, and what the algorithm may answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trading_bench import Bench, legs

from leansim.api.enums import OrderType
from leansim.api.net import ClrException
from leansim.api.symbols import Symbol
from leansim.trading.margin_calls import check


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Six puts are short; each ties up about a seventh of the account."""
    bench = Bench(tmp_path)
    bench.quote(bench.stock.symbol, 749, 751)
    bench.trade(bench.stock.symbol, 750)
    bench.algorithm.market_order(bench.put(740), -6)
    return bench


def dearer(bench: Bench) -> Symbol:
    """The puts cost twelve times as much."""
    (put,) = (holding.symbol for holding in bench.portfolio.values() if holding.quantity)
    bench.quote(put, 60, 61)
    return put


def answers(bench: Bench, answer: Any) -> list[int]:
    """How many requests the algorithm was asked about, call by call."""
    asked: list[int] = []

    def on_margin_call(requests: Any) -> Any:
        asked.append(len(requests))
        return answer(requests)

    bench.algorithm.on_margin_call = on_margin_call
    return asked


def orders(bench: Bench) -> list[tuple[OrderType, float, str]]:
    return [(order.type, order.quantity, order.tag) for order in bench.recorder.orders.values()]


def test_with_margin_left_nothing_is_called(bench: Bench) -> None:
    asked = answers(bench, list)
    check(bench.workings)
    assert asked == []


def test_as_much_of_a_position_is_closed_as_frees_what_is_missing(bench: Bench) -> None:
    put = dearer(bench)
    asked = answers(bench, list)
    assert bench.portfolio.margin_remaining < 0
    check(bench.workings)
    assert asked == [1]
    kind, quantity, tag = orders(bench)[-1]
    assert (kind, tag) == (OrderType.MARKET, "Margin Call")
    assert 0 < quantity < 6
    assert bench.held(put) == -6 + quantity


def test_a_structure_is_closed_as_one_combo_by_the_square_of_its_units_as_lean_multiplies_twice(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cash=40_000)
    bench.quote(bench.stock.symbol, 749, 751)
    bench.trade(bench.stock.symbol, 750)
    put, call = bench.put(740), bench.call(760)
    bench.algorithm.combo_market_order(legs((put, -1), (call, -1)), 2)
    bench.quote(put, 60, 61)
    bench.quote(call, 60, 61)
    check(bench.workings)
    closing = orders(bench)[-2:]
    assert [kind for kind, _, _ in closing] == [OrderType.COMBO_MARKET] * 2
    assert [quantity for _, quantity, _ in closing] == [4, 4]
    assert (bench.held(put), bench.held(call)) == (2, 2)


@pytest.mark.parametrize("answer", [lambda _: None, lambda _: [], lambda _: ["sell"], lambda _: 7])
def test_an_algorithm_cannot_answer_a_margin_call_with_nothing(bench: Bench, answer: Any) -> None:
    dearer(bench)
    answers(bench, answer)
    with pytest.raises(ClrException, match="non-empty list of SubmitOrderRequest"):
        check(bench.workings)
