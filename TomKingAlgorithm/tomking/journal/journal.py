"""The append-only record of everything that happened, and the barrier nothing is sent before.

Keys, below ``tomking/<mode>/<deployment>``:

- ``journal/<seq>``: one or more lines of JSON, named after the first record; a line has what was handed over together.
  What is durable of a text is never written again: in a store whose texts grow the next lines are added behind it, in
  any other they begin a new one.
- ``archive/<seq>``: the records of finished days, many in one text; the audit trail.
- ``snapshot/<seq>``: the state after record `seq`, so that a start need not read the archive.

A line carries its checksum, and the sequence number up to which the writer knew the journal to be durable. That number
tells damage from a crash: what was still allowed to be missing may be torn or gone, and is dropped together with all
after it; damage before it means that the store lies, and the journal is left as it is for a person to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from tomking import codec
from tomking.errors import JournalUnwritable
from tomking.events import Record
from tomking.journal.reading import Reading, good_lines
from tomking.journal.sealed_line import Written, seal, to_line
from tomking.journal.store import Store


def journal_prefix(mode: str, deployment: str) -> str:
    """The prefix of all keys of one journal: backtests never share one with live trading."""
    return f"tomking/{mode}/{deployment}"


def _instant_of(written: Written) -> datetime:
    return written[0].at


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
    _batch: list[Written] = field(default_factory=list)
    _key: str = ""

    def go_on_in(self, key: str) -> None:
        """Add the next records to the text of `key`, which ends with the last one; empty: begin a text."""
        self._key = key

    def append(self, record: Record) -> None:
        """Take the next record; it is kept in memory until `save` or `barrier`."""
        seq = record.seq
        if seq != self.last_seq + 1:
            raise ValueError(f"record {seq} does not follow {self.last_seq}")
        self._batch.append((record, codec.to_json(record.event)))
        self.last_seq = seq

    def save(self) -> None:
        """Hand over what was appended to the store, not yet durable.

        Raises:
            JournalUnwritable: the store refused, or another process writes the same journal.
        """
        if not self._batch:
            return
        text = "\n".join([to_line([*each], self.durable_seq) for _, each in groupby(self._batch, key=_instant_of)])
        if self._key:
            self.store.append(self._key, f"\n{text}")
        else:
            self._key = self._begin(text)
        self._batch.clear()

    def barrier(self) -> None:
        """Return only when every record appended so far would survive the death of the process.

        Raises:
            JournalUnwritable: it would not: nothing that depends on it may be sent.
        """
        self.save()
        if self.durable_seq == self.last_seq:
            return
        self.store.flush(self._key)
        self.durable_seq = self.last_seq
        if not self.store.grows:
            self._key = ""

    def _begin(self, text: str) -> str:
        """Keep `text`, which is the batch, under the number of its first record; its key."""
        key = f"{self.prefix}/journal/{self._batch[0][0].seq:012d}"
        if self.store.read(key) is not None:
            raise JournalUnwritable(f"{key} exists: another process writes this journal")
        self.store.save(key, text)
        return key

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
            (snapshot, seal(f'{{"schema":{codec.SCHEMA},"seq":{self.last_seq},"state":{codec.write(state)}')),
        ):
            self.store.save(key, text)
            self.store.flush(key)
        for key in keys:
            self.store.delete(key)
        for key in list(self.store.keys(f"{self.prefix}/snapshot/")):
            if key != snapshot:
                self.store.delete(key)
        self._key = ""
        self.archived_seq = self.last_seq


def go_on(store: Store, prefix: str, run: str, reading: Reading) -> Journal:
    """The journal ready to be continued by `run` after what `reading`, gone through to its end, has found.

    What a crash tore off is removed first, so that the next reader does not stumble over it.
    """
    # a torn archive is written again at the next compaction, from keys that are still there
    _repair(store, [key for key in reading.torn_keys if "/journal/" in key], reading.last)
    newest = max(store.keys(f"{prefix}/journal/"), default="")
    if newest:
        store.flush(newest)  # the process before may have died between handing it over and this
    last = reading.last
    journal = Journal(store, prefix, run, last_seq=last, durable_seq=last, archived_seq=reading.after)
    if store.grows:
        journal.go_on_in(newest)
    return journal


def _repair(store: Store, torn_keys: Sequence[str], last: int) -> None:
    """Keep what is good of torn texts; one named after a record that is gone frees its name."""
    for key in torn_keys:
        good = good_lines(store, key, last)
        if good:
            store.save(key, "\n".join(good))
            store.flush(key)
        else:
            store.delete(key)
