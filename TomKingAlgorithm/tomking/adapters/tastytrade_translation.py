"""Our orders in Tastytrade's words and its orders in ours; no call, no memory, no decision."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd
from typing import Final

from tomking.adapters.tastytrade_account import Balances as TheirBalances
from tomking.adapters.tastytrade_account import Position
from tomking.adapters.tastytrade_notices import FillNotice
from tomking.adapters.tastytrade_order_form import NewLeg, NewOrder, Replacement
from tomking.adapters.tastytrade_orders import Action, Fill, InstrumentType, Order, OrderLeg, Status, TimeInForce
from tomking.adapters.tastytrade_symbols import INDEX_ROOTS, TastytradeSymbols
from tomking.adapters.tastytrade_symbols_formats import UnmappableSymbol, kind_of
from tomking.events import CloseReason
from tomking.execution.backend import Balances, Filled, OrderReport, OrderRequest, OrderStatus
from tomking.execution.fees import Execution, Product, tastytrade_fee
from tomking.market.contract import Contract, Kind
from tomking.market.leg import Leg

MAX_LEGS: Final = 4
"""Legs of one order of options; the broker's limit."""

_CLOSE_REASONS: Final = {
    Status.FILLED: CloseReason.FILLED,
    Status.CANCELLED: CloseReason.CANCELED,
    Status.REJECTED: CloseReason.REJECTED,
    Status.EXPIRED: CloseReason.EXPIRED,
    Status.REMOVED: CloseReason.CANCELED,
    Status.PARTIALLY_REMOVED: CloseReason.CANCELED,
}


def new_order(request: OrderRequest, symbols: TastytradeSymbols) -> NewOrder:
    """The order to send: quantities instead of ratios, open or close leg by leg, strict in any case.

    Raises:
        UnmappableSymbol: a leg has no name at the broker.
    """
    return NewOrder(
        legs=tuple(_new_leg(leg, request, symbols) for leg in request.legs),
        price=request.limit,
        external_identifier=request.order_id,
        time_in_force=TimeInForce.DAY if request.day else TimeInForce.GTC,
        strict=True,
    )


def _new_leg(leg: Leg, request: OrderRequest, symbols: TastytradeSymbols) -> NewLeg:
    opens = not request.closing or leg.contract in request.opens
    if leg.contract.kind is Kind.FUTURE:
        action = Action.SELL if leg.is_short else Action.BUY
    elif opens:
        action = Action.SELL_TO_OPEN if leg.is_short else Action.BUY_TO_OPEN
    else:
        action = Action.SELL_TO_CLOSE if leg.is_short else Action.BUY_TO_CLOSE
    kind = symbols.instrument_type(leg.contract)
    return NewLeg(symbols.symbol(leg.contract), kind, action, abs(leg.ratio) * request.quantity)


def replacement(request: OrderRequest) -> Replacement:
    """What changes of the order that `request` stands in for: its price, and our id."""
    in_force = TimeInForce.DAY if request.day else TimeInForce.GTC
    return Replacement(request.limit, request.order_id, time_in_force=in_force)


def opens_something(request: OrderRequest) -> bool:
    """At least one leg adds to what is held."""
    return not request.closing or bool(request.opens)


