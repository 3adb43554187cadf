from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from builders import FRIDAY, condor, created, quote
from market_days import AT_1030, account, day_market
from tomking.dashboard import render, snapshot
from tomking.events import (
    CloseReason,
    ContractSettled,
    EquityMarked,
    Event,
    ExitReason,
    FillReason,
    GroupFinished,
    GroupOutcome,
    IntentDenied,
    LegFilled,
    OperatorNote,
    OrderClosed,
    OrderSubmitted,
    PhaseChanged,
    Purpose,
    Record,
    TradingState,
    TradingStateChanged,
)
from tomking.run_report import RunReport
from tomking.settings import Settings
from tomking.state import State, apply


class Story:
    """Events folded into a state and shown to a report, in order."""

    def __init__(self) -> None:
        self.state, self.report = State(), RunReport(Settings())

    def tell(self, *events: Event, after_minutes: int = 0) -> None:
        for event in events:
            seq = self.state.seq + 1
            record = Record(seq, AT_1030 + timedelta(minutes=after_minutes), "run", 0, event)
            apply(self.state, record)
            self.report.see(record)

    def open(self, name: str, prices: tuple[str, ...], quantity: int = 1) -> None:
        self.tell(created(group_id=name, quantity=quantity, requirement=1780))
        self._trade(name, prices, quantity, 1, 0)

    def close(self, name: str, prices: tuple[str, ...], reason: ExitReason) -> None:
        closing = created(
            tuple(type(leg)(leg.contract, -leg.ratio) for leg in condor()),
            group_id=f"{name}x",
            purpose=Purpose.CLOSE,
            position_id=name,
        )
        self.tell(type(closing)(**{**{f: getattr(closing, f) for f in closing.__slots__}, "exit_reason": reason}))
        self._trade(f"{name}x", prices, 1, -1, 60)

    def _trade(self, group: str, prices: tuple[str, ...], quantity: int, sign: int, at: int) -> None:
        order = f"{group}.run.1"
        legs = condor()
        self.tell(
            OrderSubmitted(
                order,
                group,
                tuple(type(leg)(leg.contract, sign * leg.ratio) for leg in legs),
                quantity,
                Decimal(-2),
                False,
                sign < 0,
            ),
            after_minutes=at,
        )
        for number, (leg, price) in enumerate(zip(legs, prices, strict=True)):
            self.tell(
                LegFilled(
                    f"{order}-{number}",
                    order,
                    leg.contract,
                    sign * leg.ratio * quantity,
                    Decimal(price),
                    Decimal("0.65"),
                ),
                after_minutes=at,
            )
        self.tell(
            OrderClosed(order, CloseReason.FILLED, ""), GroupFinished(group, GroupOutcome.FILLED, ""), after_minutes=at
        )


@pytest.fixture
def story() -> Story:
    told = Story()
    told.tell(PhaseChanged(4, 4, "begins"), EquityMarked(FRIDAY, Decimal(100_000), Decimal(0)))
    told.tell(IntentDenied("zero_dte", "SPX", "VIX_BAND", "the VIX is 23"))
    told.tell(IntentDenied("zero_dte", "SPX", "VIX_BAND", "the VIX is 24"))
    told.tell(IntentDenied("zero_dte", "SPX", "VIX_BAND", "the VIX is 23"))
    told.open("zero_dte-run-1", ("1.00", "2.00", "2.00", "1.00"))
    told.close("zero_dte-run-1", ("0.50", "1.00", "1.00", "0.50"), ExitReason.PROFIT)
    told.open("zero_dte-run-2", ("1.00", "2.00", "2.00", "1.00"))
    told.close("zero_dte-run-2", ("1.00", "4.00", "4.00", "1.00"), ExitReason.STOP)
    told.open("zero_dte-run-3", ("1.00", "2.00", "2.00", "1.00"))
    for leg in condor():
        told.tell(ContractSettled(f"s{leg.contract.text}", leg.contract, -leg.ratio, Decimal(0), FillReason.EXPIRED))
    told.open("zero_dte-run-4", ("1.00", "2.00", "2.00", "1.00"), quantity=2)
    return told


def market(now: object = AT_1030) -> object:
    found = day_market()
    found.quotes = {
        leg.contract: quote("0.95" if leg.is_short else "0.45", "1.05" if leg.is_short else "0.55", AT_1030)
        for leg in condor()
    }
    return found


