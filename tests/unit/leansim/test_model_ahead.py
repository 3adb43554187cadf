"""Files made ahead by a second process: which ones, and that nobody can tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from leansim.model_data import ModelDataProvider, ahead
from leansim.model_data.ahead import Habits, MadeAhead, main
from leansim.model_data.history import History
from leansim.model_data.provider import DEFAULT_HISTORY

PATIENCE_SECONDS = 300


@pytest.fixture(scope="module")
def history() -> History:
    return History.load(DEFAULT_HISTORY)


def vix(day: date) -> str:
    return f"index/usa/minute/vix/{day:%Y%m%d}_trade.zip"


MONDAY = date(2018, 1, 8)


def days_after(*numbers: int) -> list[str]:
    return [vix(MONDAY + timedelta(days=number)) for number in numbers]


def asked(habits: Habits, *days: int) -> list[str]:
    found: list[str] = []
    for relative in days_after(*days):
        found = list(habits.next_files(relative))
    return found


def test_what_was_asked_for_once_tells_nothing(history: History) -> None:
    assert asked(Habits(history), 0) == []


def test_after_two_sessions_in_a_row_come_the_next_two(history: History) -> None:
    assert asked(Habits(history), 0, 1) == days_after(2, 3)


def test_a_weekend_and_a_holiday_lie_between_sessions_in_a_row(history: History) -> None:
    # the Monday after is Martin Luther King's day
    assert asked(Habits(history), 3, 4) == days_after(8, 9)
    assert asked(Habits(history), 4, 8) == days_after(9, 10)


def test_what_is_asked_for_each_week_comes_in_a_week(history: History) -> None:
    assert asked(Habits(history), 0, 7) == days_after(14)


def test_a_second_question_for_the_same_day_is_no_habit(history: History) -> None:
    assert asked(Habits(history), 0, 0) == []
    assert asked(Habits(history), 0, 1, 0) == [], "nor is one for an earlier day"


def test_files_of_different_kinds_have_habits_of_their_own(history: History) -> None:
    habits = Habits(history)
    list(habits.next_files(vix(MONDAY)))
    assert list(habits.next_files(vix(MONDAY + timedelta(days=1)).replace("vix", "spx"))) == []
    assert list(habits.next_files("index/usa/daily/vix.zip")) == []


def test_nothing_follows_the_last_session(history: History) -> None:
    habits = Habits(history)
    last = history.sessions[-2:]
    assert [list(habits.next_files(vix(day))) for day in last] == [[], []]


@contextmanager
def made_ahead(folder: Path) -> Iterator[MadeAhead]:
    provider = MadeAhead(ModelDataProvider(folder, seed=3), folder, niceness=0)
    try:
        yield provider
    finally:
        provider.close()


def until(comes_true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not comes_true():
        assert time.monotonic() < end, "the second process made nothing"
        time.sleep(0.05)


def test_the_next_files_are_there_before_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "BEGINS_AFTER", 2)
    ours, alone = tmp_path / "ours", tmp_path / "alone"
    ours.mkdir()
    alone.mkdir()
    wanted = days_after(2, 3)
    with made_ahead(ours) as provider:
        for relative in days_after(0, 1):
            assert provider.fetch(relative)
            provider.asked(relative)
        process = provider._process
        assert process is not None
        until(lambda: all((ours / relative).is_file() for relative in wanted))
    assert process.returncode is not None, "it ends with the run"
    model = ModelDataProvider(alone, seed=3)
    for relative in wanted:
        assert model.fetch(relative)
        assert (ours / relative).read_bytes() == (alone / relative).read_bytes()


def test_a_run_whose_files_are_there_starts_no_second_process(tmp_path: Path) -> None:
    with made_ahead(tmp_path) as provider:
        for relative in days_after(0, 1, 2):
            provider.asked(relative)
        assert provider._process is None


def test_what_the_model_does_not_have_starts_no_second_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "BEGINS_AFTER", 1)
    with made_ahead(tmp_path) as provider:
        for relative in days_after(0, 1, 2):
            provider.asked(relative)
            assert not provider.fetch(relative.replace("index", "nothing"))
        assert provider._process is None


def test_a_second_process_that_is_gone_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "BEGINS_AFTER", 1)
    with made_ahead(tmp_path) as provider:
        assert provider.fetch(vix(MONDAY))
        for relative in days_after(0, 1):
            provider.asked(relative)
        process = provider._process
        assert process is not None
        process.kill()
        process.wait()
        for relative in days_after(2, 3):
            provider.asked(relative)
            assert provider.fetch(relative)


def test_what_cannot_be_made_ends_the_second_process_quietly(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file where a folder must be")
    main([str(tmp_path), "3", "", "0"], iter([f"{vix(MONDAY)}\n"]))  # type: ignore[arg-type]  # any lines will do
    assert (tmp_path / "index").read_text() == "a file where a folder must be"
