"""Orders in LEAN's shape: what differs between its files and the text under its fingerprint."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from leansim.api.enums import OrderType, SecurityType
from leansim.api.order_properties import InteractiveBrokersOrderProperties
from leansim.api.order_requests import SubmitOrderRequest
from leansim.api.orders import LimitOrder, MarketOrder, OrderSubmissionData, create_order
from leansim.api.symbols import Symbol
from leansim.results.orders_json import order_as_json

SPY = Symbol.create("SPY", SecurityType.EQUITY, "usa")


def test_a_brokerages_own_properties_have_other_names_under_the_fingerprint() -> None:
    properties = InteractiveBrokersOrderProperties()
    properties.fa_group = "TestGroup"
    order = MarketOrder(SPY, 1, datetime(2013, 10, 7, 13, 30, tzinfo=UTC), "", properties)
    in_files = order_as_json(order)["properties"]
    hashed = order_as_json(order, rounded=True)["properties"]
    assert list(in_files) == [
        "account", "faGroup", "faMethod", "faPercentage", "faProfile", "outsideRegularTradingHours", "timeInForce",
    ]  # fmt: skip
    assert list(hashed) == [
        "Account", "FaGroup", "FaMethod", "FaPercentage", "FaProfile", "OutsideRegularTradingHours", "timeInForce",
    ]  # fmt: skip
    assert list(hashed.values()) == list(in_files.values())
    assert hashed["FaGroup"] == "TestGroup"


@pytest.mark.parametrize(
    ("quantity", "limit", "in_files", "hashed"),
    [
        (10, "145.015173352", True, True),
        (10, "145.421547854", True, False),
        (-10, "145.421547854", True, True),
        (-10, "145.015173352", True, False),
    ],
)
def test_the_fingerprint_asks_the_rounded_limit_whether_it_reaches_the_quote(
    quantity: int, limit: str, in_files: bool, hashed: bool
) -> None:
    price = Decimal(limit)
    order = LimitOrder(SPY, quantity, price, datetime(2013, 10, 7, 14, tzinfo=UTC))
    order.order_submission_data = OrderSubmissionData(price, price, price)
    assert order_as_json(order)["isMarketable"] is in_files
    assert order_as_json(order, rounded=True)["isMarketable"] is hashed


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (datetime(2013, 10, 8, 9, 40, 1), "2013-10-08T09:40:01"),
        (datetime(2013, 10, 8, 13, 40, 1, tzinfo=UTC), "2013-10-08T13:40:01Z"),
    ],
)
def test_an_order_is_as_old_as_its_request_says(time: datetime, written: str) -> None:
    # a margin call's requests made anew by the algorithm carry its own time, which has no zone
    request = SubmitOrderRequest(OrderType.MARKET, SecurityType.EQUITY, SPY, -10, 0, 0, time, "on_margin_call")
    shape = order_as_json(create_order(request))
    assert (shape["time"], shape["createdTime"]) == (written, written)
