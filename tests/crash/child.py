"""A process that is really killed: ``child.py <folder> <seed> <boundary name> <which time>``, or ``- 0`` for none.

Journal and broker live in the folder: the journal as files, the broker's truth as it was when the process last touched
the outside. The next process with the same folder finds them so, and goes on.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from pathlib import Path

from fakes.faulty_store import Boundary
from fakes.habits import ROUGH
from fakes.rig import Rig
from tomking.journal.store import FileStore

OF_THE_PROCESS = {"boundary", "on_submit", "market"}
OF_THE_WORLD = ("chance", "market", "now", "turns", "begun", "calm_at", "boundary", "runs")


class WatchedStore(FileStore):
    """Real files, and a boundary before and after every effect."""

    def __init__(self, folder: Path, boundary: Boundary) -> None:
        super().__init__(folder)
        self._boundary = boundary
        self.durable: dict[str, str] = {}

    def save(self, key: str, text: str) -> None:
        self._boundary("save")
        super().save(key, text)
        self._boundary("saved")

    def append(self, key: str, text: str) -> None:
        self._boundary("save")
        super().append(key, text)
        self._boundary("saved")

    def flush(self, key: str) -> None:
        self._boundary("flush")
        super().flush(key)
        self.durable[key] = self.read(key) or ""
        self._boundary("flushed")

    def delete(self, key: str) -> None:
        self._boundary("delete")
        super().delete(key)


def main(folder: Path, seed: int, name: str, which: int) -> None:
    """Tell the story, or what is left of it, and die where it is said."""
    rig = Rig(seed, ROUGH)
    rig.store = WatchedStore(folder / "store", rig._boundary)  # type: ignore[assignment]
    world = folder / "world"
    if world.exists():
        _restore(rig, world)
    times = 0

    def at(_number: int) -> None:
        nonlocal times
        _keep(rig, world)
        times += rig.boundary_names[-1] == name
        if times == which:
            os.kill(os.getpid(), signal.SIGKILL)

    if which:
        rig.on_boundary = at
    rig.tell()
    rig.check_end()
    print(f"{rig.runs} starts, {len(rig.desk.state.groups)} groups, {len(rig.venue.submissions)} orders")


def _keep(rig: Rig, world: Path) -> None:
    venue = {name: value for name, value in vars(rig.venue).items() if name not in OF_THE_PROCESS}
    unfinished = world.with_suffix(".writing")
    unfinished.write_bytes(pickle.dumps((venue, {name: getattr(rig, name) for name in OF_THE_WORLD})))
    unfinished.replace(world)


def _restore(rig: Rig, world: Path) -> None:
    venue, own = pickle.loads(world.read_bytes())
    vars(rig).update(own)
    vars(rig.venue).update(venue)
    rig.venue.market = rig.market
    rig.venue.disconnect()
    rig.wants = False
    rig.calm_at = rig.turns + rig.ROUGH_TURNS_AFTER_DEATH


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
