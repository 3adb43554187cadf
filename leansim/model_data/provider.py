"""Makes the file of a LEAN data folder that is asked for, if the model covers it, or the table that is in it."""

from __future__ import annotations

import re
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from leansim.errors import InputError
from leansim.lean_data.blocks import FileFormat
from leansim.lean_data.tables import Table
from leansim.model_data.assets import Markets
from leansim.model_data.chain import Day, asset_day
from leansim.model_data.future_routes import FutureRoutes
from leansim.model_data.futures import FUTURES
from leansim.model_data.history import History
from leansim.model_data.products import SHARES
from leansim.model_data.routing import Content, Refused
from leansim.model_data.scenarios import scenario_named, with_scenario
from leansim.model_data.stock_routes import StockRoutes
from leansim.model_data.writer import modelled_by, write_text, write_zip

DEFAULT_HISTORY = Path(__file__).resolve().parents[2] / "data" / "history"

STAMP = ".leansim-model"
"""Name of the file in a data folder that says which seed its modelled files are of."""


class ModelDataProvider:
    """A data provider in the sense of `leansim.lean_data`: makes a missing file, or its table, or says that it cannot.

    A file depends on the history, the seed and its own name only: made alone or among others, in any order, it has the
    same bytes. A file that exists is never touched, so real data beside modelled ones are safe.
    """

    description = (
        "modelled: daily prices of the S&P 500 and daily closes of the VIX and of crude oil are real (2014-2018); the "
        "path within a day and every quote, size, open interest and greek come from a model; SPY, XSP, ES and MES "
        "follow the index, CL and MCL oil, every other price is derived from the index by loadings and noise"
    )

    MODEL: Final = 3
    """Raised whenever the same seed would give other bytes."""

    listed_files: tuple[str, ...] = (
        *(f"equity/usa/{kind}_files/{fund}.csv" for fund in SHARES for kind in ("map", "factor")),
        *(f"future/{root.market}/map_files/{name}.csv" for name, root in FUTURES.items()),
    )

    def __init__(
        self, data_folder_root: Path, seed: int = 0, history: History | Path | None = None, scenario: str = ""
    ) -> None:
        """`scenario` puts one of `scenarios` into the history; a folder made with one keeps it without being told."""
        self._root = data_folder_root
        self._seed = seed
        self.scenario = scenario or self._scenario_of_folder()
        self._synthetic = scenario_named(self.scenario) if self.scenario else None
        self._history_source = DEFAULT_HISTORY if history is None else history
        self._history: History | None = history if isinstance(history, History) else None
        self._day = lru_cache(maxsize=16)(self._make_day)
        self.reason = ""
        """Why the last file could not be made."""
        self._refuse_another_model()

    def _refuse_another_model(self) -> None:
        """Files are made one by one and kept: a folder must not mix those of two seeds."""
        stamp = self._root / STAMP
        if not stamp.is_file():
            return
        found = stamp.read_text(encoding="utf-8").strip()
        if found != self.origin:
            raise InputError(
                f"{self._root} holds files modelled with {found}, and {self.origin} is wanted. Give that seed "
                '(--seed, or "seed" in config.json) and scenario, name another --data-folder, or empty this one.'
            )

    def _scenario_of_folder(self) -> str:
        stamp = self._root / STAMP
        found = re.search(r", scenario (\S+)", stamp.read_text(encoding="utf-8")) if stamp.is_file() else None
        return found[1] if found else ""

    @property
    def origin(self) -> str:
        """What all of its files and tables depend on besides the history."""
        return f"seed {self._seed}, model {self.MODEL}" + (f", scenario {self.scenario}" if self.scenario else "")

    @property
    def history(self) -> History:
        """The real history the model is built on, read at first use.

        Raises:
            DataError: its files are missing or damaged.
        """
        if self._history is None:
            assert isinstance(self._history_source, Path)
            self._history = History.load(self._history_source)
            if self._synthetic is not None:
                self._history = with_scenario(self._history, self._synthetic)
        return self._history

    @property
    def label(self) -> str:
        """What every zip it writes says of itself in its comment, and results of what it made."""
        text = f"seed {self._seed}; {self.description}"
        scenario = "" if self._synthetic is None else f"; scenario {self.scenario}, {self._synthetic.about}"
        return modelled_by(text + scenario)

    def fetch(self, relative: str) -> bool:
        """Makes one file of the data folder.

        Args:
            relative: path below the data folder, with forward slashes, as LEAN names it.

        Returns:
            True if the file exists afterwards; False if the model does not cover it, `reason` then says why.
        """
        self.reason = ""
        path = self._root / relative
        if path.exists():
            return True
        content = self._content(relative)
        if content is None:
            return False
        if not (self._root / STAMP).exists():
            write_text(self._root / STAMP, self.origin + "\n")
        if isinstance(content, str):
            write_text(path, content)
        else:
            write_zip(path, content.entries(), self.label)
        return True

    def table(self, relative: str, columns: int) -> Table | None:
        """What a zip of the data folder would hold, without making it.

        Args:
            relative: path of the zip.
            columns: that its lines have after the clock.

        Returns:
            None if the model does not cover it, `reason` then says why.
        """
        self.reason = ""
        content = self._content(relative)
        if isinstance(content, str):
            raise ValueError(f"{relative} is a text and no zip")
        return None if content is None else content.table(columns)

    def asked(self, relative: str, form: FileFormat | None) -> None:
        """Nothing is prepared: see `ahead`."""

    def close(self) -> None:
        """Nothing is open."""

    @property
    def seed(self) -> int:
        """Of everything drawn at random."""
        return self._seed

    def _content(self, relative: str) -> Content | None:
        try:
            found = self._stocks.content(relative)
            if found is None:
                found = self._futures.content(relative)
        except Refused as refusal:
            self.reason = str(refusal)
            return None
        if found is None:
            self.reason = f"{relative} is none of the files the model makes"
        return found

    @cached_property
    def markets(self) -> Markets:
        """What prices follow."""
        return Markets(self.history, self._seed)

    @cached_property
    def _stocks(self) -> StockRoutes:
        return StockRoutes(self.markets, self._seed, self._day)

    @cached_property
    def _futures(self) -> FutureRoutes:
        return FutureRoutes(self.markets, self._seed, self._day)

    def _make_day(self, asset: str, day: date) -> Day:
        return asset_day(self.markets, self._seed, asset, day)
