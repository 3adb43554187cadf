"""How far back a number of bars reaches, and where a warm-up begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leansim.api.enums import Resolution, SecurityType
from leansim.api.time_zones import from_ns, to_ns
from leansim.errors import NotEmulated
from leansim.feed.consolidators import ONE_DAY, SPANS, round_down
from leansim.feed.subscriptions import has_precise_days

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol
    from leansim.api.workings import Workings
    from leansim.lean_data.exchange_hours import ExchangeHours


def start_of_bars(
    hours: ExchangeHours, end: datetime, bar_size: timedelta, count: int, extended: bool, precise_daily: bool
) -> datetime:
    """The local time at which the first of ``count`` bars up to ``end`` begins; bars of closed hours do not count."""
    current = end
    rounds = not precise_daily or bar_size != ONE_DAY
    if not rounds:
        midnight = datetime(end.year, end.month, end.day)
        # Today's bar is not there before the close.
        rounds = not hours.is_date_open(end) or hours.get_next_market_close(midnight, extended) > end
    if rounds:
        current = rounded_down(end, bar_size, hours)
    found = 0
    while found < count:
        previous, current = current, current - bar_size
        if hours.is_open(current, previous, extended):
            found += 1
    return current


def start_ns_of_bars(
    workings: Workings, symbol: Symbol, count: int, resolution: Resolution, extended: bool | None = None
) -> int:
    """The instant at which the first of the last ``count`` bars of a symbol begins; of a chain, its universe files."""
    hours = workings.exchange_hours(symbol)
    with_extended = False
    is_chain = symbol.is_canonical() and symbol.security_type is not SecurityType.FUTURE
    if resolution < Resolution.HOUR and not is_chain:
        feed = workings.feed
        own = feed.is_subscribed(symbol) and feed.request_of(symbol).extended_market_hours
        with_extended = own if extended is None else extended
    end = hours.time_zone.to_local(workings.clock.ns)
    span = SPANS[resolution]
    precise = workings.settings.daily_precise_end_time and has_precise_days(symbol, hours) and not is_chain
    return hours.time_zone.to_utc_ns(to_ns(start_of_bars(hours, end, span, count, with_extended, precise)))


def warm_up_start(workings: Workings) -> int | None:
    """The instant the warm-up begins, ``None`` when there is none. The clock is at the run's start."""
    wanted = workings.warm_up
    if wanted is None:
        return None
    zone, start = workings.time_zone, workings.start_date
    resolution = workings.settings.warmup_resolution
    known = [s for s in workings.securities._every_symbol() if workings.feed.is_subscribed(s)]
    if resolution == Resolution.TICK:
        raise NotEmulated("QCAlgorithm.set_warm_up with ticks")
    if isinstance(wanted, timedelta):
        return zone.to_utc_ns(to_ns(start - wanted))
    starts = [start_ns_of_bars(workings, symbol, wanted, resolution or _own(workings, symbol)) for symbol in known]
    if starts:
        return min(starts)
    return zone.to_utc_ns(to_ns(start - wanted * SPANS[resolution or workings.universe_settings.resolution]))


def _own(workings: Workings, symbol: Symbol) -> Resolution:
    """The resolution a symbol is subscribed with; a chain of options has a file a day, whatever its contracts have."""
    if symbol.is_canonical() and symbol.security_type is not SecurityType.FUTURE:
        return Resolution.DAILY
    return workings.feed.request_of(symbol).resolution


def rounded_down(time: datetime, span: timedelta, hours: ExchangeHours) -> datetime:
    """A time of the exchange's clock, rounded down on the clock the data are kept by."""
    if hours._data_time_zone == hours.time_zone:
        return round_down(time, span)
    instant = hours.time_zone.to_utc_ns(to_ns(time))
    rounded = round_down(hours._data_time_zone.to_local(instant), span)
    return from_ns(hours.time_zone.to_local_ns(hours._data_time_zone.to_utc_ns(to_ns(rounded))))
