"""Quotes as lines of text: what a table of printed numbers writes is what printing each of them would."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leansim.model_data.number_text import quote_cells, tick_lines, tick_values, trade_cells
from leansim.model_data.quotes import QuoteBars


@pytest.mark.parametrize(
    ("unit", "decimals", "highest"),
    [(500, None, 60_000), (100, None, 3), (0.05, 2, 300), (1 / 64, 6, 20_000), (5e-5, 5, 999)],
)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1 << 30), contracts=st.integers(1, 20), lines=st.integers(1, 250))
def test_lines_are_the_numbers(
    unit: float, decimals: int | None, highest: int, seed: int, contracts: int, lines: int
) -> None:
    rng, shape = np.random.default_rng(seed), (contracts, lines)
    bid = tuple(rng.integers(0, highest, shape, np.int32) for _ in range(4))
    ask = tuple(rng.integers(1, highest, shape, np.int32) for _ in range(4))
    sizes = rng.integers(1, 5000, (2, *shape), np.int32)
    minutes = np.arange(lines)
    clock = [str((30 + minute) * 60_000) for minute in range(lines)]
    quoted = quote_cells(QuoteBars(minutes, bid, sizes[0], ask, sizes[1]), unit, decimals)
    made = list(tick_lines(clock, quoted))
    assert len(made) == contracts
    traded = list(tick_lines(clock, trade_cells(ask, sizes[0], unit, decimals)))
    values = tick_values(quoted)

    def price(ticks: int) -> str:
        if ticks == 0:
            return ""
        return str(ticks * int(unit)) if decimals is None else f"{ticks * unit:.{decimals}f}"

    for contract, text in enumerate(made):
        for line, cells in enumerate(row.split(",") for row in text.decode().splitlines()):
            at = (contract, line)
            there = bid[3][at] > 0
            bids = [*(price(int(side[at])) for side in bid), str(sizes[0][at])] if there else [""] * 5
            asks = [*(price(int(side[at])) for side in ask), str(sizes[1][at])]
            assert cells == [str((30 + int(minutes[line])) * 60_000), *bids, *asks]
            said = [float(cell) if cell else math.nan for cell in cells[1:]]
            assert np.array_equal([column[at] for column in values], said, equal_nan=True)
        assert text.endswith(b"\n")
        last = [*(price(int(side[contract, -1])) for side in ask), str(sizes[0][contract, -1])]
        assert traded[contract].decode().splitlines()[-1].split(",")[1:] == last
        assert line == lines - 1
