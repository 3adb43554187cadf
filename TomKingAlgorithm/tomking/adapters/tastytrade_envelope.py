"""The envelope of a reply: one object under `data`, a list under `data.items`, and how many pages of it there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tomking.adapters.tastytrade_fields import Row

T = TypeVar("T")

PAGE_SIZE = 200
"""Items asked for with one page: the most Tastytrade gives for orders."""
MOST_PAGES = 500
"""A list of more pages is not believed."""


def data_of(read: Callable[[Row], T]) -> Callable[[Row], T]:
    """A reader of the whole reply, made of a reader of its `data`."""
    return lambda row: read(row.row("data"))


def items_of(read: Callable[[Row], T]) -> Callable[[Row], tuple[T, ...]]:
    """A reader of the whole reply, made of a reader of one item."""
    return lambda row: tuple(read(item) for item in row.row("data").rows("items"))


def page_of(read: Callable[[Row], T], page: int, row: Row) -> tuple[tuple[T, ...], int]:
    """The items of page `page`, counted from 0, and how many pages there are.

    Raises:
        UnreadablePayload: another page than asked for, or a full page that does not say whether more follow.
    """
    items = items_of(read)(row)
    paging = row.row_or_none("pagination")
    if paging is None:
        if len(items) >= PAGE_SIZE:
            raise row.bad("pagination", "a full page needs to say how many there are")
        return items, 1
    if paging.whole("page-offset") != page:
        raise paging.bad("page-offset", "another page was asked for")
    return items, paging.whole("total-pages")
