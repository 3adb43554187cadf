"""``OptionStrategies``: option structures by name, for ``buy(strategy, quantity)`` and ``sell``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.account import strategy_definitions as known
from leansim.api.decimals import DecimalField, Number, exact
from leansim.api.enums import OptionRight, SecurityType
from leansim.api.naming import ClrObject, ClrStatic
from leansim.api.net import ArgumentException
from leansim.api.orders import Leg
from leansim.api.symbols import Symbol
from leansim.errors import NotEmulated
from leansim.numbers import ZERO

if TYPE_CHECKING:
    from leansim.account.strategy_definitions import StrategyDefinition

_CALL, _PUT = OptionRight.CALL, OptionRight.PUT
#: .NET's smallest and largest dates: LEAN takes them for "not given".
_NO_DATES = (datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))
#: Shares of one lot. Only options on shares have an underlying leg.
_LOT = 100


class OptionLegData(Leg):
    """An option leg: right, strike and expiration; the symbol is made when the strategy is."""

    strike = DecimalField("Strike.")

    def __init__(self) -> None:
        super().__init__()
        self.right = OptionRight.CALL
        self.expiration = _NO_DATES[0]
        self._strike = ZERO

    def __str__(self) -> str:
        return (
            f"Leg: {self.quantity}. Right: {str(self.right).capitalize()}. Strike: {self._strike}. "
            f"Expiration: {self.expiration:%Y%m%d}"
        )


class UnderlyingLegData(Leg):
    """A leg of the underlying, in shares."""

    @staticmethod
    def of(quantity: int, symbol: Symbol) -> UnderlyingLegData:
        """A leg of so many shares."""
        leg = UnderlyingLegData()
        leg.quantity, leg.symbol = quantity, symbol
        return leg


class OptionStrategy(ClrObject):
    """A named structure: legs of options and of the underlying; traded as one combo."""

    def __init__(
        self,
        name: str | None = None,
        canonical_symbol: Symbol | None = None,
        option_legs: Sequence[OptionLegData] | None = None,
        underlying_legs: Sequence[UnderlyingLegData] | None = None,
    ) -> None:
        self.name = name
        self.canonical_option = canonical_symbol
        self.underlying = None if canonical_symbol is None else canonical_symbol.underlying
        self.option_legs = list(option_legs or ())
        self.underlying_legs = list(underlying_legs or ())
        self.set_symbols()

    def set_symbols(self) -> None:
        """Make the symbols of legs that have none yet."""
        if self.canonical_option is None:
            if self.underlying is None and self.underlying_legs:
                self.underlying = self.underlying_legs[0].symbol
            if self.underlying is None:
                return
            self.canonical_option = Symbol.create_canonical_option(self.underlying)
        canonical = self.canonical_option
        assert self.underlying is not None
        for leg in self.option_legs:
            if leg.symbol is None:
                leg.symbol = Symbol.create_option(
                    self.underlying,
                    canonical.id.symbol,
                    self.underlying.id.market,
                    canonical.id.option_style,
                    leg.right,
                    leg._strike,
                    leg.expiration,
                )


_Legs = Sequence[tuple[OptionRight, Decimal, int, datetime]]


def _strategy(definition: StrategyDefinition, canonical: Symbol, legs: _Legs, shares: int = 0) -> OptionStrategy:
    made = []
    for right, strike, quantity, expiration in legs:
        leg = OptionLegData()
        leg.right, leg._strike, leg.quantity, leg.expiration = right, strike, quantity, expiration
        made.append(leg)
    stock = []
    if shares:
        assert canonical.underlying is not None
        stock.append(UnderlyingLegData.of(shares, canonical.underlying))
    return OptionStrategy(definition.name, canonical, made, stock)


def _inverted(strategy: OptionStrategy, definition: StrategyDefinition) -> OptionStrategy:
    strategy.name = definition.name
    for leg in [*strategy.option_legs, *strategy.underlying_legs]:
        leg.quantity *= -1
    return strategy


def _check(name: str, canonical: Symbol, *expirations: datetime) -> None:
    if canonical.underlying is None or canonical.id._exact_strike:
        raise ArgumentException(f"{name}: canonicalOption must contain canonical option symbol")
    for expiration in expirations:
        if expiration in _NO_DATES:
            raise ArgumentException(f"{name}: expiration must contain expiration date")


def _require(condition: bool, text: str) -> None:
    if not condition:
        raise ArgumentException(text)


def _lot(canonical: Symbol) -> int:
    if canonical.security_type == SecurityType.FUTURE_OPTION:
        raise NotEmulated("OptionStrategies with an underlying leg, of options on futures")
    return _LOT


# LEAN nests the two in the strategy
OptionStrategy.OptionLegData = OptionLegData  # type: ignore[attr-defined]  # a name only algorithms use
OptionStrategy.UnderlyingLegData = UnderlyingLegData  # type: ignore[attr-defined]  # a name only algorithms use


class OptionStrategies(metaclass=ClrStatic):
    """LEAN's factory of option structures. Strikes and expirations are checked as LEAN checks them."""

    # -- with shares

    @staticmethod
    def covered_call(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """Shares, and a short call."""
        _check("CoveredCall", canonical_option, expiration)
        legs = [(_CALL, exact(strike), -1, expiration)]
        return _strategy(known.COVERED_CALL, canonical_option, legs, _lot(canonical_option))

    @staticmethod
    def protective_call(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """Short shares, and a long call."""
        return _inverted(OptionStrategies.covered_call(canonical_option, strike, expiration), known.PROTECTIVE_CALL)

    @staticmethod
    def covered_put(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """Short shares, and a short put."""
        _check("CoveredPut", canonical_option, expiration)
        legs = [(_PUT, exact(strike), -1, expiration)]
        return _strategy(known.COVERED_PUT, canonical_option, legs, -_lot(canonical_option))

    @staticmethod
    def protective_put(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """Shares, and a long put."""
        return _inverted(OptionStrategies.covered_put(canonical_option, strike, expiration), known.PROTECTIVE_PUT)

    @staticmethod
    def protective_collar(
        canonical_option: Symbol, call_strike: Number, put_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Shares, a short call, and a long put at or below it."""
        _require(exact(call_strike) >= exact(put_strike), "ProtectiveCollar: callStrike must be greater than putStrike")
        _check("CoveredCall", canonical_option, expiration)
        legs = [(_CALL, exact(call_strike), -1, expiration), (_PUT, exact(put_strike), 1, expiration)]
        return _strategy(known.PROTECTIVE_COLLAR, canonical_option, legs, _lot(canonical_option))

    @staticmethod
    def conversion(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """A collar at one strike."""
        strategy = OptionStrategies.protective_collar(canonical_option, strike, strike, expiration)
        strategy.name = known.CONVERSION.name
        return strategy

    @staticmethod
    def reverse_conversion(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """The opposite of a conversion."""
        return _inverted(OptionStrategies.conversion(canonical_option, strike, expiration), known.REVERSE_CONVERSION)

    # -- one leg

    @staticmethod
    def naked_call(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """A short call."""
        _check("NakedCall", canonical_option, expiration)
        return _strategy(known.NAKED_CALL, canonical_option, [(_CALL, exact(strike), -1, expiration)])

    @staticmethod
    def naked_put(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """A short put."""
        _check("NakedPut", canonical_option, expiration)
        return _strategy(known.NAKED_PUT, canonical_option, [(_PUT, exact(strike), -1, expiration)])

    # -- verticals

    @staticmethod
    def bear_call_spread(
        canonical_option: Symbol, leg_1_strike: Number, leg_2_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Short a call, long a higher one."""
        return _vertical(known.BEAR_CALL_SPREAD, canonical_option, leg_1_strike, leg_2_strike, expiration)

    @staticmethod
    def bear_put_spread(
        canonical_option: Symbol, leg_1_strike: Number, leg_2_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Long a put, short a lower one."""
        return _vertical(known.BEAR_PUT_SPREAD, canonical_option, leg_1_strike, leg_2_strike, expiration)

    @staticmethod
    def bull_call_spread(
        canonical_option: Symbol, leg_1_strike: Number, leg_2_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Long a call, short a higher one."""
        return _vertical(known.BULL_CALL_SPREAD, canonical_option, leg_1_strike, leg_2_strike, expiration)

    @staticmethod
    def bull_put_spread(
        canonical_option: Symbol, leg_1_strike: Number, leg_2_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Short a put, long a lower one."""
        return _vertical(known.BULL_PUT_SPREAD, canonical_option, leg_1_strike, leg_2_strike, expiration)

    # -- call and put

    @staticmethod
    def straddle(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """Long a call and a put of one strike."""
        _check("Straddle", canonical_option, expiration)
        legs = [(_CALL, exact(strike), 1, expiration), (_PUT, exact(strike), 1, expiration)]
        return _strategy(known.STRADDLE, canonical_option, legs)

    @staticmethod
    def short_straddle(canonical_option: Symbol, strike: Number, expiration: datetime) -> OptionStrategy:
        """Short a call and a put of one strike."""
        return _inverted(OptionStrategies.straddle(canonical_option, strike, expiration), known.SHORT_STRADDLE)

    @staticmethod
    def strangle(
        canonical_option: Symbol, call_leg_strike: Number, put_leg_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Long a call, and a put below it."""
        _check("Strangle", canonical_option, expiration)
        call, put = exact(call_leg_strike), exact(put_leg_strike)
        _require(call > put, "Strangle: callLegStrike must be greater than putLegStrike")
        legs = [(_CALL, call, 1, expiration), (_PUT, put, 1, expiration)]
        return _strategy(known.STRANGLE, canonical_option, legs)

    @staticmethod
    def short_strangle(
        canonical_option: Symbol, call_leg_strike: Number, put_leg_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Short a call, and a put below it."""
        strangle = OptionStrategies.strangle(canonical_option, call_leg_strike, put_leg_strike, expiration)
        return _inverted(strangle, known.SHORT_STRANGLE)

    # -- butterflies

    @staticmethod
    def call_butterfly(
        canonical_option: Symbol,
        higher_strike: Number,
        middle_strike: Number,
        lower_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """Long two outer calls, short two in the middle."""
        return _butterfly(
            known.BUTTERFLY_CALL, canonical_option, higher_strike, middle_strike, lower_strike, expiration
        )

    butterfly_call = call_butterfly

    @staticmethod
    def short_butterfly_call(
        canonical_option: Symbol,
        higher_strike: Number,
        middle_strike: Number,
        lower_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """Short two outer calls, long two in the middle."""
        butterfly = OptionStrategies.call_butterfly(
            canonical_option, higher_strike, middle_strike, lower_strike, expiration
        )
        return _inverted(butterfly, known.SHORT_BUTTERFLY_CALL)

    @staticmethod
    def put_butterfly(
        canonical_option: Symbol,
        higher_strike: Number,
        middle_strike: Number,
        lower_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """Long two outer puts, short two in the middle."""
        return _butterfly(known.BUTTERFLY_PUT, canonical_option, higher_strike, middle_strike, lower_strike, expiration)

    butterfly_put = put_butterfly

    @staticmethod
    def short_butterfly_put(
        canonical_option: Symbol,
        higher_strike: Number,
        middle_strike: Number,
        lower_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """Short two outer puts, long two in the middle."""
        butterfly = OptionStrategies.put_butterfly(
            canonical_option, higher_strike, middle_strike, lower_strike, expiration
        )
        return _inverted(butterfly, known.SHORT_BUTTERFLY_PUT)

    # -- calendars

    @staticmethod
    def call_calendar_spread(
        canonical_option: Symbol, strike: Number, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """Short the near call, long the far one."""
        return _calendar(known.CALL_CALENDAR_SPREAD, canonical_option, strike, near_expiration, far_expiration)

    @staticmethod
    def short_call_calendar_spread(
        canonical_option: Symbol, strike: Number, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """Long the near call, short the far one."""
        calendar = OptionStrategies.call_calendar_spread(canonical_option, strike, near_expiration, far_expiration)
        return _inverted(calendar, known.SHORT_CALL_CALENDAR_SPREAD)

    @staticmethod
    def put_calendar_spread(
        canonical_option: Symbol, strike: Number, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """Short the near put, long the far one."""
        return _calendar(known.PUT_CALENDAR_SPREAD, canonical_option, strike, near_expiration, far_expiration)

    @staticmethod
    def short_put_calendar_spread(
        canonical_option: Symbol, strike: Number, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """Long the near put, short the far one."""
        calendar = OptionStrategies.put_calendar_spread(canonical_option, strike, near_expiration, far_expiration)
        return _inverted(calendar, known.SHORT_PUT_CALENDAR_SPREAD)

    # -- four legs

    @staticmethod
    def iron_condor(
        canonical_option: Symbol,
        long_put_strike: Number,
        short_put_strike: Number,
        short_call_strike: Number,
        long_call_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """Short a put spread and a call spread above it."""
        _check("IronCondor", canonical_option, expiration)
        low, short_put, short_call, high = (
            exact(strike) for strike in (long_put_strike, short_put_strike, short_call_strike, long_call_strike)
        )
        _require(low < short_put <= short_call < high, "IronCondor: strike prices must be in ascending order")
        legs = [
            (_PUT, low, 1, expiration),
            (_PUT, short_put, -1, expiration),
            (_CALL, short_call, -1, expiration),
            (_CALL, high, 1, expiration),
        ]
        return _strategy(known.IRON_CONDOR, canonical_option, legs)

    @staticmethod
    def short_iron_condor(
        canonical_option: Symbol,
        short_put_strike: Number,
        long_put_strike: Number,
        long_call_strike: Number,
        short_call_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """The opposite of an iron condor."""
        condor = OptionStrategies.iron_condor(
            canonical_option, short_put_strike, long_put_strike, long_call_strike, short_call_strike, expiration
        )
        return _inverted(condor, known.SHORT_IRON_CONDOR)

    @staticmethod
    def iron_butterfly(
        canonical_option: Symbol,
        otm_put_strike: Number,
        atm_strike: Number,
        otm_call_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """An iron condor whose short strikes are one, with wings of one width."""
        put, middle, call = exact(otm_put_strike), exact(atm_strike), exact(otm_call_strike)
        _require(middle - put == call - middle, "IronButterfly: intervals between exercise prices must be equal")
        strategy = OptionStrategies.iron_condor(canonical_option, put, middle, middle, call, expiration)
        strategy.name = known.IRON_BUTTERFLY.name
        return strategy

    @staticmethod
    def short_iron_butterfly(
        canonical_option: Symbol,
        otm_put_strike: Number,
        atm_strike: Number,
        otm_call_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """The opposite of an iron butterfly."""
        butterfly = OptionStrategies.iron_butterfly(
            canonical_option, otm_put_strike, atm_strike, otm_call_strike, expiration
        )
        return _inverted(butterfly, known.SHORT_IRON_BUTTERFLY)

    @staticmethod
    def box_spread(
        canonical_option: Symbol, higher_strike: Number, lower_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """A bear put spread and a bull call spread of the same strikes."""
        high, low = exact(higher_strike), exact(lower_strike)
        _require(high > low, "BoxSpread: strike prices must be in descending order, higherStrike, lowerStrike")
        puts = OptionStrategies.bear_put_spread(canonical_option, high, low, expiration)
        calls = OptionStrategies.bull_call_spread(canonical_option, low, high, expiration)
        legs = [*puts.option_legs, *calls.option_legs]
        return OptionStrategy(known.BOX_SPREAD.name, canonical_option, legs)

    @staticmethod
    def short_box_spread(
        canonical_option: Symbol, higher_strike: Number, lower_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """The opposite of a box."""
        box = OptionStrategies.box_spread(canonical_option, higher_strike, lower_strike, expiration)
        return _inverted(box, known.SHORT_BOX_SPREAD)

    @staticmethod
    def jelly_roll(
        canonical_option: Symbol, strike: Number, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """A call calendar and a short put calendar of one strike."""
        calls = OptionStrategies.call_calendar_spread(canonical_option, strike, near_expiration, far_expiration)
        puts = OptionStrategies.short_put_calendar_spread(canonical_option, strike, near_expiration, far_expiration)
        legs = [*calls.option_legs, *puts.option_legs]
        return OptionStrategy(known.JELLY_ROLL.name, canonical_option, legs)

    @staticmethod
    def short_jelly_roll(
        canonical_option: Symbol, strike: Number, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """The opposite of a jelly roll."""
        roll = OptionStrategies.jelly_roll(canonical_option, strike, near_expiration, far_expiration)
        return _inverted(roll, known.SHORT_JELLY_ROLL)

    # -- ladders and backspreads

    @staticmethod
    def bear_call_ladder(
        canonical_option: Symbol,
        lower_strike: Number,
        middle_strike: Number,
        higher_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """Short a call, long two higher ones."""
        _check("BearCallLadder", canonical_option, expiration)
        low, middle, high = exact(lower_strike), exact(middle_strike), exact(higher_strike)
        _require(low < middle < high, "BearCallLadder: strike prices must be in ascending order")
        legs = [(_CALL, low, -1, expiration), (_CALL, middle, 1, expiration), (_CALL, high, 1, expiration)]
        return _strategy(known.BEAR_CALL_LADDER, canonical_option, legs)

    @staticmethod
    def bear_put_ladder(
        canonical_option: Symbol,
        higher_strike: Number,
        middle_strike: Number,
        lower_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """Long a put, short two lower ones."""
        _check("BearPutLadder", canonical_option, expiration)
        low, middle, high = exact(lower_strike), exact(middle_strike), exact(higher_strike)
        _require(low < middle < high, "BearPutLadder: strike prices must be in descending order")
        legs = [(_PUT, high, 1, expiration), (_PUT, middle, -1, expiration), (_PUT, low, -1, expiration)]
        return _strategy(known.BEAR_PUT_LADDER, canonical_option, legs)

    @staticmethod
    def bull_call_ladder(
        canonical_option: Symbol,
        lower_strike: Number,
        middle_strike: Number,
        higher_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """Long a call, short two higher ones."""
        ladder = OptionStrategies.bear_call_ladder(
            canonical_option, lower_strike, middle_strike, higher_strike, expiration
        )
        return _inverted(ladder, known.BULL_CALL_LADDER)

    @staticmethod
    def bull_put_ladder(
        canonical_option: Symbol,
        higher_strike: Number,
        middle_strike: Number,
        lower_strike: Number,
        expiration: datetime,
    ) -> OptionStrategy:
        """Short a put, long two lower ones."""
        ladder = OptionStrategies.bear_put_ladder(
            canonical_option, higher_strike, middle_strike, lower_strike, expiration
        )
        return _inverted(ladder, known.BULL_PUT_LADDER)

    @staticmethod
    def call_backspread(
        canonical_option: Symbol, lower_strike: Number, higher_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Short a call, long two of a higher strike."""
        _check("CallBackspread", canonical_option, expiration)
        low, high = exact(lower_strike), exact(higher_strike)
        _require(low < high, "CallBackspread: strike prices must be in ascending order, lowerStrike, higherStrike")
        legs = [(_CALL, low, -1, expiration), (_CALL, high, 2, expiration)]
        return _strategy(known.CALL_BACKSPREAD, canonical_option, legs)

    @staticmethod
    def put_backspread(
        canonical_option: Symbol, higher_strike: Number, lower_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Short a put, long two of a lower strike."""
        _check("PutBackspread", canonical_option, expiration)
        low, high = exact(lower_strike), exact(higher_strike)
        _require(high > low, "PutBackspread: strike prices must be in descending order, higherStrike, lowerStrike")
        legs = [(_PUT, high, -1, expiration), (_PUT, low, 2, expiration)]
        return _strategy(known.PUT_BACKSPREAD, canonical_option, legs)

    @staticmethod
    def short_call_backspread(
        canonical_option: Symbol, lower_strike: Number, higher_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Long a call, short two of a higher strike."""
        spread = OptionStrategies.call_backspread(canonical_option, lower_strike, higher_strike, expiration)
        return _inverted(spread, known.SHORT_CALL_BACKSPREAD)

    @staticmethod
    def short_put_backspread(
        canonical_option: Symbol, higher_strike: Number, lower_strike: Number, expiration: datetime
    ) -> OptionStrategy:
        """Long a put, short two of a lower strike."""
        spread = OptionStrategies.put_backspread(canonical_option, higher_strike, lower_strike, expiration)
        return _inverted(spread, known.SHORT_PUT_BACKSPREAD)


def _vertical(
    definition: StrategyDefinition, canonical: Symbol, first: Number, second: Number, expiration: datetime
) -> OptionStrategy:
    name = definition.name.replace(" ", "")
    _check(name, canonical, expiration)
    one, two = exact(first), exact(second)
    is_call = definition.legs[0].right == _CALL
    relation = "less" if is_call else "greater"
    _require(one < two if is_call else one > two, f"{name}: leg1Strike must be {relation} than leg2Strike")
    legs = [
        (leg.right, strike, leg.quantity, expiration) for leg, strike in zip(definition.legs, (one, two), strict=True)
    ]
    return _strategy(definition, canonical, legs)


def _butterfly(
    definition: StrategyDefinition,
    canonical: Symbol,
    higher: Number,
    middle: Number,
    lower: Number,
    expiration: datetime,
) -> OptionStrategy:
    right = definition.legs[0].right
    name = f"{str(right).capitalize()}Butterfly"
    _check(name, canonical, expiration)
    high, mid, low = exact(higher), exact(middle), exact(lower)
    _require(
        low < mid < high and high - mid == mid - low,
        f"Butterfly{str(right).capitalize()}: upper and lower strikes must both be equidistant from the middle strike",
    )
    legs = [(right, high, 1, expiration), (right, mid, -2, expiration), (right, low, 1, expiration)]
    return _strategy(definition, canonical, legs)


def _calendar(
    definition: StrategyDefinition, canonical: Symbol, strike: Number, near: datetime, far: datetime
) -> OptionStrategy:
    name = definition.name.replace(" ", "")
    _check(name, canonical, near, far)
    _require(near < far, f"{name}: near expiration must be less than far expiration")
    right = definition.legs[0].right
    at = exact(strike)
    return _strategy(definition, canonical, [(right, at, -1, near), (right, at, 1, far)])
