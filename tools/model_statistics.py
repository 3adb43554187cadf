"""Modelled quotes beside recorded ones, in numbers and in the pictures of docs/data.md: spreads, sizes, smile, parity.

Recorded are LEAN's sample days: SPXW of January 2021 (two strikes, up to a week) and options on E-mini futures of
6 January 2020, 74 days out. Run it to draw the pictures again:

    python tools/model_statistics.py [folder of LEAN's sample data]
"""

from __future__ import annotations

import math
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leansim.api.enums import OptionRight, Resolution, SecurityType, TickType
from leansim.api.futures_expiry import future_expiry
from leansim.api.reference import reference_data, use_reference_data
from leansim.api.symbols import Symbol
from leansim.lean_data.folder import DataFolder
from leansim.model_data import ModelDataProvider
from leansim.pricing.implied import implied_volatility

Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
BUCKETS = ((0.05, 0.5), (0.5, 2.0), (2.0, 5.0), (5.0, 12.0), (12.0, 40.0))
"""Middle prices, in dollars, quotes are sorted into."""

_REAL_SPXW = tuple(date(2021, 1, day) for day in (4, 5, 6, 7, 8))
_MODEL_SPXW = tuple(date(2018, 2, day) for day in (20, 21, 22, 23, 26))
_REAL_ES, _MODEL_ES = (date(2020, 1, 6), "202003"), (date(2016, 1, 4), "201603")
# Regular hours of E-mini options, on the clock of UTC.
_REGULAR = (14.5 * 3600e9, 21.0 * 3600e9)
_WEEK = 7


@dataclass
class Quoted:
    """Out-of-the-money quotes of some days, each kind in one array, and how far pairs are from parity.

    Attributes:
        middle: of bid and ask.
        spread: between them.
        size: at the bid.
        parity: call less put less forward over strike, in half-spreads of the two, of pairs near the money.
        smile: distance from the forward in deviations and volatility over that at the money; of one instant.
    """

    middle: Floats
    spread: Floats
    size: Floats
    parity: Floats
    smile: tuple[Floats, Floats]

    def medians(self, column: str) -> list[float]:
        """The median of a column by buckets of the middle price; NaN where there are too few quotes."""
        values = getattr(self, column)
        inside = [(self.middle >= low) & (self.middle < high) for low, high in BUCKETS]
        return [float(np.median(values[chosen])) if chosen.sum() >= 20 else math.nan for chosen in inside]


def spxw(folder: DataFolder, days: tuple[date, ...]) -> Quoted:
    """Options on the S&P 500 of up to a week."""
    canonical = Symbol.create_canonical_option(Symbol.create("SPX", SecurityType.INDEX, "usa"), "SPXW", "usa", None)
    parts = [part for day in days for part in _chains(folder, canonical, day, _WEEK)]
    return _joined(parts, None)


def e_mini(folder: DataFolder, day: date, month: str) -> Quoted:
    """Options on the E-mini future of a month."""
    expiry = future_expiry("ES", "cme", datetime.strptime(month, "%Y%m"))  # noqa: DTZ007 - a date has no time zone
    canonical = Symbol.create_canonical_option(Symbol.create_future("ES", "cme", expiry), "ES", "cme", None)
    parts = list(_chains(folder, canonical, day, 400))
    return _joined(parts, day)


@dataclass
class _Chain:
    """One expiry on one day: contracts by minutes, NaN where nothing is quoted."""

    strike: Floats
    is_call: NDArray[np.bool_]
    bid: Floats
    ask: Floats
    size: Floats
    years: float

    def forward(self) -> Floats:
        """By put-call parity at the two strikes nearest to the money, minute by minute."""
        middle = (self.bid + self.ask) / 2
        found = []
        for strike in np.intersect1d(self.strike[self.is_call], self.strike[~self.is_call]):
            (call,), (put,) = (
                np.flatnonzero((self.strike == strike) & (self.is_call == right)) for right in (True, False)
            )
            width = (self.ask - self.bid)[call] + (self.ask - self.bid)[put]
            found.append((strike + middle[call] - middle[put], width))
        levels, widths = (np.stack(column) for column in zip(*found, strict=True))
        best = np.argmin(np.where(np.isfinite(widths), widths, np.inf), axis=0)
        return np.asarray(np.take_along_axis(levels, best[None], axis=0)[0])


