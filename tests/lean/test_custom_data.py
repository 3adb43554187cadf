"""An algorithm with data of its own, through the whole engine: slices, prices, orders, consolidators and history."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from conformance.lean_runs import needs_goldens, run_algorithm

from leansim.errors import NotEmulated

pytestmark = needs_goldens

HEAD = dedent(
    """
    import json
    from AlgorithmImports import *

    LINES = "2015-12-24 10:00,5\\n2015-12-24 10:00,6\\n2015-12-24 11:00,7\\n2015-12-25 00:00,8\\n"

    class Rates(PythonData):
        def get_source(self, config, date, is_live_mode):
            return SubscriptionDataSource("rates", SubscriptionTransportMedium.OBJECT_STORE, FileFormat.CSV)

        def reader(self, config, line, date, is_live_mode):
            time, value = line.split(",")
            point = Rates()
            point.symbol, point.value = config.symbol, float(value)
            point.time = datetime.strptime(time, "%Y-%m-%d %H:%M")
            point["TenYears"] = point.value / 10
            return point

    class Probe(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2015, 12, 24)
            self.set_end_date(2015, 12, 25)
            self.set_cash(100_000)
            self.object_store.save("rates", LINES)
            self.seen = []
            self.begin()

        def on_end_of_algorithm(self):
            self.object_store.save("seen", json.dumps(self.seen))
    """
)


def seen(folder: Path, body: str) -> Any:
    file = folder / "probe.py"
    file.write_text(HEAD + "\n".join(f"    {line}" for line in dedent(body).splitlines()) + "\n", encoding="utf-8")
    run = run_algorithm(file, folder)
    assert run.result.error is None, run.result.error
    return run.stored("seen")


def test_a_slice_has_the_last_point_of_an_instant_under_its_symbol_alone(tmp_path: Path) -> None:
    body = """
    def begin(self):
        self.rates = self.add_data(Rates, "US", Resolution.HOUR).symbol

    def on_data(self, slice):
        point = slice[self.rates]
        assert slice["US"] is point and slice.get(Rates)[self.rates] is point and slice.get(Rates, self.rates) is point
        assert not slice.bars and not slice.ticks and not slice.get(TradeBar)
        assert type(point) is Rates and [key.value for key in slice.keys()] == ["US"]
        price = self.securities[self.rates].price
        assert self.securities[self.rates].cache.get_data(Rates) is point
        self.seen.append([str(self.time), point.value, point.ten_years, price, len(slice.all_data)])
    """
    assert seen(tmp_path, body) == [
        ["2015-12-24 10:00:00", 6.0, 0.6, 6.0, 2],
        ["2015-12-24 11:00:00", 7.0, 0.7, 7.0, 1],
        ["2015-12-25 00:00:00", 8.0, 0.8, 8.0, 1],
    ]


def test_data_are_ordered_by_their_value_and_leave_other_tickers_alone(tmp_path: Path) -> None:
    body = """
    def begin(self):
        self.equity = self.add_equity("GOOG", Resolution.MINUTE).symbol
        self.rates = self.add_data(Rates, "GOOG", Resolution.HOUR).symbol
        assert self.symbol("GOOG") == self.equity and self.rates.underlying is None
        assert self.securities[self.rates].exchange.hours.is_market_always_open

    def on_data(self, slice):
        if self.rates in slice and slice[self.rates].value == 7:
            ticket = self.market_order(self.rates, 10)
            self.seen.append([str(ticket.status), ticket.average_fill_price, slice["GOOG"].symbol == self.equity])
    """
    assert seen(tmp_path, body) == [["FILLED", 7.0, True]]


def test_data_are_filled_forward_when_that_is_asked_for(tmp_path: Path) -> None:
    body = """
    def begin(self):
        self.rates = self.add_data(Rates, "US", Resolution.HOUR, TimeZones.NEW_YORK, True).symbol

    def on_data(self, slice):
        point = slice[self.rates]
        self.seen.append([self.time.day, self.time.hour, point.value, point.is_fill_forward, str(point.end_time)])
    """
    found = seen(tmp_path, body)
    assert found[:4] == [
        [24, 10, 6.0, False, "2015-12-24 10:00:00"],
        [24, 11, 7.0, False, "2015-12-24 11:00:00"],
        [24, 12, 7.0, True, "2015-12-24 12:00:00"],
        [24, 13, 7.0, True, "2015-12-24 13:00:00"],
    ]
    assert len(found) == 39


def test_history_of_data_is_a_frame_of_their_members_or_the_points(tmp_path: Path) -> None:
    body = """
    def begin(self):
        self.rates = self.add_data(Rates, "US", Resolution.HOUR).symbol

    def on_end_of_day(self, symbol):
        if symbol != self.rates or self.time.day != 24:
            return
        frame = self.history(Rates, self.rates, timedelta(1), Resolution.HOUR)
        points = self.history[Rates](self.rates, timedelta(1), Resolution.HOUR)
        self.seen.append([list(frame.columns), frame.loc[self.rates]["tenyears"].tolist(), [p.value for p in points]])
    """
    assert seen(tmp_path, body) == [[["tenyears", "value"], [0.5, 0.6, 0.7], [5.0, 6.0, 7.0]]]


def test_an_indicator_takes_the_first_point_of_an_instant_in(tmp_path: Path) -> None:
    body = """
    def begin(self):
        self.rates = self.add_data(Rates, "US", Resolution.HOUR).symbol
        self.average = self.sma(self.rates, 2, Resolution.HOUR)

    def on_data(self, slice):
        self.seen.append([self.average.is_ready, self.average.current.value])
    """
    assert seen(tmp_path, body) == [[False, 5.0], [True, 6.0], [True, 7.5]]


def test_a_reader_that_fails_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    body = """
    def begin(self):
        self.object_store.save("rates", LINES + "no line at all")
        self.rates = self.add_data(Rates, "US", Resolution.HOUR).symbol

    def on_data(self, slice):
        self.seen.append(slice[self.rates].value)
    """
    assert seen(tmp_path, body) == [6.0, 7.0, 8.0]


def test_what_lies_elsewhere_ends_the_run_by_name(tmp_path: Path) -> None:
    head = HEAD.replace('"rates", SubscriptionTransportMedium.OBJECT_STORE', '"https://example.com/rates.csv"')
    head = head.replace(", FileFormat.CSV)", ")")
    (tmp_path / "probe.py").write_text(head + "    def begin(self):\n        self.add_data(Rates, 'US')\n")
    with pytest.raises(NotEmulated, match="REMOTE_FILE"):
        run_algorithm(tmp_path / "probe.py", tmp_path)


def test_what_is_no_class_of_data_is_refused(tmp_path: Path) -> None:
    body = """
    def begin(self):
        for wrong in ("US", Probe, 5):
            try:
                self.add_data(wrong, "US")
            except ArgumentException as error:
                self.seen.append(type(error).__name__)
        try:
            self.add_data(Rates, "US", Resolution.DAILY, nonsense=1)
        except TypeError as error:
            self.seen.append(type(error).__name__)
    """
    assert seen(tmp_path, body) == ["ArgumentException"] * 3 + ["TypeError"]


def test_an_algorithm_is_told_of_its_own_data_only_when_it_asks(tmp_path: Path) -> None:
    body = """
    def begin(self):
        self.add_data(Rates, "US", Resolution.HOUR)
        self.add_equity("GOOG", Resolution.HOUR)

    def on_securities_changed(self, changes):
        told = [security.symbol.value for security in changes.added_securities]
        changes.filter_custom_securities = False
        both = changes + SecurityChanges.NONE
        self.seen.append([changes.count, told, [security.symbol.value for security in both.added_securities]])
    """
    assert seen(tmp_path, body) == [[2, ["GOOG"], ["GOOG", "US"]]]
