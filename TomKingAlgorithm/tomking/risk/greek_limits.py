"""How far the whole book may lean: delta of the index, gamma, vega and theta by phase (method 2.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from tomking.market.calendar import session_date
from tomking.market.contract import Contract
from tomking.market.valuation import BookGreeks, valuation
from tomking.market.view import MarketView
from tomking.risk.case import Case, PlanCheck
from tomking.risk.verdict import Denial
from tomking.settings.greeks import GreekSettings
from tomking.strategies.intent import TradePlan

SPY_PER_UNIT = {"SPY": 1.0, "XSP": 1.0, "SPX": 0.1, "ES": 0.1, "MES": 0.1}
"""Price of SPY as a multiple of the index's other names."""


def beta_weighted(
    holdings: Iterable[Mapping[Contract, int]], market: MarketView, now: datetime, settings: GreekSettings
) -> BookGreeks | None:
    """Greeks of a book: delta and gamma in shares of SPY by the underlyings' betas, vega and theta in currency.

    What expires today is left out: its derivatives are those of a step, and its own greatest loss bounds it. None when
    SPY's price, or that of an underlying, is not known.
    """
    spy = spy_price(market)
    betas = dict(settings.betas)
    delta = gamma = vega = theta = 0.0
    today = session_date(now)
    for everything in holdings:
        holding = {contract: quantity for contract, quantity in everything.items() if contract.expiry != today}
        if not holding:
            continue
        first = next(iter(holding))
        root, spot = first.underlying, market.spot(first.underlying, first.delivery)
        if spy is None or spot is None:
            return None
        quotes = {contract: market.quote(contract) for contract in holding if contract.is_option}
        prices = {contract: quote.mid for contract, quote in quotes.items() if quote is not None}
        own = valuation(holding, prices, spot, now, market.rate()).greeks()
        per_spy = float(betas.get(root, 1)) * float(spot) / spy
        delta += own.delta * per_spy
        gamma += own.gamma * per_spy * per_spy
        vega += own.vega
        theta += own.theta
    return BookGreeks(delta, gamma, vega, theta)


def spy_price(market: MarketView) -> float | None:
    """SPY's price, from whichever of the index's names is quoted."""
    for name, scale in SPY_PER_UNIT.items():
        spot = market.spot(name)
        if spot is not None:
            return float(spot) * scale
    return None


class GreekLimits(PlanCheck):
    """The book's beta-weighted delta and gamma, its vega and theta stay inside the phase's limits."""

    code = "GREEKS"

    def check(self, plan: TradePlan, case: Case) -> Denial | None:
        """Deny a trade that takes the book beyond a limit, or further beyond it."""
        settings = case.settings.greeks
        if settings.mode != "block":
            return None
        return self.problem(plan, case)

    def problem(self, plan: TradePlan, case: Case) -> Denial | None:
        """What is wrong with the book after the trade, whether it denies or only warns."""
        settings, phase = case.settings.greeks, case.account.phase
        held = [exposure.holding for exposure in case.account.exposures]
        added = {leg.contract: leg.ratio * plan.quantity for leg in plan.legs}
        before = beta_weighted(held, case.market, case.now, settings)
        after = beta_weighted([*held, added], case.market, case.now, settings)
        if before is None or after is None:
            return self.deny("the book's Greeks are not known: SPY's price or an underlying's is missing")
        limits = (
            ("delta", abs(before.delta), abs(after.delta), settings.delta[phase]),
            ("gamma", abs(before.gamma), abs(after.gamma), settings.gamma[phase]),
            ("short vega", -before.vega, -after.vega, settings.short_vega[phase]),
            ("theta", before.theta, after.theta, settings.theta[phase]),
        )
        for name, was, becomes, limit in limits:
            if becomes > limit and becomes > was:
                return self.deny(f"{name} of {becomes:,.1f} after this trade, phase {phase} allows {limit:,.1f}")
        return None
