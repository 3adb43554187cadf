"""Files of the options that do not expire today: quotes of a day, open interest, and rows of the universe.

Contracts come from the `listing`, times from the `session_grid`, values from the asset's path through Black's formula
on the forward that the short rate makes, so that puts and calls keep parity at the rate LEAN reads. Nothing pays
dividends here. Options exercised early are worth at least what that pays; more of a premium they do not have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import chain, quotes, surface
from leansim.model_data.assets import ASSETS, INDEX, Markets
from leansim.model_data.chain import Day
from leansim.model_data.expiries import Expiry, sessions_between
from leansim.model_data.history import DailyBar
from leansim.model_data.listing import Listing, Strikes
from leansim.model_data.path import SAMPLES_PER_MINUTE, elapsed_variance, minute_bars
from leansim.model_data.products import OptionRoot
from leansim.model_data.randomness import generator
from leansim.model_data.session_grid import quoted_minutes
from leansim.model_data.writer import csv_lines, split_lines
from leansim.pricing.black import black_scholes_greeks

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

UNIVERSE_HEADER = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho"
)
TEN_THOUSANDTHS = 10_000

_MS_PER_MINUTE = 60_000
_OPEN_MINUTE = 9 * 60 + 30
_OPEN_INTEREST_MS = (6 * 60 + 30) * _MS_PER_MINUTE
_SIDES = ("bid_open", "bid_high", "bid_low", "bid_close", "ask_open", "ask_high", "ask_low", "ask_close")
_DAYS_OF_YEAR = 365.0
# As in the chain of the day: at the last quote options are not yet dead.
_LAST_MOMENT = 0.5 / 390.0

# Open interest: thickest out of the money, at round strikes and near expiries, as of the options of the day.
_INTEREST_AT_THE_MONEY, _INTEREST_WIDTH, _INTEREST_NOISE = 2500.0, 1.6, 0.8
_SHARE_TRADED = 0.08


@dataclass(frozen=True)
class RootFiles:
    """The options of one root.

    Attributes:
        name: of the root, lower case.
        root: its row of the table.
        markets: what prices follow.
        seed: of the model.
    """

    name: str
    root: OptionRoot
    markets: Markets
    seed: int

    @cached_property
    def listing(self) -> Listing:
        """Its contracts, evening by evening."""
        return Listing(self.root, self.markets)

    @cached_property
    def law(self) -> quotes.Law:
        """How it is quoted: as options on the S&P 500, on the scale of its own price and with its own ticks."""
        root = self.root
        unit = root.scale * ASSETS[root.asset].level / ASSETS[INDEX].level
        law = quotes.CBOE.scaled(unit, root.width, root.depth)
        return law._replace(
            tick=root.tick / TEN_THOUSANDTHS,
            dear_from=root.dear_from // root.tick,
            dear_step=root.dear_tick // root.tick,
        )

    def quote_entries(self, day: Day, without: frozenset[float] = frozenset()) -> Iterator[tuple[str, bytes]]:
        """One entry per contract with its quotes.

        Args:
            day: the path of the asset's session.
            without: strikes of today's expiry that are quoted elsewhere.
        """
        names, lines, frames = [], [], []
        rng = generator(self.seed, f"quotes {self.name}", day.session)
        for strikes in self._trading(day.session, without):
            frame, rows = self._quotes(rng, day, strikes)
            frames.append(frame)
            contracts = self._entries(day.session, "quote", strikes)
            names += contracts
            lines += [rows] * len(contracts)
        if frames:
            import polars as pl  # late: a run whose files are all there need not load it

            yield from zip(names, split_lines(csv_lines(pl.concat(frames)), lines), strict=True)

    def interest_entries(self, day: date, without: frozenset[float] = frozenset()) -> Iterator[tuple[str, bytes]]:
        """One entry per contract with the open interest of the morning."""
        evening = self._before(day)
        for strikes in self._trading(day, without):
            interest = self._interest(strikes, evening)
            values = np.concatenate([interest[0][strikes.has_call], interest[1][strikes.has_put]])
            for name, contracts in zip(self._entries(day, "openinterest", strikes), values.tolist(), strict=True):
                yield name, f"{_OPEN_INTEREST_MS},{contracts}\n".encode()

    def universe_rows(self, evening: date, without: frozenset[float] = frozenset()) -> str:
        """Lines of the contracts that trade after an evening, by expiry, calls before puts."""
        frames = []
        following = self.markets.history.following(evening)
        for strikes in self.listing.on(evening):
            kept = _without(strikes, without) if strikes.expiry.last == following else strikes
            if len(kept.strike):
                frames.append(self._universe_frame(kept, evening))
        if not frames:
            return ""
        import polars as pl

        return csv_lines(pl.concat(frames), 7).decode()

    def _before(self, day: date) -> date:
        previous = self.markets.history.previous(day)
        assert previous is not None, "a modelled day has a session before it"
        return previous

    def _trading(self, day: date, without: frozenset[float]) -> Iterator[Strikes]:
        """The contracts of a session."""
        for strikes in self.listing.on(self._before(day)):
            kept = _without(strikes, without) if strikes.expiry.last == day else strikes
            if len(kept.strike):
                yield kept

    def _entries(self, day: date, kind: str, strikes: Strikes) -> list[str]:
        start = f"{day:%Y%m%d}_{self.name}_minute_{kind}_{self.root.style}"
        return [
            f"{start}_{right}_{round(strike * TEN_THOUSANDTHS)}_{strikes.expiry.day:%Y%m%d}.csv"
            for right, listed in (("call", strikes.has_call), ("put", strikes.has_put))
            for strike in strikes.strike[listed].tolist()
        ]

    # -- values ------------------------------------------------------------------------------------------------------

    def _values(
        self, strikes: Strikes, day: date, level: Floats, volatility: Floats, left: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Values of calls and puts, and the calls' delta: strikes by points in time.

        Args:
            strikes: of one expiry.
            day: the session.
            level: of the underlying.
            volatility: index of the asset, in points.
            left: share of the session's variance still to come.
        """
        expiry, rate = strikes.expiry, self.markets.history.rate(day)
        years = (expiry.day - day).days / _DAYS_OF_YEAR
        growth = np.exp(rate * years)
        days = sessions_between(day, expiry.last)
        variance = surface.term_variance(volatility, left, days, is_morning=expiry.is_morning)
        fair = chain.fair_values(level * growth, variance, strikes.strike, ASSETS[self.root.asset].rho)
        call, put = fair.call / growth, fair.put / growth
        if self.root.style == "american":
            paid = level - strikes.strike[:, None]
            call, put = np.maximum(call, paid), np.maximum(put, -paid)
        return call, put, fair.call_delta

    def _quotes(self, rng: np.random.Generator, day: Day, strikes: Strikes) -> tuple[pl.DataFrame, int]:
        """Quotes of one expiry's contracts under each other, and how many each contract has."""
        import polars as pl

        minutes = quoted_minutes(
            day.minutes, (strikes.expiry.last - day.session).days, every_minute=self.root.style == "european"
        )
        times = np.union1d(minutes, minutes + 1)
        samples = times * SAMPLES_PER_MINUTE
        left = np.maximum(1.0 - elapsed_variance(day.minutes)[samples], _LAST_MOMENT)
        scale = self.root.scale
        call, put, delta = self._values(strikes, day.session, day.index[samples] * scale, day.vix[samples], left)
        value = np.concatenate([call[strikes.has_call], put[strikes.has_put]])
        bid, ask = quotes.quote(value, quotes.widening(day.minutes)[times], self.law)
        starts, ends = np.searchsorted(times, minutes), np.searchsorted(times, minutes + 1)
        opening, closing = (quotes.Quotes(bid[:, at], ask[:, at]) for at in (starts, ends))
        bars = minute_bars(day.index * scale)
        above = (bars.high - np.maximum(bars.open, bars.close))[minutes]
        below = (np.minimum(bars.open, bars.close) - bars.low)[minutes]
        calls, puts = delta[strikes.has_call][:, starts], 1.0 - delta[strikes.has_put][:, starts]
        rise = np.concatenate([calls * above, puts * below])
        fall = np.concatenate([calls * below, puts * above])
        sides = quotes.bars(opening, closing, rise, fall, self.law)
        bid_size, ask_size = quotes.sizes(rng, value[:, ends], self.law)
        columns = {name: side.ravel() * self.root.tick for name, side in zip(_SIDES, sides, strict=True)}
        ms = ((_OPEN_MINUTE + minutes) * _MS_PER_MINUTE).astype(np.int32)
        frame = pl.DataFrame(
            {"ms": np.tile(ms, len(value)), **columns, "bid_size": bid_size.ravel(), "ask_size": ask_size.ravel()}
        )
        bid_side, has_bid = (*_SIDES[:4], "bid_size"), pl.col("bid_close") > 0
        one_sided = (pl.when(has_bid).then(pl.col(name)) for name in bid_side)
        return frame.select("ms", *one_sided, *_SIDES[4:], "ask_size"), len(minutes)

    # -- evenings ----------------------------------------------------------------------------------------------------

    def _universe_frame(self, strikes: Strikes, evening: date) -> pl.DataFrame:
        import polars as pl

        markets, root = self.markets, self.root
        bar = np.array(markets.bars(root.asset)[evening][:4]) * root.scale
        volatility = np.full(4, markets.volatility(root.asset)[evening])
        call, put, _ = self._values(strikes, evening, bar, volatility, np.zeros(4))
        greeks = self._greeks(strikes, evening, bar[3:], volatility[3:])
        mids = np.stack([self._mids(call), self._mids(put)])
        last = mids[..., 3]
        listed = np.stack([strikes.has_call, strikes.has_put])
        interest = self._interest(strikes, evening)
        strike = np.broadcast_to(strikes.strike, listed.shape)
        return pl.DataFrame(
            {
                "expiry": np.full(int(listed.sum()), int(f"{strikes.expiry.day:%Y%m%d}")),
                "strike": [f"{k:g}" for k in strike[listed].tolist()],
                "right": np.where(np.array([[True], [False]]), "C", "P").repeat(listed.shape[1], 1)[listed].tolist(),
                "open": mids[..., 0][listed],
                "high": mids.max(axis=-1)[listed],
                "low": mids.min(axis=-1)[listed],
                "close": last[listed],
                "volume": (interest * _SHARE_TRADED).astype(np.int64)[listed],
                "open_interest": interest[listed],
                **{name: column[listed] for name, column in greeks.items()},
            }
        )

    def _greeks(self, strikes: Strikes, evening: date, level: Floats, volatility: Floats) -> dict[str, Floats]:
        """The universe's columns of calls and puts (rows), by the volatility of the surface on LEAN's clock."""
        expiry, rate = strikes.expiry, self.markets.history.rate(evening)
        years = (expiry.day - evening).days / _DAYS_OF_YEAR
        days = sessions_between(evening, expiry.last)
        variance = surface.term_variance(volatility, np.zeros(1), days, is_morning=expiry.is_morning)
        log_moneyness = np.log(strikes.strike / (level * np.exp(rate * years)))
        deviation = surface.total_variance(log_moneyness, variance, ASSETS[self.root.asset].rho)
        implied = np.broadcast_to(np.sqrt(deviation / years), (2, len(strikes.strike)))
        is_call = np.array([[True], [False]])
        found = black_scholes_greeks(level, strikes.strike, years, rate, 0.0, implied, is_call)
        return {
            "implied_volatility": implied,
            "delta": found.delta,
            "gamma": found.gamma,
            "vega": found.vega / 100.0,
            "theta": found.theta / _DAYS_OF_YEAR,
            "rho": found.rho / 100.0,
        }

    def _mids(self, value: Floats) -> Floats:
        bid, ask = quotes.quote(value, np.ones(value.shape[-1]), self.law)
        return np.asarray((bid + ask) * (0.5 * self.law.tick))

    def _interest(self, strikes: Strikes, evening: date) -> NDArray[np.int64]:
        """Open interest of calls and puts (rows) by strike: a hump out of the money, noise that stays with a strike."""
        root = self.root
        close = self.markets.bars(root.asset)[evening].close * root.scale
        level = self.markets.volatility(root.asset)[evening] / 100.0
        deviation = level * np.sqrt(max((strikes.expiry.day - evening).days, 1) / _DAYS_OF_YEAR)
        distance = np.log(strikes.strike / close) / deviation
        bulk = np.stack([np.exp(-(((distance - shift) / _INTEREST_WIDTH) ** 2)) for shift in (0.7, -1.0)])
        noise = np.exp(_INTEREST_NOISE * _lasting_noise(f"{self.seed}|{self.name}", strikes.expiry, strikes.strike))
        scale = _INTEREST_AT_THE_MONEY * root.depth
        return np.asarray(np.rint(scale * (bulk + 0.02) * noise), np.int64)


