"""Which strategies trade, and which option chains they need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache, partial
from typing import Final

from tomking.market.universe import S_AND_P_500, OptionUniverse, every_day
from tomking.settings import Settings
from tomking.strategies import bear_trap, futures_strangle, ipmcc, leap_ladder, lt112, ratio_spread, zero_dte
from tomking.strategies.entries import is_entry_day, is_renewal_day
from tomking.strategies.rolling_rules import Overwrite, Renew, RollIn
from tomking.strategies.spec import StrategySpec
from tomking.strategies.target import ExpiryWindow, templates_of

AT_THE_MONEY_STRIKES: Final = 3
"""Listed strikes on each side of the price from which the volatility at the money is read (own choice)."""

MARKED_DAYS_AROUND: Final = 31
"""Calendar days around the wanted expiry in which one is looked for to read that volatility: there always is one, also
of options that expire every second month (own choice)."""


@lru_cache(maxsize=8)
def specs(settings: Settings) -> tuple[StrategySpec, ...]:
    """Every strategy and product, in the order in which they may enter; what a disabled one once opened is still
    managed. Made once for the same settings."""
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
    return tuple(universe for spec in specs(settings) if spec.is_enabled for universe in universes_of(spec))


def universes_of(spec: StrategySpec) -> tuple[OptionUniverse, ...]:
    """What one strategy looks into, and when: whole windows on the days it may enter or renew, a held strangle's expiry
    on every day it may be defended, and the money of a product whose volatility is marked daily."""
    found = [_universe(spec, window, spec.strikes, partial(is_looked_into, spec)) for window in windows_of(spec)]
    if any(isinstance(rule, RollIn) for rule in spec.rolls):
        found.append(_universe(spec, ExpiryWindow(0, 0, spec.expiry.maximum), spec.strikes, every_day, held=True))
    if spec.conditions.iv_rank is not None and spec.underlying not in S_AND_P_500:
        target = spec.expiry.target
        around = ExpiryWindow(target, max(1, target - MARKED_DAYS_AROUND), target + MARKED_DAYS_AROUND)
        found.append(_universe(spec, around, AT_THE_MONEY_STRIKES, every_day))
    return tuple(found)


def is_looked_into(spec: StrategySpec, day: date) -> bool:
    """The strategy may open, sell against what it holds, or renew it on that day."""
    if is_entry_day(spec.schedule, day):
        return True
    if any(isinstance(rule, Renew) for rule in spec.rolls) and is_renewal_day(spec.schedule, day):
        return True
    return any(isinstance(rule, Overwrite) and day.weekday() == rule.weekday for rule in spec.rolls)


def _universe(
    spec: StrategySpec, window: ExpiryWindow, strikes: int, is_wanted: Callable[[date], bool], *, held: bool = False
) -> OptionUniverse:
    product = spec.product
    return OptionUniverse(
        product.underlying,
        product.root,
        product.kind,
        window.minimum,
        window.maximum,
        strikes,
        strikes,
        is_wanted,
        held,
    )


def windows_of(spec: StrategySpec) -> tuple[ExpiryWindow, ...]:
    """The expiries a strategy looks for, to open or to roll."""
    windows = [target.expiry or spec.expiry for template in templates_of(spec.choice) for target in template.legs]
    windows += [rule.expiry for rule in spec.rolls if isinstance(rule, (Overwrite, Renew))]
    return tuple(dict.fromkeys(windows))
