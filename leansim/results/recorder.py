"""What a run leaves behind while it goes on.

The loop and the trading room call a :class:`Recorder`; nothing here decides anything, and nothing here reads a wall
clock. `sampling` turns what the loop reports into LEAN's charts, `statistics` turns the record into LEAN's figures,
`writer` into LEAN's files.

The calls, in the order a run makes them::

    recorder = Recorder(engine)                       the command line (or a test)
    recorder.begin(AccountView(workings, start, end)) loop: after initialize, before the first step (`run_view`)
    recorder.configure(configuration(workings))       loop: right after
    recorder.order_event(event) …                     trading: each event, in the order the algorithm saw it
    recorder.log(text) / debug / error                algorithm, engine
    recorder.step(utc_ns)                             loop: end of each time step
    recorder.sample_day()                             loop: midnight of the algorithm's time zone, and once at the end
    recorder.warm_up_finished()                       loop: before the algorithm's own call-back
    recorder.charts_of(charts); recorder.data_requests(succeeded, failed)
    recorder.finish(status, error, stack)             loop: always, also after an error or Ctrl-C
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from leansim.account.trades import ClosedTrade
from leansim.results.capacity import CapacityEstimate
from leansim.results.chart import ChartBook
from leansim.results.sampling import Sampler

if TYPE_CHECKING:
    from leansim.api.charts import Chart as ApiChart
    from leansim.api.order_events import OrderEvent
    from leansim.api.orders import Order
    from leansim.api.symbols import Symbol
    from leansim.results.market import MarketBars, MarketNow


@dataclass(frozen=True)
class HoldingView:
    """One security of the portfolio as the daily samples need it; amounts in account currency."""

    symbol: Symbol
    security_type: str
    holdings_value: Decimal
    total_sale_volume: Decimal


class RunView(Protocol):
    """What the recorder asks of a running backtest. All times int64 ns UTC, all amounts in account currency."""

    @property
    def utc_ns(self) -> int:
        """The frontier."""

    @property
    def start_ns(self) -> int:
        """Start date of the algorithm (midnight of its time zone)."""

    @property
    def end_ns(self) -> int:
        """End date of the algorithm (the last tick of that day)."""

    @property
    def is_warming_up(self) -> bool:
        """Nothing is sampled while this is true."""

    @property
    def equity(self) -> Decimal:
        """Total portfolio value."""

    @property
    def unrealized_profit(self) -> Decimal:
        """Total unrealized profit."""

    @property
    def total_fees(self) -> Decimal:
        """Fees paid so far."""

    @property
    def net_profit(self) -> Decimal:
        """Total net profit as the portfolio states it (closed, after fees)."""

    @property
    def holdings_value(self) -> Decimal:
        """Total value of the holdings, unsigned as LEAN states it."""

    @property
    def sale_volume(self) -> Decimal:
        """Total sale volume since the start."""

    @property
    def currency_symbol(self) -> str:
        """Symbol of the account currency: ``$``."""

    @property
    def trading_days_per_year(self) -> int:
        """LEAN's setting: 252, or 365 for the crypto brokerages."""

    def benchmark(self, ns: int) -> Decimal:
        """Value of the benchmark at an instant (0 when it has none yet)."""

    def risk_free_rate(self, times_ns: Sequence[int]) -> Decimal:
        """Average of the risk-free interest rate over the given instants, as a fraction."""

    def trade_records(self) -> list[TradeRecord]:
        """LEAN's transaction record, in time order."""

    def holdings(self) -> Iterable[HoldingView]:
        """Every security of the portfolio, held or not, in LEAN's order (the order they were added)."""

    def market_now(self, symbols: Iterable[Symbol]) -> MarketNow:
        """This step, to ask for its bars of these securities later."""

    def market_bars(self, symbols: Sequence[Symbol], steps: Sequence[MarketNow]) -> dict[Symbol, MarketBars]:
        """The bars securities had in some steps: trade bars, else quote bars. One without any may be missing."""

    def last_bar_ns(self, symbol: Symbol) -> int:
        """An instant after which a security has no bars any more, because its contract has ended."""

    def multiplier(self, symbol: Symbol) -> Decimal:
        """Contract multiplier of a security."""

    def conversion_rate(self, symbol: Symbol) -> Decimal:
        """Account currency per unit of the security's quote currency."""

    def reserved_buying_power(self, symbol: Symbol) -> Decimal:
        """Buying power the position uses, times the leverage: what LEAN's capacity estimate weighs holdings with."""

    def invested(self, symbol: Symbol) -> bool:
        """Whether a quantity of the security is held."""

    def models_of(self, symbols: Iterable[Symbol]) -> ModelNames:
        """The models in force for securities: their class names, each once."""


@dataclass(frozen=True)
class ModelNames:
    """Class names of the models a run traded with."""

    brokerage: str
    fill: list[str]
    fee: list[str]


@dataclass(frozen=True)
class TradeRecord:
    """An entry of LEAN's transaction record: the profit or loss booked at an instant, and whether it counts as a win.

    A loss may count as a win: an in-the-money option exercised for less than it cost.
    """

    ns: int
    profit_loss: Decimal
    is_win: bool


@dataclass(frozen=True)
class DataSource:
    """Where data of a run came from: a folder, or the model. ``modelled`` data are never shown as real ones."""

    name: str
    detail: str
    modelled: bool


@dataclass
class EngineInfo:
    """Who computed a result and from what; part of every result file and shown on top of the report."""

    version: str
    data_sources: list[DataSource] = field(default_factory=list)
    fill_models: list[str] = field(default_factory=list)
    fee_models: list[str] = field(default_factory=list)
    brokerage_model: str = ""
    seed: int | None = None

    @property
    def modelled(self) -> bool:
        """Whether any of the data are modelled rather than recorded."""
        return any(source.modelled for source in self.data_sources)


