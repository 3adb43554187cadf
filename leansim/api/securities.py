"""Securities as an algorithm sees them: what is known of a symbol's prices, and the models it is traded with.

A security is made when somebody first looks at it: a universe that selects two thousand contracts makes none. Numbers
are floats here; trading reads the decimals of ``security.cache``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from leansim.api.bars import BaseData
from leansim.api.decimals import exact
from leansim.api.enums import (
    DataNormalizationMode,
    OptionRight,
    OptionStyle,
    Resolution,
    SecurityType,
    SettlementType,
    TickType,
)
from leansim.api.naming import ClrObject, member_spelled, snake
from leansim.api.net import ArgumentException, ClrException, Enumerable, InvalidCastException, KeyNotFoundException
from leansim.api.price_models import default_price_model
from leansim.api.python_models import implementing
from leansim.api.security_cache import SecurityCache
from leansim.api.symbols import Symbol, SymbolDictionary, parted
from leansim.api.volatility_models import wants_data
from leansim.clock import TimeKeeper
from leansim.feed.session_bars import Session
from leansim.numbers import ZERO
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.exchange import SecurityExchange
    from leansim.api.subscription_configs import SubscriptionDataConfig
    from leansim.api.symbol_properties import SymbolProperties


_KNOWN_BY_TRADES = (SecurityType.EQUITY, SecurityType.INDEX)


class PropertyReader(ClrObject):
    """Reads what an algorithm keeps on a security; indexed by a type it reads values of that type only."""

    __slots__ = ("_kind", "_properties")

    def __init__(self, properties: dict[str, Any], kind: type = object) -> None:
        self._properties = properties
        self._kind = kind

    def __getitem__(self, kind: type) -> PropertyReader:
        return PropertyReader(self._properties, kind)

    def __call__(self, key: str) -> Any:
        if key not in self._properties:
            raise KeyNotFoundException(f"The given key '{key}' was not present in the dictionary.")
        value = self._properties[key]
        if not isinstance(value, self._kind):
            raise InvalidCastException(
                f"Cannot cast dynamic property '{key}' of type {type(value).__name__} to {self._kind.__name__}"
            )
        return value


class Security(ClrObject):
    """A tradable (or at least observable) symbol. Attributes an algorithm sets on it stay on it."""

    _tradable_at_birth: ClassVar[bool] = True

    def __init__(
        self, symbol: Symbol, exchange: SecurityExchange, symbol_properties: SymbolProperties, clock: TimeKeeper
    ) -> None:
        self.symbol = symbol
        self.exchange = exchange
        self.symbol_properties = symbol_properties
        self.cache = SecurityCache(symbol.security_type, exchange.hours.time_zone)
        self.is_tradable = self._tradable_at_birth
        self.is_delisted = False
        self._requests: list[Any] = []
        self._configs: Callable[[], list[SubscriptionDataConfig]] = list
        self._session: Session | None = None
        self._feed_session: Callable[[Session], None] = lambda _: None
        self._feed_volatility: Callable[[bool], None] = lambda _: None
        self._initialize: Callable[[], None] = lambda: None
        self._clock = clock
        # given by trading when the security is made: see leansim.trading.equipment
        self.holdings: Any = None
        self.quote_currency: Any = None
        self.fill_model: Any = None
        self.fee_model: Any = None
        self.slippage_model: Any = None
        self.buying_power_model: Any = None
        self.settlement_model: Any = None
        self.portfolio_model: Any = None
        self.price_variation_model: Any = None
        self.margin_interest_rate_model: Any = None
        self._volatility_model: Any = None
        self.shortable_provider: Any = None
        self.data_filter: Any = None

    # prices

    @property
    def price(self) -> float:
        """The last price: of the last trade or the middle of the last quote; 0 while unknown."""
        return float(self.cache.price)

    @property
    def open(self) -> float:
        """Open of the last bar."""
        return float(self.cache.open or self.cache.price)

    @property
    def high(self) -> float:
        """High of the last bar."""
        return float(self.cache.high or self.cache.price)

    @property
    def low(self) -> float:
        """Low of the last bar."""
        return float(self.cache.low or self.cache.price)

    @property
    def close(self) -> float:
        """Close of the last bar."""
        return float(self.cache.close or self.cache.price)

    @property
    def bid_price(self) -> float:
        """The last bid; the price while there is none."""
        return float(self.cache.bid_price or self.cache.price)

    @property
    def ask_price(self) -> float:
        """The last ask; the price while there is none."""
        return float(self.cache.ask_price or self.cache.price)

    @property
    def bid_size(self) -> float:
        """Size of the last bid."""
        return float(self.cache.bid_size)

    @property
    def ask_size(self) -> float:
        """Size of the last ask."""
        return float(self.cache.ask_size)

    @property
    def volume(self) -> float:
        """Volume of the last trade bar."""
        return float(self.cache.volume)

    @property
    def open_interest(self) -> int:
        """The last open interest."""
        return self.cache.open_interest

    @property
    def has_data(self) -> bool:
        """Whether any data point was seen."""
        return self.cache._is_known

    def get_last_data(self) -> Any:
        """The last data point that was not filled forward, ``None`` before the first."""
        return self.cache.get_data()

    def set_market_price(self, data: BaseData | None) -> None:
        """Take in a data point by hand, as seeding does."""
        if data is not None:
            self.cache.add_data(data)

    # what it is

    @property
    def type(self) -> SecurityType:
        """The symbol's security type."""
        return self.symbol.security_type

    @property
    def local_time(self) -> datetime:
        """The exchange's clock, naive."""
        return self._clock.local(self.exchange.time_zone)

    def _setting(self, name: str, default: Any) -> Any:
        return getattr(self._requests[0], name) if self._requests else default

    @property
    def session(self) -> Session:
        """Today's regular session in the making, and the ones before; kept once the algorithm sets its size."""
        if self._session is None:
            by_trades = self.symbol.security_type in _KNOWN_BY_TRADES
            kind = TickType.TRADE if by_trades else TickType.QUOTE
            made = self._session = Session(kind, self.exchange.hours, self.symbol)
            made._started = partial(self._feed_session, made)
        return self._session

    @property
    def subscriptions(self) -> list[SubscriptionDataConfig]:
        """How its data are subscribed, one configuration a kind of data."""
        return self._configs()

    @property
    def subscription_data_config(self) -> SubscriptionDataConfig | None:
        """The first of :attr:`subscriptions`; ``None`` without any."""
        return next(iter(self._configs()), None)

    @property
    def resolution(self) -> Resolution:
        """Resolution of the (first) subscription."""
        return Resolution(self._setting("resolution", Resolution.MINUTE))

    @property
    def is_fill_data_forward(self) -> bool:
        """Whether the (first) subscription fills forward."""
        return bool(self._setting("fill_forward", False))

    @property
    def is_extended_market_hours(self) -> bool:
        """Whether the (first) subscription includes extended hours."""
        return bool(self._setting("extended_market_hours", False))

    @property
    def data_normalization_mode(self) -> DataNormalizationMode:
        """How prices are adjusted. Those of a contract never are, whatever its subscription says."""
        return DataNormalizationMode(self._setting("normalization", DataNormalizationMode.ADJUSTED))

    @property
    def leverage(self) -> float:
        """The holding's leverage."""
        return float(self.holdings.leverage)

    @property
    def hold_stock(self) -> bool:
        """Whether anything is held."""
        return bool(self.holdings.hold_stock)

    @property
    def invested(self) -> bool:
        """Whether anything is held."""
        return self.hold_stock

    def reset(self) -> None:
        """The feed no longer brings data: not tradable until subscribed again."""
        self.is_tradable = False
        if self._session is not None:
            self._session.reset()

    def _revive(self) -> None:
        """The feed brings data again: LEAN's initializers see it once more."""
        self.is_tradable = self._tradable_at_birth and not self.symbol.is_canonical()
        self._initialize()

    # models

    @property
    def margin_model(self) -> Any:
        """Another name of ``buying_power_model``."""
        return self.buying_power_model

    @margin_model.setter
    def margin_model(self, model: Any) -> None:
        self.buying_power_model = model

    def set_fill_model(self, fill_model: Any) -> None:
        """Fill this security's orders by that model."""
        self.fill_model = fill_model

    def set_fee_model(self, feel_model: Any) -> None:
        """Charge by that model."""
        self.fee_model = feel_model

    def set_slippage_model(self, slippage_model: Any) -> None:
        """Slip by that model."""
        self.slippage_model = implementing("ISlippageModel", slippage_model)

    def set_buying_power_model(self, py_object: Any) -> None:
        """Margin by that model."""
        self.buying_power_model = implementing("IBuyingPowerModel", py_object)

    def set_margin_model(self, py_object: Any) -> None:
        """Margin by that model."""
        self.buying_power_model = implementing("IBuyingPowerModel", py_object)

    def set_settlement_model(self, settlement_model: Any) -> None:
        """Settle by that model."""
        self.settlement_model = implementing("ISettlementModel", settlement_model)

    def set_margin_interest_rate_model(self, py_object: Any) -> None:
        """Charge margin interest by that model."""
        self.margin_interest_rate_model = implementing("IMarginInterestRateModel", py_object)

    @property
    def volatility_model(self) -> Any:
        """The volatility model; ``None`` when none was set."""
        return self._volatility_model

    @volatility_model.setter
    def volatility_model(self, volatility_model: Any) -> None:
        self._volatility_model = volatility_model
        self._feed_volatility(wants_data(volatility_model))

    def set_volatility_model(self, volatility_model: Any) -> None:
        """Keep that volatility model."""
        self.volatility_model = implementing("IVolatilityModel", volatility_model)

    def set_shortable_provider(self, py_object: Any) -> None:
        """Ask that provider what can be shorted."""
        self.shortable_provider = implementing("IShortableProvider", py_object)

    def set_data_filter(self, py_object: Any) -> None:
        """Keep that data filter."""
        self.data_filter = implementing("ISecurityDataFilter", py_object)

    def set_leverage(self, leverage: float) -> None:
        """Set the leverage; futures and options ignore it, as in LEAN."""
        if self.type not in (
            SecurityType.FUTURE,
            SecurityType.OPTION,
            SecurityType.INDEX_OPTION,
            SecurityType.FUTURE_OPTION,
        ):
            call(self.buying_power_model, "set_leverage", self, leverage)

    # LEAN's bag of own properties: a name LEAN's class does not have is kept there too

    _is_made = False

    def __setattr__(self, name: str, value: Any) -> None:
        known = not self._is_made or name.startswith("_") or name in self.__dict__ or hasattr(type(self), name)
        if known:
            object.__setattr__(self, name, value)
        elif member_spelled(type(self), name) is not None or snake(name) in self.__dict__:
            object.__setattr__(self, snake(name), value)
        else:
            self.cache.properties[name] = value

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self.cache.properties:
            return self.cache.properties[name]
        return super().__getattr__(name)

    def __getitem__(self, key: str) -> Any:
        if key in self.cache.properties:
            return self.cache.properties[key]
        raise KeyNotFoundException(f"The given key '{key}' was not present in the dictionary.")

    def __setitem__(self, key: str, value: Any) -> None:
        self.cache.properties[key] = value

    def add(self, key: str, value: Any) -> None:
        """Keep a value under a name."""
        self.cache.properties[key] = value

    def set(self, key: str, value: Any) -> None:
        """Keep a value under a name."""
        self.cache.properties[key] = value

    @property
    def get(self) -> PropertyReader:
        """``security.get[Kind]("name")``: a value kept by name, which has to be of that kind."""
        return PropertyReader(self.cache.properties)

    def remove(self, key: str) -> bool:
        """Forget a value kept by name; whether there was one."""
        return self.cache.properties.pop(key, None) is not None

    def clear(self) -> None:
        """Forget all values kept by name."""
        self.cache.properties.clear()

    def __str__(self) -> str:
        return str(self.symbol)

    def to_string(self) -> str:
        """The symbol's ticker."""
        return str(self.symbol)


