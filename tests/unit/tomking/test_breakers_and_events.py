"""What stops entries beside the strategies' own gates: losses, events, stress, Greeks, the margin circuit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import QuantLib
from builders import call, contract, put, quote
from hypothesis import given
from hypothesis import strategies as st
from market_days import AT_1030, DayMarket, account, day_market, exposure, spec_of
from modelled_market import Underlying, closes
from story import Story
from tomking.accounting import periods_of
from tomking.errors import SettingsError
from tomking.events import ExitReason, PhaseChanged, TradingState
from tomking.market.calendar import from_new_york, settles_at
from tomking.market.contract import Contract
from tomking.market.daily import DailyBar, average_range, exponential_average, price_range, rank
from tomking.market.event_dates import event_dates
from tomking.market.greeks import years_between
from tomking.market.valuation import valuation
from tomking.risk import co_movement
from tomking.risk.account import Account, ClosedTrade, Periods
from tomking.risk.breakers import flattening
from tomking.risk.case import Case
from tomking.risk.co_movement import average_correlations, moves_as_one
from tomking.risk.drawdown import FLATTEN, LIQUIDATE, STOP
from tomking.risk.greek_limits import beta_weighted
from tomking.risk.stress import CRISIS_WEIGHTS, StressLoss, crisis_weight, held_loss, stress_loss
from tomking.risk.validator import StrategyValidator
from tomking.settings import Settings
from tomking.state import Mark
from tomking.strategies.entries import intent_for
from tomking.strategies.sizing import size_factors

SETTINGS = Settings()


def code(
    of: Account, market: DayMarket | None = None, now: datetime = AT_1030, events: str = "", **parameters: str
) -> str | None:
    settings = Settings.from_parameters({name.replace("__", "."): value for name, value in parameters.items()})
    market = market or day_market()
    validator = StrategyValidator(settings, event_dates(events))
    denial = validator.check_intent(intent_for(spec_of("zero_dte", settings), market, now), of, market, now)
    return None if denial is None else denial.code


# -- losses ---------------------------------------------------------------------------------------------------------


def trades(text: str, strategy: str = "zero_dte", days_ago: int = 7) -> tuple[ClosedTrade, ...]:
    """``+-`` for a gain and then a loss; the last one so many days ago."""
    count = len(text)
    return tuple(
        ClosedTrade(strategy, AT_1030 - timedelta(days=days_ago + count - 1 - number), Decimal(f"{sign}100"))
        for number, sign in enumerate(text)
    )


@pytest.mark.parametrize(
    ("closed", "phase", "expected"),
    [
        ((), 4, None),
        (trades("++--"), 4, None),
        (trades("+---"), 4, "LOSS_STREAK"),
        (trades("+---", days_ago=14), 4, None),
        (trades("++--"), 1, "LOSS_STREAK"),  # two are enough in phase 1
        (trades("+-"), 1, None),
        (trades("---+"), 4, "LOSS_STREAK"),  # three of four lost
        (trades("---+++"), 4, None),
        (trades("---", strategy="lt112"), 4, None),
    ],
)
def test_streaks(closed: tuple[ClosedTrade, ...], phase: int, expected: str | None) -> None:
    assert code(replace(account(phase=phase), closed=closed)) == expected


@pytest.mark.parametrize(
    ("periods", "high", "expected"),
    [
        (Periods(), None, None),
        (Periods(day=Decimal(102_000)), None, None),
        (Periods(day=Decimal(102_050)), None, "DAY_LOSS"),  # 2 %: the strategy's own
        (Periods(day=Decimal(105_270)), None, "PERIOD_LOSS"),
        (Periods(week=Decimal(111_111)), None, None),
        (Periods(week=Decimal(111_112)), None, "PERIOD_LOSS"),
        (Periods(month=Decimal(117_647)), None, None),
        (Periods(month=Decimal(117_648)), None, "PERIOD_LOSS"),
        (Periods(), Decimal(103_092), None),
        (Periods(), Decimal(103_093), "PERIOD_LOSS"),
    ],
)
def test_losses_of_a_period(periods: Periods, high: Decimal | None, expected: str | None) -> None:
    assert code(replace(account(), periods=periods, day_high=high)) == expected


@pytest.mark.parametrize(
    ("day", "factor"),
    [("104166", 1), ("104167", Decimal("0.5"))],  # 80 % of the limit of 5 %
)
def test_near_a_periods_limit_a_position_is_half_as_big(day: str, factor: Decimal) -> None:
    near = replace(account(), periods=Periods(day=Decimal(day)))
    factors = size_factors(spec_of("zero_dte"), day_market(), near, Settings())
    assert [each for each, _ in factors] == ([] if factor == 1 else [factor])


@pytest.mark.parametrize(
    ("began", "equity", "is_flattened"),
    [
        (Periods(day=Decimal(100_000)), 92_501, False),
        (Periods(day=Decimal(100_000)), 92_500, True),
        (Periods(week=Decimal(100_000)), 85_001, False),
        (Periods(week=Decimal(100_000)), 85_000, True),
        (Periods(month=Decimal(100_000)), 77_501, False),
        (Periods(month=Decimal(100_000)), 77_500, True),
        (Periods(), 1, False),
    ],
)
def test_a_loss_of_one_and_a_half_limits_closes_everything(began: Periods, equity: int, is_flattened: bool) -> None:
    assert bool(flattening(began, Decimal(equity), Settings().breakers)) is is_flattened
    never = Settings.from_parameters({"breakers.flatten_multiple": "none"}).breakers
    assert not flattening(began, Decimal(equity), never)


def test_periods_move_along_with_deposits() -> None:
    def mark(day: date, equity: int, flow: int = 0) -> Mark:
        return Mark(day, Decimal(equity), Decimal(flow))

    marks = [
        mark(date(2018, 1, 31), 100),
        mark(date(2018, 2, 2), 110),
        mark(date(2018, 2, 5), 160, 50),
        mark(date(2018, 2, 6), 165),
    ]
    found = periods_of(marks, date(2018, 2, 7))
    assert (found.day, found.week, found.month) == (165, 160, 150)
    assert periods_of([], date(2018, 2, 7)) == Periods()


# -- events ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "clock", "expected"),
    [
        ("", time(10, 30), None),
        ("2018-01-05,CPI", time(10, 30), "EVENT"),
        ("2018-01-04,CPI", time(10, 30), None),
        ("2018-01-05,FOMC", time(10, 59), None),  # from 14:00 only
        ("2018-01-05,GOOG", time(10, 30), None),
        ("# 2018-01-05,CPI", time(10, 30), None),
    ],
)
def test_days_of_announcements(events: str, clock: time, expected: str | None) -> None:
    assert code(account(), now=from_new_york(date(2018, 1, 5), clock), events=events) == expected


def test_the_meetings_are_built_in() -> None:
    dates = event_dates()
    assert dates.on(date(2018, 3, 21), ["FOMC"]) == "FOMC"
    assert dates.next_of("FOMC", date(2018, 3, 22)) == date(2018, 5, 2)
    assert all(day.weekday() < 5 for day in dates.days["FOMC"])
    for year in range(2014, 2027):
        assert sum(day.year == year for day in dates.days["FOMC"]) in (7, 8)


@pytest.mark.parametrize("line", ["2018-13-01,CPI", "2018-01-01", "yesterday,CPI", "2018-01-01,"])
def test_a_line_that_cannot_be_read_stops_the_start(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        event_dates(f"2018-01-05,CPI\n{line}")


def test_a_window_that_reaches_the_afternoon_is_closed_by_a_meeting() -> None:
    parameters = {"zero_dte__entry_until": "14:00", "zero_dte__weekday": "wednesday"}
    for clock, expected in ((time(13, 59), None), (time(14), "EVENT")):
        assert code(account(), now=from_new_york(date(2018, 3, 21), clock), **parameters) == expected


# -- stress ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "weight"),
    [("SPX", 1.0), ("ES", 1.0), ("NQ", 0.95), ("QQQ", 0.9), ("GC", -0.2), ("CL", 0.7), ("NOBODY", 1.0)],
)
def test_each_group_takes_its_share_of_a_crash(root: str, weight: float) -> None:
    assert crisis_weight(root, SETTINGS) == weight


def test_a_crash_reprices_every_option() -> None:
    """Against QuantLib: the index 8 % down, a month's volatility 30 points up, a longer one less."""
    expiry = date(2018, 4, 20)
    one, spot, price = put(2500, expiry), Decimal(2740), Decimal(25)
    years = years_between(AT_1030, settles_at(one))
    growth = 2.718281828459045 ** (-0.02 * years)
    deviation = QuantLib.blackFormulaImpliedStdDev(QuantLib.Option.Put, 2500.0, 2740 / growth, 25.0, growth)
    shifted = deviation + 0.30 * (30 / 365 / years) ** 0.5 * years**0.5
    worth = QuantLib.blackFormula(QuantLib.Option.Put, 2500.0, 2740 * 0.92 / growth, shifted, growth)
    found = stress_loss({one: -2}, {one: price}, spot, AT_1030, 0.02, SETTINGS)
    assert float(found) == pytest.approx((worth - 25) * 200, rel=2e-5)  # QuantLib stops at 1e-6
    assert stress_loss({one: 2}, {one: price}, spot, AT_1030, 0.02, SETTINGS) == 0, "what gains loses nothing"
    assert stress_loss({}, {}, spot, AT_1030, 0.02, SETTINGS) == 0


