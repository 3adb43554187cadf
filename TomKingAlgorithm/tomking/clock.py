"""Where the time comes from, and the one name of this process run.

`now` is an argument of every function that needs it; a `Clock` exists only at the edge. This is the only module that
may read the wall clock, wait, or draw a random name.
"""

from __future__ import annotations

import random
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NewType, Protocol

RunId = NewType("RunId", str)
"""Unique name of one process run, part of every id minted in it: letters and digits, sortable by start time."""

_ALPHABET = "0123456789abcdefghijkmnpqrstuvwxyz"  # without l and o, which are read as 1 and 0


def new_run_id(started_at: datetime) -> RunId:
    """A name no other run has: the start to the second, then four random characters.

    The random part matters: after a crash the journal's tail may be gone, so an id derived from the journal, or from
    simulated time alone, could be minted twice.
    """
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(4))
    return RunId(f"{started_at:%y%m%d%H%M%S}{suffix}")


class Clock(Protocol):
    """The time of the world the desk trades in."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


@dataclass(slots=True)
class ManualClock:
    """A clock that moves when told to; for tests and replays."""

    at: datetime

    def __post_init__(self) -> None:
        """Refuse a naive start."""
        if self.at.tzinfo is not UTC:
            raise ValueError(f"a clock needs an aware UTC time, found {self.at!r}")

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self.at

    def advance(self, span: timedelta) -> datetime:
        """Move forward by `span` and return the new instant."""
        if span < timedelta(0):
            raise ValueError("time does not run backwards")
        self.at += span
        return self.at


class Timer(Protocol):
    """Elapsed time and patience, for what talks to a network on a thread of its own."""

    def elapsed(self) -> float:
        """Seconds since some fixed instant; never runs backwards."""
        ...

    def wait(self, seconds: float) -> None:
        """Do nothing for that long."""
        ...

    def chance(self) -> float:
        """An even draw from 0 to 1, to spread repeated attempts."""
        ...


class SystemTimer:
    """The machine's own monotonic clock."""

    def elapsed(self) -> float:
        """Seconds since the machine started, or some other fixed instant."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep on this thread."""
        time.sleep(seconds)

    def chance(self) -> float:
        """An even draw from 0 to 1."""
        return random.random()
