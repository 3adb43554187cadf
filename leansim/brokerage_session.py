"""The brokerage of a run with faults, or of one that is like live: what a process of the algorithm's finds and leaves.

A process may die and another begin; the brokerage's books and the orders that rest there go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from leansim.account import quotes
from leansim.api.enums import BrokerageMessageType, BrokerageName
from leansim.api.net import ClrException
from leansim.api.symbols import Symbol, SymbolCache
from leansim.api.time_zones import to_ns
from leansim.errors import ProcessDied
from leansim.trading.books import Books, Holding
from leansim.trading.brokerage import Brokerage, EventSink, Notices
from leansim.trading.brokerage_models import BrokerageMessageEvent, TastytradeBrokerageModel
from leansim.trading.faults import Fault, FaultDraw, FaultPlan
from leansim.trading.line import Alarms, Line
from leansim.trading.live_orders import LiveTransactionHandler
from leansim.trading.remote import Around, RemoteBrokerage
from leansim.trading.transactions import TransactionHandler

if TYPE_CHECKING:
    from leansim.api.order_events import OrderEvent
    from leansim.api.orders import Order
    from leansim.api.workings import Workings
    from leansim.results.recorder import Recorder
    from leansim.trading.ports import TradingAlgorithm

_NS: Final = 1_000_000_000
#: LEAN stops an algorithm that has had no brokerage for this long while an exchange is open.
PATIENCE_SECONDS: Final = 15 * 60
_KINDS: Final = {
    "information": BrokerageMessageType.INFORMATION,
    "warning": BrokerageMessageType.WARNING,
    "error": BrokerageMessageType.ERROR,
}


@dataclass(frozen=True)
class Remains:
    """What is left when a process dies: the brokerage's books, what rests there, the rest of the plan, and the time."""

    ns: int
    books: Books
    orders: list[Order]
    unfilled: dict[int, OrderEvent]
    draw: FaultDraw


