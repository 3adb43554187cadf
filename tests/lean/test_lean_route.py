"""main.py live through LEAN's brokerage, with the habits of LEAN's Tastytrade plug-in and its known gaps.

The plug-in tells partial fills only when the whole order is filled and loses them when the rest is canceled, calls an
order invalid when the reply was lost, and knows no ids of ours after a restart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lean.live_day import journaled, live_like
from sample_data import LEAN_DATA, MISSING
from tomking.events import (
    Event,
    GroupCreated,
    GroupFinished,
    GroupOutcome,
    OperatorNote,
    OrderSubmitted,
    Purpose,
    TradingState,
)

from leansim.loop import RunResult, RunStatus

pytestmark = pytest.mark.skipif(not LEAN_DATA.is_dir(), reason=MISSING)


def a_day(folder: Path, *faults: dict[str, Any]) -> tuple[RunResult, list[Event]]:
    """One live day through the plug-in."""
    result = live_like(folder, {"cash": 100_000, "plugin": "tastytrade", "faults": list(faults)})
    assert result.status is RunStatus.COMPLETED, result.error
    return result, journaled(folder)


def held_there(result: RunResult) -> dict[str, int]:
    """What the account holds at the broker, by LEAN's names."""
    assert result.books is not None
    return {str(symbol.value): int(holding.quantity) for symbol, holding in result.books.positions.items()}


def test_an_order_called_invalid_that_lives_stops_the_desk_at_once(tmp_path: Path) -> None:
    """Else it would open the same trade again beside one it does not know."""
    result, events = a_day(tmp_path, {"do": "invalid_but_live", "on": "submit", "nth": 1})
    assert len([event for event in events if isinstance(event, OrderSubmitted)]) == 1
    assert held_there(result), "it lives and was filled"
    assert result.algorithm.desk.state.trading_state is TradingState.HALTED
    (note,) = [event for event in events if isinstance(event, OperatorNote)]
    assert "invalid that may live" in note.text


def test_a_part_that_is_told_with_the_rest_is_waited_for(tmp_path: Path) -> None:
    """The desk sees an order that works, then all of its fills at once: nothing is undone, nothing opened beside it."""
    _, events = a_day(tmp_path, {"do": "partial", "on": "fill", "nth": 1, "shares": 0.5, "rest_seconds": 100})
    finished = [event.outcome for event in events if isinstance(event, GroupFinished)]
    assert finished[0] is GroupOutcome.FILLED
    opened = [event for event in events if isinstance(event, GroupCreated) and event.purpose is Purpose.OPEN]
    assert len(opened) == 1


def test_an_order_that_worked_when_lean_restarted_stops_the_desk_before_it_opens_again(tmp_path: Path) -> None:
    """LEAN lists it without our id: "not known" is no answer while orders are there that nobody here has sent."""
    result, events = a_day(tmp_path, {"do": "restart", "at": "2015-12-24T10:32:30", "seconds": 90})
    assert result.algorithm.desk.state.trading_state is TradingState.HALTED
    assert len([event for event in events if isinstance(event, GroupCreated)]) == 1
    assert {abs(quantity) for quantity in held_there(result).values()} == {4}, "it was filled, and only it"
    note = next(event for event in events if isinstance(event, OperatorNote))
    assert "of an earlier process" in note.text
    assert "cancel them" in note.text


def test_fills_the_plug_in_lost_are_a_mismatch_after_the_next_start(tmp_path: Path) -> None:
    """Until then nobody tells of them: docs/live.md says so. LEAN reads the account when it starts."""
    lost = {"do": "partial", "on": "fill", "shares": 0.5}
    result, events = a_day(tmp_path, lost, {"do": "restart", "at": "2015-12-24T11:40:00", "seconds": 90})
    assert result.algorithm.desk.state.trading_state is TradingState.HALTED
    notes = [event for event in events if isinstance(event, OperatorNote) and event.code in {"MISMATCH", "ORPHAN"}]
    assert notes
    for name in held_there(result):
        strike = str(int(name[-8:]) / 1000).removesuffix(".0")
        assert f" {strike} " in notes[-1].text, "each leg is named"
