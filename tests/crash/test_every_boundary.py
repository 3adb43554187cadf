"""Die at every point where the outside world is touched, start again, and still keep every promise.

A story is told once to count its boundaries (journal save and flush, submit, cancel, look-up, notices), then once for
each of them, dying there; half of the time it dies again while it recovers. What must hold at the end is in
`Rig.check_end`. A failure is its parameters: ``Rig(seed, habits, max_legs=…, deaths=…, losing=…)``.
"""

from __future__ import annotations

from random import Random

import pytest
from fakes.chaotic_backend import CALM, ROUGH, WILD, Habits
from fakes.rig import Rig
from stress import STRESS

NATIVE, LEGGED = 4, 1


def deaths_around(boundary: int, chance: Random) -> tuple[int, ...]:
    """Here, and half of the time once more soon after: most likely during the recovery."""
    return (boundary, boundary + chance.randrange(1, 20)) if chance.random() < 0.5 else (boundary,)


def told(seed: int, habits: Habits, **more: object) -> Rig:
    rig = Rig(seed, habits, **more)  # type: ignore[arg-type]
    try:
        rig.tell()
        rig.check_end()
    except AssertionError as error:
        raise AssertionError(f"Rig({seed}, …, {more}): {error}") from error
    return rig


@pytest.mark.parametrize("quarter", range(4))
@pytest.mark.parametrize(
    ("seed", "habits", "max_legs", "every"), [(1, CALM, NATIVE, 1), (2, ROUGH, NATIVE, 1), (3, ROUGH, LEGGED, 3)]
)
def test_dying_at_each_boundary_with_a_durable_store(
    seed: int, habits: Habits, max_legs: int, every: int, quarter: int
) -> None:
    """The long legged story dies at every third only; its others are in the two tests below."""
    count = len(told(seed, habits, max_legs=max_legs).boundaries)
    assert count > 50, "the story is too short to mean anything"
    for boundary in range(1 + quarter * every, count + 1, 4 * every):
        chance = Random(boundary)
        told(seed, habits, max_legs=max_legs, deaths=deaths_around(boundary, chance))


@pytest.mark.parametrize("first", range(0, 60 * STRESS, 15))
@pytest.mark.parametrize("max_legs", [NATIVE, LEGGED])
def test_dying_again_and_again(first: int, max_legs: int) -> None:
    for seed in range(first, first + 15):
        chance = Random(seed)
        deaths = tuple(sorted(chance.sample(range(1, 400), 12)))
        told(seed, chance.choice((ROUGH, WILD)), max_legs=max_legs, deaths=deaths)


@pytest.mark.parametrize("first", range(0, 60 * STRESS, 15))
@pytest.mark.parametrize("max_legs", [NATIVE, LEGGED])
def test_dying_with_a_disk_that_lied_about_the_last_records(first: int, max_legs: int) -> None:
    """Up to four records that had been flushed are gone: orders turn up that the journal does not know."""
    for seed in range(first, first + 15):
        chance = Random(seed)
        deaths = tuple(sorted(chance.sample(range(1, 400), 4)))
        told(seed, ROUGH, max_legs=max_legs, deaths=deaths, losing=chance.randrange(1, 5))
