"""A small LEAN data folder, written by the test that reads it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NEW_YORK, CHICAGO, UTC = "America/New_York", "America/Chicago", "UTC"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def day(*segments: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"start": start, "end": end, "state": state} for start, end, state in segments]


def entry(exchange: str, data: str, week: Mapping[str, Any], **days: Any) -> dict[str, Any]:
    return {"exchangeTimeZone": exchange, "dataTimeZone": data, **week, "holidays": [], "earlyCloses": {}, **days}


STOCKS = day(
    ("04:00:00", "09:30:00", "premarket"), ("09:30:00", "16:00:00", "market"), ("16:00:00", "20:00:00", "postmarket")
)
OPTIONS = day(("09:30:00", "16:00:00", "market"))
INDEX_OPTIONS = day(("08:30:00", "15:15:00", "market"))
FUTURES = day(
    ("00:00:00", "09:30:00", "premarket"), ("09:30:00", "17:00:00", "market"), ("18:00:00", "1.00:00:00", "postmarket")
)
SUNDAY = day(("18:00:00", "1.00:00:00", "premarket"))

ENTRIES: dict[str, Any] = {
    "Equity-usa-[*]": entry(
        NEW_YORK,
        NEW_YORK,
        dict.fromkeys(WEEKDAYS, STOCKS),
        holidays=["12/25/2015", "1/1/2016"],
        earlyCloses={"12/24/2015": "13:00:00"},
    ),
    "Option-usa-[*]": entry(NEW_YORK, NEW_YORK, dict.fromkeys(WEEKDAYS, OPTIONS)),
    "Index-usa-[*]": entry(CHICAGO, CHICAGO, dict.fromkeys(WEEKDAYS, INDEX_OPTIONS)),
    "Index-usa-SPX": entry(CHICAGO, CHICAGO, dict.fromkeys(WEEKDAYS, INDEX_OPTIONS), holidays=["12/25/2020"]),
    "IndexOption-usa-[*]": entry(CHICAGO, NEW_YORK, dict.fromkeys(WEEKDAYS, INDEX_OPTIONS)),
    "IndexOption-usa-SPXW": entry(CHICAGO, NEW_YORK, dict.fromkeys(WEEKDAYS, INDEX_OPTIONS)),
    "Future-cme-[*]": entry(
        NEW_YORK, UTC, {**dict.fromkeys(WEEKDAYS[:4], FUTURES), "friday": FUTURES[:2], "sunday": SUNDAY}
    ),
    "Future-cme-ES": entry(
        NEW_YORK,
        UTC,
        {**dict.fromkeys(WEEKDAYS[:4], FUTURES), "friday": FUTURES[:2], "sunday": SUNDAY},
        bankHolidays=["6/19/2020"],
        earlyCloses={"7/3/2020": "13:00:00", "11/26/2020": "13:00:00"},
        lateOpens={"11/26/2020": "18:00:00"},
    ),
}
PROPERTIES = """market,symbol,type,description,quote_currency,multiplier,tick,lot_size,market_ticker
# a comment
usa,[*],equity,,USD,1,0.01,1
usa,[*],option,,USD,100,0.01,1
usa,[*],indexoption,,USD,100,0.05,1
usa,NQX,indexoption,,USD,100,0.05,1,,,,5
cme,ES,future,S&P,USD,50,0.25,1,ES
"""


def write_folder(root: Path, entries: Mapping[str, Any] = ENTRIES) -> Path:
    """The databases every folder has."""
    write_text(root / "market-hours/market-hours-database.json", json.dumps({"entries": entries}))
    write_text(root / "symbol-properties/symbol-properties-database.csv", PROPERTIES)
    return root


def write_text(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_zip(path: Path, entries: Mapping[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return path


def january_of(root: Path, *tickers: str) -> Path:
    """A folder with the days of January 2021 of some shares: on the 14th they cost 14."""
    folder = write_folder(root)
    for name in tickers:
        days = "".join(f"202101{day:02} 00:00,{day}0000,{day}0000,{day}0000,{day}0000,1000\n" for day in range(4, 30))
        write_zip(folder / f"equity/usa/daily/{name}.zip", {f"{name}.csv": days})
    return folder
