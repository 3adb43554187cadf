from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.lean_folder import write_folder, write_text
from hypothesis import given, settings
from hypothesis import strategies as st

from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.futures_expiry import FuturesExpiryFunctions, FuturesExpiryUtilityFunctions, future_expiry
from leansim.api.identifiers import contract_number
from leansim.api.markets import Market
from leansim.api.net import (
    ArgumentException,
    ArgumentOutOfRangeException,
    ClrNotImplementedException,
    FormatException,
    InvalidOperationException,
    KeyNotFoundException,
)
from leansim.api.option_symbols import FutureSymbol, IndexOptionSymbol, OptionSymbol
from leansim.api.reference import use_reference_data
from leansim.api.symbol_representation import SymbolRepresentation
from leansim.api.symbols import (
    SecurityIdentifier,
    Symbol,
    SymbolCache,
    SymbolDictionary,
    contract_symbols,
    parted,
    strike_written,
)
from leansim.errors import NotEmulated
from leansim.lean_data.folder import DataFolder

CALL, PUT = OptionRight.CALL, OptionRight.PUT
AMERICAN, EUROPEAN = OptionStyle.AMERICAN, OptionStyle.EUROPEAN


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    write_text(tmp_path / "equity/usa/map_files/goog.csv", "20140327,goocv,Q\n20140402,goocv,Q\n20501231,goog,Q\n")
    write_text(tmp_path / "equity/usa/map_files/googl.csv", "20040819,goog,Q\n20140402,goog,Q\n20501231,googl,Q\n")
    made = DataFolder(write_folder(tmp_path), cache=False)
    use_reference_data(made)
    SymbolCache.clear()
    yield made
    use_reference_data(None)
    SymbolCache.clear()


def equity(ticker: str = "SPY") -> Symbol:
    return Symbol.create(ticker, SecurityType.EQUITY, Market.USA)


def spx() -> Symbol:
    return Symbol.create("SPX", SecurityType.INDEX, Market.USA)


def spxw(expiry: datetime, right: OptionRight = CALL, strike: float = 3700, root: str = "SPXW") -> Symbol:
    return Symbol.create_option(spx(), root, Market.USA, EUROPEAN, right, strike, expiry)


# --- identities -------------------------------------------------------------------------------------------------------


def test_a_renamed_equity_is_identified_by_its_first_ticker() -> None:
    goog = equity("GOOG")
    assert (goog.value, str(goog.id)) == ("GOOG", "GOOCV VP83T1ZUHROL")
    option = Symbol.create_option("GOOG", Market.USA, AMERICAN, CALL, 750, datetime(2015, 12, 24))
    assert str(option.id) == "GOOCV W6NBKMCS6GQU|GOOCV VP83T1ZUHROL"
    assert option.value == "GOOG  151224C00750000"


def test_an_identifier_read_back_keeps_all_but_the_present_ticker() -> None:
    sid = SecurityIdentifier.parse("GOOCV W6NBKMCS6GQU|GOOCV VP83T1ZUHROL")
    assert (sid.symbol, sid.market, sid.strike_price, sid.date) == ("GOOCV", "usa", 750.0, datetime(2015, 12, 24))
    assert (sid.option_right, sid.option_style, sid.security_type) == (CALL, AMERICAN, SecurityType.OPTION)
    assert sid.underlying == equity("GOOG").id
    assert Symbol(sid, "ignored").value == "GOOCV 151224C00750000"


def test_without_a_data_folder_no_ticker_is_known_to_be_renamed() -> None:
    use_reference_data(None)
    assert str(equity("GOOG").id) == "GOOG 2T"


