"""Option and futures chains: every contract of a root at one instant.

A chain holds columns, not contracts: a contract is a number into them, made when the algorithm looks at it, and its
greeks are computed for the whole chain when the first of them is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from leansim.api.bars import BaseData, QuoteBar
from leansim.api.contracts import BaseContract, FuturesContract, OptionContract
from leansim.api.enums import SecurityType, TickType
from leansim.api.greeks import GreekLists, ModeledGreeks
from leansim.api.instant import BY_TICKER, Instant, Move
from leansim.api.naming import ClrObject
from leansim.api.net import HashSet, hash_set
from leansim.api.slice import DataDictionary, QuoteBars, Slice, Ticks, TradeBars
from leansim.api.symbols import OPTION_TYPES, Symbol

if TYPE_CHECKING:
    import pandas as pd

C = TypeVar("C", bound="BaseChain")

_WITH_OPTIONS = (SecurityType.EQUITY, SecurityType.INDEX, SecurityType.FUTURE)


class ModelColumn(Protocol):
    """One value of a price model for all contracts."""

    def tolist(self) -> Any:
        """A sequence of floats."""

    def __getitem__(self, i: int, /) -> Any: ...


class ModelValues(Protocol):
    """What a price model says of the contracts of a chain, in their order; ``greeks`` if it makes objects of them."""

    @property
    def implied_volatility(self) -> ModelColumn: ...
    @property
    def theoretical_price(self) -> ModelColumn: ...
    @property
    def delta(self) -> ModelColumn: ...
    @property
    def gamma(self) -> ModelColumn: ...
    @property
    def vega(self) -> ModelColumn: ...
    @property
    def theta(self) -> ModelColumn: ...
    @property
    def theta_per_day(self) -> ModelColumn: ...
    @property
    def rho(self) -> ModelColumn: ...


class ChainMaker(Protocol):
    """What a chain asks of the feed."""

    def underlying_of(self, canonical: Symbol, instant: Instant) -> Any:
        """The data point of the underlying an option chain shows; ``None`` when there is none yet."""

    def model_values(self, chain: OptionChain) -> ModelValues:
        """The chain's price model, evaluated."""

    def greeks_asked(self, canonical: Symbol, quotes: Move) -> None:
        """Somebody looked at greeks of a chain, at the instant of these quotes."""

    def expects_greeks(self, canonical: Symbol, quotes: Move) -> bool:
        """Whether that is likely at this instant: it was done at the one before."""

    def strike_multiplier(self, canonical: Symbol) -> float:
        """What strikes are multiplied by to compare them with the underlying's price."""


class OptionContracts(DataDictionary[OptionContract]):
    """Option contracts by symbol."""

    __slots__ = ()
    _pair_types = ("Symbol", "OptionContract")


class FuturesContracts(DataDictionary[FuturesContract]):
    """Futures contracts by symbol."""

    __slots__ = ()
    _pair_types = ("Symbol", "FuturesContract")


_KIND_OF_FIELD = {
    "bid_close": TickType.QUOTE,
    "ask_close": TickType.QUOTE,
    "bid_size": TickType.QUOTE,
    "ask_size": TickType.QUOTE,
    "close": TickType.TRADE,
    "volume": TickType.TRADE,
    "value": TickType.OPEN_INTEREST,
}


class _Field:
    """A column as a list of floats, made when first asked for and then an ordinary attribute."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, columns: StepColumns, owner: type) -> Sequence[float]:
        values = columns.__dict__[self._name] = columns.listed(self._name)
        return values


class _Modelled:
    """The same of what the price model says."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, columns: StepColumns, owner: type) -> Sequence[Any]:
        values = columns.__dict__[self._name] = columns.modelled(self._name)
        return values


