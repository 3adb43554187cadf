"""Read a journal, or leave a word for its desk: ``python -m tomking.journal show|verify|replay|tell <store folder>``.

`show` tells how it stands, then, group by group, what was sent, why, and what came back. `verify` checks every record.
`replay` adds the records up again and compares the sum with the digest the run left behind; it ends with 1 when they
differ. `tell` puts a command for the operator's door (see `tomking.operator`) into the letter box of a live desk.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tomking.errors import InvalidTransition, JournalCorrupt
from tomking.events import Event, GroupOutcome, Record
from tomking.execution.adoption import group_id_of
from tomking.execution.group import named
from tomking.journal.letter_box import post
from tomking.journal.reading import read_all
from tomking.journal.store import FileStore
from tomking.journal.story import desk_story, group_story
from tomking.state import State, apply, digest

_FOLDERS = {"journal", "archive"}
_HOWTO = "the object store's folder: storage, or an --object-store"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when the journal is not, 2 when there is none."""
    given = _parsed(arguments)
    store = FileStore(given.folder)
    found = _prefixes(store) if given.folder.is_dir() else iter(())
    prefixes = [prefix for prefix in found if given.of in prefix]
    if not prefixes:
        print(f"no journal below {given.folder}: give the folder that holds tomking/", file=sys.stderr)
        return 2
    if given.command == "tell":
        return tell(store, prefixes, " ".join(given.words))
    return max(_read(given, store, prefix) for prefix in prefixes)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    about = __doc__ or ""
    parser = argparse.ArgumentParser(
        prog="python -m tomking.journal", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("show", "how it stands; by group what was sent, why, and what came back"),
        ("verify", "check every record"),
        ("replay", "add the records up and compare with what the run left"),
        ("tell", "leave a command for a live desk: halt, resume, accept, ignore, adopt"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("folder", type=Path, help=_HOWTO)
        command.add_argument("--of", default="", help="only deployments with this in their name, as live/default")
        if name == "show":
            command.add_argument("--group", default="", help="only groups whose id begins with this")
        if name == "tell":
            command.add_argument("words", nargs="+", help="the command, as: resume I have looked at it")
    return parser.parse_args(arguments)


def _read(given: argparse.Namespace, store: FileStore, prefix: str) -> int:
    print(prefix)
    try:
        match given.command:
            case "show":
                return show(store, prefix, given.group)
            case "verify":
                return verify(store, prefix)
            case _:
                return replay(store, prefix)
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


def verify(store: FileStore, prefix: str) -> int:
    """Read every record, checking sums and sequence."""
    reading = read_all(store, prefix)
    runs = Counter(record.run for record in reading)
    print(f"  {runs.total()} records of {len(runs)} run(s), checksums and sequence are good")
    if reading.dropped:
        print(f"  a crash tore off the end, which the next start repairs: {reading.dropped}")
    return 0


def replay(store: FileStore, prefix: str) -> int:
    """Add everything up and compare with the digest of the run."""
    records = [*read_all(store, prefix)]
    state, faults = _added_up(records)
    found = digest(state)
    print(f"  {len(records)} records add up to {found}")
    for line in (*_summary(state), *faults):
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
    """How it stands now, then the story: of the desk, and group by group."""
    records = [*read_all(store, prefix)]
    state, faults = _added_up(records)
    for line in (*_standing(state), *faults):
        print(f"  {line}")
    stories: dict[str, list[Record]] = {}
    for record in records:
        stories.setdefault(_group_in(record.event), []).append(record)
    for group_id, story in stories.items():
        if group_id.startswith(group):
            lines = group_story(story) if group_id else iter(("the desk", *desk_story(story)))
            print("\n  " + "\n  ".join(lines))
    return 0


def tell(store: FileStore, prefixes: Sequence[str], line: str) -> int:
    """Leave a command for the one live desk there is."""
    live = [prefix for prefix in prefixes if not prefix.startswith("tomking/backtest/")]
    if len(live) != 1:
        named_ones = ", ".join(live) or "none"
        print(f"one live desk must be meant, found {named_ones}: name it with --of", file=sys.stderr)
        return 2
    post(store, live[0], line)
    print(f"{live[0]} reads it within seconds; its answer is in the journal: show")
    return 0


# -- words ------------------------------------------------------------------------------------------------------------


def _added_up(records: Sequence[Record]) -> tuple[State, list[str]]:
    """The sum of the records, and those that do not fit: one bad record does not hide the rest."""
    state, faults = State(), []
    for record in records:
        try:
            apply(state, record)
        except InvalidTransition as error:
            faults.append(f"! record {record.seq} does not fit: {error}")
    return state, faults


def _standing(state: State) -> Iterator[str]:
    """What a person must know first."""
    reason = f", {state.trading_code}: {state.trading_text}" if state.trading_text else ""
    yield f"TRADING IS {state.trading_state.value.upper()}{reason}"
    if state.mismatch:
        yield f"! BOOK AND BROKER DIFFER: {state.mismatch}"
    for group in state.groups.values():
        if group.outcome is GroupOutcome.STRANDED:
            yield f"! STRANDED {group.group_id}: {group.outcome_text}; {group.standing}"
    for group in state.open_groups:
        yield f"at work: {group.purpose.value} {group.group_id}; {group.standing}"
    for position in state.book.open_positions:
        yield f"position {position.position_id}, {position.status.value}: {named(position.held) or 'nothing yet'}"
    if state.book.unassigned:
        yield f"! holdings of no position: {named(state.book.unassigned)}"
    if state.beside:
        yield f"beside the desk: {named(state.beside)}"
    yield from _summary(state)
    yield "times are New York's; prices are points per package, a credit negative; ! marks trouble"


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


if __name__ == "__main__":
    sys.exit(main())
