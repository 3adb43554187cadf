from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random

import pytest
from builders import NOON, next_record, seconds
from fakes.faulty_store import FaultyStore
from hypothesis import given
from hypothesis import strategies as st
from tomking.codec import to_json
from tomking.errors import JournalCorrupt, JournalUnwritable
from tomking.events import OperatorNote, Record
from tomking.journal import store as journal_store
from tomking.journal.journal import Journal, go_on
from tomking.journal.reading import read_all, read_newest
from tomking.journal.sealed_line import from_line, seal, to_line, unseal
from tomking.journal.store import FileStore, MemoryStore, Store
from tomking.state import State, apply, digest

PREFIX = "tomking/live/test"


def write(journal: Journal, *batches: int) -> None:
    """So many records each, saved and flushed after each batch."""
    for size in batches:
        for _ in range(size):
            seq = journal.last_seq + 1
            journal.append(next_record(journal, OperatorNote("N", f"note {seq}"), NOON + seconds(seq)))
        journal.barrier()


def fresh(store: Store) -> Journal:
    return opened(store)[0]


def opened(store: Store) -> tuple[Journal, str]:
    """The journal to go on with, and what was torn off it."""
    _, reading = read_newest(store, PREFIX)
    for _ in reading:
        pass
    return go_on(store, PREFIX, "run", reading), reading.dropped


def seqs(store: Store) -> list[int]:
    return [record.seq for record in read_all(store, PREFIX)]


def test_what_was_written_is_read() -> None:
    store = MemoryStore()
    write(fresh(store), 3, 1, 2)
    records = [*read_all(store, PREFIX)]
    assert [record.seq for record in records] == [1, 2, 3, 4, 5, 6]
    assert records[4].event == OperatorNote("N", "note 5")
    assert records[4].at == NOON + seconds(5)
    assert records[4].run == "run"


def test_keys_are_made_of_letters_lean_allows() -> None:
    store = MemoryStore()
    write(fresh(store), 2)
    assert list(store.texts) == [f"{PREFIX}/journal/000000000001"]


def test_records_are_gathered_until_something_must_be_durable() -> None:
    store = FaultyStore()
    journal = fresh(store)
    for _ in range(5):
        journal.append(next_record(journal, OperatorNote("N", "")))
    assert not store.visible
    journal.save()
    assert len(store.visible) == 1
    assert not store.durable, "saving is not flushing"
    journal.barrier()
    assert store.durable == store.visible


def saved(journal: Journal, *batches: int) -> None:
    """So many records each, handed over after each batch and not durable."""
    for size in batches:
        for _ in range(size):
            journal.append(next_record(journal, OperatorNote("N", "")))
        journal.save()


def test_what_was_handed_over_and_what_is_new_become_durable_in_one_text() -> None:
    store = FaultyStore()
    journal = fresh(store)
    saved(journal, 2, 1)
    write(journal, 1)
    assert list(store.durable) == [f"{PREFIX}/journal/000000000001"]
    assert store.visible == store.durable
    saved(journal, 1)
    journal.barrier()
    assert store.visible == store.durable, "nothing new: what was handed over is made durable as it is"
    assert len(store.durable) == 2, "a durable text is left alone where texts do not grow"
    assert seqs(store) == [1, 2, 3, 4, 5]


def test_a_barrier_with_nothing_new_touches_nothing() -> None:
    touched: list[str] = []
    store = FaultyStore()
    journal = fresh(store)
    write(journal, 1)
    store.boundary = touched.append
    journal.save()
    journal.barrier()
    assert not touched


def test_a_text_that_grows_is_written_once_and_never_again() -> None:
    """One append and one flush a barrier, whatever went before; the next run goes on in the same text."""
    touched: list[str] = []
    store = FaultyStore(grows=True)
    journal = fresh(store)
    write(journal, 2)
    before = store.durable[f"{PREFIX}/journal/000000000001"]
    store.boundary = touched.append
    saved(journal, 1)
    write(journal, 2)
    assert touched == ["save", "saved", "save", "saved", "flush", "flushed"]
    write(fresh(store), 1)
    assert list(store.durable) == [f"{PREFIX}/journal/000000000001"]
    assert store.durable[f"{PREFIX}/journal/000000000001"].startswith(before)
    assert seqs(store) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("grows", [False, True])
