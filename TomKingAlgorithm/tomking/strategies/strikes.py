"""From a wish to contracts: the expiry, then each leg's strike by delta or by distance.

What cannot be had is a `NoStrike` with the reason, never the next best thing: a strike outside its bounds is another
trade than the one that was decided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from tomking.errors import InvalidStructure
from tomking.market.calendar import session_date, settles_at
from tomking.market.chain import Chain
from tomking.market.contract import Contract, Right, plain
from tomking.market.daily import DailyBar, average_range
from tomking.market.greeks import own_deltas, years_between
from tomking.market.leg import Leg
from tomking.market.quote import Quote
from tomking.strategies.intent import Intent, NoStrike
from tomking.strategies.spec import QuoteRules, StrategySpec
from tomking.strategies.structure import Facts, Structure, validate
from tomking.strategies.target import (
    ByDelta,
    ByDistance,
    ByWidth,
    ByWidthFraction,
    ExpiryWindow,
    LegTarget,
    Measure,
    Selector,
    Template,
)

RANGE_SESSIONS = 14
"""Sessions of the mean true range; the method names none (method 10)."""

WIDTH_TOLERANCE = Decimal("0.25")
"""How far a listed strike may miss a width that is a fraction of the price, as a share of that width (own choice)."""


@dataclass(frozen=True)
class Scene:
    """The quoted options at one instant and what is needed to choose among them.

    Attributes:
        chain: quoted options of the underlying.
        root: only options of this root count.
        now: the instant.
        rate: risk-free rate for own deltas, a fraction a year.
        quotes: which quotes count.
        closes: close of the session in New York time; None: 16:00.
        daily: completed sessions, oldest first, for distances in average ranges.
    """

    chain: Chain
    root: str
    now: datetime
    rate: float
    quotes: QuoteRules
    closes: time | None = None
    daily: Sequence[DailyBar] = ()

    def side(self, expiry: date, right: Right) -> list[Contract]:
        """The calls or puts of one expiry, by rising strike."""
        return [contract for contract in self.chain.side(expiry, right) if contract.root == self.root]

    def spot_at(self, expiry: date) -> Decimal:
        """Price of what the options of one expiry are written on."""
        first = next((one for right in Right for one in self.side(expiry, right)), None)
        return self.chain.spot if first is None else self.chain.spot_of(first)


def scene_of(
    spec: StrategySpec,
    chain: Chain,
    now: datetime,
    rate: float,
    closes: time | None = None,
    daily: Sequence[DailyBar] = (),
) -> Scene:
    """The scene in which a strategy chooses."""
    return Scene(chain, spec.root, now, rate, spec.quotes, closes, daily)


def select_legs(spec: StrategySpec, intent: Intent, scene: Scene) -> tuple[Leg, ...] | NoStrike:
    """The package the intent asks for, by rising strike, out of what is quoted now."""
    template = intent.template
    if template is None:
        return NoStrike("NO_DIRECTION", "the market does not say which trade today asks for")
    chosen: list[Leg] = []
    for right in (Right.PUT, Right.CALL):
        inner: Contract | None = None
        for target in (target for target in template.legs if target.right is right):
            found = find_contract(target, spec.expiry, scene, inner)
            if isinstance(found, NoStrike):
                return found
            chosen.append(Leg(found, target.ratio))
            inner = found
    return _validated(template, chosen, scene)


@dataclass(frozen=True)
class _Listed:
    """Contracts to choose from. Whether one is usable its quote tells, which is read when it is asked for."""

    contracts: Sequence[Contract]
    usable: Callable[[Contract], bool]


def find_contract(
    target: LegTarget, window: ExpiryWindow, scene: Scene, inner: Contract | None = None
) -> Contract | NoStrike:
    """One contract for a target.

    Args:
        target: what is wanted.
        window: the expiries of a target that has none of its own.
        scene: what is quoted.
        inner: the strike must lie beyond this one, further out of the money; None: anywhere.
    """
    window = target.expiry or window
    expiry = nearest_expiry(window, scene)
    if expiry is None:
        return NoStrike(
            "NO_EXPIRY",
            f"no {scene.root} expiry {window.minimum} to {window.maximum} days out among {len(scene.chain)} contracts",
        )
    listed = [contract for contract in scene.side(expiry, target.right) if inner is None or _is_beyond(contract, inner)]

    def usable(contract: Contract) -> bool:
        return is_usable(scene.chain.quotes[contract], target.ratio, scene.quotes, scene.now)

    found = _choose(target.by, target.right, expiry, _Listed(listed, usable), scene, inner)
    if isinstance(found, NoStrike):
        name = f"{'short' if target.ratio < 0 else 'long'} {target.right.name.lower()}"
        return NoStrike(found.code, f"{name}: {found.reason}")
    return found


def find_strike_by_delta(
    deltas: Mapping[Contract, float], delta: float, minimum: float = 0.0, maximum: float = 1.0
) -> Contract | NoStrike:
    """The contract whose delta, without its sign, is nearest to `delta` inside [minimum, maximum].

    Of two equally near the smaller delta is taken, then the lower strike: the answer never depends on an order.
    """
    allowed = [
        (abs(abs(value) - delta), abs(value), contract.strike or Decimal(0), contract.text, contract)
        for contract, value in deltas.items()
        if minimum <= abs(value) <= maximum
    ]
    if allowed:
        return min(allowed)[-1]
    if not deltas:
        return NoStrike("NO_STRIKE", "no usable quote with a delta")
    near = min(deltas, key=lambda contract: (abs(abs(deltas[contract]) - delta), contract.text))
    return NoStrike(
        "NO_STRIKE",
        f"no delta from {minimum:g} to {maximum:g} among {len(deltas)} strikes; "
        f"the nearest to {delta:g} is {abs(deltas[near]):.3f} at {plain(near.strike or Decimal(0))}",
    )


def nearest_expiry(window: ExpiryWindow, scene: Scene) -> date | None:
    """The listed expiry of the root nearest to the window's target inside it, the earlier of two."""
    today = session_date(scene.now)
    days = {expiry: (expiry - today).days for expiry in scene.chain.expiries_of(scene.root)}
    inside = [expiry for expiry, left in days.items() if window.minimum <= left <= window.maximum]
    return min(inside, key=lambda expiry: (abs(days[expiry] - window.target), expiry), default=None)


