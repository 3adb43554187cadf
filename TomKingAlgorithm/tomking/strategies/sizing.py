"""How many packages: as many as every budget has room for, rounded down; none is a denial, never one for luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from tomking.errors import InvalidStructure
from tomking.execution.pricing import PackagePrice, QuoteOf, package_price
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.market.payoff import max_loss, max_profit
from tomking.market.view import MarketView
from tomking.risk.account import Account
from tomking.risk.breakers import worst_period
from tomking.risk.budget import at_level
from tomking.risk.buying_power import Quoted, Reckoning, UnknownMargin, requirement, unknown
from tomking.risk.case import Case, whole
from tomking.risk.credit import CreditEnough, least_credit, spread_width
from tomking.risk.drawdown import size_factor
from tomking.risk.stress import stress_loss
from tomking.risk.validator import BUDGETS
from tomking.risk.verdict import Denial
from tomking.settings import Settings
from tomking.strategies.intent import Intent, TradePlan
from tomking.strategies.parts import holding_part
from tomking.strategies.spec import SizingRules, StrategySpec
from tomking.strategies.structure import check_net
from tomking.strategies.target import CreditBasis, DebitGate, Gate, Template

HALF = Decimal("0.5")


def plan_trade(
    spec: StrategySpec,
    intent: Intent,
    legs: tuple[Leg, ...],
    market: MarketView,
    account: Account,
    settings: Settings,
    reckon: Reckoning = unknown,
) -> TradePlan | Denial:
    """The trade at its largest allowed size.

    Denied when the package cannot be priced or its margin is unknown, when its price does not pass the gate, and when
    a budget has no room for one package: then under that budget's code.
    """
    single = _one_package(spec, intent, legs, market, settings, reckon)
    if isinstance(single, Denial):
        return single
    case = Case(settings=settings, account=account, market=market, now=intent.at, intent=intent)
    poor = CreditEnough().check(single, case)
    if poor is not None:
        return poor
    bounds: list[tuple[Decimal, str, str]] = []
    rooms: list[Decimal] = []
    for budget in BUDGETS:
        packages = budget.packages(single, case)
        if isinstance(packages, Denial):
            return packages
        if packages is not None:
            bounds.append((packages, budget.code, budget.about()))
            if budget.bounds_buying_power:
                rooms.append(packages * single.requirement)
    quoted = quoted_packages(legs, market.quote, settings.execution.depth_multiple)
    if quoted is not None:
        bounds.append((Decimal(quoted), "QUOTED_SIZE", "Packages the quotes are deep enough for."))
    cap = contract_cap(spec.sizing, account.equity)
    if cap is not None:
        bounds.append((Decimal(cap), "CONTRACT_CAP", f"Most contracts at an equity of {account.equity:,.0f}."))
    if rooms:
        single = replace(single, most_requirement=min(rooms))
    return _sized(single, sorted(bounds), size_factors(spec, market, account, settings))


def contract_cap(rules: SizingRules, equity: Decimal) -> int | None:
    """Most contracts at this equity; None when there is no cap."""
    if not rules.contract_caps:
        return None
    return int(at_level([(start, Decimal(cap)) for start, cap in rules.contract_caps], equity))


def quoted_packages(legs: Sequence[Leg], quote_of: QuoteOf, depth_multiple: Decimal) -> int | None:
    """Packages the depth gate would let through by the sizes quoted now, at least one; None where no size is quoted.

    One is left to the gate itself: that nothing is quoted is its denial.
    """
    found = []
    for leg in legs:
        quote = quote_of(leg.contract)
        size = None if quote is None else quote.bid_size if leg.is_short else quote.ask_size
        if size is not None and depth_multiple > 0:
            found.append(whole(Decimal(size) / (depth_multiple * abs(leg.ratio))))
    return max(1, min(found)) if found else None


def size_factors(
    spec: StrategySpec, market: MarketView, account: Account, settings: Settings
) -> tuple[tuple[Decimal, str], ...]:
    """What makes a position smaller than its budgets allow: factors below 1 with their reasons; they multiply."""
    factors: list[tuple[Decimal, str]] = []
    in_drawdown = size_factor(account, settings)
    if in_drawdown < 1:
        factors.append((in_drawdown, f"drawdown of {account.drawdown_fraction:.1%}"))
    worst = worst_period(account.periods, account.day_high, account.equity, settings.breakers)
    if worst is not None and worst.share >= settings.breakers.warn_share:
        factors.append((HALF, f"a loss near its limit: {worst.text} stops"))
    vix, vix_open = market.vix(), market.vix_open()
    rise = spec.sizing.vix_rise_fraction
    if rise is not None and vix is not None and vix_open and vix / vix_open - 1 > rise:
        factors.append((HALF, f"VIX {vix / vix_open - 1:+.1%} since its open"))
    if vix is not None:
        high = [(above, factor) for above, factor in spec.sizing.vix_sizes if vix > above]
        if high:
            above, factor = max(high)
            factors.append((factor, f"VIX above {above}"))
        base = spec.sizing.vix_base
        if base is not None and vix < base:
            factors.append((vix / base, f"VIX {vix} below {base}"))
    return tuple(factors)


def _one_package(
    spec: StrategySpec,
    intent: Intent,
    legs: tuple[Leg, ...],
    market: MarketView,
    settings: Settings,
    reckon: Reckoning,
) -> TradePlan | Denial:
    """The trade with a quantity of one: prices, floor, risk."""
    spot, template = market.spot(spec.underlying, legs[0].contract.delivery), intent.template
    price = package_price(legs, market.quote)
    if spot is None or price is None or template is None:
        return Denial("NO_PRICE", "the package cannot be priced: a leg or the underlying has no usable quote")
    try:
        check_net(template.structure, legs, price.mid)
    except InvalidStructure as problem:
        return Denial("INVALID_PRICE", str(problem))
    multiplier = legs[0].contract.multiplier
    expected_loss = max_loss(legs, price.mid)
    quoted = Quoted(spot, _mids(legs, market), intent.at, market.rate())
    try:
        at_mid = requirement(legs, price.mid, quoted, settings.risk, reckon)
        worst_net = _worst_net(template, legs, price, at_mid)
        at_worst = requirement(legs, worst_net, quoted, settings.risk, reckon)
    except UnknownMargin as problem:
        return Denial("UNKNOWN_MARGIN", str(problem))
    loss = max_loss(legs, worst_net)
    return TradePlan(
        intent=intent,
        template=template,
        legs=legs,
        prices=quoted.prices,
        quantity=1,
        expected_net=price.mid,
        natural_net=price.natural,
        worst_net=worst_net,
        multiplier=multiplier,
        expected_max_loss=None if expected_loss is None else expected_loss * multiplier,
        max_loss=None if loss is None else loss * multiplier,
        stop_loss=stop_loss(spec, legs, quoted.prices),
        requirement=at_worst,
        most_requirement=at_worst,
        stress_loss=stress_loss(
            {leg.contract: leg.ratio for leg in legs}, quoted.prices, spot, intent.at, market.rate(), settings
        ),
        expiry=min(leg.contract.expiry for leg in legs if leg.contract.expiry is not None),
        limits=(),
    )


def stop_loss(spec: StrategySpec, legs: tuple[Leg, ...], prices: Mapping[Contract, Decimal]) -> Decimal | None:
    """Loss of one package at the widest of the strategy's stops, in account currency; None when it has none."""
    holding = {leg.contract: leg.ratio for leg in legs}
    found = []
    for part_exit in spec.exits:
        multiple = part_exit.rules.stop_multiple
        if multiple is None:
            continue
        part = holding_part(holding, part_exit.part)
        premium = sum((quantity * prices[one] * one.multiplier for one, quantity in part.items()), Decimal(0))
        found.append(multiple * abs(premium))
    return max(found, default=None)


