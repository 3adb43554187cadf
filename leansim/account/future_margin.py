"""Margin of futures and of options on futures: amounts per contract, from the data folder's margin files."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.account.margin import Margin, SecurityMarginModel, as_option, underlying_of
from leansim.api.decimals import Number, exact
from leansim.api.enums import OptionRight
from leansim.api.net import InvalidOperationException
from leansim.numbers import ZERO, dec

if TYPE_CHECKING:
    from leansim.api.securities import Option, Security
    from leansim.api.symbols import Symbol
    from leansim.lean_data.margins import MarginHistory, MarginRequirement


HistoryReader = Callable[["Symbol"], "MarginHistory"]


class FutureMarginModel(SecurityMarginModel):
    """Futures: an amount per contract, of the date of the security's last data.

    ``_read_history`` gives a future's margin file; whoever makes a security sets it (`leansim.trading.equipment`).
    """

    _read_history: HistoryReader | None = None

    def __init__(self, required_free_buying_power_percent: Number = 0, security: Security | None = None) -> None:
        super().__init__(1, required_free_buying_power_percent)
        self._security = security
        self._history: MarginHistory | None = None
        self.enable_intraday_margins = False

    def get_leverage(self, security: Security) -> float:
        """1."""
        return 1.0

    def set_leverage(self, security: Security, leverage: Number) -> None:
        """Refused."""
        raise InvalidOperationException("Futures are leveraged products and different leverage cannot be set by user")

    @property
    def initial_overnight_margin_requirement(self) -> float:
        """Initial margin of one contract held overnight."""
        return float(self._own("initial_overnight"))

    @property
    def maintenance_overnight_margin_requirement(self) -> float:
        """Maintenance margin of one contract held overnight."""
        return float(self._own("maintenance_overnight"))

    @property
    def initial_intraday_margin_requirement(self) -> float:
        """Initial margin of one contract during the session."""
        return float(self._own("initial_intraday"))

    @property
    def maintenance_intraday_margin_requirement(self) -> float:
        """Maintenance margin of one contract during the session."""
        return float(self._own("maintenance_intraday"))

    def _own(self, name: str) -> Decimal:
        row = None if self._security is None else self._current(self._security)
        return ZERO if row is None else exact(getattr(row, name))

    def _current(self, future: Security) -> MarginRequirement | None:
        last = future.cache.get_data()
        if last is None or self._read_history is None:
            return None
        if self._history is None:
            self._history = self._read_history(future.symbol)
        return self._history.on(last.time.date())

    def _per_contract(self, future: Security, kind: str) -> Decimal | None:
        row = self._current(future)
        if row is None:
            return None
        intraday = self.enable_intraday_margins and future.exchange.exchange_open and not future.exchange.closing_soon
        return exact(getattr(row, f"{kind}_{'intraday' if intraday else 'overnight'}"))

    def _initial_margin(self, security: Security, quantity: Decimal) -> Margin:
        amount = self._per_contract(security, "initial")
        return ZERO if amount is None else amount * quantity * quotes.conversion_rate(security)

    def _maintenance_margin(self, security: Security, quantity: Decimal, cost: Decimal, value: Decimal) -> Decimal:
        amount = self._per_contract(security, "maintenance")
        return ZERO if amount is None else amount * abs(quantity) * quotes.conversion_rate(security)


class FuturesOptionsMarginModel(FutureMarginModel):
    """Options on futures: LEAN's logistic curve of the strike over the future's margin."""

    def __init__(self, required_free_buying_power_percent: Number = 0, future_option: Security | None = None) -> None:
        super().__init__(required_free_buying_power_percent)
        self._option = None if future_option is None else as_option(future_option)

    def _own(self, name: str) -> Decimal:
        if self._option is None:
            return ZERO
        row = self._current(underlying_of(self._option))
        return ZERO if row is None else _share(self._option, exact(getattr(row, name)), is_long=True)

    def _initial_margin(self, security: Security, quantity: Decimal) -> Margin:
        of_future = super()._initial_margin(underlying_of(as_option(security)), quantity)
        assert isinstance(of_future, Decimal)
        return _share(as_option(security), of_future, quantity > 0)

    def _maintenance_margin(self, security: Security, quantity: Decimal, cost: Decimal, value: Decimal) -> Decimal:
        of_future = super()._maintenance_margin(underlying_of(as_option(security)), quantity, cost, value)
        return _share(as_option(security), of_future, quantity > 0)


_HIGHEST_CALL = Decimal("1.20")
_HIGHEST_SHORT_PUT = Decimal("1.25")


def _share(option: Option, of_future: Decimal, is_long: bool) -> Decimal:
    """The part of the future's margin LEAN asks for one side of an option: whole units, cut off towards zero."""
    spot = quotes.price(underlying_of(option))
    if not spot:
        return ZERO
    is_call = option.symbol.id.option_right == OptionRight.CALL
    if is_long:
        growth, highest = (Decimal("-7.8"), of_future * _HIGHEST_CALL) if is_call else (Decimal(9), of_future)
    elif is_call:
        growth, highest, spot = Decimal(-4), of_future, spot * Decimal("1.5")
    else:
        growth, highest, spot = Decimal("2.4"), of_future * _HIGHEST_SHORT_PUT, spot * Decimal("0.30")
    exponent = float(-growth * (quotes.scaled_strike(option) - spot) / spot)
    try:
        denominator = math.pow(math.e, exponent)
    except OverflowError:
        return ZERO
    if not denominator:
        return Decimal(int(highest))
    return Decimal(int(highest / (1 + dec(denominator))))
