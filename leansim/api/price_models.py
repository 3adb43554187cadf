"""Option price models as the algorithm sees them on ``option.price_model``."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from leansim.api.enums import OptionStyle
from leansim.api.naming import ClrObject, ClrStatic
from leansim.api.net import ArgumentException
from leansim.errors import NotEmulated
from leansim.pricing.lean_greeks import PricingModel

_AMERICAN = (OptionStyle.AMERICAN,)
_EUROPEAN = (OptionStyle.EUROPEAN,)


class IndicatorBasedOptionPriceModel(ClrObject):
    """LEAN's default: volatilities and greeks from its own indicators, computed by the feed for whole chains."""

    def __init__(self, pricing_model: PricingModel | None = None) -> None:
        self._pricing_model = pricing_model


class QLOptionPriceModel(ClrObject):
    """A pricing engine of QuantLib's, LEAN's default of futures options. leansim has no values of it."""

    def __init__(self, engine: str = "", styles: Collection[OptionStyle] = _AMERICAN + _EUROPEAN) -> None:
        self._engine = engine
        self._styles = styles

    def _evaluate(self, style: OptionStyle) -> NoReturn:
        if style not in self._styles:
            raise ArgumentException(
                f"{style} style options are not supported by option price model '{type(self).__name__}'"
            )
        raise NotEmulated(f"OptionPriceModels.QuantLib.{self._engine}")


class _QuantLib(metaclass=ClrStatic):
    """QuantLib's engines: which styles each takes is LEAN's."""

    @staticmethod
    def black_scholes() -> QLOptionPriceModel:
        """The analytic formula, European options only."""
        return QLOptionPriceModel("black_scholes", _EUROPEAN)

    @staticmethod
    def barone_adesi_whaley() -> QLOptionPriceModel:
        """An approximation for American options only."""
        return QLOptionPriceModel("barone_adesi_whaley", _AMERICAN)

    @staticmethod
    def bjerksund_stensland() -> QLOptionPriceModel:
        """An approximation for American options only."""
        return QLOptionPriceModel("bjerksund_stensland", _AMERICAN)

    @staticmethod
    def integral() -> QLOptionPriceModel:
        """Integration, European options only."""
        return QLOptionPriceModel("integral", _EUROPEAN)

    @staticmethod
    def crank_nicolson_fd() -> QLOptionPriceModel:
        """Finite differences."""
        return QLOptionPriceModel("crank_nicolson_fd")

    @staticmethod
    def binomial_jarrow_rudd() -> QLOptionPriceModel:
        """A binomial tree."""
        return QLOptionPriceModel("binomial_jarrow_rudd")

    @staticmethod
    def binomial_cox_ross_rubinstein() -> QLOptionPriceModel:
        """A binomial tree."""
        return QLOptionPriceModel("binomial_cox_ross_rubinstein")

    @staticmethod
    def additive_equiprobabilities() -> QLOptionPriceModel:
        """A binomial tree."""
        return QLOptionPriceModel("additive_equiprobabilities")

    @staticmethod
    def binomial_trigeorgis() -> QLOptionPriceModel:
        """A binomial tree."""
        return QLOptionPriceModel("binomial_trigeorgis")

    @staticmethod
    def binomial_tian() -> QLOptionPriceModel:
        """A binomial tree."""
        return QLOptionPriceModel("binomial_tian")

    @staticmethod
    def binomial_leisen_reimer() -> QLOptionPriceModel:
        """A binomial tree."""
        return QLOptionPriceModel("binomial_leisen_reimer")

    @staticmethod
    def binomial_joshi() -> QLOptionPriceModel:
        """A binomial tree."""
        return QLOptionPriceModel("binomial_joshi")


class OptionPriceModels(metaclass=ClrStatic):
    """The price models LEAN ships, by name."""

    QuantLib = _QuantLib

    @staticmethod
    def black_scholes() -> IndicatorBasedOptionPriceModel:
        """LEAN's indicators with the Black-Scholes formula, whatever the style."""
        return IndicatorBasedOptionPriceModel(PricingModel.BLACK_SCHOLES)

    @staticmethod
    def binomial_cox_ross_rubinstein() -> IndicatorBasedOptionPriceModel:
        """LEAN's indicators with its Cox-Ross-Rubinstein tree."""
        return IndicatorBasedOptionPriceModel(PricingModel.BINOMIAL_COX_ROSS_RUBINSTEIN)

    @staticmethod
    def forward_tree() -> IndicatorBasedOptionPriceModel:
        """LEAN's indicators with its forward tree."""
        return IndicatorBasedOptionPriceModel(PricingModel.FORWARD_TREE)
