"""System.Random with a seed: the same numbers as .NET's, which keeps Knuth's subtractive generator for seeds."""

from __future__ import annotations

from typing import Final

from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentOutOfRangeException
from leansim.errors import NotEmulated

_MAX: Final = 2**31 - 1
_SIZE: Final = 55
_LAG: Final = 21
_SEED: Final = 161803398


class Random(ClrObject):
    """System.Random of a seed. Without a seed .NET draws one from the machine, so no run would repeat another."""

    def __init__(self, seed: int | None = None) -> None:
        if seed is None:
            raise NotEmulated("Random() without a seed")
        self._state = _state(min(abs(seed), _MAX))
        self._at, self._behind = 0, _LAG

    def next(self, *bounds: int) -> int:
        """``()`` below 2^31 - 1, ``(max)`` below max, ``(min, max)`` from min to below max."""
        if not bounds:
            return self._draw()
        low, high = (0, bounds[0]) if len(bounds) == 1 else bounds
        if low > high:
            name = "maxValue" if len(bounds) == 1 else "minValue"
            raise ArgumentOutOfRangeException(f"'{name}' must not be out of order")
        if high - low > _MAX:
            raise NotEmulated("Random.next of a range above 2^31 - 1")
        return int(self.next_double() * (high - low)) + low

    def next_double(self) -> float:
        """From 0 to below 1."""
        return self._draw() * (1.0 / _MAX)

    def _draw(self) -> int:
        self._at = self._at % _SIZE + 1
        self._behind = self._behind % _SIZE + 1
        drawn = self._state[self._at] - self._state[self._behind]
        if drawn == _MAX:
            drawn -= 1
        if drawn < 0:
            drawn += _MAX
        self._state[self._at] = drawn
        return drawn


def _state(seed: int) -> list[int]:
    """The generator's table, entry 0 unused, after its four rounds of mixing."""
    state = [0] * (_SIZE + 1)
    last, value = _SEED - seed, 1
    state[_SIZE] = last
    for i in range(1, _SIZE):
        at = _LAG * i % _SIZE
        state[at] = value
        value = last - value
        if value < 0:
            value += _MAX
        last = state[at]
    for _ in range(4):
        for i in range(1, _SIZE + 1):
            state[i] = _wrapped(state[i] - state[1 + (i + 30) % _SIZE])
            if state[i] < 0:
                state[i] += _MAX
    return state


def _wrapped(value: int) -> int:
    """As a 32-bit integer."""
    return (value + 2**31) % 2**32 - 2**31
