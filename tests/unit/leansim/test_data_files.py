from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from fakes.lean_folder import write_folder, write_text, write_zip

from leansim.api.enums import (
    DataMappingMode,
    DataNormalizationMode,
    OptionRight,
    OptionStyle,
    Resolution,
    SecurityType,
    TickType,
)
from leansim.api.net import ArgumentException
from leansim.api.reference import use_reference_data
from leansim.api.symbols import Symbol
from leansim.api.time_zones import to_ns
from leansim.errors import DataError, NotEmulated
from leansim.lean_data import archives
from leansim.lean_data.blocks import FileFormat
from leansim.lean_data.cache import default_cache_folder
from leansim.lean_data.folder import DataFolder, read_day
from leansim.lean_data.packed import PackedColumns
from leansim.lean_data.paths import entry_name, parse_entry, universe_path, zip_path
from leansim.lean_data.tables import Table

MINUTE, HOUR, DAILY = Resolution.MINUTE, Resolution.HOUR, Resolution.DAILY
TRADE, QUOTE, INTEREST = TickType.TRADE, TickType.QUOTE, TickType.OPEN_INTEREST
DAY = date(2021, 1, 8)
QUOTES = "indexoption/usa/minute/spxw/20210108_quote_european.zip"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    made = DataFolder(write_folder(tmp_path / "data"), cache=tmp_path / "cache")
    use_reference_data(made)
    yield made
    use_reference_data(None)


def again(folder: DataFolder) -> DataFolder:
    """Another process on the same folder and cache."""
    made = DataFolder(folder.root, cache=folder.root.parent / "cache")
    use_reference_data(made)
    return made


def spx() -> Symbol:
    return Symbol.create("SPX", SecurityType.INDEX, "usa")


def spxw() -> Symbol:
    return Symbol.create_canonical_option(spx(), "SPXW", "usa", None)


def es(month: datetime | None = None) -> Symbol:
    return (
        Symbol.create("ES", SecurityType.FUTURE, "cme") if month is None else Symbol.create_future("ES", "cme", month)
    )


def stock(ticker: str = "SPY") -> Symbol:
    return Symbol.create(ticker, SecurityType.EQUITY, "usa")


def instants(column: np.ndarray) -> list[str]:
    return [f"{datetime.fromtimestamp(ns // 10**9, UTC):%m-%d %H:%M}" for ns in column.tolist()]


# --- paths ------------------------------------------------------------------------------------------------------------

GOOG_OPTION = Symbol.create_option("GOOG", "usa", OptionStyle.AMERICAN, OptionRight.CALL, 750, datetime(2016, 1, 15))
WEEKLY = Symbol.create_option(spx(), "SPXW", "usa", OptionStyle.EUROPEAN, OptionRight.PUT, 3700, datetime(2021, 1, 8))
MARCH = es(datetime(2020, 3, 20))
MARCH_CALL = Symbol.create_option(MARCH, "cme", OptionStyle.AMERICAN, OptionRight.CALL, 3200, datetime(2020, 3, 20))
CRUDE = Symbol.create_future("CL", "nymex", datetime(2020, 2, 20))


@pytest.mark.parametrize(
    ("symbol", "resolution", "ticks", "path", "entry"),
    [
        (stock(), MINUTE, TRADE, "equity/usa/minute/spy/20210108_trade.zip", "20210108_spy_minute_trade.csv"),
        (
            stock(),
            Resolution.SECOND,
            QUOTE,
            "equity/usa/second/spy/20210108_quote.zip",
            "20210108_spy_second_quote.csv",
        ),
        (stock(), Resolution.TICK, QUOTE, "equity/usa/tick/spy/20210108_quote.zip", "20210108_spy_Quote_Tick.csv"),
        (stock(), DAILY, TRADE, "equity/usa/daily/spy.zip", "spy.csv"),
        (spx(), HOUR, TRADE, "index/usa/hour/spx.zip", "spx.csv"),
        (
            GOOG_OPTION,
            MINUTE,
            QUOTE,
            "option/usa/minute/goog/20210108_quote_american.zip",
            "20210108_goog_minute_quote_american_call_7500000_20160115.csv",
        ),
        (
            GOOG_OPTION,
            DAILY,
            INTEREST,
            "option/usa/daily/goog_2021_openinterest_american.zip",
            "goog_openinterest_american_call_7500000_20160115.csv",
        ),
        (WEEKLY, MINUTE, QUOTE, QUOTES, "20210108_spxw_minute_quote_european_put_37000000_20210108.csv"),
        (MARCH, MINUTE, TRADE, "future/cme/minute/es/20210108_trade.zip", "20210108_es_minute_trade_202003.csv"),
        (CRUDE, HOUR, QUOTE, "future/nymex/hour/cl_quote.zip", "cl_quote_202003.csv"),
        (
            MARCH_CALL,
            MINUTE,
            QUOTE,
            "futureoption/cme/minute/es/202003/20210108_quote_american.zip",
            "20210108_es_minute_quote_american_call_32000000_20200320.csv",
        ),
        (
            MARCH_CALL,
            DAILY,
            TRADE,
            "futureoption/cme/daily/es/202003/es_2021_trade_american.zip",
            "es_trade_american_call_32000000_20200320.csv",
        ),
    ],
)
def test_files_are_where_lean_keeps_them(
    symbol: Symbol, resolution: Resolution, ticks: TickType, path: str, entry: str
) -> None:
    assert zip_path(symbol, DAY, resolution, ticks) == path
    assert entry_name(symbol, DAY, resolution, ticks) == entry


