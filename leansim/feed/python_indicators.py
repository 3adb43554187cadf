"""Indicators written in an algorithm, and the one door through which the engine feeds any indicator.

Such an indicator gives ``update(data)``, ``value`` and ``is_ready``. What LEAN's class has besides (samples, the window
of values, the ``updated`` event) moves only when the engine feeds it, not when the algorithm calls its own ``update``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leansim.api.exceptions import ClrNotImplementedException
from leansim.api.naming import pascal
from leansim.feed.indicator import IndicatorBase, IndicatorDataPoint
from leansim.trading.overrides import call

_REQUIRED = ("is_ready", "update", "value")


class PythonIndicator(IndicatorBase):
    """Base of indicators written in an algorithm. Whether they call ``super().__init__()`` makes no difference.

    ``warm_up_period`` is 0, so nothing warms it up, until the algorithm sets it.
    """

    def __new__(cls, *_: Any, **__: Any) -> PythonIndicator:
        """What LEAN's constructor makes is there before the subclass's ``__init__`` runs."""
        self = super().__new__(cls)
        IndicatorBase.__init__(self, cls.__name__, 0)
        self._answered = False
        return self

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    @property
    def current(self) -> Any:
        """The newest value; what the indicator itself sets becomes it."""
        return super().current

    @current.setter
    def current(self, value: Any) -> None:
        self.window.add(value)

    @property
    def is_ready(self) -> bool:
        """What ``update`` answered last; an indicator may have an ``is_ready`` of its own."""
        return self._answered

    def update(self, *_: Any) -> bool:
        """To be given by the indicator: take in a data point, and whether it is ready."""
        raise ClrNotImplementedException(f"{type(self).__name__} has to define update(input)")

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        answer = call(self, "update", IndicatorDataPoint(time, value) if data is None else data)
        self._answered = bool(self.is_ready if answer is None else answer)
        return float(self.value if hasattr(self, "value") else self.Value)


def feed_indicator(indicator: Any, data: Any) -> None:
    """Give an indicator, LEAN's or one written in an algorithm, a data point."""
    if isinstance(indicator, PythonIndicator):
        indicator._take(data.symbol, data.end_time, data.value, data)
    else:
        call(indicator, "update", data)


def must_be_indicator(indicator: Any) -> None:
    """NotImplementedException when an indicator lacks what LEAN asks of one written in Python."""
    if isinstance(indicator, IndicatorBase) and not isinstance(indicator, PythonIndicator):
        return
    name = type(indicator).__name__
    for attribute in _REQUIRED:
        if not hasattr(indicator, attribute) and not hasattr(indicator, pascal(attribute)):
            hint = (
                f" or use PythonIndicator as base:\nclass {name}(PythonIndicator):" if attribute == "is_ready" else ""
            )
            raise ClrNotImplementedException(
                f"Indicator.{attribute} must be implemented. Please implement this missing method in {name}{hint}"
            )
