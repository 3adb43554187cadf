"""Contracts and Tastytrade's symbols: there and back, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_data import SHARED
from tomking.adapters.tastytrade_fields import Row
from tomking.adapters.tastytrade_instruments import (
    ChainFuture,
    ChainStrike,
    Future,
    FutureOptionChain,
    FutureOptionExpiration,
    OptionChain,
    Tick,
    TickTable,
    read_future,
    read_future_option_chain,
    read_option_chain,
)
from tomking.adapters.tastytrade_orders import InstrumentType
from tomking.adapters.tastytrade_symbols import (
    INDEX_ROOTS,
    TastytradeSymbols,
)
from tomking.adapters.tastytrade_symbols_formats import UnmappableSymbol
from tomking.market.contract import Contract, Right, Style, future, option, shares

SAMPLES = SHARED / "tastytrade_samples" / "instruments"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded payloads are not beside this checkout")
FRIDAY = date(2026, 12, 18)


def sample(name: str) -> Row:
    return Row(json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)).row("data")


def chain_row(
    future_symbol: str, root: str, code: str, expiry: date, head: str, tail: str, strike: str = "100"
) -> FutureOptionExpiration:
    """One expiry of a chain with one strike, as the broker writes it."""
    streamer = f"{head}C{strike}{tail}" if head else None
    call = f".{future_symbol:<6}{code:<6}{expiry:%y%m%d}C{strike}"
    return FutureOptionExpiration(
        underlying_symbol=future_symbol,
        option_root_symbol=root,
        option_contract_symbol=code,
        expiration=expiry,
        kind="Weekly",
        settlement="PM",
        stops_trading_at=datetime.combine(expiry, time(20), UTC),
        ticks=TickTable((Tick(Decimal("0.05"), None),)),
        strikes=(ChainStrike(Decimal(strike), call, "", streamer, None),),
    )


def future_row(symbol: str, expiry: date, streamer: str, multiplier: str = "1") -> Future:
    return Future(
        symbol=symbol,
        product_code=symbol[1:-2],
        expiration=expiry,
        multiplier=Decimal(multiplier),
        active=True,
        is_closing_only=False,
        streamer_symbol=streamer,
        stops_trading_at=None,
        ticks=None,
        option_ticks=None,
        spread_ticks=(),
    )


def chain_of(*rows: FutureOptionExpiration) -> FutureOptionChain:
    return FutureOptionChain(tuple(ChainFuture(f.symbol, "", f.expiration) for f in FUTURES), rows)


FUTURES = [
    future_row("/ESZ6", FRIDAY, "/ESZ26:XCME", "50"),
    future_row("/MNQZ5", date(2025, 12, 19), "/MNQZ25:XCME", "2"),
    future_row("/CLF7", date(2026, 12, 21), "/CLF27:XNYM", "1000"),
    future_row("/GCM6", date(2026, 6, 26), "/GCM26:XCEC", "100"),
    future_row("/6EZ6", date(2026, 12, 14), "/6EZ26:XCME", "125000"),
    future_row("/MCLF7", date(2026, 12, 18), "/MCLF27:XNYM", "100"),
]
EXPIRATIONS = [
    chain_row("/ESZ6", "ES", "ESZ6", FRIDAY, "./ESZ26", ":XCME"),
    chain_row("/ESZ6", "EW4", "EW4X6", date(2026, 11, 27), "./EW4X26", ":XCME"),
    chain_row("/ESZ6", "EW3", "EW3U6", date(2026, 9, 18), "./EW3U26", ":XCME"),
    chain_row("/ESZ6", "E1A", "E1AN6", date(2026, 7, 6), "./E1AN26", ":XCME"),
    chain_row("/ESZ6", "E1C", "E1CN6", date(2026, 7, 1), "./E1CN26", ":XCME"),
    chain_row("/MNQZ5", "MNQ", "MNQZ5", date(2025, 12, 19), "./MNQZ25", ":XCME"),
    chain_row("/CLF7", "LO", "LOF7", date(2026, 12, 16), "./LOF27", ":XNYM"),
    chain_row("/GCM6", "OG", "OGK6", date(2026, 4, 28), "./OGK26", ":XCEC"),
    chain_row("/6EZ6", "EUU", "EUUV6", date(2026, 10, 9), "./EUUV26", ":XCME"),
    chain_row("/MCLF7", "MCO", "MCOF7", date(2026, 12, 16), "./MCOF27", ":XNYM"),
]
"""Shapes that were seen in the wild: no blank after six characters, weeklies, months that are not the delivered one."""


def option_chain(underlying: str, root: str, shares_per_contract: int) -> OptionChain:
    return OptionChain(underlying, root, "Standard", shares_per_contract, TickTable(()), ())


def taught() -> TastytradeSymbols:
    symbols = TastytradeSymbols()
    symbols.learn_futures(FUTURES)
    symbols.learn_futures_chain(chain_of(*EXPIRATIONS))
    symbols.learn_option_chain([option_chain("AAPL", "AAPL1", 150), option_chain("BRK/B", "BRKB", 100)])
    return symbols


TAUGHT = taught()
DAYS = st.dates(date(2020, 1, 1), date(2049, 12, 31))
STRIKES = st.integers(1, 99_999_999).map(lambda thousandths: Decimal(thousandths).scaleb(-3))
PLAIN_ROOTS = st.from_regex(r"[A-Z]{1,6}", fullmatch=True).filter(lambda root: root not in {*INDEX_ROOTS, "BRKB"})


@st.composite
def option_contracts(draw: st.DrawFn) -> Contract:
    """Options on shares, on an index, on shares with a class, and of an adjusted root."""
    day, strike, right = draw(DAYS), draw(STRIKES), draw(st.sampled_from(Right))
    plain_root = draw(PLAIN_ROOTS)
    index_root = draw(st.sampled_from(sorted(INDEX_ROOTS)))
    return draw(
        st.sampled_from(
            [
                option(plain_root, day, strike, right),
                option(INDEX_ROOTS[index_root], day, strike, right, root=index_root, style=Style.EUROPEAN),
                option("BRK.B", day, strike, right),
                option("AAPL", day, strike, right, root="AAPL1", multiplier=150),
            ]
        )
    )


@st.composite
def future_option_contracts(draw: st.DrawFn) -> Contract:
    """Options on futures of every row of the chain."""
    row = draw(st.sampled_from(EXPIRATIONS))
    found = TAUGHT.contract(row.strikes[0].call, InstrumentType.FUTURE_OPTION)
    strike = draw(st.integers(1, 2_000_000).map(lambda each: Decimal(each).scaleb(-4)))
    return option(
        found.underlying,
        found.expiry or FRIDAY,
        strike,
        draw(st.sampled_from(Right)),
        root=found.root,
        multiplier=found.multiplier,
        delivery=found.delivery,
    )


@given(contract=st.one_of(option_contracts(), future_option_contracts()))
def test_a_contract_survives_the_way_there_and_back(contract: Contract) -> None:
    symbol, kind = TAUGHT.symbol(contract), TAUGHT.instrument_type(contract)
    assert TAUGHT.contract(symbol, kind) == contract
    assert TAUGHT.from_streamer(TAUGHT.streamer(contract)) == contract


@given(option_contracts(), option_contracts())
def test_two_contracts_never_share_a_symbol(one: Contract, other: Contract) -> None:
    assert (TAUGHT.symbol(one) == TAUGHT.symbol(other)) == (one == other)
    assert (TAUGHT.streamer(one) == TAUGHT.streamer(other)) == (one == other)


def spxw(strike: str, right: Right = Right.PUT, root: str = "SPXW") -> Contract:
    return option("SPX", FRIDAY, strike, right, root=root, style=Style.EUROPEAN)


@pytest.mark.parametrize(
    ("contract", "symbol", "streamer"),
    [
        (spxw("7250"), "SPXW  261218P07250000", ".SPXW261218P7250"),
        (spxw("7250", root="SPX"), "SPX   261218P07250000", ".SPX261218P7250"),
        (
            option("XSP", FRIDAY, "725", Right.CALL, style=Style.EUROPEAN),
            "XSP   261218C00725000",
            ".XSP261218C725",
        ),
        (option("IRBT", date(2026, 1, 16), "22.50", Right.CALL), "IRBT  260116C00022500", ".IRBT260116C22.5"),
        (option("SPY", FRIDAY, "7.25", Right.PUT), "SPY   261218P00007250", ".SPY261218P7.25"),
        (option("BRK.B", FRIDAY, "500", Right.PUT), "BRKB  261218P00500000", ".BRKB261218P500"),
        (shares("BRK.B"), "BRK/B", "BRK/B"),
        (future("ES", FRIDAY, 50), "/ESZ6", "/ESZ26:XCME"),
        (
            option(
                "CL", date(2026, 12, 16), "62.5", Right.CALL, root="LO", multiplier=1000, delivery=date(2026, 12, 21)
            ),
            "./CLF7 LOF7  261216C62.5",
            "./LOF27C62.5:XNYM",
        ),
        (
            option("MNQ", date(2025, 12, 19), "11000", Right.PUT, multiplier=2, delivery=date(2025, 12, 19)),
            "./MNQZ5MNQZ5 251219P11000",
            "./MNQZ25P11000:XCME",
        ),
        (
            option(
                "6E", date(2026, 10, 9), "1.15", Right.PUT, root="EUU", multiplier=125000, delivery=date(2026, 12, 14)
            ),
            "./6EZ6 EUUV6 261009P1.15",
            "./EUUV26P1.15:XCME",
        ),
        # LEAN calls the root MCL, the exchange MCO
        (
            option("MCL", date(2026, 12, 16), "62.5", Right.CALL, multiplier=100, delivery=date(2026, 12, 18)),
            "./MCLF7MCOF7 261216C62.5",
            "./MCOF27C62.5:XNYM",
        ),
    ],
    ids=str,
)
def test_symbols_as_the_broker_writes_them(contract: Contract, symbol: str, streamer: str) -> None:
    assert TAUGHT.symbol(contract) == symbol
    assert TAUGHT.streamer(contract) == streamer
    assert TAUGHT.contract(symbol, TAUGHT.instrument_type(contract)) == contract
    assert TAUGHT.from_streamer(streamer) == contract


@needs_samples
@pytest.mark.parametrize("name", ["option_chain_spx_nested", "option_chain_spy_nested"])
def test_every_option_of_the_recorded_chains_goes_both_ways(name: str) -> None:
    symbols = TastytradeSymbols()
    seen = 0
    for chain in map(read_option_chain, sample(name).rows("items")):
        for strike in (each for expiration in chain.expirations for each in expiration.strikes):
            for symbol, streamer in ((strike.call, strike.call_streamer), (strike.put, strike.put_streamer)):
                contract = symbols.contract(symbol, InstrumentType.EQUITY_OPTION, chain.underlying_symbol)
                assert contract.strike == strike.strike
                assert (contract.root, contract.underlying) == (chain.root_symbol, chain.underlying_symbol)
                assert symbols.symbol(contract) == symbol
                assert symbols.streamer(contract) == streamer
                seen += 1
    assert seen > 0


@needs_samples
@pytest.mark.parametrize("name", ["futures_option_chain_es_nested", "futures_option_chain_cl_nested"])
def test_every_option_of_the_recorded_futures_chains_goes_both_ways(name: str) -> None:
    symbols, chain = TastytradeSymbols(), read_future_option_chain(sample(name))
    symbols.learn_futures_chain(chain)
    ends = {each.symbol: each.expiration for each in chain.futures}
    seen = 0
    for expiration in chain.expirations:
        for strike in expiration.strikes:
            for symbol, streamer in ((strike.call, strike.call_streamer), (strike.put, strike.put_streamer)):
                contract = symbols.contract(symbol, InstrumentType.FUTURE_OPTION)
                assert (contract.root, contract.expiry) == (expiration.option_root_symbol, expiration.expiration)
                assert contract.delivery == ends[expiration.underlying_symbol]
                assert symbols.symbol(contract) == symbol
                assert symbols.streamer(contract) == streamer
                assert streamer is not None
                assert symbols.from_streamer(streamer) == contract
                seen += 1
    assert seen > 0


@needs_samples
def test_recorded_futures_are_learned_with_their_streams() -> None:
    symbols = TastytradeSymbols()
    symbols.learn_futures(map(read_future, sample("futures_list").rows("items")))
    assert symbols.contract("/ESZ6", InstrumentType.FUTURE) == future("ES", FRIDAY, 50)
    assert symbols.streamer(future("ES", FRIDAY, 50)) == "/ESZ26:XCME"


@pytest.mark.parametrize(
    ("symbol", "kind", "reason"),
    [
        ("SPXW 261218P07250000", InstrumentType.EQUITY_OPTION, "21 characters"),
        ("SPXW  261318P07250000", InstrumentType.EQUITY_OPTION, "does not exist"),
        ("AAPL9 261218P00100000", InstrumentType.EQUITY_OPTION, "adjusted root AAPL9"),
        ("/ESH7", InstrumentType.FUTURE, "in no list of futures"),
        ("./ESZ6 EW1Z6 261204P7300", InstrumentType.FUTURE_OPTION, "in no chain of ES"),
        ("./ESZ6 EW4X6 261127X7300", InstrumentType.FUTURE_OPTION, "not the symbol of an option on a future"),
        ("BTC/USD", "Cryptocurrency", "nothing the desk could hold"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(symbol: str, kind: str, reason: str) -> None:
    with pytest.raises(UnmappableSymbol, match=reason):
        TAUGHT.contract(symbol, kind)


@pytest.mark.parametrize(
    ("contract", "reason", "product"),
    [
        (option("SPY", FRIDAY, "0.0005", Right.CALL), "thousandths", ""),
        (option("SPY", FRIDAY, "100000", Right.CALL), "thousandths", ""),
        (option("AAPL", FRIDAY, "100", Right.CALL, root="AAPL2"), "adjusted root AAPL2", ""),
        (option("AAPL", FRIDAY, "100", Right.CALL, root="AAPL1"), "at the broker the root AAPL1 means", ""),
        (option("SPX", FRIDAY, "7250", Right.CALL, root="SPXW"), "at the broker the root SPXW means", ""),
        (future("ES", date(2027, 3, 19), 50), "no ES future that ends on 2027-03-19", "ES"),
        (
            option("ES", date(2026, 12, 4), "7300", Right.PUT, root="EW1", multiplier=50, delivery=FRIDAY),
            "no option of the root EW1 on ES",
            "ES",
        ),
        (
            option("ES", FRIDAY, "7300", Right.PUT, multiplier=50, delivery=date(2027, 3, 19)),
            "would deliver the future of 2027-03-19",
            "",
        ),
        (
            option("NG", FRIDAY, "3", Right.PUT, root="ON", multiplier=10000, delivery=FRIDAY),
            "no option of the root ON on NG",
            "NG",
        ),
    ],
    ids=str,
)
def test_a_contract_without_a_name_there_is_refused_with_the_reason(
    contract: Contract, reason: str, product: str
) -> None:
    with pytest.raises(UnmappableSymbol, match=reason) as refused:
        TAUGHT.symbol(contract)
    assert refused.value.product == product, "whose chain would tell"


def test_a_decade_later_the_same_symbol_is_another_future() -> None:
    symbols = TastytradeSymbols()
    symbols.learn_futures([future_row("/ESZ6", FRIDAY, "/ESZ26:XCME", "50")])
    symbols.learn_futures([future_row("/ESZ6", date(2036, 12, 19), "/ESZ36:XCME", "50")])
    assert symbols.contract("/ESZ6", InstrumentType.FUTURE) == future("ES", date(2036, 12, 19), 50)
    assert symbols.streamer(future("ES", date(2036, 12, 19), 50)) == "/ESZ36:XCME"
    with pytest.raises(UnmappableSymbol):
        symbols.symbol(future("ES", FRIDAY, 50))


def test_another_multiplier_at_the_broker_is_refused() -> None:
    with pytest.raises(UnmappableSymbol, match="is worth 5 at the broker, 50 here"):
        TastytradeSymbols().learn_futures([future_row("/ESZ6", FRIDAY, "/ESZ26:XCME", "5")])


def test_a_chain_written_otherwise_than_we_would_is_refused() -> None:
    row = chain_row("/ESZ6", "ES", "ESZ6", FRIDAY, "./ESZ26", ":XCME", "100.0")
    with pytest.raises(UnmappableSymbol, match="a way we would not"):
        TastytradeSymbols().learn_futures_chain(chain_of(row))


def test_a_chain_without_stream_names_still_trades() -> None:
    """The sandbox leaves them out of some rows."""
    symbols = TastytradeSymbols()
    symbols.learn_futures_chain(chain_of(chain_row("/ESZ6", "ES", "ESZ6", FRIDAY, "", "")))
    contract = option("ES", FRIDAY, "7300", Right.PUT, multiplier=50, delivery=FRIDAY)
    assert symbols.symbol(contract) == "./ESZ6 ESZ6  261218P7300"
    with pytest.raises(UnmappableSymbol, match="names no stream"):
        symbols.streamer(contract)
