"""LEAN's statistics of a run: the summary table, the figures behind it, and the same for rolling periods.

`summary` has LEAN's 28 names in LEAN's order with LEAN's texts. The figures come from the charts LEAN samples
(`sampling`), so they carry that sampling's rounding.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from leansim.results.orders_json import order_list_hash
from leansim.results.portfolio_statistics import Points, PortfolioStatistics, RiskFreeRate, portfolio_statistics
from leansim.results.rounding import (
    ZERO,
    NotFinite,
    double_text,
    round_double,
    rounded,
    significant,
    text,
    times_hundred,
)
from leansim.results.sampling import EQUITY_CHART
from leansim.results.trade_statistics import TradeStatistics, trade_statistics

if TYPE_CHECKING:
    from leansim.account.trades import ClosedTrade
    from leansim.results.recorder import Recorder, TradeRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_NS = 86_400_000_000_000
_PERIOD_MONTHS = (1, 3, 6, 12)


@dataclass
class Performance:
    """Statistics of one period."""

    trades: TradeStatistics = field(default_factory=TradeStatistics)
    portfolio: PortfolioStatistics = field(default_factory=PortfolioStatistics)
    closed_trades: list[ClosedTrade] = field(default_factory=list)


@dataclass
class Statistics:
    """LEAN's three results: summary (name → text), the whole run, and rolling periods (``M3_20131231``)."""

    summary: dict[str, str] = field(default_factory=dict)
    total: Performance = field(default_factory=Performance)
    rolling: dict[str, Performance] = field(default_factory=dict)


@dataclass
class Samples:
    """What statistics are made from; instants are ns UTC, one value an instant, in time order.

    ``performance`` are daily returns in percent, ``benchmark`` daily values, both from the first midnight on;
    ``turnover`` are fractions of the account.
    """

    equity: Points
    performance: Points
    benchmark: Points
    turnover: Points
    trades: Sequence[ClosedTrade]
    records: Sequence[TradeRecord]
    starting_capital: Decimal
    risk_free_rate: RiskFreeRate
    trading_days: int


@dataclass(frozen=True)
class Totals:
    """Figures of the summary that are not statistics of samples."""

    orders: int
    fees: Decimal
    capacity: Decimal
    lowest_capacity_asset: str
    currency_symbol: str


def statistics_of(recorder: Recorder) -> Statistics:
    """The statistics of a run, so far or whole; no summary where LEAN has none (no sample, an infinite return)."""
    result = _without_samples(recorder)
    view, sampler, figures = recorder.view, recorder.sampler, recorder.figures()
    if view is None or sampler is None or figures is None:
        return result
    closing, records = figures
    performance = _values(recorder, EQUITY_CHART, "Return")
    benchmark = _values(recorder, "Benchmark", "Benchmark")
    if not benchmark:
        # A run that ended on its first day has no daily sample yet; LEAN makes one of the moment.
        today = sampler.partial_day()
        if today is None:
            return result
        performance, benchmark = [(closing.utc_ns, today[0])], [(closing.utc_ns, today[1])]
    samples = Samples(
        equity=_values(recorder, EQUITY_CHART, "Equity"),
        performance=performance,
        benchmark=benchmark,
        turnover=_values(recorder, "Portfolio Turnover", "Portfolio Turnover"),
        trades=recorder.closed_trades,
        records=records,
        starting_capital=sampler.starting_equity,
        risk_free_rate=view.risk_free_rate,
        trading_days=view.trading_days_per_year,
    )
    if not samples.equity:
        return result
    capacity = recorder.capacity
    totals = Totals(
        orders=len(recorder.orders),
        fees=closing.total_fees,
        capacity=capacity.capacity if capacity else ZERO,
        lowest_capacity_asset=str(capacity.lowest_asset.id) if capacity and capacity.lowest_asset else "",
        currency_symbol=view.currency_symbol,
    )
    try:
        result = generate(samples, totals)
    except NotFinite:
        return result
    for name, value in recorder.summary_statistics.items():
        result.summary.setdefault(name, value)
    result.summary["OrderListHash"] = order_list_hash(recorder.orders)
    return result


def generate(samples: Samples, totals: Totals) -> Statistics:
    """Statistics of samples.

    Raises:
        NotFinite: where a return grows beyond what a double holds.

    """
    first, last = _date(samples.equity[0][0]), _date(samples.equity[-1][0])
    # of a short run, and in the first months of any, periods of different length are the same days
    performance = cache(partial(_performance, samples))
    total = performance(first, last)
    rolling = {
        f"M{months}_{end:%Y%m%d}": performance(start, end)
        for months in _PERIOD_MONTHS
        for start, end in _periods(months, first, last)
    }
    return Statistics(summary_of(total.portfolio, totals), total, rolling)


