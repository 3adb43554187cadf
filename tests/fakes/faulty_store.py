"""A store whose `save` is not durable, and that loses or tears what was not flushed when the process dies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from tomking.codec import to_json
from tomking.errors import JournalUnwritable
from tomking.journal.sealed_line import from_line, to_line

Boundary = Callable[[str], None]


class FaultyStore:
    """Texts readable at once, durable after `flush`.

    Attributes:
        boundary: called before and after every effect; a test raises in it to die there.
        refuses: the next saves are refused, as by a full disk.
        grows: texts grow behind what is durable of them, as files do and LEAN's do not.
    """

    def __init__(self, boundary: Boundary = lambda name: None, *, grows: bool = False) -> None:
        self.grows = grows
        self.durable: dict[str, str] = {}
        self.visible: dict[str, str] = {}
        self.boundary = boundary
        self.refuses = False

    def copied(self, boundary: Boundary) -> FaultyStore:
        """The same texts, to be read by another process of ours."""
        twin = FaultyStore(boundary, grows=self.grows)
        twin.durable, twin.visible, twin.refuses = self.durable.copy(), self.visible.copy(), self.refuses
        return twin

    def save(self, key: str, text: str) -> None:
        self.boundary("save")
        if self.refuses:
            raise JournalUnwritable("the store is full")
        self.visible[key] = text
        self.boundary("saved")

    def append(self, key: str, text: str) -> None:
        self.boundary("save")
        if self.refuses:
            raise JournalUnwritable("the store is full")
        assert self.grows or key not in self.durable, f"{key} is durable and would be written again"
        self.visible[key] += text
        self.boundary("saved")

    def read(self, key: str) -> str | None:
        return self.visible.get(key)

    def keys(self, prefix: str) -> Iterable[str]:
        return [key for key in self.visible if key.startswith(prefix)]

    def delete(self, key: str) -> None:
        self.boundary("delete")
        self.visible.pop(key, None)
        self.durable.pop(key, None)

    def flush(self, key: str) -> None:
        self.boundary("flush")
        if self.refuses or key not in self.visible:
            raise JournalUnwritable(f"{key} cannot be made durable")
        self.durable[key] = self.visible[key]
        self.boundary("flushed")

    def lose_unflushed(self, chance: Random) -> None:
        """The process died: of what was not flushed of each key, all, a part, or nothing is on the disk."""
        for key, text in list(self.visible.items()):
            durable = self.durable.get(key)
            if durable == text:
                continue
            fate = chance.choice(("kept", "torn", "lost"))
            if fate == "kept":
                self.durable[key] = text
            elif fate == "torn" and (durable is None or not self.grows):
                self.durable[key] = text[: chance.randrange(len(text))]
            elif fate == "torn" and durable is not None and text.startswith(durable):  # else a file took its place
                self.durable[key] = text[: chance.randrange(len(durable), len(text))]
        self.visible = dict(self.durable)

    def lose_records(self, count: int) -> None:
        """The disk lied: the last `count` records are gone although they had been flushed."""
        for _ in range(count):
            keys = sorted(key for key in self.visible if "/journal/" in key)
            if not keys:
                break
            *lines, last = self.visible[keys[-1]].split("\n")
            if shorter := _without_its_last_record(last, keys[-1]):
                lines.append(shorter)
            if lines:
                self.visible[keys[-1]] = "\n".join(lines)
            else:
                del self.visible[keys[-1]]
        self.durable = dict(self.visible)


def _without_its_last_record(line: str, key: str) -> str:
    """The line as it would be without it; empty when nothing would be left, or nobody can read it."""
    try:
        records, durable = from_line(line, key)
    except ValueError:
        return ""
    kept = records[:-1]
    return to_line([(record, to_json(record.event)) for record in kept], durable) if kept else ""
