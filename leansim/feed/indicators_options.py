"""Implied volatility and greeks as indicators, fed by quotes of an option and its mirror and bars of the underlying.

The mirror is the contract of the same strike and expiry with the other right. Formulas are those of the price model
(`leansim.pricing`), one contract at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, Final

import numpy as np

from leansim.api.dividend_models import ConstantDividendYieldModel, asked_yield, yields_of_price_model
from leansim.api.enums import OptionPricingModelType, OptionRight, OptionStyle
from leansim.api.greeks import Greeks
from leansim.api.interest_rates import ConstantRiskFreeRateInterestRateModel, InterestRateProvider
from leansim.api.naming import ClrObject, ClrStatic
from leansim.api.net import ArgumentException
from leansim.api.option_symbols import OptionSymbol
from leansim.api.price_models import OptionPriceModelResult
from leansim.api.python_models import implementing
from leansim.api.symbols import OPTION_TYPES, Symbol
from leansim.feed.indicator import Derived, IndicatorBase
from leansim.feed.indicators import Identity
from leansim.feed.indicators_joint import MultiSymbolIndicator
from leansim.pricing.early_exercise import STEPS
from leansim.pricing.lean_formulas import Contracts
from leansim.pricing.lean_greeks import PricingModel, formulas_of, implied_volatilities
from leansim.trading.overrides import call

_SECONDS_OF_YEAR: Final = 365.0 * 86_400.0
_DIGITS: Final = 7
_LARGEST_DECIMAL: Final = 7.9e28
_ORDER: Final = ("risk_free", "dividend", "mirror_option", "option_model", "iv_model")
_NAMES: Final = {
    "risk_free_rate": "risk_free",
    "risk_free_rate_model": "risk_free",
    "dividend_yield": "dividend",
    "dividend_yield_model": "dividend",
    "mirror_option": "mirror_option",
    "option_model": "option_model",
    "iv_model": "iv_model",
}


def _years(expiry: datetime, now: datetime) -> float:
    return (expiry - now).total_seconds() / _SECONDS_OF_YEAR


def _default_model(model: OptionPricingModelType | None, style: OptionStyle) -> OptionPricingModelType:
    if model is not None:
        return model
    european = style == OptionStyle.EUROPEAN
    return OptionPricingModelType.BLACK_SCHOLES if european else OptionPricingModelType.FORWARD_TREE


class OptionIndicatorBase(MultiSymbolIndicator):
    """Base: ``([name,] option[, risk-free rate or model, dividend yield or model, mirror option, models])``.

    Attributes:
        price, underlying_price, opposite_price: the last prices of the option, its underlying and its mirror.
        risk_free_rate, dividend_yield: what the last value was made with.

    """

    _short: ClassVar[str] = ""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        parts = list(arguments)
        name = named.pop("name", None)
        if name is None and parts and isinstance(parts[0], str):
            name = parts.pop(0)
        option: Symbol = named.pop("option", None) or parts.pop(0)
        if option.security_type not in OPTION_TYPES or option.underlying is None:
            raise ArgumentException("OptionIndicatorBase only support SecurityType.Option.")
        given = _bound(type(self).__name__, parts, named)
        mirror: Symbol | None = given["mirror_option"]
        self.option_symbol = option
        self._given_model: OptionPricingModelType | None = given["option_model"]
        self._option_model = _default_model(self._given_model, option.id.option_style)
        self._rates = _rate_model(given["risk_free"])
        self._dividends = _dividend_model(given["dividend"])
        if name is None:
            name = f"{self._short}({option},{mirror or ''},{self._option_model})"
        symbols = [option, option.underlying, *([] if mirror is None else [mirror])]
        super().__init__(name, symbols, 1)
        self.expiry = OptionSymbol.get_settlement_date_time(option)
        self.risk_free_rate = Identity(f"{name}_RiskFreeRate")
        self.dividend_yield = Identity(f"{name}_DividendYield")
        self.price = Identity(f"{name}_Close")
        self.underlying_price = Identity(f"{name}_UnderlyingClose")
        self.opposite_price = None if mirror is None else Identity(f"{name}_OppositeClose")
        self._mirror = mirror
        self._prices: dict[Symbol, IndicatorBase] = {option: self.price, option.underlying: self.underlying_price}
        if mirror is not None and self.opposite_price is not None:
            self._prices[mirror] = self.opposite_price

    @property
    def right(self) -> OptionRight:
        """Call or put."""
        return self.option_symbol.id.option_right

    @property
    def strike(self) -> float:
        """The strike."""
        return self.option_symbol.id.strike_price

    @property
    def style(self) -> OptionStyle:
        """American or European."""
        return self.option_symbol.id.option_style

    @property
    def use_mirror_contract(self) -> bool:
        """Whether there is a mirror."""
        return self._mirror is not None

    def _taken(self, symbol: Symbol, bar: Any) -> None:
        self._prices[symbol].update(bar)

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        return round(super()._compute(time, value, data), _DIGITS)

    def _refresh(self) -> float:
        """Look up the rate and the yield of now; the time to expiry in years."""
        now = self.price.current.end_time
        self.risk_free_rate.update(now, float(call(self._rates, "get_interest_rate", now)))
        self.dividend_yield.update(now, asked_yield(self._dividends, now, self.underlying_price._value))
        return _years(self.expiry, now)

    def _contract(self, years: float, right: OptionRight) -> Contracts:
        numbers = (self.underlying_price._value, self.strike, years, self.risk_free_rate._value)
        return _one_contract((*numbers, self.dividend_yield._value), right)

    def reset(self) -> None:
        for part in (self.risk_free_rate, self.dividend_yield, *self._prices.values()):
            part.reset()
        super().reset()


def _bound(kind: str, parts: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """The arguments after the option by name."""
    given: dict[str, Any] = dict.fromkeys(_ORDER)
    if len(parts) > len(_ORDER) or any(name not in _NAMES for name in named):
        raise TypeError(f"No method matches given arguments for {kind}")
    given.update(zip(_ORDER, parts, strict=False))
    given.update({_NAMES[name]: value for name, value in named.items()})
    return given


def _one_contract(numbers: Iterable[float], right: OptionRight) -> Contracts:
    """Spot, strike, years, rate and dividend yield of one contract as columns."""
    spot, strike, years, rate, dividend_yield = (np.array([float(number)]) for number in numbers)
    return Contracts(spot, strike, years, rate, dividend_yield, np.array([right == OptionRight.CALL]))


def _rate_model(given: Any) -> Any:
    if given is None or isinstance(given, (int, float)):
        return ConstantRiskFreeRateInterestRateModel(0.05 if given is None else given)
    return implementing("IRiskFreeInterestRateModel", given)


def _dividend_model(given: Any) -> Any:
    if given is None or isinstance(given, (int, float)):
        return ConstantDividendYieldModel(0.0 if given is None else given)
    return implementing("IDividendYieldModel", given)


class ImpliedVolatility(OptionIndicatorBase):
    """The volatility at which the model's price is the market's; 0 where there is none below 400 %.

    Attributes:
        theoretical_price: the model's price at that volatility.

    """

    _short = "IV"

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._smooth: Callable[[float, float], float] = self._out_of_the_money
        self.theoretical_price = Derived(f"{self.name}_TheoreticalPrice", lambda: self.is_ready)

    def set_smoothing_function(self, function: Callable[[float, float], float]) -> None:
        """Make one volatility out of the contract's and its mirror's."""
        self._smooth = function

    def _out_of_the_money(self, own: float, mirrored: float) -> float:
        spot, strike = self.underlying_price._value, self.strike
        put = self.right == OptionRight.PUT
        return mirrored if (strike > spot if put else strike < spot) else own

    def _joint(self) -> float:
        years = self._refresh()
        own = self._imply(years, self.right, self.price._value)
        if self._mirror is None or self.opposite_price is None:
            return own or 0.0
        mirrored = self._imply(years, self._mirror.id.option_right, self.opposite_price._value)
        if mirrored is None:
            return own or 0.0
        return mirrored if own is None else float(self._smooth(own, mirrored))

    def _imply(self, years: float, right: OptionRight, price: float) -> float | None:
        if years <= 0.0:
            return None
        model = PricingModel(int(self._option_model))
        found = float(implied_volatilities(model, self._contract(years, right), np.array([price]))[0])
        return None if np.isnan(found) else found

    def _take(self, symbol: Any, time: datetime, value: float, data: Any) -> bool:
        samples = self.samples
        ready = super()._take(symbol, time, value, data)
        if self.samples != samples and ready:
            self.theoretical_price.put(symbol, time, self._theoretical(time))
        return ready

    def _theoretical(self, time: datetime) -> float:
        """The price at the current volatility; the last one where there is no volatility or no number."""
        before, volatility = self.theoretical_price._value, self._value
        if not volatility:
            return before
        years = _years(self.expiry, time)
        if years <= 0.0:
            return 0.0
        # LEAN prices with the model only where it was named
        model = OptionPricingModelType.BLACK_SCHOLES if self._given_model is None else self._given_model
        contract = self._contract(years, self.right)
        price = float(formulas_of(PricingModel(int(model))).price(contract, np.array([volatility]))[0])
        return price if abs(price) < _LARGEST_DECIMAL else before

    def reset(self) -> None:
        self.theoretical_price.reset()
        super().reset()


class OptionGreeksIndicatorBase(OptionIndicatorBase):
    """Base of greeks: a volatility indicator of its own unless it is given one that is fed elsewhere."""

    _formula: ClassVar[str] = ""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        iv_model = named.get("iv_model")
        given = [part for part in arguments if isinstance(part, OptionPricingModelType)]
        if iv_model is None and len(given) == 2:
            iv_model = given[1]
        self._own_volatility = True
        self._volatility = ImpliedVolatility(
            f"{self.name}_IV",
            self.option_symbol,
            self._rates,
            self._dividends,
            self._mirror,
            _default_model(iv_model, self.style),
        )

    @property
    def implied_volatility(self) -> ImpliedVolatility:
        """The volatility the greek is computed with."""
        return self._volatility

    @implied_volatility.setter
    def implied_volatility(self, value: ImpliedVolatility) -> None:
        self._volatility = value
        self._own_volatility = False

    @property
    def is_ready(self) -> bool:
        """When the volatility is."""
        return self._volatility.is_ready

    def _joint(self) -> float:
        if self._own_volatility:
            for side in self._sides.values():
                self._volatility.update(side.bar)
        years = self._refresh()
        if years < 0.0:
            return 0.0
        formula = getattr(formulas_of(PricingModel(int(self._option_model))), self._formula)
        with np.errstate(all="ignore"):
            greek = float(formula(self._contract(years, self.right), np.array([self._volatility._value]))[0])
        # what is no decimal leaves the greek as it was
        return greek if abs(greek) < _LARGEST_DECIMAL else self._result

    def reset(self) -> None:
        self._volatility.reset()
        super().reset()


class Delta(OptionGreeksIndicatorBase):
    """Price change for one unit of the underlying."""

    _short, _formula = "Delta", "delta"


class Gamma(OptionGreeksIndicatorBase):
    """Change of delta for one unit of the underlying."""

    _short, _formula = "Gamma", "gamma"


class Vega(OptionGreeksIndicatorBase):
    """Price change for one percentage point of volatility."""

    _short, _formula = "Vega", "vega"


class Theta(OptionGreeksIndicatorBase):
    """Price change for one calendar day."""

    _short, _formula = "Theta", "theta_per_day"


class Rho(OptionGreeksIndicatorBase):
    """Price change for one percentage point of the interest rate."""

    _short, _formula = "Rho", "rho"


class GreeksIndicators(ClrObject):
    """All of them for one option, sharing one volatility: ``(option, mirror, models, dividend and rate model)``."""

    def __init__(
        self,
        option_symbol: Symbol,
        mirror_option_symbol: Symbol | None,
        option_model: OptionPricingModelType | None = None,
        iv_model: OptionPricingModelType | None = None,
        dividend_yield_model: Any = None,
        risk_free_interest_rate_model: Any = None,
    ) -> None:
        rates = risk_free_interest_rate_model or InterestRateProvider()
        dividends = dividend_yield_model or yields_of_price_model(option_symbol)
        shared = (option_symbol, rates, dividends, mirror_option_symbol)
        self.implied_volatility = ImpliedVolatility(*shared, iv_model)
        self.delta, self.gamma, self.vega, self.theta_per_day, self.rho = self._greeks = [
            kind(*shared, option_model, iv_model) for kind in (Delta, Gamma, Vega, Theta, Rho)
        ]
        for greek in self._greeks:
            greek.implied_volatility = self.implied_volatility
        self._mirror = mirror_option_symbol

    @property
    def use_mirror_option(self) -> bool:
        """Whether there is a mirror."""
        return self._mirror is not None

    @property
    def interest_rate(self) -> float:
        """The rate of the last value."""
        return self.delta.risk_free_rate._value

    @property
    def dividend_yield(self) -> float:
        """The yield of the last value."""
        return self.delta.dividend_yield._value

    @property
    def greeks(self) -> Greeks:
        """The greeks of now."""
        theta = self.theta_per_day._value * 365.0
        return Greeks(self.delta._value, self.gamma._value, self.vega._value, theta, self.rho._value)

    @property
    def current_result(self) -> OptionPriceModelResult:
        """Price, volatility and greeks of now."""
        volatility = self.implied_volatility
        return OptionPriceModelResult(volatility.theoretical_price._value, volatility._value, self.greeks)

    def update(self, data: Any) -> None:
        """A bar of the option, its underlying or its mirror."""
        for part in (self.implied_volatility, *self._greeks):
            part.update(data)

    def reset(self) -> None:
        """Forget everything."""
        for part in (self.implied_volatility, *self._greeks):
            part.reset()


def _helper(model: PricingModel, doc: str) -> Any:
    """A static method that prices one contract with a model."""

    def price(
        volatility: float,
        spot_price: float,
        strike_price: float,
        time_to_expiration: float,
        risk_free_rate: float,
        dividend_yield: float,
        option_type: OptionRight,
    ) -> float:
        numbers = (spot_price, strike_price, time_to_expiration, risk_free_rate, dividend_yield)
        contract = _one_contract(numbers, option_type)
        return float(formulas_of(model).price(contract, np.array([float(volatility)]))[0])

    price.__doc__ = doc
    return staticmethod(price)


class OptionGreekIndicatorsHelper(metaclass=ClrStatic):
    """LEAN's formulas of one contract."""

    STEPS = STEPS

    black_theoretical_price = _helper(PricingModel.BLACK_SCHOLES, "Black-Scholes.")
    crr_theoretical_price = _helper(PricingModel.BINOMIAL_COX_ROSS_RUBINSTEIN, "Cox-Ross-Rubinstein's tree.")
    forward_tree_theoretical_price = _helper(PricingModel.FORWARD_TREE, "The forward tree.")

    @staticmethod
    def time_till_expiry(expiry: datetime, reference_date: datetime) -> float:
        """Years, of 365 days."""
        return _years(expiry, reference_date)
