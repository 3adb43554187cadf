"""What the book would lose in a crash: the index falls, volatility jumps, and everything moves with it (method 2.9).

Positions in different markets were one trade on 5 August 2024, so a size is bounded by what the whole book loses then
and not by today's margin. Each correlation group takes its share of the index's fall.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import numpy as np

from tomking.market.contract import Contract
from tomking.market.universe import S_AND_P_500
from tomking.market.valuation import valuation
from tomking.market.view import MarketView
from tomking.risk.case import Budget, Case
from tomking.risk.correlation import group_of
from tomking.settings import Settings
from tomking.strategies.intent import TradePlan

CRISIS_WEIGHTS: Final = {
    "A1": 0.95,
    "A2": 0.90,
    "B1": -0.20,
    "B2": 0.60,
    "C1": 0.70,
    "C2": 0.65,
    "D1": 0.50,
    "D2": 0.45,
    "E": 0.30,
}
"""Share of the index's fall each group takes in a crisis (method 2.6). The index itself takes all of it."""

_VIX_LIFE: Final = 30 / 365
"""Life of the options the VIX is made of; longer volatilities rise by less, with the root of time."""


def crisis_weight(underlying: str, settings: Settings) -> float:
    """Share of the index's fall an underlying takes; all of it for the index and for what is in no group."""
    if underlying in S_AND_P_500:
        return 1.0
    return CRISIS_WEIGHTS.get(group_of(underlying, settings.correlation) or "", 1.0)


def stress_loss(
    holding: Mapping[Contract, int],
    prices: Mapping[Contract, Decimal],
    spot: Decimal,
    now: datetime,
    rate: float,
    settings: Settings,
) -> Decimal:
    """Loss of a holding on one underlying in the stress of the account; 0 when it gains."""
    if not holding:
        return Decimal(0)
    weight = crisis_weight(next(iter(holding)).underlying, settings)
    book = valuation(holding, prices, spot, now, rate)
    risk = settings.risk
    rise = float(risk.stress_vix_points) / 100 * abs(weight) * np.minimum(1.0, np.sqrt(_VIX_LIFE / book.years))
    after = book.worth(book.spot * (1 + float(risk.stress_move_fraction) * weight), rise)
    return Decimal(round(max(0.0, book.worth(book.spot) - after), 2))


def held_loss(holding: Mapping[Contract, int], market: MarketView, now: datetime, settings: Settings) -> Decimal | None:
    """The same for what is held, at the market's mids; None when the underlying has no price."""
    if not holding:
        return Decimal(0)
    contract = next(iter(holding))
    spot = market.spot(contract.underlying, contract.delivery)
    if spot is None:
        return None
    quotes = {contract: market.quote(contract) for contract in holding if contract.is_option}
    prices = {contract: quote.mid for contract, quote in quotes.items() if quote is not None}
    return stress_loss(holding, prices, spot, now, market.rate(), settings)


class StressLoss(Budget):
    """Loss of the whole book in a crash (index down, volatility up), as a share of equity."""

    code = "STRESS_LOSS"
    bounds_buying_power = False

    def room(self, case: Case) -> Decimal:
        """The share of equity less what the book would lose; what cannot be repriced counts with its requirement."""
        used = Decimal(0)
        for exposure in case.account.exposures:
            loss = held_loss(exposure.holding, case.market, case.now, case.settings)
            used += exposure.requirement if loss is None else loss
        return case.settings.risk.stress_loss_fraction * case.account.equity - used

    def use(self, plan: TradePlan) -> Decimal:
        """Loss of one package."""
        return plan.stress_loss