@pytest.mark.parametrize("symbol", [GOOG_OPTION, WEEKLY, MARCH_CALL])
@pytest.mark.parametrize("resolution", [MINUTE, DAILY])
def test_an_entrys_name_says_which_contract_it_is(symbol: Symbol, resolution: Resolution) -> None:
    sid = symbol.id
    read = parse_entry(entry_name(symbol, DAY, resolution, QUOTE), symbol.security_type, resolution)
    assert read == (sid.option_style, sid.option_right, sid._exact_strike, sid.date)


@pytest.mark.parametrize("name", ["readme.txt", "x.csv", "20210108_spxw_minute_quote_european_both_1_20210108.csv"])
def test_other_names_are_no_contracts(name: str) -> None:
    assert parse_entry(name, SecurityType.INDEX_OPTION, MINUTE) is None


def test_universes_are_where_lean_keeps_them() -> None:
    assert universe_path(GOOG_OPTION, DAY) == "option/usa/universes/goog/20210108.csv"
    assert universe_path(spxw(), DAY) == "indexoption/usa/universes/spxw/20210108.csv"
    assert universe_path(MARCH_CALL, DAY) == "futureoption/cme/universes/es/202003/20210108.csv"
    assert universe_path(es(), DAY) == "future/cme/universes/es/20210108.csv"
    with pytest.raises(ArgumentException):
        universe_path(stock(), DAY)


# --- bars -------------------------------------------------------------------------------------------------------------


def write_weekly_quotes(folder: DataFolder, minutes: int = 2) -> Path:
    def lines(bid: int) -> str:
        bar, ask = f"{bid}," * 4, f"{bid + 500}," * 4
        return "".join(f"{34200000 + 60000 * minute},{bar}30,{ask}60\n" for minute in range(minutes))

    name = "20210108_spxw_minute_quote_european_{}_{}_20210108.csv"
    return write_zip(
        folder.root / QUOTES,
        {
            name.format("put", 37000000): lines(910000),
            name.format("call", 38000000): "34200000,,,,,,500,500,500,500,20\n",
            name.format("call", 37000000): lines(10000),
        },
    )


def test_quotes_become_columns_sorted_by_ticker(folder: DataFolder) -> None:
    write_weekly_quotes(folder)
    block = folder.read_day(spxw(), DAY, MINUTE, QUOTE)
    assert block is not None
    assert [contract.value[-9:] for contract in block.contracts] == ["C03700000", "C03800000", "P03700000"]
    assert block.offsets.tolist() == [0, 2, 3, 5]
    assert block.columns["bid_close"].tolist()[:2] == [1.0, 1.0]
    assert block.columns["bid_size"][0] == 30
    assert instants(block.time[:2]) == ["01-08 14:31", "01-08 14:32"]
    put = block.select(WEEKLY)
    assert (len(put), put.columns["ask_close"].tolist()) == (2, [91.05, 91.05])
    assert block.rows(GOOG_OPTION) == slice(0, 0)


def test_a_missing_side_is_nan(folder: DataFolder) -> None:
    write_weekly_quotes(folder)
    block = read_day(folder, spxw(), DAY, MINUTE, QUOTE)
    assert block is not None
    row = block.rows(block.contracts[1]).start
    assert np.isnan([block.columns[f"bid_{part}"][row] for part in ("open", "high", "low", "close", "size")]).all()
    assert block.columns["ask_close"][row] == 0.05


