"""Which model a brokerage's name stands for."""

from __future__ import annotations

from typing import Final

from leansim.api.enums import AccountType, BrokerageName
from leansim.errors import NotEmulated
from leansim.trading.brokerage_models import (
    CharlesSchwabBrokerageModel,
    DefaultBrokerageModel,
    InteractiveBrokersBrokerageModel,
    TastytradeBrokerageModel,
)
from leansim.trading.equity_brokerages import AxosClearingBrokerageModel, TradierBrokerageModel

_MODELS: Final[dict[BrokerageName, type[DefaultBrokerageModel]]] = {
    BrokerageName.DEFAULT: DefaultBrokerageModel,
    BrokerageName.INTERACTIVE_BROKERS_BROKERAGE: InteractiveBrokersBrokerageModel,
    BrokerageName.TRADIER_BROKERAGE: TradierBrokerageModel,
    BrokerageName.AXOS: AxosClearingBrokerageModel,
    BrokerageName.CHARLES_SCHWAB: CharlesSchwabBrokerageModel,
    BrokerageName.TASTYTRADE: TastytradeBrokerageModel,
}


def brokerage_model(name: BrokerageName, account_type: AccountType = AccountType.MARGIN) -> DefaultBrokerageModel:
    """The model of a brokerage; NotEmulated for those leansim does not have."""
    model = _MODELS.get(name)
    if model is None:
        raise NotEmulated(f"BrokerageName.{name}")
    return model(account_type)