@settings(deadline=None)
@given(
    strike=st.integers(1, 475_711).flatmap(
        lambda digits: st.integers(-4, 1).map(lambda scale: Decimal(digits).scaleb(scale))
    ),
    right=st.sampled_from([CALL, PUT]),
    days=st.integers(0, 9_000),
)
def test_every_contract_survives_its_text(strike: Decimal, right: OptionRight, days: int) -> None:
    expiry = datetime(2005, 1, 1).fromordinal(datetime(2005, 1, 1).toordinal() + days)
    made = SecurityIdentifier.generate_option(expiry, spx().id, "SPXW", Market.USA, strike, right, EUROPEAN)
    again = SecurityIdentifier.parse(str(made))
    assert again == made
    assert hash(again) == hash(made)
    assert (again._exact_strike, again.option_right, again.date) == (strike, right, expiry)
    assert again._exact_strike.as_tuple().exponent <= 0  # no exponent in texts


def test_a_negative_strike_survives_its_text() -> None:
    sid = SecurityIdentifier.generate_option(datetime(2020, 5, 1), spx().id, None, Market.USA, -37.5, PUT, EUROPEAN)
    assert SecurityIdentifier.parse(str(sid))._exact_strike == Decimal("-37.5")


@pytest.mark.parametrize("text", ["SPY", "SPY 2T extra", "SPY r735"])
def test_a_text_that_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(FormatException):
        SecurityIdentifier.parse(text)
    assert SecurityIdentifier.try_parse(text) == (False, None)


def test_impossible_identifiers_are_refused() -> None:
    with pytest.raises(ArgumentException):
        SecurityIdentifier("A B", 0)
    with pytest.raises(ArgumentOutOfRangeException):
        Symbol.create("SPY", SecurityType.EQUITY, "nowhere")
    with pytest.raises(ArgumentException, match="precision is too high"):
        spxw(datetime(2021, 1, 15), strike=123456.789)
    with pytest.raises(ClrNotImplementedException):
        Symbol.create("ES", SecurityType.FUTURE_OPTION, Market.CME)
    with pytest.raises(TypeError):
        spxw(datetime(2021, 1, 15).date())  # type: ignore[arg-type]  # LEAN takes no date either


def test_what_an_identifier_does_not_have_raises() -> None:
    with pytest.raises(InvalidOperationException):
        _ = equity().id.strike_price
    with pytest.raises(InvalidOperationException):
        _ = equity().id.underlying
    with pytest.raises(InvalidOperationException):
        _ = equity().canonical


# --- symbols ----------------------------------------------------------------------------------------------------------


def test_symbols_are_equal_by_identity_whatever_their_ticker() -> None:
    first, second = spxw(datetime(2021, 1, 8)), spxw(datetime(2021, 1, 8))
    assert first is not second
    assert first == second
    assert (first != second) is False
    assert {first: 1}[second] == 1
    assert first != spxw(datetime(2021, 1, 8), PUT)
    assert first != None  # noqa: E711  # LEAN's algorithms compare so
    assert first == first.id


def test_symbols_are_ordered_by_ticker() -> None:
    late, early = spxw(datetime(2021, 1, 15)), spxw(datetime(2021, 1, 8))
    assert sorted([late, early]) == [early, late]
    assert not late < early
    assert late >= early
    with pytest.raises(TypeError):
        _ = late < 5


def test_a_canonical_stands_for_its_contracts() -> None:
    contract = spxw(datetime(2021, 1, 8))
    assert contract.canonical.value == "?SPXW"
    assert contract.canonical.is_canonical()
    assert contract.has_canonical()
    assert not contract.is_canonical()
    assert contract.canonical == Symbol.create_canonical_option(spx(), "SPXW", Market.USA, None)
    assert Symbol.create("SPY", SecurityType.OPTION, Market.USA) == Symbol.create_canonical_option(equity(), Market.USA)
    future = Symbol.create_future("ES", Market.CME, datetime(2020, 3, 20, 13, 30))
    assert (future.value, future.canonical.value) == ("ES20H20", "/ES")
    assert future.id.date == datetime(2020, 3, 20, 13, 30)