class StepColumns:
    """The columns of a chain at an instant, read from the tapes when asked."""

    bid_close = _Field()
    ask_close = _Field()
    bid_size = _Field()
    ask_size = _Field()
    close = _Field()
    volume = _Field()
    value = _Field()
    implied_volatility = _Modelled()
    theoretical_price = _Modelled()
    greeks = _Modelled()

    def __init__(self, instant: Instant, moves: list[Move]) -> None:
        stream, tape, step = moves[0]
        self._shown_at = (stream, tape.instants[step])
        self._moves: dict[TickType, Move] | None = {m.stream.tick_type: m for m in moves}
        self._instant = instant
        self._canonical: Symbol | None = None
        self._evaluated: ModelValues | None = None
        self._chosen: npt.NDArray[np.int64] | None = None
        self._listed: list[Symbol] = moves[0].tape.symbols
        self.symbols = self._members(moves)
        for move in moves:
            move.tape.seen_by(self)

    @cached_property
    def contract_time(self) -> datetime:
        """The instant on the exchange's clock."""
        stream, ns = self._shown_at
        return stream.local(ns)

    def _members(self, moves: list[Move]) -> list[Symbol]:
        """The symbols that emit anything, by ticker: open interest alone does not make a chain, but joins it."""
        listed = self._listed
        if len(moves) == 1 or all(move.tape.symbols == listed for move in moves):
            if any(move.tape.points[move.step] == len(listed) for move in moves):
                return listed
            emits = moves[0].tape.emits[moves[0].step]
            for move in moves[1:]:
                emits = emits | move.tape.emits[move.step]
            if emits.all():
                return listed
            self._chosen = emits.nonzero()[0]
            return [listed[i] for i in self._chosen.tolist()]
        return sorted({symbol for move in moves for symbol in move.symbols()}, key=BY_TICKER)

    def move(self, tick_type: TickType) -> Move | None:
        """Where one kind of data comes from."""
        return None if self._moves is None else self._moves.get(tick_type)

    def columns_of(self, move: Move) -> npt.NDArray[np.int64] | None:
        """Where the chain's contracts are on a tape, -1 where they are not; ``None``: they are the tape's members."""
        if self.symbols is self._listed and len(move.tape.symbols) == len(self.symbols):
            return None
        if self._chosen is not None:
            return self._chosen
        column = move.tape.column
        return np.array([column.get(s, -1) for s in self.symbols], dtype=np.int64)

    def listed(self, field: str) -> list[float]:
        """A field of all contracts; 0 where the instant has none."""
        move = self.move(_KIND_OF_FIELD[field])
        if move is None:
            return [0.0] * len(self.symbols)
        values = move.tape.listed(field, move.step)
        at = self.columns_of(move)
        return values if at is None else [values[i] if i >= 0 else 0.0 for i in at.tolist()]

    def show_nothing(self) -> None:
        """No contracts: the price of their underlying is not known."""
        self.symbols, self._chosen, self.underlying = [], None, QuoteBar()

    @cached_property
    def underlying(self) -> Any:
        """The data point of the underlying of options; ``None`` when there is none yet."""
        if self._canonical is None or self._instant.chains is None:
            return None
        return self._instant.chains.underlying_of(self._canonical, self._instant)

    @cached_property
    def underlying_price(self) -> float:
        """Its price."""
        return 0.0 if self.underlying is None else float(self.underlying.price)

    def modelled_for(self, canonical: Symbol) -> None:
        """The instant's maker of chains computes greeks, and says what strikes are multiplied by, of this root."""
        self._canonical = canonical

    def _model_values(self) -> ModelValues:
        canonical, maker = self._canonical, self._instant.chains
        assert canonical is not None
        assert maker is not None
        # a chain of its own: the columns know none, or neither they nor their day would ever be gone by themselves
        return maker.model_values(OptionChain(canonical, self._instant.time, self, True))

    def modelled(self, field: str) -> Sequence[Any]:
        """What the price model says of all contracts; it is evaluated on first use.

        Their greeks are those a model of the algorithm's makes, else they are looked up when one of them is asked for.
        """
        evaluated = self._values()
        if field == "greeks" and not hasattr(evaluated, field):
            self._greeks_asked()
            return ModeledGreeks._all_of(GreekLists(partial(_listed, evaluated)), len(self.symbols))
        return _listed(evaluated, field)

    def _values(self) -> ModelValues:
        if self._evaluated is None:
            self._evaluated = self._model_values()
        return self._evaluated

    def expected_greeks(self) -> GreekLists | None:
        """The greeks of all contracts if they are likely to be looked at, evaluated when they are."""
        if self._canonical is None or self._instant.chains is None:
            return None
        quotes = self.move(TickType.QUOTE)
        if quotes is None or not self._instant.chains.expects_greeks(self._canonical, quotes):
            return None
        return GreekLists(self._greek)

    def _greek(self, name: str) -> Sequence[float]:
        """One of the greeks of all contracts."""
        self._greeks_asked()
        evaluated = self._values()
        if hasattr(evaluated, "greeks"):
            return [getattr(each, name) for each in _listed(evaluated, "greeks")]
        return _listed(evaluated, name)

    def _greeks_asked(self) -> None:
        quotes = self.move(TickType.QUOTE)
        if self._canonical is not None and self._instant.chains is not None and quotes is not None:
            self._instant.chains.greeks_asked(self._canonical, quotes)

    def strike_multiplier(self) -> float:
        """What strikes are multiplied by to compare them with the underlying's price."""
        if self._canonical is None or self._instant.chains is None:
            return 1.0
        return self._instant.chains.strike_multiplier(self._canonical)

    def detach(self) -> None:
        """The day is over: copy what contracts may still ask, and let go of the day's data."""
        for field in _KIND_OF_FIELD:
            getattr(self, field)
        self._moves = None

    def bar(self, symbol: Symbol, tick_type: TickType) -> Any:
        """One kind of data of one contract."""
        return self._instant.bar(symbol, tick_type)

    @property
    def slice(self) -> Slice:
        """The instant's data."""
        return Slice(self._instant)


