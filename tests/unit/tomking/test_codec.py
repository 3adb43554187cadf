from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from builders import NOON, call, condor, created, put
from hypothesis import given
from hypothesis import strategies as st
from tomking import codec, events
from tomking.errors import JournalCorrupt
from tomking.events import Event, ExitReason, LegFilled, OperatorNote, TradingState, TradingStateChanged
from tomking.market.contract import Contract, Kind, Right, Style, future, option, shares
from tomking.market.leg import Leg
from tomking.state import Note

EVENTS = [
    kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
]
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
DATES = st.dates(date(1990, 1, 1), date(2090, 1, 1))
ROOTS = st.text("ABCDEFGXYZ", min_size=1, max_size=5)
OPTIONS = st.builds(
    option,
    ROOTS,
    DATES,
    st.decimals(min_value=Decimal("0.01"), max_value=99_999, places=3),
    st.sampled_from(Right),
    root=ROOTS,
    style=st.sampled_from(Style),
    multiplier=st.integers(1, 5000),
    delivery=st.none() | DATES,
)
CONTRACTS = OPTIONS | st.builds(shares, ROOTS) | st.builds(future, ROOTS, DATES, st.integers(1, 5000))
st.register_type_strategy(Contract, CONTRACTS)
st.register_type_strategy(Leg, st.builds(Leg, CONTRACTS, st.integers(1, 9) | st.integers(-9, -1)))
st.register_type_strategy(Decimal, DECIMALS)
st.register_type_strategy(datetime, st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_comes_back_equal(kind: type[Event]) -> None:
    @given(st.builds(kind, **{name: st.from_type(hint) for name, hint in get_type_hints(kind).items()}))
    def round_trip(event: Event) -> None:
        text = codec.to_json(event)
        assert "\n" not in text
        again = codec.from_json(text)
        assert again == event
        assert codec.to_json(again) == text

    round_trip()


def test_every_field_of_an_event_is_written_but_those_that_are_empty_by_default() -> None:
    for kind in EVENTS:
        assert is_dataclass(kind)
    bare = created()
    names = {field.name for field in fields(bare)}
    empty = {"exit_reason", "max_loss", "incoming", "rolled_into", "spot", "most_requirement"}
    assert set(json.loads(codec.to_json(bare))) == {"kind", *names} - empty
    full = replace(
        bare,
        exit_reason=ExitReason.PROFIT,
        max_loss=Decimal(0),
        incoming=bare.legs,
        rolled_into="p",
        spot=Decimal(0),
        most_requirement=Decimal(0),
    )
    assert set(json.loads(codec.to_json(full))) == {"kind", *names}


@given(st.text())
def test_any_text_is_one_line_of_json(text: str) -> None:
    note = OperatorNote("N", text)
    written = codec.to_json(note)
    assert "\n" not in written
    assert codec.from_json(written) == note


def test_decimals_keep_their_digits() -> None:
    fill = LegFilled("f", "a-r-1.r.1", put("2710.50"), -2, Decimal("3.050"), Decimal("0"))
    again = codec.from_json(codec.to_json(fill))
    assert isinstance(again, LegFilled)
    assert str(again.price) == "3.050"
    assert str(again.contract.strike) == "2710.50"


@given(CONTRACTS)
def test_contracts_come_back_with_all_their_facts(contract: Contract) -> None:
    again = codec.contract_from_text(codec.contract_to_text(contract))
    assert again == contract
    assert hash(again) == hash(contract)


def test_a_put_is_not_a_call() -> None:
    assert put(2700) != call(2700)
    assert codec.contract_to_text(put(2700)) != codec.contract_to_text(call(2700))
    assert Contract(Kind.SHARES, "A", "A", 1) != Contract(Kind.SHARES, "B", "B", 1)


def _broken(change: dict[str, Any], drop: str = "") -> str:
    data = json.loads(codec.to_json(TradingStateChanged(TradingState.ACTIVE, "C", "text")))
    data.update(change)
    data.pop(drop, None)
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        _broken({"kind": "NoSuchEvent"}),
        _broken({"kind": "Event"}),
        _broken({"kind": "Contract"}),
        _broken({}, "kind"),
        _broken({}, "text"),
        _broken({"extra": 1}),
        _broken({"state": "sleepy"}),
        _broken({"text": 5}),
        _broken({"text": None}),
    ],
)
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(JournalCorrupt):
        codec.from_json(text)


def test_each_record_is_looked_at_anew() -> None:
    codec.from_json(_broken({}))
    with pytest.raises(JournalCorrupt, match="text"):
        codec.from_json(_broken({"text": 5}))


def test_each_part_of_a_state_is_looked_at_anew() -> None:
    note = {"at": "2018-01-05T17:00:00+00:00", "code": "C", "text": "text"}
    codec.read(Note, note)
    with pytest.raises(JournalCorrupt, match="text"):
        codec.read(Note, {**note, "text": 5})


def test_a_package_of_anything_but_legs_is_refused() -> None:
    data = json.loads(codec.to_json(created(condor())))
    for legs in ([5], [None], [["+1"]], ["+1 nonsense"], "+1"):
        with pytest.raises(JournalCorrupt):
            codec.event_from_data({**data, "legs": legs})


def test_a_field_added_later_reads_as_its_default() -> None:
    data = json.loads(codec.to_json(created(condor())))
    del data["requirement"]
    assert codec.event_from_data(data) == created(condor())


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        codec._instant_to_text(NOON.replace(tzinfo=None))
