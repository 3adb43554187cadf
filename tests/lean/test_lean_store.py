"""The journal on LEAN's object store: written late unless a barrier says now, full at some point, shared."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import NOON
from tomking.errors import JournalUnwritable
from tomking.events import OperatorNote
from tomking.journal.journal import journal_prefix
from tomking.journal.reading import read_all
from tomking.journal.store import FileStore
from tomking.ledger import Ledger

from leansim.api import object_store, shims

PREFIX = journal_prefix("live", "default")
NOTE = OperatorNote("N", "text")


@pytest.fixture(scope="module")
def adapter() -> Iterator[Any]:
    shims.install()
    yield importlib.import_module("tomking.adapters.lean_store")
    shims.uninstall()
    for name in [name for name in sys.modules if name.startswith("tomking.adapters.lean_")]:
        del sys.modules[name]


@pytest.fixture
def ledger(adapter: Any, tmp_path: Path) -> Ledger:
    """Its clock stands still: what is not flushed never reaches the disk."""
    store = adapter.LeanStore(object_store.ObjectStore(tmp_path, lambda: 0.0))
    return Ledger.opened(store, PREFIX, "r1", NOON)


def on_disk(folder: Path) -> list[int]:
    return [record.seq for record in read_all(FileStore(folder), PREFIX)]


def test_a_barrier_is_on_the_disk_and_nothing_else_is(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record(NOTE)
    ledger.journal.save()
    assert on_disk(tmp_path) == []
    ledger.record(NOTE)
    ledger.barrier()
    assert on_disk(tmp_path) == [1, 2]
    ledger.record(NOTE)
    ledger.journal.save()
    assert on_disk(tmp_path) == [1, 2]


def test_a_full_store_is_not_passed_over(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.record(NOTE)
    ledger.barrier()
    monkeypatch.setattr(object_store, "MAX_FILES", 1)
    ledger.record(NOTE)
    with pytest.raises(JournalUnwritable, match="quota"):
        ledger.barrier()


def test_what_others_keep_in_the_same_store_is_left_alone(adapter: Any, tmp_path: Path) -> None:
    shared = object_store.ObjectStore(tmp_path, lambda: 0.0)
    shared.save("models/journal/1", "theirs")
    ledger = Ledger.opened(adapter.LeanStore(shared), PREFIX, "r1", NOON)
    ledger.record(NOTE)
    ledger.journal.compact(ledger.state)
    assert {key for key in shared.keys if not key.startswith(f"{PREFIX}/")} == {"models/journal/1"}
    assert shared.read("models/journal/1") == "theirs"
    again = Ledger.opened(adapter.LeanStore(shared), PREFIX, "r2", NOON)
    assert again.state == ledger.state
