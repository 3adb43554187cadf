"""Text of result files: what is nested, empty, derived from a plain class, or not text at all."""

from __future__ import annotations

import json
from collections import OrderedDict
from decimal import Decimal
from enum import IntEnum

import pytest

from leansim.results.lean_json import dumps, iso_time


class Kind(IntEnum):
    CALL = 0


class Name(str):
    __slots__ = ()


def test_a_document_is_written_on_one_line_or_indented() -> None:
    value = {"a": [1, {"b": None, 2: True}], "c": {}, "d": (), "e": [[], 'é\n"']}
    assert dumps(value) == '{"a":[1,{"b":null,"2":true}],"c":{},"d":[],"e":[[],"é\\n\\""]}'
    assert dumps(value, indent=True) == json.dumps(value, indent=2, ensure_ascii=False)


def test_numbers_have_a_point_unless_they_count() -> None:
    assert dumps([Decimal(70), Decimal("1.50"), Decimal("-0"), 3, 2.0, 1e20]) == "[70.0,1.50,0.0,3,2.0,1E+20]"


def test_values_of_derived_classes_are_written_as_what_they_derive_from() -> None:
    assert dumps(OrderedDict([(Name("n"), Kind.CALL), ("t", Name("x"))])) == '{"n":0,"t":"x"}'
    assert dumps(Kind.CALL) == "0"
    assert dumps([OrderedDict()]) == "[{}]"
    with pytest.raises(TypeError, match="object has no place"):
        dumps([object()])


def test_an_instant_shows_a_fraction_only_when_it_has_one() -> None:
    noon = 1_451_649_600_000_000_000
    assert iso_time(noon) == "2016-01-01T12:00:00Z"
    assert iso_time(noon + 500_000_000) == "2016-01-01T12:00:00.5Z"
    assert iso_time(noon + 100) == "2016-01-01T12:00:00.0000001Z"
    assert iso_time(noon + 99) == "2016-01-01T12:00:00Z"