def summary_of(figures: PortfolioStatistics, totals: Totals) -> dict[str, str]:
    """LEAN's summary table without the fingerprint of the orders."""

    def percent(value: Decimal, digits: int) -> str:
        return text(rounded(times_hundred(value), digits)) + "%"

    def double(value: Decimal) -> str:
        return double_text(round_double(float(value), 3))

    money = totals.currency_symbol
    return {
        "Total Orders": str(totals.orders),
        "Average Win": percent(figures.average_win_rate, 2),
        "Average Loss": percent(figures.average_loss_rate, 2),
        "Compounding Annual Return": percent(figures.compounding_annual_return, 3),
        "Drawdown": percent(figures.drawdown, 3),
        "Expectancy": text(rounded(figures.expectancy, 3)),
        "Start Equity": text(rounded(figures.start_equity, 2)),
        "End Equity": text(rounded(figures.end_equity, 2)),
        "Net Profit": percent(figures.total_net_profit, 3),
        "Sharpe Ratio": double(figures.sharpe_ratio),
        "Sortino Ratio": double(figures.sortino_ratio),
        "Probabilistic Sharpe Ratio": percent(figures.probabilistic_sharpe_ratio, 3),
        "Loss Rate": percent(figures.loss_rate, 0),
        "Win Rate": percent(figures.win_rate, 0),
        "Profit-Loss Ratio": text(rounded(figures.profit_loss_ratio, 2)),
        "Alpha": double(figures.alpha),
        "Beta": double(figures.beta),
        "Annual Standard Deviation": double(figures.annual_standard_deviation),
        "Annual Variance": double(figures.annual_variance),
        "Information Ratio": double(figures.information_ratio),
        "Tracking Error": double(figures.tracking_error),
        "Treynor Ratio": double(figures.treynor_ratio),
        "Total Fees": money + text(totals.fees.quantize(Decimal("0.01"), ROUND_HALF_UP)),
        "Estimated Strategy Capacity": money + text(significant(totals.capacity, 2)),
        "Lowest Capacity Asset": totals.lowest_capacity_asset,
        "Portfolio Turnover": percent(figures.portfolio_turnover, 2),
        "Drawdown Recovery": str(figures.drawdown_recovery),
    }


def _without_samples(recorder: Recorder) -> Statistics:
    return Statistics(total=Performance(closed_trades=list(recorder.closed_trades)))


def _values(recorder: Recorder, chart: str, series: str) -> list[tuple[int, Decimal]]:
    """The points of a series with its last value: the close, for candles."""
    return [(ns, values[-1]) for ns, values in recorder.charts.points(chart, series)]


def _performance(samples: Samples, start: date, end: date) -> Performance:
    first_ns, end_ns = _midnight(start), _midnight(end + timedelta(days=1))

    def part(points: Points) -> Points:
        left = bisect_left(points, first_ns, key=itemgetter(0))
        return points[left : bisect_left(points, end_ns, key=itemgetter(0))]

    equity = part(samples.equity)
    if not equity:
        return Performance()
    trades = [trade for trade in samples.trades if first_ns <= trade.exit_ns < end_ns]
    records = [record for record in samples.records if first_ns <= record.ns < end_ns]
    records.sort(key=lambda record: record.ns)
    wins = sum(1 for record in records if record.is_win)
    performance = [value for _, value in part(samples.performance)]
    whole_run = len(equity) == len(samples.equity)
    portfolio = portfolio_statistics(
        profit_loss=[record.profit_loss for record in records],
        equity=equity,
        turnover=part(samples.turnover),
        # The first sample is of midnight before the first day and the second holds whatever opened that morning:
        # LEAN leaves both out, and the benchmark's first change with them.
        performance=[float(value / 100) for value in performance[2:]],
        benchmark=_changes(part(samples.benchmark))[1:],
        starting_capital=samples.starting_capital if whole_run else equity[0][1],
        risk_free_rate=samples.risk_free_rate,
        trading_days=samples.trading_days,
        wins=wins,
        losses=len(records) - wins,
    )
    return Performance(trade_statistics(trades), portfolio, trades)


def _changes(points: Points) -> list[float]:
    """Relative changes from point to point; 0 after a value of 0."""
    values = [value for _, value in points]
    return [float((value - before) / before) if before else 0.0 for before, value in pairwise(values)]


def _periods(months: int, first: date, last: date) -> list[tuple[date, date]]:
    """LEAN's rolling periods: each ends with a month (the last with the run) and reaches back ``months`` months."""
    ends = [last]
    while (previous := ends[-1].replace(day=1) - timedelta(days=1)) >= first:
        ends.append(previous)
    ends.reverse()
    periods = [(first, ends[0])]
    for end in ends[1:]:
        start = _months_later(periods[-1][1] + timedelta(days=1), 1 - months)
        periods.append((max(start, first), end))
    return periods


def _months_later(day: date, months: int) -> date:
    """The same day some months later; only called with the first of a month."""
    month = day.year * 12 + day.month - 1 + months
    return day.replace(year=month // 12, month=month % 12 + 1)


def _midnight(day: date) -> int:
    return (day.toordinal() - _EPOCH.toordinal()) * _DAY_NS


def _date(ns: int) -> date:
    return (_EPOCH + timedelta(microseconds=ns // 1000)).date()
