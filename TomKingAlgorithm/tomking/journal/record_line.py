"""One record as one sealed line of JSON: what is appended, and what is read back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zlib import crc32

from tomking import codec
from tomking.errors import JournalCorrupt
from tomking.events import Record

_SUM = ',"sum":"'
_SEAL_LENGTH = len(f'{_SUM}01234567"}}')

_from_text = json.JSONDecoder().raw_decode
"""`json.loads` would look for blanks around each of fifty thousand lines."""


def to_line(record: Record, durable: int) -> str:
    """`record` as it is written; `durable` tells how far the journal was durable by then."""
    seq, at, run, because, event = record
    return seal(
        f'{{"schema":{codec.SCHEMA},"seq":{seq},"at":"{_text(at)}","run":{codec.quoted(run)},"because":{because},'
        f'"durable":{durable},"event":{codec.to_json(event)}'
    )


def from_line(line: str, key: str) -> tuple[Record, int]:
    """The record of a line found under `key`, and how far the journal was durable when it was written.

    Raises:
        ValueError: the line is damaged.
        JournalCorrupt: it is whole, but this version cannot read it.
    """
    data = unseal(line)
    check_schema(data, key)
    event = codec.event_from_data(data["event"])
    return Record(data["seq"], _instant(data["at"]), data["run"], data["because"], event), data["durable"]


def check_schema(data: dict[str, Any], key: str) -> None:
    """Refuse what another version wrote.

    Raises:
        JournalCorrupt: `data`, found under `key`, has another schema than ours.
    """
    if data.get("schema") != codec.SCHEMA:
        raise JournalCorrupt(f"{key} has schema {data.get('schema')!r}, this version reads {codec.SCHEMA}")


def seal(body: str) -> str:
    """The JSON object that `body` begins, closed with the checksum of all that goes before it."""
    return body + _seal_of(body)


def unseal(line: str) -> dict[str, Any]:
    """The data of a sealed line, its checksum included.

    Raises:
        ValueError: damaged.
    """
    found = line[-_SEAL_LENGTH:]
    if found != _seal_of(line[:-_SEAL_LENGTH]):
        raise ValueError("the checksum does not match" if found.startswith(_SUM) else "it is cut off")
    data, end = _from_text(line)
    if end != len(line) or type(data) is not dict:
        raise ValueError("not an object")
    return data


def _seal_of(body: str) -> str:
    return f'{_SUM}{crc32(body.encode()):08x}"}}'


@lru_cache(maxsize=64)
def _text(at: datetime) -> str:
    """As `_instant` reads it."""
    return at.isoformat()


@lru_cache(maxsize=64)
def _instant(text: str) -> datetime:
    """Records of one step share their instant."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is not UTC:
        raise ValueError(f"records are in UTC, found {text}")
    return at
