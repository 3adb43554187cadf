"""One measured rate beside the floor it is judged by."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """A rate in `unit` per second, and what the machine reaches with the unavoidable part alone."""

    name: str
    unit: str
    rate: float
    floor_name: str
    floor_rate: float


def usual_in_turns(works: Sequence[Callable[[], object]], turns: int) -> list[float]:
    """The median of each of several works that take turns, so that all meet the same moods of the machine.

    For works that wait for a disk: the shortest run of one would be put beside another moment's shortest of the other.
    """
    return [
        median(seconds)
        for seconds in zip(*([best_seconds(work, 1) for work in works] for _ in range(turns)), strict=True)
    ]


def best_seconds(work: Callable[[], object], runs: int = 3) -> float:
    """The shortest of a few runs: the one least disturbed by the rest of the machine."""
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)
