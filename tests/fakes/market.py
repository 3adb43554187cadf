"""A market that is what the test says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from random import Random

from tomking.market.chain import Chain
from tomking.market.contract import Contract
from tomking.market.daily import DailyBar
from tomking.market.quote import Quote
from tomking.market.view import Session

_NICKELS = tuple(Decimal(number) / 20 for number in range(-3, 4))
_WIDER = (Decimal(0), Decimal(0), Decimal("0.05"))


@dataclass
class FakeMarket:
    """Quotes by contract, one spot for all; open until told otherwise."""

    quotes: dict[Contract, Quote] = field(default_factory=dict)
    price: Decimal | None = Decimal(2740)
    opened_at: Decimal | None = Decimal(2740)
    the_vix: Decimal | None = Decimal(12)
    open: bool = True
    closes: time = time(16)
    chains: dict[str, Chain] = field(default_factory=dict)
    days: dict[str, Sequence[DailyBar]] = field(default_factory=dict)
    rank: Decimal | None = None
    volatility: Decimal | None = None
    still: bool = False
    """Answers change only with `revised`; else every look may find something new, for tests change what they like."""
    revised: int = 0
    _began: dict[Contract, Quote] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        self.revised += not self.still
        return self.revised

    def confirm(self, now: datetime) -> None:
        """The feed says again what it said: every quote is fresh."""
        self.quotes = {contract: replace(quote, as_of=now) for contract, quote in self.quotes.items()}
        self.revised += 1

    def shift(self, by: Decimal) -> None:
        """Every price moves by the same amount, not below zero."""
        self.revised += 1
        for contract, old in self.quotes.items():
            bid = max(old.bid + by, Decimal(0))
            self.quotes[contract] = replace(old, bid=bid, ask=bid + old.spread)

    def wander(self, chance: Random) -> None:
        """Every contract goes its own way: up to three nickels from where it began, with a spread of its own."""
        self.revised += 1
        if not self._began:
            self._began = dict(self.quotes)
        for contract, begun in self._began.items():
            bid = max(begun.bid + chance.choice(_NICKELS), Decimal(0))
            now = self.quotes[contract]
            self.quotes[contract] = Quote(bid, bid + begun.spread + chance.choice(_WIDER), now.as_of)

    def copied(self) -> FakeMarket:
        """The same market, to go its own way from here on."""
        return replace(self, quotes=self.quotes.copy())

    def spot(self, underlying: str, delivery: date | None = None) -> Decimal | None:
        return self.price

    def session_open(self, underlying: str) -> Decimal | None:
        return self.opened_at

    def chain(self, underlying: str) -> Chain | None:
        return self.chains.get(underlying)

    def quote(self, contract: Contract) -> Quote | None:
        return self.quotes.get(contract)

    def vix(self) -> Decimal | None:
        return self.the_vix

    def vix_open(self) -> Decimal | None:
        return self.the_vix

    def daily(self, underlying: str) -> Sequence[DailyBar]:
        return self.days.get(underlying, ())

    def iv_rank(self, underlying: str) -> Decimal | None:
        return self.rank

    def at_the_money_volatility(self, underlying: str, days: int) -> Decimal | None:
        return self.volatility

    def session(self, underlying: str, day: date) -> Session | None:
        return Session(day, time(9, 30), self.closes)

    def is_open(self, underlying: str, now: datetime) -> bool:
        return self.open

    def rate(self) -> float:
        return 0.02
