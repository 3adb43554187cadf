"""Greeks as an algorithm sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leansim.api.naming import ClrObject

__all__ = ["Greeks"]

_DAYS_OF_YEAR = 365.0


class Greeks(ClrObject):
    """Sensitivities of one contract's price: ``([delta, gamma, vega, theta, rho, lambda])``, all settable.

    Attributes:
        delta: price change for one unit of the underlying.
        gamma: change of delta for one unit of the underlying.
        vega: price change for one percentage point of volatility.
        theta: price change for one year.
        rho: price change for one percentage point of the interest rate.
        lambda_: elasticity.

    """

    def __init__(
        self,
        delta: float = 0.0,
        gamma: float = 0.0,
        vega: float = 0.0,
        theta: float = 0.0,
        rho: float = 0.0,
        lambda_: float = 0.0,
    ) -> None:
        self.delta, self.gamma, self.vega = float(delta), float(gamma), float(vega)
        self.theta, self.rho, self.lambda_ = float(theta), float(rho), float(lambda_)

    @property
    def theta_per_day(self) -> float:
        """Price change for one day."""
        return self.theta / _DAYS_OF_YEAR

    @theta_per_day.setter
    def theta_per_day(self, value: float) -> None:
        self.theta = value * _DAYS_OF_YEAR


class GreekLists:
    """The greeks of all contracts of a chain, each a list that is made when it is first asked for."""

    delta: Sequence[float]
    gamma: Sequence[float]
    vega: Sequence[float]
    theta: Sequence[float]
    theta_per_day: Sequence[float]
    rho: Sequence[float]

    def __init__(self, column: Callable[[str], Sequence[float]]) -> None:
        self._column = column

    def __getattr__(self, name: str) -> Sequence[float]:
        if name not in GreekLists.__annotations__:
            raise AttributeError(name)
        values = self.__dict__[name] = self._column(name)
        return values


class ModeledGreeks(ClrObject):
    """The greeks of one contract, looked up among those of its chain when they are asked for."""

    __slots__ = ("_i", "_lists")

    def __init__(self, lists: GreekLists, i: int) -> None:
        self._lists = lists
        self._i = i

    @property
    def delta(self) -> float:
        """Price change for one unit of the underlying."""
        return self._lists.delta[self._i]

    @property
    def gamma(self) -> float:
        """Change of delta for one unit of the underlying."""
        return self._lists.gamma[self._i]

    @property
    def vega(self) -> float:
        """Price change for one percentage point of volatility."""
        return self._lists.vega[self._i]

    @property
    def theta(self) -> float:
        """Price change for one year."""
        return self._lists.theta[self._i]

    @property
    def theta_per_day(self) -> float:
        """Price change for one day: theta / 365."""
        return self._lists.theta_per_day[self._i]

    @property
    def rho(self) -> float:
        """Price change for one percentage point of the interest rate."""
        return self._lists.rho[self._i]

    @property
    def lambda_(self) -> float:
        """LEAN's default model leaves it 0."""
        return 0.0


# LEAN's own classes of such greeks are not public: Python sees the base class
ModeledGreeks.__name__ = ModeledGreeks.__qualname__ = "Greeks"


def modeled_greeks(lists: GreekLists, count: int) -> list[ModeledGreeks]:
    """The greeks of so many contracts, one by one."""
    return [ModeledGreeks(lists, i) for i in range(count)]
