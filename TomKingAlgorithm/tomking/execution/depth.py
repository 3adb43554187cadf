"""The look before the leap: are the legs' quotes good enough to open a package on?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tomking.execution.pricing import PackagePrice, QuoteOf, package_price, tick_size
from tomking.execution.rules import ExecutionRules
from tomking.frozen import quickly_made
from tomking.market.contract import plain
from tomking.market.leg import Leg
from tomking.market.quote import Quote


@quickly_made
@dataclass(frozen=True, slots=True)
class DepthCheckResult:
    """What was found.

    Attributes:
        code: why the quotes are too poor; empty when they are good enough.
        text: the same in words.
        price: the market in the package; None when it cannot be priced, or was not for a fault of a leg.
    """

    code: str
    text: str
    price: PackagePrice | None = None

    @property
    def accepted(self) -> bool:
        """The quotes are good enough."""
        return not self.code


def check_depth(
    legs: tuple[Leg, ...],
    quantity: int,
    worst_net: Decimal | None,
    now: datetime,
    quotes: QuoteOf,
    rules: ExecutionRules,
) -> DepthCheckResult:
    """Look at every leg, then at the package; the first fault decides.

    A leg must be quoted on both sides in its own latest bar (a size of 0 is the only trace of a bid LEAN carried
    forward), not older than allowed, not crossed, and deep enough where the feed gives sizes; nobody needs to bid for a
    wing we buy. The package's spread must be within its limit (of its net price, or of what its legs are worth
    together: a roll's net price is next to nothing), what the walk may give away from mid within the budget in
    currency, and the mid on our side of the worst price.
    """
    for leg in legs:
        fault = _fault_of(leg, quantity, now, quotes(leg.contract), rules)
        if fault is not None:
            return DepthCheckResult(*fault)
    price = package_price(legs, quotes)
    if price is None:
        return DepthCheckResult("NO_PACKAGE_PRICE", "the package cannot be priced from its legs")
    spread, mid = price.spread, price.mid
    try:
        tick = tick_size(legs, mid, quotes)
    except ValueError as error:
        return DepthCheckResult("NO_TICK_TABLE", str(error))
    contracts = sum([abs(leg.ratio) for leg in legs])
    allowed = max(abs(mid) * rules.max_spread_fraction, tick * contracts)
    if spread > allowed:
        gross = sum((abs(leg.ratio) * quote.mid for leg in legs if (quote := quotes(leg.contract))), Decimal(0))
        allowed = max(allowed, gross * rules.max_gross_spread_fraction)
    if spread > allowed:
        text = f"package spread {plain(price.spread)} is wider than {plain(allowed)}, {_market(price)}"
        return DepthCheckResult("PACKAGE_SPREAD", text, price)
    concession = price.natural if worst_net is None else min(price.natural, worst_net)
    slippage = (concession - mid) * legs[0].contract.multiplier * quantity
    if slippage > rules.max_slippage:
        text = f"giving in to {plain(concession)} may cost {plain(slippage)}, {plain(rules.max_slippage)} is allowed"
        return DepthCheckResult("SLIPPAGE", f"{text}, {_market(price)}", price)
    if worst_net is not None and mid > worst_net:
        text = f"mid {plain(mid)} is past the worst acceptable net price {plain(worst_net)}"
        return DepthCheckResult("MID_PAST_WORST", text, price)
    return DepthCheckResult("", "", price)


def check_for_market(
    legs: tuple[Leg, ...], quantity: int, now: datetime, quotes: QuoteOf, rules: ExecutionRules
) -> DepthCheckResult:
    """The look before an order at market: as before one that opens, and somebody bids for what is bought too.

    A contract nobody bids for has no price but its seller's.
    """
    for leg in legs:
        quote = quotes(leg.contract)
        if quote is not None and not quote.has_bid:
            return DepthCheckResult("NO_BID", f"{leg.contract.text} has no bid, and would be traded at market")
    return check_depth(legs, quantity, None, now, quotes, rules)


def _market(price: PackagePrice) -> str:
    return f"package {plain(price.opposite)} / {plain(price.natural)}"


def _fault_of(
    leg: Leg, quantity: int, now: datetime, quote: Quote | None, rules: ExecutionRules
) -> tuple[str, str] | None:
    contract = leg.contract
    if quote is None:
        return "NO_QUOTE", f"{contract.text} has no quote"
    if quote.age(now) > rules.max_quote_age:
        return "STALE_QUOTE", f"{contract.text} was last quoted {int(quote.age(now).total_seconds())} s ago"
    if not quote.has_ask:
        return "NO_ASK", f"{contract.text} has no offer"
    if quote.has_bid:
        if quote.bid >= quote.ask:
            return "CROSSED_QUOTE", f"{contract.text} is crossed or locked, {plain(quote.bid)} / {plain(quote.ask)}"
    elif leg.is_short:
        return "NO_BID", f"{contract.text} has no bid, and is to be sold"
    size = quote.bid_size if leg.is_short else quote.ask_size
    if size is None:
        return None
    wanted = max(rules.depth_multiple * abs(leg.ratio) * quantity, Decimal(rules.min_depth))
    if size < wanted:
        side = "bid" if leg.is_short else "offered"
        return "THIN_QUOTE", f"{contract.text}: {size} {side}, {plain(wanted)} wanted"
    return None
