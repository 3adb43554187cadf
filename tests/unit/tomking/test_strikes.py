from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from builders import call, chain, contract, put, quote
from hypothesis import given, settings
from hypothesis import strategies as st
from market_days import AT_1030, FRIDAY, RATE, day_market, priced_chain, scene, spec_of
from tomking.market.calendar import from_new_york
from tomking.market.chain import Chain
from tomking.market.contract import Contract, Right, Style
from tomking.market.leg import Leg
from tomking.market.quote import Quote
from tomking.settings import Settings
from tomking.strategies.catalog import specs
from tomking.strategies.entries import intent_for
from tomking.strategies.intent import Intent, NoStrike
from tomking.strategies.spec import StrategySpec
from tomking.strategies.strikes import deltas_of, find_contract, find_strike_by_delta, nearest_expiry, select_legs
from tomking.strategies.structure import Structure
from tomking.strategies.target import ByDelta, ByDistance, ByMove, Direction, LegTarget, Measure, Template


def zero_dte(**parameters: str) -> StrategySpec:
    return specs(Settings.from_parameters({f"zero_dte.{name}": value for name, value in parameters.items()}))[0]


def template(spec: StrategySpec, direction: Direction = Direction.FLAT) -> Template:
    assert isinstance(spec.choice, ByMove)
    return spec.choice.templates[direction]


def intent(spec: StrategySpec, direction: Direction = Direction.FLAT) -> Intent:
    return Intent(spec, template(spec, direction), "test", AT_1030)


def chosen(spec: StrategySpec, quoted: Chain, direction: Direction = Direction.FLAT) -> tuple[Leg, ...] | NoStrike:
    return select_legs(spec, intent(spec, direction), scene(spec, quoted))


def legs_of(found: tuple[Leg, ...] | NoStrike) -> tuple[Leg, ...]:
    assert not isinstance(found, NoStrike), found
    return found


class Counted(dict[Contract, Quote]):
    """Quotes that remember which of them were read, and whose deltas were asked for."""

    def __init__(self, quotes: Mapping[Contract, Quote]) -> None:
        super().__init__({one: replace(each, ask_delta=self._asking(one)) for one, each in quotes.items()})
        self.read: list[Contract] = []
        self.asked: list[Contract] = []

    def _asking(self, contract: Contract) -> Callable[[], float | None]:
        def ask() -> float | None:
            self.asked.append(contract)
            return None

        return ask

    def __getitem__(self, contract: Contract) -> Quote:
        self.read.append(contract)
        return super().__getitem__(contract)


AT_THE_MONEY = ByDistance(Measure.PRICE, Decimal(0), Decimal("0.5"))


@given(st.dictionaries(st.integers(2600, 2900), st.sampled_from((0, 1, 90)), min_size=1, max_size=12))
@settings(max_examples=60)
def test_by_distance_the_nearest_usable_strike_is_taken_and_none_beyond_it_is_read(ages: dict[int, int]) -> None:
    """Whose quote is too old is passed over; LEAN's delta, a search for a volatility, is asked of none."""
    spec = zero_dte()
    counted = Counted({put(each): quote(2, "2.1", AT_1030 - timedelta(seconds=age)) for each, age in ages.items()})
    quoted = Chain("SPX", Decimal(2750), AT_1030, counted)
    found = find_contract(LegTarget(Right.PUT, 1, AT_THE_MONEY), spec.expiry, scene(spec, quoted))
    by_distance = sorted(ages, key=lambda each: (abs(each - 2750), each))
    fresh = [each for each in by_distance if ages[each] < 90]
    if fresh:
        assert found == put(fresh[0])
        assert counted.read == [put(each) for each in by_distance[: by_distance.index(fresh[0]) + 1]]
    else:
        assert isinstance(found, NoStrike)
    assert not counted.asked


