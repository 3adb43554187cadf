"""At which minutes of a session modelled options are quoted.

A chain that expires today is quoted every minute. Others are quoted in spells of some minutes each, long enough for an
order to be entered, walked and filled: at 9:45 and 10:00, each hour (not those of next year), and before the close.
Between two spells the market stands still, as in the files of any option that trades thinly, and the years stay small.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Minutes = NDArray[np.int64]

# Start and length. A spell begins a minute or two before the clock strikes, so that a quote is there when it does.
_YEARLY = ((0, 1), (13, 9), (28, 10))
_MONTHLY = (*_YEARLY, *((start - 1, 6) for start in range(90, 390, 60)))
_WEEKLY = (*_MONTHLY, *((start - 1, 6) for start in range(60, 390, 60)))
_BEFORE_CLOSE = 15

LAST_DAYS, YEARS = 1, 200
"""Calendar days to the last session up to which a chain is quoted in more, and from which on in fewer spells."""


@cache
def quoted_minutes(minutes: int, days_left: int, *, every_minute: bool = False) -> Minutes:
    """Minutes after the open at which quoted bars start, rising.

    Args:
        minutes: length of the session.
        days_left: calendar days to the last session of the contracts.
        every_minute: quote through the day when they expire today.
    """
    if every_minute and days_left == 0:
        return np.arange(minutes)
    last_days = days_left <= LAST_DAYS
    spells = _WEEKLY if last_days else _MONTHLY if days_left < YEARS else _YEARLY
    closing = ((minutes - _BEFORE_CLOSE, 14 if last_days else 6), (minutes - 1, 1))
    chosen = np.unique(np.concatenate([np.arange(start, start + length) for start, length in (*spells, *closing)]))
    return np.asarray(chosen[chosen < minutes])
