"""Which contracts of a root are subscribed: the universe file of the day before, and its canonical's filter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from leansim.api.bars import SymbolChangedEvent
from leansim.api.enums import SecurityType
from leansim.api.instant import BY_TICKER
from leansim.api.net import ArgumentException
from leansim.api.symbols import OPTION_TYPES, Symbol
from leansim.api.time_zones import NS_PER_DAY, to_ns
from leansim.api.universes import ContractSecurityFilterUniverse, FutureFilterUniverse, OptionFilterUniverse
from leansim.feed.selecting import SelectingUniverse
from leansim.feed.universe_tables import ContractRow, ContractTable

if TYPE_CHECKING:
    from leansim.api.securities import Future, Option
    from leansim.feed.continuous import ContinuousFuture
    from leansim.feed.subscriptions import SubscriptionRequest
    from leansim.lean_data.folder import DataFolder

_ONE_DAY: Final = timedelta(days=1)
_NOTHING: Final[frozenset[Symbol]] = frozenset()


class ChainUniverse(SelectingUniverse):
    """The contracts of one canonical symbol.

    The file of a trading day is used from the midnight after it (exchange time) on. When the universe is added, the
    file of the last trading day that is over is used at once.

    Attributes:
        members: the contracts (and of options the underlying) selected last, each with the instant it came.
        next_ns: when the next file can be used, up to the midnight after the run's last day; ``None`` after that.
        selection: what its filter chose last, empty before the first time.
        disposed: nobody wants it any more: it selects nothing once, and is gone.

    """

    def __init__(
        self, folder: DataFolder, security: Option | Future, request: SubscriptionRequest, start_ns: int, end_ns: int
    ) -> None:
        super().__init__(security.symbol, request)
        self.security = security
        self._folder = folder
        self._hours = security.exchange.hours
        self._end_ns = end_ns
        future = security.symbol.underlying if security.symbol.security_type is SecurityType.FUTURE_OPTION else None
        self._last_day = date.max if future is None else future.id.date.date()
        self._selected: frozenset[Symbol] | None = None
        self.disposed = False
        zone = self._hours.time_zone
        day = zone.to_local(start_ns).date() - _ONE_DAY
        while not self._hours.is_date_open(day):
            day -= _ONE_DAY
        self._day: date | None = day
        self.next_ns = start_ns

    @property
    def selection(self) -> frozenset[Symbol]:
        """What its filter chose last."""
        return _NOTHING if self._selected is None else self._selected

    def groups(self, new: Iterable[Symbol]) -> list[list[Symbol]]:
        """The underlying, then the contracts."""
        symbols = frozenset(new)
        underlying = self.symbol.underlying
        first = [underlying] if underlying is not None and underlying in symbols else []
        contracts = sorted(symbols.difference(first), key=BY_TICKER)
        return [group for group in (first, contracts) if group]

    def request_for(self, symbol: Symbol) -> SubscriptionRequest:
        """As the chain is subscribed."""
        del symbol
        return self.request

    def may_leave(self, symbol: Symbol, ns: int) -> bool:
        """As of every universe; at once when the chain itself goes."""
        return self.disposed or super().may_leave(symbol, ns)

    def _usable_ns(self, day: date) -> int:
        """The midnight after a day."""
        return self._hours.time_zone.to_utc_ns(to_ns(datetime(day.year, day.month, day.day)) + NS_PER_DAY)

    def _files_until(self, ns: int) -> list[ContractTable]:
        """The files that became usable by an instant; sets when the next one does."""
        found = []
        while self._day is not None and self._usable_ns(self._day) <= ns:
            universe = self._folder.read_universe(self.symbol, self._day)
            if universe is not None:
                found.append(ContractTable(universe))
            self._day = self._next_day(self._day)
        self.next_ns = None if self._day is None else self._usable_ns(self._day)
        return found

    def _next_day(self, day: date) -> date | None:
        """The next day that has a file; LEAN still reads the one of the last day, though it selects nothing with it.

        Options on a future have none after it.
        """
        while True:
            day += _ONE_DAY
            if day > self._last_day or self._usable_ns(day) - NS_PER_DAY > self._end_ns:
                return None
            if self._hours.is_date_open(day, True) and self._folder.read_universe(self.symbol, day) is not None:
                return day

    def select(self, ns: int) -> tuple[frozenset[Symbol] | None, int]:
        """The contracts to have from now on (``None``: as before), and how many rows were looked at."""
        tables = self._files_until(ns)
        points = sum(len(t) for t in tables)
        if ns > self._end_ns or not (tables or self.disposed):
            return None, points
        if self.disposed:
            return _NOTHING, points
        table = tables[-1]
        chosen = self._filtered(table, self._hours.time_zone.to_local(ns))
        if self.symbol.security_type in OPTION_TYPES:
            assert self.symbol.underlying is not None
            chosen = [self.symbol.underlying, *chosen]
        selection = frozenset(chosen)
        if selection == self._selected:
            return None, points
        self._selected = selection
        return selection, points

    def _filtered(self, table: ContractTable, local: datetime) -> list[Symbol]:
        universe: ContractSecurityFilterUniverse
        if self.symbol.security_type in OPTION_TYPES:
            multiplier = float(self.security.symbol_properties.strike_multiplier)
            universe = OptionFilterUniverse(table, local, self._hours, self.symbol, multiplier)
        else:
            universe = FutureFilterUniverse(table, local, self._hours)
        contract_filter = self.security.contract_filter
        if contract_filter is None:
            if self.symbol.security_type not in OPTION_TYPES:
                return []
            contract_filter = _default_option_filter
        result = contract_filter(universe)
        if result is not None and result is not universe:
            universe = _taken_over(universe, result)
        return universe._apply_types_filter()._chosen


class ContinuousUniverse:
    """The contract a continuous future stands for, looked up at the start of each of its trading days.

    Attributes:
        mapped: the contract now; ``None`` without a map file.
        retiring: the contract before, on the day the mapping changes.
        selection: both of them.
        next_ns: when the next trading day begins on the exchange's clock.

    """

    def __init__(self, future: ContinuousFuture, security: Future, request: SubscriptionRequest, start_ns: int) -> None:
        self.symbol = security.symbol
        self.security = security
        self.request = request
        self.future = future
        self.mapped: Symbol | None = None
        self.retiring: Symbol | None = None
        self.selection: frozenset[Symbol] = _NOTHING
        self.next_ns = start_ns
        self._hours = security.exchange.hours
        self._text = ""

    def select(self, ns: int) -> tuple[Symbol | None, SymbolChangedEvent | None]:
        """The contract from now on, and the event when it is another than before."""
        zone = self._hours.time_zone
        today = zone.to_local(ns).date()
        following = today + _ONE_DAY
        while not self._hours.is_date_open(following, self.request.extended_market_hours):
            following += _ONE_DAY
        self.next_ns = zone.to_utc_ns(to_ns(datetime(following.year, following.month, following.day)))
        text = self.future.identity_on(today)
        event = None
        before = self.mapped
        if self._text and text and text != self._text:
            midnight = datetime(today.year, today.month, today.day)
            event = SymbolChangedEvent(self.symbol, midnight, self._text, text)
        if text != self._text:
            self._text = text
            self.mapped = self.future.contract_on(today)
            self.security.mapped = self.mapped
        # the contract before stays for the mapping date
        self.retiring = before if self.mapped != before else None
        self.selection = frozenset(each for each in (self.mapped, self.retiring) if each is not None)
        return self.mapped, event


def _default_option_filter(universe: Any) -> Any:
    """A strike around the price, up to 35 days: what LEAN chooses when the algorithm says nothing."""
    return universe.strikes(-1, 1).expiration(timedelta(0), timedelta(days=35))


def _taken_over(universe: ContractSecurityFilterUniverse, result: Any) -> ContractSecurityFilterUniverse:
    """What a filter function returned instead of its argument: another universe, or a list of symbols."""
    if isinstance(result, ContractSecurityFilterUniverse):
        return result
    if isinstance(result, (list, tuple)) and all(isinstance(s, (Symbol, ContractRow)) for s in result):
        return universe.where_contains([s.symbol if isinstance(s, ContractRow) else s for s in result])
    raise ArgumentException(
        f"QCAlgorithm.SetFilter: result type {type(result)} from filter function is not a valid argument, please "
        "return either a OptionFilterUniverse or a list of symbols"
    )