def test_the_book_leaves_so_much_room_for_a_crash() -> None:
    market = day_market()
    short = put(2650)
    market.quotes[short] = quote("3", "3.2", AT_1030)
    held = replace(exposure(), holding={short: -10})
    intent = intent_for(spec_of("zero_dte"), market, AT_1030)
    empty, full = (
        Case(settings=SETTINGS, account=account(exposures=exposures), market=market, now=AT_1030, intent=intent)
        for exposures in ((), (held,))
    )
    loss = held_loss({short: -10}, market, AT_1030, SETTINGS)
    assert loss is not None
    assert loss > 100_000
    assert StressLoss().room(empty) == 18_000
    assert StressLoss().room(full) == 18_000 - loss
    market.price = None
    assert StressLoss().room(full) == 18_000 - held.requirement, "what cannot be repriced counts with its requirement"


@given(st.integers(-5, 5), st.integers(1, 5))
def test_more_of_a_loser_never_loses_less(quantity: int, more: int) -> None:
    one, other = put(2500, date(2018, 4, 20)), call(2900, date(2018, 4, 20))
    prices = {one: Decimal(20), other: Decimal(8)}

    def loss(size: int) -> Decimal:
        return stress_loss({one: -size, other: quantity or 1}, prices, Decimal(2740), AT_1030, 0.02, SETTINGS)

    assert loss(more + 1) >= loss(more)


