"""What a position of one security ties up, and whether an order may be sent: LEAN's buying power models.

An algorithm may subclass :class:`BuyingPowerModel` and override the methods that take a parameters object; they give
and take floats. The engine asks through the functions at the end of this file, which call such an override where there
is one and stay exact where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leansim.account import quotes
from leansim.account.order_sizes import (
    GetMaximumOrderQuantityForDeltaBuyingPowerParameters,
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
    GetMaximumOrderQuantityResult,
)
from leansim.api.decimals import DecimalField, Number, exact
from leansim.api.enums import OptionRight, OrderDirection, OrderType, SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException, InvalidOperationException
from leansim.api.orders import LimitOrder
from leansim.numbers import ONE, ZERO, plain
from leansim.trading.fees import order_fee
from leansim.trading.overrides import call, is_overridden

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.orders import Order
    from leansim.api.securities import Option, Security


@dataclass(frozen=True)
class Sufficiency:
    """Whether there is enough buying power for an order, and if not why."""

    is_sufficient: bool
    reason: str = ""


@dataclass(frozen=True)
class OptionMargin:
    """Initial margin of an option position: what is tied up, and the premium (negative when it is received)."""

    without_premium: Decimal
    premium: Decimal

    @property
    def value(self) -> Decimal:
        """Tied up plus premium paid."""
        return self.without_premium + max(ZERO, self.premium)


#: An initial margin: a plain amount, or an option's with its premium apart.
Margin = Decimal | OptionMargin


def amount_of(margin: Margin) -> Decimal:
    """The whole amount of an initial margin."""
    return margin.value if isinstance(margin, OptionMargin) else margin


def sign(value: Decimal) -> int:
    """1, 0 or -1."""
    return (value > 0) - (value < 0)


# --- what a Python model is given and gives -------------------------------------------------------------------------


class MarginAmount(ClrObject):
    """LEAN's ``InitialMargin``, ``MaintenanceMargin``…: an amount."""

    value = DecimalField("The amount, in account currency.", read_only=True)

    def __init__(self, value: Number) -> None:
        self._value = exact(value)

    def __float__(self) -> float:
        return float(self._value)


class InitialMargin(MarginAmount):
    """Margin needed to open."""


class MaintenanceMargin(MarginAmount):
    """Margin needed to hold."""


class BuyingPower(MarginAmount):
    """Margin free for an order."""


class ReservedBuyingPowerForPosition(MarginAmount):
    """Margin a position ties up."""

    @property
    def absolute_used_buying_power(self) -> float:
        """The amount."""
        return float(self._value)


class SecurityParameters(ClrObject):
    """A security and a quantity of it: ``InitialMarginParameters`` and its kin."""

    quantity = DecimalField("Signed quantity.", read_only=True)

    def __init__(self, security: Security, quantity: Number = 0) -> None:
        self.security = security
        self._quantity = exact(quantity)


class InitialMarginParameters(SecurityParameters):
    """Ask for the initial margin of a quantity."""


class MaintenanceMarginParameters(SecurityParameters):
    """Ask for the maintenance margin of a quantity with a cost and a value."""

    holdings_cost = DecimalField("Cost of the quantity.", read_only=True)
    holdings_value = DecimalField("Value of the quantity.", read_only=True)

    def __init__(
        self, security: Security, quantity: Number, holdings_cost: Number = 0, holdings_value: Number = 0
    ) -> None:
        super().__init__(security, quantity)
        self._holdings_cost = exact(holdings_cost)
        self._holdings_value = exact(holdings_value)

    @property
    def absolute_quantity(self) -> float:
        """Quantity without sign."""
        return float(abs(self._quantity))

    @property
    def absolute_holdings_cost(self) -> float:
        """Cost without sign."""
        return float(abs(self._holdings_cost))

    @property
    def absolute_holdings_value(self) -> float:
        """Value without sign."""
        return float(abs(self._holdings_value))

    @staticmethod
    def for_current_holdings(security: Security) -> MaintenanceMarginParameters:
        """Of what is held."""
        holding = security.holdings
        return MaintenanceMarginParameters(security, holding._quantity, holding._holdings_cost, holding._holdings_value)

    @staticmethod
    def for_quantity_at_current_price(security: Security, quantity: Number) -> MaintenanceMarginParameters:
        """Of a quantity at the last price."""
        value = security.holdings._value_of(exact(quantity))
        return MaintenanceMarginParameters(security, quantity, value, value)


