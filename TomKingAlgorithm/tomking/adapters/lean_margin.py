"""What LEAN would tie up for a package, as far as it can be asked before an order.

Its models answer for one security at a time; how it puts legs together was observed on the engine: a spread of one
expiry by its width, an iron condor by its put side alone, a short put with a short call by the larger and the other's
premium, and every short whose long has another expiry as naked. Options on futures are widths without the multiplier.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from AlgorithmImports import InitialMarginParameters, QCAlgorithm

from tomking.adapters.lean_symbols import LeanSymbols, UnknownSymbol
from tomking.market.contract import Contract, Right
from tomking.market.leg import Leg
from tomking.market.payoff import max_loss
from tomking.risk.buying_power import paired

ZERO: Final = Decimal(0)
CONDOR_SIDES: Final = 2


def lean_requirement(legs: Sequence[Leg], algorithm: QCAlgorithm, symbols: LeanSymbols) -> Decimal | None:
    """LEAN's buying power of one package, in account currency; None while it has no price of a leg."""
    naked = dict.fromkeys(Right, ZERO)
    premium = dict.fromkeys(Right, ZERO)
    width = dict.fromkeys(Right, ZERO)
    for expiry in {leg.contract.expiry for leg in legs}:
        pairs, left = paired([leg for leg in legs if leg.contract.expiry == expiry])
        for pair in pairs:
            width[_right(pair[0].contract)] += (max_loss(pair, ZERO) or ZERO) * _unit(pair[0].contract)
        for leg in left:
            told = _single(leg, algorithm, symbols)
            if told is None:
                return None
            naked[_right(leg.contract)] += told[0]
            premium[_right(leg.contract)] += told[1]
    is_condor = len(legs) == 2 * CONDOR_SIDES and not any(naked.values()) and all(width.values())
    covered = width[Right.PUT] if is_condor else sum(width.values(), ZERO)
    return covered + max(naked[Right.PUT] + premium[Right.CALL], naked[Right.CALL] + premium[Right.PUT])


def _single(leg: Leg, algorithm: QCAlgorithm, symbols: LeanSymbols) -> tuple[Decimal, Decimal] | None:
    """Margin and premium of a leg alone; None when LEAN has no price of it."""
    try:
        symbol = symbols.symbol(leg.contract)
    except UnknownSymbol:
        return None
    if not algorithm.securities.contains_key(symbol):
        return None
    security = algorithm.securities[symbol]
    if not security.has_data:
        return None
    margin = security.buying_power_model.get_initial_margin_requirement(InitialMarginParameters(security, leg.ratio))
    # of a short option the figure is negative
    return abs(_decimal(margin.value)), abs(leg.ratio) * _decimal(security.price) * _unit(leg.contract)


def _unit(contract: Contract) -> int:
    return contract.multiplier if contract.delivery is None else 1


def _right(contract: Contract) -> Right:
    if contract.right is None:
        raise ValueError(f"{contract.text} is no option")
    return contract.right


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))
