"""Option price models as the algorithm sees them on ``option.price_model``."""

from __future__ import annotations

from leansim.api.naming import ClrObject


class IndicatorBasedOptionPriceModel(ClrObject):
    """LEAN's default: volatilities and greeks from its own indicators, computed by the feed for whole chains."""


class QLOptionPriceModel(ClrObject):
    """LEAN's default of futures options, a QuantLib tree. leansim has no values of it: greeks raise ``NotEmulated``."""
