"""When everything moves as one: the average correlation of what is held (method 2.8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tomking.market.daily import DailyBar
from tomking.risk.case import Case, Check
from tomking.risk.correlation import FAMILIES
from tomking.risk.verdict import Denial

SESSIONS: Final = 20
"""Returns a correlation is told by (own choice)."""

REMEMBERED: Final = 60
"""Sessions after which it does not matter any more that markets once moved as one (own choice)."""


def average_correlations(histories: Sequence[Sequence[DailyBar]]) -> list[float]:
    """Mean correlation of the daily returns of every two histories, at the end of each remembered session.

    Oldest first, the present last; nothing while fewer than two histories are long enough.
    """
    returns = [np.diff(np.log([float(bar.close) for bar in bars[-REMEMBERED - SESSIONS :]])) for bars in histories]
    usable = [each for each in returns if each.size >= SESSIONS]
    ends = range(min((each.size for each in usable), default=0) - SESSIONS, -1, -1)
    found = (_average([each[each.size - end - SESSIONS : each.size - end] for each in usable]) for end in ends)
    return [each for each in found if each is not None]


def _average(windows: Sequence[NDArray[np.float64]]) -> float | None:
    moving = [each for each in windows if float(each.std()) > 0]
    pairs = [float(np.corrcoef(one, other)[0, 1]) for one, other in combinations(moving, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def moves_as_one(correlations: Iterable[float], limit: float, release: float) -> bool:
    """The correlation has been above the limit, and not below the release since."""
    as_one = False
    for each in correlations:
        as_one = each > limit or (as_one and each >= release)
    return as_one


class AverageCorrelation(Check):
    """The markets held do not all move as one, the equity index being one, when an equity position is to be opened."""

    code = "AVERAGE_CORRELATION"

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._histories: list[Sequence[DailyBar]] = []
        self._correlations: list[float] = []

    def check(self, case: Case) -> Denial | None:
        """Deny an equity position while the average correlation of the book's markets is too high.

        The index's names and its neighbours always move as one: their number is limited elsewhere, here they are one.
        """
        limit, spec = case.settings.breakers.correlation_limit, case.spec
        if limit is None or spec.underlying not in FAMILIES["EQUITY_INDEX"]:
            return None
        others = {exposure.underlying for exposure in case.account.exposures} - set(FAMILIES["EQUITY_INDEX"])
        held = sorted({spec.underlying, *others})
        found = self._found([case.market.daily(root) for root in held]) if len(held) > 1 else []
        release = case.settings.breakers.correlation_release
        if not moves_as_one(found, float(limit), float(release)):
            return None
        return self.deny(
            f"{', '.join(held)} move as one: average correlation {found[-1]:.2f}, "
            f"{limit} is allowed, once it was more less than {release}"
        )

    def _found(self, histories: list[Sequence[DailyBar]]) -> list[float]:
        """Their average correlations, worked out anew when they are others: a session has one answer all day."""
        if histories != self._histories:
            self._histories, self._correlations = histories, average_correlations(histories)
        return self._correlations
