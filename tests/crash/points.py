"""Every point at which the process can die, and what must be true whatever happens there.

A story is told once. At each boundary, where it touches disk or broker, it is left as if the process had died there:
with the disk as it should be, and with the last one to four records lost although they had been flushed. Each of these
goes on to its end beside the story itself, and is left once more where it recovers, to die there a second time. A point
is one such telling: its name says how to tell it again.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from fakes.habits import LEVELS
from fakes.rig import Broken, Rig
from tomking.journal import reading

LOSSES = range(5)
"""Flushed records that are lost at a death: none, or a disk that lied about up to four."""

NATIVE, LEGGED = 4, 1

RECOVERY = 12
"""Boundaries after a start that the second death is spread over: those of the recovery, and a few beyond."""

REPLAYED = 5
"""Of so many points one is checked for its journal telling the same state again."""


@dataclass(frozen=True)
class Story:
    """What happens when nobody dies."""

    seed: int
    level: str
    max_legs: int

    def rig(self, deaths: tuple[int, ...] = (), losing: int = 0) -> Rig:
        """Ready to be told; trading goes on after a death in every eighth story, texts grow in two of five, the broker
        replaces orders in every second four, and takes packages at market in every second eight.
        """
        return Rig(
            self.seed,
            LEVELS[self.level],
            max_legs=self.max_legs,
            deaths=deaths,
            losing=losing,
            goes_on=self.seed % 8 == 0,
            grows=self.seed % 5 < 2,
            replaces=self.seed // 4 % 2 == 1,
            combo_market=self.seed // 8 % 2 == 1,
        )


def story(number: int) -> Story:
    """The story of that number: more rough days than wild or ordinary ones, two of three with native packages."""
    level = ("rough", "wild", "rough", "ordinary")[number % 4]
    return Story(number, level, LEGGED if number % 3 == 2 else NATIVE)


@dataclass(frozen=True)
class Point:
    """One death, or two."""

    story: Story
    losing: int
    deaths: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.story.seed}:{self.losing}:{'.'.join(map(str, self.deaths))}"

    @classmethod
    def parsed(cls, text: str) -> Point:
        """Opposite of `str`."""
        seed, losing, deaths = text.split(":")
        return cls(story(int(seed)), int(losing), tuple(int(each) for each in deaths.split(".") if each))

    def told(self) -> Rig:
        """Tell it from the beginning, dying for real.

        Raises:
            BrokenAt: a promise was not kept.
        """
        rig = self.story.rig(self.deaths, self.losing)
        self.finish(rig)
        return rig

    def finish(self, rig: Rig) -> None:
        """Let `rig` tell the rest, and check its end.

        Raises:
            BrokenAt: a promise was not kept.
        """
        try:
            rig.tell()
            rig.check_end(replays=not self.deaths or self.deaths[-1] % REPLAYED == 0)
        except BrokenAt:
            raise  # at a point that was left from here
        except Exception as error:
            raise BrokenAt(str(self), f"{type(error).__name__}: {error}") from error


class BrokenAt(Broken):
    """A promise was not kept at a point."""

    def __init__(self, point: str, text: str) -> None:
        super().__init__(point, text)
        self.point = point

    def __str__(self) -> str:
        return ": ".join(self.args)


@dataclass
class Findings:
    """What exploring came to: points, packages that went at market in them, and how their groups ended."""

    boundaries: int = 0
    points: int = 0
    at_market: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def took(self, rig: Rig) -> None:
        """One telling came to its end, and is not needed any more."""
        self.points += 1
        self.at_market += len(rig.venue.at_market)
        self.outcomes.update(rig.desk.state.outcome_counts)
        rig.forget()


def boundaries(told: Story) -> int:
    """How often the story touches the outside when nobody dies."""
    rig = told.rig()
    Point(told, 0, ()).finish(rig)
    return rig.length


def explored(told: Story) -> Findings:
    """Die everywhere in one story.

    Raises:
        BrokenAt: a promise was not kept.
    """
    findings = Findings()
    with _cheap():
        rig = told.rig()
        rig.on_boundary = lambda number: _leave(rig, told, (number,), findings)
        Point(told, 0, ()).finish(rig)
    findings.boundaries = rig.length
    return findings


def _leave(rig: Rig, told: Story, deaths: tuple[int, ...], findings: Findings) -> None:
    """Die here, with every loss, and in the recovery from it once more."""
    for losing in LOSSES:
        again = deaths[0] + 1 + (deaths[0] * 5 + losing * 3) % RECOVERY
        twin = rig.after_death(losing)
        twin.on_boundary = _once(twin, Point(told, losing, (*deaths, again)), findings)
        Point(told, losing, deaths).finish(twin)
        findings.took(twin)


def _once(rig: Rig, point: Point, findings: Findings) -> Callable[[int], None]:
    def at(number: int) -> None:
        if number == point.deaths[-1]:
            twin = rig.after_death(point.losing)
            point.finish(twin)
            findings.took(twin)

    return at


@contextmanager
def _cheap() -> Iterator[None]:
    """The same lines are read thousands of times, and what is told to its end frees itself without being searched."""
    honest = reading.from_line
    reading.from_line = lru_cache(maxsize=20_000)(honest)
    gc.disable()
    try:
        yield
    finally:
        reading.from_line = honest
        gc.enable()
