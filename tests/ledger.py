"""A second set of books: what an account must hold and own if its order events are all that ever happened to it.

:func:`audited` puts it behind the engine's transaction handler for the length of a block. It keeps its own cash and
quantities from the events alone, and compares them with the account after each batch of events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from leansim.api.enums import OptionRight, OrderStatus, OrderType, SecurityType, SettlementType
from leansim.trading.transactions import TransactionHandler

CENT = Decimal("0.01")
TERMINAL = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID})
FILLS = frozenset({OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED})


@dataclass
class Ledger:
    """The books of one run. ``partial_combos``: a fill model of the run's may fill some legs of a combo only."""

    partial_combos: bool = False
    events: int = 0
    fills: int = 0
    _start: Decimal | None = None
    _cash: Decimal = Decimal(0)
    _quantity: defaultdict[Any, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    _flow: defaultdict[Any, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    _filled: defaultdict[tuple[int, Any], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    _status: dict[tuple[int, Any], OrderStatus] = field(default_factory=dict)

    def open(self, handler: TransactionHandler) -> None:
        """Note what the account starts with; the first time only."""
        if self._start is None:
            book = handler._algorithm.portfolio.cash_book
            self._start = self._cash = book._total

    def take(self, events: list[Any], handler: TransactionHandler) -> None:
        """Book a batch of events."""
        news = [event for event in events if not self._only_repeats(event)]
        for event in news:
            self._follows(event)
            if event.status in FILLS:
                self._book(event, handler)
        if not self.partial_combos:
            self._all_or_none([event for event in news if event.status in FILLS], handler)

    def _only_repeats(self, event: Any) -> bool:
        """Whether this tells that an order that has ended keeps its end: nobody could pay for it once more.

        LEAN asks for the margin of an order whose tag alone is changed too, and tells of a refusal by the status the
        order has.
        """
        before = self._status.get((event.order_id, event.symbol))
        if before not in TERMINAL or before != event.status or event._fill_quantity or event.order_fee.value._amount:
            return False
        return bool(event.message.startswith("Brokerage failed to update order"))

    def _follows(self, event: Any) -> None:
        """Nothing comes after the end; an exercise ends twice, in the contract and in what is delivered."""
        before = self._status.get((event.order_id, event.symbol))
        assert before not in TERMINAL, f"{event} after {before}"
        self.events += 1
        self._status[event.order_id, event.symbol] = event.status

    def _book(self, event: Any, handler: TransactionHandler) -> None:
        order = handler.find_order(event.order_id)
        assert order is not None
        assert event._fill_quantity, event
        self._filled[event.order_id, event.symbol] += event._fill_quantity
        if event.symbol == order.symbol:
            done = self._filled[event.order_id, event.symbol]
            assert done * order._quantity > 0, event
            assert abs(done) <= abs(order._quantity), event
            assert (done == order._quantity) == (event.status == OrderStatus.FILLED), event
        self.fills += 1
        security = handler._algorithm.securities[event.symbol]
        multiplier = security.symbol_properties._contract_multiplier
        value = event._fill_price * event._fill_quantity * multiplier
        self._quantity[event.symbol] += event._fill_quantity
        self._cash -= event.order_fee.value._amount
        if security.type == SecurityType.FUTURE:
            self._flow[event.symbol] -= value
        else:
            self._cash -= value
        if order.type == OrderType.OPTION_EXERCISE and event.symbol == order.symbol:
            self._cash += self._settlement(security, -event._fill_quantity) * multiplier

    @staticmethod
    def _settlement(option: Any, held: Decimal) -> Decimal:
        """Points an expired contract pays in cash: nothing where shares or futures are delivered."""
        if option.exercise_settlement != SettlementType.CASH:
            return Decimal(0)
        call = option.symbol.id.option_right == OptionRight.CALL
        beyond = option.underlying.cache.close - option.symbol.id._exact_strike
        return held * max(Decimal(0), beyond if call else -beyond)

    def _all_or_none(self, fills: list[Any], handler: TransactionHandler) -> None:
        filled = {event.order_id for event in fills}
        for event in fills:
            order = handler.find_order(event.order_id)
            assert order is not None
            group = order.group_order_manager
            if group is not None and order.type != OrderType.OPTION_EXERCISE:
                assert set(group.order_ids) <= filled, f"{event} without the other legs of its combo"

    def check(self, handler: TransactionHandler) -> None:
        """The account says what the books say."""
        algorithm = handler._algorithm
        portfolio = algorithm.portfolio
        owned = portfolio.cash_book._total + portfolio.unsettled_cash_book._total
        expected = self._cash
        for symbol, quantity in self._quantity.items():
            security = algorithm.securities._known(symbol)
            assert security is not None
            holding = security.holdings
            assert holding._quantity == quantity, (symbol, holding._quantity, quantity)
            if security.type == SecurityType.FUTURE:
                # what was settled daily is cash already, the rest of the profit is not
                price = security.cache.price
                expected += self._flow[symbol] + quantity * price * security.symbol_properties._contract_multiplier
                owned += holding._close_profit(False, price) - holding._settled_profit
        assert abs(owned - expected) < CENT, (owned, expected)
        self._margin(portfolio)

    @staticmethod
    def _margin(portfolio: Any) -> None:
        used = sum((group._maintenance(portfolio) for group in portfolio.positions.groups), Decimal(0))
        free = portfolio._total_portfolio_value - portfolio.unsettled_cash_book._total - used
        assert abs(portfolio._margin_remaining - free) < CENT
        assert abs(Decimal(str(portfolio.margin_remaining)) - free) < CENT


@contextmanager
def audited(ledger: Ledger) -> Iterator[Ledger]:
    """Every batch of events of the runs inside this block goes through the books too."""
    booked = TransactionHandler.handle_events

    def handle_events(handler: TransactionHandler, events: list[Any]) -> None:
        ledger.open(handler)
        ledger.take(events, handler)
        booked(handler, events)
        ledger.check(handler)

    TransactionHandler.handle_events = handle_events  # type: ignore[method-assign]  # put back below
    try:
        yield ledger
    finally:
        TransactionHandler.handle_events = booked  # type: ignore[method-assign]
