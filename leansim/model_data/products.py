"""What is traded: the securities on each asset, and the options listed on them."""

from __future__ import annotations

from dataclasses import dataclass

from leansim.model_data.assets import INDEX
from leansim.model_data.expiries import Cycle


@dataclass(frozen=True, slots=True)
class Share:
    """A fund, whose price is a share of an asset's level.

    Attributes:
        asset: what it follows.
        scale: price for one point of the asset.
        volume_share: shares traded for one unit of the asset.
        since: first day LEAN knows it by; part of its identifier.
    """

    asset: str
    scale: float
    volume_share: float
    since: str


SHARES: dict[str, Share] = {
    "spy": Share(INDEX, 0.1, 1 / 30, "19980102"),
    "qqq": Share("NDX", 0.02449, 1.0, "19990310"),
    "iwm": Share("RUT", 0.09915, 1.0, "20000526"),
    "gld": Share("GOLD", 0.09658, 1.0, "20041118"),
    "slv": Share("SILVER", 0.1, 1.0, "20060428"),
    "tlt": Share("BONDS", 0.1, 1.0, "20020730"),
    "xle": Share("ENERGY", 0.1, 1.0, "19981222"),
}

INDEX_SCALES: dict[str, float] = {"spx": 1.0, "xsp": 0.1}
"""Indices of the S&P 500, and what one point of it is worth in them."""


@dataclass(frozen=True, slots=True)
class OptionRoot:
    """The options on one security.

    Attributes:
        asset: what decides their value.
        scale: price of the underlying for one point of the asset.
        cycle: which expiries are listed.
        tick: the smallest price step, in ten-thousandths of a dollar.
        dear_tick: the step from `dear_from` on.
        dear_from: in ten-thousandths; where the step changes.
        width: the spread beside that of S&P 500 options of the same size.
        depth: the sizes beside theirs.
        style: of exercise.
        is_morning: settled at the open.
    """

    asset: str
    scale: float
    cycle: Cycle
    tick: int = 100
    dear_tick: int = 100
    dear_from: int = 0
    width: float = 1.0
    depth: float = 1.0
    style: str = "american"
    is_morning: bool = False


_SPY = Cycle(weekly=10, monthly=78, quarterly=460, january=740)
_FUND = Cycle(weekly=10, monthly=55, half_yearly=460, january=740)
_SMALL_FUND = Cycle(monthly=115)

OPTIONS: dict[str, OptionRoot] = {
    "spxw": OptionRoot(INDEX, 1.0, Cycle(weekly=10, monthly=140), 500, 1000, 30_000, style="european"),
    "spx": OptionRoot(
        INDEX, 1.0, Cycle(monthly=140, half_yearly=460, january=740), 500, 1000, 30_000, style="european",
        is_morning=True,
    ),
    "xsp": OptionRoot(INDEX, 0.1, Cycle(weekly=10, monthly=140), width=1.4, depth=0.5, style="european"),
    "spy": OptionRoot(INDEX, 0.1, _SPY, width=0.5, depth=3.0),
    "qqq": OptionRoot("NDX", 0.02449, _FUND, width=0.6, depth=2.0),
    "iwm": OptionRoot("RUT", 0.09915, _FUND, width=0.6, depth=2.0),
    "gld": OptionRoot("GOLD", 0.09658, _SMALL_FUND, width=0.7),
    "slv": OptionRoot("SILVER", 0.1, _SMALL_FUND, width=0.8),
    "tlt": OptionRoot("BONDS", 0.1, _SMALL_FUND, width=0.7),
    "xle": OptionRoot("ENERGY", 0.1, _SMALL_FUND, width=0.9),
}  # fmt: skip
