"""What symbols need to know from a data folder: renamed tickers, holidays, where a future trades.

LEAN reads these from one folder given to the process. Here the loop says once which folder it is; without one no
ticker is known to have been renamed, and questions about exchange hours raise.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from leansim.api.enums import SecurityType
from leansim.api.net import InvalidOperationException
from leansim.api.time_zones import CachedDateTimeZone

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol


class Hours(Protocol):
    """The exchange hours a symbol rule asks."""

    time_zone: CachedDateTimeZone
    _holiday_dates: frozenset[date]
    _bank_holiday_dates: frozenset[date]

    def is_date_open(self, day: date, extended: bool = False, /) -> bool:
        """Whether there is a session."""
        ...

    def get_previous_trading_day(self, day: datetime, /) -> datetime:
        """The last day with a session before ``day``."""
        ...

    def get_last_daily_market_close(self, day: datetime, extended: bool, /) -> datetime:
        """The end of the last session of the day."""
        ...

    def get_next_market_open(self, moment: datetime, extended: bool, /) -> datetime:
        """The next start of a session."""
        ...

    @property
    def is_market_always_open(self) -> bool:
        """Whether it never closes."""
        ...

    def is_open(self, moment: datetime, second: Any, extended: bool = False, /) -> bool:
        """Open at a moment: ``(moment, extended)``; or within a span: ``(start, end, extended)``."""
        ...

    def get_first_daily_market_open(self, day: datetime, extended: bool, /) -> datetime:
        """The start of the first session of the day."""
        ...

    def get_previous_market_open(self, moment: datetime, extended: bool, /) -> datetime:
        """The last start of a session before."""
        ...

    def get_next_market_close(self, moment: datetime, extended: bool, /) -> datetime:
        """The next end of a session."""
        ...


class Definition(Protocol):
    """The industry's identifiers of a security; ``None`` for one it does not have."""

    @property
    def cusip(self) -> str | None: ...
    @property
    def composite_figi(self) -> str | None: ...
    @property
    def sedol(self) -> str | None: ...
    @property
    def isin(self) -> str | None: ...
    @property
    def cik(self) -> int | None: ...


class Rates(Protocol):
    """The risk-free rate."""

    def rate(self, day: date, /) -> Decimal:
        """The rate of a day, as a fraction of one."""
        ...


class ReferenceData(Protocol):
    """The data folder as symbols see it."""

    @property
    def interest_rates(self) -> Rates:
        """The risk-free rate."""
        ...

    @property
    def factor_files(self) -> Any:
        """Splits and dividends of equities."""
        ...

    def first_ticker(self, ticker: str, market: str) -> tuple[str, datetime] | None:
        """The ticker an equity was first listed under and since when; None when no map file tells."""
        ...

    def hours(self, market: str, ticker: str | None, security_type: SecurityType) -> Hours:
        """Exchange hours; raises when the database has no entry."""
        ...

    def market_of(self, ticker: str, security_type: SecurityType) -> str | None:
        """The market whose symbol properties list the ticker."""
        ...

    def definition_of(self, identity: str) -> Definition | None:
        """The industry's identifiers of a security."""
        ...

    def path(self, relative: str) -> Path | None:
        """A file of the folder; ``None`` when there is none."""
        ...

    def price_step(self, symbol: Symbol) -> Decimal:
        """The smallest change of a symbol's price."""
        ...


_current: ReferenceData | None = None


def use_reference_data(reference: ReferenceData | None) -> None:
    """Say which data folder symbols are resolved with, for the whole process; None forgets it."""
    global _current
    _current = reference


def reference_data() -> ReferenceData | None:
    """The data folder in use."""
    return _current


def required_reference_data() -> ReferenceData:
    """The data folder in use; InvalidOperationException when none is."""
    if _current is None:
        raise InvalidOperationException("no data folder is in use: exchange hours and holidays are unknown")
    return _current
