"""Which strategies trade, and which option chains they need."""

from __future__ import annotations

from tomking.market.universe import OptionUniverse
from tomking.settings import Settings
from tomking.strategies import bear_trap, futures_strangle, ipmcc, leap_ladder, lt112, ratio_spread, zero_dte
from tomking.strategies.rolling_rules import Overwrite, Renew
from tomking.strategies.spec import StrategySpec
from tomking.strategies.target import ExpiryWindow, templates_of


def specs(settings: Settings) -> tuple[StrategySpec, ...]:
    """Every strategy and product, in the order in which they may enter; what a disabled one once opened is still
    managed."""
    desk, execution = settings.desk, settings.execution
    return (
        zero_dte.spec(settings.zero_dte, desk, execution),
        *futures_strangle.specs(settings.futures_strangle, desk, execution),
        *lt112.specs(settings.lt112, desk, execution),
        *ipmcc.specs(settings.ipmcc, desk, execution),
        *leap_ladder.specs(settings.leap_ladder, desk, execution),
        *ratio_spread.specs(settings.ratio_spread, desk, execution),
        *bear_trap.specs(settings.bear_trap, desk, execution),
    )


def universes(settings: Settings) -> tuple[OptionUniverse, ...]:
    """The chains to subscribe for the enabled strategies; what is held stays subscribed by itself.

    One for each window of expiries a strategy looks into: the desk's feed joins those on one underlying.
    """
    found: dict[tuple[str, str, ExpiryWindow], OptionUniverse] = {}
    for spec in specs(settings):
        for window in windows_of(spec) if spec.is_enabled else ():
            product, known = spec.product, found.get((spec.underlying, spec.root, window))
            strikes = max(spec.strikes, 0 if known is None else known.strikes_below)
            found[spec.underlying, spec.root, window] = OptionUniverse(
                product.underlying, product.root, product.kind, window.minimum, window.maximum, strikes, strikes
            )
    return tuple(found.values())


def windows_of(spec: StrategySpec) -> tuple[ExpiryWindow, ...]:
    """The expiries a strategy looks for, to open or to roll."""
    windows = [target.expiry or spec.expiry for template in templates_of(spec.choice) for target in template.legs]
    windows += [rule.expiry for rule in spec.rolls if isinstance(rule, (Overwrite, Renew))]
    return tuple(dict.fromkeys(windows))