def _worst_net(template: Template, legs: tuple[Leg, ...], price: PackagePrice, margin: Decimal) -> Decimal:
    """The price the walk may never pass: half a spread beyond natural, and what the gate allows."""
    limit = price.natural + price.spread / 2
    bound = _gate_bound(template.gate, legs, price, margin)
    return limit if bound is None else min(limit, bound)


def _gate_bound(gate: Gate, legs: tuple[Leg, ...], price: PackagePrice, margin: Decimal) -> Decimal | None:
    """The net price at which the gate is just passed; None when it is not told by the net price."""
    multiplier = legs[0].contract.multiplier
    if isinstance(gate, DebitGate):
        most = max_profit(legs, Decimal(0))
        if gate.gain_fraction is None or most is None:
            return None
        # the debit lessens what it is measured by
        return gate.gain_fraction * most / (1 + gate.gain_fraction)
    match gate.basis:
        case CreditBasis.MAX_LOSS:
            loss = max_loss(legs, price.mid)
            at_risk = Decimal(0) if loss is None else (loss - price.mid) * multiplier
        case CreditBasis.MARGIN:
            at_risk = margin
        case CreditBasis.WIDTH:
            at_risk = spread_width(legs) * multiplier
        case CreditBasis.LONG_COST:
            return None
    return -least_credit(gate, at_risk) / multiplier


def _mids(legs: tuple[Leg, ...], market: MarketView) -> dict[Contract, Decimal]:
    """Mids of the legs; `package_price` has seen that they are quoted."""
    quotes = {leg.contract: market.quote(leg.contract) for leg in legs}
    return {contract: quote.mid for contract, quote in quotes.items() if quote is not None}


def _sized(
    single: TradePlan, bounds: list[tuple[Decimal, str, str]], factors: tuple[tuple[Decimal, str], ...]
) -> TradePlan | Denial:
    factor = Decimal(1)
    for part, _ in factors:
        factor *= part
    reasons = "".join(f"; size x {part:.2f} for {why}" for part, why in factors)
    if not bounds:
        return Denial("SIZE_UNBOUNDED", "no limit bounds the size of this trade, so it is not opened")
    tightest, code, about = bounds[0]
    quantity = whole(tightest * factor)
    if quantity < 1:
        return Denial(
            code, f"{about} There is room for {tightest * factor:.2f} packages of {single.requirement:,.0f}{reasons}"
        )
    limits = tuple(f"{code} {packages:.2f}" for packages, code, _ in bounds)
    return replace(single, quantity=quantity, limits=limits + tuple(f"x {part:.2f} {why}" for part, why in factors))
