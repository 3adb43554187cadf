from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import covariance as reference_covariance
from statistics import variance as reference_variance

import numpy as np
import pytest
from fakes.finished_run import START, FakeView, finished_run, ns
from hypothesis import given
from hypothesis.strategies import DataObject, data, integers, lists, sampled_from

from leansim.account.trades import ClosedTrade
from leansim.api.enums import OrderStatus, SecurityType
from leansim.api.instant import Instant
from leansim.api.markets import Market
from leansim.api.order_events import OrderEvent, OrderFee
from leansim.api.orders import MarketOrder
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_MINUTE, TimeZones
from leansim.results.capacity import CapacityEstimate, _SymbolCapacity
from leansim.results.market import MarketBars, MarketNow
from leansim.results.moments import covariance, kurtosis, normal_cdf, skewness, variance
from leansim.results.portfolio_statistics import (
    compound_annual_return,
    drawdown_and_recovery,
    portfolio_statistics,
    probabilistic_sharpe_ratio,
)
from leansim.results.recorder import EngineInfo, Recorder, TradeRecord
from leansim.results.statistics import statistics_of
from leansim.results.trade_statistics import trade_statistics
from leansim.run_view import AccountView

D = Decimal
ZERO = D(0)
DAY = 86_400_000_000_000


# ---- moments


def test_moments_against_other_formulas() -> None:
    first, second = [0.01, -0.02, 0.03, 0.005, -0.01], [0.02, -0.01, 0.01, 0.0, -0.03]
    assert variance(first) == pytest.approx(reference_variance(first))
    assert covariance(first, second) == pytest.approx(reference_covariance(first, second))
    n, center = len(first), sum(first) / len(first)
    m2, m3, m4 = (sum((x - center) ** power for x in first) / n for power in (2, 3, 4))
    assert skewness(first) == pytest.approx(m3 / m2**1.5 * math.sqrt(n * (n - 1)) / (n - 2))
    excess = m4 / m2**2 - 3
    assert kurtosis(first) == pytest.approx((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6))


def test_samples_too_small_have_no_moments() -> None:
    assert all(math.isnan(value) for value in (variance([1.0]), skewness([1.0, 2.0]), kurtosis([1.0, 2.0, 3.0])))
    assert math.isnan(kurtosis([1.0] * 9))
    with pytest.raises(ValueError, match="shorter"):
        covariance([1.0, 2.0], [1.0])


def test_the_normal_distribution() -> None:
    assert normal_cdf(0) == 0.5
    assert normal_cdf(1.96) == pytest.approx(0.975, abs=1e-4)


# ---- account


def test_drawdown_and_the_longest_recovery() -> None:
    equity = [(0, D(100)), (DAY, D(90)), (3 * DAY, D(100)), (4 * DAY, D(110)), (5 * DAY, D(77)), (9 * DAY, D(109))]
    assert drawdown_and_recovery(equity) == (D("0.300"), 3)
    assert drawdown_and_recovery([(0, D(100))]) == (D(0), 0)


def test_compound_annual_return() -> None:
    assert compound_annual_return(D(100), D(121), D(2)) == pytest.approx(D("0.1"), abs=D("1e-12"))
    assert compound_annual_return(D(100), D(-5), D("0.3")) == 0
    assert compound_annual_return(D(100), D(121), D(0)) == 0


def test_the_probabilistic_sharpe_ratio_needs_four_returns() -> None:
    assert probabilistic_sharpe_ratio([0.01, 0.02, 0.03], 0.06, 0.0) == 0
    assert 0.5 < probabilistic_sharpe_ratio([0.01, 0.02, 0.015, 0.03, -0.001] * 10, 0.06, 0.0) <= 1


def test_a_loss_that_counts_as_a_win_raises_the_win_rate_only() -> None:
    figures = portfolio_statistics(
        [D(500), D(-300), D(-100)], [(0, D(10_000)), (DAY, D(10_100))], [], [0.01, 0.0, 0.02], [0.0, 0.01, 0.0],
        D(10_000), lambda _: D(0), 252, wins=2, losses=1,
    )  # fmt: skip
    assert figures.win_rate == D(2) / 3
    assert figures.average_win_rate == D("0.05")
    assert figures.average_loss_rate == (D(-300) / 10_500 + D(-100) / 10_200) / 2