def test_what_a_dead_process_handed_over_is_durable_before_anything_builds_on_it(grows: bool) -> None:
    store = FaultyStore(grows=grows)
    journal = fresh(store)
    write(journal, 2)
    saved(journal, 2)
    assert fresh(store).durable_seq == 4
    assert store.durable == store.visible


@pytest.mark.parametrize("dies_at", range(1, 5))
@pytest.mark.parametrize("seed", range(8))
def test_a_death_in_the_repair_loses_nothing_that_was_durable(dies_at: int, seed: int) -> None:
    store = FaultyStore(grows=True)
    journal = fresh(store)
    write(journal, 2)
    saved(journal, 1, 1)
    key = f"{PREFIX}/journal/000000000001"
    store.visible[key] = store.durable[key] = store.visible[key][:-5]
    calls = 0

    def boundary(_name: str) -> None:
        nonlocal calls
        calls += 1
        if calls == dies_at:
            raise Died

    store.boundary = boundary
    with pytest.raises(Died):
        fresh(store)
    store.boundary = lambda name: None
    store.lose_unflushed(Random(seed))
    write(fresh(store), 1)
    assert seqs(store) == [1, 2, 3, 4]


def test_the_next_run_goes_on_where_the_last_one_ended() -> None:
    store = MemoryStore()
    write(fresh(store), 2)
    write(fresh(store), 2)
    assert seqs(store) == [1, 2, 3, 4]


def test_a_second_process_is_noticed() -> None:
    store = MemoryStore()
    one, other = fresh(store), fresh(store)
    write(one, 1)
    with pytest.raises(JournalUnwritable, match="another process"):
        write(other, 1)


def test_a_second_process_is_noticed_where_both_write_one_text(tmp_path: Path) -> None:
    one = fresh(FileStore(tmp_path))
    write(one, 1)
    other = fresh(FileStore(tmp_path))
    write(other, 1)
    with pytest.raises(JournalUnwritable, match="another process"):
        write(one, 1)
    write(other, 1)
    assert seqs(FileStore(tmp_path)) == [1, 2, 3]


def test_a_full_store_is_not_passed_over() -> None:
    store = FaultyStore()
    journal = fresh(store)
    store.refuses = True
    with pytest.raises(JournalUnwritable):
        write(journal, 1)


@pytest.mark.parametrize("keep", [0, 1, 40, -1, -20])
def test_a_torn_last_record_is_dropped_and_written_anew(keep: int) -> None:
    store = FaultyStore()
    journal = fresh(store)
    write(journal, 2)
    journal.append(next_record(journal, OperatorNote("N", "torn")))
    journal.save()
    key = f"{PREFIX}/journal/000000000003"
    store.visible[key] = store.visible[key][:keep]
    again, dropped = opened(store)
    assert dropped
    assert again.last_seq == 2
    write(again, 1)
    assert seqs(store) == [1, 2, 3]
    assert not opened(store)[1]


def test_of_a_torn_batch_the_whole_lines_are_kept() -> None:
    store = FaultyStore()
    journal = fresh(store)
    saved(journal, 2, 1, 2)
    key = f"{PREFIX}/journal/000000000001"
    store.visible[key] = store.visible[key][:-10]
    again = fresh(store)
    assert again.last_seq == 3, "of the last line nothing is kept"
    write(again, 2)
    assert seqs(store) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("lines", [0, 1])
def test_of_a_text_that_was_not_flushed_a_line_in_the_middle_may_be_lost(lines: int) -> None:
    """Nothing was sent on the strength of it, so what has no predecessor is dropped."""
    store = FaultyStore()
    journal = fresh(store)
    write(journal, 2)
    saved(journal, 1, 1, 1)
    key = f"{PREFIX}/journal/000000000003"
    kept = store.visible[key].split("\n")
    del kept[lines]
    store.visible[key] = "\n".join(kept)
    again = fresh(store)
    assert again.last_seq == 2 + lines
    write(again, 2)
    assert seqs(store) == list(range(1, again.last_seq + 1))


