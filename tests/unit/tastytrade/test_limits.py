"""Rates and the circuit, in time that stands still."""

from __future__ import annotations

import threading

import httpx
import pytest
from fakes.tastytrade_replies import FrozenTimer, Replies, client_of, token_reply
from hypothesis import given
from hypothesis import strategies as st
from tomking.adapters.tastytrade_limits import (
    CircuitBreaker,
    CircuitSettings,
    CircuitState,
    Kind,
    RateLimiter,
)
from tomking.adapters.tastytrade_outcomes import Refused, Trouble, Unreachable
from tomking.adapters.tastytrade_session import SessionSettings

ORDERS_ONLY = {Kind.ORDERS: 20.0, Kind.CHAIN: 2.0}


def test_a_burst_goes_at_once_and_the_rest_is_spaced() -> None:
    timer = FrozenTimer()
    limiter = RateLimiter(timer, rates=ORDERS_ONLY)
    for _ in range(20):
        assert limiter.enter(Kind.ORDERS)
    assert timer.waits == []
    for _ in range(20):
        assert limiter.enter(Kind.ORDERS)
    assert sum(timer.waits) == pytest.approx(1.0)


def test_kinds_wait_for_themselves_only() -> None:
    timer = FrozenTimer()
    limiter = RateLimiter(timer, rates=ORDERS_ONLY)
    for _ in range(4):
        limiter.enter(Kind.CHAIN)
    waited = len(timer.waits)
    assert limiter.enter(Kind.ORDERS)
    assert len(timer.waits) == waited


def test_a_long_line_turns_away() -> None:
    timer = FrozenTimer()
    timer.wait = lambda seconds: None
    limiter = RateLimiter(timer, patience=2.0, rates=ORDERS_ONLY)
    admitted = sum(limiter.enter(Kind.CHAIN) for _ in range(100))
    assert admitted == 2 + 4  # a second's worth at once, two more seconds in line


@given(st.lists(st.floats(0, 2), max_size=60), st.floats(1, 30))
def test_never_more_than_the_rate(gaps: list[float], rate: float) -> None:
    timer = FrozenTimer()
    limiter = RateLimiter(timer, patience=1e9, rates={Kind.ORDERS: rate}, overall=1e9)
    sent = []
    for gap in gaps:
        timer.at += gap
        limiter.enter(Kind.ORDERS)
        sent.append(timer.at)
    for start in range(len(sent)):
        for end in range(start, len(sent)):
            assert end - start + 1 <= rate + rate * (sent[end] - sent[start]) + 1e-6


def test_a_client_in_a_hurry_is_told_that_nothing_left() -> None:
    timer = FrozenTimer()
    replies = Replies(lambda request: httpx.Response(404, json={"error": {"code": "x", "message": ""}}))
    client = client_of(replies, timer, limiter=RateLimiter(timer, patience=-1.0))
    outcome = client.order(7)
    assert isinstance(outcome, Unreachable)
    assert (outcome.trouble, outcome.left) == (Trouble.THROTTLED, False)
    assert replies.requests == []


# -- the circuit --------------------------------------------------------------------------------------------------


def breaker(timer: FrozenTimer) -> CircuitBreaker:
    return CircuitBreaker(timer, CircuitSettings(failures=3, cool_down=5, longest=30))


def test_it_opens_half_opens_and_closes() -> None:
    timer = FrozenTimer()
    circuit = breaker(timer)
    for _ in range(3):
        assert circuit.enter()
        circuit.failed()
    assert circuit.state is CircuitState.OPEN
    assert not circuit.enter()
    timer.at += 5
    assert circuit.state is CircuitState.HALF_OPEN
    assert circuit.enter()
    assert not circuit.enter()  # one probe at a time
    circuit.answered()
    assert circuit.state is CircuitState.CLOSED
    assert circuit.enter()


def test_a_probe_that_fails_opens_it_for_longer() -> None:
    timer = FrozenTimer()
    circuit = breaker(timer)
    spans = []
    for _ in range(3):
        circuit.failed()
    for _ in range(5):
        span = 0.0
        while circuit.state is CircuitState.OPEN:
            timer.at += 1
            span += 1
        spans.append(span)
        assert circuit.enter()
        circuit.failed()
    assert spans == [5, 10, 20, 30, 30]


def test_an_answer_in_between_starts_the_count_again() -> None:
    circuit = breaker(FrozenTimer())
    for _ in range(10):
        circuit.failed()
        circuit.failed()
        assert circuit.state is CircuitState.CLOSED
        circuit.answered()


def test_too_many_requests_open_it_at_once() -> None:
    circuit = breaker(FrozenTimer())
    circuit.failed(throttled=True)
    assert circuit.state is CircuitState.OPEN


def test_a_probe_that_was_not_sent_leaves_room_for_the_next() -> None:
    timer = FrozenTimer()
    circuit = breaker(timer)
    circuit.failed(throttled=True)
    timer.at += 60
    assert circuit.enter()
    circuit.abandoned()
    assert circuit.enter()


def test_the_client_behind_an_open_circuit() -> None:
    timer = FrozenTimer()
    healthy = False

    def respond(request: httpx.Request) -> httpx.Response:
        if healthy:
            return httpx.Response(404, json={"error": {"code": "record_not_found", "message": ""}})
        raise httpx.ReadTimeout("silence")

    replies = Replies(respond)
    client = client_of(replies, timer, circuit=CircuitSettings(failures=3, cool_down=5))
    for _ in range(3):
        outcome = client.cancel(7)
        assert isinstance(outcome, Unreachable)
        assert outcome.left
    assert client.circuit is CircuitState.OPEN
    outcome = client.cancel(7)
    assert isinstance(outcome, Unreachable)
    assert (outcome.trouble, outcome.left) == (Trouble.CIRCUIT_OPEN, False)
    assert len(replies.requests) == 3
    healthy = True
    timer.at += 6
    assert isinstance(client.cancel(7), Refused)  # a refusal is an answer
    assert client.circuit is CircuitState.CLOSED


def test_a_probe_without_a_token_leaves_room_for_the_next() -> None:
    timer = FrozenTimer()
    tokens = [token_reply(lifetime=30), httpx.Response(502), token_reply()]
    replies = Replies(lambda request: httpx.Response(429), lambda request: tokens.pop(0))
    client = client_of(replies, timer, session=SessionSettings(early=0, attempts=1, rest=0))
    client.cancel(7)
    assert client.circuit is CircuitState.OPEN
    timer.at += 60
    outcome = client.cancel(7)
    assert isinstance(outcome, Unreachable)
    assert outcome.trouble is Trouble.NO_TOKEN
    client.cancel(7)
    assert len(replies.requests) == 2


def test_many_threads_share_one_probe() -> None:
    timer = FrozenTimer()
    circuit = breaker(timer)
    circuit.failed(throttled=True)
    timer.at += 60
    let_out: list[bool] = []
    threads = [threading.Thread(target=lambda: let_out.append(circuit.enter())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_out) == 1
