"""What the desk may ask of the market; adapters answer it from LEAN's slices or a broker's stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Protocol

from tomking.market.chain import Chain
from tomking.market.contract import Contract
from tomking.market.daily import DailyBar
from tomking.market.quote import Quote


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day of an underlying, in New York time.

    Attributes:
        day: the session's date.
        opens: first instant of the regular session, naive New York time.
        closes: last instant, naive New York time; 13:00 on half days.
    """

    day: date
    opens: time
    closes: time


class MarketView(Protocol):
    """The market at the instant of the present step. Nothing here invents a value: what is missing is None."""

    @property
    def revision(self) -> int:
        """A number that changes whenever an answer below may have, other than by the passing of a minute."""
        ...

    def spot(self, underlying: str, delivery: date | None = None) -> Decimal | None:
        """Last price of an underlying; None before its first price of the session.

        Args:
            underlying: its root.
            delivery: of a future: expiry of the one meant, which an option delivers; None: the nearest.
        """
        ...

    def session_open(self, underlying: str) -> Decimal | None:
        """Opening price of the present session; None before it."""
        ...

    def chain(self, underlying: str) -> Chain | None:
        """The quoted options on `underlying` at this instant; None when the feed has none."""
        ...

    def quote(self, contract: Contract) -> Quote | None:
        """The latest quote of one contract, whatever its age; None when it never had one."""
        ...

    def vix(self) -> Decimal | None:
        """The VIX index; None when it is not subscribed or has no value, never a default."""
        ...

    def vix_open(self) -> Decimal | None:
        """The VIX at the present session's open (or the last close before it, when intraday values are missing)."""
        ...

    def daily(self, underlying: str) -> Sequence[DailyBar]:
        """Completed sessions of an underlying, oldest first, as many as the feed has; empty when it has none."""
        ...

    def iv_rank(self, underlying: str) -> Decimal | None:
        """Where the implied volatility of an underlying stands in its last year: 0 the lowest, 1 the highest.

        None when the feed has no index of it; then the desk's own marks of `at_the_money_volatility` tell.
        """
        ...

    def at_the_money_volatility(self, underlying: str, days: int) -> Decimal | None:
        """Implied volatility at the money, a fraction a year, of the quoted expiry nearest to `days` calendar days out.

        None when nothing usable is quoted there.
        """
        ...

    def session(self, underlying: str, day: date) -> Session | None:
        """The regular session of `day`; None when the market is closed that day."""
        ...

    def is_open(self, underlying: str, now: datetime) -> bool:
        """True while the regular session of the underlying's options is open."""
        ...

    def rate(self) -> float:
        """The risk-free rate for own greeks, as a fraction a year."""
        ...