@pytest.mark.parametrize("damage", ["gone", "torn", "changed"])
def test_damage_before_a_barrier_quarantines_the_journal(damage: str) -> None:
    store = MemoryStore()
    write(fresh(store), 1, 1, 1)
    key = f"{PREFIX}/journal/000000000002"
    text = store.texts[key]
    if damage == "gone":
        del store.texts[key]
    else:
        store.texts[key] = text[:30] if damage == "torn" else text.replace("note 2", "note 9")
    before = dict(store.texts)
    with pytest.raises(JournalCorrupt, match="record 2 was durable"):
        fresh(store)
    assert store.texts == before, "nothing is touched"


@given(st.lists(st.tuples(st.integers(0, 10**9), st.text()), min_size=1), st.integers(1, 10**9), st.text())
def test_a_line_says_what_was_written(facts: list[tuple[int, str]], first: int, run: str) -> None:
    records = [
        Record(first + place, NOON, run, because, OperatorNote("C", text))
        for place, (because, text) in enumerate(facts)
    ]
    line = to_line([(record, to_json(record.event)) for record in records], first - 1)
    assert from_line(line, "key") == (records, first - 1)
    # a line with blanks is as good, should anybody have written one
    with_blanks = seal(json.dumps(unseal(line), ensure_ascii=False).rpartition(', "sum"')[0])
    assert from_line(with_blanks, "key") == (records, first - 1)


def test_records_handed_over_together_are_one_line_an_instant() -> None:
    store = MemoryStore()
    journal = fresh(store)
    for at in (NOON, NOON, NOON + seconds(1)):
        journal.append(next_record(journal, OperatorNote("N", ""), at))
    journal.barrier()
    (text,) = store.texts.values()
    assert [[record.seq for record in from_line(line, "key")[0]] for line in text.split("\n")] == [[1, 2], [3]]
    assert [record.at for record in read_all(store, PREFIX)] == [NOON, NOON, NOON + seconds(1)]


def test_a_newer_schema_is_not_guessed_at() -> None:
    store = MemoryStore()
    write(fresh(store), 1)
    key = f"{PREFIX}/journal/000000000001"
    store.texts[key] = seal(json.dumps({**unseal(store.texts[key]), "schema": 99})[:-1])
    with pytest.raises(JournalCorrupt, match="schema 99"):
        fresh(store)


def replayed(store: Store) -> State:
    from tomking.ledger import Ledger

    return Ledger.opened(store, PREFIX, "reader", NOON).state


def told(journal: Journal, state: State, count: int) -> None:
    for _ in range(count):
        record = next_record(journal, OperatorNote("N", f"note {journal.last_seq + 1}"))
        apply(state, record)
        journal.append(record)
    journal.barrier()


def test_compaction_keeps_the_state_and_the_story() -> None:
    store, state = MemoryStore(), State()
    journal = fresh(store)
    told(journal, state, 5)
    journal.compact(state)
    told(journal, state, 3)
    journal.compact(state)
    told(journal, state, 2)
    assert seqs(store) == list(range(1, 11))
    assert digest(replayed(store)) == digest(state)
    assert len(list(store.keys(f"{PREFIX}/snapshot/"))) == 1
    assert len(list(store.keys(f"{PREFIX}/journal/"))) == 1


def test_a_day_without_records_is_compacted_too() -> None:
    store, state = MemoryStore(), State()
    journal = fresh(store)
    told(journal, state, 1)
    journal.compact(state)
    journal.compact(state)
    assert seqs(store) == [1]


class Died(BaseException):
    pass


@pytest.mark.parametrize("at", range(1, 30))
@pytest.mark.parametrize("seed", range(4))
def test_dying_inside_a_compaction_loses_nothing(at: int, seed: int) -> None:
    calls = 0

    def boundary(name: str) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise Died

    store, state = FaultyStore(), State()
    journal = fresh(store)
    told(journal, state, 3)
    journal.compact(state)
    told(journal, state, 2)
    told(journal, state, 2)
    store.boundary = boundary
    try:
        journal.compact(state)
    except Died:
        store.lose_unflushed(Random(seed))
    store.boundary = lambda name: None
    assert digest(replayed(store)) == digest(state)
    assert seqs(store) == list(range(1, 8))
    again = fresh(store)
    told(again, state, 1)
    again.compact(state)
    assert digest(replayed(store)) == digest(state)
    assert seqs(store) == list(range(1, 9))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(0, 3), st.integers(0, 2**16), st.booleans())
