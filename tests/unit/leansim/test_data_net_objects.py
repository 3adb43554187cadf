from __future__ import annotations

import pytest

from leansim.api import net
from leansim.api.enums import BrokerageName, DayOfWeek, OrderStatus, OrderType, Resolution, SeriesType
from leansim.api.futures import Futures
from leansim.api.naming import ClrObject, member_spelled, pascal, snake
from leansim.api.net import (
    ByteArray,
    ClrException,
    InvalidOperationException,
    KeyNotFoundException,
    NotSupportedException,
    array,
    dictionary,
    hash_set,
    memoizing,
    read_only_dictionary,
)
from leansim.errors import NotEmulated


def test_enums_have_leans_integers_and_compare_as_integers() -> None:
    assert (int(OrderStatus.CANCELED), int(OrderStatus.INVALID), int(BrokerageName.TASTYTRADE)) == (5, 7, 36)
    assert (BrokerageName.QUANT_CONNECT_BROKERAGE, BrokerageName.INTERACTIVE_BROKERS_BROKERAGE) == (0, 1)
    assert (SeriesType.HEATMAP, SeriesType.SCATTER_3D) == (9, 10)
    assert OrderStatus.FILLED == 3
    assert hash(OrderStatus.FILLED) == hash(3)
    assert Resolution(1) is Resolution.SECOND
    assert DayOfWeek.SUNDAY == 0


def test_enums_are_read_in_both_spellings_and_print_in_upper_snake() -> None:
    assert OrderStatus.PartiallyFilled is OrderStatus.PARTIALLY_FILLED
    assert str(OrderType.COMBO_LIMIT) == "COMBO_LIMIT"
    with pytest.raises(AttributeError, match="Fillled"):
        OrderStatus.Fillled  # noqa: B018  # reading is the test


def test_names_with_digits_are_found_in_both_spellings() -> None:
    assert Futures.Indices.SP_500_E_MINI == Futures.Indices.SP500EMini == "ES"
    assert Futures.Grains.WHEAT == Futures.Grains.SRW_WHEAT == "ZW"


@pytest.mark.parametrize(
    ("pascal_name", "snake_name"), [("ComboMarketOrder", "combo_market_order"), ("OnData", "on_data"), ("ID", "id")]
)
def test_spellings(pascal_name: str, snake_name: str) -> None:
    assert snake(pascal_name) == snake_name
    if pascal_name != "ID":
        assert pascal(snake_name) == pascal_name


class OrderTicket(ClrObject):
    """Named as LEAN's class, so that its missing members are known."""

    order_id = 7


def test_a_member_lean_has_and_we_lack_is_named_and_a_typo_is_an_attribute_error() -> None:
    ticket = OrderTicket()
    assert ticket.OrderId == 7
    with pytest.raises(NotEmulated, match=r"OrderTicket\.average_fill_price"):
        ticket.average_fill_price  # noqa: B018  # reading is the test
    with pytest.raises(NotEmulated, match=r"OrderTicket\.average_fill_price"):
        ticket.AverageFillPrice  # noqa: B018  # reading is the test
    assert not hasattr(ticket, "nonsense")
    assert not hasattr(ticket, "ORderId")
    assert member_spelled(OrderTicket, "ORderId") is None


def test_exceptions_carry_their_net_names_and_are_not_pythons_own() -> None:
    assert ClrException.__name__ == "Exception"
    assert net.ClrNotImplementedException.__name__ == "NotImplementedException"
    error = KeyNotFoundException("gone")
    assert not isinstance(error, KeyError)
    assert isinstance(error, Exception)
    assert error.message == error.Message == str(error) == "gone"


def test_a_read_only_dictionary_answers_as_leans_do() -> None:
    found = read_only_dictionary(str, str, {"a": "1", "b": "2"})
    assert type(found).__name__ == "ReadOnlyExtendedDictionary[String,String]"
    assert (found["a"], found.get("x"), found.get("x", 5), found.get(None)) == ("1", None, 5, None)
    assert "a" in found
    assert found.contains_key("a")
    assert found.ContainsKey("a")
    assert (len(found), found.count, found.Count) == (2, 2, 2)
    assert (found.keys(), found.values(), found.items()) == (["a", "b"], ["1", "2"], [("a", "1"), ("b", "2")])
    assert found.try_get_value("a") == (True, "1")
    with pytest.raises(KeyNotFoundException):
        found["x"]


