"""Carrying groups out: the only code that sends an order or a cancel.

Every effect is recorded before it happens, and an order is durable in the journal before it leaves. Whatever comes
back is a fact to record; what to do about it is `plan`'s business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from tomking.errors import BackendUnreachable, InvalidTransition, OrderRefused
from tomking.events import (
    CancelRequested,
    CloseReason,
    ContractSettled,
    DepthRefused,
    Event,
    GroupCreated,
    GroupFinished,
    GroupOutcome,
    GroupWithdrawn,
    LegFilled,
    OperatorNote,
    OrderAccepted,
    OrderClosed,
    OrderNotFound,
    OrderReckoned,
    OrderRefusedByVenue,
    OrderSubmitted,
    OrderUnknown,
    Purpose,
    TradingState,
    TradingStateChanged,
)
from tomking.execution import adoption
from tomking.execution.actions import (
    Action,
    Cancel,
    Finish,
    GiveUp,
    LookUp,
    RefuseDepth,
    StayOutOfMarket,
    Submit,
    Wait,
    Withdraw,
)
from tomking.execution.backend import (
    Accepted,
    Backend,
    Closed,
    Filled,
    Lost,
    NotFound,
    OrderReport,
    OrderRequest,
    OrderStatus,
    Reckoned,
    Refused,
    Report,
    Settled,
)
from tomking.execution.depth import DepthCheckResult
from tomking.execution.group import OrderGroup
from tomking.execution.order import Order, OrderState
from tomking.execution.plan import Surroundings, next_action
from tomking.execution.roll import purpose_of, split
from tomking.execution.rules import ExecutionRules
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.market.view import MarketView
from tomking.positions.book import PositionBook
from tomking.positions.position import MultiLegPosition
from tomking.risk.verdict import Denial

POOR_MARKET_CODE = "NOT_AT_MARKET"
"""Code of the operator's note when quotes are too poor for the order at market that would be next."""

STRANDED_CODE = "STRANDED"
"""Code of the halt and of the operator's note when a group could not be balanced."""

_MOST_TURNS = 10_000
"""Turns of one pump before it is taken for a circle: a real one needs a few dozen."""


class Ledger(Protocol):
    """What the executor reads and writes; see `tomking.ledger.Ledger`."""

    now: datetime

    @property
    def groups(self) -> Mapping[str, OrderGroup]: ...  # noqa: D102

    @property
    def open_groups(self) -> tuple[OrderGroup, ...]: ...  # noqa: D102

    @property
    def book(self) -> PositionBook: ...  # noqa: D102

    @property
    def beside(self) -> Mapping[Contract, int]: ...  # noqa: D102

    @property
    def mismatch(self) -> str: ...  # noqa: D102

    @property
    def trading_state(self) -> TradingState: ...  # noqa: D102

    def trades(self, contract: Contract) -> bool: ...  # noqa: D102

    def group_of(self, order_id: str) -> OrderGroup | None: ...  # noqa: D102

    def is_retired(self, order_id: str) -> bool: ...  # noqa: D102

    def record(self, event: Event) -> None: ...  # noqa: D102

    def barrier(self) -> None: ...  # noqa: D102


