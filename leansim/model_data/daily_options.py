"""Daily files of the options on funds and indices: a year of quotes, trades or open interest in one archive.

What an evening's universe knows, as bars: quotes around the fair value at the day's open, high, low and close. A
contract trades on the days on which its universe has a volume, at the middle of those quotes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import quotes
from leansim.model_data.contract_files import SHARE_TRADED, RootFiles
from leansim.model_data.contracts import Contracts
from leansim.model_data.quoting import LAST_MOMENT, STRIKE_SCALE

Whole = NDArray[np.int64]

KINDS = ("quote", "trade", "openinterest")


def daily_entries(files: RootFiles, kind: str, year: int) -> Iterator[tuple[str, bytes]]:
    """One entry per contract with its days of a year; a contract without any has none.

    Args:
        files: of the root.
        kind: one of `KINDS`.
        year: of the days.
    """
    history = files.markets.history
    lines: dict[str, list[str]] = defaultdict(list)
    for day in history.modelled[1:]:
        if day.year == year:
            evening = history.previous(day)
            assert evening is not None, "a modelled day has a session before it"
            contracts = files.listed(evening)
            names = _names(files, kind, contracts)
            rows = _rows(files, kind, contracts, day, files.interest(contracts, evening))
            for name, cells in zip(names, rows, strict=True):
                if cells:
                    lines[name].append(f"{day:%Y%m%d} 00:00,{cells}\n")
    for name in sorted(lines):
        yield name, "".join(lines[name]).encode()


def _names(files: RootFiles, kind: str, contracts: Contracts) -> list[str]:
    start = f"{files.name}_{kind}_{files.root.style}"
    expiries = [f"{expiry.day:%Y%m%d}" for expiry in contracts.expiries]
    columns = (contracts.is_call.tolist(), contracts.strike.tolist(), contracts.of.tolist())
    return [
        f"{start}_{'call' if is_call else 'put'}_{round(strike * STRIKE_SCALE)}_{expiries[of]}.csv"
        for is_call, strike, of in zip(*columns, strict=True)
    ]


def _rows(files: RootFiles, kind: str, contracts: Contracts, day: date, interest: Whole) -> list[str]:
    """The cells of a day behind its date, a contract; empty where it has no bar."""
    if kind == "openinterest":
        return [str(count) for count in interest.tolist()]
    root, markets = files.root, files.markets
    levels = np.array(markets.bars(root.asset)[day][:4]) * root.scale
    volatility = np.full(4, markets.volatility(root.asset)[day])
    quoting = files.quoting(day)
    value = quoting.valuation.values(contracts, day, levels, volatility, np.full(4, LAST_MOMENT))
    bid, ask = quotes.quote(value, np.ones(4), files.law)
    volume = (interest * SHARE_TRADED).astype(np.int64)
    if kind == "trade":
        middle = (bid + ask) * root.tick // 2
        cells = np.column_stack([_bar(middle), volume]).tolist()
        return [",".join(map(str, row)) if row[-1] > 0 and row[3] > 0 else "" for row in cells]
    size = np.maximum(np.rint(files.law.size * np.maximum(value[:, 3], files.law.tick) ** files.law.size_power), 1)
    sides = [np.column_stack([_bar(side * root.tick), size.astype(np.int64)]) for side in (bid, ask)]
    table = np.column_stack(sides).tolist()
    return [f"{_side(row[:5])},{_side(row[5:])}" for row in table]


def _bar(prices: Whole) -> Whole:
    """Open, high, low, close of the values at the four."""
    return np.column_stack([prices[:, 0], prices.max(axis=1), prices.min(axis=1), prices[:, 3]])


def _side(cells: list[int]) -> str:
    """A side that is not there at the close, or was not at the lowest, has empty cells."""
    return ",".join(map(str, cells)) if cells[2] > 0 and cells[3] > 0 else ",,,,"
