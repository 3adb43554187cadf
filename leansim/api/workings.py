"""What stands behind an algorithm: its clock, its feed, its account, and the engine's way to call it.

An algorithm's only private attribute, ``_leansim``, is one :class:`Workings`. The trading room sees the algorithm
through it (`leansim.trading.ports.TradingAlgorithm`), the loop drives it, and the mixins of ``QCAlgorithm`` read it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leansim.account.portfolio import SecurityPortfolioManager
from leansim.account.trades import TradeBuilder
from leansim.api.benchmarks import Benchmark, FuncBenchmark, SecurityBenchmark
from leansim.api.enums import (
    AlgorithmStatus,
    BrokerageMessageType,
    BrokerageName,
    DataNormalizationMode,
    OrderStatus,
    SecurityType,
    TickType,
)
from leansim.api.etf_universes import UniverseDefinitions
from leansim.api.initializers import (
    BrokerageModelSecurityInitializer,
    CompositeSecurityInitializer,
    SecuritySeeder,
    initialize_with,
)
from leansim.api.net import (
    ArgumentException,
    ClrException,
    HashSet,
    InvalidOperationException,
    hash_set,
    read_only_dictionary,
)
from leansim.api.notify import NotificationManager
from leansim.api.object_store import ObjectStore
from leansim.api.option_symbols import INDEX_MARKETS
from leansim.api.order_properties import OrderProperties
from leansim.api.order_requests import SubmitOrderRequest
from leansim.api.schedule import EventQueue, ScheduleManager
from leansim.api.securities import Security, SecurityManager
from leansim.api.settings import AlgorithmSettings, UniverseSettings
from leansim.api.signal_exports import SignalExportManager
from leansim.api.subscription_configs import SubscriptionDataConfig, configs_of
from leansim.api.symbols import Symbol, SymbolCache
from leansim.api.time_zones import NS_PER_SECOND, TimeZones, from_ns, to_ns
from leansim.api.transactions import SecurityTransactionManager
from leansim.clock import TimeKeeper
from leansim.errors import NotEmulated
from leansim.feed.benchmark import BenchmarkPrices
from leansim.feed.chain_files import ChainFiles
from leansim.feed.consolidation import ConsolidatorRegister
from leansim.feed.custom import CustomData
from leansim.feed.custom_sources import CustomTexts
from leansim.feed.feed import Feed
from leansim.feed.history import HistoryProvider
from leansim.numbers import ONE, ZERO
from leansim.trading.brokerage_models import BrokerageMessageEvent, DefaultBrokerageModel
from leansim.trading.equipment import equip, initialize_models
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.algorithm import QCAlgorithm
    from leansim.api.charts import Chart
    from leansim.api.net import ReadOnlyExtendedDictionary
    from leansim.api.selection_models import UniverseSelectionModel
    from leansim.api.slice import Slice
    from leansim.feed.subscriptions import SubscriptionRequest
    from leansim.lean_data.exchange_hours import ExchangeHours
    from leansim.lean_data.folder import DataFolder
    from leansim.results.recorder import Recorder

DEFAULT_CASH = 100_000
RAW_NAMES = 10
_EARLIEST = datetime(1998, 1, 1)


@dataclass(frozen=True)
class Surroundings:
    """What a run gives the algorithm it is about to make."""

    data: DataFolder
    recorder: Recorder
    parameters: Mapping[str, str]
    object_store: Path
    algorithm_id: str
    live_like: bool = False


_CURRENT: ContextVar[Surroundings | None] = ContextVar("leansim_surroundings", default=None)


@contextmanager
def surroundings(given: Surroundings) -> Iterator[None]:
    """Algorithms made inside this block belong to this run."""
    token = _CURRENT.set(given)
    try:
        yield
    finally:
        _CURRENT.reset(token)


class Workings:
    """The engine's side of one algorithm. Instants are int64 ns UTC."""

    def __init__(self, algorithm: QCAlgorithm, given: Surroundings) -> None:
        self.algorithm = algorithm
        self.data = given.data
        self.recorder = given.recorder
        self.parameters = given.parameters
        self.algorithm_id = given.algorithm_id
        self.live_mode = given.live_like

        self.time_zone = TimeZones.NEW_YORK
        self.start_date = _EARLIEST
        self.end_date = self.today() - timedelta(microseconds=1)
        self.clock = TimeKeeper(self.time_zone.to_utc_ns(to_ns(_EARLIEST)))
        self.is_warming_up = True
        self.warm_up: int | timedelta | None = None
        self.locked = False
        self.status = AlgorithmStatus.RUNNING
        self.runtime_error: BaseException | None = None
        self.current_slice: Slice | None = None

        # set by the loop: the summary of the statistics so far
        self.summary: Callable[[], dict[str, str]] = dict
        self.name = type(algorithm).__name__
        self.tags: HashSet[str] = hash_set("String")
        self.settings = AlgorithmSettings()
        self.universe_settings = UniverseSettings()
        self.universe_selection: UniverseSelectionModel | None = None
        self.signal_export = SignalExportManager(self)
        # live-like, the seconds after which LEAN writes are the run's, so that a death loses what it would lose
        seconds = self._seconds if given.live_like else time.monotonic
        self.object_store = ObjectStore(given.object_store, seconds, self._storage_refused)
        self.notify = NotificationManager(given.live_like)
        self.charts: dict[str, Chart] = {}
        self.queue = EventQueue()
        self.schedule = ScheduleManager(algorithm, self.time_zone, self.queue)
        self.consolidators = ConsolidatorRegister(self)

        self.securities = SecurityManager()
        self.transactions = SecurityTransactionManager(self)
        self.portfolio = SecurityPortfolioManager(self.securities, self.transactions, self.settings)
        self.portfolio.set_cash(DEFAULT_CASH)
        self.trade_builder = TradeBuilder(self)
        self.brokerage_model: Any = DefaultBrokerageModel()
        self.brokerage_name = BrokerageName.DEFAULT
        self.brokerage_message_handler: Any = None
        self.default_order_properties: Any = OrderProperties()
        self.user_initializers: list[Any] = []
        self.commands: set[str] = set()
        self.universes = UniverseDefinitions(self)
        self.project_id = 0
        self.replaces_brokerage_initializer = False
        self.benchmark: Benchmark | None = None
        self.initializing: Symbol | None = None
        self.feed = Feed(self.data, self.securities, self.clock)
        self.feed.equip = self.equip_security
        self.feed.in_use = self._in_use
        self.chains = ChainFiles(self.data, self.clock)
        self.history = HistoryProvider(self)
        self.custom = CustomData(
            self.data,
            CustomTexts(self.data, lambda: self.object_store),
            lambda request: SubscriptionDataConfig(self, request, TickType.TRADE),
            partial(self.write_once, "error"),
        )
        self.feed._streams.custom = self.custom
        self.chains = ChainFiles(self.data, self.clock)
        self._waiting: dict[str, list[str]] = {"debug": [], "error": [], "log": []}
        self.has_messages = False
        self._last: dict[str, str] = {}
        self._warned: set[str] = set()
        self._added = False
        self._hooks: dict[str, Callable[..., Any] | None] = {}

    @classmethod
    def of_current_engine(cls, algorithm: QCAlgorithm) -> Workings:
        """The workings of an algorithm a run is making. Raises ``InvalidOperationException`` outside a run."""
        given = _CURRENT.get()
        if given is None:
            raise InvalidOperationException(
                "A QCAlgorithm is made by the engine: run it with leansim.loop.run or `leansim backtest`"
            )
        return cls(algorithm, given)

    # ---- time

    @property
    def utc_ns(self) -> int:
        """The frontier."""
        return self.clock.ns

    def _seconds(self) -> float:
        return self.clock.ns / NS_PER_SECOND

    def utc_time(self) -> datetime:
        """The frontier, aware UTC."""
        return self.clock.utc

    def today(self) -> datetime:
        """The real date in the algorithm's time zone: no run may reach into the future."""
        local = self.time_zone.to_local(to_ns(datetime.now(UTC)))
        return datetime(local.year, local.month, local.day)

    def must_not_be_locked(self, method: str) -> None:
        """Raise ``InvalidOperationException`` once initialize is over."""
        if self.locked:
            raise InvalidOperationException(f"Algorithm.{method}(): Cannot be called after algorithm initialized.")

    # ---- messages: LEAN keeps them until the end of the step and writes debug lines first, then errors, then the log

    def write(self, kind: str, text: str) -> None:
        """Keep a line of a kind (``debug``, ``error``, ``log``) with the algorithm's time before it."""
        self.has_messages = True
        self._waiting[kind].append(f"{self.clock.local(self.time_zone):%Y-%m-%d %H:%M:%S} {text}")

    def write_once(self, kind: str, text: str) -> None:
        """The same; empty lines and lines equal to the one of that kind before are dropped."""
        if text and self._last.get(kind) != text:
            self._last[kind] = text
            self.write(kind, text)

    def warn_once(self, key: str, text: str) -> None:
        """A debug line that is written once a run."""
        if key not in self._warned:
            self._warned.add(key)
            self.write_once("debug", text)

    def flush_messages(self) -> None:
        """Give the kept lines to the recorder."""
        waiting, recorder = self._waiting, self.recorder
        for kind, write in (("debug", recorder.debug), ("error", recorder.error_line), ("log", recorder.log)):
            for line in waiting[kind]:
                write(line)
            waiting[kind].clear()
        self.has_messages = False

    def drop_messages(self) -> None:
        """Forget the kept lines."""
        for lines in self._waiting.values():
            lines.clear()
        self.has_messages = False

    def debug(self, message: str) -> None:
        """A debug line of the engine's."""
        self.write_once("debug", message)

    def error(self, message: str) -> None:
        """An error line of the engine's."""
        self.write_once("error", message)

    def runtime_statistic(self, name: str, value: str) -> None:
        """A figure the algorithm shows."""
        self.recorder.runtime_statistic(name, value)

    def _storage_refused(self, text: str) -> None:
        self.debug(f"ObjectStore Persistence Error: {text}")

    # ---- symbols and securities

    def symbol_of(self, what: Any) -> Symbol:
        """The symbol an argument stands for: a symbol, a ticker, a security or anything else that has one."""
        if isinstance(what, Symbol):
            return what
        if isinstance(what, str):
            return SymbolCache.get_symbol(what)
        symbol = getattr(what, "symbol", None)
        if isinstance(symbol, Symbol):
            return symbol
        raise TypeError(f"{type(what)} value cannot be converted to QuantConnect.Symbol")

    def symbol_to_trade(self, what: Any) -> Symbol:
        """The symbol an order is for: a ticker nobody added is one too, which has no data and never a price."""
        return SymbolCache._named(what) if isinstance(what, str) else self.symbol_of(what)

    def exchange_hours(self, symbol: Symbol) -> ExchangeHours:
        """The hours of a symbol's exchange."""
        return self.data.market_hours.entry_of(symbol)

    def default_market(self, ticker: str, security_type: SecurityType) -> str | None:
        """The market a ticker is on when none is named."""
        if security_type == SecurityType.INDEX and ticker.upper() in INDEX_MARKETS:
            return INDEX_MARKETS[ticker.upper()]
        if security_type == SecurityType.FUTURE:
            found = self.data.symbol_properties.market_of(ticker, security_type)
            if found is not None:
                return found
        market: str | None = self.brokerage_model.default_markets.get(security_type)
        return market

    def subscribe(self, request: SubscriptionRequest, leverage: float) -> Security:
        """Add a subscription; a leverage of 0 leaves the model's."""
        security = self.feed.add(request)
        self._added = True
        if leverage:
            security.set_leverage(leverage)
        return security

    def _in_use(self, security: Security) -> bool:
        return bool(security.invested) or bool(self.transactions.get_open_orders(security.symbol))

    def warn_of_raw_prices(self) -> None:
        """Say once which equities are kept as traded because options on them were added."""
        if not self._added or "raw" in self._warned:
            return
        self._added = False
        feed = self.feed
        equities = [
            s
            for s in self.securities._every_symbol()
            if s.security_type == SecurityType.EQUITY and feed.is_subscribed(s)
        ]
        made_raw = [symbol for symbol in equities if feed.is_raw(symbol) and not feed.request_of(symbol).is_raw]
        if made_raw:
            names = ", ".join(symbol.value for symbol in made_raw[:RAW_NAMES])
            self.warn_once(
                "raw",
                "Warning: The following securities were set to raw price normalization mode to work with options: "
                f"{names}...",
            )

    def normalization(self, symbol: Symbol) -> DataNormalizationMode:
        """How a subscribed symbol's prices are adjusted."""
        if self.feed.is_raw(symbol):
            return DataNormalizationMode.RAW
        return self.feed.request_of(symbol).normalization

    def price_factor(self, security: Security) -> Decimal:
        """What the last price of a security was multiplied with; 1 where prices are as traded."""
        symbol, last = security.symbol, security.cache._last_ns
        if symbol.security_type != SecurityType.EQUITY or last is None or not self.feed.is_subscribed(symbol):
            return ONE
        day = self.exchange_hours(symbol).time_zone.to_local(last - 1).date()
        return self.data.factor_files.of(symbol).factor(day, self.normalization(symbol))

    def active_securities(self) -> ReadOnlyExtendedDictionary[Symbol, Security]:
        """The subscribed securities."""
        return read_only_dictionary(Symbol, Security, {s: self.securities[s] for s in self.feed.subscribed()})

    def add_security_for_order(self, symbol: Symbol) -> Security:
        """Subscribe a contract an order names, and seed it with its last known price from history."""
        security = self.algorithm.add_security(symbol)
        if not self.settings.seed_initial_prices:
            self.seed(security)
        return security

    def seed(self, security: Security) -> None:
        """Give a security its last known prices."""
        for point in self.history.last_known_prices(security):
            security.set_market_price(point)

    # ---- the end of initialize

    def set_brokerage_model(self, model: Any) -> None:
        """Use a brokerage model, also for the securities that are there."""
        self.brokerage_model = model
        if not self.replaces_brokerage_initializer:
            for security in self.securities._made():
                leverage = security.leverage
                initialize_models(self.brokerage_model, security, self.data)
                security.set_leverage(leverage)

    @property
    def security_initializer(self) -> Any:
        """The initializer of the algorithm, or the brokerage model's with the added ones."""
        own = list(self.user_initializers)
        if not self.replaces_brokerage_initializer:
            own.insert(0, BrokerageModelSecurityInitializer(self.brokerage_model, SecuritySeeder.NULL))
        return own[0] if len(own) == 1 else CompositeSecurityInitializer(*own)

    def equip_security(self, security: Security) -> None:
        """Give a new security its holding and models, then what the algorithm's initializers want."""
        equip(security, self.portfolio, self.brokerage_model, self.data)
        security._configs = partial(configs_of, self, security.symbol)
        security._feed_session = partial(self.consolidators.sessions.__setitem__, security.symbol)
        security._feed_volatility = partial(self.consolidators.feed_volatility, security)
        security._initialize = partial(self._initialize_again, security)
        with self._initializes(security):
            self._seed_when_wanted(security)
            for initializer in self.user_initializers:
                initialize_with(initializer, security)

    def _initialize_again(self, security: Security) -> None:
        """Of one that comes back; the brokerage model's initializer is among them unless it was replaced."""
        with self._initializes(security):
            self._seed_when_wanted(security)
            initialize_with(self.security_initializer, security)

    @contextmanager
    def _initializes(self, security: Security) -> Iterator[None]:
        """Tell history for whose making it is asked inside this block."""
        self.initializing, before = security.symbol, self.initializing
        try:
            yield
        finally:
            self.initializing = before

    def _seed_when_wanted(self, security: Security) -> None:
        if self.settings.seed_initial_prices and not security.symbol.is_canonical():
            self.seed(security)

    def set_benchmark(self, benchmark: Any) -> None:
        """A symbol, a benchmark, a function of the time, or an object with an ``evaluate(time)`` of its own."""
        if isinstance(benchmark, Symbol):
            benchmark = SecurityBenchmark(benchmark)
        elif not isinstance(benchmark, Benchmark):
            own = benchmark
            benchmark = FuncBenchmark(own if callable(own) else lambda time: call(own, "evaluate", time))
        if isinstance(benchmark, SecurityBenchmark):
            benchmark._price_now = BenchmarkPrices(self, benchmark._symbol).now
        self.benchmark = benchmark

    @property
    def benchmark_symbol(self) -> Symbol | None:
        """The symbol the engine follows for the benchmark; ``None`` when it follows none."""
        return self.benchmark._symbol if isinstance(self.benchmark, SecurityBenchmark) else None

    def benchmark_value(self) -> Decimal:
        """The benchmark now."""
        return ZERO if self.benchmark is None else self.benchmark._value_at(from_ns(self.clock.ns))

    def finish_setup(self) -> None:
        """What LEAN does after initialize: check the dates, give the brokerage model's benchmark."""
        if self.end_date < self.start_date:
            raise ArgumentException("Please select an algorithm end date greater than start date.")
        if self.settings.trading_days_per_year is None:
            self.settings.trading_days_per_year = 252
        if self.benchmark is None:
            self.set_benchmark(call(self.brokerage_model, "get_benchmark", self.securities))
        for security in list(self.securities.values()):
            if security.type is SecurityType.FOREX and not security.price:
                self.seed(security)  # the rate of its base currency is known from the start

    # ---- hooks

    def hook(self, name: str) -> Callable[..., Any] | None:
        """The algorithm's own hook, snake_case first; ``None`` when it has none of its own. Looked up once a run."""
        try:
            return self._hooks[name]
        except KeyError:
            found = self._hooks[name] = own_method(self.algorithm, name)
            return found

    def set_runtime_error(self, error: BaseException, context: str = "") -> None:
        """The run is to end with this error; the first one counts."""
        if self.runtime_error is None:
            self.runtime_error = error
            self.status = AlgorithmStatus.RUNTIME_ERROR

    def notify_order_event(self, event: Any) -> None:
        """Call ``on_order_event``; what it raises ends the run one step later."""
        if event.status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED):
            self.signal_export._filled()
        hook = self.hook("on_order_event")
        if hook is not None:
            self.attempt(lambda: hook(event))

    def notify_assignment(self, event: Any) -> None:
        """Call ``on_assignment_order_event``."""
        hook = self.hook("on_assignment_order_event")
        if hook is not None:
            self.attempt(lambda: hook(event))

    def notify_brokerage_message(self, message: BrokerageMessageEvent) -> None:
        """What a brokerage reports besides orders: the algorithm's message handler, then its hooks."""
        handler = self.brokerage_message_handler
        if handler is not None:
            self.attempt(lambda: call(handler, "handle_message", message))
        elif message.type == BrokerageMessageType.ERROR:
            self.set_runtime_error(ClrException(message.message), "Brokerage Error")
        elif message.type == BrokerageMessageType.WARNING:
            self.error(f"Brokerage Warning: {message.code} - {message.message}")
        else:
            self.debug(f"Brokerage Info: {message.code} - {message.message}")
        hooks: dict[BrokerageMessageType, str] = {
            BrokerageMessageType.DISCONNECT: "on_brokerage_disconnect",
            BrokerageMessageType.RECONNECT: "on_brokerage_reconnect",
        }
        told = self.hook("on_brokerage_message")
        if told is not None:
            self.attempt(lambda: told(message))
        changed = self.hook(hooks[message.type]) if message.type in hooks else None
        if changed is not None:
            self.attempt(changed)

    def notify_margin_call(self, requests: list[SubmitOrderRequest]) -> list[SubmitOrderRequest]:
        """Call ``on_margin_call``; the requests of its answer are executed. ClrException when there are none."""
        hook = self.hook("on_margin_call")
        if hook is None:
            return requests
        answer = hook(list(requests))
        kept = [each for each in answer if isinstance(each, SubmitOrderRequest)] if isinstance(answer, Iterable) else []
        if not kept:
            raise ClrException("OnMarginCall must return a non-empty list of SubmitOrderRequest")
        return kept

    def notify_margin_call_warning(self) -> None:
        """Call ``on_margin_call_warning``."""
        hook = self.hook("on_margin_call_warning")
        if hook is not None:
            hook()

    def attempt(self, what: Callable[..., Any], *arguments: Any) -> bool:
        """Run something that may reach the algorithm's own code. False when it raised: the run is to end with that.

        A member leansim does not emulate is no error of the algorithm's and goes through.
        """
        try:
            what(*arguments)
        except NotEmulated:
            raise
        except Exception as error:  # noqa: BLE001  the algorithm's own code: whatever it raises ends the run
            self.set_runtime_error(error)
            return False
        return True


def own_method(algorithm: QCAlgorithm, name: str) -> Callable[..., Any] | None:
    """A hook the algorithm's class defines in either spelling; ``None`` when only the base class has it."""
    from leansim.api.algorithm import QCAlgorithm as Base
    from leansim.api.naming import pascal

    for spelling in (name, pascal(name)):
        for kind in type(algorithm).__mro__:
            if kind is Base:
                break
            if spelling in vars(kind):
                method: Callable[..., Any] = getattr(algorithm, spelling)
                return method
        if spelling in vars(algorithm):
            return vars(algorithm)[spelling]  # type: ignore[no-any-return]  # a hook set on the instance
    return None