class OrderParameters(ClrObject):
    """A portfolio, a security and an order: ``HasSufficientBuyingPowerForOrderParameters`` and its kin."""

    def __init__(self, portfolio: SecurityPortfolioManager, security: Security, order: Order) -> None:
        self.portfolio = portfolio
        self.security = security
        self.order = order
        self.currency_converter = portfolio.cash_book

    def sufficient(self) -> HasSufficientBuyingPowerForOrderResult:
        """The answer yes."""
        return HasSufficientBuyingPowerForOrderResult(True)

    def insufficient(self, reason: str) -> HasSufficientBuyingPowerForOrderResult:
        """The answer no."""
        return HasSufficientBuyingPowerForOrderResult(False, reason)


class HasSufficientBuyingPowerForOrderParameters(OrderParameters):
    """Ask whether an order may be sent."""


class InitialMarginRequiredForOrderParameters(OrderParameters):
    """Ask what an order ties up, fees included."""


class HasSufficientBuyingPowerForOrderResult(ClrObject):
    """The answer: enough or not, and why not."""

    def __init__(self, is_sufficient: bool, reason: str | None = None) -> None:
        self.is_sufficient = is_sufficient
        self.reason = reason


class BuyingPowerParameters(ClrObject):
    """Ask for the margin free for an order in a direction."""

    def __init__(self, portfolio: SecurityPortfolioManager, security: Security, direction: OrderDirection) -> None:
        self.portfolio = portfolio
        self.security = security
        self.direction = direction

    def result_in_account_currency(self, buying_power: Number) -> BuyingPower:
        """The answer."""
        return BuyingPower(buying_power)


class ReservedBuyingPowerForPositionParameters(ClrObject):
    """Ask what the holding of a security ties up."""

    def __init__(self, security: Security) -> None:
        self.security = security

    def result_in_account_currency(self, reserved_buying_power: Number) -> ReservedBuyingPowerForPosition:
        """The answer."""
        return ReservedBuyingPowerForPosition(reserved_buying_power)


# --- the models ------------------------------------------------------------------------------------------------------


