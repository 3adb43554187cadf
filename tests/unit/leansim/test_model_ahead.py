"""Data made ahead by a second process: which, and that nobody can tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from leansim.api.enums import Resolution, SecurityType, TickType
from leansim.api.identifiers import SecurityIdentifier
from leansim.api.reference import use_reference_data
from leansim.api.symbols import Symbol
from leansim.api.time_zones import zone
from leansim.lean_data.archives import Archives
from leansim.lean_data.blocks import FileFormat
from leansim.lean_data.cache import PackedCopies
from leansim.model_data import ModelDataProvider, ahead
from leansim.model_data.ahead import Habits, MadeAhead, main, request, requested
from leansim.model_data.history import History
from leansim.model_data.provider import DEFAULT_HISTORY

PATIENCE_SECONDS = 300


@pytest.fixture(autouse=True)
def no_folder_in_use() -> Iterator[None]:
    use_reference_data(None)
    yield
    use_reference_data(None)


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


def index_form(ticker: str = "VIX") -> FileFormat:
    symbol = Symbol(SecurityIdentifier.generate_index(ticker, "usa"), ticker)
    return FileFormat(symbol, Resolution.MINUTE, TickType.TRADE, MONDAY, *map(zone, ("America/Chicago",) * 2))


def canonicals() -> list[Symbol]:
    gold = Symbol(SecurityIdentifier.generate_equity(datetime(2004, 11, 18), "GLD", "usa"), "GLD")
    index = Symbol(SecurityIdentifier.generate_index("SPX", "usa"), "SPX")
    future = Symbol.create_future("CL", "nymex", datetime(2018, 2, 20))
    return [
        gold,
        index,
        Symbol.create("CL", SecurityType.FUTURE, "nymex"),
        Symbol.create_canonical_option(gold, None, "usa", None),
        Symbol.create_canonical_option(index, "SPXW", "usa", None),
        Symbol.create_canonical_option(future, None, "nymex", None),
    ]


@pytest.mark.parametrize("symbol", canonicals(), ids=str)
@pytest.mark.parametrize("tick_type", [TickType.TRADE, TickType.QUOTE, TickType.OPEN_INTEREST])
def test_a_request_says_how_an_archive_is_read(symbol: Symbol, tick_type: TickType) -> None:
    form = FileFormat(symbol, Resolution.MINUTE, tick_type, MONDAY, zone("UTC"), zone("America/New_York"))
    line = request(vix(MONDAY), form)
    assert line.endswith("\n")
    assert len(line) < 512, "a pipe takes so few bytes whole or not at all, on every system"
    relative, found = requested(line)
    assert relative == vix(MONDAY)
    assert found == form
    assert found is not None
    assert found.symbol.value == symbol.value
    if symbol.underlying is not None:
        assert found.symbol.underlying is not None
        assert found.symbol.underlying.value == symbol.underlying.value


def test_a_request_for_a_text_says_its_name(tmp_path: Path) -> None:
    universe = "option/usa/universes/gld/20180110.csv"
    assert requested(request(universe, None)) == (universe, None)
    main([str(tmp_path), str(tmp_path / "copies"), "3", "", "0"], iter([request(universe, None)]))  # type: ignore[arg-type]  # any lines will do
    assert (tmp_path / universe).is_file()


def test_months_of_futures_are_made_ahead_too(tmp_path: Path) -> None:
    future, canonical = "future/nymex/minute/cl/20180110_quote.zip", canonicals()[2]
    form = FileFormat(canonical, Resolution.MINUTE, TickType.QUOTE, MONDAY, zone("UTC"), zone("America/New_York"))
    main([str(tmp_path), str(tmp_path / "copies"), "3", "", "0"], iter([request(future, form)]))  # type: ignore[arg-type]  # as above
    assert (tmp_path / "copies" / f"{future}.packed").is_file()


@contextmanager
def made_ahead(folder: Path) -> Iterator[MadeAhead]:
    provider = MadeAhead(ModelDataProvider(folder, seed=3), folder, folder / "copies", niceness=0)
    try:
        yield provider
    finally:
        provider.close()


def until(comes_true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not comes_true():
        assert time.monotonic() < end, "the second process made nothing"
        time.sleep(0.05)


def test_the_next_archives_are_there_before_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "BEGINS_AFTER", 2)
    ours, alone = tmp_path / "ours", tmp_path / "alone"
    ours.mkdir()
    alone.mkdir()
    wanted = days_after(2, 3)
    form = index_form()
    with made_ahead(ours) as provider:
        for relative in days_after(0, 1):
            assert provider.table(relative, 5) is not None
            provider.asked(relative, form)
        process = provider._process
        assert process is not None
        until(lambda: all((ours / "copies" / f"{relative}.packed").is_file() for relative in wanted))
    assert process.returncode is not None, "it ends with the run"
    model = ModelDataProvider(alone, seed=3)
    archives = Archives(alone, model, PackedCopies(alone / "copies"))
    for day, relative in zip((2, 3), wanted, strict=True):
        assert archives.made(relative, replace(form, day=MONDAY + timedelta(days=day))) is not None
        name = f"copies/{relative}.packed"
        assert (ours / name).read_bytes() == (alone / name).read_bytes()
    assert not list(ours.rglob("*.zip"))


def test_a_zip_that_is_there_is_not_made_ahead(tmp_path: Path) -> None:
    assert ModelDataProvider(tmp_path, seed=3).fetch(vix(MONDAY))
    lines = [request(each, index_form()) for each in days_after(0, 1)]
    main([str(tmp_path), str(tmp_path / "copies"), "3", "", "0"], iter(lines))  # type: ignore[arg-type]  # as above
    assert [path.name for path in (tmp_path / "copies").rglob("*.packed")] == ["20180109_trade.zip.packed"]


def test_a_run_whose_files_are_there_starts_no_second_process(tmp_path: Path) -> None:
    with made_ahead(tmp_path) as provider:
        for relative in days_after(0, 1, 2):
            provider.asked(relative, index_form())
        assert provider._process is None


def test_what_the_model_does_not_have_starts_no_second_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "BEGINS_AFTER", 1)
    with made_ahead(tmp_path) as provider:
        for relative in days_after(0, 1, 2):
            provider.asked(relative, index_form())
            assert provider.table(relative.replace("index", "nothing"), 5) is None
            assert not provider.fetch(relative.replace("index", "nothing"))
        assert provider._process is None


def test_a_second_process_that_is_gone_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "BEGINS_AFTER", 1)
    with made_ahead(tmp_path) as provider:
        assert provider.table(vix(MONDAY), 5) is not None
        for relative in days_after(0, 1):
            provider.asked(relative, index_form())
        process = provider._process
        assert process is not None
        process.kill()
        process.wait()
        for relative in days_after(2, 3):
            provider.asked(relative, index_form())
            assert provider.table(relative, 5) is not None


def test_what_cannot_be_made_ends_the_second_process_quietly(tmp_path: Path) -> None:
    (tmp_path / "option").write_text("a file where a folder must be")
    line = request("option/usa/universes/gld/20180110.csv", None)
    main([str(tmp_path), str(tmp_path / "copies"), "3", "", "0"], iter([line]))  # type: ignore[arg-type]  # as above
    assert (tmp_path / "option").read_text() == "a file where a folder must be"
