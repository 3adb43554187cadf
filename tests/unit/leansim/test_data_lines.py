"""What stands in lines is read to the last bit as a slow reader of decimals reads it, or refused as there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis.strategies import SearchStrategy, booleans, builds, integers, just, lists, one_of, sampled_from, tuples

from leansim.api.time_zones import to_ns
from leansim.lean_data import line_parser, lines
from leansim.lean_data.tables import Decimals, as_floats

Read = tuple[list[int], list[int], list[bytes]]

ROOT = Path(__file__).parents[3]
END = sampled_from(["\n", "\n", "\r\n"])
BEHIND = sampled_from(["", "\n", "\r\n", "\n\n", "\r"])
WHOLE = integers(0, 10**9).map(str)
PRICE = builds("{}{}.{}".format, sampled_from(["", "", "-"]), integers(0, 99999), integers(0, 999))
FINE = builds("{}.{:0{}}".format, integers(0, 10**9), integers(0, 10**9), integers(1, 9))
LONG = builds("{}.{}".format, integers(0, 10**18), integers(0, 10**18))
CELL = one_of(WHOLE, WHOLE, PRICE, FINE, just(""))
STRANGE = one_of(
    sampled_from(
        ["-0", "-", "+5", "5.", ".5", "-.5", ".", "1e5", "1E-7", "inf", "-inf", "NaN", '"5"', '""', '"5', " 5"]
    ),
    sampled_from(
        ["5 ", "\t5", "1_000", "0x10", "٣", "null", "1.5.2", "--5", "1-2", "1 2", "007", "5\r", "\r", "1e400"]
    ),
    sampled_from(["9" * 15, "9" * 16, "9" * 17, "0." + "3" * 14, "0." + "3" * 15, "5\0", "\0"]),
)
MILLISECONDS = one_of(integers(0, 86_400_000).map(str), just("34200000.25"), just("34200000.1234567"))
STRANGE_CLOCK = sampled_from(["", "-1", "x", "1e5", "nan", "inf", "1e30", " 5", '"5"', "9999999999", "5."])
MINUTES = builds(
    "{:04}{:02}{:02} {:02}:{:02}".format,
    *(integers(1960, 2200), integers(1, 12), integers(1, 31), integers(0, 24), integers(0, 60)),
)
STRANGE_MINUTE = one_of(
    sampled_from(["", "20210107", "20210107 9:30", "20210107  09:30", " 20210107 09:30", "20210107 09:30 ", "x"]),
    sampled_from(["20210107 09:30:00", "2021010 09:30", "20210107T09:30", '"20210107 09:30"', "16000101 00:00"]),
    sampled_from(["99991231 00:00", "00010101 00:00", "20210107 9:3", "20210107 09:", "020210107 09:30"]),
)


def slowly(texts: list[bytes], columns: int, dated: bool) -> Read | None:
    """Offsets, clock and the bits of the columns; ``None`` when a line cannot be read."""
    offsets, clock, rows = [0], [], []
    try:
        for text in texts:
            body = text.rstrip(b"\r\n").decode().removeprefix("\ufeff")
            for line in body.split("\n") if body else []:
                first, *cells = line.split(",")
                if not rows and len(cells) < columns:
                    return None
                clock.append(minute(first) if dated else nanoseconds(first))
                cells += [""] * columns
                rows.append([number(cell) for cell in cells[:columns]])
            offsets.append(len(rows))
    except (ValueError, InvalidOperation):
        return None
    return offsets, clock, [bits([row[at] for row in rows]) for at in range(columns)]


def bare(cell: str) -> str:
    """A cell without the space before it, the return behind it, and its quotation marks."""
    cell = cell.removesuffix("\r").lstrip(" \t")
    return cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def number(cell: str) -> float:
    cell = bare(cell)
    if not cell:
        return float("nan")
    if cell.strip() != cell or not cell.isascii() or "_" in cell:
        raise ValueError(cell)
    # of decimals without a sign of zero, the nearest float
    return float(Decimal(cell)) + 0.0


def nanoseconds(cell: str) -> int:
    if not abs(number(cell)) < 2**63 / 1_000_000:
        raise ValueError(cell)
    return round(number(cell) * 1_000_000)


def minute(cell: str) -> int:
    day, clock = bare(cell).split()
    hours, minutes = clock.split(":")
    if len(day) != 8 or not (0 < len(hours) < 3 and 0 < len(minutes) < 3) or bare(cell) != bare(cell).rstrip():
        raise ValueError(cell)
    moment = datetime(int(day[:4]), int(day[4:6]), int(day[6:]), int(hours), int(minutes))
    if not 1678 <= moment.year <= 2261:
        raise ValueError(cell)
    return to_ns(moment)


def bits(values: list[float]) -> bytes:
    column = np.array(values, dtype=np.float64)
    column[np.isnan(column)] = np.nan
    return column.tobytes()


def read(texts: list[bytes], columns: int, *, dated: bool = False, size: int | None = None) -> Read:
    named = [(f"{at}.csv", text) for at, text in enumerate(texts)]
    found = lines.read_lines(lambda: named, sum(map(len, texts)) if size is None else size, columns, dated=dated)
    values = [as_floats(column) for column in found.values]
    return found.offsets.tolist(), found.clock.tolist(), [bits(column.tolist()) for column in values]


def read_or_none(texts: list[bytes], columns: int, dated: bool) -> Read | None:
    try:
        return read(texts, columns, dated=dated)
    except ValueError:
        return None


def text_of(clocks: SearchStrategy[str], cells: SearchStrategy[str], fewest: int = 2) -> SearchStrategy[bytes]:
    line = builds(lambda clock, rest: ",".join([clock, *rest]), clocks, lists(cells, min_size=fewest, max_size=4))
    return builds(lambda some, end, behind: (end.join(some) + behind).encode(), lists(line, max_size=6), END, BEHIND)


@given(lists(text_of(MILLISECONDS, CELL), min_size=1, max_size=4))
@example([b"1,2.5,3\n2,1.25,3\n3,1.125,2.5", b"4,1,.5\n"])
@example([b"1,999999999999997,1", b"2,0.0003,1"])
@example([b"1,2,3", b"", b"\n", b"4,5,6\r\n"])
def test_decimals_are_read_exactly(texts: list[bytes]) -> None:
    assert read(texts, 2) == slowly(texts, 2, False)


@given(lists(text_of(MINUTES, CELL), min_size=1, max_size=3))
@example([b"20240229 09:30,1,2\n20230229 09:30,1,2"])
def test_dates_are_read_or_refused(texts: list[bytes]) -> None:
    assert read_or_none(texts, 2, True) == slowly(texts, 2, True)


@given(
    lists(text_of(one_of(MILLISECONDS, STRANGE_CLOCK), one_of(CELL, STRANGE, LONG), 0), min_size=1, max_size=3),
    booleans(),
)
@example([b"1,-,2"], False)
@example([b"1,-0,1e5\n2,-0.0,1"], False)
@example(["1,\N{ARABIC-INDIC DIGIT THREE},1".encode()], False)
@example(["\ufeff1,2,3".encode(), "\ufeff4,5,6".encode()], False)
@example([b"1," + b"9" * 25 + b",1"], False)
@example([b"99999999999999999,2,1"], False)
@example([b"1,2,3\n\n2,3,4"], False)
@example([b"\n1,2,3"], False)
@example([b"1,2,3\n,,\n"], False)
@example([b"1,2,3\r4,5,6"], False)
@example([b"1,2\n1,2,3"], False)
@example([b"1,2,3\n2\n3,4\n"], False)
@example([b"1,2,3,x\n2,3,4,,\n"], False)
def test_strange_lines_are_read_or_refused(texts: list[bytes], dated: bool) -> None:
    assert read_or_none(texts, 2, dated) == slowly(texts, 2, dated)


@given(lists(text_of(one_of(MINUTES, STRANGE_MINUTE), WHOLE), min_size=1, max_size=2))
@example([b"020210107 09:30,1,2"])
def test_strange_dates_are_read_or_refused(texts: list[bytes]) -> None:
    assert read_or_none(texts, 2, True) == slowly(texts, 2, True)


@given(tuples(integers(0, 10**15 - 1), integers(0, 22), booleans()))
def test_a_decimal_is_the_nearest_float(drawn: tuple[int, int, bool]) -> None:
    digits, decimals, negative = drawn
    text = f"{'-' * negative}{Decimal(digits).scaleb(-decimals):f}"
    assert read([f"1,{text}".encode()], 1)[2] == [bits([float(text) + 0.0])]


@pytest.mark.parametrize(
    ("texts", "dated"),
    [
        ([b"34200000,1,2\r\n34260000,,2", b"", b"34200000,3,4,5\n"], False),
        ([b"34200000.5,4000.25,1\n34260000,-4000.125,\n34320000,1", b"1,1.5,22222.0000005"], False),
        ([b"20210107 09:30,4000.25,1\n20210108 00:00,1,2\n"], True),
    ],
)
def test_plain_decimals_are_not_read_cell_by_cell(
    texts: list[bytes], dated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(lines, "_cell_by_cell")
    assert read(texts, 2, dated=dated) == slowly(texts, 2, dated)


def test_a_table_grows() -> None:
    texts = [b"1,2\n" * 100, b"3,\n" * 50]
    assert read(texts, 1, size=1) == slowly(texts, 1, False)


def test_a_bar_that_is_flat_is_one_column() -> None:
    found = lines.read_lines(lambda: [("a", b"1,5,5,5,7\n2,6,6,6.0,7")], 20, 4, dated=False)
    first, second, third, fourth = found.values
    assert first is second
    assert isinstance(third, Decimals)
    assert (third.whole.tolist(), third.scale) == ([50, 60], 10)
    assert fourth is not first


@pytest.mark.parametrize(
    ("text", "dated", "said"),
    [
        (b"1,2,3\n2,x,3", False, r"line 2 of 0\.csv does not have LEAN's 3 columns of numbers: 'x' is no number"),
        (b"1,2,3\n\n2,3,4", False, r"line 2 .*blank or has no time"),
        (b"1,2\n1,2,3", False, "line 1 .*the first line ends early"),
        (b"1e30,2,3", False, "'1e30' is no time"),
        (b",2,3", True, "blank or has no time"),
        (b"20211301 00:00,2,3", True, "'20211301 00:00' is none"),
    ],
)
def test_it_is_told_what_is_wrong_where(text: bytes, dated: bool, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read([text], 2, dated=dated)


def test_where_nothing_can_be_kept_a_process_compiles_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def njit(_: object, cache: bool = False) -> Callable[[Any], Any]:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(numba, "njit", njit)
    assert line_parser._compiled() is line_parser._parse
    assert asked == [True, False]


SCRIPT = """
from leansim.lean_data.lines import read_lines
rows = [["2", "", "3"], ["-4.25", "1", "1", "x\\r"], ["1234567890123456789012", "0.1", "2"], ["1"], ["1e5", "2"]]
for dated, clock in ((False, "34200000"), (False, "34200000.5"), (True, "20210107 09:30"), (True, "20210107 9:30")):
    for count in range(1, 6):
        texts = [("a", "\\n".join(",".join([clock, *row]) for row in rows[:count]).encode()), ("b", clock.encode())]
        found = read_lines(lambda: texts, 9, 3, dated=dated)
        print(found.offsets.tolist(), found.clock.tolist(), [getattr(at, "whole", at).tolist() for at in found.values])
"""


def started(**variables: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-W", "error", "-c", SCRIPT]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)


def test_several_processes_compile_at_once_and_an_uncompiled_one_reads_the_same(tmp_path: Path) -> None:
    together = [started(NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2)]
    together.append(started(NUMBA_DISABLE_JIT="1"))
    said = [process.communicate()[0] for process in together]
    assert said[0].count("\n") == 20
    assert said[1] == said[2] == said[0]
    assert sorted(path.suffix for path in tmp_path.rglob("*.nb?")) == [".nbc", ".nbi"]
