"""``LeanData``: how LEAN names the files of its data folder."""

from __future__ import annotations

from datetime import date as calendar_date
from pathlib import PurePosixPath
from typing import Any

from leansim.api.enums import Resolution, TickType
from leansim.api.naming import ClrStatic
from leansim.api.symbols import Symbol
from leansim.errors import NotEmulated
from leansim.lean_data.paths import zip_path


class LeanData(metaclass=ClrStatic):
    """Names of zips, of symbols alone."""

    @staticmethod
    def generate_zip_file_name(symbol: Symbol, date: Any, resolution: Resolution, tick_type: TickType) -> str:
        """The name of the zip with a security's data of a day."""
        return PurePosixPath(_path(symbol, date, resolution, tick_type)).name

    @staticmethod
    def generate_zip_file_path(
        data_directory: str, symbol: Symbol, date: Any, resolution: Resolution, tick_type: TickType
    ) -> str:
        """The same with its folder, below the data folder."""
        return str(PurePosixPath(data_directory) / _path(symbol, date, resolution, tick_type))


def _path(symbol: Symbol, day: calendar_date, resolution: Resolution, tick_type: TickType) -> str:
    if not isinstance(symbol, Symbol):
        raise NotEmulated("LeanData's names of files of a ticker")
    return zip_path(symbol, day, resolution, tick_type)
