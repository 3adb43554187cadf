"""What one instant brings: the port between the feed and the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leansim.api.instant import Instant
from leansim.api.universes import SecurityChanges

if TYPE_CHECKING:
    from leansim.feed.notices import Auxiliary


class TimeSlice(Instant):
    """One instant of the run: what a ``Slice`` of it shows, and what the loop does beside showing it.

    Attributes:
        is_time_pulse: nothing but the time: a universe is about to be selected at this instant.
        changes: securities added and removed (``changes.count`` is 0 when there are none; lists are lazy).
        auxiliary: the dictionaries of its events; ``None`` when there are none.
    """

    is_time_pulse: bool = False
    changes: SecurityChanges = SecurityChanges.NONE
    auxiliary: Auxiliary | None = None

    def publish(self) -> None:
        """Make the prices of this step visible in every ``Security.cache``; call once, after past scheduled events."""
        streams = self.streams
        if not streams:
            return
        for stream, step in zip(streams, self.steps):  # noqa: B905  in every step, and they are alike
            if step is not None:
                stream.at = step
        # one count of all streams of a run
        streams[0].frontier.version += 1
