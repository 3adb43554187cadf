"""TastytradeBackend on the fake server, over real sockets, with a market that is what the test says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

from builders import NOON
from fakes.tastytrade import FakeTastytrade
from fakes.tastytrade.mischief import Rates
from tomking.adapters.tastytrade_backend import TastytradeBackend
from tomking.adapters.tastytrade_client import TastytradeClient, Timeouts
from tomking.adapters.tastytrade_limits import CircuitSettings, Kind, RateLimiter
from tomking.adapters.tastytrade_stream import AccountStream, StreamSettings
from tomking.adapters.tastytrade_symbols import TastytradeSymbols
from tomking.adapters.tastytrade_venue import LOOK_BACK, Pace
from tomking.clock import SystemTimer
from tomking.market.calendar import session_date
from tomking.market.contract import Contract
from tomking.market.quote import Quote

QUICK = Pace(listening=0.002, reading=30.0, fresh=60.0, settle=0.0, grace=0.01, patience=0.5)
"""Waiting times for a broker on the same machine whose ledger does not lag."""

TIMER = SystemTimer()


def unlimited() -> RateLimiter:
    """As many calls as the machine can make."""
    return RateLimiter(TIMER, rates=dict.fromkeys(Kind, 1e6), overall=1e6)


class TastytradeRoom:
    """A fake, and one process of ours after the other that trades there.

    Attributes:
        fake: the broker; it outlives every process.
        now: the time of both.
        backend: that of the present process.
    """

    def __init__(
        self,
        seed: int | None = None,
        now: datetime = NOON,
        pace: Pace = QUICK,
        rates: Rates | None = None,
        *,
        replaces: bool = True,
    ) -> None:
        self.now = now
        self.pace = pace
        self.replaces = replaces
        self.fake = FakeTastytrade(seed, rates)
        self.fake.venue.now = lambda: self.now
        self.symbols = TastytradeSymbols()
        self.backend = self.connected()

    def connected(self) -> TastytradeBackend:
        """A new process has come up and read the books."""
        client = TastytradeClient(
            self.fake.address,
            self.fake.account,
            self.fake.credentials(),
            TIMER,
            limiter=unlimited(),
            circuit=CircuitSettings(cool_down=0.01, longest=0.05),
            timeouts=Timeouts(read=2.0, chain=2.0, write=2.0),
        )
        stream = AccountStream(
            self.fake.stream_address,
            self.fake.account,
            client.bearer,
            lambda: client.snapshot(session_date(self.now - LOOK_BACK)),
            TIMER,
            StreamSettings(pause=0.01, longest_pause=0.05),
        )
        backend = TastytradeBackend(
            client, self.symbols, lambda: self.now, TIMER, self.pace, stream, replaces=self.replaces
        )
        while not backend.read():
            TIMER.wait(0.01)
        backend.begin()
        end = TIMER.elapsed() + 5.0
        while not stream.connected and TIMER.elapsed() < end:
            TIMER.wait(0.001)
        return backend

    def restart(self) -> None:
        """The process is gone; another one comes up."""
        self.backend.stop()
        self.backend = self.connected()

    def settle(self) -> None:
        """Let the broker do what it does by itself, and our process take it in; five seconds are enough for that."""
        self.fake.venue.settle()
        end = TIMER.elapsed() + 5.0
        TIMER.wait(0.004)
        while not self.backend.is_idle and TIMER.elapsed() < end:
            TIMER.wait(0.001)

    def quote(self, quotes: Mapping[Contract, Quote]) -> None:
        """Set the market."""
        for contract, each in quotes.items():
            self.fake.venue.quote(self.symbols.symbol(contract), str(each.bid), str(each.ask))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.backend.stop()
        self.fake.stop()