# -- Greeks ---------------------------------------------------------------------------------------------------------

LATER = date(2018, 3, 16)


def greek_market(**more: Any) -> DayMarket:
    market = day_market(**more)
    for strike in (2600, 2740):
        for right in ("P", "C"):
            market.quotes[contract(strike, right, LATER)] = quote("39", "41", AT_1030)
    return market


def test_greeks_of_a_book_are_told_in_shares_of_spy() -> None:
    market = greek_market()
    one = contract(2740, "C", LATER)
    own = valuation({one: 1}, {one: Decimal(40)}, Decimal(2740), AT_1030, 0.02).greeks()
    found = beta_weighted([{one: 1}], market, AT_1030, SETTINGS.greeks)
    assert found is not None
    # FakeMarket has one price for everything: SPY stands where SPX does, and each SPX point is one of SPY
    assert found.delta == pytest.approx(own.delta)
    assert found.vega == pytest.approx(own.vega)
    both = beta_weighted([{one: 1}, {one: -1}], market, AT_1030, SETTINGS.greeks)
    assert both is not None
    assert both.delta == pytest.approx(0, abs=1e-9)


def test_what_expires_today_is_left_out_and_an_unknown_price_is_said() -> None:
    market = greek_market()
    assert beta_weighted([{put(2700): -50}], market, AT_1030, SETTINGS.greeks).delta == 0  # type: ignore[union-attr]
    market.price = None
    assert beta_weighted([{contract(2740, "C", LATER): 1}], market, AT_1030, SETTINGS.greeks) is None


@pytest.mark.parametrize(
    ("mode", "denied", "warned"), [("off", False, False), ("warn", False, True), ("block", True, False)]
)
def test_limits_warn_first_and_block_when_told_to(mode: str, denied: bool, warned: bool) -> None:
    story = Story(
        Underlying("XSP", 274.0, 0.20, 0.15, half_spread=0.01),
        begins=date(2018, 1, 3),
        windows=((105, 135),),
        lt112__enabled="true",
        greeks__mode=mode,
        greeks__delta="1,1,1,1,1",
    )
    story.at(date(2018, 1, 3), time(10))
    assert ("GREEKS" in story.codes) is denied
    assert bool(story.positions) is not denied
    assert (any(note.code == "GREEKS" for note in story.desk.state.notes)) is warned


