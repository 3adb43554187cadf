"""What an algorithm shows: plots, charts, runtime and summary statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leansim.api.charts import BaseSeries, CandlestickSeries, Chart, Series
from leansim.api.enums import SeriesType
from leansim.api.net import ArgumentException, dictionary
from leansim.api.statistics import StatisticsResults
from leansim.api.symbols import Symbol

if TYPE_CHECKING:
    from leansim.api.workings import Workings

# LEAN's own charts. An empty list reserves the whole chart.
RESERVED = {
    "Strategy Equity": ("Equity", "Return"),
    "Capacity": ("Strategy Capacity",),
    "Drawdown": ("Equity Drawdown",),
    "Benchmark": ("Benchmark",),
    "Assets Sales Volume": (),
    "Exposure": (),
    "Portfolio Margin": (),
    "Portfolio Turnover": ("Portfolio Turnover",),
}


class ChartMethods:
    """Mixin of ``QCAlgorithm``: everything that draws."""

    _leansim: Workings

    def add_chart(self, chart: Chart) -> None:
        """Add a chart; one of the same name stays."""
        self._leansim.charts.setdefault(chart.name, chart)

    def add_series(self, chart: str, series: str, series_type: SeriesType, unit: str = "$") -> None:
        """Add a series to a chart, made when absent."""
        charts = self._leansim.charts
        charts.setdefault(chart, Chart(chart)).series[series] = BaseSeries.create(series_type, series, unit=unit)

    def plot(self, *arguments: Any) -> None:
        """Draw: ``([chart,] series, value)``, ``([chart,] series, open, high, low, close)``, ``([chart,] series, bar)``
        or ``(chart, indicator, …)``.
        """
        texts = [str(argument) for argument in arguments[:2] if isinstance(argument, (str, Symbol))]
        values = arguments[len(texts) :]
        if len(texts) == 1 and values and all(hasattr(value, "current") for value in values):
            for indicator in values:
                self._leansim_point(texts[0], indicator.name, (indicator.current.value,))
            return
        if not texts or not values:
            raise TypeError("No method matches given arguments for Plot")
        chart, series = (texts[0], texts[1]) if len(texts) == 2 else ("Strategy Equity", texts[0])
        if len(values) == 1 and hasattr(values[0], "open"):
            bar = values[0]
            values = (bar.open, bar.high, bar.low, bar.close)
        elif len(values) == 1 and hasattr(values[0], "current"):
            values = (values[0].current.value,)
        if len(values) not in (1, 4):
            raise TypeError("No method matches given arguments for Plot")
        self._leansim_point(chart, series, values)

    def record(self, series: str, value: float) -> None:
        """Draw a value on the main chart."""
        self.plot(series, value)

    def plot_indicator(self, chart: str, *indicators: Any) -> None:
        """Draw indicators when they change; ``(chart, wait_for_ready, indicator, …)`` waits until they are ready."""
        wait = False
        if indicators and isinstance(indicators[0], bool):
            wait, indicators = indicators[0], indicators[1:]
        for indicator in indicators:
            indicator.updated += lambda *_, drawn=indicator: (
                self.plot(chart, drawn) if drawn.is_ready or not wait else None
            )

    def get_chart_updates(self, clear_chart_data: bool = False) -> list[Chart]:
        """The charts the algorithm drew."""
        return list(self._leansim.charts.values())

    def set_runtime_statistic(self, name: str, value: Any) -> None:
        """Show a figure while the run goes on."""
        self._leansim.runtime_statistic(name, _figure(value))

    @property
    def statistics(self) -> StatisticsResults:
        """The statistics so far."""
        return StatisticsResults(dictionary(str, str, dict(self._leansim.summary())))

    def set_summary_statistic(self, name: str, value: Any) -> None:
        """Add a figure to the run's summary; the numbers 0 to 100 are reserved names."""
        if name.strip().isdigit() and 0 <= int(name) <= 100:
            raise ArgumentException(f"'{name}' is a reserved statistic name.")
        self._leansim.recorder.summary_statistic(name, _figure(value))

    def _leansim_point(self, chart: str, series: str, values: tuple[Any, ...]) -> None:
        reserved = RESERVED.get(chart)
        if reserved == ():
            raise ArgumentException(f"'{chart}' is a reserved chart name.")
        if reserved and series in reserved:
            raise ArgumentException(f"'{series}' is a reserved series name for chart '{chart}'.")
        drawn = self._leansim.charts.setdefault(chart, Chart(chart))
        kind = CandlestickSeries if len(values) == 4 else Series
        if series not in drawn.series:
            drawn.add_series(kind(series))
        target = drawn.series[series]
        numbers = [float(value) for value in values]
        target.add_point(self._leansim.utc_time(), *numbers)


def _figure(value: Any) -> str:
    if isinstance(value, float):
        return repr(float(value)).removesuffix(".0")
    return str(value)
