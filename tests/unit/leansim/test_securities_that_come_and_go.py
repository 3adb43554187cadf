"""Securities come by the hundreds, some of them for the second time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from hypothesis import example, given
from hypothesis import strategies as st

from leansim.api.enums import SecurityType
from leansim.api.securities import SecurityManager
from leansim.api.symbols import Symbol

SYMBOLS = [Symbol.create(f"S{i}", SecurityType.INDEX, "usa") for i in range(4)]
SOME = st.lists(st.integers(0, 3), unique=True)


@example([("announce", [0, 1, 2]), ("make", [0, 1]), ("drop", [0, 2]), ("announce", [2, 0, 1, 3])])
@given(st.lists(st.tuples(st.sampled_from(("announce", "make", "drop")), SOME)))
def test_one_that_comes_back_is_the_same_and_stands_last(steps: list[tuple[str, list[int]]]) -> None:
    manager = SecurityManager()
    manager._made_by(lambda symbol: cast(Any, SimpleNamespace(symbol=symbol, _revive=lambda: revived.append(symbol))))
    active: list[Symbol] = []
    made: dict[Symbol, Any] = {}
    revived: list[Symbol] = []
    expected: list[Symbol] = []
    for what, which in steps:
        symbols = [SYMBOLS[i] for i in which]
        if what == "announce":
            there = manager._announce(dict.fromkeys(symbols))
            assert {id(each) for each in there} == {id(made[symbol]) for symbol in symbols if symbol in made}
            assert len(there) == len([symbol for symbol in symbols if symbol in made])
            expected += [symbol for symbol in symbols if symbol in made and symbol not in active]
            active += [symbol for symbol in symbols if symbol not in active]
        elif what == "make":
            made.update((symbol, made.get(symbol) or manager._of(symbol)) for symbol in symbols if symbol in active)
        else:
            manager._drop([symbol for symbol in symbols if symbol in active])
            active = [symbol for symbol in active if symbol not in symbols]
        assert list(manager._every_symbol()) == active
        assert revived == expected
        for symbol in SYMBOLS:
            assert manager._known(symbol) is made.get(symbol)
            assert manager._inactive_among({symbol: None}) == ({} if symbol in active else {symbol: None})
