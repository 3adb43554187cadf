"""What streams bring at the instants ahead, laid out for many of them at once.

Bars come minute by minute from dozens of streams, and all that changes from one minute to the next is a number: the
step of each stream's day. Until one of the streams gets to the end of its day nothing has to be asked of any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, TypeVar

from leansim.feed.phases import NEVER
from leansim.feed.timeslice import TimeSlice

if TYPE_CHECKING:
    from leansim.api.chains import ChainMaker
    from leansim.api.time_zones import CachedDateTimeZone
    from leansim.feed.stream import Stream

V = TypeVar("V")

# how many steps of a stream are laid out together at most: those of dozens of streams are to stay in the processor's
# cache until they are taken, and when symbols come or go in between, the rest is in vain
_MOST: Final = 40
# what the class itself does, without the call of Python's that a named tuple's constructor is
_TIME_SLICE: Final[Callable[[tuple[Any, ...]], TimeSlice]] = partial(tuple.__new__, TimeSlice)


class Stretch:
    """The next instants of some streams, before ``until_ns`` and before the last one of the day of any of them.

    Attributes:
        ns: the first of the instants; ``NEVER`` when there is none.
    """

    __slots__ = ("_end_ns", "_streams", "ns")

    def __init__(self, streams: Sequence[Stream], until_ns: int) -> None:
        self._end_ns = end_ns = min([until_ns, *(stream.known_until(_MOST) for stream in streams)])
        self._streams = [stream for stream in streams if stream.next_ns < end_ns]
        self.ns = min((stream.next_ns for stream in self._streams), default=NEVER)

    def steps(self, zone: CachedDateTimeZone, chains: ChainMaker | None) -> Iterator[TimeSlice]:
        """What comes at each instant, from the streams in the order they are in."""
        streams = self._streams
        found = [stream.ahead(self._end_ns) for stream in streams]
        instants = sorted(set().union(*(own for own, _, _ in found)))
        lines = [_at(instants, own, steps, None) for own, steps, _ in found]
        points = [_at(instants, own, counts, 0) for own, _, counts in found]
        made = map(
            _TIME_SLICE,
            zip(
                instants,
                repeat(tuple(streams)),
                repeat(tuple(stream.tape for stream in streams)),
                zip(*lines, strict=True),
                _has_data(streams, lines),
                map(sum, zip(*points, strict=True)),
                repeat(zone),
                repeat(chains),
            ),
        )
        return made if all(stream.is_bars for stream in streams) else map(TimeSlice.sorted_out, made)

    def leave(self, ns: int) -> None:
        """Let the streams go on by themselves: what they bring up to an instant was taken."""
        for stream in self._streams:
            stream.go_on_after(ns)
        self._streams = []


def _has_data(streams: list[Stream], lines: list[Sequence[int | None]]) -> Iterable[bool]:
    """Whether one of the streams that an algorithm sees brings something, at each of the instants."""
    shown = [line for stream, line in zip(streams, lines, strict=True) if not stream.internal]
    if any(None not in line for line in shown):
        return repeat(True)
    return [any(step is not None for step in row) for row in zip(*shown, strict=True)] if shown else repeat(False)


def _at(instants: list[int], own: list[int], values: Sequence[V], nothing: V) -> Sequence[V]:
    """What a stream has at each of the instants, ``nothing`` at those that are not its own."""
    if own == instants:
        return values
    known = dict(zip(own, values, strict=True))
    return [known.get(ns, nothing) for ns in instants]