def test_with_less_than_two_returns_only_equity_and_turnover_are_known() -> None:
    figures = portfolio_statistics(
        [D(500)], [(0, D(10_000)), (DAY, D(10_500))], [(DAY, D("0.2"))], [0.01], [0.0], D(10_000),
        lambda _: D(0), 252, 1, 0,
    )  # fmt: skip
    assert (figures.end_equity, figures.portfolio_turnover) == (D(10_500), D("0.2"))
    assert (figures.win_rate, figures.total_net_profit) == (D(0), D(0))


# ---- trades


def trade(profit: int, hours: int, is_win: bool | None = None, at: int = 0, mae: int = 0, mfe: int = 0) -> ClosedTrade:
    entry = ns(START) + at * DAY
    return ClosedTrade(
        "t", (), entry, D(1), "Long", D(1), entry + hours * 3_600_000_000_000, D(2), D(profit), D(1), D(mae), D(mfe),
        D(max(mfe - profit, 0)), profit > 0 if is_win is None else is_win, (1,),
    )  # fmt: skip


def test_trade_statistics() -> None:
    figures = trade_statistics(
        [trade(100, 1, mfe=120), trade(-50, 2, at=1, mae=-80), trade(-10, 3, at=2, is_win=True), trade(200, 4, at=9)]
    )
    assert (figures.total_number_of_trades, figures.number_of_winning_trades, figures.number_of_losing_trades) == (
        4,
        3,
        1,
    )
    assert (figures.total_profit, figures.total_loss) == (D(300), D(-60))
    assert figures.average_profit_loss == pytest.approx(D(60))
    assert (figures.profit_loss_ratio, figures.profit_factor) == (D(5), D(5))
    assert (figures.max_consecutive_winning_trades, figures.max_consecutive_losing_trades) == (2, 1)
    assert figures.maximum_closed_trade_drawdown == D(-60)
    assert figures.maximum_intra_trade_drawdown == D(-120), "LEAN counts what the first trade gave back, too"
    assert figures.average_trade_ticks == 9_000 * 10_000_000
    assert figures.median_trade_ticks == 3 * 3_600 * 10_000_000
    assert figures.maximum_drawdown_ticks == (9 * 24 + 4 - 1) * 3_600 * 10_000_000
    assert figures.total_fees == D(4)


def test_without_losses_ratios_are_ten_and_without_trades_zero() -> None:
    assert trade_statistics([trade(100, 1)]).profit_factor == 10
    assert trade_statistics([trade(100, 1)]).win_loss_ratio == 10
    assert trade_statistics([]).profit_factor == 0


# ---- sampling


def recorder_of(view: FakeView) -> Recorder:
    recorder = Recorder(EngineInfo("0"))
    recorder.begin(view)
    return recorder


def test_equity_is_charted_every_four_minutes_with_its_extremes() -> None:
    view = FakeView(days=1)
    recorder = recorder_of(view)
    for minute, equity in enumerate((100_000, 100_500, 99_000, 100_100, 100_200, 100_300)):
        view.utc_ns = ns(START + timedelta(hours=10, minutes=minute))
        view.equity = D(equity)
        recorder.step(view.utc_ns)
    points = recorder.charts.points("Strategy Equity", "Equity")
    assert [values for _, values in points] == [(100_000,) * 4, (100_500, 100_500, 99_000, 100_300)]


def test_nothing_is_sampled_while_warming_up_and_the_start_is_taken_afterwards() -> None:
    view = FakeView()
    view.is_warming_up = True
    recorder = recorder_of(view)
    recorder.sample_day()
    view.equity = D(123)
    recorder.warm_up_finished()
    assert recorder.charts.points("Benchmark", "Benchmark") == []
    assert recorder.sampler is not None
    assert recorder.sampler.starting_equity == 123


def test_a_turnover_sampled_twice_at_one_instant_counts_once() -> None:
    view = FakeView()
    recorder = recorder_of(view)
    view.utc_ns += DAY
    for volume in (1_000, 3_000):
        view.sale_volume = D(volume)
        recorder.sample_day()
    points = recorder.charts.points("Portfolio Turnover", "Portfolio Turnover")
    assert [values for _, values in points] == [(D("0.03"),)]


