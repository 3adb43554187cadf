"""An account with hand-made prices: orders are placed with the real order calls, no feed and no loop."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from leansim.api.algorithm import QCAlgorithm
from leansim.api.bars import Bar, QuoteBar, TradeBar
from leansim.api.enums import OptionRight, OptionStyle, Resolution, SecurityType
from leansim.api.exchange import SecurityExchange
from leansim.api.order_events import OrderEvent
from leansim.api.orders import Leg
from leansim.api.securities import SECURITY_CLASSES, Option, Security
from leansim.api.symbol_properties import symbol_properties_of
from leansim.api.symbols import Symbol
from leansim.api.workings import Surroundings, surroundings
from leansim.brokerage_session import BrokerageSession
from leansim.lean_data.folder import DataFolder
from leansim.model_data.provider import ModelDataProvider
from leansim.results.recorder import EngineInfo, Recorder
from leansim.trading.faults import FaultPlan
from leansim.trading.transactions import TransactionHandler

EXPIRY = datetime(2016, 1, 15)
MORNING = datetime(2015, 12, 24, 10, 0)
MINUTE = timedelta(minutes=1)


@cache
def data_folder() -> Path:
    """A folder with what every run reads (market hours, symbol properties), made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="trading-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Account(QCAlgorithm):
    """An algorithm that notes its order events."""

    def initialize(self) -> None:
        """Nothing: the bench sets everything."""

    def on_order_event(self, order_event: OrderEvent) -> None:
        """Note it."""
        self.seen.append((order_event.order_id, str(order_event.status), order_event.fill_price))


class Bench:
    """GOOG and options on it; ``at`` moves the clock, ``quote`` and ``trade`` bring the minute's bars."""

    def __init__(
        self, store: Path, cash: float = 100_000, plan: FaultPlan | None = None, live_like: bool = False
    ) -> None:
        self.recorder = Recorder(EngineInfo("bench"))
        folder = DataFolder(data_folder(), ModelDataProvider(data_folder()), cache=False)
        given = Surroundings(folder, self.recorder, {}, store, "bench", live_like)
        with surroundings(given):
            self.algorithm = Account()
        self.algorithm.seen = []
        self.workings = self.algorithm._leansim
        self.workings.is_warming_up = False
        self.session: BrokerageSession | None = None
        if plan is None and not live_like:
            self.handler = TransactionHandler(self.workings, self.recorder)
        else:
            self.session = BrokerageSession(self.workings, self.recorder, plan or FaultPlan(), None)
            self.handler = self.session.handler
        self.workings.transactions.set_order_processor(self.handler)
        self.workings.portfolio.set_cash(cash)
        self.folder = folder
        self.stock = self.add(Symbol.create("GOOG", SecurityType.EQUITY, "usa"))
        self.at(MORNING)
        if self.session is not None:
            self.session.set_up_account()
            self.session.start()

    def wait(self, seconds: float) -> None:
        """Seconds pass without data; answers come at their own times."""
        assert self.session is not None
        until = self.workings.clock.ns + round(seconds * 10**9)
        self.session.let_pass(until)
        self.workings.clock.advance(until)
        self.handler.process_synchronous_events()

    @property
    def seen(self) -> list[tuple[int, str, float]]:
        """Order events so far: order, status, price."""
        seen: list[tuple[int, str, float]] = self.algorithm.seen
        return seen

    @property
    def portfolio(self) -> Any:
        """The account."""
        return self.workings.portfolio

    def add(self, symbol: Symbol) -> Security:
        """A security of minute data."""
        hours = SecurityExchange(self.folder.market_hours.entry_of(symbol), self.workings.clock)
        properties = symbol_properties_of(self.folder.symbol_properties.of(symbol), symbol)
        security = SECURITY_CLASSES[symbol.security_type](symbol, hours, properties, self.workings.clock)
        if isinstance(security, Option):
            security.underlying = self.stock
        self.workings.securities._put(security)
        self.workings.equip_security(security)
        assert security.resolution == Resolution.MINUTE
        return security

    def option(self, right: OptionRight, strike: float, bid: float | None, ask: float | None) -> Symbol:
        """A GOOG option with a quote."""
        symbol = Symbol.create_option(self.stock.symbol, "usa", OptionStyle.AMERICAN, right, strike, EXPIRY)
        self.add(symbol)
        self.quote(symbol, bid, ask)
        return symbol

    def put(self, strike: float, bid: float | None = 4.0, ask: float | None = 5.0) -> Symbol:
        """A put."""
        return self.option(OptionRight.PUT, strike, bid, ask)

    def call(self, strike: float, bid: float | None = 4.0, ask: float | None = 5.0) -> Symbol:
        """A call."""
        return self.option(OptionRight.CALL, strike, bid, ask)

    def at(self, local: datetime) -> None:
        """New York time is now this."""
        self.workings.clock.advance(self.stock.exchange.hours.time_zone.to_utc_ns(_ns(local)))

    def quote(
        self, symbol: Symbol, bid: float | None, ask: float | None, spread: float = 0.0, late: timedelta = timedelta()
    ) -> None:
        """The quote bar that ends now; both sides range ``spread`` below and above their close."""
        start = self.workings.securities[symbol].local_time - MINUTE - late
        bar = QuoteBar(start, symbol, _bar(bid, spread), 10, _bar(ask, spread), 10, MINUTE)
        self.workings.securities[symbol].cache.add_data(bar)

    def trade(self, symbol: Symbol, price: float, spread: float = 0.0) -> None:
        """The trade bar that ends now."""
        start = self.workings.securities[symbol].local_time - MINUTE
        bar = TradeBar(start, symbol, price, price + spread, price - spread, price, 100, MINUTE)
        self.workings.securities[symbol].cache.add_data(bar)

    @property
    def now(self) -> datetime:
        """New York time."""
        return self.stock.local_time

    def minute(self, *quotes: tuple[Symbol, float | None, float | None]) -> None:
        """A minute passes, these quotes come, then the engine takes its turn."""
        self.at(self.now + MINUTE)
        for symbol, bid, ask in quotes:
            self.quote(symbol, bid, ask)
        self.portfolio._prices_moved()
        self.handler.process_synchronous_events()

    def held(self, symbol: Symbol) -> float:
        """Quantity held."""
        quantity: float = self.portfolio[symbol].quantity
        return quantity


def legs(*pairs: tuple[Symbol, int]) -> list[Leg]:
    """Legs of a combo."""
    return [Leg.create(symbol, ratio) for symbol, ratio in pairs]


def _bar(price: float | None, spread: float) -> Bar | None:
    return None if price is None else Bar(price, price + spread, price - spread, price)


def _ns(local: datetime) -> int:
    return int(Decimal((local - datetime(1970, 1, 1)).total_seconds()) * 10**9)
