"""Splits and dividends of LEAN's sample stock, at the midnights LEAN brings them."""

from __future__ import annotations

from datetime import datetime

import pytest

from leansim.api.enums import DataNormalizationMode, Resolution, SecurityType
from leansim.api.slice import Slice
from leansim.api.symbols import Symbol

from .feed_runs import SHARED, FeedRun, needs_shared

pytestmark = needs_shared


@pytest.mark.skipif(
    not (SHARED / "lean-data" / "equity" / "usa" / "factor_files" / "aapl.csv").is_file(),
    reason="the shared sample data have no factor file of AAPL",
)
def test_dividend_and_split_come_at_midnight_and_the_split_is_announced_the_day_before() -> None:
    run = FeedRun(datetime(2014, 5, 1), datetime(2014, 6, 12))
    aapl = Symbol.create("AAPL", SecurityType.EQUITY, "usa")
    run.add(aapl, Resolution.DAILY, normalization=DataNormalizationMode.RAW)
    seen: list[tuple[object, ...]] = []
    for step in run.steps():
        brought = Slice(step, step.auxiliary)
        time = str(brought.time)
        seen += [(time, int(s.type), s.split_factor, s.reference_price) for s in brought.splits.values()]
        seen += [(time, d.distribution, d.reference_price) for d in brought.dividends.values()]
    assert seen == [
        ("2014-05-08 00:00:00", 3.29, 592.33),
        ("2014-06-06 00:00:00", 0, 0.1428572, 645.57),
        ("2014-06-09 00:00:00", 1, 0.1428572, 645.57),
    ]
