"""What a store holds of a journal: the unbroken run of good records, and what a crash tore off its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tomking.errors import JournalCorrupt
from tomking.events import Record
from tomking.journal.record_line import check_schema, from_line, unseal
from tomking.journal.store import Store


@dataclass(frozen=True, slots=True)
class Reading:
    """What a store holds of a journal.

    Attributes:
        records: the good records in order, without gaps.
        dropped: what a crash tore off, in words; empty when nothing.
        torn_keys: keys to repair before anything is written: texts with lines that are damaged or lead nowhere, and
            those named after a record that is gone and will be written again.
    """

    records: tuple[Record, ...]
    dropped: str = ""
    torn_keys: tuple[str, ...] = ()


def read_all(store: Store, prefix: str) -> Reading:
    """Every record, from the archive and the journal.

    Raises:
        JournalCorrupt: a record that was durable is damaged or missing.
    """
    return _read(store, [*_keys(store, prefix, "archive"), *_keys(store, prefix, "journal")], after=0)


def read_after(store: Store, prefix: str, seq: int) -> Reading:
    """The records after `seq`, from the journal alone: the archive ends at or before the snapshot.

    Raises:
        JournalCorrupt: a record that was durable is damaged or missing.
    """
    return _read(store, _keys(store, prefix, "journal"), after=seq)


def newest_snapshot(store: Store, prefix: str) -> tuple[int, Any] | None:
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


def _read(store: Store, keys: Sequence[str], after: int) -> Reading:
    """The unbroken run of good records from `after` + 1 on, wherever each was found."""
    records: list[Record] = []
    last = after
    ahead: dict[int, tuple[Record, int, str]] = {}
    damage: dict[str, str] = {}
    for key in keys:
        for line in (store.read(key) or "").split("\n"):
            try:
                record, durable = from_line(line, key)
            except ValueError as error:
                damage.setdefault(key, f"{key} is damaged: {error}")
                continue
            if record.seq == last + 1:
                records.append(record)
                last += 1
            elif record.seq > last:
                ahead.setdefault(record.seq, (record, durable, key))
        while last + 1 in ahead:  # its predecessor was torn in one text, and whole in another
            records.append(ahead.pop(last + 1)[0])
            last += 1
    ahead = {seq: found for seq, found in ahead.items() if seq > last}  # the others were whole in a later text
    if any(durable > last for _, durable, _ in ahead.values()):
        why = "; ".join(damage.values()) or "its key is missing"
        raise JournalCorrupt(f"record {last + 1} was durable and is lost: {why}")
    dropped = [*damage.values(), *(f"record {seq} has no predecessor" for seq in ahead)]
    torn = {*damage, *(key for _, _, key in ahead.values()), *(key for key in keys if _number(key) > last)}
    return Reading(tuple(records), "; ".join(dropped), tuple(sorted(torn)))
