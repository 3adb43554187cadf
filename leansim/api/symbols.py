"""`Symbol` and the cache that turns tickers into symbols; the door to everything about a security's identity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple, TypeVar, overload

from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.identifiers import (
    DEFAULT_DATE,
    OPTION_TYPES,
    ContractIdentifiers,
    SecurityIdentifier,
    future_root_of_option,
    option_root_of_future,
    option_type_on,
    strike_digits,
    underlying_type_of,
)
from leansim.api.markets import Market
from leansim.api.naming import ClrStatic, FixedClrObject, spell_members
from leansim.api.net import (
    ArgumentException,
    ArgumentNullException,
    ClrNotImplementedException,
    ExtendedDictionary,
    FormatException,
    InvalidOperationException,
)
from leansim.api.reference import Definition, reference_data
from leansim.api.ticker_text import future_ticker, osi_ticker, osi_tickers, strike_text

__all__ = [
    "DEFAULT_DATE",
    "OPTION_TYPES",
    "ContractSymbols",
    "Market",
    "SecurityIdentifier",
    "Symbol",
    "SymbolCache",
    "SymbolDictionary",
    "contract_symbols",
    "future_root_of_option",
    "is_option",
    "option_root_of_future",
    "option_type_on",
    "underlying_type_of",
]

V = TypeVar("V")

Number = int | float | Decimal

_NO_DATE_STRIKE: Final = Decimal(0)
_OSI_ROOT: Final = 5


def is_option(kind: SecurityType) -> bool:
    """Whether a kind of security is an option on an equity, an index or a future."""
    return kind in OPTION_TYPES


class Symbol(FixedClrObject):
    """A security: its identifier, and the ticker it has now.

    Two symbols are equal when their identifiers are. ``Symbol(identifier, text)`` is LEAN's public constructor: of
    derivatives it writes the ticker itself.

    Attributes:
        id: the identifier.
        value: the ticker: of an option its OSI text, of a canonical option ``?ROOT``, of a canonical future ``/ROOT``.

    """

    EMPTY: ClassVar[Symbol]
    NONE: ClassVar[Symbol]

    __slots__ = ("_canonical", "_hash", "_underlying", "id", "security_type", "value")
    _missing = (
        "compare_to",
        "contains",
        "create_base",
        "ends_with",
        "equals",
        "get_hash_code",
        "get_option_type_from_underlying",
        "get_underlying_from_option_type",
        "starts_with",
        "to_lower",
        "to_upper",
    )

    def __init__(self, sid: SecurityIdentifier, value: str) -> None:
        if value is None:
            raise ArgumentNullException("value")
        underlying = Symbol(sid.underlying, sid.underlying.symbol) if sid.has_underlying else None
        alias = _alias(sid, underlying)
        self._set(sid, value.upper() if alias is None else alias, underlying)

    def _set(self, sid: SecurityIdentifier, value: str, underlying: Symbol | None) -> None:
        self.id = sid
        self.value = value
        self.security_type = sid.security_type
        self._underlying = underlying
        self._hash = sid._hash
        self._canonical: Symbol | None = None

    @classmethod
    def _of(cls, sid: SecurityIdentifier, value: str, underlying: Symbol | None = None) -> Symbol:
        """A symbol of exactly these parts (leansim's own: LEAN keeps this constructor to itself)."""
        made = cls.__new__(cls)
        made._set(sid, value.upper(), underlying)
        return made

    # --- the industry's identifiers, from the data folder in use ---

    def _definition(self) -> Definition | None:
        reference = reference_data()
        return None if reference is None else reference.definition_of(str(self.id))

    @property
    def cusip(self) -> str | None:
        """The CUSIP, ``None`` when the data folder does not tell."""
        found = self._definition()
        return None if found is None else found.cusip

    @property
    def composite_figi(self) -> str | None:
        """The composite FIGI, likewise."""
        found = self._definition()
        return None if found is None else found.composite_figi

    @property
    def sedol(self) -> str | None:
        """The SEDOL, likewise."""
        found = self._definition()
        return None if found is None else found.sedol

    @property
    def isin(self) -> str | None:
        """The ISIN, likewise."""
        found = self._definition()
        return None if found is None else found.isin

    @property
    def cik(self) -> int | None:
        """The SEC's number of the company, likewise."""
        found = self._definition()
        return None if found is None else found.cik

    # --- what it says ---

    @property
    def ID(self) -> SecurityIdentifier:
        """The identifier, Pascal spelling."""
        return self.id

    @property
    def underlying(self) -> Symbol | None:
        """The security it is derived from, or None."""
        return self._underlying

    @property
    def has_underlying(self) -> bool:
        """Whether it is derived from another security."""
        return self._underlying is not None

    def is_canonical(self) -> bool:
        """Whether it stands for all contracts of a root."""
        sid = self.id
        return sid.date == DEFAULT_DATE if self._is_derivative() else False

    def _is_derivative(self) -> bool:
        kind = self.security_type
        return kind == SecurityType.FUTURE or (kind in OPTION_TYPES and self.id.has_underlying)

    def has_canonical(self) -> bool:
        """Whether it is one contract of a root."""
        derivative = self.security_type in OPTION_TYPES or self.security_type == SecurityType.FUTURE
        return derivative and not self.is_canonical()

    @property
    def canonical(self) -> Symbol:
        """The symbol that stands for all contracts of its root; InvalidOperationException for other securities."""
        if self._canonical is None:
            if self.is_canonical():
                self._canonical = self
            elif self.security_type in OPTION_TYPES:
                assert self._underlying is not None
                self._canonical = Symbol.create_canonical_option(self._underlying, self.id.symbol, self.id.market)
            elif self.security_type == SecurityType.FUTURE:
                self._canonical = Symbol.create(self.id.symbol, SecurityType.FUTURE, self.id.market)
            else:
                raise InvalidOperationException(
                    "Canonical is only defined for SecurityType.Option, SecurityType.Future, SecurityType.FutureOption"
                )
        return self._canonical

    def has_underlying_symbol(self, symbol: Symbol) -> bool:
        """Whether the symbol is under this one, at any depth."""
        current = self._underlying
        while current is not None:
            if current == symbol:
                return True
            current = current._underlying
        return False

    def update_mapped_symbol(self, mapped_symbol: str, contract_depth_offset: int = 0) -> Symbol:
        """The same security under the ticker it has at another date; of an option, also of its underlying."""
        if self.security_type in OPTION_TYPES and self.security_type != SecurityType.OPTION:
            raise ArgumentException(f"SecurityType {self.security_type} can not be mapped.")
        if self.security_type == SecurityType.FUTURE:
            if mapped_symbol == self.value:
                return self
            if contract_depth_offset:
                from leansim.errors import NotEmulated

                raise NotEmulated("Symbol.update_mapped_symbol with a contract depth offset")
            mapped = Symbol(SecurityIdentifier.parse(mapped_symbol), mapped_symbol)
            return Symbol._of(self.id, mapped.value, mapped)
        underlying = None if self._underlying is None else self._underlying.update_mapped_symbol(mapped_symbol)
        if self.security_type == SecurityType.OPTION:
            value = self.value
            if not self.is_canonical():
                value = osi_ticker(mapped_symbol, self.id.option_right, self.id._exact_strike, self.id.date)
            return Symbol._of(self.id, value, underlying)
        if self.security_type in (SecurityType.EQUITY, SecurityType.BASE):
            return Symbol._of(self.id, mapped_symbol, underlying)
        return Symbol._of(self.id, self.value, underlying)

    # --- comparison and text ---

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Symbol):
            return self.id == other.id
        if isinstance(other, str):
            return SymbolCache._get_or_none(other) == self
        if isinstance(other, SecurityIdentifier):
            return self.id == other
        # .NET converts contracts of a chain to their symbol
        converted = getattr(type(other), "_converts_to_symbol", False)
        return bool(converted) and self == other.symbol  # type: ignore[attr-defined]  # such classes have one

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return self._hash

    def _compared_with(self, other: object) -> str:
        if isinstance(other, Symbol):
            return other.value.upper()
        if isinstance(other, str):
            return other.upper()
        raise TypeError(f"Cannot compare {type(self).__name__} to {type(other).__name__}")

    def __lt__(self, other: object) -> bool:
        return self.value.upper() < self._compared_with(other)

    def __le__(self, other: object) -> bool:
        return self.value.upper() <= self._compared_with(other)

    def __gt__(self, other: object) -> bool:
        return self.value.upper() > self._compared_with(other)

    def __ge__(self, other: object) -> bool:
        return self.value.upper() >= self._compared_with(other)

    def __str__(self) -> str:
        return SymbolCache.get_ticker(self)

    def __repr__(self) -> str:
        return self.value

    def to_string(self) -> str:
        """The ticker the algorithm knows it by, else its identifier's text."""
        return str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Symbol._of, (self.id, self.value, self._underlying)

    # --- making ---

    @staticmethod
    def create(
        ticker: str,
        security_type: SecurityType,
        market: str,
        alias: str | None = None,
        base_data_type: type | None = None,
    ) -> Symbol:
        """A symbol of a ticker; of options and futures the canonical one."""
        kind = SecurityType(security_type)
        if kind == SecurityType.OPTION:
            underlying = Symbol._of(SecurityIdentifier.generate_equity(ticker, market), ticker)
            return _canonical_option(underlying, None, market, OptionStyle.AMERICAN, alias)
        if kind == SecurityType.INDEX_OPTION:
            underlying = Symbol.create(ticker, SecurityType.INDEX, market)
            return _canonical_option(underlying, None, market, OptionStyle.EUROPEAN, alias)
        if kind == SecurityType.FUTURE_OPTION:
            raise ClrNotImplementedException(
                "Cannot create a FutureOption symbol from a ticker alone. Use Symbol.create_option(...) instead."
            )
        if kind == SecurityType.BASE:
            sid = SecurityIdentifier.generate_base(base_data_type, ticker, market)
        elif kind == SecurityType.FUTURE:
            sid = SecurityIdentifier.generate_future(DEFAULT_DATE, ticker, market)
        elif kind == SecurityType.CRYPTO_FUTURE:
            sid = SecurityIdentifier.generate_crypto_future(DEFAULT_DATE, ticker, market)
        else:
            generate = _BY_TICKER.get(kind)
            if generate is None:
                raise ClrNotImplementedException(f"The security type has not been implemented yet: {kind}")
            sid = generate(ticker, market)
        return Symbol(sid, alias or ticker)

    @overload
    @staticmethod
    def create_option(
        underlying: Symbol | str,
        market: str,
        style: OptionStyle,
        right: OptionRight,
        strike: Number,
        expiry: datetime,
        alias: str | None = None,
        map_symbol: bool = True,
    ) -> Symbol: ...
    @overload
    @staticmethod
    def create_option(
        underlying: Symbol,
        target_option: str,
        market: str,
        style: OptionStyle,
        right: OptionRight,
        strike: Number,
        expiry: datetime,
        alias: str | None = None,
    ) -> Symbol: ...
    @overload
    @staticmethod
    def create_option(underlying: SecurityIdentifier, value: str, symbol: Symbol | None = None) -> Symbol: ...
    @staticmethod
    def create_option(underlying: Any, *arguments: Any, **named: Any) -> Symbol:
        """An option contract: of its underlying, or (three-argument form) of its identifier and ticker."""
        if isinstance(underlying, SecurityIdentifier):
            return _option_of_identifier(underlying, *arguments, **named)
        targeted = "target_option" in named or (len(arguments) > 1 and isinstance(arguments[1], str))
        if targeted:
            return _option_contract(underlying, *arguments, **named)
        return _option_contract(underlying, None, *arguments, **named)

    @staticmethod
    def create_canonical_option(
        underlying_symbol: Symbol,
        target_option: str | None = None,
        market: str | None = None,
        alias: str | None = None,
    ) -> Symbol:
        """The symbol of all options on an underlying, or of those with the root ``target_option``.

        LEAN has the form ``(underlying, market)`` too: a single text that names a market is one.
        """
        if target_option is not None and market is None and Market.encode(target_option.lower()) is not None:
            target_option, market = None, target_option
        style = OptionStyle.EUROPEAN if underlying_symbol.security_type == SecurityType.INDEX else OptionStyle.AMERICAN
        return _canonical_option(underlying_symbol, target_option, market or underlying_symbol.id.market, style, alias)

    @staticmethod
    def create_future(ticker: str, market: str, expiry: datetime, alias: str | None = None) -> Symbol:
        """A futures contract."""
        sid = SecurityIdentifier.generate_future(expiry, ticker, market)
        return Symbol(sid, ticker) if alias is None else Symbol._of(sid, alias)

    @staticmethod
    def get_alias(security_identifier: SecurityIdentifier, underlying: Symbol | None = None) -> str | None:
        """The ticker LEAN writes for a derivative; None for other securities."""
        return _alias(security_identifier, underlying)


