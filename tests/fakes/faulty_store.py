"""A store whose `save` is not durable, and that loses or tears what was not flushed when the process dies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from tomking.errors import JournalUnwritable

Boundary = Callable[[str], None]


class FaultyStore:
    """Texts readable at once, durable after `flush`.

    Attributes:
        boundary: called before and after every effect; a test raises in it to die there.
        refuses: the next saves are refused, as by a full disk.
    """

    def __init__(self, boundary: Boundary = lambda name: None) -> None:
        self.durable: dict[str, str] = {}
        self.visible: dict[str, str] = {}
        self.boundary = boundary
        self.refuses = False

    def copied(self, boundary: Boundary) -> FaultyStore:
        """The same texts, to be read by another process of ours."""
        twin = FaultyStore(boundary)
        twin.durable, twin.visible, twin.refuses = self.durable.copy(), self.visible.copy(), self.refuses
        return twin

    def save(self, key: str, text: str) -> None:
        self.boundary("save")
        if self.refuses:
            raise JournalUnwritable("the store is full")
        self.visible[key] = text
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
        """The process died: of each key that was not flushed, all, a part, or nothing is on the disk."""
        for key, text in list(self.visible.items()):
            if self.durable.get(key) == text:
                continue
            fate = chance.choice(("kept", "torn", "lost"))
            if fate == "kept":
                self.durable[key] = text
            elif fate == "torn":
                self.durable[key] = text[: chance.randrange(len(text))]
        self.visible = dict(self.durable)

    def lose_records(self, count: int) -> None:
        """The disk lied: the last `count` records are gone although they had been flushed."""
        for _ in range(count):
            keys = sorted(key for key in self.visible if "/journal/" in key)
            if not keys:
                return
            lines = self.visible[keys[-1]].split("\n")[:-1]
            if lines:
                self.visible[keys[-1]] = "\n".join(lines)
            else:
                del self.visible[keys[-1]]
        self.durable = dict(self.visible)
