"""What LEAN's live plug-ins do with what they hear from their brokerage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Habits:
    """One plug-in.

    Attributes:
        tells_partial_fills: a part of an order that fills is told at once; else with the last of it, or, when the rest
            is canceled, never.
        wants_every_leg: a combo is canceled (updated) only once all of its legs are.
        tells_fees: fills carry their fees.
        tells_settlements: expiry, exercise and assignment are told.
        times_out: an order without an answer is an error after :data:`TIME_OUT_SECONDS`.

    """

    tells_partial_fills: bool = True
    wants_every_leg: bool = False
    tells_fees: bool = True
    tells_settlements: bool = True
    times_out: bool = False


TIME_OUT_SECONDS: Final = 10.0
"""How long LEAN's Tastytrade plug-in waits for the answer to a new order."""

HABITS: Final = {
    "generic": Habits(),
    "tastytrade": Habits(
        tells_partial_fills=False, wants_every_leg=True, tells_fees=False, tells_settlements=False, times_out=True
    ),
}