_BY_TICKER: Final = {
    SecurityType.EQUITY: SecurityIdentifier.generate_equity,
    SecurityType.INDEX: SecurityIdentifier.generate_index,
    SecurityType.FOREX: SecurityIdentifier.generate_forex,
    SecurityType.CFD: SecurityIdentifier.generate_cfd,
    SecurityType.CRYPTO: SecurityIdentifier.generate_crypto,
}


def _alias(sid: SecurityIdentifier, underlying: Symbol | None) -> str | None:
    kind = sid.security_type
    if kind in OPTION_TYPES:
        if underlying is None:
            raise ArgumentException(f"an option's identifier names its underlying: {sid}")
        ticker = underlying.value if sid.symbol == underlying.id.symbol else sid.symbol
        if sid.date == DEFAULT_DATE:
            return f"?{ticker.upper()}"
        if len(ticker) > _OSI_ROOT:
            ticker += " "
        return osi_ticker(ticker, sid.option_right, sid._exact_strike, sid.date)
    if kind == SecurityType.FUTURE:
        return f"/{sid.symbol}" if sid.date == DEFAULT_DATE else future_ticker(sid.symbol, sid.date)
    return None


def _canonical_option(
    underlying: Symbol, target: str | None, market: str, style: OptionStyle, alias: str | None
) -> Symbol:
    sid = SecurityIdentifier.generate_option(
        DEFAULT_DATE, underlying.id, target, market, _NO_DATE_STRIKE, OptionRight.CALL, style
    )
    return Symbol._of(sid, alias or _alias(sid, underlying) or "", underlying)


