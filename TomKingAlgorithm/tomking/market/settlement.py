"""What an option was worth when it ended, as far as the desk can know it: no broker tells before the next morning."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from tomking.market.calendar import session_date, settles_at, to_new_york
from tomking.market.contract import Contract
from tomking.market.view import MarketView

AFTER: Final = timedelta(hours=1)
"""How long after its value was fixed an option counts as over: the last trades have been told by then."""

_NOON_HOUR = 12


def has_settled(contract: Contract, now: datetime) -> bool:
    """The option's value has been fixed for a while; shares and futures never settle here."""
    return contract.is_option and now >= settles_at(contract) + AFTER


def settlement_price(contract: Contract, market: MarketView, now: datetime) -> Decimal | None:
    """The option's intrinsic value at the open or the close of its last day; None when that price is not known.

    The close of a day that has no bar yet is the last price seen on it.
    """
    in_the_morning = to_new_york(settles_at(contract)).hour < _NOON_HOUR
    bar = next((bar for bar in market.daily(contract.underlying) if bar.day == contract.expiry), None)
    if bar is not None:
        return contract.intrinsic(bar.open if in_the_morning else bar.close)
    if in_the_morning or session_date(now) != contract.expiry:
        return None
    spot = market.spot(contract.underlying)
    return None if spot is None else contract.intrinsic(spot)
