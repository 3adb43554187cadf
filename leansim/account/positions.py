"""Positions and the groups they are margined in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from leansim.api.decimals import DecimalField
from leansim.api.naming import FixedClrObject
from leansim.api.net import Collection
from leansim.numbers import ZERO, plain

if TYPE_CHECKING:
    from leansim.account.group_margin import PositionGroupBuyingPowerModel, Structure
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.symbols import Symbol


class Position(FixedClrObject):
    """A signed quantity of one security; ``unit_quantity`` is what one unit of its group holds of it."""

    __slots__ = ("__dict__", "_quantity", "_unit_quantity", "symbol")

    quantity = DecimalField("Signed quantity.", read_only=True)
    unit_quantity = DecimalField("Quantity per unit of the group.", read_only=True)

    def __init__(self, symbol: Symbol, quantity: Decimal, unit_quantity: Decimal) -> None:
        self.symbol = symbol
        self._quantity = quantity
        self._unit_quantity = unit_quantity

    @property
    def _content(self) -> tuple[Symbol, Decimal, Decimal]:
        """What the position says, as a key."""
        return self.symbol, self._quantity, self._unit_quantity

    def _combined(self, other: Position) -> Position:
        unit = min(self._unit_quantity, other._unit_quantity)
        return Position(self.symbol, self._quantity + other._quantity, unit)

    def _with_lots(self, lots: Decimal) -> Position:
        sign = -1 if self._quantity < 0 else 1
        return Position(self.symbol, lots * self._unit_quantity * sign, self._unit_quantity)


class PositionGroupKey(NamedTuple):
    """What tells one group from another: kind of margin, and each symbol with its unit quantity."""

    kind: str
    unit_quantities: tuple[tuple[Symbol, Decimal], ...]

    def __str__(self) -> str:
        return "|".join(f"{symbol}:{plain(unit)}" for symbol, unit in self.unit_quantities)


class PositionGroup(Collection[Position]):
    """Positions margined together, ``quantity`` times their unit quantities."""

    __slots__ = ("_by_symbol", "_key", "_margin", "_quantity", "_structure")

    quantity = DecimalField("How many units.", read_only=True)

    def __init__(self, margin: PositionGroupBuyingPowerModel, quantity: Decimal, positions: Iterable[Position]) -> None:
        self._margin = margin
        self._quantity = quantity
        self._structure: Structure | None = None
        self._by_symbol = {position.symbol: position for position in positions}
        units = sorted((p.symbol, p._unit_quantity) for p in self._by_symbol.values())
        self._key = PositionGroupKey(margin._kind, tuple(units))
        super().__init__(self._by_symbol.values())

    @property
    def buying_power_model(self) -> PositionGroupBuyingPowerModel:
        """The margin model of the group."""
        return self._margin

    @property
    def positions(self) -> list[Position]:
        """The positions."""
        return list(self._by_symbol.values())

    @property
    def key(self) -> PositionGroupKey:
        """What tells this group from others."""
        return self._key

    @property
    def _is_default(self) -> bool:
        """Whether it is one security by itself, margined by its own model."""
        return len(self._by_symbol) == 1 and self._margin._kind == "security"

    def __len__(self) -> int:
        return len(self._by_symbol)

    def _holds(self, symbol: Symbol) -> bool:
        return symbol in self._by_symbol

    def _maintenance(self, portfolio: SecurityPortfolioManager) -> Decimal:
        return self._margin._maintenance(portfolio, self)


class PositionGroupCollection(Collection[PositionGroup]):
    """The groups of a portfolio."""

    __slots__ = ("_by_key",)

    def __init__(self, groups: Iterable[PositionGroup] = ()) -> None:
        self._by_key: dict[PositionGroupKey, PositionGroup] = {}
        for group in groups:
            self._by_key[group._key] = group
        super().__init__(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[PositionGroup]:
        return iter(self._by_key.values())

    def _get(self, key: PositionGroupKey) -> PositionGroup | None:
        return self._by_key.get(key)


class Portion:
    """Positions still to be grouped, by symbol."""

    def __init__(self, positions: Iterable[Position]) -> None:
        self.by_symbol: dict[Symbol, Position] = {}
        for position in positions:
            self.by_symbol[position.symbol] = position

    def take(self, groups: Iterable[PositionGroup]) -> None:
        """Deduct what groups hold."""
        for group in groups:
            for position in group:
                mine = self.by_symbol[position.symbol]
                left = mine._quantity - position._quantity
                if left == ZERO:
                    del self.by_symbol[position.symbol]
                else:
                    self.by_symbol[position.symbol] = Position(mine.symbol, left, mine._unit_quantity)