def test_options_on_futures_carry_their_own_root() -> None:
    gold = Symbol.create_future("GC", Market.COMEX, datetime(2020, 4, 28))
    assert Symbol.create_canonical_option(gold).value == "?OG"
    es = Symbol.create_future("ES", Market.CME, datetime(2020, 3, 20))
    option = Symbol.create_option(es, Market.CME, AMERICAN, CALL, 3200, datetime(2020, 3, 20))
    assert option.value == "ES20H20  200320C03200000"
    assert option.has_underlying_symbol(es)


def test_the_contracts_of_a_chain_are_those_made_one_by_one() -> None:
    for canonical in (spxw(datetime(2021, 1, 8)).canonical, Symbol.create_canonical_option(equity("GOOG"))):
        under = canonical.underlying
        assert under is not None
        style = canonical.id.option_style
        made = contract_symbols(canonical).get(style, PUT, Decimal("37.5"), datetime(2021, 1, 8))
        slow = Symbol.create_option(under, canonical.id.symbol, "usa", style, PUT, 37.5, datetime(2021, 1, 8))
        assert (made, made.value, str(made.id), hash(made)) == (slow, slow.value, str(slow.id), hash(slow))
        assert contract_symbols(canonical).get(style, PUT, Decimal("37.5"), datetime(2021, 1, 8)) is made


def test_a_symbol_survives_pickling() -> None:
    contract = spxw(datetime(2021, 1, 8))
    again = pickle.loads(pickle.dumps(contract))
    assert (again, again.value, again.underlying) == (contract, contract.value, contract.underlying)


def test_a_renamed_underlying_gives_its_options_their_ticker_of_the_day() -> None:
    option = Symbol.create_option(equity("GOOG"), Market.USA, AMERICAN, CALL, 750, datetime(2015, 12, 24))
    mapped = option.update_mapped_symbol("GOOCV")
    assert mapped == option
    assert mapped.value == "GOOCV 151224C00750000"
    assert mapped.underlying is not None
    assert mapped.underlying.value == "GOOCV"


# --- the cache --------------------------------------------------------------------------------------------------------


def test_a_ticker_is_known_once_it_was_added() -> None:
    with pytest.raises(InvalidOperationException):
        SymbolCache.get_symbol("SPY")
    SymbolCache.set("SPY", equity())
    assert SymbolCache.get_symbol("spy") == equity()
    assert str(equity()) == "SPY"
    assert equity() == "SPY"
    assert equity() != "QQQ"
    assert SymbolCache.try_remove("SPY")
    assert str(equity()) == "SPY 2T"


def test_an_identifiers_text_is_a_ticker_too() -> None:
    text = str(spxw(datetime(2021, 1, 8)).id)
    assert SymbolCache.get_symbol(text) == spxw(datetime(2021, 1, 8))
    assert SymbolCache.try_get_symbol("NOPE") == (False, None)


def test_the_ticker_of_custom_data_is_known_until_there_are_several() -> None:
    assert SymbolCache.try_get_symbol("BTC") == (False, None)
    SymbolCache.set("BTC.Bitcoin", equity())
    assert SymbolCache.get_symbol("btc") == equity()
    SymbolCache.set("ETH.One", equity())
    SymbolCache.set("ETH.Two", spxw(datetime(2021, 1, 8)))
    with pytest.raises(InvalidOperationException, match=r"located multiple .* Matches: ETH\.One, ETH\.Two"):
        SymbolCache.get_symbol("ETH")


class Prices(SymbolDictionary[float]):
    def _find_symbol(self, symbol: Symbol) -> tuple[bool, float | None]:
        return (True, 1.0) if symbol == equity() else (False, None)

    def _pairs(self) -> Iterable[tuple[Symbol, float]]:
        return [(equity(), 1.0)]


def test_symbol_dictionaries_take_symbols_and_tickers() -> None:
    SymbolCache.set("SPY", equity())
    prices = Prices()
    assert (prices[equity()], prices["SPY"], prices.get("QQQ"), "SPY" in prices) == (1.0, 1.0, None, True)
    with pytest.raises(KeyNotFoundException):
        prices["QQQ"]
    with pytest.raises(TypeError):
        prices[5]


