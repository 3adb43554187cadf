"""What a broker does wrong, and how often."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """How often something goes wrong, as chances between 0 and 1.

    Attributes:
        lost_before: a request never arrives, and we learn only that no answer came.
        lost_after: it arrives, and the answer is lost.
        late: it arrives after we were told that no answer came, some turns later.
        refused: an order is turned down.
        unreadable: a look-up or a list gets no answer.
        hidden: a new order is "not found" for a while.
        dropped, doubled, delayed: what becomes of a notice.
        reordered: the notices of a moment come in another order than they happened in.
        partial: a fill is for a part only, and uneven across legs.
        fills: an order that could trade does, in a turn.
        fills_natural: one that gives the market all it asks for does, in a turn; None: as `fills`.
        fills_closing: one that closes and names a price does, in a turn; None: as the others.
        fills_market: one that names no price does, in a turn; None: as `fills_natural`.
        fill_on_cancel: it fills while it is being canceled.
        after_cancel: a fill comes to light after the cancel was confirmed.
        reply_lost: the broker's own connection says that an answer is lost.
        cut: in a turn the line breaks: for some turns nothing gets through, and the notices of that time are lost.
        squeezed: in a turn something else takes all buying power that is left, for some turns.
        moved: prices are others by the time a request arrives, and in a turn.
    """

    lost_before: float = 0
    lost_after: float = 0
    late: float = 0
    refused: float = 0
    unreadable: float = 0
    hidden: float = 0
    dropped: float = 0
    doubled: float = 0
    delayed: float = 0
    reordered: float = 0
    partial: float = 0
    fills: float = 1
    fills_natural: float | None = None
    fills_closing: float | None = None
    fills_market: float | None = None
    fill_on_cancel: float = 0
    after_cancel: float = 0
    reply_lost: float = 0
    cut: float = 0
    squeezed: float = 0
    moved: float = 0


CALM = Habits()

ORDINARY = Habits(
    lost_before=0.001,
    lost_after=0.001,
    late=0.0005,
    refused=0.01,
    unreadable=0.005,
    hidden=0.01,
    dropped=0.005,
    doubled=0.005,
    delayed=0.05,
    reordered=0.05,
    partial=0.05,
    fills=0.3,
    fills_natural=0.95,
    fill_on_cancel=0.02,
    after_cancel=0.002,
    reply_lost=0.001,
    cut=0.0005,
    squeezed=0.0005,
    moved=0.1,
)
"""What a real broker and the way to it do on an ordinary day, rounded up (own estimate; docs/recovery.md says why)."""

ROUGH = Habits(
    lost_before=0.05,
    lost_after=0.05,
    late=0.03,
    refused=0.05,
    unreadable=0.1,
    hidden=0.2,
    dropped=0.1,
    doubled=0.1,
    delayed=0.2,
    reordered=0.2,
    partial=0.4,
    fills=0.3,
    fill_on_cancel=0.2,
    after_cancel=0.05,
    reply_lost=0.03,
    cut=0.02,
    squeezed=0.03,
    moved=0.3,
)

WILD = Habits(
    lost_before=0.2,
    lost_after=0.2,
    late=0.1,
    refused=0.2,
    unreadable=0.4,
    hidden=0.5,
    dropped=0.4,
    doubled=0.3,
    delayed=0.4,
    reordered=0.5,
    partial=0.7,
    fills=0.2,
    fill_on_cancel=0.4,
    after_cancel=0.15,
    reply_lost=0.1,
    cut=0.05,
    squeezed=0.1,
    moved=0.5,
)

SHY = Habits(fills=0.8, fills_closing=0, fills_market=0.5)
"""Nobody takes a limit that closes."""

LEVELS = {"calm": CALM, "ordinary": ORDINARY, "rough": ROUGH, "wild": WILD}
