"""What a group of positions ties up: one security by its own model, an option structure by LEAN's rules for it.

LEAN's rules are kept with their quirks: of an iron condor only the width of the puts counts, widths are multiplied by
the unit of trade (1 for options on futures), and a diagonal is no structure at all.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.account import strategy_definitions as known
from leansim.account.margin import (
    InitialMargin,
    MaintenanceMargin,
    MaintenanceMarginParameters,
    Margin,
    OptionMargin,
    amount_of,
    as_option,
    initial_margin,
    maintenance_margin,
    maintenance_margin_of,
)
from leansim.api.enums import OptionRight
from leansim.api.naming import ClrObject
from leansim.api.net import ClrNotImplementedException
from leansim.api.symbols import is_option
from leansim.numbers import ZERO

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.account.positions import Position, PositionGroup
    from leansim.account.strategy_matcher import Strategy
    from leansim.api.securities import Option, Security

_TENTH = Decimal("0.1")


class PositionGroupParameters(ClrObject):
    """A portfolio and one of its groups: what a group's model is asked about."""

    def __init__(self, portfolio: SecurityPortfolioManager, position_group: PositionGroup) -> None:
        self.portfolio = portfolio
        self.position_group = position_group


class PositionGroupMaintenanceMarginParameters(PositionGroupParameters):
    """Ask for the margin to hold a group."""


class PositionGroupInitialMarginParameters(PositionGroupParameters):
    """Ask for the margin to open a group."""


class PositionGroupBuyingPowerModel(ClrObject):
    """Margin of a group of positions."""

    _kind: str

    def _maintenance(self, portfolio: SecurityPortfolioManager, group: PositionGroup) -> Decimal:
        """Margin to hold the group."""
        raise NotImplementedError

    def _initial(self, portfolio: SecurityPortfolioManager, group: PositionGroup) -> Margin:
        """Margin to open the group."""
        raise NotImplementedError

    def get_maintenance_margin(self, parameters: PositionGroupMaintenanceMarginParameters) -> MaintenanceMargin:
        """Margin to hold a group."""
        return MaintenanceMargin(self._maintenance(parameters.portfolio, parameters.position_group))

    def get_initial_margin_requirement(self, parameters: PositionGroupInitialMarginParameters) -> InitialMargin:
        """Margin to open a group, its premium included."""
        return InitialMargin(amount_of(self._initial(parameters.portfolio, parameters.position_group)))


class SecurityPositionGroupBuyingPowerModel(PositionGroupBuyingPowerModel):
    """One security by itself: its own buying power model."""

    _kind = "security"

    def _maintenance(self, portfolio: SecurityPortfolioManager, group: PositionGroup) -> Decimal:
        """Sum over the positions."""
        return sum((maintenance_margin(portfolio.securities[p.symbol], p._quantity) for p in group), ZERO)

    def _initial(self, portfolio: SecurityPortfolioManager, group: PositionGroup) -> Margin:
        """Sum over the positions; negative for a short one, premiums included."""
        return sum((amount_of(initial_margin(portfolio.securities[p.symbol], p._quantity)) for p in group), ZERO)


class OptionStrategyPositionGroupBuyingPowerModel(PositionGroupBuyingPowerModel):
    """An option structure; without one (a liquidation) nothing is tied up."""

    _kind = "strategy"

    def __init__(self, strategy: Strategy | None) -> None:
        self.strategy = strategy

    def __str__(self) -> str:
        return "" if self.strategy is None else self.strategy.name

    def _maintenance(self, portfolio: SecurityPortfolioManager, group: PositionGroup) -> Decimal:
        """Margin to hold the structure; NotImplementedException where LEAN has no rule."""
        if not group._quantity or self.strategy is None:
            return ZERO
        rule = _MAINTENANCE.get(self.strategy.name)
        if rule is None:
            raise ClrNotImplementedException(
                f"Option strategy {self.strategy.name} margin modeling has yet to be implemented"
            )
        return rule(_structure(portfolio, group))

    def _initial(self, portfolio: SecurityPortfolioManager, group: PositionGroup) -> Margin:
        """Margin to open the structure, and its premium; NotImplementedException where LEAN has no rule."""
        if not group._quantity:
            return OptionMargin(ZERO, ZERO)
        structure = _structure(portfolio, group)
        if self.strategy is None:
            return OptionMargin(ZERO, structure.premium())
        if self.strategy.name in (known.NAKED_CALL.name, known.NAKED_PUT.name):
            single = structure.positions[0]
            margin = initial_margin(portfolio.securities[single.symbol], single._quantity)
            if isinstance(margin, OptionMargin):
                return OptionMargin(abs(margin.without_premium), margin.premium)
            return margin
        rule = _INITIAL.get(self.strategy.name)
        if rule is None:
            raise ClrNotImplementedException(
                f"Option strategy {self.strategy.name} margin modeling has yet to be implemented"
            )
        return OptionMargin(rule(structure), structure.premium())


