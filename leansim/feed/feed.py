"""The door of this room: securities in, time slices out.

::

    feed = Feed(folder, securities, clock)
    feed.equip, feed.in_use, feed.time_zone = ...            what the run says; see the attributes
    security = feed.add(SubscriptionRequest(symbol, Resolution.MINUTE))    exists at once, data from the next step on
    feed.remove(symbol)
    feed.end_of_step()                  additions and removals of this step take effect (LEAN's OnEndOfTimeStep)
    feed.start(start_ns, end_ns)        after initialize
    while (step := feed.advance()) is not None:
        ...                             loop.py, in LEAN's order
        step.publish()                  the prices of this step become visible

``advance`` gives a time pulse (``step.is_time_pulse``) at the instant of a universe selection before it selects, as
LEAN does, so that the loop can run scheduled events of the past with old prices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, cast

from leansim.api.bars import BaseData, SymbolChangedEvent
from leansim.api.enums import DataNormalizationMode, DelistingType, SecurityType, TickType
from leansim.api.instant import Move
from leansim.api.securities import Future, Option, Security, SecurityManager
from leansim.api.symbols import OPTION_TYPES, Symbol, SymbolCache, parted
from leansim.api.time_zones import NS_PER_SECOND, TimeZones, from_ns
from leansim.api.universes import SecurityChanges
from leansim.clock import TimeKeeper
from leansim.errors import NotEmulated
from leansim.feed.chain_models import ChainModels
from leansim.feed.chain_universes import ChainUniverse, ContinuousUniverse
from leansim.feed.continuous import Mapping
from leansim.feed.corporate_actions import CorporateActions
from leansim.feed.delistings import DelistingCalendar, Due
from leansim.feed.new_security import SecurityMaker
from leansim.feed.notices import auxiliary_of, delistings_of
from leansim.feed.owners import Owners
from leansim.feed.phases import NEVER, WarmUp
from leansim.feed.selecting import SelectingUniverse, SelectorUniverse
from leansim.feed.stream_factory import StreamFactory
from leansim.feed.stretch import Stretch
from leansim.feed.subscriptions import SubscriptionRequest, tick_types_of
from leansim.feed.timeslice import TimeSlice

if TYPE_CHECKING:
    from leansim.api.time_zones import CachedDateTimeZone
    from leansim.lean_data.folder import DataFolder

_ON_RAW_PRICES: Final = (SecurityType.OPTION, SecurityType.FUTURE_OPTION)
_USER: Final = "the algorithm"
_CONTRACTS: Final = "the algorithm's option contracts"
_TICK_NS: Final = 100


class Feed:
    """Which data arrive when, for one run.

    Attributes:
        equip: called with each security when it is made, before anybody sees it.
        in_use: whether a security is held or has open orders: it keeps its data when its universe lets it go.
        time_zone: the algorithm's, for ``slice.time``.
        benchmark: followed by the hour from the trading day before the first instant on; its data only move time.
        first_ns: the first instant of the run.
        daily_precise_end_time: whether daily bars end at the close (LEAN's default) or at midnight.
    """

    def __init__(self, folder: DataFolder, securities: SecurityManager, clock: TimeKeeper) -> None:
        self.equip: Callable[[Security], None] = lambda _: None
        self.in_use: Callable[[Security], bool] = lambda _: False
        self.time_zone: CachedDateTimeZone = TimeZones.NEW_YORK
        self.daily_precise_end_time = True
        self.benchmark: Symbol | None = None
        self._folder = folder
        self._securities = securities
        self._clock = clock
        self._raw: set[Symbol] = set()
        self._streams = StreamFactory(folder, self._raw.__contains__)
        self._models = ChainModels(folder, securities, clock, self._streams)
        self._requests: dict[Symbol, SubscriptionRequest] = {}
        self._owners = Owners()
        self._universes: dict[Symbol, SelectingUniverse] = {}
        self._to_begin: list[SelectorUniverse] = []
        self._continuous: dict[Symbol, ContinuousUniverse] = {}
        self._maker = SecurityMaker(self, folder, securities, clock)
        self._disposed: list[ChainUniverse] = []
        self._leaving: dict[Symbol, SelectingUniverse] = {}
        self._ended: dict[Symbol, Symbol] = {}
        self._ending: tuple[list[Due], dict[Symbol, None]] | None = None
        self._hidden: frozenset[Symbol] = frozenset()
        self._last_trades: dict[Symbol, Callable[[], float]] = {}
        self._delistings = DelistingCalendar(folder)
        self._actions = CorporateActions(folder)
        self._to_add: list[SubscriptionRequest] = []
        self._to_remove: list[Symbol] = []
        self._user_kinds: set[SecurityType] = set()
        self._user_ns: int | None = None
        self._pulsed_ns = -1
        self._frontier = -1
        # the next instant at which more than bars may come; None: to be found out
        self._special_ns: int | None = None
        # what comes before it, as far as it is laid out
        self._ahead = Stretch((), NEVER)
        self._steps: Iterator[TimeSlice] = iter(())
        self.first_ns = 0
        self._run_end_ns = self._end_ns = NEVER
        self._started = False
        securities._made_by(self._maker.make)

    # --- what the algorithm asks for

    def add(self, request: SubscriptionRequest) -> Security:
        """Subscribe; the security is in ``securities`` at once and has data from the next step on.

        A canonical symbol gives its :class:`Option` or :class:`Future` with the default filter.
        """
        symbol = request.symbol
        SymbolCache._add(symbol)
        if symbol.security_type in _ON_RAW_PRICES and symbol.underlying is not None:
            self._make_raw(symbol.underlying)
        if symbol not in self._requests:
            self._requests[symbol] = request
        known = self._securities._is_active(symbol)
        self._securities._announce({symbol: None})
        self._to_add.append(request)
        security = self._securities[symbol]
        if known and self._requests[symbol].resolution > request.resolution:
            self._requests[symbol] = request
        return security

    def _make_raw(self, symbol: Symbol) -> None:
        """Bring prices as traded from now on, whatever was asked for."""
        self._raw.add(symbol)
        security = self._securities._known(symbol)
        if security is not None:
            security._requests = [request.raw() for request in security._requests]

    def _normalize(self, security: Security, mode: DataNormalizationMode) -> None:
        """Adjust a security's prices another way than it was subscribed with."""
        symbol = security.symbol
        if mode == self._requests[symbol].normalization:
            return
        if symbol in self._owners:
            raise NotEmulated("Equity.set_data_normalization_mode after the data have begun")
        self._requests[symbol] = replace(self._requests[symbol], normalization=mode)
        self._to_add = [replace(r, normalization=mode) if r.symbol == symbol else r for r in self._to_add]
        security._requests = [self._requests[symbol]]

    def add_universe(self, universe: SelectorUniverse) -> bool:
        """Let a universe select from the end of this step on; False when there is one of that name."""
        if universe.symbol in self._universes or any(known.symbol == universe.symbol for known in self._to_begin):
            return False
        self._to_begin.append(universe)
        return True

    def _begin_universes(self, ns: int) -> None:
        for universe in self._to_begin:
            universe.begin(ns, self._run_end_ns)
            self._universes[universe.symbol] = universe
        self._look_anew()
        self._to_begin = []

    def dispose(self, chain: Symbol) -> None:
        """Let go of a chain at the next instant, what is held of it when it is not held any more.

        The canonical security stays in ``securities``.
        """
        universe = self._universes.get(chain)
        if isinstance(universe, ChainUniverse) and not universe.disposed:
            universe.disposed = True
            self._disposed.append(universe)
            self._look_anew()

    def remove(self, symbol: Symbol) -> bool:
        """Unsubscribe at the end of this step, a canonical symbol with its contracts. False: not subscribed."""
        if symbol not in self._requests:
            return False
        self._to_remove.append(symbol)
        return True

    def end_of_step(self) -> None:
        """Make this step's additions and removals effective at the next instant; call after each step."""
        if not self._started:
            return
        if self._to_begin:
            self._begin_universes(self._clock.ns)
        if not (self._to_add or self._to_remove):
            return
        ns = self._clock.ns
        kinds = {r.symbol.security_type for r in self._to_add if not r.symbol.is_canonical()}
        if kinds - self._user_kinds:
            # LEAN starts a new user universe a tick (100 ns) later, and goes on with a known one at once
            ns += _TICK_NS
        self._user_kinds |= kinds
        self._user_ns = ns if self._user_ns is None else min(ns, self._user_ns)
        self._look_anew()

    # --- what others ask

    def subscribed(self) -> list[Symbol]:
        """Every symbol with data, in the order they were added."""
        return [s for s in self._requests if s in self._owners]

    def is_subscribed(self, symbol: Symbol) -> bool:
        """Whether a symbol has (or is about to have) data."""
        return symbol in self._requests

    def is_raw(self, symbol: Symbol) -> bool:
        """Whether prices of a symbol are as traded, not adjusted."""
        return symbol in self._raw or self._requests[symbol].is_raw

    def is_known_as_benchmark(self, symbol: Symbol) -> bool:
        """Whether a universe's new equity is the benchmark, which is followed from the end of the first step on.

        LEAN subscribes what a universe selects after its security was made. Who looks at the past in between (an
        initializer that seeds) finds the subscription to the benchmark alone: its hours, adjusted.
        """
        return (
            symbol == self.benchmark
            and symbol.security_type is SecurityType.EQUITY
            and self._frontier > self.first_ns
            and all(isinstance(owner, SelectingUniverse) for owner in self._owners.of(symbol))
        )

    def request_of(self, symbol: Symbol) -> SubscriptionRequest:
        """How a symbol is subscribed; ``KeyError`` when it is not."""
        return self._requests[symbol]

    def tick_types(self, symbol: Symbol) -> tuple[TickType, ...]:
        """The kinds of data an algorithm gets of a symbol; empty when it is not subscribed."""
        request = self._requests.get(symbol)
        if request is None:
            return ()
        return tuple(t for t in tick_types_of(symbol, request.resolution) if t is not TickType.OPEN_INTEREST)

    def has_chain(self, canonical: Symbol) -> bool:
        """Whether a chain is, or is about to be, subscribed."""
        return canonical in self._universes or any(request.symbol == canonical for request in self._to_add)

    def futures_selected(self, canonical: Symbol) -> tuple[frozenset[Symbol], ...]:
        """The contracts of a future that its filter, and those its continuous contract, selected last."""
        chain, continuous = self._universes.get(canonical), self._continuous.get(canonical)
        chosen = chain.selection if isinstance(chain, ChainUniverse) else frozenset()
        return (chosen, frozenset() if continuous is None else continuous.selection)

    def members_of(self, canonical: Symbol) -> list[Symbol]:
        """The contracts subscribed because of a canonical symbol."""
        universe = self._universes.get(canonical)
        return [] if universe is None else [s for s in universe.members if s.has_canonical()]

    def removed_security(self, symbol: Symbol) -> Security | None:
        """A security that has left ``securities``, when it was ever made."""
        return self._maker.gone.get(symbol)

    # --- the run

    def start(self, start_ns: int, end_ns: int, warm_up: WarmUp | None = None) -> None:
        """The run begins: at ``start_ns`` (of the warm-up, if there is one), to ``end_ns``, both inclusive.

        A bar that began before the end is delivered when it is complete, up to a minute (or a session) later; contracts
        whose last day is the run's last stay as they are.
        """
        self._started = True
        self._run_end_ns = end_ns
        self._end_ns = end_ns - end_ns % NS_PER_SECOND + NS_PER_SECOND
        self._streams.end_ns = self._end_ns
        self._streams.strict = self.daily_precise_end_time
        self._streams.warm_up = warm_up
        self._user_kinds = {r.symbol.security_type for r in self._to_add}
        self._frontier = start_ns
        self._begin_universes(start_ns)
        if self._to_add or self._to_remove:
            self._user_ns = start_ns
        self.first_ns = self._frontier = self._next_ns() or start_ns
        if self.benchmark is not None:
            self._streams.follow(self.benchmark, self.first_ns)

    def _next_ns(self) -> int | None:
        """The next instant at which something may come, ``None`` for never; of a stream whose day is due it is read."""
        special = self._special_ns
        if special is None:
            special = self._special_ns = self._next_special()
        streams = self._streams.ordered
        while True:
            soonest, first = special, None
            for stream in streams:
                ns = stream.next_ns
                if ns < soonest:
                    soonest, first = ns, stream
            if first is None or first.is_settled:
                break
            first.settle()
        if soonest == NEVER:
            return None
        return soonest if soonest > self._frontier else self._frontier

    def _next_special(self) -> int:
        """The next instant at which more than bars may come: it changes at such instants only, and at requests."""
        soonest = self._user_ns if self._user_ns is not None else NEVER
        for universe in self._universes.values():
            if universe.next_ns is not None and universe.next_ns < soonest:
                soonest = universe.next_ns
        for continuous in self._continuous.values():
            if continuous.next_ns < soonest and continuous.next_ns <= self._run_end_ns:
                soonest = continuous.next_ns
        for notice in (self._delistings.next_ns, self._actions.next_ns):
            if notice is not None and notice < soonest:
                soonest = notice
        return soonest

    def advance(self) -> TimeSlice | None:
        """Move to the next instant at which LEAN would emit a time slice; ``None`` at the end of the run."""
        step = next(self._steps, None)
        if step is None:
            return self._look_ahead()
        self._frontier = step.ns
        return step

    def _look_anew(self) -> None:
        """More than bars may come at another instant than was thought: nothing is laid out any more."""
        self._special_ns = None
        self._stop_ahead()

    def _stop_ahead(self) -> None:
        self._ahead.leave(self._frontier)
        self._steps = iter(())

    def _look_ahead(self) -> TimeSlice | None:
        """The next instant, when it is not laid out, and what comes after it."""
        self._stop_ahead()
        ns = self._next_ns()
        if ns is None:
            return None
        self._frontier = ns
        assert self._special_ns is not None
        if ns >= self._special_ns or self._disposed:
            return self._turn(ns)
        ahead = Stretch(self._streams.ordered, self._special_ns)
        if ahead.ns != ns:
            moves, points = self._take(ns)
            return self._time_slice(ns, moves, points)
        self._ahead = ahead
        self._steps = ahead.steps(self.time_zone, self._models)
        return next(self._steps)

    def _turn(self, ns: int) -> TimeSlice:
        """An instant at which more than bars may come: the pulse before it, then what it brings."""
        self._special_ns = None
        due = [
            u for u in self._universes.values() if u in self._disposed or (u.next_ns is not None and u.next_ns <= ns)
        ]
        user = self._user_ns is not None and self._user_ns <= ns
        mapping = bool(self._continuous) and any(c.next_ns <= ns for c in self._continuous.values())
        if (due or user or mapping) and self._pulsed_ns != ns:
            self._pulsed_ns = ns
            # LEAN takes out what has ended before the pulse, in which the past events fire
            self._ending = self._end(ns)
            pulse = self._time_slice(ns, [], 0)
            pulse.is_time_pulse = True
            return pulse
        self._pulsed_ns = -1
        return self._step(ns, due, user)

    def _take(self, ns: int) -> tuple[list[Move], int]:
        """What the streams bring at an instant, and how many data points."""
        moves = []
        points = 0
        for stream in self._streams.ordered:
            if stream.next_ns <= ns:
                while stream.next_ns <= ns and not stream.is_settled:
                    stream.settle()
                if stream.next_ns <= ns:
                    move, count = stream.take(ns)
                    moves.append(move)
                    points += count
        return moves, points

    def _end(self, ns: int) -> tuple[list[Due], dict[Symbol, None]]:
        """Notices of ends due now, and the symbols they take out of the run."""
        removed: dict[Symbol, None] = {}
        notices = self._delistings.due(ns)
        if notices:
            noticed = [symbol for due in notices for symbol in due.symbols]
            self._hidden = frozenset(symbol for symbol in noticed if self._requests[symbol].internal)
            self._last_trades = self._streams.last_trades(noticed)
            ended = [due.symbols for due in notices if due.kind == DelistingType.DELISTED]
            self._delist([symbol for symbols in ended for symbol in symbols], removed)
        return notices, removed

    def _step(self, ns: int, due: list[SelectingUniverse], user: bool) -> TimeSlice:
        points = 0
        added: dict[Symbol, None] = {}
        notices, removed = self._ending or self._end(ns)
        self._ending = None
        if user:
            self._user_ns = None
            # LEAN counts the tick that starts each of the algorithm's own universes, one a security type
            points += len({r.symbol.security_type for r in self._to_add if not r.symbol.is_canonical()})
            due += self._apply_requests(ns, added, removed)
        events: list[BaseData] = [*self._actions.due(ns), *self._map_futures(ns)]
        points += len(events)
        selected = set()
        if due:
            due = sorted(due, key=lambda u: (u.request.resolution, u.symbol.id))
            for universe in due:
                count, changed = self._select(universe, ns, added, removed)
                points += count
                if changed:
                    selected.add(universe.symbol)
            for gone in self._disposed:
                if self._universes.get(gone.symbol) is gone:
                    del self._universes[gone.symbol]
            self._disposed = []
        if notices:
            # what a universe lets go in the same instant sends no notice of its end any more
            notices = [due for due in (self._not_let_go_by(selected, due) for due in notices) if due.symbols]
            points += sum(len(due.symbols) for due in notices)
        delistings = delistings_of(self._local(ns), notices, self._last_trades) if notices else None
        moves, count = self._take(ns)
        points += count
        step = self._time_slice(ns, moves, points)
        if added or removed:
            step.changes = SecurityChanges(list(added), [s for s in removed if s not in added], self._maker.for_changes)
        if delistings is not None or events:
            step.auxiliary = auxiliary_of(self._local(ns), delistings, events)
            step.hidden = self._hidden
        return step

    def _time_slice(self, ns: int, moves: list[Move], points: int) -> TimeSlice:
        return TimeSlice.of(self.time_zone, ns, moves, self._models, points)

    def _local(self, ns: int) -> datetime:
        """An instant in the algorithm's time zone."""
        return from_ns(self.time_zone.to_local_ns(ns))

    # --- universes

    def _apply_requests(
        self, ns: int, added: dict[Symbol, None], removed: dict[Symbol, None]
    ) -> list[SelectingUniverse]:
        """What the algorithm added and removed itself; the chains among it that are to be selected now."""
        requests, self._to_add = self._to_add, []
        symbols, self._to_remove = self._to_remove, []
        fresh: list[SelectingUniverse] = []
        for symbol in symbols:
            universe = self._universes.pop(symbol, None)
            self._continuous.pop(symbol, None)
            if universe is not None:
                universe.removed = True
                self._let_go(list(universe.members), universe, ns, removed)
            self._let_go([symbol], _USER, ns, removed)
            self._let_go_underlying(symbol, ns, removed)
        for request in requests:
            symbol = request.symbol
            if symbol.is_canonical():
                if symbol not in self._universes:
                    security = cast(Option | Future, self._securities[symbol])
                    universe = ChainUniverse(self._folder, security, request, ns, self._run_end_ns)
                    self._universes[symbol] = universe
                    fresh.append(universe)
                    if isinstance(security, Future):
                        mapping = Mapping.of(request.mapping_mode, request.normalization, request.contract_depth_offset)
                        future = self._streams.continuous(symbol, mapping)
                        self._continuous[symbol] = ContinuousUniverse(future, security, request, ns)
                        self._take_in((symbol,), request, _USER, ns, added)
                    else:
                        self._owners.add(symbol, _USER)
            else:
                self._take_in((symbol,), request, _USER, ns, added)
                if symbol.security_type in OPTION_TYPES and symbol.underlying and symbol.underlying in self._owners:
                    # a contract keeps its underlying's data, whoever wanted them first
                    self._owners.add(symbol.underlying, _CONTRACTS)
        return fresh

    def _let_go_underlying(self, contract: Symbol, ns: int, removed: dict[Symbol, None]) -> None:
        """A contract of the algorithm's own is gone: with the last one on an underlying goes its hold on that."""
        underlying = contract.underlying
        if contract.security_type not in OPTION_TYPES or underlying is None or contract.is_canonical():
            return
        own = (s for s in self._owners if s.security_type in OPTION_TYPES and _USER in self._owners.of(s))
        if all(symbol.underlying != underlying for symbol in own):
            self._let_go([underlying], _CONTRACTS, ns, removed)

    def _map_futures(self, ns: int) -> list[SymbolChangedEvent]:
        """Let continuous futures follow their contracts; what changed."""
        events = []
        for universe in self._continuous.values():
            if universe.next_ns > ns:
                continue
            before = universe.mapped
            if universe.retiring is not None:
                self._let_go([universe.retiring], universe, ns, {})
            mapped, event = universe.select(ns)
            if mapped != before and mapped is not None:
                internal = replace(universe.request, symbol=mapped, internal=True)
                self._take_in((mapped,), internal, universe, ns, {})
                self._securities._ensure(mapped)
            if event is not None:
                events.append(event)
        return events

    def _select(
        self, universe: SelectingUniverse, ns: int, added: dict[Symbol, None], removed: dict[Symbol, None]
    ) -> tuple[int, bool]:
        """Select a chain's contracts: how many rows were looked at, and whether the selection is another."""
        selection, points = universe.select(ns)
        # whichever universe selects, LEAN looks at all that wait to leave
        for symbol, owner in list(self._leaving.items()):
            if not self._is_used(symbol, owner):
                del self._leaving[symbol]
                self._let_go([symbol], owner, ns, {})
            elif owner is universe and selection is not None and symbol in selection:
                del self._leaving[symbol]
        if selection is None:
            return points, False
        out = [s for s in universe.members if s not in selection and universe.may_leave(s, ns)]
        out = [s for s in out if s not in self._leaving]
        removed.update(dict.fromkeys(out))
        self._leaving.update((s, universe) for s in out if self._is_used(s, universe))
        self._let_go([s for s in out if s not in self._leaving], universe, ns, removed)
        new = selection.difference(universe.members)
        if new:
            for group in universe.groups(new):
                self._take_in(group, universe.request_for(group[0]), universe, ns, added)
            if universe.symbol.underlying in new:
                # made under its own ticker: contracts may know it by the one it had on their day
                self._securities._ensure(universe.symbol.underlying)
            universe.members.update(dict.fromkeys(new, ns))
        return points, True

    def _is_used(self, symbol: Symbol, universe: SelectingUniverse) -> bool:
        """Whether a member is held or ordered, or of a chain's underlying one of its contracts is."""
        if symbol == universe.symbol.underlying:
            return any(self._is_in_use(member) for member in universe.members)
        return self._is_in_use(symbol)

    def _is_in_use(self, symbol: Symbol) -> bool:
        security = self._securities._known(symbol)
        return security is not None and self.in_use(security)

    def _take_in(
        self, symbols: Iterable[Symbol], like: SubscriptionRequest, owner: object, ns: int, added: dict[Symbol, None]
    ) -> None:
        """Bring these symbols' data, subscribed like ``like``, because ``owner`` wants them."""
        begun = dict.fromkeys(symbols)
        for symbol in self._owners.known_among(begun):
            self._owners.add(symbol, owner)
            if like.internal or not self._requests[symbol].internal:
                del begun[symbol]
            else:
                self._stop_internal(symbol, ns)
        if not begun:
            return
        self._owners.begin(begun, owner)
        added.update(begun)
        unasked, _ = parted(begun, self._requests)
        self._requests.update(dict.fromkeys(unasked, like.for_members()))
        SymbolCache._add_all(self._securities._inactive_among(begun))
        made = self._securities._announce(begun)
        first = next(iter(begun))
        hours = self._folder.market_hours.entry_of(first)
        self._streams.subscribe(begun, self._requests[first], ns)
        self._delistings.add(begun, hours, ns, self._run_end_ns)
        if first.security_type is SecurityType.EQUITY and not like.internal:
            for symbol in begun:
                self._actions.add(symbol, hours, ns, self._run_end_ns)
        for security in made:
            self._maker.watch(security)

    def _stop_internal(self, symbol: Symbol, ns: int) -> None:
        """End the data the engine wanted for itself: the algorithm wants them now."""
        del self._requests[symbol]
        security = self._securities._known(symbol)
        self._maker.let_go((symbol,), {})
        if security is not None:
            security.cache._detach()
        self._streams.unsubscribe((symbol,), ns)

    def _let_go(self, symbols: Sequence[Symbol], owner: object, ns: int, removed: dict[Symbol, None]) -> None:
        """``owner`` no longer wants these; the data of each end when nobody else does."""
        if isinstance(owner, SelectingUniverse):
            for symbol in symbols:
                owner.members.pop(symbol, None)
        gone = [symbol for symbol in symbols if self._owners.release(symbol, owner)]
        removed.update(dict.fromkeys(gone))
        self._drop(gone, ns)

    def _drop(self, symbols: Iterable[Symbol], ns: int, *, forget: bool = True) -> None:
        """End the data of these symbols and take them out of ``securities``."""
        dropped = list(symbols)
        self._owners.forget(dropped)
        for symbol in dropped:
            self._requests.pop(symbol, None)
            if symbol.security_type is SecurityType.EQUITY:
                self._actions.remove(symbol)
        left = self._securities._drop(dropped)
        self._maker.let_go(dropped, left)
        for security in left.values():
            security.reset()
            if forget:
                security.cache.reset()
            else:
                security.cache._detach()
        self._streams.unsubscribe(dropped, ns)
        self._delistings.remove(dropped)

    def _delist(self, ended: list[Symbol], removed: dict[Symbol, None]) -> None:
        """These are no more: not tradable again, out of ``securities``, their universes and the data."""
        known = self._securities._known_among(ended)
        for security in known.values():
            security.is_delisted = True
        used = {ended[place] for place, security in known.items() if self.in_use(security)}
        noticed = [symbol for symbol in ended if self._leaving.pop(symbol, None) is None] if self._leaving else ended
        removed.update(dict.fromkeys(noticed))
        self._ended = {}
        for owners, group in groupby(ended, self._owners.of):
            symbols = list(group)
            universes = [owner for owner in owners if isinstance(owner, SelectingUniverse)]
            for universe in universes:
                for symbol in symbols:
                    universe.members.pop(symbol, None)
            if len(universes) == len(owners) == 1:
                unused = [symbol for symbol in symbols if symbol not in used] if used else symbols
                self._ended.update(dict.fromkeys(unused, universes[0].symbol))
        self._drop(self._owners.known_among(dict.fromkeys(ended)), self._frontier, forget=False)

    def _not_let_go_by(self, selected: set[Symbol], due: Due) -> Due:
        """A notice without the symbols that have just ended and whose only owner is one of these universes."""
        if not selected or due.kind == DelistingType.WARNING:
            return due
        return due._replace(symbols=[symbol for symbol in due.symbols if self._ended.get(symbol) not in selected])
