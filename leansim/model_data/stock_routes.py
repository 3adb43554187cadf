"""Which file of indices, funds and the options on them a path names, and its content; those of all markets too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import contract_files, dated_options, index_files, metadata, option_files
from leansim.model_data.assets import INDEX, Markets
from leansim.model_data.chain import Day
from leansim.model_data.contract_files import RootFiles
from leansim.model_data.lines import Archive, Lines
from leansim.model_data.products import INDEX_SCALES, OPTIONS, SHARES
from leansim.model_data.routing import Content, Match, Refused, day_of

MARKET_HOURS = "market-hours/market-hours-database.json"
SYMBOL_PROPERTIES = "symbol-properties/symbol-properties-database.csv"
INTEREST_RATES = "alternative/interest-rate/usa/interest-rate.csv"


@dataclass
class StockRoutes:
    """The stock market's part of the model.

    Attributes:
        markets: what prices follow.
        seed: of the model.
        day: the path of an asset's session.
    """

    markets: Markets
    seed: int
    day: Callable[[str, date], Day]
    _options: dict[str, RootFiles] = field(default_factory=dict)
    _whole: dict[str, list[Day]] = field(default_factory=dict)

    def content(self, relative: str) -> Content | None:
        """The text or the archive of a file; None when the path is none of these.

        Raises:
            Refused: the model has no such file.
        """
        for pattern, make in _ROUTES:
            match = pattern.fullmatch(relative)
            if match:
                return make(self, match)
        return None

    def refuse_trades(self, _match: Match) -> Content:
        """Minute trades of options."""
        raise Refused("modelled options have trades by the hour and the day alone")

    def index_minutes(self, match: Match) -> Content:
        """`index/usa/minute/<root>/<day>_trade.zip`."""
        root, day = match["root"], self._session(day_of(match))
        samples = _samples(root, self.day(INDEX, day))
        return Archive(False, [index_files.index_minutes(f"{match['day']}_{root}_minute_trade.csv", samples)])

    def index_hours(self, match: Match) -> Content:
        """`index/usa/hour/<root>.zip`."""
        root = match["root"]
        days = ((path.session, _samples(root, path)) for path in self._all_days(INDEX))
        return Archive(True, index_files.index_hours(f"{root}.csv", days))

    def index_days(self, match: Match) -> Content:
        """`index/usa/daily/<root>.zip`: the index over its whole history, the VIX over the modelled years."""
        root, history = match["root"], self.markets.history
        if root == "vix":
            days = {path.session: index_files.vix_day(path) for path in self._all_days(INDEX)}
        else:
            days = {day: history.bars[day] for day in history.sessions}
        return Archive(True, [index_files.index_days(f"{root}.csv", days, INDEX_SCALES.get(root, 1.0))])

    def share_minutes(self, match: Match) -> Content:
        """`equity/usa/minute/<fund>/<day>_trade.zip`."""
        fund, day = match["fund"], self._session(day_of(match))
        share = SHARES[fund]
        bar, path = self.markets.bars(share.asset)[day], self.day(share.asset, day)
        return Archive(False, [index_files.share_minutes(f"{match['day']}_{fund}_minute_trade.csv", share, bar, path)])

    def share_hours(self, match: Match) -> Content:
        """`equity/usa/hour/<fund>.zip`."""
        share = SHARES[match["fund"]]
        bars = self.markets.bars(share.asset)
        days = ((bars[path.session], path) for path in self._all_days(share.asset))
        return Archive(True, index_files.share_hours(f"{match['fund']}.csv", share, days))

    def share_days(self, match: Match) -> Content:
        """`equity/usa/daily/<fund>.zip`."""
        share = SHARES[match["fund"]]
        return Archive(True, [index_files.share_days(f"{match['fund']}.csv", share, self.markets.bars(share.asset))])

    def share_map_file(self, match: Match) -> Content:
        """`equity/usa/map_files/<fund>.csv`."""
        return index_files.share_map_file(match["fund"], SHARES[match["fund"]])

    def share_factor_file(self, match: Match) -> Content:
        """`equity/usa/factor_files/<fund>.csv`."""
        return index_files.share_factor_file(SHARES[match["fund"]])

    def option_quotes(self, match: Match) -> Content:
        """`option/usa/minute/<root>/<day>_quote_american.zip`, and the same of index options."""
        name, day = match["root"], self._option_session(day_of(match))
        files, dense = self._files(name), self._dense(name, self.markets.history.previous(day))
        path = self.day(files.root.asset, day)

        def lines() -> Iterator[Lines]:
            yield from files.quote_lines(path, dense)
            if dense:
                yield option_files.quote_lines(self.markets.history, self.seed, path)

        return Archive(False, lines())

    def option_interest(self, match: Match) -> Content:
        """`option/usa/minute/<root>/<day>_openinterest_american.zip`, and the same of index options."""
        name, day, history = match["root"], self._option_session(day_of(match)), self.markets.history
        dense = self._dense(name, history.previous(day))
        lines = [self._files(name).interest_lines(day, dense)]
        if dense:
            lines.append(option_files.open_interest_lines(history, self.seed, day))
        return Archive(False, lines)

    def option_years(self, match: Match) -> Content:
        """`option/usa/hour/<root>_<year>_quote_american.zip`, trades and open interest, of days too; of indices'."""
        year, files = int(match["year"]), self._files(match["root"])
        if not any(day.year == year for day in self.markets.history.modelled[1:]):
            raise Refused(f"{year} is outside the modelled years")
        return Archive(True, dated_options.dated_lines(files, match["kind"], match["resolution"], year, self.day))

    def universe(self, match: Match) -> Content:
        """`option/usa/universes/<root>/<day>.csv`, and the same of index options."""
        name, day = match["root"], self._option_session(day_of(match))
        files, dense = self._files(name), self._dense(name, day)
        bar = self.markets.bars(files.root.asset)[day]
        rows = option_files.universe_rows(self.markets.history, self.seed, day) if dense else ""
        return contract_files.universe_head(bar, files.root.scale) + rows + files.universe_rows(day, dense)

    def market_hours(self, _match: Match) -> Content:
        """`market-hours/market-hours-database.json`."""
        return metadata.market_hours()

    def symbol_properties(self, _match: Match) -> Content:
        """`symbol-properties/symbol-properties-database.csv`."""
        return metadata.symbol_properties()

    def interest_rates(self, _match: Match) -> Content:
        """`alternative/interest-rate/usa/interest-rate.csv`."""
        return metadata.interest_rates(self.markets.history)

    def _files(self, name: str) -> RootFiles:
        found = self._options.get(name)
        if found is None:
            found = self._options[name] = RootFiles(name, OPTIONS[name], self.markets, self.seed)
        return found

    def _dense(self, name: str, evening: date | None) -> frozenset[float]:
        """The strikes of the chain that expires after an evening and is quoted every minute."""
        if name != "spxw" or evening is None:
            return frozenset()
        return option_files.dense_strikes(self.markets.history, evening)

    def _all_days(self, asset: str) -> list[Day]:
        """Every modelled day of an asset (some 50 MB): the files over all years need them one after the other."""
        if asset not in self._whole:
            self._whole = {asset: [self.day(asset, day) for day in self.markets.history.modelled]}
        return self._whole[asset]

    def _session(self, day: date) -> date:
        history = self.markets.history
        if day in history.modelled_set:
            return day
        first, last = history.modelled[0], history.modelled[-1]
        if first <= day <= last:
            raise Refused(f"{day} is not a trading day")
        raise Refused(f"{day} is outside the modelled years {first} to {last}")

    def _option_session(self, day: date) -> date:
        if self._session(day) > self.markets.history.modelled[0]:
            return day
        raise Refused(f"{day} is the first modelled day: nothing is listed yet")