def view(story: Story) -> dict[str, object]:
    return snapshot(story.state, market(), account(), Settings(), AT_1030)  # type: ignore[arg-type]


def test_a_snapshot_is_plain_json(story: Story) -> None:
    assert json.loads(json.dumps(view(story))) == view(story)


def test_positions_are_those_of_the_book_with_their_marks(story: Story) -> None:
    (position,) = view(story)["positions"]  # type: ignore[misc]
    assert position["position_id"] == "zero_dte-run-4"
    assert position["units"] == 2
    assert position["entry_net"] == "-2"
    assert position["profit"] == pytest.approx(200 - 4 * 0.65)  # one fill a leg
    assert not position["stale"]
    assert len(position["legs"]) == 4


def test_counts_and_account(story: Story) -> None:
    found = view(story)
    assert found["denials"] == {"VIX_BAND": 3}
    assert found["outcomes"] == {"filled": 6}
    assert found["account"]["phase"] == 4  # type: ignore[index]
    assert found["closed_positions"] == 3


def test_a_working_group_is_shown_with_its_limit(story: Story) -> None:
    story.tell(
        created(group_id="zero_dte-run-9"),
        OrderSubmitted("zero_dte-run-9.run.1", "zero_dte-run-9", condor(), 1, Decimal("-2.10"), False, False),
    )
    (group,) = view(story)["working"]  # type: ignore[misc]  # a view is plain JSON
    assert (group["limit"], group["units"], group["orders"]) == ("-2.1", 0, 1)


def test_what_works_at_market_has_no_limit(story: Story) -> None:
    order = ("zero_dte-run-9.run.1", "zero_dte-run-9", condor(), 1, Decimal("-2.10"), True, True)
    story.tell(created(group_id="zero_dte-run-9"), OrderSubmitted(*order, at_market=True))
    (group,) = view(story)["working"]  # type: ignore[misc]  # a view is plain JSON
    assert group["limit"] is None


def test_the_text_says_what_matters(story: Story) -> None:
    story.tell(TradingStateChanged(TradingState.HALTED, "MISMATCH", "book and broker differ"))
    story.tell(OperatorNote("STRANDED", "short 1 SPXW"))
    text = render(view(story))
    for word in ("HALTED", "book and broker differ", "zero_dte-run-4", "STRANDED: short 1 SPXW", "VIX_BAND 3"):
        assert word in text


def test_the_report_by_strategy_and_exit_reason(story: Story) -> None:
    rows = {row["exit_reason"]: row for row in story.report.result(story.state)["strategies"]}
    assert {reason: row["count"] for reason, row in rows.items()} == {"all": 3, "profit": 1, "settled": 1, "stop": 1}
    assert rows["profit"]["profit"] == pytest.approx(100 - 8 * 0.65)
    assert rows["stop"]["profit"] == pytest.approx(-400 - 8 * 0.65)
    assert rows["settled"]["profit"] == pytest.approx(200 - 4 * 0.65)
    everything = rows["all"]
    assert everything["win_fraction"] == pytest.approx(2 / 3, abs=1e-4)
    assert everything["expectancy"] == pytest.approx((100 - 400 + 200 - 20 * 0.65) / 3, abs=0.01)
    assert everything["average_loss"] == pytest.approx(-405.2)
    assert everything["fees"] == pytest.approx(20 * 0.65)
    # what is left of the run's figures belongs to the position that is still open
    summary = story.report.result(story.state)["summary"]
    costs = [rows[reason]["cost_against_mid"] for reason in ("profit", "settled", "stop")]
    assert everything["cost_against_mid"] == pytest.approx(sum(costs))
    assert 0 < everything["cost_against_mid"] < summary["cost_against_mid"]
    assert rows["stop"]["median_minutes_to_fill"] > rows["settled"]["median_minutes_to_fill"] == 0
    days = [rows[reason]["days_in_market_fraction"] for reason in ("profit", "settled", "stop")]
    assert 0 < max(days) <= everything["days_in_market_fraction"] <= summary["days_in_market_fraction"]


