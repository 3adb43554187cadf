from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from builders import call, condor, condor_quotes, contract, put, put_spread, quote
from hypothesis import given
from hypothesis import strategies as st
from tomking.execution.pricing import (
    PackagePrice,
    marketable_limit,
    on_grid,
    package_price,
    tick_size,
    tick_table,
    walk_limit,
)
from tomking.exiting import _reachable
from tomking.market.contract import Contract, shares
from tomking.market.leg import Leg, package
from tomking.market.quote import Quote

D = Decimal
TENTH = D("0.10")
QUOTES = condor_quotes()
MARKET = PackagePrice(Decimal("-2.00"), Decimal("-2.40"))


def es(strike: int = 4000) -> Contract:
    return contract(strike, underlying="ES", root="EW1", multiplier=50, delivery=date(2018, 3, 16))


def on_future(underlying: str, root: str) -> Contract:
    return contract(100, underlying=underlying, root=root, multiplier=50, delivery=date(2018, 3, 16))


@pytest.mark.parametrize(
    ("one", "price", "tick"),
    [
        (put(2700), "2.95", "0.05"),
        (put(2700), "3.00", "0.10"),
        (contract(270, underlying="SPY", root="SPY"), "12", "0.01"),
        (contract(100, underlying="GOOG", root="GOOG"), "2.99", "0.05"),
        (contract(100, underlying="GOOG", root="GOOG"), "3", "0.10"),
        (es(), "4.95", "0.05"),
        (es(), "5", "0.10"),
        (es(), "20", "0.25"),
        (es(), "100", "0.50"),
        (shares("GOOG"), "700", "0.01"),
        (contract(170, underlying="AAPL", root="AAPL"), "2.99", "0.01"),
        (contract(120, underlying="GLD", root="GLD"), "3", "0.05"),
        (on_future("NQ", "NQ"), "4.95", "0.05"),
        (on_future("MNQ", "MNQ"), "5", "0.25"),
        (on_future("MES", "MES"), "20", "0.25"),
        (on_future("CL", "LO"), "0.35", "0.01"),
        (on_future("MCL", "MCL"), "3", "0.01"),
        (on_future("GC", "OG"), "12", "0.10"),
        (on_future("MGC", "MGC"), "0.4", "0.10"),
        (on_future("ZB", "OZB"), "0.5", "0.015625"),
        (on_future("6E", "EUU"), "0.00045", "0.00005"),
        (on_future("6E", "EUU"), "0.0005", "0.0001"),
        (on_future("M6E", "M6E"), "0.0002", "0.0001"),
        (on_future("6C", "CAU"), "0.00045", "0.00005"),
        (on_future("6B", "GBU"), "0.0003", "0.0001"),
        (on_future("RTY", "RTO"), "4.95", "0.05"),
        (on_future("RTY", "RTO"), "5", "0.10"),
        (on_future("YM", "OYM"), "3.8", "0.20"),
        (on_future("YM", "OYM"), "4", "1"),
        (on_future("HG", "HXE"), "0.05", "0.0005"),
        (on_future("ZC", "OZC"), "0.1", "0.00125"),
        (on_future("LE", "LE"), "0.02", "0.00025"),
    ],
)
def test_ticks_of_one_option(one: Contract, price: str, tick: str) -> None:
    assert tick_size((Leg(one, 1),), D(price), QUOTES.get) == D(tick)
    assert tick_size((Leg(one, -1),), -D(price), QUOTES.get) == D(tick)


def test_a_patient_exit_reaches_a_market_on_a_finer_grid_than_ours() -> None:
    """Offered at 0.36 in a class we know by nickels: bounded by 0.36 the walk would end at 0.35 for ever."""
    leg = (Leg(contract(100, underlying="MSTR", root="MSTR"), 1),)
    quotes = {leg[0].contract: quote("0.33", "0.36")}
    price = package_price(leg, quotes.get)
    assert price is not None
    worst = _reachable(leg, price, quotes.get)
    assert worst == D("0.40")
    assert walk_limit(leg, price, quotes.get, 5, worst, D("0.10")) == D("0.40")
    unknown = (Leg(on_future("XX", "XX"), 1),)
    quotes[unknown[0].contract] = quote("0.33", "0.36")
    assert _reachable(unknown, price, quotes.get) == D("0.36")


def test_ticks_of_packages() -> None:
    assert tick_size(condor(), D("-9"), QUOTES.get) == D("0.05")
    goog = tuple(
        Leg(contract(strike, underlying="GOOG", root="GOOG"), ratio) for strike, ratio in ((100, 1), (110, -1))
    )
    assert tick_size(goog, D("-9"), QUOTES.get) == D("0.01")
    strangle = (Leg(es(3900), -1), Leg(es(4100), -1))
    quotes = {es(3900): quote("4.00", "4.50"), es(4100): quote("21", "22")}
    assert tick_size(strangle, D("-25"), quotes.get) == D("0.25"), "the coarsest leg decides"


