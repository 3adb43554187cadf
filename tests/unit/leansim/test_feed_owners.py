"""Who wants a symbol: contracts of a chain share one set, and are as independent of each other as if they did not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leansim.api.enums import SecurityType
from leansim.api.symbols import Symbol
from leansim.feed.owners import Owners

SYMBOLS = [Symbol.create(ticker, SecurityType.EQUITY, "usa") for ticker in ("AIG", "IBM", "SPY")]
WHO = ("the algorithm", "a universe", "another universe")

steps = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.sets(st.integers(0, 2)), st.sampled_from(WHO)),
        st.tuples(st.sampled_from(("add", "release")), st.integers(0, 2), st.sampled_from(WHO)),
        st.tuples(st.just("forget"), st.integers(0, 2), st.just("")),
    ),
    max_size=12,
)


@given(steps)
def test_each_symbol_has_its_own_owners(steps: list[tuple[str, set[int] | int, str]]) -> None:
    owners, model = Owners(), dict[Symbol, set[str]]()
    for what, which, who in steps:
        if isinstance(which, set):
            # those somebody wants already keep their owners
            owners.begin(dict.fromkeys(SYMBOLS[i] for i in which), who)
            for i in which:
                model.setdefault(SYMBOLS[i], {who})
            continue
        symbol = SYMBOLS[which]
        if what == "add":
            owners.add(symbol, who)
            model.setdefault(symbol, set()).add(who)
        elif what == "release":
            model.get(symbol, set()).discard(who)
            assert owners.release(symbol, who) is (model.get(symbol) == set())
        elif symbol in model:
            owners.forget((symbol,))
            del model[symbol]
        assert list(owners) == list(model)
        assert {each: owners.of(each) for each in SYMBOLS} == {each: model.get(each, set()) for each in SYMBOLS}
        assert [each in owners for each in SYMBOLS] == [each in model for each in SYMBOLS]
        assert owners.known_among(dict.fromkeys(SYMBOLS)) == [each for each in SYMBOLS if each in model]


def test_a_group_shares_what_its_owners_are() -> None:
    owners = Owners()
    owners.begin(dict.fromkeys(SYMBOLS), "a universe")
    assert owners.of(SYMBOLS[0]) is owners.of(SYMBOLS[2])
