"""The product facts a LEAN data folder needs besides prices: market hours, symbol properties, interest rates.

Written from exchange calendars and the exchanges' contract specifications for the products this project trades; a data
folder made by `lean init` brings LEAN's own, larger files, which are then left alone.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any, NamedTuple

from leansim.model_data.calendars import cme_globex, nyse
from leansim.model_data.history import History

NEW_YORK = "America/New_York"
CHICAGO = "America/Chicago"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")

Segments = list[dict[str, str]]


class Product(NamedTuple):
    """One line of the symbol properties database; futures keep the hours of `zone`."""

    market: str
    symbol: str
    type: str
    description: str
    multiplier: str
    tick: str
    zone: str = NEW_YORK


PRODUCTS = (
    Product("usa", "[*]", "equity", "", "1", "0.01"),
    Product("usa", "[*]", "option", "", "100", "0.01"),
    Product("usa", "[*]", "index", "", "1", "0.01"),
    Product("usa", "[*]", "indexoption", "", "100", "0.05"),
    Product("cme", "ES", "future", "E-mini S&P 500", "50", "0.25"),
    Product("cme", "MES", "future", "Micro E-mini S&P 500", "5", "0.25"),
    Product("cme", "NQ", "future", "E-mini Nasdaq-100", "20", "0.25"),
    Product("cme", "MNQ", "future", "Micro E-mini Nasdaq-100", "2", "0.25"),
    Product("cme", "6E", "future", "Euro FX", "125000", "0.00005", CHICAGO),
    Product("cbot", "ZB", "future", "U.S. Treasury bond", "1000", "0.03125", CHICAGO),
    Product("cbot", "OZB", "futureoption", "U.S. Treasury bond options", "1000", "0.015625"),
    Product("nymex", "CL", "future", "Crude oil", "1000", "0.01"),
    Product("nymex", "MCL", "future", "Micro crude oil", "100", "0.01"),
    Product("comex", "GC", "future", "Gold", "100", "0.1"),
    Product("comex", "MGC", "future", "Micro gold", "10", "0.1"),
)


def multiplier_of(symbol: str) -> float:
    """What a point of a future is worth."""
    return next(float(product.multiplier) for product in PRODUCTS if product.symbol == symbol)


def market_hours() -> str:
    """`market-hours-database.json`: weekly sessions, holidays and early closes."""
    stocks = nyse()
    holidays = _holidays(stocks)
    stock_closes = {_us_date(day.date()): "13:00:00" for day in stocks.early_closes}
    index_closes = dict.fromkeys(stock_closes, "12:00:00")
    equity = _week(
        [
            _segment("04:00", "09:30", "premarket"),
            _segment("09:30", "16:00", "market"),
            _segment("16:00", "20:00", "postmarket"),
        ]
    )
    index = _week([_segment("08:30", "15:15", "market")])
    entries: dict[str, Any] = {
        "Equity-usa-[*]": _entry(NEW_YORK, NEW_YORK, equity, holidays, stock_closes),
        "Option-usa-[*]": _entry(NEW_YORK, NEW_YORK, _week([_segment("09:30", "16:00", "market")])),
        "Index-usa-[*]": _entry(CHICAGO, CHICAGO, index, holidays, index_closes),
        # options without days of their own keep their underlying's holidays and early closes
        "IndexOption-usa-[*]": _entry(NEW_YORK, CHICAGO, index),
    }
    globex = cme_globex()
    future_holidays = _holidays(globex)
    future_closes = {
        zone: {
            _us_date(day.date()): globex.session_close(day).tz_convert(zone).strftime("%H:%M:%S")
            for day in globex.early_closes
        }
        for zone in (NEW_YORK, CHICAGO)
    }
    for product in PRODUCTS:
        if product.type == "future":
            entries[f"Future-{product.market}-{product.symbol}"] = {
                **_entry("UTC", product.zone, _globex_week(product.zone), future_holidays, future_closes[product.zone]),
                # expiries are counted without the days on which only the stock exchange is closed
                "bankHolidays": holidays,
            }
    return json.dumps({"entries": entries}, indent=1) + "\n"


def symbol_properties() -> str:
    """`symbol-properties-database.csv`: multipliers and ticks."""
    header = (
        "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,"
        "market_ticker,minimum_order_size,price_magnifier,strike_multiplier"
    )
    lines = [f"{p.market},{p.symbol},{p.type},{p.description},USD,{p.multiplier},{p.tick},1" for p in PRODUCTS]
    return "\n".join([header, *lines]) + "\n"


def interest_rates(history: History) -> str:
    """`interest-rate.csv`: the history's one-month bill rate in the place of LEAN's primary credit rate, in percent."""
    lines = ["DATE,PCREDIT8"]
    previous = None
    for day in sorted(history.rates):
        percent = f"{history.rates[day] * 100:.2f}"
        if percent != previous:
            lines.append(f"{day.isoformat()},{percent}")
            previous = percent
    return "\n".join(lines) + "\n"


def _entry(
    data_zone: str,
    exchange_zone: str,
    week: dict[str, Segments],
    holidays: list[str] | None = None,
    early_closes: dict[str, str] | None = None,
) -> dict[str, Any]:
    entry: dict[str, Any] = {"dataTimeZone": data_zone, "exchangeTimeZone": exchange_zone, **week}
    return {**entry, "holidays": holidays or [], "earlyCloses": early_closes or {}}


def _week(weekday: Segments) -> dict[str, Segments]:
    return {"sunday": [], **dict.fromkeys(WEEKDAYS, weekday), "saturday": []}


def _globex_week(zone: str) -> dict[str, Segments]:
    """Sunday evening to Friday afternoon with a daily break; LEAN calls only 9:30 to 17:00 the regular market."""
    hours = ("09:30", "17:00", "18:00") if zone == NEW_YORK else ("08:30", "16:00", "17:00")
    opens, closes, opens_again = hours
    night = [_segment("00:00", opens, "premarket"), _segment(opens, closes, "market")]
    evening = {"start": f"{opens_again}:00", "end": "1.00:00:00"}
    week: dict[str, Segments] = {"sunday": [{**evening, "state": "premarket"}], "saturday": []}
    for day in WEEKDAYS:
        week[day] = night if day == "friday" else [*night, {**evening, "state": "postmarket"}]
    return week


def _segment(start: str, end: str, state: str) -> dict[str, str]:
    return {"start": f"{start}:00", "end": f"{end}:00", "state": state}


def _holidays(calendar: Any) -> list[str]:
    """Weekdays without a session."""
    sessions = set(calendar.sessions.date)
    import pandas as pd  # late: it takes long to import, and the files are made once

    weekdays = pd.bdate_range(calendar.first_session, calendar.last_session)
    return [_us_date(day.date()) for day in weekdays if day.date() not in sessions]


def _us_date(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
