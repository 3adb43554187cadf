"""The rank of implied volatility where no index tells it: the desk's own marks, a session each."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from market_days import AT_1030, FRIDAY, priced_chain
from modelled_market import Underlying
from story import Story
from tomking.events import VolatilityMarked
from tomking.market.at_the_money import at_the_money
from tomking.market.daily import rank_among

SECOND_TUESDAY = date(2018, 3, 13)


def marked(sessions: int, now: float, **parameters: str) -> Story:
    """GLD's volatility went from 0.10 to 0.20 and back; on the second Tuesday it is `now`."""
    begins = SECOND_TUESDAY - timedelta(days=1 + 7 * (sessions // 5 + 1))
    story = Story(
        Underlying("GLD", 120.0, 0.15, 0.05, step=1.0, half_spread=0.005),
        begins=begins,
        windows=((75, 105),),
        cash=300_000,
        futures_strangle__enabled="true",
        futures_strangle__products="GLD",
        futures_strangle__iv_rank_sessions="20",
        **{"futures_strangle__min_credit_fraction": "0.001", "futures_strangle__min_credit": "1", **parameters},
    )
    days = [begins + timedelta(days=number) for number in range((SECOND_TUESDAY - begins).days)]
    for number, day in enumerate([day for day in days if day.weekday() < 5][-sessions:]):
        story.price("GLD", 120.0, 0.10 if number % 2 else 0.20)
        story.end_day(day)
    story.price("GLD", 120.0, now)
    story.at(SECOND_TUESDAY, time(10))
    return story


@pytest.mark.parametrize(
    ("sessions", "now", "code"),
    [(19, 0.20, "IV_RANK_MISSING"), (20, 0.13, "IV_RANK"), (20, 0.1301, None), (20, 0.20, None), (20, 0.08, "IV_RANK")],
)
def test_enough_sessions_tell_the_rank(sessions: int, now: float, code: str | None) -> None:
    story = marked(sessions, now)
    assert story.codes == ([] if code is None else [code])
    assert bool(story.positions) is (code is None)
    if code == "IV_RANK_MISSING":
        assert "19 of 20 sessions of it are known" in story.denials[0][2]


def test_the_marks_are_journaled_survive_a_restart_and_are_one_a_session() -> None:
    story = marked(20, 0.05)
    count = sum(isinstance(event, VolatilityMarked) for event in story.events)
    assert count == 20
    before = story.desk.state.volatilities["GLD"]
    story.restart()
    assert story.desk.state.volatilities["GLD"] == before
    story.end_day(SECOND_TUESDAY)
    story.end_day(SECOND_TUESDAY)
    assert [mark.day for mark in story.desk.state.volatilities["GLD"]][-1] == SECOND_TUESDAY
    assert len(story.desk.state.volatilities["GLD"]) == 21


def test_products_nobody_asks_the_rank_of_are_not_marked() -> None:
    story = marked(3, 0.2, futures_strangle__min_iv_rank="none")
    assert story.desk.state.volatilities == {}


def test_at_the_money_is_the_volatility_the_chain_was_priced_with() -> None:
    chain = priced_chain(volatility=0.25, step=1)
    side = [contract for contract in chain if contract.expiry == FRIDAY]
    found = at_the_money(side, chain.spot, chain.quotes.get, AT_1030, 0.02)
    assert found is not None
    assert float(found) == pytest.approx(0.25, abs=0.005)  # mids lie on nickels
    assert at_the_money(side, chain.spot, lambda contract: None, AT_1030, 0.02) is None
    assert at_the_money([], chain.spot, chain.quotes.get, AT_1030, 0.02) is None


@pytest.mark.parametrize(
    ("value", "rank"), [("0.10", "0"), ("0.20", "1"), ("0.15", "0.5"), ("0.25", "1.5"), ("0.05", "-0.5")]
)
def test_a_rank_is_the_place_between_the_lowest_and_the_highest(value: str, rank: str) -> None:
    past = [Decimal("0.10"), Decimal("0.20"), Decimal("0.12")]
    assert rank_among(Decimal(value), past, 3) == Decimal(rank)
    assert rank_among(Decimal(value), past, 4) is None
    assert rank_among(Decimal(value), [Decimal("0.1")] * 3, 3) is None
