"""Makes the file of a LEAN data folder that is asked for, if the model covers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from leansim.errors import InputError
from leansim.model_data import index_files, metadata, option_files
from leansim.model_data.chain import Day, expires, model_day
from leansim.model_data.history import History
from leansim.model_data.writer import write_text, write_zip

DEFAULT_HISTORY = Path(__file__).resolve().parents[2] / "data" / "history"
ROOTS = ("spx", "vix", "spxw", "spy")

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
        "modelled: S&P 500 daily open, high, low, close and VIX daily close are real (2014-2018); the path within a "
        "day, every option quote, size, open interest and greek, and SPY (a tenth of the index) come from a model"
    )

    MODEL: Final = 1
    """Raised whenever the same seed would give other bytes."""

    listed_files: tuple[str, ...] = ("equity/usa/map_files/spy.csv", "equity/usa/factor_files/spy.csv")

    def __init__(self, data_folder_root: Path, seed: int = 0, history: History | Path | None = None) -> None:
        self._root = data_folder_root
        self._seed = seed
        self._history_source = DEFAULT_HISTORY if history is None else history
        self._history: History | None = history if isinstance(history, History) else None
        self._day = lru_cache(maxsize=8)(self._make_day)
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
                '(--seed, or "seed" in config.json), name another --data-folder, or empty this one (make clean).'
            )

    @property
    def _stamp(self) -> str:
        return f"seed {self._seed}, model {self.MODEL}"

    @property
    def history(self) -> History:
        """The real history the model is built on, read at first use.

        Raises:
            DataError: its files are missing or damaged.
        """
        if self._history is None:
            assert isinstance(self._history_source, Path)
            self._history = History.load(self._history_source)
        return self._history

    @property
    def label(self) -> str:
        """What every zip it writes says of itself in its comment."""
        return f"seed {self._seed}; {self.description}"

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
                made = make(self, path, match)
                if made and not (self._root / STAMP).exists():
                    write_text(self._root / STAMP, self._stamp + "\n")
                return made
        return self._refuse(f"{relative} is none of the files the model makes")

    def refuse_trades(self, _path: Path, _match: Match) -> bool:
        """Trade files of options."""
        return self._refuse("modelled options are quoted but never trade")

    def index_minutes(self, path: Path, match: Match) -> bool:
        """`index/usa/minute/<root>/<day>_trade.zip`."""
        root, day = match["root"], _date(match["day"])
        if not self._covers(day):
            return False
        modelled = self._day(day)
        samples = modelled.index if root == "spx" else modelled.vix
        entry = f"{match['day']}_{root}_minute_trade.csv"
        return self._zip(path, [(entry, index_files.index_minutes(samples))])

    def index_hours(self, path: Path, match: Match) -> bool:
        """`index/usa/hour/<root>.zip`."""
        root = match["root"]
        days = [(d.session, d.index if root == "spx" else d.vix) for d in self._all_days]
        return self._zip(path, [(f"{root}.csv", index_files.index_hours(days))])

    def index_days(self, path: Path, match: Match) -> bool:
        """`index/usa/daily/<root>.zip`: the index over its whole history, the VIX over the modelled years."""
        root = match["root"]
        if root == "spx":
            days = [(day, self.history.bars[day]) for day in self.history.sessions]
        else:
            days = [(d.session, index_files.vix_day(d)) for d in self._all_days]
        return self._zip(path, [(f"{root}.csv", index_files.index_days(days))])

    def spy_minutes(self, path: Path, match: Match) -> bool:
        """`equity/usa/minute/spy/<day>_trade.zip`."""
        day = _date(match["day"])
        if not self._covers(day):
            return False
        content = index_files.spy_minutes(self.history, self._day(day))
        return self._zip(path, [(f"{match['day']}_spy_minute_trade.csv", content)])

    def spy_hours(self, path: Path, _match: Match) -> bool:
        """`equity/usa/hour/spy.zip`."""
        return self._zip(path, [("spy.csv", index_files.spy_hours(self.history, self._all_days))])

    def spy_days(self, path: Path, _match: Match) -> bool:
        """`equity/usa/daily/spy.zip`."""
        return self._zip(path, [("spy.csv", index_files.spy_days(self.history))])

    def option_quotes(self, path: Path, match: Match) -> bool:
        """`indexoption/usa/minute/spxw/<day>_quote_european.zip`."""
        day = _date(match["day"])
        if not self._has_chain(day):
            return False
        return self._zip(path, option_files.quote_entries(self.history, self._seed, self._day(day)))

    def option_interest(self, path: Path, match: Match) -> bool:
        """`indexoption/usa/minute/spxw/<day>_openinterest_european.zip`."""
        day = _date(match["day"])
        if not self._has_chain(day):
            return False
        return self._zip(path, option_files.open_interest_entries(self.history, self._seed, day))

    def universe(self, path: Path, match: Match) -> bool:
        """`indexoption/usa/universes/spxw/<day>.csv`; without contracts when none expire at the next session."""
        day = _date(match["day"])
        if not self._covers(day):
            return False
        return self._text(path, option_files.universe(self.history, self._seed, day))

    def spy_map_file(self, path: Path, _match: Match) -> bool:
        """`equity/usa/map_files/spy.csv`."""
        return self._text(path, index_files.spy_map_file())

    def spy_factor_file(self, path: Path, _match: Match) -> bool:
        """`equity/usa/factor_files/spy.csv`."""
        return self._text(path, index_files.spy_factor_file())

    def market_hours(self, path: Path, _match: Match) -> bool:
        """`market-hours/market-hours-database.json`."""
        return self._text(path, metadata.market_hours())

    def symbol_properties(self, path: Path, _match: Match) -> bool:
        """`symbol-properties/symbol-properties-database.csv`."""
        return self._text(path, metadata.symbol_properties())

    def interest_rates(self, path: Path, _match: Match) -> bool:
        """`alternative/interest-rate/usa/interest-rate.csv`."""
        return self._text(path, metadata.interest_rates(self.history))

    def _make_day(self, day: date) -> Day:
        return model_day(self.history, self._seed, day)

    @cached_property
    def _all_days(self) -> list[Day]:
        """Every modelled day (some 50 MB): the files over all years need them one after the other."""
        return [self._make_day(day) for day in self.history.modelled]

    def _covers(self, day: date) -> bool:
        if day in self.history.modelled_set:
            return True
        first, last = self.history.modelled[0], self.history.modelled[-1]
        if first <= day <= last:
            return self._refuse(f"{day} is not a trading day")
        return self._refuse(f"{day} is outside the modelled years {first} to {last}")

    def _has_chain(self, day: date) -> bool:
        if not self._covers(day):
            return False
        return expires(self.history, day) or self._refuse(f"{day} is not a Friday: no modelled contracts expire")

    def _refuse(self, reason: str) -> bool:
        self.reason = reason
        return False

    def _zip(self, path: Path, entries: Iterable[tuple[str, bytes]]) -> bool:
        write_zip(path, entries, self.label)
        return True

    def _text(self, path: Path, text: str) -> bool:
        write_text(path, text)
        return True


def generate(
    root: Path,
    start: date,
    end: date,
    roots: Iterable[str] = ROOTS,
    progress: Callable[[int, int, str], None] | None = None,
    *,
    seed: int = 0,
) -> int:
    """Makes every file the model has for a span of days, so that LEAN itself can run on the folder.

    Args:
        root: the data folder.
        start: first day.
        end: last day.
        roots: which of "spx", "vix", "spxw", "spy".
        progress: called after each file with files done, files in all and the file's relative path.
        seed: of the model.

    Returns:
        The number of files that are there afterwards.

    Raises:
        InputError: an unknown root.
    """
    chosen = tuple(roots)
    provider = ModelDataProvider(root, seed)
    unknown = sorted(set(chosen) - set(ROOTS))
    if unknown:
        raise InputError(f"{', '.join(unknown)}: not a modelled root; there are {', '.join(ROOTS)}")
    files = list(_files(provider.history, start, end, chosen))
    made = 0
    for done, relative in enumerate(files, start=1):
        made += provider.fetch(relative)
        if progress is not None:
            progress(done, len(files), relative)
    return made


def _files(history: History, start: date, end: date, roots: tuple[str, ...]) -> Iterable[str]:
    """Relative paths of everything the model has in a span of days."""
    yield from (MARKET_HOURS, SYMBOL_PROPERTIES, INTEREST_RATES)
    for root in roots:
        if root == "spy":
            yield from ("equity/usa/map_files/spy.csv", "equity/usa/factor_files/spy.csv")
            yield from ("equity/usa/daily/spy.zip", "equity/usa/hour/spy.zip")
        elif root != "spxw":
            yield from (f"index/usa/daily/{root}.zip", f"index/usa/hour/{root}.zip")
    for day in history.modelled:
        if not start <= day <= end:
            continue
        text = f"{day:%Y%m%d}"
        for root in roots:
            if root == "spy":
                yield f"equity/usa/minute/spy/{text}_trade.zip"
            elif root != "spxw":
                yield f"index/usa/minute/{root}/{text}_trade.zip"
            else:
                yield from _chain_files(history, day)


def _chain_files(history: History, day: date) -> Iterable[str]:
    """The option files of a day: the universe every day, quotes where a chain expires."""
    text = f"{day:%Y%m%d}"
    previous = history.previous(day)
    yield f"indexoption/usa/universes/spxw/{text}.csv"
    if expires(history, day):
        yield f"indexoption/usa/minute/spxw/{text}_quote_european.zip"
        yield f"indexoption/usa/minute/spxw/{text}_openinterest_european.zip"
        if previous in history.modelled_set:
            # the first day of a span trades from the universe of the day before it
            yield f"indexoption/usa/universes/spxw/{previous:%Y%m%d}.csv"


def _date(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date has no time zone


_DAY = r"(?P<day>\d{8})"
_INDEX = r"(?P<root>spx|vix)"
_Maker = Callable[[ModelDataProvider, Path, Match], bool]
_ROUTES: tuple[tuple[re.Pattern[str], _Maker], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"index/usa/minute/{_INDEX}/{_DAY}_trade\.zip", ModelDataProvider.index_minutes),
        (rf"index/usa/hour/{_INDEX}\.zip", ModelDataProvider.index_hours),
        (rf"index/usa/daily/{_INDEX}\.zip", ModelDataProvider.index_days),
        (rf"indexoption/usa/minute/spxw/{_DAY}_quote_european\.zip", ModelDataProvider.option_quotes),
        (rf"indexoption/usa/minute/spxw/{_DAY}_openinterest_european\.zip", ModelDataProvider.option_interest),
        (r"indexoption/usa/.*_trade_european\.zip", ModelDataProvider.refuse_trades),
        (rf"indexoption/usa/universes/spxw/{_DAY}\.csv", ModelDataProvider.universe),
        (rf"equity/usa/minute/spy/{_DAY}_trade\.zip", ModelDataProvider.spy_minutes),
        (r"equity/usa/hour/spy\.zip", ModelDataProvider.spy_hours),
        (r"equity/usa/daily/spy\.zip", ModelDataProvider.spy_days),
        (r"equity/usa/map_files/spy\.csv", ModelDataProvider.spy_map_file),
        (r"equity/usa/factor_files/spy\.csv", ModelDataProvider.spy_factor_file),
        (re.escape(MARKET_HOURS), ModelDataProvider.market_hours),
        (re.escape(SYMBOL_PROPERTIES), ModelDataProvider.symbol_properties),
        (re.escape(INTEREST_RATES), ModelDataProvider.interest_rates),
    )
)
