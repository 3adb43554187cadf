"""Which file of futures and futures options a path names, and its content."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from leansim.model_data.assets import Markets
from leansim.model_data.chain import Day
from leansim.model_data.future_files import FutureFiles
from leansim.model_data.future_option_files import FutureOptionFiles
from leansim.model_data.futures import FUTURES, month_named, months
from leansim.model_data.metadata import multiplier_of

Content = str | Iterable[tuple[str, bytes]]

OF_OPTIONS = {root.options: name for name, root in FUTURES.items()}
"""The future under each root of options."""

_DATED = re.compile(
    r"future/(?P<market>\w+)/minute/(?P<root>\w+)/(?P<day>\d{8})_(?P<kind>trade|quote|openinterest)\.zip"
)
_UNIVERSE = re.compile(r"future/(?P<market>\w+)/universes/(?P<root>\w+)/(?P<day>\d{8})\.csv")
_WHOLE = re.compile(r"future/(?P<market>\w+)/(?P<kind>map_files|factor_files|margins)/(?P<root>\w+)\.csv")
_DAILY = re.compile(r"future/(?P<market>\w+)/daily/(?P<root>\w+)_trade\.zip")
_OPTIONS = re.compile(
    r"futureoption/(?P<market>\w+)/(?P<kind>minute|universes)/(?P<root>\w+)/(?P<month>\d{6})/(?P<day>\d{8})"
    r"(_(?P<tick>quote|openinterest)_american\.zip|\.csv)"
)


class Refused(Exception):
    """The model has no such file; the text says why."""


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

    def content(self, relative: str) -> Content | None:
        """The text or the entries of a file; None when the path is none of a future's.

        Raises:
            Refused: the model has no such file.
        """
        for pattern, make in (
            (_DATED, self._minutes),
            (_UNIVERSE, self._universe),
            (_WHOLE, self._whole),
            (_DAILY, self._daily),
            (_OPTIONS, self._options),
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

    def _session(self, text: str) -> date:
        day = datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date has no time zone
        if day not in self.markets.history.modelled_set:
            first, last = self.markets.history.modelled[0], self.markets.history.modelled[-1]
            raise Refused(f"{day} is not a session between {first} and {last}")
        return day

    def _minutes(self, match: re.Match[str]) -> Content:
        files, day = self._of(match, match["root"]), self._session(match["day"])
        if match["kind"] == "openinterest":
            return files.interest_entries(day)
        modelled = self.day(files.root.asset, day)
        return files.trade_entries(modelled) if match["kind"] == "trade" else files.quote_entries(modelled)

    def _universe(self, match: re.Match[str]) -> Content:
        return self._of(match, match["root"]).universe(self._session(match["day"]))

    def _daily(self, match: re.Match[str]) -> Content:
        return self._of(match, match["root"]).daily_entries()

    def _whole(self, match: re.Match[str]) -> Content:
        files = self._of(match, match["root"].lower())
        if match["kind"] == "margins":
            return files.margin_file(multiplier_of(files.name.upper()))
        return files.map_file() if match["kind"] == "map_files" else files.factor_file()

    def _options(self, match: re.Match[str]) -> Content:
        name = OF_OPTIONS.get(match["root"])
        if name is None:
            raise Refused(f"{match['root']} is not a modelled root")
        futures, month, day = self._of(match, name), month_named(name, match["month"]), self._session(match["day"])
        if month is None:
            raise Refused(f"{name.upper()} has no contract month {match['month']}")
        files = FutureOptionFiles(futures, month)
        previous = self.markets.history.previous(day)
        evening = day if match["kind"] == "universes" else previous
        if evening not in self.markets.history.modelled_set or not files.is_listed(evening):
            raise Refused(f"no options on {name.upper()} {month.name} are listed on {day}")
        if match["kind"] == "universes":
            return files.universe(day)
        if match["tick"] == "openinterest":
            return files.interest_entries(day)
        return files.quote_entries(self.day(files.root.asset, day))


def future_paths(root: str, day: date) -> Iterable[str]:
    """The files of a future and of its options on a day: quotes where something is listed."""
    future = FUTURES[root]
    text = f"{day:%Y%m%d}"
    yield f"future/{future.market}/universes/{root}/{text}.csv"
    yield from (
        f"future/{future.market}/minute/{root}/{text}_{kind}.zip" for kind in ("trade", "quote", "openinterest")
    )
    for month in _months_on(root, day):
        folder = f"{future.options}/{month}"
        yield f"futureoption/{future.market}/universes/{folder}/{text}.csv"
        for kind in ("quote", "openinterest"):
            yield f"futureoption/{future.market}/minute/{folder}/{text}_{kind}_american.zip"


def lasting_paths(root: str) -> Iterable[str]:
    """The files of a future that are not of a day."""
    market = FUTURES[root].market
    yield f"future/{market}/daily/{root}_trade.zip"
    yield from (f"future/{market}/{kind}/{root}.csv" for kind in ("map_files", "factor_files"))
    yield f"future/{market}/margins/{root.upper()}.csv"


def _months_on(root: str, day: date) -> list[str]:
    ahead = FUTURES[root].options_ahead
    found = (month for year in (day.year, day.year + 1) for month in months(root, year))
    return [month.name for month in found if 0 < (month.option_expiry - day).days <= ahead]