def test_index_bars_are_unscaled_and_on_chicagos_clock(folder: DataFolder) -> None:
    write_zip(
        folder.root / "index/usa/minute/spx/20210108_trade.zip",
        {"20210108_spx_minute_trade.csv": "30600000,3764.61,3769.99,3764.61,3766.63,59"},
    )
    block = folder.read_day(spx(), DAY, MINUTE, TRADE)
    assert block is not None
    assert instants(block.time) == ["01-08 14:31"]
    assert {name: values[0] for name, values in block.columns.items()} == {
        "open": 3764.61,
        "high": 3769.99,
        "low": 3764.61,
        "close": 3766.63,
        "volume": 59,
    }


def test_futures_are_on_utcs_clock_and_identified_by_their_month(folder: DataFolder) -> None:
    write_zip(
        folder.root / "future/cme/minute/es/20200106_trade.zip",
        {
            "20200106_es_minute_trade_202006.csv": "0,3223.75,3224.25,3223,3223,1526\r\n",
            "20200106_es_minute_trade_202003.csv": "0,3223.75,3224.25,3223,3223,1526\r\n",
        },
    )
    block = folder.read_day(es(), date(2020, 1, 6), MINUTE, TRADE)
    assert block is not None
    assert [contract.value for contract in block.contracts] == ["ES18M20", "ES20H20"]
    assert instants(block.time) == ["01-06 00:01", "01-06 00:01"]


def test_open_interest_is_of_an_instant_not_of_a_minute(folder: DataFolder) -> None:
    write_zip(
        folder.root / "future/cme/minute/es/20200106_openinterest.zip",
        {"20200106_es_minute_openinterest_202006.csv": "66600000,15492\n"},
    )
    block = folder.read_day(es(), date(2020, 1, 6), MINUTE, TickType.OPEN_INTEREST)
    assert block is not None
    assert (instants(block.time), block.period) == (["01-06 18:30"], 0)


def test_daily_files_hold_all_days_and_a_day_is_cut_out(folder: DataFolder) -> None:
    write_zip(
        folder.root / "equity/usa/daily/spy.zip",
        {"spy.csv": "20210107 00:00,10000,20000,5000,15000,7\n20210108 00:00,20000,30000,15000,25000,8\n"},
    )
    whole = folder.read_file(stock(), DAY, DAILY, TRADE)
    block = folder.read_day(stock(), DAY, DAILY, TRADE)
    assert whole is not None
    assert block is not None
    assert (len(whole), block.columns["close"].tolist(), instants(block.time)) == (2, [2.5], ["01-09 05:00"])
    assert folder.read_day(stock(), date(2021, 1, 9), DAILY, TRADE) is None


def test_cutting_leaves_out_contracts_without_rows(folder: DataFolder) -> None:
    write_weekly_quotes(folder)
    block = folder.read_day(spxw(), DAY, MINUTE, QUOTE)
    assert block is not None
    late = block.between(int(block.time[0]), int(block.time[1]))
    assert [contract.value[-9:] for contract in late.contracts] == ["C03700000", "P03700000"]
    assert late.offsets.tolist() == [0, 1, 2]
    assert len(block.between(0, 1)) == 0


def test_ticks_are_bars_without_length(folder: DataFolder) -> None:
    text = "34200000,1818000,500,P,2000,0\n34201500,1819000,100,N,,1\n"
    write_zip(folder.root / "equity/usa/tick/spy/20210108_trade.zip", {"x.csv": text})
    block = folder.read_file(stock(), DAY, Resolution.TICK, TRADE)
    assert block is not None
    assert instants(block.time) == ["01-08 14:30", "01-08 14:30"]
    assert int(block.time[1] - block.time[0]) == 1_500_000_000
    assert block.columns["close"].tolist() == [181.8, 181.9]
    assert [chr(int(letter)) for letter in block.columns["exchange"]] == ["P", "N"]
    assert block.columns["condition"].tolist() == [0x2000, 0]
    assert block.columns["suspicious"].tolist() == [0, 1]


def test_ticks_of_options_and_futures_are_refused_by_name(folder: DataFolder) -> None:
    root = spxw()
    write_zip(folder.root / zip_path(root, DAY, Resolution.TICK, TRADE), {"x.csv": "1,2,3"})
    with pytest.raises(NotEmulated, match="tick data of options and futures"):
        folder.read_file(root, DAY, Resolution.TICK, TRADE)


# --- what can be wrong ------------------------------------------------------------------------------------------------


def test_a_folder_that_does_not_exist_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere does not exist.*lean init.*--data-folder"):
        DataFolder(tmp_path / "nowhere")


def test_a_folder_without_databases_is_no_data_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a LEAN data folder"):
        _ = DataFolder(tmp_path, cache=False).market_hours