# --- tickers ----------------------------------------------------------------------------------------------------------


def test_osi_tickers_are_read_and_written() -> None:
    option = SymbolRepresentation.parse_option_ticker_osi("GOOG  160115C00750000")
    assert option.id.underlying == equity("GOOG").id
    assert option.value == SymbolRepresentation.generate_option_ticker_osi(option) == "GOOG  160115C00750000"
    assert SymbolRepresentation.generate_option_ticker_osi_compact(option) == "GOOG160115C00750000"
    weekly = SymbolRepresentation.parse_option_ticker_osi("SPXW 210108P03700000", SecurityType.INDEX_OPTION, Market.USA)
    assert (weekly.id.symbol, weekly.id.underlying.symbol) == ("SPXW", "SPX")
    with pytest.raises(FormatException):
        SymbolRepresentation.parse_option_ticker_osi("GOOG")
    with pytest.raises(ArgumentException):
        SymbolRepresentation.generate_option_ticker_osi(equity())


@pytest.mark.parametrize(
    ("ticker", "parts"),
    [
        ("ESZ1", ("ES", 1, 12, 1)),
        ("ES20H20", ("ES", 20, 3, 20)),
        ("6EM24", ("6E", 1, 6, 24)),
        ("MES18U20", ("MES", 18, 9, 20)),
    ],
)
def test_futures_tickers_are_read(ticker: str, parts: tuple[Any, ...]) -> None:
    read = SymbolRepresentation.parse_future_ticker(ticker)
    assert read is not None
    assert (read.underlying, read.expiration_day, read.expiration_month, read.expiration_year_short) == parts


def test_a_futures_ticker_becomes_its_contract() -> None:
    future = SymbolRepresentation.parse_future_symbol("ESH20", 2020)
    assert future is not None
    assert (future.value, future.id.date) == ("ES20H20", datetime(2020, 3, 20, 13, 30))
    assert SymbolRepresentation.parse_future_symbol("XXH20") is None
    option = SymbolRepresentation.parse_future_option_symbol("ESH20 C3200")
    assert option is not None
    assert option.value == "ES20H20  200320C03200000"


# --- expiries and settlement ------------------------------------------------------------------------------------------


def test_a_future_expires_a_business_day_earlier_when_its_friday_is_a_bank_holiday() -> None:
    assert future_expiry("ES", Market.CME, datetime(2020, 6, 1)) == datetime(2020, 6, 18, 13, 30)
    assert future_expiry("ES", Market.CME, datetime(2020, 4, 1)) == datetime(2020, 6, 18, 13, 30)
    june = Symbol.create_future("ES", Market.CME, datetime(2020, 6, 18))
    assert FutureSymbol.is_standard(june)
    assert FutureSymbol.is_weekly(Symbol.create_future("ES", Market.CME, datetime(2020, 6, 12)))
    third = FuturesExpiryUtilityFunctions.third_friday(datetime(2020, 6, 1), june)
    assert third == datetime(2020, 6, 18)


def test_roots_without_a_rule_are_named() -> None:
    with pytest.raises(NotEmulated, match="FDAX"):
        future_expiry("FDAX", Market.EUREX, datetime(2020, 3, 1))
    with pytest.raises(ArgumentException):
        FuturesExpiryFunctions.futures_expiry_function(Symbol.create("ZZZ", SecurityType.FUTURE, Market.CME))


def test_weeklies_settle_at_three_in_chicago_and_monthly_spx_at_the_open() -> None:
    assert OptionSymbol.get_settlement_date_time(spxw(datetime(2021, 1, 8))) == datetime(2021, 1, 8, 15)
    assert OptionSymbol.get_settlement_date_time(spxw(datetime(2021, 1, 15))) == datetime(2021, 1, 15, 15)
    monthly = spxw(datetime(2021, 1, 15), root="SPX")
    assert OptionSymbol.get_settlement_date_time(monthly) == datetime(2021, 1, 15, 8, 30)
    stock = Symbol.create_option(equity(), Market.USA, AMERICAN, CALL, 200, datetime(2015, 12, 24))
    assert OptionSymbol.get_settlement_date_time(stock) == datetime(2015, 12, 24, 13)
    with pytest.raises(ArgumentException):
        OptionSymbol.get_settlement_date_time(equity())


