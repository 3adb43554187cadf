"""Our own requirement beside the broker's figure: what it says before an order, and what its dry run says of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal

import pytest
from modelled_market import Underlying
from story import Story
from tomking.events import GroupFinished, GroupOutcome, OrderReckoned, Purpose
from tomking.execution.backend import OrderRequest
from tomking.ledger import Ledger
from tomking.market.leg import Leg

FRIDAY = date(2018, 1, 5)


def friday(
    *,
    reckon: Callable[[Sequence[Leg]], Decimal] | None = None,
    dry_run: Callable[[OrderRequest], Decimal] | None = None,
    **parameters: str,
) -> Story:
    story = Story(
        Underlying("SPX", 2740.0, 0.30, 0.02, step=5.0, half_spread=0.01),
        begins=FRIDAY,
        windows=((0, 0),),
        zero_dte__enabled="true",
        **{"zero_dte__contract_caps": "0:100", **parameters},
    )
    story.venue.reckon, story.venue.dry_run = reckon, dry_run
    story.at(FRIDAY, time(10, 30))
    return story


def test_a_smaller_figure_of_the_broker_changes_nothing() -> None:
    own, other = friday().only, friday(reckon=lambda legs: Decimal(1)).only
    assert (own.wanted, own.requirement) == (other.wanted, other.requirement)


def test_a_larger_one_counts_for_every_package() -> None:
    alone = friday().only
    one = alone.requirement / alone.wanted
    assert alone.wanted > 1
    position = friday(reckon=lambda legs: one * 2, zero_dte__min_credit_fraction="0.05").only
    assert position.wanted == alone.wanted // 2
    assert position.requirement == 2 * one * position.wanted


def test_one_package_that_does_not_fit_by_the_brokers_figure_is_not_opened() -> None:
    story = friday(reckon=lambda legs: Decimal(50_000))
    assert story.codes == ["POSITION_BUYING_POWER"]
    assert not story.positions


def test_a_trade_by_hand_counts_the_larger_too() -> None:
    story = friday()
    legs = story.only.legs
    story.venue.reckon = lambda package: Decimal(50_000)
    group = story.desk.atomic.execute_atomic(legs, 2, "mine")
    assert group.created.requirement == 100_000


# -- the dry run ------------------------------------------------------------------------------------------------------


def test_a_dry_run_within_the_limits_is_journaled_and_its_larger_figure_counts() -> None:
    own = friday().only
    story = friday(dry_run=lambda request: own.requirement + request.quantity)
    told = [event for event in story.events if isinstance(event, OrderReckoned)]
    assert told[0].fees == 1
    assert story.only.requirement == own.requirement + own.wanted
    again = Ledger.opened(story.store, f"tomking/live/{story.settings.desk.deployment}", "again", story.now)
    (position,) = again.book.open_positions
    assert position.requirement == story.only.requirement


@pytest.mark.parametrize("over", [0, 1])
def test_what_the_dry_run_ties_up_must_fit_into_every_limit_of_buying_power(over: int) -> None:
    """The tightest of them is the position's: 3.5 % of an equity of 100,000 in phase 4."""
    story = friday(dry_run=lambda request: Decimal(3_500 + over))
    (ended,) = [event for event in story.events if isinstance(event, GroupFinished)][:1]
    if not over:
        assert ended.outcome is GroupOutcome.FILLED
        return
    assert not story.positions
    assert ended.outcome is GroupOutcome.CANCELED
    assert "BUYING_POWER_EFFECT" in ended.text
    assert "3501 would be tied up, 3500" in ended.text


def test_closing_is_bounded_by_no_buying_power() -> None:
    asked: list[Decimal | None] = []

    def dry_run(request: OrderRequest) -> Decimal:
        asked.append(request.most_buying_power)
        return Decimal(0)

    story = friday(dry_run=dry_run)
    story.at(FRIDAY, time(15, 30))
    assert len(story.groups(Purpose.CLOSE)) == 1
    assert asked[0] is not None
    assert asked[-1] is None