class Equity(Security):
    """A share."""

    _normalize: Callable[[DataNormalizationMode], None]

    def set_data_normalization_mode(self, mode: DataNormalizationMode) -> None:
        """Adjust prices that way; only before their data begin."""
        self._normalize(mode)


class Index(Security):
    """An index: observed, not traded."""

    _tradable_at_birth = False


class Forex(Security):
    """A pair of currencies: its quotes are emulated, orders of it are not."""

    base_currency: Any = None


class Future(Security):
    """A futures contract; canonical (``/ES``): the continuous future and its chain."""

    def __init__(
        self, symbol: Symbol, exchange: SecurityExchange, symbol_properties: SymbolProperties, clock: TimeKeeper
    ) -> None:
        super().__init__(symbol, exchange, symbol_properties, clock)
        self.contract_filter: Callable[[Any], Any] | None = None
        self.mapped: Symbol | None = None
        self.settlement_type = SettlementType.CASH
        if symbol.is_canonical():
            self.is_tradable = False

    @property
    def is_future_chain(self) -> bool:
        """Whether this is the canonical one."""
        return self.symbol.is_canonical()

    @property
    def is_future_contract(self) -> bool:
        """Whether this is one contract."""
        return not self.symbol.is_canonical()

    @property
    def expiry(self) -> datetime:
        """The contract's last trading date."""
        return self.symbol.id.date

    def set_filter(self, *arguments: Any, **named: Any) -> None:
        """Select contracts: a function of the filter universe, days or timedeltas (minimum and maximum)."""
        self.contract_filter = _contract_filter(arguments, named, ("expiration",))


