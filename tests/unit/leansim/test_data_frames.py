"""Data frames: how LEAN has pandas find a symbol by its ticker and by its identifier's text."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.command_line import logged
from fakes.lean_folder import january_of

HEAD = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 29)
        self.set_end_date(2021, 1, 29)
        self.set_benchmark(lambda time: 1)
        abc = self.add_equity("ABC", Resolution.DAILY).symbol
        low = self.add_equity("LOW", Resolution.DAILY).symbol
        frame = self.history([abc, low], 3, Resolution.DAILY)
        close = frame.close.unstack(level=0)
        moment = frame.index[0][1]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return january_of(tmp_path / "data", "abc", "low")


def values(data: Path, *expressions: str) -> list[str]:
    """What the expressions are in the algorithm."""
    return logged(data, HEAD + "".join(f'        self.log(f"SEEN {{{text}}}")\n' for text in expressions))


def test_a_frame_is_read_by_symbol_ticker_and_identifier(data: Path) -> None:
    keys = ("abc", "'ABC'", "'abc'", "str(abc.id)")
    assert values(data, *(f"len(frame.loc[{key}])" for key in keys)) == ["3"] * 4
    assert values(data, *(f"close[{key}].iloc[-1]" for key in keys)) == ["28.0"] * 4
    assert values(data, *(f"close.iloc[-1][{key}]" for key in keys)) == ["28.0"] * 4
    assert values(data, *(f"frame.at[({key}, moment), 'close']" for key in keys)) == ["26.0"] * 4
    assert values(data, *(f"frame.xs({key}).shape[0]" for key in keys)) == ["3"] * 4
    assert (
        values(data, *(f"({key} in close, {key} in close.columns, {key} in frame.index)" for key in keys))
        == ["(True, True, True)"] * 4
    )


def test_several_are_read_by_a_list(data: Path) -> None:
    lists = ("[abc, low]", "['ABC', 'LOW']", "[str(abc.id), str(low.id)]")
    assert values(data, *(f"(len(frame.loc[{some}]), close[{some}].shape[1])" for some in lists)) == ["(6, 2)"] * 3


def test_a_column_named_as_a_ticker_is_still_found(data: Path) -> None:
    assert values(data, "len(frame['low'])", "len(frame.low)", "len(frame.loc['low'])") == ["6", "6", "3"]


def test_a_key_nobody_knows_raises_with_both_keys(data: Path) -> None:
    body = """
        for key in ("nope", "low"):
            try:
                frame.loc[abc][["close"]][key]
            except KeyError as error:
                self.log(f"SEEN {error}")
        mine = pd.DataFrame({"spy": [1], "Sharpe ratio": [2]})
        self.log(f"SEEN {'spy' in mine} {'ABC' in mine} {mine['Sharpe ratio'][0]}")
"""
    assert logged(data, HEAD + body) == [
        "\"No key found for either mapped or original key. Mapped Key: ['nope']; Original Key: ['nope']\"",
        "\"No key found for either mapped or original key. Mapped Key: ['LOW']; Original Key: ['low']\"",
        "True False 2",
    ]
