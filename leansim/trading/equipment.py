"""What a new security gets before the algorithm sees it: holding, cash, and the models it is traded with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leansim.account.bookkeeping import OptionPortfolioModel, SecurityPortfolioModel
from leansim.account.future_margin import FutureMarginModel
from leansim.account.margin import BuyingPowerModel
from leansim.api.enums import DataNormalizationMode, SecurityType
from leansim.api.securities import Option
from leansim.api.symbol_properties import IndexOptionSymbolProperties
from leansim.api.symbols import is_option
from leansim.trading.brokerage_models import DefaultBrokerageModel
from leansim.trading.expiry import DefaultExerciseModel, DefaultOptionAssignmentModel
from leansim.trading.overrides import call
from leansim.trading.price_steps import (
    AdjustedPriceVariationModel,
    EquityPriceVariationModel,
    IndexOptionPriceVariationModel,
    SecurityPriceVariationModel,
)

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.securities import Security
    from leansim.lean_data.folder import DataFolder


def equip(
    security: Security, portfolio: SecurityPortfolioManager, brokerage_model: DefaultBrokerageModel, data: DataFolder
) -> None:
    """Give a new security everything; an initializer of the algorithm's may replace models afterwards."""
    portfolio._adopt(security)
    security.portfolio_model = OptionPortfolioModel() if is_option(security.type) else SecurityPortfolioModel()
    security.price_variation_model = _price_variation_model(security)
    if isinstance(security.symbol_properties, IndexOptionSymbolProperties):
        security.symbol_properties._watch(security.cache)
    if isinstance(security, Option):
        security.option_exercise_model = DefaultExerciseModel()
        security.option_assignment_model = DefaultOptionAssignmentModel()
    initialize_models(brokerage_model, security, data)


def initialize_models(brokerage_model: DefaultBrokerageModel, security: Security, data: DataFolder) -> None:
    """The brokerage model's models of a security: what LEAN's ``BrokerageModelSecurityInitializer`` sets."""
    security.fill_model = call(brokerage_model, "get_fill_model", security)
    security.fee_model = call(brokerage_model, "get_fee_model", security)
    security.slippage_model = call(brokerage_model, "get_slippage_model", security)
    security.settlement_model = call(brokerage_model, "get_settlement_model", security)
    security.margin_interest_rate_model = call(brokerage_model, "get_margin_interest_rate_model", security)
    security.shortable_provider = call(brokerage_model, "get_shortable_provider", security)
    margin: BuyingPowerModel = call(brokerage_model, "get_buying_power_model", security)
    if isinstance(margin, FutureMarginModel):
        margin._read_history = data.margins
    security.buying_power_model = margin


def _price_variation_model(security: Security) -> SecurityPriceVariationModel:
    if security.type == SecurityType.INDEX_OPTION:
        return IndexOptionPriceVariationModel()
    if security.type != SecurityType.EQUITY:
        return SecurityPriceVariationModel()
    if security.data_normalization_mode == DataNormalizationMode.RAW:
        return EquityPriceVariationModel()
    return AdjustedPriceVariationModel()
