"""The fill model by itself: what a package trades at, and every market in which it rests instead of raising."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from leansim.api import shims
from leansim.api.bars import Bar, QuoteBar
from leansim.api.time_zones import TimeZones

SENT = datetime(2018, 1, 5, 15, 30, tzinfo=UTC)  # 10:30 in New York
FILLED_AT = datetime(2018, 1, 5, 10, 30)
BUY, SELL = 1.0, -1.0


@pytest.fixture(scope="module")
def fills() -> Iterator[Any]:
    shims.install()
    yield importlib.import_module("tomking.adapters.lean_fills")
    shims.uninstall()
    for name in [name for name in sys.modules if name.startswith("tomking.adapters.lean_")]:
        del sys.modules[name]


def bar(
    bid: float | None, ask: float | None, *, sizes: tuple[float, float] = (5, 5), starts: datetime = FILLED_AT
) -> Any:
    """A minute of quotes, ended a minute after the order was sent unless told otherwise."""
    sides = [None if price is None else Bar(price, price, price, price) for price in (bid, ask)]
    return QuoteBar(starts, None, sides[0], sizes[0], sides[1], sizes[1], timedelta(minutes=1))


def filled(
    fills: Any, legs: list[tuple[float, Any]], limit: float, *, share: float = 0.5, quantity: float = 1
) -> list[float]:
    """The prices at which legs of (ratio, last data) trade as a package; none when it rests."""
    model = fills.PackageFillModel(share)
    model._event = lambda leg, security, price: round(price, 6)
    group = SimpleNamespace(quantity=quantity, limit_price=limit)
    pairs = [
        SimpleNamespace(
            key=SimpleNamespace(id=number, quantity=ratio * quantity),
            value=SimpleNamespace(
                get_last_data=lambda data=data: data, exchange=SimpleNamespace(time_zone=TimeZones.NEW_YORK)
            ),
        )
        for number, (ratio, data) in enumerate(legs)
    ]
    order = SimpleNamespace(group_order_manager=group, created_time=SENT)
    answer: list[float] = model.combo_limit_fill(order, SimpleNamespace(securities_for_orders=list(reversed(pairs))))
    return answer


GOOD = [(BUY, bar(1.0, 1.2)), (SELL, bar(3.0, 3.4))]  # mid -2.1, natural -1.8


@pytest.mark.parametrize(("share", "prices"), [(0.0, [1.2, 3.0]), (0.5, [1.15, 3.1]), (1.0, [1.1, 3.2])])
def test_it_trades_between_natural_and_mid(fills: Any, share: float, prices: list[float]) -> None:
    net = prices[0] - prices[1]
    assert filled(fills, GOOD, round(net, 4), share=share) == prices
    assert filled(fills, GOOD, round(net - 0.01, 4), share=share) == [], "a cent better is not to be had"


def test_at_the_limit_or_better_never_worse(fills: Any) -> None:
    assert filled(fills, GOOD, 5.0) == [1.15, 3.1], "the limit is no price"


def test_a_sold_package_is_the_same_trade_told_the_other_way(fills: Any) -> None:
    """LEAN's group quantity is negative and its limit a credit then: the legs' own quantities say who buys."""
    turned = [(-ratio, data) for ratio, data in GOOD]
    assert filled(fills, turned, 1.95, quantity=-1) == [1.15, 3.1]
    assert filled(fills, turned, 1.96, quantity=-1) == []


def test_ratios_weigh_their_legs(fills: Any) -> None:
    legs = [(BUY, bar(1.0, 1.2)), (-2.0, bar(3.0, 3.4))]
    assert filled(fills, legs, -5.05) == [1.15, 3.1]
    assert filled(fills, legs, -5.06) == []


@pytest.mark.parametrize(
    "data",
    [
        None,
        SimpleNamespace(end_time=FILLED_AT + timedelta(minutes=1)),  # a trade bar, or anything else
        bar(None, None),
        bar(3.0, None),
        bar(None, 3.4),
        bar(0.0, 3.4),
        bar(3.0, 0.0),
        bar(3.5, 3.4),
        bar(3.0, 3.4, sizes=(0, 5)),  # a bid that was carried forward
        bar(3.0, 3.4, sizes=(5, 0)),
        bar(3.0, 3.4, starts=FILLED_AT - timedelta(minutes=1)),  # ended as the order was sent
        bar(float("nan"), 3.4),
        bar(3.0, float("nan")),
    ],
)
def test_a_leg_that_cannot_be_sold_lets_the_package_rest(fills: Any, data: Any) -> None:
    assert filled(fills, [GOOD[0], (SELL, data)], 100.0) == []


@pytest.mark.parametrize("data", [bar(None, 1.2), bar(0.0, 1.2), bar(1.0, 1.2, sizes=(0, 5))])
def test_a_wing_nobody_bids_for_is_bought_at_the_offers_worth(fills: Any, data: Any) -> None:
    assert filled(fills, [(BUY, data), GOOD[1]], 100.0) == [0.9, 3.1]


def test_an_order_without_a_group_rests(fills: Any) -> None:
    model = fills.PackageFillModel(0.5)
    nothing = SimpleNamespace(securities_for_orders=[])
    assert model.combo_limit_fill(SimpleNamespace(group_order_manager=None), nothing) == []
    empty = SimpleNamespace(group_order_manager=SimpleNamespace(quantity=0))
    assert model.combo_limit_fill(empty, nothing) == []


@pytest.mark.parametrize(
    ("quantity", "limit", "price"),
    [(2, 1.15, 1.15), (2, 1.2, 1.15), (2, 1.14, None), (-2, 1.05, 1.05), (-2, 1.0, 1.05), (-2, 1.06, None)],
)
def test_one_option_is_a_package_of_one_leg(fills: Any, quantity: int, limit: float, price: float | None) -> None:
    """An order at the price that is offered trades in a market that stands still."""
    model = fills.PackageFillModel(0.5)
    model._event = lambda order, security, at: round(at, 6)
    zone = SimpleNamespace(time_zone=TimeZones.NEW_YORK)
    security = SimpleNamespace(get_last_data=lambda: bar(1.0, 1.2), exchange=zone, local_time=FILLED_AT)
    order = SimpleNamespace(quantity=quantity, limit_price=limit, created_time=SENT)
    rests = object()
    fills_event, fills.OrderEvent = fills.OrderEvent, lambda *_: rests
    try:
        assert model.limit_fill(security, order) == (rests if price is None else price)
    finally:
        fills.OrderEvent = fills_event
