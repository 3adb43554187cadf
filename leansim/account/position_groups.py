"""How a portfolio's positions are grouped for margin, and whether an order fits into it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from math import gcd
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.account.group_margin import (
    OptionStrategyPositionGroupBuyingPowerModel,
    SecurityPositionGroupBuyingPowerModel,
)
from leansim.account.margin import OptionMargin, Sufficiency, amount_of, as_option, sufficient
from leansim.account.positions import Portion, Position, PositionGroup, PositionGroupCollection
from leansim.account.strategy_matcher import Contracts, Strategy, match
from leansim.api.enums import OrderDirection, SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException
from leansim.api.symbols import is_option
from leansim.numbers import ZERO, plain

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.orders import Order
    from leansim.api.securities import Security
    from leansim.api.symbols import Symbol

PositionContent = tuple["Symbol", Decimal, Decimal]

_REMEMBERED = 1000
_HAS_OPTIONS = (SecurityType.EQUITY, SecurityType.FUTURE, SecurityType.INDEX)


class SecurityPositionGroupModel(ClrObject):
    """LEAN's grouping: option structures first, what is left security by security."""

    NULL: SecurityPositionGroupModel

    def __init__(self, portfolio: SecurityPortfolioManager | None = None) -> None:
        self._portfolio_or_none = portfolio
        self._resolved: PositionGroupCollection | None = None
        # a removed security leaves the groups without a change of its holding
        self._resolved_from = 0
        # a resting order asks the same question at every step
        self._resolutions: dict[tuple[PositionContent, ...], PositionGroupCollection] = {}
        self._structured: dict[tuple[PositionContent, ...], list[PositionGroup]] = {}

    def _bound_to(self, portfolio: SecurityPortfolioManager) -> SecurityPositionGroupModel:
        self._portfolio_or_none = portfolio
        self._resolved = None
        return self

    @property
    def _portfolio(self) -> SecurityPortfolioManager:
        assert self._portfolio_or_none is not None, "the model belongs to no portfolio yet"
        return self._portfolio_or_none

    def _forget(self) -> None:
        """Holdings have changed: group anew when asked."""
        self._resolved = None

    @property
    def _groups(self) -> PositionGroupCollection:
        securities = self._portfolio._invested_securities()
        if self._resolved is None or len(securities) != self._resolved_from:
            self._resolved_from = len(securities)
            self._resolved = self._resolve(
                Position(security.symbol, security.holdings._quantity, quotes.lot_size(security))
                for security in securities
            )
        return self._resolved

    @property
    def groups(self) -> PositionGroupCollection:
        """The groups the portfolio's holdings make up."""
        return self._groups

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self._groups)

    @property
    def is_only_default_groups(self) -> bool:
        """Whether every group is one security by itself."""
        return all(group._is_default for group in self._groups)

    # -- grouping

    def _resolve(self, positions: Iterable[Position]) -> PositionGroupCollection:
        positions = list(positions)
        content = tuple([position._content for position in positions])
        known = self._resolutions.get(content)
        if known is None:
            if len(self._resolutions) >= _REMEMBERED:
                self._resolutions.clear()
            known = self._resolutions[content] = self._group_anew(positions)
        return known

    def _group_anew(self, positions: list[Position]) -> PositionGroupCollection:
        rest = Portion(positions)
        structures = PositionGroupCollection(self._structures(list(rest.by_symbol.values())))
        rest.take(structures)
        singles = [
            PositionGroup(
                SecurityPositionGroupBuyingPowerModel(), position._quantity / position._unit_quantity, [position]
            )
            for position in rest.by_symbol.values()
        ]
        return PositionGroupCollection([*structures, *singles])

    def _structures(self, positions: list[Position]) -> list[PositionGroup]:
        """Option structures, underlying by underlying. An underlying left with nothing ends the search, as in LEAN."""
        content = tuple([position._content for position in positions])
        known = self._structured.get(content)
        if known is None:
            if len(self._structured) >= _REMEMBERED:
                self._structured.clear()
            known = self._structured[content] = self._match(positions)
        return known

    def _match(self, positions: list[Position]) -> list[PositionGroup]:
        by_underlying: dict[Symbol, list[Position]] = {}
        for position in positions:
            symbol = position.symbol
            if is_option(symbol.security_type) or symbol.security_type in _HAS_OPTIONS:
                root = symbol.underlying if symbol.has_underlying else symbol
                assert root is not None
                by_underlying.setdefault(root, []).append(position)
        found: list[PositionGroup] = []
        for root, ours in by_underlying.items():
            option = next((p.symbol for p in ours if is_option(p.symbol.security_type)), None)
            if option is None:
                continue
            unit = quotes.unit_of_trade(as_option(self._portfolio.securities[option]))
            contracts = _contracts(ours, unit)
            if not contracts.count:
                found.append(_nothing_left())
                return found
            found += [_group(strategy, root, unit) for strategy in match(contracts)]
        return found

    def _impacted(self, changes: list[Position]) -> list[PositionGroup]:
        """Groups a change of positions may regroup: those of the same underlying, and those with the same security."""
        touched: set[Symbol] = set()
        for position in changes:
            symbol = position.symbol
            if is_option(symbol.security_type) or symbol.security_type in _HAS_OPTIONS:
                touched.add(symbol)
                if symbol.underlying is not None:
                    touched.add(symbol.underlying)
        impacted: dict[object, PositionGroup] = {}
        groups = self._groups
        for group in groups:
            if group._quantity and any(_touches(position.symbol, touched) for position in group):
                impacted[group._key] = group
        for position in changes:
            for group in groups:
                if group._holds(position.symbol):
                    impacted.setdefault(group._key, group)
        return list(impacted.values())

    # -- orders

    def _changes(self, orders: list[Order]) -> list[Position]:
        return [
            Position(order.symbol, order._quantity, quotes.lot_size(self._portfolio.securities[order.symbol]))
            for order in orders
        ]

    def _group_of(self, changes: list[Position]) -> PositionGroup | None:
        """The group LEAN judges an order by: the first structure of what would be held."""
        groups = self._groups
        if len(groups) == 0 and len(changes) == 1:
            structures: list[PositionGroup] = []
        else:
            impacted = self._option_impacted(changes) if len(groups) else []
            held = [position for group in impacted for position in group]
            structures = self._structures([*changes, *held])
        if structures:
            first = structures[0]
            if not len(first) or any(first._holds(position.symbol) for position in changes):
                return first
            return _nothing_left()
        if len(changes) != 1:
            return None
        only = changes[0]
        return PositionGroup(SecurityPositionGroupBuyingPowerModel(), only._quantity / only._unit_quantity, [only])

    def _option_impacted(self, changes: list[Position]) -> list[PositionGroup]:
        touched = {
            symbol
            for position in changes
            if is_option(position.symbol.security_type) or position.symbol.security_type in _HAS_OPTIONS
            for symbol in (position.symbol, position.symbol.underlying)
            if symbol is not None
        }
        return [
            group
            for group in self._groups
            if group._quantity and any(_touches(position.symbol, touched) for position in group)
        ]

    def _sufficient_for(self, orders: list[Order]) -> Sufficiency:
        portfolio = self._portfolio
        changes = self._changes(orders)
        group = self._group_of(changes)
        if group is None:
            for order in orders:
                answer = sufficient(portfolio, portfolio.securities[order.symbol], order)
                if not answer.is_sufficient:
                    return answer
            return Sufficiency(True)
        if isinstance(group._margin, SecurityPositionGroupBuyingPowerModel):
            return sufficient(portfolio, portfolio.securities[orders[0].symbol], orders[0])
        delta = self._margin_change(changes)
        if delta < 0:
            return Sufficiency(True)
        free = portfolio._margin_remaining
        if delta <= free:
            return Sufficiency(True)
        ids = ",".join(str(order.id) for order in orders)
        return Sufficiency(False, f"Id: {ids}, Maintenance Margin Delta: {plain(delta)}, Free Margin: {plain(free)}")

    def _margin_change(self, changes: list[Position]) -> Decimal:
        """Initial margin of what would be held, with the premium paid, less the margin of what it replaces."""
        portfolio = self._portfolio
        after: dict[Symbol, Position] = {}
        for position in changes:
            if position.symbol in after:
                raise ArgumentException(f"An item with the same key has already been added. Key: {position.symbol}")
            after[position.symbol] = position
        current = ZERO
        for group in self._impacted(changes):
            current += group._maintenance(portfolio)
            for position in group:
                mine = after.get(position.symbol)
                after[position.symbol] = position if mine is None else mine._combined(position)
        contemplated = ZERO
        for group in self._resolve(after.values()):
            margin = group._margin._initial(portfolio, group)
            contemplated += margin.without_premium if isinstance(margin, OptionMargin) else margin
        for group in self._resolve(changes):
            margin = group._margin._initial(portfolio, group)
            if isinstance(margin, OptionMargin):
                contemplated += margin.value - margin.without_premium
        return contemplated - current

    def _buying_power(self, security: Security, direction: OrderDirection) -> Decimal:
        """Margin free for an order in a security held by itself."""
        portfolio = self._portfolio
        free = portfolio._margin_remaining
        unit = quotes.lot_size(security)
        probe = PositionGroup(SecurityPositionGroupBuyingPowerModel(), ZERO, [Position(security.symbol, ZERO, unit)])
        existing = self._groups._get(probe._key)
        if security.holdings._quantity < 0:
            opposite = {OrderDirection.BUY: OrderDirection.SELL, OrderDirection.SELL: OrderDirection.BUY}
            direction = opposite[direction]
        if existing is not None and direction == OrderDirection.SELL:
            free += existing._maintenance(portfolio)
            free += abs(amount_of(existing._margin._initial(portfolio, existing)))
        return free


