"""At which minutes of a session modelled options are quoted.

A chain that expires today is quoted every minute. Others are quoted in spells of some minutes each, long enough for an
order to be entered, walked and filled: at 9:45 and 10:00, before the close, and, if they expire this year, at 11:00,
13:00 and 15:00. Strikes far from the price have the spells of 10:00 and of the close alone. Between two spells the
market stands still, as in the files of any option that trades thinly, and the years stay small.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Minutes = NDArray[np.int64]

# Start and length. A spell begins a minute or two before the clock strikes, so that a quote is there when it does.
_FAR = ((28, 7),)
_YEARLY = ((13, 8), (28, 7))
_MONTHLY = ((0, 1), (13, 9), (28, 10), *((start - 1, 6) for start in (90, 210, 330)))
_LAST = (*_MONTHLY, *((start - 1, 6) for start in range(60, 390, 30)))
_BEFORE_CLOSE = 15

LAST_DAYS, YEARS = 1, 200
"""Calendar days to the last session up to which a chain is quoted in more, and from which on in fewer spells."""


@cache
def quoted_minutes(minutes: int, days_left: int, *, is_near: bool = True, every_minute: bool = False) -> Minutes:
    """Minutes after the open at which quoted bars start, rising.

    Args:
        minutes: length of the session.
        days_left: calendar days to the last session of the contracts.
        is_near: their strikes are near the price.
        every_minute: quote through the day when they expire today.
    """
    if every_minute and days_left == 0:
        return np.arange(minutes)
    last_days = days_left <= LAST_DAYS
    spells = _YEARLY if days_left >= YEARS else _LAST if last_days else _MONTHLY
    closing = ((minutes - _BEFORE_CLOSE, 14 if last_days and is_near else 6), (minutes - 1, 1))
    wanted = (*(spells if is_near else _FAR), *closing)
    chosen = np.unique(np.concatenate([np.arange(start, start + length) for start, length in wanted]))
    return np.asarray(chosen[chosen < minutes])