def deltas_of(
    side: Sequence[Contract], chain: Chain, now: datetime, rate: float, closes: time | None = None
) -> dict[Contract, float]:
    """Deltas of contracts of one expiry: the feed's where it has them, else our own from the mid.

    Options on futures always get our own: LEAN values them on the wrong underlying. A contract whose mid has no
    volatility (below its intrinsic value, or without an offer) has no delta and is left out. Where nobody bids, half
    the offer is no market: such a delta is never larger than that of the strike before it.
    """
    found: dict[Contract, float] = {}
    missing: list[Contract] = []
    for contract in side:
        feed = chain.quotes[contract].delta
        if feed is not None and feed != 0 and contract.delivery is None:
            found[contract] = feed
        elif chain.quotes[contract].ask > 0:
            missing.append(contract)
    if missing:
        years = years_between(now, settles_at(missing[0], closes))
        quotes = [chain.quotes[contract] for contract in missing]
        own, _ = own_deltas(missing, quotes, float(chain.spot_of(missing[0])), years, rate)
        found.update((c, float(d)) for c, d in zip(missing, own, strict=True) if not math.isnan(d))
    return _capped(found, side, chain)


def _capped(deltas: Mapping[Contract, float], side: Sequence[Contract], chain: Chain) -> dict[Contract, float]:
    """The deltas, from the money outwards, those of contracts without a bid held down to the one before."""
    outwards = side if side and side[0].right is Right.CALL else reversed(side)
    capped: dict[Contract, float] = {}
    before = 1.0
    for contract in outwards:
        if contract not in deltas:
            continue
        size = abs(deltas[contract])
        if not chain.quotes[contract].has_bid:
            size = min(size, before)
        capped[contract] = math.copysign(size, deltas[contract])
        before = size
    return capped


# -- by delta, by width, by distance ----------------------------------------------------------------------------------


def _choose(
    by: Selector, right: Right, expiry: date, listed: _Listed, scene: Scene, inner: Contract | None
) -> Contract | NoStrike:
    match by:
        case ByDelta(delta, minimum, maximum):
            # of the whole side: what a contract without a bid may be worth, its neighbours say
            known = deltas_of(scene.side(expiry, right), scene.chain, scene.now, scene.rate, scene.closes)
            usable = {c: known[c] for c in listed.contracts if c in known and listed.usable(c)}
            return find_strike_by_delta(usable, delta, minimum, maximum)
        case ByWidth(points):
            return _by_width(listed, inner, points, Decimal(0))
        case ByWidthFraction(fraction):
            width = fraction * scene.spot_at(expiry)
            return _by_width(listed, inner, width, WIDTH_TOLERANCE * width)
        case ByDistance(measure, multiple, tolerance):
            step = _measured(measure, expiry, scene)
            if isinstance(step, NoStrike):
                return step
            away = multiple * step if right is Right.CALL else -multiple * step
            spot = scene.spot_at(expiry)
            return _nearest(listed, spot + away, tolerance * spot)


