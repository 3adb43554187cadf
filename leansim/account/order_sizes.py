"""What a buying power model is asked for and answers when a target is to become a quantity of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leansim.api.decimals import DecimalField, Number, exact
from leansim.api.naming import ClrObject

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.securities import Security


class GetMaximumOrderQuantityForTargetBuyingPowerParameters(ClrObject):
    """Ask for the order that brings a security to a signed fraction of the account's value."""

    target_buying_power = DecimalField("Signed fraction of the account's value.", read_only=True)
    minimum_order_margin_portfolio_percentage = DecimalField(
        "Orders that change less than this fraction of the account's value are 0.", read_only=True
    )

    def __init__(
        self,
        portfolio: SecurityPortfolioManager,
        security: Security,
        target_buying_power: Number,
        minimum_order_margin_portfolio_percentage: Number,
        silence_non_error_reasons: bool = False,
    ) -> None:
        self.portfolio = portfolio
        self.security = security
        self._target_buying_power = exact(target_buying_power)
        self._minimum_order_margin_portfolio_percentage = exact(minimum_order_margin_portfolio_percentage)
        self.silence_non_error_reasons = silence_non_error_reasons


class GetMaximumOrderQuantityForDeltaBuyingPowerParameters(ClrObject):
    """Ask for the order that changes what a security ties up by an amount of the account's currency."""

    delta_buying_power = DecimalField("Change of the margin, in account currency.", read_only=True)
    minimum_order_margin_portfolio_percentage = DecimalField(
        "Orders that change less than this fraction of the account's value are 0.", read_only=True
    )

    def __init__(
        self,
        portfolio: SecurityPortfolioManager,
        security: Security,
        delta_buying_power: Number,
        minimum_order_margin_portfolio_percentage: Number,
        silence_non_error_reasons: bool = False,
    ) -> None:
        self.portfolio = portfolio
        self.security = security
        self._delta_buying_power = exact(delta_buying_power)
        self._minimum_order_margin_portfolio_percentage = exact(minimum_order_margin_portfolio_percentage)
        self.silence_non_error_reasons = silence_non_error_reasons


class GetMaximumOrderQuantityResult(ClrObject):
    """The answer: a signed quantity, and why it is 0. A reason is an error unless it is said not to be one."""

    quantity = DecimalField("Signed quantity to order.", read_only=True)

    def __init__(self, quantity: Number, reason: str | None = None, is_error: bool | None = None) -> None:
        self._quantity = exact(quantity)
        self.reason = reason or ""
        self.is_error = bool(reason) if is_error is None else is_error
