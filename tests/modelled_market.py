"""A market of several underlyings for scenario tests: a price and a volatility each, all else by Black's formula.

The test moves prices, volatilities and the clock; chains and quotes follow. Nothing is random.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
from tomking.market.calendar import is_third_friday, session_date, settles_at, to_new_york
from tomking.market.chain import Chain
from tomking.market.contract import Contract, Right, Style, future, option, shares
from tomking.market.daily import DailyBar
from tomking.market.greeks import black_price, carry, years_between
from tomking.market.quote import Quote
from tomking.market.universe import PRODUCTS, UnderlyingKind
from tomking.market.view import Session

RATE = 0.02


@dataclass
class Underlying:
    """One product of the market.

    Attributes:
        root: as in `PRODUCTS`.
        price: of the underlying.
        volatility: at the money.
        skew: points of volatility a put one deviation out of the money has more, as a fraction.
        step: distance of the listed strikes.
        multiplier: of the options.
        half_spread: half of every option's spread, as a fraction of its price, but never less than a cent.
    """

    root: str
    price: float
    volatility: float = 0.16
    skew: float = 0.10
    step: float = 1.0
    multiplier: int = 100
    half_spread: float = 0.02

    @property
    def is_future(self) -> bool:
        return PRODUCTS[self.root].kind is UnderlyingKind.FUTURE

    def contract(self, strike: float, right: Right, expiry: date) -> Contract:
        product = PRODUCTS[self.root]
        is_index = product.kind is UnderlyingKind.INDEX
        return option(
            self.root,
            expiry,
            Decimal(str(strike)),
            right,
            root=product.root,
            style=Style.EUROPEAN if is_index else Style.AMERICAN,
            multiplier=self.multiplier,
            delivery=_quarterly(expiry) if self.is_future else None,
        )

    def delivered(self, contract: Contract) -> Contract:
        """What an assignment leaves behind."""
        if contract.delivery is not None:
            return future(self.root, contract.delivery, self.multiplier)
        return shares(self.root)

    def worths(self, contracts: Sequence[Contract], now: datetime) -> list[float]:
        """What each option is worth, to the cent."""
        strike = np.array([float(contract.strike or 0) for contract in contracts])
        ends = {expiry: years_between(now, settles_at(one)) for one in contracts for expiry in [one.expiry]}
        years = np.array([ends[contract.expiry] for contract in contracts])
        is_call = np.array([contract.right is Right.CALL for contract in contracts])
        forward = np.full(strike.shape, self.price) if self.is_future else self.price * carry(years, RATE)
        deviations = np.log(forward / strike) / (self.volatility * np.sqrt(np.maximum(years, 1 / 365)))
        volatility = np.maximum(0.03, self.volatility * (1 + self.skew * np.clip(deviations, -2.0, 4.0)))
        return [float(each) for each in np.round(black_price(forward, strike, years, volatility, RATE, is_call), 2)]


@dataclass
class ModelledMarket:
    """A `MarketView`; `now` is the test's."""

    underlyings: dict[str, Underlying]
    now: datetime
    the_vix: Decimal | None = Decimal(16)
    windows: tuple[tuple[int, int], ...] = ((0, 14),)
    closes: time = time(16)
    days: dict[str, list[DailyBar]] = field(default_factory=dict)
    ranks: dict[str, Decimal] = field(default_factory=dict)
    holidays: set[date] = field(default_factory=set)
    unquoted: set[Contract] = field(default_factory=set)
    opened: dict[str, Decimal] = field(default_factory=dict)
    revision: int = 0
    _quotes: dict[Contract, Quote] = field(default_factory=dict)
    _chains: dict[str, Chain] = field(default_factory=dict)
    _sight: object = None

    def set(self, now: datetime) -> None:
        """Another moment: everything is quoted anew."""
        if session_date(now) != session_date(self.now):
            self.opened = {root: Decimal(str(one.price)) for root, one in self.underlyings.items()}
        look = [(one.price, one.volatility) for one in self.underlyings.values()]
        sight = (now.replace(second=0), look, self.windows)
        if sight != self._sight:  # within a minute nothing is quoted anew
            self._sight = sight
            self._quotes.clear()
            self._chains.clear()
        self.now = now
        self.revision += 1

    @property
    def quotes(self) -> Mapping[Contract, Quote]:
        return _Lazy(self)

    def spot(self, underlying: str, delivery: date | None = None) -> Decimal | None:
        one = self.underlyings.get(underlying)
        return None if one is None else Decimal(str(round(one.price, 2)))

    def session_open(self, underlying: str) -> Decimal | None:
        return self.opened.get(underlying)

    def chain(self, underlying: str) -> Chain | None:
        one, spot = self.underlyings.get(underlying), self.spot(underlying)
        if one is None or spot is None:
            return None
        if underlying not in self._chains:
            contracts = [
                one.contract(strike, right, expiry)
                for expiry in self.expiries()
                for strike in self._strikes(one)
                for right in Right
            ]
            for contract, mid in zip(contracts, one.worths(contracts, self.now), strict=True):
                self._quotes[contract] = self._around(one, mid)
            quotes = {contract: self._quotes[contract] for contract in contracts if contract not in self.unquoted}
            self._chains[underlying] = Chain(underlying, spot, self.now, quotes)
        return self._chains[underlying]

    def quote(self, contract: Contract) -> Quote | None:
        one = self.underlyings.get(contract.underlying)
        if one is None or contract in self.unquoted:
            return None
        if not contract.is_option:
            price = Decimal(str(round(one.price, 2)))
            return Quote(price, price, self.now)
        return self._quoted(one, contract)

    def vix(self) -> Decimal | None:
        return self.the_vix

    def vix_open(self) -> Decimal | None:
        return self.the_vix

    def daily(self, underlying: str) -> list[DailyBar]:
        return self.days.get(underlying, [])

    def iv_rank(self, underlying: str) -> Decimal | None:
        return self.ranks.get(underlying)

    def at_the_money_volatility(self, underlying: str, days: int) -> Decimal | None:
        one = self.underlyings.get(underlying)
        return None if one is None else Decimal(str(one.volatility))

    def session(self, underlying: str, day: date) -> Session | None:
        if day.weekday() > 4 or day in self.holidays:
            return None
        return Session(day, time(9, 30), self.closes)

    def is_open(self, underlying: str, now: datetime) -> bool:
        local = to_new_york(now)
        session = self.session(underlying, local.date())
        return session is not None and session.opens <= local.time() < session.closes

    def rate(self) -> float:
        return RATE

    def expiries(self) -> list[date]:
        """Today, and the Fridays in the windows of days the test asked for."""
        today = session_date(self.now)
        days = {number for first, last in self.windows for number in range(first, last + 1)}
        fridays = [day for number in sorted(days) if (day := today + timedelta(days=number)).weekday() == 4]
        return list(dict.fromkeys([today, *fridays]))

    def _strikes(self, one: Underlying) -> list[float]:
        first = math.floor(one.price * 0.55 / one.step)
        last = math.ceil(one.price * 1.35 / one.step)
        return [round(number * one.step, 2) for number in range(first, last + 1)]

    def _quoted(self, one: Underlying, contract: Contract) -> Quote:
        if contract not in self._quotes:
            self._quotes[contract] = self._around(one, one.worths([contract], self.now)[0])
        return self._quotes[contract]

    def _around(self, one: Underlying, mid: float) -> Quote:
        half = max(0.01, round(mid * one.half_spread, 2))
        bid, ask = Decimal(str(round(max(0.0, mid - half), 2))), Decimal(str(round(mid + half, 2)))
        return Quote(bid, ask, self.now, 500 if bid else 0, 500)


class _Lazy(Mapping[Contract, Quote]):
    """The quotes as a mapping nobody has to fill."""

    def __init__(self, market: ModelledMarket) -> None:
        self._market = market

    def __getitem__(self, contract: Contract) -> Quote:
        quote = self._market.quote(contract)
        if quote is None:
            raise KeyError(contract)
        return quote

    def __iter__(self) -> Iterator[Contract]:
        return iter(())

    def __len__(self) -> int:
        return 0


def closes(*prices: float, until: date) -> list[DailyBar]:
    """Completed sessions that end the day before `until`, of which only the closes matter."""
    found = []
    for number, price in enumerate(reversed(prices), start=1):
        value = Decimal(str(round(price, 2)))
        found.append(DailyBar(until - timedelta(days=number), value, value + 1, value - 1, value))
    return list(reversed(found))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


def _quarterly(expiry: date) -> date:
    """The third Friday of the quarter's last month, not before the expiry."""
    day = expiry
    while not (is_third_friday(day) and day.month % 3 == 0):
        day += timedelta(days=1)
    return day
