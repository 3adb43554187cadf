"""What happened to companies and contracts in the past, as a history request gives it: one list an event type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from leansim.api.bars import BaseData, Delisting, Dividend, MarginInterestRate, Split, SymbolChangedEvent
from leansim.api.enums import DataMappingMode, DelistingType, SecurityType
from leansim.api.symbols import Symbol
from leansim.api.time_zones import from_ns, to_ns
from leansim.errors import DataError
from leansim.feed.corporate_actions import payouts
from leansim.feed.delistings import end_of_trading
from leansim.feed.renamings import symbol_changes

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import SecurityExchangeHours
    from leansim.lean_data.folder import DataFolder


@dataclass(frozen=True)
class EventRequest:
    """Events of a symbol from ``start_ns`` to ``end_ns``, both inclusive; a future's mapping mode."""

    symbol: Symbol
    start_ns: int
    end_ns: int
    mapping_mode: DataMappingMode = DataMappingMode.OPEN_INTEREST


def past_events(folder: DataFolder, kind: type[BaseData], request: EventRequest) -> list[BaseData]:
    """The events of a type in time order; the type is one of :data:`EVENT_TYPES`."""
    return EVENT_TYPES[kind](folder, request)


def _hours(folder: DataFolder, request: EventRequest) -> SecurityExchangeHours:
    return folder.market_hours.entry_of(request.symbol)


def _actions(folder: DataFolder, request: EventRequest) -> list[Split | Dividend]:
    if request.symbol.security_type is not SecurityType.EQUITY:
        return []
    hours = _hours(folder, request)
    return payouts(request.symbol, folder.factor_files.of(request.symbol), hours, request.start_ns, request.end_ns)


def _dividends(folder: DataFolder, request: EventRequest) -> list[BaseData]:
    return [event for event in _actions(folder, request) if isinstance(event, Dividend)]


def _splits(folder: DataFolder, request: EventRequest) -> list[BaseData]:
    return [event for event in _actions(folder, request) if isinstance(event, Split)]


def _delistings(folder: DataFolder, request: EventRequest) -> list[BaseData]:
    """A warning on the last day, and the end once a later trading day has begun."""
    symbol, hours = request.symbol, _hours(folder, request)
    last = end_of_trading(symbol, folder.map_files)
    if last is None:
        return []
    midnight = datetime(last.year, last.month, last.day)
    notices = (
        (midnight, Delisting(symbol, midnight, 0.0, DelistingType.WARNING)),
        (
            hours.get_next_trading_day(midnight),
            Delisting(symbol, last + timedelta(days=1), 0.0, DelistingType.DELISTED),
        ),
    )
    return [event for due, event in notices if _is_within(request, hours, due)]


def _symbol_changes(folder: DataFolder, request: EventRequest) -> list[BaseData]:
    symbol, hours = request.symbol, _hours(folder, request)
    files = folder.map_files.of(symbol)
    return [*symbol_changes(symbol, files, hours, request.start_ns, request.end_ns, request.mapping_mode)]


def _margin_interest(folder: DataFolder, request: EventRequest) -> list[BaseData]:
    """The rates of a perpetual future, from its file; their times are UTC."""
    symbol = request.symbol
    kind = str(symbol.security_type).replace("_", "").lower()
    path = folder.path(f"{kind}/{symbol.id.market}/margin_interest/{symbol.id.symbol.lower()}.csv")
    if path is None:
        return []
    zone = _hours(folder, request).time_zone
    found: list[BaseData] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            stamp, rate = line.split(",")[:2]
            ns = to_ns(datetime.fromisoformat(stamp))
            value = float(rate)
        except ValueError as error:
            raise DataError(f"{path}: the line {line!r} is not in LEAN's margin interest format") from error
        if request.start_ns <= ns <= request.end_ns:
            found.append(MarginInterestRate(symbol, from_ns(zone.to_local_ns(ns)), value))
    return found


def _is_within(request: EventRequest, hours: SecurityExchangeHours, moment: datetime) -> bool:
    return request.start_ns <= hours.time_zone.to_utc_ns(to_ns(moment)) <= request.end_ns


EVENT_TYPES: Final[dict[type[BaseData], Callable[[DataFolder, EventRequest], list[BaseData]]]] = {
    Dividend: _dividends,
    Split: _splits,
    Delisting: _delistings,
    SymbolChangedEvent: _symbol_changes,
    MarginInterestRate: _margin_interest,
}
"""What is no price but has a history."""
