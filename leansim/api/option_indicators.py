"""LEAN's short names of an option's volatility and greeks, fed by the subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leansim.api.bars import QuoteBar
from leansim.api.dividend_models import ConstantDividendYieldModel, DividendYieldProvider
from leansim.api.enums import OptionPricingModelType, Resolution
from leansim.api.interest_rates import ConstantRiskFreeRateInterestRateModel, FuncRiskFreeRateInterestRateModel
from leansim.api.symbols import Symbol
from leansim.feed.indicators_options import Delta, Gamma, ImpliedVolatility, OptionIndicatorBase, Rho, Theta, Vega

if TYPE_CHECKING:
    from leansim.api.workings import Workings


class OptionIndicatorMethods:
    """Mixin of ``QCAlgorithm``: implied volatility and greeks.

    All take ``(option[, mirror option, risk-free rate, dividend yield, models, resolution])``; without a rate the
    algorithm's model is asked, without a yield the underlying's dividends.
    """

    _leansim: Workings

    def iv(
        self,
        symbol: Symbol,
        mirror_option: Symbol | None = None,
        risk_free_rate: float | None = None,
        dividend_yield: float | None = None,
        option_model: OptionPricingModelType | None = None,
        resolution: Resolution | None = None,
    ) -> ImpliedVolatility:
        """Implied volatility."""
        rates, dividends = self._leansim_rate_and_yield(symbol, risk_free_rate, dividend_yield)
        made = ImpliedVolatility(symbol, rates, dividends, mirror_option, option_model)
        self._leansim_feed_option(made, symbol, mirror_option, resolution)
        return made

    def d(self, symbol: Symbol, *arguments: Any, **named: Any) -> Delta:
        """Delta."""
        made: Delta = self._leansim_greek(Delta, symbol, *arguments, **named)
        return made

    def g(self, symbol: Symbol, *arguments: Any, **named: Any) -> Gamma:
        """Gamma."""
        made: Gamma = self._leansim_greek(Gamma, symbol, *arguments, **named)
        return made

    def t(self, symbol: Symbol, *arguments: Any, **named: Any) -> Theta:
        """Theta per day."""
        made: Theta = self._leansim_greek(Theta, symbol, *arguments, **named)
        return made

    def r(self, symbol: Symbol, *arguments: Any, **named: Any) -> Rho:
        """Rho."""
        made: Rho = self._leansim_greek(Rho, symbol, *arguments, **named)
        return made

    def v(self, symbol: Any, *arguments: Any, **named: Any) -> Any:
        """Vega of an option; with a period, the variance of any symbol."""
        if "period" in named or (arguments and isinstance(arguments[0], int)):
            return self.var(symbol, *arguments, **named)  # type: ignore[attr-defined]  # of IndicatorMethods
        return self._leansim_greek(Vega, symbol, *arguments, **named)

    def _leansim_greek(
        self,
        kind: Any,
        symbol: Symbol,
        mirror_option: Symbol | None = None,
        risk_free_rate: float | None = None,
        dividend_yield: float | None = None,
        option_model: OptionPricingModelType | None = None,
        iv_model: OptionPricingModelType | None = None,
        resolution: Resolution | None = None,
    ) -> Any:
        rates, dividends = self._leansim_rate_and_yield(symbol, risk_free_rate, dividend_yield)
        made = kind(symbol, rates, dividends, mirror_option, option_model=option_model, iv_model=iv_model)
        self._leansim_feed_option(made, symbol, mirror_option, resolution)
        return made

    def _leansim_rate_and_yield(
        self, symbol: Symbol, risk_free_rate: float | None, dividend_yield: float | None
    ) -> tuple[Any, Any]:
        algorithm = self._leansim.algorithm
        # the algorithm may name another model later
        rates: Any = FuncRiskFreeRateInterestRateModel(
            lambda time: algorithm.risk_free_interest_rate_model.get_interest_rate(time)
        )
        if risk_free_rate is not None:
            rates = ConstantRiskFreeRateInterestRateModel(risk_free_rate)
        if dividend_yield is not None:
            return rates, ConstantDividendYieldModel(dividend_yield)
        return rates, DividendYieldProvider.create_for_option(symbol)

    def _leansim_feed_option(
        self, made: OptionIndicatorBase, symbol: Symbol, mirror: Symbol | None, resolution: Resolution | None
    ) -> None:
        algorithm: Any = self
        options = [symbol] if mirror is None else [symbol, mirror]
        algorithm.register_indicator(symbol, made, algorithm.resolve_consolidator(symbol, resolution, QuoteBar))
        underlying = symbol.underlying
        algorithm.register_indicator(underlying, made, algorithm.resolve_consolidator(underlying, resolution))
        for other in options[1:]:
            algorithm.register_indicator(other, made, algorithm.resolve_consolidator(other, resolution, QuoteBar))
        if self._leansim.settings.automatic_indicator_warm_up:
            algorithm.warm_up_indicator([*options, underlying], made, resolution)