def order_report(order: Order, symbols: TastytradeSymbols) -> OrderReport:
    """Everything the snapshot of an order says, in our terms.

    Raises:
        UnmappableSymbol: a leg cannot be read, or does something we have no word for.
    """
    contracts = [_contract(order, leg, symbols) for leg in order.legs]
    size = gcd(*(leg.quantity for leg in order.legs))
    legs = tuple(
        Leg(contract, leg.direction * leg.quantity // size) for contract, leg in zip(contracts, order.legs, strict=True)
    )
    reason = close_reason(order)
    return OrderReport(
        order_id=order.external_identifier or "",
        venue_order_id=str(order.order_id),
        status=OrderStatus.WORKING if reason is None else OrderStatus.CLOSED,
        legs=legs,
        quantity=size,
        fills=tuple(
            _filled(order.order_id, order.external_identifier, contract, leg.action, leg.direction, fill)
            for contract, leg in zip(contracts, order.legs, strict=True)
            for fill in leg.fills
        ),
        close_reason=reason,
        text=order.reject_reason or "",
    )


def close_reason(order: Order) -> CloseReason | None:
    """Why the order works no more; None while it does, or while the broker uses a word we do not know."""
    return _CLOSE_REASONS[Status(order.status)] if order.terminal else None


def _contract(order: Order, leg: OrderLeg, symbols: TastytradeSymbols) -> Contract:
    if leg.direction == 0 or leg.quantity <= 0:
        raise UnmappableSymbol(
            f"order {order.order_id}: {leg.action!r} of {leg.quantity} {leg.symbol} is not understood"
        )
    underlying = order.underlying_symbol if leg.instrument_type == InstrumentType.EQUITY_OPTION else None
    return symbols.contract(leg.symbol, leg.instrument_type, underlying)


def filled(notice: FillNotice, symbols: TastytradeSymbols) -> Filled:
    """A fill of the account stream, the same as `order_report` would show it.

    Raises:
        UnmappableSymbol: the leg cannot be read without the order it belongs to.
    """
    if notice.direction == 0:
        raise UnmappableSymbol(f"order {notice.order_id}: {notice.action!r} is not understood")
    contract = symbols.contract(notice.symbol, kind_of(notice.symbol))
    return _filled(notice.order_id, notice.external_identifier, contract, notice.action, notice.direction, notice.fill)


def _filled(
    venue_id: int | None, order_id: str | None, contract: Contract, action: str, direction: int, fill: Fill
) -> Filled:
    quantity = direction * fill.quantity
    held = -quantity if action in {Action.BUY_TO_CLOSE, Action.SELL_TO_CLOSE} else 0
    trade = Execution(_product(contract), _root(contract), quantity, held, fill.price, contract.multiplier)
    return Filled(
        fill_id=f"{venue_id}/{fill.fill_id}",
        order_id=order_id or "",
        contract=contract,
        quantity=quantity,
        price=fill.price,
        fee=tastytrade_fee(trade),  # fills name none; what was charged stands in the broker's statement
        at=fill.at,
    )


def _product(contract: Contract) -> Product:
    if contract.kind is Kind.SHARES:
        return Product.SHARES
    if contract.kind is Kind.FUTURE:
        return Product.FUTURE
    if contract.delivery is not None:
        return Product.FUTURE_OPTION
    return Product.INDEX_OPTION if contract.root in INDEX_ROOTS else Product.EQUITY_OPTION


def _root(contract: Contract) -> str:
    return contract.underlying if contract.delivery is not None else contract.root


def holdings(positions: Iterable[Position], symbols: TastytradeSymbols) -> tuple[dict[Contract, int], list[str]]:
    """Signed holdings by contract, and what of the account the desk has no word for.

    Raises:
        UnmappableSymbol: of a future or an option on one whose chain has not been read: read it, and ask again.
    """
    held: dict[Contract, int] = {}
    foreign: list[str] = []
    for position in positions:
        if position.quantity == 0:
            continue
        try:
            contract = symbols.contract(position.symbol, position.instrument_type, _underlying(position))
        except UnmappableSymbol as error:
            if error.product:
                raise
            foreign.append(f"{position.quantity:+f} {position.symbol}: {error}")
            continue
        if position.quantity != position.quantity.to_integral_value():
            foreign.append(f"{position.quantity:+f} {position.symbol}: a part of a share")
            continue
        held[contract] = held.get(contract, 0) + int(position.quantity)
    return held, foreign


def _underlying(position: Position) -> str | None:
    return position.underlying_symbol if position.instrument_type == InstrumentType.EQUITY_OPTION else None


def balances(theirs: TheirBalances) -> Balances:
    """The account in our terms; buying power is that of options."""
    return Balances(
        equity=theirs.net_liquidating_value,
        cash=theirs.cash + theirs.pending_cash,
        buying_power=theirs.derivative_buying_power,
    )
