"""What a package can lose and what it ties up, by our own calculation.

LEAN's number is not enough: an iron condor's margin there is its put side only, and spreads on futures are practically
free (observed on the engine). A covered package ties up its greatest loss; uncovered short options follow the
exchange's rule; options on futures take the future's margin. Where shorts are uncovered the longs beside them are not
credited: an estimate may be too high, never too low by a structure it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tomking.market.contract import Contract, Right
from tomking.market.leg import Leg
from tomking.market.payoff import max_loss
from tomking.settings.risk import RiskSettings

ZERO = Decimal(0)


class UnknownMargin(ValueError):
    """The settings have no margin for this future; the text says which parameter to set."""


def requirement(
    legs: Sequence[Leg], net: Decimal, spot: Decimal, prices: Mapping[Contract, Decimal], settings: RiskSettings
) -> Decimal:
    """Buying power one package ties up, in account currency.

    Args:
        legs: options of one underlying.
        net: price of the package in points, debit positive.
        spot: price of the underlying, or of the future the options deliver.
        prices: present value of each short leg in points.
        settings: margins and the exchange's fractions.

    Raises:
        UnknownMargin: an uncovered option on a future whose margin is not set.
    """
    multiplier = legs[0].contract.multiplier
    loss = max_loss(legs, net)
    if loss is not None:
        return loss * multiplier
    sides = {right: [leg for leg in legs if leg.is_short and leg.contract.right is right] for right in Right}
    if legs[0].contract.delivery is not None:
        contracts = max(sum(-leg.ratio for leg in shorts) for shorts in sides.values())
        return future_margin(legs[0].contract.underlying, settings) * contracts
    needed = {
        right: sum((naked(leg, spot, prices, settings) for leg in shorts), ZERO) for right, shorts in sides.items()
    }
    premium = {
        right: sum((-leg.ratio * prices[leg.contract] * multiplier for leg in shorts), ZERO)
        for right, shorts in sides.items()
    }
    # the exchange's rule for a short put with a short call: the greater side, and the other side's premium
    return max(needed[Right.PUT] + premium[Right.CALL], needed[Right.CALL] + premium[Right.PUT])


def naked(leg: Leg, spot: Decimal, prices: Mapping[Contract, Decimal], settings: RiskSettings) -> Decimal:
    """The exchange's requirement for uncovered short options, premium included, in account currency."""
    contract = leg.contract
    strike = contract.strike or ZERO
    is_call = contract.right is Right.CALL
    is_index = contract.style is not None and contract.style.value == "european"
    fraction = settings.naked_index_fraction if is_index else settings.naked_equity_fraction
    out_of_the_money = max(ZERO, strike - spot if is_call else spot - strike)
    least = settings.naked_minimum_fraction * (spot if is_call else strike)
    points = prices[contract] + max(fraction * spot - out_of_the_money, least)
    return points * -leg.ratio * contract.multiplier


def future_margin(root: str, settings: RiskSettings) -> Decimal:
    """Margin of one future.

    Raises:
        UnknownMargin: the settings do not have it.
    """
    margin = dict(settings.future_margin).get(root)
    if margin is None:
        raise UnknownMargin(f"no margin is known for {root}; set risk.future_margin")
    return margin