class NullSecurityPositionGroupModel(SecurityPositionGroupModel):
    """No structures: every security by its own buying power model."""

    def _match(self, positions: list[Position]) -> list[PositionGroup]:
        return []


SecurityPositionGroupModel.NULL = NullSecurityPositionGroupModel()


def _nothing_left() -> PositionGroup:
    return PositionGroup(OptionStrategyPositionGroupBuyingPowerModel(None), ZERO, ())


def _touches(symbol: Symbol, touched: set[Symbol]) -> bool:
    return symbol in touched or (is_option(symbol.security_type) and symbol.underlying in touched)


def _contracts(positions: list[Position], unit: Decimal) -> Contracts:
    contracts = Contracts()
    for position in positions:
        quantity = int(position._quantity)
        if is_option(position.symbol.security_type):
            contracts.add(position.symbol, quantity)
        else:
            contracts.underlying_lots += int(quantity / unit)
    return contracts


def _group(strategy: Strategy, root: Symbol, unit: Decimal) -> PositionGroup:
    ratios = [quantity for _, quantity in strategy.legs]
    if strategy.underlying_lots:
        ratios.append(strategy.underlying_lots)
    units = gcd(*ratios)
    positions = [
        Position(symbol, Decimal(quantity), Decimal(abs(quantity) // units)) for symbol, quantity in strategy.legs
    ]
    if strategy.underlying_lots:
        shares = strategy.underlying_lots * unit
        positions.append(Position(root, shares, abs(shares) / units))
    return PositionGroup(OptionStrategyPositionGroupBuyingPowerModel(strategy), Decimal(units), positions)
