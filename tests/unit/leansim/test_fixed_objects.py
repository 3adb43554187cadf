"""Objects of LEAN that are read very often: nothing is looked up then, and what is missing is as loud as elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leansim.account.positions import Position
from leansim.account.trades import TradeBuilder
from leansim.api.contracts import OptionContract
from leansim.api.enums import OrderDirection, OrderStatus
from leansim.api.greeks import ModeledGreeks
from leansim.api.naming import FixedClrObject, MissingMember
from leansim.api.order_events import OrderEvent
from leansim.api.orders import Order, StopLimitOrder, TrailingStopOrder
from leansim.api.surface import members_of
from leansim.api.symbols import Symbol
from leansim.errors import NotEmulated


def fixed_classes(of: type[FixedClrObject]) -> Iterator[type[FixedClrObject]]:
    for cls in of.__subclasses__():
        if cls.__module__.startswith("leansim"):
            yield cls
            yield from fixed_classes(cls)


def spelled_alike(name: str) -> str:
    return name.replace("_", "").lower()


FIXED = list(fixed_classes(FixedClrObject))


def test_the_classes_read_most_are_fixed() -> None:
    assert {OptionContract, ModeledGreeks, Symbol, Order, OrderEvent, Position, TradeBuilder} <= set(FIXED)


@pytest.mark.parametrize("cls", FIXED, ids=lambda cls: cls.__name__)
def test_every_member_of_leans_is_there_or_said_to_be_missing(cls: type[FixedClrObject]) -> None:
    members = {name: vars(base)[name] for base in reversed(cls.__mro__) for name in vars(base) if name[0] != "_"}
    missing = {name for name, member in members.items() if isinstance(member, MissingMember)}
    there = {spelled_alike(name) for name in members.keys() - missing}
    known = {name for base in cls.__mro__ for name in members_of(base.__name__)}
    lacking = {spelled_alike(name) for name in known} - there
    assert {spelled_alike(name) for name in missing} == lacking


@pytest.mark.parametrize("cls", FIXED, ids=lambda cls: cls.__name__)
def test_no_class_looks_names_up(cls: type[FixedClrObject]) -> None:
    assert not any("__getattr__" in vars(base) or "__setattr__" in vars(base) for base in cls.__mro__[:-1])


def test_both_spellings_are_one_member_and_the_rest_is_refused() -> None:
    contract = OptionContract()
    contract._bid, contract._ask, contract.symbol = 1.5, 1.75, Symbol.EMPTY
    assert (contract.BidPrice, contract.bid_price, contract.Symbol) == (1.5, 1.5, Symbol.Empty)  # type: ignore[attr-defined]  # LEAN's other spelling
    for name in ("create", "Create", "days_to_expiry", "DaysToExpiry"):
        with pytest.raises(NotEmulated, match=f"OptionContract.{'create' if 'reate' in name else 'days_to_expiry'} "):
            getattr(contract, name)
    for name in ("bidprice", "Bid_Price", "bids"):
        with pytest.raises(AttributeError, match=f"'OptionContract' object has no attribute '{name}'"):
            getattr(contract, name)
    with pytest.raises(AttributeError):
        contract.bid_price = 2.0  # type: ignore[misc]  # LEAN's is read-only


def test_an_event_is_written_in_both_spellings_and_keeps_what_an_algorithm_adds() -> None:
    order = StopLimitOrder(Symbol.EMPTY, -2, 10, 9.5, 0)
    order.StopTriggered, order.Tag, order.mine = True, "a tag", "a note"  # type: ignore[attr-defined]  # an algorithm may
    event = OrderEvent(order, 0)
    event.Status, event.FillPrice, event.Mine = OrderStatus.FILLED, 9.25, "another"  # type: ignore[attr-defined]  # so
    assert (order.stop_triggered, order.tag) == (True, "a tag")
    assert (event.status, event.fill_price, event.direction) == (OrderStatus.FILLED, 9.25, OrderDirection.SELL)
    again, event_again = order.clone(), event.clone()
    again.tag, event_again.status = "another tag", OrderStatus.CANCELED
    assert (order.tag, event.status) == ("a tag", OrderStatus.FILLED)
    assert (again.stop_triggered, again.StopPrice, again.mine) == (True, 10, "a note")  # type: ignore[attr-defined]  # so
    assert (event_again.FillPrice, event_again.Mine) == (9.25, "another")  # type: ignore[attr-defined]  # so


def test_what_an_order_of_leansims_lacks_is_loud() -> None:
    order = TrailingStopOrder(Symbol.EMPTY, 1, 10, 0.5, False, 0)
    for name in ("copy_to", "CopyTo", "TryUpdateStopPrice", "contingency"):
        with pytest.raises(NotEmulated, match=f"TrailingStopOrder.{name.lower()[:3]}"):
            getattr(order, name)
    with pytest.raises(AttributeError, match="no attribute '_limit_price'"):
        order._limit_price  # type: ignore[attr-defined]  # noqa: B018  another order's
    with pytest.raises(AttributeError):
        order.Quantity = 2  # type: ignore[attr-defined]  # LEAN's is read-only