class BuyingPowerModel(ClrObject):
    """Margin as a fraction of the value: ``1 / leverage``."""

    NULL: BuyingPowerModel

    def __init__(
        self,
        leverage_or_initial: Number = 1,
        maintenance_or_free: Number = 0,
        required_free_buying_power_percent: Number | None = None,
    ) -> None:
        """``(leverage=1, required_free=0)`` or ``(initial, maintenance, required_free)``, fractions 0 to 1."""
        first, second = exact(leverage_or_initial), exact(maintenance_or_free)
        if required_free_buying_power_percent is None:
            if first < 1:
                raise ArgumentException("Leverage must be greater than or equal to 1.")
            self._initial = self._maintenance = ONE / first
            self._free = second
        else:
            self._initial, self._maintenance = first, second
            self._free = exact(required_free_buying_power_percent)
        for name, value in (
            ("Initial margin requirement", self._initial),
            ("Maintenance margin requirement", self._maintenance),
            ("Free Buying Power Percent requirement", self._free),
        ):
            if not 0 <= value <= 1:
                raise ArgumentException(f"{name} must be between 0 and 1")

    # exact; what the engine asks of LEAN's own models

    def _initial_margin(self, security: Security, quantity: Decimal) -> Margin:
        value = quotes.price(security) * quotes.multiplier(security) * quotes.conversion_rate(security)
        return value * quantity * self._initial

    def _maintenance_margin(self, security: Security, quantity: Decimal, cost: Decimal, value: Decimal) -> Decimal:
        return abs(value) * self._maintenance

    def _margin_for_order(self, portfolio: SecurityPortfolioManager, security: Security, order: Order) -> Decimal:
        fee = portfolio.cash_book._to_account(order_fee(security, order).value)
        margin = amount_of(initial_margin(security, order._quantity))
        return margin + sign(margin) * fee

    def _margin_remaining(
        self, portfolio: SecurityPortfolioManager, security: Security, direction: OrderDirection
    ) -> Decimal:
        total = portfolio._total_portfolio_value
        result = portfolio._margin_remaining
        holding = security.holdings
        closes = (holding._quantity > 0 and direction == OrderDirection.SELL) or (
            holding._quantity < 0 and direction == OrderDirection.BUY
        )
        if closes:
            # what closing frees, and as much again for the opposite position
            result += maintenance_margin(security) + amount_of(initial_margin(security, abs(holding._quantity)))
        return max(ZERO, result - total * self._free)

    def _sufficient(self, portfolio: SecurityPortfolioManager, security: Security, order: Order) -> Sufficiency:
        if not order._quantity:
            return Sufficiency(True)
        ticket = portfolio.transactions.get_order_ticket(order.id)
        if ticket is None:
            return Sufficiency(False, f"Null order ticket for id: {order.id}")
        filled = ticket._quantity_filled
        if order.type == OrderType.OPTION_EXERCISE:
            underlying = underlying_of(as_option(security))
            if not quotes.is_auto_exercised(security, quotes.close(underlying)) or not underlying.is_tradable:
                return Sufficiency(True)
            delivery = LimitOrder(
                underlying.symbol,
                quotes.exercise_quantity(security, order._quantity),
                quotes.strike(security),
                order._time_ns,
            )
            delivery._set_id(order.id)
            free = buying_power(portfolio, underlying, delivery.direction)
            value = security.holdings._value_of(-order._quantity)
            free += self._maintenance_margin(security, -order._quantity, value, value)
            needed = margin_for_order(portfolio, underlying, delivery)
            return self._compare(underlying, delivery, filled, free, needed)
        if reduces(security, order):
            return Sufficiency(True)
        free = self._margin_remaining(portfolio, security, order.direction)
        return self._compare(security, order, filled, free, margin_for_order(portfolio, security, order))

    @staticmethod
    def _compare(security: Security, order: Order, filled: Decimal, free: Decimal, needed: Decimal) -> Sufficiency:
        if reduces(security, order):
            return Sufficiency(True)
        size = abs(order._quantity)
        rest = (size - abs(filled)) / size * needed
        if abs(rest) > free:
            return Sufficiency(False, f"Id: {order.id}, Initial Margin: {plain(rest)}, Free Margin: {plain(free)}")
        return Sufficiency(True)

    # what a subclass may override

    def get_leverage(self, security: Security) -> float:
        """How much is held per unit of margin."""
        return float(ONE / self._initial)

    def set_leverage(self, security: Security, leverage: Number) -> None:
        """Set both margins to ``1 / leverage``."""
        if exact(leverage) < 1:
            raise ArgumentException("Leverage must be greater than or equal to 1.")
        self._initial = self._maintenance = ONE / exact(leverage)

    def get_initial_margin_requirement(self, parameters: InitialMarginParameters) -> InitialMargin:
        """Margin to open a quantity at the last price; negative for a short one."""
        return InitialMargin(amount_of(self._initial_margin(parameters.security, parameters._quantity)))

    def get_maintenance_margin(self, parameters: MaintenanceMarginParameters) -> MaintenanceMargin:
        """Margin to hold a quantity."""
        return MaintenanceMargin(
            self._maintenance_margin(
                parameters.security, parameters._quantity, parameters._holdings_cost, parameters._holdings_value
            )
        )

    def get_initial_margin_required_for_order(
        self, parameters: InitialMarginRequiredForOrderParameters
    ) -> InitialMargin:
        """Margin an order ties up, fee included."""
        return InitialMargin(self._margin_for_order(parameters.portfolio, parameters.security, parameters.order))

    def has_sufficient_buying_power_for_order(
        self, parameters: HasSufficientBuyingPowerForOrderParameters
    ) -> HasSufficientBuyingPowerForOrderResult:
        """Whether an order may be sent."""
        answer = self._sufficient(parameters.portfolio, parameters.security, parameters.order)
        return HasSufficientBuyingPowerForOrderResult(answer.is_sufficient, answer.reason or None)

    def get_reserved_buying_power_for_position(
        self, parameters: ReservedBuyingPowerForPositionParameters
    ) -> ReservedBuyingPowerForPosition:
        """Margin the holding ties up."""
        return ReservedBuyingPowerForPosition(maintenance_margin(parameters.security))

    def get_buying_power(self, parameters: BuyingPowerParameters) -> BuyingPower:
        """Margin free for an order in a direction."""
        return BuyingPower(self._margin_remaining(parameters.portfolio, parameters.security, parameters.direction))

    def get_maximum_order_quantity_for_target_buying_power(
        self, parameters: GetMaximumOrderQuantityForTargetBuyingPowerParameters
    ) -> GetMaximumOrderQuantityResult:
        """The order that brings the security to a fraction of the account's value."""
        from leansim.account import sizing  # late: it asks this module

        size = sizing.own_size_for_target(
            parameters.portfolio,
            parameters.security,
            parameters._target_buying_power,
            parameters._minimum_order_margin_portfolio_percentage,
        )
        return GetMaximumOrderQuantityResult(size.quantity, size.error)

    def get_maximum_order_quantity_for_delta_buying_power(
        self, parameters: GetMaximumOrderQuantityForDeltaBuyingPowerParameters
    ) -> GetMaximumOrderQuantityResult:
        """The order that changes what the security ties up by an amount."""
        from leansim.account import sizing  # late: it asks this module

        size = sizing.own_size_for_change(
            parameters.portfolio,
            parameters.security,
            parameters._delta_buying_power,
            parameters._minimum_order_margin_portfolio_percentage,
        )
        return GetMaximumOrderQuantityResult(size.quantity, size.error)


