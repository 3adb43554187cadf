"""The token: fetched, renewed early, fetched again after a 401; and no secret anywhere it could be read."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import traceback
from collections.abc import Callable

import httpx
import pytest
from fakes.tastytrade_replies import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FrozenTimer,
    Replies,
    always,
    client_of,
    token_reply,
)
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_outcomes import Accepted, Refused, Trouble, Unreachable
from tomking.adapters.tastytrade_session import Credentials, Secret, SessionSettings

NOT_A_CUSTOMER = {"error_code": "invalid_request", "error_description": "not a customer"}


def numbered(lifetime: int = 900) -> Callable[[httpx.Request], httpx.Response]:
    count = 0

    def oauth(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        return token_reply(f"token-{count}", lifetime)

    return oauth


def token_of(client: TastytradeClient) -> str:
    outcome = client.bearer()
    assert isinstance(outcome, Accepted)
    return outcome.value.reveal()


def test_the_request_for_a_token() -> None:
    seen: list[httpx.Request] = []

    def oauth(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return token_reply()

    assert token_of(client_of(Replies(always(500), oauth))) == f"Bearer {ACCESS_TOKEN}"
    (request,) = seen
    assert json.loads(request.content) == {
        "grant_type": "refresh_token",
        "refresh_token": REFRESH_TOKEN,
        "client_secret": CLIENT_SECRET,
    }
    assert "Authorization" not in request.headers
    assert request.headers["User-Agent"] == "tomking/1.0"


def test_a_token_is_used_until_it_is_nearly_over() -> None:
    timer = FrozenTimer()
    client = client_of(Replies(always(500), numbered()), timer, session=SessionSettings(early=120))
    assert token_of(client) == "Bearer token-1"
    timer.at += 779
    assert token_of(client) == "Bearer token-1"
    timer.at += 2
    assert token_of(client) == "Bearer token-2"


def test_a_flaky_refresh_is_tried_again_with_growing_pauses() -> None:
    timer = FrozenTimer()
    answers = [httpx.Response(400, json=NOT_A_CUSTOMER), httpx.Response(502, content=b"<html>"), token_reply()]
    client = client_of(Replies(always(500), lambda request: answers.pop(0)), timer)
    assert token_of(client) == f"Bearer {ACCESS_TOKEN}"
    assert timer.waits == [1.0, 2.0]


def test_a_dead_grant_is_left_alone_for_a_while() -> None:
    """Too many failed logins block the address for hours."""
    timer = FrozenTimer()
    dead = httpx.Response(400, json={"error_code": "invalid_grant", "error_description": "Invalid JWT"})
    replies = Replies(always(500), lambda request: dead)
    client = client_of(replies, timer, session=SessionSettings(attempts=3, rest=60))
    for _ in range(50):
        assert client.balances() == Refused(400, "invalid_grant", "Invalid JWT")
    assert replies.refreshes == 3
    assert replies.requests == []
    timer.at += 61
    client.balances()
    assert replies.refreshes == 6


def test_no_token_means_nothing_was_sent() -> None:
    replies = Replies(always(500), always(502))
    outcome = client_of(replies).cancel(7)
    assert isinstance(outcome, Unreachable)
    assert (outcome.trouble, outcome.left) == (Trouble.NO_TOKEN, False)
    assert replies.requests == []


def test_while_the_token_lives_a_failed_renewal_costs_nothing() -> None:
    timer = FrozenTimer()
    answers = [token_reply("first"), *[httpx.Response(502)] * 3, token_reply("second")]
    client = client_of(Replies(always(500), lambda request: answers.pop(0)), timer, session=SessionSettings(early=120))
    assert token_of(client) == "Bearer first"
    timer.at += 800
    waits = list(timer.waits)
    for _ in range(3):
        assert token_of(client) == "Bearer first"  # one quiet try, then none for a while
        timer.at += 16
    assert timer.waits == waits
    assert token_of(client) == "Bearer second"


def test_a_401_in_the_middle_of_the_day_fetches_another_token_once() -> None:
    calls: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        calls.append(request.headers["Authorization"])
        if calls[-1] == "Bearer token-1":
            return httpx.Response(401, json={"error": {"code": "unauthorized", "message": "Unauthorized"}})
        return httpx.Response(422, json={"error": {"code": "cannot_update_order", "message": ""}})

    client = client_of(Replies(respond, numbered()))
    outcome = client.cancel(7)
    assert isinstance(outcome, Refused)
    assert outcome.code == "cannot_update_order"
    assert calls == ["Bearer token-1", "Bearer token-2"]


def test_a_second_401_is_final() -> None:
    unauthorized = httpx.Response(401, json={"error": {"code": "unauthorized", "message": "Unauthorized"}})
    replies = Replies(lambda request: unauthorized, numbered())
    outcome = client_of(replies).balances()
    assert outcome == Refused(401, "unauthorized", "Unauthorized")
    assert len(replies.requests) == 2


@pytest.mark.parametrize("reply", [b"", b"<html>", b'{"access_token": "x"}', b'{"access_token": 7, "expires_in": 9}'])
def test_an_answer_without_a_token_is_no_token(reply: bytes) -> None:
    outcome = client_of(Replies(always(500), always(200, reply))).bearer()
    assert isinstance(outcome, Unreachable)
    assert (outcome.trouble, outcome.left) == (Trouble.NO_TOKEN, False)


# -- secrets ------------------------------------------------------------------------------------------------------

SECRETS = (CLIENT_SECRET, REFRESH_TOKEN, ACCESS_TOKEN)


def everything_about(client: TastytradeClient) -> str:
    """What any careless log line could show of the client and its parts."""
    found, waiting, seen = [], [client], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen or not type(item).__module__.startswith(("tomking", "httpx")):
            continue
        seen.add(id(item))
        found += [repr(item), str(item), f"{item!r:>5}"]
        slots = [name for kind in type(item).__mro__ for name in getattr(kind, "__slots__", ())]
        waiting += [getattr(item, name, None) for name in [*slots, *vars(item)]] if hasattr(item, "__dict__") else []
    return "\n".join(found)


def test_no_secret_shows_in_the_client() -> None:
    client = client_of(Replies(always(500)))
    client.balances()
    assert not [secret for secret in SECRETS if secret in everything_about(client)]


def test_a_secret_shows_only_when_asked_for() -> None:
    secret = Secret(CLIENT_SECRET)
    credentials = Credentials(secret, Secret(REFRESH_TOKEN))
    assert secret.reveal() == CLIENT_SECRET
    for shown in (repr(secret), str(secret), f"{secret}", f"{credentials!r}", repr([credentials])):
        assert CLIENT_SECRET not in shown
        assert REFRESH_TOKEN not in shown
    with pytest.raises(TypeError):
        pickle.dumps(credentials)
    with pytest.raises(TypeError):
        copy.copy(secret)
    with pytest.raises(ValueError, match="empty"):
        Secret("")


def test_what_the_server_echoes_is_blotted_out() -> None:
    """A server that repeats our secrets must not carry them into journal or log."""
    message = f"bad token {ACCESS_TOKEN} of {CLIENT_SECRET}, {REFRESH_TOKEN}"
    body = {"error": {"code": ACCESS_TOKEN, "message": message, "errors": [{"code": "x", "message": message}]}}
    for status in (400, 422, 500):
        outcome = client_of(Replies(lambda request, status=status: httpx.Response(status, json=body))).balances()
        assert not [secret for secret in SECRETS if secret in repr(outcome)]
    oauth = {"error_code": "invalid_grant", "error_description": message}
    outcome = client_of(Replies(always(500), lambda request: httpx.Response(400, json=oauth))).bearer()
    assert not [secret for secret in (CLIENT_SECRET, REFRESH_TOKEN) if secret in repr(outcome)]


def test_no_secret_in_the_log_at_any_level() -> None:
    """Over a real socket, because the HTTP library logs in its lower layers."""
    from fakes.tastytrade import FakeTastytrade
    from fakes.tastytrade.mischief import Fault
    from tomking.adapters.tastytrade_stream import AccountStream
    from tomking.clock import SystemTimer

    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with FakeTastytrade() as fake:
            timer = SystemTimer()
            with TastytradeClient(fake.address, fake.account, fake.credentials(), timer) as client:
                fake.script.fail("GET", "/balances", Fault.DROP_BEFORE, Fault.UNAUTHORIZED)
                client.balances()
                client.balances()
                bearer = client.bearer()
                stream = AccountStream(
                    fake.stream_address,
                    fake.account,
                    client.bearer,
                    lambda: Unreachable(Trouble.NO_ANSWER, "", True),
                    timer,
                )
                stream.start()
                while fake.streamer.connections == 0:
                    timer.wait(0.01)
                stream.stop()
            secrets = [fake.gatekeeper.client_secret, fake.gatekeeper.refresh_token, "fake-access-token"]
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert isinstance(bearer, Accepted)
    assert "fake-access-token" not in repr(bearer)
    assert "/accounts/5WT00042/balances/USD" in written.getvalue()
    assert not [secret for secret in secrets if secret in written.getvalue()]


def test_no_secret_in_an_exception() -> None:
    """Whatever escapes the client, a bug included, is printed without secrets."""

    def respond(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("a bug in the transport")

    client = client_of(Replies(respond))
    try:
        client.balances()
    except RuntimeError as problem:
        shown = "".join(traceback.format_exception(problem)) + repr(problem)
    assert not [secret for secret in SECRETS if secret in shown]
