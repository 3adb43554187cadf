"""``Compression``: zips in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

from leansim.api.enumerables import ByteArray
from leansim.api.naming import ClrStatic


class Compression(metaclass=ClrStatic):
    """LEAN's helpers around zips, as far as they need no file."""

    @staticmethod
    def zip_bytes(bytes: Iterable[int], zip_entry_name: str) -> ByteArray:
        """A zip with one entry."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(zip_entry_name), _raw(bytes), zipfile.ZIP_DEFLATED)
        return ByteArray(packed.getvalue())


def _raw(values: Iterable[int]) -> bytes:
    return bytes(values)
