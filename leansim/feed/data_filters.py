"""What an algorithm's own data filters let through. They are asked when a day is read, for each point once.

A bar that is turned down is emitted nowhere and seen by nobody, but like a bar of other hours it is filled forward, and
what is filled forward is asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leansim.feed.tape import Tape

if TYPE_CHECKING:
    from leansim.api.bars import BaseData

Accepts = Callable[["BaseData"], bool]


def without_rejected(tape: Tape, column: int, bar: Callable[[int], BaseData | None], accepts: Accepts) -> Tape:
    """The tape of a day without what ``accepts`` turns down of a member; ``bar`` gives what it emits at a step."""
    emits, seen = tape.emits.copy(), tape.seen.copy()
    last = seen.item(0, column)
    for step in range(1, tape.steps):
        shown = bar(step)
        if shown is not None:
            emits[step, column] = accepts(shown)
            if emits[step, column] and not shown.is_fill_forward:
                last = tape.rows.item(step, column)
        seen[step, column] = last
    keep = emits.any(axis=1)
    keep[0] = True
    return Tape(
        tape.symbols,
        tape.column,
        tape.columns,
        tape.end,
        tape.period,
        tape.grid[keep],
        tape.rows[keep],
        seen[keep],
        tape.left,
        emits[keep],
    )
