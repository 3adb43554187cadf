"""Which option chains the desk needs from its feed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class UnderlyingKind(Enum):
    """What the options are on; it decides how a feed is subscribed."""

    INDEX = "index"
    EQUITY = "equity"
    FUTURE = "future"


@dataclass(frozen=True, slots=True)
class OptionUniverse:
    """The options of one root inside a window of expiries and strikes.

    Attributes:
        underlying: root of the underlying (``SPX``, ``GOOG``, ``ES``).
        root: root of the options (``SPXW``).
        kind: what the underlying is.
        min_days: calendar days to expiry of the nearest contracts wanted, at the start of the day.
        max_days: and of the farthest.
        strikes_below: listed strikes wanted below the price.
        strikes_above: and above it.
    """

    underlying: str
    root: str
    kind: UnderlyingKind
    min_days: int
    max_days: int
    strikes_below: int
    strikes_above: int
