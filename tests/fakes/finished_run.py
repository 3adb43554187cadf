"""A run without an engine: an account whose value follows a list, for tests of the results room."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from leansim.api.enums import OrderStatus, SecurityType
from leansim.api.instant import Instant
from leansim.api.markets import Market
from leansim.api.order_events import CashAmount, OrderEvent, OrderFee
from leansim.api.orders import MarketOrder, OrderSubmissionData
from leansim.api.symbols import Symbol
from leansim.api.time_zones import TimeZones
from leansim.results.market import MarketBars, MarketNow
from leansim.results.recorder import (
    ClosedTrade,
    DataSource,
    EngineInfo,
    HoldingView,
    ModelNames,
    Recorder,
    TradeRecord,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2018, 1, 2, 5, tzinfo=UTC)


def ns(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


class FakeView:
    """An account with one security, index-like benchmark rising one a day."""

    is_warming_up = False
    unrealized_profit = Decimal("12.5")
    total_fees = Decimal("3.25")
    net_profit = Decimal("1000")
    holdings_value = Decimal("2000")
    currency_symbol = "$"
    trading_days_per_year = 252

    def __init__(self, days: int = 60) -> None:
        self.utc_ns = ns(START)
        self.start_ns = ns(START)
        self.end_ns = ns(START + timedelta(days=days)) - 100
        self.equity = Decimal("100000")
        self.sale_volume = Decimal(0)
        self.symbol = Symbol.create("SPX", SecurityType.INDEX, Market.USA)
        self.bar: tuple[float, float, int] | None = None
        self.records: list[TradeRecord] = []

    def benchmark(self, ns: int) -> Decimal:
        return Decimal(2700) + Decimal(ns - self.start_ns) / 86_400_000_000_000

    def risk_free_rate(self, times_ns: Sequence[int]) -> Decimal:
        return Decimal("0.02")

    def trade_records(self) -> list[TradeRecord]:
        return self.records

    def holdings(self) -> Iterable[HoldingView]:
        return [HoldingView(self.symbol, "Index", Decimal(2000), self.sale_volume)]

    def market_now(self, symbols: Iterable[Symbol]) -> MarketNow:
        bars = {symbol: self.bar for symbol in symbols if self.bar is not None}
        return MarketNow(self.utc_ns, Instant.of(TimeZones.UTC, self.utc_ns, [], None), bars)

    def market_bars(self, symbols: Iterable[Symbol], steps: Sequence[MarketNow]) -> dict[Symbol, MarketBars]:
        found = {}
        for symbol in symbols:
            bars = [step.followed.get(symbol, (math.nan, 0.0, 0)) for step in steps]
            found[symbol] = MarketBars(*(np.array(column) for column in zip(*bars, strict=True)))
        return found

    def last_bar_ns(self, symbol: Symbol) -> int:
        return self.end_ns

    def multiplier(self, symbol: Symbol) -> Decimal:
        return Decimal(100)

    def conversion_rate(self, symbol: Symbol) -> Decimal:
        return Decimal(1)

    def reserved_buying_power(self, symbol: Symbol) -> Decimal:
        return Decimal(1000)

    def invested(self, symbol: Symbol) -> bool:
        return True

    def models_of(self, symbols: Iterable[Symbol]) -> ModelNames:
        return ModelNames("TastytradeBrokerageModel", ["ImmediateFillModel"], ["TastytradeFeeModel"])


def finished_run(days: int = 60, modelled: bool = True, error: str = "") -> Recorder:
    """A recorder of a run of some days with one filled order, one closed trade and a little of everything else."""
    source = DataSource("model", "seed 7", modelled) if modelled else DataSource("data folder", "3 archives", False)
    recorder = Recorder(EngineInfo("0.1.0", [source], seed=7))
    view = FakeView(days)
    recorder.begin(view)
    recorder.configure({"name": "Condors", "parameters": {"a": "1"}, "startDate": "2018-01-02T00:00:00Z"})
    recorder.sample_day()
    order = MarketOrder(view.symbol, 2, view.utc_ns, "IC|<open>|1")
    order._set_id(1)
    order.status = OrderStatus.FILLED
    order.order_submission_data = OrderSubmissionData(Decimal("1.5"), Decimal("1.6"), Decimal("1.55"))
    order._price = Decimal("1.60")
    recorder.order(order)
    for number, status in enumerate((OrderStatus.SUBMITTED, OrderStatus.FILLED), start=1):
        event = OrderEvent(order, view.utc_ns, OrderFee(CashAmount(1, "USD")))
        event.id = number
        event.status = status
        if status == OrderStatus.FILLED:
            event._fill_quantity, event._fill_price = Decimal(2), Decimal("1.60")
        recorder.order_event(event)
    for day in range(1, days + 1):
        view.utc_ns = ns(START + timedelta(days=day, hours=-8))
        view.equity = Decimal(100_000) + Decimal(day % 7 - 3) * 250 + day * 20
        view.sale_volume = Decimal(day * 100)
        recorder.step(view.utc_ns)
        view.utc_ns = ns(START + timedelta(days=day))
        recorder.sample_day()
    opened = ns(START)
    recorder.trade_closed(
        ClosedTrade(
            "1", (view.symbol,), opened, Decimal("1.6"), "Long", Decimal(2), opened + 5_400_000_000_000,
            Decimal("2.1"), Decimal(100), Decimal("3.25"), Decimal(-10), Decimal(120), Decimal(20), True, (1, 2),
        )
    )  # fmt: skip
    view.records = [TradeRecord(opened + 5_400_000_000_000, Decimal("96.75"), True)]
    recorder.log("2018-01-02 09:31:00 </script> first line")
    recorder.runtime_statistic("Open groups", "0")
    recorder.data_requests(["b.zip", "a.zip"], ["option/usa/universes/spx/20180101.csv"])
    recorder.finish("RuntimeError" if error else "Completed", error, error)
    return recorder
