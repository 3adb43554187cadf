"""The configurations of a symbol, as an algorithm reads them."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from leansim.api.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from leansim.api.subscription_configs import configs_of
from leansim.api.symbols import Symbol
from leansim.feed.subscriptions import SubscriptionRequest


def test_a_contract_a_chain_selected_is_configured_under_its_own_symbol() -> None:
    chain = Symbol.create("ES", SecurityType.FUTURE, "cme")
    contract = Symbol.create_future("ES", "cme", datetime(2020, 3, 20))
    as_selected = SubscriptionRequest(
        chain, Resolution.MINUTE, normalization=DataNormalizationMode.BACKWARDS_RATIO
    ).for_members()
    feed = SimpleNamespace(
        is_subscribed=lambda _: True, request_of=lambda _: as_selected, tick_types=lambda _: (TickType.TRADE,)
    )
    (config,) = configs_of(cast(Any, SimpleNamespace(feed=feed)), contract)
    assert config.symbol == contract
    assert str(config).startswith(contract.value)