def test_a_run_that_ends_on_its_first_day_still_has_start_and_end() -> None:
    view = FakeView()
    recorder = recorder_of(view)
    recorder.charts.charts.pop("Benchmark", None)
    view.utc_ns += DAY // 2
    view.equity = D(101_000)
    recorder.step(view.utc_ns)
    recorder.finish("RuntimeError", "x")
    summary = statistics_of(recorder).summary
    assert (summary["Start Equity"], summary["End Equity"]) == ("100000", "101000")
    still = recorder_of(FakeView())
    still.finish("RuntimeError", "x")
    assert statistics_of(still).summary == {}


def test_own_summary_statistics_do_not_replace_leans() -> None:
    recorder = finished_run()
    recorder.summary_statistic("Sharpe Ratio", "99")
    recorder.summary_statistic("Own", "1")
    summary = statistics_of(recorder).summary
    assert summary["Sharpe Ratio"] != "99"
    assert summary["Own"] == "1"


def test_rolling_periods_end_with_the_months() -> None:
    rolling = statistics_of(finished_run(days=60)).rolling
    assert list(rolling) == [
        f"M{months}_{end}" for months in (1, 3, 6, 12) for end in ("20180131", "20180228", "20180303")
    ]
    assert rolling["M1_20180228"].portfolio.start_equity != rolling["M3_20180228"].portfolio.start_equity


def test_trades_and_records_of_a_period_are_those_that_end_in_it() -> None:
    recorder = finished_run(days=60)
    recorder.trade_records = [
        TradeRecord(ns(datetime(2018, 2, day, 12, tzinfo=UTC)), D(100), is_win=True) for day in (1, 28)
    ]
    rolling = statistics_of(recorder).rolling
    assert rolling["M1_20180131"].portfolio.average_win_rate == 0
    assert rolling["M1_20180228"].portfolio.average_win_rate > 0


# ---- capacity


def fill(view: FakeView, symbol: Symbol, quantity: int = 10, price: str = "2") -> OrderEvent:
    order = MarketOrder(symbol, quantity, view.utc_ns)
    order._set_id(1)
    event = OrderEvent(order, view.utc_ns, OrderFee.ZERO)
    event.status = OrderStatus.FILLED
    event._fill_price, event._fill_quantity = D(price), D(quantity)
    return event


def test_capacity_is_the_markets_part_over_our_share() -> None:
    view = FakeView(days=30)
    estimate = CapacityEstimate(view)
    view.utc_ns += DAY
    estimate.order_event(fill(view, view.symbol))
    view.bar = (2.0, 50.0, NS_PER_MINUTE)
    estimate.step(view.utc_ns, force=True)
    # 2 * 50 * 100 in the minute of the fill, a fifth of it, and all of our trading is in this security
    assert estimate.capacity == D("2000.00")
    assert estimate.lowest_asset == view.symbol


def test_the_asset_with_the_least_market_decides_and_volume_ends_when_the_effect_does() -> None:
    view = FakeView(days=30)
    other = Symbol.create("VIX", SecurityType.INDEX, Market.USA)
    estimate = CapacityEstimate(view)
    view.utc_ns += DAY
    estimate.order_event(fill(view, view.symbol))
    view.bar = (2.0, 50.0, NS_PER_MINUTE)
    estimate.step(view.utc_ns, force=False)
    view.utc_ns += 121 * 60_000_000_000
    estimate.step(view.utc_ns, force=False)
    estimate.order_event(fill(view, other))
    estimate.step(view.utc_ns, force=False)
    estimate.step(view.utc_ns, force=True)
    assert estimate.lowest_asset == view.symbol, "its two hours were over before the later bars"


def test_unfilled_orders_do_not_count() -> None:
    view = FakeView()
    estimate = CapacityEstimate(view)
    event = fill(view, view.symbol)
    event.status = OrderStatus.SUBMITTED
    estimate.order_event(event)
    estimate.step(view.utc_ns, force=True)
    assert estimate.lowest_asset is None


def market(closes: list[float], volumes: list[float]) -> MarketBars:
    return MarketBars(np.array(closes), np.array(volumes), np.full(len(closes), NS_PER_MINUTE))


