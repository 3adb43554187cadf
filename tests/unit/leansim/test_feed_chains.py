"""Chains: contracts are made when looked at, answer with their own instant's values, and keep them."""

from __future__ import annotations

import gc
import weakref
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from leansim.api.chains import OptionChain, StepColumns
from leansim.api.contracts import OptionContract
from leansim.api.enums import OptionRight, OptionStyle, SecurityType, TickType
from leansim.api.instant import Instant, Move
from leansim.api.net import KeyNotFoundException
from leansim.api.slice import QuoteBars, Slice
from leansim.api.symbols import Symbol
from leansim.api.time_zones import TimeZones
from leansim.feed.chain_models import ChainModels, _Ahead
from leansim.feed.tape import QUOTE, Tape, build

MINUTE = 60_000_000_000
NOON = datetime(2021, 1, 4, 12)


def two_contracts() -> list[Symbol]:
    spx = Symbol.create("SPX", SecurityType.INDEX, "usa")
    make = Symbol.create_option
    return [
        make(spx, "SPXW", "usa", OptionStyle.EUROPEAN, OptionRight.CALL, strike, datetime(2021, 1, 4))
        for strike in (3700, 3705)
    ]


def quote_tape(symbols: list[Symbol]) -> Tape:
    """Minute 1: 1.0/1.2 and no bid/0.1; minute 2: the first again, the second 0.3/0.5."""
    bid = np.array([1.0, np.nan, 0.3])
    ask = np.array([1.2, 0.1, 0.5])
    block = {f: bid if f.startswith("bid") else ask for f in QUOTE}
    block["bid_size"], block["ask_size"] = np.array([3.0, 0.0, 2.0]), np.array([5.0, 6.0, 7.0])
    end = np.array([1, 1, 2], dtype=np.int64) * MINUTE
    regular = np.array([1, 2], dtype=np.int64) * MINUTE
    nothing: Any = ({}, np.zeros(2, np.int64), np.zeros(2, np.int64))
    column = {s: i for i, s in enumerate(symbols)}
    member = np.array([0, 1, 1], dtype=np.int64)
    return build(symbols, column, nothing, block, None, end, np.full(3, MINUTE), member, regular)


def chain_at(step: int, tape: Tape) -> OptionChain:
    stream = cast(Any, SimpleNamespace(tick_type=TickType.QUOTE, internal=False))
    slice_ = cast(Any, SimpleNamespace())
    columns = StepColumns(slice_, [Move(stream, tape, step)])
    columns.underlying_price = 3702.0
    return OptionChain(Symbol.create_canonical_option(tape.symbols[0].underlying, "SPXW"), NOON, columns, True)


def test_contracts_show_the_values_of_their_instant() -> None:
    tape = quote_tape(two_contracts())
    first, second = chain_at(1, tape)
    assert (first.bid_price, first.ask_price, first.bid_size, first.ask_size) == (1.0, 1.2, 3, 5)
    assert (second.bid_price, second.ask_price) == (0.0, 0.1)
    assert (first.last_price, first.volume, first.open_interest) == (0.0, 0, 0.0)
    assert [c.bid_price for c in chain_at(2, tape)] == [1.0, 0.3]


def test_a_contract_kept_by_the_algorithm_outlives_its_day() -> None:
    tape = quote_tape(two_contracts())
    chain = chain_at(1, tape)
    kept = next(iter(chain))
    tape.retire()
    assert (kept.bid_price, kept.ask_price) == (1.0, 1.2)
    assert chain.columns.move(TickType.QUOTE) is None


def test_contracts_of_a_chain_are_one_object_each() -> None:
    chain = chain_at(1, quote_tape(two_contracts()))
    first = next(iter(chain))
    assert next(iter(chain)) is first
    assert chain.contracts[first.symbol] is first
    assert len(chain) == chain.count == chain.contracts.count == 2
    assert chain.contracts.keys() == [c.symbol for c in chain]


def test_unknown_contracts_raise_as_leans_dictionaries_do() -> None:
    chain = chain_at(1, quote_tape(two_contracts()))
    stranger = Symbol.create("SPY", SecurityType.EQUITY, "usa")
    assert chain.contracts.get(stranger) is None
    with pytest.raises(KeyNotFoundException):
        chain.contracts[stranger]
    with pytest.raises(TypeError):
        chain[stranger]  # type: ignore[index]  # that is the point


def test_data_dictionaries_are_sorted_by_ticker_and_lazy() -> None:
    symbols = two_contracts()
    made: list[Symbol] = []

    def find(symbol: Symbol) -> Any:
        made.append(symbol)
        return None if symbol not in symbols else SimpleNamespace(close=1.0)

    bars = QuoteBars._lazy(NOON, find, lambda: symbols)
    assert len(bars) == 2
    assert made == []
    assert symbols[1] in bars
    assert made == [symbols[1]]
    assert [pair.key for pair in bars] == symbols


