"""Files held against each other: days that are missing, clocks, scales, universes beside prices."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from leansim.api.enums import SecurityType
from leansim.api.option_symbols import index_of_root
from leansim.api.time_zones import to_ns
from leansim.data_check.archives import Archive
from leansim.data_check.findings import Findings
from leansim.lean_data.exchange_hours import ExchangeHours
from leansim.lean_data.market_hours import MarketHoursDatabase

_TYPES: Final = {
    "equity": SecurityType.EQUITY,
    "index": SecurityType.INDEX,
    "option": SecurityType.OPTION,
    "indexoption": SecurityType.INDEX_OPTION,
    "future": SecurityType.FUTURE,
    "futureoption": SecurityType.FUTURE_OPTION,
}
_SCALED: Final = frozenset({"equity", "option", "indexoption"})
_SCALE: Final = 10_000
_DAY: Final = re.compile(r"(\d{8})_")
# Recorded files have bars up to three quarters of an hour after the close.
_AFTER_CLOSE_MS: Final = 50 * 60_000
# Days around which more than a price can change.
_FAR_OFF: Final = 8.0
_CLOSE_ENOUGH: Final = 0.02
_LONGEST_GAP_SHOWN: Final = 3
# Contracts whose prices tell a scale.
_ENOUGH_CONTRACTS: Final = 4
# Recorded futures have quotes in half of the hour without trading, and before a week begins.
_TOO_MANY_STRAY: Final = 45
_SHIFTS: Final = tuple(shift for shift in range(-12, 13) if shift)
_NS_PER_MS: Final = 1_000_000
_NS_PER_HOUR: Final = 3_600_000 * _NS_PER_MS


def check_days(
    root: Path, archives: Mapping[str, Archive], hours: MarketHoursDatabase | None, findings: Findings
) -> None:
    """Look for what no single file shows.

    Args:
        root: the data folder.
        archives: every readable archive by its relative path.
        hours: of the exchanges; None: they could not be read, and no clock is checked.
        findings: where problems go.
    """
    for relative, archive in archives.items():
        _check_scale(relative, archive, findings)
        if hours is not None:
            _check_clock(relative, archive, hours, findings)
    by_root: dict[tuple[str, str, str, str], dict[date, str]] = defaultdict(dict)
    for relative, archive in archives.items():
        day = _day_of(relative)
        if archive.resolution == "minute" and day is not None:
            by_root[archive.kind, archive.market, archive.folder, archive.tick][day] = relative
    for (kind, market, folder, tick), days in by_root.items():
        some = archives[next(iter(days.values()))]
        found = hours and hours.try_entry(market, _ticker(some), _TYPES[kind])
        if found:
            _check_gaps(f"{folder} ({tick})", sorted(days), found, findings)
        _check_levels(days, archives, findings)
        if kind.endswith("option") and tick == "quote":
            _check_universes(root, some, days, archives, found or None, findings)


def _day_of(relative: str) -> date | None:
    match = _DAY.match(relative.rsplit("/", 1)[-1])
    return None if match is None else _date(match[1])


def _date(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date has no time zone


def _ticker(archive: Archive) -> str:
    """Under which name the market hours list a root."""
    return archive.root.upper()


def _check_scale(relative: str, archive: Archive, findings: Findings) -> None:
    """Prices of equities and of their and indices' options are whole ten-thousandths of a dollar."""
    if archive.kind in _SCALED and archive.tick != "openinterest" and archive.has_decimals:
        findings.fault(relative, f"prices have decimals, LEAN reads whole numbers of 1/{_SCALE} here: a wrong scale")


