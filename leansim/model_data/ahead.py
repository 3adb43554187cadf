"""Makes the next days' data in a second process while a run is still in today.

A run asks for the same files session after session: what was asked for on two sessions in a row, or twice a week apart,
will be asked for again. The second process makes those at a low priority: universes as files, archives as the packed
copies that the run reads. Either has the same bytes whoever makes it, and is written aside and renamed, so it does not
matter which of the two comes first. What the second process did not make in time, or cannot make, the run makes itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, Final

from leansim.api.enums import Resolution, TickType
from leansim.api.identifiers import SecurityIdentifier
from leansim.api.reference import use_reference_data
from leansim.api.symbols import Symbol
from leansim.api.time_zones import zone
from leansim.errors import LeanSimError
from leansim.lean_data.blocks import FileFormat
from leansim.lean_data.folder import DataFolder
from leansim.lean_data.tables import Table
from leansim.model_data.history import History
from leansim.model_data.provider import ModelDataProvider
from leansim.model_data.routing import day_of

BEGINS_AFTER: Final = 40
"""Files a run made itself before a second process is worth its start."""

SESSIONS_AHEAD: Final = 2
LONGEST_PAUSE: Final = timedelta(days=5)
"""Calendar days between two sessions in a row at most."""

WEEK: Final = timedelta(days=7)
NICENESS: Final = 10
_DATED = re.compile(r"(?P<before>.*/)(?P<day>\d{8})(?P<after>[^/]*)")


class Habits:
    """Which files a run will ask for, told by those it asked for."""

    def __init__(self, history: History) -> None:
        """Sessions are those of `history`."""
        self._history = history
        self._last: dict[tuple[str, str], date] = {}

    def next_files(self, relative: str) -> Iterator[str]:
        """Take a file that is asked for; the files that will be asked for after it, the soonest first."""
        match = _DATED.fullmatch(relative)
        if match is None:
            return
        before, after = match["before"], match["after"]
        day = day_of(match)
        last = self._last.get((before, after))
        self._last[before, after] = day
        if last is None or day <= last:
            return
        if day - last == WEEK:
            yield f"{before}{day + WEEK:%Y%m%d}{after}"
        elif day - last <= LONGEST_PAUSE:
            following: date | None = day
            for _ in range(SESSIONS_AHEAD):
                following = None if following is None else self._history.following(following)
                if following is not None:
                    yield f"{before}{following:%Y%m%d}{after}"


class MadeAhead:
    """A data provider: what the model makes, the next days' by a second process."""

    def __init__(self, model: ModelDataProvider, folder: Path, copies: Path, niceness: int = NICENESS) -> None:
        """`model` makes what `folder` lacks, `copies` is the folder of packed copies; the second process is so much
        nicer than this one."""
        self._model = model
        self._folder = folder
        self._copies = copies
        self._niceness = niceness
        self._made = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.listed_files = model.listed_files

    @property
    def origin(self) -> str:
        """As the model's."""
        return self._model.origin

    @property
    def label(self) -> str:
        """As the model's."""
        return self._model.label

    def fetch(self, relative: str) -> bool:
        """As the model does."""
        is_made = self._model.fetch(relative)
        self._made += is_made
        return is_made

    def table(self, relative: str, columns: int) -> Table | None:
        """As the model does."""
        table = self._model.table(relative, columns)
        self._made += table is not None
        return table

    def asked(self, relative: str, form: FileFormat | None) -> None:
        """Let the second process make what will be asked for next, once it is seen that something is missing."""
        if not self._made:
            return
        wanted = list(self._habits.next_files(relative))
        if self._made < BEGINS_AFTER or not wanted:
            return
        if self._process is None:
            self._process = self._started()
        pipe = self._process.stdin
        assert pipe is not None
        # a pipe that is full, or whose reader is gone: the run makes it itself
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            for each in wanted:
                # one at a time: so few bytes are written whole or not at all
                os.write(pipe.fileno(), request(each, form).encode())

    def close(self) -> None:
        """End the second process; what it is in the middle of is thrown away."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.terminate()
        with contextlib.suppress(BrokenPipeError):
            process.communicate()

    @cached_property
    def _habits(self) -> Habits:
        return Habits(self._model.history)

    def _started(self) -> subprocess.Popen[bytes]:
        words = [str(self._folder), str(self._copies), str(self._model.seed), self._model.scenario, str(self._niceness)]
        process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        return process


def request(relative: str, form: FileFormat | None) -> str:
    """A line that asks for a file; for an archive, if it says how that is read."""
    if form is None:
        return json.dumps([relative, None]) + "\n"
    symbol, clocks = form.symbol, [form.data_zone.id, form.exchange_zone.id]
    how = [str(symbol.id), symbol.value, int(form.resolution), int(form.tick_type), *clocks]
    return json.dumps([relative, how]) + "\n"


def requested(line: str) -> tuple[str, FileFormat | None]:
    """What such a line asks for."""
    relative, how = json.loads(line)
    if how is None:
        return relative, None
    identity, value, resolution, tick_type, data_zone, exchange_zone = how
    symbol = Symbol(SecurityIdentifier.parse(identity), value)
    match = _DATED.fullmatch(relative)
    assert match is not None, "only files of a day are asked for ahead"
    kinds = (Resolution(resolution), TickType(tick_type))
    return relative, FileFormat(symbol, *kinds, day_of(match), zone(data_zone), zone(exchange_zone))


def make(folder: DataFolder, wanted: Iterable[str]) -> None:
    """Make one after the other; what cannot be made, the run will be told of when it makes it itself."""
    for line in wanted:
        relative, form = requested(line)
        if form is None:
            folder.provider.fetch(relative)
        else:
            folder.prepare(relative, form)


def main(words: list[str], wanted: IO[str]) -> None:
    """The second process: folder, folder of copies, seed, scenario and niceness are its words, lines tell the rest."""
    folder, copies, seed, scenario, niceness = words
    os.nice(int(niceness))
    with contextlib.suppress(LeanSimError, KeyboardInterrupt):
        model = ModelDataProvider(Path(folder), int(seed), scenario=scenario)
        data = DataFolder(Path(folder), model, Path(copies))
        use_reference_data(data)  # when a month of a future expires depends on the holidays in the folder
        make(data, wanted)


if __name__ == "__main__":
    # whatever this process inherited: when it is told to end, it throws away what it is in the middle of
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main(sys.argv[1:], sys.stdin)
