"""The object store: LEAN's grammar of keys, its late writes, and what it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from leansim.api.net import ArgumentException, KeyNotFoundException
from leansim.api.object_store import FLUSH_SECONDS, ObjectStore


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_save_is_read_at_once_and_written_late(tmp_path: Path) -> None:
    clock = Clock()
    store = ObjectStore(tmp_path, clock)
    assert store.save("a/b.json", "text ✓")
    assert store.read("a/b.json") == "text ✓"
    store._flush_if_due()
    assert not (tmp_path / "a" / "b.json").exists()
    clock.now += FLUSH_SECONDS
    store._flush_if_due()
    assert (tmp_path / "a" / "b.json").read_text(encoding="utf-8") == "text ✓"


def test_a_store_that_dies_before_the_flush_loses_what_it_was_given(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path, Clock())
    store.save("kept", "old")
    store._flush()
    store.save("kept", "new")
    assert ObjectStore(tmp_path, Clock()).read("kept") == "old"


def test_asking_for_the_path_writes_everything_pending(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path, Clock())
    store.save("one", "1")
    store.save("two", "2")
    assert Path(store.get_file_path("one")).read_text() == "1"
    assert (tmp_path / "two").read_text() == "2"


def test_the_path_of_a_missing_key_makes_the_key_known_but_no_file(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path, Clock())
    path = Path(store.get_file_path("none"))
    assert not path.exists()
    assert store.keys == ["none"]
    assert [entry.key for entry in store] == []


@pytest.mark.parametrize("key", ["x:y", "../up", "é", "dash-._", ""])
def test_keys_outside_leans_grammar_are_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ArgumentException):
        ObjectStore(tmp_path, Clock()).save(key, "x")


@pytest.mark.parametrize("key", ["a b", "deep/er/key.txt", "UPPER", ".hidden", "tomking/state_a.json", "a#1$=2"])
def test_keys_inside_leans_grammar_are_taken(tmp_path: Path, key: str) -> None:
    store = ObjectStore(tmp_path, Clock())
    assert store.save(key, "x")
    assert store.contains_key(key)


def test_a_missing_key_raises_leans_exception_which_is_no_key_error(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path, Clock())
    with pytest.raises(KeyNotFoundException) as error:
        store.read("nope")
    assert not isinstance(error.value, KeyError)


def test_what_does_not_bind_from_python_does_not_bind_here(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path, Clock())
    with pytest.raises(TypeError):
        store.save_json("j", {"a": 1})
    with pytest.raises(TypeError):
        store.save("n", 5)  # type: ignore[arg-type]  # that is the point


def test_delete_says_whether_there_was_anything_and_takes_the_file(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path, Clock())
    store.save_bytes("bin", bytes([0, 1, 255]))
    assert list(store.read_bytes("bin") or ()) == [0, 1, 255]
    store._flush()
    assert store.delete("bin")
    assert not store.delete("bin")
    assert not (tmp_path / "bin").exists()
