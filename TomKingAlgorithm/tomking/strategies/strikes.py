"""From a wish to contracts: the expiry, then each leg's strike by delta or by distance.

What cannot be had is a `NoStrike` with the reason, never the next best thing: a strike outside its bounds is another
trade than the one that was decided.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from tomking.errors import InvalidStructure
from tomking.market.calendar import session_date, settles_at
from tomking.market.chain import Chain
from tomking.market.contract import Contract, Right, plain
from tomking.market.greeks import own_deltas, years_between
from tomking.market.leg import Leg
from tomking.market.quote import Quote
from tomking.strategies.spec import Intent, LegTarget, NoStrike, QuoteRules, StrategySpec, Template
from tomking.strategies.structure import Facts, validate


def select_legs(
    spec: StrategySpec, intent: Intent, chain: Chain, now: datetime, rate: float, closes: time | None = None
) -> tuple[Leg, ...] | NoStrike:
    """The package the intent asks for, by rising strike, out of what is quoted now.

    Args:
        spec: the strategy.
        intent: with the template chosen.
        chain: quoted options of the underlying.
        now: the present instant.
        rate: risk-free rate for own deltas, a fraction a year.
        closes: close of the expiry's session in New York time when it is not 16:00.
    """
    if intent.template is None:
        return NoStrike("NO_DIRECTION", "no opening price, so the direction of the trade is unknown")
    expiry = nearest_expiry(spec, chain, session_date(now))
    if expiry is None:
        window = spec.expiry
        return NoStrike(
            "NO_EXPIRY",
            f"no {spec.root} expiry {window.minimum} to {window.maximum} days out among {len(chain)} contracts",
        )
    chosen: list[Leg] = []
    deltas: dict[Contract, float] = {}
    for right in (Right.PUT, Right.CALL):
        targets = [target for target in intent.template.legs if target.right is right]
        if not targets:
            continue
        side = [contract for contract in chain.side(expiry, right) if contract.root == spec.root]
        known = deltas_of(side, chain, now, rate, closes)
        for target in targets:
            found = _choose(target, side, known, chain, spec.quotes, now, chosen[-1] if chosen else None)
            if isinstance(found, NoStrike):
                return found
            chosen.append(Leg(found, target.ratio))
        deltas.update(known)
    return _validated(intent.template, chosen, chain, deltas)


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


def nearest_expiry(spec: StrategySpec, chain: Chain, today: date) -> date | None:
    """The listed expiry of the strategy's root nearest to its target inside its window, the earlier of two."""
    window = spec.expiry
    expiries = {contract.expiry for contract in chain if contract.root == spec.root and contract.expiry is not None}
    days = {expiry: (expiry - today).days for expiry in expiries}
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
        own, _ = own_deltas(missing, quotes, float(chain.spot), years, rate)
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


def _choose(
    target: LegTarget,
    side: Sequence[Contract],
    deltas: Mapping[Contract, float],
    chain: Chain,
    rules: QuoteRules,
    now: datetime,
    previous: Leg | None,
) -> Contract | NoStrike:
    name = f"{'short' if target.ratio < 0 else 'long'} {target.right.name.lower()}"
    inner = previous.contract if previous is not None and previous.contract.right is target.right else None
    usable = [
        contract
        for contract in side
        if (inner is None or _is_beyond(contract, inner))
        and is_usable(chain.quotes[contract], target.ratio, rules, now)
    ]
    if target.width is not None and inner is not None:
        found = _by_width(usable, inner, target.width)
    else:
        found = find_strike_by_delta(
            {contract: deltas[contract] for contract in usable if contract in deltas},
            target.delta,
            target.minimum,
            target.maximum,
        )
    return NoStrike(found.code, f"{name}: {found.reason}") if isinstance(found, NoStrike) else found


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


def _by_width(usable: Sequence[Contract], inner: Contract, width: Decimal) -> Contract | NoStrike:
    """The contract exactly `width` points beyond `inner`."""
    for contract in usable:
        if contract.strike is not None and inner.strike is not None and abs(contract.strike - inner.strike) == width:
            return contract
    return NoStrike("NO_STRIKE", f"no usable quote {plain(width)} points beyond {plain(inner.strike or Decimal(0))}")


def _validated(
    template: Template, legs: Sequence[Leg], chain: Chain, deltas: Mapping[Contract, float]
) -> tuple[Leg, ...] | NoStrike:
    by_delta = any(target.ratio > 0 and target.width is None for target in template.legs)
    facts = Facts(spot=chain.spot, deltas=deltas, allows_broken_wings=by_delta)
    try:
        return validate(template.structure, legs, facts)
    except InvalidStructure as problem:
        return NoStrike("INVALID_STRUCTURE", str(problem))