def test_the_report_counts_denials_groups_and_phases(story: Story) -> None:
    found = story.report.result(story.state)
    (denial,) = found["denials"]
    assert (denial["code"], denial["count"]) == ("VIX_BAND", 3)
    assert denial["reasons"][0] == {"text": "the VIX is 23", "count": 2}
    assert {(row["purpose"], row["outcome"]): row["count"] for row in found["groups"]} == {
        ("open", "filled"): 4,
        ("close", "filled"): 2,
    }
    assert [row["new"] for row in found["phases"]] == [4]
    rows = {(row["purpose"], row["outcome"]): row for row in found["groups"]}
    assert rows["open", "filled"]["orders_per_group"] == 1
    # five packages sold for 2.00, all a little below the mid they were decided at
    beyond = (Decimal("-2.00") - created().expected_net) * 5 * 100
    assert beyond > 0
    assert rows["open", "filled"]["cost_against_mid"] == pytest.approx(float(beyond))
    assert rows["close", "filled"]["median_minutes"] == pytest.approx(60)
    assert [trade["position_id"] for trade in found["open"]] == ["zero_dte-run-4"]
    assert json.loads(json.dumps(found)) == found


def test_the_report_sums_up_the_run(story: Story) -> None:
    summary = story.report.result(story.state)["summary"]
    assert summary["trades"] == 3
    assert summary["profit_factor"] == pytest.approx((94.8 + 197.4) / 405.2, abs=0.005)
    assert summary["return_on_buying_power_fraction"] == pytest.approx((94.8 + 197.4 - 405.2) / (3 * 1780), abs=1e-4)
    assert summary["days_in_market_fraction"] == 1.0
    assert summary["denials"] == 3


def test_what_closing_costs_beyond_the_mid_is_told(story: Story) -> None:
    """The stop paid 6.00 for what was expected at a credit of 2.00 when decided: see `created`."""
    rows = {(row["purpose"], row["outcome"]): row for row in story.report.result(story.state)["groups"]}
    expected = Decimal(created().expected_net) * 100
    paid = (Decimal("1.00") + Decimal("6.00")) * 100
    assert rows["close", "filled"]["cost_against_mid"] == pytest.approx(float(paid - 2 * expected))


def test_a_trade_has_its_payoff_and_its_life(story: Story) -> None:
    story.report.look(view(story))
    (open_trade,) = story.report.result(story.state)["open"]
    assert [profit for _, profit in open_trade["life"]] == [0.0, pytest.approx(200 - 4 * 0.65)]
    payoff = open_trade["payoff"]
    assert max(payoff["profits"]) == pytest.approx(400)
    assert len(payoff["break_evens"]) == 2
    strikes = [float(leg["strike"]) for leg in open_trade["legs"]]
    assert payoff["prices"][0] < min(strikes)
    assert payoff["prices"][-1] > max(strikes)


def test_the_life_of_a_closed_trade_ends_with_its_profit(story: Story) -> None:
    first = story.report.result(story.state)["trades"][0]
    assert first["life"][-1] == [first["closed_at"], first["profit"]]


def test_trades_by_phase_and_by_the_vix_before_them(story: Story) -> None:
    told = Story()
    told.tell(PhaseChanged(2, 2, "begins"), EquityMarked(FRIDAY, Decimal(100_000), Decimal(0)))
    seen = view(told)
    told.report.look({**seen, "vix": 14.2})
    told.open("zero_dte-run-1", ("1.00", "2.00", "2.00", "1.00"))
    told.close("zero_dte-run-1", ("0.50", "1.00", "1.00", "0.50"), ExitReason.PROFIT)
    told.report.look({**seen, "vix": 18.0})
    told.open("zero_dte-run-2", ("1.00", "2.00", "2.00", "1.00"))
    told.close("zero_dte-run-2", ("0.50", "1.00", "1.00", "0.50"), ExitReason.PROFIT)
    found = told.report.result(told.state)
    assert [(row["phase"], row["count"]) for row in found["by_phase"]] == [("2", 2)]
    assert [(row["vix"], row["count"]) for row in found["by_vix"]] == [("13 to 18", 1), ("18 to 25", 1)]


def test_the_report_has_every_setting(story: Story) -> None:
    rows = story.report.result(story.state)["settings"]
    assert len(rows) > 300
    assert {"parameter": "zero_dte.enabled", "value": "true", "default": "true"} in rows


def test_a_day_keeps_its_last_look(story: Story) -> None:
    story.report.look(view(story))
    (day,) = story.report.result(story.state)["days"]
    assert day["positions"] == 1
    assert day["buying_power_fraction"] is not None
    assert set(day) >= {"delta", "gamma", "vega", "theta", "vix", "drawdown_fraction"}
