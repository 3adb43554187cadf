"""When contracts end: the hour of a future's expiry counts, where it is known."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fakes.lean_folder import write_text

from leansim.api.enums import DayOfWeek, DelistingType, MarketHoursState, SecurityType
from leansim.api.symbols import SecurityIdentifier, Symbol
from leansim.api.time_zones import NS_PER_HOUR, TimeZones, to_ns
from leansim.feed.delistings import DelistingCalendar
from leansim.lean_data.exchange_hours import LocalMarketHours, SecurityExchangeHours, Segment
from leansim.lean_data.folder import DataFolder

NEW_YORK = TimeZones.NEW_YORK
WEEK = tuple(day for day in DayOfWeek if str(day).lower() not in ("saturday", "sunday"))
HOURS = SecurityExchangeHours(
    NEW_YORK,
    (),
    {
        day: LocalMarketHours(day, (Segment(9 * NS_PER_HOUR, 17 * NS_PER_HOUR, MarketHoursState.MARKET),))
        for day in WEEK
    },
    {},
    {},
)
FRIDAY = datetime(2014, 3, 21)


def ns(local: datetime) -> int:
    return NEW_YORK.to_utc_ns(to_ns(local))


def notices(symbol: Symbol, end: datetime = datetime(2014, 4, 1)) -> list[tuple[DelistingType, datetime]]:
    calendar = DelistingCalendar(DataFolder(Path()))
    calendar.add({symbol: None}, HOURS, ns(datetime(2014, 3, 1)), ns(end))
    found = []
    while (at := calendar.next_ns) is not None:
        found += [(due.kind, due.time) for due in calendar.due(at)]
    return found


def test_a_future_whose_expiry_has_an_hour_ends_at_that_hour_of_the_next_day() -> None:
    computed = Symbol.create_future("ES", "cme", datetime(2014, 3, 21, 13, 30))
    assert notices(computed) == [
        (DelistingType.WARNING, FRIDAY),
        (DelistingType.DELISTED, datetime(2014, 3, 22, 13, 30)),
    ]


def test_a_future_known_by_its_text_ends_at_midnight() -> None:
    parsed = Symbol(SecurityIdentifier.parse("ES VP274HSU1AF5"), "ES21H14")
    assert notices(parsed) == [(DelistingType.WARNING, FRIDAY), (DelistingType.DELISTED, datetime(2014, 3, 22))]


def test_a_run_without_a_later_trading_day_never_sees_the_end() -> None:
    symbol = Symbol.create_future("ES", "cme", datetime(2014, 3, 21, 13, 30))
    assert notices(symbol, end=datetime(2014, 3, 23)) == [(DelistingType.WARNING, FRIDAY)]


def test_contracts_that_end_together_come_together_once_and_shares_by_themselves(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    first, later = datetime(2014, 3, 20), FRIDAY
    contracts = [Symbol.create_future("ES", "cme", day) for day in (first, first, later)]
    contracts.insert(1, Symbol.create_future("NQ", "cme", first))
    lasting = {"AAA": first, "BBB": later}
    for ticker, day in lasting.items():
        write_text(
            tmp_path / f"equity/usa/map_files/{ticker.lower()}.csv", f"20000103,{ticker},Q\n{day:%Y%m%d},{ticker},Q\n"
        )
    shares = [Symbol.create(ticker, SecurityType.EQUITY, "usa") for ticker in lasting]
    for group in (contracts, shares):
        calendar = DelistingCalendar(folder)
        for _ in range(2):
            # what is subscribed again is expected already
            calendar.add(dict.fromkeys(group), HOURS, ns(datetime(2014, 3, 1)), ns(datetime(2014, 3, 24)))
        on = {day: [each for each in dict.fromkeys(group) if _last(each, lasting) == day] for day in (first, later)}
        found = []
        while (at := calendar.next_ns) is not None:
            found += [(due.kind, due.time, due.symbols) for due in calendar.due(at)]
        assert [each for each in found if each[0] is DelistingType.WARNING] == [
            (DelistingType.WARNING, day, symbols) for day, symbols in on.items()
        ]
        assert len(found) == 4


def _last(symbol: Symbol, lasting: dict[str, datetime]) -> datetime:
    return lasting.get(symbol.value) or symbol.id.date
