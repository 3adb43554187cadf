"""Writing a span of days of the model into a data folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import product
from pathlib import Path

from leansim.errors import InputError
from leansim.model_data import dated_options
from leansim.model_data.future_routes import future_paths, lasting_paths, option_year_paths
from leansim.model_data.futures import FUTURES
from leansim.model_data.history import History
from leansim.model_data.products import INDEX_SCALES, OPTIONS, SHARES
from leansim.model_data.provider import ModelDataProvider
from leansim.model_data.stock_routes import INTEREST_RATES, MARKET_HOURS, SYMBOL_PROPERTIES
from leansim.model_data.writer import remove_leftovers

ROOTS = tuple(dict.fromkeys((*INDEX_SCALES, "vix", *SHARES, *OPTIONS, *FUTURES)))

RESOLUTIONS = ("minute", "hour", "daily")


def generate(
    root: Path,
    start: date,
    end: date,
    roots: Iterable[str] = ROOTS,
    progress: Callable[[int, int, str], None] | None = None,
    *,
    seed: int = 0,
    scenario: str = "",
    resolutions: Iterable[str] = RESOLUTIONS,
) -> int:
    """Makes every file the model has for a span of days, so that LEAN itself can run on the folder.

    What is there already is kept: a run that was broken off goes on where it stopped.

    Args:
        root: the data folder.
        start: first day.
        end: last day.
        roots: which of `ROOTS`; by default all of them.
        progress: called after each file with files done, files in all and the file's relative path.
        seed: of the model.
        scenario: one of `scenarios`, or none.
        resolutions: which of `RESOLUTIONS`; universes belong to the minutes.

    Returns:
        The number of files that are there afterwards.

    Raises:
        InputError: an unknown root, resolution or scenario.
        DataError: a file cannot be written.
    """
    chosen, fine = tuple(root.lower() for root in roots), tuple(resolutions)
    provider = ModelDataProvider(root, seed, scenario=scenario)
    for given, known, what in ((chosen, ROOTS, "root"), (fine, RESOLUTIONS, "resolution")):
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise InputError(f"{', '.join(unknown)}: not a modelled {what}; there are {', '.join(known)}")
    files = [
        relative
        for relative in dict.fromkeys(_files(provider.history, start, end, chosen))
        if _resolution_of(relative) in ("", *fine)
    ]
    remove_leftovers(root)
    made = 0
    for done, relative in enumerate(files, start=1):
        made += provider.fetch(relative)
        if progress is not None:
            progress(done, len(files), relative)
    return made


def _resolution_of(relative: str) -> str:
    """Of a file; none of files that have no resolution."""
    parts = relative.split("/")
    if "universes" in parts:
        return "minute"
    return next((resolution for resolution in RESOLUTIONS if resolution in parts), "")


def _files(history: History, start: date, end: date, roots: tuple[str, ...]) -> Iterable[str]:
    """Relative paths of everything the model has in a span of days."""
    yield from (MARKET_HOURS, SYMBOL_PROPERTIES, INTEREST_RATES)
    for root in roots:
        if root in SHARES:
            yield from (f"equity/usa/{kind}_files/{root}.csv" for kind in ("map", "factor"))
            yield from (f"equity/usa/{resolution}/{root}.zip" for resolution in ("daily", "hour"))
        if root in (*INDEX_SCALES, "vix"):
            yield from (f"index/usa/{resolution}/{root}.zip" for resolution in ("daily", "hour"))
        if root in FUTURES:
            yield from lasting_paths(root)
    days = [day for day in history.modelled if start <= day <= end]
    years = sorted({day.year for day in days})
    for root in roots:
        if root in OPTIONS:
            for year, resolution, kind in product(years, dated_options.RESOLUTIONS, dated_options.KINDS):
                yield f"{_folder(root)}/{resolution}/{root}_{year}_{kind}_{OPTIONS[root].style}.zip"
        if root in FUTURES:
            yield from (path for year in years for path in option_year_paths(root, year))
    for day in days:
        for root in roots:
            if root in SHARES:
                yield f"equity/usa/minute/{root}/{day:%Y%m%d}_trade.zip"
            if root in (*INDEX_SCALES, "vix"):
                yield f"index/usa/minute/{root}/{day:%Y%m%d}_trade.zip"
            if root in OPTIONS:
                yield from _option_files(history, root, day, is_first=day == days[0])

    for day in (start + timedelta(days=step) for step in range((end - start).days + 1)):
        if history.modelled[0] <= day <= history.modelled[-1]:
            for root in roots:
                if root in FUTURES:
                    yield from future_paths(root, day, is_session=day in history.modelled_set)


def _folder(root: str) -> str:
    return f"{'indexoption' if OPTIONS[root].style == 'european' else 'option'}/usa"


def _option_files(history: History, name: str, day: date, *, is_first: bool) -> Iterable[str]:
    """The option files of a day; before the first day of a span also the universe it trades from."""
    previous, style = history.previous(day), OPTIONS[name].style
    folder = _folder(name)
    if is_first and previous in history.modelled_set:
        yield f"{folder}/universes/{name}/{previous:%Y%m%d}.csv"
    yield f"{folder}/universes/{name}/{day:%Y%m%d}.csv"
    for kind in ("quote", "openinterest"):
        yield f"{folder}/minute/{name}/{day:%Y%m%d}_{kind}_{style}.zip"