def _listed(values: ModelValues, field: str) -> Sequence[Any]:
    """One thing a price model says, of all contracts."""
    listed: Sequence[Any] = getattr(values, field).tolist()
    return listed


class _Members:
    """The contracts of a chain, made when one is looked at: what a chain and its dictionary share."""

    __slots__ = ("_columns", "_contract", "_index", "_made")

    def __init__(self, columns: Any, contract: type[BaseContract]) -> None:
        self._columns = columns
        self._contract = contract
        self._made: list[Any] | None = None
        self._index: dict[Symbol, int] | None = None

    def symbols(self) -> list[Symbol]:
        """Their symbols, by ticker."""
        symbols: list[Symbol] = self._columns.symbols
        return symbols

    def every(self) -> list[Any]:
        """All of them, by ticker."""
        if self._made is None:
            self._made = self._contract._all_of(self._columns)
        return self._made

    def one(self, symbol: Symbol) -> Any:
        """The contract of a symbol, ``None`` when the chain has none."""
        if self._index is None:
            self._index = {s: i for i, s in enumerate(self._columns.symbols)}
        i = self._index.get(symbol)
        return None if i is None else self.every()[i]


class BaseChain(ClrObject):
    """What option and futures chains share."""

    _contract: type[BaseContract]
    _contracts: type[DataDictionary[Any]]

    __slots__ = ("_columns", "_dictionary", "_flatten", "_frame", "_members", "symbol", "time")
    __setattr__ = object.__setattr__  # made in every step, and set by nobody

    def __init__(self, symbol: Symbol, time: datetime, columns: Any, flatten: bool) -> None:
        self.symbol = symbol
        self.time = time
        self._columns = columns
        self._flatten = flatten
        self._members = _Members(columns, self._contract)
        self._dictionary: Any = None
        self._frame: Any = None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._members.every())

    def __len__(self) -> int:
        return len(self._columns.symbols)

    @property
    def count(self) -> int:
        """How many contracts."""
        return len(self)

    def __bool__(self) -> bool:
        return len(self) > 0

    def contains_key(self, key: Symbol) -> bool:
        """Whether the contract is in the chain."""
        return self._members.one(key) is not None

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Symbol):
            return self.contains_key(key)
        return any(contract is key for contract in self._members.every())

    @property
    def underlying(self) -> Any:
        """The data point of what options are on; of futures ``None``."""
        return self._columns.underlying

    @property
    def contracts(self) -> Any:
        """The contracts by symbol."""
        if self._dictionary is None:
            members = self._members
            self._dictionary = self._contracts._lazy(self.time, members.one, members.symbols, members.every)
        return self._dictionary

    @property
    def end_time(self) -> datetime:
        """The chain's time."""
        return self.time

    @property
    def value(self) -> float:
        """LEAN leaves it 0."""
        return 0.0

    @property
    def price(self) -> float:
        """LEAN leaves it 0."""
        return 0.0

    def _lazy(self, kind: Any, tick_type: TickType) -> Any:
        columns = self._columns

        def symbols() -> list[Symbol]:
            move = columns.move(tick_type)
            return [] if move is None else move.symbols()

        return kind._lazy(self.time, lambda symbol: columns.bar(symbol, tick_type), symbols)

    @property
    def trade_bars(self) -> TradeBars:
        """Trade bars of the contracts."""
        bars: TradeBars = self._lazy(TradeBars, TickType.TRADE)
        return bars

    @property
    def quote_bars(self) -> QuoteBars:
        """Quote bars of the contracts."""
        bars: QuoteBars = self._lazy(QuoteBars, TickType.QUOTE)
        return bars

    @property
    def ticks(self) -> Ticks:
        """Ticks of the contracts: none."""
        return Ticks(self.time)

    @property
    def filtered_contracts(self) -> HashSet[Symbol]:
        """The contracts, as LEAN's set."""
        return hash_set("Symbol", self._columns.symbols)

    @property
    def data_frame(self) -> pd.DataFrame:
        """The chain as a data frame, a row per contract."""
        if self._frame is None:
            from leansim.api.chain_frames import frame_of

            self._frame = frame_of(self, self._flatten)
        frame: pd.DataFrame = self._frame
        return frame


