"""Read a journal: ``python -m tomking.journal show|verify|replay <store folder>``.

`show` tells, group by group, what was sent, why, and what came back. `verify` checks every record. `replay` adds the
records up again and compares the sum with the digest the run left behind; it ends with 1 when they differ.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

from tomking.errors import JournalCorrupt
from tomking.events import Event, Record
from tomking.execution.adoption import group_id_of
from tomking.journal.reading import read_all
from tomking.journal.store import FileStore
from tomking.market.contract import Contract, plain
from tomking.market.leg import Leg
from tomking.state import State, apply, digest

_IDS = {"group_id", "order_id"}
_FOLDERS = {"journal", "archive"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when the journal is not, 2 when there is none."""
    parser = argparse.ArgumentParser(prog="python -m tomking.journal", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about, _ in _COMMANDS:
        command = commands.add_parser(name, help=about)
        command.add_argument("folder", type=Path, help="the object store's folder: storage, or an --object-store")
        command.add_argument("--group", default="", help="only groups whose id begins with this")
    given = parser.parse_args(arguments)
    store = FileStore(given.folder)
    prefixes = list(_prefixes(store)) if given.folder.is_dir() else []
    if not prefixes:
        print(f"no journal below {given.folder}: give the folder that holds tomking/", file=sys.stderr)
        return 2
    run = next(run for name, _, run in _COMMANDS if name == given.command)
    return max(_guarded(run, store, prefix, given.group) for prefix in prefixes)


def _guarded(run: Callable[[FileStore, str, str], int], store: FileStore, prefix: str, group: str) -> int:
    print(prefix)
    try:
        return run(store, prefix, group)
    except JournalCorrupt as error:
        print(f"  DAMAGED: {error}")
        return 1


def _prefixes(store: FileStore) -> Iterator[str]:
    """Every ``tomking/<mode>/<deployment>`` that has records."""
    seen = set()
    for key in sorted(store.keys("tomking/")):
        parts = key.split("/")
        prefix = "/".join(parts[:3])
        if len(parts) == 5 and parts[3] in _FOLDERS and prefix not in seen:
            seen.add(prefix)
            yield prefix


# -- commands ---------------------------------------------------------------------------------------------------------


def verify(store: FileStore, prefix: str, group: str) -> int:
    """Read every record, checking sums and sequence."""
    del group
    reading = read_all(store, prefix)
    runs = len({record.run for record in reading.records})
    print(f"  {len(reading.records)} records of {runs} run(s), checksums and sequence are good")
    if reading.dropped:
        print(f"  a crash tore off the end, which the next start repairs: {reading.dropped}")
    return 0


def replay(store: FileStore, prefix: str, group: str) -> int:
    """Add everything up and compare with the digest of the run."""
    del group
    records = read_all(store, prefix).records
    state = State()
    for record in records:
        apply(state, record)
    found = digest(state)
    print(f"  {len(records)} records add up to {found}")
    for line in _summary(state):
        print(f"  {line}")
    left = store.read(f"{prefix}/digest")
    if left is None:
        print("  the run left no digest: it did not come to its end")
        return 1
    expected = json.loads(left)
    if expected["seq"] != state.seq or expected["digest"] != found:
        print(f"  DIFFERENT: the run left {expected['digest']} at record {expected['seq']}, replayed {state.seq}")
        return 1
    print("  the same as the run's")
    return 0


def show(store: FileStore, prefix: str, group: str) -> int:
    """Tell the story, group by group; what belongs to no group first."""
    stories: dict[str, list[Record]] = {}
    for record in read_all(store, prefix).records:
        stories.setdefault(_group_in(record.event), []).append(record)
    for group_id, story in stories.items():
        if not group_id.startswith(group):
            continue
        print(f"\n  {group_id or 'the desk'}")
        for record in story:
            because = f"because of {record.because}" if record.because else ""
            print(f"  {record.seq:>7}  {record.at:%Y-%m-%d %H:%M:%S}  {_line(record.event)}  {because}".rstrip())
    return 0


_COMMANDS: tuple[tuple[str, str, Callable[[FileStore, str, str], int]], ...] = (
    ("show", "what was sent, why, and what came back, by group", show),
    ("verify", "check every record", verify),
    ("replay", "add the records up and compare with what the run left", replay),
)


# -- words ------------------------------------------------------------------------------------------------------------


def _summary(state: State) -> Iterator[str]:
    yield f"last record {state.seq} at {state.at}, run {state.run}, trading {state.trading_state.value}"
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(state.outcome_counts.items()))
    yield f"groups: {outcomes or 'none'}; {len(state.open_group_ids)} unfinished"
    denials = ", ".join(f"{count} {code}" for code, count in sorted(state.denial_counts.items()))
    yield f"denials: {denials or 'none'}"
    book = state.book
    yield f"positions: {len(book.open_ids)} open, {len(book.closed_positions)} closed, realised {book.realised:,.2f}"


def _group_in(event: Event) -> str:
    group_id = getattr(event, "group_id", None)
    if isinstance(group_id, str):
        return group_id
    order_id = getattr(event, "order_id", None)
    return group_id_of(order_id) if isinstance(order_id, str) else ""


def _line(event: Event) -> str:
    """One event in words: its name, the order's number, then what it says."""
    order_id = getattr(event, "order_id", None)
    name = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type(event).__name__).strip()
    order = f" #{'.'.join(order_id.rsplit('.', 2)[1:])}" if isinstance(order_id, str) else ""
    said = (
        f"{field.name}={_text(getattr(event, field.name))}"
        for field in fields(event)
        if field.name not in _IDS and getattr(event, field.name) not in (None, "", False)
    )
    return f"{name:<22}{order:<20} {'  '.join(said)}"


def _text(value: object) -> str:
    match value:
        case Leg():
            return f"{value.ratio:+d} {value.contract.text}"
        case Contract():
            return value.text
        case Decimal():
            return plain(value)
        case tuple():
            return "[" + ", ".join(map(_text, value)) + "]"
        case _:
            return str(getattr(value, "value", value))


if __name__ == "__main__":
    sys.exit(main())
