"""Indicators of two securities: how one moves with the other.

A value is made when both have a bar of the same end; the symbol of a bar says whose it is. Symbols can be given as
tickers.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from leansim.api.enums import CorrelationType, Resolution
from leansim.api.net import ArgumentException
from leansim.api.reference import required_reference_data
from leansim.api.symbols import Symbol, SymbolCache
from leansim.api.time_zones import CachedDateTimeZone, to_ns
from leansim.feed.indicator import IndicatorBase
from leansim.feed.indicators import RateOfChange
from leansim.trading.overrides import call

_HOUR = timedelta(hours=1)
_SECOND_NS = 1_000_000_000
_FLOORS = {
    Resolution.DAILY: 86_400 * _SECOND_NS,
    Resolution.HOUR: 3_600 * _SECOND_NS,
    Resolution.MINUTE: 60 * _SECOND_NS,
}


class _Side:
    """One of the two securities: its last bar, and the closes both had at the same ends."""

    def __init__(self, symbol: Symbol, size: int) -> None:
        hours = required_reference_data().hours(symbol.id.market, symbol.value, symbol.security_type)
        self.zone: CachedDateTimeZone = hours.time_zone
        self.closes: deque[float] = deque(maxlen=size)
        self.bar: Any = None
        self.end_ns = 0

    @property
    def is_ready(self) -> bool:
        return len(self.closes) == self.closes.maxlen

    def reset(self) -> None:
        self.closes.clear()
        self.bar, self.end_ns = None, 0


class DualSymbolIndicator(IndicatorBase):
    """Base of the indicators of a target and a reference symbol."""

    _bars = True

    def __init__(self, name: str, target_symbol: Symbol, reference_symbol: Symbol, period: int) -> None:
        self._sides = {symbol: _Side(symbol, period) for symbol in (target_symbol, reference_symbol)}
        self._target, self._reference = self._sides[target_symbol], self._sides[reference_symbol]
        # Two clocks can be a bar apart.
        apart = self._target.zone != self._reference.zone
        super().__init__(name, period + apart)
        self._floor = 1
        self._result = 0.0

    @property
    def is_ready(self) -> bool:
        """When both have enough bars."""
        return self._target.is_ready and self._reference.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        side = self._sides.get(data.symbol)
        if side is None:
            known = ", ".join(str(symbol) for symbol in self._sides)
            raise ArgumentException(
                f"Input symbol {data.symbol} does not correspond to any "
                f"of the symbols this indicator works on ({known})"
            )
        if self.samples == 1:
            self._floor = _FLOORS.get(_resolution(data.end_time - data.time), 1)
            side.bar = data
            side.end_ns = self._end(side)
            return 0.0
        side.bar = data
        side.end_ns = self._end(side)
        if self._target.end_ns == self._reference.end_ns:
            for each in self._sides.values():
                each.closes.append(each.bar.close)
            self._result = self._pair()
        return self._result

    def _end(self, side: _Side) -> int:
        ns = side.zone.to_utc_ns(to_ns(side.bar.end_time))
        return ns - ns % self._floor

    def _pair(self) -> float:
        """The value of both sides' closes."""
        raise NotImplementedError

    def reset(self) -> None:
        self._result = 0.0
        for side in self._sides.values():
            side.reset()
        super().reset()


class _OfReturns(DualSymbolIndicator):
    """Base of the indicators of both securities' last returns."""

    _short = ""

    def __init__(self, *arguments: Any) -> None:
        name, target, reference, period = _named_pair(self._short, arguments)
        if period < 2:
            raise ArgumentException(
                f"Period parameter for {type(self).__name__} indicator must be greater than 2 but was {period}."
            )
        super().__init__(name, target, reference, 2)
        self.warm_up_period += period - 1
        self._returns = {side: deque[float](maxlen=period) for side in self._sides.values()}

    @property
    def is_ready(self) -> bool:
        """When there are enough returns."""
        return all(len(returns) == returns.maxlen for returns in self._returns.values())

    def _pair(self) -> float:
        for side, returns in self._returns.items():
            if side.is_ready:
                before, now = side.closes
                # LEAN subtracts one from a ratio, which is 0 when there is nothing to divide by
                returns.append((now / before if before else 0.0) - 1)
        return self._of(*(list(self._returns[side]) for side in (self._target, self._reference)))

    def _of(self, target: list[float], reference: list[float]) -> float:
        raise NotImplementedError

    def reset(self) -> None:
        for returns in self._returns.values():
            returns.clear()
        super().reset()


class Beta(_OfReturns):
    """``([name,] target, reference, period)``: covariance of the returns over the reference's variance."""

    _short = "B"

    def _of(self, target: list[float], reference: list[float]) -> float:
        variance = _covariance(reference, reference)
        return _covariance(target, reference) / (variance or 1.0)


class Covariance(_OfReturns):
    """``([name,] target, reference, period)``: covariance of the returns."""

    _short = "COV"

    def _of(self, target: list[float], reference: list[float]) -> float:
        return _covariance(target, reference)


