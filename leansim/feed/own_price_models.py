"""Price models written in Python: asked contract by contract, when the algorithm looks at one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from leansim.api.chains import ModelValues, OptionChain
from leansim.api.greeks import Greeks
from leansim.api.price_models import OptionPriceModelParameters, OptionPriceModelResult

if TYPE_CHECKING:
    from leansim.api.securities import SecurityManager


class _Column:
    """One value of all contracts, made when one of them is looked at."""

    def __init__(self, size: int, value: Callable[[int], Any]) -> None:
        self._size = size
        self._value = value

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, i: int) -> Any:
        return self._value(i)

    def tolist(self) -> _Column:
        """Itself: nothing is computed for a contract nobody looks at."""
        return self


class OwnValues:
    """The answers of a price model that is asked contract by contract, each at most once."""

    def __init__(self, size: int, evaluate: Callable[[int], Any]) -> None:
        self._size = size
        self._evaluate = evaluate
        self._results: dict[int, Any] = {}

    def result(self, i: int) -> Any:
        """The model's answer for a contract."""
        if i not in self._results:
            self._results[i] = self._evaluate(i)
        return self._results[i]

    def __getattr__(self, name: str) -> _Column:
        if name in ("theoretical_price", "implied_volatility", "greeks"):
            return _Column(self._size, lambda i: getattr(self.result(i), name))
        if name in _GREEKS:
            return _Column(self._size, lambda i: getattr(self.result(i).greeks, name))
        raise AttributeError(name)


_GREEKS = ("delta", "gamma", "vega", "theta", "theta_per_day", "rho")


def own_values(chain: OptionChain, model: Any, securities: SecurityManager) -> ModelValues:
    """What a model of the algorithm's says of the contracts of a chain."""

    def evaluate(i: int) -> Any:
        contract = chain._contract_at(i)
        parameters = OptionPriceModelParameters(securities[contract.symbol], chain.columns.slice, contract)
        result = (getattr(model, "evaluate", None) or model.Evaluate)(parameters)
        if not isinstance(result, OptionPriceModelResult):
            raise TypeError(f"{type(result).__name__} value cannot be converted to OptionPriceModelResult")
        return result

    return OwnValues(len(chain.columns.symbols), evaluate)


def row_of(values: Any, i: int) -> Any:
    """The answer for one contract out of a whole chain's."""
    if isinstance(values, OwnValues):
        return values.result(i)
    numbers = {name: float(getattr(values, name)[i]) for name in _GREEKS}
    numbers.pop("theta_per_day")
    return OptionPriceModelResult(
        float(values.theoretical_price[i]), float(values.implied_volatility[i]), Greeks(**numbers)
    )
