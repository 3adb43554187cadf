"""Statistics and fingerprints of orders against what the real engine printed (`../shared/lean-goldens/algorithms`)."""

from __future__ import annotations

import bisect
import gzip
import json
import os
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leansim.api.enums import DataNormalizationMode, OrderStatus, OrderType, SecurityType
from leansim.api.order_properties import OrderProperties, TimeInForce
from leansim.api.orders import (
    ComboLegLimitOrder,
    ComboLimitOrder,
    ComboMarketOrder,
    GroupOrderManager,
    LimitIfTouchedOrder,
    LimitOrder,
    MarketOnCloseOrder,
    MarketOnOpenOrder,
    MarketOrder,
    OptionExerciseOrder,
    Order,
    OrderSubmissionData,
    StopLimitOrder,
    StopMarketOrder,
)
from leansim.api.symbols import SecurityIdentifier, Symbol
from leansim.lean_data.folder import DataFolder
from leansim.results.orders_json import order_list_hash
from leansim.results.rounding import smart
from leansim.results.statistics import Samples, Totals, generate
from leansim.trading.submission_prices import with_all_digits

SHARED = Path(os.environ.get("TOMKING_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
ALGORITHMS = SHARED / "lean-goldens" / "algorithms"
DATA = SHARED / "lean-data"

pytestmark = pytest.mark.skipif(not ALGORITHMS.is_dir() or not DATA.is_dir(), reason=f"no goldens in {SHARED}")

NEW_YORK = ZoneInfo("America/New_York")
# LEAN hashes every digit a price carried; the recordings hold floats, so of these orders the digits cannot be known:
# futures quoted as 1680.50, adjustment factors of other than seven decimals, prices computed from adjusted prices, and
# the properties of another brokerage. (The times of LEAN's own margin call orders are of no time zone.)
DIGITS_LOST = {
    "BasicTemplateFuturesAlgorithm",
    "BasicTemplateFuturesHourlyAlgorithm",
    "BasicTemplateFuturesWithExtendedMarketAlgorithm",
    "BasicTemplateFuturesWithExtendedMarketHourlyAlgorithm",
    "CanLiquidateWithOrderPropertiesRegressionAlgorithm",
    "CustomDataIconicTypesAddDataRegressionAlgorithm",
    "ETFGlobalRotationAlgorithm",
    "FinancialAdvisorDemoAlgorithm",
    "FutureOptionShortCallOTMExpiryRegressionAlgorithm",
    "FuturesChainFullDataRegressionAlgorithm",
    "FuturesChainsMultipleFullDataRegressionAlgorithm",
    "HourSplitRegressionAlgorithm",
    "IndicatorWarmupAlgorithm",
    "LimitFillRegressionAlgorithm",
    "MarginCallEventsAlgorithm",
    "OrderTicketDemoAlgorithm",
    "ShortInterestFeeRegressionAlgorithm",
    "TrailingStopOrderAsyncRegressionAlgorithm",
}


def golden(name: str) -> dict[str, Any]:
    return json.loads(gzip.decompress((ALGORITHMS / f"{name}.json.gz").read_bytes()))


def names_with_orders() -> list[str]:
    if not ALGORITHMS.is_dir():
        return []
    names = [path.name.removesuffix(".json.gz") for path in sorted(ALGORITHMS.glob("*.json.gz"))]
    return [name for name in names if name not in DIGITS_LOST]


def dec(number: float) -> Decimal:
    value = Decimal(repr(number)).normalize()
    return value.quantize(Decimal(1)) if value.as_tuple().exponent > 0 else value


def ns(text: str) -> int:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def order_of(shape: dict[str, Any], groups: dict[int, GroupOrderManager]) -> Order:
    """The order a recording describes."""
    symbol = Symbol._of(
        SecurityIdentifier.parse(shape["symbol"]["id"]), shape["symbol"]["value"], underlying_of(shape["symbol"])
    )
    quantity, time = dec(shape["quantity"]), ns(shape["time"])
    properties = OrderProperties()
    if shape["properties"]["timeInForce"]:
        properties.time_in_force = TimeInForce.DAY
    tag = shape.get("tag")
    group = shape.get("groupOrderManager")
    if group and group["id"] not in groups:
        groups[group["id"]] = GroupOrderManager(
            group["id"], group["count"], dec(group["quantity"]), dec(group["limitPrice"])
        )
    manager = groups[group["id"]] if group else None
    order: Order
    match OrderType(shape["type"]):
        case OrderType.MARKET:
            order = MarketOrder(symbol, quantity, time, tag, properties)
        case OrderType.LIMIT:
            order = LimitOrder(symbol, quantity, dec(shape["limitPrice"]), time, tag, properties)
        case OrderType.STOP_MARKET:
            order = StopMarketOrder(symbol, quantity, dec(shape["stopPrice"]), time, tag, properties)
        case OrderType.STOP_LIMIT:
            order = StopLimitOrder(
                symbol, quantity, dec(shape["stopPrice"]), dec(shape["limitPrice"]), time, tag, properties
            )
            order.stop_triggered = shape["stopTriggered"]
        case OrderType.MARKET_ON_OPEN:
            order = MarketOnOpenOrder(symbol, quantity, time, tag, properties)
        case OrderType.MARKET_ON_CLOSE:
            order = MarketOnCloseOrder(symbol, quantity, time, tag, properties)
        case OrderType.OPTION_EXERCISE:
            order = OptionExerciseOrder(symbol, quantity, time, tag, properties)
        case OrderType.LIMIT_IF_TOUCHED:
            order = LimitIfTouchedOrder(
                symbol, quantity, dec(shape["triggerPrice"]), dec(shape["limitPrice"]), time, tag, properties
            )
            order.trigger_touched = shape["triggerTouched"]
        case OrderType.COMBO_MARKET:
            assert manager is not None
            order = ComboMarketOrder(symbol, quantity, time, manager, tag, properties)
        case OrderType.COMBO_LIMIT:
            assert manager is not None
            order = ComboLimitOrder(symbol, quantity, time, manager, tag, properties)
        case OrderType.COMBO_LEG_LIMIT:
            assert manager is not None
            order = ComboLegLimitOrder(symbol, quantity, dec(shape["limitPrice"]), time, manager, tag, properties)
        case other:
            raise AssertionError(f"no order of type {other} expected")
    order._set_id(shape["id"])
    order.broker_id = shape["brokerId"]
    order.price_currency = shape["priceCurrency"]
    order.status = OrderStatus(shape["status"])
    order.price_adjustment_mode = DataNormalizationMode(shape["priceAdjustmentMode"])
    order._price = dec(shape["price"])
    order._last_fill_ns = ns(shape["lastFillTime"]) if "lastFillTime" in shape else None
    order._last_update_ns = ns(shape["lastUpdateTime"]) if "lastUpdateTime" in shape else None
    order._canceled_ns = ns(shape["canceledTime"]) if "canceledTime" in shape else None
    if shape["orderSubmissionData"] is not None:
        sent = shape["orderSubmissionData"]
        equity = order.security_type == SecurityType.EQUITY
        adjusted = equity and order.price_adjustment_mode == DataNormalizationMode.ADJUSTED
        factor = Decimal("1.0000000" if adjusted else "1")
        order.order_submission_data = OrderSubmissionData(
            *(
                with_all_digits(dec(sent[name]), order.security_type, factor)
                for name in ("bidPrice", "askPrice", "lastPrice")
            )
        )
    return order


def underlying_of(symbol: dict[str, Any]) -> Symbol | None:
    below = symbol.get("underlying")
    if below is None:
        return None
    return Symbol._of(SecurityIdentifier.parse(below["id"]), below["value"], underlying_of(below))


@pytest.mark.parametrize("name", names_with_orders())
def test_the_fingerprint_of_the_orders_is_leans(name: str) -> None:
    recorded = golden(name)
    expected = (recorded["statistics"] or {}).get("OrderListHash")
    if expected is None:
        pytest.skip("LEAN printed no statistics of this run")
    groups: dict[int, GroupOrderManager] = {}
    orders = {shape["id"]: order_of(shape, groups) for shape in recorded["orders"]}
    assert order_list_hash(orders) == expected


@cache
def spy() -> tuple[list[int], list[Decimal]]:
    """Hourly closes of SPY as LEAN's default benchmark sees them: Unix seconds of the end, adjusted price."""
    with zipfile.ZipFile(DATA / "equity/usa/hour/spy.zip") as archive:
        lines = archive.read("spy.csv").decode().split()
    factors = []
    for line in (DATA / "equity/usa/factor_files/spy.csv").read_text().split():
        day, price, split, *_ = line.split(",")
        factors.append((date.fromisoformat(day), Decimal(price) * Decimal(split)))
    times, prices = [], []
    for day, rest in zip(lines[::2], lines[1::2], strict=True):
        hour, *values = rest.split(",")
        start = datetime.strptime(f"{day} {hour}", "%Y%m%d %H:%M").replace(tzinfo=NEW_YORK)
        factor = next((value for last, value in factors if last >= start.date()), Decimal(1))
        times.append(int((start + timedelta(hours=1)).timestamp()))
        prices.append(Decimal(values[3]) / 10_000 * factor)
    return times, prices


def benchmark(seconds: int) -> Decimal:
    times, prices = spy()
    position = bisect.bisect_right(times, seconds) - 1
    return prices[position] if position >= 0 else Decimal(0)


def samples_of(recorded: dict[str, Any]) -> Samples:
    """LEAN's samples of a run whose equity moves at closes only, so that the recorded day ends are all there is."""
    recorded_equity = [(int(seconds), dec(value)) for seconds, value in recorded["equity"]]
    start = Decimal(recorded["statistics"]["Start Equity"])
    first, last = recorded_equity[0][0], recorded_equity[-1][0]
    midnight = datetime.fromtimestamp(first, NEW_YORK).replace(hour=0, minute=0, second=0)
    days = []
    while midnight.timestamp() <= last:
        days.append(int(midnight.timestamp()))
        midnight += timedelta(days=1)
    if days[-1] != last:
        days.append(last)

    def equity(seconds: int) -> Decimal:
        return next((value for at, value in reversed(recorded_equity) if at <= seconds), start)

    performance, before = [], start
    for seconds in days:
        now = equity(seconds)
        performance.append((seconds * 10**9, smart(round((now - before) * 100 / before, 10))))
        before = now
    points = dict(recorded_equity) | {seconds: equity(seconds) for seconds in days}
    rates = DataFolder(DATA, cache=False).interest_rates

    def risk_free(times: Sequence[int]) -> Decimal:
        return sum((rates.rate(datetime.fromtimestamp(t / 1e9, UTC).date()) for t in times), Decimal(0)) / len(times)

    return Samples(
        equity=sorted((seconds * 10**9, value) for seconds, value in points.items()),
        performance=performance,
        benchmark=[(seconds * 10**9, smart(benchmark(seconds))) for seconds in days],
        turnover=[],
        trades=[],
        records=[],
        starting_capital=start,
        risk_free_rate=risk_free,
        trading_days=252,
    )


@pytest.mark.parametrize(
    "name",
    ["BasicTemplateDailyAlgorithm", "RollingWindowAlgorithm", "CustomBrokerageModelRegressionAlgorithm"],
)
def test_statistics_print_as_leans(name: str) -> None:
    recorded = golden(name)
    fees = sum((dec(event.get("orderFeeAmount", 0.0)) for event in recorded["order_events"]), Decimal(0))
    totals = Totals(len(recorded["orders"]), fees, Decimal(0), "", "$")
    # What these three need besides equity is not in the recording: market volume and the volume traded a day.
    unknown = {"Estimated Strategy Capacity", "Lowest Capacity Asset", "Portfolio Turnover", "OrderListHash"}
    ours = {name: text for name, text in generate(samples_of(recorded), totals).summary.items() if name not in unknown}
    assert len(ours) == 24
    assert ours == {name: text for name, text in recorded["statistics"].items() if name not in unknown}


def test_the_names_and_their_order_are_leans() -> None:
    recorded = golden("BasicTemplateDailyAlgorithm")
    ours = generate(samples_of(recorded), Totals(0, Decimal(0), Decimal(0), "", "$")).summary
    assert [*ours, "OrderListHash"] == list(recorded["statistics"])
