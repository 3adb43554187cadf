"""Chains of the past: the universe files of the days a history request reaches over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from leansim.api.enums import Resolution
from leansim.api.naming import ClrObject
from leansim.api.pandas_keys import teach_pandas
from leansim.api.symbols import OPTION_TYPES, Symbol
from leansim.api.time_zones import to_ns
from leansim.errors import NotEmulated
from leansim.feed.universe_tables import ContractRow, ContractTable, FutureUniverse, OptionUniverse
from leansim.feed.warm_up import start_of_bars

if TYPE_CHECKING:
    import pandas as pd

    from leansim.api.workings import Workings
    from leansim.feed.history import Options, Span

_ONE_DAY: Final = timedelta(days=1)
_COLUMNS: Final = {
    "close": "close",
    "high": "high",
    "low": "low",
    "open": "open",
    "openinterest": "open_interest",
    "value": "close",
    "volume": "volume",
}
_OF_OPTIONS: Final = {
    **{name: name for name in ("delta", "gamma", "rho", "theta", "vega")},
    "impliedvolatility": "implied_volatility",
}


class ChainOfDay(ClrObject):
    """All contracts a root had at the end of a day."""

    def __init__(self, symbol: Symbol, table: ContractTable) -> None:
        self.symbol = symbol
        self.time = table.time
        self.end_time = table.end_time
        self.underlying = table.underlying
        self._table = table
        self._rows: list[ContractRow] | None = None

    @property
    def data(self) -> list[ContractRow]:
        """The contracts."""
        if self._rows is None:
            self._rows = [self._table.row(i) for i in range(len(self._table))]
        return self._rows

    def __iter__(self) -> Iterator[ContractRow]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self._table)

    def frame(self) -> pd.DataFrame:
        """A row per contract."""
        import pandas as pd  # late: most runs never need it

        table = self._table
        options = self.symbol.security_type in OPTION_TYPES
        wanted = {**_COLUMNS, **_OF_OPTIONS} if options else _COLUMNS
        columns: dict[str, Any] = {name: table.column(field) for name, field in wanted.items()}
        if options:
            columns["underlying"] = [table.underlying] * len(table)
        index = pd.Index([table.symbol(i) for i in range(len(table))], name="symbol", dtype=object)
        return pd.DataFrame({name: columns[name] for name in sorted(columns)}, index=index)


def is_of_chains(kind: type | None, symbols: Sequence[Symbol]) -> bool:
    """Whether a request asks for chains: by its type, or because all its symbols are canonical options."""
    if kind is not None:
        return issubclass(kind, (OptionUniverse, FutureUniverse))
    return bool(symbols) and all(symbol.is_canonical() and symbol.security_type in OPTION_TYPES for symbol in symbols)


def chains_of(workings: Workings, canonical: Symbol, span: Span, options: Options) -> list[ChainOfDay]:
    """The chains of the days of a request whose files can be known now, in time order."""
    if options.resolution not in (None, Resolution.DAILY):
        raise NotEmulated(f"history of chains with Resolution.{options.resolution}")
    hours = workings.exchange_hours(canonical)
    now = hours.time_zone.to_local(workings.clock.ns)
    start, end = _reach(workings, canonical, span, now)
    found = []
    day = datetime(start.year, start.month, start.day)
    while day + _ONE_DAY <= min(end, now):
        universe = workings.data.read_universe(canonical, day.date()) if day >= start else None
        if universe is not None and len(universe):
            found.append(ChainOfDay(canonical, ContractTable(universe)))
        day += _ONE_DAY
    return found


def _reach(workings: Workings, canonical: Symbol, span: Span, now: datetime) -> tuple[datetime, datetime]:
    """Beginning and end of a request on the exchange's clock."""
    hours = workings.exchange_hours(canonical)
    if span.bars is not None:
        return start_of_bars(hours, now, _ONE_DAY, span.bars, False, False), now
    if span.length is not None:
        return now - span.length, now
    assert span.start is not None, "a request has a number of bars, a length of time or dates"

    def local(moment: datetime) -> datetime:
        return hours.time_zone.to_local(workings.time_zone.to_utc_ns(to_ns(moment)))

    return local(span.start), now if span.end is None else local(span.end)


def chains_frame(
    workings: Workings, symbols: Iterable[Symbol], span: Span, options: Options, flatten: bool
) -> pd.DataFrame:
    """The chains of several roots, a row per contract under its day (and root, when there are several)."""
    import pandas as pd  # late: most runs never need it

    if not flatten:
        raise NotEmulated("history of chains without flatten=True")
    roots = list(symbols)
    chains = [chain for root in roots for chain in chains_of(workings, root, span, options)]
    if not chains:
        return pd.DataFrame()
    teach_pandas()
    frames = [chain.frame() for chain in chains]
    if len(roots) == 1:
        return pd.concat(frames, keys=[(chain.end_time,) for chain in chains], names=["time"])
    keys = [(chain.symbol, chain.end_time) for chain in chains]
    return pd.concat(frames, keys=keys, names=["canonical", "time"])
