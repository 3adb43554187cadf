"""LEAN's samples: the equity through the day, and once a day everything its statistics are made from.

LEAN samples nothing while the algorithm warms up, charts the equity at most every four minutes (longer in runs of more
than eleven days: 4000 points in all), and at each midnight of the algorithm's time zone takes one sample of the
benchmark, the day's return, drawdown, exposure, turnover, volumes and capacity. The statistics are computed from these
charts, so their rounding is part of the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.results.chart import ChartBook, SeriesKind
from leansim.results.rounding import ZERO, rounded, smart

if TYPE_CHECKING:
    from leansim.results.capacity import CapacityEstimate
    from leansim.results.recorder import HoldingView, RunView

EQUITY_CHART = "Strategy Equity"
_MINUTE = 60_000_000_000
_SHORTEST_PERIOD_MINUTES = 4
_SAMPLES = 4000
_TOP_VOLUMES = 30


class Sampler:
    """Turns the state of a run into points of LEAN's charts."""

    def __init__(self, view: RunView, charts: ChartBook, capacity: CapacityEstimate) -> None:
        self.starting_equity = view.equity
        self._view = view
        self._charts = charts
        self._capacity = capacity
        self._period_ns = _sample_period(view)
        self._next_sample_ns: int | None = None
        self._bar: list[Decimal] = []
        self._highest = self.starting_equity
        self._previous_day = self.starting_equity
        self._sale_volumes = (ZERO, ZERO)  # at the last turnover sample, and at the one before
        self._turnover_ns: int | None = None

    def restart(self) -> None:
        """The warm-up is over: the account may have another value than when it was set up."""
        now = self._view.equity
        if now != self.starting_equity:
            self.starting_equity = now
            self._bar = []
        if now != self._highest:
            self._highest = now
        if now != self._previous_day:
            self._previous_day = now

    def step(self, ns: int, force: bool) -> None:
        """End of a time step."""
        self._capacity.step(ns, force)
        value = self._view.equity
        # called in every step, and most of them change nothing
        if not self._bar or value is not self._bar[3]:
            self._update_bar(value)
        if force or self._next_sample_ns is None or ns > self._next_sample_ns:
            self._next_sample_ns = ns + self._period_ns
            self._sample_equity(ns)

    def sample_day(self) -> None:
        """The samples LEAN takes at midnight and at the end of the run."""
        view = self._view
        ns = view.utc_ns
        equity = view.equity
        benchmark = smart(view.benchmark(ns))
        change = self._change(equity)
        self._highest = max(equity, self._highest)

        self._update_bar(equity)
        self._sample_equity(ns)
        self._sample("Benchmark", "Benchmark", ns, benchmark)
        self._sample(EQUITY_CHART, "Return", ns, change, SeriesKind.BAR, "%", 1)
        if self._highest:
            drawdown = rounded((equity / self._highest - 1) * 100, 2)
            self._sample("Drawdown", "Equity Drawdown", ns, drawdown, unit="%")
        holdings = list(view.holdings())
        self._sample_volumes(ns, holdings)
        self._sample_exposure(ns, equity, holdings)
        self._sample("Capacity", "Strategy Capacity", ns, self._capacity.capacity, unit=view.currency_symbol)
        self._sample_turnover(ns, equity)
        self._previous_day = equity

    def partial_day(self) -> tuple[Decimal, Decimal] | None:
        """Return of the day so far in percent and the benchmark's value; None when the account has not moved."""
        if not (change := self._change(self._view.equity)):
            return None
        return smart(change), smart(self._view.benchmark(self._view.utc_ns))

    def _change(self, equity: Decimal) -> Decimal:
        if not self._previous_day:
            return ZERO
        return rounded((equity - self._previous_day) * 100 / self._previous_day, 10)

    def _update_bar(self, value: Decimal) -> None:
        # The rounding waits until the bar is charted: the largest value rounds to the largest.
        bar = self._bar
        if not bar:
            self._bar = [value] * 4
            return
        if value > bar[1]:
            bar[1] = value
        elif value < bar[2]:
            bar[2] = value
        bar[3] = value

    def _sample_equity(self, ns: int) -> None:
        bar = [rounded(value, 4) for value in self._bar]
        self._add(EQUITY_CHART, "Equity", ns, bar, SeriesKind.CANDLE, self._view.currency_symbol)
        self._bar = []

    def _sample_volumes(self, ns: int, holdings: Sequence[HoldingView]) -> None:
        traded = [holding for holding in holdings if holding.total_sale_volume]
        traded.sort(key=lambda holding: holding.total_sale_volume, reverse=True)
        for holding in traded[:_TOP_VOLUMES]:
            self._sample(
                "Assets Sales Volume",
                holding.symbol.value,
                ns,
                holding.total_sale_volume,
                SeriesKind.TREEMAP,
                self._view.currency_symbol,
            )

    def _sample_exposure(self, ns: int, equity: Decimal, holdings: Sequence[HoldingView]) -> None:
        if not equity:
            return
        sides: dict[str, dict[str, Decimal]] = {"Long": {}, "Short": {}}
        for holding in holdings:
            for side in sides.values():
                side.setdefault(holding.security_type, ZERO)
            sides["Long" if holding.holdings_value > 0 else "Short"][holding.security_type] += holding.holdings_value
        for side_name, values in sides.items():
            for security_type, value in values.items():
                ratio = rounded(value / equity, 4)
                self._sample("Exposure", f"{security_type} - {side_name} Ratio", ns, ratio, unit="")

    def _sample_turnover(self, ns: int, equity: Decimal) -> None:
        # The first sample is taken at the start of the first day, before anything could be traded.
        if not equity or ns == self._view.start_ns:
            return
        volume = self._view.sale_volume
        last, before = self._sale_volumes
        # A second sample of the same instant replaces the first, so it counts from where the first counted.
        since = before if self._turnover_ns == ns else last
        self._sale_volumes = (volume, last)
        self._turnover_ns = ns
        self._sample("Portfolio Turnover", "Portfolio Turnover", ns, (volume - since) / equity, unit="%")

    def _sample(
        self,
        chart: str,
        series: str,
        ns: int,
        value: Decimal,
        kind: SeriesKind = SeriesKind.LINE,
        unit: str = "$",
        index: int = 0,
    ) -> None:
        self._add(chart, series, ns, (value,), kind, unit, index)

    def _add(
        self,
        chart: str,
        name: str,
        ns: int,
        values: Sequence[Decimal],
        kind: SeriesKind,
        unit: str,
        index: int = 0,
    ) -> None:
        if self._view.is_warming_up:
            return
        series = self._charts.series(chart, name, kind, unit, index)
        if not series.points or ns > series.points[-1][0] or chart == "Portfolio Turnover":
            series.add(ns, values)


def _sample_period(view: RunView) -> int:
    minutes = (view.end_ns - view.start_ns) / _MINUTE
    if minutes < _SHORTEST_PERIOD_MINUTES * _SAMPLES:
        return _SHORTEST_PERIOD_MINUTES * _MINUTE
    return round(minutes / _SAMPLES * _MINUTE)