def test_whatever_an_honest_disk_loses_the_flushed_records_stay(
    batches: list[int], tail: int, seed: int, grows: bool
) -> None:
    store = FaultyStore(grows=grows)
    journal = fresh(store)
    write(journal, *batches)
    for _ in range(tail):
        journal.append(next_record(journal, OperatorNote("N", "tail")))
        journal.save()
    store.lose_unflushed(Random(seed))
    again = fresh(store)
    assert sum(batches) <= again.last_seq <= sum(batches) + tail
    write(again, 2)
    assert seqs(store) == list(range(1, again.last_seq + 1))


def test_a_folder_is_a_store(tmp_path: Path) -> None:
    write(fresh(FileStore(tmp_path)), 2, 1)
    other = FileStore(tmp_path)
    assert seqs(other) == [1, 2, 3]
    write(fresh(other), 1)
    assert seqs(FileStore(tmp_path)) == [1, 2, 3, 4]
    key = f"{PREFIX}/journal/000000000001"
    assert (tmp_path / key).is_file()
    other.delete(key)
    other.delete(key)
    assert other.read(key) is None
    assert not seqs(other)


def test_what_is_added_to_a_file_must_follow_what_was_there(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with pytest.raises(JournalUnwritable):
        store.append("a/b", "x")
    store.save("a/b", "one")
    store.append("a/b", " two")
    assert store.read("a/b") == "one two"
    with pytest.raises(JournalUnwritable, match="another process"):
        FileStore(tmp_path).append("a/b", "never read it")
    (tmp_path / "a/b").write_text("one two three")
    with pytest.raises(JournalUnwritable, match="another process"):
        store.append("a/b", " three")


def test_a_text_that_grows_keeps_the_length_of_its_file(tmp_path: Path) -> None:
    """So that the disk has the content alone to make durable; the room behind it is no part of the text."""
    store = FileStore(tmp_path)
    store.save("a/b", "one")
    lengths = set()
    for number in range(2, 200):
        store.append("a/b", f"\n{number} {'x' * 100}")
        lengths.add((tmp_path / "a/b").stat().st_size)
    assert len(lengths) == 1
    text = store.read("a/b")
    assert text is not None
    assert text.endswith("x")
    assert text.count("\n") == 198
    store.append("a/b", f"\n{'y' * 2**18}")
    assert FileStore(tmp_path).read("a/b") == f"{text}\n{'y' * 2**18}"
    assert (tmp_path / "a/b").stat().st_size > max(lengths)


def test_what_another_process_wrote_into_the_room_is_noticed(tmp_path: Path) -> None:
    one, other = FileStore(tmp_path), FileStore(tmp_path)
    one.save("a/b", "one")
    one.append("a/b", "\ntwo")
    assert other.read("a/b") == "one\ntwo"
    other.append("a/b", "\nthree")
    with pytest.raises(JournalUnwritable, match="another process"):
        one.append("a/b", "\nTHREE")
    assert one.read("a/b") == "one\ntwo\nthree"


def test_a_journal_in_files_without_room_behind_them_is_gone_on_with(tmp_path: Path) -> None:
    """As they were written before texts had any."""
    store = FileStore(tmp_path)
    write(fresh(store), 3)
    path = tmp_path / f"{PREFIX}/journal/000000000001"
    assert not path.read_text().endswith("\n")
    write(fresh(FileStore(tmp_path)), 2)
    assert path.read_text().endswith("\n\n")
    write(fresh(FileStore(tmp_path)), 1)
    assert seqs(FileStore(tmp_path)) == [1, 2, 3, 4, 5, 6]
    assert not opened(FileStore(tmp_path))[1]


@pytest.mark.parametrize("place_of", ["_place_by_name", "_has_a_name"])
@pytest.mark.parametrize("replaced", [True, False])
def test_a_file_that_is_not_the_same_any_more_is_never_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaced: bool, place_of: str
) -> None:
    """It stays open here, so that what is written would go where nobody reads it."""
    monkeypatch.setattr(journal_store, "_place_of", getattr(journal_store, place_of))
    store = FileStore(tmp_path)
    store.save("a/b", "one")
    store.append("a/b", " two")
    store.flush("a/b")
    if replaced:
        FileStore(tmp_path).save("a/b", "one two")
    else:
        (tmp_path / "a/b").unlink()
    store.append("a/b", " three")
    with pytest.raises(JournalUnwritable, match="another process"):
        store.flush("a/b")


