from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leansim.api.time_zones import (
    NS_PER_HOUR,
    NS_PER_MINUTE,
    NS_PER_SECOND,
    CachedDateTimeZone,
    TimeZones,
    aware_utc,
    from_ns,
    to_ns,
    zone,
)
from leansim.clock import TimeKeeper
from leansim.numbers import dec, dec_or_zero, plain, round_down_to_step, round_half_away, round_half_even, round_to_step

NEW_YORK = zone("America/New_York")


@settings(deadline=None)
@given(st.integers(0, 99_999_999_999))
def test_a_scaled_price_becomes_the_decimal_of_the_file(cents_of_a_cent: int) -> None:
    assert dec(np.float64(cents_of_a_cent) / 10_000) == Decimal(cents_of_a_cent) / 10_000


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_no_decimal(value: float) -> None:
    with pytest.raises(ValueError, match="not a number"):
        dec(value)


def test_an_unknown_price_is_zero_where_lean_says_so() -> None:
    assert dec_or_zero(float("nan")) == 0
    assert dec_or_zero(0.1) == Decimal("0.1")


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        ("69.97", "0.1", "70.0"),
        ("2.03", "0.05", "2.05"),
        ("100.07", "0.05", "100.05"),
        ("0.125", "0.05", "0.10"),  # a tie goes to the even multiple
        ("0.175", "0.05", "0.20"),
        ("-0.125", "0.05", "-0.10"),
        ("1.23", "0", "1.23"),
    ],
)
def test_prices_are_rounded_to_the_tick_with_ties_to_even(value: str, step: str, expected: str) -> None:
    assert round_to_step(Decimal(value), Decimal(step)) == Decimal(expected)


def test_quantities_are_cut_towards_zero() -> None:
    assert round_down_to_step(Decimal("1.9"), Decimal(1)) == 1
    assert round_down_to_step(Decimal("-1.9"), Decimal(1)) == -1


def test_the_two_kinds_of_rounding_differ_at_ties() -> None:
    assert round_half_even(Decimal("2.5")) == 2
    assert round_half_away(Decimal("2.5")) == 3
    assert round_half_away(Decimal("-2.125"), 2) == Decimal("-2.13")


@pytest.mark.parametrize(
    ("value", "text"), [("7.50", "7.5"), ("1E+3", "1000"), ("0.0", "0"), ("-0", "0"), ("1E-7", "0.0000001")]
)
def test_plain_text_has_no_exponent_and_no_idle_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@settings(deadline=None)
@given(st.integers(0, 4_000_000_000))
def test_offsets_are_those_of_the_time_zone_database(second: int) -> None:
    expected = datetime.fromtimestamp(second, ZoneInfo("America/New_York")).utcoffset()
    assert expected is not None
    assert NEW_YORK.offset_ns(second * NS_PER_SECOND) == expected.total_seconds() * NS_PER_SECOND


@pytest.mark.parametrize(
    ("name", "changes"),
    [("America/New_York", 260), ("America/Argentina/Buenos_Aires", 16), ("Africa/Monrovia", 1), ("Asia/Tokyo", 0)],
)
def test_every_change_of_a_zones_clock_is_known_to_the_second(name: str, changes: int) -> None:
    clock = CachedDateTimeZone(name)
    found = 0
    for start in clock._starts[1:]:
        offsets = []
        for ns in (start - NS_PER_SECOND, start):
            expected = datetime.fromtimestamp(ns // NS_PER_SECOND, ZoneInfo(name)).utcoffset()
            assert expected is not None
            assert clock.offset_ns(ns) == expected.total_seconds() * NS_PER_SECOND
            offsets.append(expected)
        found += offsets[0] != offsets[1]
    assert found == len(clock._starts) - 1 == changes


@pytest.mark.parametrize("change", [datetime(2021, 3, 14, 7), datetime(2021, 11, 7, 6)])
def test_a_clock_that_is_asked_minute_by_minute_reads_what_one_asked_once_does(change: datetime) -> None:
    steps = [NS_PER_MINUTE + 700, NS_PER_MINUTE + NS_PER_SECOND, *[NS_PER_MINUTE] * 30]
    ns = to_ns(change) - 20 * NS_PER_MINUTE
    often = CachedDateTimeZone("America/New_York")
    for step in steps * 2:
        ns += step
        expected = aware_utc(ns).replace(tzinfo=UTC).astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None)
        assert often.to_local(ns) == expected


def test_a_skipped_local_time_moves_forward_and_a_repeated_one_is_the_first() -> None:
    skipped = to_ns(datetime(2021, 3, 14, 2, 30))
    assert NEW_YORK.to_local(NEW_YORK.to_utc_ns(skipped)) == datetime(2021, 3, 14, 3, 30)
    repeated = to_ns(datetime(2021, 11, 7, 1, 30))
    assert aware_utc(NEW_YORK.to_utc_ns(repeated)) == datetime(2021, 11, 7, 5, 30, tzinfo=UTC)


@settings(deadline=None)
@given(st.lists(st.integers(0, 4_000_000_000), min_size=1, max_size=20))
def test_columns_are_converted_as_single_times_are(seconds: list[int]) -> None:
    column = np.array(seconds, dtype=np.int64) * NS_PER_SECOND
    assert NEW_YORK.to_local_column(column).tolist() == [NEW_YORK.to_local_ns(ns) for ns in column.tolist()]
    assert NEW_YORK.to_utc_column(column).tolist() == [NEW_YORK.to_utc_ns(ns) for ns in column.tolist()]


def test_a_zone_is_one_object_and_prints_its_name() -> None:
    assert TimeZones.NEW_YORK is NEW_YORK
    assert TimeZones.NewYork is NEW_YORK
    assert str(NEW_YORK) == "America/New_York"
    assert type(NEW_YORK).__name__ == "CachedDateTimeZone"
    with pytest.raises(ValueError, match="no time zone named 'Mars/Base'"):
        zone("Mars/Base")


def test_utc_times_are_aware_and_their_zone_is_called_gmt() -> None:
    moment = aware_utc(to_ns(datetime(2015, 12, 24, 15)))
    assert str(moment) == "2015-12-24 15:00:00+00:00"
    assert type(moment.tzinfo).__name__ == "GMT"
    assert to_ns(moment) == to_ns(datetime(2015, 12, 24, 15))


def test_the_clock_follows_the_instant_through_a_clock_change() -> None:
    clock = TimeKeeper(to_ns(datetime(2021, 3, 14, 6, 59)))
    assert clock.local(NEW_YORK) == datetime(2021, 3, 14, 1, 59)
    clock.advance(clock.ns + 60 * NS_PER_SECOND)
    assert clock.local(NEW_YORK) == datetime(2021, 3, 14, 3)
    assert clock.local(zone("America/Chicago")) == datetime(2021, 3, 14, 1)
    assert clock.utc == datetime(2021, 3, 14, 7, tzinfo=UTC)
    assert clock.local_date(NEW_YORK).isoformat() == "2021-03-14"
    assert clock.since(clock.ns - NS_PER_HOUR) == timedelta(hours=1)
    assert from_ns(clock.local_ns(NEW_YORK)) == clock.local(NEW_YORK)
    clock.advance(to_ns(datetime(2021, 3, 14, 6)))  # LEAN's clock goes back for past scheduled events
    assert clock.local(NEW_YORK) == datetime(2021, 3, 14, 1)
