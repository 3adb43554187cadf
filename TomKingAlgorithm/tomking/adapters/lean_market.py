"""LEAN's slices as the desk's market.

A slice is only touched where somebody asks: reading one contract's greeks costs LEAN half a millisecond, so a chain is
built when an entry is due and held contracts are read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from AlgorithmImports import (
    DataNormalizationMode,
    Extensions,
    Future,
    Market,
    Option,
    OptionChain,
    OptionContract,
    OptionFilterUniverse,
    QCAlgorithm,
    QuoteBar,
    Resolution,
    Security,
    SecurityType,
    Slice,
    Symbol,
    TradeBar,
)

from tomking.adapters.lean_symbols import FUTURES_MARKETS, OPTION_TYPES, LeanSymbols, UnknownSymbol
from tomking.market.at_the_money import at_the_money
from tomking.market.calendar import NEW_YORK, to_new_york
from tomking.market.chain import Chain
from tomking.market.contract import Contract
from tomking.market.daily import DailyBar, rank
from tomking.market.quote import Quote, unknown_delta
from tomking.market.universe import S_AND_P_500, OptionUniverse, UnderlyingKind
from tomking.market.view import Session

VIX: Final = "VIX"

YEAR_OF_SESSIONS: Final = 252

SATURDAY: Final = 5
LONGEST_CLOSURE_DAYS: Final = 14
"""No exchange is closed for longer."""


Held = Callable[[], Iterable[Contract]]
"""The contracts the desk holds at the moment it is asked."""

AskDelta = Callable[[], float | None]
"""Asks for a delta; None: there is none."""


class LeanMarket:
    """The `MarketView` over one algorithm's subscriptions. Call `update` first in every `on_data`."""

    def __init__(
        self, algorithm: QCAlgorithm, symbols: LeanSymbols, universes: Iterable[OptionUniverse], held: Held
    ) -> None:
        """Over `algorithm`'s data, once `subscribe` was called.

        Args:
            algorithm: LEAN's side.
            symbols: contracts as LEAN names them.
            universes: what the strategies look into.
            held: what the desk holds now.
        """
        self._algorithm = algorithm
        self._symbols = symbols
        self._held = held
        self._universes: dict[str, list[OptionUniverse]] = {}
        for universe in universes:
            self._universes.setdefault(universe.underlying, []).append(universe)
        self._securities: dict[str, Security] = {}
        self._canonicals: dict[str, list[Symbol]] = {}
        self._slice: Slice | None = None
        self._revision = 0
        self._day: date | None = None
        self._opens: dict[str, Decimal] = {}
        self._unopened: dict[str, Symbol] = {}
        self._sessions: dict[tuple[str, date], Session | None] = {}
        self._chains: dict[str, Chain | None] = {}
        self._quotes: dict[Contract, Quote | None] = {}
        self._daily: dict[str, tuple[date, list[DailyBar]]] = {}
        self._listed: dict[str, list[Contract]] = {}
        self._listed_at: datetime | None = None

    # -- subscriptions -------------------------------------------------------------------------------------------

    def subscribe(self) -> None:
        """Ask LEAN for everything the universes need; call once, in `initialize`."""
        for universes in self._universes.values():
            universe = universes[0]  # all windows of one underlying have its kind and root
            match universe.kind:
                case UnderlyingKind.INDEX:
                    security: Security = self._algorithm.add_index(universe.underlying, Resolution.MINUTE)
                    option = self._algorithm.add_index_option(security.symbol, universe.root, Resolution.MINUTE)
                    self._select(option, universes)
                case UnderlyingKind.EQUITY:
                    security = self._algorithm.add_equity(
                        universe.underlying, Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.RAW
                    )
                    self._select(self._algorithm.add_option(security.symbol, Resolution.MINUTE), universes)
                case UnderlyingKind.FUTURE:
                    security = self._subscribe_future(universes)
            self._securities[universe.underlying] = security
        self._securities[VIX] = self._algorithm.add_index(VIX, Resolution.MINUTE)

    def _select(self, option: Option, universes: list[OptionUniverse]) -> None:
        option.set_filter(lambda contracts: self._window(contracts, universes))
        self._canonicals[universes[0].underlying] = [option.symbol]

    def _subscribe_future(self, universes: list[OptionUniverse]) -> Future:
        universe = universes[0]
        future = self._algorithm.add_future(
            universe.underlying, Resolution.MINUTE, FUTURES_MARKETS.get(universe.underlying, Market.CME)
        )
        # an option is delivered into a future that outlives it by up to a quarter
        future.set_filter(0, max(each.max_days for each in universes) + 92)
        self._algorithm.add_future_option(future.symbol, lambda contracts: self._window(contracts, universes))
        return future

    def _window(self, contracts: OptionFilterUniverse, universes: list[OptionUniverse]) -> OptionFilterUniverse:
        """The expiries and strikes some strategy looks into today; between two windows nothing is subscribed."""
        today = self._next_session(universes[0].underlying)
        wanted = [each for each in universes if each.is_wanted(today)]
        held = self._held_expiries(universes[0]) if any(each.held_expiries_only for each in wanted) else frozenset()
        wanted = [each for each in wanted if held or not each.held_expiries_only]
        if not wanted:
            return contracts.contracts([])
        found = contracts.strikes(
            -max(each.strikes_below for each in wanted), max(each.strikes_above for each in wanted)
        ).expiration(min(each.min_days for each in wanted), max(each.max_days for each in wanted))
        if len(wanted) == 1 and not held:
            return found

        def is_wanted(symbol: Symbol) -> bool:
            expiry = symbol.id.date.date()
            days = (expiry - today).days
            return any(
                each.min_days <= days <= each.max_days and (not each.held_expiries_only or expiry in held)
                for each in wanted
            )

        return found.contracts(lambda rows: [row.symbol for row in rows if is_wanted(row.symbol)])

    def _next_session(self, underlying: str) -> date:
        """The session a selection is for: LEAN asks on a Saturday for the Monday, as its own filters count days.

        A future's Sunday evening belongs to the Monday.
        """
        today = self._algorithm.time.date()
        days = (today + timedelta(days=number) for number in range(LONGEST_CLOSURE_DAYS))
        return next((day for day in days if day.weekday() < SATURDAY and self.session(underlying, day)), today)

    def _held_expiries(self, universe: OptionUniverse) -> frozenset[date]:
        """Expiries of the options held on an underlying."""
        return frozenset(
            one.expiry
            for one in self._held()
            if one.is_option and one.underlying == universe.underlying and one.expiry is not None
        )

    # -- one step ------------------------------------------------------------------------------------------------

    def update(self, data: Slice) -> None:
        """Take the present slice; everything asked afterwards is answered as of it."""
        self._slice = data
        self._revision += 1
        self._chains.clear()
        self._quotes.clear()
        today = self._algorithm.time.date()
        if today != self._day:
            self._day, self._opens = today, {}
            self._unopened = {name: security.symbol for name, security in self._securities.items()}
        if self._unopened:
            self._remember_opens(data)

    def _remember_opens(self, data: Slice) -> None:
        for name, symbol in list(self._unopened.items()):
            bar = data.bars.get(symbol)
            if bar is not None and not bar.is_fill_forward and bar.open > 0:
                self._opens[name] = _decimal(bar.open)
                del self._unopened[name]

    # -- MarketView ----------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """How many slices were taken."""
        return self._revision

    def spot(self, underlying: str, delivery: date | None = None) -> Decimal | None:
        """Last price LEAN has of the underlying; of a future without `delivery`, of the continuous one."""
        security = None if delivery is None else self._future(underlying, delivery)
        if security is None:
            security = self._securities.get(underlying)
        price = 0.0 if security is None else security.price
        return _decimal(price) if price > 0 else None

    def _future(self, underlying: str, delivery: date) -> Security | None:
        """The future of that expiry, where LEAN has it."""
        try:
            symbol = self._symbols.future(underlying, delivery)
        except UnknownSymbol:
            return None
        securities = self._algorithm.securities
        if not securities.contains_key(symbol):
            return None
        found = securities[symbol]
        return found if found.price > 0 else None

    def session_open(self, underlying: str) -> Decimal | None:
        """Open of the first real bar of today."""
        return self._opens.get(underlying) if self._day == self._algorithm.time.date() else None

    def chain(self, underlying: str) -> Chain | None:
        """The chain of the present slice, built once per step."""
        if underlying not in self._chains:
            self._chains[underlying] = self._build(underlying)
        return self._chains[underlying]

    def _build(self, underlying: str) -> Chain | None:
        if self._slice is None:
            return None
        found: dict[Contract, OptionContract] = {}
        futures: dict[date, Decimal] = {}
        spot: Decimal | None = None
        now, bars = self.now(), self._slice.quote_bars
        for chain in self._chains_of(underlying):
            for contract in chain:
                ours = self._symbols.contract(contract.symbol)
                found[ours] = contract
                spot = spot or _decimal(contract.underlying_last_price)
                if ours.delivery is not None and ours.delivery not in futures:
                    futures[ours.delivery] = _decimal(contract.underlying_last_price)
        if not found or not spot:
            return None
        quotes = _ReadOnDemand(found, lambda one: self._chain_quote(one, bars.get(one.symbol), now))
        return Chain(underlying, spot, now, quotes, {day: price for day, price in futures.items() if price})

    def _chains_of(self, underlying: str) -> list[OptionChain]:
        chains = self._slice.option_chains if self._slice is not None else None
        if chains is None:
            return []
        canonicals = self._canonicals.get(underlying)
        if canonicals is not None:
            found = [chains.get(canonical) for canonical in canonicals]
            return [chain for chain in found if chain is not None]
        # futures options: one chain for each contract month, keyed by a canonical LEAN makes itself
        return [pair.value for pair in chains if str(pair.key.underlying.id.symbol) == underlying]

    def _chain_quote(self, contract: OptionContract, bar: QuoteBar | None, now: datetime) -> Quote:
        # LEAN counts whole days for options on futures: our own deltas are used instead
        on_future = contract.symbol.security_type == SecurityType.FUTURE_OPTION
        delta = unknown_delta if on_future else _Delta(contract)
        if bar is not None and not bar.is_fill_forward:
            return _bar_quote(bar, now, delta)
        return self._security_quote(self._algorithm.securities[contract.symbol], delta)

    def quote(self, contract: Contract) -> Quote | None:
        """The latest real quote of one contract, read once per step; None when LEAN never had one."""
        if contract not in self._quotes:
            self._quotes[contract] = self._read_quote(contract)
        return self._quotes[contract]

    def _read_quote(self, contract: Contract) -> Quote | None:
        try:
            symbol = self._symbols.symbol(contract)
        except UnknownSymbol:
            return None
        if not self._algorithm.securities.contains_key(symbol):
            return None
        security = self._algorithm.securities[symbol]
        return self._security_quote(security) if security.has_data else None

    def _security_quote(self, security: Security, delta: AskDelta = unknown_delta) -> Quote:
        bar = security.get_last_data()
        if bar is None:
            return Quote(Decimal(0), Decimal(0), self.now())
        as_of = _end(bar.end_time, security)
        if isinstance(bar, QuoteBar):
            return _bar_quote(bar, as_of, delta)
        if security.bid_price > 0 or security.ask_price > 0:
            return Quote(_decimal(security.bid_price), _decimal(security.ask_price), as_of)
        # an underlying has trades only: what it traded at stands on both sides
        return Quote(_decimal(security.price), _decimal(security.price), as_of)

    def vix(self) -> Decimal | None:
        """The VIX LEAN has; None until its first value."""
        return self.spot(VIX)

    def vix_open(self) -> Decimal | None:
        """The VIX at today's open; None before it."""
        return self.session_open(VIX)

    def daily(self, underlying: str) -> list[DailyBar]:
        """A year of completed sessions, read from LEAN's history once a day."""
        today = self._algorithm.time.date()
        known = self._daily.get(underlying)
        if known is None or known[0] != today:
            known = self._daily[underlying] = (today, self._read_daily(underlying, today))
        return known[1]

    def _read_daily(self, underlying: str, today: date) -> list[DailyBar]:
        security = self._securities.get(underlying)
        if security is None:
            return []
        bars = self._algorithm.history[TradeBar](security.symbol, YEAR_OF_SESSIONS, Resolution.DAILY)
        return [
            DailyBar(bar.time.date(), *map(_decimal, (bar.open, bar.high, bar.low, bar.close)))
            for bar in bars
            if bar.time.date() < today
        ]

    def iv_rank(self, underlying: str) -> Decimal | None:
        """The VIX's rank for the index it is made of; LEAN has no implied volatility of the past for anything else."""
        vix = self.vix() if underlying in S_AND_P_500 else None
        return None if vix is None else rank(vix, self.daily(VIX), YEAR_OF_SESSIONS)

    def at_the_money_volatility(self, underlying: str, days: int) -> Decimal | None:
        """Our own implied volatility, the mean of the call and the put next to the money of one expiry."""
        today = self._algorithm.time.date()
        listed = [
            self._symbols.contract(contract.symbol) for chain in self._chains_of(underlying) for contract in chain
        ] or self._subscribed().get(underlying, [])
        expiries = {one.expiry for one in listed if one.expiry is not None}
        expiry = min(expiries, key=lambda each: (abs((each - today).days - days), each), default=None)
        side = [one for one in listed if one.expiry == expiry]
        spot = self.spot(underlying, side[0].delivery) if side else None
        return None if spot is None else at_the_money(side, spot, self.quote, self.now(), self.rate())

    def _subscribed(self) -> Mapping[str, list[Contract]]:
        """Subscribed options by underlying, for when a session is over and no slice brings them any more."""
        now = self.now()
        if self._listed_at != now:
            self._listed_at, self._listed = now, {}
            # by their keys: LEAN hands over each security of a list it is asked for
            for symbol in self._algorithm.securities.keys():  # noqa: SIM118  iterating over it gives pairs
                if symbol.security_type in OPTION_TYPES and not symbol.is_canonical():
                    one = self._symbols.contract(symbol)
                    self._listed.setdefault(one.underlying, []).append(one)
        return self._listed

    def session(self, underlying: str, day: date) -> Session | None:
        """The regular session of the underlying's own exchange, in New York time."""
        key = (underlying, day)
        if key not in self._sessions:
            self._sessions[key] = self._read_session(underlying, day)
        return self._sessions[key]

    def _read_session(self, underlying: str, day: date) -> Session | None:
        security = self._securities.get(underlying)
        if security is None:
            return None
        exchange = security.exchange
        zone = ZoneInfo(str(exchange.time_zone))
        midnight = datetime.combine(day, time())
        if not exchange.hours.is_date_open(midnight):
            return None
        opens = exchange.hours.get_next_market_open(midnight, False)
        closes = exchange.hours.get_next_market_close(opens, False)
        start, end = (at.replace(tzinfo=zone).astimezone(NEW_YORK) for at in (opens, closes))
        return Session(day, start.time(), end.time())

    def is_open(self, underlying: str, now: datetime) -> bool:
        """True inside that session."""
        local = to_new_york(now)
        session = self.session(underlying, local.date())
        return session is not None and session.opens <= local.time() < session.closes

    def rate(self) -> float:
        """LEAN's risk-free rate of the day."""
        return float(self._algorithm.risk_free_interest_rate_model.get_interest_rate(self._algorithm.time))

    # -- for the wiring ------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """LEAN's present instant."""
        return self._algorithm.utc_time.replace(tzinfo=UTC)

    @property
    def anchor(self) -> Symbol:
        """The first universe's underlying: its calendar is the desk's, its price the benchmark."""
        return next(iter(self._securities.values())).symbol