class Model:
    """A maker of chains: deltas are the places of the contracts."""

    def __init__(self, *, expects_greeks: bool, own: bool = False) -> None:
        self.expected = expects_greeks
        self.own = own
        self.evaluated = 0
        self.asked: list[int] = []

    def underlying_of(self, canonical: Symbol, instant: Instant) -> Any:
        return SimpleNamespace(price=3702.0)

    def model_values(self, chain: OptionChain) -> Any:
        self.evaluated += 1
        deltas = np.arange(len(chain)) / 10.0
        own = np.array([SimpleNamespace(delta=-delta) for delta in deltas.tolist()])
        return SimpleNamespace(delta=deltas, greeks=own) if self.own else SimpleNamespace(delta=deltas)

    def greeks_asked(self, canonical: Symbol, quotes: Move) -> None:
        self.asked.append(quotes.step)

    def expects_greeks(self, canonical: Symbol, quotes: Move) -> bool:
        return self.expected


def slice_of(tape: Tape, maker: Model) -> tuple[Slice, Symbol]:
    """The first minute of a tape, and the root of its contracts."""
    root = tape.symbols[0].canonical
    stream = cast(Any, SimpleNamespace(tick_type=TickType.QUOTE, internal=False, root=root, bar=_no_bar))
    stream.is_ticks = stream.is_custom = False
    stream.is_shown_as_bars = True
    stream.local = lambda ns: NOON
    moves = [Move(stream, tape, 1)]
    return Slice(Instant.of(TimeZones.NEW_YORK, MINUTE, moves, cast(Any, maker))), root


def test_greeks_are_the_same_whether_they_were_expected_or_not() -> None:
    found = []
    for expected in (False, True):
        for own in (False, True):
            maker = Model(expects_greeks=expected, own=own)
            slice_, root = slice_of(quote_tape(two_contracts()), maker)
            contracts = slice_.option_chains[root].contracts.values()
            assert maker.evaluated == 0
            found.append([contract.greeks.delta for contract in contracts])
            assert maker.evaluated == 1
            assert own or set(maker.asked) == {1}
            assert all(contract.greeks is contract.Greeks for contract in contracts)
            assert {type(contract).__name__ for contract in contracts} == {"OptionContract"}
            assert all(isinstance(contract, OptionContract) for contract in contracts)
    assert found == [[0.0, 0.1], [0.0, -0.1]] * 2


@pytest.mark.parametrize("expected", [False, True])
def test_a_slice_nobody_keeps_is_gone_at_once_with_all_that_was_looked_at(expected: bool) -> None:
    """What an instant brings knows nobody who looks: else slices and their days would wait for the collector."""
    slice_, root = slice_of(quote_tape(two_contracts()), Model(expects_greeks=expected))
    chain = slice_.option_chains[root]
    assert [contract.greeks.delta for contract in chain.contracts.values()] == [0.0, 0.1]
    assert list(slice_.quote_bars.values()) == list(slice_.bars.values()) == []
    assert len(slice_.ticks) == len(slice_.futures_chains) == 0
    watched = [weakref.ref(each) for each in (slice_, chain, chain.contracts, chain.columns, slice_.quote_bars)]
    gc.collect()
    gc.disable()
    try:
        del slice_, chain
        assert [each() for each in watched] == [None] * len(watched)
    finally:
        gc.enable()


def _no_bar(tape: Tape, step: int, column: int) -> None:
    return None


def test_who_asks_instant_after_instant_goes_on_to_do_so_on_the_next_day() -> None:
    symbols = two_contracts()
    today, tomorrow = quote_tape(symbols), quote_tape(symbols)
    ahead = _Ahead(today, symbols, 1, 1, cast(Any, None))
    assert (today.steps, ahead.last) == (3, 1)
    assert ahead.follows(today, 2)
    assert not ahead.follows(tomorrow, 1), "the day was left before its end"
    ahead.last = 2
    assert ahead.follows(tomorrow, 1)
    assert not ahead.follows(tomorrow, 2)


def test_greeks_are_expected_at_the_instant_after_one_at_which_they_were_looked_at() -> None:
    symbols = two_contracts()
    root, tape = symbols[0].canonical, quote_tape(symbols)
    models = ChainModels(*cast(Any, [None] * 4))
    first, second = (Move(cast(Any, None), tape, step) for step in (1, 2))
    assert not models.expects_greeks(root, second)
    models.greeks_asked(root, first)
    assert models.expects_greeks(root, second)
    assert not models.expects_greeks(root, first)
