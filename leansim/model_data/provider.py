"""Makes the file of a LEAN data folder that is asked for, if the model covers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from leansim.errors import InputError
from leansim.model_data import contract_files, dated_options, index_files, metadata, option_files
from leansim.model_data.assets import INDEX, Markets
from leansim.model_data.chain import Day, asset_day
from leansim.model_data.contract_files import RootFiles
from leansim.model_data.future_routes import FutureRoutes, Refused
from leansim.model_data.futures import FUTURES
from leansim.model_data.history import History
from leansim.model_data.products import INDEX_SCALES, OPTIONS, SHARES
from leansim.model_data.scenarios import scenario_named, with_scenario
from leansim.model_data.writer import write_text, write_zip

DEFAULT_HISTORY = Path(__file__).resolve().parents[2] / "data" / "history"
MARKET_HOURS = "market-hours/market-hours-database.json"
SYMBOL_PROPERTIES = "symbol-properties/symbol-properties-database.csv"
INTEREST_RATES = "alternative/interest-rate/usa/interest-rate.csv"

STAMP = ".leansim-model"
"""Name of the file in a data folder that says which seed its modelled files are of."""

Match = re.Match[str]


class ModelDataProvider:
    """A data provider in the sense of `leansim.lean_data`: `fetch` makes a missing file or says that it cannot.

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
        self._options = cache(self._make_options)
        self._whole: dict[str, list[Day]] = {}
        self.reason = ""
        """Why the last `fetch` returned False."""
        self._refuse_another_model()

    def _refuse_another_model(self) -> None:
        """Files are made one by one and kept: a folder must not mix those of two seeds."""
        stamp = self._root / STAMP
        if not stamp.is_file():
            return
        found = stamp.read_text(encoding="utf-8").strip()
        if found != self._stamp:
            raise InputError(
                f"{self._root} holds files modelled with {found}, and {self._stamp} is wanted. Give that seed "
                '(--seed, or "seed" in config.json) and scenario, name another --data-folder, or empty this one.'
            )

    def _scenario_of_folder(self) -> str:
        stamp = self._root / STAMP
        found = re.search(r", scenario (\S+)", stamp.read_text(encoding="utf-8")) if stamp.is_file() else None
        return found[1] if found else ""

    @property
    def _stamp(self) -> str:
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
        """What every zip it writes says of itself in its comment."""
        text = f"seed {self._seed}; {self.description}"
        return text if self._synthetic is None else f"{text}; scenario {self.scenario}, {self._synthetic.about}"

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
        for pattern, make in _ROUTES:
            match = pattern.fullmatch(relative)
            if match:
                return make(self, path, match)
        try:
            content = self._futures.content(relative)
        except Refused as refusal:
            return self._refuse(str(refusal))
        if content is not None:
            return self._text(path, content) if isinstance(content, str) else self._zip(path, content)
        return self._refuse(f"{relative} is none of the files the model makes")

    def asked(self, relative: str) -> None:
        """Nothing is prepared: see `ahead`."""

    def close(self) -> None:
        """Nothing is open."""

    @property
    def seed(self) -> int:
        """Of everything drawn at random."""
        return self._seed

    def refuse_trades(self, _path: Path, _match: Match) -> bool:
        """Minute trades of options."""
        return self._refuse("modelled options have trades by the hour and the day alone")

    def index_minutes(self, path: Path, match: Match) -> bool:
        """`index/usa/minute/<root>/<day>_trade.zip`."""
        root, day = match["root"], _date(match["day"])
        if not self._covers(day):
            return False
        entry = f"{match['day']}_{root}_minute_trade.csv"
        return self._zip(path, [(entry, index_files.index_minutes(_samples(root, self._day(INDEX, day))))])

    def index_hours(self, path: Path, match: Match) -> bool:
        """`index/usa/hour/<root>.zip`."""
        root = match["root"]
        days = [(d.session, _samples(root, d)) for d in self._all_days(INDEX)]
        return self._zip(path, [(f"{root}.csv", index_files.index_hours(days))])

    def index_days(self, path: Path, match: Match) -> bool:
        """`index/usa/daily/<root>.zip`: the index over its whole history, the VIX over the modelled years."""
        root = match["root"]
        if root == "vix":
            content = index_files.index_days([(d.session, index_files.vix_day(d)) for d in self._all_days(INDEX)])
        else:
            bars = self.history.bars
            content = index_files.index_days([(day, bars[day]) for day in self.history.sessions], INDEX_SCALES[root])
        return self._zip(path, [(f"{root}.csv", content)])

    def share_minutes(self, path: Path, match: Match) -> bool:
        """`equity/usa/minute/<fund>/<day>_trade.zip`."""
        day, share = _date(match["day"]), SHARES[match["fund"]]
        if not self._covers(day):
            return False
        bar = self.markets.bars(share.asset)[day]
        content = index_files.share_minutes(share, bar, self._day(share.asset, day))
        return self._zip(path, [(f"{match['day']}_{match['fund']}_minute_trade.csv", content)])

    def share_hours(self, path: Path, match: Match) -> bool:
        """`equity/usa/hour/<fund>.zip`."""
        share = SHARES[match["fund"]]
        bars = self.markets.bars(share.asset)
        days = [(bars[day.session], day) for day in self._all_days(share.asset)]
        return self._zip(path, [(f"{match['fund']}.csv", index_files.share_hours(share, days))])

    def share_days(self, path: Path, match: Match) -> bool:
        """`equity/usa/daily/<fund>.zip`."""
        share = SHARES[match["fund"]]
        return self._zip(
            path, [(f"{match['fund']}.csv", index_files.share_days(share, self.markets.bars(share.asset)))]
        )

    def share_map_file(self, path: Path, match: Match) -> bool:
        """`equity/usa/map_files/<fund>.csv`."""
        return self._text(path, index_files.share_map_file(match["fund"], SHARES[match["fund"]]))

    def share_factor_file(self, path: Path, match: Match) -> bool:
        """`equity/usa/factor_files/<fund>.csv`."""
        return self._text(path, index_files.share_factor_file(SHARES[match["fund"]]))

    def option_quotes(self, path: Path, match: Match) -> bool:
        """`option/usa/minute/<root>/<day>_quote_american.zip`, and the same of index options."""
        name, day = match["root"], _date(match["day"])
        if not self._has_options(day):
            return False
        files = self._options(name)
        modelled = self._day(files.root.asset, day)
        dense = self._dense(name, self.history.previous(day))
        entries = list(files.quote_entries(modelled, dense))
        if dense:
            entries += option_files.quote_entries(self.history, self._seed, modelled)
        return self._zip(path, entries)

    def option_interest(self, path: Path, match: Match) -> bool:
        """`option/usa/minute/<root>/<day>_openinterest_american.zip`, and the same of index options."""
        name, day = match["root"], _date(match["day"])
        if not self._has_options(day):
            return False
        dense = self._dense(name, self.history.previous(day))
        entries = list(self._options(name).interest_entries(day, dense))
        if dense:
            entries += option_files.open_interest_entries(self.history, self._seed, day)
        return self._zip(path, entries)

    def option_years(self, path: Path, match: Match) -> bool:
        """`option/usa/hour/<root>_<year>_quote_american.zip`, trades and open interest, of days too; of indices'."""
        year, files = int(match["year"]), self._options(match["root"])
        if not any(day.year == year for day in self.history.modelled[1:]):
            return self._refuse(f"{year} is outside the modelled years")
        return self._zip(path, dated_options.dated_entries(files, match["kind"], match["resolution"], year, self._day))

    def universe(self, path: Path, match: Match) -> bool:
        """`option/usa/universes/<root>/<day>.csv`, and the same of index options."""
        name, day = match["root"], _date(match["day"])
        if not self._has_options(day):
            return False
        files = self._options(name)
        bar = self.markets.bars(files.root.asset)[day]
        dense = self._dense(name, day)
        rows = option_files.universe_rows(self.history, self._seed, day) if dense else ""
        text = contract_files.universe_head(bar, files.root.scale) + rows + files.universe_rows(day, dense)
        return self._text(path, text)

    def market_hours(self, path: Path, _match: Match) -> bool:
        """`market-hours/market-hours-database.json`."""
        return self._text(path, metadata.market_hours())

    def symbol_properties(self, path: Path, _match: Match) -> bool:
        """`symbol-properties/symbol-properties-database.csv`."""
        return self._text(path, metadata.symbol_properties())

    def interest_rates(self, path: Path, _match: Match) -> bool:
        """`alternative/interest-rate/usa/interest-rate.csv`."""
        return self._text(path, metadata.interest_rates(self.history))

    @cached_property
    def markets(self) -> Markets:
        """What prices follow."""
        return Markets(self.history, self._seed)

    @cached_property
    def _futures(self) -> FutureRoutes:
        return FutureRoutes(self.markets, self._seed, self._day)

    def _make_options(self, name: str) -> RootFiles:
        return RootFiles(name, OPTIONS[name], self.markets, self._seed)

    def _dense(self, name: str, evening: date | None) -> frozenset[float]:
        """The strikes of the chain that expires after an evening and is quoted every minute."""
        if name != "spxw" or evening is None:
            return frozenset()
        return option_files.dense_strikes(self.history, evening)

    def _make_day(self, asset: str, day: date) -> Day:
        return asset_day(self.markets, self._seed, asset, day)

    def _all_days(self, asset: str) -> list[Day]:
        """Every modelled day of an asset (some 50 MB): the files over all years need them one after the other."""
        if asset not in self._whole:
            self._whole = {asset: [self._make_day(asset, day) for day in self.history.modelled]}
        return self._whole[asset]

    def _covers(self, day: date) -> bool:
        if day in self.history.modelled_set:
            return True
        first, last = self.history.modelled[0], self.history.modelled[-1]
        if first <= day <= last:
            return self._refuse(f"{day} is not a trading day")
        return self._refuse(f"{day} is outside the modelled years {first} to {last}")

    def _has_options(self, day: date) -> bool:
        if not self._covers(day):
            return False
        return day > self.history.modelled[0] or self._refuse(f"{day} is the first modelled day: nothing is listed yet")

    def _refuse(self, reason: str) -> bool:
        self.reason = reason
        return False

    def _stamp_folder(self) -> None:
        if not (self._root / STAMP).exists():
            write_text(self._root / STAMP, self._stamp + "\n")

    def _zip(self, path: Path, entries: Iterable[tuple[str, bytes]]) -> bool:
        self._stamp_folder()
        write_zip(path, entries, self.label)
        return True

    def _text(self, path: Path, text: str) -> bool:
        self._stamp_folder()
        write_text(path, text)
        return True


