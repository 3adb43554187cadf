"""``SecurityDataFilter``: the base of an algorithm's own filters of data; see `leansim.feed.data_filters`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leansim.api.naming import ClrObject

if TYPE_CHECKING:
    from leansim.api.bars import BaseData
    from leansim.api.securities import Security


class SecurityDataFilter(ClrObject):
    """Lets everything through; a subclass decides."""

    def filter(self, vehicle: Security, data: BaseData) -> bool:
        """Whether a data point of a security comes through."""
        return True