def test_valuation_adds_up() -> None:
    """Shares and futures move with the price; an unpriced option takes the highest volatility of the others."""
    one, other = contract(2600, "P", LATER), contract(2740, "C", LATER)
    stock = Contract(kind=one.kind.SHARES, underlying="SPX", root="SPX", multiplier=1)
    book = valuation(
        {one: -2, other: 1, stock: 5}, {one: Decimal(40), other: Decimal(40)}, Decimal(2740), AT_1030, 0.02
    )
    assert book.worth(2740) == pytest.approx(-2 * 4000 + 4000 + 5 * 2740)
    bump = 0.01
    change = (book.worth(2740 + bump) - book.worth(2740 - bump)) / (2 * bump)
    assert book.greeks().delta == pytest.approx(change, rel=1e-6)
    unpriced = valuation({one: -1, other: 1}, {one: Decimal(40)}, Decimal(2740), AT_1030, 0.02)
    assert unpriced.volatility[0] == unpriced.volatility[1]
    assert CRISIS_WEIGHTS.keys() == {"A1", "A2", "B1", "B2", "C1", "C2", "D1", "D2", "E"}


# -- sessions -------------------------------------------------------------------------------------------------------


def bars(*closes_of: float) -> list[DailyBar]:
    return closes(*closes_of, until=date(2018, 1, 5))


def test_figures_of_sessions() -> None:
    gap = [DailyBar(date(2018, 1, day), *(Decimal(n) for n in (10, 12, 9, 11))) for day in (1, 2)]
    gap.append(DailyBar(date(2018, 1, 3), *(Decimal(n) for n in (15, 16, 14, 15))))
    assert average_range(gap, 2) == Decimal(3 + 5) / 2  # the gap from 11 to 16 counts
    assert average_range(gap, 3) is None
    assert exponential_average(bars(1, 2, 3), 3) == 2
    assert exponential_average(bars(1, 2, 3, 6), 3) == 4
    assert exponential_average(bars(1, 2), 3) is None
    assert price_range(bars(5, 7, 3), 3) == (2, 8)
    assert rank(Decimal(20), bars(*[10.0] * 200, *[30.0] * 52), 252) == Decimal("0.5")
    assert rank(Decimal(20), bars(10, 30), 252) is None
    assert rank(Decimal(10), bars(*[10.0] * 252), 252) is None


def test_a_book_that_moves_as_one() -> None:
    wave = [100 + number % 7 for number in range(30)]
    against = [100 - number % 7 for number in range(30)]
    assert average_correlations([bars(*wave), bars(*wave)]) == pytest.approx([1] * 10)
    assert average_correlations([bars(*wave), bars(*against)]) == pytest.approx([-1] * 10, abs=0.02)
    assert average_correlations([bars(*wave), bars(*wave[:20])]) == average_correlations([bars(*wave)]) == []
    assert average_correlations([bars(*wave), bars(*[100.0] * 30)]) == []
    market = day_market()
    market.days = {root: bars(*wave) for root in ("SPX", "CL")}
    held = account(exposures=(exposure("other", "CL", is_short_volatility=False),))
    assert code(held, market) == "AVERAGE_CORRELATION"
    market.days["CL"] = bars(*against)
    assert code(held, market) is None
    market.days["XLE"] = market.days["SPY"] = bars(*wave)
    index = account(exposures=(exposure("other", "SPY", is_short_volatility=False),))
    assert code(index, market) is None, "the index under another name is counted, not correlated"


