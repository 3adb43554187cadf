"""Columns come back from their packed form exactly as they went in."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leansim.errors import DataError
from leansim.lean_data.packed import DecimalColumns, PackedColumns, PlainColumns, pack
from leansim.lean_data.tables import MISSING, Decimals

Floats = npt.NDArray[np.float64]
ANY_FLOAT = st.floats(width=64)
PRICE = st.one_of(
    st.integers(-(10**9), 10**9).map(lambda ticks: ticks / 10_000),
    st.integers(0, 10**6).map(lambda cents: cents / 100),
    st.just(float("nan")),
)


def packed(folder: Path, columns: dict[str, Floats], whole: dict[str, npt.NDArray[np.int64]]) -> PackedColumns:
    path = folder / "file.packed"
    path.write_bytes(pack({"said": ["this"]}, whole, columns))
    return PackedColumns(path)


@given(st.lists(st.one_of(PRICE, ANY_FLOAT), max_size=40), st.lists(PRICE, max_size=40))
def test_any_column_comes_back_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float], prices: list[float]
) -> None:
    columns = {"numbers": np.array(numbers, dtype=np.float64), "prices": np.array(prices, dtype=np.float64)}
    found = packed(tmp_path_factory.mktemp("packed"), columns, {})
    assert list(found) == ["numbers", "prices"]
    for name, values in columns.items():
        known = ~np.isnan(values)
        assert (np.isnan(found[name]) == ~known).all()
        # bits: 0.0 and -0.0 are two numbers
        assert found[name][known].tobytes() == values[known].tobytes()


@given(
    st.lists(
        st.one_of(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(-50, 50).map(lambda n: n * 2500)), max_size=40
    ),
    st.sets(st.integers(0, 39)),
    st.integers(0, 9),
)
@example([450_000, 470_000], set(), 4)
@example([25, 25], {1}, 1)
@example([4_499_999_999_999_999, 0], set(), 6)
@example([4_400_000_000, 4_600_000_000], set(), 0)
@example([1, 2], {0, 1}, 7)
def test_decimals_are_packed_as_their_floats_are(numbers: list[int], gaps: set[int], places: int) -> None:
    whole = np.array([MISSING if at in gaps else number for at, number in enumerate(numbers)], dtype=np.int64)
    decimals = Decimals(whole, 10**places)
    columns = DecimalColumns({"a": decimals, "b": decimals, "c": Decimals(whole.copy(), 10**places)})
    assert columns["a"] is columns["b"]
    floats = {name: column.copy() for name, column in columns.items()}
    assert pack({}, {}, columns) == pack({}, {}, floats)


@given(st.lists(st.integers(-(2**61), 2**61), max_size=40))
def test_whole_numbers_come_back(tmp_path_factory: pytest.TempPathFactory, numbers: list[int]) -> None:
    found = packed(tmp_path_factory.mktemp("packed"), {}, {"time": np.array(numbers, dtype=np.int64)})
    assert found.whole("time").tolist() == numbers
    assert len(found) == 0
    assert found.meta == {"said": ["this"]}


@given(st.integers(1, 4), st.lists(st.integers(0, 4), max_size=9), st.booleans())
def test_numbers_that_count_up_again_and_again_are_noticed(
    tmp_path_factory: pytest.TempPathFactory, steps: int, numbers: list[int], regular: bool
) -> None:
    if regular:
        numbers = list(range(steps)) * len(numbers)
    found = packed(tmp_path_factory.mktemp("packed"), {}, {"when": np.array(numbers, dtype=np.int64)})
    again = list(range(steps)) * (len(numbers) // steps)
    # of one number alone the unit is not told from the smallest
    assert found.counts_up("when", steps) == (bool(numbers) and numbers == again)


def test_prices_are_small(tmp_path: Path) -> None:
    prices = 300 + np.cumsum(np.tile([0.05, -0.05, 0.1, 0.0, -0.1], 2000))
    path = tmp_path / "file.packed"
    path.write_bytes(pack({}, {}, {"close": np.round(prices, 2)}))
    assert path.stat().st_size < len(prices) * 8 / 7


def test_columns_of_the_same_values_are_written_once(tmp_path: Path) -> None:
    prices = np.round(300 + np.arange(1000) * 0.05, 2)
    path = tmp_path / "file.packed"
    path.write_bytes(pack({}, {}, {"open": prices, "close": prices.copy()}))
    found = PackedColumns(path)
    assert found["open"].tolist() == found["close"].tolist() == prices.tolist()
    assert path.stat().st_size < len(prices) * 2 + 1000


@given(st.lists(PRICE, min_size=1, max_size=40), st.data())
def test_a_cell_and_a_few_rows_are_those_of_the_whole_column(
    tmp_path_factory: pytest.TempPathFactory, prices: list[float], data: st.DataObject
) -> None:
    columns = {"prices": np.array(prices)}
    rows = data.draw(st.lists(st.integers(0, len(prices) - 1), max_size=5))
    expected = pytest.approx([prices[row] for row in rows], abs=0, nan_ok=True)
    folder = tmp_path_factory.mktemp("packed")
    for found in (packed(folder, columns, {}), PlainColumns(columns)):
        assert [found.cell("prices", row) for row in rows] == expected
        taken = found.take("prices", np.array(rows, dtype=np.int64))
        assert taken.tolist() == expected
        gone = found.missing("prices")
        assert (np.zeros(len(prices), dtype=bool) if gone is None else gone).tolist() == np.isnan(prices).tolist()
        assert found["prices"].tolist() == pytest.approx(prices, abs=0, nan_ok=True)
        # the column is whole now
        assert [found.cell("prices", row) for row in rows] == expected


def test_a_damaged_column_says_which_file(tmp_path: Path) -> None:
    path = tmp_path / "file.packed"
    raw = pack({}, {}, {"close": np.sqrt(np.arange(1000.0))})
    path.write_bytes(raw[:-20] + b"\0" * 20)
    with pytest.raises(DataError, match=r"file\.packed is damaged"):
        _ = PackedColumns(path)["close"]


def test_there_is_no_other_column(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        _ = packed(tmp_path, {"close": np.arange(3.0)}, {})["open"]


def test_a_file_that_is_mapped_is_read_like_a_small_one(tmp_path: Path) -> None:
    values = np.sqrt(np.arange(50_000.0))
    cents = np.round(np.arange(50_000) % 977 * 0.05, 2)
    found = packed(tmp_path, {"root": values, "price": cents}, {"time": np.arange(50_000) * 60})
    assert isinstance(found._body, mmap.mmap)
    assert (found.cell("root", 49_999), found.cell("price", 976)) == (values[49_999], 48.8)
    assert found.take("price", np.array([3, 1])).tolist() == [0.15, 0.05]
    assert (found["root"] == values).all()
    assert found.whole("time").tolist()[-1] == 49_999 * 60
    path = tmp_path / "file.packed"
    cut = tmp_path / "cut.packed"
    cut.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ValueError, match="not whole"):
        PackedColumns(cut)
