"""Indicators that fit a model of a time series: ARIMA, by least squares in two steps as LEAN fits it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from leansim.api.net import ArgumentException, IndexOutOfRangeException
from leansim.feed.indicator import IndicatorBase

Floats = npt.NDArray[np.float64]


class AutoRegressiveIntegratedMovingAverage(IndicatorBase):
    """The next value by the last ``period``: ``([name,] ar order, difference order, ma order, period[, intercept])``.

    Values are counted from the newest to the oldest, also where the model looks at "earlier" ones: that is LEAN's
    arithmetic. A fit that has no solution gives coefficients of zero unless ``handle_exceptions`` is false.

    Attributes:
        ar_parameters, ma_parameters, intercept: the last fit.
        ar_residual_error, ma_residual_error: its mean squared errors.

    """

    def __init__(self, *arguments: Any, intercept: bool = True) -> None:
        parts = list(arguments)
        name = parts.pop(0) if isinstance(parts[0], str) else None
        ar, difference, ma, period, *rest = parts
        self._with_intercept = bool(rest[0]) if rest else intercept
        if ar < 0 or ma < 0:
            raise ArgumentException("AR/MA orders cannot be negative.")
        if ar == 0:
            raise ArgumentException(
                "arOrder (p) must be greater than zero for all currently available fitting methods."
            )
        if period < max(ar, ma):
            raise ArgumentException("Period must exceed both arOrder and maOrder")
        super().__init__(name or f"ARIMA(({ar}, {difference}, {ma}), {period}, {self._with_intercept})", period)
        self._ar, self._difference, self._ma = ar, difference, ma
        self._values: deque[float] = deque(maxlen=period)
        self.handle_exceptions = True
        self.ar_parameters: list[float] = []
        self.ma_parameters: list[float] = []
        self.intercept = 0.0
        self.ar_residual_error = self.ma_residual_error = 0.0

    def reset(self) -> None:
        self._values.clear()
        super().reset()

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self._values.appendleft(value)
        if len(self._values) < self.warm_up_period:
            return 0.0
        series, heads = _differences(list(self._values), self._difference)
        residuals = self._fit(np.array(series))
        following = sum(self.ar_parameters[i] * series[i] for i in range(self._ar))
        following += sum(self.ma_parameters[i] * residuals[self._ma + i + 1] for i in range(self._ma))
        following += self.intercept
        return _undone([following, *series], heads)[0]

    def _fit(self, series: Floats) -> list[float]:
        """Set the parameters; what the autoregression alone leaves unexplained of each value."""
        lags = _lagged(series, self._ar)
        fit = self._solve(lags, series[self._ar :])
        unexplained = series[self._ar :] - lags @ fit
        self.ar_residual_error = float(unexplained @ unexplained) / (len(series) - self._ar - 1)
        residuals = np.concatenate([np.zeros(self._ar), unexplained])
        kept: list[float] = residuals.tolist()
        if not self._ma:
            self.ar_parameters = fit.tolist()
            return kept
        errors = _lagged(residuals, self._ma)
        if len(lags) < len(errors):
            raise IndexOutOfRangeException("Index was outside the bounds of the array.")
        both = np.hstack([lags[: len(errors)], errors])
        known = np.hstack([np.ones((len(both), 1)), both]) if self._with_intercept else both
        fit = self._solve(known, series[self._ma :])
        if self._with_intercept:
            self.intercept, fit = float(fit[0]), fit[1:]
        unexplained = series[self._ma :] - both @ fit
        degrees = len(series) - max(self._ar, self._ma) - 1
        self.ma_residual_error = float(unexplained @ unexplained) / degrees
        self.ar_parameters, self.ma_parameters = fit[: self._ar].tolist(), fit[self._ar :].tolist()
        return kept

    def _solve(self, known: Floats, wanted: Floats) -> Floats:
        """Least squares by the normal equations, which need as many rows as columns and independent columns."""
        try:
            if known.shape[0] < known.shape[1]:
                raise ArgumentException("there are fewer values than parameters")
            root = np.linalg.cholesky(known.T @ known)
        except (np.linalg.LinAlgError, ArgumentException):
            if not self.handle_exceptions:
                raise
            return np.zeros(known.shape[1])
        found: Floats = np.linalg.solve(root.T, np.linalg.solve(root, known.T @ wanted))
        return found


def _differences(series: list[float], order: int) -> tuple[list[float], list[float]]:
    """A series differenced so often, and the last value of each series on the way."""
    heads = []
    for _ in range(order):
        heads.append(series[-1])
        series = [value - following for value, following in pairwise(series)]
    return series, heads


def _undone(series: list[float], heads: Sequence[float]) -> list[float]:
    """A differenced series summed up again."""
    for head in heads:
        series = list(accumulate([head, *reversed(series)]))[::-1]
    return series


def _lagged(series: Floats, order: int) -> Floats:
    """For each value from the ``order``-th on the ones before it, the nearest first."""
    count = len(series) - order
    return np.stack([series[order - lag : order - lag + count] for lag in range(1, order + 1)], axis=1)