def _option_contract(
    underlying: Symbol | str,
    target_option: str | None,
    market: str,
    style: OptionStyle,
    right: OptionRight,
    strike: Number,
    expiry: datetime,
    alias: str | None = None,
    map_symbol: bool = True,
) -> Symbol:
    if not isinstance(expiry, datetime):
        raise TypeError(f"No method matches given arguments for CreateOption: expiry is a {type(expiry).__name__}")
    if isinstance(underlying, str):
        underlying = Symbol._of(SecurityIdentifier.generate_equity(underlying, market, map_symbol), underlying)
    sid = SecurityIdentifier.generate_option(expiry, underlying.id, target_option, market, strike, right, style)
    return Symbol._of(sid, alias or _alias(sid, underlying) or "", underlying)


def _option_of_identifier(sid: SecurityIdentifier, value: str, underlying: Symbol | None = None) -> Symbol:
    if value is None:
        raise ArgumentNullException("value")
    if sid.security_type not in OPTION_TYPES:
        raise ArgumentException(f"The provided SecurityIdentifier is not for an option: {sid}")
    if sid.date == DEFAULT_DATE:
        return Symbol(sid, value)
    if underlying is None:
        ticker = Symbol(sid.underlying, value[:6].strip() or sid.underlying.symbol).value
        underlying = Symbol._of(sid.underlying, ticker)
    elif underlying.id != sid.underlying:
        raise ArgumentException(f"The provided underlying {underlying} does not match the identifier's: {sid}")
    return Symbol._of(sid, value, underlying)


