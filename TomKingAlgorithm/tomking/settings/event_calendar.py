"""Settings of the events around which nothing opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from tomking.settings.parameter import Section, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSettings(Section):
    """Days of announcements; the Federal Reserve's are built in, others come from a file in the object store."""

    key: str = parameter(
        "tomking/events.csv",
        unit="object store key",
        about="File with further dates, a line each: 2018-04-11,CPI or 2018-07-26,AMZN. It may be missing.",
        source="method 1.8",
    )
    blocked_from: tuple[tuple[str, time], ...] = parameter(
        (("FOMC", time(14)), ("CPI", time(9, 30))),
        unit="event : New York time",
        about="On the day of such an event nothing opens from this time on.",
        source="method 1.0 (FOMC), own (CPI)",
    )
