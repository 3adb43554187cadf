"""What is done to each new security: the brokerage model's models, and a first price from history."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from leansim.api.naming import ClrObject
from leansim.api.net import InvalidOperationException
from leansim.api.reference import required_reference_data
from leansim.trading.equipment import initialize_models

if TYPE_CHECKING:
    from leansim.api.securities import Security


class FuncSecuritySeeder(ClrObject):
    """Gives a security its first price from a function: ``FuncSecuritySeeder(self.get_last_known_prices)``."""

    def __init__(self, seed_function: Callable[[Any], Any]) -> None:
        self._seed = seed_function

    def seed_security(self, security: Security) -> bool:
        """Set the prices the function finds; whether it found any. Canonical symbols have none."""
        if security.symbol.is_canonical():
            return False
        found = self._seed(security)
        points = [] if found is None else list(found) if hasattr(found, "__iter__") else [found]
        for point in points:
            security.set_market_price(point)
        return bool(points)


class NullSecuritySeeder(ClrObject):
    """Sets nothing."""

    def seed_security(self, security: Security) -> bool:
        """False."""
        return False


class SecuritySeeder(ClrObject):
    """LEAN's seeder that does nothing, by name."""

    NULL = NullSecuritySeeder()


class BrokerageModelSecurityInitializer(ClrObject):
    """Gives a security the brokerage model's models and, with a seeder, a first price."""

    def __init__(self, brokerage_model: Any, security_seeder: Any = None) -> None:
        self._brokerage_model = brokerage_model
        self._seeder = security_seeder

    def initialize(self, security: Security) -> None:
        """Do it."""
        initialize_models(self._brokerage_model, security, required_reference_data())  # type: ignore[arg-type]  # a run's is a folder
        if self._seeder is not None:
            self._seeder.seed_security(security)


class FuncSecurityInitializer(ClrObject):
    """A function as an initializer."""

    def __init__(self, initializer: Callable[[Any], Any]) -> None:
        self._initializer = initializer

    def initialize(self, security: Security) -> None:
        """Call it."""
        self._initializer(security)


class CompositeSecurityInitializer(ClrObject):
    """Several initializers, one after the other."""

    def __init__(self, *initializers: Any) -> None:
        self.initializers = list(initializers)

    def initialize(self, security: Security) -> None:
        """Apply all."""
        for initializer in self.initializers:
            initialize_with(initializer, security)


def initialize_with(initializer: Any, security: Security) -> None:
    """Apply an initializer: a function, or an object with ``initialize``."""
    method = getattr(initializer, "initialize", None) or getattr(initializer, "Initialize", None) or initializer
    if not callable(method):
        raise InvalidOperationException(f"{type(initializer).__name__} does not initialize securities")
    method(security)