class Option(Security):
    """An option contract; canonical (``?GOOG``): the chain."""

    def __init__(
        self, symbol: Symbol, exchange: SecurityExchange, symbol_properties: SymbolProperties, clock: TimeKeeper
    ) -> None:
        super().__init__(symbol, exchange, symbol_properties, clock)
        self.underlying: Security | None = None
        self.price_model: Any = default_price_model(symbol)
        self.option_exercise_model: Any = None
        self.option_assignment_model: Any = None
        self.exercise_settlement = (
            SettlementType.CASH
            if symbol.security_type == SecurityType.INDEX_OPTION
            else SettlementType.PHYSICAL_DELIVERY
        )
        self.contract_filter: Callable[[Any], Any] | None = None
        if symbol.is_canonical():
            self.is_tradable = False

    @property
    def bid_price(self) -> float:
        """The last bid, 0 while there is none."""
        return float(self.cache.bid_price)

    @property
    def ask_price(self) -> float:
        """The last ask, 0 while there is none."""
        return float(self.cache.ask_price)

    @property
    def is_option_chain(self) -> bool:
        """Whether this is the canonical one."""
        return self.symbol.is_canonical()

    @property
    def is_option_contract(self) -> bool:
        """Whether this is one contract."""
        return not self.symbol.is_canonical()

    @property
    def strike_price(self) -> float:
        """The strike."""
        return self.symbol.id.strike_price

    @property
    def _scaled_strike(self) -> Decimal:
        """The strike in the unit of the underlying's price, exact."""
        return exact(self.symbol.id.strike_price) * exact(self.symbol_properties.strike_multiplier)

    @property
    def scaled_strike_price(self) -> float:
        """The strike in the unit of the underlying's price."""
        return float(self._scaled_strike)

    @property
    def expiry(self) -> datetime:
        """The day it expires, midnight."""
        return self.symbol.id.date

    @property
    def right(self) -> OptionRight:
        """Call or put."""
        return self.symbol.id.option_right

    @property
    def style(self) -> OptionStyle:
        """American or European."""
        return self.symbol.id.option_style

    @property
    def contract_multiplier(self) -> int:
        """Money per point of price."""
        return int(self.symbol_properties.contract_multiplier)

    @property
    def contract_unit_of_trade(self) -> int:
        """Units of the underlying one contract delivers (1 for futures options)."""
        return 1 if self.type == SecurityType.FUTURE_OPTION else int(self.symbol_properties.contract_multiplier)

    def get_aggregate_exercise_amount(self) -> float:
        """Strike times multiplier."""
        return self.strike_price * self.contract_multiplier

    def get_exercise_quantity(self, exercise_order_quantity: float | None = None) -> float:
        """Units of the underlying an exercise order of that size (default: all that is held) moves."""
        quantity = -self.holdings.quantity if exercise_order_quantity is None else exercise_order_quantity
        sign = -1 if self.right == OptionRight.CALL else 1
        return float(sign * quantity * self.contract_unit_of_trade)

    def _intrinsic_value(self, underlying_price: Decimal) -> Decimal:
        """What exercising is worth per unit, exact, never negative."""
        return max(ZERO, self._pay_off(underlying_price))

    def _pay_off(self, underlying_price: Decimal) -> Decimal:
        """Underlying minus strike (call) or strike minus underlying (put), exact."""
        value = underlying_price - self._scaled_strike
        return value if self.right == OptionRight.CALL else -value

    def get_intrinsic_value(self, underlying_price: float) -> float:
        """What exercising is worth per unit, never negative."""
        return float(self._intrinsic_value(exact(underlying_price)))

    def get_pay_off(self, underlying_price: float) -> float:
        """Underlying minus strike (call) or strike minus underlying (put)."""
        return float(self._pay_off(exact(underlying_price)))

    def is_auto_exercised(self, underlying_price: float) -> bool:
        """Whether it is at least a cent in the money."""
        return self._intrinsic_value(exact(underlying_price)) >= Decimal("0.01")

    def out_of_the_money_amount(self, underlying_price: float) -> float:
        """How far out of the money, never negative."""
        return float(max(ZERO, -self._pay_off(exact(underlying_price))))

    def set_filter(self, *arguments: Any, **named: Any) -> None:
        """Select contracts: a function of the filter universe, strikes (from, to), timedeltas, or both."""
        self.contract_filter = _contract_filter(arguments, named, ("strikes", "expiration"))

    def set_price_model(self, price_model: Any) -> None:
        """Value contracts by that model."""
        self.price_model = implementing("IOptionPriceModel", price_model)

    def set_option_exercise_model(self, option_exercise_model: Any) -> None:
        """Exercise by that model."""
        self.option_exercise_model = implementing("IOptionExerciseModel", option_exercise_model)

    def set_option_assignment_model(self, option_assignment_model: Any) -> None:
        """Assign early by that model."""
        self.option_assignment_model = implementing("IOptionAssignmentModel", option_assignment_model)

    def set_data_normalization_mode(self, mode: DataNormalizationMode) -> None:
        """Options are raw; anything else is refused."""
        if mode != DataNormalizationMode.RAW:
            raise ArgumentException("DataNormalizationMode.Raw must be used with options")