def test_by_delta_the_feed_is_asked() -> None:
    spec = zero_dte()
    counted = Counted({put(each): quote(2, "2.1", AT_1030) for each in (2700, 2710)})
    quoted = Chain("SPX", Decimal(2750), AT_1030, counted)
    find_contract(LegTarget(Right.PUT, -1, ByDelta(0.15, 0.1, 0.2)), spec.expiry, scene(spec, quoted))
    assert {*counted.asked} == {put(2700), put(2710)}


# -- find_strike_by_delta --------------------------------------------------------------------------------------------

LADDER = {put(2700): -0.10, put(2710): -0.14, put(2715): -0.18, put(2720): -0.24}


@pytest.mark.parametrize(
    ("delta", "minimum", "maximum", "strike"),
    [
        (0.15, 0.0, 1.0, 2710),
        (0.17, 0.0, 1.0, 2715),
        (0.16, 0.0, 1.0, 2710),  # equally near: the smaller delta
        (0.15, 0.15, 1.0, 2715),
        (0.50, 0.0, 0.20, 2715),
        (0.10, 0.10, 0.10, 2700),
    ],
)
def test_the_nearest_delta_inside_the_bounds(delta: float, minimum: float, maximum: float, strike: int) -> None:
    assert find_strike_by_delta(LADDER, delta, minimum, maximum) == put(strike)


def test_outside_the_bounds_there_is_none_and_the_nearest_is_named() -> None:
    found = find_strike_by_delta(LADDER, 0.40, 0.30, 0.50)
    assert isinstance(found, NoStrike)
    assert found.code == "NO_STRIKE"
    assert "0.240 at 2720" in found.reason
    assert isinstance(find_strike_by_delta({}, 0.16), NoStrike)


@given(
    st.dictionaries(st.integers(2000, 3000), st.floats(0.001, 0.999), min_size=1),
    st.floats(0.01, 0.99),
    st.floats(0, 0.5),
    st.randoms(use_true_random=False),
)
def test_the_choice_does_not_depend_on_the_order(
    ladder: dict[int, float], delta: float, half: float, chance: object
) -> None:
    low, high = max(0.0, delta - half), min(1.0, delta + half)
    deltas = {call(strike): value for strike, value in ladder.items()}
    turned = dict(reversed(list(deltas.items())))
    found = find_strike_by_delta(deltas, delta, low, high)
    assert found == find_strike_by_delta(turned, delta, low, high)
    if isinstance(found, NoStrike):
        assert not any(low <= value <= high for value in deltas.values())
    else:
        assert low <= deltas[found] <= high
        inside = [abs(value - delta) for value in deltas.values() if low <= value <= high]
        assert abs(deltas[found] - delta) == min(inside)


# -- whole packages --------------------------------------------------------------------------------------------------


def test_a_condor_by_delta() -> None:
    quoted = priced_chain()
    legs = legs_of(chosen(zero_dte(wing_width="none"), quoted))
    assert [(leg.ratio, leg.contract.right) for leg in legs] == [
        (1, Right.PUT),
        (-1, Right.PUT),
        (-1, Right.CALL),
        (1, Right.CALL),
    ]
    for right in Right:
        deltas = deltas_of(quoted.side(FRIDAY, right), quoted, AT_1030, RATE)
        for leg in legs:
            if leg.contract.right is right:
                wanted = 0.155 if leg.is_short else 0.06
                assert abs(deltas[leg.contract]) == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize(
    ("direction", "right"), [(Direction.UP, Right.CALL), (Direction.DOWN, Right.PUT)], ids=["rise", "fall"]
)
def test_after_a_move_only_the_side_that_fades_it(direction: Direction, right: Right) -> None:
    legs = legs_of(chosen(zero_dte(), priced_chain(), direction))
    assert {leg.contract.right for leg in legs} == {right}
    assert sorted(leg.ratio for leg in legs) == [-1, 1]