def _structure(portfolio: SecurityPortfolioManager, group: PositionGroup) -> Structure:
    """The group as the rules read it; kept by the group, whose positions never change, for the next question."""
    known = group._structure
    if known is None or known.portfolio is not portfolio:
        known = group._structure = Structure(portfolio, group)
    return known


class Structure:
    """A group with its securities, as the rules below read it."""

    def __init__(self, portfolio: SecurityPortfolioManager, group: PositionGroup) -> None:
        self.portfolio = portfolio
        self.securities = portfolio.securities
        self.quantity = group._quantity
        self.positions = group.positions
        self._widths: dict[OptionRight, tuple[Position, Decimal]] = {}

    def security(self, position: Position) -> Security:
        """The security of a position."""
        return self.securities[position.symbol]

    def option(self, position: Position) -> Option:
        """The same, known to be an option."""
        return as_option(self.securities[position.symbol])

    def contract(self, right: OptionRight | None = None) -> tuple[Option, Decimal]:
        """The first option (of a right) and its quantity."""
        for position in self.positions:
            symbol = position.symbol
            if is_option(symbol.security_type) and right in (None, symbol.id.option_right):
                return self.option(position), position._quantity
        raise LookupError("the structure has no such leg")

    def stock(self) -> tuple[Security, Decimal]:
        """The underlying and its quantity."""
        for position in self.positions:
            if not is_option(position.symbol.security_type):
                return self.security(position), position._quantity
        raise LookupError("the structure has no underlying")

    def leg(self, right: OptionRight, is_long: bool) -> Position:
        """The one long or short option of a right."""
        for position in self.positions:
            if position.symbol.id.option_right is right and (position._quantity > 0) == is_long:
                return position
        raise LookupError("the structure has no such leg")

    def by_strike(self) -> list[Position]:
        """The positions, the lowest strike first."""
        return sorted(self.positions, key=lambda position: position.symbol.id._exact_strike)

    def premium(self) -> Decimal:
        """Value of the option legs: positive when it is paid."""
        total = ZERO
        for position in self.positions:
            if is_option(position.symbol.security_type):
                total += self.security(position).holdings._value_of(position._quantity)
        return total

    def width(self, right: OptionRight, quantity: Decimal) -> Decimal:
        """Strikes between the short and the long of a right, times units; 0 when the long is nearer the money."""
        known = self._widths.get(right)
        if known is None:
            long = self.leg(right, is_long=True)
            known = self._widths[right] = long, _points(long, self.leg(right, is_long=False))
        return self._worth(*known, quantity)

    def width_of(self, long: Position, short: Position, quantity: Decimal) -> Decimal:
        """The same of two legs."""
        return self._worth(long, _points(long, short), quantity)

    def _worth(self, option: Position, points: Decimal, quantity: Decimal) -> Decimal:
        return max(points * quotes.unit_of_trade(self.option(option)) * abs(quantity), ZERO)

    def naked(self, position: Position, *, initial: bool = False) -> Decimal:
        """Margin of one leg by itself, without sign."""
        security = self.security(position)
        if initial:
            return abs(amount_of(initial_margin(security, position._quantity)))
        return abs(maintenance_margin(security, position._quantity))


def _points(long: Position, short: Position) -> Decimal:
    """Between the strikes of two options of a right; negative when the long is nearer the money."""
    difference = long.symbol.id._exact_strike - short.symbol.id._exact_strike
    return -difference if long.symbol.id.option_right is OptionRight.PUT else difference


Rule = Callable[[Structure], Decimal]


def _nothing(_: Structure) -> Decimal:
    return ZERO


def _single(structure: Structure) -> Decimal:
    position = structure.positions[0]
    return maintenance_margin(structure.security(position), position._quantity)


def _in_the_money(option: Option, quantity: Decimal, stock: Security) -> Decimal:
    return quotes.intrinsic(option, quotes.price(stock)) * quotes.unit_of_trade(option) * abs(quantity)


def _stock_initial(structure: Structure) -> Decimal:
    stock, quantity = structure.stock()
    return amount_of(initial_margin(stock, quantity))


