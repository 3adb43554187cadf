from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from builders import contract
from tomking.market.calendar import (
    from_new_york,
    is_first_wednesday,
    is_second_tuesday,
    is_third_friday,
    minutes_before,
    nth_weekday,
    session_date,
    settles_at,
)
from tomking.market.contract import Style, shares


def test_new_york_follows_its_own_summer_time() -> None:
    assert from_new_york(date(2018, 1, 5), time(16)) == datetime(2018, 1, 5, 21, tzinfo=UTC)
    assert from_new_york(date(2018, 7, 6), time(16)) == datetime(2018, 7, 6, 20, tzinfo=UTC)
    assert session_date(datetime(2018, 1, 6, 2, tzinfo=UTC)) == date(2018, 1, 5)


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        (is_second_tuesday, date(2018, 5, 8)),
        (is_second_tuesday, date(2018, 8, 14)),
        (is_first_wednesday, date(2018, 8, 1)),
        (is_first_wednesday, date(2019, 1, 2)),
        (is_third_friday, date(2018, 6, 15)),
        (is_third_friday, date(2018, 3, 16)),
    ],
)
def test_the_named_days(rule: object, day: date) -> None:
    assert callable(rule)
    hits = [d for d in range(1, 29) if rule(day.replace(day=d))]
    assert hits == [day.day]


def test_a_month_may_have_no_fifth_friday() -> None:
    assert nth_weekday(2018, 3, 4, 5) == date(2018, 3, 30)
    with pytest.raises(ValueError, match="day is out of range"):
        nth_weekday(2018, 2, 4, 5)


def test_minutes_before_stay_in_the_day() -> None:
    assert minutes_before(time(13), 30) == time(12, 30)
    with pytest.raises(ValueError, match="another day"):
        minutes_before(time(0, 10), 30)


@pytest.mark.parametrize(
    ("option", "closes", "hour"),
    [
        (contract(expiry=date(2018, 1, 5)), None, time(16)),
        (contract(expiry=date(2018, 1, 19)), None, time(16)),  # SPXW settles in the afternoon on third Fridays too
        (contract(expiry=date(2018, 1, 19), root="SPX"), None, time(9, 30)),
        (contract(expiry=date(2018, 1, 5), root="SPX"), None, time(16)),
        (contract(expiry=date(2015, 12, 24), underlying="GOOG", root="GOOG", style=Style.AMERICAN), time(13), time(13)),
        (
            contract(expiry=date(2020, 3, 20), underlying="ES", root="ES", delivery=date(2020, 3, 20)),
            None,
            time(9, 30),
        ),
        (contract(expiry=date(2020, 1, 31), underlying="ES", root="EW", delivery=date(2020, 3, 20)), None, time(16)),
        (
            contract(expiry=date(2020, 2, 14), underlying="CL", root="CL", delivery=date(2020, 3, 20)),
            None,
            time(14, 30),
        ),
    ],
)
def test_when_options_settle(option: object, closes: time | None, hour: time) -> None:
    assert settles_at(option, closes) == from_new_york(option.expiry, hour)  # type: ignore[arg-type, attr-defined]


def test_shares_do_not_settle() -> None:
    with pytest.raises(ValueError, match="does not settle"):
        settles_at(shares("GOOG"))
