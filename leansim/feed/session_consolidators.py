"""The consolidator that knows the session: whose daily bar runs from the open to the close of its exchange."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from leansim.api.bars import QuoteBar, Tick, TradeBar
from leansim.api.enums import Resolution, SecurityType, TickType
from leansim.api.markets import Market
from leansim.api.net import ArgumentNullException
from leansim.api.option_symbols import hours_of
from leansim.feed.consolidators import (
    ONE_DAY,
    ONE_HOUR,
    SPANS,
    CalendarInfo,
    DataConsolidator,
    PeriodConsolidator,
    QuoteBarConsolidator,
    TradeBarConsolidator,
    round_down,
)
from leansim.feed.tick_consolidators import TickConsolidator, TickQuoteBarConsolidator

if TYPE_CHECKING:
    from leansim.api.reference import Hours
    from leansim.api.symbols import Symbol

_MICROSECOND: Final = timedelta(microseconds=1)
_NEVER_STRICT: Final = (SecurityType.FOREX, SecurityType.BASE)


class MarketHourAwareConsolidator(DataConsolidator):
    """Bars of the session only: daily ones from its open to its close, shorter ones counted from its open.

    A period that is a resolution's other than a day is an ordinary one; any other below a day is counted from the open
    and cut at the close; longer ones are ordinary too.
    """

    def __init__(
        self,
        daily_strict_end_time_enabled: bool,
        resolution: Resolution | timedelta,
        data_type: type,
        tick_type: TickType,
        extended_market_hours: bool,
    ) -> None:
        super().__init__()
        self.period: timedelta = resolution if isinstance(resolution, timedelta) else SPANS[resolution]
        self.input_type = data_type
        self._strict_wanted = daily_strict_end_time_enabled
        self._extended = extended_market_hours
        self._hours: Hours | None = None
        self._strict = False
        self._inner = _inner_kind(data_type, tick_type)(self._periods())
        self.output_type = self._inner.output_type
        self._inner.data_consolidated += lambda _, bar: self._emit(bar)

    @property
    def working_data(self) -> Any:
        return self._inner.working_data

    def update(self, data: Any) -> None:
        hours = self._hours_for(data.symbol)
        spans_session = (
            self.period == ONE_DAY
            and data.end_time - data.time >= ONE_HOUR
            and hours.is_open(data.time, data.end_time, False)
        )
        if self._extended or hours.is_open(data.time, False) or spans_session:
            self._inner.update(data)

    def scan(self, current_local_time: datetime) -> None:
        self._inner.scan(current_local_time)

    def _is_idle(self) -> bool:
        return self._inner._is_idle() and type(self).scan is MarketHourAwareConsolidator.scan

    def reset(self) -> None:
        self._hours, self._strict = None, False
        self._inner.reset()
        super().reset()

    # ---- inside

    def _periods(self) -> Any:
        if self.period >= ONE_DAY:
            return self._daily
        return self.period if self.period in SPANS.values() else self._from_the_open

    def _hours_for(self, symbol: Symbol) -> Hours:
        """The exchange of the first data decides."""
        if self._hours is None:
            self._hours = hours_of(symbol)
            of_oanda = symbol.security_type is SecurityType.CFD and symbol.id.market == Market.OANDA
            never = self._hours.is_market_always_open or symbol.security_type in _NEVER_STRICT or of_oanda
            self._strict = self._strict_wanted and not never
        return self._hours

    def _daily(self, time: datetime) -> CalendarInfo:
        if not self._strict or self._hours is None or self.period > ONE_DAY:
            return CalendarInfo(time if self.period > ONE_DAY else round_down(time, self.period), self.period)
        start = self._hours.get_first_daily_market_open(time, self._extended)
        return CalendarInfo(start, self._hours.get_last_daily_market_close(start, self._extended) - start)

    def _from_the_open(self, time: datetime) -> CalendarInfo:
        hours, period = self._hours, self.period
        if hours is None or hours.is_market_always_open:
            return CalendarInfo(round_down(time, period), period)
        # the open itself belongs to its session
        inside = hours.is_open(time, self._extended)
        opened = hours.get_previous_market_open(time + _MICROSECOND if inside else time, self._extended)
        start = opened + (time - opened) // period * period
        end = min(start + period, hours.get_next_market_close(opened, self._extended))
        return CalendarInfo(start, end - start)


def _inner_kind(data_type: type, tick_type: TickType) -> type[PeriodConsolidator]:
    """The consolidator of periods that makes the bars."""
    if data_type is Tick:
        return TickConsolidator if tick_type == TickType.TRADE else TickQuoteBarConsolidator
    if data_type is TradeBar:
        return TradeBarConsolidator
    if data_type is QuoteBar:
        return QuoteBarConsolidator
    raise ArgumentNullException(f"{data_type.__name__} not supported (Parameter 'dataType')")