def _samples(root: str, day: Day) -> NDArray[np.float64]:
    """The path of an index."""
    if root == "vix":
        return day.vix
    return day.index if root == "spx" else np.round(day.index * INDEX_SCALES[root], 2)


def _date(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date has no time zone


def _any(names: Iterable[str]) -> str:
    return "|".join(names)


_YEAR = r"(?P<year>\d{4})"
_KIND = rf"(?P<kind>{_any(dated_options.KINDS)})"
_DATED = rf"(?P<resolution>{_any(dated_options.RESOLUTIONS)})"
_DAY = r"(?P<day>\d{8})"
_INDEX = rf"(?P<root>{_any((*INDEX_SCALES, 'vix'))})"
_FUND = rf"(?P<fund>{_any(SHARES)})"
_ON_INDEX = rf"(?P<root>{_any(name for name, root in OPTIONS.items() if root.style == 'european')})"
_ON_FUND = rf"(?P<root>{_any(name for name, root in OPTIONS.items() if root.style == 'american')})"
_Maker = Callable[[ModelDataProvider, Path, Match], bool]
_ROUTES: tuple[tuple[re.Pattern[str], _Maker], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"index/usa/minute/{_INDEX}/{_DAY}_trade\.zip", ModelDataProvider.index_minutes),
        (rf"index/usa/hour/{_INDEX}\.zip", ModelDataProvider.index_hours),
        (rf"index/usa/daily/{_INDEX}\.zip", ModelDataProvider.index_days),
        (rf"indexoption/usa/minute/{_ON_INDEX}/{_DAY}_quote_european\.zip", ModelDataProvider.option_quotes),
        (rf"option/usa/minute/{_ON_FUND}/{_DAY}_quote_american\.zip", ModelDataProvider.option_quotes),
        (rf"indexoption/usa/minute/{_ON_INDEX}/{_DAY}_openinterest_european\.zip", ModelDataProvider.option_interest),
        (rf"option/usa/minute/{_ON_FUND}/{_DAY}_openinterest_american\.zip", ModelDataProvider.option_interest),
        (rf"indexoption/usa/universes/{_ON_INDEX}/{_DAY}\.csv", ModelDataProvider.universe),
        (rf"option/usa/universes/{_ON_FUND}/{_DAY}\.csv", ModelDataProvider.universe),
        (rf"indexoption/usa/{_DATED}/{_ON_INDEX}_{_YEAR}_{_KIND}_european\.zip", ModelDataProvider.option_years),
        (rf"option/usa/{_DATED}/{_ON_FUND}_{_YEAR}_{_KIND}_american\.zip", ModelDataProvider.option_years),
        (r"(index)?option/usa/.*_trade_(european|american)\.zip", ModelDataProvider.refuse_trades),
        (rf"equity/usa/minute/{_FUND}/{_DAY}_trade\.zip", ModelDataProvider.share_minutes),
        (rf"equity/usa/hour/{_FUND}\.zip", ModelDataProvider.share_hours),
        (rf"equity/usa/daily/{_FUND}\.zip", ModelDataProvider.share_days),
        (rf"equity/usa/map_files/{_FUND}\.csv", ModelDataProvider.share_map_file),
        (rf"equity/usa/factor_files/{_FUND}\.csv", ModelDataProvider.share_factor_file),
        (re.escape(MARKET_HOURS), ModelDataProvider.market_hours),
        (re.escape(SYMBOL_PROPERTIES), ModelDataProvider.symbol_properties),
        (re.escape(INTEREST_RATES), ModelDataProvider.interest_rates),
    )
)
