"""A feed without an algorithm: what the conformance tests of this room run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from leansim.api.enums import Resolution
from leansim.api.reference import use_reference_data
from leansim.api.securities import SecurityManager
from leansim.api.symbols import Symbol, SymbolCache
from leansim.api.time_zones import TimeZones, to_ns
from leansim.clock import TimeKeeper
from leansim.feed.feed import Feed
from leansim.feed.subscriptions import SubscriptionRequest
from leansim.feed.timeslice import TimeSlice
from leansim.lean_data.folder import DataFolder

SHARED = Path(os.environ.get("TOMKING_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
needs_shared = pytest.mark.skipif(
    not (SHARED / "lean-goldens").is_dir(), reason="LEAN's recordings are not beside the repository (TOMKING_SHARED)"
)


class FeedRun:
    """One run of a feed over LEAN's sample data, times in New York."""

    def __init__(self, start: datetime, end: datetime, root: Path | None = None) -> None:
        zone = TimeZones.NEW_YORK
        self.folder = DataFolder(root or SHARED / "lean-data", cache=False)
        use_reference_data(self.folder)
        SymbolCache.clear()
        self.securities = SecurityManager()
        self.clock = TimeKeeper(zone.to_utc_ns(to_ns(start)))
        self.end_ns = zone.to_utc_ns(to_ns(end))
        self.feed = Feed(self.folder, self.securities, self.clock)

    def add(self, symbol: Symbol, resolution: Resolution, **settings: Any) -> Any:
        """Subscribe a symbol; its security."""
        return self.feed.add(SubscriptionRequest(symbol, resolution, **settings))

    def steps(self) -> Iterator[TimeSlice]:
        """All steps, prices published, time pulses left out."""
        self.feed.end_of_step()
        self.feed.start(self.clock.ns, self.end_ns)
        while (step := self.feed.advance()) is not None:
            self.clock.advance(step.ns)
            if step.is_time_pulse:
                continue
            step.publish()
            yield step
            self.feed.end_of_step()
