"""main.py, unchanged, live on the direct route: quotes of LEAN's sample day from leansim, orders to the fake server.

The fake lives on the simulated time and on the quotes the algorithm sees. A process that dies in leansim leaves its
backend behind, which is stopped when the next one connects; the fake goes on meanwhile.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.tastytrade import FakeTastytrade
from fakes.tastytrade.mischief import Behaviour, Rates
from fakes.tastytrade.venue import Quote
from fakes.tastytrade_rig import PEACEFUL
from fakes.tastytrade_room import QUICK, TIMER, unlimited
from lean.live_day import journaled, live_like
from sample_data import LEAN_DATA, MISSING
from tomking.adapters import tastytrade_backend, tastytrade_client, tastytrade_connection, tastytrade_limits
from tomking.adapters.tastytrade_backend import TastytradeBackend
from tomking.adapters.tastytrade_symbols import TastytradeSymbols
from tomking.events import Event, GroupFinished, GroupOutcome, LegFilled, OrderReckoned, OrderSubmitted, TradingState
from tomking.market.contract import Contract
from tomking.market.quote import Quote as DeskQuote

from leansim.api import shims
from leansim.loop import RunResult, RunStatus

pytestmark = pytest.mark.skipif(not LEAN_DATA.is_dir(), reason=MISSING)

NICKEL = Decimal("0.05")
TROUBLED = Rates(order=0.3, write=0.1, read=0.03, stream=0.15)
IMPATIENT = tastytrade_limits.CircuitSettings(cool_down=0.01, longest=0.05)
SETTLED_TURNS = 4
"""Turns after something was asked during which the broker and our threads are waited for."""


class Day:
    """The world around one simulated day."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, fake: FakeTastytrade) -> None:
        self.fake = fake
        self.folder = folder
        self.backends: list[TastytradeBackend] = []
        self.market: Any = None
        shims.install()
        self.symbols = TastytradeSymbols()
        self._patch = patch
        self._unsettled = 0
        fake.venue.now = self._now
        fake.venue.quotes = Quotes(self)
        fake.stall = 0.01
        credentials = {
            tastytrade_connection.CLIENT_SECRET: fake.gatekeeper.client_secret,
            tastytrade_connection.REFRESH_TOKEN: fake.gatekeeper.refresh_token,
            tastytrade_connection.ACCOUNT: fake.account,
            tastytrade_connection.API_URL: fake.address,
            tastytrade_connection.STREAM_URL: fake.stream_address,
        }
        for name, value in credentials.items():
            patch.setenv(name, value)
        patch.setattr(tastytrade_backend, "Pace", lambda: QUICK)
        patch.setattr(tastytrade_client, "RateLimiter", lambda timer: unlimited())
        patch.setattr(tastytrade_limits, "CircuitSettings", lambda: IMPATIENT)
        self._watch("submit")
        self._watch("replace")
        self._watch("cancel")
        self._watch("look_up")
        self._follow_market()
        self._follow_connections()
        self._settle_turns()

    def _now(self) -> datetime:
        return self.market.now() if self.market is not None else datetime(2015, 12, 24, 14, 0, tzinfo=UTC)

    def _watch(self, method: str) -> None:
        honest = getattr(TastytradeBackend, method)

        def watched(backend: TastytradeBackend, *what: Any) -> Any:
            self._unsettled = SETTLED_TURNS
            return honest(backend, *what)

        self._patch.setattr(TastytradeBackend, method, watched)

    def _settle_turns(self) -> None:
        honest = TastytradeBackend.drain

        def drain(backend: TastytradeBackend) -> Any:
            if self._unsettled:
                self._unsettled -= 1
                self.settle(backend)
            return honest(backend)

        self._patch.setattr(TastytradeBackend, "drain", drain)

    def settle(self, backend: TastytradeBackend) -> None:
        self.fake.venue.settle()
        end = TIMER.elapsed() + 5.0
        TIMER.wait(0.004)
        while not backend.is_idle and TIMER.elapsed() < end:
            TIMER.wait(0.001)

    def _follow_market(self) -> None:
        kind = importlib.import_module("tomking.adapters.lean_market").LeanMarket
        honest_start, honest_update = kind.subscribe, kind.update

        def subscribe(market: Any) -> None:
            honest_start(market)
            self.market = market

        def update(market: Any, data: Any) -> None:
            honest_update(market, data)
            self._match()

        honest_quote = kind.quote

        def quote(market: Any, contract: Contract) -> Any:
            """Somebody bids a nickel for what nobody wants any more, so that the day can end flat."""
            found = honest_quote(market, contract)
            if found is not None and found.has_bid:
                return found
            ask = max(found.ask, 2 * NICKEL) if found is not None else 2 * NICKEL
            return DeskQuote(NICKEL, ask, market.now())

        self._patch.setattr(kind, "quote", quote)
        self._patch.setattr(kind, "subscribe", subscribe)
        self._patch.setattr(kind, "update", update)

    def _match(self) -> None:
        """What rests meets the new minute."""
        venue = self.fake.venue
        with venue.lock:
            for order in list(venue.orders.values()):
                if order.status == "Live":
                    self._unsettled = SETTLED_TURNS
                    venue._match(order)
                elif order.status == "Dead":  # a word nobody knows; the broker's people clear it up
                    venue._end(order, "Cancelled")

    def _follow_connections(self) -> None:
        roads = importlib.import_module("tomking.adapters.lean_route")
        honest = roads._direct

        def direct(now: Any, settings: Any) -> Any:
            """On a good line: on a bad one a start is refused, and somebody starts again."""
            for former in self.backends:
                former.stop()
            trouble, self.fake.mischief.rates = self.fake.mischief.rates, PEACEFUL
            route = honest(now, settings)
            self.fake.mischief.rates = trouble
            assert isinstance(route.backend, TastytradeBackend)
            self.backends.append(route.backend)
            return route

        self._patch.setattr(roads, "_direct", direct)

    def quote(self, symbol: str) -> Quote | None:
        if self.market is None:
            return None
        found = self.market.quote(self.symbols.contract(symbol, "Equity Option"))
        return None if found is None else Quote(found.bid, found.ask, 100, 100)

    def live(self, faults: list[dict[str, Any]], **parameters: str) -> RunResult:
        return live_like(self.folder, {"cash": 100_000, "faults": faults}, "tastytrade", **parameters)