class IndexOption(Option):
    """An option on an index, cash-settled."""


class FutureOption(Option):
    """An option on a futures contract."""


def _contract_filter(arguments: tuple[Any, ...], named: dict[str, Any], kinds: tuple[str, ...]) -> Callable[[Any], Any]:
    """The function a call of ``set_filter`` means."""
    given = [*arguments, *named.values()]
    if len(given) == 1 and callable(given[0]):
        return given[0]  # type: ignore[no-any-return]  # it is called with the filter universe only
    if len(given) == 2 and isinstance(given[0], timedelta):
        low, high = given
        return lambda universe: universe.expiration(low, high)
    if len(given) == 2 and "strikes" in kinds:
        low, high = (int(x) for x in given)
        return lambda universe: universe.strikes(low, high)
    if len(given) == 2:
        low, high = (int(x) for x in given)
        return lambda universe: universe.expiration(low, high)
    if len(given) == 4 and "strikes" in kinds:
        low, high, soonest, latest = given
        return lambda universe: universe.strikes(int(low), int(high)).expiration(soonest, latest)
    raise TypeError("No method matches given arguments for SetFilter")


SECURITY_CLASSES: dict[SecurityType, type[Security]] = {
    SecurityType.BASE: Security,
    SecurityType.EQUITY: Equity,
    SecurityType.INDEX: Index,
    SecurityType.FOREX: Forex,
    SecurityType.OPTION: Option,
    SecurityType.INDEX_OPTION: IndexOption,
    SecurityType.FUTURE: Future,
    SecurityType.FUTURE_OPTION: FutureOption,
}