class _ReadOnDemand(Mapping[Contract, Quote]):
    """The quotes of a chain, each read from LEAN when it is asked for: of a chain most are of expiries nobody wants."""

    def __init__(self, contracts: Mapping[Contract, OptionContract], read: Callable[[OptionContract], Quote]) -> None:
        self._contracts = contracts
        self._read = read
        self._known: dict[Contract, Quote] = {}

    def __getitem__(self, contract: Contract) -> Quote:
        quote = self._known.get(contract)
        if quote is None:
            quote = self._known[contract] = self._read(self._contracts[contract])
        return quote

    def __iter__(self) -> Iterator[Contract]:
        return iter(self._contracts)

    def __len__(self) -> int:
        return len(self._contracts)


class _Delta:
    """LEAN's delta of a chain's contract, read when it is first asked for."""

    __slots__ = ("_contract", "_known", "_value")

    def __init__(self, contract: OptionContract) -> None:
        self._contract = contract
        self._known = False
        self._value: float | None = None

    def __call__(self) -> float | None:
        if not self._known:
            self._known = True
            volatility, delta = float(self._contract.implied_volatility), float(self._contract.greeks.delta)
            # LEAN answers 0 where it has no inputs or its solver failed: that is no delta
            self._value = delta if volatility > 0 and delta != 0 else None
        return self._value


def _bar_quote(bar: QuoteBar, as_of: datetime, delta: AskDelta) -> Quote:
    return Quote(
        bid=Decimal(0) if bar.bid is None else _decimal(bar.bid.close),
        ask=Decimal(0) if bar.ask is None else _decimal(bar.ask.close),
        as_of=as_of,
        bid_size=int(bar.last_bid_size),
        ask_size=int(bar.last_ask_size),
        ask_delta=delta,
    )


def _end(end_time: datetime, security: Security) -> datetime:
    return Extensions.convert_to_utc(end_time, security.exchange.time_zone).replace(tzinfo=UTC)


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))
