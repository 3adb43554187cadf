"""What a validator answers: nothing, or a denial a trader understands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a trade may not be opened.

    Attributes:
        code: stable name, upper case with underscores: reports count by it.
        text: one sentence with the figures that decided.
    """

    code: str
    text: str
