"""Data of the algorithm's own: what a point is made of, and in which order the lines of its sources are read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from leansim.api.compression import Compression
from leansim.api.custom_types import custom_symbol, custom_type_of, linked_symbol
from leansim.api.enums import FileFormat, Resolution, SecurityType, SubscriptionTransportMedium, TickType
from leansim.api.lean_files import LeanData
from leansim.api.net import KeyNotFoundException
from leansim.api.python_data import PythonData, SubscriptionDataSource
from leansim.api.symbols import Symbol
from leansim.errors import NotEmulated
from leansim.feed.custom_sources import CustomPoints

START, END = datetime(2017, 8, 18), datetime(2017, 8, 21, 23, 59)


class Rates(PythonData):
    """A line is a time and a value."""

    sources: ClassVar[Mapping[str, str]] = {}
    sort: ClassVar[bool] = False
    asked: ClassVar[list[datetime]] = []

    def get_source(self, config: Any, date: datetime, is_live_mode: bool) -> SubscriptionDataSource | None:
        name = self.sources.get(f"{date:%d}", self.sources.get("all"))
        if name is None:
            return None
        source = SubscriptionDataSource(name, SubscriptionTransportMedium.OBJECT_STORE)
        source.sort = self.sort
        return source

    def reader(self, config: Any, line: str, date: datetime, is_live_mode: bool) -> PythonData | None:
        self.asked.append(date)
        if not line:
            return None
        time, value = line.split(",")
        point = Rates()
        point.symbol, point.value = config.symbol, float(value)
        point.time = datetime.fromisoformat(f"2017-08-{time}")
        return point


class Texts:
    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.opened: list[str] = []

    def lines(self, source: SubscriptionDataSource) -> list[str]:
        self.opened.append(source.source)
        return self.texts[source.source].split(";") if source.source in self.texts else []


def read(
    monkeypatch: pytest.MonkeyPatch, texts: Texts, sources: Mapping[str, str], *, sort: bool = False
) -> tuple[list[float], list[str]]:
    monkeypatch.setattr(Rates, "sources", sources)
    monkeypatch.setattr(Rates, "sort", sort)
    monkeypatch.setattr(Rates, "asked", [])
    complaints: list[str] = []
    points = CustomPoints(Rates, SimpleNamespace(symbol=custom_symbol(Rates, "x")), texts, complaints.append)  # type: ignore[arg-type]  # a fake
    return [point.value for point in points.between(START, END)], complaints


def test_one_source_is_read_once_and_from_the_start_on(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts(a="17 10:00,1;18 00:00,2;18 10:00,3;20 10:00,4;22 10:00,5")
    assert read(monkeypatch, texts, {"all": "a"})[0] == [2.0, 3.0, 4.0]
    assert texts.opened == ["a"]
    assert set(Rates.asked) == {START}


def test_a_day_of_its_own_file_is_left_when_the_next_day_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts(a="18 10:00,1;19 10:00,2", b="19 09:00,3;19 11:00,4", c="21 10:00,5")
    found, _ = read(monkeypatch, texts, {"18": "a", "19": "b", "21": "c"})
    assert found == [1.0, 3.0, 4.0, 5.0]  # the line of the 19th in the file of the 18th is not of that day
    assert texts.opened == ["a", "b", "c"]


def test_what_goes_back_in_time_is_left_out_and_what_comes_together_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts(a="18 10:00,1;18 10:00,2;18 09:00,3;18 11:00,4")
    assert read(monkeypatch, texts, {"all": "a"})[0] == [1.0, 2.0, 4.0]


def test_a_source_in_another_order_can_be_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts(a="20 10:00,3;19 10:00,2;18 10:00,1")
    assert read(monkeypatch, texts, {"all": "a"})[0] == [3.0]
    assert read(monkeypatch, texts, {"all": "a"}, sort=True)[0] == [1.0, 2.0, 3.0]


def test_a_line_the_reader_fails_at_is_told_and_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    found, complaints = read(monkeypatch, Texts(a="18 10:00,1;;nonsense;18 11:00,2"), {"all": "a"})
    assert found == [1.0, 2.0]
    assert len(complaints) == 1
    assert complaints[0].startswith("Error invoking X.Rates 2S data reader. Line: nonsense Error: ")


def test_a_member_is_found_under_every_spelling() -> None:
    point = Rates()
    point["WeightedPrice"] = 5
    point.tenYears = "2.3"
    assert (point.weighted_price, point.weightedprice, point["weightedPrice"]) == (5, 5, 5)
    assert (point.ten_years, point["TenYears"]) == ("2.3", "2.3")
    assert point.has_property("WeightedPrice")
    assert not point.has_property("weighted_price")
    assert point.get_storage_dictionary() == {"weightedprice": 5, "tenyears": "2.3"}
    assert point.clone(True)["weightedprice"] == 5
    with pytest.raises(KeyNotFoundException, match="'other'"):
        point["Other"]
    with pytest.raises(AttributeError):
        _ = point.other


def test_the_time_is_the_end_until_an_end_is_set() -> None:
    point = Rates()
    point["Time"] = START
    assert (point.time, point.end_time) == (START, START)
    point.EndTime = START + timedelta(hours=1)
    assert (point.time, point["endtime"]) == (START, START + timedelta(hours=1))
    other = Rates()
    other.end_time = END
    assert other.time == END


def test_a_symbol_names_its_class_and_what_it_is_about() -> None:
    own = custom_symbol(Rates, "us")
    assert (own.value, own.id.symbol, str(own.id), own.has_underlying) == ("US", "US.Rates", "US.Rates 2S", False)
    assert custom_type_of(own) is Rates
    spy = Symbol.create("SPY", SecurityType.EQUITY, "usa")
    linked = linked_symbol(Rates, spy)
    assert (linked.value, linked.id.symbol, linked.underlying) == ("SPY", "SPY.Rates", spy)
    assert linked.id.date == spy.id.date
    assert custom_type_of(spy) is None


def test_a_source_says_where_it_is() -> None:
    local, remote = SubscriptionDataSource("a.csv"), SubscriptionDataSource("HTTPS://x/a.csv")
    assert local.transport_medium == SubscriptionTransportMedium.LOCAL_FILE
    assert remote.transport_medium == SubscriptionTransportMedium.REMOTE_FILE
    assert str(local) == "LocalFile: Csv a.csv"
    assert local == SubscriptionDataSource("a.csv", SubscriptionTransportMedium.LOCAL_FILE, FileFormat.INDEX)
    assert local != remote


def test_the_files_of_lean_have_lean_names() -> None:
    day, spy = datetime(2013, 10, 7), Symbol.create("SPY", SecurityType.EQUITY, "usa")
    named = LeanData.generate_zip_file_name
    assert named(custom_symbol(Rates, "IBM"), day, Resolution.DAILY, TickType.TRADE) == "ibm.zip"
    assert named(spy, day, Resolution.MINUTE, TickType.QUOTE) == "20131007_quote.zip"
    path = LeanData.generate_zip_file_path("/data", spy, day, Resolution.MINUTE, TickType.TRADE)
    assert path == "/data/equity/usa/minute/spy/20131007_trade.zip"
    with pytest.raises(NotEmulated):
        named("SPY", day, Resolution.DAILY, TickType.TRADE)  # type: ignore[arg-type]  # LEAN's other form


def test_bytes_are_zipped() -> None:
    with zipfile.ZipFile(io.BytesIO(bytes(Compression.zip_bytes(list(b"a,b"), "data")))) as archive:
        assert archive.namelist() == ["data"]
        assert archive.read("data") == b"a,b"
