"""How many packages: as many as every budget has room for, rounded down; none is a denial, never one for luck."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tomking.execution.pricing import package_price
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.market.payoff import max_loss
from tomking.market.view import MarketView
from tomking.risk.account import Account
from tomking.risk.budget import at_level
from tomking.risk.buying_power import UnknownMargin, requirement
from tomking.risk.case import Case, whole
from tomking.risk.credit import CreditEnough, least_credit
from tomking.risk.drawdown import size_factor
from tomking.risk.validator import BUDGETS
from tomking.risk.verdict import Denial
from tomking.settings import Settings
from tomking.strategies.spec import Intent, SizingRules, StrategySpec, TradePlan

HALF = Decimal("0.5")


def plan_trade(
    spec: StrategySpec, intent: Intent, legs: tuple[Leg, ...], market: MarketView, account: Account, settings: Settings
) -> TradePlan | Denial:
    """The trade at its largest allowed size.

    Denied when the package cannot be priced or its margin is unknown, when its credit does not pass the gate, and when
    a budget has no room for one package: then under that budget's code.
    """
    single = _one_package(spec, intent, legs, market, settings)
    if isinstance(single, Denial):
        return single
    case = Case(settings=settings, account=account, market=market, now=intent.at, intent=intent)
    poor = CreditEnough().check(single, case)
    if poor is not None:
        return poor
    bounds: list[tuple[Decimal, str, str]] = []
    for budget in BUDGETS:
        packages = budget.packages(single, case)
        if isinstance(packages, Denial):
            return packages
        if packages is not None:
            bounds.append((packages, budget.code, budget.about()))
    cap = contract_cap(spec.sizing, account.equity)
    if cap is not None:
        bounds.append((Decimal(cap), "CONTRACT_CAP", f"Most contracts at an equity of {account.equity:,.0f}."))
    return _sized(single, sorted(bounds), size_factors(spec, market, account, settings))


def contract_cap(rules: SizingRules, equity: Decimal) -> int | None:
    """Most contracts at this equity; None when there is no cap."""
    if not rules.contract_caps:
        return None
    return int(at_level([(start, Decimal(cap)) for start, cap in rules.contract_caps], equity))


def size_factors(
    spec: StrategySpec, market: MarketView, account: Account, settings: Settings
) -> tuple[tuple[Decimal, str], ...]:
    """What makes a position smaller than its budgets allow: factors below 1 with their reasons; they multiply."""
    factors: list[tuple[Decimal, str]] = []
    in_drawdown = size_factor(account, settings.risk)
    if in_drawdown < 1:
        factors.append((in_drawdown, f"drawdown of {account.drawdown_fraction:.1%}"))
    vix, vix_open = market.vix(), market.vix_open()
    rise = spec.sizing.vix_rise_fraction
    if rise is not None and vix is not None and vix_open and vix / vix_open - 1 > rise:
        factors.append((HALF, f"VIX {vix / vix_open - 1:+.1%} since its open"))
    if vix is not None:
        high = [(above, factor) for above, factor in spec.sizing.vix_sizes if vix > above]
        if high:
            above, factor = max(high)
            factors.append((factor, f"VIX above {above}"))
    return tuple(factors)


def _one_package(
    spec: StrategySpec, intent: Intent, legs: tuple[Leg, ...], market: MarketView, settings: Settings
) -> TradePlan | Denial:
    """The trade with a quantity of one: prices, floor, risk."""
    spot = market.spot(spec.underlying)
    price = package_price(legs, market.quote)
    if spot is None or price is None:
        return Denial("NO_PRICE", "the package cannot be priced: a leg or the underlying has no usable quote")
    multiplier = legs[0].contract.multiplier
    expected_loss = max_loss(legs, price.mid)
    values = _short_values(legs, market)
    try:
        at_mid = requirement(legs, price.mid, spot, values, settings.risk)
        width = Decimal(0) if expected_loss is None else (expected_loss - price.mid) * multiplier
        floor = -least_credit(spec.credit, width, at_mid) / multiplier
        worst_net = min(floor, price.natural + price.spread / 2)
        at_worst = requirement(legs, worst_net, spot, values, settings.risk)
    except UnknownMargin as problem:
        return Denial("UNKNOWN_MARGIN", str(problem))
    loss = max_loss(legs, worst_net)
    return TradePlan(
        intent=intent,
        legs=legs,
        quantity=1,
        expected_net=price.mid,
        natural_net=price.natural,
        worst_net=worst_net,
        multiplier=multiplier,
        expected_max_loss=None if expected_loss is None else expected_loss * multiplier,
        max_loss=None if loss is None else loss * multiplier,
        requirement=at_worst,
        expiry=min(leg.contract.expiry for leg in legs if leg.contract.expiry is not None),
        limits=(),
    )


def _short_values(legs: tuple[Leg, ...], market: MarketView) -> dict[Contract, Decimal]:
    """Mids of the short legs; `package_price` has seen that they are quoted."""
    values = {}
    for leg in legs:
        quote = market.quote(leg.contract) if leg.is_short else None
        if quote is not None:
            values[leg.contract] = quote.mid
    return values


def _sized(
    single: TradePlan, bounds: list[tuple[Decimal, str, str]], factors: tuple[tuple[Decimal, str], ...]
) -> TradePlan | Denial:
    factor = Decimal(1)
    for part, _ in factors:
        factor *= part
    reasons = "".join(f"; size x {part} for {why}" for part, why in factors)
    if not bounds:
        return Denial("SIZE_UNBOUNDED", "no limit bounds the size of this trade, so it is not opened")
    tightest, code, about = bounds[0]
    quantity = whole(tightest * factor)
    if quantity < 1:
        return Denial(
            code, f"{about} There is room for {tightest * factor:.2f} packages of {single.requirement:,.0f}{reasons}"
        )
    limits = tuple(f"{code} {packages:.2f}" for packages, code, _ in bounds)
    return replace(single, quantity=quantity, limits=limits + tuple(f"x {part} {why}" for part, why in factors))