def _nearest(listed: _Listed, wanted: Decimal, tolerance: Decimal) -> Contract | NoStrike:
    """The usable contract whose strike is nearest to `wanted`, at most `tolerance` away; of two the lower."""
    by_distance = sorted(listed.contracts, key=lambda c: (abs((c.strike or Decimal(0)) - wanted), c.strike))
    near = next(filter(listed.usable, by_distance), None)
    if near is not None and near.strike is not None and abs(near.strike - wanted) <= tolerance:
        return near
    known = "none is quoted" if near is None else f"the nearest is {plain(near.strike or Decimal(0))}"
    return NoStrike("NO_STRIKE", f"no usable quote within {tolerance:.2f} of {wanted:.2f}; {known}")


def _measured(measure: Measure, expiry: date, scene: Scene) -> Decimal | NoStrike:
    """One unit of a distance, in points."""
    match measure:
        case Measure.PRICE:
            return scene.spot_at(expiry)
        case Measure.EXPECTED_MOVE:
            return _expected_move(expiry, scene)
        case Measure.AVERAGE_RANGE:
            found = average_range(scene.daily, RANGE_SESSIONS)
            return NoStrike("NO_RANGE", f"fewer than {RANGE_SESSIONS} sessions are known") if found is None else found


def _expected_move(expiry: date, scene: Scene) -> Decimal | NoStrike:
    """Price × volatility at the money × root of the years left; the volatility is the mean of call and put."""
    found = []
    spot = scene.spot_at(expiry)
    for right in Right:
        side = [c for c in scene.side(expiry, right) if scene.chain.quotes[c].is_two_sided]
        near = min(side, key=lambda c: (abs((c.strike or Decimal(0)) - spot), c.strike), default=None)
        if near is None:
            continue
        years = years_between(scene.now, settles_at(near, scene.closes))
        _, volatility = own_deltas([near], [scene.chain.quotes[near]], float(spot), years, scene.rate)
        found.append(float(volatility[0]) * math.sqrt(years))
    if not found or any(math.isnan(deviation) for deviation in found):
        return NoStrike("NO_VOLATILITY", "the options at the money have no implied volatility")
    return spot * Decimal(repr(sum(found) / len(found)))


def is_usable(quote: Quote, ratio: int, rules: QuoteRules, now: datetime) -> bool:
    """Whether a strike may be chosen on this quote: fresh, offered, not crossed; sold legs need a bid too."""
    if quote.age(now) > timedelta(seconds=rules.max_age_seconds) or not quote.has_ask or quote.is_crossed:
        return False
    if ratio > 0:
        return True
    widest = rules.max_leg_spread_fraction
    return quote.is_two_sided and (widest is None or quote.spread <= widest * quote.mid)


def _is_beyond(contract: Contract, inner: Contract) -> bool:
    """Further out of the money than `inner`."""
    if contract.strike is None or inner.strike is None:
        return False
    return contract.strike > inner.strike if inner.right is Right.CALL else contract.strike < inner.strike


def _by_width(listed: _Listed, inner: Contract | None, width: Decimal, tolerance: Decimal) -> Contract | NoStrike:
    """The contract nearest to `width` points beyond `inner`."""
    if inner is None or inner.strike is None:
        return NoStrike("NO_STRIKE", "a width needs a leg before it")
    away = width if inner.right is Right.CALL else -width
    found = _nearest(listed, inner.strike + away, tolerance)
    if isinstance(found, NoStrike):
        return NoStrike("NO_STRIKE", f"no usable quote {plain(width)} points beyond {plain(inner.strike)}")
    return found


def _validated(template: Template, legs: Sequence[Leg], scene: Scene) -> tuple[Leg, ...] | NoStrike:
    is_fixed = all(isinstance(target.by, ByWidth) for target in template.legs if target.ratio > 0)
    deltas: dict[Contract, float] = {}
    if template.structure is Structure.IPMCC:  # the only one that asks for a delta, its long leg's
        for leg in legs:
            deltas.update(deltas_of([leg.contract], scene.chain, scene.now, scene.rate, scene.closes))
    facts = Facts(
        spot=scene.chain.spot_of(legs[0].contract),
        deltas=deltas,
        today=session_date(scene.now),
        allows_broken_wings=not is_fixed,
        allows_calendar=any(target.expiry is not None for target in template.legs),
    )
    try:
        return validate(template.structure, legs, facts)
    except InvalidStructure as problem:
        return NoStrike("INVALID_STRUCTURE", str(problem))
