"""Prices an order may carry: ticks, the package's mid and natural price, and the walk between them.

Net prices are per package in points; positive is a debit. Higher is always worse for us, so rounding "in our
disfavour" is rounding up, and a credit of 1.23 becomes −1.20 on a nickel grid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache

from tomking.frozen import quickly_made
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.market.quote import Quote

ZERO = Decimal(0)
QuoteOf = Callable[[Contract], Quote | None]

UNWIND_CONCESSION_FRACTION = Decimal("0.5")
"""How far each further attempt to undo a leg goes beyond its natural price, as a share of its spread (own choice)."""


@dataclass(frozen=True, slots=True)
class TickTable:
    """The price grid of a class of options.

    Attributes:
        steps: (price below which, tick), rising.
        beyond: the tick from the last of them on.
        package: tick of a net price of several legs; None: the coarsest of the legs' own ticks.
        source: who says so.
    """

    steps: tuple[tuple[Decimal, Decimal], ...]
    beyond: Decimal
    package: Decimal | None
    source: str

    def single(self, price: Decimal) -> Decimal:
        """The tick of one option at `price`."""
        return next((tick for below, tick in self.steps if abs(price) < below), self.beyond)


def _table(beyond: str, package: str | None, source: str, *steps: tuple[str, str]) -> TickTable:
    return TickTable(
        tuple((Decimal(below), Decimal(tick)) for below, tick in steps),
        Decimal(beyond),
        None if package is None else Decimal(package),
        source,
    )


_CBOE_INDEX = _table("0.10", "0.05", "Tastytrade instruments (SPX, SPXW); design 3.3", ("3", "0.05"))
_PENNY = _table("0.01", "0.01", "Tastytrade instruments (SPY, QQQ, IWM: 0.01 at every price); Cboe (XSP)")
_PENNY_PROGRAM = _table("0.05", "0.01", "penny program; Tastytrade instruments (AAPL)", ("3", "0.01"))
_EQUITY = _table("0.10", "0.01", "exchange rule for classes outside the penny program, safe inside it", ("3", "0.05"))
_NQ = _table("0.25", None, "CME contract specification: 0.05 up to 5", ("5", "0.05"))
_FX = _table("0.0001", None, "CME contract specification")
_FX_HALVES = _table("0.0001", None, "CME contract specification: 0.00005 below 0.0005", ("0.0005", "0.00005"))
_GRAINS = _table("0.00125", None, "CBOT contract specification: an eighth of a cent; LEAN: in dollars")
_LIVESTOCK = _table("0.00025", None, "CME contract specification; LEAN: in dollars")
_BONDS = _table("0.015625", None, "CME contract specification: 1/64; LEAN's symbol properties")
_ES = _table("0.50", None, "Tastytrade instruments (ES 2026)", ("5", "0.05"), ("20", "0.10"), ("100", "0.25"))

TICKS: dict[str, TickTable] = {
    **dict.fromkeys(("SPX", "SPXW", "NDX", "NDXP", "RUT", "RUTW"), _CBOE_INDEX),
    **dict.fromkeys(("SPY", "QQQ", "IWM", "XSP"), _PENNY),
    **dict.fromkeys(("GLD", "SLV", "TLT", "DIA", "XLE", "XOP", "USO"), _PENNY_PROGRAM),
    **dict.fromkeys(("AAPL", "MSFT", "AMZN", "NVDA", "TSLA"), _PENNY_PROGRAM),
    **dict.fromkeys(("ES", "MES"), _ES),
    **dict.fromkeys(("CL", "MCL"), _table("0.01", None, "CME contract specification")),
    **dict.fromkeys(("GC", "MGC"), _table("0.10", None, "CME contract specification")),
    **dict.fromkeys(("NQ", "MNQ"), _NQ),
    **dict.fromkeys(("ZB", "ZN"), _BONDS),
    "RTY": _table("0.10", None, "CME contract specification: 0.05 up to 5", ("5", "0.05")),
    "M2K": _table("0.10", None, "LEAN's symbol properties"),
    "YM": _table("1", None, "CBOT contract specification: 0.20 up to 4", ("4", "0.20")),
    **dict.fromkeys(("6E", "6C"), _FX_HALVES),
    **dict.fromkeys(("M6E", "6A", "M6A", "6B", "M6B"), _FX),
    "SI": _table("0.001", None, "LEAN's symbol properties"),
    "HG": _table("0.0005", None, "CME contract specification; LEAN's symbol properties"),
    **dict.fromkeys(("ZC", "ZS", "ZW"), _GRAINS),
    **dict.fromkeys(("LE", "HE"), _LIVESTOCK),
}
"""Tables by option root, or by underlying for options on futures; other options on shares use the exchange rule."""


def tick_table(contract: Contract) -> TickTable:
    """The grid of a contract's class.

    Raises:
        ValueError: an option on a future we have no table for: its orders would be refused, so none is sent.
    """
    if contract.delivery is not None:
        table = TICKS.get(contract.underlying)
        if table is None:
            raise ValueError(f"no price ticks are known for options on {contract.underlying} futures")
        return table
    return TICKS.get(contract.root, _EQUITY if contract.is_option else _PENNY)


def tick_size(legs: tuple[Leg, ...], net: Decimal, quotes: QuoteOf) -> Decimal:
    """The grid a net price of `legs` lies on.

    Raises:
        ValueError: a leg of an unknown class.
    """
    if len(legs) == 1:
        return tick_table(legs[0].contract).single(net)
    coarsest, by_price = _package_ticks(legs)
    for contract, table in by_price:
        quote = quotes(contract)
        coarsest = max(coarsest, table.single(quote.mid if quote is not None else ZERO))
    return coarsest


@lru_cache(maxsize=4_096)
def _package_ticks(legs: tuple[Leg, ...]) -> tuple[Decimal, Sequence[tuple[Contract, TickTable]]]:
    """The coarsest tick the classes of the legs have for packages, and the legs whose own price tells the tick."""
    tables = [(leg.contract, tick_table(leg.contract)) for leg in legs]
    ticks = [table.package for _, table in tables if table.package is not None]
    return max(ticks, default=ZERO), [each for each in tables if each[1].package is None]


@quickly_made
@dataclass(frozen=True, slots=True)
class PackagePrice:
    """The market in a package: what one would pay for it, and receive for its opposite.

    Attributes:
        natural: net price when every leg is taken at the other side: asks for what is bought, bids for what is sold.
        opposite: net price at which the reverse package would trade; natural − opposite is the spread.
    """

    natural: Decimal
    opposite: Decimal

    @property
    def mid(self) -> Decimal:
        """Halfway between."""
        return (self.natural + self.opposite) / 2

    @property
    def spread(self) -> Decimal:
        """How far apart the two are; negative only when a leg is crossed."""
        return self.natural - self.opposite


def package_price(legs: tuple[Leg, ...], quotes: QuoteOf) -> PackagePrice | None:
    """The market in `legs`; None when a leg has no quote, no offer, or is crossed. A bid of 0 is a price."""
    natural = opposite = ZERO
    for leg in legs:
        quote = quotes(leg.contract)
        if quote is None:
            return None
        ratio, ours, theirs = leg.ratio, quote.ask, quote.bid
        if ours <= ZERO or theirs > ours:
            return None
        if ratio < 0:
            ours, theirs = theirs, ours
        natural += ratio * ours
        opposite += ratio * theirs
    return PackagePrice(natural, opposite)


def walk_limit(
    legs: tuple[Leg, ...],
    price: PackagePrice,
    quotes: QuoteOf,
    step: int,
    worst_net: Decimal | None,
    step_fraction: Decimal,
) -> Decimal:
    """The limit of the walk's `step` (0 is the first price): from mid toward natural, never past `worst_net`.

    With `worst_net` None nothing but the market bounds the price: the walk starts at natural and goes on beyond it.

    Raises:
        ValueError: a leg of an unknown class.
    """
    start = price.mid if worst_net is not None else price.natural
    limit = start
    if step:
        limit += step * max(tick_size(legs, start, quotes), price.spread * step_fraction)
    if worst_net is not None:
        limit = min(limit, price.natural)
    return on_grid(legs, limit, worst_net, quotes)


def marketable_limit(legs: tuple[Leg, ...], quotes: QuoteOf, attempt: int) -> Decimal | None:
    """A limit that should trade at once: natural, and beyond it with every further `attempt`, counted from 0.

    None when no side to trade against is known. What nobody bids for is offered at one tick.

    Raises:
        ValueError: a leg of an unknown class.
    """
    natural = spread = ZERO
    for leg in legs:
        quote = quotes(leg.contract)
        if quote is None or (quote.ask <= 0 and not leg.is_short):
            return None
        natural += leg.ratio * (quote.bid if leg.is_short else quote.ask)
        spread += abs(leg.ratio) * max(quote.ask - quote.bid, ZERO)
    tick = tick_size(legs, natural, quotes)
    return on_grid(legs, natural + attempt * max(tick, spread * UNWIND_CONCESSION_FRACTION), None, quotes)


def on_grid(legs: tuple[Leg, ...], net: Decimal, worst_net: Decimal | None, quotes: QuoteOf) -> Decimal:
    """`net` rounded to a tick in our disfavour, but not past `worst_net`; never 0; one option never has a wrong sign.

    Raises:
        ValueError: a leg of an unknown class.
    """
    tick = tick_size(legs, net, quotes)
    limit = (net / tick).to_integral_value(ROUND_CEILING) * tick
    if worst_net is not None and limit > worst_net:
        limit = (worst_net / tick).to_integral_value(ROUND_FLOOR) * tick
    if len(legs) == 1:  # a single option is never sold for less, nor bought for more, than something
        return min(limit, -tick) if legs[0].is_short else max(limit, tick)
    if limit == 0:  # no broker takes an even price
        return tick if worst_net is None or tick <= worst_net else -tick
    return limit
