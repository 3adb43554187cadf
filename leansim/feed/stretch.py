"""What streams bring at the instants ahead, laid out for many of them at once.

Bars come minute by minute from dozens of streams, and all that changes from one minute to the next is a number: the
step of each stream's day. Until one of the streams gets to the end of its day nothing has to be asked of any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from leansim.feed.phases import NEVER

if TYPE_CHECKING:
    from leansim.api.instant import Move
    from leansim.feed.stream import Stream

V = TypeVar("V", bound=Any)

# how many steps of a stream are laid out together at most: those of dozens of streams are to stay in the processor's
# cache until they are taken, and when symbols come or go in between, the rest is in vain
_MOST: Final = 40


class Arrival(NamedTuple):
    """What comes at an instant: the streams that move, those of them that are bars an algorithm sees, data points.

    ``bars`` is ``None`` when something else than bars may be among what it sees.
    """

    ns: int
    moves: list[Move]
    bars: list[Move] | None
    points: int


class Stretch:
    """The next instants of some streams, before ``until_ns`` and before the last one of the day of any of them.

    Attributes:
        ns: the next of the instants; ``NEVER`` when none is left.
    """

    __slots__ = ("_arrivals", "_next", "_streams", "ns")

    def __init__(self, streams: Sequence[Stream], until_ns: int) -> None:
        end_ns = min([until_ns, *(stream.known_until(_MOST) for stream in streams)])
        self._streams = [stream for stream in streams if stream.next_ns < end_ns]
        self._arrivals = iter(_laid_out(self._streams, end_ns))
        self._next = next(self._arrivals, _NONE)
        self.ns = self._next.ns

    def take(self) -> Arrival:
        """What comes at the next instant."""
        taken = self._next
        self._next = next(self._arrivals, _NONE)
        self.ns = self._next.ns
        return taken

    def leave(self, ns: int) -> None:
        """Let the streams go on by themselves: what they bring up to an instant was taken."""
        for stream in self._streams:
            stream.go_on_after(ns)
        self._streams = []
        self.ns = NEVER


def _laid_out(streams: list[Stream], end_ns: int) -> Iterator[Arrival]:
    """What these streams bring before an instant, in the order they are in."""
    found = [stream.ahead(end_ns) for stream in streams]
    instants = sorted(set().union(*(own for own, _, _ in found)))
    moves = [_at(instants, own, brought, None) for own, brought, _ in found]
    points = [_at(instants, own, counts, 0) for own, _, counts in found]
    every = [list(filter(None, row)) for row in zip(*moves, strict=True)]
    bars: Sequence[list[Move] | None]
    if all(stream.is_shown_as_bars for stream in streams):
        bars = every
    elif all(stream.is_bars for stream in streams):
        shown = [column for stream, column in zip(streams, moves, strict=True) if not stream.internal]
        bars = [list(filter(None, row)) for row in zip(*shown, strict=True)] if shown else [[]] * len(instants)
    else:
        bars = [None] * len(instants)
    return map(Arrival, instants, every, bars, map(sum, zip(*points, strict=True)))


def _at(instants: list[int], own: list[int], values: list[V], nothing: V) -> list[V]:
    """What a stream has at each of the instants, ``nothing`` at those that are not its own."""
    if own == instants:
        return values
    known = dict(zip(own, values, strict=True))
    return [known.get(ns, nothing) for ns in instants]


_NONE: Final = Arrival(NEVER, [], [], 0)
