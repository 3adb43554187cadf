"""Reading one JSON object of Tastytrade: exact numbers, aware times, and an error that names the field.

Money arrives as text and sometimes as a bare number, counts as number and sometimes as text, `updated-at` of an order
as milliseconds; unknown fields are ignored and unknown words are kept as they are. Nothing here is ever a float.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar, cast

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_DIGITS = 40


class UnreadablePayload(ValueError):
    """A field is missing or not what it must be; the text is the field's path and never its value."""


class Row:
    """One JSON object, read field by field.

    Every method raises `UnreadablePayload` when the field is missing (unless its name says otherwise) or of the wrong
    kind; JSON null counts as missing.
    """

    __slots__ = ("_data", "_path")

    def __init__(self, data: Mapping[str, object], path: str = "") -> None:
        self._data = data
        self._path = path

    def __contains__(self, key: str) -> bool:
        return self._data.get(key) is not None

    def bad(self, key: str, wanted: str) -> UnreadablePayload:
        """The error of field `key`, to be raised."""
        return UnreadablePayload(f"{self._path}{key}: {wanted}")

    def row(self, key: str) -> Row:
        """An inner object."""
        value = self._data.get(key)
        if not isinstance(value, dict):
            raise self.bad(key, "an object is needed")
        return Row(cast(Mapping[str, object], value), f"{self._path}{key}.")

    def row_or_none(self, key: str) -> Row | None:
        """An inner object, None when missing."""
        return self.row(key) if key in self else None

    def rows(self, key: str) -> tuple[Row, ...]:
        """A list of objects."""
        value = self._data.get(key)
        if not isinstance(value, list):
            raise self.bad(key, "a list is needed")
        found = []
        for position, item in enumerate(value):
            if not isinstance(item, dict):
                raise self.bad(f"{key}[{position}]", "an object is needed")
            found.append(Row(item, f"{self._path}{key}[{position}]."))
        return tuple(found)

    def rows_or_empty(self, key: str) -> tuple[Row, ...]:
        """A list of objects, empty when missing."""
        return self.rows(key) if key in self else ()

    def text(self, key: str) -> str:
        """Text that is not empty."""
        value = self._data.get(key)
        if not isinstance(value, str) or not value:
            raise self.bad(key, "text is needed")
        return value

    def text_or_none(self, key: str) -> str | None:
        """Text, None when missing or empty."""
        value = self._data.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self.bad(key, "text is needed")
        return value

    def text_or(self, key: str, default: str) -> str:
        """Text, `default` when missing or empty."""
        return self.text_or_none(key) or default

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._data.get(key)
        if not isinstance(value, bool):
            raise self.bad(key, "true or false is needed")
        return value

    def flag_or(self, key: str, default: bool) -> bool:
        """True or false, `default` when missing."""
        return self.flag(key) if key in self else default

    def number(self, key: str) -> Decimal:
        """A finite number, written as text or bare."""
        value = self._data.get(key)
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self.bad(key, "a number is needed")
        try:
            found = Decimal(value)
        except InvalidOperation:
            raise self.bad(key, "a number is needed") from None
        if not found.is_finite() or abs(found.adjusted()) > _PLAIN_DIGITS:
            raise self.bad(key, "a finite number is needed")
        return found

    def number_or_none(self, key: str) -> Decimal | None:
        """A finite number; None when missing or the text `NaN`, as a side without a quote is written."""
        if key not in self or self._data[key] == "NaN":
            return None
        return self.number(key)

    def number_or(self, key: str, default: Decimal) -> Decimal:
        """A finite number, `default` when missing."""
        return self.number(key) if key in self else default

    def whole(self, key: str) -> int:
        """A whole number; `3`, `"3"` and `"3.0"` are the same."""
        value = self._data.get(key)
        if type(value) is int:  # nearly always
            return value
        found = self.number(key)
        if found != found.to_integral_value():
            raise self.bad(key, "a whole number is needed")
        return int(found)

    def whole_or_none(self, key: str) -> int | None:
        """A whole number, None when missing."""
        return self.whole(key) if key in self else None

    def day(self, key: str) -> date:
        """A date, `2026-12-18`."""
        try:
            return date.fromisoformat(self.text(key))
        except ValueError:
            raise self.bad(key, "a date is needed") from None

    def moment_or_none(self, key: str) -> datetime | None:
        """An instant in UTC from ISO text with an offset or from milliseconds; None when missing or 0."""
        value = self._data.get(key)
        if value is None or value == 0 or value == "":
            return None
        try:
            if isinstance(value, int) and not isinstance(value, bool):
                return _EPOCH + timedelta(milliseconds=value)
            if isinstance(value, str):
                found = datetime.fromisoformat(value)
                if found.tzinfo is not None:
                    return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self.bad(key, "a time with an offset is needed")

    def moment(self, key: str) -> datetime:
        """An instant in UTC."""
        found = self.moment_or_none(key)
        if found is None:
            raise self.bad(key, "a time is needed")
        return found

    def debit(self, key: str) -> Decimal:
        """A magnitude and its `<key>-effect` as one signed number: a debit positive, a credit negative."""
        magnitude = self.number(key)
        effect = self.text_or_none(f"{key}-effect")
        if magnitude == 0:
            return Decimal(0)
        if magnitude > 0 and effect == "Debit":
            return magnitude
        if magnitude > 0 and effect == "Credit":
            return -magnitude
        raise self.bad(f"{key}-effect", "Debit or Credit with a positive amount is needed")

    def credit(self, key: str) -> Decimal:
        """The same with a credit positive."""
        return -self.debit(key)

    def optional(self, key: str, read: Callable[[str], T]) -> T | None:
        """What `read` makes of the field, None when it is missing."""
        return read(key) if key in self else None


def plain(number: Decimal) -> str:
    """The exact decimal text of a number, without exponent: what goes into a request."""
    return format(number, "f")
