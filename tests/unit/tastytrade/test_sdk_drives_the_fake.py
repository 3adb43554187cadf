"""One script, two clients: what the community's SDK sends the fake accepts, what the fake answers the SDK reads.

Our own client goes through the same script and must understand the same things.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from fakes.tastytrade import FakeTastytrade
from fakes.tastytrade.mischief import Behaviour, OnCancel
from fakes.tastytrade.venue import Rules
from fakes.tastytrade_drivers import Denied, Driver, Leg, OurDriver, SdkDriver, Told, closing_of

pytest.importorskip("tastytrade", reason="the tastytrade SDK is not installed (make test installs it)")

# the SDK calls its HTTP library in a way that one calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

D = Decimal
DAY = date(2026, 1, 1)
SHORT, LONG = "SPY   301220P00740000", "SPY   301220P00730000"
SPREAD: list[Leg] = [(SHORT, "Sell to Open", 3), (LONG, "Buy to Open", 3)]
CONDOR: list[Leg] = [
    ("SPXW  301220P07200000", "Buy to Open", 3),
    ("SPXW  301220P07250000", "Sell to Open", 3),
    ("SPXW  301220C08050000", "Sell to Open", 3),
    ("SPXW  301220C08100000", "Buy to Open", 3),
]


@pytest.fixture
def fake() -> Iterator[FakeTastytrade]:
    with FakeTastytrade() as server:
        yield server


@pytest.fixture(params=[OurDriver, SdkDriver], ids=["ours", "sdk"])
def driver(request: pytest.FixtureRequest, fake: FakeTastytrade) -> Iterator[Driver]:
    with request.param(fake) as found:
        yield found


def quote_spread(fake: FakeTastytrade, size: int = 100) -> None:
    fake.venue.quote(SHORT, "4.10", "4.20", size, size)
    fake.venue.quote(LONG, "3.00", "3.05", size, size)


def number(told: Told) -> int:
    assert told.order_id is not None
    return told.order_id


def test_a_trade_from_its_dry_run_to_its_close(fake: FakeTastytrade, driver: Driver) -> None:
    quote_spread(fake)
    assert driver.account() == "5WT00042"
    assert driver.options_level() == "No Restrictions"
    assert driver.session_is_open()
    assert driver.net_liquidating_value() == D(100_000)
    # 3 spreads 10 wide for 1.05: 3,000 less 315 credit, and 6 opening contracts at 1.13
    tried = driver.try_out(SPREAD, D("-1.05"), "entry")
    assert (tried.used, tried.fees, tried.warnings) == (D("2691.78"), D("6.78"), ())
    assert driver.search(DAY) == []

    placed = driver.place(SPREAD, D("-1.05"), "entry")
    assert (placed.status, placed.identifier, placed.price) == ("Routed", "entry", D("-1.05"))
    fake.venue.settle()
    filled = driver.order(number(placed))
    assert filled.status == "Filled"
    assert [leg[3][0][1:] for leg in filled.legs] == [(3, D("4.10")), (3, D("3.05"))]
    assert driver.positions() == {SHORT: -3, LONG: 3}
    assert driver.margin() == D(3_000)
    assert driver.paid_fees(DAY) == D("6.78")

    resting = driver.place(closing_of(SPREAD), D("0.60"), "exit")
    fake.venue.settle()
    assert driver.order(number(resting)).status == "Live"
    moved = driver.replace(number(resting), closing_of(SPREAD), D("1.30"), "exit-2")
    assert (moved.status, moved.replaces, moved.identifier) == ("Contingent", number(resting), "exit-2")
    fake.venue.settle()
    old, new = driver.order(number(resting)), driver.order(number(moved))
    assert (old.status, old.replaced_by) == ("Cancelled", number(moved))
    assert (new.status, new.filled) == ("Filled", (3, 3))
    assert driver.positions() == {}
    found = driver.search(DAY)
    assert [told.identifier for told in found] == ["entry", "exit", "exit-2"]
    assert sorted(number(told) for told in driver.today()) == [number(told) for told in found]


def test_a_working_order_is_cancelled_once(fake: FakeTastytrade, driver: Driver) -> None:
    quote_spread(fake)
    placed = driver.place(SPREAD, D("-1.50"), "patient")
    fake.venue.settle()
    driver.cancel(number(placed))
    fake.venue.settle()
    assert driver.order(number(placed)).status == "Cancelled"
    with pytest.raises(Denied, match="cannot_update_order"):
        driver.cancel(number(placed))
    with pytest.raises(Denied, match="record_not_found"):
        driver.order(7)


def test_a_condor_filled_leg_by_leg_over_the_stream(fake: FakeTastytrade, driver: Driver) -> None:
    fake.script.orders.append(Behaviour(fills=(1, 2), skewed=True))
    with driver.listen(orders=11, positions=8) as heard:
        placed = driver.place(CONDOR, D("-4.55"), "condor")
        fake.venue.settle()
    assert number(placed) == 480_123_001
    assert [(told.status, told.filled) for told in heard.orders] == [
        ("Routed", (0, 0, 0, 0)),
        ("In Flight", (0, 0, 0, 0)),
        ("Live", (0, 0, 0, 0)),
        ("Live", (1, 0, 0, 0)),
        ("Live", (1, 1, 0, 0)),
        ("Live", (1, 1, 1, 0)),
        ("Live", (1, 1, 1, 1)),
        ("Filled", (3, 1, 1, 1)),
        ("Filled", (3, 3, 1, 1)),
        ("Filled", (3, 3, 3, 1)),
        ("Filled", (3, 3, 3, 3)),
    ]
    assert heard.positions[-4:] == [(symbol, 3 if "Buy" in action else -3) for symbol, action, _ in CONDOR]
    assert sum(D(q) * p * (1 if "Buy" in leg[1] else -1) for leg in heard.orders[-1].legs for _, q, p in leg[3]) == D(
        "-13.65"
    )


def test_a_fill_after_the_cancel_was_confirmed(fake: FakeTastytrade, driver: Driver) -> None:
    fake.script.orders.append(Behaviour(fills=(1,), on_cancel=OnCancel.LATE_FILL))
    with driver.listen(orders=7, positions=4) as heard:
        placed = driver.place(SPREAD, D("-1.05"), "late")
        fake.venue.settle()
        driver.cancel(number(placed))
        fake.venue.settle()
    states = [(told.status, told.filled) for told in heard.orders]
    assert states[-3:] == [("Cancel Requested", (1, 1)), ("Cancelled", (1, 1)), ("Cancelled", (2, 2))]
    assert driver.positions() == {SHORT: -2, LONG: 2}


@pytest.mark.parametrize(
    ("behaviour", "status", "reason"),
    [
        (Behaviour(reject="Session offline"), "Rejected", "Session offline"),
        (Behaviour(off_tick=True), "Cancelled", "U R Out"),
    ],
)
def test_accepted_and_then_not(
    fake: FakeTastytrade, driver: Driver, behaviour: Behaviour, status: str, reason: str
) -> None:
    fake.script.orders.append(behaviour)
    placed = driver.place(SPREAD, D("-1.05"), "unlucky")
    assert placed.status == "Routed"
    fake.venue.settle()
    found = driver.order(number(placed))
    assert (found.status, found.reject_reason, found.filled) == (status, reason, (0, 0))


def test_a_price_off_the_tick_dies_at_the_venue_only(fake: FakeTastytrade, driver: Driver) -> None:
    assert driver.try_out(CONDOR, D("-4.57"), "off").warnings == ()
    placed = driver.place(CONDOR, D("-4.57"), "off")
    fake.venue.settle()
    assert driver.order(number(placed)).reject_reason == "U R Out"


@pytest.mark.parametrize(
    ("legs", "price", "code"),
    [
        (closing_of(SPREAD), "1.00", "cannot_close_against_more_than_existing_position"),
        ([(SHORT, "Buy to Open", 1)], "-1.00", "cant_buy_for_credit"),
        ([(SHORT, "Sell to Open", 1), (SHORT, "Buy to Open", 1)], "1.00", "legs"),
        ([("SPY   200117P00740000", "Sell to Open", 1)], "-1.00", "instrument_validation_failed"),
        ([(SHORT, "Sell to Open", 500)], "-1.00", "margin_check_failed"),
    ],
)
def test_refusals(fake: FakeTastytrade, driver: Driver, legs: list[Leg], price: str, code: str) -> None:
    with pytest.raises(Denied) as denied:
        driver.place(legs, D(price), "refused")
    # the SDK shows the inner entry of a validation error, our client its outer code
    assert str(denied.value) in {code, "validation_error"}
    assert fake.venue.submissions == []


def test_a_close_without_a_position_becomes_an_opening_unless_strict(fake: FakeTastytrade, driver: Driver) -> None:
    tried = driver.place(closing_of(SPREAD), D("1.20"), "loose", strict=False)
    assert [leg[1] for leg in tried.legs] == ["Buy to Open", "Sell to Open"]


def test_a_bracket(fake: FakeTastytrade, driver: Driver) -> None:
    quote_spread(fake)
    bracket = driver.place_bracket(SPREAD, D("1.05"), D("0.50"), D("2.10"))
    fake.venue.settle()
    trigger, target, stop = driver.bracket(bracket)
    assert (trigger.status, target.status, stop.status) == ("Filled", "Live", "Live")
    assert (target.price, stop.price) == (D("0.50"), D("2.10"))


def test_the_documented_rules_of_the_sandbox(fake: FakeTastytrade, driver: Driver) -> None:
    fake.venue.conditions.rules = Rules.DOCUMENTED
    cheap = driver.place(SPREAD, D("-2.95"), "cheap")
    dear = driver.place(CONDOR, D("-4.55"), "dear")
    market = driver.place_market(("SPY   301220C00800000", "Buy to Open", 1))
    fake.venue.settle()
    assert driver.order(number(cheap)).status == "Filled"
    assert driver.order(number(dear)).status == "Live"
    assert driver.order(number(market)).legs[0][3][0][1:] == (1, D("1.00"))


def test_after_hours_an_order_rests_until_the_session(fake: FakeTastytrade, driver: Driver) -> None:
    quote_spread(fake)
    fake.venue.conditions.open = False
    assert driver.try_out(SPREAD, D("-1.05"), "early").warnings == ("tif.next_valid_session",)
    placed = driver.place(SPREAD, D("-1.05"), "early")
    assert placed.status == "Received"
    fake.venue.open_session()
    fake.venue.settle()
    assert driver.order(number(placed)).status == "Filled"


def test_pages(fake: FakeTastytrade, driver: Driver) -> None:
    fake.routes.page_limit = 3
    for count in range(8):
        driver.place([(SHORT, "Sell to Open", 1)], D("-9.00"), f"page-{count}")
    assert [told.identifier for told in driver.search(DAY)] == [f"page-{count}" for count in range(8)]


def test_instruments(fake: FakeTastytrade, driver: Driver) -> None:
    expiration, other = date(2030, 12, 20), date(2030, 12, 27)
    fake.instruments.list_options("SPX", expiration, ["7200", "7252.5"], settlement="AM")
    fake.instruments.list_options("SPXW", other, ["7200"], underlying="SPX", kind="Weekly")
    fake.instruments.list_future("/ESZ0", expiration)
    fake.instruments.list_future_options("ES", "/ESZ0", "EW4Z0", other, ["7300"])
    assert driver.chain("SPX") == {
        "SPX": [(expiration, (D("7200"), D("7252.5")))],
        "SPXW": [(other, (D("7200"),))],
    }
    assert driver.future_chain("ES") == [("/ESZ0", "./ESZ0 EW4Z0 301227C7300", "./ESZ0 EW4Z0 301227P7300")]
    assert driver.option_ticks("SPX") == [(D("0.05"), D("3.0")), (D("0.1"), None)]