def _protective(structure: Structure) -> Decimal:
    option, quantity = structure.contract()
    stock, shares = structure.stock()
    contracts = quotes.unit_of_trade(option) * abs(quantity)
    distance = quotes.out_of_the_money(option, quotes.price(stock))
    floor = _TENTH * quotes.strike(option) * contracts + distance * contracts
    return min(floor, abs(maintenance_margin(stock, shares)))


def _covered_call(structure: Structure) -> Decimal:
    option, quantity = structure.contract()
    stock, shares = structure.stock()
    value: Decimal = stock.holdings._value_of(shares)
    capped = stock.holdings._value_of(shares, min(quotes.price(stock), quotes.scaled_strike(option)))

    def stock_margin(at: Decimal) -> Decimal:
        return maintenance_margin_of(MaintenanceMarginParameters(stock, shares, ZERO, at))

    of_option: Decimal = option.holdings._value_of(quantity)
    least = min(value, max(of_option, stock_margin(value)))
    return max(_in_the_money(option, quantity, stock) + stock_margin(capped), least)


def _covered_call_initial(structure: Structure) -> Decimal:
    option, quantity = structure.contract()
    value: Decimal = option.holdings._value_of(quantity)
    return abs(value) * Decimal("0.8") + _stock_initial(structure)


def _covered_put(structure: Structure) -> Decimal:
    option, quantity = structure.contract()
    stock, _ = structure.stock()
    return abs(_stock_initial(structure)) + _in_the_money(option, quantity, stock)


def _collar(structure: Structure) -> Decimal:
    put, quantity = structure.contract(OptionRight.PUT)
    call, _ = structure.contract(OptionRight.CALL)
    stock, _ = structure.stock()
    of_put = _TENTH * quotes.strike(put) + quotes.out_of_the_money(put, quotes.price(stock))
    of_call = Decimal("0.25") * quotes.strike(call)
    return min(of_put, of_call) * abs(quantity) * quotes.unit_of_trade(put)


def _stock_and_in_the_money(right: OptionRight) -> Rule:
    def rule(structure: Structure) -> Decimal:
        option, quantity = structure.contract(right)
        stock, _ = structure.stock()
        return abs(_stock_initial(structure)) + _in_the_money(option, quantity, stock)

    return rule


def _conversion(right: OptionRight) -> Rule:
    def rule(structure: Structure) -> Decimal:
        option, quantity = structure.contract(right)
        stock, _ = structure.stock()
        per_unit = _TENTH * quotes.strike(option) + quotes.intrinsic(option, quotes.price(stock))
        return per_unit * abs(quantity) * quotes.unit_of_trade(option)

    return rule


def _call_width(structure: Structure) -> Decimal:
    return structure.width(OptionRight.CALL, structure.quantity)


def _put_width(structure: Structure) -> Decimal:
    return structure.width(OptionRight.PUT, structure.quantity)


def _the_short(structure: Structure) -> Position:
    return next(position for position in structure.positions if position._quantity < 0)


def _short_calendar(structure: Structure) -> Decimal:
    short = _the_short(structure)
    return maintenance_margin(structure.security(short), short._quantity)


def _short_calendar_initial(structure: Structure) -> Decimal:
    return structure.naked(_the_short(structure), initial=True)


def _two_shorts(*, initial: bool) -> Rule:
    def rule(structure: Structure) -> Decimal:
        call, put = structure.leg(OptionRight.CALL, False), structure.leg(OptionRight.PUT, False)
        of_call, of_put = structure.naked(call, initial=initial), structure.naked(put, initial=initial)
        larger, other = (of_put, call) if of_put > of_call else (of_call, put)
        option = structure.option(other)
        return larger + quotes.price(option) * quotes.unit_of_trade(option) * abs(other._quantity)

    return rule


def _lower_wing(structure: Structure) -> Decimal:
    low, middle, *_ = structure.by_strike()
    difference = middle.symbol.id._exact_strike - low.symbol.id._exact_strike
    return max(difference * quotes.unit_of_trade(structure.option(low)) * abs(structure.quantity), ZERO)


def _short_box(structure: Structure) -> Decimal:
    long_call = structure.leg(OptionRight.CALL, True)
    short_call = structure.leg(OptionRight.CALL, False)
    long_put = structure.option(structure.leg(OptionRight.PUT, True))
    short_put = structure.option(structure.leg(OptionRight.PUT, False))
    contracts = abs(long_call._quantity)
    fees = max(contracts * Decimal("0.65"), Decimal(1)) * 4
    to_close = (
        quotes.ask(structure.option(short_call))
        - quotes.bid(structure.option(long_call))
        + quotes.ask(short_put)
        - quotes.bid(long_put)
    )
    units = contracts * quotes.unit_of_trade(structure.option(long_call))
    width = long_call.symbol.id._exact_strike - short_call.symbol.id._exact_strike
    return max(Decimal("1.02") * (fees + to_close * units), width * units)


