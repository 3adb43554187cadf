"""What a run takes from the model's columns is what it would read from the model's files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leansim.api.enums import Resolution, SecurityType, TickType
from leansim.api.reference import use_reference_data
from leansim.api.symbols import Symbol
from leansim.lean_data.blocks import Block, FileFormat
from leansim.lean_data.cache import PackedCopies
from leansim.lean_data.folder import DataFolder
from leansim.lean_data.zips import read_table
from leansim.model_data import ModelDataProvider
from leansim.model_data.history import History
from leansim.model_data.provider import DEFAULT_HISTORY

FRIDAY = date(2018, 1, 5)
QUOTE, TRADE, INTEREST = TickType.QUOTE, TickType.TRADE, TickType.OPEN_INTEREST
MINUTE, HOUR, DAILY = Resolution.MINUTE, Resolution.HOUR, Resolution.DAILY
COLUMNS = {"quote": 10, "trade": 5, "openinterest": 1}

MINUTES = [
    *(f"index/usa/minute/{root}/20180105_trade.zip" for root in ("spx", "xsp", "vix")),
    *(f"equity/usa/minute/{fund}/20180105_trade.zip" for fund in ("spy", "tlt")),
    *(
        f"{option}/20180105_{kind}_{style}.zip"
        for kind in ("quote", "openinterest")
        for option, style in (
            ("indexoption/usa/minute/spxw", "european"),  # the chain of the day, on its Friday
            ("indexoption/usa/minute/spx", "european"),
            ("indexoption/usa/minute/xsp", "european"),
            ("option/usa/minute/qqq", "american"),
            ("futureoption/nymex/minute/mcl/201803", "american"),
            ("futureoption/cbot/minute/ozb/201803", "american"),
            ("futureoption/cme/minute/euu/201803", "american"),
        )
    ),
    *(
        f"future/{future}/20180105_{kind}.zip"
        for future in ("cme/minute/es", "nymex/minute/mcl", "cbot/minute/zb", "cme/minute/6e")
        for kind in ("trade", "quote", "openinterest")
    ),
]
SHORT_YEARS = [
    *(f"index/usa/{resolution}/{root}.zip" for resolution in ("hour", "daily") for root in ("spx", "xsp", "vix")),
    *(f"equity/usa/{resolution}/iwm.zip" for resolution in ("hour", "daily")),
    *(
        f"{option.format(resolution)}_2014_{kind}_{style}.zip"
        for resolution in ("hour", "daily")
        for kind in COLUMNS
        for option, style in (
            ("option/usa/{}/gld", "american"),
            ("indexoption/usa/{}/xsp", "european"),
            ("futureoption/nymex/{}/mcl/201404/mcl", "american"),
        )
    ),
    *(
        f"future/{future.format(resolution)}_{kind}.zip"
        for resolution in ("hour", "daily")
        for kind in COLUMNS
        for future in ("nymex/{}/mcl", "cme/{}/6e", "cbot/{}/zb")
    ),
]


@pytest.fixture(scope="module")
def history() -> History:
    return History.load(DEFAULT_HISTORY)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, history: History) -> ModelDataProvider:
    return ModelDataProvider(tmp_path_factory.mktemp("whole"), seed=7, history=history)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory, history: History) -> ModelDataProvider:
    """A model of some weeks: files of hours and days hold all of its days."""
    weeks = {day: level for day, level in history.vix.items() if day < date(2014, 2, 10)}
    some = History(history.bars, weeks, history.rates, history.oil)
    return ModelDataProvider(tmp_path_factory.mktemp("short"), seed=7, history=some)


def same_table(model: ModelDataProvider, root: Path, relative: str) -> None:
    columns = next((count for kind, count in COLUMNS.items() if f"_{kind}" in relative), COLUMNS["trade"])
    assert model.fetch(relative), model.reason
    dated = "/minute/" not in relative
    read = read_table(root / relative, columns, dated=dated, chosen=lambda names: range(len(names)))
    made = model.table(relative, columns)
    assert made is not None
    assert len(read.clock) > 0
    assert made.entries == read.entries
    assert made.offsets.tolist() == read.offsets.tolist()
    assert made.clock.tolist() == read.clock.tolist()
    for ours, theirs in zip(made.floats(), read.floats(), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("relative", MINUTES)
def test_a_table_is_what_the_file_of_the_day_says(whole: ModelDataProvider, relative: str) -> None:
    same_table(whole, whole._root, relative)


@pytest.mark.parametrize("relative", SHORT_YEARS)
def test_a_table_is_what_the_file_of_the_years_says(short: ModelDataProvider, relative: str) -> None:
    same_table(short, short._root, relative)


def test_a_scenario_is_in_the_tables_too(tmp_path: Path) -> None:
    model = ModelDataProvider(tmp_path, seed=7, scenario="like-october-1987")
    same_table(model, tmp_path, "index/usa/minute/spx/20171016_trade.zip")
    same_table(model, tmp_path, "futureoption/nymex/minute/mcl/201801/20171016_quote_american.zip")


@pytest.mark.parametrize(
    ("relative", "reason"),
    [
        ("option/usa/minute/qqq/20180105_trade_american.zip", "trades by the hour and the day alone"),
        ("index/usa/minute/vix/20180106_trade.zip", "not a trading day"),
        ("option/usa/minute/goog/20180105_quote_american.zip", "none of the files"),
    ],
)
def test_what_the_model_has_no_file_of_it_has_no_table_of(whole: ModelDataProvider, relative: str, reason: str) -> None:
    assert whole.table(relative, 5) is None
    assert reason in whole.reason


# --- as a run reads them: made on demand, and from files that were made before it ---


def spx() -> Symbol:
    return Symbol.create("SPX", SecurityType.INDEX, "usa")


def oil(expiry: datetime) -> Symbol:
    return Symbol.create_future("MCL", "nymex", expiry)


def asked_for() -> dict[str, tuple[Symbol, Resolution, TickType]]:
    qqq = Symbol.create("QQQ", SecurityType.EQUITY, "usa")
    on_oil = Symbol.create_canonical_option(oil(datetime(2018, 2, 20)), None, "nymex", None)
    weekly = Symbol.create_canonical_option(spx(), "SPXW", "usa", None)
    return {
        "index": (spx(), MINUTE, TRADE),
        "years of the index": (spx(), DAILY, TRADE),
        "fund": (qqq, MINUTE, TRADE),
        "options of the day": (weekly, MINUTE, QUOTE),
        "their interest": (weekly, MINUTE, INTEREST),
        "options on a fund": (Symbol.create_canonical_option(qqq, None, "usa", None), MINUTE, QUOTE),
        "futures": (Symbol.create("MCL", SecurityType.FUTURE, "nymex"), MINUTE, QUOTE),
        "their trades": (Symbol.create("MCL", SecurityType.FUTURE, "nymex"), MINUTE, TRADE),
        "options on futures": (on_oil, MINUTE, QUOTE),
    }


@pytest.fixture
def folders(tmp_path: Path, history: History) -> Iterator[tuple[DataFolder, DataFolder]]:
    """One whose data are made on demand, and one that a person filled before."""
    opened = []
    for name in ("demand", "filled"):
        root = tmp_path / name
        root.mkdir()
        opened.append(DataFolder(root, ModelDataProvider(root, 7, history), cache=tmp_path / f"{name} copies"))
    use_reference_data(opened[0])
    yield opened[0], opened[1]
    use_reference_data(None)


def same_block(ours: Block, theirs: Block) -> None:
    assert ours.contracts == theirs.contracts
    assert [each.value for each in ours.contracts] == [each.value for each in theirs.contracts]
    assert ours.period == theirs.period
    assert ours.offsets.tolist() == theirs.offsets.tolist()
    assert ours.time.tolist() == theirs.time.tolist()
    assert list(ours.columns) == list(theirs.columns)
    for name, values in theirs.columns.items():
        np.testing.assert_array_equal(ours.columns[name], values)


def copies(folder: Path) -> dict[str, tuple[dict[str, Any], bytes]]:
    """Of each copy the head but for what it was made of, and the columns."""
    found = {}
    for path in sorted(folder.rglob("*.packed")):
        head, _, body = path.read_bytes().partition(b"\n")
        said = json.loads(head)
        assert said["meta"].pop("identity")
        found[path.relative_to(folder).as_posix()] = (said, body)
    return found


def test_a_run_on_demand_has_the_rows_and_the_copies_of_one_on_files(
    folders: tuple[DataFolder, DataFolder], tmp_path: Path
) -> None:
    demand, filled = folders
    for what, (symbol, resolution, tick_type) in asked_for().items():
        on_demand = demand.read_file(symbol, FRIDAY, resolution, tick_type)
        assert on_demand is not None, what
        relative = demand.requests.succeeded[-1]
        assert filled.provider.fetch(relative)
        from_file = filled.read_file(symbol, FRIDAY, resolution, tick_type)
        assert from_file is not None
        same_block(on_demand, from_file)
    assert len(demand.requests.made) == len(asked_for())
    assert not filled.requests.made
    assert not list((tmp_path / "demand").rglob("*.zip"))
    ours, theirs = copies(tmp_path / "demand copies"), copies(tmp_path / "filled copies")
    assert len(ours) == len(asked_for())
    assert ours == theirs
    for symbol, resolution, tick_type in asked_for().values():
        again = DataFolder(demand.root, demand.provider, cache=tmp_path / "demand copies")
        copied = again.read_file(symbol, FRIDAY, resolution, tick_type)
        first = demand.read_file(symbol, FRIDAY, resolution, tick_type)
        assert copied is not None
        assert first is not None
        same_block(copied, first)


def test_a_copy_of_another_seed_is_not_read(folders: tuple[DataFolder, DataFolder], tmp_path: Path) -> None:
    demand, _ = folders
    first = demand.read_file(spx(), FRIDAY, MINUTE, TRADE)
    assert first is not None
    other_root = tmp_path / "other"
    other_root.mkdir()
    other = DataFolder(other_root, ModelDataProvider(other_root, 8), cache=tmp_path / "demand copies")
    second = other.read_file(spx(), FRIDAY, MINUTE, TRADE)
    assert second is not None
    assert second.columns["high"].tolist() != first.columns["high"].tolist()


def test_a_run_that_is_killed_while_it_writes_a_copy_leaves_none(
    folders: tuple[DataFolder, DataFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demand, _ = folders
    form = FileFormat(spx(), MINUTE, TRADE, FRIDAY, *_clocks(demand))
    relative = "index/usa/minute/spx/20180105_trade.zip"
    write_bytes = Path.write_bytes

    def interrupted(path: Path, data: bytes) -> int:
        write_bytes(path, data[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        demand.read_file(spx(), FRIDAY, MINUTE, TRADE)
    monkeypatch.undo()
    assert not [path for path in (tmp_path / "demand copies").rglob("*") if path.is_file()]
    origin = (ModelDataProvider(demand.root, 7).origin,)
    assert PackedCopies(tmp_path / "demand copies").read(relative, form, origin) is None
    assert demand.read_file(spx(), FRIDAY, MINUTE, TRADE) is not None


def _clocks(folder: DataFolder) -> tuple[Any, Any]:
    hours = folder.market_hours.entry_of(spx())
    return hours._data_time_zone, hours.time_zone
