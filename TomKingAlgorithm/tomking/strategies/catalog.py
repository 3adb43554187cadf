"""Which strategies trade, and which option chains they need."""

from __future__ import annotations

from tomking.market.universe import OptionUniverse, UnderlyingKind
from tomking.settings import Settings
from tomking.strategies import futures_strangle, zero_dte
from tomking.strategies.spec import StrategySpec


def specs(settings: Settings) -> tuple[StrategySpec, ...]:
    """Every strategy, in the order in which they may enter; what a disabled one once opened is still managed."""
    return (
        zero_dte.spec(settings.zero_dte, settings.desk, settings.execution),
        futures_strangle.spec(settings.futures_strangle, settings.desk, settings.execution),
    )


def universes(settings: Settings) -> tuple[OptionUniverse, ...]:
    """The chains to subscribe for the enabled strategies; what is held stays subscribed by itself."""
    found = []
    zero, strangle = settings.zero_dte, settings.futures_strangle
    if zero.enabled:
        found.append(
            OptionUniverse(
                zero.underlying,
                zero.root,
                UnderlyingKind(zero.kind),
                0,
                zero.days_to_expiry,
                zero.strikes,
                zero.strikes,
            )
        )
    if strangle.enabled:
        found.append(
            OptionUniverse(
                strangle.underlying,
                strangle.root,
                UnderlyingKind(strangle.kind),
                strangle.min_days_to_expiry,
                strangle.max_days_to_expiry,
                strangle.strikes,
                strangle.strikes,
            )
        )
    return tuple(found)