def test_a_dictionary_has_nets_properties_and_pythons_methods_each_in_one_spelling() -> None:
    found = read_only_dictionary(str, str, {"a": "1"})
    assert (found.Keys, found.Values, found.IsReadOnly) == (["a"], ["1"], True)
    for name in ("Copy", "Fromkeys", "Get", "Items", "Pop", "Popitem", "Setdefault", "Update"):
        with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
            getattr(found, name)


def test_iterating_a_dictionary_gives_pairs_that_do_not_unpack() -> None:
    pairs = list(read_only_dictionary("Symbol", "TradeBar", {"a": 1}))
    assert (pairs[0].key, pairs[0].value, type(pairs[0]).__name__) == ("a", 1, "KeyValuePair[Symbol,TradeBar]")
    with pytest.raises(TypeError):
        _key, _value = pairs[0]  # type: ignore[misc]  # LEAN's pairs do not unpack either


def test_a_read_only_dictionary_refuses_every_change() -> None:
    found = read_only_dictionary(str, int, {"a": 1})
    for change in (
        lambda: found.__setitem__("b", 2),
        lambda: found.remove("a"),
        lambda: found.clear(),
        lambda: found.pop("a"),
        lambda: found.update({"b": 2}),
    ):
        with pytest.raises(InvalidOperationException):
            change()
    with pytest.raises(NotSupportedException):
        found.popitem()
    with pytest.raises(KeyNotFoundException):
        found.setdefault("b", 2)
    assert found.setdefault("a", 2) == 1
    assert found.pop("x") is None
    assert found.items() == [("a", 1)]


def test_a_dictionary_that_can_be_changed_is_changed() -> None:
    found = dictionary(str, int)
    assert type(found).__name__ == "Dictionary[String,Int32]"
    found["a"] = 1
    found.add("b", 2)
    with pytest.raises(net.ArgumentException):
        found.add("b", 3)
    assert found.setdefault("c", 3) == 3
    assert found.pop("a") == 1
    assert found.copy() == {"b": 2, "c": 3}
    assert found.fromkeys(["b", "z"], 9) == {"b": 2, "z": 9}
    assert found.remove("b")
    assert not found.remove("b")
    found.clear()
    assert len(found) == 0


def test_a_memoizing_enumerable_reads_its_source_once_and_has_no_length_and_no_index() -> None:
    reads = []

    def source() -> list[int]:
        reads.append(1)
        return [1, 2, 3]

    found = memoizing("OrderTicket", source)
    assert type(found).__name__ == "MemoizingEnumerable[OrderTicket]"
    first = iter(found)
    assert next(first) == 1
    assert list(found) == [1, 2, 3] == list(found)
    assert list(first) == [2, 3]
    assert reads == [1]
    with pytest.raises(TypeError):
        len(found)  # type: ignore[arg-type]  # as in LEAN
    with pytest.raises(TypeError):
        found[0]  # type: ignore[index]  # as in LEAN


def test_a_hash_set_has_a_length_but_no_index() -> None:
    found = hash_set(int, [1, 2, 2])
    assert type(found).__name__ == "HashSet[Int32]"
    assert (list(found), len(found), 2 in found, found.count) == ([1, 2], 2, True, 2)
    assert not found.add(2)
    assert found.add(3)
    assert found.remove(1)
    assert not found.remove(1)
    with pytest.raises(TypeError):
        found[0]  # type: ignore[index]  # as in LEAN


def test_arrays_have_an_index_and_a_net_name() -> None:
    data = ByteArray(b"text")
    assert type(data).__name__ == "Byte[]"
    assert (bytes(data), data.length, data[0], data[-1]) == (b"text", 4, ord("t"), ord("t"))
    requests = array("UpdateOrderRequest", ["a"])
    assert type(requests).__name__ == "UpdateOrderRequest[]"
    with pytest.raises(TypeError):
        requests["0"]  # type: ignore[index]  # as in LEAN
    with pytest.raises(IndexError):
        requests[1]