class Strike(NamedTuple):
    """A strike price, and how identifiers and tickers have it (leansim's own)."""

    exact: Decimal
    digits: int
    text: str

    @classmethod
    def of(cls, price: Decimal) -> Strike:
        """A strike price."""
        return cls(price, strike_digits(price), strike_text(price))


@lru_cache(maxsize=1 << 15)
def strike_written(text: str) -> Strike:
    """A strike price as files have it: every day has those of the day before (leansim's own)."""
    return Strike.of(Decimal(text))


class ContractSymbols:
    """The option contracts of one root, each made once; for readers of whole chains (leansim's own).

    Args:
        canonical: the root's canonical option.

    """

    def __init__(self, canonical: Symbol) -> None:
        if canonical.underlying is None:
            raise ArgumentException(f"{canonical.id} names no underlying")
        self._underlying = canonical.underlying
        own_root = canonical.id.symbol != canonical.underlying.id.symbol
        self._root = canonical.id.symbol if own_root else canonical.underlying.value
        if len(self._root) > _OSI_ROOT:
            self._root += " "
        self._identifiers = ContractIdentifiers(canonical.id)
        self._numbered: dict[int, Symbol] = {}

    def get(self, style: OptionStyle, right: OptionRight, strike: Decimal, expiry: datetime) -> Symbol:
        """A contract."""
        return self.at_strikes(style, right, [Strike.of(strike)], expiry)[0]

    def at_strikes(
        self, style: OptionStyle, right: OptionRight, strikes: Sequence[Strike], expiry: datetime
    ) -> list[Symbol]:
        """The contracts of one expiry and right at these strikes."""
        known = self._numbered
        numbers = self._identifiers.numbers(style, right, [strike.digits for strike in strikes], expiry)
        fresh = {number: strike for number, strike in zip(numbers, strikes, strict=True) if number not in known}
        if fresh:
            exact = [strike.exact for strike in fresh.values()]
            tickers = osi_tickers(self._root, right, [strike.text for strike in fresh.values()], expiry)
            identifiers = self._identifiers.make(style, right, fresh, exact, expiry)
            for number, sid, ticker in zip(fresh, identifiers, tickers, strict=True):
                symbol = known[number] = Symbol.__new__(Symbol)
                symbol._set(sid, ticker, self._underlying)
        return [known[number] for number in numbers]

    def numbered(self, numbers: Iterable[int]) -> list[Symbol]:
        """The contracts of these numbers (see :func:`contract_number`)."""
        known = self._numbered
        return [known.get(number) or self._of_number(number) for number in numbers]

    def _of_number(self, number: int) -> Symbol:
        sid = self._identifiers.of_number(number)
        return self.get(sid.option_style, sid.option_right, sid._exact_strike, sid.date)


