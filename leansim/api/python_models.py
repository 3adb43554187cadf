"""Models written in Python without a base class of LEAN's: one that lacks a member is refused when it is set."""

from __future__ import annotations

from typing import Any, Final

from leansim.api.naming import AnyClrObject, snake
from leansim.api.net import ClrNotImplementedException

_MEMBERS: Final = {
    "IBrokerageModel": (
        "AccountType RequiredFreeBuyingPowerPercent DefaultMarkets CanSubmitOrder CanUpdateOrder CanExecuteOrder "
        "ApplySplit GetLeverage GetBenchmark GetFillModel GetFeeModel GetSlippageModel GetSettlementModel "
        "GetMarginInterestRateModel GetBuyingPowerModel GetShortableProvider"
    ),
    "IBuyingPowerModel": (
        "GetLeverage SetLeverage GetMaintenanceMargin GetInitialMarginRequirement GetInitialMarginRequiredForOrder "
        "HasSufficientBuyingPowerForOrder GetMaximumOrderQuantityForTargetBuyingPower "
        "GetMaximumOrderQuantityForDeltaBuyingPower GetReservedBuyingPowerForPosition GetBuyingPower"
    ),
    "IDataConsolidator": "Consolidated WorkingData InputType OutputType Update Scan Reset DataConsolidated",
    "IDividendYieldModel": "GetDividendYield",
    "IMarginCallModel": "GetMarginCallOrders ExecuteMarginCall",
    "IMarginInterestRateModel": "ApplyMarginInterestRate",
    "IOptionAssignmentModel": "GetAssignment",
    "IOptionExerciseModel": "OptionExercise",
    "IOptionPriceModel": "Evaluate",
    "IRiskFreeInterestRateModel": "GetInterestRate",
    "ISecurityDataFilter": "Filter",
    "ISettlementModel": "ApplyFunds Scan GetUnsettledCash",
    "IShortableProvider": "FeeRate RebateRate ShortableQuantity",
    "ISlippageModel": "GetSlippageApproximation",
    "IVolatilityModel": "Volatility Update GetHistoryRequirements",
}


def implementing(interface: str, model: Any) -> Any:
    """The model; NotImplementedException when it lacks members of an interface of LEAN's, in both spellings."""
    if model is None or isinstance(model, AnyClrObject):
        return model
    names = _MEMBERS[interface].split()
    missing = [name for name in names if not (hasattr(model, name) or hasattr(model, snake(name)))]
    if missing:
        raise ClrNotImplementedException(
            f"{interface} must be fully implemented. Please implement these missing methods on "
            f"{type(model).__name__}: {', '.join(missing)}"
        )
    return model
