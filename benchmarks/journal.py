"""The journal: durable records a second, beside this disk's own write and fdatasync of the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tomking.events import OperatorNote, Record
from tomking.journal.journal import Journal
from tomking.journal.store import FileStore

from benchmarks import disk
from benchmarks.figure import Figure, best_seconds

RECORDS = 300
_NOTE = OperatorNote("BENCHMARK", "x" * 800)


def measure(folder: Path) -> Iterator[Figure]:
    """One durable record after another, as before every send."""
    at = datetime(2018, 1, 5, 15, 30, tzinfo=UTC)
    runs = iter(range(1_000))

    def append() -> None:
        journal = Journal(FileStore(folder / f"journal{next(runs)}"), "tomking/backtest/bench", "bench")
        for _ in range(RECORDS):
            journal.append(Record(journal.last_seq + 1, at, journal.run, 0, _NOTE))
            journal.barrier()

    yield Figure(
        "journal: append and barrier, 1 KB",
        "records",
        RECORDS / best_seconds(append),
        disk.NAME,
        RECORDS / best_seconds(lambda: disk.written(folder, RECORDS, 1_000)),
    )
