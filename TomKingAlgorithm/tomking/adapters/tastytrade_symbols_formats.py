"""The texts Tastytrade calls instruments by, taken apart and put together; nothing here knows what exists.

Order symbols: ``SPXW  261218P07250000`` (OCC: the root padded to six, date, right, strike in thousandths),
``/ESZ6`` and ``./ESZ6 EW4X6 261127P7300`` (future and option code padded to six each). Quote streams name the same
``.SPXW261218P7250``, ``/ESZ26:XCME`` and ``./EW4X26P7300:XCME``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from tomking.adapters.tastytrade_orders import InstrumentType
from tomking.errors import TomKingError
from tomking.market.contract import Right, plain

_OCC: Final = re.compile(r"([A-Z0-9]{1,6}) {0,5}(\d{6})([CP])(\d{8})")
_STREAMED: Final = re.compile(r"\.([A-Z0-9]{1,6})(\d{6})([CP])(\d+(?:\.\d+)?)")
_FUTURE: Final = re.compile(r"/[A-Z0-9]{1,3}[FGHJKMNQUVXZ]\d")
_FUTURE_OPTION: Final = re.compile(r"\.(/[A-Z0-9 ]{5})([A-Z0-9 ]{6})(\d{6})([CP])(\d+(?:\.\d+)?)")
_STREAMED_FUTURE_OPTION: Final = re.compile(r"(\./[A-Z0-9]{2,}\d\d)([CP])(\d+(?:\.\d+)?)(:[A-Z]+)")
_MOST_THOUSANDTHS: Final = 99_999_999
_ROOT_WIDTH: Final = 6


class UnmappableSymbol(TomKingError):
    """A text or a contract has no counterpart on the other side.

    Attributes:
        product: code of the future whose chain would tell (``ES``); empty when nothing would.
    """

    def __init__(self, text: str, product: str = "") -> None:
        super().__init__(text)
        self.product = product


@dataclass(frozen=True, slots=True)
class OptionText:
    """An option on shares or an index, as its symbol has it."""

    root: str
    expiry: date
    right: Right
    strike: Decimal


@dataclass(frozen=True, slots=True)
class FutureOptionText:
    """An option on a future, as its symbol has it: ``/ESZ6``, ``EW4X6`` and the rest."""

    future: str
    code: str
    expiry: date
    right: Right
    strike: Decimal


def occ(option: OptionText) -> str:
    """The order symbol, 21 characters.

    Raises:
        UnmappableSymbol: root or strike do not fit into it.
    """
    thousandths = option.strike * 1000
    if thousandths != thousandths.to_integral_value() or not 0 < thousandths <= _MOST_THOUSANDTHS:
        raise UnmappableSymbol(f"a strike of {plain(option.strike)} cannot be written in thousandths in 8 digits")
    text = f"{option.root:<{_ROOT_WIDTH}}{option.expiry:%y%m%d}{option.right.value}{int(thousandths):08d}"
    if _OCC.fullmatch(text) is None:
        raise UnmappableSymbol(f"an option root has one to six capital letters and digits, found {option.root!r}")
    return text


def from_occ(text: str) -> OptionText:
    """Opposite of `occ`.

    Raises:
        UnmappableSymbol: not such a symbol.
    """
    found = _OCC.fullmatch(text)
    if found is None or len(text) != _ROOT_WIDTH + 15:
        raise UnmappableSymbol(f"{text!r} is not an option symbol of 21 characters")
    strike = Decimal(plain(Decimal(int(found[4])).scaleb(-3)))
    return OptionText(found[1], _day(text, found[2]), Right(found[3]), strike)


def streamed(option: OptionText) -> str:
    """The name of the option in a stream of quotes: nothing is padded, the strike is a plain number."""
    occ(option)  # what has no order symbol has no other
    return f".{option.root}{option.expiry:%y%m%d}{option.right.value}{plain(option.strike)}"


def from_streamed(text: str) -> OptionText:
    """Opposite of `streamed`.

    Raises:
        UnmappableSymbol: not such a name.
    """
    found = _STREAMED.fullmatch(text)
    if found is None:
        raise UnmappableSymbol(f"{text!r} is not an option's name in a stream of quotes")
    return OptionText(found[1], _day(text, found[2]), Right(found[3]), Decimal(found[4]))


def is_future(text: str) -> bool:
    """``/ESZ6``: code of the product, letter of the month, last digit of the year."""
    return _FUTURE.fullmatch(text) is not None


def future_option(option: FutureOptionText) -> str:
    """The order symbol of an option on a future.

    Raises:
        UnmappableSymbol: the codes do not fit into it.
    """
    head = f".{option.future:<{_ROOT_WIDTH}}{option.code:<{_ROOT_WIDTH}}"
    text = f"{head}{option.expiry:%y%m%d}{option.right.value}{plain(option.strike)}"
    if not is_future(option.future) or _FUTURE_OPTION.fullmatch(text) is None:
        raise UnmappableSymbol(f"{option.future} {option.code} do not make the symbol of an option on a future")
    return text


def from_future_option(text: str) -> FutureOptionText:
    """Opposite of `future_option`.

    Raises:
        UnmappableSymbol: not such a symbol.
    """
    found = _FUTURE_OPTION.fullmatch(text)
    if found is None or not is_future(found[1].rstrip()):
        raise UnmappableSymbol(f"{text!r} is not the symbol of an option on a future")
    return FutureOptionText(
        found[1].rstrip(), found[2].rstrip(), _day(text, found[3]), Right(found[4]), Decimal(found[5])
    )


@dataclass(frozen=True, slots=True)
class StreamedFutureOption:
    """An option on a future, as a stream of quotes names it: ``./EW4X26``, the rest, ``:XCME``; it has no dates."""

    head: str
    right: Right
    strike: Decimal
    tail: str


def streamed_future_option(option: StreamedFutureOption) -> str:
    """The name in a stream of quotes."""
    return f"{option.head}{option.right.value}{plain(option.strike)}{option.tail}"


def from_streamed_future_option(text: str) -> StreamedFutureOption:
    """Opposite of `streamed_future_option`.

    Raises:
        UnmappableSymbol: not such a name.
    """
    found = _STREAMED_FUTURE_OPTION.fullmatch(text)
    if found is None:
        raise UnmappableSymbol(f"{text!r} is not the name of an option on a future in a stream of quotes")
    return StreamedFutureOption(found[1], Right(found[2]), Decimal(found[3]), found[4])


def kind_of(symbol: str) -> InstrumentType:
    """The kind of instrument, by the form of its order symbol."""
    if symbol.startswith("./"):
        return InstrumentType.FUTURE_OPTION
    if symbol.startswith("/"):
        return InstrumentType.FUTURE
    return InstrumentType.EQUITY if _OCC.fullmatch(symbol) is None else InstrumentType.EQUITY_OPTION


def product_of(future: str) -> str:
    """``ES`` of ``/ESZ6``."""
    return future[1:-2]


def _day(text: str, digits: str) -> date:
    try:
        return datetime.strptime(digits, "%y%m%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError as error:
        raise UnmappableSymbol(f"{text!r} names a day that does not exist: {digits}") from error
