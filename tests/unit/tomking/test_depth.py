from __future__ import annotations

from decimal import Decimal

import pytest
from builders import NOON, call, condor, condor_quotes, lt112, put, quote, seconds
from tomking.execution.depth import DepthCheckResult, check_depth
from tomking.execution.pricing import PackagePrice
from tomking.execution.rules import ExecutionRules
from tomking.market.leg import Leg, package
from tomking.market.quote import Quote

RULES = ExecutionRules()
SHORT, LONG = put(2710), put(2690)


def checked(
    change: dict[object, Quote | None] | None = None,
    *,
    quantity: int = 1,
    worst: str = "-1.80",
    rules: ExecutionRules = RULES,
) -> DepthCheckResult:
    quotes = {**condor_quotes(), **(change or {})}
    return check_depth(condor(), quantity, Decimal(worst), NOON, quotes.get, rules)  # type: ignore[arg-type]


def test_a_good_market_is_accepted_and_named() -> None:
    found = checked()
    assert found.accepted
    assert found.code == ""
    assert found.price == PackagePrice(Decimal("-2.00"), Decimal("-2.40"))


@pytest.mark.parametrize(
    ("contract", "bad", "code"),
    [
        (SHORT, None, "NO_QUOTE"),
        (SHORT, quote("2.95", "3.05", NOON - seconds(61)), "STALE_QUOTE"),
        (SHORT, quote("2.95", 0), "NO_ASK"),
        (SHORT, quote("2.95", "3.05", sizes=(10, 0)), "NO_ASK"),
        (SHORT, quote(0, "3.05"), "NO_BID"),
        (SHORT, quote("2.95", "3.05", sizes=(0, 10)), "NO_BID"),  # carried forward: the size is the only trace
        (SHORT, quote("3.10", "3.05"), "CROSSED_QUOTE"),
        (SHORT, quote("3.05", "3.05"), "CROSSED_QUOTE"),
        (LONG, quote("1.80", "1.80"), "CROSSED_QUOTE"),
        (SHORT, quote("2.95", "3.05", sizes=(0, 0)), "NO_ASK"),
        (SHORT, quote("1.00", "5.00"), "PACKAGE_SPREAD"),
    ],
)
def test_what_is_wrong_is_named(contract: object, bad: Quote | None, code: str) -> None:
    found = checked({contract: bad})
    assert not found.accepted
    assert found.code == code
    assert found.text


def test_as_old_as_allowed_is_not_too_old() -> None:
    assert checked({SHORT: quote("2.95", "3.05", NOON - seconds(60))}).accepted


def test_nobody_needs_to_bid_for_a_wing() -> None:
    assert checked({LONG: quote(0, "0.05"), call(2790): quote(0, "0.05", sizes=(0, 50))}, worst="-1").accepted


@pytest.mark.parametrize(("size", "quantity", "accepted"), [(5, 5, True), (4, 5, False), (None, 50, True)])
def test_the_touch_must_be_deep_enough_where_sizes_are_known(size: int | None, quantity: int, accepted: bool) -> None:
    found = checked({SHORT: quote("2.95", "3.05", sizes=(size, 99))}, quantity=quantity)
    assert found.accepted is accepted
    assert found.code == ("" if accepted else "THIN_QUOTE")


def test_the_least_size_is_asked_for_whatever_ours() -> None:
    rules = ExecutionRules(min_depth=10)
    assert checked({SHORT: quote("2.95", "3.05", sizes=(9, 99))}, rules=rules).code == "THIN_QUOTE"
    assert checked({SHORT: quote("2.95", "3.05", sizes=(10, 99))}, rules=rules).accepted


def test_a_long_leg_is_bought_from_the_offer() -> None:
    assert checked({LONG: quote("1.70", "1.80", sizes=(99, 1))}, quantity=2).code == "THIN_QUOTE"
    assert checked({LONG: quote("1.70", "1.80", sizes=(1, 99))}, quantity=2).accepted


def test_a_market_past_the_worst_price_is_left_alone() -> None:
    assert checked(worst="-2.25").code == "MID_PAST_WORST"
    assert checked(worst="-2.20").accepted


def test_a_ratio_may_be_as_wide_as_its_contracts_are() -> None:
    """A tick wide in each of four contracts of 1:-1:-2 is as good as a market gets."""
    quotes = {put(2700): quote("2.30", "2.35"), put(2680): quote("1.40", "1.45"), put(2640): quote("0.45", "0.50")}
    assert check_depth(lt112(), 1, None, NOON, quotes.get, RULES).accepted


@pytest.mark.parametrize(("ask", "code"), [("5.30", ""), ("5.35", "PACKAGE_SPREAD")])
def test_an_even_package_is_measured_by_its_legs(ask: str, code: str) -> None:
    """A roll costs next to nothing: half of that would allow no spread at all, a tenth of its legs' worth does."""
    near, far = put(2700), put(2695)
    quotes = {near: quote("5.00", "5.60"), far: quote("4.90", ask)}
    legs = package(Leg(near, 1), Leg(far, -1))
    assert check_depth(legs, 1, None, NOON, quotes.get, RULES).code == code


@pytest.mark.parametrize(("quantity", "code"), [(50, ""), (51, "SLIPPAGE")])
def test_the_budget_is_for_the_whole_group_in_currency(quantity: int, code: str) -> None:
    """Mid -2.20, natural -2.00: 20 a condor."""
    assert checked(quantity=quantity).code == code


def test_a_floor_nearer_than_natural_bounds_what_may_be_given_away() -> None:
    assert checked(quantity=100, worst="-2.10").code == ""
    assert checked(quantity=101, worst="-2.10").code == "SLIPPAGE"