class Quotes(dict[str, Quote]):
    """The quotes the algorithm sees, by the broker's symbols."""

    def __init__(self, day: Day) -> None:
        super().__init__()
        self._day = day

    def get(self, symbol: str, default: Any = None) -> Any:
        return self._day.quote(symbol) or default


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Day]:
    seed = getattr(request, "param", None)
    with FakeTastytrade(seed, TROUBLED) as fake:
        made = Day(monkeypatch, tmp_path, fake)
        yield made
        for backend in made.backends:
            backend.stop()


DEATHS = [
    {"do": "restart", "at": "2015-12-24T10:32:30", "seconds": 20},
    {"do": "restart", "at": "2015-12-24T10:50:00", "seconds": 90},
]
"""One in the middle of the entry, one while the position is held."""


def check(day: Day, result: RunResult) -> list[Event]:
    """What every day keeps: nothing is taken twice, no fill is missing, it ends flat or halted with a reason."""
    assert result.status is RunStatus.COMPLETED, result.error
    events = journaled(day.folder)
    sent = [event.order_id for event in events if isinstance(event, OrderSubmitted)]
    assert len(sent) == len(set(sent))
    taken = [each for each in day.fake.venue.submissions if each is not None]
    assert len(taken) == len(set(taken))
    assert set(taken) <= set(sent), "nothing is sent that was not recorded before"
    state = result.algorithm.desk.state
    booked = {event.fill_id.partition("/")[2] for event in events if isinstance(event, LegFilled)}
    book = {day.symbols.symbol(contract): quantity for contract, quantity in state.book.holdings().items()}
    if state.trading_state is TradingState.HALTED:
        assert state.trading_text
        return events
    assert booked == set(day.fake.ledger.fills)
    assert book == day.fake.ledger.positions() == {}
    assert all(order.terminal for order in day.fake.venue.orders.values()), "nothing is left working"
    ended = [group for group in state.groups.values() if group.outcome is not GroupOutcome.STRANDED]
    assert all(group.is_balanced for group in ended), "no leg without the others"
    return events


def test_a_day_of_entry_partial_fill_walk_two_deaths_and_exit_ends_flat(day: Day) -> None:
    day.fake.script.orders.extend([Behaviour(fills=()), Behaviour(fills=(1,)), Behaviour()])
    result = day.live(DEATHS)
    events = check(day, result)
    orders = list(day.fake.venue.orders.values())
    assert [order.status for order in orders[:2]] == ["Cancelled", "Cancelled"], "the price was walked"
    assert any(order.status == "Cancelled" and order.units_filled for order in orders), "a part was filled"
    assert len(day.backends) == len(DEATHS) + 1, "the process died and came back"
    outcomes = [event.outcome for event in events if isinstance(event, GroupFinished)]
    assert outcomes[0] is GroupOutcome.FILLED, "what one process began another one finished"
    assert any(isinstance(event, OrderReckoned) for event in events)
    assert result.algorithm.desk.state.trading_state is TradingState.ACTIVE


@pytest.mark.parametrize("day", [1], indirect=True)
def test_a_hostile_day_with_replaced_orders_keeps_the_same_promises(day: Day) -> None:
    events = check(day, day.live(DEATHS, replaces_orders="true"))
    # what fills depends on how real time falls between the faults: every way has to keep what `check` asks
    assert any(isinstance(event, OrderSubmitted) for event in events), "it tried"