def _jelly_roll(structure: Structure) -> Decimal:
    latest = max(position.symbol.id.date for position in structure.positions)
    short = next(p for p in structure.positions if p._quantity < 0 and p.symbol.id.date == latest)
    return structure.naked(short)


def _call_ladder(*, bear: bool) -> Rule:
    def rule(structure: Structure) -> Decimal:
        low, middle, high = structure.by_strike()
        if (structure.quantity >= 0) == bear:
            long, short = (low, middle) if low._quantity > 0 else (middle, low)
            return structure.width_of(long, short, structure.quantity)
        return structure.naked(high, initial=True)

    return rule


def _put_ladder(*, bull: bool) -> Rule:
    def rule(structure: Structure) -> Decimal:
        low, middle, high = structure.by_strike()
        if (structure.quantity >= 0) == bull:
            long, short = (high, middle) if high._quantity > 0 else (middle, high)
            return structure.width_of(long, short, structure.quantity)
        return structure.naked(low, initial=True)

    return rule


_MAINTENANCE: dict[str, Rule] = {
    known.PROTECTIVE_PUT.name: _protective,
    known.PROTECTIVE_CALL.name: _protective,
    known.COVERED_CALL.name: _covered_call,
    known.COVERED_PUT.name: _covered_put,
    known.PROTECTIVE_COLLAR.name: _collar,
    known.CONVERSION.name: _conversion(OptionRight.CALL),
    known.REVERSE_CONVERSION.name: _conversion(OptionRight.PUT),
    known.NAKED_CALL.name: _single,
    known.NAKED_PUT.name: _single,
    known.BEAR_CALL_SPREAD.name: _call_width,
    known.BULL_CALL_SPREAD.name: _call_width,
    known.BEAR_PUT_SPREAD.name: _put_width,
    known.BULL_PUT_SPREAD.name: _put_width,
    known.CALL_CALENDAR_SPREAD.name: _nothing,
    known.PUT_CALENDAR_SPREAD.name: _nothing,
    known.SHORT_CALL_CALENDAR_SPREAD.name: _short_calendar,
    known.SHORT_PUT_CALENDAR_SPREAD.name: _short_calendar,
    known.STRADDLE.name: _nothing,
    known.STRANGLE.name: _nothing,
    known.SHORT_STRADDLE.name: _two_shorts(initial=False),
    known.SHORT_STRANGLE.name: _two_shorts(initial=False),
    known.BUTTERFLY_CALL.name: _nothing,
    known.BUTTERFLY_PUT.name: _nothing,
    known.SHORT_BUTTERFLY_CALL.name: _lower_wing,
    known.SHORT_BUTTERFLY_PUT.name: _lower_wing,
    known.IRON_CONDOR.name: _put_width,
    known.IRON_BUTTERFLY.name: _put_width,
    known.SHORT_IRON_CONDOR.name: _put_width,
    known.SHORT_IRON_BUTTERFLY.name: _put_width,
    known.BOX_SPREAD.name: _nothing,
    known.SHORT_BOX_SPREAD.name: _short_box,
    known.JELLY_ROLL.name: _jelly_roll,
    known.SHORT_JELLY_ROLL.name: _jelly_roll,
    known.BEAR_CALL_LADDER.name: _call_ladder(bear=True),
    known.BULL_CALL_LADDER.name: _call_ladder(bear=False),
    known.BEAR_PUT_LADDER.name: _put_ladder(bull=False),
    known.BULL_PUT_LADDER.name: _put_ladder(bull=True),
}

_INITIAL: dict[str, Rule] = {
    **_MAINTENANCE,
    known.PROTECTIVE_PUT.name: lambda structure: abs(_stock_initial(structure)),
    known.PROTECTIVE_CALL.name: lambda structure: abs(_stock_initial(structure)),
    known.COVERED_CALL.name: _covered_call_initial,
    known.PROTECTIVE_COLLAR.name: _stock_and_in_the_money(OptionRight.CALL),
    known.CONVERSION.name: _stock_and_in_the_money(OptionRight.CALL),
    known.REVERSE_CONVERSION.name: _stock_and_in_the_money(OptionRight.PUT),
    known.SHORT_CALL_CALENDAR_SPREAD.name: _short_calendar_initial,
    known.SHORT_PUT_CALENDAR_SPREAD.name: _short_calendar_initial,
    known.SHORT_STRADDLE.name: _two_shorts(initial=True),
    known.SHORT_STRANGLE.name: _two_shorts(initial=True),
}