def _samples(root: str, day: Day) -> NDArray[np.float64]:
    """The path of an index."""
    if root == "vix":
        return day.vix
    return day.index if root == "spx" else np.round(day.index * INDEX_SCALES[root], 2)


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
_Maker = Callable[[StockRoutes, Match], Content]
_ROUTES: tuple[tuple[re.Pattern[str], _Maker], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"index/usa/minute/{_INDEX}/{_DAY}_trade\.zip", StockRoutes.index_minutes),
        (rf"index/usa/hour/{_INDEX}\.zip", StockRoutes.index_hours),
        (rf"index/usa/daily/{_INDEX}\.zip", StockRoutes.index_days),
        (rf"indexoption/usa/minute/{_ON_INDEX}/{_DAY}_quote_european\.zip", StockRoutes.option_quotes),
        (rf"option/usa/minute/{_ON_FUND}/{_DAY}_quote_american\.zip", StockRoutes.option_quotes),
        (rf"indexoption/usa/minute/{_ON_INDEX}/{_DAY}_openinterest_european\.zip", StockRoutes.option_interest),
        (rf"option/usa/minute/{_ON_FUND}/{_DAY}_openinterest_american\.zip", StockRoutes.option_interest),
        (rf"indexoption/usa/universes/{_ON_INDEX}/{_DAY}\.csv", StockRoutes.universe),
        (rf"option/usa/universes/{_ON_FUND}/{_DAY}\.csv", StockRoutes.universe),
        (rf"indexoption/usa/{_DATED}/{_ON_INDEX}_{_YEAR}_{_KIND}_european\.zip", StockRoutes.option_years),
        (rf"option/usa/{_DATED}/{_ON_FUND}_{_YEAR}_{_KIND}_american\.zip", StockRoutes.option_years),
        (r"(index)?option/usa/.*_trade_(european|american)\.zip", StockRoutes.refuse_trades),
        (rf"equity/usa/minute/{_FUND}/{_DAY}_trade\.zip", StockRoutes.share_minutes),
        (rf"equity/usa/hour/{_FUND}\.zip", StockRoutes.share_hours),
        (rf"equity/usa/daily/{_FUND}\.zip", StockRoutes.share_days),
        (rf"equity/usa/map_files/{_FUND}\.csv", StockRoutes.share_map_file),
        (rf"equity/usa/factor_files/{_FUND}\.csv", StockRoutes.share_factor_file),
        (re.escape(MARKET_HOURS), StockRoutes.market_hours),
        (re.escape(SYMBOL_PROPERTIES), StockRoutes.symbol_properties),
        (re.escape(INTEREST_RATES), StockRoutes.interest_rates),
    )
)
