"""Greeks as an algorithm sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from leansim.api.naming import ClrObject, FixedClrObject

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
    """The greeks of all contracts of a chain, each a list that is made when it is first asked for; ``None`` before."""

    __slots__ = ("_column", "delta", "gamma", "rho", "theta", "theta_per_day", "vega")

    def __init__(self, column: Callable[[str], Sequence[float]]) -> None:
        self._column = column
        self.delta: Sequence[float] | None = None
        self.gamma: Sequence[float] | None = None
        self.vega: Sequence[float] | None = None
        self.theta: Sequence[float] | None = None
        self.theta_per_day: Sequence[float] | None = None
        self.rho: Sequence[float] | None = None

    def made(self, name: str) -> Sequence[float]:
        """One of them, made now."""
        values = self._column(name)
        setattr(self, name, values)
        return values


class ModeledGreeks(FixedClrObject):
    """The greeks of one contract, looked up among those of its chain when they are asked for."""

    __slots__ = ("_i", "_lists")
    _missing = ("get_safe_theta",)

    _lists: GreekLists
    _i: int

    @classmethod
    def _at(cls, lists: GreekLists, i: int) -> Self:
        """Those of one contract."""
        greeks = cls()
        greeks._lists = lists
        greeks._i = i
        return greeks

    @classmethod
    def _all_of(cls, lists: GreekLists, count: int) -> list[Self]:
        """Those of so many contracts, one by one."""
        made: list[Self] = []
        # without a constructor of their own, which would take longer than all that is done here
        for i in range(count):
            greeks = cls()
            greeks._lists = lists
            greeks._i = i
            made.append(greeks)
        return made

    @classmethod
    def _give_all(cls, lists: GreekLists, contracts: Iterable[Any]) -> None:
        """Let each of these contracts, in the order of the lists, hold its own."""
        for i, contract in enumerate(contracts):
            greeks = contract._greeks = cls()
            greeks._lists = lists
            greeks._i = i

    @property
    def delta(self) -> float:
        """Price change for one unit of the underlying."""
        values = self._lists.delta
        return (self._lists.made("delta") if values is None else values)[self._i]

    @property
    def gamma(self) -> float:
        """Change of delta for one unit of the underlying."""
        values = self._lists.gamma
        return (self._lists.made("gamma") if values is None else values)[self._i]

    @property
    def vega(self) -> float:
        """Price change for one percentage point of volatility."""
        values = self._lists.vega
        return (self._lists.made("vega") if values is None else values)[self._i]

    @property
    def theta(self) -> float:
        """Price change for one year."""
        values = self._lists.theta
        return (self._lists.made("theta") if values is None else values)[self._i]

    @property
    def theta_per_day(self) -> float:
        """Price change for one day: theta / 365."""
        values = self._lists.theta_per_day
        return (self._lists.made("theta_per_day") if values is None else values)[self._i]

    @property
    def rho(self) -> float:
        """Price change for one percentage point of the interest rate."""
        values = self._lists.rho
        return (self._lists.made("rho") if values is None else values)[self._i]

    @property
    def lambda_(self) -> float:
        """LEAN's default model leaves it 0."""
        return 0.0


# LEAN's own classes of such greeks are not public: Python sees the base class
ModeledGreeks.__name__ = ModeledGreeks.__qualname__ = "Greeks"