def test_an_unknown_future_has_no_tick_and_says_so() -> None:
    unknown = contract(100, underlying="XX", root="XX", delivery=date(2018, 3, 16))
    with pytest.raises(ValueError, match="no price ticks"):
        tick_table(unknown)


def test_package_price() -> None:
    price = package_price(condor(), QUOTES.get)
    assert price is not None
    # sold at the bids 2.95 and 1.95, bought at the asks 1.80 and 1.10
    assert price.natural == D("-2.00")
    assert price.opposite == D("-2.40")
    assert price.mid == D("-2.20")
    assert price.spread == D("0.40")


@pytest.mark.parametrize("bad", [None, quote(0, 0), quote("3.10", "3.05")])
def test_no_package_price_without_a_market_in_every_leg(bad: Quote | None) -> None:
    quotes = {**QUOTES, put(2710): bad}
    assert package_price(condor(), quotes.get) is None


def test_a_wing_without_a_bid_is_a_price() -> None:
    assert package_price(condor(), {**QUOTES, put(2690): quote(0, "0.05")}.get) is not None


def test_the_walk_goes_from_mid_to_natural_and_no_further() -> None:
    walked = [walk_limit(condor(), MARKET, QUOTES.get, step, D("-1.80"), TENTH) for step in range(7)]
    assert walked == [D(text) for text in ("-2.20", "-2.15", "-2.10", "-2.05", "-2.00", "-2.00", "-2.00")]


def test_the_walk_never_passes_the_worst_price() -> None:
    walked = [walk_limit(condor(), MARKET, QUOTES.get, step, D("-2.12"), TENTH) for step in range(4)]
    assert walked == [D("-2.20"), D("-2.15"), D("-2.15"), D("-2.15")]


def test_an_exit_at_any_price_begins_at_natural_and_goes_beyond() -> None:
    walked = [walk_limit(condor(), MARKET, QUOTES.get, step, None, TENTH) for step in range(3)]
    assert walked == [D("-2.00"), D("-1.95"), D("-1.90")]


def test_credits_are_rounded_down_and_debits_up() -> None:
    assert on_grid(condor(), D("-1.23"), None, QUOTES.get) == D("-1.20")
    assert on_grid(condor(), D("1.23"), None, QUOTES.get) == D("1.25")
    assert on_grid(condor(), D("1.23"), D("1.23"), QUOTES.get) == D("1.20")


@pytest.mark.parametrize(("worst", "limit"), [(None, "0.05"), ("0.10", "0.05"), ("0.02", "-0.05"), ("0", "-0.05")])
def test_an_even_price_becomes_a_tick(worst: str | None, limit: str) -> None:
    assert on_grid(put_spread(), D(0), None if worst is None else D(worst), QUOTES.get) == D(limit)


def test_one_option_is_never_given_away() -> None:
    assert marketable_limit((Leg(put(1000), -1),), {put(1000): quote(0, "0.05")}.get, 0) == D("-0.05")
    assert marketable_limit((Leg(put(1000), -1),), {put(1000): quote(0, 0)}.get, 2) == D("-0.05")


def test_nothing_is_bought_where_nothing_is_offered() -> None:
    assert marketable_limit((Leg(put(1000), 1),), {put(1000): quote(0, 0)}.get, 0) is None
    assert marketable_limit((Leg(put(1000), 1),), {}.get, 0) is None


def test_each_attempt_to_get_out_pays_more() -> None:
    buy = [marketable_limit((Leg(put(2710), 1),), QUOTES.get, attempt) for attempt in range(3)]
    assert buy == [D("3.10"), D("3.20"), D("3.30")], "a dime more each time"
    sell = [marketable_limit((Leg(call(2790), -1),), QUOTES.get, attempt) for attempt in range(3)]
    assert sell == [D("-1.00"), D("-0.95"), D("-0.90")]


NICKELS = st.integers(0, 400).map(lambda number: D(number) / 20)


@given(
    st.lists(st.tuples(NICKELS, st.integers(1, 20)), min_size=4, max_size=4),
    st.integers(0, 6),
    st.none() | st.integers(-1000, 1000).map(lambda number: D(number) / 100),
)
def test_limits_are_on_the_grid_and_never_past_the_worst(
    prices: list[tuple[Decimal, int]], step: int, worst: Decimal | None
) -> None:
    legs = condor()
    quotes = {leg.contract: quote(bid, bid + D(wide) / 20) for leg, (bid, wide) in zip(legs, prices, strict=True)}
    price = package_price(legs, quotes.get)
    assert price is not None
    limit = walk_limit(legs, price, quotes.get, step, worst, TENTH)
    assert limit % D("0.05") == 0
    assert limit != 0
    if worst is not None:
        assert limit <= worst
        assert limit < price.natural + D("0.10")


def test_a_ratio_counts_its_legs() -> None:
    legs = package(Leg(put(2710), 1), Leg(put(2690), -2))
    price = package_price(legs, QUOTES.get)
    assert price is not None
    assert price.natural == D("3.05") - 2 * D("1.70")