def test_a_session_has_one_correlation_all_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is worked out for the histories of the day once, and again when one of them is another."""
    market, reckoned = day_market(), []

    def reckon(histories: Sequence[Sequence[DailyBar]]) -> list[float]:
        reckoned.append(list(histories))
        return average_correlations(histories)

    monkeypatch.setattr(co_movement, "average_correlations", reckon)
    wave, other = (bars(*[100 + number % step for number in range(40)]) for step in (7, 5))
    market.days = dict.fromkeys(("SPX", "CL"), wave)
    held = account(exposures=(exposure("other", "CL", is_short_volatility=False),))
    for _ in range(3):
        assert code(held, market) == "AVERAGE_CORRELATION"
    assert reckoned == [[wave, wave]]
    market.days["CL"] = other
    assert code(held, market) is None
    assert reckoned[1:] == [[other, wave]]


@pytest.mark.parametrize(
    ("correlations", "as_one"),
    [
        ((), False),
        ((0.90,), False),
        ((0.91,), True),
        ((0.91, 0.70), True),
        ((0.91, 0.69), False),
        ((0.91, 0.69, 0.90), False),
        ((0.91, 0.69, 0.91), True),
    ],
)
def test_markets_that_moved_as_one_must_have_parted_first(correlations: tuple[float, ...], as_one: bool) -> None:
    assert moves_as_one(correlations, 0.90, 0.70) is as_one


def test_a_release_above_the_limit_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="correlation_release"):
        Settings.from_parameters({"breakers.correlation_release": "0.95"})


def test_a_quiet_range_where_it_is_asked_for() -> None:
    def strangle(*days: float, price: float = 100.0) -> list[str]:
        story = Story(
            Underlying("GLD", price, 0.16, 0.1, step=1.0, half_spread=0.01),
            begins=date(2018, 1, 9),
            windows=((75, 105),),
            futures_strangle__enabled="true",
            futures_strangle__products="GLD",
            futures_strangle__min_iv_rank="none",
            futures_strangle__max_range_fraction="0.08",
            futures_strangle__min_credit_fraction="0.001",
            futures_strangle__min_credit="1",
        )
        story.market.days["GLD"] = bars(*days)
        story.at(date(2018, 1, 9), time(10), seconds=5)
        return story.codes

    assert strangle(*[98.0, 102.0] * 10) == []
    assert strangle(*[95.0, 105.0] * 10) == ["RANGE"]
    assert strangle(*[98.0, 102.0] * 10, price=102.5) == ["RANGE"]
    assert strangle(*[98.0, 102.0] * 5) == ["RANGE_MISSING"]


# -- the days that matter -------------------------------------------------------------------------------------------


def a_book_of_ours(**parameters: str) -> Story:
    """Whatever our own rules let in, in a calm month: LT112 on XSP, strangles on ES and crude, the ladder's income."""
    story = Story(
        Underlying("XSP", 274.0, 0.20, 0.15, half_spread=0.01),
        Underlying("ES", 2740.0, 0.17, 0.12, step=10.0, multiplier=50, half_spread=0.01),
        Underlying("MCL", 60.0, 0.30, 0.05, step=0.5, multiplier=100, half_spread=0.01),
        begins=date(2018, 1, 3),
        windows=((0, 0), (75, 135)),
        lt112__enabled="true",
        futures_strangle__enabled="true",
        futures_strangle__products="ES,MCL",
        futures_strangle__min_iv_rank="none",
        futures_strangle__min_credit_fraction="0.02",
        futures_strangle__min_credit="5",
        **parameters,
    )
    for day, clock in (
        (date(2018, 1, 3), time(10)),
        (date(2018, 1, 9), time(10)),
        (date(2018, 1, 10), time(10)),
        (date(2018, 1, 17), time(10)),
        (date(2018, 2, 7), time(10)),
        (date(2018, 2, 13), time(10)),
    ):
        story.at(day, clock)
        story.end_day(day)
    return story


def crash(story: Story) -> None:
    """5 August 2024: the index 8 % down, volatility two and a half times as high, crude down with it."""
    for root, fall, up in (("XSP", 0.92, 2.5), ("ES", 0.92, 2.5), ("MCL", 0.944, 1.6)):
        one = story.market.underlyings[root]
        story.price(root, one.price * fall, one.volatility * up)
    story.market.the_vix = Decimal(45)


def test_august_2024_costs_less_than_a_fifth() -> None:
    story = a_book_of_ours()
    assert len(story.positions) >= 2, story.denials
    before = story.equity
    crash(story)
    story.market.set(from_new_york(date(2018, 2, 14), time(9, 45)))
    story.now = story.market.now
    assert 1 - story.equity / before < Decimal("0.20"), "gapped over every stop"
    story.at(date(2018, 2, 14), time(9, 45), seconds=120)
    assert 1 - story.equity / before < Decimal("0.20"), "and closed at the open"
    assert ExitReason.EMERGENCY in story.reasons, "a day as bad as that is left to a person"