def _chains(folder: DataFolder, canonical: Symbol, day: date, most_days: int) -> list[_Chain]:
    block = folder.read_day(canonical, day, Resolution.MINUTE, TickType.QUOTE)
    assert block is not None, f"no quotes of {canonical} on {day}"
    times = np.unique(block.time)
    if canonical.security_type is SecurityType.FUTURE_OPTION:
        of_day = times % 86_400_000_000_000
        times = times[(of_day > _REGULAR[0]) & (of_day <= _REGULAR[1])]
    found = []
    for expiry in sorted({contract.id.date for contract in block.contracts}):
        left = (expiry.date() - day).days
        contracts = [contract for contract in block.contracts if contract.id.date == expiry]
        rights = {contract.id.option_right for contract in contracts}
        if left > most_days or len(rights) < 2:
            continue
        grid = np.full((3, len(contracts), len(times)), np.nan)
        for row, contract in enumerate(contracts):
            rows = block.rows(contract)
            at = np.searchsorted(times, block.time[rows])
            inside = (at < len(times)) & (times[np.minimum(at, len(times) - 1)] == block.time[rows])
            for layer, name in enumerate(("bid_close", "ask_close", "bid_size")):
                grid[layer, row, at[inside]] = block.columns[name][rows][inside]
        strike = np.array([float(contract.id.strike_price) for contract in contracts])
        is_call = np.array([contract.id.option_right is OptionRight.CALL for contract in contracts])
        found.append(_Chain(strike, is_call, grid[0], grid[1], grid[2], max(left, 0.3) / 365.0))
    return found


def _joined(chains: list[_Chain], smile_of: date | None) -> Quoted:
    columns: list[list[Floats]] = [[], [], [], []]
    smile = (np.zeros(0), np.zeros(0))
    for chain in chains:
        forward = chain.forward()
        middle, spread = (chain.bid + chain.ask) / 2, chain.ask - chain.bid
        out = np.where(chain.is_call[:, None], chain.strike[:, None] > forward, chain.strike[:, None] < forward)
        good = out & np.isfinite(middle) & (spread > 0)
        for column, values in zip(columns[:3], (middle, spread, chain.size), strict=True):
            column.append(values[good])
        columns[3].append(_parity(chain, forward))
        if smile_of is not None:
            smile = _smile(chain, forward, middle, good)
    middles, spreads, sizes, parity = (np.concatenate(column) for column in columns)
    return Quoted(middles, spreads, sizes, parity, smile)


def _parity(chain: _Chain, forward: Floats) -> Floats:
    """Deviations of pairs within 3 % of the money, in the pair's half-spreads."""
    found = []
    for strike in np.intersect1d(chain.strike[chain.is_call], chain.strike[~chain.is_call]):
        (call,), (put,) = (
            np.flatnonzero((chain.strike == strike) & (chain.is_call == right)) for right in (True, False)
        )
        half = ((chain.ask - chain.bid)[call] + (chain.ask - chain.bid)[put]) / 2
        middle = (chain.bid + chain.ask) / 2
        off = np.abs(middle[call] - middle[put] - (forward - strike)) / half
        near = np.isfinite(off) & (np.abs(strike / forward - 1) < 0.03) & (half > 0)
        found.append(off[near])
    return np.concatenate(found)


