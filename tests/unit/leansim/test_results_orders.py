"""Orders in LEAN's shape: what differs between its files and the text under its fingerprint."""

from __future__ import annotations

from datetime import UTC, datetime

from leansim.api.enums import SecurityType
from leansim.api.order_properties import InteractiveBrokersOrderProperties
from leansim.api.orders import MarketOrder
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
