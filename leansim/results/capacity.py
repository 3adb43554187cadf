"""How much money a strategy could move: LEAN's capacity estimate and the asset that limits it.

Per traded security the estimate adds up the money the market turned over right after each of our fills (two minutes to
two hours, the less liquid the longer), takes a part of it by resolution, and divides by the share of our trading or of
our account that went through that security. Snapshots are taken weekly (in short runs sooner) and at the end; the asset
with the least market volume decides.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leansim.api.symbols import OPTION_TYPES
from leansim.numbers import dec
from leansim.results.market import exact_turnover
from leansim.results.rounding import ZERO, to_thousands

if TYPE_CHECKING:
    from leansim.api.order_events import OrderEvent
    from leansim.api.symbols import Symbol
    from leansim.results.market import MarketBars, MarketNow
    from leansim.results.recorder import RunView

Int64s = npt.NDArray[np.int64]

_MINUTE = 60_000_000_000
_DAY = 24 * 60 * _MINUTE
_EFFECT_NS = 30 * _DAY
_FAST_TRADING_SCALE = Decimal(2)
_SESSION_MINUTES = Decimal(390)
_SMALLEST_DISCOUNT = Decimal("0.20")
_VOLUME_SCALE = 6_000_000
_LONGEST_MINUTES = 120
_SHARE_OF_MARKET = {
    "Daily": Decimal("0.02"),
    "Hour": Decimal("0.05"),
    "Minute": Decimal("0.20"),
    "Second": Decimal("0.50"),
    "Tick": Decimal("0.50"),
}
# steps looked at together: about a day of minutes, so that little more than a day's data are held
_TOGETHER = 512
_FILLED = ("FILLED", "PARTIALLY_FILLED")


class CapacityEstimate:
    """The estimate over all securities. Fed with order events and with each time step."""

    def __init__(self, view: RunView) -> None:
        self.lowest_asset: Symbol | None = None
        self._view = view
        self._value = ZERO
        self._by_symbol: dict[Symbol, _SymbolCapacity] = {}
        self._monitored: dict[Symbol, _SymbolCapacity] = {}
        # those of them the engine may follow for itself: no options
        self._followed: list[Symbol] = []
        self._unseen: list[MarketNow] = []
        days = (view.end_ns - view.start_ns) / _DAY - 1
        self._period_ns = round(max(min(days, 7.0), 1.0) * _DAY)
        # LEAN counts from the start date's midnight as if it were UTC; no zone is half a day away from it.
        start_date = (view.start_ns + _DAY // 2) // _DAY * _DAY
        self._next_snapshot_ns = _begin_of_day(start_date + self._period_ns)

    @property
    def capacity(self) -> Decimal:
        """In account currency, to the nearest 1000."""
        return to_thousands(self._value)

    def order_event(self, event: OrderEvent) -> None:
        """Only fills count."""
        if str(event.status) not in _FILLED:
            return
        self._look_at_market()
        symbol = event.symbol
        found = self._by_symbol.get(symbol)
        if found is None:
            found = self._by_symbol[symbol] = _SymbolCapacity(self._view, symbol)
        found.fill(event)
        self._monitored[symbol] = found
        self._find_followed()

    def step(self, now: int, force: bool) -> None:
        """End of the time step of this instant (ns UTC); ``force`` takes the closing snapshot."""
        if not self._by_symbol:
            return
        if self._monitored:
            self._unseen.append(self._view.market_now(self._followed))
            if force or len(self._unseen) >= _TOGETHER:
                self._look_at_market()
        if force or now >= self._next_snapshot_ns:
            self._look_at_market()
            self._snapshot(now // _DAY * _DAY)

    def _find_followed(self) -> None:
        self._followed = [symbol for symbol in self._monitored if symbol.security_type not in OPTION_TYPES]

    def _look_at_market(self) -> None:
        """Take in the steps since the last look: what the market did is of no consequence before it is asked for."""
        unseen, self._unseen = self._unseen, []
        if not unseen:
            return
        # the first bar after the longest time says that it is over: few need the steps after that
        longest = max(each.longest_ns for each in self._monitored.values())
        count = bisect_right(unseen, longest, key=attrgetter("ns")) + 1
        for steps in (unseen[:count], unseen[count:]):
            if steps and self._monitored:
                self._take_in(steps)
        self._find_followed()

    def _take_in(self, steps: Sequence[MarketNow]) -> None:
        instants = np.array([step.ns for step in steps])
        found = self._view.market_bars(list(self._monitored), steps)
        for symbol, each in list(self._monitored.items()):
            if each.market_done(instants, found.get(symbol)):
                del self._monitored[symbol]

    def _snapshot(self, today: int) -> None:
        equity = self._view.equity
        if not equity:
            return
        total_volume = sum((each.sale_volume for each in self._by_symbol.values()), ZERO)
        smallest = min(self._by_symbol.values(), key=lambda each: each.market_volume)
        self.lowest_asset = smallest.symbol
        share_of_volume = smallest.sale_volume / total_volume if total_volume else ZERO
        share_of_account = self._view.reserved_buying_power(smallest.symbol) / equity
        share = max(share_of_volume, share_of_account)
        value = smallest.market_volume / smallest.trades / share if share else self._value
        if self._value:
            value = Decimal("0.33") * value + self._value * Decimal("0.66")
        self._value = value
        for symbol, each in list(self._by_symbol.items()):
            if each.is_over():
                del self._by_symbol[symbol]
                self._monitored.pop(symbol, None)
            else:
                each.reset()
        self._find_followed()
        self._next_snapshot_ns = _begin_of_day(today + self._period_ns)


def _begin_of_day(ns: int) -> int:
    """The first midnight (UTC) from an instant on: snapshots are taken when a day has begun."""
    return -(-ns // _DAY) * _DAY


class _SymbolCapacity:
    """One security: what we traded, and what the market traded right after."""

    def __init__(self, view: RunView, symbol: Symbol) -> None:
        self.symbol = symbol
        self.trades = 0
        self.sale_volume = ZERO
        self._view = view
        self._market_volume = ZERO
        self._share = ZERO
        self._average_volume = ZERO
        self._discount = ZERO
        self._previous_bar_ns: int | None = None
        self._previous_volume = ZERO
        self._last_fill_ns = 0
        self._reset_at_next_fill = False
        self._ends_ns = view.last_bar_ns(symbol)
        self._multiplier = view.multiplier(symbol)

    @property
    def market_volume(self) -> Decimal:
        """Money the market turned over after our fills, the part of it we may take."""
        return self._market_volume * self._share

    def fill(self, event: OrderEvent) -> None:
        """One of our fills."""
        ns = event._utc_ns
        view = self._view
        rate = view.conversion_rate(self.symbol)
        self.sale_volume += rate * event._fill_price * abs(event._fill_quantity) * self._multiplier
        # Fills in quick succession feed on the same bars; the first fill counts fully.
        since = ns - self._last_fill_ns if self._last_fill_ns else _DAY
        minutes = Decimal(since) / _MINUTE
        self._discount = min(Decimal(1), max(_SMALLEST_DISCOUNT, _FAST_TRADING_SCALE * (minutes / _SESSION_MINUTES)))
        if self._reset_at_next_fill:
            self._market_volume = ZERO
            self.trades = 0
            self._reset_at_next_fill = False
        self.trades += 1
        self._last_fill_ns = ns

    @property
    def longest_ns(self) -> int:
        """The instant until which bars of minutes or less can count."""
        return self._last_fill_ns + _LONGEST_MINUTES * _MINUTE

    def market_done(self, instants: Int64s, bars: MarketBars | None) -> bool:
        """Take the bars of some steps, if there are any; True when the time after the last fill is over.

        Or when no bar can come any more.
        """
        if bars is not None and self._take_bars(instants, bars):
            return True
        return instants.item(-1) > self._ends_ns

    def _take_bars(self, instants: Int64s, bars: MarketBars) -> bool:
        """Take bars; True when the time after the last fill is over."""
        here = ((bars.close == bars.close) & (bars.volume != 0)).nonzero()[0]
        if instants.item(-1) > self._ends_ns:
            here = here[: int(instants[here].searchsorted(self._ends_ns, "right"))]
        if not len(here):
            return False
        rate = self._view.conversion_rate(self.symbol)
        when = instants[here]
        begin = self._take_quiet(when, bars, here, rate)
        for at in range(begin, len(here)):
            ns = when.item(at)
            close, volume, resolution = bars.bar(here.item(at))
            price = close * rate
            since = 0 if self._previous_bar_ns is None else ns - self._previous_bar_ns
            average = price * (volume + self._previous_volume) if since else price * volume
            # a minute apart nothing is to be divided by
            self._average_volume = average if since in (0, _MINUTE) else average / (Decimal(since) / _MINUTE)
            self._previous_bar_ns = ns
            self._previous_volume = volume
            if not self._counts(ns, resolution):
                return True
            self._share = _SHARE_OF_MARKET[resolution]
            self._market_volume += price * self._discount * volume * self._multiplier
        return False

    def _take_quiet(self, when: Int64s, bars: MarketBars, here: Int64s, rate: Decimal) -> int:
        """Take the first of these bars together where that is the same: how many were taken.

        It is the same for minute bars of so little volume that each of them counts for the longest time.
        """
        count = int(when.searchsorted(self.longest_ns, "right"))
        if not count:
            return 0
        when, here = when[:count], here[:count]
        close, volume = bars.close[here], bars.volume[here]
        first = when.item(0)
        a_minute_each = (
            (self._previous_bar_ns is None or first - self._previous_bar_ns >= _MINUTE)
            and bool((bars.period_ns[here] == _MINUTE).all())
            and bool((when[1:] - when[:-1] >= _MINUTE).all())
        )
        if not a_minute_each or float(close.min()) <= 0 or float(volume.min()) <= 0:
            return 0
        # of two bars together, with room for what floats may be off
        largest = float(volume.max())
        busiest = float(close.max()) * (largest + max(largest, float(self._previous_volume)))
        if busiest * float(rate) * (_LONGEST_MINUTES + 1) > _VOLUME_SCALE:
            return 0
        turnover = exact_turnover(close, volume)
        if turnover is None:
            return 0
        self._share = _SHARE_OF_MARKET["Minute"]
        self._market_volume += turnover * rate * self._discount * self._multiplier
        self._previous_bar_ns = when.item(-1)
        self._previous_volume = dec(volume.item(-1))
        return count

    def is_over(self) -> bool:
        """Neither held nor traded for 30 days."""
        return not self._view.invested(self.symbol) and self._view.utc_ns >= self._last_fill_ns + _EFFECT_NS

    def reset(self) -> None:
        """After a snapshot: our volume starts again, the market's at our next fill."""
        self._reset_at_next_fill = True
        self.sale_volume = ZERO

    def _counts(self, now: int, resolution: str) -> bool:
        last = self._last_fill_ns
        if resolution == "Hour":
            hour = 60 * _MINUTE
            return now == -(-last // hour) * hour
        if resolution == "Daily":
            return now == last or now // _DAY * _DAY == -(-last // _DAY) * _DAY
        fast = resolution in ("Second", "Tick")
        scale = _VOLUME_SCALE // 60 if fast else _VOLUME_SCALE
        ratio = scale / self._average_volume if self._average_volume else Decimal(10)
        minutes = _LONGEST_MINUTES if ratio > _LONGEST_MINUTES else max(5 if fast else 1, int(ratio))
        return now <= last + minutes * _MINUTE
