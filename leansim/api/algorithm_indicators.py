"""Indicators and consolidators fed by an algorithm's subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from leansim.api.bars import QuoteBar, Tick, TradeBar
from leansim.api.data_fields import Field, Selector, type_to_select_from
from leansim.api.enums import MovingAverageType, Resolution, TickType
from leansim.api.net import ArgumentException, ClrException
from leansim.api.subscription_configs import SubscriptionManager
from leansim.api.symbols import Symbol
from leansim.feed import indicator as averages
from leansim.feed import indicator_composites as composites
from leansim.feed import indicators
from leansim.feed import indicators_regression as regression
from leansim.feed import indicators_series as series
from leansim.feed import indicators_swing as swing
from leansim.feed.brick_consolidators import is_brick, of_size
from leansim.feed.consolidation import BAR_TYPES
from leansim.feed.consolidators import (
    SPANS,
    ZERO,
    DataConsolidator,
    IdentityDataConsolidator,
    for_type,
)
from leansim.feed.indicator import IndicatorDataPoint
from leansim.feed.python_indicators import feed_indicator, must_be_indicator
from leansim.feed.session_consolidators import MarketHourAwareConsolidator
from leansim.feed.tick_consolidators import ticks_to

if TYPE_CHECKING:
    from leansim.api.workings import Workings

_SUFFIXES = {
    Resolution.TICK: "tick",
    Resolution.SECOND: "sec",
    Resolution.MINUTE: "min",
    Resolution.HOUR: "hr",
    Resolution.DAILY: "day",
}


_SESSION_ONLY = (
    "Warning: {} has data of extended market hours, and daily consolidation leaves them out: to have them in, set "
    "settings.daily_consolidation_use_extended_market_hours."
)


class IndicatorMethods:
    """Mixin of ``QCAlgorithm``: consolidators, indicators, and LEAN's short names for them."""

    _leansim: Workings

    @property
    def subscription_manager(self) -> SubscriptionManager:
        """The subscriptions, and consolidators by hand."""
        return SubscriptionManager(self._leansim)

    # ---- consolidators

    def consolidate(self, symbol: Any, period: Any, *arguments: Any, **named: Any) -> DataConsolidator:
        """``(symbol, timedelta | Resolution | calendar[, tick_type], handler)``: larger bars of a symbol's data.

        ``(type, symbol, size, tick_type, handler)``: bars of a type and size, of Renko and ranges too.
        """
        parts = [*arguments, *named.values()]
        kind = symbol if isinstance(symbol, type) else None
        if kind is not None:
            symbol, period = period, parts.pop(0)
        tick_type = next((part for part in parts if isinstance(part, TickType)), None)
        handler = next((part for part in parts if callable(part) and not isinstance(part, type)), None)
        if handler is None:
            raise TypeError("No method matches given arguments for Consolidate")
        target = self._leansim.symbol_of(symbol)
        if kind is None:
            consolidator = self._leansim_consolidator(target, period, tick_type)
        else:
            counts_ticks = self._leansim_subscription(target, tick_type)[1] == Resolution.TICK and not is_brick(kind)
            consolidator = ticks_to(tick_type)(int(period)) if counts_ticks else of_size(kind, period)
        consolidator.data_consolidated += lambda _, bar: handler(bar)
        self._leansim.consolidators.add(target, consolidator, tick_type)
        return consolidator

    def resolve_consolidator(self, symbol: Any, period: Any = None, data_type: type | None = None) -> DataConsolidator:
        """The consolidator LEAN would use for a resolution or time span; of the subscription's own when ``None``."""
        tick_type = {QuoteBar: TickType.QUOTE, TradeBar: TickType.TRADE}.get(data_type) if data_type else None
        return self._leansim_consolidator(self._leansim.symbol_of(symbol), period, tick_type)

    def _leansim_consolidator(self, symbol: Symbol, period: Any, tick_type: TickType | None) -> DataConsolidator:
        workings = self._leansim
        kind, own, chosen = self._leansim_subscription(symbol, tick_type)
        increment = SPANS.get(own)
        too_fine = period < own if isinstance(period, Resolution) else False
        if isinstance(period, timedelta) and increment is not None and period < increment:
            too_fine = True
        if too_fine:
            raise ArgumentException(
                f"Unable to create {symbol} consolidator because {symbol} is registered for {own} data. "
                "Consolidators require higher resolution data to produce lower resolution data."
            )
        if period is None or period == own or (isinstance(period, timedelta) and period == increment):
            return IdentityDataConsolidator(kind)
        if isinstance(period, Resolution):
            if period == Resolution.DAILY:
                settings = workings.settings
                extended = workings.securities[symbol].is_extended_market_hours
                wanted = settings.daily_consolidation_use_extended_market_hours
                if extended and not wanted:
                    workings.warn_once("daily consolidation", _SESSION_ONLY.format(symbol))
                return MarketHourAwareConsolidator(
                    settings.daily_precise_end_time, period, kind, chosen, wanted and extended
                )
            period = SPANS[period]
        if kind is Tick and period != ZERO:
            return ticks_to(chosen)(period)
        return for_type(kind, period)

    def _leansim_subscription(self, symbol: Symbol, tick_type: TickType | None) -> tuple[type, Resolution, TickType]:
        """What data a consolidator of a symbol gets; subscribes the symbol when it must."""
        feed = self._leansim.feed
        if not feed.tick_types(symbol):
            self.add_security(symbol)  # type: ignore[attr-defined]  # of DataMethods
        kinds = sorted(kind for kind in feed.tick_types(symbol) if kind in BAR_TYPES)
        if not kinds:
            raise ClrException(
                f"Please register to receive data for symbol '{symbol}' using the AddSecurity() function."
            )
        chosen = tick_type if tick_type in kinds else kinds[0]
        own = feed.request_of(symbol).resolution
        return (Tick if own == Resolution.TICK else BAR_TYPES[chosen]), own, chosen

    # ---- indicators in general

    def register_indicator(
        self, symbol: Any, indicator: Any, resolution: Any = None, selector: Selector | None = None
    ) -> None:
        """Feed an indicator from a symbol's data: of a resolution, a time span, or out of a consolidator."""
        must_be_indicator(indicator)
        target = self._leansim.symbol_of(symbol)
        if hasattr(resolution, "data_consolidated"):
            consolidator = resolution
        elif resolution is not None and not isinstance(resolution, (Resolution, timedelta)):
            raise ArgumentException(
                "Invalid third argument, should be either a valid consolidator or timedelta object. "
                "The following exception was thrown: "
            )
        else:
            data_type = type_to_select_from(selector)
            consolidator = self.resolve_consolidator(target, resolution, data_type)
        indicator_consolidators = getattr(indicator, "consolidators", None)
        if indicator_consolidators is not None:
            indicator_consolidators.append(consolidator)
        consolidator.data_consolidated += lambda _, bar: _update(indicator, bar, selector)
        self._leansim.consolidators.add(target, consolidator)

    def deregister_indicator(self, indicator: Any) -> None:
        """Feed an indicator no longer."""
        for consolidator in indicator.consolidators:
            self._leansim.consolidators.remove(None, consolidator)
        indicator.consolidators.clear()

    unregister_indicator = deregister_indicator

    def warm_up_indicator(
        self, symbol: Any, indicator: Any, resolution: Any = None, selector: Selector | None = None
    ) -> None:
        """Feed an indicator from history until it is ready."""
        must_be_indicator(indicator)
        target = self._leansim.symbol_of(symbol)
        count = getattr(indicator, "warm_up_period", 0)
        if not count:
            self._leansim.debug(
                f"Warning: the '{indicator.name}' indicator has no warm up period; it is not warmed up."
            )
            return
        for bar in self._leansim.history.bars_for_indicator(target, count, resolution):
            _update(indicator, bar, selector)

    def create_indicator_name(self, symbol: Any, type: str, resolution: Resolution | None = None) -> str:
        """LEAN's name of an indicator: ``SMA(20,SPY_min)``."""
        target = self._leansim.symbol_of(symbol)
        of_symbol = target not in (Symbol.NONE, Symbol.EMPTY)
        if resolution is None and of_symbol:
            resolution = self._leansim.feed.request_of(target).resolution
        suffix = "" if resolution is None else _SUFFIXES[resolution]
        return f"{type}({f'{target}_{suffix}' if of_symbol else suffix})".replace(")(", ",")

    def _leansim_new(
        self, kind: Callable[..., Any], short: str, symbol: Any, resolution: Any, selector: Any, *arguments: Any
    ) -> Any:
        target = self._leansim.symbol_of(symbol)
        if not self._leansim.feed.tick_types(target):
            self._leansim_subscription(target, None)
        shown = [argument for argument in arguments if isinstance(argument, (int, float, str))]
        text = ",".join(_plain(argument) for argument in shown)
        own = resolution if isinstance(resolution, Resolution) else None
        made = kind(self.create_indicator_name(target, f"{short}({text})" if text else short, own), *arguments)
        self.register_indicator(target, made, resolution, selector)
        if self._leansim.settings.automatic_indicator_warm_up:
            self.warm_up_indicator(target, made, resolution, selector)
        return made

    # ---- LEAN's short names

    def sma(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Simple moving average."""
        return self._leansim_new(averages.SimpleMovingAverage, "SMA", symbol, resolution, selector, period)

    def ema(
        self, symbol: Any, period: int, smoothing_factor: Any = None, resolution: Any = None, selector: Any = None
    ) -> Any:
        """Exponential moving average: ``(symbol, period[, smoothing_factor][, resolution[, selector]])``."""
        if smoothing_factor is None or isinstance(smoothing_factor, (Resolution, timedelta)):
            resolution, selector = smoothing_factor or resolution, selector
            return self._leansim_new(averages.ExponentialMovingAverage, "EMA", symbol, resolution, selector, period)
        return self._leansim_new(
            averages.ExponentialMovingAverage, "EMA", symbol, resolution, selector, period, smoothing_factor
        )

    def arima(
        self,
        symbol: Any,
        ar_order: int,
        diff_order: int,
        ma_order: int,
        period: int,
        intercept: Any = True,
        resolution: Any = None,
        selector: Any = None,
    ) -> Any:
        """Autoregressive integrated moving average: ``(…, period[, intercept][, resolution[, selector]])``."""
        if not isinstance(intercept, bool):
            intercept, resolution, selector = True, intercept, resolution or selector
        orders = (ar_order, diff_order, ma_order, period)

        def made(name: str, *arguments: int) -> Any:
            return series.AutoRegressiveIntegratedMovingAverage(name, *arguments, intercept=intercept)

        return self._leansim_new(made, "ARIMA", symbol, resolution, selector, *orders)

    def wwma(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Wilder moving average."""
        return self._leansim_new(averages.WilderMovingAverage, "WWMA", symbol, resolution, selector, period)

    def lwma(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Linear weighted moving average."""
        return self._leansim_new(averages.LinearWeightedMovingAverage, "LWMA", symbol, resolution, selector, period)

    def dema(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Double exponential moving average."""
        return self._leansim_new(averages.DoubleExponentialMovingAverage, "DEMA", symbol, resolution, selector, period)

    def tema(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Triple exponential moving average."""
        return self._leansim_new(averages.TripleExponentialMovingAverage, "TEMA", symbol, resolution, selector, period)

    def hma(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Hull moving average."""
        return self._leansim_new(averages.HullMovingAverage, "HMA", symbol, resolution, selector, period)

    def rsi(
        self,
        symbol: Any,
        period: int,
        moving_average_type: MovingAverageType = MovingAverageType.WILDERS,
        resolution: Any = None,
        selector: Any = None,
    ) -> Any:
        """Relative strength index."""
        kind = indicators.RelativeStrengthIndex
        return self._leansim_new(
            kind,
            f"RSI({period},{_camel(moving_average_type)})",
            symbol,
            resolution,
            selector,
            period,
            moving_average_type,
        )

    def atr(
        self,
        symbol: Any,
        period: int,
        type: MovingAverageType = MovingAverageType.SIMPLE,
        resolution: Any = None,
        selector: Any = None,
    ) -> Any:
        """Average true range; by default with the simple average, as LEAN's short name has it."""
        return self._leansim_new(indicators.AverageTrueRange, "ATR", symbol, resolution, selector, period, type)

    def bb(
        self,
        symbol: Any,
        period: int,
        k: float,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
        resolution: Any = None,
        selector: Any = None,
    ) -> Any:
        """Bollinger bands."""
        return self._leansim_new(
            indicators.BollingerBands, "BB", symbol, resolution, selector, period, k, moving_average_type
        )

    def macd(
        self,
        symbol: Any,
        fast_period: int,
        slow_period: int,
        signal_period: int,
        type: MovingAverageType = MovingAverageType.EXPONENTIAL,
        resolution: Any = None,
        selector: Any = None,
    ) -> Any:
        """Moving average convergence divergence."""
        kind = indicators.MovingAverageConvergenceDivergence
        return self._leansim_new(
            kind, "MACD", symbol, resolution, selector, fast_period, slow_period, signal_period, type
        )

    def std(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Standard deviation."""
        return self._leansim_new(indicators.StandardDeviation, "STD", symbol, resolution, selector, period)

    def max(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """The largest value; of bars the high."""
        return self._leansim_new(indicators.Maximum, "MAX", symbol, resolution, selector or Field.HIGH, period)

    def min(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """The smallest value; of bars the low."""
        return self._leansim_new(indicators.Minimum, "MIN", symbol, resolution, selector or Field.LOW, period)

    def sum(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Sum of the last values."""
        return self._leansim_new(indicators.Sum, "SUM", symbol, resolution, selector, period)

    def mom(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Momentum."""
        return self._leansim_new(indicators.Momentum, "MOM", symbol, resolution, selector, period)

    def momp(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Momentum in percent."""
        return self._leansim_new(indicators.MomentumPercent, "MOMP", symbol, resolution, selector, period)

    def roc(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Rate of change."""
        return self._leansim_new(indicators.RateOfChange, "ROC", symbol, resolution, selector, period)

    def rocp(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Rate of change in percent."""
        return self._leansim_new(indicators.RateOfChangePercent, "ROCP", symbol, resolution, selector, period)

    def adx(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Average directional index."""
        return self._leansim_new(indicators.AverageDirectionalIndex, "ADX", symbol, resolution, selector, period)

    def cci(
        self,
        symbol: Any,
        period: int,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
        resolution: Any = None,
        selector: Any = None,
    ) -> Any:
        """Commodity channel index."""
        kind = indicators.CommodityChannelIndex
        return self._leansim_new(kind, "CCI", symbol, resolution, selector, period, moving_average_type)

    def kch(
        self,
        symbol: Any,
        period: int,
        k: float,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
        resolution: Any = None,
        selector: Any = None,
    ) -> Any:
        """Keltner channels."""
        return self._leansim_new(
            indicators.KeltnerChannels, "KCH", symbol, resolution, selector, period, k, moving_average_type
        )

    def sto(
        self,
        symbol: Any,
        period: int,
        k_period: Any = None,
        d_period: Any = None,
        resolution: Any = None,
        selector: Any = None,
    ) -> Any:
        """Stochastic: ``(symbol, period, k_period, d_period[, resolution])`` or ``(symbol, period[, resolution])``."""
        if not isinstance(k_period, int):
            k_period, d_period, resolution, selector = period, 3, k_period or resolution, d_period or selector
        return self._leansim_new(swing.Stochastic, "STO", symbol, resolution, selector, period, k_period, d_period)

    def aroon(
        self,
        symbol: Any,
        up_period: int | None = None,
        down_period: Any = None,
        resolution: Any = None,
        selector: Any = None,
        period: int | None = None,
    ) -> Any:
        """Aroon oscillator: ``(symbol, up_period, down_period[, …])`` or ``(symbol, period[, resolution])``."""
        up_period = period if up_period is None else up_period
        if not isinstance(down_period, int):
            down_period, resolution, selector = up_period, down_period or resolution, resolution or selector
        kind = indicators.AroonOscillator
        return self._leansim_new(kind, "AROON", symbol, resolution, selector, up_period, down_period)

    def mass(
        self, symbol: Any, ema_period: int = 9, sum_period: int = 25, resolution: Any = None, selector: Any = None
    ) -> Any:
        """Mass index."""
        return self._leansim_new(swing.MassIndex, "MASS", symbol, resolution, selector, ema_period, sum_period)

    def si(self, symbol: Any, limit_move: float, resolution: Any = Resolution.DAILY, selector: Any = None) -> Any:
        """Wilder's swing index."""
        return self._leansim_new(swing.WilderSwingIndex, "SI", symbol, resolution, selector, limit_move)

    def asi(self, symbol: Any, limit_move: float, resolution: Any = Resolution.DAILY, selector: Any = None) -> Any:
        """Wilder's accumulative swing index."""
        return self._leansim_new(swing.WilderAccumulativeSwingIndex, "ASI", symbol, resolution, selector, limit_move)

    def lsma(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Least squares moving average."""
        kind = regression.LeastSquaresMovingAverage
        return self._leansim_new(kind, "LSMA", symbol, resolution, selector, period)

    def rc(self, symbol: Any, period: int, k: float, resolution: Any = None, selector: Any = None) -> Any:
        """Regression channel."""
        return self._leansim_new(regression.RegressionChannel, "RC", symbol, resolution, selector, period, k)

    def filtered_identity(
        self,
        symbol: Any,
        resolution: Any = None,
        selector: Any = None,
        filter: Any = None,
        field_name: str | None = None,
    ) -> Any:
        """The last value a filter of the data let through: ``(symbol[, resolution][, selector][, filter])``."""
        if resolution is not None and not isinstance(resolution, (Resolution, timedelta)):
            resolution, selector, filter = None, resolution, filter or selector
        return self._leansim_new(
            composites.FilteredIdentity, field_name or "close", symbol, resolution, selector, filter
        )

    def wilr(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> Any:
        """Williams %R."""
        return self._leansim_new(indicators.WilliamsPercentR, "WILR", symbol, resolution, selector, period)

    def tr(self, symbol: Any, resolution: Any = None, selector: Any = None) -> Any:
        """True range."""
        return self._leansim_new(indicators.TrueRange, "TR", symbol, resolution, selector)

    def vwap(self, symbol: Any, period: int | None = None, resolution: Any = None, selector: Any = None) -> Any:
        """Volume-weighted average price: of the day, or of the last ``period`` bars."""
        if period is None:
            return self._leansim_new(indicators.IntradayVwap, "VWAP", symbol, resolution, selector)
        kind = indicators.VolumeWeightedAveragePriceIndicator
        return self._leansim_new(kind, "VWAP", symbol, resolution, selector, period)

    def identity(self, symbol: Any, resolution: Any = None, selector: Any = None, field_name: str | None = None) -> Any:
        """The value itself, as an indicator."""
        return self._leansim_new(indicators.Identity, field_name or "close", symbol, resolution, selector)


def _update(indicator: Any, bar: Any, selector: Selector | None) -> None:
    if bar is None:
        return
    if selector is not None:
        chosen = selector(bar)
        bar = IndicatorDataPoint(bar.symbol, bar.end_time, chosen) if isinstance(chosen, (int, float)) else chosen
    feed_indicator(indicator, bar)


def _plain(argument: Any) -> str:
    return f"{argument:g}" if isinstance(argument, float) else str(argument)


def _camel(kind: MovingAverageType) -> str:
    return "".join(part.capitalize() for part in str(kind).split("_"))