def test_the_ladder_of_a_drawdown() -> None:
    story = a_book_of_ours(breakers__flatten_multiple="none")
    story.end_day(date(2018, 2, 14))
    peak = story.desk.state.high_water_mark
    assert peak is not None
    held = len(story.positions)
    story.cash = story.cash + peak * Decimal("0.86") - story.equity
    story.at(date(2018, 2, 15), time(12), seconds=10)
    assert story.desk.state.trading_state is TradingState.ACTIVE
    assert len(story.positions) == held
    story.cash -= peak * Decimal("0.02")
    story.at(date(2018, 2, 16), time(12), seconds=60)
    assert story.desk.state.trading_code == STOP
    assert set(story.reasons) <= {ExitReason.DRAWDOWN, ExitReason.PROFIT}, "losers go, the rest may stay"
    story.cash -= peak * Decimal("0.06")
    story.at(date(2018, 2, 20), time(12), seconds=120)
    assert story.desk.state.trading_code == LIQUIDATE
    assert not story.positions
    story.end_day(date(2018, 2, 20))
    story.market.the_vix = Decimal(20)
    story.at(date(2018, 3, 7), time(9, 31), seconds=10)
    assert story.desk.state.trading_state is TradingState.ACTIVE
    assert story.desk.state.resumed_from is not None


def test_up_a_phase_at_the_end_of_a_day_and_no_sooner() -> None:
    story = Story(
        Underlying("XSP", 274.0, 0.20, 0.15, half_spread=0.01),
        begins=date(2018, 1, 3),
        windows=((0, 0), (105, 135)),
        cash=60_000,
        lt112__enabled="true",
        lt112__buying_power_fractions="0,0,0.1,0.1,0.1",
    )
    story.at(date(2018, 1, 3), time(10))
    assert story.desk.state.phase == 2
    opened = story.only
    story.cash += 20_000
    story.at(date(2018, 1, 10), time(10))
    assert story.desk.state.phase == 2
    assert "STRATEGY_COUNT" in story.codes, "one position in phase 2"
    story.end_day(date(2018, 1, 10))
    assert story.desk.state.phase == 3
    assert story.only is opened, "rising closes nothing"
    story.price("XSP", 276.0)
    story.at(date(2018, 1, 17), time(10))
    assert story.codes.count("STRATEGY_COUNT") == 1, "the larger limit holds from the next day on"


def test_down_a_phase_and_the_book_follows_even_after_a_restart() -> None:
    story = a_book_of_ours()
    assert story.desk.state.phase == 4
    held = {position.strategy: position.position_id for position in story.positions}
    assert "lt112" in held
    story.cash -= Decimal(55_000)
    story.end_day(date(2018, 2, 14))
    assert story.desk.state.phase is not None
    assert story.desk.state.phase < 4
    (change,) = (each for each in story.events if isinstance(each, PhaseChanged) and each.new < 4)
    assert f"closes {held['lt112']}: lt112 on XSP is not traded there" in change.text
    story.restart()
    story.at(date(2018, 2, 15), time(12), seconds=120)
    assert ExitReason.PHASE in story.reasons or ExitReason.EMERGENCY in story.reasons
    assert "lt112" not in {position.strategy for position in story.positions}


def test_a_half_day_and_a_missing_vix() -> None:
    story = Story(
        Underlying("SPX", 2740.0, 0.30, 0.02, step=5.0, half_spread=0.01),
        begins=date(2018, 1, 5),
        windows=((0, 0),),
        zero_dte__enabled="true",
        zero_dte__profit_target_fraction="1",
    )
    story.market.closes = time(13)
    story.market.the_vix = None
    story.at(date(2018, 1, 5), time(10, 30))
    assert story.codes == ["VIX_MISSING"]
    story.market.the_vix = Decimal(14)
    story.at(date(2018, 1, 5), time(10, 40))
    assert len(story.positions) == 1
    story.at(date(2018, 1, 5), time(11, 59), seconds=5)
    assert story.reasons == []
    story.at(date(2018, 1, 5), time(12))
    assert story.reasons[:1] == [ExitReason.TIME]


def test_a_very_bad_day_closes_everything_and_leaves_the_rest_to_a_person() -> None:
    story = a_book_of_ours()
    story.end_day(date(2018, 2, 14))
    story.cash -= story.equity * Decimal("0.078")
    story.at(date(2018, 2, 15), time(12), seconds=120)
    assert not story.positions
    assert set(story.reasons[-2:]) == {ExitReason.EMERGENCY}
    assert story.desk.state.trading_state is TradingState.HALTED
    assert story.desk.state.trading_code == FLATTEN
    assert [note.code for note in story.desk.state.notes].count(FLATTEN) == 1
    story.at(date(2018, 2, 21), time(10))
    assert not story.positions, "a person has not spoken"
    assert story.desk.command(story.now, "resume looked at it") == "trading again"
    story.at(date(2018, 2, 22), time(10))
    assert story.desk.state.trading_state is TradingState.ACTIVE
