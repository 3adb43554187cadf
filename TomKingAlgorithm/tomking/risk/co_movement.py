"""When everything moves as one: the average correlation of what is held (method 2.8)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np

from tomking.market.daily import DailyBar
from tomking.risk.case import Case, Check
from tomking.risk.correlation import FAMILIES
from tomking.risk.verdict import Denial

SESSIONS: Final = 20
"""Returns a correlation is told by (own choice)."""


def average_correlation(histories: Sequence[Sequence[DailyBar]]) -> float | None:
    """Mean correlation of the daily returns of every two histories; None with fewer than two that are long enough."""
    returns = [np.diff(np.log([float(bar.close) for bar in bars[-SESSIONS - 1 :]])) for bars in histories]
    usable = [each for each in returns if each.size == SESSIONS and float(each.std()) > 0]
    if len(usable) < 2:
        return None
    pairs = [float(np.corrcoef(one, other)[0, 1]) for one, other in combinations(usable, 2)]
    return sum(pairs) / len(pairs)


class AverageCorrelation(Check):
    """The markets held do not all move as one, the equity index being one, when an equity position is to be opened."""

    code = "AVERAGE_CORRELATION"

    def check(self, case: Case) -> Denial | None:
        """Deny an equity position while the average correlation of the book's markets is too high.

        The index's names and its neighbours always move as one: their number is limited elsewhere, here they are one.
        """
        limit, spec = case.settings.breakers.correlation_limit, case.spec
        if limit is None or spec.underlying not in FAMILIES["EQUITY_INDEX"]:
            return None
        others = {exposure.underlying for exposure in case.account.exposures} - set(FAMILIES["EQUITY_INDEX"])
        held = sorted({spec.underlying, *others})
        found = average_correlation([case.market.daily(root) for root in held]) if len(held) > 1 else None
        if found is None or found <= limit:
            return None
        return self.deny(f"{', '.join(held)} move as one: average correlation {found:.2f}, {limit} is allowed")
