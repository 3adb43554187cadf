"""The stretches of a run in which a stream's data are of one resolution: a warm-up may have one of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, Protocol

from leansim.api.enums import Resolution
from leansim.feed.sources import Rows
from leansim.lean_data.blocks import PERIODS

NEVER: Final = 1 << 62


class WarmUp(NamedTuple):
    """A warm-up with a resolution of its own: which, and the instant it ends at."""

    resolution: Resolution
    until_ns: int


class Source(Protocol):
    """Where a stream's rows come from."""

    def read(self, day: date) -> Rows | None:
        """The rows of a day of the data clock; ``None`` when there are none."""


class NoSource:
    """A kind of data LEAN does not have at the warm-up's resolution, such as daily quotes of equities."""

    def read(self, day: date) -> Rows | None:
        """Nothing."""
        del day
        return None


@dataclass
class Phase:
    """Up to and including ``until_ns`` a stream's rows come from ``source``; 0 for no fill-forward."""

    source: Source
    resolution: Resolution
    fill_forward_ns: int
    until_ns: int = NEVER

    @property
    def bar_ns(self) -> int:
        """How long its bars are; 0 for daily ones, which differ."""
        return 0 if self.resolution == Resolution.DAILY else PERIODS.get(self.resolution, 0)