class OptionChain(BaseChain):
    """All options of a root at an instant."""

    __slots__ = ()
    _contract = OptionContract
    _contracts = OptionContracts

    @property
    def columns(self) -> StepColumns:
        """The chain's columns (leansim's own)."""
        columns: StepColumns = self._columns
        return columns

    def _contract_at(self, i: int) -> OptionContract:
        """The contract in a row of the columns (leansim's own)."""
        contract: OptionContract = self._members.every()[i]
        return contract


class FuturesChain(BaseChain):
    """All futures of a root at an instant."""

    __slots__ = ()
    _contract = FuturesContract
    _contracts = FuturesContracts


class BaseChains(DataDictionary[C]):
    """Several chains by canonical symbol."""

    __slots__ = ()

    @property
    def data_frame(self) -> pd.DataFrame:
        """All chains as one data frame."""
        from leansim.api.chain_frames import frame_of_several

        return frame_of_several(self.values())


class OptionChains(BaseChains[OptionChain]):
    """Option chains by canonical symbol; a contract or an underlying stands for the chain it belongs to."""

    __slots__ = ()
    _pair_types = ("Symbol", "OptionChain")

    def _find_symbol(self, symbol: Symbol) -> tuple[bool, OptionChain | None]:
        if symbol.security_type in OPTION_TYPES:
            symbol = symbol.canonical
        elif symbol.security_type in _WITH_OPTIONS:
            symbol = Symbol.create_canonical_option(symbol)
        return super()._find_symbol(symbol)

    @classmethod
    def _of_instant(cls, instant: Instant) -> OptionChains:
        """The chains an instant brings: one per root with an option that emits a trade or a quote."""
        roots = _by_root(instant.every, futures=False)

        def make(canonical: Symbol) -> OptionChain | None:
            own = roots.get(canonical)
            if own is None:
                return None
            columns = StepColumns(instant, own)
            chain = OptionChain(canonical, instant.time, columns, True)
            columns.modelled_for(canonical)
            underlying = canonical.underlying
            assert underlying is not None
            # a bar of this instant can be made when it is looked at; what was known before it is another one later
            if not _brings(instant, underlying) and columns.underlying is None:
                columns.show_nothing()
            return chain

        return cls._lazy(instant.time, make, lambda: sorted(roots, key=BY_TICKER))


class FuturesChains(BaseChains[FuturesChain]):
    """Futures chains by canonical symbol."""

    __slots__ = ()
    _pair_types = ("Symbol", "FuturesChain")

    @classmethod
    def _of_instant(cls, instant: Instant) -> FuturesChains:
        """The chains an instant brings."""
        roots = _by_root(instant.every, futures=True)

        def make(canonical: Symbol) -> FuturesChain | None:
            own = roots.get(canonical)
            if own is None:
                return None
            columns = StepColumns(instant, own)
            return FuturesChain(canonical, instant.time, columns, True)

        return cls._lazy(instant.time, make, lambda: sorted(roots, key=BY_TICKER))


def _by_root(moves: list[Move], *, futures: bool) -> dict[Symbol, list[Move]]:
    """The moves of the streams of futures, or of options, by root; a root whose only news is open interest has none."""
    roots: dict[Symbol, list[Move]] = {}
    shown = set()
    for move in moves:
        stream = move[0]
        root = stream.root
        if root is not None and (root.security_type is SecurityType.FUTURE) == futures:
            if root in roots:
                roots[root].append(move)
            else:
                roots[root] = [move]
            if not stream.internal:
                shown.add(root)
    return roots if len(shown) == len(roots) else {root: own for root, own in roots.items() if root in shown}


def _brings(instant: Instant, symbol: Symbol) -> bool:
    """Whether an instant has a quote or a trade of a symbol."""
    for stream, tape, step in instant.moves:
        if stream.tick_type is not TickType.OPEN_INTEREST:
            column = tape.column.get(symbol)
            if column is not None and tape.emits.item(step, column):
                return True
    return False


def last_of(instant: Instant, symbol: Symbol) -> BaseData | None:
    """The last data point an instant brings of a symbol: its quote, else its trade."""
    bar: BaseData | None = instant.bar(symbol, TickType.QUOTE) or instant.bar(symbol, TickType.TRADE)
    return bar
