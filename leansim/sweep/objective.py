"""What a sweep looks for: a statistic to make large or small, and conditions a run must meet.

Statistics are named as LEAN's optimizer names them: ``Sharpe Ratio``, ``SharpeRatio`` or the whole path in the result
file, ``TotalPerformance.PortfolioStatistics.SharpeRatio``; shares are fractions, so ``Drawdown < 0.25`` is 25 %. A path
into what the algorithm published about itself works the same way.
"""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leansim.errors import InputError

_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_CONSTRAINT = re.compile(r"^\s*(.+?)\s*(<=|>=|==|!=|<|>)\s*(\S+)\s*$")
_ROOMS: Final = (("totalPerformance", "portfolioStatistics"), ("totalPerformance", "tradeStatistics"))


@dataclass(frozen=True)
class Constraint:
    """A condition on a statistic; a run that does not meet it is shown but never the best."""

    statistic: str
    sign: str
    value: float

    def __str__(self) -> str:
        return f"{self.statistic} {self.sign} {self.value:g}"

    def holds(self, result: Mapping[str, Any]) -> bool:
        """Whether a result meets it; a statistic that is not a number meets nothing."""
        found = value_of(result, self.statistic)
        return not math.isnan(found) and _OPERATORS[self.sign](found, self.value)


@dataclass(frozen=True)
class Objective:
    """The statistic that decides, which way, and under which conditions."""

    target: str
    is_maximum: bool
    constraints: tuple[Constraint, ...] = ()

    def score(self, result: Mapping[str, Any]) -> float:
        """The target of a result, ``nan`` when it has none.

        Raises :class:`~leansim.errors.InputError` when results have no such statistic.
        """
        return value_of(result, self.target)

    def broken(self, result: Mapping[str, Any]) -> list[str]:
        """The conditions a result does not meet."""
        return [str(constraint) for constraint in self.constraints if not constraint.holds(result)]

    def best(self, scores: Sequence[tuple[int, float]]) -> int | None:
        """The number with the best score; the earlier of two alike; ``None`` when no score is a number."""
        known = [(number, score) for number, score in scores if not math.isnan(score)]
        if not known:
            return None
        return min(known, key=lambda each: (-each[1] if self.is_maximum else each[1], each[0]))[0]


def constraint(text: str) -> Constraint:
    """Read ``"Drawdown < 0.25"``.

    Raises :class:`~leansim.errors.InputError` when it is not a statistic, a sign and a number.
    """
    match = _CONSTRAINT.match(text)
    try:
        if match is None:
            raise ValueError
        return Constraint(match[1], match[2], float(match[3]))
    except ValueError:
        raise InputError(f'--constraint "{text}": write it as "Drawdown < 0.25"') from None


def value_of(result: Mapping[str, Any], name: str) -> float:
    """A statistic of a result; ``nan`` when the run has none, as one without trades.

    Raises :class:`~leansim.errors.InputError` with the nearest names when no result can have it.
    """
    path = [_key(part) for part in name.split(".")]
    for start in _starts(result, path):
        value: Any = start
        for part in path:
            value = _member(value, part)
        if value is not None and not isinstance(value, Mapping | list):
            return _float(value, name)
    known = list(_names(result))
    if not known:
        return math.nan
    near = difflib.get_close_matches(path[-1], [_key(each) for each in known], n=3)
    shown = [each for each in known if _key(each) in near] or known
    raise InputError(f'a result has no statistic "{name}"; there are for example: {", ".join(shown[:8])}')


def _starts(result: Mapping[str, Any], path: Sequence[str]) -> Iterator[Any]:
    if len(path) > 1:
        yield result
        return
    for outer, inner in _ROOMS:
        yield _member(_member(result, _key(outer)), _key(inner))


def _names(result: Mapping[str, Any]) -> Iterator[str]:
    for outer, inner in _ROOMS:
        room = _member(_member(result, _key(outer)), _key(inner))
        if isinstance(room, Mapping):
            yield from room


def _member(value: Any, key: str) -> Any:
    if not isinstance(value, Mapping):
        return None
    return next((inner for name, inner in value.items() if _key(name) == key), None)


def _key(name: str) -> str:
    """A name without what people write differently: case, spaces, hyphens, underscores."""
    return re.sub(r"[\s_-]", "", name).lower()


def _float(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f'the statistic "{name}" is "{value}", not a number') from None
