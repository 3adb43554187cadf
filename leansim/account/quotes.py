"""A security's prices as LEAN's ``Security`` answers them, exactly.

The cache says 0 for what it has not seen; the security falls back to its last price, except for the bid and ask of
options, which stay 0.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.api.enums import OptionRight, SecurityType
from leansim.api.symbols import is_option
from leansim.numbers import ONE, ZERO

if TYPE_CHECKING:
    from leansim.api.securities import Security


def utc_ns(security: Security) -> int:
    """The frontier, ns UTC, on the security's clock."""
    return security._clock.ns


def price(security: Security) -> Decimal:
    """Last price: of options the middle of the quote, or the last trade when that is newer."""
    return security.cache.price


def bid(security: Security) -> Decimal:
    """Bid, or the last price of a security that is no option and has no bid."""
    found = security.cache.bid_price
    return found if found or is_option(security.type) else security.cache.price


def ask(security: Security) -> Decimal:
    """Ask, or the last price of a security that is no option and has no ask."""
    found = security.cache.ask_price
    return found if found or is_option(security.type) else security.cache.price


def close(security: Security) -> Decimal:
    """Close of the last bar, or the last price."""
    return security.cache.price


def multiplier(security: Security) -> Decimal:
    """Contract multiplier: what a price point of one contract is worth."""
    return security.symbol_properties._contract_multiplier


def unit_of_trade(option: Security) -> Decimal:
    """Units of the underlying one contract delivers: the multiplier, but 1 for options on futures."""
    if option.type is SecurityType.FUTURE_OPTION:
        return ONE
    return Decimal(int(option.symbol_properties._contract_multiplier))


def conversion_rate(security: Security) -> Decimal:
    """Account currency per unit of the security's quote currency."""
    rate: Decimal = security.quote_currency._conversion_rate
    return rate


def strike(option: Security) -> Decimal:
    """Strike as traded."""
    return option.symbol.id._exact_strike


def scaled_strike(option: Security) -> Decimal:
    """Strike in points of the underlying."""
    return strike(option) * option.symbol_properties._strike_multiplier


def payoff(option: Security, underlying_price: Decimal) -> Decimal:
    """Underlying minus strike for a call, strike minus underlying for a put: negative out of the money."""
    difference = underlying_price - scaled_strike(option)
    return difference if option.symbol.id.option_right == OptionRight.CALL else -difference


def intrinsic(option: Security, underlying_price: Decimal) -> Decimal:
    """Payoff, at least 0."""
    return max(ZERO, payoff(option, underlying_price))


def out_of_the_money(option: Security, underlying_price: Decimal) -> Decimal:
    """How far out of the money, at least 0."""
    return max(ZERO, -payoff(option, underlying_price))


def is_auto_exercised(option: Security, underlying_price: Decimal) -> bool:
    """Whether the option is exercised at expiry: a cent or more in the money."""
    return intrinsic(option, underlying_price) >= Decimal("0.01")


def exercise_quantity(option: Security, order_quantity: Decimal) -> Decimal:
    """Units of the underlying an exercise order of this quantity delivers, signed."""
    sign = -1 if option.symbol.id.option_right == OptionRight.CALL else 1
    return sign * order_quantity * unit_of_trade(option)


def lot_size(security: Security) -> Decimal:
    """Smallest quantity traded."""
    return security.symbol_properties._lot_size