class Executor:
    """Brings the groups of a ledger to their end through one backend.

    Attributes:
        backend: the broker.
        ledger: groups, journal and state.
        market: quotes and sessions.
        rules: limits and waiting times.
        run: this process run; part of every id minted here, so that none is ever minted twice.
    """

    def __init__(self, backend: Backend, ledger: Ledger, market: MarketView, rules: ExecutionRules, run: str) -> None:
        self.backend = backend
        self.ledger = ledger
        self.market = market
        self.rules = rules
        self.run = run
        self._asked_at: dict[str, datetime] = {}
        self._strangers: set[str] = set()
        self._kept_out: set[str] = set()
        self._minted = 0
        self._pumping = False

    # -- a new group -------------------------------------------------------------------------------------------------

    def refusal(self, purpose: Purpose, legs: Sequence[Leg]) -> Denial | None:
        """Why a group with these legs may not begin now, whatever its merits; None when it may.

        Only groups that open count against the limit of pending groups: a way out is never blocked by a way in.
        """
        state = self.ledger.trading_state
        if state is TradingState.HALTED:
            return Denial("HALTED", "the desk is halted: nothing new is sent until a person has looked at it")
        if purpose is not Purpose.CLOSE and state is TradingState.REDUCING:
            return Denial("REDUCING", "the desk only makes positions smaller")
        if purpose is not Purpose.CLOSE and self.ledger.mismatch:
            return Denial("ORPHAN", f"the account holds what the book does not explain: {self.ledger.mismatch}")
        users = [leg.contract.text for leg in legs if leg.contract in self.ledger.beside]
        if purpose is not Purpose.CLOSE and users:
            return Denial("USERS_CONTRACT", f"the account holds {', '.join(users)} beside the desk: it stays untouched")
        if len(legs) > self.rules.max_legs:
            return Denial("TOO_MANY_LEGS", f"{len(legs)} legs, at most {self.rules.max_legs} are allowed")
        if purpose is Purpose.OPEN and (netted := self._netted(legs)) is not None:
            return netted
        pending = sum(1 for group in self.ledger.open_groups if group.purpose is not Purpose.CLOSE)
        if purpose is not Purpose.CLOSE and pending >= self.rules.max_pending_groups:
            return Denial(
                "TOO_MANY_GROUPS", f"{pending} groups are at work, at most {self.rules.max_pending_groups} may be"
            )
        return None

    def roll_refusal(self, legs: Sequence[Leg], position: MultiLegPosition) -> Denial | None:
        """As `refusal`, for legs exchanged in `position`: what comes in may oppose nothing either."""
        _, incoming = split(legs, position)
        return self.refusal(purpose_of(legs, position), legs) or self._netted(incoming)

    def _netted(self, legs: Sequence[Leg]) -> Denial | None:
        """What is opened must not be on the other side of what we hold or are about to hold."""
        opposed = next((leg.contract for leg in legs if self._is_opposed(leg)), None)
        if opposed is None:
            return None
        text = f"{opposed.text} is held, or being traded, the other way: the broker would net the two"
        return Denial("NETTED", f"{text}, and could close neither as what it is")

    def _is_opposed(self, leg: Leg) -> bool:
        """Another trade of ours is on the other side of the same contract, or is about to be."""
        held = self.ledger.book.holdings().get(leg.contract, 0)
        coming = [
            other for group in self.ledger.open_groups if group.purpose is not Purpose.CLOSE for other in group.legs
        ]
        return held * leg.ratio < 0 or any(o.contract == leg.contract and o.ratio * leg.ratio < 0 for o in coming)

    def new_group_id(self, strategy: str) -> str:
        """An id no group ever had: the run is part of it.

        Raises:
            ValueError: the strategy's name would not survive as part of an id.
        """
        if not strategy.replace("_", "0").isalnum():
            raise ValueError(f"a strategy's name has letters, digits and _ only, found {strategy!r}")
        self._minted += 1
        return f"{strategy}-{self.run}-{self._minted}"

    def begin(self, created: GroupCreated) -> OrderGroup:
        """Record the decision; the next `pump` carries it out. The group returned stays current."""
        self.ledger.record(created)
        return self.ledger.groups[created.group_id]

    def withdraw(self, group: OrderGroup, text: str) -> None:
        """The rest of `group` is no longer wanted; the next `pump` ends it."""
        if group.working and not group.withdrawn:
            self.ledger.record(GroupWithdrawn(group.group_id, text))

    # -- the loop ----------------------------------------------------------------------------------------------------

    def pump(self, now: datetime) -> None:
        """Take what the broker reported, then do what is next for every group, until nothing is left to do now.

        Called from inside itself (by what listens to records) it does nothing: the outer one sees to it.

        Raises:
            JournalUnwritable: the journal cannot be made durable: nothing more is sent.
        """
        if self._pumping:
            return
        self._pumping = True
        try:
            self._pump(now)
        finally:
            self._pumping = False

    def _pump(self, now: datetime) -> None:
        for _ in range(_MOST_TURNS):
            reports = self.backend.drain()
            for report in reports:
                self.take(report)
            if self._strangers:
                self._adopt_strangers()
            acted = [self._advance(group, now) for group in self.ledger.open_groups]
            if not reports and not any(acted):
                return
        raise InvalidTransition(f"the executor went round {_MOST_TURNS} times without coming to rest")

    def _advance(self, group: OrderGroup, now: datetime) -> bool:
        """Do one thing for `group`; False when there is nothing to do but wait."""
        try:
            can = self.backend.capabilities
            is_open = self.market.is_open(group.legs[0].contract.underlying, now)
            what_it_can = (can.max_legs, self.ledger.trading_state, self._asked_at, can.replaces, can.combo_market)
            around = Surroundings(self.market.quote, is_open, *what_it_can)
            action = next_action(group, now, around, self.rules)
            self._perform(action, group)
        except (InvalidTransition, ValueError, ArithmeticError, LookupError) as error:
            self.strand(group.group_id, f"{type(error).__name__}: {error}")
            return True
        return not isinstance(action, Wait)

    def _perform(self, action: Action, group: OrderGroup) -> None:
        match action:
            case Wait():
                pass
            case Submit():
                self._submit(group, action)
            case Cancel():
                self._cancel(action)
            case LookUp():
                self.look_up(action.order_id)
            case GiveUp():
                self.ledger.record(OrderClosed(action.order_id, CloseReason.NEVER_EXISTED, action.text))
            case RefuseDepth():
                self._refuse_depth(group, action.found)
            case StayOutOfMarket():
                self._stay_out_of_market(group, action)
            case Withdraw():
                self.ledger.record(GroupWithdrawn(group.group_id, action.text))
            case Finish():
                self._finish(group, action)

    def _submit(self, group: OrderGroup, send: Submit) -> None:
        order_id = f"{group.group_id}.{self.run}.{len(group.orders) + 1}"
        what = (send.legs, send.quantity, send.limit, send.unwind, send.closing, send.opens, send.replaces)
        market = (None, None) if send.market is None else (send.market.opposite, send.market.natural)
        self.ledger.record(OrderSubmitted(order_id, group.group_id, *what, send.at_market, *market))
        self.ledger.barrier()
        goes_out = (send.legs, send.quantity, send.limit, send.closing, send.opens, _most_buying_power(group, send))
        request = OrderRequest(order_id, *goes_out, at_market=send.at_market)
        try:
            if send.replaces:
                self.backend.replace(send.replaces, request)
            else:
                self.backend.submit(request)
        except OrderRefused as refusal:
            self.ledger.record(OrderRefusedByVenue(order_id, refusal.code, refusal.text, refusal.was_sent))
        except BackendUnreachable as error:
            self.ledger.record(OrderUnknown(order_id, str(error)))

    def _cancel(self, action: Cancel) -> None:
        self.ledger.record(CancelRequested(action.order_id, action.text))
        try:
            self.backend.cancel(action.order_id)
        except BackendUnreachable as error:
            self.ledger.record(OrderUnknown(action.order_id, str(error)))

    def _refuse_depth(self, group: OrderGroup, found: DepthCheckResult) -> None:
        self.ledger.record(DepthRefused(group.group_id, found.code, found.text))

    def _stay_out_of_market(self, group: OrderGroup, action: StayOutOfMarket) -> None:
        """A person may do better by hand. One call a position: a way out that fails is tried again and again."""
        self._refuse_depth(group, action.found)
        if group.created.position_id not in self._kept_out:
            self._kept_out.add(group.created.position_id)
            text = f"{group.group_id} must get out and is not sent at market: {action.found.text}; {group.standing}"
            self.ledger.record(OperatorNote(POOR_MARKET_CODE, text))

    def _finish(self, group: OrderGroup, action: Finish) -> None:
        if action.outcome is GroupOutcome.STRANDED:
            self._call_operator(group.group_id, action.text)
        self.ledger.record(GroupFinished(group.group_id, action.outcome, action.text))
        for order_id in group.orders:
            self._asked_at.pop(order_id, None)

    def strand(self, group_id: str, text: str) -> None:
        """End a group nobody can carry on with: what still works is canceled, trading halts, the operator is called."""
        for order in self.ledger.groups[group_id].working_orders:
            self._cancel(Cancel(order.order_id, "stranded"))
        self._call_operator(group_id, text)
        self.ledger.record(GroupFinished(group_id, GroupOutcome.STRANDED, text))

    def _call_operator(self, group_id: str, text: str) -> None:
        """Trading halts before anything else is recorded: a disk that loses the last records must not lose the halt."""
        message = f"{group_id}: {text}; {self.ledger.groups[group_id].standing}"
        if self.ledger.trading_state is not TradingState.HALTED:
            self.ledger.record(TradingStateChanged(TradingState.HALTED, STRANDED_CODE, message))
        self.ledger.record(OperatorNote(STRANDED_CODE, message))

    # -- what the broker says ------------------------------------------------------------------------------------------

    def take(self, report: Report) -> None:
        """Record what a report says that is not known yet; one that cannot be strands its group."""
        if isinstance(report, Settled):
            self._take_settlement(report)
            return
        if isinstance(report, OrderReport):
            self.take_order_report(report)
            return
        order_id = report.order_id
        group = self.ledger.group_of(order_id)
        if group is None:
            if adoption.is_ours(order_id) and not self.ledger.is_retired(order_id):
                self._strangers.add(order_id)
            return
        try:
            if isinstance(report, Filled):
                self._take_fill(group, report)
            else:
                self._take_word(group.orders[order_id], report)
        except InvalidTransition as error:
            self._distrust(group, str(error))

    def _take_word(self, order: Order, report: Accepted | Reckoned | Refused | Closed | Lost | NotFound) -> None:
        match report:
            case Reckoned():
                self.ledger.record(
                    OrderReckoned(order.order_id, report.buying_power, report.fees, tuple(report.warnings))
                )
            case Accepted():
                self._take_acceptance(order, report.venue_order_id)
            case Closed():
                # fills may come after the notice, or not at all: only a look-up tells what the order did
                if order.is_working and not self.look_up(order.order_id):
                    self._doubt(order, f"said to be {report.reason.value}, not confirmed")
            case Refused():
                if order.is_working and not order.filled:
                    self.ledger.record(OrderRefusedByVenue(order.order_id, report.code, report.text, report.was_sent))
            case Lost():
                if order.is_working:
                    self._doubt(order, report.text)
            case NotFound():
                self.ledger.record(OrderNotFound(order.order_id))

    def _take_acceptance(self, order: Order, venue_order_id: str) -> None:
        is_news = order.state in {OrderState.PENDING, OrderState.UNKNOWN, OrderState.REJECTED}
        if is_news or (order.is_working and order.venue_order_id is None):
            self.ledger.record(OrderAccepted(order.order_id, venue_order_id))

    def _take_fill(self, group: OrderGroup, fill: Filled) -> None:
        if fill.fill_id not in group.fill_ids:
            self.ledger.record(
                LegFilled(fill.fill_id, fill.order_id, fill.contract, fill.quantity, fill.price, fill.fee)
            )

    def _take_settlement(self, report: Settled) -> None:
        if report.settlement_id not in self.ledger.book.settlement_ids:
            self.ledger.record(
                ContractSettled(report.settlement_id, report.contract, report.quantity, report.price, report.reason)
            )

    def take_order_report(self, report: OrderReport) -> None:
        """Record everything the broker knows of one of our orders.

        What a forgotten order did is in the book; should it have done more since, the books will differ and say so.
        """
        if self.ledger.is_retired(report.order_id):
            return
        group = self.ledger.group_of(report.order_id)
        if group is None:
            adoption.adopt(self.ledger, report)
            group = self.ledger.groups[adoption.group_id_of(report.order_id)]
        try:
            self._compare(group, group.orders[report.order_id], report)
        except InvalidTransition as error:
            self._distrust(group, str(error))

    def _compare(self, group: OrderGroup, order: Order, report: OrderReport) -> None:
        for fill in report.fills:
            self._take_fill(group, fill)
        if report.status is OrderStatus.WORKING:
            self._take_acceptance(order, report.venue_order_id)
        elif order.is_working and report.close_reason in {CloseReason.FILLED, None}:
            self._doubt(order, "said to be filled, but its fills do not add up")
        elif order.is_working and report.close_reason is not None:
            self.ledger.record(OrderClosed(order.order_id, report.close_reason, report.text))

    def look_up(self, order_id: str) -> bool:
        """Ask the broker about an order and record the answer; False when there was none, or "no such order"."""
        self._asked_at[order_id] = self.ledger.now
        try:
            report = self.backend.look_up(order_id)
        except BackendUnreachable:
            return False
        if report is None:
            group = self.ledger.group_of(order_id)
            if group is not None:
                self.ledger.record(OrderNotFound(order_id))
            return False
        self.take_order_report(report)
        return True

    def _doubt(self, order: Order, text: str) -> None:
        if order.state is not OrderState.UNKNOWN:
            self.ledger.record(OrderUnknown(order.order_id, text))

    def _distrust(self, group: OrderGroup, text: str) -> None:
        """The broker says what cannot be: the group ends here, and a person looks at it."""
        if group.outcome is None:
            self.strand(group.group_id, text)
        else:
            self._call_operator(group.group_id, text)

    def _adopt_strangers(self) -> None:
        """Find out about orders with an id of ours that the journal does not know."""
        for order_id in sorted(self._strangers):
            if self.ledger.group_of(order_id) is not None or self.look_up(order_id):
                self._strangers.discard(order_id)


def _most_buying_power(group: OrderGroup, send: Submit) -> Decimal | None:
    """The share of an order in what its group may tie up; None for what does not open the whole package."""
    most = group.created.most_requirement
    if most is None or send.unwind or not group.is_whole(send.legs):
        return None
    return most * send.quantity / group.quantity
