"""Files of the weekly S&P 500 options: minute quotes, open interest, and the universe of the evening before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import chain, quotes, surface
from leansim.model_data.chain import Day, FairValues
from leansim.model_data.history import History
from leansim.model_data.index_files import NEW_YORK_OPEN_MINUTE
from leansim.model_data.lines import NumberLines, TickLines
from leansim.model_data.number_text import quote_cells
from leansim.model_data.path import minute_bars
from leansim.model_data.quotes import QuoteBars
from leansim.model_data.randomness import generator
from leansim.pricing.lean_greeks import OptionModelValues

Floats = NDArray[np.float64]

_OPEN_INTEREST_MINUTE = 6 * 60 + 30
_TEN_THOUSANDTHS_PER_NICKEL = 500

# Open interest: most in puts one or two daily deviations below the index and at round strikes.
_INTEREST_AT_THE_MONEY = 900.0
_INTEREST_WIDTH = 2.5
_INTEREST_NOISE = 0.8
_SHARE_TRADED = 0.6


def quote_lines(history: History, seed: int, day: Day) -> TickLines:
    """One entry per contract with its minute quotes, calls first, by strike."""
    strike = chain.strikes(_previous_close(history, day.session))
    cells = quote_cells(quote_bars(seed, day, strike), _TEN_THOUSANDTHS_PER_NICKEL, None)
    return TickLines(_names(day.session, "quote", strike), NEW_YORK_OPEN_MINUTE + np.arange(day.minutes), cells)


def open_interest_lines(history: History, seed: int, day: date) -> NumberLines:
    """One entry per contract with the open interest of the morning."""
    strike = chain.strikes(_previous_close(history, day))
    interest = _open_interest(history, seed, day, strike)
    names = _names(day, "openinterest", strike)
    return NumberLines(names, np.array([_OPEN_INTEREST_MINUTE]), [interest.reshape(len(names), 1)])


def universe_rows(history: History, seed: int, day: date) -> str:
    """The contracts that expire at the session after `day`, as its universe has them; none unless that is a Friday.

    Greeks are what LEAN's model gives for the closing mid, one day before expiry.
    """
    expiry = history.following(day)
    if expiry is None or not chain.expires(history, expiry):
        return ""
    return "".join(f"{row}\n" for row in _universe_rows(history, seed, day, expiry))


def dense_strikes(history: History, evening: date) -> frozenset[float]:
    """The strikes of that chain; none unless there is one."""
    expiry = history.following(evening)
    if expiry is None or not chain.expires(history, expiry):
        return frozenset()
    return frozenset(chain.strikes(history.bars[evening].close).tolist())


def quote_bars(seed: int, day: Day, strike: Floats) -> QuoteBars:
    """Minute quotes of all contracts, calls first."""
    values = chain.session_values(day, strike)
    index = minute_bars(day.index)
    above = index.high - np.maximum(index.open, index.close)
    below = np.minimum(index.open, index.close) - index.low
    call_delta = values.call_delta[:, :-1]
    put_delta = 1.0 - call_delta
    rise = np.concatenate([call_delta * above, put_delta * below])
    fall = np.concatenate([call_delta * below, put_delta * above])
    value = np.concatenate([values.call, values.put])
    bid, ask = quotes.quote(value, quotes.widening(day.minutes))
    opening, closing = (quotes.Quotes(bid[:, part], ask[:, part]) for part in (slice(-1), slice(1, None)))
    sides = quotes.bars(opening, closing, rise, fall)
    bid_size, ask_size = quotes.sizes(generator(seed, "quotes", day.session), value[:, 1:])
    return QuoteBars(np.arange(day.minutes), sides[0], bid_size, sides[1], ask_size)


def _universe_rows(history: History, seed: int, day: date, expiry: date) -> Iterator[str]:
    """A line per contract, by strike, call before put."""
    bar = history.bars[day]
    strike = chain.strikes(bar.close)
    variance = np.full(4, surface.day_variance(np.array(history.vix[day])))
    at_the_bar = _mids(chain.fair_values(np.array(bar[:4]), variance, strike))
    first, last = at_the_bar[..., 0], at_the_bar[..., 3]
    high, low = at_the_bar.max(axis=-1), at_the_bar.min(axis=-1)
    rate = history.rate(day)
    years = (expiry - day).days / 365.0
    is_call, mirror = np.repeat([True, False], len(strike)), np.roll(np.arange(last.size), len(strike))
    model = OptionModelValues(bar.close, np.tile(strike, 2), years, rate, 0.0, is_call, last.ravel(), mirror)
    interest = _open_interest(history, seed, expiry, strike)
    volume = (interest * _SHARE_TRADED).astype(int)
    greeks = [
        column.reshape(last.shape)
        for column in (model.implied_volatility, model.delta, model.gamma, model.vega, model.theta_per_day, model.rho)
    ]
    text = f"{expiry:%Y%m%d}"
    for position, k in enumerate(strike):
        for side, right in enumerate("CP"):
            at = (side, position)
            prices = ",".join(f"{column[at]:.4f}" for column in (first, high, low, last))
            numbers = ",".join(f"{column[at]:.7f}" for column in greeks)
            yield f"{text},{k:.0f},{right},{prices},{volume[at]},{interest[at]},{numbers}"


def _mids(values: FairValues) -> Floats:
    """Mid quotes, calls then puts; half the ask where nobody bids."""
    sides = [quotes.quote(side, np.ones(side.shape[-1])) for side in (values.call, values.put)]
    return np.stack([(q.bid + q.ask) * (0.5 * quotes.NICKEL) for q in sides])


def _open_interest(history: History, seed: int, expiry: date, strike: Floats) -> NDArray[np.int64]:
    """Open interest of calls and puts (rows) by strike, on the morning of the expiry."""
    day = history.previous(expiry)
    assert day is not None, "a modelled day has a session before it"
    deviation = float(np.sqrt(surface.day_variance(np.array(history.vix[day]))))
    distance = np.log(strike / history.bars[day].close) / deviation
    bulk = np.stack([np.exp(-(((distance - shift) / _INTEREST_WIDTH) ** 2)) for shift in (1.0, -1.5)])
    roundness = 1.0 + 1.5 * (strike % 25 == 0) + 3.0 * (strike % 100 == 0)
    noise = np.exp(_INTEREST_NOISE * generator(seed, "interest", expiry).standard_normal(bulk.shape))
    return np.asarray(np.rint(_INTEREST_AT_THE_MONEY * (bulk + 0.05) * roundness * noise), np.int64)


def _previous_close(history: History, day: date) -> float:
    previous = history.previous(day)
    assert previous is not None, "a modelled day has a session before it"
    return history.bars[previous].close


def _names(day: date, kind: str, strike: Floats) -> list[str]:
    """Of the entries, calls first, by strike."""
    text, strikes = f"{day:%Y%m%d}", [round(k * 10_000) for k in strike.tolist()]
    start = f"{text}_spxw_minute_{kind}_european"
    return [f"{start}_{right}_{k}_{text}.csv" for right in ("call", "put") for k in strikes]
