"""Volatility models by LEAN's names.

LEAN's price models by indicators do not ask them, so leansim does not feed them: a model can be chosen, but one that
would have to be fed refuses, when it is asked for its volatility or, the algorithm's own, when it is set.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NoReturn

from leansim.api.enums import Resolution
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentOutOfRangeException
from leansim.errors import NotEmulated


class BaseVolatilityModel(ClrObject):
    """A model that knows nothing."""

    @property
    def volatility(self) -> float:
        """0."""
        return 0.0

    def update(self, security: Any, data: Any) -> None:
        """Nothing."""


class StandardDeviationOfReturnsVolatilityModel(BaseVolatilityModel):
    """Standard deviation of returns: ``(periods[, resolution[, update frequency]])`` or ``(resolution[, …])``."""

    def __init__(
        self,
        periods: int | Resolution,
        resolution: Resolution | timedelta | None = None,
        update_frequency: timedelta | None = None,
    ) -> None:
        if not isinstance(periods, Resolution) and periods < 2:
            raise ArgumentOutOfRangeException("'periods' must be greater than or equal to 2.")

    @property
    def volatility(self) -> NoReturn:
        """Not emulated."""
        raise NotEmulated("StandardDeviationOfReturnsVolatilityModel.volatility")


def accepted(model: Any) -> Any:
    """A volatility model that may be set: one of the algorithm's own must not expect to be fed."""
    names = ("update", "Update")
    own = [name for kind in type(model).__mro__ if not kind.__module__.startswith("leansim.") for name in vars(kind)]
    if any(name in own for name in names):
        raise NotEmulated(f"{type(model).__name__}.update: feeding a volatility model of the algorithm's own")
    return model
