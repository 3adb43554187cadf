"""Where a person leaves a word for a desk that runs elsewhere: one key of the store, emptied by the desk."""

from __future__ import annotations

from tomking.journal.store import Store


def letter_box(prefix: str) -> str:
    """Key of the letter box of a deployment."""
    return f"{prefix}/operator"


def post(store: Store, prefix: str, line: str) -> None:
    """Add a line to what lies in the letter box already.

    Raises:
        JournalUnwritable: the store refuses.
    """
    key = letter_box(prefix)
    store.save(key, f"{store.read(key) or ''}{line.strip()}\n")
    store.flush(key)
