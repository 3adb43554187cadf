"""`SecurityIdentifier`: what a security is, in a ticker and one 64-bit number, and its text in base 36.

The number's decimal digits, from the right: security type 2, market 3, strike scale 2, strike 6, option style 1, days
since 1899-12-30 5, right 1. A strike of 20 bits whose highest bit is set is negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, Final

from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.markets import Market
from leansim.api.naming import FixedClrObject, spell_members
from leansim.api.net import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    FormatException,
    InvalidOperationException,
)
from leansim.api.reference import reference_data
from leansim.numbers import dec

DEFAULT_DATE: Final = datetime(1899, 12, 30)
"""Day 0 of an identifier: no date."""

_MARKET = 100
_SCALE = _MARKET * 1_000
_STRIKE = _SCALE * 100
_STYLE = _STRIKE * 1_000_000
_DAYS = _STYLE * 10
_RIGHT = _DAYS * 100_000
_NEGATIVE = 1 << 19
_STRIKE_LIMIT = 475_712
_STRIKE_DIGITS = 6
# of each strike scale: 10 ** (scale - 6), written without exponent so that a strike's text is plain
_POWERS: Final = [
    Decimal(10) ** (scale - _STRIKE_DIGITS) if scale < 6 else Decimal(10 ** (scale - 6)) for scale in range(100)
]
_BASE_36: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

OPTION_TYPES: Final = frozenset({SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION})
_DATED: Final = frozenset(
    {
        SecurityType.BASE,
        SecurityType.EQUITY,
        SecurityType.OPTION,
        SecurityType.FUTURE,
        SecurityType.INDEX,
        SecurityType.FUTURE_OPTION,
        SecurityType.INDEX_OPTION,
        SecurityType.CRYPTO_FUTURE,
    }
)
_TYPES: Final = {int(kind): kind for kind in SecurityType}


def encode_base36(number: int) -> str:
    """The number in base 36; 0 is the empty text, as in LEAN."""
    digits = []
    while number:
        number, digit = divmod(number, 36)
        digits.append(_BASE_36[digit])
    return "".join(reversed(digits))


def decode_base36(text: str) -> int:
    """The number of a base 36 text; FormatException for other characters."""
    number = 0
    for character in text:
        digit = _BASE_36.find(character)
        if digit < 0:
            raise FormatException(f"{text!r} is not a number in base 36")
        number = number * 36 + digit
    return number


@lru_cache(maxsize=1 << 15)
def strike_digits(strike: Decimal) -> int:
    """Strike and its scale at their places in the number."""
    if not strike:
        return 0
    scaled = strike.scaleb(_STRIKE_DIGITS)
    scale = 0
    while not scaled % 10:
        scaled /= 10
        scale += 1
    if not -_STRIKE_LIMIT < scaled < _STRIKE_LIMIT:
        raise ArgumentException(f"The specified strike price's precision is too high: {strike}")
    whole = int(scaled)
    encoded = whole if whole >= 0 else -whole | _NEGATIVE
    return encoded * _STRIKE + scale * _SCALE


class SecurityIdentifier(FixedClrObject):
    """A unique identifier of a security.

    Attributes:
        symbol: the ticker the identity is built on: of an equity its first one.
        security_type: the kind of security.

    """

    EMPTY: ClassVar[SecurityIdentifier]
    NONE: ClassVar[SecurityIdentifier]
    DEFAULT_DATE: ClassVar[datetime] = DEFAULT_DATE

    __slots__ = (
        "_date",
        "_hash",
        "_properties",
        "_right",
        "_strike",
        "_strike_price",
        "_style",
        "_text",
        "_underlying",
        "security_type",
        "symbol",
    )
    _missing = (
        "INVALID_SYMBOL_CHARACTERS",
        "compare_to",
        "equals",
        "generate_base_symbol",
        "generate_constituent_identifier",
        "get_hash_code",
        "ticker",
        "try_get_custom_data_type",
        "try_get_custom_data_type_instance",
    )

    def __init__(self, symbol: str, properties: int, underlying: SecurityIdentifier | None = None) -> None:
        if symbol is None:
            raise ArgumentNullException("symbol")
        if "|" in symbol or " " in symbol:
            raise ArgumentException("symbol must not contain the characters '|' or ' '.")
        kind = _TYPES.get(properties % 100)
        if kind is None:
            raise ArgumentException("The provided properties do not match with a valid SecurityType")
        self.symbol = symbol
        self.security_type = kind
        self._properties = properties
        self._underlying = None if underlying is None or underlying == EMPTY else underlying
        self._hash = hash((symbol, properties))
        self._text: str | None = None
        self._date: datetime | None = None
        self._strike: Decimal | None = None
        self._strike_price: float | None = None
        self._right: OptionRight | None = None
        self._style: OptionStyle | None = None

    # --- what it says ---

    @property
    def has_underlying(self) -> bool:
        """Whether it is derived from another security."""
        return self._underlying is not None

    @property
    def underlying(self) -> SecurityIdentifier:
        """The security it is derived from; InvalidOperationException when there is none."""
        if self._underlying is None:
            raise InvalidOperationException("No underlying specified for this identifier.")
        return self._underlying

    @property
    def market(self) -> str:
        """Where it trades; the code's text for an unknown market."""
        code = self._properties // _MARKET % 1_000
        return Market.decode(code) or str(code)

    @property
    def date(self) -> datetime:
        """Of a derivative its expiry, of an equity its first day; 1899-12-30 when there is none."""
        if self._date is None:
            if self.security_type not in _DATED:
                raise InvalidOperationException("Date is only defined for SecurityType.Equity, Option, Future and Base")
            self._date = DEFAULT_DATE + timedelta(days=self._properties // _DAYS % 100_000)
        return self._date

    @property
    def _exact_strike(self) -> Decimal:
        """The strike price, exact; InvalidOperationException when it is no option."""
        if self._strike is None:
            self._option("StrikePrice")
            scale = self._properties // _SCALE % 100
            digits = self._properties // _STRIKE % 1_000_000
            sign = 1
            if digits >> 19 & 1:
                digits, sign = digits ^ _NEGATIVE, -1
            self._strike = sign * digits * _POWERS[scale]
        return self._strike

    @property
    def strike_price(self) -> float:
        """The strike price; InvalidOperationException when it is no option."""
        if self._strike_price is None:
            self._strike_price = float(self._exact_strike)
        return self._strike_price

    @property
    def option_right(self) -> OptionRight:
        """Call or put; InvalidOperationException when it is no option."""
        if self._right is None:
            self._option("OptionRight")
            self._right = OptionRight.PUT if self._properties // _RIGHT % 10 else OptionRight.CALL
        return self._right

    @property
    def option_style(self) -> OptionStyle:
        """American or European; InvalidOperationException when it is no option."""
        if self._style is None:
            self._option("OptionStyle")
            self._style = OptionStyle(self._properties // _STYLE % 10)
        return self._style

    def _option(self, member: str) -> None:
        if self.security_type not in OPTION_TYPES:
            raise InvalidOperationException(f"{member} is only defined for SecurityType.Option")

    # --- text and comparison ---

    def to_string(self) -> str:
        """Ticker, space, number in base 36; then ``|`` and the underlying's text."""
        if self._text is None:
            own = f"{self.symbol} {encode_base36(self._properties) or '0'}"
            self._text = own if self._underlying is None else f"{own}|{self._underlying}"
        return self._text

    __str__ = to_string

    def __repr__(self) -> str:
        return self.to_string()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, SecurityIdentifier):
            return False
        return (
            self._properties == other._properties
            and self.symbol == other.symbol
            and self._underlying == other._underlying
        )

    def __hash__(self) -> int:
        return self._hash

    def __lt__(self, other: SecurityIdentifier) -> bool:
        return self.to_string() < other.to_string()

    def __le__(self, other: SecurityIdentifier) -> bool:
        return self.to_string() <= other.to_string()

    def __gt__(self, other: SecurityIdentifier) -> bool:
        return self.to_string() > other.to_string()

    def __ge__(self, other: SecurityIdentifier) -> bool:
        return self.to_string() >= other.to_string()

    def __reduce__(self) -> tuple[Any, ...]:
        return SecurityIdentifier, (self.symbol, self._properties, self._underlying)

    # --- making ---

    @staticmethod
    def parse(value: str) -> SecurityIdentifier:
        """The identifier of a text; FormatException or ArgumentException when it is none."""
        return _parse(value)

    @staticmethod
    def try_parse(value: str, identifier: object = None) -> tuple[bool, SecurityIdentifier | None]:
        """Whether the text is an identifier, and the identifier (pythonnet returns an ``out`` parameter that way)."""
        del identifier
        try:
            return True, _parse(value)
        except (FormatException, ArgumentException):
            return False, None

    @staticmethod
    def generate_equity(*arguments: Any, **named: Any) -> SecurityIdentifier:
        """``(symbol, market, map_symbol=True)``, looked up in map files; or ``(date, symbol, market)``, as given."""
        if arguments and isinstance(arguments[0], datetime):
            return _equity_listed(*arguments, **named)
        return _equity_named(*arguments, **named)

    @staticmethod
    def generate_option(
        expiry: datetime, underlying: SecurityIdentifier, *rest: Any, **named: Any
    ) -> SecurityIdentifier:
        """``(expiry, underlying, [target_option,] market, strike, option_right, option_style)``."""
        full = 5
        if len(rest) + len(named) < full and "target_option" not in named:
            return _option(expiry, underlying, None, *rest, **named)
        return _option(expiry, underlying, *rest, **named)

    @staticmethod
    def generate_future(expiry: datetime, symbol: str, market: str) -> SecurityIdentifier:
        """A future that expires at ``expiry``; the default date makes the canonical one."""
        return _generate(expiry, symbol, SecurityType.FUTURE, market)

    @staticmethod
    def generate_index(symbol: str, market: str) -> SecurityIdentifier:
        """An index."""
        return _generate(DEFAULT_DATE, symbol, SecurityType.INDEX, market)

    @staticmethod
    def generate_forex(symbol: str, market: str) -> SecurityIdentifier:
        """A currency pair."""
        return _generate(DEFAULT_DATE, symbol, SecurityType.FOREX, market)

    @staticmethod
    def generate_cfd(symbol: str, market: str) -> SecurityIdentifier:
        """A contract for difference."""
        return _generate(DEFAULT_DATE, symbol, SecurityType.CFD, market)

    @staticmethod
    def generate_crypto(symbol: str, market: str) -> SecurityIdentifier:
        """A crypto pair."""
        return _generate(DEFAULT_DATE, symbol, SecurityType.CRYPTO, market)

    @staticmethod
    def generate_crypto_future(expiry: datetime, symbol: str, market: str) -> SecurityIdentifier:
        """A crypto future."""
        return _generate(expiry, symbol, SecurityType.CRYPTO_FUTURE, market)

    @staticmethod
    def generate_base(data_type: type | None, symbol: str, market: str) -> SecurityIdentifier:
        """Custom data: its ticker is ``TICKER.TypeName``."""
        ticker = symbol if data_type is None else f"{symbol.upper()}.{data_type.__name__}"
        return _generate(DEFAULT_DATE, ticker, SecurityType.BASE, market, upper=False)


def _generate(
    date: datetime,
    symbol: str,
    kind: SecurityType,
    market: str,
    strike: Decimal = Decimal(0),
    right: OptionRight = OptionRight.CALL,
    style: OptionStyle = OptionStyle.AMERICAN,
    underlying: SecurityIdentifier | None = None,
    *,
    upper: bool = True,
) -> SecurityIdentifier:
    if date < DEFAULT_DATE:
        raise ArgumentOutOfRangeException(f"date must be after the earliest possible date {DEFAULT_DATE}")
    properties = (
        int(right) * _RIGHT
        + (date - DEFAULT_DATE).days * _DAYS
        + int(style) * _STYLE
        + strike_digits(strike)
        + _market_code(market) * _MARKET
        + int(kind)
    )
    made = SecurityIdentifier(symbol.upper() if upper else symbol, properties, underlying)
    # LEAN keeps what it was given: a future's expiry keeps its hour, a strike its lost digits
    if kind in _DATED:
        made._date = date
    if kind in OPTION_TYPES:
        made._strike = strike
    return made


def _market_code(market: str) -> int:
    code = Market.encode(market.lower())
    if code is None:
        raise ArgumentOutOfRangeException(
            f"The specified market wasn't found in the markets lookup. Requested: {market}. "
            "You can add markets by calling QuantConnect.Market.add(string, int)"
        )
    return code


def _equity_named(symbol: str, market: str, map_symbol: bool = True) -> SecurityIdentifier:
    first = DEFAULT_DATE
    reference = reference_data()
    if map_symbol and reference is not None:
        known = reference.first_ticker(symbol, market)
        if known is not None:
            symbol, first = known
    return _equity_listed(first, symbol, market)


def _equity_listed(date: datetime, symbol: str, market: str) -> SecurityIdentifier:
    return _generate(date, symbol, SecurityType.EQUITY, market)


_OPTION_ON: Final = {
    SecurityType.EQUITY: SecurityType.OPTION,
    SecurityType.FUTURE: SecurityType.FUTURE_OPTION,
    SecurityType.INDEX: SecurityType.INDEX_OPTION,
}


def option_type_on(underlying: SecurityType) -> SecurityType:
    """The kind of option on a kind of security; ArgumentException when there is none."""
    kind = _OPTION_ON.get(underlying)
    if kind is None:
        raise ArgumentException(f"No option type exists for underlying SecurityType: {underlying}")
    return kind


def underlying_type_of(option: SecurityType) -> SecurityType:
    """The kind of security under a kind of option; ArgumentException when it is no option."""
    for underlying, kind in _OPTION_ON.items():
        if kind == option:
            return underlying
    raise ArgumentException(f"No underlying type exists for option SecurityType: {option}")


def _option(
    expiry: datetime,
    underlying: SecurityIdentifier,
    target_option: str | None,
    market: str,
    strike: float | Decimal,
    option_right: OptionRight,
    option_style: OptionStyle,
) -> SecurityIdentifier:
    if not target_option:
        target_option = underlying.symbol
        if underlying.security_type == SecurityType.FUTURE:
            target_option = option_root_of_future(underlying.symbol)
    kind = option_type_on(underlying.security_type)
    return _generate(expiry, target_option, kind, market, dec(strike), option_right, option_style, underlying)


class ContractIdentifiers:
    """Makes the identifiers of the contracts of one root: what does not change from contract to contract is done once.

    A chain of a year has tens of thousands of contracts; this takes a tenth of the general way's time.
    """

    def __init__(self, canonical: SecurityIdentifier) -> None:
        self._root = canonical.symbol
        self._kind = canonical.security_type
        self._underlying = canonical.underlying
        self._base = canonical._properties % _SCALE

    def numbers(self, style: OptionStyle, right: OptionRight, strikes: Iterable[int], expiry: datetime) -> list[int]:
        """The numbers of the contracts of one expiry and right, whose strikes are given as :func:`strike_digits`."""
        first = int(right) * _RIGHT + (expiry - DEFAULT_DATE).days * _DAYS + int(style) * _STYLE + self._base
        if first < _RIGHT:
            return [first + digits for digits in strikes]
        last = _RIGHT - 1 - first
        return [last - digits for digits in strikes]

    def make(
        self,
        style: OptionStyle,
        right: OptionRight,
        numbers: Iterable[int],
        strikes: Iterable[Decimal],
        expiry: datetime,
    ) -> Iterator[SecurityIdentifier]:
        """The identifiers of these of them."""
        root, kind, underlying = self._root, self._kind, self._underlying
        for number, strike in zip(numbers, strikes, strict=True):
            properties = number if number >= 0 else _RIGHT - 1 - number
            made = SecurityIdentifier.__new__(SecurityIdentifier)
            made.symbol = root
            made.security_type = kind
            made._properties = properties
            made._underlying = underlying
            made._hash = hash((root, properties))
            made._text = made._strike_price = None
            made._date = expiry
            made._strike = strike
            made._right = right
            made._style = style
            yield made

    def of_number(self, number: int) -> SecurityIdentifier:
        """The identifier of a contract's number."""
        properties = number if number >= 0 else _RIGHT - 1 - number
        return SecurityIdentifier(self._root, properties, self._underlying)


def contract_number(contract: SecurityIdentifier) -> int:
    """What tells an option from the others of its root, as a whole number of 64 bits: negative for puts."""
    properties = contract._properties
    return properties if properties < _RIGHT else _RIGHT - 1 - properties


@lru_cache(maxsize=1 << 17)
def _parse(value: str) -> SecurityIdentifier:
    if not value.strip() or value == " 0":
        return EMPTY
    identifier: SecurityIdentifier | None = None
    for part in reversed(value.split("|")):
        pieces = part.split()
        if len(pieces) != 2:
            raise FormatException("The string must be splittable on space into two parts.")
        identifier = SecurityIdentifier(pieces[0], decode_base36(pieces[1]), identifier)
        _market_code(identifier.market)
    assert identifier is not None
    return identifier


# Tickers of the options on futures whose options have a ticker of their own.
_FUTURE_TO_OPTION: Final = {
    "EH": "OEH", "KE": "OKE", "TN": "OTN", "UB": "OUB", "YM": "OYM", "ZB": "OZB", "ZC": "OZC", "ZF": "OZF",
    "ZL": "OZL", "ZM": "OZM", "ZN": "OZN", "ZO": "OZO", "ZS": "OZS", "ZT": "OZT", "ZW": "OZW", "RTY": "RTO",
    "GC": "OG", "HG": "HXE", "SI": "SO", "CL": "LO", "HCL": "HCO", "HO": "OH", "NG": "ON", "PA": "PAO",
    "PL": "PO", "RB": "OB", "YG": "OYG", "ZG": "OZG", "ZI": "OZI", "6A": "ADU", "6B": "GBU", "6C": "CAU",
    "6E": "EUU", "6J": "JPU", "6S": "CHU",
}  # fmt: skip
_OPTION_TO_FUTURE: Final = {option: future for future, option in _FUTURE_TO_OPTION.items()}


def option_root_of_future(future: str) -> str:
    """The ticker of the options on a future: ``CL`` → ``LO``; most are the future's own."""
    return _FUTURE_TO_OPTION.get(future.upper(), future.upper())


def future_root_of_option(option: str) -> str:
    """The ticker of the future under a futures option: ``LO`` → ``CL``."""
    return _OPTION_TO_FUTURE.get(option.upper(), option.upper())


EMPTY: SecurityIdentifier = SecurityIdentifier.__new__(SecurityIdentifier)
# made by hand: the constructor compares its underlying with EMPTY
EMPTY.symbol, EMPTY.security_type, EMPTY._properties, EMPTY._underlying = "", SecurityType.BASE, 0, None
EMPTY._hash, EMPTY._text, EMPTY._date = hash(("", 0)), None, None
EMPTY._strike, EMPTY._strike_price, EMPTY._right, EMPTY._style = None, None, None, None
NONE: Final = SecurityIdentifier("NONE", 0)


SecurityIdentifier.EMPTY = EMPTY
SecurityIdentifier.NONE = NONE
spell_members(SecurityIdentifier)