def contract_symbols(canonical: Symbol) -> ContractSymbols:
    """The contracts of a root; one maker a root."""
    underlying = canonical.underlying
    return _contract_symbols(canonical, canonical.value if underlying is None else underlying.value)


@lru_cache(maxsize=256)
def _contract_symbols(canonical: Symbol, value: str) -> ContractSymbols:
    # the underlying's ticker is part of the key: a renamed equity keeps its identifier
    del value
    return ContractSymbols(canonical)


def parted(symbols: dict[Symbol, None], known: Iterable[Symbol]) -> tuple[dict[Symbol, None], list[Symbol]]:
    """Those that are not known, and those that are (leansim's own).

    Contracts come by the hundreds, nearly always all of them new: the hashes dictionaries and sets hold tell.
    """
    new = frozenset(symbols).difference(known)
    if len(new) == len(symbols):
        return symbols, []
    if not new:
        return {}, list(symbols)
    return {symbol: None for symbol in symbols if symbol in new}, [symbol for symbol in symbols if symbol not in new]


class SymbolCache(metaclass=ClrStatic):
    """Tickers of the securities the algorithm added; what turns a text into a symbol, and a symbol into text."""

    _symbols: ClassVar[dict[str, Symbol]] = {}
    _tickers: ClassVar[dict[Symbol, str]] = {}
    _missed: ClassVar[set[str]] = set()  # asked for in vain since a symbol was added: the search is a slow one

    @classmethod
    def set(cls, ticker: str, symbol: Symbol) -> None:
        """Make a ticker known."""
        cls._missed.clear()
        cls._symbols[ticker.upper()] = symbol
        cls._tickers[symbol] = ticker

    @classmethod
    def _add(cls, symbol: Symbol) -> None:
        """Make a symbol known by its ticker, custom data by the ticker with the name of their class."""
        cls._add_all((symbol,))

    @classmethod
    def _add_all(cls, symbols: Iterable[Symbol]) -> None:
        """Make symbols known likewise."""
        cls._missed.clear()
        named, tickers = cls._symbols, cls._tickers
        for symbol in symbols:
            ticker = symbol.id.symbol if symbol.security_type is SecurityType.BASE else symbol.value
            named[ticker.upper()] = symbol
            tickers[symbol] = ticker

    @classmethod
    def _get_or_none(cls, ticker: str) -> Symbol | None:
        """The symbol of a ticker, of an identifier's text, or of the one custom data type of that ticker."""
        name = ticker.upper()
        known = cls._symbols.get(name)
        if known is not None or name in cls._missed:
            return known
        try:
            sid = SecurityIdentifier.parse(ticker)
        except (FormatException, ArgumentException):
            matches = cls._custom_of(name)
            if not matches:
                cls._missed.add(name)
            if len(matches) != 1:
                return None
            cls._symbols[name] = cls._symbols[matches[0]]
            return cls._symbols[name]
        return Symbol(sid, sid.symbol)

    @classmethod
    def _custom_of(cls, ticker: str) -> list[str]:
        """The names of the custom data of a ticker."""
        prefix = f"{ticker.upper()}."
        return [name for name in cls._symbols if name.startswith(prefix)]

    @classmethod
    def get_symbol(cls, ticker: str) -> Symbol:
        """The symbol of a ticker; InvalidOperationException when unknown or the ticker of several custom data."""
        symbol = cls._get_or_none(ticker)
        if symbol is None and (several := cls._custom_of(ticker)):
            raise InvalidOperationException(
                "We located multiple potentially matching tickers. For custom data, be sure to append a dot followed "
                "by the custom data type name. For example: 'BTC.Bitcoin'. Potential Matches: "
                + ", ".join(cls._tickers[cls._symbols[name]] for name in several)
            )
        if symbol is None:
            raise InvalidOperationException(
                f"We were unable to locate the ticker '{ticker}'. Please ensure the ticker is added to the algorithm."
            )
        return symbol

    @classmethod
    def _named(cls, ticker: str) -> Symbol:
        """What a text becomes where a method wants a symbol: one without a market when nobody added the ticker."""
        return cls._get_or_none(ticker) or Symbol(SecurityIdentifier(ticker, 0), ticker)

    @classmethod
    def try_get_symbol(cls, ticker: str, symbol: object = None) -> tuple[bool, Symbol | None]:
        """Whether a ticker is known, and its symbol (pythonnet returns an ``out`` parameter that way)."""
        del symbol
        found = cls._get_or_none(ticker)
        return found is not None, found

    @classmethod
    def get_ticker(cls, symbol: Symbol) -> str:
        """The ticker a symbol was added under, else its identifier's text."""
        return cls._tickers.get(symbol) or str(symbol.id)

    @classmethod
    def try_get_ticker(cls, symbol: Symbol, ticker: object = None) -> tuple[bool, str | None]:
        """Whether a symbol was added, and its ticker."""
        del ticker
        found = cls._tickers.get(symbol)
        return found is not None, found

    @classmethod
    def try_remove(cls, what: Symbol | str) -> bool:
        """Forget a ticker or a symbol; False when it was not known."""
        symbol = cls._symbols.get(what.upper()) if isinstance(what, str) else what
        ticker = None if symbol is None else cls._tickers.pop(symbol, None)
        return ticker is not None and cls._symbols.pop(ticker.upper(), None) is not None

    @classmethod
    def clear(cls) -> None:
        """Forget everything: between runs."""
        cls._missed.clear()
        cls._symbols.clear()
        cls._tickers.clear()


