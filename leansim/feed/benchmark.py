"""The benchmark: a symbol's price or a function of the time, asked for at each daily sample."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leansim.api.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_DAY, to_ns
from leansim.feed.past import PastRequest, past_bars
from leansim.numbers import ZERO, dec

if TYPE_CHECKING:
    from leansim.api.workings import Workings

_LEAD = timedelta(days=14)


class Benchmark:
    """The value of the benchmark at an instant. Its prices are read when first asked for.

    LEAN follows a symbol by the hour in a security of its own, whatever the algorithm subscribes: without hourly data
    its value is 0.
    """

    def __init__(self, workings: Workings, what: Symbol | Callable[[Any], float]) -> None:
        self._workings = workings
        self._what = what
        self._prices: tuple[list[int], list[Decimal]] | None = None

    @property
    def symbol(self) -> Symbol | None:
        """The symbol that is followed; ``None`` when the benchmark is a function."""
        return self._what if isinstance(self._what, Symbol) else None

    def value(self, ns: int) -> Decimal:
        """The value at an instant (ns UTC); 0 before the first price."""
        if not isinstance(self._what, Symbol):
            return dec(float(self._what(self._workings.clock.local(self._workings.time_zone))))
        if self._prices is None:
            self._prices = self._read(self._what)
        times, prices = self._prices
        at = bisect_right(times, ns)
        return prices[at - 1] if at else ZERO

    def _read(self, symbol: Symbol) -> tuple[list[int], list[Decimal]]:
        workings = self._workings
        first = workings.time_zone.to_utc_ns(to_ns(workings.start_date - _LEAD))
        last = workings.time_zone.to_utc_ns(to_ns(workings.end_date)) + NS_PER_DAY
        mode = DataNormalizationMode.ADJUSTED
        if symbol.security_type is not SecurityType.EQUITY:
            mode = DataNormalizationMode.RAW
        zone = workings.exchange_hours(symbol).time_zone
        request = PastRequest(symbol, TickType.TRADE, Resolution.HOUR, first, last, False, False, mode)
        bars = past_bars(workings.data, request)
        return [zone.to_utc_ns(to_ns(bar.end_time)) for bar in bars], [dec(bar.close) for bar in bars]
