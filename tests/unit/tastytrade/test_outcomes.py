"""Hostile answers and a hostile network: in which class each ends, and that nothing is ever sent again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import httpx
import pytest
from fakes.tastytrade_replies import ACCOUNT, FrozenTimer, Replies, always, client_of
from hypothesis import given
from hypothesis import strategies as st
from tomking.adapters.tastytrade_client import TastytradeClient, Timeouts
from tomking.adapters.tastytrade_fields import Row, UnreadablePayload
from tomking.adapters.tastytrade_limits import CircuitSettings
from tomking.adapters.tastytrade_order_form import NewLeg, NewOrder, Replacement
from tomking.adapters.tastytrade_orders import Action, InstrumentType
from tomking.adapters.tastytrade_outcomes import (
    Accepted,
    Outcome,
    Refused,
    Trouble,
    Unreachable,
    read_reply,
)

D = Decimal
ORDER = NewOrder(
    (NewLeg("SPY   301220P00740000", InstrumentType.EQUITY_OPTION, Action.SELL_TO_OPEN, 1),), D("-4.10"), "id-1"
)
WRITES: dict[str, Callable[[TastytradeClient], Outcome[object]]] = {
    "place": lambda client: client.place(ORDER),
    "dry run": lambda client: client.dry_run(ORDER),
    "cancel": lambda client: client.cancel(7),
    "replace": lambda client: client.replace(7, Replacement(D("-4.20"), "id-2")),
}
HTML = b"<html><head><title>maintenance</title></head></html>"
PATIENT = CircuitSettings(failures=1_000)


@pytest.mark.parametrize("call", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (200, b"", Trouble.BAD_ANSWER),
        (200, HTML, Trouble.BAD_ANSWER),
        (201, b'{"data": {"order": {"id": 7', Trouble.BAD_ANSWER),
        (201, b'{"data": {}}', Trouble.BAD_ANSWER),
        (201, b'["data"]', Trouble.BAD_ANSWER),
        (200, b'{"error": {"code": "x", "message": "y"}}', Trouble.BAD_ANSWER),
        (200, b"\xff\xfe\x00", Trouble.BAD_ANSWER),
        (204, b"", Trouble.BAD_ANSWER),
        (301, b"", Trouble.BAD_ANSWER),
        (400, HTML, Trouble.BAD_ANSWER),
        (403, HTML, Trouble.BAD_ANSWER),
        (404, HTML, Trouble.BAD_ANSWER),
        (404, b"", Trouble.BAD_ANSWER),
        (404, b"{}", Trouble.BAD_ANSWER),
        (408, b'{"error": {"code": "timeout", "message": ""}}', Trouble.BAD_ANSWER),
        (422, b'{"error": {"message": "no code"}}', Trouble.BAD_ANSWER),
        (422, b'{"error": "words"}', Trouble.BAD_ANSWER),
        (429, HTML, Trouble.THROTTLED),
        (429, b'{"error": {"code": "too_many_requests", "message": ""}}', Trouble.THROTTLED),
        (500, b'{"error": {"code": "internal_server_error", "message": ""}}', Trouble.SERVER_FAULT),
        (502, HTML, Trouble.SERVER_FAULT),
        (503, b"", Trouble.SERVER_FAULT),
    ],
)
def test_what_may_have_arrived_is_unreachable(
    call: Callable[[TastytradeClient], Outcome[object]], status: int, body: bytes, trouble: Trouble
) -> None:
    replies = Replies(always(status, body, "text/html"))
    outcome = call(client_of(replies))
    assert isinstance(outcome, Unreachable)
    assert (outcome.trouble, outcome.left) == (trouble, True)
    assert len(replies.requests) == 1


@pytest.mark.parametrize(
    ("error", "trouble", "left"),
    [
        (httpx.ConnectError("refused"), Trouble.NO_CONNECTION, False),
        (httpx.ConnectTimeout("slow"), Trouble.NO_CONNECTION, False),
        (httpx.PoolTimeout("busy"), Trouble.NO_CONNECTION, False),
        (httpx.WriteTimeout("half sent"), Trouble.NO_ANSWER, True),
        (httpx.WriteError("half sent"), Trouble.NO_ANSWER, True),
        (httpx.ReadTimeout("silence"), Trouble.NO_ANSWER, True),
        (httpx.ReadError("reset"), Trouble.NO_ANSWER, True),
        (httpx.RemoteProtocolError("gibberish"), Trouble.NO_ANSWER, True),
        (httpx.CloseError("close"), Trouble.NO_ANSWER, True),
        (httpx.ProxyError("proxy"), Trouble.NO_ANSWER, True),
    ],
)
def test_the_network(error: httpx.TransportError, trouble: Trouble, left: bool) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error

    replies = Replies(respond)
    outcome = client_of(replies).place(ORDER)
    where = f"POST /accounts/{ACCOUNT}/orders: {type(error).__name__}"
    assert outcome == Unreachable(trouble, where, left)
    assert len(replies.requests) == 1


def test_an_answer_that_drips_ends_with_the_timeout() -> None:
    timer = FrozenTimer()

    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(100):
                timer.at += 3.0
                yield b" "

    client = client_of(Replies(lambda request: httpx.Response(201, stream=Drip())), timer, timeouts=Timeouts(write=20))
    outcome = client.place(ORDER)
    assert isinstance(outcome, Unreachable)
    assert (outcome.trouble, outcome.left) == (Trouble.NO_ANSWER, True)
    assert timer.at < 1_030


def test_a_spoiled_encoding() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))

    outcome = client_of(Replies(respond)).place(ORDER)
    assert isinstance(outcome, Unreachable)
    assert (outcome.trouble, outcome.left) == (Trouble.BAD_ANSWER, True)


def test_each_call_has_its_own_timeout() -> None:
    seen: dict[str, float] = {}

    def respond(request: httpx.Request) -> httpx.Response:
        seen[f"{request.method} {request.url.path.rpartition('/')[2]}"] = request.extensions["timeout"]["read"]
        return httpx.Response(500)

    client = client_of(Replies(respond), circuit=PATIENT, timeouts=Timeouts(read=3, chain=40, write=25))
    client.balances()
    client.option_chain("SPX")
    client.place(ORDER)
    client.cancel(7)
    assert seen == {"GET USD": 3, "GET nested": 40, "POST orders": 25, "DELETE 7": 25}


def test_every_request_says_who_we_are() -> None:
    replies = Replies(always(500))
    client_of(replies).place(ORDER)
    (request,) = replies.requests
    assert request.headers["User-Agent"] == "tomking/1.0"
    assert request.headers["Accept"] == request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"].startswith("Bearer ")


# -- lists --------------------------------------------------------------------------------------------------------


def paging(page: int, pages: int) -> dict[str, int]:
    return {"per-page": 200, "page-offset": page, "total-pages": pages}


def order_json(number: int, **other: object) -> dict[str, object]:
    return {
        "id": number,
        "account-number": ACCOUNT,
        "status": "Live",
        "order-type": "Limit",
        "time-in-force": "Day",
        "size": 1,
        "price": "1.05",
        "price-effect": "Credit",
        "legs": [],
        **other,
    }


def page_reply(rows: list[dict[str, object]], page: int, pages: int) -> httpx.Response:
    return httpx.Response(200, json={"data": {"items": rows}, "pagination": paging(page, pages)})


def search(respond: Callable[[httpx.Request], httpx.Response]) -> Outcome[object]:
    return client_of(Replies(respond), circuit=PATIENT).search_orders(date(2026, 11, 4))


def test_a_search_is_whole_or_unknown() -> None:
    """Half a list would be read as "no such order", and the order sent again."""

    def respond(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page-offset"])
        return page_reply([order_json(page)], page, 3) if page < 2 else httpx.Response(502, content=HTML)

    assert isinstance(search(respond), Unreachable)


def test_pages_are_walked_oldest_first_and_repeats_count_once() -> None:
    rows = [[1, 2], [2, 3], [4]]

    def respond(request: httpx.Request) -> httpx.Response:
        assert request.url.params["sort"] == "Asc"
        assert request.url.params["start-date"] == "2026-11-04"
        page = int(request.url.params["page-offset"])
        return page_reply([order_json(number) for number in rows[page]], page, 3)

    outcome = search(respond)
    assert isinstance(outcome, Accepted)
    assert [order.order_id for order in outcome.value.orders] == [1, 2, 3, 4]


def test_another_page_than_asked_for_is_no_answer() -> None:
    assert isinstance(search(lambda request: page_reply([order_json(1)], 5, 9)), Unreachable)


def test_a_full_page_that_does_not_say_how_many_there_are_is_no_answer() -> None:
    rows = [order_json(number) for number in range(200)]
    assert isinstance(search(lambda request: httpx.Response(200, json={"data": {"items": rows}})), Unreachable)


def test_somebodys_order_of_an_unknown_kind_does_not_hide_ours() -> None:
    strange = order_json(2, legs=[{"symbol": "BTC/USD", "instrument-type": "Cryptocurrency", "action": "Buy"}])
    outcome = search(lambda request: page_reply([order_json(1), strange], 0, 1))
    assert isinstance(outcome, Accepted)
    assert [order.order_id for order in outcome.value.orders] == [1]
    (problem,) = outcome.value.unreadable
    assert problem.startswith("order 2: ")


def test_unknown_words_are_kept_and_never_terminal() -> None:
    leg = {"symbol": "X", "instrument-type": "Warrant", "action": "Allocate", "quantity": 1}
    body = {"data": order_json(3, status="Dead", legs=[leg])}
    outcome = client_of(Replies(lambda request: httpx.Response(200, json=body))).order(3)
    assert isinstance(outcome, Accepted)
    assert (outcome.value.status, outcome.value.terminal) == ("Dead", False)
    assert (outcome.value.legs[0].action, outcome.value.legs[0].direction) == ("Allocate", 0)


# -- numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "text", "effect"),
    [
        ("-4.55", "4.55", "Credit"),
        ("0.05", "0.05", "Debit"),
        ("1E+2", "100", "Debit"),
        ("9.2500000", "9.2500000", "Debit"),
    ],
)
def test_a_price_goes_out_as_exact_text(price: str, text: str, effect: str) -> None:
    replies = Replies(always(500))
    client_of(replies).place(NewOrder(ORDER.legs, D(price)))
    body = json.loads(replies.requests[0].content)
    assert (body["price"], body["price-effect"]) == (text, effect)


@pytest.mark.parametrize("price", ["0", "0.00", "NaN", "Infinity"])
def test_a_price_without_direction_is_not_sent(price: str) -> None:
    with pytest.raises(ValueError, match="direction"):
        NewOrder(ORDER.legs, D(price)).body()
    with pytest.raises(ValueError, match="direction"):
        Replacement(D(price), None).body()


def test_bare_numbers_of_a_reply_are_exact_too() -> None:
    text = b'{"data": {"total-fees": 9.2499999999999999999, "total-fees-effect": "Debit"}}'
    found = read_reply(200, text, lambda row: row.row("data").debit("total-fees"))
    assert found == Accepted(D("9.2499999999999999999"))


@pytest.mark.parametrize("value", [None, True, "", "abc", "NaN", "Infinity", [], {}, "1e999999"])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(UnreadablePayload, match="number"):
        Row({"x": value}).number("x")


@pytest.mark.parametrize(("value", "number"), [(3, 3), ("3", 3), ("3.0", 3), (D("3.0"), 3)])
def test_counts_come_in_many_spellings(value: object, number: int) -> None:
    assert Row({"x": value}).whole("x") == number


@pytest.mark.parametrize(("effect", "amount"), [("Debit", "5"), ("Credit", "-5")])
def test_an_effect_gives_the_sign(effect: str, amount: str) -> None:
    assert Row({"x": "5", "x-effect": effect}).debit("x") == D(amount)
    assert Row({"x": "5", "x-effect": effect}).credit("x") == -D(amount)


@pytest.mark.parametrize("row", [{"x": "5"}, {"x": "5", "x-effect": "None"}, {"x": "-5", "x-effect": "Debit"}])
def test_an_amount_without_a_side_is_unreadable(row: dict[str, str]) -> None:
    with pytest.raises(UnreadablePayload, match="x-effect"):
        Row(row).debit("x")


@given(status=st.integers(100, 599), body=st.binary(max_size=200))
def test_any_bytes_end_in_an_outcome(status: int, body: bytes) -> None:
    outcome = read_reply(status, body, lambda row: row.row("data").text("x"))
    assert not isinstance(outcome, Accepted) or 200 <= status < 300
    if isinstance(outcome, Refused):
        assert 400 <= status < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["error", "code", "errors"]), inner),
    max_leaves=8,
)


@given(status=st.integers(400, 499), payload=JSON)
def test_only_an_error_code_makes_a_refusal(status: int, payload: object) -> None:
    outcome = read_reply(status, json.dumps(payload).encode(), lambda row: None)
    code = payload.get("error") if isinstance(payload, dict) else None
    named = isinstance(code, dict) and isinstance(code.get("code"), str) and code["code"] != ""
    if isinstance(outcome, Refused) and outcome.code != "user_agent_refused":
        assert named
