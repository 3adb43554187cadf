"""``indicator_history``: the values an indicator would have had, with those of the indicators inside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from leansim.api.data_fields import Selector, type_to_select_from
from leansim.api.naming import ClrObject, snake
from leansim.errors import NotEmulated
from leansim.feed.history import Options, Span
from leansim.feed.indicator import IndicatorBase, IndicatorDataPoint
from leansim.feed.python_indicators import feed_indicator

if TYPE_CHECKING:
    import pandas as pd

    from leansim.api.symbols import Symbol
    from leansim.api.workings import Workings

_CURRENT: Final = "current"
_OWN: Final = frozenset(("previous", "window", "consolidators", "updated"))


class IndicatorDataPoints(ClrObject):
    """The values at one end of a bar, by name: ``points.upper_band``, ``points["upper_band"]``, ``points.current``."""

    def __init__(self, time: datetime, end_time: datetime, points: dict[str, IndicatorDataPoint]) -> None:
        self.time = time
        self.end_time = end_time
        self._points = points

    @property
    def value(self) -> float:
        """The indicator's own value."""
        return float(self._points[_CURRENT].value)

    def __getattr__(self, name: str) -> Any:
        points = self.__dict__.get("_points", {})
        if name in points:
            return points[name]
        return super().__getattr__(name)

    def __getitem__(self, name: str) -> IndicatorDataPoint | None:
        return self._points.get(snake(name))

    def __float__(self) -> float:
        return self.value

    def __eq__(self, other: object) -> bool:
        return self.value == other if isinstance(other, (int, float)) else self is other

    def __hash__(self) -> int:
        return id(self)

    def __str__(self) -> str:
        shown = ", ".join(f"{name}: {point.value:g}" for name, point in sorted(self._points.items()))
        return f"{self.end_time} {shown}"


class IndicatorHistory(ClrObject):
    """All of them in time order; by a name the values of that name; ``data_frame`` with a column a name."""

    def __init__(self, points: list[IndicatorDataPoints], by_name: dict[str, list[IndicatorDataPoint]]) -> None:
        self._points = points
        self._by_name = by_name

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._points)

    @property
    def current(self) -> list[IndicatorDataPoint]:
        """The indicator's own values."""
        return self._by_name[_CURRENT]

    def __getitem__(self, name: str) -> list[IndicatorDataPoint] | None:
        return self._by_name.get(snake(name))

    def __iter__(self) -> Iterator[IndicatorDataPoints]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)

    @cached_property
    def data_frame(self) -> pd.DataFrame:
        """A row an end of a bar."""
        import pandas as pd

        ends = [points.end_time for points in self._points]
        columns = {
            name.replace("_", ""): [points[name].value for points in self._points]  # type: ignore[union-attr]  # each has all
            for name in self._by_name
        }
        return pd.DataFrame(columns, index=pd.Index(ends, name="time"))


class IndicatorHistoryMethods:
    """Mixin of ``QCAlgorithm``: ``indicator_history``."""

    _leansim: Workings

    def indicator_history(
        self,
        indicator: Any,
        symbol: Any,
        period: Any,
        resolution: Any = None,
        selector: Selector | None = None,
        *rest: Any,
    ) -> IndicatorHistory:
        """``(indicator, symbol or symbols, number of bars or timedelta[, resolution[, selector]])``, or with
        ``start, end`` in place of the number: the values, as many as that.
        """
        history, end = self._leansim.history, None
        if isinstance(period, datetime):
            end, resolution = resolution, selector
            selector = rest[0] if rest else None
        elif rest:
            raise TypeError("No method matches given arguments for IndicatorHistory")
        symbols = [self._leansim.symbol_of(each) for each in (symbol if isinstance(symbol, list) else [symbol])]
        bars: list[Any] = []
        for each in symbols:
            kind = type_to_select_from(selector) or history.type_for_indicator(each, resolution)
            bars += history.bars(
                [each],
                kind,
                self._leansim_reach(indicator, each, period, end, resolution),
                Options(resolution=resolution),
            )
        bars.sort(key=lambda bar: bar.end_time)

        def feed(bar: Any) -> None:
            point = bar if selector is None else IndicatorDataPoint(bar.symbol, bar.end_time, selector(bar))
            feed_indicator(indicator, point)

        return values_of(indicator, feed, bars)

    def _leansim_reach(self, indicator: Any, symbol: Symbol, period: Any, end: Any, resolution: Any) -> Span:
        """The bars to ask for: those of the values, and before them what makes the indicator ready."""
        before = max(int(getattr(indicator, "warm_up_period", 0)) - 1, 0)
        if isinstance(period, int):
            return Span(bars=period + before)
        now = self._leansim.time_zone.to_local(self._leansim.clock.ns)
        if isinstance(period, timedelta):
            period, end = now - period, now
        if before:
            raise NotEmulated("indicator_history of a span of time for an indicator that needs more than one bar")
        return Span(start=period, end=end)


def values_of(indicator: Any, feed: Any, bars: list[Any]) -> IndicatorHistory:
    """Feed an indicator, forgotten before, with bars one by one, and keep what it says whenever it is ready."""
    indicator.reset()
    inner = _inner(indicator)
    by_name: dict[str, list[IndicatorDataPoint]] = {name: [] for name in (*inner, _CURRENT)}
    found: list[IndicatorDataPoints] = []

    def keep(_: Any, point: IndicatorDataPoint) -> None:
        if not indicator.is_ready or (found and found[-1].end_time == point.end_time):
            return
        points = {name: part.current for name, part in inner.items()} | {_CURRENT: indicator.current}
        for name, each in points.items():
            by_name[name].append(each)
        found.append(IndicatorDataPoints(point.time, point.end_time, points))

    indicator.updated += keep
    for bar in bars:
        feed(bar)
    indicator.updated -= keep
    return IndicatorHistory(found, by_name)


def _inner(indicator: Any) -> dict[str, IndicatorBase]:
    """The indicators inside one, by their public names."""
    names = [name for name in dir(indicator) if not name.startswith("_") and name not in _OWN]
    parts = {name: getattr(indicator, name, None) for name in names if name != _CURRENT}
    return {name: part for name, part in parts.items() if isinstance(part, IndicatorBase)}