class SecurityMarginModel(BuyingPowerModel):
    """Shares: a fraction of the value."""


class NullBuyingPowerModel(BuyingPowerModel):
    """No margin at all."""

    def _initial_margin(self, security: Security, quantity: Decimal) -> Margin:
        return ZERO

    def _maintenance_margin(self, security: Security, quantity: Decimal, cost: Decimal, value: Decimal) -> Decimal:
        return ZERO

    def _sufficient(self, portfolio: SecurityPortfolioManager, security: Security, order: Order) -> Sufficiency:
        return Sufficiency(True)


BuyingPowerModel.NULL = NullBuyingPowerModel()


class ConstantBuyingPowerModel(BuyingPowerModel):
    """A fixed amount of margin per unit."""

    def __init__(self, margin_per_unit_in_account_currency: Number) -> None:
        super().__init__()
        self._per_unit = exact(margin_per_unit_in_account_currency)

    def set_leverage(self, security: Security, leverage: Number) -> None:
        """Ignored, as in LEAN: whoever chose this model has chosen the margin."""

    def _initial_margin(self, security: Security, quantity: Decimal) -> Margin:
        return self._per_unit * quantity

    def _maintenance_margin(self, security: Security, quantity: Decimal, cost: Decimal, value: Decimal) -> Decimal:
        return self._per_unit * abs(quantity)


class OptionMarginModel(SecurityMarginModel):
    """Options on shares and indexes: longs pay their premium, shorts tie up LEAN's naked margin."""

    _NAKED = Decimal("0.1")
    _LESS_OUT_OF_THE_MONEY = Decimal("0.2")
    _LESS_OUT_OF_THE_MONEY_INDEX = Decimal("0.15")

    def __init__(self, required_free_buying_power_percent: Number = 0) -> None:
        super().__init__(1, required_free_buying_power_percent)

    def get_leverage(self, security: Security) -> float:
        """1."""
        return 1.0

    def set_leverage(self, security: Security, leverage: Number) -> None:
        """Refused."""
        raise InvalidOperationException("Options are leveraged products and different leverage cannot be set by user")

    def _initial_margin(self, security: Security, quantity: Decimal) -> Margin:
        value = security.holdings._value_of(quantity)
        tied = ZERO if quantity >= 0 else value * self._ratio(security, quantity, value)
        return OptionMargin(tied, value)

    def _maintenance_margin(self, security: Security, quantity: Decimal, cost: Decimal, value: Decimal) -> Decimal:
        return ZERO if quantity >= 0 else abs(cost) * self._ratio(security, quantity, cost)

    def _margin_for_order(self, portfolio: SecurityPortfolioManager, security: Security, order: Order) -> Decimal:
        fee = portfolio.cash_book._to_account(order_fee(security, order).value)
        value = order_value(order, security)
        margin = value * self._ratio(security, order._quantity, value)
        return margin + sign(margin) * fee

    def _ratio(self, security: Security, quantity: Decimal, value: Decimal) -> Decimal:
        """Margin as a multiple of the position's value; 0 while a price is missing."""
        option = as_option(security)
        underlying = option.underlying
        if not value or not quotes.close(option) or not quotes.strike(option) or underlying is None:
            return ZERO
        spot = quotes.close(underlying)
        if not spot:
            return ZERO
        if value > 0:
            return ONE
        unit = quotes.unit_of_trade(option)
        per_unit = -value / unit
        scale = quotes.multiplier(underlying) / quotes.multiplier(option) * unit
        strike_multiplier = option.symbol_properties._strike_multiplier
        of_underlying = scale * (spot / strike_multiplier) / per_unit
        of_distance = scale * quotes.out_of_the_money(option, spot) / per_unit
        is_call = option.symbol.id.option_right is OptionRight.CALL
        naked = self._NAKED * (of_underlying if is_call else scale * quotes.strike(option) / per_unit)
        of_share = option.type == SecurityType.OPTION
        less = self._LESS_OUT_OF_THE_MONEY if of_share else self._LESS_OUT_OF_THE_MONEY_INDEX
        return ONE + abs(quantity) * max(naked, less * of_underlying - of_distance)


# --- how the engine asks a model that may be Python's ---------------------------------------------------------------


