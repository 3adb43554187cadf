"""Before the first order: who may not trade is told what to do, and nothing is half started."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from builders import NOON
from fakes.tastytrade import FakeTastytrade
from fakes.tastytrade.mischief import Fault
from fakes.tastytrade_room import QUICK, TIMER
from tomking.adapters import tastytrade_client, tastytrade_session, tastytrade_stream
from tomking.adapters.tastytrade_connection import (
    ACCOUNT,
    API_URL,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    STREAM_URL,
    connect,
    login_from,
)
from tomking.errors import OrderRefused, SettingsError
from tomking.execution.backend import OrderRequest

SECRETS = {CLIENT_SECRET: "s3cret-of-the-app", REFRESH_TOKEN: "t0ken-of-the-grant", ACCOUNT: "5WT00042"}


@pytest.fixture
def fake() -> Iterator[FakeTastytrade]:
    with FakeTastytrade() as made:
        made.venue.now = lambda: NOON
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh that fails is not tried again for seconds."""
    monkeypatch.setattr(tastytrade_session.SessionSettings.__init__, "__defaults__", (120.0, 2, 0.001, 60.0, 10.0))


def environment(fake: FakeTastytrade, **other: str) -> dict[str, str]:
    return {
        CLIENT_SECRET: fake.gatekeeper.client_secret,
        REFRESH_TOKEN: fake.gatekeeper.refresh_token,
        ACCOUNT: fake.account,
        API_URL: fake.address,
        STREAM_URL: fake.stream_address,
        **other,
    }


def refusal(fake: FakeTastytrade, skew: timedelta = timedelta(0), **other: str) -> str:
    """What a start that must fail says; no thread of ours may be left."""
    before = set(threading.enumerate())
    with pytest.raises(SettingsError) as refused:
        connect(environment(fake, **other), lambda: NOON + skew, timer=TIMER, pace=QUICK)
    ours = {thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("tastytrade")}
    assert not ours, "something was half started"
    text = str(refused.value)
    assert fake.gatekeeper.client_secret not in text
    assert fake.gatekeeper.refresh_token not in text
    return text


def test_a_good_login_ends_in_a_backend_that_has_read_its_books(fake: FakeTastytrade) -> None:
    backend = connect(environment(fake), lambda: NOON, timer=TIMER, pace=QUICK)
    try:
        assert backend.orders() == ()
        assert backend.positions() == {}
        assert backend.balances().equity > 0
        assert not backend.restriction
    finally:
        backend.stop()


@pytest.mark.parametrize("missing", [CLIENT_SECRET, REFRESH_TOKEN, ACCOUNT])
def test_what_is_missing_is_named(missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}
    with pytest.raises(SettingsError, match=missing) as refused:
        login_from(given)
    assert not any(secret in str(refused.value) for secret in ("s3cret", "t0ken"))


def test_production_is_meant_when_no_address_is_named() -> None:
    login = login_from(SECRETS)
    assert login.is_production
    assert login.stream == tastytrade_stream.PRODUCTION
    assert "s3cret" not in repr(login)
    assert "t0ken" not in repr(login)


@pytest.mark.parametrize(
    "addresses",
    [
        {API_URL: tastytrade_client.SANDBOX},
        {STREAM_URL: tastytrade_stream.SANDBOX},
        {API_URL: tastytrade_client.SANDBOX, STREAM_URL: tastytrade_stream.PRODUCTION},
        {API_URL: tastytrade_client.PRODUCTION, STREAM_URL: tastytrade_stream.SANDBOX},
    ],
)
def test_half_a_sandbox_is_refused(addresses: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="sandbox"):
        login_from({**SECRETS, **addresses})


def test_both_addresses_of_the_sandbox_are_the_sandbox() -> None:
    login = login_from({**SECRETS, API_URL: tastytrade_client.SANDBOX, STREAM_URL: tastytrade_stream.SANDBOX})
    assert not login.is_production


def test_credentials_of_the_other_world_are_refused_and_the_other_world_is_named(fake: FakeTastytrade) -> None:
    text = refusal(fake, **{REFRESH_TOKEN: "of-the-sandbox"})
    assert "the login was refused" in text
    assert "sandbox and production" in text


def test_an_account_of_somebody_else_is_refused_and_the_own_ones_are_named(fake: FakeTastytrade) -> None:
    text = refusal(fake, **{ACCOUNT: "5WT99999"})
    assert "5WT99999 is no open account" in text
    assert fake.account in text


def test_a_grant_that_may_only_read_is_refused(fake: FakeTastytrade) -> None:
    fake.gatekeeper.rules.can_trade = False
    assert "may read and not trade" in refusal(fake)


@pytest.mark.parametrize(("skew", "word"), [(300, "ahead of"), (-300, "behind")])
def test_a_wrong_clock_is_refused(fake: FakeTastytrade, skew: int, word: str) -> None:
    text = refusal(fake, timedelta(seconds=skew))
    assert f"clock is 300 s {word}" in text


@pytest.mark.parametrize(("flag", "text"), [("is-closed", "is no open account"), ("is-frozen", "is frozen")])
def test_an_account_that_may_do_nothing_is_refused(fake: FakeTastytrade, flag: str, text: str) -> None:
    fake.ledger.status[flag] = True
    assert text in refusal(fake)


@pytest.mark.parametrize("flag", ["is-in-margin-call", "is-closing-only", "is-risk-reducing-only"])
def test_an_account_that_may_only_close_starts_and_opens_nothing(
    fake: FakeTastytrade, flag: str, spread_request: Callable[[bool], OrderRequest]
) -> None:
    fake.ledger.status[flag] = True
    backend = connect(environment(fake), lambda: NOON, timer=TIMER, pace=QUICK)
    try:
        with pytest.raises(OrderRefused) as refused:
            backend.submit(spread_request(False))
        assert refused.value.code == "ACCOUNT_RESTRICTED"
        assert "the account" in refused.value.text
        backend.submit(spread_request(True))
    finally:
        backend.stop()


@pytest.mark.parametrize(("method", "path"), [("GET", "accounts"), ("GET", "trading-status"), ("POST", "dry-run")])
def test_no_answer_starts_nothing(fake: FakeTastytrade, method: str, path: str) -> None:
    fake.script.fail(method, path, Fault.HTML_502_BEFORE)
    assert "no answer" in refusal(fake)


def test_books_that_cannot_be_read_at_first_are_read_again(fake: FakeTastytrade) -> None:
    fake.script.fail("GET", "/positions", Fault.DROP_BEFORE)
    backend = connect(environment(fake), lambda: NOON, timer=TIMER, pace=QUICK)
    try:
        assert backend.positions() == {}
    finally:
        backend.stop()
