"""Two clients behind one face, so that one script can drive the fake with both: the community's SDK and our own.

What they tell is brought to one form: prices signed with a debit positive, fills as (id, quantity, price).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from threading import Event
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from anyio import CancelScope, create_task_group
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fakes.tastytrade.server import FakeTastytrade
from fakes.tastytrade_replies import unlimited
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_notices import OrderNotice, PositionNotice, StreamUp
from tomking.adapters.tastytrade_order_form import NewComplexOrder, NewLeg, NewOrder, Replacement
from tomking.adapters.tastytrade_orders import Action, InstrumentType, Order, OrderType, TimeInForce
from tomking.adapters.tastytrade_outcomes import Accepted, Outcome, Refused
from tomking.adapters.tastytrade_stream import AccountStream
from tomking.clock import SystemTimer

T = TypeVar("T")

Leg = tuple[str, str, int]
"""Symbol, action, contracts; the instrument type follows from the symbol."""


class Denied(Exception):
    """The broker said no; the text is its code."""


@dataclass(frozen=True)
class Told:
    """An order as a client understood it."""

    order_id: int | None
    status: str
    price: Decimal | None
    identifier: str | None
    legs: tuple[tuple[str, str, int, tuple[tuple[str, int, Decimal], ...]], ...]
    replaces: int | None
    replaced_by: int | None
    reject_reason: str | None

    @property
    def filled(self) -> tuple[int, ...]:
        return tuple(sum(fill[1] for fill in leg[3]) for leg in self.legs)


@dataclass(frozen=True)
class Tried:
    """A dry run: what it ties up, what it costs, the codes of its warnings."""

    used: Decimal
    fees: Decimal
    warnings: tuple[str, ...]


class Driver(Protocol):
    """What the script asks of a client."""

    def account(self) -> str: ...
    def net_liquidating_value(self) -> Decimal: ...
    def positions(self) -> dict[str, int]: ...
    def options_level(self) -> str: ...
    def margin(self) -> Decimal: ...
    def try_out(self, legs: Sequence[Leg], price: Decimal, identifier: str) -> Tried: ...
    def place(self, legs: Sequence[Leg], price: Decimal, identifier: str, strict: bool = True) -> Told: ...
    def place_market(self, leg: Leg) -> Told: ...
    def place_bracket(self, entry: Sequence[Leg], credit: Decimal, target: Decimal, stop: Decimal) -> int: ...
    def bracket(self, order_id: int) -> tuple[Told, ...]: ...
    def order(self, order_id: int) -> Told: ...
    def search(self, start: date) -> list[Told]: ...
    def today(self) -> list[Told]: ...
    def replace(self, old: int, legs: Sequence[Leg], price: Decimal, identifier: str) -> Told: ...
    def cancel(self, order_id: int) -> None: ...
    def paid_fees(self, start: date) -> Decimal: ...
    def chain(self, underlying: str) -> dict[str, list[tuple[date, tuple[Decimal, ...]]]]: ...
    def future_chain(self, product: str) -> list[tuple[str, str, str]]: ...
    def option_ticks(self, underlying: str) -> list[tuple[Decimal, Decimal | None]]: ...
    def session_is_open(self) -> bool: ...
    def listen(self, orders: int, positions: int) -> AbstractContextManager[Heard]: ...


@dataclass
class Heard:
    """What came over the account stream; a listener stays until it heard as much as the script expects."""

    expected: tuple[int, int]
    orders: list[Told] = field(default_factory=list)
    positions: list[tuple[str, int]] = field(default_factory=list)

    @property
    def all(self) -> bool:
        return len(self.orders) >= self.expected[0] and len(self.positions) >= self.expected[1]


def kind_of(symbol: str) -> InstrumentType:
    if symbol.startswith("."):
        return InstrumentType.FUTURE_OPTION
    return InstrumentType.EQUITY_OPTION if len(symbol) == 21 else InstrumentType.EQUITY


# -- ours ---------------------------------------------------------------------------------------------------------


class OurDriver:
    """Our client and our stream."""

    def __init__(self, fake: FakeTastytrade) -> None:
        self._fake = fake
        timer = SystemTimer()
        self._client = TastytradeClient(fake.address, fake.account, fake.credentials(), timer, limiter=unlimited(timer))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def account(self) -> str:
        (found,) = _yes(self._client.accounts())
        return found.number

    def net_liquidating_value(self) -> Decimal:
        return _yes(self._client.balances()).net_liquidating_value

    def positions(self) -> dict[str, int]:
        return {row.symbol: int(row.quantity) for row in _yes(self._client.positions()) if row.quantity}

    def options_level(self) -> str:
        return _yes(self._client.trading_status()).options_level

    def margin(self) -> Decimal:
        return _yes(self._client.margin_requirements()).margin_requirement

    def try_out(self, legs: Sequence[Leg], price: Decimal, identifier: str) -> Tried:
        found = _yes(self._client.dry_run(self._new(legs, price, identifier)))
        assert found.effect is not None
        assert found.fees is not None
        return Tried(found.effect.used, found.fees.total, tuple(remark.code for remark in found.warnings))

    def place(self, legs: Sequence[Leg], price: Decimal, identifier: str, strict: bool = True) -> Told:
        return _told(_yes(self._client.place(self._new(legs, price, identifier, strict))).order)

    def place_market(self, leg: Leg) -> Told:
        order = NewOrder(_legs([leg]), None, order_type=OrderType.MARKET)
        return _told(_yes(self._client.place(order)).order)

    def place_bracket(self, entry: Sequence[Leg], credit: Decimal, target: Decimal, stop: Decimal) -> int:
        closing = _legs(closing_of(entry))
        found = _yes(
            self._client.place_complex(
                NewComplexOrder(
                    "OTOCO",
                    (
                        NewOrder(closing, target, time_in_force=TimeInForce.GTC),
                        NewOrder(
                            closing,
                            stop,
                            order_type=OrderType.STOP_LIMIT,
                            time_in_force=TimeInForce.GTC,
                            stop_trigger=stop,
                        ),
                    ),
                    NewOrder(_legs(entry), -credit),
                )
            )
        )
        assert found.order.order_id is not None
        return found.order.order_id

    def bracket(self, order_id: int) -> tuple[Told, ...]:
        found = _yes(self._client.complex_order(order_id))
        assert found.trigger is not None
        return tuple(_told(order) for order in (found.trigger, *found.orders))

    def order(self, order_id: int) -> Told:
        return _told(_yes(self._client.order(order_id)))

    def search(self, start: date) -> list[Told]:
        return [_told(order) for order in _yes(self._client.search_orders(start)).orders]

    def today(self) -> list[Told]:
        return [_told(order) for order in _yes(self._client.orders_today()).orders]

    def replace(self, old: int, legs: Sequence[Leg], price: Decimal, identifier: str) -> Told:
        return _told(_yes(self._client.replace(old, Replacement(price, identifier))))

    def cancel(self, order_id: int) -> None:
        _yes(self._client.cancel(order_id))

    def paid_fees(self, start: date) -> Decimal:
        return sum((row.fees for row in _yes(self._client.transactions(start))), Decimal(0))

    def chain(self, underlying: str) -> dict[str, list[tuple[date, tuple[Decimal, ...]]]]:
        return {
            root.root_symbol: [(e.expiration, tuple(strike.strike for strike in e.strikes)) for e in root.expirations]
            for root in _yes(self._client.option_chain(underlying))
        }

    def future_chain(self, product: str) -> list[tuple[str, str, str]]:
        return [
            (expiration.underlying_symbol, strike.call, strike.put)
            for expiration in _yes(self._client.future_option_chain(product)).expirations
            for strike in expiration.strikes
        ]

    def option_ticks(self, underlying: str) -> list[tuple[Decimal, Decimal | None]]:
        ticks = _yes(self._client.equity(underlying)).option_ticks
        assert ticks is not None
        return [(tick.value, tick.below) for tick in ticks.rows]

    def session_is_open(self) -> bool:
        (session,) = _yes(self._client.market_sessions())
        return session.is_open

    def listen(self, orders: int, positions: int) -> AbstractContextManager[Heard]:
        return _OurEar(self._fake, self._client, Heard((orders, positions)))

    def _new(self, legs: Sequence[Leg], price: Decimal, identifier: str, strict: bool = True) -> NewOrder:
        return NewOrder(_legs(legs), price, identifier, strict=strict)


class _OurEar:
    """Our stream, drained on leaving."""

    def __init__(self, fake: FakeTastytrade, client: TastytradeClient, heard: Heard) -> None:
        self._heard = heard
        self._stream = AccountStream(
            fake.stream_address, fake.account, client.bearer, lambda: client.snapshot(date(2000, 1, 1)), SystemTimer()
        )

    def __enter__(self) -> Heard:
        self._stream.start()
        assert self._stream.wait(10)
        (first,) = self._stream.drain(1)
        assert isinstance(first, StreamUp)
        return self._heard

    def __exit__(self, *_: object) -> None:
        while not self._heard.all and self._stream.wait(10):
            for notice in self._stream.drain():
                if isinstance(notice, OrderNotice):
                    self._heard.orders.append(_told(notice.order))
                elif isinstance(notice, PositionNotice):
                    self._heard.positions.append((notice.position.symbol, int(notice.position.quantity)))
        self._stream.stop()


def _legs(legs: Sequence[Leg]) -> tuple[NewLeg, ...]:
    return tuple(NewLeg(symbol, kind_of(symbol), Action(action), quantity) for symbol, action, quantity in legs)


def closing_of(legs: Sequence[Leg]) -> list[Leg]:
    """The legs that undo opening ones."""
    other = {"Buy to Open": "Sell to Close", "Sell to Open": "Buy to Close"}
    return [(symbol, other[action], quantity) for symbol, action, quantity in legs]


def _yes(outcome: Outcome[T]) -> T:
    if isinstance(outcome, Refused):
        raise Denied(outcome.code)
    assert isinstance(outcome, Accepted), outcome
    return outcome.value


def _told(order: Order) -> Told:
    return Told(
        order.order_id,
        str(order.status),
        order.price,
        order.external_identifier,
        tuple(
            (
                leg.symbol,
                str(leg.action),
                leg.quantity,
                tuple((fill.fill_id, fill.quantity, fill.price) for fill in leg.fills),
            )
            for leg in order.legs
        ),
        order.replaces,
        order.replaced_by,
        order.reject_reason,
    )


# -- the community's SDK ------------------------------------------------------------------------------------------


class SdkDriver:
    """`tastytrade` 13.2.3, asynchronous, on a thread of its own; only its addresses are changed."""

    def __init__(self, fake: FakeTastytrade) -> None:
        self._fake = fake
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        from tastytrade import Account, Session

        self._portal: BlockingPortal = self._exits.enter_context(start_blocking_portal())

        async def start() -> tuple[Any, Any]:
            keeper = self._fake.gatekeeper
            session = Session(keeper.client_secret, keeper.refresh_token, timeout=10)
            session._client.base_url = self._fake.address
            (account,) = await Account.get(session)
            return session, account

        self._session, self._account = self._portal.call(start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._portal.call(self._session._client.aclose)
        self._exits.close()

    def _ask(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        from tastytrade.utils import TastytradeError

        async def call() -> Any:
            return await method(*arguments, **named)

        try:
            return self._portal.call(call)
        except TastytradeError as error:
            raise Denied(str(error).partition(":")[0]) from None

    def account(self) -> str:
        return str(self._account.account_number)

    def net_liquidating_value(self) -> Decimal:
        return Decimal(self._ask(self._account.get_balances, self._session).net_liquidating_value)

    def positions(self) -> dict[str, int]:
        sign = {"Long": 1, "Short": -1, "Zero": 0}
        rows = self._ask(self._account.get_positions, self._session)
        return {row.symbol: int(row.quantity) * sign[row.quantity_direction] for row in rows if row.quantity}

    def options_level(self) -> str:
        return str(self._ask(self._account.get_trading_status, self._session).options_level)

    def margin(self) -> Decimal:
        return -Decimal(self._ask(self._account.get_margin_requirements, self._session).margin_requirement)

    def try_out(self, legs: Sequence[Leg], price: Decimal, identifier: str) -> Tried:
        found = self._ask(self._account.place_order, self._session, self._new(legs, price, identifier))
        return Tried(
            -found.buying_power_effect.change_in_buying_power,
            -found.fee_calculation.total_fees,
            tuple(warning.code for warning in found.warnings or ()),
        )

    def place(self, legs: Sequence[Leg], price: Decimal, identifier: str, strict: bool = True) -> Told:
        order = self._new(legs, price, identifier, strict)
        return _sdk_told(self._ask(self._account.place_order, self._session, order, dry_run=False).order)

    def place_market(self, leg: Leg) -> Told:
        from tastytrade.order import MarketOrder

        order = MarketOrder(legs=self._legs([leg]))
        return _sdk_told(self._ask(self._account.place_order, self._session, order, dry_run=False).order)

    def place_bracket(self, entry: Sequence[Leg], credit: Decimal, target: Decimal, stop: Decimal) -> int:
        from tastytrade.order import LimitOrder, OrderTimeInForce, OTOCOOrder, StopLimitOrder

        closing, gtc = self._legs(closing_of(entry)), OrderTimeInForce.GTC
        order = OTOCOOrder(
            trigger_order=LimitOrder(legs=self._legs(entry), price=credit),
            take_profit=LimitOrder(legs=closing, price=-target, time_in_force=gtc),
            stop_loss=StopLimitOrder(legs=closing, price=-stop, stop_trigger=stop, time_in_force=gtc),
        )
        found = self._ask(self._account.place_complex_order, self._session, order, dry_run=False)
        return int(found.complex_order.id)

    def bracket(self, order_id: int) -> tuple[Told, ...]:
        found = self._ask(self._account.get_complex_order, self._session, order_id)
        return tuple(_sdk_told(order) for order in (found.trigger_order, *found.orders))

    def order(self, order_id: int) -> Told:
        return _sdk_told(self._ask(self._account.get_order, self._session, order_id))

    def search(self, start: date) -> list[Told]:
        rows = self._ask(self._account.get_order_history, self._session, page_offset=None, start_date=start)
        return [_sdk_told(row) for row in sorted(rows, key=lambda row: row.id)]

    def today(self) -> list[Told]:
        return [_sdk_told(row) for row in self._ask(self._account.get_live_orders, self._session)]

    def replace(self, old: int, legs: Sequence[Leg], price: Decimal, identifier: str) -> Told:
        order = self._new(legs, price, identifier)
        return _sdk_told(self._ask(self._account.replace_order, self._session, old, order))

    def cancel(self, order_id: int) -> None:
        self._ask(self._account.delete_order, self._session, order_id)

    def paid_fees(self, start: date) -> Decimal:
        rows = self._ask(self._account.get_history, self._session, page_offset=None, start_date=start)
        return -sum((row.commission for row in rows), Decimal(0))

    def chain(self, underlying: str) -> dict[str, list[tuple[date, tuple[Decimal, ...]]]]:
        from tastytrade.instruments import NestedOptionChain

        return {
            root.root_symbol: [
                (e.expiration_date, tuple(strike.strike_price for strike in e.strikes)) for e in root.expirations
            ]
            for root in self._ask(NestedOptionChain.get, self._session, underlying)
        }

    def future_chain(self, product: str) -> list[tuple[str, str, str]]:
        from tastytrade.instruments import NestedFutureOptionChain

        found = self._ask(NestedFutureOptionChain.get, self._session, product)
        return [
            (expiration.underlying_symbol, strike.call, strike.put)
            for chain in found.option_chains
            for expiration in chain.expirations
            for strike in expiration.strikes
        ]

    def option_ticks(self, underlying: str) -> list[tuple[Decimal, Decimal | None]]:
        from tastytrade.instruments import Equity

        equity = self._ask(Equity.get, self._session, underlying)
        return [(tick.value, tick.threshold) for tick in equity.option_tick_sizes]

    def session_is_open(self) -> bool:
        from tastytrade.market_sessions import ExchangeType, MarketStatus, get_market_sessions

        (found,) = self._ask(get_market_sessions, self._session, [ExchangeType.NYSE])
        return bool(found.status == MarketStatus.OPEN)

    def listen(self, orders: int, positions: int) -> AbstractContextManager[Heard]:
        heard = Heard((orders, positions))
        return _SdkEar(self._portal, self._session, self._account, self._fake.stream_address, heard)

    def _new(self, legs: Sequence[Leg], price: Decimal, identifier: str, strict: bool = True) -> Any:
        from tastytrade.order import AdvancedInstructions, LimitOrder

        instructions = AdvancedInstructions(strict_position_effect_validation=strict)
        return LimitOrder(
            legs=self._legs(legs), price=-price, external_identifier=identifier, advanced_instructions=instructions
        )

    def _legs(self, legs: Sequence[Leg]) -> list[Any]:
        from tastytrade.order import InstrumentType as SdkType
        from tastytrade.order import Leg as SdkLeg
        from tastytrade.order import OrderAction

        return [
            SdkLeg(
                instrument_type=SdkType(kind_of(symbol).value),
                symbol=symbol,
                action=OrderAction(action),
                quantity=quantity,
            )
            for symbol, action, quantity in legs
        ]


class _SdkEar:
    """The SDK's `AlertStreamer`, listening in its own task until this is left."""

    def __init__(self, portal: BlockingPortal, session: Any, account: Any, address: str, heard: Heard) -> None:
        self._portal, self._session, self._account, self._address = portal, session, account, address
        self._ready, self._done = Event(), Event()
        self._heard = heard

    def __enter__(self) -> Heard:
        self._task: Future[None] = self._portal.start_task_soon(self._listen)
        assert self._ready.wait(10)
        return self._heard

    def __exit__(self, *_: object) -> None:
        self._done.wait(10)
        self._task.cancel()
        wait([self._task])

    async def _listen(self) -> None:
        from tastytrade import AlertStreamer
        from tastytrade.account import CurrentPosition
        from tastytrade.order import PlacedOrder

        streamer = AlertStreamer(self._session)
        streamer.base_url = self._address

        async def positions() -> None:
            sign = {"Long": 1, "Short": -1, "Zero": 0}
            async for row in streamer.listen(CurrentPosition):
                self._heard.positions.append((row.symbol, int(row.quantity) * sign[row.quantity_direction]))
                self._check()

        try:
            async with streamer, create_task_group() as group:
                await streamer.subscribe_accounts([self._account])
                self._ready.set()
                group.start_soon(positions)
                async for row in streamer.listen(PlacedOrder):
                    self._heard.orders.append(_sdk_told(row))
                    self._check()
        finally:
            with CancelScope(shield=True):
                for line in streamer._queues.values():  # the SDK leaves its queues open
                    await line.aclose()

    def _check(self) -> None:
        if self._heard.all:
            self._done.set()


def _sdk_told(order: Any) -> Told:
    return Told(
        order.id,
        str(order.status.value),
        None if order.price is None else -order.price,
        order.external_identifier,
        tuple(
            (
                leg.symbol,
                str(leg.action.value),
                int(leg.quantity),
                tuple((fill.fill_id, int(fill.quantity), fill.fill_price) for fill in leg.fills or ()),
            )
            for leg in order.legs
        ),
        None if order.replaces_order_id is None else int(order.replaces_order_id),
        None if order.replacing_order_id is None else int(order.replacing_order_id),
        order.reject_reason,
    )
