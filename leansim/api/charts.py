"""Charts an algorithm draws: ``Chart``, ``Series``, ``CandlestickSeries`` and their points.

Values are kept as they were given; the results room samples and writes them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from leansim.api.enums import ScatterMarkerSymbol, SeriesType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException, ClrDictionary, SystemException, dictionary

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol


class DuplicateNameException(SystemException):
    """System.Data.DuplicateNameException: the name is taken."""


class ChartPoint(ClrObject):
    """One value of a series at an instant (aware UTC)."""

    __slots__ = ("time", "y")

    def __init__(self, time: datetime, value: float | None) -> None:
        self.time = time
        self.y = value

    @property
    def x(self) -> int:
        """Seconds since 1970."""
        return int(self.time.timestamp())

    def __repr__(self) -> str:
        return f"{self.time} - {self.y}"


class Candlestick(ClrObject):
    """Open, high, low and close at an instant (aware UTC)."""

    __slots__ = ("close", "high", "low", "open", "time")

    def __init__(
        self,
        time: datetime,
        open: float | None = None,
        high: float | None = None,
        low: float | None = None,
        close: float | None = None,
    ) -> None:
        self.time = time
        self.open = open
        self.high = high
        self.low = low
        self.close = close

    @property
    def long_time(self) -> int:
        """Seconds since 1970."""
        return int(self.time.timestamp())


class BaseSeries(ClrObject):
    """What line and candle series share: name, unit, the panel (``index``) they are drawn on, and their points."""

    _point: type

    def __init__(self, name: str | None, series_type: SeriesType, index: int, unit: str) -> None:
        self.name = name
        self.series_type = series_type
        self.index = index
        self.unit = unit
        self.index_name: str | None = None
        self.z_index: int | None = None
        self.tooltip: str | None = None
        self.values: list[Any] = []

    def _add(self, point: Any) -> None:
        # A second value at the same instant replaces the first, as in LEAN.
        if self.values and self.values[-1].time == point.time:
            self.values[-1] = point
        else:
            self.values.append(point)

    def purge(self) -> None:
        """Forget all points."""
        self.values.clear()

    @staticmethod
    def create(series_type: SeriesType, name: str, index: int = 0, unit: str = "$") -> BaseSeries:
        """A series of the class that belongs to ``series_type``."""
        if series_type == SeriesType.CANDLE:
            return CandlestickSeries(name, index, unit)
        return Series(name, series_type, index, unit)


class Series(BaseSeries):
    """A line, bar, scatter… series. LEAN's forms: ``(name)``, ``(name, type, index[, unit])``,
    ``(name, type, unit[, color[, symbol]])``.
    """

    def __init__(
        self,
        name: str | None = None,
        type: SeriesType = SeriesType.LINE,
        index: int | str = 0,
        unit: Any = "$",
        color: Any = None,
        symbol: ScatterMarkerSymbol = ScatterMarkerSymbol.NONE,
    ) -> None:
        if isinstance(index, str):
            # The form (name, type, unit, color, symbol): everything after the type is one place to the left.
            given_color = unit if not isinstance(unit, str) else color
            marker = color if not isinstance(unit, str) and color is not None else symbol
            index, unit, color, symbol = 0, index, given_color, marker
        super().__init__(name, type, index, unit)
        self.color = color
        self.scatter_marker_symbol = symbol

    def add_point(self, *arguments: Any) -> None:
        """``add_point(point)`` or ``add_point(time, value)``."""
        if len(arguments) == 1:
            if not isinstance(arguments[0], ChartPoint):
                raise ArgumentException("Series.AddPoint requires a ChartPoint object")
            self._add(arguments[0])
            return
        time, value = arguments
        if isinstance(value, list):
            if len(value) > 1:
                raise ArgumentException("Series.AddPoint requires a single value")
            value = value[0] if value else 0
        self._add(ChartPoint(time, float(value)))


class CandlestickSeries(BaseSeries):
    """A candle series. LEAN's forms: ``(name)``, ``(name, unit)``, ``(name, index[, unit])``."""

    def __init__(self, name: str | None = None, index: int | str = 0, unit: str = "$") -> None:
        panel, given_unit = (0, index) if isinstance(index, str) else (index, unit)
        super().__init__(name, SeriesType.CANDLE, panel, given_unit)

    def add_point(self, *arguments: Any) -> None:
        """``add_point(candlestick)``, ``add_point(bar)`` or ``add_point(time, open, high, low, close)``."""
        if len(arguments) == 5:
            self._add(Candlestick(arguments[0], *(float(value) for value in arguments[1:])))
        elif len(arguments) == 1 and isinstance(arguments[0], Candlestick):
            self._add(arguments[0])
        elif len(arguments) == 1 and hasattr(arguments[0], "open"):
            bar = arguments[0]
            self._add(Candlestick(bar.end_time, bar.open, bar.high, bar.low, bar.close))
        else:
            raise ArgumentException("CandlestickSeries.AddPoint requires a Candlestick object")


class Chart(ClrObject):
    """A named collection of series."""

    def __init__(self, name: str = "", symbol: Symbol | None = None) -> None:
        self.name = name
        self.symbol = symbol
        self.legend_disabled = False
        self.series: ClrDictionary[str, BaseSeries] = dictionary("String", "BaseSeries")

    def add_series(self, series: BaseSeries) -> None:
        """Add a series. Raises ``DuplicateNameException`` when the chart has one of that name."""
        if series.name in self.series:
            raise DuplicateNameException("Chart.AddSeries(): Chart series name already exists")
        self.series[series.name] = series