def universe_head(bar: DailyBar, scale: float) -> str:
    """The header of a universe file and the underlying's line."""
    prices = ",".join(f"{price * scale:.2f}" for price in bar[:4])
    return f"{UNIVERSE_HEADER}\n,,,{prices},{bar.volume},,,,,,,\n"


def _without(strikes: Strikes, gone: frozenset[float]) -> Strikes:
    kept = np.array([strike not in gone for strike in strikes.strike.tolist()])
    return Strikes(strikes.expiry, strikes.strike[kept], strikes.has_call[kept], strikes.has_put[kept])


def _lasting_noise(key: str, expiry: Expiry, strike: Floats) -> Floats:
    """About standard normal numbers, of calls and puts (rows), that depend on the contract and not on the list."""
    salt = int.from_bytes(hashlib.sha256(f"{key}|{expiry.day}".encode()).digest()[:8], "big")
    number = (np.rint(strike * TEN_THOUSANDTHS).astype(np.uint64) << np.uint64(1)) + np.array([[0], [1]], np.uint64)
    mixed = number * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(salt)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    # four uniform numbers of sixteen bits each: their sum is near enough to normal
    parts = [(mixed >> np.uint64(shift)) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48)]
    return np.asarray((np.sum(parts, axis=0) / 65536.0 - 2.0) * np.sqrt(3.0))
