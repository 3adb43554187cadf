"""When a position, or a part of it, is closed: one decision a pass, in the order of `ExitReason`.

Rules that need a price do not decide on a stale mark; those that need the clock only always do. A rule is asked for
every part before the next rule is: a stop of one part comes before the profit of another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property

from tomking.events import ExitReason
from tomking.market.calendar import minutes_before, settles_at, to_new_york
from tomking.market.contract import Contract, Right, plain
from tomking.market.greeks import own_deltas, years_between
from tomking.market.quote import Quote
from tomking.market.view import MarketView
from tomking.positions.component import ComponentStatus
from tomking.positions.marks import MAX_MARK_AGE, Mark, mark
from tomking.positions.position import MultiLegPosition, PositionStatus
from tomking.strategies.intent import ExitIntent
from tomking.strategies.parts import Holding, delivered_of, holding_part
from tomking.strategies.spec import ExitRules, Part, PartExit, StrategySpec


@dataclass(frozen=True, slots=True)
class Orders:
    """What the desk wants closed beyond the strategies' own rules.

    Attributes:
        emergency: why everything must go; empty when it need not.
        close_losers: why what loses must go; empty when it need not.
    """

    emergency: str = ""
    close_losers: str = ""


NO_ORDERS = Orders()


def exits_due(
    specs: Sequence[StrategySpec],
    positions: Iterable[MultiLegPosition],
    market: MarketView,
    now: datetime,
    equity: Decimal | None = None,
    orders: Orders = NO_ORDERS,
) -> list[ExitIntent]:
    """What to close now, at most one decision for each position.

    A position that is being closed already is named again only when it has become urgent.

    Args:
        specs: all strategies, the disabled ones too.
        positions: open positions.
        market: the present market.
        now: the present instant.
        equity: of the account; None: unknown, rules that need it do not decide.
        orders: what the desk wants beyond the rules.
    """
    by_name = {(spec.name, spec.underlying): spec for spec in specs}
    found = []
    for position in positions:
        if position.status in (PositionStatus.BUILDING, PositionStatus.CLOSED):
            continue
        spec = by_name.get((position.strategy, position.underlying))
        if not market.is_open(position.underlying, now):
            continue
        # what was opened by hand has no rules, but an emergency closes it too
        rules = () if spec is None else spec.exits
        intent = exit_of(rules, position, market, now, equity, orders)
        if intent is not None and (intent.is_urgent or position.status is not PositionStatus.CLOSING):
            found.append(intent)
    return found


def exit_of(
    exits: Sequence[PartExit],
    position: MultiLegPosition,
    market: MarketView,
    now: datetime,
    equity: Decimal | None = None,
    orders: Orders = NO_ORDERS,
) -> ExitIntent | None:
    """The first rule that asks for this position, or a part of it, to be closed."""
    look = Look(position, market, now, equity)
    if orders.emergency:
        return ExitIntent(position.position_id, ExitReason.EMERGENCY, orders.emergency, True)
    if orders.close_losers and _loses(look):
        return ExitIntent(position.position_id, ExitReason.DRAWDOWN, orders.close_losers, False)
    delivered = delivered_of(position)
    if delivered and exits:
        text = f"delivered: {', '.join(f'{quantity:+d} {one.text}' for one, quantity in delivered.items())}"
        return ExitIntent(position.position_id, ExitReason.ASSIGNMENT, text, True, delivered)
    held = [(part_exit, holding) for part_exit in exits if (holding := look.part(part_exit.part))]
    for rule in _RULES:
        for part_exit, holding in held:
            asked = rule(part_exit.rules, holding, look)
            if asked is not None:
                return _intent(look, asked, holding, part_exit.closes)
    return None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule answers: why, in which words, how quickly, and how much of the part.

    Attributes:
        is_half: half of it goes, rounded down.
    """

    reason: ExitReason
    text: str
    is_urgent: bool
    is_half: bool = False


Rule = Callable[[ExitRules, Holding, "Look"], Asked | None]