def reduces(security: Security, order: Order) -> bool:
    """Whether an order only closes, wholly or in part, what is held."""
    held: Decimal = security.holdings._quantity
    return held * order._quantity < 0 and abs(held) >= abs(order._quantity)


def order_value(order: Order, security: Security) -> Decimal:
    """LEAN's value of an order in account currency."""
    if order.type == OrderType.OPTION_EXERCISE:
        price = quotes.exercise_quantity(security, order._quantity) * order._price / quotes.multiplier(security)
    else:
        price = order._unit_value(quotes.price(security))
    return price * quotes.conversion_rate(security) * quotes.multiplier(security)


def _amount(answer: Any) -> Decimal:
    return exact(getattr(answer, "_value", None) or getattr(answer, "value", answer))


def native_model(security: Security, method: str) -> BuyingPowerModel | None:
    """The security's model when its answer to ``method`` is LEAN's own, None when Python gives it."""
    model: BuyingPowerModel = security.buying_power_model
    key = (type(model), method)
    native = _NATIVE.get(key)
    if native is None:
        native = _NATIVE[key] = _is_native(*key)
    return model if native else None


_NATIVE: dict[tuple[type, str], bool] = {}
"""Of which classes of models a method is LEAN's own: it is asked of each position at every look at the margin."""


def _is_native(kind: type, method: str) -> bool:
    if not issubclass(kind, BuyingPowerModel):
        return False
    own = next(base for base in kind.__mro__ if base.__module__.startswith("leansim."))
    return not is_overridden(kind, method, own)


def initial_margin(security: Security, quantity: Decimal) -> Margin:
    """Margin to open a quantity at the last price; negative for a short one."""
    native = native_model(security, "get_initial_margin_requirement")
    if native is not None:
        return native._initial_margin(security, quantity)
    parameters = InitialMarginParameters(security, quantity)
    return _amount(call(security.buying_power_model, "get_initial_margin_requirement", parameters))


def maintenance_margin(security: Security, quantity: Decimal | None = None) -> Decimal:
    """Margin to hold a quantity at the last price, or (without one) what is held."""
    if quantity is None:
        return maintenance_margin_of(MaintenanceMarginParameters.for_current_holdings(security))
    value = security.holdings._value_of(quantity)
    native = native_model(security, "get_maintenance_margin")
    if native is not None:
        return native._maintenance_margin(security, quantity, value, value)
    return maintenance_margin_of(MaintenanceMarginParameters(security, quantity, value, value))


def maintenance_margin_of(asked: MaintenanceMarginParameters) -> Decimal:
    """Margin to hold a quantity with a given cost and value."""
    native = native_model(asked.security, "get_maintenance_margin")
    if native is not None:
        return native._maintenance_margin(asked.security, asked._quantity, asked._holdings_cost, asked._holdings_value)
    return _amount(call(asked.security.buying_power_model, "get_maintenance_margin", asked))


def margin_for_order(portfolio: SecurityPortfolioManager, security: Security, order: Order) -> Decimal:
    """Margin an order ties up, fee included."""
    native = native_model(security, "get_initial_margin_required_for_order")
    if native is not None:
        return native._margin_for_order(portfolio, security, order)
    asked = InitialMarginRequiredForOrderParameters(portfolio, security, order)
    return _amount(call(security.buying_power_model, "get_initial_margin_required_for_order", asked))


def buying_power(portfolio: SecurityPortfolioManager, security: Security, direction: OrderDirection) -> Decimal:
    """Margin free for an order in a direction."""
    native = native_model(security, "get_buying_power")
    if native is not None:
        return native._margin_remaining(portfolio, security, direction)
    asked = BuyingPowerParameters(portfolio, security, direction)
    return _amount(call(security.buying_power_model, "get_buying_power", asked))


def sufficient(portfolio: SecurityPortfolioManager, security: Security, order: Order) -> Sufficiency:
    """Whether a single order may be sent."""
    native = native_model(security, "has_sufficient_buying_power_for_order")
    if native is not None:
        return native._sufficient(portfolio, security, order)
    asked = HasSufficientBuyingPowerForOrderParameters(portfolio, security, order)
    answer = call(security.buying_power_model, "has_sufficient_buying_power_for_order", asked)
    return Sufficiency(answer.is_sufficient, answer.reason or "")


def as_option(security: Security) -> Option:
    """The security, known to be an option."""
    return security  # type: ignore[return-value]  # callers hold an option's symbol


def underlying_of(option: Option) -> Security:
    """The security an option is on."""
    assert option.underlying is not None
    return option.underlying
