"""Contract months of futures: their letters, and how far they are from the month the contract expires in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

MONTH_LETTERS: Final = "FGHJKMNQUVXZ"
"""One letter a month, January to December."""

MONTHS_AFTER_EXPIRY: Final = {
    "AE5": 1, "A9N": 1, "B": 2, "BZ": 2, "CL": 1, "MCL": 1, "RB": 1, "HO": 1, "AYV": 1, "NG": 1, "HH": 1, "HP": 1,
    "HTT": 1, "HCL": 1, "SB": 1, "YO": 1,
}  # fmt: skip
"""Roots whose contract expires before its contract month, and how many months before."""


def contract_month(root: str, expiry: date) -> datetime:
    """The first day of the contract month of a future that expires at ``expiry``."""
    months = expiry.year * 12 + expiry.month - 1 + MONTHS_AFTER_EXPIRY.get(root, 0)
    return datetime(months // 12, months % 12 + 1, 1)