def test_missing_files_are_none_and_every_request_is_recorded(folder: DataFolder) -> None:
    assert folder.read_day(spxw(), DAY, MINUTE, QUOTE) is None
    assert folder.read_universe(spxw(), DAY) is None
    write_weekly_quotes(folder)
    assert folder.read_day(spxw(), DAY, MINUTE, QUOTE) is not None
    assert QUOTES in folder.requests.failed
    assert QUOTES in folder.requests.succeeded
    assert "indexoption/usa/universes/spxw/20210108.csv" in folder.requests.failed


class Maker:
    listed_files: tuple[str, ...] = ()
    label = "made for a test"

    def __init__(self, root: Path, origin: str = "first", close: float = 10_000.0) -> None:
        self.root = root
        self.origin = origin
        self.price = close
        self.made = 0

    def fetch(self, relative: str) -> bool:
        if not relative.endswith("20210108.csv"):
            return False
        write_text(self.root / relative, "#expiry,open,high,low,close,volume,open_interest\n")
        return True

    def table(self, relative: str, columns: int) -> Table | None:
        if not relative.endswith("spy.zip"):
            return None
        self.made += 1
        assert columns == 5
        midnight = np.array([to_ns(datetime(2021, 1, 8))])
        return Table(["spy.csv"], np.array([0, 1]), midnight, [np.array([self.price])] * columns)

    def asked(self, relative: str, form: FileFormat | None) -> None:
        pass

    def close(self) -> None:
        pass


def made_by(folder: DataFolder, maker: Maker) -> DataFolder:
    """Another process with this provider."""
    return DataFolder(folder.root, maker, cache=folder.root.parent / "cache")


def close_of_day(folder: DataFolder) -> float:
    block = folder.read_day(stock(), DAY, DAILY, TRADE)
    assert block is not None
    return block.columns["close"].item()


def test_a_provider_makes_what_is_missing(folder: DataFolder) -> None:
    made = made_by(folder, Maker(folder.root))
    assert close_of_day(made) == 1.0
    assert made.read_day(spxw(), DAY, MINUTE, QUOTE) is None
    assert made.read_universe(spxw(), DAY) is not None
    assert made.requests.made == {"equity/usa/daily/spy.zip"}
    assert "equity/usa/daily/spy.zip" in made.requests.succeeded
    assert not (folder.root / "equity/usa/daily/spy.zip").exists(), "an archive is taken from the table"


def test_what_was_made_is_made_once(folder: DataFolder) -> None:
    first, second = Maker(folder.root), Maker(folder.root)
    assert close_of_day(made_by(folder, first)) == close_of_day(made_by(folder, second)) == 1.0
    assert (first.made, second.made) == (1, 0)


def test_what_another_provider_made_is_made_again(folder: DataFolder) -> None:
    close_of_day(made_by(folder, Maker(folder.root)))
    assert close_of_day(made_by(folder, Maker(folder.root, "second", 20_000.0))) == 2.0
    assert close_of_day(made_by(folder, Maker(folder.root))) == 1.0


def test_a_zip_is_read_whatever_was_made_before_it_came(folder: DataFolder) -> None:
    assert close_of_day(made_by(folder, Maker(folder.root))) == 1.0
    path = folder.root / "equity/usa/daily/spy.zip"
    write_zip(path, {"spy.csv": "20210108 00:00,30000,30000,30000,30000,1\n"})
    assert close_of_day(made_by(folder, Maker(folder.root))) == 3.0
    path.unlink()
    assert close_of_day(made_by(folder, Maker(folder.root))) == 1.0


def test_without_a_cache_it_is_made_each_time(folder: DataFolder) -> None:
    maker = Maker(folder.root)
    for _ in range(2):
        assert close_of_day(DataFolder(folder.root, maker, cache=False)) == 1.0
    assert maker.made == 2


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_zip_says_which_file_and_what_to_do(folder: DataFolder, keep: float) -> None:
    path = write_weekly_quotes(folder)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * keep)])
    with pytest.raises(DataError, match=r"20210108_quote_european\.zip cannot be read.*truncated.*again"):
        folder.read_day(spxw(), DAY, MINUTE, QUOTE)


def test_a_damaged_entry_is_noticed(folder: DataFolder) -> None:
    path = write_zip(folder.root / "index/usa/daily/spx.zip", {"spx.csv": "20210108 00:00,1,2,1,2,3\n"})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"spx.csv") + len("spx.csv") + 2
    raw[at] ^= 0xFF
    path.write_bytes(bytes(raw))
    with pytest.raises(DataError, match=r"spx\.zip cannot be read"):
        folder.read_day(spx(), DAY, DAILY, TRADE)