class BrokerageSession:
    """One process's side of it. ``brokerage`` and ``books`` are the truth a test may look at."""

    def __init__(self, workings: Workings, recorder: Recorder, plan: FaultPlan, remains: Remains | None) -> None:
        self._workings = workings
        self._remains = remains
        self._draw = remains.draw if remains is not None else FaultDraw(plan)
        self._is_live = workings.live_mode
        self.alarms = Alarms() if self._is_live else None
        self._line = Line(self.alarms, lambda: workings.utc_ns)
        self.handler: TransactionHandler
        if self.alarms is None:
            self.handler = TransactionHandler(workings, recorder, self._make_brokerage)
        else:
            self.handler = LiveTransactionHandler(workings, recorder, self._make_brokerage, self.alarms)
            if plan.plugin == "tastytrade":
                workings.set_brokerage_model(TastytradeBrokerageModel())
                workings.brokerage_name = BrokerageName.TASTYTRADE
        self.books = Books(Decimal(0))

    def _make_brokerage(self, algorithm: TradingAlgorithm, sink: EventSink, notices: Notices) -> Brokerage:
        around = Around(self._local_time, self._trouble, self._time_out)
        self.brokerage = RemoteBrokerage(algorithm, sink, notices, self._draw, self._line, around)
        return self.brokerage

    def _local_time(self) -> datetime:
        return self._workings.clock.local(self._workings.time_zone)

    # ---- the account, after initialize and before the data

    def set_up_account(self) -> None:
        """Cash and holdings as the brokerage has them, then the orders that rest there."""
        workings, plan = self._workings, self._draw.plan
        portfolio = workings.portfolio
        if self._remains is not None:
            self.books = self._remains.books
        else:
            cash = portfolio.cash_book._total if plan.cash is None else Decimal(str(plan.cash))
            self.books = Books(cash)
            for position in plan.positions:
                held = Holding(Decimal(str(position.quantity)), Decimal(str(position.average_price)))
                self.books.positions[SymbolCache.get_symbol(position.symbol)] = held
        self.brokerage.books = self.books
        if not self._is_live:
            return
        portfolio.set_cash(self.books.cash)
        for symbol, holding in self.books.positions.items():
            self._subscribe(symbol)
            security = workings.securities[symbol]
            security.holdings.set_holdings(holding.average_price, holding.quantity)
        if self._remains is not None and self._remains.orders:
            self._adopt(self._remains)

    def _adopt(self, remains: Remains) -> None:
        for order in remains.orders:
            self._subscribe(order.symbol)
        assert isinstance(self.handler, LiveTransactionHandler)
        adopted = self.handler.adopt(remains.orders)
        unfilled = {
            new.id: remains.unfilled[old.id]
            for new, old in zip(adopted, remains.orders, strict=True)
            if old.id in remains.unfilled
        }
        self.brokerage.take_over(adopted, unfilled)

    def _subscribe(self, symbol: Symbol) -> None:
        workings = self._workings
        if symbol not in workings.securities:
            workings.algorithm.add_security(symbol)
        security = workings.securities[symbol]
        if not quotes.price(security):
            workings.seed(security)

    # ---- time

    def start(self) -> None:
        """The run begins, and says what kind it is: what the plan has at a time is set for it."""
        plan = self._draw.plan
        kind = f"Live-like run, plug-in {plan.plugin}" if self._is_live else "Run with faults"
        self._workings.debug(f"{kind}: {len(plan.faults)} faults planned, seed {plan.seed}")
        if self.alarms is None:
            return
        zone, now = self._workings.time_zone, self._workings.utc_ns
        for fault in plan.faults:
            if fault.at is not None:
                due = zone.to_utc_ns(to_ns(fault.at))
                if due > now or (due == now and self._remains is None):
                    self.alarms.set(due, partial(self._trouble, fault))

    def let_pass(self, until_ns: int) -> None:
        """Time passes between two steps: answers and scheduled events come at their own times."""
        assert self.alarms is not None
        self.alarms.let_pass(until_ns, self._workings.queue, self._workings.clock.advance)

    def remains(self, died: ProcessDied) -> Remains:
        """What the next process finds. Requests that were on their way have arrived by then, answers went nowhere."""
        self._line.tear(holds=False)
        self._line.all_requests_arrive()
        ns = self._workings.utc_ns + round(died.seconds * _NS)
        return Remains(ns, self.books, self.brokerage.open_orders(), self.brokerage.unfilled, self._draw)

    # ---- what concerns more than an order

    def _trouble(self, fault: Fault, at_once: bool = True) -> None:
        if fault.do == "restart" and at_once:
            self._workings.object_store._flush_if_due()
            raise ProcessDied(fault.seconds)
        if fault.do == "restart":
            self._later(0, partial(self._trouble, fault))
            return
        if fault.do == "message":
            self._message(_KINDS[fault.kind], fault.code, fault.text)
        elif not self._line.is_broken:
            self._line.tear(holds=fault.events == "held")
            self._message(BrokerageMessageType.DISCONNECT, "Disconnect", fault.text)
            self._later(fault.seconds, self._mend)
            if fault.seconds > PATIENCE_SECONDS:
                self._later(PATIENCE_SECONDS, self._lose_patience)

    def _mend(self) -> None:
        self._message(BrokerageMessageType.RECONNECT, "Reconnect", "the brokerage is back")
        self._line.mend()

    def _lose_patience(self) -> None:
        if any(s.exchange.exchange_open for s in self._workings.securities._made()):
            error = ClrException(f"the brokerage was gone for {PATIENCE_SECONDS // 60} minutes")
            self._workings.set_runtime_error(error, "brokerage")

    def _time_out(self, order_ids: str) -> None:
        text = f"no answer to order {order_ids} within the time the brokerage is given"
        self._message(BrokerageMessageType.ERROR, "PlaceOrder", text)

    def _message(self, kind: BrokerageMessageType, code: str, text: str) -> None:
        self._workings.notify_brokerage_message(BrokerageMessageEvent(kind, code, text))

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        assert self.alarms is not None
        self.alarms.set(self._workings.utc_ns + round(seconds * _NS), what)
