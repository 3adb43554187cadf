"""The implied volatility of a market at one moment: what its rank is told by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from tomking.market.calendar import settles_at
from tomking.market.contract import Contract, Right
from tomking.market.greeks import own_deltas, years_between
from tomking.market.quote import Quote

_NEXT_TO_THE_MONEY: Final = 3
"""Strikes tried on each side: further out it would be another volatility."""


def at_the_money(
    contracts: Sequence[Contract],
    spot: Decimal,
    quote_of: Callable[[Contract], Quote | None],
    now: datetime,
    rate: float,
) -> Decimal | None:
    """Implied volatility at the money of options of one expiry: the mean of the call and the put nearest to the price.

    None when neither is quoted on both sides, or a mid implies none.
    """
    found: list[float] = []
    for right in Right:
        side = sorted(
            (one for one in contracts if one.right is right),
            key=lambda one: (abs((one.strike or Decimal(0)) - spot), one.text),
        )
        for contract in side[:_NEXT_TO_THE_MONEY]:
            quote = quote_of(contract)
            if quote is not None and quote.is_two_sided:
                years = years_between(now, settles_at(contract))
                found.append(float(own_deltas([contract], [quote], float(spot), years, rate)[1][0]))
                break
    known = [volatility for volatility in found if not math.isnan(volatility)]
    return Decimal(str(round(sum(known) / len(known), 6))) if known else None
