"""Which file of futures and futures options a path names, and its content."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from leansim.model_data.assets import Markets
from leansim.model_data.chain import Day
from leansim.model_data.dated_options import KINDS, RESOLUTIONS, dated_lines
from leansim.model_data.expiries import session_on_or_before
from leansim.model_data.future_bars import FutureBars
from leansim.model_data.future_files import FutureFiles
from leansim.model_data.future_option_files import FutureOptionFiles
from leansim.model_data.futures import FUTURES, month_named, months
from leansim.model_data.globex import FutureDays, is_globex_day
from leansim.model_data.lines import Archive
from leansim.model_data.metadata import multiplier_of
from leansim.model_data.routing import Content, Refused, day_of

OF_OPTIONS = {root.options: name for name, root in FUTURES.items()}
"""The future under each root of options."""

_DATED = re.compile(
    r"future/(?P<market>\w+)/minute/(?P<root>\w+)/(?P<day>\d{8})_(?P<kind>trade|quote|openinterest)\.zip"
)
_UNIVERSE = re.compile(r"future/(?P<market>\w+)/universes/(?P<root>\w+)/(?P<day>\d{8})\.csv")
_WHOLE = re.compile(r"future/(?P<market>\w+)/(?P<kind>map_files|factor_files|margins)/(?P<root>\w+)\.csv")
_YEARS = re.compile(
    r"future/(?P<market>\w+)/(?P<resolution>hour|daily)/(?P<root>\w+)_(?P<kind>trade|quote|openinterest)\.zip"
)
_OPTIONS = re.compile(
    r"futureoption/(?P<market>\w+)/(?P<kind>minute|universes)/(?P<root>\w+)/(?P<month>\d{6})/(?P<day>\d{8})"
    r"(_(?P<tick>quote|openinterest)_american\.zip|\.csv)"
)

_OPTION_YEARS = re.compile(
    r"futureoption/(?P<market>\w+)/(?P<resolution>hour|daily)/(?P<root>\w+)/(?P<month>\d{6})/(?P=root)_(?P<year>\d{4})"
    r"_(?P<kind>trade|quote|openinterest)_american\.zip"
)


@dataclass
class FutureRoutes:
    """The futures' part of the model.

    Attributes:
        markets: what prices follow.
        seed: of the model.
        day: the path of an asset's session.
    """

    markets: Markets
    seed: int
    day: Callable[[str, date], Day]
    _files: dict[str, FutureFiles] = field(default_factory=dict)
    _on: dict[tuple[str, str], FutureOptionFiles] = field(default_factory=dict)

    def content(self, relative: str) -> Content | None:
        """The text or the archive of a file; None when the path is none of a future's.

        Raises:
            Refused: the model has no such file.
        """
        for pattern, make in (
            (_DATED, self._minutes),
            (_UNIVERSE, self._universe),
            (_WHOLE, self._whole),
            (_YEARS, self._years),
            (_OPTIONS, self._options),
            (_OPTION_YEARS, self._option_years),
        ):
            match = pattern.fullmatch(relative)
            if match:
                return make(match)
        return None

    def _of(self, match: re.Match[str], name: str) -> FutureFiles:
        root = FUTURES.get(name)
        if root is None or root.market != match["market"]:
            raise Refused(f"{match['root']} on {match['market']} is not a modelled root")
        return self._files.setdefault(name, FutureFiles(name, self.markets, self.seed))

    def _session(self, day: date) -> date:
        if day not in self.markets.history.modelled_set:
            first, last = self.markets.history.modelled[0], self.markets.history.modelled[-1]
            raise Refused(f"{day} is not a session between {first} and {last}")
        return day

    def _trading_day(self, day: date) -> date:
        """A weekday on which Globex is open, if the stock market is or not."""
        history = self.markets.history
        return day if is_globex_day(day) and history.modelled[0] <= day <= history.modelled[-1] else self._session(day)

    @cached_property
    def _days(self) -> FutureDays:
        return FutureDays(self.markets, self.seed, self.day)

    def _minutes(self, match: re.Match[str]) -> Content:
        files, day = self._of(match, match["root"]), day_of(match)
        if match["kind"] == "openinterest":
            return Archive(False, [files.interest_lines(self._session(day))])
        lines = FutureBars(files, self._days).minute_lines(match["kind"], day)
        if lines is None:
            raise Refused(f"futures do not trade on {day}, or it is outside of the modelled years")
        return Archive(False, [lines])

    def _universe(self, match: re.Match[str]) -> Content:
        return self._of(match, match["root"]).universe(self._trading_day(day_of(match)))

    def _years(self, match: re.Match[str]) -> Content:
        files = self._of(match, match["root"])
        if (match["kind"], match["resolution"]) == ("trade", "daily"):
            return Archive(True, files.daily_lines())
        return Archive(True, FutureBars(files, self._days).dated_lines(match["kind"], match["resolution"]))

    def _whole(self, match: re.Match[str]) -> Content:
        files = self._of(match, match["root"].lower())
        if match["kind"] == "margins":
            return files.margin_file(multiplier_of(files.name.upper()))
        return files.map_file() if match["kind"] == "map_files" else files.factor_file()

    def _options(self, match: re.Match[str]) -> Content:
        files, day = self._options_of(match), day_of(match)
        is_universe = match["kind"] == "universes"
        day = self._trading_day(day) if is_universe else self._session(day)
        evening = session_on_or_before(day if is_universe else day - timedelta(days=1))
        if evening not in self.markets.history.modelled_set or not files.is_listed(day if is_universe else evening):
            name = files.futures.name.upper()
            raise Refused(f"no options on {name} {match['month']} are listed on {day}")
        if is_universe:
            return files.universe(day)
        if match["tick"] == "openinterest":
            return Archive(False, [files.interest_lines(day)])
        return Archive(False, files.quote_lines(self.day(files.root.asset, day)))

    def _options_of(self, match: re.Match[str]) -> FutureOptionFiles:
        name = OF_OPTIONS.get(match["root"])
        if name is None:
            raise Refused(f"{match['root']} is not a modelled root")
        futures, month = self._of(match, name), month_named(name, match["month"])
        if month is None:
            raise Refused(f"{name.upper()} has no contract month {match['month']}")
        known = self._on.get((name, month.name))
        if known is None:
            known = self._on[name, month.name] = FutureOptionFiles(futures, month)
        return known

    def _option_years(self, match: re.Match[str]) -> Content:
        files, year = self._options_of(match), int(match["year"])
        lines = list(dated_lines(files, match["kind"], match["resolution"], year, self.day))
        if not lines:
            raise Refused(f"no options on {files.futures.name.upper()} {match['month']} trade in {year}")
        return Archive(True, lines)


def future_paths(root: str, day: date, *, is_session: bool) -> Iterable[str]:
    """The files of a future and of its options on a day: quotes where something is listed.

    Args:
        root: of the future.
        day: of the clock of UTC.
        is_session: the stock market has one; else there are futures on their own, or the evening before a session.
    """
    future = FUTURES[root]
    text = f"{day:%Y%m%d}"
    if is_session or is_globex_day(day):
        yield f"future/{future.market}/universes/{root}/{text}.csv"
        for month in _months_on(root, day):
            yield f"futureoption/{future.market}/universes/{future.options}/{month}/{text}.csv"
    if is_session or is_globex_day(day) or is_globex_day(day + timedelta(days=1)):
        yield from (f"future/{future.market}/minute/{root}/{text}_{kind}.zip" for kind in ("trade", "quote"))
    if is_session:
        yield f"future/{future.market}/minute/{root}/{text}_openinterest.zip"
        for month in _months_on(root, day):
            for kind in ("quote", "openinterest"):
                yield f"futureoption/{future.market}/minute/{future.options}/{month}/{text}_{kind}_american.zip"


def option_year_paths(root: str, year: int) -> Iterable[str]:
    """The files of hours and days of a future's options in a year; not each of them has any."""
    future = FUTURES[root]
    for month in (month for at in (year, year + 1) for month in months(root, at)):
        for resolution in RESOLUTIONS:
            folder = f"futureoption/{future.market}/{resolution}/{future.options}/{month.name}"
            yield from (f"{folder}/{future.options}_{year}_{kind}_american.zip" for kind in KINDS)


def lasting_paths(root: str) -> Iterable[str]:
    """The files of a future that are not of a day."""
    market = FUTURES[root].market
    for resolution in ("daily", "hour"):
        yield from (f"future/{market}/{resolution}/{root}_{kind}.zip" for kind in ("trade", "quote", "openinterest"))
    yield from (f"future/{market}/{kind}/{root}.csv" for kind in ("map_files", "factor_files"))
    yield f"future/{market}/margins/{root.upper()}.csv"


def _months_on(root: str, day: date) -> list[str]:
    ahead = FUTURES[root].options_ahead
    found = (month for year in (day.year, day.year + 1) for month in months(root, year))
    return [month.name for month in found if 0 < (month.option_expiry - day).days <= ahead]
