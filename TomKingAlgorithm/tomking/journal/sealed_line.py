"""The records of one save as one sealed line of JSON: what is appended, and what is read back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count, repeat
from typing import Any
from zlib import crc32

from tomking import codec
from tomking.errors import JournalCorrupt
from tomking.events import Record, record_of

_SUM = ',"sum":"'
_SEAL_LENGTH = len(f'{_SUM}01234567"}}')

_parsed = json.JSONDecoder().raw_decode


Written = tuple[Record, str]
"""A record, and its event as `codec.to_json` writes it."""


def to_line(batch: Sequence[Written], durable: int) -> str:
    """One or more records of one instant that follow each other, as they are written: read as a whole or not at all.

    `durable` tells how far the journal was durable by then.
    """
    seq, at, run, _, _ = batch[0][0]
    causes = ",".join([str(record.because) for record, _ in batch])
    events = ",".join([event for _, event in batch])
    return seal(
        f'{{"schema":{codec.SCHEMA},"seq":{seq},{_whence(at, run)},"durable":{durable},"because":[{causes}],'
        f'"events":[{events}]'
    )


def from_line(line: str, key: str) -> tuple[list[Record], int]:
    """The records of a line found under `key`, and how far the journal was durable by then.

    Raises:
        ValueError: it is damaged.
        JournalCorrupt: it is whole, but this version cannot read it.
    """
    data = unseal(line)
    check_schema(data, key)
    events = map(codec.event_from_data, data["events"])
    at, run = _instant(data["at"]), data["run"]
    return [*map(record_of, zip(count(data["seq"]), repeat(at), repeat(run), data["because"], events))], data["durable"]


def check_schema(data: dict[str, Any], key: str) -> None:
    """Refuse what another version wrote.

    Raises:
        JournalCorrupt: `data`, found under `key`, has another schema than ours.
    """
    if data.get("schema") != codec.SCHEMA:
        raise JournalCorrupt(f"{key} has schema {data.get('schema')!r}, this version reads {codec.SCHEMA}")


def seal(body: str) -> str:
    """The JSON object that `body` begins, closed with the checksum of all that goes before it."""
    return f"{body}{_seal_of(body.encode())}"


def _seal_of(body: bytes) -> str:
    return f'{_SUM}{crc32(body):08x}"}}'


def unseal(line: str) -> dict[str, Any]:
    """The data of a sealed line, its checksum included.

    Raises:
        ValueError: damaged.
    """
    if not line.endswith(_seal_of(line.encode()[:-_SEAL_LENGTH])):
        is_cut_off = not line[-_SEAL_LENGTH:].startswith(_SUM)
        raise ValueError("it is cut off" if is_cut_off else "the checksum does not match")
    data, end = _parsed(line)
    if type(data) is not dict or end != len(line):
        raise ValueError("not an object")
    return data


@lru_cache(maxsize=64)
def _whence(at: datetime, run: str) -> str:
    """When and by which run it was written."""
    return f'"at":"{at.isoformat()}","run":{codec.quoted(run)}'


@lru_cache(maxsize=64)
def _instant(text: str) -> datetime:
    """Opposite of the instant's text in `_whence`."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is not UTC:
        raise ValueError(f"records are in UTC, found {text}")
    return at
