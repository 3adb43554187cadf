"""Days on which something is announced: those of the Federal Reserve are here, others come from a file.

The file is text, a line a date: ``2018-04-11,CPI`` or ``2018-07-26,AMZN`` (a kind of event for everybody, or the root
of the underlying it concerns). Empty lines and what follows ``#`` do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

FOMC: Final = "FOMC"

_MEETINGS: Final = {
    2014: "01-29 03-19 04-30 06-18 07-30 09-17 10-29 12-17",
    2015: "01-28 03-18 04-29 06-17 07-29 09-17 10-28 12-16",
    2016: "01-27 03-16 04-27 06-15 07-27 09-21 11-02 12-14",
    2017: "02-01 03-15 05-03 06-14 07-26 09-20 11-01 12-13",
    2018: "01-31 03-21 05-02 06-13 08-01 09-26 11-08 12-19",
    2019: "01-30 03-20 05-01 06-19 07-31 09-18 10-30 12-11",
    2020: "01-29 04-29 06-10 07-29 09-16 11-05 12-16",
    2021: "01-27 03-17 04-28 06-16 07-28 09-22 11-03 12-15",
    2022: "01-26 03-16 05-04 06-15 07-27 09-21 11-02 12-14",
    2023: "02-01 03-22 05-03 06-14 07-26 09-20 11-01 12-13",
    2024: "01-31 03-20 05-01 06-12 07-31 09-18 11-07 12-18",
    2025: "01-29 03-19 05-07 06-18 07-30 09-17 10-29 12-10",
    2026: "01-28 03-18 04-29 06-17 07-29 09-16 10-28 12-09",
}
"""Last day of each scheduled meeting of the Federal Open Market Committee (federalreserve.gov, calendars)."""


@dataclass(frozen=True)
class EventDates:
    """Days by subject: a kind of event that concerns everybody, or the root of one underlying."""

    days: Mapping[str, frozenset[date]] = field(default_factory=dict)

    def on(self, day: date, subjects: Iterable[str]) -> str | None:
        """The first of `subjects` with an event on `day`."""
        return next((subject for subject in subjects if day in self.days.get(subject, ())), None)

    def next_of(self, subject: str, day: date) -> date | None:
        """The next day, `day` included, with an event of `subject`."""
        return min((each for each in self.days.get(subject, ()) if each >= day), default=None)


def event_dates(text: str = "") -> EventDates:
    """The meetings of the Federal Reserve, and the lines of a file.

    Raises:
        ValueError: a line is not a date and a subject; the text has the line.
    """
    found: dict[str, set[date]] = {
        FOMC: {date.fromisoformat(f"{year}-{day}") for year, days in _MEETINGS.items() for day in days.split()}
    }
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        day, comma, subject = (part.strip() for part in content.partition(","))
        try:
            if not comma or not subject:
                raise ValueError("a date, a comma and a subject are wanted")
            found.setdefault(subject, set()).add(date.fromisoformat(day))
        except ValueError as problem:
            raise ValueError(f"line {number} of the event dates, {line!r}: {problem}") from problem
    return EventDates({subject: frozenset(days) for subject, days in found.items()})
