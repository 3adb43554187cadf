"""The market hours database: which hours a product keeps, and the clock its data files are written by."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from leansim.api.enums import DayOfWeek, MarketHoursState, SecurityType
from leansim.api.naming import pascal
from leansim.api.net import ArgumentException
from leansim.api.option_symbols import database_ticker, index_of_root
from leansim.api.symbols import OPTION_TYPES, Symbol, future_root_of_option, underlying_type_of
from leansim.api.time_zones import NS_PER_DAY, NS_PER_SECOND, zone
from leansim.errors import DataError
from leansim.lean_data.exchange_hours import ExchangeHours, LocalMarketHours, Segment

ANY: Final = "[*]"
"""Stands for every ticker of a market."""

_TIME: Final = re.compile(r"(?:(\d+)[.:])?(\d{1,2}):(\d{1,2}):(\d{1,2})")
_STATES: Final = {
    "premarket": MarketHoursState.PRE_MARKET,
    "market": MarketHoursState.MARKET,
    "postmarket": MarketHoursState.POST_MARKET,
    "closed": MarketHoursState.CLOSED,
}


class _Key(NamedTuple):
    kind: str
    market: str
    ticker: str


class MarketHoursDatabase:
    """LEAN's ``market-hours-database.json``; entries are made when asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made: dict[_Key, ExchangeHours] = {}

    @cached_property
    def _raw(self) -> dict[_Key, dict[str, Any]]:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            entries = document["entries"]
        except (OSError, ValueError, KeyError) as error:
            raise DataError(
                f"{self._path} cannot be read as LEAN's market hours database ({error}). "
                "Point the data folder at one made by `lean init`, or copy its market-hours folder."
            ) from error
        raw = {}
        for text, entry in entries.items():
            kind, market, ticker = text.split("-", 2)
            raw[_Key(kind.lower(), market.lower(), ticker.upper())] = entry
        return raw

    def entry(self, market: str, ticker: str | None, security_type: SecurityType) -> ExchangeHours:
        """The hours of a product; of a futures option without its own entry, its future's.

        Raises:
            ArgumentException: the database has no entry for it, as LEAN raises it.

        """
        found = self.try_entry(market, ticker, security_type)
        if found is None:
            raise ArgumentException(
                f"Unable to locate exchange hours for {pascal(str(security_type))}-{market}-{ticker or ANY}"
            )
        return found

    def entry_of(self, symbol: Symbol) -> ExchangeHours:
        """:meth:`entry` of a symbol."""
        return self.entry(symbol.id.market, database_ticker(symbol), symbol.security_type)

    def try_entry(self, market: str, ticker: str | None, security_type: SecurityType) -> ExchangeHours | None:
        """As :meth:`entry`, None when there is none."""
        kind, ticker = _kind(security_type), (ticker or ANY).upper()
        for key in (_Key(kind, market.lower(), ticker), _Key(kind, market.lower(), ANY)):
            if key in self._raw:
                return self._entry(key)
        if security_type == SecurityType.FUTURE_OPTION:
            return self.try_entry(market, future_root_of_option(ticker), SecurityType.FUTURE)
        return None

    def set_entry(self, market: str, ticker: str, security_type: SecurityType, hours: ExchangeHours) -> None:
        """Use these hours for a product."""
        key = _Key(_kind(security_type), market.lower(), ticker.upper())
        self._raw[key] = {}
        self._made[key] = hours

    def _entry(self, key: _Key) -> ExchangeHours:
        made = self._made.get(key)
        if made is None:
            try:
                made = self._made[key] = self._make(key)
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                raise DataError(f"{self._path}: the entry {'-'.join(key)} is not in LEAN's format: {error}") from error
        return made

    def _make(self, key: _Key) -> ExchangeHours:
        raw = self._raw[key]
        week = {}
        for day in DayOfWeek:
            parts = raw.get(str(day).lower()) or []
            week[day] = LocalMarketHours(
                day, [Segment(_time(p["start"]), _time(p["end"]), _STATES[p["state"].lower()]) for p in parts]
            )
        holidays = {_date(text) for text in raw.get("holidays") or ()}
        bank_holidays = {_date(text) for text in raw.get("bankHolidays") or ()}
        early = {_date(day): _time(at) for day, at in (raw.get("earlyCloses") or {}).items()}
        late = {_date(day): _time(at) for day, at in (raw.get("lateOpens") or {}).items()}
        under = self._underlying(key)
        if under is not None:
            # an option without days of its own has its underlying's
            holidays = holidays or set(under._holiday_dates)
            bank_holidays = bank_holidays or set(under._bank_holiday_dates)
            early = early or under._early_close_times
            late = late or under._late_open_times
        whole_market = _Key(key.kind, key.market, ANY)
        if key.ticker != ANY and whole_market in self._raw:
            common = self._entry(whole_market)
            holidays |= common._holiday_dates
            bank_holidays |= common._bank_holiday_dates
            early = {**common._early_close_times, **early}
            late = {**common._late_open_times, **late}
        data_zone = zone(raw["dataTimeZone"])
        return ExchangeHours(zone(raw["exchangeTimeZone"]), holidays, week, early, late, bank_holidays, data_zone)

    def _underlying(self, key: _Key) -> ExchangeHours | None:
        option = next((kind for kind in OPTION_TYPES if _kind(kind) == key.kind), None)
        if option is None:
            return None
        ticker = key.ticker
        if option == SecurityType.FUTURE_OPTION:
            ticker = future_root_of_option(ticker)
        elif option == SecurityType.INDEX_OPTION:
            ticker = index_of_root(ticker)
        kind = _kind(underlying_type_of(option))
        for under in (_Key(kind, key.market, ticker), _Key(kind, key.market, ANY)):
            if under in self._raw:
                return self._entry(under)
        return None


@cache
def _kind(security_type: SecurityType) -> str:
    return str(security_type).replace("_", "").lower()


def _date(text: str) -> date:
    month, day, year = text.split("/")
    return datetime(int(year), int(month), int(day)).date()


def _time(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time of day")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return days * NS_PER_DAY + (hours * 3600 + minutes * 60 + seconds) * NS_PER_SECOND