@pytest.mark.parametrize("place_of", ["_place_by_name", "_has_a_name"])
def test_a_second_name_for_the_file_takes_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place_of: str
) -> None:
    """A backup by hard links must not end the trading."""
    monkeypatch.setattr(journal_store, "_place_of", getattr(journal_store, place_of))
    store = FileStore(tmp_path)
    store.save("a/b", "one")
    store.append("a/b", " two")
    (tmp_path / "backup").hardlink_to(tmp_path / "a/b")
    store.flush("a/b")
    assert store.read("a/b") == "one two"


@pytest.mark.parametrize("place_of", ["_place_by_name", "_has_a_name"])
def test_a_file_that_is_replaced_while_it_is_opened_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place_of: str
) -> None:
    """Its place would be that of a deleted file from the first look on, and never another."""
    true_place_of = getattr(journal_store, place_of)

    def too_late(descriptor: int) -> str | bool:
        FileStore(tmp_path).save("a/b", "one two")
        place: str | bool = true_place_of(descriptor)
        return place

    store = FileStore(tmp_path)
    store.save("a/b", "one")
    monkeypatch.setattr(journal_store, "_place_of", too_late)
    with pytest.raises(JournalUnwritable, match="another process"):
        store.append("a/b", " two")
    assert (tmp_path / "a/b").read_text() == "one two"


only_where_files_have_names = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="only Linux tells where an open file is"
)


@only_where_files_have_names
def test_a_file_whose_folder_was_moved_is_never_durable(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "desk")
    store.save("a/b", "one")
    store.append("a/b", " two")
    (tmp_path / "desk").rename(tmp_path / "desk of yesterday")
    with pytest.raises(JournalUnwritable, match="another process"):
        store.flush("a/b")


@only_where_files_have_names
def test_a_sync_asks_nothing_of_the_file_that_makes_the_next_one_dearer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the times of a file were asked for, a new Linux has to make the exact instant of its next write durable."""
    store = FileStore(tmp_path)
    store.save("a/b", "one")
    store.append("a/b", " two")
    store.flush("a/b")
    with monkeypatch.context() as nobody:
        nobody.setattr(os, "fstat", None)
        nobody.setattr(os, "stat", None)
        store.append("a/b", " three")
        store.flush("a/b")


def test_a_file_that_became_shorter_is_not_added_to(tmp_path: Path) -> None:
    """There would be a hole where the journal was."""
    store = FileStore(tmp_path)
    store.save("a/b", "one two three")
    os.truncate(tmp_path / "a/b", 3)
    with pytest.raises(JournalUnwritable, match="another process"):
        store.append("a/b", " four")


def test_the_open_file_is_let_go_when_its_name_is_given_away(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    for key in ("a/b", "a/c"):
        store.save(key, "one")
        store.append(key, " two")
        store.save(key, "ONE")
        store.append(key, " three")
        store.flush(key)
    assert [store.read(key) for key in ("a/b", "a/c")] == ["ONE three"] * 2
    store.append("a/b", " four")
    store.delete("a/b")
    with pytest.raises(JournalUnwritable):
        store.append("a/b", " five")
    store.save("a/b", "six")
    store.append("a/b", " seven")
    assert store.read("a/b") == "six seven"


def test_a_half_written_file_is_never_seen(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.save("a/b", "one")
    (tmp_path / "a" / "c.writing").write_text("half")
    assert list(store.keys("a/")) == ["a/b"]


def test_what_was_never_saved_cannot_be_durable(tmp_path: Path) -> None:
    with pytest.raises(JournalUnwritable):
        FileStore(tmp_path).flush("a/b")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalUnwritable):
        FileStore(tmp_path).save("file/b", "x")
