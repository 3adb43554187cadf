"""Dividend yields: of LEAN's option price model and indicators, a year's dividends up to the last one, over a price."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.numbers import ZERO, round_half_even

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import SecurityExchangeHours
    from leansim.lean_data.factor_files import FactorFile

# Fifteen days short of a year, so that a payment a few days early does not count twice.
_TRAILING = timedelta(days=350)


class DividendYield:
    """Dividends and splits of one stock, from its factor file."""

    def __init__(self, factors: FactorFile, hours: SecurityExchangeHours) -> None:
        # (ex-date, cash per share or None for a split, split factor)
        self._events: list[tuple[date, Decimal | None, Decimal]] = []
        self._last_closes: dict[date, float] = {}
        for row, following in zip(factors.rows, factors.rows[1:], strict=False):
            day = datetime(row.until.year, row.until.month, row.until.day)
            on = hours.get_next_trading_day(day).date()
            if row.price_factor != following.price_factor:
                ratio = row.price_factor / following.price_factor
                paid = round_half_even(row.reference_price - row.reference_price * ratio, 3)
                self._events.append((on, paid, Decimal(1)))
                self._last_closes[on] = float(row.reference_price)
            else:
                self._events.append((on, None, row.split_factor / following.split_factor))

    def on(self, day: date, price: float | None) -> float:
        """The yield on a day at a price (``None``: the close before the last dividend), a fraction; 0 without any."""
        past = [event for event in self._events if event[0] <= day]
        last = next((on for on, paid, _ in reversed(past) if paid is not None), None)
        if last is None:
            return 0.0
        if price is None:
            price = self._last_closes[last]
        if not price:
            return 0.0
        total, split = ZERO, Decimal(1)
        for on, paid, factor in reversed(past):
            if on < last - _TRAILING:
                break
            if paid is not None:
                total += paid * split
            else:
                split *= factor
        return float(total) / price
