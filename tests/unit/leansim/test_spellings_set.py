"""Members of LEAN's objects are set in either spelling; names of the algorithm's own are what they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from leansim.api.bars import QuoteBar, TradeBar
from leansim.api.order_properties import OrderProperties, TimeInForce
from leansim.api.order_requests import UpdateOrderFields
from leansim.api.universes import SecurityChanges
from leansim.trading.fills import FillModel


@pytest.mark.parametrize(
    ("made", "pascal", "value", "snake"),
    [
        (UpdateOrderFields, "LimitPrice", 2.5, "limit_price"),
        (OrderProperties, "TimeInForce", TimeInForce.DAY, "time_in_force"),
        (TradeBar, "Close", 2.5, "close"),
        (TradeBar, "EndTime", datetime(2021, 1, 4), "end_time"),
        (QuoteBar, "LastBidSize", 2.5, "last_bid_size"),
        (SecurityChanges, "FilterCustomSecurities", True, "filter_custom_securities"),
    ],
)
def test_what_is_set_in_pascal_case_is_what_is_read_in_snake_case(
    made: type[Any], pascal: str, value: object, snake: str
) -> None:
    thing = made()
    setattr(thing, pascal, value)
    assert getattr(thing, snake) == value
    assert getattr(thing, pascal) == value


class Model(FillModel):
    def __init__(self) -> None:
        super().__init__()
        self.algorithm = "one"
        self.Algorithm = "another"


def test_names_of_an_algorithms_own_that_differ_in_spelling_are_two() -> None:
    model = Model()
    assert (model.algorithm, model.Algorithm) == ("one", "another")


def test_what_cannot_be_set_cannot_be_set_in_either_spelling() -> None:
    for name in ("count", "Count"):
        with pytest.raises(AttributeError):
            setattr(SecurityChanges(), name, 3)