def _check_clock(relative: str, archive: Archive, hours: MarketHoursDatabase, findings: Findings) -> None:
    """Bars lie in the exchange's hours, when they are read on the clock LEAN reads them on.

    On an early close recorded bars go on.
    """
    day = _day_of(relative)
    if archive.tick == "openinterest" or day is None:
        return
    entry = hours.try_entry(archive.market, _ticker(archive), _TYPES[archive.kind])
    if entry is None:
        return
    if archive.kind.startswith("future"):
        _check_clock_of_futures(relative, archive, day, entry, findings)
        return
    session = entry._session(day, archive.kind == "equity")
    if session is None:
        findings.note(relative, f"{day} is no trading day: LEAN never reads it")
        return
    midnight = datetime(day.year, day.month, day.day)
    opens, closes = ((entry._data_time_zone.to_local(ns) - midnight) // timedelta(milliseconds=1) for ns in session)
    late = archive.last_ms >= closes + _AFTER_CLOSE_MS and day not in entry._early_close_times
    if archive.first_ms < opens or archive.first_ms >= closes or late:
        findings.fault(relative, _clock_text(archive, opens, closes))


def _check_clock_of_futures(
    relative: str, archive: Archive, day: date, hours: ExchangeHours, findings: Findings
) -> None:
    """Futures trade around the clock, but for an hour a day: files on another clock have an hour of bars in it.

    Days around a holiday or an early close tell nothing: the evening after it, trading begins again.
    """
    around = {day + timedelta(days=step) for step in (-1, 0, 1)}
    if around & (hours._holiday_dates | hours._early_close_times.keys()):
        return
    midnight = hours._data_time_zone.to_utc_ns(to_ns(datetime(day.year, day.month, day.day)))

    def stray(by_hours: int) -> int:
        """Minutes outside of all hours, were the file's clock so many hours behind."""
        shift = midnight + by_hours * _NS_PER_HOUR
        return sum(not hours.is_open(shift + start * _NS_PER_MS, True) for start in archive.starts)

    found = stray(0)
    if found < _TOO_MANY_STRAY:
        return
    best = min(_SHIFTS, key=stray)
    if found - stray(best) >= _TOO_MANY_STRAY:
        findings.fault(
            relative,
            f"{found} of {len(archive.starts)} minutes lie in hours in which nothing trades, and next to none would on "
            f"a clock {best:+d} hours from it: another time zone?",
        )


def _clock_text(archive: Archive, opens: int, closes: int) -> str:
    seen, hours = (
        f"{_time(first)} to {_time(last)}" for first, last in ((archive.first_ms, archive.last_ms), (opens, closes))
    )
    return f"bars from {seen}, though the exchange is open from {hours} on the file's clock: another time zone?"


def _time(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}"


def _check_gaps(name: str, days: list[date], hours: ExchangeHours, findings: Findings) -> None:
    """Trading days between two files that have none themselves."""
    missing = []
    for before, after in pairwise(days):
        between = (before + timedelta(days=step) for step in range(1, (after - before).days))
        missing += [day for day in between if hours.is_date_open(day)]
    if missing:
        shown = ", ".join(day.isoformat() for day in missing[:_LONGEST_GAP_SHOWN])
        more = ", …" if len(missing) > _LONGEST_GAP_SHOWN else ""
        findings.note(name, f"{len(missing)} trading days between {days[0]} and {days[-1]} have no file: {shown}{more}")


def _check_levels(days: Mapping[date, str], archives: Mapping[str, Archive], findings: Findings) -> None:
    """One file whose prices are far off those of the days around it was written on another scale."""
    ordered = [(days[day], archives[days[day]]) for day in sorted(days)]
    if not ordered or ordered[0][1].kind.endswith("option") or ordered[0][1].tick == "openinterest":
        return
    for (_, before), (relative, now) in pairwise(ordered):
        ratio = now.middle / before.middle if before.middle and now.middle else 1.0
        if not 1.0 / _FAR_OFF < ratio < _FAR_OFF:
            findings.fault(relative, f"prices are {ratio:.4g} times those of the file before: a wrong scale")


def _check_universes(
    root: Path,
    some: Archive,
    days: Mapping[date, str],
    archives: Mapping[str, Archive],
    hours: ExchangeHours | None,
    findings: Findings,
) -> None:
    """LEAN selects a day's contracts from the universe of the trading day before."""
    folder = root / some.folder.replace("/minute/", "/universes/")
    missing = []
    for day in sorted(days):
        before = day - timedelta(days=1)
        while hours is not None and not hours.is_date_open(before):
            before -= timedelta(days=1)
        path = folder / f"{before:%Y%m%d}.csv"
        if not path.is_file():
            missing.append(day)
            continue
        _check_universe(root, path, days[day], archives[days[day]], archives, before, findings)
    if missing:
        findings.note(
            f"{some.folder} (quote)",
            f"{len(missing)} days have quotes and no universe of the trading day before, the first {missing[0]}: LEAN "
            "selects no contracts on them",
        )


def _check_universe(
    root: Path,
    path: Path,
    quotes: str,
    quoted: Archive,
    archives: Mapping[str, Archive],
    before: date,
    findings: Findings,
) -> None:
    relative = path.relative_to(root).as_posix()
    lines = [line.split(",") for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[1:]]
    contracts = [cells for cells in lines if cells[0]]
    own = [cells for cells in lines if not cells[0] and len(cells) > 6]
    if len(contracts) < quoted.contracts:
        findings.note(relative, f"lists {len(contracts)} contracts, {quotes} has quotes of {quoted.contracts}")
    _check_prices_of_contracts(quotes, quoted, contracts, findings)
    price = _underlying_close(quoted, archives, before)
    close = _number(own[0][6]) if own else 0.0
    if price and close and abs(close / price - 1.0) > _CLOSE_ENOUGH:
        findings.fault(relative, f"the underlying closes at {close:g}, at {price:g} in its own prices of {before}")


def _check_prices_of_contracts(quotes: str, quoted: Archive, contracts: list[list[str]], findings: Findings) -> None:
    """Quotes of a day lie around the prices their contracts had in the universe, when both are on LEAN's scales."""
    known = {",".join((expiry, f"{_number(strike):g}", right)): row for expiry, strike, right, *row in contracts}
    scale = _SCALE if quoted.kind in _SCALED else 1
    ratios = [
        price / scale / _number(known[contract][3])
        for contract, price in quoted.closes.items()
        if contract in known and len(known[contract]) > 3 and _number(known[contract][3]) > 0.0
    ]
    if len(ratios) >= _ENOUGH_CONTRACTS and not 1.0 / _FAR_OFF < median(ratios) < _FAR_OFF:
        findings.fault(quotes, f"contracts cost {median(ratios):.4g} times what their universe says: a wrong scale")


def _underlying_close(quoted: Archive, archives: Mapping[str, Archive], day: date) -> float:
    """The last of the underlying's prices on a day; 0 when there are none."""
    if quoted.kind == "futureoption":
        return 0.0
    ticker = (quoted.root if quoted.kind == "option" else index_of_root(quoted.root.upper())).lower()
    kind = "equity" if quoted.kind == "option" else "index"
    found = archives.get(f"{kind}/{quoted.market}/minute/{ticker}/{day:%Y%m%d}_trade.zip")
    if found is None:
        return 0.0
    return found.last / _SCALE if kind == "equity" else found.last


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
