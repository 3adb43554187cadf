"""LEAN's short names of indicators that several securities feed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from leansim.api.enums import CorrelationType, Resolution
from leansim.api.symbols import Symbol
from leansim.feed import indicators_breadth as breadth
from leansim.feed import indicators_pairs as pairs

if TYPE_CHECKING:
    from leansim.api.workings import Workings


class ComparisonMethods:
    """Mixin of ``QCAlgorithm``: breadth of several symbols, and how a target symbol moves with a reference."""

    _leansim: Workings

    def _leansim_fed_by(self, made: Any, symbols: Iterable[Any], resolution: Any, selector: Any) -> Any:
        targets = list(symbols)
        for symbol in targets:
            self.register_indicator(symbol, made, resolution, selector)  # type: ignore[attr-defined]  # of IndicatorMethods
        if self._leansim.settings.automatic_indicator_warm_up:
            history, count = self._leansim.history, made.warm_up_period
            bars = [bar for symbol in targets for bar in history.bars_for_indicator(symbol, count, resolution)]
            for bar in sorted(bars, key=lambda bar: bar.end_time):
                made.update(bar if selector is None else selector(bar))
        return made

    def _leansim_breadth(
        self, kind: Any, short: str, symbols: Iterable[Any], periods: tuple[int, ...], rest: tuple[Any, Any]
    ) -> Any:
        targets = [self._leansim.symbol_of(symbol) for symbol in symbols]
        resolution, selector = rest
        own = self._leansim.feed.request_of(targets[0]).resolution if resolution is None else resolution
        made = kind(self.create_indicator_name(Symbol.NONE, short, own), *periods)  # type: ignore[attr-defined]  # the same
        for symbol in targets:
            made.add(symbol)
        return self._leansim_fed_by(made, targets, resolution, selector)

    def trin(self, symbols: Iterable[Any], resolution: Resolution | None = None, selector: Any = None) -> Any:
        """Arms index."""
        return self._leansim_breadth(breadth.ArmsIndex, "TRIN", symbols, (), (resolution, selector))

    def adr(self, symbols: Iterable[Any], resolution: Resolution | None = None, selector: Any = None) -> Any:
        """Advance-decline ratio."""
        return self._leansim_breadth(breadth.AdvanceDeclineRatio, "A/D Ratio", symbols, (), (resolution, selector))

    def advr(self, symbols: Iterable[Any], resolution: Resolution | None = None, selector: Any = None) -> Any:
        """Advance-decline ratio of volumes."""
        kind = breadth.AdvanceDeclineVolumeRatio
        return self._leansim_breadth(kind, "A/D Volume Rate", symbols, (), (resolution, selector))

    def addiff(self, symbols: Iterable[Any], resolution: Resolution | None = None, selector: Any = None) -> Any:
        """Advance-decline difference."""
        kind = breadth.AdvanceDeclineDifference
        return self._leansim_breadth(kind, "A/D Difference", symbols, (), (resolution, selector))

    def mosc(
        self,
        symbols: Iterable[Any],
        fast_period: int = 19,
        slow_period: int = 39,
        resolution: Resolution | None = None,
        selector: Any = None,
    ) -> Any:
        """McClellan oscillator."""
        short, periods = f"MO({fast_period},{slow_period})", (fast_period, slow_period)
        return self._leansim_breadth(breadth.McClellanOscillator, short, symbols, periods, (resolution, selector))

    def msi(
        self,
        symbols: Iterable[Any],
        fast_period: int = 19,
        slow_period: int = 39,
        resolution: Resolution | None = None,
        selector: Any = None,
    ) -> Any:
        """McClellan summation index."""
        short, periods = f"MSI({fast_period},{slow_period})", (fast_period, slow_period)
        return self._leansim_breadth(breadth.McClellanSummationIndex, short, symbols, periods, (resolution, selector))

    def b(
        self, target: Any, reference: Any, period: int, resolution: Resolution | None = None, selector: Any = None
    ) -> Any:
        """Beta."""
        return self._leansim_pair(pairs.Beta, f"B({period})", target, reference, (period,), (resolution, selector))

    def cov(
        self, target: Any, reference: Any, period: int, resolution: Resolution | None = None, selector: Any = None
    ) -> Any:
        """Covariance."""
        short = f"COV({period})"
        return self._leansim_pair(pairs.Covariance, short, target, reference, (period,), (resolution, selector))

    def c(
        self,
        target: Any,
        reference: Any,
        period: int,
        correlation_type: CorrelationType = CorrelationType.PEARSON,
        resolution: Resolution | None = None,
        selector: Any = None,
    ) -> Any:
        """Correlation."""
        rest = (period, correlation_type)
        return self._leansim_pair(pairs.Correlation, f"C({period})", target, reference, rest, (resolution, selector))

    def a(
        self,
        target: Any,
        reference: Any,
        alpha_period: int = 1,
        beta_period: int = 252,
        resolution: Resolution | None = None,
        risk_free_rate: float | None = None,
        selector: Any = None,
    ) -> Any:
        """Alpha; without a rate against the algorithm's risk-free rate."""
        rate = self.risk_free_interest_rate_model if risk_free_rate is None else float(risk_free_rate)  # type: ignore[attr-defined]  # of SetupMethods
        known = "" if risk_free_rate is None else f",{risk_free_rate}"
        rest = (alpha_period, beta_period, rate)
        short = f"A({alpha_period},{beta_period}{known})"
        return self._leansim_pair(pairs.Alpha, short, target, reference, rest, (resolution, selector))

    def _leansim_pair(
        self, kind: Any, short: str, target: Any, reference: Any, rest: tuple[Any, ...], feeding: tuple[Any, Any]
    ) -> Any:
        symbols = [self._leansim.symbol_of(target), self._leansim.symbol_of(reference)]
        resolution, selector = feeding
        named_for = symbols[0] if kind is pairs.Alpha else Symbol.NONE
        name = self.create_indicator_name(named_for, short, resolution)  # type: ignore[attr-defined]  # of IndicatorMethods
        return self._leansim_fed_by(kind(name, *symbols, *rest), symbols, resolution, selector)
