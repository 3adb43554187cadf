"""Benchmarks: what a run is compared with, asked for its value at each daily sample."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from leansim.api.decimals import exact
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException
from leansim.api.symbols import Symbol
from leansim.numbers import ZERO


class Benchmark(ClrObject):
    """A value at any time."""

    def evaluate(self, time: datetime) -> float:
        """The value at a time (UTC)."""
        return float(self._value_at(time))

    def _value_at(self, time: datetime) -> Decimal:
        raise NotImplementedError


class FuncBenchmark(Benchmark):
    """A function of the time."""

    def __init__(self, benchmark: Callable[[datetime], Any]) -> None:
        if not callable(benchmark):
            raise ArgumentException(
                "FuncBenchmark(): Unable to convert Python function to benchmark function, please ensure the function "
                "supports Datetime input and decimal output"
            )
        self._function = benchmark

    def _value_at(self, time: datetime) -> Decimal:
        return exact(self._function(time))


class SecurityBenchmark(Benchmark):
    """The last price of a security the engine follows for itself; 0 until the run begins.

    LEAN follows it by the hour, whatever the algorithm subscribes: without hourly data its value is 0. As LEAN's, it
    answers with the price of now whatever time it is asked for.
    """

    def __init__(self, symbol: Symbol) -> None:
        self._symbol = symbol
        self._price_now: Callable[[], Decimal] = lambda: ZERO

    @staticmethod
    def create_instance(securities: Any, symbol: Symbol) -> SecurityBenchmark:
        """A benchmark of a symbol that need not be among the algorithm's securities."""
        del securities
        return SecurityBenchmark(symbol)

    def _value_at(self, time: datetime) -> Decimal:
        return self._price_now()
