"""Option price models as the algorithm sees them on ``option.price_model``."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from leansim.api.enums import OptionPricingModelType, OptionStyle, SecurityType
from leansim.api.greeks import Greeks
from leansim.api.naming import ClrObject, ClrStatic
from leansim.api.net import ArgumentException
from leansim.errors import NotEmulated
from leansim.pricing.lean_greeks import PricingModel
from leansim.pricing.quantlib_engines import ENGINES

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol

_AMERICAN: Final = (OptionStyle.AMERICAN,)
_EUROPEAN: Final = (OptionStyle.EUROPEAN,)


class OptionPriceModelParameters(ClrObject):
    """What a price model is asked: a contract, its security, and the instant's data."""

    def __init__(self, security: Any = None, slice: Any = None, contract: Any = None) -> None:
        self.security = security
        self.slice = slice
        self.contract = contract


class OptionPriceModelResult(ClrObject):
    """What a price model answers: ``(price, greeks)`` or ``(price, volatility, greeks)``; functions are called late."""

    def __init__(self, theoretical_price: Any = 0.0, *rest: Any) -> None:
        if len(rest) > 2:
            raise TypeError("No method matches given arguments for OptionPriceModelResult")
        volatility, greeks = rest if len(rest) == 2 else (0.0, rest[0] if rest else Greeks())
        self._theoretical_price, self._implied_volatility, self._greeks = theoretical_price, volatility, greeks

    @property
    def theoretical_price(self) -> float:
        """The model's price."""
        self._theoretical_price = _called(self._theoretical_price)
        return float(self._theoretical_price)

    @theoretical_price.setter
    def theoretical_price(self, value: float) -> None:
        self._theoretical_price = value

    @property
    def implied_volatility(self) -> float:
        """Annual volatility, a fraction."""
        self._implied_volatility = _called(self._implied_volatility)
        return float(self._implied_volatility)

    @implied_volatility.setter
    def implied_volatility(self, value: float) -> None:
        self._implied_volatility = value

    @property
    def greeks(self) -> Any:
        """Sensitivities."""
        self._greeks = _called(self._greeks)
        return self._greeks

    @greeks.setter
    def greeks(self, value: Any) -> None:
        self._greeks = value


def _called(value: Any) -> Any:
    return value() if callable(value) else value


class OptionPriceModel(ClrObject):
    """Base of price models; one of the algorithm's own has ``evaluate(parameters)``."""


class IndicatorBasedOptionPriceModel(ClrObject):
    """LEAN's default: volatilities and greeks from its own indicators, computed by the feed for whole chains."""

    def __init__(self, pricing_model: OptionPricingModelType | None = None) -> None:
        self._pricing_model = None if pricing_model is None else PricingModel(int(pricing_model))

    @property
    def _key(self) -> tuple[Any, ...]:
        return (IndicatorBasedOptionPriceModel, self._pricing_model)


class QLOptionPriceModel(ClrObject):
    """A pricing engine of QuantLib's, LEAN's default of futures options, computed by the feed for whole chains."""

    def __init__(
        self, engine: str = "binomial_cox_ross_rubinstein", styles: Collection[OptionStyle] = _AMERICAN + _EUROPEAN
    ) -> None:
        self._engine = engine
        self._styles = styles
        self.enable_greek_approximation = True

    @property
    def allowed_option_styles(self) -> list[OptionStyle]:
        """The styles it prices."""
        return list(self._styles)

    @property
    def _key(self) -> tuple[Any, ...]:
        return (QLOptionPriceModel, self._engine, tuple(self._styles), self.enable_greek_approximation)

    def _check(self, style: OptionStyle) -> None:
        """Refuse a style it does not price, and an engine leansim does not have."""
        if style not in self._styles:
            raise ArgumentException(
                f"{style} style options are not supported by option price model '{type(self).__name__}'"
            )
        if self._engine not in ENGINES:
            raise NotEmulated(f"OptionPriceModels.QuantLib.{self._engine}")
        if not self.enable_greek_approximation:
            raise NotEmulated("QLOptionPriceModel.enable_greek_approximation = False")


class CurrentPriceOptionPriceModel(OptionPriceModel):
    """The market's price is the model's; no volatility, no greeks."""

    def evaluate(self, parameters: OptionPriceModelParameters) -> OptionPriceModelResult:
        """The security's price."""
        return OptionPriceModelResult(parameters.security.price, Greeks())


