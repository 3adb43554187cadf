"""When a part of a position is exchanged, or sold against: asked only where no exit is due.

A losing trade is never rolled for time (method 1.8). What is left: the weekly option against a long one, a long one
that has grown old, and the untested side of a strangle, for a credit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import gcd

from tomking.events import ExitReason
from tomking.execution.pricing import PackagePrice, package_price
from tomking.market.calendar import session_date, to_new_york
from tomking.market.contract import Contract, Right
from tomking.market.leg import Leg
from tomking.market.payoff import max_loss
from tomking.market.view import MarketView
from tomking.positions.position import MultiLegPosition, PositionStatus
from tomking.risk.buying_power import Quoted, Reckoning, UnknownMargin, requirement, unknown
from tomking.settings.risk import PHASES, RiskSettings
from tomking.strategies.entries import is_in_window, is_renewal_day, trend_of
from tomking.strategies.exits import Look
from tomking.strategies.intent import NoStrike, RollIntent, RollRefusal
from tomking.strategies.parts import Holding
from tomking.strategies.rolling_rules import Overwrite, Renew, RollIn
from tomking.strategies.spec import Part, StrategySpec
from tomking.strategies.strikes import Scene, find_contract, is_usable, nearest_expiry
from tomking.strategies.target import ByDistance, LegTarget, Trend

CREDIT_ONLY = Decimal("-0.01")
"""Worst net price of a roll that must bring a credit: less than any tick."""

_AT_REST = frozenset({PositionStatus.ACTIVE, PositionStatus.PARTIALLY_CLOSED})

Answer = RollIntent | RollRefusal | None


def rolls_due(
    specs: Sequence[StrategySpec],
    positions: Iterable[MultiLegPosition],
    market: MarketView,
    now: datetime,
    settings: RiskSettings,
    reckon: Reckoning = unknown,
    phase: int = PHASES - 1,
) -> list[RollIntent | RollRefusal]:
    """What to exchange now, at most one answer a position; a refusal says why a roll that was due is not made.

    Rules of a later phase than the account's are not asked; without one all are.
    """
    by_name = {(spec.name, spec.underlying): spec for spec in specs if spec.rolls}
    found: list[RollIntent | RollRefusal] = []
    for position in positions:
        spec = by_name.get((position.strategy, position.underlying))
        if spec is None or position.status not in _AT_REST or not market.is_open(position.underlying, now):
            continue
        answer = roll_of(spec, position, market, now, settings, reckon, phase)
        if answer is not None:
            found.append(answer)
    return found


def roll_of(
    spec: StrategySpec,
    position: MultiLegPosition,
    market: MarketView,
    now: datetime,
    settings: RiskSettings,
    reckon: Reckoning = unknown,
    phase: int = PHASES - 1,
) -> Answer:
    """The first rule of the strategy that asks for a roll of this position."""
    desire = _Desire(spec, Look(position, market, now, None), settings, reckon)
    for rule in spec.rolls:
        match rule:
            case Overwrite():
                answer = _overwrite(rule, desire) if phase >= rule.first_phase else None
            case Renew():
                answer = _renew(rule, desire)
            case RollIn():
                answer = _roll_in(rule, desire)
        if answer is not None:
            return answer
    return None


@dataclass(frozen=True)
class _Desire:
    """One position whose rolls are asked for."""

    spec: StrategySpec
    look: Look
    settings: RiskSettings
    reckon: Reckoning

    def scene(self) -> Scene | None:
        """What is quoted; None without a chain."""
        market, spec, now = self.look.market, self.spec, self.look.now
        chain = market.chain(spec.underlying)
        if chain is None:
            return None
        session = market.session(spec.underlying, session_date(now))
        closes = None if session is None else session.closes
        return Scene(chain, spec.root, now, market.rate(), spec.quotes, closes, market.daily(spec.underlying))

    def refuse(self, code: str, text: str) -> RollRefusal:
        """Why a roll that is due is not made."""
        return RollRefusal(self.look.position.position_id, code, text)

    def exchange(self, out: Holding, into: Holding, text: str, worst_net: Decimal | None = None) -> Answer:
        """The package that trades a part of what is held for something else, with what it then ties up."""
        look = self.look
        trades = {contract: -quantity for contract, quantity in out.items()}
        for contract, quantity in into.items():
            trades[contract] = trades.get(contract, 0) + quantity
        trades = {contract: quantity for contract, quantity in trades.items() if quantity}
        if not trades:
            return None
        size = gcd(*trades.values())
        legs = tuple(Leg(contract, quantity // size) for contract, quantity in trades.items())
        price = package_price(legs, look.market.quote)
        if price is None:
            return self.refuse("NO_PACKAGE_PRICE", f"{text}: a leg has no usable quote")
        if worst_net is None:
            worst_net = _beyond_natural(price)
        try:
            needed, loss = self._afterwards(trades)
        except UnknownMargin as problem:
            return self.refuse("UNKNOWN_MARGIN", str(problem))
        return RollIntent(look.position.position_id, legs, size, worst_net, text, ExitReason.ROLL, needed, loss)

    def _afterwards(self, trades: Holding) -> tuple[Decimal, Decimal | None]:
        """Buying power and greatest loss of what will be held, at today's prices; of a mere sale, what it adds."""
        look = self.look
        held = look.part(Part.WHOLE)
        after = {c: held.get(c, 0) + trades.get(c, 0) for c in {**held, **trades}}
        after = {contract: quantity for contract, quantity in after.items() if quantity}
        needed, loss = self._tied_up(after)
        if all(contract not in held for contract in trades):
            needed = max(Decimal(0), needed - self._tied_up(held)[0])
        return needed, loss

    def _tied_up(self, holding: Holding) -> tuple[Decimal, Decimal | None]:
        look, spot = self.look, self.look.spot
        quotes = {contract: look.market.quote(contract) for contract in holding}
        prices = {contract: quote.mid for contract, quote in quotes.items() if quote is not None}
        if spot is None or len(prices) < len(holding):
            return look.position.requirement, look.position.max_loss
        size = gcd(*holding.values())
        legs = tuple(Leg(contract, quantity // size) for contract, quantity in holding.items())
        net = sum((leg.ratio * prices[leg.contract] for leg in legs), Decimal(0))
        quoted = Quoted(spot, prices, look.now, look.market.rate())
        needed = requirement(legs, net, quoted, self.settings, self.reckon)
        loss = max_loss(legs, net)
        return needed * size, None if loss is None else loss * legs[0].contract.multiplier * size


# -- a short-dated option against a long one --------------------------------------------------------------------------


def _overwrite(rule: Overwrite, desire: _Desire) -> Answer:
    look = desire.look
    local = to_new_york(look.now)
    if local.weekday() != rule.weekday or not rule.earliest <= local.time() <= rule.latest:
        return None
    opened = look.position.opened_at
    if opened is None or look.now - opened < timedelta(days=rule.first_day):
        return None
    longs = {c: q for c, q in look.part(Part.LONGS).items() if c.right is rule.right}
    old = {c: q for c, q in look.part(Part.FRONT).items() if c.right is rule.right}
    if not longs or look.part(Part.NAKED) or any(c.expiry != look.today for c in old):
        return None
    long = min(longs, key=lambda contract: contract.strike or Decimal(0))
    scene = desire.scene()
    if scene is None:
        return desire.refuse("NO_CHAIN", f"no option on {desire.spec.underlying} is quoted")
    new = _strike_of(rule, long, longs[long], scene, look)
    if isinstance(new, NoStrike):
        return desire.refuse(new.code, new.reason)
    poor = _poor_credit(rule, long, new, desire)
    if poor is not None:
        return poor
    text = f"{new.text} sold against {long.text}" + ("" if not old else f" for {next(iter(old)).text}")
    return desire.exchange(old, {new: -longs[long]}, text)


def _strike_of(rule: Overwrite, long: Contract, quantity: int, scene: Scene, look: Look) -> Contract | NoStrike:
    if not rule.strikes:
        return _next_above(rule, long, scene)
    trend = None if rule.trend is None else trend_of(look.spot, scene.daily, rule.trend)
    if trend is None:
        return NoStrike("NO_DIRECTION", "too few sessions are known to tell the trend")
    by = _deeper(rule, trend, long, quantity, look)
    inner = long if rule.right is Right.CALL else None
    return find_contract(LegTarget(rule.right, -1, by, rule.expiry), rule.expiry, scene, inner)


def _deeper(rule: Overwrite, trend: Trend, long: Contract, quantity: int, look: Look) -> ByDistance:
    """The trend's distance, nearer by the steps the long's loss has passed."""
    by, worth = rule.strikes[trend], look.worth({long: quantity})
    fraction = None if worth.stale else worth.profit_fraction
    for loss, shift in rule.deeper:
        if fraction is not None and -fraction >= loss:
            by = replace(by, multiple=by.multiple + shift)
    return by


def _next_above(rule: Overwrite, long: Contract, scene: Scene) -> Contract | NoStrike:
    expiry = nearest_expiry(rule.expiry, scene)
    if expiry is None or long.strike is None:
        return NoStrike("NO_EXPIRY", f"no {scene.root} expiry {rule.expiry.minimum} to {rule.expiry.maximum} days out")
    for contract in scene.side(expiry, rule.right):
        above = contract.strike is not None and contract.strike > long.strike
        if above and is_usable(scene.chain.quotes[contract], -1, scene.quotes, scene.now):
            return contract
    return NoStrike("NO_STRIKE", f"nobody bids above {long.text}")


def _poor_credit(rule: Overwrite, long: Contract, new: Contract, desire: _Desire) -> RollRefusal | None:
    """What a week earns is time value: the intrinsic value sold is given back."""
    quote, entry = desire.look.market.quote(new), desire.look.position.components[long].entry_price
    spot = desire.look.spot
    credit = Decimal(0) if quote is None or spot is None else (quote.mid - new.intrinsic(spot)) * new.multiplier
    if credit < rule.amount:
        return desire.refuse("CREDIT_AMOUNT", f"{new.text} earns {credit:.2f} of time value, {rule.amount} is wanted")
    if rule.cost_fraction is None or entry is None:
        return None
    cost = entry * long.multiplier
    if credit >= rule.cost_fraction * cost:
        return None
    wanted = f"{rule.cost_fraction:.1%} of the long's {cost:,.2f} is wanted"
    return desire.refuse("CREDIT_RATIO", f"{new.text} earns {credit:.2f}, {credit / cost:.1%}; {wanted}")


# -- a long option that has grown old ---------------------------------------------------------------------------------


def _renew(rule: Renew, desire: _Desire) -> Answer:
    look, schedule = desire.look, desire.spec.schedule
    local = to_new_york(look.now)
    if not is_renewal_day(schedule, local.date()) or not is_in_window(schedule, local.time()):
        return None
    rights = {target.right for target in rule.targets.values()}
    longs = {contract: quantity for contract, quantity in look.part(Part.LONGS).items() if contract.right in rights}
    aged = [
        (contract.expiry, contract.text, contract)
        for contract in longs
        if contract.expiry is not None and (contract.expiry - look.today).days <= rule.days_to_expiry
    ]
    scene = desire.scene() if aged and len(aged) == len(longs) else None  # else it has its successor already
    if scene is None:
        return None
    *_, old = min(aged)
    target = _renewed_as(rule, old, look)
    if target is None:
        return desire.refuse("NO_RUNG", f"where the price was when {old.text} was bought is not known")
    new = find_contract(target, rule.expiry, scene)
    if isinstance(new, NoStrike):
        return desire.refuse(new.code, new.reason)
    quote = look.market.quote(old)
    if quote is not None and not quote.has_bid:
        return desire.exchange({}, {new: longs[old]}, f"{new.text} follows {old.text}, which nobody bids for")
    return desire.exchange({old: longs[old]}, {new: longs[old]}, f"{old.text} renewed as {new.text}")


def _renewed_as(rule: Renew, old: Contract, look: Look) -> LegTarget | None:
    """The rule's only target, or the one nearest to where the old strike was; None when that is not known."""
    if len(rule.targets) == 1:
        return next(iter(rule.targets.values()))
    spot = look.position.components[old].entry_spot
    if not spot or old.strike is None:
        return None
    was = abs(old.strike / spot - 1)
    return rule.targets[min(rule.targets, key=lambda distance: (abs(distance - was), distance))]


# -- the untested side of a strangle ----------------------------------------------------------------------------------


def _roll_in(rule: RollIn, desire: _Desire) -> Answer:
    look = desire.look
    shorts = look.part(Part.SHORTS)
    if len(shorts) != 2 or {contract.right for contract in shorts} != set(Right) or look.part(Part.LONGS):
        return None
    deltas = look.short_deltas
    if len(deltas) != 2:
        return None
    tested, untested = sorted(shorts, key=lambda contract: -deltas[contract])
    if deltas[tested] < rule.tested_delta:
        return None
    scene = desire.scene()
    if scene is None or untested.right is None or untested.expiry is None:
        return None
    left = (untested.expiry - look.today).days
    window = replace(desire.spec.expiry, target=left, minimum=left, maximum=left)
    new = find_contract(LegTarget(untested.right, -1, rule.by), window, scene)
    if isinstance(new, NoStrike):
        return desire.refuse(new.code, new.reason)
    if deltas[untested] >= rule.by.delta or new == untested:
        return None
    text = f"{tested.text} has a delta of {deltas[tested]:.2f}: {untested.text} moved in to {new.text}"
    return desire.exchange({untested: shorts[untested]}, {new: shorts[untested]}, text, CREDIT_ONLY)


def _beyond_natural(price: PackagePrice) -> Decimal:
    """A roll walks as far as an entry may: half a spread beyond natural."""
    return price.natural + price.spread / 2
