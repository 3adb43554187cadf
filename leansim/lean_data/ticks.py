"""LEAN's tick files: one trade or quote a line, several in one millisecond.

They become blocks of bars without length, so that whatever reads bars reads them too: a trade opens, tops and closes at
its price. What only ticks have is in columns of its own: the letter of the exchange, the sale condition (a hexadecimal
number) and whether the exchange doubted it.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from leansim.api.enums import TickType
from leansim.api.time_zones import NS_PER_MS, FloatArray, to_ns
from leansim.errors import DataError
from leansim.lean_data.paths import PRICE_SCALE, has_scaled_prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from leansim.lean_data.blocks import Block, FileFormat

MARKS: Final = ("exchange", "condition", "suspicious")
"""The columns only ticks have."""

_SIDE: Final = ("open", "high", "low", "close")
_NUMBERS: Final = {TickType.TRADE: 2, TickType.QUOTE: 4, TickType.OPEN_INTEREST: 1}


def read_ticks(path: Path, form: FileFormat) -> tuple[list[str], Block]:
    """The entries of a zip of ticks and their rows; ``DataError`` when it cannot be read.

    As LEAN does, the first entry of a zip is read whatever its name.
    """
    import polars as pl

    from leansim.lean_data.blocks import Block

    try:
        with zipfile.ZipFile(path) as archive:
            name = archive.namelist()[0]
            text = archive.read(name)
        frame = pl.read_csv(io.BytesIO(text), has_header=False, infer_schema_length=0, truncate_ragged_lines=True)
        count = _NUMBERS[form.tick_type]
        numbers = [frame.to_series(at).cast(pl.Float64).to_numpy() for at in range(1 + count)]
        marks = _marks(frame, 1 + count)
    except (OSError, zipfile.BadZipFile, IndexError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{path} cannot be read as a zip of ticks: {error}") from error
    scale = PRICE_SCALE if has_scaled_prices(form.symbol.security_type) else 1
    local = np.rint(numbers[0] * NS_PER_MS).astype(np.int64)
    local += to_ns(datetime(form.day.year, form.day.month, form.day.day))
    time = form.data_zone.to_utc_column(local)
    columns = _columns(form.tick_type, numbers[1:], scale) | marks
    return [name], Block((form.symbol,), np.array([0, len(time)], dtype=np.int64), time, 0, columns)


def _columns(tick_type: TickType, numbers: list[FloatArray], scale: int) -> dict[str, FloatArray]:
    if tick_type == TickType.TRADE:
        return dict.fromkeys(_SIDE, numbers[0] / scale) | {"volume": numbers[1]}
    if tick_type == TickType.OPEN_INTEREST:
        return {"value": numbers[0]}
    columns: dict[str, FloatArray] = {}
    for side, price, size in (("bid", numbers[0], numbers[1]), ("ask", numbers[2], numbers[3])):
        # a side that was not quoted is written as 0
        quoted = np.where(price > 0, price / scale, np.nan)
        columns |= dict.fromkeys((f"{side}_{part}" for part in _SIDE), quoted) | {f"{side}_size": size}
    return columns


def _marks(frame: object, first: int) -> dict[str, FloatArray]:
    """Exchange, condition and suspicion as numbers; 0 where a line ends before them."""
    import polars as pl

    assert isinstance(frame, pl.DataFrame)
    readers: dict[str, Callable[[str], float]] = {
        "exchange": lambda text: ord(text[0]),
        "condition": lambda text: int(text, 16),
        "suspicious": int,
    }
    found = {}
    for at, (name, read) in enumerate(readers.items(), first):
        numbers = np.zeros(frame.height)
        if at < frame.width:
            texts = frame.to_series(at)
            known = {text: float(read(text)) for text in texts.unique().to_list() if text and text.strip()}
            numbers = np.array([known.get(text, 0.0) for text in texts.to_list()])
        found[name] = numbers
    return found
