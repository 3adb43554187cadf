"""What a package is worth at expiry: payoff, greatest loss and gain, break-evens. Points per package, no currency.

The payoff of options with one expiry is a broken line with its corners at the strikes, so its extremes lie at a
strike, at a price of zero, or at the far right where only calls count; nothing is searched for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from tomking.market.contract import Right
from tomking.market.leg import Leg

ZERO = Decimal(0)


def payoff(legs: Iterable[Leg], spot: Decimal) -> Decimal:
    """Value of one package if everything were exercised at `spot`."""
    return sum((leg.ratio * leg.contract.intrinsic(spot) for leg in legs), ZERO)


def is_covered(legs: Sequence[Leg]) -> bool:
    """Every short option has a long one of the same right that lives at least as long."""
    return all(_side_is_covered([leg for leg in legs if leg.contract.right is right]) for right in Right)


def max_loss(legs: Sequence[Leg], net: Decimal) -> Decimal | None:
    """Most one package can lose at expiry when entered at `net` (debit positive); None: not defined.

    A covered package does not lose further beyond the outermost strikes: its lowest value lies at a strike.
    """
    if not is_covered(legs):
        return None
    worst = min(payoff(legs, price) for price in _strikes(legs))
    return max(ZERO, net - worst)


def max_profit(legs: Sequence[Leg], net: Decimal) -> Decimal | None:
    """Most one package can gain at expiry when entered at `net`; None: not bounded, or not told by expiry alone.

    It is not bounded while more calls are held than sold; a long option that outlives another leg still has a time
    value then, which no payoff knows.
    """
    if _right_slope(legs) > 0 or len({leg.contract.expiry for leg in legs}) > 1:
        return None
    return max(payoff(legs, price) for price in (ZERO, *_strikes(legs))) - net


def break_evens(legs: Sequence[Leg], net: Decimal) -> tuple[Decimal, ...]:
    """Prices of the underlying at expiry at which the profit changes its sign, rising.

    Where the profit is zero over a whole range, its two ends count; a price below zero does not exist.

    Raises:
        ValueError: the legs expire on different days, so that no single payoff tells.
    """
    if len({leg.contract.expiry for leg in legs}) > 1:
        raise ValueError("break-evens are told by one expiry, and these legs have several")
    corners = [ZERO, *_strikes(legs)]
    profits = [(price, payoff(legs, price) - net) for price in corners]
    found = {price for price, profit in profits if profit == 0 and price > 0}
    for (left, before), (right, after) in pairwise(profits):
        if before * after < 0:
            found.add(left + (right - left) * before / (before - after))
    last, profit = profits[-1]
    slope = _right_slope(legs)
    if profit * slope < 0:
        found.add(last - profit / slope)
    return tuple(sorted(found))


def _strikes(legs: Iterable[Leg]) -> list[Decimal]:
    return sorted({leg.contract.strike for leg in legs if leg.contract.strike is not None})


def _right_slope(legs: Iterable[Leg]) -> int:
    """Change of the payoff per point beyond the highest strike."""
    return sum(leg.ratio for leg in legs if leg.contract.right is Right.CALL)


def _side_is_covered(legs: Sequence[Leg]) -> bool:
    """Longs against shorts of one right, the short that lives longest first."""
    longs = sorted((leg for leg in legs if not leg.is_short), key=_life, reverse=True)
    shorts = sorted((leg for leg in legs if leg.is_short), key=_life, reverse=True)
    available = [[leg.ratio, _life(leg)] for leg in longs]
    for short in shorts:
        needed = -short.ratio
        for entry in available:
            if entry[1] < _life(short):
                continue
            taken = min(needed, entry[0])
            entry[0] -= taken
            needed -= taken
        if needed:
            return False
    return True


def _life(leg: Leg) -> int:
    return leg.contract.expiry.toordinal() if leg.contract.expiry is not None else 0
