"""``QCAlgorithm``: what every algorithm derives from.

The class is put together from mixins by subject; this file holds what an algorithm *is*: its life-cycle hooks, its
clock, its collections, its messages. Everything private hangs on one attribute, ``_leansim``, so that an algorithm may
use any other name for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leansim.api.algorithm_charts import ChartMethods
from leansim.api.algorithm_comparisons import ComparisonMethods
from leansim.api.algorithm_custom_data import CustomDataMethods
from leansim.api.algorithm_data import DataMethods
from leansim.api.algorithm_history import HistoryMethods
from leansim.api.algorithm_identifiers import IdentifierMethods
from leansim.api.algorithm_indicators import IndicatorMethods
from leansim.api.algorithm_setup import SetupMethods
from leansim.api.algorithm_universes import UniverseMethods
from leansim.api.chain_providers import BacktestingFutureChainProvider, BacktestingOptionChainProvider
from leansim.api.commands import CommandMethods
from leansim.api.enums import AlgorithmMode, AlgorithmStatus, BrokerageName, DeploymentTarget
from leansim.api.hours_database import MarketHoursDatabase
from leansim.api.indicator_history import IndicatorHistoryMethods
from leansim.api.naming import ClrObject, pascal, snake
from leansim.api.net import ClrException, ReadOnlyExtendedDictionary, read_only_dictionary
from leansim.api.option_indicators import OptionIndicatorMethods
from leansim.api.symbols import Symbol, SymbolCache
from leansim.api.time_zones import CachedDateTimeZone
from leansim.api.trading import TradingMethods
from leansim.api.workings import Workings
from leansim.errors import NotEmulated

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.notify import NotificationManager
    from leansim.api.object_store import ObjectStore
    from leansim.api.schedule import DateRules, FuncDateRule, FuncTimeRule, ScheduledEvent, ScheduleManager, TimeRules
    from leansim.api.securities import Security, SecurityManager
    from leansim.api.settings import AlgorithmSettings, UniverseSettings
    from leansim.api.signal_exports import SignalExportManager
    from leansim.api.slice import Slice
    from leansim.api.transactions import SecurityTransactionManager


class QCAlgorithm(
    SetupMethods,
    DataMethods,
    CustomDataMethods,
    HistoryMethods,
    IdentifierMethods,
    IndicatorMethods,
    IndicatorHistoryMethods,
    ComparisonMethods,
    OptionIndicatorMethods,
    UniverseMethods,
    ChartMethods,
    CommandMethods,
    TradingMethods,
    ClrObject,
):
    """LEAN's base class of algorithms.

    A subclass gives ``initialize`` and the hooks it wants, in snake_case or in Pascal case. It may have an ``__init__``
    without arguments; whether that calls ``super().__init__()`` makes no difference, as in LEAN.
    """

    MAX_TAGS_COUNT = 100
    MAX_NAME_AND_TAGS_LENGTH = 200

    _leansim: Workings

    def __new__(cls, *_: Any, **__: Any) -> QCAlgorithm:
        """Everything LEAN's constructor makes is there before the subclass's ``__init__`` runs."""
        self = super().__new__(cls)
        object.__setattr__(self, "_leansim", Workings.of_current_engine(self))
        return self

    def __init__(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except NotEmulated:
            # Said of LEAN's class, not of the algorithm's.
            raise NotEmulated(f"QCAlgorithm.{snake(name)}") from None

    # ---- life cycle: an algorithm overrides what it wants

    def initialize(self) -> None:
        """Set dates and cash, subscribe data. Called once, before any data."""
        raise NotImplementedError("Please override the Initialize() method")

    def on_warmup_finished(self) -> None:
        """The warm-up is over, or there was none."""

    def on_data(self, slice: Slice) -> None:
        """New data, in each time step that has any."""

    def on_order_event(self, order_event: Any) -> None:
        """Something happened to an order."""

    def on_assignment_order_event(self, assignment_event: Any) -> None:
        """A short option was assigned; comes after its ``on_order_event``."""

    def on_securities_changed(self, changes: Any) -> None:
        """Securities were added or removed."""

    def on_splits(self, splits: Any) -> None:
        """Splits happened or are announced."""

    def on_dividends(self, dividends: Any) -> None:
        """Dividends were paid."""

    def on_delistings(self, delistings: Any) -> None:
        """Contracts or companies end, or are about to."""

    def on_symbol_changed_events(self, symbols_changed: Any) -> None:
        """Tickers changed, or a continuous future moved to its next contract."""

    def on_margin_call(self, requests: list[Any]) -> Any:
        """Orders LEAN is about to send for lack of margin; what is returned is sent."""
        return requests

    def on_margin_call_warning(self) -> None:
        """Margin is running short."""

    def on_end_of_day(self, symbol: Symbol | None = None) -> None:
        """Ten minutes before the close of each security."""

    def on_end_of_algorithm(self) -> None:
        """The last call of a run."""

    def on_brokerage_message(self, message_event: Any) -> None:
        """The brokerage says something."""

    def on_brokerage_disconnect(self) -> None:
        """The brokerage is gone."""

    def on_brokerage_reconnect(self) -> None:
        """The brokerage is back."""

    def on_command(self, data: Any) -> bool | None:
        """A command from outside; there are none in a backtest."""
        return True

    # ---- time

    @property
    def time(self) -> datetime:
        """The frontier in the algorithm's time zone, naive."""
        return self._leansim.clock.local(self._leansim.time_zone)

    @property
    def utc_time(self) -> datetime:
        """The frontier, aware UTC."""
        return self._leansim.clock.utc

    @property
    def time_zone(self) -> CachedDateTimeZone:
        """The algorithm's time zone."""
        return self._leansim.time_zone

    @property
    def start_date(self) -> datetime:
        """The first day of the run, its midnight."""
        return self._leansim.start_date

    @property
    def end_date(self) -> datetime:
        """The end of the last day of the run."""
        return self._leansim.end_date

    @property
    def is_warming_up(self) -> bool:
        """Whether orders are refused because the run has not begun."""
        return self._leansim.is_warming_up

    # ---- what an algorithm works with

    @property
    def securities(self) -> SecurityManager:
        """Every security the algorithm knows."""
        return self._leansim.securities

    @property
    def active_securities(self) -> ReadOnlyExtendedDictionary[Symbol, Security]:
        """The securities that are subscribed now."""
        return self._leansim.active_securities()

    @property
    def portfolio(self) -> SecurityPortfolioManager:
        """Holdings, cash and margin."""
        return self._leansim.portfolio

    @property
    def transactions(self) -> SecurityTransactionManager:
        """Orders and tickets."""
        return self._leansim.transactions

    @property
    def trade_builder(self) -> Any:
        """The record of closed trades."""
        return self._leansim.trade_builder

    @property
    def schedule(self) -> ScheduleManager:
        """Scheduled events."""
        return self._leansim.schedule

    @property
    def date_rules(self) -> DateRules:
        """Rules for the dates of scheduled events."""
        return self._leansim.schedule.date_rules

    @property
    def time_rules(self) -> TimeRules:
        """Rules for the times of scheduled events."""
        return self._leansim.schedule.time_rules

    @property
    def settings(self) -> AlgorithmSettings:
        """LEAN's settings."""
        return self._leansim.settings

    @property
    def universe_settings(self) -> UniverseSettings:
        """What securities are subscribed with when nothing else is said."""
        return self._leansim.universe_settings

    @property
    def object_store(self) -> ObjectStore:
        """Files kept between runs."""
        return self._leansim.object_store

    @property
    def signal_export(self) -> SignalExportManager:
        """Export of targets to other platforms."""
        return self._leansim.signal_export

    @property
    def notify(self) -> NotificationManager:
        """Messages to the user: recorded, not sent."""
        return self._leansim.notify

    @property
    def current_slice(self) -> Slice | None:
        """The slice of this time step."""
        return self._leansim.current_slice

    @property
    def default_order_properties(self) -> Any:
        """Order properties used when an order names none."""
        return self._leansim.default_order_properties

    @default_order_properties.setter
    def default_order_properties(self, value: Any) -> None:
        self._leansim.default_order_properties = value

    @property
    def market_hours_database(self) -> MarketHoursDatabase:
        """The hours of all products."""
        return MarketHoursDatabase.from_data_folder()

    # ---- what an algorithm is

    @property
    def live_mode(self) -> bool:
        """False in a backtest; True in a live-like run."""
        return self._leansim.live_mode

    @property
    def algorithm_mode(self) -> AlgorithmMode:
        """Backtesting, or Live in a live-like run."""
        return AlgorithmMode.LIVE if self._leansim.live_mode else AlgorithmMode.BACKTESTING

    @property
    def deployment_target(self) -> DeploymentTarget:
        """The local platform."""
        return DeploymentTarget.LOCAL_PLATFORM

    @property
    def algorithm_id(self) -> str:
        """The id of the run; empty until initialize is over."""
        return self._leansim.algorithm_id if self._leansim.locked else ""

    @property
    def project_id(self) -> int:
        """Zero on the local platform, unless the algorithm sets it."""
        return self._leansim.project_id

    @project_id.setter
    def project_id(self, value: int) -> None:
        self._leansim.project_id = value

    @property
    def account_currency(self) -> str:
        """The account's currency."""
        return self._leansim.portfolio.cash_book.account_currency

    @property
    def brokerage_model(self) -> Any:
        """The brokerage that is simulated."""
        return self._leansim.brokerage_model

    @property
    def brokerage_name(self) -> BrokerageName:
        """The brokerage model's name."""
        return self._leansim.brokerage_name

    @property
    def option_chain_provider(self) -> BacktestingOptionChainProvider:
        """Lists of option contracts."""
        return BacktestingOptionChainProvider(self._leansim.chains)

    @property
    def future_chain_provider(self) -> BacktestingFutureChainProvider:
        """Lists of futures contracts."""
        return BacktestingFutureChainProvider(self._leansim.chains)

    @property
    def benchmark(self) -> Any:
        """What the run is compared with."""
        return self._leansim.benchmark

    @property
    def status(self) -> AlgorithmStatus:
        """Running, or how the run ended."""
        return self._leansim.status

    @property
    def name(self) -> str:
        """The run's name, at most 200 characters."""
        return self._leansim.name

    @name.setter
    def name(self, value: str) -> None:
        self._leansim.name = value[: self.MAX_NAME_AND_TAGS_LENGTH]

    @property
    def tags(self) -> Any:
        """Labels of the run."""
        return self._leansim.tags

    @tags.setter
    def tags(self, value: Iterable[str]) -> None:
        self.set_tags(value)

    def set_name(self, name: str) -> None:
        """Set the run's name."""
        self.name = name

    def add_tag(self, tag: str) -> None:
        """Add a label; blank ones and those beyond a hundred are dropped, as in LEAN."""
        if tag and tag.strip() and len(self._leansim.tags) < self.MAX_TAGS_COUNT:
            self._leansim.tags.add(tag[: self.MAX_NAME_AND_TAGS_LENGTH])

    def set_tags(self, tags: Iterable[str]) -> None:
        """Replace the labels."""
        self._leansim.tags.clear()
        for tag in tags:
            self.add_tag(tag)

    def get_locked(self) -> bool:
        """Whether initialize is over."""
        return self._leansim.locked

    # ---- messages and the end

    def log(self, message: Any) -> None:
        """Write a line to the log."""
        text = _text("Log", message)
        if text:
            self._leansim.write("log", text)

    def debug(self, message: Any) -> None:
        """Write a line to the console; a line equal to the one before is dropped."""
        self._leansim.write_once("debug", _text("Debug", message))

    def error(self, message: Any) -> None:
        """Write an error line; one equal to the error before is dropped. The run goes on."""
        text = str(message) if isinstance(message, BaseException) else _text("Error", message)
        self._leansim.write_once("error", text)

    def quit(self, message: Any = "") -> None:
        """End the run after the current hook; ``on_end_of_algorithm`` is still called."""
        self.debug(f"Quit(): {message}")
        self._leansim.status = AlgorithmStatus.STOPPED

    def set_quit(self, quit: bool) -> None:
        """End the run after the current hook when True."""
        if quit:
            self._leansim.status = AlgorithmStatus.STOPPED

    # ---- small services

    def get_parameter(self, name: str, default_value: Any = None) -> Any:
        """A parameter as text; with a default that is a number, as a number of that kind (or the default)."""
        value = self._leansim.parameters.get(name)
        if value is None:
            return default_value
        if isinstance(default_value, bool) or default_value is None or isinstance(default_value, str):
            return value
        return _number(value, default_value)

    def get_parameters(self) -> ReadOnlyExtendedDictionary[str, str]:
        """All parameters."""
        return read_only_dictionary(str, str, self._leansim.parameters)

    def symbol(self, ticker: str) -> Symbol:
        """The symbol of a ticker that was added, or of a full identifier's text."""
        return SymbolCache.get_symbol(ticker)

    def is_market_open(self, symbol: Any) -> bool:
        """Whether the symbol's regular session is open now."""
        target = self._leansim.symbol_of(symbol)
        return self._leansim.exchange_hours(target).is_open(self._leansim.clock.ns, False)

    def train(
        self,
        date_rule: FuncDateRule | Callable[[], Any],
        time_rule: FuncTimeRule | None = None,
        training_code: Callable[[], Any] | None = None,
    ) -> ScheduledEvent:
        """``train(code)`` runs code at the next time step, ``train(date_rule, time_rule, code)`` by these rules."""
        if time_rule is None or training_code is None:
            if not callable(date_rule):
                raise TypeError("No method matches given arguments for Train")
            return self.schedule.training_now(date_rule)
        return self.schedule.training(date_rule, time_rule, training_code)  # type: ignore[arg-type]  # three arguments


def _spell_properties() -> None:
    """Give LEAN's properties their Pascal spelling: ``self.Name = "x"`` sets them, other capitals are the algorithm's.

    Done once here: to look at every name an algorithm sets would cost more than all else it does with its own values.
    """
    for cls in QCAlgorithm.__mro__:
        for name, member in [*vars(cls).items()]:
            if isinstance(member, property) and not hasattr(QCAlgorithm, pascal(name)):
                setattr(QCAlgorithm, pascal(name), member)


_spell_properties()


def _text(method: str, message: Any) -> str:
    if isinstance(message, str):
        return message
    if isinstance(message, bool):
        return str(message)
    if isinstance(message, int):
        return str(int(message))
    if isinstance(message, float):
        return repr(float(message)).removesuffix(".0")
    if isinstance(message, ClrException):
        return message._text()
    raise TypeError(f"No method matches given arguments for {method}: ({type(message)})")


def _number(text: str, default_value: Any) -> Any:
    # Python reads "1_000" as a number, .NET does not.
    plain = text.strip().replace("_", "x")
    try:
        return int(plain) if isinstance(default_value, int) else float(plain.replace(",", ""))
    except ValueError:
        return default_value