@dataclass
class Look:
    """One position in one market; what several rules want to know is worked out once."""

    position: MultiLegPosition
    market: MarketView
    now: datetime
    equity: Decimal | None
    _parts: dict[Part, Holding] = field(default_factory=dict)
    _marks: dict[tuple[tuple[Contract, int], ...], Mark] = field(default_factory=dict)

    def part(self, part: Part) -> Holding:
        """What is held of a part."""
        found = self._parts.get(part)
        if found is None:
            found = self._parts[part] = holding_part(self._options, part)
        return found

    @cached_property
    def _options(self) -> Holding:
        return {one: quantity for one, quantity in self.position.held.items() if one.is_option}

    def worth(self, holding: Holding) -> Mark:
        """The part's mark."""
        key = tuple(holding.items())
        if key not in self._marks:
            self._marks[key] = mark(self.position, self.market, self.now, part=holding)
        return self._marks[key]

    @cached_property
    def spot(self) -> Decimal | None:
        """Price of the underlying; of options on a future, of the future they deliver."""
        delivery = next((one.delivery for one in self.position.held if one.delivery is not None), None)
        return self.market.spot(self.position.underlying, delivery)

    @cached_property
    def today(self) -> date:
        """The session's date."""
        return to_new_york(self.now).date()

    @cached_property
    def short_deltas(self) -> Mapping[Contract, float]:
        """Deltas, without their signs, of the held shorts that have a fresh quote on both sides."""
        found: dict[Contract, float] = {}
        if self.spot is None:
            return found
        quotes = {one: self.market.quote(one) for one in self.part(Part.SHORTS)}
        usable = {one: each for one, each in quotes.items() if each is not None and is_fresh(each, self.now)}
        for expiry in {one.expiry for one in usable}:
            of_it = [one for one in usable if one.expiry == expiry]
            years = years_between(self.now, settles_at(of_it[0]))
            found.update(self._deltas(of_it, [usable[one] for one in of_it], years))
        return found

    def _deltas(self, contracts: list[Contract], quotes: list[Quote], years: float) -> dict[Contract, float]:
        deltas, _ = own_deltas(contracts, quotes, float(self.spot or 0), years, self.market.rate())
        return {one: abs(float(delta)) for one, delta in zip(contracts, deltas, strict=True) if not math.isnan(delta)}


def is_fresh(quote: Quote, now: datetime) -> bool:
    """A quote a rule may decide on."""
    return quote.is_two_sided and quote.age(now) <= MAX_MARK_AGE


