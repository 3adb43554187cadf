"""What routes of both kinds of markets have: the content of a file, and refusing it."""

from __future__ import annotations

import re
from datetime import date, datetime

from leansim.model_data.lines import Archive

Content = str | Archive
"""The text of a file, or what its zip holds."""

Match = re.Match[str]


class Refused(Exception):
    """The model has no such file; the text says why."""


def day_of(match: Match) -> date:
    """The day in a file's name."""
    return datetime.strptime(match["day"], "%Y%m%d").date()  # noqa: DTZ007 - a date has no time zone
