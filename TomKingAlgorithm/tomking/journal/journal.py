"""The append-only record of everything that happened, and the barrier nothing is sent before.

Keys, below ``tomking/<mode>/<deployment>``:

- ``journal/<seq>``: one or more records, one JSON line each, named after the first; written once.
- ``archive/<seq>``: the records of finished days, many in one text; the audit trail.
- ``snapshot/<seq>``: the state after record `seq`, so that a start need not read the archive.

A record carries its checksum, and the sequence number up to which the writer knew the journal to be durable. That
number tells damage from a crash: what was still allowed to be missing may be torn or gone, and is dropped together with
all after it; damage before it means that the store lies, and the journal is left as it is for a person to look at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2s
from typing import Any

from tomking import codec
from tomking.errors import JournalCorrupt, JournalUnwritable
from tomking.events import Event, Record
from tomking.journal.store import Store

_SUM = ',"sum":"'


def journal_prefix(mode: str, deployment: str) -> str:
    """The prefix of all keys of one journal: backtests never share one with live trading."""
    return f"tomking/{mode}/{deployment}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as read, with where it was found and how far the journal was durable when it was written."""

    record: Record
    key: str
    durable: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a store holds of a journal.

    Attributes:
        stored: the good records in order, without gaps.
        dropped: what a crash tore off, in words; empty when nothing.
        torn_keys: keys to repair before anything is written: texts of which only the first lines are good.
    """

    stored: tuple[Stored, ...]
    dropped: str = ""
    torn_keys: tuple[str, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """The records alone."""
        return tuple(each.record for each in self.stored)


@dataclass(slots=True)
class Journal:
    """The writing end. One process writes a journal; a second one is noticed and stopped.

    Attributes:
        store: where the keys are.
        prefix: see `journal_prefix`.
        run: this process run.
        last_seq: sequence number of the last record appended.
        durable_seq: records up to here survive the death of the process.
        archived_seq: records up to here are in the archive and the snapshot.
    """

    store: Store
    prefix: str
    run: str
    last_seq: int = 0
    durable_seq: int = 0
    archived_seq: int = 0
    _batch: list[str] = field(default_factory=list)
    _unflushed: list[str] = field(default_factory=list)

    def next_record(self, event: Event, at: datetime, because: int = 0) -> Record:
        """`event` with the next place in the journal; `append` it before asking for another."""
        return Record(self.last_seq + 1, at, self.run, because, event)

    def append(self, record: Record) -> None:
        """Take the next record; it is kept in memory until `save` or `barrier`."""
        if record.seq != self.last_seq + 1:
            raise ValueError(f"record {record.seq} does not follow {self.last_seq}")
        self._batch.append(_to_line(record, self.durable_seq))
        self.last_seq = record.seq

    def save(self) -> None:
        """Hand over what was appended to the store, not yet durable.

        Raises:
            JournalUnwritable: the store refused, or another process writes the same journal.
        """
        if not self._batch:
            return
        key = f"{self.prefix}/journal/{self.last_seq - len(self._batch) + 1:012d}"
        if self.store.read(key) is not None:
            raise JournalUnwritable(f"{key} exists: another process writes this journal")
        self.store.save(key, "\n".join(self._batch))
        self._batch.clear()
        self._unflushed.append(key)

    def barrier(self) -> None:
        """Return only when every record appended so far would survive the death of the process.

        Raises:
            JournalUnwritable: it would not: nothing that depends on it may be sent.
        """
        self.save()
        for key in self._unflushed:
            self.store.flush(key)
        self._unflushed.clear()
        self.durable_seq = self.last_seq

    def compact(self, state: object) -> None:
        """Gather the records since the last time in one text, and keep `state` as of the last record beside it.

        Nothing is deleted before both are durable; a crash in between leaves some records twice, which reading allows.
        """
        self.barrier()
        keys = sorted(self.store.keys(f"{self.prefix}/journal/"))
        texts = [text for key in keys if (text := self.store.read(key)) is not None]
        if not texts:
            return
        first = keys[0].rpartition("/")[2]
        snapshot = f"{self.prefix}/snapshot/{self.last_seq:012d}"
        for key, text in (
            (f"{self.prefix}/archive/{first}", "\n".join(texts)),
            (snapshot, _seal({"schema": codec.SCHEMA, "seq": self.last_seq, "state": codec.write(state)})),
        ):
            self.store.save(key, text)
            self.store.flush(key)
        for key in keys:
            self.store.delete(key)
        for key in list(self.store.keys(f"{self.prefix}/snapshot/")):
            if key != snapshot:
                self.store.delete(key)
        self.archived_seq = self.last_seq

    def clear(self) -> None:
        """Forget everything under the prefix: a backtest begins with an empty journal. Never called live."""
        for key in list(self.store.keys(f"{self.prefix}/")):
            self.store.delete(key)


# -- reading --------------------------------------------------------------------------------------------------------


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
    """Sequence number and data of the newest whole snapshot; a torn one is passed over. None without any."""
    for key in reversed(_keys(store, prefix, "snapshot")):
        try:
            data = _unseal(store.read(key) or "")
        except ValueError:
            continue
        if data.get("schema") != codec.SCHEMA:
            raise JournalCorrupt(f"{key} has schema {data.get('schema')!r}, this version reads {codec.SCHEMA}")
        return int(data["seq"]), data["state"]
    return None


def open_journal(store: Store, prefix: str, run: str) -> tuple[Journal, Any, Reading]:
    """The journal ready to be continued by `run`: it, the newest snapshot's data (or None), the records after it.

    What a crash tore off is removed first, so that the next reader does not stumble over it.

    Raises:
        JournalCorrupt: a record that was durable is damaged or missing; nothing was changed.
    """
    snapshot = newest_snapshot(store, prefix)
    seq, state = snapshot if snapshot is not None else (0, None)
    reading = read_all(store, prefix) if snapshot is None else read_after(store, prefix, seq)
    for key in reading.torn_keys:
        if "/journal/" not in key:
            continue  # a torn archive is written again at the next compaction, from keys that are still there
        good = [_to_line(each.record, each.durable) for each in reading.stored if each.key == key]
        if good:
            store.save(key, "\n".join(good))
            store.flush(key)
        else:
            store.delete(key)
    last = reading.stored[-1].record.seq if reading.stored else seq
    return Journal(store, prefix, run, last_seq=last, durable_seq=last, archived_seq=seq), state, reading


def _keys(store: Store, prefix: str, folder: str) -> list[str]:
    return sorted(store.keys(f"{prefix}/{folder}/"))


def _read(store: Store, keys: Iterable[str], after: int) -> Reading:
    """The unbroken run of good records from `after` + 1 on, wherever each was found."""
    found: dict[int, Stored] = {}
    damage: dict[str, str] = {}
    for key in keys:
        for line in (store.read(key) or "").split("\n"):
            try:
                stored = _from_line(line, key)
            except ValueError as error:
                damage.setdefault(key, f"{key} is damaged: {error}")
            else:
                if stored.record.seq > after:
                    found.setdefault(stored.record.seq, stored)
    last = after
    while last + 1 in found:
        last += 1
    beyond = [stored for seq, stored in found.items() if seq > last]
    if any(stored.durable > last for stored in beyond):
        why = "; ".join(damage.values()) or "its key is missing"
        raise JournalCorrupt(f"record {last + 1} was durable and is lost: {why}")
    torn = {*damage, *(stored.key for stored in beyond)}
    dropped = [*damage.values(), *(f"record {stored.record.seq} has no predecessor" for stored in beyond)]
    good = tuple(found[seq] for seq in range(after + 1, last + 1))
    return Reading(good, "; ".join(dropped), tuple(sorted(torn)))


# -- one record as a line ---------------------------------------------------------------------------------------------


def _to_line(record: Record, durable: int) -> str:
    return _seal(
        {
            "schema": codec.SCHEMA,
            "seq": record.seq,
            "at": record.at.isoformat(),
            "run": record.run,
            "because": record.because,
            "durable": durable,
            "event": codec.event_to_data(record.event),
        }
    )


def _from_line(line: str, key: str) -> Stored:
    data = _unseal(line)
    if data["schema"] != codec.SCHEMA:
        raise JournalCorrupt(f"{key} has schema {data['schema']!r}, this version reads {codec.SCHEMA}")
    at = datetime.fromisoformat(data["at"]).replace(tzinfo=UTC)
    event = codec.event_from_data(data["event"])
    return Stored(Record(data["seq"], at, data["run"], data["because"], event), key, data["durable"])


def _seal(data: dict[str, Any]) -> str:
    body = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return f'{body[:-1]}{_SUM}{_checksum(body)}"}}'


def _unseal(line: str) -> dict[str, Any]:
    """The data of a sealed line.

    Raises:
        ValueError: damaged.
    """
    start, found, rest = line.rpartition(_SUM)
    body = start + "}"
    if not found or rest != f'{_checksum(body)}"}}':
        raise ValueError("the checksum does not match" if found else "it is cut off")
    data = json.loads(body)
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def _checksum(body: str) -> str:
    return blake2s(body.encode(), digest_size=8).hexdigest()