def exit_times(rules: ExitRules, closes: time) -> tuple[time, time] | None:
    """When the patient and the hard exit begin on the expiry day, New York time; None: no time exit.

    The hard exit is never later than its distance before the close; on a half day both move by the same span.
    """
    if rules.time_at is None or rules.hard_at is None:
        return None
    latest = minutes_before(closes, rules.hard_before_close_minutes)
    if rules.hard_at <= latest:
        return rules.time_at, rules.hard_at
    day = date(2000, 1, 1)
    lead = datetime.combine(day, rules.hard_at) - datetime.combine(day, rules.time_at)
    return minutes_before(latest, int(lead.total_seconds() // 60)), latest


def _intent(look: Look, asked: Asked, holding: Holding, closes: Part | None) -> ExitIntent:
    if closes is not None:
        holding = look.part(closes)
    if asked.is_half:
        holding = {contract: int(quantity / 2) for contract, quantity in holding.items()}
    part = {} if holding == look.position.held else holding
    return ExitIntent(look.position.position_id, asked.reason, asked.text, asked.is_urgent, part)


def _loses(look: Look) -> bool:
    worth = mark(look.position, look.market, look.now)
    return not worth.stale and worth.profit < 0


# -- the rules, one a function; each answers None when it does not ask ------------------------------------------------


def _expiry_or_time(rules: ExitRules, holding: Holding, look: Look) -> Asked | None:
    expiry = min((one.expiry for one in holding if one.expiry is not None), default=None)
    if expiry is None or look.today < expiry:
        return None
    if rules.days_to_expiry is not None:
        return Asked(ExitReason.EXPIRY, f"expires today, {expiry}", True)
    session = look.market.session(look.position.underlying, expiry)
    times = None if session is None else exit_times(rules, session.closes)
    if times is None:
        return None
    patient, hard = times
    local = to_new_york(look.now).time()
    if local >= hard:
        return Asked(ExitReason.TIME, f"hard exit at {hard:%H:%M}", True)
    if local >= patient:
        return Asked(ExitReason.TIME, f"time exit at {patient:%H:%M}", False)
    return None


def _stop(rules: ExitRules, holding: Holding, look: Look) -> Asked | None:
    if rules.stop_multiple is None and rules.stop_equity_fraction is None and rules.half_at is None:
        return None
    worth = look.worth(holding)
    fraction = None if worth.stale else worth.profit_fraction
    if fraction is None or fraction >= 0:
        return None
    if rules.stop_multiple is not None and fraction <= -rules.stop_multiple:
        text = f"loss of {-fraction:.2f} times the premium, the stop is {rules.stop_multiple}"
        return Asked(ExitReason.STOP, text, True)
    if rules.stop_equity_fraction is not None and look.equity is not None:
        limit = rules.stop_equity_fraction * look.equity
        if -worth.profit >= limit > 0:
            text = f"loss of {-worth.profit:,.0f}, {rules.stop_equity_fraction:.1%} of the equity is {limit:,.0f}"
            return Asked(ExitReason.STOP, text, True)
    if rules.half_at is not None and fraction <= -rules.half_at and _is_untouched(holding, look.position):
        text = f"loss of {-fraction:.2f} times the premium, at {rules.half_at} half of it goes"
        return Asked(ExitReason.STOP, text, False, is_half=True)
    return None


def _is_untouched(holding: Holding, position: MultiLegPosition) -> bool:
    """There are at least two of everything, and none was given up yet."""
    return all(
        abs(quantity) > 1 and position.components[contract].status is ComponentStatus.OPEN
        for contract, quantity in holding.items()
    )


def _touch(rules: ExitRules, holding: Holding, look: Look) -> Asked | None:
    """A side whose short strike is reached and which costs a multiple of what it brought."""
    if rules.touch_multiple is None or look.spot is None:
        return None
    reached = next((one for one, quantity in holding.items() if quantity < 0 and one.intrinsic(look.spot) > 0), None)
    if reached is None:
        return None
    worth = look.worth(holding)
    # what closing costs is the credit less the profit: a multiple of the credit is a loss of one less
    if worth.stale or not worth.premium or worth.value > -rules.touch_multiple * worth.premium:
        return None
    text = f"{reached.text} is reached and its side costs {-worth.value / worth.premium:.2f} times its credit"
    return Asked(ExitReason.STOP, text, True)


def _days_left(rules: ExitRules, holding: Holding, look: Look) -> Asked | None:
    expiry = min((one.expiry for one in holding if one.expiry is not None), default=None)
    if rules.days_to_expiry is None or expiry is None:
        return None
    left = (expiry - look.today).days
    if left > rules.days_to_expiry:
        return None
    return Asked(ExitReason.DTE, f"{left} days to expiry, the limit is {rules.days_to_expiry}", False)


def _delta(rules: ExitRules, holding: Holding, look: Look) -> Asked | None:
    if rules.delta is None:
        return None
    tested = max(
        ((look.short_deltas[one], one) for one in holding if one in look.short_deltas),
        key=lambda pair: pair[0],
        default=None,
    )
    if tested is None or tested[0] < rules.delta:
        return None
    text = f"{tested[1].text} has a delta of {tested[0]:.2f}, the limit is {rules.delta:.2f}"
    return Asked(ExitReason.DELTA, text, False)


def _distance(rules: ExitRules, holding: Holding, look: Look) -> Asked | None:
    """The price has come near a short strike, or reached a long one."""
    spot = look.spot
    if spot is None or not spot or (rules.distance_fraction is None and not rules.long_touched):
        return None
    for one, quantity in holding.items():
        if one.strike is None:
            continue
        away = spot - one.strike if one.right is Right.PUT else one.strike - spot
        if rules.distance_fraction is not None and quantity < 0 and away <= rules.distance_fraction * spot:
            text = f"{one.text} is {away / spot:.2%} from the price, the limit is {rules.distance_fraction:.2%}"
            return Asked(ExitReason.DELTA, text, True)
        if rules.long_touched and quantity > 0 and away <= 0:
            return Asked(ExitReason.DELTA, f"the price {plain(spot)} has reached the long {one.text}", False)
    return None


def _profit(rules: ExitRules, holding: Holding, look: Look) -> Asked | None:
    if rules.profit_fraction is not None:
        worth = look.worth(holding)
        fraction = None if worth.stale else worth.profit_fraction
        if fraction is not None and fraction >= rules.profit_fraction:
            text = f"profit of {fraction:.0%} of the premium, the target is {rules.profit_fraction:.0%}"
            return Asked(ExitReason.PROFIT, text, False)
    if rules.extrinsic_fraction is not None:
        gone = extrinsic_gone(holding, look)
        if gone is not None and gone >= rules.extrinsic_fraction:
            text = f"{gone:.0%} of the extrinsic value sold is gone, the target is {rules.extrinsic_fraction:.0%}"
            return Asked(ExitReason.PROFIT, text, False)
    return None


def extrinsic_gone(holding: Holding, look: Look) -> Decimal | None:
    """Share of the extrinsic value sold that is gone; None when it is not known what was sold or what is left.

    What was sold is the entry price less the intrinsic value at the price of the underlying then.
    """
    if look.spot is None or look.worth(holding).stale:
        return None
    sold = left = Decimal(0)
    for contract, quantity in holding.items():
        component, quote = look.position.components[contract], look.market.quote(contract)
        if quantity >= 0 or component.entry_price is None or component.entry_spot is None or quote is None:
            return None
        sold += -quantity * (component.entry_price - contract.intrinsic(component.entry_spot))
        left += -quantity * (quote.mid - contract.intrinsic(look.spot))
    return None if sold <= 0 else 1 - max(left, Decimal(0)) / sold


_RULES: tuple[Rule, ...] = (_expiry_or_time, _stop, _touch, _days_left, _delta, _distance, _profit)
"""In the order of method 1.8."""
