"""Frames of Tastytrade's quote stream (DXLink), read; no network.

The desk's quotes come from LEAN's data provider on both roads: this is for who wants to look at the broker's own beside
them. A feed channel first says in which order it gives the fields of each kind of event, then sends long lists of
values. A value that does not exist, the bid of a worthless option or any side of an index, is the text `NaN` and
becomes None.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tomking.adapters.tastytrade_fields import Row, UnreadablePayload


@dataclass(frozen=True, slots=True)
class FeedQuote:
    """Top of book of one streamer symbol; sizes are those of the quote, not the depth of a package."""

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None


@dataclass(frozen=True, slots=True)
class FeedGreeks:
    """The venue's own greeks of one option; `volatility` as a fraction, `theta` a day, `vega` a volatility point."""

    symbol: str
    price: float | None
    volatility: float | None
    delta: float | None
    gamma: float | None
    theta: float | None
    rho: float | None
    vega: float | None


@dataclass(frozen=True, slots=True)
class FeedState:
    """Any other frame: its type, and the state it tells (`AUTHORIZED`), empty when it tells none."""

    kind: str
    state: str


FeedEvent = FeedQuote | FeedGreeks | FeedState


class FeedReader:
    """Reads the frames of one connection in their order: the fields agreed on are part of what it knows."""

    def __init__(self) -> None:
        self._fields: dict[str, tuple[str, ...]] = {}

    def read(self, text: str | bytes) -> list[FeedEvent]:
        """The events of one frame from the server.

        Raises:
            UnreadablePayload: the frame is not what was agreed on.
        """
        try:
            parsed: object = json.loads(text, parse_float=Decimal)
        except ValueError:
            raise UnreadablePayload("frame: JSON is needed") from None
        if not isinstance(parsed, dict):
            raise UnreadablePayload("frame: an object is needed")
        row = Row(parsed)
        kind = row.text("type")
        if kind == "FEED_CONFIG":
            self._agree(parsed.get("eventFields"))
        if kind == "FEED_DATA":
            return list(self._events(parsed.get("data")))
        return [FeedState(kind, row.text_or("state", ""))]

    def _agree(self, fields: object) -> None:
        if isinstance(fields, dict):
            self._fields |= {kind: tuple(names) for kind, names in fields.items()}

    def _events(self, data: object) -> Iterator[FeedEvent]:
        if not isinstance(data, list) or len(data) % 2:
            raise UnreadablePayload("data: pairs of kind and values are needed")
        for kind, values in zip(data[::2], data[1::2], strict=True):
            fields = self._fields.get(kind, ())
            if not fields or not isinstance(values, list) or len(values) % len(fields):
                raise UnreadablePayload(f"data: {kind} does not come in the fields agreed on")
            for start in range(0, len(values), len(fields)):
                event = self._event(kind, dict(zip(fields, values[start : start + len(fields)], strict=True)))
                if event is not None:
                    yield event

    def _event(self, kind: str, values: Mapping[str, object]) -> FeedEvent | None:
        row = Row(values)
        symbol = row.text("eventSymbol")
        if kind == "Quote":
            return FeedQuote(symbol, *(row.number_or_none(name) for name in _QUOTE))
        if kind == "Greeks":
            return FeedGreeks(symbol, *_floats(row, _GREEKS))
        return None


_QUOTE = ("bidPrice", "askPrice", "bidSize", "askSize")
_GREEKS = ("price", "volatility", "delta", "gamma", "theta", "rho", "vega")


def _floats(row: Row, names: Sequence[str]) -> Iterator[float | None]:
    for name in names:
        number = row.number_or_none(name)
        yield None if number is None else float(number)
