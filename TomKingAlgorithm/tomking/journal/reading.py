"""What a store holds of a journal: the unbroken run of good records, and what a crash tore off its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tomking.errors import JournalCorrupt
from tomking.events import Record
from tomking.journal.sealed_line import check_schema, from_line, unseal
from tomking.journal.store import Store


class Reading:
    """What a store holds of a journal, read while it is gone through, once; records need not all be kept.

    Attributes:
        after: sequence number of the record before the first.
        last: of the last record of the last good line so far.
        dropped: what a crash tore off, in words; empty when nothing. Known at the end.
        torn_keys: keys to repair before anything is written: texts with lines that are damaged or lead nowhere, and
            those named after a record that is gone and will be written again. Known at the end.
    """

    def __init__(self, store: Store, keys: Sequence[str], after: int) -> None:
        self._store = store
        self._keys = keys
        self.after = self.last = after
        self.dropped = ""
        self.torn_keys: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Record]:
        """The unbroken run of good records, wherever each was found.

        Raises:
            JournalCorrupt: at the end: a record that was durable is damaged or missing.
        """
        ahead: dict[int, tuple[list[Record], int, str]] = {}
        damage: dict[str, str] = {}
        for key in self._keys:
            for line in (self._store.read(key) or "").split("\n"):
                try:
                    records, durable = from_line(line, key)
                except ValueError as error:
                    damage.setdefault(key, f"{key} is damaged: {error}")
                    continue
                first = records[0].seq
                if first == self.last + 1:
                    self.last += len(records)
                    yield from records
                elif first > self.last:
                    ahead.setdefault(first, (records, durable, key))
                while self.last + 1 in ahead:  # its predecessor was torn in one text, and whole in another
                    records = ahead.pop(self.last + 1)[0]
                    self.last += len(records)
                    yield from records
        ahead = {seq: found for seq, found in ahead.items() if seq > self.last}  # the others came in a later text
        if any(durable > self.last for _, durable, _ in ahead.values()):
            why = "; ".join(damage.values()) or "its key is missing"
            raise JournalCorrupt(f"record {self.last + 1} was durable and is lost: {why}")
        self.dropped = "; ".join([*damage.values(), *(f"record {seq} has no predecessor" for seq in ahead)])
        torn = {
            *damage,
            *(key for _, _, key in ahead.values()),
            *(key for key in self._keys if _number(key) > self.last),
        }
        self.torn_keys = tuple(sorted(torn))


def read_all(store: Store, prefix: str) -> Reading:
    """Every record, from the archive and the journal."""
    return Reading(store, [*_keys(store, prefix, "archive"), *_keys(store, prefix, "journal")], after=0)


def read_newest(store: Store, prefix: str) -> tuple[Any, Reading]:
    """The newest snapshot's data, None without any, and the records after it: the archive ends at or before it.

    Raises:
        JournalCorrupt: the snapshot was written by another version.
    """
    snapshot = _newest_snapshot(store, prefix)
    if snapshot is None:
        return None, read_all(store, prefix)
    seq, state = snapshot
    return state, Reading(store, _keys(store, prefix, "journal"), after=seq)


def _newest_snapshot(store: Store, prefix: str) -> tuple[int, Any] | None:
    """Sequence number and data of the newest whole snapshot; a torn one is passed over. None without any.

    Raises:
        JournalCorrupt: it was written by another version.
    """
    for key in reversed(_keys(store, prefix, "snapshot")):
        try:
            data = unseal(store.read(key) or "")
        except ValueError:
            continue
        check_schema(data, key)
        return int(data["seq"]), data["state"]
    return None


def good_lines(store: Store, key: str, last: int) -> list[str]:
    """The lines of a text that are whole and not beyond record `last`."""
    good = []
    for line in (store.read(key) or "").split("\n"):
        try:
            data = unseal(line)
        except ValueError:
            continue
        if data["seq"] <= last:
            good.append(line)
    return good


def _keys(store: Store, prefix: str, folder: str) -> list[str]:
    return sorted(store.keys(f"{prefix}/{folder}/"))


def _number(key: str) -> int:
    return int(key.rpartition("/")[2])