def test_a_zip_whose_entries_are_named_otherwise_is_refused(folder: DataFolder) -> None:
    write_zip(folder.root / QUOTES, {"quotes.csv": "34200000,1,1,1,1,1,1,1,1,1,1"})
    with pytest.raises(DataError, match=r"found quotes\.csv, expected such as 20210108_spxw_minute_quote_european"):
        folder.read_day(spxw(), DAY, MINUTE, QUOTE)


def test_an_entry_that_is_no_contract_is_ignored_beside_others(folder: DataFolder) -> None:
    path = write_weekly_quotes(folder)
    import zipfile

    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("readme.txt", "not data")
    block = folder.read_day(spxw(), DAY, MINUTE, QUOTE)
    assert block is not None
    assert len(block.contracts) == 3


@pytest.mark.parametrize(
    "line",
    [
        "20210108 00:00,one,2,1,2,3",
        "2021-01-08,1,2,1,2,3",
        ",1,2,1,2,3",
        "20210108 00:00,1,2,1,2,3\n\n20210109 00:00,1,2,1,2,3",
        "20210108 00:00,1,2,1,2,3\n20210109 00:00,1,2",
    ],
)
def test_lines_that_are_not_leans_are_refused(folder: DataFolder, line: str) -> None:
    write_zip(folder.root / "index/usa/daily/spx.zip", {"spx.csv": line})
    with pytest.raises(DataError, match=r"spx\.zip"):
        folder.read_file(spx(), DAY, DAILY, TRADE)


# --- the cache --------------------------------------------------------------------------------------------------------


@pytest.fixture
def caching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_SMALLEST", 0)


def copy_of(folder: DataFolder) -> Path:
    return folder.root.parent / "cache" / f"{QUOTES}.packed"


@pytest.mark.usefixtures("caching")
@pytest.mark.parametrize(
    ("minutes", "places"),
    [
        ({"call": (0, 1), "put": (0, 1)}, None),
        # as many rows as instants, but not of each contract
        ({"call": (0,), "put": (1, 2)}, [0, 1, 2]),
        ({"call": (1, 2), "put": (0, 1)}, [1, 2, 0, 1]),
    ],
)
def test_a_copy_of_an_active_chain_says_that_every_contract_has_every_instant(
    folder: DataFolder, minutes: dict[str, tuple[int, ...]], places: list[int] | None
) -> None:
    def lines(own: tuple[int, ...]) -> str:
        return "".join(f"{34200000 + 60000 * minute}{',500' * 10}\n" for minute in own)

    name = "20210108_spxw_minute_quote_european_{}_37000000_20210108.csv"
    write_zip(folder.root / QUOTES, {name.format(right): lines(own) for right, own in minutes.items()})
    begin = 1610116200000000000
    for block in (folder.read_day(spxw(), DAY, MINUTE, QUOTE), again(folder).read_day(spxw(), DAY, MINUTE, QUOTE)):
        assert block is not None
        assert block.clock is not None
        assert (None if block.clock.places is None else block.clock.places.tolist()) == places
        assert block.time.tolist() == [begin + 60000000000 * (1 + m) for own in minutes.values() for m in own]


def closes(folder: DataFolder) -> list[float]:
    block = again(folder).read_day(spxw(), DAY, MINUTE, QUOTE)
    assert block is not None
    return block.columns["ask_close"].tolist()


@pytest.mark.usefixtures("caching")
def test_a_copy_gives_what_the_zip_gave(folder: DataFolder) -> None:
    write_weekly_quotes(folder)
    first = folder.read_day(spxw(), DAY, MINUTE, QUOTE)
    assert copy_of(folder).is_file()
    second = again(folder).read_day(spxw(), DAY, MINUTE, QUOTE)
    assert first is not None
    assert second is not None
    assert first.contracts == second.contracts
    assert first.offsets.tolist() == second.offsets.tolist()
    assert first.time.tolist() == second.time.tolist()
    for name, values in first.columns.items():
        np.testing.assert_array_equal(values, second.columns[name])
    # the first run has what makes the later ones quick
    assert first.clock is not None
    assert second.clock is not None
    assert first.clock.instants.tolist() == second.clock.instants.tolist()
    assert first.clock.places is not None
    assert first.clock.places.tolist() == second.clock.places_of(len(second)).tolist() == [0, 1, 0, 0, 1]
    assert type(first.columns) is type(second.columns) is PackedColumns


