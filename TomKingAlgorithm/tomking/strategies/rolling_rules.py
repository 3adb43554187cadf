"""What of a position is exchanged rather than closed; each rule is data for `rolls`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from tomking.market.contract import Right
from tomking.strategies.target import ByDelta, ByDistance, ExpiryWindow, LegTarget, Trend, TrendRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwrite:
    """Sell a short-dated option against a held long one, again and again (IPMCC's weekly call, LT112's hedge).

    A short option of the same right that expires today is bought back in the same package. A strike must lie above the
    long one: below it the pair could lose by itself (calls), or would not be paid for (puts).

    Attributes:
        right: of what is sold, and of the long that covers it.
        expiry: how far out it is sold.
        trend: how the trend is told; None: it is not asked for.
        strikes: how the strike is found, by trend; empty: the listed strike next to the long one, above it.
        deeper: (loss of the long from which, shift of the strike's distance), rising.
        weekday: day of the week on which it is sold, 0 is Monday.
        earliest: first moment of the window in New York time.
        latest: last moment of it.
        first_day: calendar days after the position was opened before which nothing is sold.
        cost_fraction: least time value sold as a share of what the long cost; None: not asked.
        amount: least time value of one contract in account currency.
        first_phase: first phase of the account in which it is done.
    """

    right: Right
    expiry: ExpiryWindow
    trend: TrendRule | None
    strikes: Mapping[Trend, ByDistance]
    deeper: tuple[tuple[Decimal, Decimal], ...]
    weekday: int
    earliest: time
    latest: time
    first_day: int
    cost_fraction: Decimal | None
    amount: Decimal
    first_phase: int = 0


@dataclass(frozen=True, slots=True)
class Renew:
    """Exchange a long option that has grown old for a new one, on the weekday and in the window of the entries.

    One that nobody bids for cannot be sold: it stays, worth nothing, and the new one is bought beside it.

    Attributes:
        days_to_expiry: old when so many calendar days are left, or fewer.
        targets: what is bought instead, by how far from the price the old strike was when it was bought, as a share
            of that price: a rung of a ladder is renewed as the rung it is.
        expiry: how far out.
    """

    days_to_expiry: int
    targets: Mapping[Decimal, LegTarget]
    expiry: ExpiryWindow


@dataclass(frozen=True, slots=True)
class RollIn:
    """Move the untested short of a strangle nearer when the tested one's delta has grown, for a net credit only.

    Attributes:
        tested_delta: delta of the tested short, without its sign, from which it is done.
        by: the new strike.
    """

    tested_delta: float
    by: ByDelta


RollRule = Overwrite | Renew | RollIn