def _smile(chain: _Chain, forward: Floats, middle: Floats, good: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The smile at the minute with the most quotes."""
    at = int(good.sum(axis=0).argmax())
    chosen = good[:, at] & (middle[:, at] > 0.3)
    level = float(forward[at])
    volatility = implied_volatility(
        middle[chosen, at], level, chain.strike[chosen], chain.years, 1.0, chain.is_call[chosen]
    )
    distance = np.log(chain.strike[chosen] / level)
    order = np.argsort(distance)
    at_the_money = float(np.interp(0.0, distance[order], volatility[order]))
    return distance[order] / (at_the_money * math.sqrt(chain.years)), volatility[order] / at_the_money


def recorded(folder: Path) -> tuple[Quoted, Quoted]:
    """SPXW and E-mini options of LEAN's sample data."""
    with _Using(DataFolder(folder, cache=False)) as data:
        return spxw(data, _REAL_SPXW), e_mini(data, *_REAL_ES)


def modelled(folder: Path, seed: int = 0) -> tuple[Quoted, Quoted]:
    """The same from the model, on days of like volatility."""
    with _Using(DataFolder(folder, ModelDataProvider(folder, seed), cache=False)) as data:
        return spxw(data, _MODEL_SPXW), e_mini(data, *_MODEL_ES)


class _Using:
    """Resolves symbols with a data folder for a while."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._before = reference_data()

    def __enter__(self) -> DataFolder:
        use_reference_data(self._folder)
        assert self._folder.market_hours is not None
        return self._folder

    def __exit__(self, *error: object) -> None:
        use_reference_data(self._before)


# --- pictures ---


def main(sample: Path) -> None:
    """Draw the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        real, model = recorded(sample), modelled(Path(folder))
    IMAGES.mkdir(exist_ok=True)
    for name, column, unit in (("spread", "spread", "dollars"), ("size", "size", "contracts")):
        series = {
            f"{market} {kind}": data[place].medians(column)
            for place, market in enumerate(("SPXW", "ES"))
            for kind, data in (("recorded", real), ("modelled", model))
        }
        (IMAGES / f"model_{name}.svg").write_text(_bars(f"Median {name} of out-of-the-money options, {unit}", series))
    curves = {"recorded": real[1].smile, "modelled": model[1].smile}
    (IMAGES / "model_smile.svg").write_text(_curves("Smile of E-mini options 74 days out", curves))


_COLOURS = ("#1f4e79", "#7fb2e5", "#7a3e00", "#e5a45f")
_WIDTH, _HEIGHT, _LEFT, _TOP, _PLOT = 640, 300, 50, 40, 200


def _frame(title: str, body: list[str], names: list[str]) -> str:
    keys = [
        f'<rect x="{_LEFT + 145 * at}" y="{_HEIGHT - 18}" width="10" height="10" fill="{_COLOURS[at]}"/>'
        f'<text x="{_LEFT + 145 * at + 14}" y="{_HEIGHT - 9}">{name}</text>'
        for at, name in enumerate(names)
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="11"><rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
        f'<text x="{_LEFT}" y="20" font-size="14">{title}</text>'
    )
    return "\n".join([head, *body, *keys, "</svg>", ""])


def _bars(title: str, series: dict[str, list[float]]) -> str:
    """Groups of bars on a logarithmic scale, one group a bucket."""
    known = [value for values in series.values() for value in values if math.isfinite(value)]
    low, high = math.log(min(known)) - 0.5, math.log(max(known)) + 0.1
    body = []
    for bucket, (start, end) in enumerate(BUCKETS):
        x = _LEFT + bucket * 116
        body.append(f'<text x="{x}" y="{_TOP + _PLOT + 14}">mid {start:g}-{end:g}</text>')
        for at, values in enumerate(series.values()):
            value = values[bucket]
            if not math.isfinite(value):
                continue
            tall = (math.log(value) - low) / (high - low) * (_PLOT - 14)
            left, top = x + at * 24, _TOP + _PLOT - tall
            body.append(f'<rect x="{left}" y="{top:.1f}" width="22" height="{tall:.1f}" fill="{_COLOURS[at]}"/>')
            body.append(f'<text x="{left}" y="{top - 3:.1f}" font-size="9">{value:.3g}</text>')
    return _frame(title, body, list(series))


def _curves(title: str, curves: dict[str, tuple[Floats, Floats]]) -> str:
    """Volatility over that at the money against the distance in deviations."""
    body = [f'<line x1="{_LEFT}" y1="{_TOP + _PLOT}" x2="{_WIDTH - 20}" y2="{_TOP + _PLOT}" stroke="black"/>']
    body += [f'<text x="{_LEFT + (at + 2.5) * 110}" y="{_TOP + _PLOT + 14}">{at} sd</text>' for at in range(-2, 3)]
    levels = (0.8, 1.0, 1.2, 1.4)
    body += [f'<text x="8" y="{_TOP + _PLOT - (level - 0.7) * 170:.1f}">{level:.1f}</text>' for level in levels]
    for at, (distance, volatility) in enumerate(curves.values()):
        seen = (distance > -2.5) & (distance < 2.5)
        points = " ".join(
            f"{_LEFT + (x + 2.5) * 110:.1f},{_TOP + _PLOT - (y - 0.7) * 170:.1f}"
            for x, y in zip(distance[seen], volatility[seen], strict=True)
        )
        body.append(f'<polyline points="{points}" fill="none" stroke="{_COLOURS[at]}" stroke-width="2"/>')
    return _frame(title, body, list(curves))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "lean-data")
