"""What to do next for one group: the whole decision, pure.

In words: an order nobody answered for is looked up; a working order is watched, walked and, when the group is no
longer wanted, canceled; when nothing works, what is out of balance is undone, shorts first; what is still wanted is
sent, as one package if the broker takes it, else part by part: of a roll what closes before what opens, of anything
leg by leg, longs first. Otherwise the group is finished. A package that must get out, at any price, and was walked to
its end goes at market once, where the broker takes that and its quotes are good; what opens never does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import gcd
from types import MappingProxyType
from typing import NamedTuple

from tomking.events import GroupOutcome, PartialPolicy, Purpose, TradingState
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
from tomking.execution.depth import check_depth, check_for_market
from tomking.execution.group import OrderGroup, named
from tomking.execution.order import Order, OrderState
from tomking.execution.pricing import PackagePrice, QuoteOf, marketable_limit, package_price, walk_limit
from tomking.execution.rules import ExecutionRules
from tomking.market.contract import Contract
from tomking.market.leg import Leg, excess, units


class Surroundings(NamedTuple):
    """What a decision depends on besides the group.

    Attributes:
        quotes: the latest quote of a contract.
        is_open: the group's market trades now.
        max_legs: legs one order may have at this broker.
        replaces: this broker lets one order stand in for another.
        trading: the desk's permission to trade at this moment.
        asked_at: when each order was last looked up in this run.
        combo_market: this broker takes packages at market.
    """

    quotes: QuoteOf
    is_open: bool
    max_legs: int
    trading: TradingState = TradingState.ACTIVE
    asked_at: Mapping[str, datetime] = MappingProxyType({})
    replaces: bool = False
    combo_market: bool = False


def next_action(group: OrderGroup, now: datetime, around: Surroundings, rules: ExecutionRules) -> Action:
    """The next thing to do for `group`, given everything recorded so far."""
    if group.outcome is not None:
        return Wait("finished")
    resort = _last_resort(group, now, around, rules)
    if isinstance(resort, StayOutOfMarket):
        return resort
    working = group.working_orders
    reason = _no_longer_wanted(group, working, now, around, rules)
    if reason:
        return Withdraw(reason)
    if working:
        rivals = group.rival_orders
        actions = [
            _attend(group, order, len(rivals) > 1 or order not in rivals, now, around, rules) for order in working
        ]
        return next((action for action in actions if not isinstance(action, Wait)), actions[0])
    if group.withdrawn:
        return _settle(group, now, around, rules)
    return resort or _bring_on(group, now, around, rules)


# -- is it still wanted ---------------------------------------------------------------------------------------------


def _no_longer_wanted(
    group: OrderGroup, working: Sequence[Order], now: datetime, around: Surroundings, rules: ExecutionRules
) -> str:
    """Why the rest should be given up; empty while it is wanted, complete, or given up already."""
    if group.withdrawn or (group.is_complete and not working):
        return ""
    beyond = _beyond(group, working)
    if beyond or group.is_complete:
        return beyond
    if len(working) > 1 and len(group.rival_orders) > 1:
        return "an order given up before works after all"
    if group.purpose is not Purpose.CLOSE and around.trading is not TradingState.ACTIVE:
        return f"the desk is {around.trading.value}"
    if not around.is_open:
        return "the market is closed"
    packages = _packages(group, around.max_legs)
    life = rules.life * len(packages)
    is_over = now - group.created_at >= life and not any(order.at_market for order in working)
    if is_over and not _last_resort(group, now, around, rules):
        return f"no fill within {life.total_seconds():g} s"
    last = _deciding_order(group)
    if last is None or last.is_working:
        return ""
    if last.state is OrderState.REJECTED:
        return f"refused: {last.text}"
    if last.state is OrderState.EXPIRED:
        return "its order expired"
    if last.state is OrderState.CANCELED and last.cancel_asked_at is None:
        return f"canceled by the broker: {last.text}"
    held = group.held
    if held and any(excess(legs, {leg.contract: held.get(leg.contract, 0) for leg in legs}) for legs, _ in packages):
        return "filled unevenly"
    return ""


def _beyond(group: OrderGroup, working: Sequence[Order]) -> str:
    """How late fills have brought more than is wanted, or will; empty when they have not."""
    held = group.held
    if not held:
        return ""
    for leg in group.legs:
        most, has = abs(leg.ratio) * group.quantity, abs(held.get(leg.contract, 0))
        if has > most:
            return "more was filled than wanted"
        if len(working) == 1:  # of two the broker lets one trade at most
            coming = working[0].wanted.get(leg.contract, 0) - working[0].filled.get(leg.contract, 0)
            if has + abs(coming) > most:
                return "after a late fill more works than is wanted"
    return ""


def _deciding_order(group: OrderGroup) -> Order | None:
    """The order sent last; but if it was to replace one and came to nothing, the one it was to replace.

    A broker that cannot replace any more says no, or drops the new order because the old one traded: that is no word
    against the trade, and the next price is a new order.
    """
    last = group.last_order
    if last is None or not last.replaces or last.is_working or last.filled:
        return last
    old = group.orders[last.replaces]
    was_refused = last.state is OrderState.REJECTED and last.venue_order_id is None
    was_dropped = bool(old.filled) and last.cancel_asked_at is None and last.state is not OrderState.EXPIRED
    return old if was_refused or was_dropped else last


def _packages(group: OrderGroup, max_legs: int) -> list[tuple[tuple[Leg, ...], int]]:
    """What is sent one after another, each with its number in one unit of the group.

    One package where the broker takes it. Of a longer roll first what closes, then what opens; of what is longer still
    every leg by itself, what is bought first.
    """
    if len(group.legs) <= max_legs:
        return [(group.legs, 1)]
    found: list[tuple[tuple[Leg, ...], int]] = []
    for part in (group.outgoing, group.incoming) if group.incoming else (group.legs,):
        if len(part) <= max_legs:
            size = gcd(*(leg.ratio for leg in part))
            found.append((tuple(Leg(leg.contract, leg.ratio // size) for leg in part), size))
            continue
        bought_first = sorted(part, key=lambda leg: leg.is_short)
        found += [((Leg(leg.contract, -1 if leg.is_short else 1),), abs(leg.ratio)) for leg in bought_first]
    return found


# -- an order works, or may work --------------------------------------------------------------------------------------


def _attend(
    group: OrderGroup, order: Order, must_end: bool, now: datetime, around: Surroundings, rules: ExecutionRules
) -> Action:
    asked = around.asked_at.get(order.order_id)
    may_ask = asked is None or now - asked >= rules.ask
    if order.state is OrderState.UNKNOWN:
        since, until = order.not_found_since, order.not_found_until
        if (
            order.not_found >= rules.not_found_answers
            and since is not None
            and until is not None
            and until - since >= rules.not_found_span
            and not order.filled
        ):
            span = f"from {since:%H:%M:%S} to {until:%H:%M:%S} UTC"
            return GiveUp(order.order_id, f'{order.not_found} answers "no such order" {span}')
        return LookUp(order.order_id) if may_ask else Wait("its fate is unknown")
    if order.state is OrderState.PENDING:
        overdue = now - order.submitted_at >= rules.answer
        return LookUp(order.order_id) if overdue and may_ask else Wait("no answer yet")
    if order.state is OrderState.CANCEL_PENDING:
        return _attend_cancel(order, asked, now, rules)
    spoken_at = max(filter(None, (order.seen_at, asked)), default=order.submitted_at)
    if now - spoken_at >= rules.poll:
        return LookUp(order.order_id)
    if must_end or (group.withdrawn and not order.unwind):
        return Cancel(order.order_id, group.withdrawn or "two orders work")
    if now - order.submitted_at < rules.step:
        return Wait("showing its price")
    if order.at_market:
        return Cancel(order.order_id, "nobody took it at market")
    if order.unwind:
        return Cancel(order.order_id, "a better price is needed to get out")
    if _last_resort(group, now, around, rules):
        return Cancel(order.order_id, "its price was walked to its end: at market next")
    return _walk(group, order, around, rules)


def _attend_cancel(order: Order, asked: datetime | None, now: datetime, rules: ExecutionRules) -> Action:
    """Wait for the confirmation, then look, then ask again: a cancel may be lost like anything else."""
    since = order.cancel_asked_at or order.submitted_at
    if now - since < rules.answer:
        return Wait("cancel asked for")
    if asked is None or asked <= since:
        return LookUp(order.order_id)
    return Cancel(order.order_id, "the cancel was not confirmed") if now > asked else Wait("cancel asked for")


def _walk(group: OrderGroup, order: Order, around: Surroundings, rules: ExecutionRules) -> Action:
    """Step the price if one is left and changes anything; the next order follows the confirmed cancel."""
    step = sum(1 for other in group.entry_orders if other.legs == order.legs)
    if step > rules.max_steps:
        return Wait("the last price of the walk")
    market = package_price(order.legs, around.quotes)
    limit = _entry_limit(group, order.legs, market, step, around, rules)
    if limit is None or (order.limit is not None and limit <= order.limit):
        return Wait("no further price to offer")
    if around.replaces and _may_be_replaced(group, order, around):
        if len(group.working_orders) > 1:
            return Wait("the order it replaces has not ended yet")
        return _entry(group, order.legs, order.quantity, limit, market, replaces=order.order_id)
    return Cancel(order.order_id, f"step {step}: {order.limit} to {limit}")


def _may_be_replaced(group: OrderGroup, order: Order, around: Surroundings) -> bool:
    """Nothing of it has filled, and what is missing is just what it asks for.

    What closes is always sent anew: only with a new order is it certain that the broker lets it open nothing.
    """
    if order.closing or order.filled:
        return False
    sizes = [size for legs, size in _packages(group, around.max_legs) if legs == order.legs]
    return [size * group.quantity - units(order.legs, group.held) for size in sizes] == [order.quantity]


# -- nothing works, and it is wanted ----------------------------------------------------------------------------------


def _bring_on(group: OrderGroup, now: datetime, around: Surroundings, rules: ExecutionRules) -> Action:
    if group.is_complete:
        return Finish(GroupOutcome.FILLED, _fill_text(group))
    market = None
    if group.purpose is not Purpose.CLOSE and not group.orders:
        if group.poor_quotes is not None:
            return Finish(GroupOutcome.DENIED, f"{group.poor_quotes.code}: {group.poor_quotes.text}")
        found = check_depth(group.legs, group.quantity, group.created.worst_net, now, around.quotes, rules)
        if not found.accepted:
            return RefuseDepth(found)
        market = found.price
    legs, quantity = _next_package(group, around)
    if market is None or legs is not group.legs:
        market = package_price(legs, around.quotes)
    step = sum([order.legs == legs for order in group.entry_orders])
    if step > rules.max_steps:
        return Withdraw("the price was walked to its end")
    limit = _entry_limit(group, legs, market, step, around, rules)
    if limit is None:
        return Wait("no price")
    return _entry(group, legs, quantity, limit, market)


def _entry(
    group: OrderGroup,
    legs: tuple[Leg, ...],
    quantity: int,
    limit: Decimal,
    market: PackagePrice | None,
    replaces: str = "",
) -> Submit:
    if group.purpose is Purpose.OPEN:
        return Submit(legs, quantity, limit, unwind=False, closing=False, replaces=replaces, market=market)
    incoming = {leg.contract for leg in group.incoming}
    opens = tuple(leg.contract for leg in legs if leg.contract in incoming)
    closing = len(opens) < len(legs)
    return Submit(legs, quantity, limit, False, closing, opens if closing else (), replaces, market=market)


def _next_package(group: OrderGroup, around: Surroundings) -> tuple[tuple[Leg, ...], int]:
    """The first package that is not complete, and how many of it are missing."""
    for legs, size in _packages(group, around.max_legs):
        complete = group.units if legs is group.legs else units(legs, group.held)
        missing = size * group.quantity - complete
        if missing > 0:
            return legs, missing
    raise AssertionError("a group without missing packages is complete")


def _entry_limit(
    group: OrderGroup,
    legs: tuple[Leg, ...],
    market: PackagePrice | None,
    step: int,
    around: Surroundings,
    rules: ExecutionRules,
) -> Decimal | None:
    if market is None:
        return None
    worst = group.created.worst_net
    if worst is not None and legs != group.legs:
        worst = _part_worst(group, legs, worst, around)
        if worst is None:
            return None
    return walk_limit(legs, market, around.quotes, step, worst, rules.step_fraction)


def _part_worst(group: OrderGroup, part: tuple[Leg, ...], worst_net: Decimal, around: Surroundings) -> Decimal | None:
    """What one of this part may cost at most, if the legs still missing after it trade at their mids."""
    held = group.held
    budget = worst_net * group.quantity - group.paid
    ratios = {leg.contract: leg.ratio for leg in part}
    missing = 0
    for other in group.legs:
        rest = other.ratio * group.quantity - held.get(other.contract, 0)
        if other.contract in ratios:
            missing = max(missing, abs(rest // ratios[other.contract]))
            continue
        quote = around.quotes(other.contract)
        if rest and quote is None:
            return None
        budget -= rest * quote.mid if quote is not None else 0
    return budget / missing if missing else None


# -- the last resort --------------------------------------------------------------------------------------------------


def _last_resort(
    group: OrderGroup, now: datetime, around: Surroundings, rules: ExecutionRules
) -> Submit | StayOutOfMarket | None:
    """What a close at any price does that was walked to its end; None for all others, and until then.

    A close with a worst price keeps to it: it is given up, and tried again.
    """
    created = group.created
    if created.purpose is not Purpose.CLOSE or created.worst_net is not None:
        return None
    last = group.last_order
    if last is None or group.withdrawn or group.is_complete or not group.is_balanced or not around.is_open:
        return None
    is_walked = len(group.entry_orders) > rules.max_steps or now - group.created_at >= rules.life
    if not is_walked or now - last.submitted_at < rules.step:
        return None
    return _at_market(group, group.legs, group.quantity - group.units, now, around, rules)


def _at_market(
    group: OrderGroup, legs: tuple[Leg, ...], quantity: int, now: datetime, around: Surroundings, rules: ExecutionRules
) -> Submit | StayOutOfMarket | None:
    """The one order at market a group may have; None where none may go, or the operator knows why this one does not."""
    may_go = around.combo_market and rules.market_as_last_resort and 1 < len(legs) <= around.max_legs
    if not may_go or group.was_at_market:
        return None
    found = check_for_market(legs, quantity, now, around.quotes, rules)
    if not found.accepted:
        return StayOutOfMarket(found) if group.poor_quotes is None else None
    expected = marketable_limit(legs, around.quotes, 0)
    if expected is None:
        return None
    undoes = bool(group.withdrawn)
    return Submit(legs, quantity, expected, unwind=undoes, closing=True, at_market=True, market=found.price)


# -- nothing works, and the rest is not wanted ------------------------------------------------------------------------


def _settle(group: OrderGroup, now: datetime, around: Surroundings, rules: ExecutionRules) -> Action:
    """Balance or undo what is held, then finish."""
    missing = _to_balance(group)
    if missing:
        return _unwind(group, missing, now, around, rules)
    if group.units == group.quantity:
        return Finish(GroupOutcome.FILLED, _fill_text(group))
    if group.units_closed > group.units:
        closed = f"{group.units_closed} of {group.quantity} closed, {group.units} opened anew"
        return Finish(GroupOutcome.REDUCED, f"{closed}: {group.withdrawn}")
    if group.units:
        return Finish(GroupOutcome.REDUCED, f"{group.units} of {group.quantity} kept: {group.withdrawn}")
    if group.has_traded:
        return Finish(GroupOutcome.UNWOUND, f"undone at a net {group.paid}: {group.withdrawn}")
    if group.orders and not any(order.was_sent for order in group.orders.values()):
        return Finish(GroupOutcome.DENIED, group.withdrawn)
    return Finish(GroupOutcome.CANCELED, group.withdrawn)


def _to_balance(group: OrderGroup) -> dict[Contract, int]:
    """Signed quantities still to trade until nothing is out of balance.

    What opens is taken back to the whole units its policy keeps. What closes is brought forward to the next whole unit,
    and to what was opened in its place: taking it back would sell shorts again.
    """
    held = group.held
    opening, closing = group.incoming, group.outgoing
    if group.purpose is Purpose.OPEN:
        opening = group.legs
    elif group.purpose is Purpose.CLOSE:
        closing = group.legs
    opened = closed = 0
    if opening:
        opened = min(units(opening, held), group.quantity)  # a late fill may have completed it: that was wanted
        if group.policy is PartialPolicy.UNWIND and opened < group.quantity:
            opened = 0
    if closing:
        begun = max(-(-abs(held.get(leg.contract, 0)) // abs(leg.ratio)) for leg in closing)
        closed = min(max(begun, opened), group.quantity)
    missing = {leg.contract: leg.ratio * opened - held.get(leg.contract, 0) for leg in opening}
    missing |= {leg.contract: leg.ratio * closed - held.get(leg.contract, 0) for leg in closing}
    return {contract: quantity for contract, quantity in missing.items() if quantity}


def _unwind(
    group: OrderGroup, missing: Mapping[Contract, int], now: datetime, around: Surroundings, rules: ExecutionRules
) -> Action:
    """As one package first (a tight account takes nothing else), then leg by leg, what must be bought back first.

    Between the two it goes at market, where that may be: legs one by one are the greater danger.
    """
    if not around.is_open:
        return Wait(f"the market is closed; still to trade: {named(missing)}")
    unwinds = [order for order in group.orders.values() if order.unwind]
    if unwinds and now - unwinds[-1].submitted_at < rules.step:
        return Wait("the next attempt comes with the next step")
    contracts = sorted(missing, key=lambda contract: missing[contract] < 0)
    tried_whole = any(len(order.legs) > 1 for order in unwinds)
    size = gcd(*missing.values())
    legs = tuple([Leg(contract, missing[contract] // size) for contract in contracts])
    attempt = 0
    if not 1 < len(legs) <= around.max_legs or tried_whole:
        resort = _at_market(group, legs, size, now, around, rules)
        if resort is not None:
            return resort
        contract = contracts[0]
        legs = (Leg(contract, 1 if missing[contract] > 0 else -1),)
        size = abs(missing[contract])
        attempt = sum(1 for order in unwinds if len(order.legs) == 1 and order.legs[0].contract == contract)
        if attempt >= rules.unwind_attempts:
            return Finish(GroupOutcome.STRANDED, f"still to trade after {attempt} attempts: {named(missing)}")
    limit = marketable_limit(legs, around.quotes, attempt)
    if limit is None:
        if now - (group.withdrawn_at or group.created_at) >= rules.unpriced:
            return Finish(GroupOutcome.STRANDED, f"nobody quotes what is still to trade: {named(missing)}")
        return Wait(f"no price to trade {named(missing)}")
    return Submit(legs, size, limit, unwind=True, closing=True, market=package_price(legs, around.quotes))


def _fill_text(group: OrderGroup) -> str:
    return f"{group.quantity} at a net {(group.paid / group.quantity).normalize():f}"