class SymbolDictionary(ExtendedDictionary[Symbol, V]):
    """A dictionary of LEAN's with symbols as keys: a ticker's text finds the symbol it stands for.

    Subclasses give ``_find_symbol`` and ``_pairs``.
    """

    __slots__ = ()

    _pair_types = ("Symbol", "Object")

    def _find_symbol(self, symbol: Symbol) -> tuple[bool, V | None]:
        """Whether the symbol is there, and its value."""
        raise NotImplementedError

    def _find(self, key: Any) -> tuple[bool, V | None]:
        symbol = self._symbol_of(key)
        return (False, None) if symbol is None else self._find_symbol(symbol)

    @staticmethod
    def _symbol_of(key: Any) -> Symbol | None:
        """The symbol a key stands for, ``None`` for a ticker nobody added."""
        if isinstance(key, Symbol):
            return key
        if isinstance(key, str):
            return SymbolCache._get_or_none(key)
        held = getattr(key, "symbol", None)  # LEAN turns a security into its symbol
        if isinstance(held, Symbol):
            return held
        raise TypeError(f"{type(key).__name__} value cannot be converted to QuantConnect.Symbol")

    def _every_symbol(self) -> Iterator[Symbol]:
        """The keys, one by one (leansim's own)."""
        return (symbol for symbol, _ in self._pairs())


Symbol.EMPTY = Symbol._of(SecurityIdentifier.EMPTY, "")
Symbol.NONE = Symbol._of(SecurityIdentifier.NONE, "NONE")
spell_members(Symbol)
