"""Every recorded payload through our own client or stream, compared with values read from the samples by eye."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import httpx
import pytest
from fakes.tastytrade_replies import ACCOUNT, Replies, client_of
from sample_data import NO_SAMPLES, TASTYTRADE_SAMPLES
from tomking.adapters.tastytrade_account import (
    Account,
    Balances,
    MarginGroup,
    MarginReport,
    Position,
    PositionLimit,
    TradingStatus,
    Transaction,
)
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_dxlink import FeedGreeks, FeedQuote, FeedReader, FeedState
from tomking.adapters.tastytrade_instruments import (
    ChainExpiration,
    ChainFuture,
    ChainStrike,
    Equity,
    EquityOption,
    Future,
    FutureOption,
    FutureOptionProduct,
    MarketQuote,
    Tick,
    TickTable,
)
from tomking.adapters.tastytrade_messages import Answer, read_message
from tomking.adapters.tastytrade_notices import (
    BalancesNotice,
    ComplexOrderNotice,
    PositionNotice,
    TradingStatusNotice,
    Unmapped,
)
from tomking.adapters.tastytrade_order_form import NewComplexOrder, NewLeg, NewOrder, Replacement
from tomking.adapters.tastytrade_orders import (
    Action,
    ComplexOrder,
    Fill,
    InstrumentType,
    Order,
    OrderLeg,
    OrderType,
    Status,
    TimeInForce,
)
from tomking.adapters.tastytrade_outcomes import Accepted, Reason, Refused, Trouble, Unreachable
from tomking.adapters.tastytrade_replies import BuyingPowerEffect, Fees, Remark

D = Decimal
pytestmark = pytest.mark.skipif(not TASTYTRADE_SAMPLES.exists(), reason=NO_SAMPLES)

DAY = date(2026, 11, 5)
P7200, P7250 = "SPXW  261218P07200000", "SPXW  261218P07250000"
C8050, C8100 = "SPXW  261218C08050000", "SPXW  261218C08100000"
OPTION = InstrumentType.EQUITY_OPTION


def at(hour: int, minute: int, second: int, ms: int = 0, day: int = 5, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, ms * 1000, tzinfo=UTC)


def raw(name: str) -> bytes:
    return (TASTYTRADE_SAMPLES / name).read_bytes()


def document(name: str) -> Any:
    return json.loads(raw(name))


def status_of(name: str) -> int:
    entries = document("manifest.json")["entries"]
    return int(next(entry["http_status"] for entry in entries if entry["file"] == name))


def replying(name: str, status: int | None = None) -> tuple[TastytradeClient, Replies]:
    body, code = raw(name), status or status_of(name)
    kind = "text/html" if name.endswith(".html") else "application/json"
    replies = Replies(lambda request: httpx.Response(code, content=body, headers={"Content-Type": kind}))
    return client_of(replies), replies


def value(name: str, call: Callable[[TastytradeClient], Any]) -> Any:
    client, _ = replying(name)
    outcome = call(client)
    assert isinstance(outcome, Accepted), outcome
    return outcome.value


# -- what the iron condor of the samples looks like ---------------------------------------------------------------

FILL_TIMES = {1: at(15, 0, 9, 411), 2: at(15, 0, 31, 870)}
PRICES = {P7200: D("8.40"), P7250: D("10.60"), C8050: D("7.15"), C8100: D("4.80")}
LEGS = (
    (P7200, Action.BUY_TO_OPEN),
    (P7250, Action.SELL_TO_OPEN),
    (C8050, Action.SELL_TO_OPEN),
    (C8100, Action.BUY_TO_OPEN),
)


def fill(position: int, chunk: int) -> Fill:
    symbol = LEGS[position][0]
    return Fill(f"2_TW::TW_MLEG::20261105.{chunk}{position}-X", chunk, PRICES[symbol], FILL_TIMES[chunk], "CBOE_A")


def condor_legs(chunks: tuple[tuple[int, ...], ...]) -> tuple[OrderLeg, ...]:
    """The four legs; `chunks` gives for each the fills it shows: 1 is the first contract, 2 the other two."""
    return tuple(
        OrderLeg(symbol, OPTION, action, 3, 3 - sum(shown), tuple(fill(position, chunk) for chunk in shown))
        for position, ((symbol, action), shown) in enumerate(zip(LEGS, chunks, strict=True))
    )


NONE: tuple[tuple[int, ...], ...] = ((), (), (), ())
ONE = ((1,),) * 4
ALL = ((1, 2),) * 4


def condor(
    order_id: int | None,
    status: str,
    *,
    chunks: tuple[tuple[int, ...], ...] = NONE,
    touchable: bool = True,
    **other: Any,
) -> Order:
    fields: dict[str, Any] = {
        "order_id": order_id,
        "account": ACCOUNT,
        "status": status,
        "order_type": "Limit",
        "time_in_force": "Day",
        "size": 3,
        "price": D("-4.55"),
        "stop_trigger": None,
        "underlying_symbol": "SPX",
        "underlying_type": "Equity",
        "cancellable": touchable,
        "editable": touchable,
        "edited": False,
        "legs": condor_legs(chunks),
        "external_identifier": "IC-20261105-0001",
        "source": "my-algo/1.0",
        "replaces": None,
        "replaced_by": None,
        "complex_order_id": None,
        "complex_order_tag": None,
        "contingent_status": None,
        "cancelled_size": None,
        "reject_reason": None,
        "received_at": at(15, 0, 1, 120),
        "live_at": None,
        "cancelled_at": None,
        "terminal_at": None,
        "updated_at": datetime(2026, 11, 5, 15, 0, 1, 245000, tzinfo=UTC),
    }
    return Order(**{**fields, **other})


LIVE_AT = {"live_at": at(15, 0, 1, 245)}
UNPLACED = {"received_at": None, "updated_at": None}
REJECTED = condor(
    480123003, Status.REJECTED, touchable=False, reject_reason="Session offline", terminal_at=at(15, 0, 1, 377)
)
PARTIAL = condor(480123001, Status.LIVE, chunks=ONE, **LIVE_AT)
RECEIVED = condor(480123002, Status.RECEIVED)
CANCELLED_AFTER_PARTIAL = condor(
    480123001,
    Status.CANCELLED,
    chunks=ONE,
    touchable=False,
    **LIVE_AT,
    cancelled_size=2,
    cancelled_at=at(15, 2, 10, 1),
    terminal_at=at(15, 2, 10, 83),
)
FILLED_FIRST_LEG = condor(
    480123001, Status.FILLED, chunks=((1, 2), (), (), ()), touchable=False, **LIVE_AT, terminal_at=at(15, 0, 31, 955)
)
FILLED = condor(480123001, Status.FILLED, chunks=ALL, touchable=False, **LIVE_AT, terminal_at=at(15, 0, 31, 955))
OUT_OF_STEP = condor(480123001, Status.LIVE, chunks=((1,), (), (), ()), **LIVE_AT)

ORDERS: dict[str, Order] = {
    "orders/get_live.json": condor(480123001, Status.LIVE, **LIVE_AT),
    "orders/get_partial_fill.json": replace(PARTIAL, updated_at=at(15, 0, 9, 530)),
    "orders/get_partial_fill_legs_out_of_step.json": OUT_OF_STEP,
    "orders/get_filled.json": replace(FILLED, updated_at=at(15, 0, 31, 955)),
    "orders/get_filled_first_leg_only.json": FILLED_FIRST_LEG,
    "orders/get_rejected.json": REJECTED,
    "orders/get_cancelled_after_partial.json": CANCELLED_AFTER_PARTIAL,
    "orders/get_cancelled.json": condor(
        480123001,
        Status.CANCELLED,
        touchable=False,
        **LIVE_AT,
        cancelled_size=3,
        cancelled_at=at(15, 2, 10, 1),
        terminal_at=at(15, 2, 10, 83),
    ),
    "orders/get_cancelled_by_venue_off_tick.json": condor(
        480123004,
        Status.CANCELLED,
        touchable=False,
        price=D("-4.57"),
        reject_reason="U R Out",
        cancelled_at=at(15, 0, 1, 440),
        terminal_at=at(15, 0, 1, 440),
    ),
    "orders/get_expired.json": condor(480123005, Status.EXPIRED, touchable=False, terminal_at=at(21, 15, 3)),
    "orders/get_replace_requested_original.json": condor(
        480123001, Status.REPLACE_REQUESTED, touchable=False, **LIVE_AT, edited=True, replaced_by=480123010
    ),
    "orders/get_replaced_original.json": condor(
        480123001,
        Status.CANCELLED,
        touchable=False,
        **LIVE_AT,
        edited=True,
        replaced_by=480123010,
        cancelled_size=3,
        cancelled_at=at(15, 1, 10, 1),
        terminal_at=at(15, 1, 10, 60),
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_order(name: str) -> None:
    assert value(name, lambda client: client.order(480123001)) == ORDERS[name]


def test_what_an_order_says_of_its_fills() -> None:
    assert FILLED.complete
    assert FILLED.filled == 12
    assert FILLED_FIRST_LEG.terminal
    assert not FILLED_FIRST_LEG.complete
    assert CANCELLED_AFTER_PARTIAL.terminal
    assert CANCELLED_AFTER_PARTIAL.filled == 4
    assert not PARTIAL.terminal
    assert [leg.direction for leg in PARTIAL.legs] == [1, -1, -1, 1]


def strangle(filled: bool) -> Order:
    legs = (("./CLF7 LOF7  261216P52", "0.93", 31), ("./CLF7 LOF7  261216C72", "1.01", 32))
    return condor(
        480124001,
        Status.FILLED if filled else Status.LIVE,
        touchable=not filled,
        size=1,
        price=D("-1.94"),
        underlying_symbol="/CLF7",
        underlying_type="Future",
        external_identifier="CLSTR-1",
        legs=tuple(
            OrderLeg(
                symbol,
                InstrumentType.FUTURE_OPTION,
                Action.SELL_TO_OPEN,
                1,
                0 if filled else 1,
                (Fill(f"2_TW::TW_MLEG::20261105.{number}-X", 1, D(price), at(15, 0, 9, 411), "CME"),) if filled else (),
            )
            for symbol, price, number in legs
        ),
        **LIVE_AT,
        terminal_at=at(15, 0, 9, 411) if filled else None,
    )


@pytest.mark.parametrize(
    ("name", "filled"),
    [("orders/futures_option_strangle_live.json", False), ("orders/futures_option_strangle_filled.json", True)],
)
def test_a_strangle_of_futures_options(name: str, filled: bool) -> None:
    assert value(name, lambda client: client.order(480124001)) == strangle(filled)


def test_a_cancel_is_a_request() -> None:
    found = value("orders/delete_200_cancel_requested.json", lambda client: client.cancel(480123001))
    assert found == condor(480123001, Status.CANCEL_REQUESTED, touchable=False, **LIVE_AT)


def test_a_replacement_is_a_new_order_not_wrapped() -> None:
    change = Replacement(D("-4.40"), "IC-20261105-0001.r1")
    found = value("orders/replace_put_200_new_order.json", lambda client: client.replace(480123001, change))
    assert found == condor(
        480123010,
        Status.CONTINGENT,
        price=D("-4.40"),
        external_identifier="IC-20261105-0001.r1",
        contingent_status="Pending Order",
        replaces=480123001,
    )


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("orders/search_list.json", lambda client: client.search_orders(DAY)),
        ("orders/live_list.json", lambda client: client.orders_today()),
    ],
)
def test_lists_of_orders(name: str, call: Callable[[TastytradeClient], Any]) -> None:
    found = value(name, call)
    assert found.orders == (PARTIAL, REJECTED, RECEIVED)
    assert found.unreadable == ()


def test_an_empty_search() -> None:
    assert value("orders/search_empty.json", lambda client: client.search_orders(DAY)).orders == ()


EFFECT = BuyingPowerEffect(
    used=D("13653.59"),
    margin_change=D("13635.0"),
    current=D("98250.4"),
    new=D("84596.81"),
    isolated_margin=D("13635.0"),
    is_spread=True,
)
FEES = Fees(total=D("18.59"), commission=D("12.0"), clearing=D("1.2"), regulatory=D("0.42"), index_option=D("4.97"))
NEXT_SESSION = Remark("tif.next_valid_session", "Your order will begin working during next valid session.")
CONDOR = NewOrder(
    tuple(NewLeg(symbol, OPTION, action, 3) for symbol, action in LEGS),
    D("-4.55"),
    "IC-20261105-0001",
    source="my-algo/1.0",
)


@pytest.mark.parametrize(
    ("name", "warnings", "closing_fees"),
    [
        ("orders/dry_run_ok.json", (), FEES),
        ("orders/dry_run_warning_next_session.json", (NEXT_SESSION,), None),
        (
            "orders/dry_run_warning_closing_no_position.json",
            (Remark("closing_with_no_position", "One or more closing legs have no open position."),),
            None,
        ),
    ],
)
def test_dry_runs(name: str, warnings: tuple[Remark, ...], closing_fees: Fees | None) -> None:
    found = value(name, lambda client: client.dry_run(CONDOR))
    assert found.order == condor(None, Status.RECEIVED, **UNPLACED)
    assert (found.effect, found.fees, found.closing_fees) == (EFFECT, FEES, closing_fees)
    assert (found.warnings, found.errors) == (warnings, ())


@pytest.mark.parametrize(
    ("name", "order", "warnings"),
    [
        ("orders/place_201_routed.json", condor(480123001, Status.ROUTED, touchable=False), ()),
        ("orders/place_201_received_after_hours.json", RECEIVED, (NEXT_SESSION,)),
    ],
)
def test_placed_orders(name: str, order: Order, warnings: tuple[Remark, ...]) -> None:
    found = value(name, lambda client: client.place(CONDOR))
    assert (found.order, found.order_id) == (order, order.order_id)
    assert (found.effect, found.fees, found.warnings) == (EFFECT, FEES, warnings)


# -- complex orders -----------------------------------------------------------------------------------------------

CLOSING = (
    (P7200, Action.SELL_TO_CLOSE),
    (P7250, Action.BUY_TO_CLOSE),
    (C8050, Action.BUY_TO_CLOSE),
    (C8100, Action.SELL_TO_CLOSE),
)
CLOSING_LEGS = tuple(OrderLeg(symbol, OPTION, action, 3, 3, ()) for symbol, action in CLOSING)


def otoco(placed: bool) -> ComplexOrder:
    """The bracket of the samples: a credit of 4.55, a target at 2.25, a stop at 9.10 with limit 9.60."""
    tie: dict[str, Any] = {"complex_order_id": 900501} if placed else {"updated_at": None}
    child = {
        "legs": CLOSING_LEGS,
        "time_in_force": "GTC",
        "external_identifier": None,
        "received_at": None,
        "contingent_status": "Pending Order",
        **tie,
    }
    trigger, target, stop = (480125001, 480125002, 480125003) if placed else (None, None, None)
    waiting = Status.CONTINGENT if placed else Status.RECEIVED
    return ComplexOrder(
        900501 if placed else None,
        ACCOUNT,
        "OTOCO",
        condor(
            trigger,
            Status.ROUTED if placed else Status.RECEIVED,
            touchable=False,
            complex_order_tag="OTOCO::trigger-order",
            **tie,
        ),
        (
            condor(target, waiting, price=D("2.25"), complex_order_tag="OTOCO::oco-1-order", **child),
            condor(
                stop,
                waiting,
                price=D("9.60"),
                order_type="Stop Limit",
                stop_trigger=D("9.10"),
                complex_order_tag="OTOCO::oco-2-order",
                **child,
            ),
        ),
    )


CLOSE_LEGS = tuple(NewLeg(symbol, OPTION, action, 3) for symbol, action in CLOSING)
BRACKET = NewComplexOrder(
    "OTOCO",
    (
        NewOrder(CLOSE_LEGS, D("2.25"), time_in_force=TimeInForce.GTC, strict=False, source=None),
        NewOrder(
            CLOSE_LEGS,
            D("9.60"),
            order_type=OrderType.STOP_LIMIT,
            time_in_force=TimeInForce.GTC,
            stop_trigger=D("9.10"),
            strict=False,
            source=None,
        ),
    ),
    CONDOR,
    source="my-algo/1.0",
)


def test_complex_orders() -> None:
    dry = value("orders/complex_dry_run.json", lambda client: client.dry_run_complex(BRACKET))
    assert dry.order == otoco(placed=False)
    assert (dry.effect, dry.fees) == (EFFECT, FEES)
    placed = value("orders/complex_place_201_otoco.json", lambda client: client.place_complex(BRACKET))
    assert placed.order == otoco(placed=True)
    assert value("orders/complex_get.json", lambda client: client.complex_order(900501)) == otoco(placed=True)
    today = value("orders/complex_live_list.json", lambda client: client.complex_orders_today())
    assert today == (otoco(placed=True),)


# -- what we send -------------------------------------------------------------------------------------------------


def one(symbol: str, action: Action, quantity: int, kind: InstrumentType = OPTION) -> NewLeg:
    return NewLeg(symbol, kind, action, quantity)


REQUESTS: dict[str, NewOrder | Replacement | NewComplexOrder] = {
    "requests/iron_condor_limit.json": CONDOR,
    "requests/put_spread_close_debit.json": NewOrder(
        (one(P7250, Action.BUY_TO_CLOSE, 3), one(P7200, Action.SELL_TO_CLOSE, 3)),
        D("1.20"),
        "PS-CLOSE-7",
        time_in_force=TimeInForce.GTC,
        strict=False,
        source=None,
    ),
    "requests/futures_option_strangle.json": NewOrder(
        (
            one("./CLF7 LOF7  261216P52", Action.SELL_TO_OPEN, 1, InstrumentType.FUTURE_OPTION),
            one("./CLF7 LOF7  261216C72", Action.SELL_TO_OPEN, 1, InstrumentType.FUTURE_OPTION),
        ),
        D("-1.94"),
        "CLSTR-1",
        strict=False,
        source=None,
    ),
    "requests/diagonal.json": NewOrder(
        (
            one("SPY   270115P00740000", Action.BUY_TO_OPEN, 2),
            one("SPY   261120P00735000", Action.SELL_TO_OPEN, 2),
        ),
        D("2.35"),
        "DIAG-1",
        strict=False,
        source=None,
    ),
    "requests/ladder_1x1x1.json": NewOrder(
        (
            one("SPY   261218P00750000", Action.BUY_TO_OPEN, 1),
            one("SPY   261218P00735000", Action.SELL_TO_OPEN, 1),
            one("SPY   261218P00720000", Action.SELL_TO_OPEN, 1),
        ),
        D("0.85"),
        "LAD-1",
        strict=False,
        source=None,
    ),
    "requests/otoco.json": BRACKET,
    "requests/replace_put.json": Replacement(D("-4.40"), "IC-20261105-0001.r1"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_body_on_the_wire(name: str) -> None:
    client, replies = replying("orders/place_201_routed.json")
    order = REQUESTS[name]
    if isinstance(order, Replacement):
        client.replace(480123001, order)
    elif isinstance(order, NewComplexOrder):
        client.place_complex(order)
    else:
        client.place(order)
    (request,) = replies.requests
    assert json.loads(request.content) == document(name)
    assert b'"4.5500' not in request.content


# -- the account --------------------------------------------------------------------------------------------------

BALANCES = Balances(
    account=ACCOUNT,
    currency="USD",
    net_liquidating_value=D("98060.0"),
    cash=D("101365.0"),
    derivative_buying_power=D("78200.0"),
    equity_buying_power=D("156400.0"),
    used_derivative_buying_power=D("19860.0"),
    maintenance_requirement=D("19860.0"),
    maintenance_excess=D("78200.0"),
    futures_margin_requirement=D("6225.0"),
    reg_t_margin_requirement=D("19860.0"),
    pending_cash=D(0),
    updated_at=at(15, 0, 32, 714),
)
STATUS = TradingStatus(
    account=ACCOUNT,
    options_level="No Restrictions",
    short_calls_enabled=True,
    is_futures_enabled=True,
    is_closed=False,
    is_frozen=False,
    is_closing_only=False,
    is_futures_closing_only=False,
    is_risk_reducing_only=False,
    is_in_margin_call=False,
    is_in_day_trade_equity_maintenance_call=False,
    is_pattern_day_trader=False,
    is_portfolio_margin_enabled=False,
    are_far_otm_net_options_restricted=True,
    updated_at=datetime(2026, 11, 1, 12, tzinfo=UTC),
)


def test_accounts() -> None:
    assert value("account/customers_me_accounts.json", lambda client: client.accounts()) == (
        Account(ACCOUNT, "Algo", "Margin", False, True, "No Restrictions", "owner"),
    )


def test_balances() -> None:
    assert value("account/balances_usd.json", lambda client: client.balances()) == BALANCES


def test_balances_of_all_currencies() -> None:
    assert value("account/balances_list.json", lambda client: client.all_balances()) == (BALANCES,)


def position(symbol: str, kind: InstrumentType, underlying: str, quantity: int, price: str, **other: Any) -> Position:
    fields: dict[str, Any] = {
        "account": ACCOUNT,
        "symbol": symbol,
        "instrument_type": kind,
        "underlying_symbol": underlying,
        "quantity": D(quantity),
        "multiplier": D(100),
        "average_open_price": D(price),
        "close_price": D(price),
        "expires_at": at(21, 0, 0, day=18, month=12),
        "updated_at": at(15, 0, 31, 960),
    }
    return Position(**{**fields, **other})


def test_positions() -> None:
    crude = {"multiplier": D(1000), "expires_at": at(19, 30, 0, day=16, month=12)}
    future_option = InstrumentType.FUTURE_OPTION
    assert value("account/positions.json", lambda client: client.positions()) == (
        position(P7200, OPTION, "SPX", 3, "8.40"),
        position(P7250, OPTION, "SPX", -3, "10.60"),
        position(C8050, OPTION, "SPX", -3, "7.15"),
        position(C8100, OPTION, "SPX", 3, "4.80"),
        position("./CLF7 LOF7  261216P52", future_option, "/CLF7", -1, "0.93", **crude),
        position("./CLF7 LOF7  261216C72", future_option, "/CLF7", -1, "1.01", **crude),
        position(
            "/MESZ6",
            InstrumentType.FUTURE,
            "/MESZ6",
            2,
            "7702.25",
            multiplier=D(5),
            close_price=D("7698.5"),
            expires_at=at(14, 30, 0, day=18, month=12),
        ),
        position(
            "SPY",
            InstrumentType.EQUITY,
            "SPY",
            100,
            "768.10",
            multiplier=D("1.0"),
            close_price=D("767.6"),
            expires_at=None,
        ),
    )
    assert value("account/positions_empty.json", lambda client: client.positions()) == ()


def test_trading_status() -> None:
    assert value("account/trading_status.json", lambda client: client.trading_status()) == STATUS


def test_position_limit() -> None:
    assert value("account/position_limit.json", lambda client: client.position_limit()) == PositionLimit(
        ACCOUNT, 500, 20000, 500, 5000, 100, 1000, 50
    )


def margin_report(*groups: MarginGroup) -> MarginReport:
    return MarginReport(
        account=ACCOUNT,
        calculation="Reg T",
        options_level="No Restrictions",
        margin_requirement=D("19860.0"),
        maintenance_requirement=D("19860.0"),
        margin_equity=D("98060.0"),
        option_buying_power=D("78200.0"),
        maintenance_excess=D("78200.0"),
        groups=groups,
    )


def test_margin_reports() -> None:
    assert value("account/margin_requirements.json", lambda client: client.margin_requirements()) == margin_report(
        MarginGroup("SPX", "SPX", "Reg T", D("13635.0"), D("13635.0")),
        MarginGroup("CL", "/CL", "Span", D("6225.0"), D("6225.0")),
    )
    flat = value("account/margin_requirements_no_positions.json", lambda client: client.margin_requirements())
    assert flat == margin_report()


def transaction(number: int, symbol: str, action: Action, price: str, cash: str) -> Transaction:
    return Transaction(
        transaction_id=number,
        account=ACCOUNT,
        kind="Trade",
        sub_kind=action,
        symbol=symbol,
        action=action,
        quantity=D("1.0"),
        price=D(price),
        executed_at=at(15, 0, 9, 411),
        day=DAY,
        value=D(cash),
        net_value=D(cash),
        fees=D("1.59"),
        order_id=480123001,
        exec_id=str(number - 700 + 9010),
    )


def test_transactions() -> None:
    assert value("account/transactions.json", lambda client: client.transactions(DAY)) == (
        transaction(700, P7200, Action.BUY_TO_OPEN, "8.40", "-840.0"),
        transaction(701, P7250, Action.SELL_TO_OPEN, "10.60", "1060.0"),
        transaction(702, C8050, Action.SELL_TO_OPEN, "7.15", "715.0"),
        transaction(703, C8100, Action.BUY_TO_OPEN, "4.80", "-480.0"),
    )
    assert value("account/transactions_total_fees.json", lambda client: client.total_fees(DAY)) == D("18.59")


# -- instruments --------------------------------------------------------------------------------------------------


def ticks(*rows: tuple[str, str | None]) -> TickTable:
    return TickTable(tuple(Tick(D(size), None if below is None else D(below)) for size, below in rows))


SHARE_TICKS = ticks(("0.0001", "1.0"), ("0.01", None))
DIMES = ticks(("0.05", "3.0"), ("0.1", None))
ES_TICKS = ticks(("0.05", "5.0"), ("0.1", "20.0"), ("0.25", "100.0"), ("0.5", None))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("instruments/equity_spx.json", Equity("SPX", True, True, False, False, "SPX", SHARE_TICKS, DIMES)),
        (
            "instruments/equity_spy.json",
            Equity("SPY", False, True, False, False, "SPY", SHARE_TICKS, ticks(("0.01", None))),
        ),
        (
            "instruments/equity_aapl.json",
            Equity("AAPL", False, True, False, False, "AAPL", SHARE_TICKS, ticks(("0.01", "3.0"), ("0.05", None))),
        ),
    ],
)
def test_shares_and_indices(name: str, expected: Equity) -> None:
    assert value(name, lambda client: client.equity(expected.symbol)) == expected


@pytest.mark.parametrize(
    ("price", "tick"),
    [("0", "0.05"), ("2.99", "0.05"), ("-2.99", "0.05"), ("3.0", "0.1"), ("-3.0", "0.1"), ("812", "0.1")],
)
def test_a_threshold_belongs_to_the_prices_above_it(price: str, tick: str) -> None:
    assert DIMES.at(D(price)) == D(tick)


def test_an_index_option() -> None:
    client, replies = replying("instruments/equity_option_spxw.json")
    assert client.equity_option(P7250) == Accepted(
        EquityOption(
            symbol=P7250,
            root_symbol="SPXW",
            underlying_symbol="SPX",
            expiration=date(2026, 12, 18),
            strike=D("7250.0"),
            right="P",
            exercise_style="European",
            settlement="PM",
            shares_per_contract=100,
            active=True,
            is_closing_only=False,
            streamer_symbol=".SPXW261218P7250",
            stops_trading_at=at(21, 0, 0, day=18, month=12),
        )
    )
    assert replies.requests[0].url.raw_path == b"/instruments/equity-options/SPXW%20%20261218P07250000"


ES_FUTURE = Future(
    symbol="/ESZ6",
    product_code="ES",
    expiration=date(2026, 12, 18),
    multiplier=D("50.0"),
    active=True,
    is_closing_only=False,
    streamer_symbol="/ESZ26:XCME",
    stops_trading_at=at(14, 30, 0, day=18, month=12),
    ticks=ticks(("0.25", None)),
    option_ticks=ES_TICKS,
    spread_ticks=(("/ESH7", D("0.05")),),
)


def test_futures() -> None:
    assert value("instruments/future_esz6.json", lambda client: client.future("/ESZ6")) == ES_FUTURE
    assert value("instruments/futures_list.json", lambda client: client.futures("ES")) == (ES_FUTURE,)


def test_a_futures_option() -> None:
    client, replies = replying("instruments/future_option_ew4.json")
    assert client.future_option("./ESZ6 EW4X6 261127P7300") == Accepted(
        FutureOption(
            symbol="./ESZ6 EW4X6 261127P7300",
            underlying_symbol="/ESZ6",
            product_code="ES",
            option_root_symbol="EW4",
            expiration=date(2026, 11, 27),
            strike=D("7300.0"),
            right="P",
            exercise_style="European",
            active=True,
            is_closing_only=False,
            streamer_symbol="./EW4X26P7300:XCME",
            stops_trading_at=at(18, 15, 0, day=27),
        )
    )
    assert replies.requests[0].url.raw_path == b"/instruments/future-options/.%2FESZ6%20EW4X6%20261127P7300"
    assert value("instruments/future_option_products.json", lambda client: client.future_option_products()) == (
        FutureOptionProduct("EW4", "EW4", "CME", "Weekly", "/ES"),
    )


def strike(root: str, number: str) -> ChainStrike:
    digits = f"{int(D(number) * 1000):08d}"
    plain = number.removesuffix(".0")
    return ChainStrike(
        D(number),
        f"{root:<6}261218C{digits}",
        f"{root:<6}261218P{digits}",
        f".{root}261218C{plain}",
        f".{root}261218P{plain}",
    )


def test_chains_of_an_index_have_one_entry_for_each_root() -> None:
    monthly, weekly = value("instruments/option_chain_spx_nested.json", lambda client: client.option_chain("SPX"))
    assert (monthly.root_symbol, weekly.root_symbol) == ("SPX", "SPXW")
    for chain in (monthly, weekly):
        assert (chain.underlying_symbol, chain.kind, chain.shares_per_contract) == ("SPX", "Standard", 100)
        assert chain.ticks == DIMES
    numbers = ("7200.0", "7250.0", "8050.0", "8100.0")
    day = date(2026, 12, 18)
    assert monthly.expirations == (
        ChainExpiration(day, "Regular", "AM", tuple(strike("SPX", number) for number in numbers)),
    )
    assert weekly.expirations == (
        ChainExpiration(day, "Weekly", "PM", tuple(strike("SPXW", number) for number in numbers)),
    )


def test_a_chain_of_shares() -> None:
    (chain,) = value("instruments/option_chain_spy_nested.json", lambda client: client.option_chain("SPY"))
    assert chain.ticks == ticks(("0.01", None))
    assert chain.expirations == (
        ChainExpiration(
            date(2026, 12, 18), "Regular", "PM", tuple(strike("SPY", number) for number in ("735.0", "740.0", "752.5"))
        ),
    )


def test_chains_of_futures_options_name_the_future_they_settle_into() -> None:
    chain = value("instruments/futures_option_chain_es_nested.json", lambda client: client.future_option_chain("ES"))
    assert chain.futures == (ChainFuture("/ESZ6", "/ES", date(2026, 12, 18)),)
    rows = [(e.option_root_symbol, e.option_contract_symbol, e.underlying_symbol, e.kind) for e in chain.expirations]
    assert rows[:2] == [("EW4", "EW4X6", "/ESZ6", "Weekly"), ("EW", "EWX6", "/ESZ6", "End-Of-Month")]
    first = chain.expirations[0]
    assert (first.expiration, first.settlement, first.ticks) == (date(2026, 11, 27), "PM", ES_TICKS)
    assert first.stops_trading_at == at(18, 15, 0, day=27)
    assert first.strikes[1] == ChainStrike(
        D("7300.0"),
        "./ESZ6 EW4X6 261127C7300",
        "./ESZ6 EW4X6 261127P7300",
        "./EW4X26C7300:XCME",
        "./EW4X26P7300:XCME",
    )
    crude = value("instruments/futures_option_chain_cl_nested.json", lambda client: client.future_option_chain("CL"))
    assert crude.futures == (ChainFuture("/CLF7", "/CL", date(2026, 12, 21)),)
    (monthly,) = crude.expirations
    assert (monthly.option_root_symbol, monthly.kind, monthly.ticks) == ("LO", "Regular", ticks(("0.01", None)))
    assert [row.put for row in monthly.strikes] == [f"./CLF7 LOF7  261216P{number}" for number in ("52", "62.5", "72")]


def test_quotes() -> None:
    client, replies = replying("market_data/by_type.json")
    outcome = client.quotes({"equity-option": [P7200, P7250], "future": ["/ESZ6"]})
    assert isinstance(outcome, Accepted)
    moment = at(15, 0, 0, 412)
    assert outcome.value[0] == MarketQuote(P7200, OPTION, D("8.30"), D("8.50"), D("41.0"), D("55.0"), moment)
    assert outcome.value[-1] == MarketQuote(
        "/ESZ6", InstrumentType.FUTURE, D("7702.0"), D("7702.25"), D("35.0"), D("29.0"), moment
    )
    assert len(outcome.value) == 6
    assert replies.requests[0].url.params.multi_items() == [
        ("equity-option", P7200),
        ("equity-option", P7250),
        ("future", "/ESZ6"),
    ]


def test_the_quote_token_does_not_show() -> None:
    token = value("market_data/api_quote_token.json", lambda client: client.quote_token())
    assert (token.token, token.url, token.level) == ("dGFzdHk-sample-token", "ws://127.0.0.1:8765/dxlink", "api")
    assert token.token not in repr(token)


# -- OAuth and errors ---------------------------------------------------------------------------------------------


def oauth_client(name: str) -> TastytradeClient:
    body, code = raw(name), status_of(name)
    replies = Replies(lambda request: httpx.Response(500), lambda request: httpx.Response(code, content=body))
    return client_of(replies)


def test_oauth() -> None:
    token = oauth_client("oauth/token_200.json").bearer()
    assert isinstance(token, Accepted)
    assert token.value.reveal() == "Bearer eyJhbGciOiJFZERTQSJ9.sample.sample"
    assert oauth_client("oauth/token_400_invalid_grant.json").bearer() == Refused(400, "invalid_grant", "Invalid JWT")


def preflight(code: str, message: str) -> Refused:
    return Refused(422, code, message, (Reason(code, message),))


SUPPORT = "Unique customer support identifier: 00000000000000000000000000000000"
ERRORS: dict[str, Refused | Unreachable] = {
    "errors/400_missing_start_date.json": Refused(
        400,
        "validation_error",
        "Request validation failed",
        (Reason("start-date", "start-date or start-at is required"),),
    ),
    "errors/400_validation_error.json": Refused(
        400, "validation_error", "Request validation failed", (Reason("price", "must be greater than zero"),)
    ),
    "errors/401_invalid_credentials.json": Refused(
        401, "invalid_credentials", f"Invalid login, please check your username and password. {SUPPORT}"
    ),
    "errors/401_nginx_missing_user_agent.html": Refused(
        401, "user_agent_refused", "a web page instead of JSON: the User-Agent was not taken"
    ),
    "errors/401_unauthorized.json": Refused(401, "unauthorized", "Unauthorized"),
    "errors/403_insufficient_scopes.json": Refused(403, "insufficient_scopes", "Token has insufficient scopes"),
    "errors/403_not_permitted.json": Refused(403, "not_permitted", "User not permitted access"),
    "errors/404_not_found.json": Refused(404, "record_not_found", "Couldn't find the requested record"),
    "errors/406_version.json": Refused(406, "not_acceptable", "Requested API version is not supported"),
    "errors/422_after_hours_market.json": preflight(
        "tif_no_after_hours_opening_market_orders", "Opening market orders not allowed when market closed."
    ),
    "errors/422_cannot_update_order.json": Refused(422, "cannot_update_order", "The order could not be cancelled"),
    "errors/422_cant_buy_for_credit.json": preflight("cant_buy_for_credit", "You cannot buy for a credit."),
    "errors/422_existing_closing_order.json": preflight(
        "cannot_close_against_more_than_existing_position",
        "You already have a closing order which must be cancelled before this order can be routed.",
    ),
    "errors/422_ext_outside_window.json": preflight(
        "tif_no_after_hours_orders", "Orders are not accepted at this time."
    ),
    "errors/422_gtc_market.json": preflight(
        "gtc_market_orders_not_supported", "GTC/GTD Market orders are not supported."
    ),
    "errors/422_instrument_validation.json": preflight(
        "instrument_validation_failed", "Trading of SPX   261104P07250000 is not supported"
    ),
    "errors/422_margin_check_failed.json": preflight(
        "margin_check_failed", "Account does not have sufficient buying power available for this order."
    ),
    "errors/422_oco_type_combo.json": preflight(
        "invalid_oco_order_type_combo", "An OCO needs one Limit order and one Stop or Stop Limit order."
    ),
    "errors/422_same_symbol.json": preflight(
        "illegal_buy_and_sell_on_same_symbol", "Cannot buy and sell against the same symbol."
    ),
    "errors/422_too_close_to_expiration.json": preflight(
        "too_close_to_expiration", "Opening orders are not accepted this close to expiration."
    ),
    "errors/429_json.json": Unreachable(Trouble.THROTTLED, "status 429", left=True),
    "errors/429_nginx.html": Unreachable(Trouble.THROTTLED, "status 429", left=True),
    "errors/500_internal.json": Unreachable(Trouble.SERVER_FAULT, "status 500 internal_server_error", left=True),
    "errors/502_nginx.html": Unreachable(Trouble.SERVER_FAULT, "status 502", left=True),
    "errors/504_timeout.json": Unreachable(Trouble.SERVER_FAULT, "status 504 timeout_error", left=True),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_an_order(name: str) -> None:
    client, replies = replying(name)
    outcome = client.place(CONDOR)
    expected = ERRORS[name]
    if isinstance(expected, Unreachable):
        assert isinstance(outcome, Unreachable)
        where = f"POST /accounts/{ACCOUNT}/orders: "
        expected = Unreachable(expected.trouble, where + expected.text, expected.left)
    assert outcome == expected
    # only a JSON 401 is worth a second try, and that with another token
    again = isinstance(expected, Refused) and expected.status == 401 and name.endswith(".json")
    assert len(replies.requests) == (2 if again else 1)


# -- streams ------------------------------------------------------------------------------------------------------


def told(message: object) -> object:
    return read_message(json.dumps(message), ACCOUNT)


def test_the_handshake_of_the_account_stream() -> None:
    frames = document("streaming/account_handshake.json")
    replies = [told(frame["message"]) for frame in frames if frame["dir"] == "server"]
    assert replies == [Answer("connect", True, ""), Answer("heartbeat", True, "")]


def test_errors_of_the_account_stream() -> None:
    assert [told(message) for message in document("streaming/account_errors.json")] == [
        Answer("connect", False, "Unknown domain"),
        Answer("connect", False, "value missing or not valid"),
        Answer("heartbeat", False, "connect-not-completed"),
    ]


def test_a_whole_fill_as_the_account_stream_tells_it() -> None:
    first = position(P7200, OPTION, "SPX", 1, "8.40")
    assert [told(message) for message in document("streaming/account_notifications_fill_sequence.json")] == [
        condor(480123001, Status.RECEIVED),
        condor(480123001, Status.ROUTED, touchable=False),
        condor(480123001, Status.IN_FLIGHT, touchable=False),
        condor(480123001, Status.LIVE, **LIVE_AT),
        OUT_OF_STEP,
        PARTIAL,
        PositionNotice(first),
        BalancesNotice(BALANCES),
        FILLED_FIRST_LEG,
        FILLED,
        PositionNotice(position(P7200, OPTION, "SPX", 3, "8.40")),
        PositionNotice(position(P7200, OPTION, "SPX", 0, "8.40")),
        TradingStatusNotice(STATUS),
        ComplexOrderNotice(otoco(placed=True)),
        Unmapped("UnderlyingYearGainSummary", ""),
    ]


def test_other_notifications_of_the_account_stream() -> None:
    assert told(document("streaming/account_notification_rejected.json")) == REJECTED
    assert told(document("streaming/account_notification_cancelled_after_partial.json")) == CANCELLED_AFTER_PARTIAL
    assert told(document("streaming/account_notification_unmapped_order_chain.json")) == Unmapped("OrderChain", "")


def test_the_quote_stream() -> None:
    reader = FeedReader()
    frames = [frame["frame"] for frame in document("streaming/dxlink_frames.json") if frame["dir"] == "server"]
    found = [event for frame in frames for event in reader.read(json.dumps(frame))]
    assert [event for event in found if isinstance(event, FeedQuote)] == [
        FeedQuote(".SPXW261218P7200", D("8.3"), D("8.5"), D("41.0"), D("55.0")),
        FeedQuote(".SPXW261218P7250", D("10.5"), D("10.7"), D("38.0"), D("47.0")),
        FeedQuote(".SPXW261218C8050", D("7.1"), D("7.2"), D("22.0"), D("18.0")),
        FeedQuote(".SPXW261218C8100", D("4.7"), D("4.9"), D("25.0"), D("30.0")),
        FeedQuote("./LOF27P52:XNYM", D("0.92"), D("0.95"), D("14.0"), D("9.0")),
        FeedQuote("VIX", None, None, None, None),
    ]
    assert [event for event in found if isinstance(event, FeedGreeks)] == [
        FeedGreeks(".SPXW261218P7250", 10.6, 0.182, -0.121, 0.00041, -1.12, -0.93, 4.21)
    ]
    states = [(event.kind, event.state) for event in found if isinstance(event, FeedState)]
    assert states[:3] == [("SETUP", ""), ("AUTH_STATE", "UNAUTHORIZED"), ("AUTH_STATE", "AUTHORIZED")]
    assert states[-1] == ("KEEPALIVE", "")


# -- none forgotten -----------------------------------------------------------------------------------------------

ELSEWHERE = {
    *(f"account/{name}.json" for name in (
        "customers_me_accounts", "balances_usd", "balances_list", "positions", "positions_empty", "trading_status",
        "position_limit", "margin_requirements", "margin_requirements_no_positions", "transactions",
        "transactions_total_fees",
    )),
    *(f"orders/{name}.json" for name in (
        "futures_option_strangle_live", "futures_option_strangle_filled", "delete_200_cancel_requested",
        "replace_put_200_new_order", "search_list", "live_list", "search_empty", "dry_run_ok",
        "dry_run_warning_next_session", "dry_run_warning_closing_no_position", "place_201_routed",
        "place_201_received_after_hours", "complex_dry_run", "complex_place_201_otoco", "complex_get",
        "complex_live_list",
    )),
    *(f"instruments/{name}.json" for name in (
        "equity_spx", "equity_spy", "equity_aapl", "equity_option_spxw", "future_esz6", "futures_list",
        "future_option_ew4", "future_option_products", "option_chain_spx_nested", "option_chain_spy_nested",
        "futures_option_chain_es_nested", "futures_option_chain_cl_nested",
    )),
    "market_data/by_type.json", "market_data/api_quote_token.json",
    "oauth/token_200.json", "oauth/token_400_invalid_grant.json",
    *(f"streaming/{name}.json" for name in (
        "account_handshake", "account_errors", "account_notifications_fill_sequence",
        "account_notification_rejected", "account_notification_cancelled_after_partial",
        "account_notification_unmapped_order_chain", "dxlink_frames",
    )),
}  # fmt: skip


def test_every_sample_is_read_here() -> None:
    there = {path.relative_to(TASTYTRADE_SAMPLES).as_posix() for path in TASTYTRADE_SAMPLES.glob("*/*")}
    assert len(there) == 94
    assert there == {*ORDERS, *REQUESTS, *ERRORS, *ELSEWHERE}
    named = {cast(str, entry["file"]) for entry in document("manifest.json")["entries"]}
    assert named == there
