"""The charts of a run, LEAN's own and the algorithm's, in the form LEAN writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from leansim.numbers import dec
from leansim.results.rounding import smart

if TYPE_CHECKING:
    from leansim.api.charts import Chart as ApiChart

NANOSECONDS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SeriesKind(IntEnum):
    """LEAN's ``SeriesType``, with its integers."""

    LINE = 0
    SCATTER = 1
    CANDLE = 2
    BAR = 3
    FLAG = 4
    STACKED_AREA = 5
    PIE = 6
    TREEMAP = 7
    HEATMAP = 9
    SCATTER_3D = 10


@dataclass
class ChartSeries:
    """One line of a chart. A point is an instant (ns UTC) and one value, or open, high, low, close for candles."""

    name: str
    kind: SeriesKind
    unit: str = "$"
    index: int = 0
    color: str = ""
    marker: str = "none"
    points: list[tuple[int, tuple[Decimal, ...]]] = field(default_factory=list)

    def add(self, ns: int, values: Sequence[Decimal]) -> None:
        """Add a point; a second one at the same instant replaces the first, as in LEAN."""
        point = (ns, tuple(smart(value) for value in values))
        if self.points and self.points[-1][0] == ns:
            self.points[-1] = point
        else:
            self.points.append(point)

    @property
    def total(self) -> Decimal:
        """Sum of all values; 0 for candles, which LEAN does not add up."""
        if self.kind is SeriesKind.CANDLE:
            return Decimal(0)
        return sum((values[0] for _, values in self.points), Decimal(0))

    def as_json(self) -> dict[str, Any]:
        """LEAN's shape; values are ``[unix seconds, value…]``, a pie is one point with the sum."""
        points = self.points
        if self.kind is SeriesKind.PIE and points:
            points = [(points[-1][0], (self.total,))]
        shape: dict[str, Any] = {
            "name": self.name,
            "unit": self.unit,
            "index": self.index,
            "seriesType": int(self.kind),
            "values": [[ns // NANOSECONDS, *values] for ns, values in points],
        }
        if self.kind is not SeriesKind.CANDLE:
            shape["color"] = self.color
            shape["scatterMarkerSymbol"] = self.marker
        return shape


@dataclass
class Chart:
    """A named set of series."""

    name: str
    series: dict[str, ChartSeries] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """LEAN's shape; it draws the series in this order."""
        in_order = sorted(self.series.values(), key=lambda series: (series.index, len(series.points), series.total))
        return {
            "name": self.name,
            "chartType": 0,
            "series": {series.name: series.as_json() for series in in_order},
        }


class ChartBook:
    """All charts of a run by name."""

    def __init__(self) -> None:
        self.charts: dict[str, Chart] = {"Strategy Equity": Chart("Strategy Equity")}
        self.series("Strategy Equity", "Equity", SeriesKind.CANDLE)
        self.series("Strategy Equity", "Return", SeriesKind.BAR, "%", 1)

    def series(self, chart: str, name: str, kind: SeriesKind, unit: str = "$", index: int = 0) -> ChartSeries:
        """The series of that name, made when absent; kind, unit and index count only then."""
        found = self.charts.setdefault(chart, Chart(chart))
        if name not in found.series:
            found.series[name] = ChartSeries(name, kind, unit, index)
        return found.series[name]

    def add(self, drawn: ApiChart) -> None:
        """A chart the algorithm drew; its series join LEAN's own chart of that name."""
        for name, series in drawn.series._pairs():
            target = self.series(drawn.name, name, SeriesKind(int(series.series_type)), series.unit, series.index)
            for point in series.values:
                if values := _values(point):
                    target.add(_ns(point.time), values)

    def points(self, chart: str, name: str) -> list[tuple[int, tuple[Decimal, ...]]]:
        """The points of a series; empty when there is none of that name."""
        found = self.charts.get(chart)
        if found is None or name not in found.series:
            return []
        return found.series[name].points

    def as_json(self) -> dict[str, Any]:
        """LEAN's ``charts``."""
        return {name: chart.as_json() for name, chart in self.charts.items()}


def _ns(time: datetime) -> int:
    """An algorithm may give a naive time; LEAN takes it as UTC."""
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1) * 1000


def _values(point: Any) -> tuple[Decimal, ...]:
    numbers = (point.y,) if hasattr(point, "y") else (point.open, point.high, point.low, point.close)
    return tuple(dec(number) for number in numbers if number is not None)