@pytest.mark.usefixtures("caching")
def test_the_copy_is_what_is_read_while_the_zip_is_the_same(folder: DataFolder) -> None:
    path = write_weekly_quotes(folder)
    expected = closes(folder)
    status = path.stat()
    path.write_bytes(b"\0" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert closes(folder) == expected


@pytest.mark.usefixtures("caching")
@pytest.mark.parametrize("change", ["size", "time"])
def test_a_zip_that_changed_is_read_again_and_copied_again(folder: DataFolder, change: str) -> None:
    path = write_weekly_quotes(folder)
    before = closes(folder)
    if change == "size":
        status = path.stat()
        write_weekly_quotes(folder, minutes=3)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert len(closes(folder)) == len(before) + 2
    else:
        stamp = copy_of(folder).stat().st_mtime_ns
        os.utime(path, ns=(1, 1))
        assert closes(folder) == before
        assert copy_of(folder).stat().st_mtime_ns != stamp


@pytest.mark.usefixtures("caching")
@pytest.mark.parametrize(
    "content", [b"", b"no copy", b"{}\n", b'{"meta":{},"whole":{},"columns":{"bid_open":[0,9,null]}}\n']
)
def test_a_broken_copy_is_ignored_and_rewritten(folder: DataFolder, content: bytes) -> None:
    write_weekly_quotes(folder)
    expected = closes(folder)
    whole = copy_of(folder).read_bytes()
    copy_of(folder).write_bytes(content)
    assert closes(folder) == expected
    assert copy_of(folder).read_bytes() == whole


@pytest.mark.usefixtures("caching")
def test_a_copy_that_was_cut_short_is_ignored(folder: DataFolder) -> None:
    write_weekly_quotes(folder)
    expected = closes(folder)
    copy_of(folder).write_bytes(copy_of(folder).read_bytes()[:-1])
    assert closes(folder) == expected


@pytest.mark.usefixtures("caching")
def test_a_cache_that_cannot_be_written_to_is_no_error(folder: DataFolder) -> None:
    write_weekly_quotes(folder)
    write_text(folder.root.parent / "cache", "a file where the cache folder should be")
    assert closes(folder)


@pytest.mark.usefixtures("caching")
def test_no_half_written_copy_is_left_behind(folder: DataFolder) -> None:
    write_weekly_quotes(folder)
    closes(folder)
    assert [path.name for path in copy_of(folder).parent.iterdir()] == [copy_of(folder).name]


def test_small_zips_are_not_copied(folder: DataFolder) -> None:
    write_weekly_quotes(folder)
    closes(folder)
    assert not copy_of(folder).exists()


def test_the_cache_is_in_the_folder_or_with_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert default_cache_folder(tmp_path) == tmp_path / ".leansim-cache"
    tmp_path.chmod(0o555)
    try:
        assert default_cache_folder(tmp_path).parent == tmp_path / "user" / "leansim"
    finally:
        tmp_path.chmod(0o755)


# --- universes and the small files ------------------------------------------------------------------------------------

HEADER = "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho\n"


def test_a_universe_has_contracts_greeks_and_the_underlying(folder: DataFolder) -> None:
    write_text(
        folder.root / "indexoption/usa/universes/spxw/20210107.csv",
        HEADER
        + ",,,3700.65,3701,3699,3700.65,60,,,,,,,\n"
        + "20210108,3700,C,90.97,96.5,30.1,49.5,120,48148,0.2258,0.4715,0.0028,2.4734,-2.1115,0.4812\n"
        + "20210108,3700.5,P,0,0,0,0,0,,0,0,0,0,0,0\n",
    )
    found = folder.read_universe(WEEKLY, date(2021, 1, 7))
    assert found is not None
    assert [contract.value for contract in found.contracts] == ["SPXW  210108C03700000", "SPXW  210108P03700500"]
    assert found.columns["delta"].tolist() == [0.4715, 0]
    assert found.columns["open_interest"].tolist() == [48148, 0]
    assert found.underlying is not None
    assert (found.underlying["close"], found.underlying["open_interest"]) == (3700.65, 0)


def test_a_universe_may_list_no_contract(folder: DataFolder) -> None:
    line = ",,,3700.65,3701,3699,3700.65,60,,,,,,,\n"
    write_text(folder.root / "indexoption/usa/universes/spxw/20210107.csv", HEADER + line)
    found = folder.read_universe(spxw(), date(2021, 1, 7))
    assert found is not None
    assert (found.contracts, found.underlying and found.underlying["high"]) == ((), 3701)


def test_a_futures_universe_names_months(folder: DataFolder) -> None:
    write_text(
        folder.root / "future/cme/universes/es/20200103.csv",
        "#expiry,open,high,low,close,volume,open_interest\n202003,3214.5,3249.5,3213.25,3242.75,1049837,2688734\n",
    )
    found = folder.read_universe(es(), date(2020, 1, 3))
    assert found is not None
    assert ([contract.value for contract in found.contracts], found.underlying) == (["ES20H20"], None)


@pytest.mark.parametrize(
    "line",
    ["20210108,dear,C,1,1,1,1,1,,0,0,0,0,0,0", "2021,3700,C,1,1,1,1,1,,0,0,0,0,0,0", "20210108,3700,C,x,1,1,1,1"],
)
def test_a_universe_that_is_not_leans_is_refused(folder: DataFolder, line: str) -> None:
    write_text(folder.root / "indexoption/usa/universes/spxw/20210107.csv", HEADER + line + "\n")
    with pytest.raises(DataError, match=r"20210107\.csv"):
        folder.read_universe(spxw(), date(2021, 1, 7))


def test_a_cell_of_a_universe_that_is_no_number_is_zero_as_lean_reads_it(folder: DataFolder) -> None:
    line = "20210108,3700,C,90.97,96.5,30.1,49.5,120,48148,0.2258,0.4715,0.0028,2.4734,-2.1115,-0.0009.0025\n"
    write_text(folder.root / "indexoption/usa/universes/spxw/20210107.csv", HEADER + line)
    found = folder.read_universe(spxw(), date(2021, 1, 7))
    assert found is not None
    assert (found.columns["rho"].tolist(), found.columns["theta"].tolist()) == ([0], [-2.1115])


def test_an_empty_universe_has_no_contracts(folder: DataFolder) -> None:
    write_text(folder.root / "indexoption/usa/universes/spxw/20210107.csv", HEADER)
    found = folder.read_universe(spxw(), date(2021, 1, 7))
    assert found is not None
    assert len(found) == 0


def test_the_interest_rate_is_carried_from_change_to_change(folder: DataFolder) -> None:
    write_text(
        folder.root / "alternative/interest-rate/usa/interest-rate.csv",
        "DATE,PCREDIT8\n2003-01-09,2.25\n2003-06-26,2.00\n",
    )
    rates = folder.interest_rates
    assert rates.rate(date(1999, 1, 1)) == rates.rate(date(2003, 6, 25)) == Decimal("0.0225")
    assert rates.rate(date(2003, 6, 26)) == rates.rate(date(2030, 1, 1)) == Decimal("0.02")
    assert again(folder).interest_rates.rate(date(2003, 6, 26)) == Decimal("0.02")


def test_without_a_file_the_interest_rate_is_leans_default(folder: DataFolder) -> None:
    assert folder.interest_rates.rate(date(2020, 1, 1)) == Decimal("0.01")


def test_margins_hold_from_each_change_on(folder: DataFolder) -> None:
    write_text(
        folder.root / "future/cme/margins/ES.csv",
        "date,initial,maintenance\n20120326,4375,3500\n20131003,4180,3800,10,20\n",
    )
    margins = folder.margins(es())
    assert margins.on(date(2000, 1, 1)).initial_overnight == 4375
    assert (margins.on(date(2013, 10, 2)).maintenance_overnight, margins.on(date(2013, 10, 2)).initial_intraday) == (
        3500,
        1750,
    )
    assert (margins.on(date(2020, 1, 1)).maintenance_overnight, margins.on(date(2020, 1, 1)).maintenance_intraday) == (
        3800,
        20,
    )
    assert folder.margins(CRUDE).on(date(2020, 1, 1)).initial_overnight == 0


def test_map_files_tell_the_ticker_of_a_day(folder: DataFolder) -> None:
    write_text(folder.root / "equity/usa/map_files/aaa.1.csv", "20000103,aaa.1,Q\n20050630,aaa.1,Q\n")
    write_text(folder.root / "equity/usa/map_files/twx.csv", "19980102,aol,N\n20031015,aol,N\n20180614,twx,N\n")
    maps = folder.map_files
    assert maps.first_ticker("TWX", "usa") == ("AOL", datetime(1998, 1, 2))
    assert maps.resolve("AOL", "usa", date(2000, 1, 1)).ticker_on(date(2010, 1, 1)) == "TWX"
    assert maps.resolve("TWX", "usa").ticker_on(date(2003, 10, 15)) == "AOL"
    assert maps.first_ticker("AAA.1", "usa") == ("AAA", datetime(2000, 1, 3))
    assert maps.first_ticker("SPY", "usa") is None
    assert not maps.resolve("TWX", "usa").has_data(date(2019, 1, 1))


def test_a_continuous_future_is_mapped_by_its_mode(folder: DataFolder) -> None:
    write_text(
        folder.root / "future/cme/map_files/es.csv",
        "18991230,es,CME\n20091130,es uik2f7cj4v0h,CME,1\n20091215,es uik2f7cj4v0h,CME,2\n",
    )
    found = folder.map_files.of(es())
    assert found.ticker_on(date(2009, 12, 10), "", DataMappingMode.OPEN_INTEREST) == "ES UIK2F7CJ4V0H"
    assert found.ticker_on(date(2009, 12, 10), "none", DataMappingMode.FIRST_DAY_MONTH) == "none"


def test_the_contracts_of_a_continuous_future_are_joined_by_their_factors(folder: DataFolder) -> None:
    write_text(
        folder.root / "future/cme/factor_files/es.csv",
        '{"Date":"2009-11-30T00:00:00","BackwardsRatioScale":[0.876974382257532427273677705,0.88],'
        '"BackwardsPanamaCanalScale":[-244.00],"ForwardPanamaCanalScale":[0.0],"DataMappingMode":1}\n',
    )
    factors = folder.factor_files.of_future(es())
    mapping, day = DataMappingMode.FIRST_DAY_MONTH, date(2009, 11, 30)
    ratio, panama = DataNormalizationMode.BACKWARDS_RATIO, DataNormalizationMode.BACKWARDS_PANAMA_CANAL
    assert factors.factor(day, ratio, mapping) == Decimal("0.876974382257532427273677705")
    assert factors.factor(day, ratio, mapping, 1) == Decimal("0.88")
    assert factors.factor(day, ratio, mapping, 2) == 1
    assert factors.factor(day, panama, mapping) == -244
    assert factors.factor(date(2009, 12, 1), panama, mapping) == 0
    assert factors.factor(day, ratio, DataMappingMode.OPEN_INTEREST) == 1
    assert folder.factor_files.of_future(CRUDE).factor(day, ratio, mapping) == 1


def test_factors_undo_splits_and_dividends(folder: DataFolder) -> None:
    write_text(
        folder.root / "equity/usa/factor_files/spy.csv",
        "19980102,0.8,0.5,1\n20140606,0.8,0.5,645.57\n20140807,0.9,1,94.96\n20501231,1,1,0\n",
    )
    factors = folder.factor_files.of(stock())
    adjusted, splits, raw = (
        DataNormalizationMode.ADJUSTED,
        DataNormalizationMode.SPLIT_ADJUSTED,
        DataNormalizationMode.RAW,
    )
    assert factors.factor(date(2014, 6, 6), adjusted) == Decimal("0.4")
    assert factors.factor(date(2014, 6, 6), splits) == Decimal("0.5")
    assert factors.factor(date(2014, 6, 6), raw) == 1
    assert factors.factor(date(2014, 6, 9), adjusted) == Decimal("0.9")
    assert factors.split_after(date(2014, 6, 6)) == (Decimal("0.5"), Decimal("645.57"))
    assert factors.split_after(date(2014, 8, 7)) is None
    assert factors.dividend_after(date(2014, 8, 7)) == (Decimal("0.9"), Decimal("94.96"))
    assert folder.factor_files.of(stock("QQQ")).factor(date(2014, 6, 6), adjusted) == 1


def test_lines_that_go_back_in_time_are_passed_over(folder: DataFolder) -> None:
    lines = "34200000,1,1,1,1,5\n34260000,2,2,2,2,5\n34260000,3,3,3,3,5\n34200000,4,4,4,4,5\n34320000,5,5,5,5,5\n"
    entries = {f"20210108_es_minute_trade_{month}.csv": lines for month in ("202103", "202106")}
    write_zip(folder.root / "future/cme/minute/es/20210108_trade.zip", entries)
    block = folder.read_day(es(), DAY, MINUTE, TRADE)
    assert block is not None
    assert block.offsets.tolist() == [0, 3, 6]
    assert block.columns["close"].tolist() == [1, 2, 5, 1, 2, 5]
    assert (np.diff(block.time[:3]) > 0).all()


def test_of_a_stock_the_first_entry_is_read_whatever_its_name(folder: DataFolder) -> None:
    entries = {"any name.txt": "34200000,10000,10000,10000,10000,5", "20210108_spy_minute_trade.csv": "no numbers"}
    write_zip(folder.root / "equity/usa/minute/spy/20210108_trade.zip", entries)
    block = folder.read_day(stock(), DAY, MINUTE, TRADE)
    assert block is not None
    assert block.columns["close"].tolist() == [1.0]
    write_zip(folder.root / "equity/usa/minute/qqq/20210108_trade.zip", {})
    assert folder.read_day(stock("QQQ"), DAY, MINUTE, TRADE) is None
