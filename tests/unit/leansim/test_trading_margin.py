"""What positions tie up: the structures LEAN sees in them, and their margins with LEAN's quirks."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from trading_bench import Bench, legs

from leansim.account import strategy_definitions as known
from leansim.account.strategy_matcher import Contracts, match
from leansim.api.symbols import Symbol
from leansim.errors import NotEmulated


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path, cash=1_000_000)
    bench.trade(bench.stock.symbol, 750)
    return bench


def _names(*positions: tuple[Symbol, int], shares: int = 0) -> list[str]:
    contracts = Contracts(underlying_lots=shares)
    for symbol, quantity in positions:
        contracts.add(symbol, quantity)
    return sorted(strategy.name for strategy in match(contracts))


def test_a_vertical_and_its_inversion_are_told_apart(bench: Bench) -> None:
    low, high = bench.put(720), bench.put(735)
    assert _names((low, 1), (high, -1)) == [known.BULL_PUT_SPREAD.name]
    assert _names((low, -1), (high, 1)) == [known.BEAR_PUT_SPREAD.name]


def test_a_condor_is_one_structure_and_a_surplus_leg_stays_alone(bench: Bench) -> None:
    condor = [(bench.put(720), 2), (bench.put(735), -2), (bench.call(765), -2), (bench.call(780), 2)]
    assert _names(*condor) == [known.IRON_CONDOR.name]
    assert _names(*condor, (bench.call(790), -1)) == sorted([known.IRON_CONDOR.name, known.NAKED_CALL.name])


def test_a_short_covered_by_shares_is_a_covered_call(bench: Bench) -> None:
    assert _names((bench.call(765), -1), shares=1) == [known.COVERED_CALL.name]


def _used_by(bench: Bench, *pairs: tuple[Symbol, int], quantity: int = 1) -> float:
    bench.algorithm.combo_market_order(legs(*pairs), quantity)
    used: float = bench.portfolio.total_margin_used
    return used


def test_only_the_puts_of_an_iron_condor_count(bench: Bench) -> None:
    condor = (bench.put(720), 1), (bench.put(735), -1), (bench.call(765), -1), (bench.call(785), 1)
    assert _used_by(bench, *condor, quantity=2) == 2 * 1500, "the calls are 20 wide"


def test_a_long_vertical_ties_up_nothing(bench: Bench) -> None:
    assert _used_by(bench, (bench.put(720), -1), (bench.put(735), 1)) == 0


def test_a_width_is_worth_what_its_contracts_deliver_now(bench: Bench) -> None:
    long, short = bench.put(720), bench.put(735)
    assert _used_by(bench, (long, 1), (short, -1)) == 1500
    bench.algorithm.securities[long].symbol_properties._contract_multiplier = Decimal(10)
    assert bench.portfolio.total_margin_used == 150


def test_a_short_straddle_takes_the_dearer_side_and_the_other_premium(bench: Bench) -> None:
    used = _used_by(bench, (bench.put(750, 9, 11), -1), (bench.call(750, 19, 21), -1))
    assert used == 0.2 * 75_000 + 2000 + 1000


def test_a_naked_put_ties_up_more_the_nearer_it_is(bench: Bench) -> None:
    far, near = bench.put(600), bench.put(740)
    bench.algorithm.market_order(far, -1)
    of_far = bench.portfolio.total_margin_used
    bench.algorithm.market_order(near, -1)
    assert 0 < of_far < bench.portfolio.total_margin_used - of_far


def test_the_same_question_gets_the_answer_of_the_new_prices(bench: Bench) -> None:
    put = bench.put(740)
    bench.algorithm.market_order(put, -1)
    before = bench.portfolio.total_margin_used
    bench.trade(bench.stock.symbol, 720)
    assert bench.portfolio.total_margin_used > before


def test_what_is_held_is_walked_in_the_order_it_was_subscribed(bench: Bench) -> None:
    first, second, third = bench.put(720), bench.put(735), bench.put(740)
    for symbol in (third, first, second):
        bench.algorithm.market_order(symbol, 1)
    assert [security.symbol for security in bench.portfolio._invested_securities()] == [first, second, third]


def test_closing_a_structure_needs_no_margin(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cash=1_600)
    bench.trade(bench.stock.symbol, 750)
    spread = (bench.put(720), 1), (bench.put(735, 6, 7), -1)
    bench.algorithm.combo_market_order(legs(*spread), 1)
    assert bench.portfolio.total_margin_used == 1500
    bench.algorithm.combo_market_order(legs(*spread), -1)
    assert not bench.portfolio.invested
    assert bench.portfolio.total_margin_used == 0


def test_value_is_cash_and_holdings(bench: Bench) -> None:
    put = bench.put(740, 4, 6)
    bench.algorithm.market_order(put, -3)
    fees = bench.portfolio.total_fees
    assert bench.portfolio.cash == 1_000_000 + 3 * 400 - fees
    assert bench.portfolio.total_portfolio_value == bench.portfolio.cash - 3 * 500
    assert bench.portfolio.total_unrealized_profit == -600 - fees, "bought back at the ask, and the fee of that"


def test_the_value_stays_as_it_was_read_until_a_step_brings_prices_or_cash_changes(bench: Bench) -> None:
    """LEAN's flag: a quote put in by hand does not change a value that was read in the step."""
    put, call = bench.put(740, 4, 6), bench.call(760, 1, 3)
    bench.algorithm.market_order(put, -3)
    before = bench.portfolio.total_portfolio_value
    bench.quote(put, 8, 10)
    assert bench.portfolio.total_portfolio_value == before
    bench.portfolio._prices_moved()
    assert bench.portfolio.total_portfolio_value == bench.portfolio.cash - 3 * 900
    bench.quote(put, 4, 6)
    bench.algorithm.market_order(call, 1)
    assert bench.portfolio.total_portfolio_value == bench.portfolio.cash - 3 * 500 + 200


def test_a_security_in_a_currency_without_a_rate_stops_by_name(bench: Bench) -> None:
    security = bench.stock
    security.symbol_properties.quote_currency = "EUR"
    with pytest.raises(NotEmulated, match="quoted in EUR"):
        bench.workings.portfolio._adopt(security)
    bench.workings.portfolio.cash_book.add("EUR", 0, 1.1)
    bench.workings.portfolio._adopt(security)
    assert security.quote_currency.conversion_rate == 1.1
