"""The models an algorithm may use, replace or subclass, under LEAN's names."""

from __future__ import annotations

from leansim.account.bookkeeping import OptionPortfolioModel, SecurityPortfolioModel
from leansim.account.cash import Cash, CashBook, ConvertibleCashAmount
from leansim.account.future_margin import FutureMarginModel, FuturesOptionsMarginModel
from leansim.account.group_margin import (
    OptionStrategyPositionGroupBuyingPowerModel,
    PositionGroupInitialMarginParameters,
    PositionGroupMaintenanceMarginParameters,
    SecurityPositionGroupBuyingPowerModel,
)
from leansim.account.holdings import FutureHolding, OptionHolding, SecurityHolding
from leansim.account.margin import (
    BuyingPower,
    BuyingPowerModel,
    BuyingPowerParameters,
    ConstantBuyingPowerModel,
    HasSufficientBuyingPowerForOrderParameters,
    HasSufficientBuyingPowerForOrderResult,
    InitialMargin,
    InitialMarginParameters,
    InitialMarginRequiredForOrderParameters,
    MaintenanceMargin,
    MaintenanceMarginParameters,
    NullBuyingPowerModel,
    OptionMarginModel,
    ReservedBuyingPowerForPosition,
    ReservedBuyingPowerForPositionParameters,
    SecurityMarginModel,
)
from leansim.account.margin_interest import MarginInterestRateParameters, ShortMarginInterestRateModel
from leansim.account.order_sizes import (
    GetMaximumOrderQuantityForDeltaBuyingPowerParameters,
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
    GetMaximumOrderQuantityResult,
)
from leansim.account.portfolio import SecurityPortfolioManager
from leansim.account.position_groups import SecurityPositionGroupModel
from leansim.account.positions import Position, PositionGroup, PositionGroupCollection
from leansim.account.settlement import (
    ApplyFundsSettlementModelParameters,
    DelayedSettlementModel,
    FutureSettlementModel,
    ImmediateSettlementModel,
    ScanSettlementModelParameters,
)
from leansim.account.trades import Trade, TradeBuilder
from leansim.api.naming import spell_own_members
from leansim.trading.brokerage_models import (
    BrokerageMessageEvent,
    CharlesSchwabBrokerageModel,
    DefaultBrokerageModel,
    InteractiveBrokersBrokerageModel,
    TastytradeBrokerageModel,
)
from leansim.trading.equity_brokerages import AxosClearingBrokerageModel, AxosFeeModel, TradierBrokerageModel
from leansim.trading.equity_fills import EquityFillModel
from leansim.trading.expiry import (
    DefaultExerciseModel,
    DefaultOptionAssignmentModel,
    NullOptionAssignmentModel,
    OptionAssignmentParameters,
    OptionAssignmentResult,
)
from leansim.trading.fees import (
    CharlesSchwabFeeModel,
    ConstantFeeModel,
    FeeModel,
    InteractiveBrokersFeeModel,
    OrderFeeParameters,
    TastytradeFeeModel,
)
from leansim.trading.fills import (
    Fill,
    FillModel,
    FillModelParameters,
    FutureFillModel,
    FutureOptionFillModel,
    ImmediateFillModel,
)
from leansim.trading.margin_calls import DefaultMarginCallModel
from leansim.trading.price_steps import (
    AdjustedPriceVariationModel,
    EquityPriceVariationModel,
    GetMinimumPriceVariationParameters,
    IndexOptionPriceVariationModel,
    SecurityPriceVariationModel,
)
from leansim.trading.slippage import ConstantSlippageModel, NullSlippageModel, VolumeShareSlippageModel

__all__ = [
    "AdjustedPriceVariationModel",
    "ApplyFundsSettlementModelParameters",
    "AxosClearingBrokerageModel",
    "AxosFeeModel",
    "BrokerageMessageEvent",
    "BuyingPower",
    "BuyingPowerModel",
    "BuyingPowerParameters",
    "Cash",
    "CashBook",
    "CharlesSchwabBrokerageModel",
    "CharlesSchwabFeeModel",
    "ConstantBuyingPowerModel",
    "ConstantFeeModel",
    "ConstantSlippageModel",
    "ConvertibleCashAmount",
    "DefaultBrokerageModel",
    "DefaultExerciseModel",
    "DefaultMarginCallModel",
    "DefaultOptionAssignmentModel",
    "DelayedSettlementModel",
    "EquityFillModel",
    "EquityPriceVariationModel",
    "FeeModel",
    "Fill",
    "FillModel",
    "FillModelParameters",
    "FutureFillModel",
    "FutureHolding",
    "FutureMarginModel",
    "FutureOptionFillModel",
    "FutureSettlementModel",
    "FuturesOptionsMarginModel",
    "GetMaximumOrderQuantityForDeltaBuyingPowerParameters",
    "GetMaximumOrderQuantityForTargetBuyingPowerParameters",
    "GetMaximumOrderQuantityResult",
    "GetMinimumPriceVariationParameters",
    "HasSufficientBuyingPowerForOrderParameters",
    "HasSufficientBuyingPowerForOrderResult",
    "ImmediateFillModel",
    "ImmediateSettlementModel",
    "IndexOptionPriceVariationModel",
    "InitialMargin",
    "InitialMarginParameters",
    "InitialMarginRequiredForOrderParameters",
    "InteractiveBrokersBrokerageModel",
    "InteractiveBrokersFeeModel",
    "MaintenanceMargin",
    "MaintenanceMarginParameters",
    "MarginInterestRateParameters",
    "NullBuyingPowerModel",
    "NullOptionAssignmentModel",
    "NullSlippageModel",
    "OptionAssignmentParameters",
    "OptionAssignmentResult",
    "OptionHolding",
    "OptionMarginModel",
    "OptionPortfolioModel",
    "OptionStrategyPositionGroupBuyingPowerModel",
    "OrderFeeParameters",
    "Position",
    "PositionGroup",
    "PositionGroupCollection",
    "PositionGroupInitialMarginParameters",
    "PositionGroupMaintenanceMarginParameters",
    "ReservedBuyingPowerForPosition",
    "ReservedBuyingPowerForPositionParameters",
    "ScanSettlementModelParameters",
    "SecurityHolding",
    "SecurityMarginModel",
    "SecurityPortfolioManager",
    "SecurityPortfolioModel",
    "SecurityPositionGroupBuyingPowerModel",
    "SecurityPositionGroupModel",
    "SecurityPriceVariationModel",
    "ShortMarginInterestRateModel",
    "TastytradeBrokerageModel",
    "TastytradeFeeModel",
    "Trade",
    "TradeBuilder",
    "TradierBrokerageModel",
    "VolumeShareSlippageModel",
]

for _name in __all__:
    if _name.endswith("Model"):
        spell_own_members(globals()[_name])  # ``super()`` finds what a class has, and asks no ``__getattr__``
