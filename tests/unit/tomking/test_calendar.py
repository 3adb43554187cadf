from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from builders import contract
from tomking.market.calendar import (
    from_new_york,
    is_third_friday,
    minutes_before,
    session_date,
    settles_at,
    week_of_month,
)
from tomking.market.contract import Style, shares


def test_new_york_follows_its_own_summer_time() -> None:
    assert from_new_york(date(2018, 1, 5), time(16)) == datetime(2018, 1, 5, 21, tzinfo=UTC)
    assert from_new_york(date(2018, 7, 6), time(16)) == datetime(2018, 7, 6, 20, tzinfo=UTC)
    assert session_date(datetime(2018, 1, 6, 2, tzinfo=UTC)) == date(2018, 1, 5)


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2018, 5, 1), 1),
        (date(2018, 5, 7), 1),
        (date(2018, 5, 8), 2),
        (date(2018, 8, 14), 2),
        (date(2018, 8, 1), 1),
        (date(2018, 3, 30), 5),
    ],
)
def test_weeks_of_a_month(day: date, week: int) -> None:
    assert week_of_month(day) == week


@pytest.mark.parametrize("day", [date(2018, 6, 15), date(2018, 3, 16)])
def test_the_third_friday(day: date) -> None:
    assert [d for d in range(1, 29) if is_third_friday(day.replace(day=d))] == [day.day]


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