def test_wings_at_a_fixed_distance() -> None:
    legs = legs_of(chosen(zero_dte(wing_width="25"), priced_chain()))
    strikes = [leg.contract.strike for leg in legs]
    assert strikes[1] - strikes[0] == strikes[3] - strikes[2] == 25  # type: ignore[operator]
    missing = chosen(zero_dte(wing_width="12"), priced_chain())
    assert isinstance(missing, NoStrike)
    assert "12 points beyond" in missing.reason


def test_legs_never_coincide() -> None:
    """With one delta for all, the wing is the next strike out, or there is none: never the short strike itself."""
    same = zero_dte(wing_width="none", wing_delta="0.15", max_wing_delta="0.155", min_wing_delta="0.10")
    found = chosen(same, priced_chain(step=5))
    if not isinstance(found, NoStrike):
        assert len({leg.contract for leg in found}) == 4
    narrow = {put(2715): quote(2, "2.1", AT_1030, delta=-0.155), call(2765): quote(2, "2.1", AT_1030, delta=0.155)}
    assert isinstance(chosen(same, chain(narrow, as_of=AT_1030)), NoStrike)


def test_a_sold_leg_needs_a_bid_and_a_bought_one_does_not() -> None:
    quoted = priced_chain()
    legs = legs_of(chosen(zero_dte(), quoted))
    long_put, short_put = legs[0].contract, legs[1].contract
    without = dict(quoted.quotes)
    without[short_put] = replace(without[short_put], bid_size=0)  # a bid carried forward
    assert short_put not in [leg.contract for leg in legs_of(chosen(zero_dte(), replace(quoted, quotes=without)))]
    without = dict(quoted.quotes)
    without[long_put] = replace(without[long_put], bid=Decimal(0), ask=2 * without[long_put].mid, bid_size=0)
    assert long_put in [leg.contract for leg in legs_of(chosen(zero_dte(), replace(quoted, quotes=without)))]


@pytest.mark.parametrize("fault", ["stale", "crossed", "no offer"])
def test_a_bad_quote_is_not_chosen(fault: str) -> None:
    quoted = priced_chain()
    good = legs_of(chosen(zero_dte(), quoted))
    for leg in good:
        old = quoted.quotes[leg.contract]
        bad = {
            "stale": replace(old, as_of=AT_1030 - timedelta(seconds=61)),
            "crossed": replace(old, bid=old.ask + 1, bid_size=5),
            "no offer": replace(old, ask_size=0),
        }[fault]
        found = chosen(zero_dte(), replace(quoted, quotes={**quoted.quotes, leg.contract: bad}))
        assert isinstance(found, NoStrike) or leg.contract not in [each.contract for each in found]


def test_a_wide_leg_is_not_sold_when_a_limit_is_set() -> None:
    wide = priced_chain(half_spread=Decimal("0.50"))
    assert isinstance(chosen(zero_dte(max_leg_spread_fraction="0.10"), wide), NoStrike)


def test_other_roots_and_expiries_are_not_mixed_in() -> None:
    quoted = priced_chain()
    others = {contract(one.strike, one.right, one.expiry, root="SPX"): each for one, each in quoted.quotes.items()}  # type: ignore[arg-type]
    later = {replace(one, expiry=FRIDAY + timedelta(days=7)): each for one, each in quoted.quotes.items()}
    legs = legs_of(chosen(zero_dte(), replace(quoted, quotes={**others, **later, **quoted.quotes})))
    assert {(leg.contract.root, leg.contract.expiry) for leg in legs} == {("SPXW", FRIDAY)}


def test_no_expiry_in_the_window() -> None:
    found = chosen(zero_dte(), priced_chain(expiry=FRIDAY + timedelta(days=3)))
    assert isinstance(found, NoStrike)
    assert found.code == "NO_EXPIRY"


