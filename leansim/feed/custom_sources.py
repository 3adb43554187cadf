"""The lines of custom data, read in LEAN's order: a day's source, its lines, the points the class makes of them.

A class says each day where its lines are. While it names the same source the reading goes on where it was, so one file
may hold a whole history and others a day each. What goes back in time is left out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leansim.api.bars import BaseData
from leansim.api.enums import FileFormat, SubscriptionTransportMedium
from leansim.api.python_data import SubscriptionDataSource
from leansim.errors import NotEmulated
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.object_store import ObjectStore
    from leansim.lean_data.folder import DataFolder

_NEVER: Final = datetime(1, 1, 1)
_ONE_DAY: Final = timedelta(days=1)


class CustomTexts:
    """Where the text of a source is: a file of this machine, or a key of the object store."""

    def __init__(self, folder: DataFolder, store: Callable[[], ObjectStore]) -> None:
        self._folder = folder
        self._store = store

    def lines(self, source: SubscriptionDataSource) -> list[str]:
        """The lines of a source, none where there is nothing. NotEmulated: it is not on this machine."""
        if source.format != FileFormat.CSV:
            raise NotEmulated(f"custom data in FileFormat.{source.format}")
        if source.transport_medium == SubscriptionTransportMedium.OBJECT_STORE:
            content = self._stored(source.source)
        elif source.transport_medium == SubscriptionTransportMedium.LOCAL_FILE:
            content = self._file(source.source)
        else:
            raise NotEmulated(f"custom data by SubscriptionTransportMedium.{source.transport_medium}")
        if content is None:
            return []
        text = io.StringIO(content.decode("utf-8-sig", "replace"), newline=None)
        return [line.removesuffix("\n") for line in text]

    def _stored(self, key: str) -> bytes | None:
        store = self._store()
        if not store.contains_key(key):
            return None
        content = store.read_bytes(key)
        return None if content is None else _unpacked(bytes(content), None) if key.endswith(".zip") else bytes(content)

    def _file(self, name: str) -> bytes | None:
        path, _, entry = name.partition("#")
        file = Path(path)
        root = self._folder.root.resolve()
        if file.resolve().is_relative_to(root):
            found = self._folder.path(file.resolve().relative_to(root).as_posix())
        else:
            found = file if file.is_file() else None
        if found is None:
            return None
        content = found.read_bytes()
        return _unpacked(content, entry or None) if path.endswith(".zip") else content


def _unpacked(content: bytes, entry: str | None) -> bytes | None:
    """An entry of a zip, the first one when none is named; ``None`` when it is not there."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        wanted = [name for name in names if entry is None or name.lower() == entry.lower()]
        return archive.read(wanted[0]) if wanted else None


class CustomPoints:
    """The points of one symbol from the first day on, each made when it is asked for.

    ``config`` is what the class is told about its subscription; ``complain`` is told of lines the class failed at.
    """

    def __init__(
        self, data_type: type[BaseData], config: Any, texts: CustomTexts, complain: Callable[[str], None]
    ) -> None:
        self._class: Any = data_type
        self._config = config
        self._texts = texts
        self._complain = complain
        self._factory: Any = None

    def between(self, start: datetime, end: datetime) -> Iterator[BaseData]:
        """The points that end at or after ``start`` and begin at or before ``end``, both on the exchange's clock."""
        reached, previous = datetime.combine(start.date(), time()), None
        source: SubscriptionDataSource | None = None
        given = False
        day = start.date()
        while day <= end.date():
            changed = self._source_of(day, source)
            if changed is None or (previous is not None and previous.end_time > datetime.combine(day, time())):
                day += _ONE_DAY
                continue
            source, points = changed, self._points(changed, day)
            for point in points:
                later = None
                while reached < point.time and later is None and reached <= end:
                    reached = min(point.time, datetime.combine(reached.date(), time()) + _ONE_DAY)
                    if reached.date() > day:
                        day = reached.date()
                        later = self._source_of(day, source)
                if later is not None:
                    break
                if (given and point.end_time < reached) or (
                    previous is not None and point.end_time < previous.end_time
                ):
                    continue
                previous = point
                if point.end_time < start:
                    continue
                if point.time > end:
                    return
                given = True
                yield point
            else:
                day += _ONE_DAY

    def _source_of(self, day: date, current: SubscriptionDataSource | None) -> SubscriptionDataSource | None:
        """Where the lines of a day are, ``None`` when nowhere or where they were before."""
        source = call(self._instance(), "get_source", self._config, datetime.combine(day, time()), False)
        return None if source is None or source == current or not source.source else source

    def _points(self, source: SubscriptionDataSource, day: date) -> Iterator[BaseData]:
        points = self._read(source, day)
        return iter(sorted(points, key=lambda point: point.end_time)) if source.sort else points

    def _read(self, source: SubscriptionDataSource, day: date) -> Iterator[BaseData]:
        moment = datetime.combine(day, time())
        for line in self._texts.lines(source):
            try:
                point = call(self._instance(), "reader", self._config, line, moment, False)
            except Exception as error:  # noqa: BLE001  LEAN goes on with the next line, whatever a reader raises
                self._complain(f"Error invoking {self._config.symbol} data reader. Line: {line} Error: {error}")
                continue
            if point is not None and point.end_time != _NEVER:
                yield point

    def _instance(self) -> Any:
        if self._factory is None:
            self._factory = self._class()
        return self._factory
