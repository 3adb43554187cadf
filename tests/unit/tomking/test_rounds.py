"""When positions are looked at: all on the beat, between two beats what cannot wait."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from builders import put
from tomking.positions.component import PositionComponent
from tomking.positions.position import MultiLegPosition
from tomking.rounds import Beat, Rounds

NOON = datetime(2018, 1, 5, 17, tzinfo=UTC)
TODAY, LATER = date(2018, 1, 5), date(2018, 3, 16)


def held(name: str, expiry: date = LATER, quantity: int = -1) -> MultiLegPosition:
    one = put(2700, expiry)
    return MultiLegPosition(
        position_id=name,
        strategy="alpha",
        underlying="SPX",
        legs=(),
        wanted=1,
        requirement=Decimal(0),
        max_loss=None,
        created_at=NOON,
        components={one: PositionComponent(one, quantity)},
    )


def names(found: object) -> list[str]:
    assert isinstance(found, (list, tuple))
    return [each.position_id for each in found]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_a_beat_strikes_in_the_first_minute_of_each_stretch_that_is_seen() -> None:
    beat = Beat(15)
    struck = [number for number in range(1, 60) if beat.strikes(NOON + minutes(number))]
    assert struck == [1, 15, 30, 45], "the first look is late: it is the stretch's all the same"
    assert all(beat.strikes(NOON + minutes(number)) for number in (60, 60.5)), "all of that minute counts"
    assert not beat.strikes(NOON + minutes(61))
    assert beat.strikes(NOON + timedelta(days=1, minutes=2)), "the same stretch of another day"


@pytest.mark.parametrize("count", [1, 5])
def test_the_shortest_beat_strikes_every_minute(count: int) -> None:
    beat = Beat(count)
    assert sum(beat.strikes(NOON + minutes(number)) for number in range(60)) == 60 // count


def test_what_expires_another_day_waits_for_the_beat() -> None:
    rounds = Rounds(15)
    slow, of_today, closed = held("slow"), held("today", TODAY), held("closed", TODAY, quantity=0)
    everything = (slow, of_today, closed)
    assert names(rounds.due(everything, 0, NOON)) == ["slow", "today", "closed"]
    assert names(rounds.due(everything, 0, NOON + minutes(1))) == ["today"]
    assert names(rounds.due(everything, 0, NOON + minutes(15))) == ["slow", "today", "closed"]


def test_what_should_have_ended_does_not_wait() -> None:
    rounds = Rounds(15)
    overdue = held("overdue", TODAY - timedelta(days=1))
    rounds.due([overdue], 0, NOON)
    assert names(rounds.due([overdue], 0, NOON + minutes(1))) == ["overdue"]


@pytest.mark.parametrize("kind", ["building", "closing"])
def test_what_is_on_its_way_does_not_wait(kind: str) -> None:
    rounds = Rounds(15)
    position = held("slow")
    rounds.due([position], 0, NOON)
    assert names(rounds.due([position], 0, NOON + minutes(1))) == []
    getattr(position, kind).add("a group")
    assert names(rounds.due([position], 1, NOON + minutes(2))) == ["slow"]


def test_what_ends_tomorrow_does_not_wait_tomorrow() -> None:
    rounds = Rounds(15)
    position = held("slow", TODAY + timedelta(days=1))
    rounds.due([position], 0, NOON)
    assert names(rounds.due([position], 0, NOON + minutes(1))) == []
    rounds.due([position], 0, NOON + timedelta(days=1))
    assert names(rounds.due([position], 0, NOON + timedelta(days=1, minutes=1))) == ["slow"]


def test_what_the_last_look_wanted_closed_is_looked_at_until_it_is_done() -> None:
    rounds = Rounds(15)
    both = [held("slow"), held("other")]
    rounds.due(both, 0, NOON)
    rounds.remember({"slow"})
    assert names(rounds.due(both, 0, NOON + minutes(1))) == ["slow"]
    rounds.remember(set())
    assert names(rounds.due(both, 0, NOON + minutes(2))) == []