def test_a_contract_that_expires_on_a_holiday_trades_last_on_the_day_before() -> None:
    christmas = spxw(datetime(2020, 12, 25))
    assert OptionSymbol.get_last_day_of_trading(christmas) == datetime(2020, 12, 24)
    assert OptionSymbol.is_option_contract_expired(christmas, datetime(2020, 12, 24, 21, 15))
    assert not OptionSymbol.is_option_contract_expired(christmas, datetime(2020, 12, 24, 21, 14))
    saturday = Symbol.create_option(equity(), Market.USA, AMERICAN, CALL, 200, datetime(2014, 1, 18))
    assert OptionSymbol.get_last_day_of_trading(saturday) == datetime(2014, 1, 17)


def test_standard_and_weekly_contracts() -> None:
    def option(day: int) -> Symbol:
        return Symbol.create_option(equity(), Market.USA, AMERICAN, CALL, 200, datetime(2021, 1, day))

    assert [OptionSymbol.is_standard(option(day)) for day in (8, 13, 14, 15, 16, 17, 22)] == [
        False, False, True, True, True, False, False,
    ]  # fmt: skip
    assert OptionSymbol.is_weekly(option(8))
    assert not OptionSymbol.is_weekly(option(13))
    assert IndexOptionSymbol.is_standard(spxw(datetime(2021, 1, 15)))
    assert not IndexOptionSymbol.is_standard(spxw(datetime(2021, 1, 8)))
    assert (IndexOptionSymbol.map_to_underlying("SPXW"), IndexOptionSymbol.is_index_option("NDXP")) == ("SPX", True)
    assert IndexOptionSymbol.get_last_trading_date("SPX", datetime(2021, 1, 15)) == datetime(2021, 1, 14)
    assert IndexOptionSymbol.get_expiry_date("SPXW", datetime(2021, 1, 15)) == datetime(2021, 1, 15)


@given(st.lists(st.integers(0, 5), unique=True), st.sets(st.integers(0, 5)))
def test_known_symbols_are_told_from_new_ones_in_their_order(asked: list[int], known: set[int]) -> None:
    every = [Symbol.create(f"S{i}", SecurityType.INDEX, "usa") for i in range(6)]
    for held in ({every[i] for i in known}, dict.fromkeys(every[i] for i in known)):
        new, old = parted(dict.fromkeys(every[i] for i in asked), held)
        assert list(new) == [every[i] for i in asked if i not in known]
        assert old == [every[i] for i in asked if i in known]


@pytest.mark.parametrize("right", [OptionRight.CALL, OptionRight.PUT])
def test_a_contract_is_the_same_by_its_strike_and_by_its_number(right: OptionRight) -> None:
    canonical = Symbol.create_canonical_option(Symbol.create("SPX", SecurityType.INDEX, "usa"), "SPXW", "usa")
    contracts, expiry = contract_symbols(canonical), datetime(2021, 1, 8)
    strikes = [strike_written(text) for text in ("3700", "37.5", "3700")]
    first, second, again = contracts.at_strikes(OptionStyle.EUROPEAN, right, strikes, expiry)
    assert again is first
    assert contracts.numbered([contract_number(each.id) for each in (second, first)]) == [second, first]
    for made, strike in ((first, 3700), (second, 37.5)):
        assert canonical.underlying is not None
        other = Symbol.create_option(canonical.underlying, "SPXW", "usa", OptionStyle.EUROPEAN, right, strike, expiry)
        assert (made, made.value, hash(made)) == (other, other.value, hash(other))
        assert (made.id.strike_price, made.id.option_right, made.id.date) == (strike, right, expiry)
