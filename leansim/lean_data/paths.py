"""Where LEAN keeps which data: the relative path of every file, and the names inside its zips. Pure text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from leansim.api.enums import OptionRight, OptionStyle, Resolution, SecurityType, TickType
from leansim.api.futures_months import contract_month
from leansim.api.net import ArgumentException
from leansim.api.symbols import DEFAULT_DATE, OPTION_TYPES, Symbol
from leansim.api.time_zones import local_date
from leansim.numbers import plain

_STYLES: Final = {"american": OptionStyle.AMERICAN, "european": OptionStyle.EUROPEAN}
_RIGHTS: Final = {"call": OptionRight.CALL, "put": OptionRight.PUT}
_STRIKE_SCALE: Final = 10_000
PRICE_SCALE: Final = 10_000
"""Prices of equities, equity options and index options are written as integers of a ten-thousandth."""

_SCALED: Final = frozenset({SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION})
_ROOT_IS_ID: Final = frozenset(
    {SecurityType.FUTURE, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION, SecurityType.CRYPTO_FUTURE}
)


def has_scaled_prices(kind: SecurityType) -> bool:
    """Whether the files hold prices times :data:`PRICE_SCALE`."""
    return kind in _SCALED


def is_whole_history(resolution: Resolution) -> bool:
    """Hour and daily files hold many days, the finer ones one day."""
    return resolution in (Resolution.HOUR, Resolution.DAILY)


def type_folder(kind: SecurityType) -> str:
    """``INDEX_OPTION`` → ``indexoption``."""
    return str(kind).replace("_", "").lower()


def tick_type_name(tick_type: TickType) -> str:
    """``OPEN_INTEREST`` → ``openinterest``."""
    return str(tick_type).replace("_", "").lower()


def root_of(symbol: Symbol) -> str:
    """The lower-case name files of a security carry: of options the underlying's ticker or their own root."""
    if symbol.security_type == SecurityType.OPTION:
        if symbol.underlying is None:
            raise ArgumentException(f"{symbol.id} names no underlying")
        return symbol.underlying.value.lower()
    return (symbol.id.symbol if symbol.security_type in _ROOT_IS_ID else symbol.value).lower()


def _month_folder(symbol: Symbol) -> str:
    future = symbol.underlying
    if future is None:
        raise ArgumentException(f"{symbol.id} names no underlying future")
    return f"{contract_month(future.id.symbol, future.id.date):%Y%m}"


def zip_path(symbol: Symbol, day: date, resolution: Resolution, tick_type: TickType) -> str:
    """The zip with a security's data of a day; all contracts of a root are in one."""
    kind = symbol.security_type
    folder = f"{type_folder(kind)}/{symbol.id.market.lower()}/{str(resolution).lower()}"
    root, ticks = root_of(symbol), tick_type_name(tick_type)
    whole = is_whole_history(resolution)
    if kind == SecurityType.FUTURE_OPTION:
        folder += f"/{root}/{_month_folder(symbol)}"
    elif not whole:
        folder += f"/{root}"
    if kind in OPTION_TYPES:
        style = str(symbol.id.option_style).lower()
        return (
            f"{folder}/{root}_{day.year}_{ticks}_{style}.zip" if whole else f"{folder}/{day:%Y%m%d}_{ticks}_{style}.zip"
        )
    if not whole:
        return f"{folder}/{day:%Y%m%d}_{ticks}.zip"
    if kind in (SecurityType.FUTURE, SecurityType.CRYPTO_FUTURE, SecurityType.CRYPTO):
        return f"{folder}/{root}_{ticks}.zip"
    return f"{folder}/{root}.zip"


def entry_name(symbol: Symbol, day: date, resolution: Resolution, tick_type: TickType) -> str:
    """The name of a security's csv inside its zip."""
    kind, root, ticks = symbol.security_type, root_of(symbol), tick_type_name(tick_type)
    whole = is_whole_history(resolution)
    prefix = f"{root}_{ticks}" if whole else f"{day:%Y%m%d}_{root}_{str(resolution).lower()}_{ticks}"
    if kind in OPTION_TYPES:
        sid = symbol.id
        strike = plain(sid._exact_strike * _STRIKE_SCALE)
        style, right = str(sid.option_style).lower(), str(sid.option_right).lower()
        return f"{prefix}_{style}_{right}_{strike}_{sid.date:%Y%m%d}.csv"
    if kind in (SecurityType.FUTURE, SecurityType.CRYPTO_FUTURE):
        contract = symbol.underlying or symbol  # a mapped continuous future reads its contract
        if contract.id.date == DEFAULT_DATE:
            return f"{prefix}_perp.csv"
        return f"{prefix}_{contract_month(contract.id.symbol, contract.id.date):%Y%m}.csv"
    if whole:
        return f"{root}.csv"
    if resolution == Resolution.TICK and kind == SecurityType.EQUITY:
        return f"{day:%Y%m%d}_{root}_{str(tick_type).title()}_Tick.csv"
    return f"{prefix}.csv"


class OptionName(NamedTuple):
    """What an entry's name says of an option contract."""

    style: OptionStyle
    right: OptionRight
    strike: Decimal
    expiry: datetime


@lru_cache(maxsize=1 << 14)
def parse_entry(name: str, kind: SecurityType, resolution: Resolution) -> OptionName | datetime | None:
    """The option an entry is about, or the month of a future; None when LEAN gives no such name to such data."""
    parts = name.removesuffix(".csv").split("_")
    if not name.endswith(".csv"):
        return None
    parts = parts[2:] if is_whole_history(resolution) else parts[4:]
    try:
        if kind == SecurityType.FUTURE and len(parts) == 1:
            return local_date(parts[0], "%Y%m")
        if kind in OPTION_TYPES and len(parts) == 4:
            strike = Decimal(int(parts[2])) / _STRIKE_SCALE
            return OptionName(_STYLES[parts[0]], _RIGHTS[parts[1]], strike, local_date(parts[3]))
    except (ValueError, KeyError):
        return None
    return None


def universe_path(symbol: Symbol, day: date) -> str:
    """The csv with all contracts of a root at the end of a day."""
    kind = symbol.security_type
    if kind not in OPTION_TYPES and kind != SecurityType.FUTURE:
        raise ArgumentException(f"there are no universe files for {kind}")
    folder = f"{type_folder(kind)}/{symbol.id.market.lower()}/universes/{root_of(symbol)}"
    if kind == SecurityType.FUTURE_OPTION:
        folder += f"/{_month_folder(symbol)}"
    return f"{folder}/{day:%Y%m%d}.csv"


def margin_path(symbol: Symbol) -> str:
    """The margins of a future."""
    return f"future/{symbol.id.market.lower()}/margins/{symbol.id.symbol}.csv"