class SecurityManager(SymbolDictionary[Security]):
    """``self.securities``: every security the run has data of, in the order they came.

    As in LEAN a look-up also finds securities that were removed (their holdings live on), iterating does not.

    ``make`` makes a security nobody has looked at yet; ``equip`` gives it its holding and models and runs the
    algorithm's initializer.
    """

    __slots__ = ("_entries", "_gone", "_layout", "_make", "_makings", "_removed")

    _pair_types = ("Symbol", "Security")

    def __init__(self) -> None:
        self._entries: dict[Symbol, Security | None] = {}
        self._removed: dict[Symbol, Security] = {}
        self._gone: set[Symbol] = set()
        self._make: Callable[[Symbol], Security] | None = None
        self._makings = 0
        # changes whenever symbols come or go, and whenever a security is made
        self._layout = 0

    def _made_by(self, make: Callable[[Symbol], Security]) -> None:
        """Who makes securities on first sight."""
        self._make = make

    def _announce(self, symbols: dict[Symbol, None]) -> list[Security]:
        """These symbols are securities from now on, made when looked at; those of them that are made."""
        self._layout += 1
        new, active = parted(symbols, self._entries)
        self._entries.update(new)
        for symbol in parted(new, self._removed)[1]:
            # one that comes back is the same object, with its holding
            self._entries[symbol] = back = self._removed.pop(symbol)
            back._revive()
            active.append(symbol)
        return [known for symbol in active if (known := self._entries[symbol]) is not None]

    def _ensure(self, symbol: Symbol) -> None:
        """Make a security now, so that it stays known when it leaves."""
        self._of(symbol)

    def _put(self, security: Security) -> None:
        """Add a security that exists."""
        self._makings += 1
        self._layout += 1
        self._entries[security.symbol] = security

    def _drop(self, symbols: Iterable[Symbol]) -> dict[Symbol, Security]:
        """Take symbols out; the securities of those that were ever made."""
        self._layout += 1
        entries = self._entries
        left = {symbol: security for symbol in symbols if (security := entries.pop(symbol, None)) is not None}
        self._removed.update(left)
        return left

    def _known(self, symbol: Symbol) -> Security | None:
        """The security if it has been made, removed or not, without making it."""
        return self._entries.get(symbol) or self._removed.get(symbol)

    def _known_among(self, symbols: Iterable[Symbol]) -> dict[int, Security]:
        """Of symbols: the places of those that :meth:`_known` knows; the same until ``_makings`` changes."""
        entries, removed = self._entries, self._removed
        known = ((i, entries.get(symbol) or removed.get(symbol)) for i, symbol in enumerate(symbols))
        return {i: security for i, security in known if security is not None}

    def _is_active(self, symbol: Symbol) -> bool:
        """Whether the symbol is not removed."""
        return symbol in self._entries

    def _inactive_among(self, symbols: dict[Symbol, None]) -> dict[Symbol, None]:
        """Those of some symbols that are not there, or removed."""
        return parted(symbols, self._entries)[0]

    def _made(self) -> Iterator[Security]:
        """The securities that have been made."""
        return (s for s in list(self._entries.values()) if s is not None)

    def _every_symbol(self) -> Iterator[Symbol]:
        """All symbols, without making anything (leansim's own)."""
        return iter(list(self._entries))

    def _of(self, symbol: Symbol) -> Security:
        security = self._entries[symbol]
        if security is None:
            assert self._make is not None, "no feed is attached"
            self._makings += 1
            self._layout += 1
            security = self._entries[symbol] = self._make(symbol)
        return security

    def _find_symbol(self, symbol: Symbol) -> tuple[bool, Security | None]:
        try:
            security = self._entries[symbol]
        except KeyError:
            removed = self._removed.get(symbol)
            return removed is not None, removed
        return True, self._of(symbol) if security is None else security

    def _pairs(self) -> Iterable[tuple[Symbol, Security]]:
        return [(symbol, self._of(symbol)) for symbol in list(self._entries)]

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Symbol):
            return key in self._entries or key in self._removed
        return super().__contains__(key)

    def keys(self) -> list[Symbol]:
        """All symbols."""
        return list(self._entries)

    def remove(self, key: Any) -> bool:
        """Take a security out; False when it is not among them. As one that left it is still found by its symbol."""
        symbol = self._symbol_of(key)
        if symbol is None or symbol not in self._entries:
            return False
        self._ensure(symbol)
        self._drop((symbol,))
        return True

    def clear(self) -> None:
        """Take every security out; they are still found by their symbols, for the books (LEAN finds them no longer)."""
        for symbol in self.keys():
            self.remove(symbol)
        self._gone.update(self._removed)

    @property
    def is_read_only(self) -> bool:
        """False, as LEAN says."""
        return False

    def _missing(self, key: object) -> ClrException:
        return KeyNotFoundException(
            f"This asset symbol ({key}) was not found in your security list. Please add this security or check it "
            "exists before using it with 'Securities.ContainsKey(\"key\")'"
        )

    @property
    def total(self) -> Enumerable[Security]:
        """All securities, also those that have left (if anybody had looked at them)."""
        left = self._removed.items()
        past = [security for symbol, security in left if symbol not in self._entries and symbol not in self._gone]
        return Enumerable(lambda: [*past, *self.values()])