class _Provider(ClrObject):
    """Who gives an option its default price model."""

    def get_option_price_model(self, symbol: Symbol, pricing_model_type: OptionPricingModelType | None = None) -> Any:
        """The model of a kind of options, or of one that is named."""
        raise NotImplementedError


class QLOptionPriceModelProvider(_Provider):
    """LEAN's older models: QuantLib's tree for American options, its formula for European ones."""

    INSTANCE: QLOptionPriceModelProvider

    def get_option_price_model(
        self, symbol: Symbol, pricing_model_type: OptionPricingModelType | None = None
    ) -> QLOptionPriceModel:
        """The model for the symbol's style, or a named one."""
        kind = pricing_model_type
        if kind is None:
            european = symbol.id.option_style == OptionStyle.EUROPEAN
            kind = OptionPricingModelType.BLACK_SCHOLES if european else _TREE
        if kind == OptionPricingModelType.BLACK_SCHOLES:
            return QLOptionPriceModel("black_scholes", _EUROPEAN)
        if kind == _TREE:
            return QLOptionPriceModel()
        raise ArgumentException(f"Unsupported pricing model type: {kind}")


_TREE: Final = OptionPricingModelType.BINOMIAL_COX_ROSS_RUBINSTEIN
QLOptionPriceModelProvider.INSTANCE = QLOptionPriceModelProvider()


class IndicatorBasedOptionPriceModelProvider(_Provider):
    """LEAN's default."""

    def get_option_price_model(
        self, symbol: Symbol, pricing_model_type: OptionPricingModelType | None = None
    ) -> IndicatorBasedOptionPriceModel:
        """The indicators' model."""
        return IndicatorBasedOptionPriceModel(pricing_model_type)


def default_price_model(symbol: Symbol) -> Any:
    """LEAN's choice for an option that nobody gave a model: the older models are left to options on futures."""
    if symbol.security_type == SecurityType.FUTURE_OPTION:
        return QLOptionPriceModelProvider.INSTANCE.get_option_price_model(symbol)
    return IndicatorBasedOptionPriceModel()


def _engine(name: str, styles: Collection[OptionStyle] = _AMERICAN + _EUROPEAN) -> Any:
    return staticmethod(lambda: QLOptionPriceModel(name, styles))


class _QuantLib(metaclass=ClrStatic):
    """QuantLib's engines: which styles each takes is LEAN's."""

    black_scholes = _engine("black_scholes", _EUROPEAN)
    barone_adesi_whaley = _engine("barone_adesi_whaley", _AMERICAN)
    bjerksund_stensland = _engine("bjerksund_stensland", _AMERICAN)
    integral = _engine("integral", _EUROPEAN)
    crank_nicolson_fd = _engine("crank_nicolson_fd")
    binomial_jarrow_rudd = _engine("binomial_jarrow_rudd")
    binomial_cox_ross_rubinstein = _engine("binomial_cox_ross_rubinstein")
    additive_equiprobabilities = _engine("additive_equiprobabilities")
    binomial_trigeorgis = _engine("binomial_trigeorgis")
    binomial_tian = _engine("binomial_tian")
    binomial_leisen_reimer = _engine("binomial_leisen_reimer")
    binomial_joshi = _engine("binomial_joshi")


class OptionPriceModels(metaclass=ClrStatic):
    """The price models LEAN ships, by name."""

    QuantLib = _QuantLib

    @staticmethod
    def null() -> CurrentPriceOptionPriceModel:
        """The market's price, no greeks."""
        return CurrentPriceOptionPriceModel()

    @staticmethod
    def black_scholes() -> IndicatorBasedOptionPriceModel:
        """LEAN's indicators with the Black-Scholes formula, whatever the style."""
        return IndicatorBasedOptionPriceModel(OptionPricingModelType.BLACK_SCHOLES)

    @staticmethod
    def binomial_cox_ross_rubinstein() -> IndicatorBasedOptionPriceModel:
        """LEAN's indicators with its Cox-Ross-Rubinstein tree."""
        return IndicatorBasedOptionPriceModel(OptionPricingModelType.BINOMIAL_COX_ROSS_RUBINSTEIN)

    @staticmethod
    def forward_tree() -> IndicatorBasedOptionPriceModel:
        """LEAN's indicators with its forward tree."""
        return IndicatorBasedOptionPriceModel(OptionPricingModelType.FORWARD_TREE)
