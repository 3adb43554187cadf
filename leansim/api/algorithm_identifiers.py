"""``self.cusip(symbol)`` and back: a security's industry identifiers, and the security of one."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from leansim.api.identifiers import SecurityIdentifier
from leansim.api.net import ArgumentException
from leansim.api.symbols import Symbol

if TYPE_CHECKING:
    from leansim.api.workings import Workings


class IdentifierMethods:
    """Mixin of ``QCAlgorithm``: given a text each method looks for the symbol, given a symbol for its identifier.

    ``trading_date`` says on which day the symbol is to have its ticker; it may not lie in the future.
    """

    _leansim: Workings

    def cusip(self, symbol: Any = None, trading_date: datetime | None = None, **named: Any) -> Any:
        """The CUSIP of a symbol, or the symbol of a CUSIP."""
        return self._leansim_identifier("cusip", symbol, trading_date, named)

    def composite_figi(self, symbol: Any = None, trading_date: datetime | None = None, **named: Any) -> Any:
        """The composite FIGI of a symbol, or the symbol of one."""
        return self._leansim_identifier("composite_figi", symbol, trading_date, named)

    def sedol(self, symbol: Any = None, trading_date: datetime | None = None, **named: Any) -> Any:
        """The SEDOL of a symbol, or the symbol of one."""
        return self._leansim_identifier("sedol", symbol, trading_date, named)

    def isin(self, symbol: Any = None, trading_date: datetime | None = None, **named: Any) -> Any:
        """The ISIN of a symbol, or the symbol of one."""
        return self._leansim_identifier("isin", symbol, trading_date, named)

    def cik(self, symbol: Any = None, trading_date: datetime | None = None, **named: Any) -> Any:
        """The SEC's number of a symbol's company, or the company's symbols."""
        given = named.pop("cik", symbol)
        if isinstance(given, int):
            day = self._leansim_trading_date(trading_date)
            return [found for found in self._leansim_symbols("cik", given, day) if found is not None]
        return self._leansim_identifier("cik", given, trading_date, named)

    def _leansim_identifier(self, kind: str, what: Any, trading_date: datetime | None, named: dict[str, Any]) -> Any:
        what = named.pop(kind, what)
        if named:
            raise TypeError(f"No method matches given arguments for {kind}")
        if isinstance(what, str) and kind != "cik":
            day = self._leansim_trading_date(trading_date)
            return next(iter(self._leansim_symbols(kind, what, day)), None) if what.strip() else None
        return getattr(self._leansim.symbol_of(what), kind)

    def _leansim_trading_date(self, given: datetime | None) -> date:
        now = self._leansim.clock.local(self._leansim.time_zone).date()
        day = now if given is None else datetime(given.year, given.month, given.day).date()
        if day > now:
            raise ArgumentException(
                f'The trading date provided: "{day}" is after the current algorithm\'s trading date: "{now}"'
            )
        return day

    def _leansim_symbols(self, kind: str, value: str | int, day: date) -> list[Symbol | None]:
        """The symbols of the definitions with an identifier; ``None`` for one without a map file."""
        data = self._leansim.data
        wanted = value.upper() if isinstance(value, str) else value
        found: list[Symbol | None] = []
        for definition in data.security_definitions:
            own = getattr(definition, kind)
            if own is None or (own.upper() if isinstance(own, str) else own) != wanted:
                continue
            symbol = Symbol._of(SecurityIdentifier.parse(definition.security), "")
            mapped = data.map_files.of(symbol)
            ticker = mapped.ticker_on(day) or (mapped.rows[-1].ticker if mapped.rows else "")
            found.append(Symbol._of(symbol.id, ticker) if ticker else None)
        return found
