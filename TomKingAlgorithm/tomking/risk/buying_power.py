"""What a package ties up: the larger of our own calculation and of what the broker reckons, where it can.

LEAN's number alone is not enough: an iron condor's margin there is its put side only, and spreads on futures are
practically free (observed on the engine). A covered package ties up its greatest loss. Of an uncovered one every long
covers the short next to the money it can; what is left is margined by the exchange's rule for naked options, or, on a
future, by a scan of the future's margin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from tomking.market.contract import Contract, Right, Style
from tomking.market.leg import Leg
from tomking.market.payoff import max_loss
from tomking.market.valuation import valuation
from tomking.settings.risk import RiskSettings

ZERO = Decimal(0)

SCAN: Final = (
    *((Decimal(part) / 3, 1.0) for part in (-3, -2, -1, 0, 1, 2, 3)),
    (Decimal(-2), 0.35),
    (Decimal(2), 0.35),
)
"""Moves of the future, in its margin's price range, with the share of the loss that counts (SPAN's scenarios)."""


Reckoning = Callable[[Sequence[Leg]], Decimal | None]
"""The broker's own figure for one package; None: it cannot tell before an order."""


def unknown(legs: Sequence[Leg]) -> Decimal | None:  # noqa: ARG001  whatever they are
    """The reckoning of a broker that tells nothing beforehand."""
    return None


class UnknownMargin(ValueError):
    """The settings have no margin for this future; the text says which parameter to set."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """The market a requirement is worked out in.

    Attributes:
        spot: price of the underlying, or of the future the options deliver.
        prices: present value of each leg in points.
        now: the instant.
        rate: risk-free rate a year.
    """

    spot: Decimal
    prices: Mapping[Contract, Decimal]
    now: datetime
    rate: float


def requirement(
    legs: Sequence[Leg], net: Decimal, quoted: Quoted, settings: RiskSettings, reckon: Reckoning = unknown
) -> Decimal:
    """Buying power one package ties up when entered at `net` (points, debit positive), in account currency.

    The broker's figure, where it has one, counts when it is the larger.

    Raises:
        UnknownMargin: an uncovered option on a future whose margin is not set.
    """
    own = own_requirement(legs, net, quoted, settings)
    reckoned = reckon(legs)
    return own if reckoned is None else max(own, reckoned)


def own_requirement(legs: Sequence[Leg], net: Decimal, quoted: Quoted, settings: RiskSettings) -> Decimal:
    """The same by our own calculation alone.

    Raises:
        UnknownMargin: an uncovered option on a future whose margin is not set.
    """
    multiplier = legs[0].contract.multiplier
    loss = max_loss(legs, net)
    if loss is not None:
        return loss * multiplier
    if legs[0].contract.delivery is not None:
        return scan(legs, quoted, settings) + _worse(legs, net, quoted)
    pairs, naked_legs = paired(legs)
    covered = sum((max_loss(pair, _net_of(pair, quoted)) or ZERO for pair in pairs), ZERO) * multiplier
    return covered + _naked_requirement(naked_legs, quoted, settings) + _worse(legs, net, quoted)


def scan(legs: Sequence[Leg], quoted: Quoted, settings: RiskSettings) -> Decimal:
    """Margin of options on a future: the worst loss over moves of its price and volatility, and what they are worth.

    The price moves as far as the future's own margin is worth; twice as far counts for a third. Never less than a
    minimum for each short option.

    Raises:
        UnknownMargin: the future's margin is not set.
    """
    contract = legs[0].contract
    margin = future_margin(contract.underlying, settings)
    reach = margin / contract.multiplier
    package = valuation({leg.contract: leg.ratio for leg in legs}, quoted.prices, quoted.spot, quoted.now, quoted.rate)
    present = package.worth(package.spot)
    shift = package.volatility * float(settings.scan_volatility_fraction)
    worst = max(
        (present - package.worth(max(float(quoted.spot + move * reach), 0.01), sign * shift)) * counts
        for move, counts in SCAN
        for sign in (1.0, -1.0)
    )
    shorts = sum(-leg.ratio for leg in legs if leg.is_short)
    least = settings.scan_minimum_fraction * margin * shorts
    return max(Decimal(round(worst, 2)), least) + max(ZERO, Decimal(round(-present, 2)))


def paired(legs: Sequence[Leg]) -> tuple[list[tuple[Leg, Leg]], list[Leg]]:
    """Shorts with the longs that cover them, one contract each, and the shorts that are left.

    The short nearest to the money is covered first: uncovered it would cost most.
    """
    pairs: list[tuple[Leg, Leg]] = []
    left: list[Leg] = []
    for right in Right:
        longs = [leg.contract for leg in legs if leg.contract.right is right for _ in range(max(0, leg.ratio))]
        shorts = [leg for leg in legs if leg.contract.right is right and leg.is_short]
        for short in sorted(shorts, key=lambda leg: _from_the_money(leg.contract)):
            uncovered = -short.ratio
            for _ in range(-short.ratio):
                cover = next((long for long in longs if _lives_as_long(long, short.contract)), None)
                if cover is None:
                    break
                longs.remove(cover)
                pairs.append((Leg(cover, 1), Leg(short.contract, -1)))
                uncovered -= 1
            if uncovered:
                left.append(Leg(short.contract, -uncovered))
    return pairs, left


def naked(leg: Leg, quoted: Quoted, settings: RiskSettings) -> Decimal:
    """The exchange's requirement for uncovered short options, premium included, in account currency."""
    contract = leg.contract
    strike = contract.strike or ZERO
    is_call = contract.right is Right.CALL
    is_index = contract.style is Style.EUROPEAN
    fraction = settings.naked_index_fraction if is_index else settings.naked_equity_fraction
    out_of_the_money = max(ZERO, strike - quoted.spot if is_call else quoted.spot - strike)
    least = settings.naked_minimum_fraction * (quoted.spot if is_call else strike)
    points = quoted.prices[contract] + max(fraction * quoted.spot - out_of_the_money, least)
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


def _worse(legs: Sequence[Leg], net: Decimal, quoted: Quoted) -> Decimal:
    """What is lost at once by entering at a worse price than today's mids."""
    return max(ZERO, net - _net_of(legs, quoted)) * legs[0].contract.multiplier


def _naked_requirement(legs: Sequence[Leg], quoted: Quoted, settings: RiskSettings) -> Decimal:
    """The greater side, and the other side's premium: the exchange's rule for a short put with a short call."""
    needed, premium = dict.fromkeys(Right, ZERO), dict.fromkeys(Right, ZERO)
    for leg in legs:
        if leg.contract.right is not None:
            needed[leg.contract.right] += naked(leg, quoted, settings)
            premium[leg.contract.right] += -leg.ratio * quoted.prices[leg.contract] * leg.contract.multiplier
    return max(needed[Right.PUT] + premium[Right.CALL], needed[Right.CALL] + premium[Right.PUT])


def _net_of(legs: Sequence[Leg], quoted: Quoted) -> Decimal:
    return sum((leg.ratio * quoted.prices[leg.contract] for leg in legs), ZERO)


def _lives_as_long(long: Contract, short: Contract) -> bool:
    return long.expiry is not None and short.expiry is not None and long.expiry >= short.expiry


def _from_the_money(contract: Contract) -> Decimal:
    strike = contract.strike or ZERO
    return strike if contract.right is Right.CALL else -strike
