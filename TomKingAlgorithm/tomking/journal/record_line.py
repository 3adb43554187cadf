"""One record as one sealed line of JSON: what is appended, and what is read back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zlib import crc32

from tomking import codec
from tomking.errors import JournalCorrupt
from tomking.events import Record, record_of

_SCHEMA = f'{{"schema":{codec.SCHEMA}'
_SUM = ',"sum":"'
_SEAL_LENGTH = len(f'{_SUM}01234567"}}')

_head_of = re.compile(
    rf'{re.escape(_SCHEMA)},"seq":([0-9]+),"at":"([^"\\]+)","run":"([^"\\]*)","because":([0-9]+),'
    r'"durable":([0-9]+),"event":'
).match
"""What `to_line` writes before the event."""


def to_line(record: Record, durable: int) -> str:
    """`record` as it is written; `durable` tells how far the journal was durable by then."""
    seq, at, run, because, event = record
    return seal(
        f'{_SCHEMA},"seq":{seq},{_whence(at, run)},"because":{because},"durable":{durable},'
        f'"event":{codec.to_json(event)}'
    )


def from_lines(lines: Sequence[str], keys: Sequence[str]) -> Sequence[tuple[Record, int] | ValueError]:
    """Of each line: the record, and how far the journal was durable by then; or how it is damaged.

    Args:
        lines: as they were written.
        keys: the key each was found under.

    Raises:
        JournalCorrupt: a line is whole, but this version cannot read it.
    """
    return _read_together(lines) or [*map(_read_alone, lines, keys)]


def _read_together(lines: Sequence[str]) -> Sequence[tuple[Record, int]]:
    """What all the lines say, with their events read as one text, which takes half the time; nothing if it cannot be.

    It can be when all are whole and begin just as `to_line` writes them. `_read_alone` finds the same in any of them.
    """
    if lines != [seal(line[:-_SEAL_LENGTH]) for line in lines]:
        return ()
    heads = [head for line in lines if (head := _head_of(line)) is not None]
    if len(heads) < len(lines):
        return ()
    events = [line[head.end() : -_SEAL_LENGTH] for line, head in zip(lines, heads, strict=True)]
    try:
        data_of_all = json.loads(f"[{','.join(events)}]")
    except ValueError:
        return ()
    if len(data_of_all) != len(lines):
        return ()
    found = []
    for head, data in zip(heads, data_of_all, strict=True):
        seq, at, run, because, durable = head.groups()
        event = codec.event_from_data(data)
        found.append((record_of((int(seq), _instant(at), run, int(because), event)), int(durable)))
    return found


def _read_alone(line: str, key: str) -> tuple[Record, int] | ValueError:
    try:
        data = unseal(line)
    except ValueError as error:
        return error
    check_schema(data, key)
    event = codec.event_from_data(data["event"])
    return record_of((data["seq"], _instant(data["at"]), data["run"], data["because"], event)), data["durable"]


def check_schema(data: dict[str, Any], key: str) -> None:
    """Refuse what another version wrote.

    Raises:
        JournalCorrupt: `data`, found under `key`, has another schema than ours.
    """
    if data.get("schema") != codec.SCHEMA:
        raise JournalCorrupt(f"{key} has schema {data.get('schema')!r}, this version reads {codec.SCHEMA}")


def seal(body: str) -> str:
    """The JSON object that `body` begins, closed with the checksum of all that goes before it."""
    return f'{body}{_SUM}{crc32(body.encode()):08x}"}}'


def unseal(line: str) -> dict[str, Any]:
    """The data of a sealed line, its checksum included.

    Raises:
        ValueError: damaged.
    """
    if line != seal(line[:-_SEAL_LENGTH]):
        is_cut_off = not line[-_SEAL_LENGTH:].startswith(_SUM)
        raise ValueError("it is cut off" if is_cut_off else "the checksum does not match")
    data = json.loads(line)
    if type(data) is not dict:
        raise ValueError("not an object")
    return data


@lru_cache(maxsize=64)
def _whence(at: datetime, run: str) -> str:
    """When and by which run it was written: records of one step share both."""
    return f'"at":"{at.isoformat()}","run":{codec.quoted(run)}'


@lru_cache(maxsize=64)
def _instant(text: str) -> datetime:
    """Opposite of the instant's text in `_whence`."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is not UTC:
        raise ValueError(f"records are in UTC, found {text}")
    return at
