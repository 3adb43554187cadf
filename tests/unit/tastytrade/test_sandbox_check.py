"""`make sandbox-check` on the fake server: what it asks, what it places, and what it never does."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fakes.tastytrade import FakeTastytrade
from fakes.tastytrade.refusal import Refusal
from rich.console import Console
from tomking.adapters import tastytrade_client
from tomking.adapters.tastytrade_connection import ACCOUNT, API_URL, CLIENT_SECRET, REFRESH_TOKEN, STREAM_URL

from tools.sandbox_check import main


@pytest.fixture
def fake() -> Iterator[FakeTastytrade]:
    with FakeTastytrade() as made:
        made.instruments.today = datetime.now(UTC).date()
        made.instruments.list_options("SPX", date(2030, 1, 18), ["4000", "4000.5"], kind="Regular", settlement="AM")
        made.instruments.list_options("SPXW", date(2030, 1, 18), ["4000"], underlying="SPX", kind="Weekly")
        made.instruments.list_future("/ESH0", date(2030, 3, 15))
        made.instruments.list_future_options("ES", "/ESH0", "EW3F0", date(2030, 1, 18), ["4000"])
        made.venue.quote("SPY", "500.00", "500.10")
        yield made


def checked(fake: FakeTastytrade, *arguments: str, **other: str) -> tuple[int, str]:
    environment = {
        CLIENT_SECRET: fake.gatekeeper.client_secret,
        REFRESH_TOKEN: fake.gatekeeper.refresh_token,
        ACCOUNT: fake.account,
        API_URL: fake.address,
        STREAM_URL: fake.stream_address,
        **other,
    }
    page = io.StringIO()
    code = main(list(arguments), environment, Console(file=page, width=160))
    return code, page.getvalue()


def test_everything_is_asked_and_one_far_order_comes_and_goes(fake: FakeTastytrade) -> None:
    code, page = checked(fake)
    assert code == 0, page
    assert "NO" not in page
    first, replacement = fake.venue.orders.values()
    assert replacement.replaces == first.order_id
    assert {(order.status, order.units_filled) for order in (first, replacement)} == {("Cancelled", 0)}
    assert "kept our id" in page
    assert "Live > " in page
    assert "Cancelled" in page
    assert "SPX, SPXW" in page
    assert fake.gatekeeper.refresh_token not in page
    assert fake.gatekeeper.client_secret not in page


def test_a_replacement_that_lost_our_id_is_told(fake: FakeTastytrade) -> None:
    fake.venue.conditions.keeps_identifiers = False
    code, page = checked(fake)
    assert code == 0, page
    assert "LOST our id" in page


def test_an_order_between_two_states_is_asked_again(fake: FakeTastytrade, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = []

    def first_refused(request: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def asked(*arguments: Any) -> dict[str, Any]:
            if request not in refused:
                refused.append(request)
                raise Refusal(422, "cannot_update_order", "The order is on its way to the exchange")
            return request(*arguments)

        return asked

    monkeypatch.setattr(fake.venue, "cancel", first_refused(fake.venue.cancel))
    monkeypatch.setattr(fake.venue, "replace", first_refused(fake.venue.replace))
    code, page = checked(fake)
    assert code == 0, page
    assert len(refused) == 2


def test_read_only_places_nothing(fake: FakeTastytrade) -> None:
    code, page = checked(fake, "--read-only")
    assert code == 0, page
    assert not fake.venue.orders


def test_nothing_is_placed_in_production(fake: FakeTastytrade) -> None:
    code, page = checked(fake, **{API_URL: "", STREAM_URL: ""})
    assert code == 2
    assert "--read-only" in page
    assert tastytrade_client.PRODUCTION not in page
    assert not fake.requests


def test_a_grant_without_trade_is_a_line_of_the_table(fake: FakeTastytrade) -> None:
    fake.gatekeeper.rules.can_trade = False
    code, page = checked(fake)
    assert code == 1
    assert "may read and not trade" in page
    assert not fake.venue.orders


def test_missing_credentials_are_named(fake: FakeTastytrade) -> None:
    code, page = checked(fake, **{REFRESH_TOKEN: ""})
    assert code == 2
    assert REFRESH_TOKEN in page