@given(data())
def test_bars_taken_together_count_as_each_by_itself(draw: DataObject) -> None:
    count = draw.draw(integers(1, 40))
    closes = draw.draw(lists(sampled_from([math.nan, 0.0, 0.05, 2.675, 4.0, 900.0]), min_size=count, max_size=count))
    volumes = draw.draw(lists(sampled_from([0.0, 0.5, 3.0, 40.0, 6000.0]), min_size=count, max_size=count))
    gaps = draw.draw(lists(integers(1, 40), min_size=count, max_size=count))
    view = FakeView(days=30)
    start = view.utc_ns
    together, alone = (_SymbolCapacity(view, view.symbol) for _ in range(2))
    for each in (together, alone):
        each.fill(fill(view, view.symbol))
    instants = np.array([start + sum(gaps[: at + 1]) * NS_PER_MINUTE for at in range(count)])
    done = together.market_done(instants, market(closes, volumes))
    done_alone = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_SymbolCapacity, "_take_quiet", lambda *_: 0)
        for at in range(count):
            done_alone = alone.market_done(instants[at : at + 1], market(closes[at : at + 1], volumes[at : at + 1]))
            if done_alone:
                break
    assert done == done_alone
    assert together.market_volume == alone.market_volume
    assert (together._previous_bar_ns, together._previous_volume) == (alone._previous_bar_ns, alone._previous_volume)


@given(data())
def test_steps_looked_at_together_count_as_each_by_itself(draw: DataObject) -> None:
    view, other = FakeView(days=30), Symbol.create("VIX", SecurityType.INDEX, Market.USA)
    together, alone = CapacityEstimate(view), CapacityEstimate(view)
    for _ in range(draw.draw(integers(1, 30))):
        view.utc_ns += draw.draw(sampled_from([1, 7, 59, 60, 121, 1440])) * NS_PER_MINUTE
        period = draw.draw(sampled_from([NS_PER_MINUTE, NS_PER_MINUTE, NS_PER_MINUTE, 60 * NS_PER_MINUTE]))
        view.bar = draw.draw(sampled_from([None, (2.0, 50.0, period), (900.0, 600.0, period), (2.0, 0.0, period)]))
        traded = draw.draw(sampled_from([None, None, None, view.symbol, other]))
        for each in (together, alone):
            if traded is not None:
                each.order_event(fill(view, traded))
            each.step(view.utc_ns, force=False)
        alone._look_at_market()
    together._look_at_market()
    assert list(together._monitored) == list(alone._monitored)
    for symbol, each in together._by_symbol.items():
        # a part of a day that is no decimal is rounded at the 28th digit, once for all bars or at each
        assert each.market_volume == pytest.approx(alone._by_symbol[symbol].market_volume, rel=D("1e-20"), abs=ZERO)
        assert each._previous_bar_ns == alone._by_symbol[symbol]._previous_bar_ns


def test_a_security_only_the_engine_follows_has_the_bars_that_were_kept() -> None:
    followed, nothing = Symbol.create("SPX", SecurityType.INDEX, "usa"), Symbol.create("VIX", SecurityType.INDEX, "usa")
    nothing_new = Instant.of(TimeZones.UTC, 1, [], None)
    steps = [MarketNow(1, nothing_new, {}), MarketNow(2, nothing_new, {followed: (4.0, 5.0, NS_PER_MINUTE)})]
    found = AccountView.market_bars(AccountView.__new__(AccountView), [followed, nothing], steps)
    assert list(found) == [followed]
    assert math.isnan(found[followed].close[0])
    assert found[followed].bar(1) == (D(4), D(5), "Minute")


def test_no_bar_counts_after_the_contract_has_ended() -> None:
    view = FakeView(days=30)
    view.end_ns = view.utc_ns + NS_PER_MINUTE
    each = _SymbolCapacity(view, view.symbol)
    each.fill(fill(view, view.symbol))
    instants = np.array([view.utc_ns + NS_PER_MINUTE, view.utc_ns + 2 * NS_PER_MINUTE])
    assert not each.market_done(instants[:1], market([2.0], [50.0]))
    counted = each.market_volume
    assert counted > 0
    assert each.market_done(instants, market([math.nan, 2.0], [0.0, 50.0]))
    assert each.market_volume == counted