def test_of_two_expiries_equally_near_the_earlier() -> None:
    strangle = spec_of("futures_strangle", underlying="ES")
    days = (85, 95, 79, 101)
    quoted = chain(
        {contract(2000, expiry=FRIDAY + timedelta(days=left), underlying="ES", root="ES"): quote(1, 2) for left in days}
    )
    assert nearest_expiry(strangle.expiry, scene(strangle, quoted)) == FRIDAY + timedelta(days=85)


def test_an_unknown_direction_is_no_trade() -> None:
    spec = zero_dte()
    unknown = intent_for(spec, day_market(opened_at=None), AT_1030)
    found = select_legs(spec, unknown, scene(spec, priced_chain()))
    assert isinstance(found, NoStrike)
    assert found.code == "NO_DIRECTION"


# -- whose delta -----------------------------------------------------------------------------------------------------


def test_the_feeds_delta_is_taken_where_it_has_one() -> None:
    quoted = chain(
        {put(2700): quote(1, "1.2", AT_1030, delta=-0.33), put(2710): quote(2, "2.2", AT_1030)}, as_of=AT_1030
    )
    deltas = deltas_of(quoted.side(FRIDAY, Right.PUT), quoted, AT_1030, RATE)
    assert deltas[put(2700)] == -0.33
    assert 0.05 < -deltas[put(2710)] < 0.4


def test_a_zero_from_the_feed_is_no_delta() -> None:
    quoted = chain({put(2710): quote(2, "2.2", AT_1030, delta=0.0)}, as_of=AT_1030)
    assert deltas_of(quoted.side(FRIDAY, Right.PUT), quoted, AT_1030, RATE)[put(2710)] != 0


def test_options_on_futures_always_get_our_own() -> None:
    delivery = date(2020, 3, 20)
    option = contract(3000, expiry=delivery, underlying="ES", root="ES", style=Style.AMERICAN, delivery=delivery)
    now = from_new_york(date(2020, 1, 6), time(9, 45))
    quoted = Chain("ES", Decimal("3213.5"), now, {option: quote("32.25", "32.75", now, delta=-0.9)})
    deltas = deltas_of(quoted.side(delivery, Right.PUT), quoted, now, 0.015)
    assert deltas[option] == pytest.approx(-0.20, abs=0.01)


def test_half_an_offer_without_a_bid_is_no_larger_delta_than_the_strike_before() -> None:
    """LEAN's real GOOG chain: nobody bids far out, and the asked 0.50 there would look like a big delta."""
    quotes = {call(2760): quote("1.0", "1.2", AT_1030), call(2800): quote(0, "0.1", AT_1030)}
    quotes[call(2900)] = quote(0, "1.5", AT_1030)
    quoted = chain(quotes, as_of=AT_1030)
    deltas = deltas_of(quoted.side(FRIDAY, Right.CALL), quoted, AT_1030, RATE)
    assert deltas[call(2900)] == deltas[call(2800)] < deltas[call(2760)]


@settings(max_examples=40)
@given(
    st.integers(2600, 2900),
    st.floats(0.06, 0.5),
    st.sampled_from([5, 10, 25]),
    st.sampled_from(list(Direction)),
)
def test_whatever_is_chosen_is_the_structure_it_claims(
    spot: int, volatility: float, step: int, direction: Direction
) -> None:
    spec = zero_dte()
    found = chosen(spec, priced_chain(spot, volatility, step=step, width=200), direction)
    if isinstance(found, NoStrike):
        assert found.code in {"NO_STRIKE", "INVALID_STRUCTURE"}
        return
    structure = template(spec, direction).structure
    assert len(found) == (4 if structure is Structure.IRON_CONDOR else 2)
    shorts = [leg.contract.strike for leg in found if leg.is_short]
    longs = [leg.contract.strike for leg in found if not leg.is_short]
    assert len(set(shorts + longs)) == len(found)
    if structure is Structure.IRON_CONDOR:
        assert longs[0] < shorts[0] < shorts[1] < longs[1]  # type: ignore[operator]
