"""Die at every point where the outside world is touched, start again, and still keep every promise.

`points` says how; what must hold at the end is in `Rig.check_end`. A failure names its point, and
``python -m crash --replay <point>`` tells it again (`make stress` says more about it).
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from crash.points import LEGGED, LOSSES, NATIVE, Point, boundaries, explored, story
from crash.stranded import BROKERS, ends
from fakes.habits import ROUGH, WILD
from fakes.rig import Died, Rig
from tomking.state import digest

STORIES = range(17)
AT_MARKET = {15}
"""Of these, some in which packages go at market."""

PER_BOUNDARY = 9
"""Points at each boundary: five losses, and the second death of nearly all of them."""


@pytest.mark.parametrize("number", STORIES)
def test_dying_at_each_boundary_and_again_in_the_recovery(number: int) -> None:
    findings = explored(story(number))
    assert findings.points >= PER_BOUNDARY * findings.boundaries
    assert findings.at_market or number not in AT_MARKET
    if story(number).level == "ordinary":
        assert not findings.outcomes["stranded"], "at a real broker's fault rates nothing is left for a person"


def test_there_are_twenty_thousand_points() -> None:
    counts = [boundaries(story(number)) for number in STORIES]
    assert min(counts) > 40, "a story is too short to mean anything"
    assert sum(counts) * PER_BOUNDARY >= 20_000
    told = {(story(number).level, story(number).max_legs) for number in STORIES}
    assert told >= {(level, legs) for level in ("ordinary", "rough", "wild") for legs in (NATIVE, LEGGED)}


@pytest.mark.parametrize("losing", LOSSES)
@pytest.mark.parametrize("number", [0, 1, 5])
def test_leaving_a_story_is_dying_in_it(number: int, losing: int) -> None:
    """The short way to a point, beside the story, leads to the same end as dying there for real."""
    told = story(number)
    chance = Random(losing)
    for first in sorted(chance.sample(range(1, boundaries(told)), 6)):
        deaths = (first, first + chance.randrange(1, 12))
        left: list[Rig] = []
        rig = told.rig()
        rig.on_boundary = lambda at, first=first, left=left, rig=rig: (  # type: ignore[misc]
            left.append(rig.after_death(losing)) if at == first else None
        )
        Point(told, 0, ()).finish(rig)
        left[0].deaths = deaths
        left[0].tell()
        assert digest(left[0].desk.state) == digest(Point(told, losing, deaths).told().desk.state)


def test_a_death_is_a_death() -> None:
    """The points are real: the process does not come past its boundary."""
    rig = Rig(1)
    rig.start()
    rig.deaths = (rig.boundary + 5,)

    def turns() -> None:
        while rig.turns < 100:
            rig.turn()

    with pytest.raises(Died, match=f"boundary {rig.deaths[0]}"):
        turns()
    assert (rig.boundary,) == rig.deaths


def test_a_point_can_be_named_and_told_again() -> None:
    point = Point(story(7), 3, (12, 19))
    assert Point.parsed(str(point)) == point
    assert point.told().runs == 3


@pytest.mark.parametrize("first", range(0, 60, 15))
@pytest.mark.parametrize("max_legs", [NATIVE, LEGGED])
def test_dying_again_and_again(first: int, max_legs: int) -> None:
    for seed in range(first, first + 15):
        chance = Random(seed)
        deaths = tuple(sorted(chance.sample(range(1, 400), 12)))
        rig = Rig(seed, chance.choice((ROUGH, WILD)), max_legs=max_legs, deaths=deaths, goes_on=True)
        rig.tell()
        rig.check_end()


@pytest.mark.parametrize("broker", BROKERS)
def test_at_a_real_brokers_fault_rates_nothing_is_stranded(broker: str) -> None:
    """The first lines of the table in docs/recovery.md, on a few of its stories."""
    total = sum((ends("ordinary", BROKERS[broker], number)[0] for number in range(12)), Counter())
    assert total.total() > 40
    assert not total["stranded"]
