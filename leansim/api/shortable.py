"""Who says how many shares can be borrowed for a short sale, and at what rates."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple

from leansim.api.naming import ClrObject, ClrStatic
from leansim.api.reference import required_reference_data
from leansim.errors import DataError

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol


class NullShortableProvider(ClrObject):
    """Everything can be borrowed, for nothing. Base of providers written in an algorithm."""

    INSTANCE: NullShortableProvider

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """What borrowing costs a year, as a fraction."""
        return 0.0

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """What lending brings a year, as a fraction."""
        return 0.0

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        """How many shares can be borrowed; ``None``: as many as one likes."""
        return None


NullShortableProvider.INSTANCE = NullShortableProvider()


class _Terms(NamedTuple):
    quantity: int | None
    rebate: Decimal
    fee: Decimal


class LocalDiskShortableProvider(NullShortableProvider):
    """The files of a brokerage in the data folder; a day without a line is as if there were no limit."""

    def __init__(self, brokerage: str) -> None:
        self._brokerage = brokerage.lower()
        self._read: dict[Symbol, dict[date, _Terms]] = {}

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        terms = self._terms(symbol, local_time)
        return 0.0 if terms is None else float(terms.fee)

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        terms = self._terms(symbol, local_time)
        return 0.0 if terms is None else float(terms.rebate)

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        terms = self._terms(symbol, local_time)
        return None if terms is None else terms.quantity

    def _terms(self, symbol: Symbol, local_time: datetime) -> _Terms | None:
        known = self._read.get(symbol)
        if known is None:
            known = self._read[symbol] = _read(symbol, self._brokerage)
        return known.get(local_time.date())


class ShortableProvider(metaclass=ClrStatic):
    """LEAN's names of providers."""

    NULL = NullShortableProvider.INSTANCE


def _read(symbol: Symbol, brokerage: str) -> dict[date, _Terms]:
    kind = str(symbol.security_type).replace("_", "").lower()
    relative = f"{kind}/{symbol.id.market}/shortable/{brokerage}/symbols/{symbol.value.lower()}.csv"
    path = required_reference_data().path(relative)
    if path is None:
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        day, *cells = line.split(",")
        quantity, rebate, fee = (cell.strip() for cell in [*cells, "", "", ""][:3])
        try:
            terms = _Terms(int(quantity) if quantity else None, _percent(rebate), _percent(fee))
            found[date(int(day[:4]), int(day[4:6]), int(day[6:8]))] = terms
        except (ValueError, InvalidOperation) as error:
            raise DataError(f"{path}: the line {line!r} is not in LEAN's format of shortable shares") from error
    return found


def _percent(text: str) -> Decimal:
    return Decimal(text or 0) / 100
