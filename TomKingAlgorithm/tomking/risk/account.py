"""The account as the validators see it: one immutable value a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tomking.events import TradingState
from tomking.market.contract import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What one open position, or one opening group still working, counts for.

    Attributes:
        position_id: whose.
        strategy: name of the strategy.
        underlying: root of the underlying.
        requirement: buying power it ties up, in account currency.
        expiry: its earliest open expiry; None when it holds nothing that expires.
        is_short_volatility: it loses when volatility rises.
        profit: unrealised and realised profit so far; None when it cannot be marked or is not open yet.
        is_protective: it only gains in a fall.
        is_working: an opening group that has not finished: it counts as if it were filled.
        holding: signed quantities held, or wanted while it is being built.
    """

    position_id: str
    strategy: str
    underlying: str
    requirement: Decimal
    expiry: date | None
    is_short_volatility: bool
    profit: Decimal | None = None
    is_protective: bool = False
    is_working: bool = False
    holding: Mapping[Contract, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """The end of a position, for the breakers that count losses."""

    strategy: str
    at: datetime
    profit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """Equity at the start of the present day, week and month, moved along with deposits; None: not known yet."""

    day: Decimal | None = None
    week: Decimal | None = None
    month: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Money, stage and exposure at one instant; amounts in account currency.

    Attributes:
        equity: net liquidating value.
        cash: the broker's cash.
        buying_power: what the broker still allows to be tied up.
        high_water_mark: highest equity so far, moved along with deposits and withdrawals.
        phase: account-size stage, 0 to 4.
        trading_state: the desk's permission to trade.
        exposures: open positions and opening groups.
        trading_code: stable code of why the desk may, or may not, trade.
        periods: where day, week and month began.
        day_high: highest equity seen today; None: not watched.
        opened_today: trades begun today, those at work included.
        closed: lately closed trades, oldest first.
        volatilities: by underlying, the desk's own marks of implied volatility at the money, oldest first.
    """

    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    high_water_mark: Decimal
    phase: int
    trading_state: TradingState
    exposures: tuple[Exposure, ...] = ()
    trading_code: str = ""
    periods: Periods = Periods()
    day_high: Decimal | None = None
    opened_today: int = 0
    closed: tuple[ClosedTrade, ...] = ()
    volatilities: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)

    @property
    def drawdown_fraction(self) -> Decimal:
        """Fall from the high-water mark, 0 at or above it, at most 1."""
        if self.high_water_mark <= 0 or self.equity >= self.high_water_mark:
            return Decimal(0)
        return min(Decimal(1), 1 - self.equity / self.high_water_mark)

    @property
    def requirement(self) -> Decimal:
        """Buying power tied up by everything open and working."""
        return total(self.exposures)

    def of_strategy(self, strategy: str) -> tuple[Exposure, ...]:
        """What one strategy holds."""
        return tuple(exposure for exposure in self.exposures if exposure.strategy == strategy)

    def of_underlyings(self, underlyings: Iterable[str]) -> tuple[Exposure, ...]:
        """What is held on any of the underlyings."""
        wanted = frozenset(underlyings)
        return tuple(exposure for exposure in self.exposures if exposure.underlying in wanted)

    def counted_on(self, underlyings: Iterable[str]) -> int:
        """Positions on any of the underlyings that count against limits of positions: protection does not."""
        return sum(not exposure.is_protective for exposure in self.of_underlyings(underlyings))


def total(exposures: Iterable[Exposure]) -> Decimal:
    """Summed buying power of the exposures."""
    return sum((exposure.requirement for exposure in exposures), Decimal(0))
