"""``self.universe``: universes LEAN makes for an algorithm; here those of the holdings of a fund."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leansim.api.bars import BaseData
from leansim.api.enums import SecurityType
from leansim.api.identifiers import SecurityIdentifier
from leansim.api.naming import ClrObject
from leansim.api.selection_models import UNCHANGED, Universe
from leansim.api.settings import UniverseSettings
from leansim.api.symbols import Market, Symbol
from leansim.api.time_zones import to_ns
from leansim.errors import DataError
from leansim.feed.delistings import end_of_trading
from leansim.feed.selecting import after_each_trading_day, universe_symbol

if TYPE_CHECKING:
    from leansim.api.workings import Workings

_ONE_DAY: Final = timedelta(days=1)
_FIELDS: Final = 6


class ETFConstituentUniverse(BaseData):
    """A holding of a fund on a day: symbol, and what is known of weight, shares, value and when it was last changed."""

    __slots__ = ("last_update", "market_value", "shares_held", "weight")

    def __init__(self) -> None:
        super().__init__()
        self.weight: float | None = None
        self.shares_held: float | None = None
        self.market_value: float | None = None
        self.last_update: datetime | None = None


class UniverseDefinitions(ClrObject):
    """What ``self.universe`` offers."""

    def __init__(self, workings: Workings) -> None:
        self._workings = workings
        self._count = 0

    def etf(self, symbol: Any, *arguments: Any, **named: Any) -> Universe:
        """``(fund or its ticker[, market][, universe settings][, filter])``: its holdings, or those a filter names."""
        parts = [*arguments, *named.values()]
        market = next((part for part in parts if isinstance(part, str)), Market.USA)
        settings = next((part for part in parts if isinstance(part, UniverseSettings)), None)
        chosen = next((part for part in parts if callable(part)), None)
        fund = symbol if isinstance(symbol, Symbol) else Symbol.create(symbol, SecurityType.EQUITY, market)
        return self._holdings(fund, settings, chosen)

    def _holdings(
        self, fund: Symbol, settings: UniverseSettings | None, chosen: Callable[[Any], Any] | None
    ) -> Universe:
        workings = self._workings
        hours = workings.exchange_hours(fund)

        def day_before(ns: int) -> date:
            local = hours.time_zone.to_local(ns)
            return hours.get_previous_trading_day(datetime(local.year, local.month, local.day)).date()

        last = end_of_trading(fund, workings.data.map_files)
        gone_ns = hours.time_zone.to_utc_ns(to_ns(last + _ONE_DAY)) if last is not None else sys.maxsize

        def triggers(start_ns: int, end_ns: int) -> Iterable[int]:
            for ns in after_each_trading_day(hours)(start_ns, min(end_ns, gone_ns - 1)):
                if self._path(fund, day_before(ns)) is not None:
                    yield ns
            if start_ns <= gone_ns <= end_ns:
                yield gone_ns

        def choose(ns: int) -> tuple[Iterable[Symbol] | None, int]:
            if ns >= gone_ns:  # the notice of its end is the universe's own end: it lets go of all it had chosen
                return [], 0
            held = self._read(fund, day_before(ns))
            found = [each.symbol for each in held] if chosen is None else chosen(held)
            return (None if found is UNCHANGED else list(found)), len(held)

        self._count += 1
        name = universe_symbol(f"etf-constituents-{self._count:010}", (fund.security_type, fund.id.market))
        return Universe(workings.algorithm._leansim_selector(name, triggers, choose, settings))

    def _path(self, fund: Symbol, day: date) -> Path | None:
        """The file of a day, which is named by the fund's ticker of then."""
        data = self._workings.data
        ticker = data.named_on(fund, day).value.lower()
        return data.path(f"equity/{fund.id.market}/universes/etf/{ticker}/{day:%Y%m%d}.csv")

    def _read(self, fund: Symbol, day: date) -> list[ETFConstituentUniverse]:
        path = self._path(fund, day)
        lines = [] if path is None else path.read_text(encoding="utf-8").splitlines()
        return [_holding(line, day, str(path)) for line in lines if line.strip()]


def _holding(line: str, day: date, path: str) -> ETFConstituentUniverse:
    """A line: ticker, identifier, date of the last change, weight, shares, value; the last four may be empty."""
    cells = line.split(",")
    try:
        if len(cells) < _FIELDS:
            raise ValueError("too few fields")
        made = ETFConstituentUniverse()
        made.symbol = Symbol(SecurityIdentifier.parse(cells[1]), cells[0])
        made.time = datetime(day.year, day.month, day.day)
        made.end_time = made.time + _ONE_DAY
        made.last_update = datetime.fromisoformat(cells[2]) if cells[2] else None
        made.weight, made.shares_held, made.market_value = (float(cell) if cell else None for cell in cells[3:6])
    except ValueError as error:
        raise DataError(f"{path}: the line {line!r} is not in LEAN's format of a fund's holdings: {error}") from error
    return made
