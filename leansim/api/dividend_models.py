"""Dividend yields as an algorithm and its option indicators ask for them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from leansim.api.bars import BaseData
from leansim.api.decimals import Number, exact
from leansim.api.enums import SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException
from leansim.api.option_symbols import hours_of
from leansim.api.reference import required_reference_data
from leansim.api.symbols import Market, Symbol
from leansim.feed.dividend_yields import DividendYield
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import SecurityExchangeHours

__all__ = ["ConstantDividendYieldModel", "DividendYieldProvider"]


class ConstantDividendYieldModel(ClrObject):
    """The same yield on every day."""

    def __init__(self, dividend_yield: Number) -> None:
        self._yield = float(exact(dividend_yield))

    def get_dividend_yield(self, date: datetime, security_price: float = 0.0) -> float:
        """The yield."""
        return self._yield


class DividendYieldProvider(ClrObject):
    """The yield of an equity (SPY when none is named), from the factor files of the data folder in use."""

    def __init__(self, symbol: Symbol | None = None) -> None:
        self._symbol = Symbol.create("SPY", SecurityType.EQUITY, Market.USA) if symbol is None else symbol
        factors = required_reference_data().factor_files.of(self._symbol)
        self._yields = DividendYield(factors, cast("SecurityExchangeHours", hours_of(self._symbol)))

    @staticmethod
    def create_for_option(option_symbol: Symbol) -> DividendYieldProvider | ConstantDividendYieldModel:
        """What LEAN's indicators take for an option."""
        if option_symbol.security_type is SecurityType.OPTION:
            return DividendYieldProvider(option_symbol.underlying)
        if option_symbol.security_type is SecurityType.INDEX_OPTION:
            # LEAN looks for the index in the contract's whole ticker, so that only SPY is ever found
            return DividendYieldProvider()
        return ConstantDividendYieldModel(0)

    def get_dividend_yield(self, date: Any, security_price: float | None = None) -> float:
        """``(date[, price])`` or ``(bar)``: the yield, as a fraction."""
        if isinstance(date, BaseData):
            if date.symbol != self._symbol:
                raise ArgumentException(
                    f"Trying to get {date.symbol} dividend yield using the {self._symbol} dividend yield provider."
                )
            date, security_price = date.end_time, float(date.value)
        if security_price is not None and not security_price and self._yields.on(date.date(), None):
            raise ArgumentException("Security price cannot be zero.")
        return self._yields.on(date.date(), security_price)


def yields_of_price_model(option_symbol: Symbol) -> DividendYieldProvider | ConstantDividendYieldModel:
    """What LEAN's price model takes for an option: nothing on indexes."""
    if option_symbol.security_type is SecurityType.INDEX_OPTION:
        return ConstantDividendYieldModel(0)
    return DividendYieldProvider.create_for_option(option_symbol)


def asked_yield(model: Any, now: datetime, price: float) -> float:
    """What a model, LEAN's or the algorithm's own, says of a yield."""
    return float(call(model, "get_dividend_yield", now, price))