class Correlation(DualSymbolIndicator):
    """``([name,] target, reference, period[, correlation type])``: correlation of the closes."""

    def __init__(self, *arguments: Any) -> None:
        kinds = [argument for argument in arguments if isinstance(argument, CorrelationType)]
        self._kind = kinds[0] if kinds else CorrelationType.PEARSON
        rest = tuple(argument for argument in arguments if not isinstance(argument, CorrelationType))
        name, target, reference, period = _named_pair("Correlation", rest)
        if period < 2:
            raise ArgumentException(
                f"Period parameter for Correlation indicator must be greater than 2 but was {period}"
            )
        super().__init__(name, target, reference, period)

    def _pair(self) -> float:
        target, reference = list(self._target.closes), list(self._reference.closes)
        if self._kind == CorrelationType.SPEARMAN:
            target, reference = _ranks(target), _ranks(reference)
        spread = math.sqrt(_covariance(target, target) * _covariance(reference, reference))
        return _covariance(target, reference) / spread if spread else 0.0


class Alpha(IndicatorBase):
    """``([name,] target, reference, alpha period[, beta period][, risk-free rate or model])``: return above beta's."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        parts = list(arguments)
        name = (
            parts.pop(0) if isinstance(parts[0], str) and isinstance(parts[1], (str, Symbol)) and len(parts) > 3 else ""
        )
        self._target, self._reference = _symbol(parts.pop(0)), _symbol(parts.pop(0))
        if self._target == self._reference:
            raise ArgumentException("The target and reference symbols cannot be the same.")
        periods = [int(part) for part in parts if isinstance(part, int)]
        rates = [part for part in parts if not isinstance(part, int) and part is not None]
        self._period, beta_period = periods[0], periods[-1]
        if self._period < 1:
            raise ArgumentException("The period must be equal or greater than 1.")
        if beta_period < 2:
            raise ArgumentException("The beta period must be equal or greater than 2.")
        text = ",".join(str(part) for part in (self._target, self._reference, *parts))
        super().__init__(name or f"ALPHA({text})", max(self._period, beta_period) + 1)
        self._rate: Any = rates[0] if rates else 0.0
        self._returns = {symbol: RateOfChange(self._period) for symbol in (self._target, self._reference)}
        self._beta = Beta(f"{name}_Beta", self._target, self._reference, beta_period)
        self._alpha = 0.0

    @property
    def is_ready(self) -> bool:
        """When returns and beta are."""
        return self._beta.is_ready and all(part.is_ready for part in self._returns.values())

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        own = self._returns.get(data.symbol)
        if own is None:
            raise ArgumentException(f"The input symbol {data.symbol} is not the target or reference symbol.")
        own.update(data.end_time, data.close)
        self._beta.update(data)
        target, reference = self._returns[self._target], self._returns[self._reference]
        if target.samples == reference.samples:
            self._alpha = 0.0
            if self.is_ready:
                rate = self._risk_free(target.current.end_time)
                market = reference._value / self._period - rate
                self._alpha = target._value / self._period - (rate + self._beta._value * market)
        return self._alpha

    def _risk_free(self, time: datetime) -> float:
        if isinstance(self._rate, (int, float)):
            return float(self._rate)
        return float(call(self._rate, "get_interest_rate", time))

    def reset(self) -> None:
        for part in (self._beta, *self._returns.values()):
            part.reset()
        self._alpha = 0.0
        super().reset()


def _resolution(length: timedelta) -> Resolution:
    if length > _HOUR:
        return Resolution.DAILY
    if length == _HOUR:
        return Resolution.HOUR
    return Resolution.MINUTE if length >= timedelta(minutes=1) else Resolution.SECOND


def _symbol(what: Any) -> Symbol:
    return what if isinstance(what, Symbol) else SymbolCache.get_symbol(what)


def _named_pair(short: str, arguments: tuple[Any, ...]) -> tuple[str, Symbol, Symbol, int]:
    """``([name,] target, reference, period)`` or ``(name, period, target, reference)``."""
    parts = list(arguments)
    name = parts.pop(0) if len(parts) == 4 else None
    period = next(part for part in parts if isinstance(part, int))
    target, reference = (_symbol(part) for part in parts if not isinstance(part, int))
    return name or f"{short}({period})", target, reference, period


def _covariance(left: list[float], right: list[float]) -> float:
    """Sample covariance; 0 where there is none."""
    if len(left) < 2 or len(left) != len(right):
        return 0.0
    found = float(np.dot(np.subtract(left, np.mean(left)), np.subtract(right, np.mean(right))) / (len(left) - 1))
    return 0.0 if math.isnan(found) else found


def _ranks(values: list[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    ordered = sorted(values)
    return [(ordered.index(value) + 1 + len(ordered) - ordered[::-1].index(value)) / 2 for value in values]
