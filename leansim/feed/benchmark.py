"""The prices of the security a run is compared with."""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.api.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_DAY, to_ns
from leansim.errors import NotEmulated
from leansim.feed.past import PastRequest, past_bars
from leansim.numbers import ZERO, dec

if TYPE_CHECKING:
    from leansim.api.workings import Workings

_LEAD = timedelta(days=14)


class BenchmarkPrices:
    """Hourly closes of a symbol, read when first asked for."""

    def __init__(self, workings: Workings, symbol: Symbol) -> None:
        self._workings = workings
        self._symbol = symbol
        self._prices: tuple[list[int], list[Decimal]] | None = None

    def now(self) -> Decimal:
        """The last close; 0 before the first, and before the first instant of the run: LEAN follows it from then on."""
        if self._workings.clock.ns < self._workings.feed.first_ns:
            return ZERO
        if self._prices is None:
            self._prices = self._read(self._symbol) if self._in_account_currency() else ([], [])
        times, prices = self._prices
        at = bisect_right(times, self._workings.clock.ns)
        return prices[at - 1] if at else ZERO

    def _in_account_currency(self) -> bool:
        """Whether prices need no conversion. What cannot be converted, for want of any data of the pair, is worth 0."""
        data, own = self._workings.data, self._workings.portfolio.cash_book.account_currency
        quoted = data.symbol_properties.of(self._symbol).quote_currency or own
        if quoted == own:
            return True
        for pair in (f"{quoted}{own}".lower(), f"{own}{quoted}".lower()):
            if next((data.root / "forex").glob(f"*/*/{pair}*"), None) is not None:
                raise NotEmulated(f"a benchmark quoted in {quoted} in an account in {own} (conversion rates)")
        return False

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