class Recorder:
    """Collects what happens in one run. One instance per run; not thread-safe (a run has one thread)."""

    def __init__(self, engine: EngineInfo) -> None:
        self.engine = engine
        self.orders: dict[int, Order] = {}
        self._ids_before = 0
        self.order_events: list[OrderEvent] = []
        self.closed_trades: list[ClosedTrade] = []
        self.trade_records: list[TradeRecord] = []
        self.log_lines: list[str] = []
        self.runtime_statistics: dict[str, str] = {}
        self.summary_statistics: dict[str, str] = {}
        self.requests_succeeded: list[str] = []
        self.requests_failed: list[str] = []
        self.configuration: dict[str, Any] = {}
        self.name = ""
        self.status = "Initializing"
        self.error = ""
        self.stack = ""
        self.charts = ChartBook()
        self.view: RunView | None = None
        self.sampler: Sampler | None = None
        self.capacity: CapacityEstimate | None = None
        self.closing: ClosingFigures | None = None

    def begin(self, view: RunView) -> None:
        """The algorithm is initialized: from here on there is a portfolio to sample."""
        self.view = view
        self.status = "Running"
        self.capacity = CapacityEstimate(view)
        self.sampler = Sampler(view, self.charts, self.capacity)

    def go_on(self) -> None:
        """Another process of the algorithm's goes on where one died: its order ids begin at 1 again, as live."""
        self._ids_before = max(self.orders, default=0)

    # ---- trading

    def order(self, order: Order) -> None:
        """A new order. The object is kept, so its later states need not be reported."""
        self.orders[self._ids_before + order.id] = order

    def order_event(self, event: OrderEvent) -> None:
        """An order event, in the order the algorithm sees them. The object must not change afterwards."""
        self.order_events.append(event)
        if self.capacity is not None:
            self.capacity.order_event(event)

    def trade_closed(self, trade: ClosedTrade) -> None:
        """The trade builder closed a trade."""
        self.closed_trades.append(trade)

    # ---- text: each line is already prefixed with the algorithm's time, as LEAN's is

    def log(self, line: str) -> None:
        """A log line of the algorithm."""
        self.log_lines.append(line)

    def debug(self, line: str) -> None:
        """A debug line; LEAN keeps them among the log lines."""
        self.log_lines.append(line)

    def error_line(self, line: str) -> None:
        """An ``error()`` line of the algorithm."""
        self.log_lines.append(line)

    def runtime_statistic(self, name: str, value: str) -> None:
        """A runtime statistic; the last value of a name wins."""
        self.runtime_statistics[name] = value

    def summary_statistic(self, name: str, value: str) -> None:
        """A statistic the algorithm adds to the summary; it cannot replace one of LEAN's."""
        self.summary_statistics[name] = value

    def charts_of(self, drawn: Iterable[ApiChart]) -> None:
        """The charts the algorithm drew, complete; call once, at the end."""
        for chart in drawn:
            self.charts.add(chart)

    # ---- data

    def data_requests(self, succeeded: Iterable[str], failed: Iterable[str]) -> None:
        """The files asked for in the whole run (`DataFolder.requests`), paths relative to the data folder."""
        self.requests_succeeded = sorted(set(succeeded))
        self.requests_failed = sorted(set(failed))

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """LEAN's ``algorithmConfiguration``: see `writer` for its keys; values are JSON values."""
        self.configuration = dict(configuration)

    # ---- time

    def step(self, utc_ns: int, *, force: bool = False) -> None:
        """End of the time step of an instant; ``force`` once more after ``on_end_of_algorithm``, not after an error."""
        if self.sampler is not None:
            self.sampler.step(utc_ns, force)

    def sample_day(self) -> None:
        """Midnight of the algorithm's time zone, and once more after the algorithm completed (not after an error)."""
        if self.sampler is not None:
            self.sampler.sample_day()

    def warm_up_finished(self) -> None:
        """LEAN takes the starting value of the account again when the warm-up is over."""
        if self.sampler is not None:
            self.sampler.restart()

    def figures(self) -> tuple[ClosingFigures, list[TradeRecord]] | None:
        """The account and its closed positions: of the end once the run is over, of now before; ``None`` before it."""
        if self.closing is not None:
            return self.closing, self.trade_records
        return None if self.view is None else (ClosingFigures.of(self.view), self.view.trade_records())

    def finish(self, status: str, error: str = "", stack: str = "") -> None:
        """The run is over; call after the last sample. ``status`` is LEAN's name: Completed, RuntimeError, Stopped…"""
        self.status = status
        self.error = error
        self.stack = stack
        if self.view is not None:
            # LEAN takes a step more when its result handler exits, also after an error.
            self.step(self.view.utc_ns, force=True)
            self.closing = ClosingFigures.of(self.view)
            self.trade_records = self.view.trade_records()
            models = self.view.models_of({order.symbol for order in self.orders.values()})
            self.engine.brokerage_model = models.brokerage
            self.engine.fill_models = models.fill
            self.engine.fee_models = models.fee


@dataclass(frozen=True)
class ClosingFigures:
    """The account at the end of a run, for LEAN's runtime statistics."""

    utc_ns: int
    equity: Decimal
    unrealized_profit: Decimal
    total_fees: Decimal
    net_profit: Decimal
    holdings_value: Decimal
    sale_volume: Decimal

    @classmethod
    def of(cls, view: RunView) -> ClosingFigures:
        """Read them from the run as it is now."""
        return cls(
            view.utc_ns,
            view.equity,
            view.unrealized_profit,
            view.total_fees,
            view.net_profit,
            view.holdings_value,
            view.sale_volume,
        )
