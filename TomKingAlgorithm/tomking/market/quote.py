"""A two-sided market in one contract at one instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal


def unknown_delta() -> float | None:
    """The answer of a feed that knows no deltas."""
    return None


@dataclass(frozen=True, slots=True)
class Quote:
    """Bid and ask of a contract, with what the feed knows beside them.

    Attributes:
        bid: best bid; 0 when nobody bids.
        ask: best ask; 0 when nobody offers.
        as_of: when this quote was last confirmed by the feed, aware UTC: the end of its own latest bar.
        bid_size: contracts at the bid; None when the feed gives no sizes; 0 means the bid was carried forward.
        ask_size: contracts at the ask, likewise.
        ask_delta: asks the feed for its delta: most quotes are looked at for their prices alone, and a delta is a
            search for a volatility first.
    """

    bid: Decimal
    ask: Decimal
    as_of: datetime
    bid_size: int | None = None
    ask_size: int | None = None
    ask_delta: Callable[[], float | None] = field(default=unknown_delta, repr=False, compare=False)

    @property
    def delta(self) -> float | None:
        """The feed's delta; None when absent or a meaningless zero."""
        return self.ask_delta()

    @property
    def has_bid(self) -> bool:
        """Somebody bids now; a bid without size is one the feed carried forward."""
        return self.bid > 0 and self.bid_size != 0

    @property
    def has_ask(self) -> bool:
        """Somebody offers now."""
        return self.ask > 0 and self.ask_size != 0

    @property
    def is_two_sided(self) -> bool:
        """Both sides are there and not crossed."""
        return self.has_bid and self.has_ask and self.bid <= self.ask

    @property
    def is_crossed(self) -> bool:
        """Bid above ask: the feed is between two updates, or wrong."""
        return self.has_bid and self.has_ask and self.bid > self.ask

    @property
    def mid(self) -> Decimal:
        """Halfway between bid and ask."""
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> Decimal:
        """Ask less bid."""
        return self.ask - self.bid

    def age(self, now: datetime) -> timedelta:
        """How long ago the feed confirmed it."""
        return now - self.as_of
