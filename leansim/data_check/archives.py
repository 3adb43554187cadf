"""One archive: whether it can be read, and every line of it is what LEAN reads.

Names as LEAN writes them, times that rise, numbers where numbers belong, no high below its low. A bid above its ask is
noted only, because recorded data have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from leansim.data_check.findings import Findings, Problem
from leansim.errors import DataError
from leansim.lean_data.tables import Table
from leansim.lean_data.zips import read_table

_COLUMNS: Final = {"trade": 5, "quote": 10, "openinterest": 1}
ARCHIVE: Final = re.compile(
    r"(?P<kind>equity|index|option|indexoption|future|futureoption)/(?P<market>\w+)/(?P<resolution>minute|hour|daily)/"
    r"(?P<root>[^/]+?)(_(\d{4}_)?(trade|quote|openinterest)(_american|_european)?)?(\.zip|/.+\.zip)"
)
"""Archives of prices, as LEAN's folders are named."""

STRIKE_SCALE: Final = 10_000
"""Strikes in names are so many to a dollar, whatever prices are."""

_RIGHT_STRIKE_EXPIRY: Final = re.compile(r"(call|put)_(\d+)_(\d{8})\.csv$")
_NS_PER_MS: Final = 1_000_000
_TICK: Final = re.compile(r"_(trade|quote|openinterest)(_american|_european)?\.zip$")
_CONTRACT: Final = r"(american|european)_(call|put)_\d+_\d{8}"
_ENTRIES: Final = {
    ("equity", "minute"): r"\d{8}_[\w.]+_minute_(trade|quote)\.csv",
    ("index", "minute"): r"\d{8}_[\w.]+_minute_(trade|quote)\.csv",
    ("option", "minute"): rf"\d{{8}}_[\w.]+_minute_\w+_{_CONTRACT}\.csv",
    ("future", "minute"): r"\d{8}_\w+_minute_\w+_\d{6}(_\d{6,8})?\.csv",
    ("equity", "dated"): r"[\w.]+\.csv",
    ("index", "dated"): r"[\w.]+\.csv",
    ("option", "dated"): rf"[\w.]+_(trade|quote|openinterest)_{_CONTRACT}\.csv",
    ("future", "dated"): r"\w+_(trade|quote|openinterest)_\d{6}(_\d{6,8})?\.csv",
}


@dataclass(frozen=True)
class Archive:
    """What the checks across files need of one archive that could be read.

    Attributes:
        kind: of security, as LEAN's folders are named.
        market: of it.
        root: of the files.
        resolution: of the bars.
        tick: trade, quote or openinterest; of archives of years, trade unless the name says otherwise.
        folder: below the root, of futures options the month.
        first_ms: of a day's file, earliest start of a bar on the data clock, in milliseconds of the day.
        last_ms: and the latest.
        middle: median of the closing prices, as they are written.
        last: the last of them.
        has_decimals: any price is no whole number.
        contracts: how many entries.
        starts: of a day's file of futures or their options, the starts of all bars, each once.
        closes: of options, the last closing price of each contract, by its expiry, strike and right as universes have
            them; as it is written.
    """

    kind: str
    market: str
    root: str
    resolution: str
    tick: str
    folder: str
    first_ms: int
    last_ms: int
    middle: float
    last: float
    has_decimals: bool
    contracts: int
    starts: tuple[int, ...] = ()
    closes: Mapping[str, float] = field(default_factory=dict)


def check_archive(path: Path, relative: str, match: re.Match[str], findings: Findings) -> Archive | None:
    """Open one archive and read every line of it; None when it cannot be read."""
    kind, resolution = match["kind"], match["resolution"]
    counted = f"{kind} {resolution}"
    findings.files[counted] = findings.files.get(counted, 0) + 1
    tick = _TICK.search(path.name)
    minute = resolution == "minute"
    what = tick[1] if tick else "trade"
    columns = _COLUMNS[what]
    if minute and tick is None:
        findings.fault(relative, "the name does not say trade, quote or openinterest")
        return None
    try:
        table = read_table(path, columns, dated=not minute, chosen=lambda names: range(len(names)))
    except DataError as error:
        findings.fault(relative, str(error))
        return None
    findings.rows[counted] = findings.rows.get(counted, 0) + len(table.clock)
    family = "option" if kind.endswith("option") else kind
    pattern = re.compile(_ENTRIES[family, "minute" if minute else "dated"])
    strange = [name for name in table.entries if not pattern.fullmatch(name)]
    if strange:
        findings.fault(relative, f"{len(strange)} entries are not named as LEAN names them, the first: {strange[0]}")
    values = table.floats()
    for text, serious in _check_rows(table, values):
        findings.problems.append(Problem(relative, text, serious))
    closes = values[8 if columns == 10 else 3] if columns > 1 else np.zeros(0)
    known = closes[np.isfinite(closes)]
    clock = table.clock // _NS_PER_MS
    return Archive(
        kind,
        match["market"],
        match["root"],
        resolution,
        what,
        Path(relative).parent.as_posix(),
        int(clock.min()) if len(clock) else 0,
        int(clock.max()) if len(clock) else 0,
        float(np.median(known)) if len(known) else 0.0,
        float(known[-1]) if len(known) else 0.0,
        bool(np.any(known != np.rint(known))),
        len(table.entries),
        tuple(np.unique(clock).tolist()) if minute and kind.startswith("future") else (),
        dict(_closes(table, closes)) if family == "option" and len(closes) else {},
    )


def _closes(table: Table, closes: NDArray[np.float64]) -> Iterator[tuple[str, float]]:
    """The last closing price of each contract; of quotes, of the ask."""
    for position, name in enumerate(table.entries):
        rows = closes[table.offsets[position] : table.offsets[position + 1]]
        contract = _RIGHT_STRIKE_EXPIRY.search(name)
        if contract is not None and len(rows) and np.isfinite(rows[-1]):
            right, strike, expiry = contract.groups()
            yield f"{expiry},{int(strike) / STRIKE_SCALE:g},{right[0].upper()}", float(rows[-1])


def _check_rows(table: Table, values: list[NDArray[np.float64]]) -> Iterator[tuple[str, bool]]:
    for position, name in enumerate(table.entries):
        rows = slice(table.offsets[position], table.offsets[position + 1])
        if np.any(np.diff(table.clock[rows]) <= 0):
            yield f"{name}: times do not rise", True
    sides = {1: (), 5: (0,), 10: (0, 5)}[len(values)]
    for side in sides:
        _, high, low, _ = values[side : side + 4]
        wrong = int(np.count_nonzero(high < low))
        if wrong:
            yield f"{wrong} rows whose high is below their low", True
    if len(sides) == 2:
        crossed = int(np.count_nonzero(values[3] > values[8]))
        if crossed:
            yield f"{crossed} rows with the bid above the ask at the close", False
