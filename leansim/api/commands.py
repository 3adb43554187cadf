"""Commands: what somebody may tell an algorithm from outside. Nobody does in a run here, but they can be prepared.

A command is an object with a ``run(algorithm)``, a :class:`Command` or not; a link to one is an address that sends it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

from leansim.api.net import ClrNotImplementedException

if TYPE_CHECKING:
    from leansim.api.workings import Workings

_ADDRESS: Final = "https://www.quantconnect.com/api/v2/live/commands/create"


class Command:
    """Base of commands: any attribute can be set, one that was not is ``None``."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def run(self, algorithm: Any) -> bool | None:
        """Do it; whether it was done, or nothing to say."""
        raise ClrNotImplementedException("Command.Run(IAlgorithm)")


class CommandMethods:
    """Mixin of ``QCAlgorithm``: commands and links to them."""

    _leansim: Workings

    def add_command(self, type: type) -> None:
        """Take commands of a type; ``NotImplementedException`` when it has no ``run``."""
        made = type()
        if not callable(getattr(made, "run", None) or getattr(made, "Run", None)):
            raise ClrNotImplementedException(f"{type.__name__} must implement Run")
        self._leansim.commands.add(type.__name__)

    def on_command(self, data: Any) -> bool | None:
        """A command of no type that was added; to be overridden."""
        return True

    def link(self, command: Any) -> str:
        """An address that sends a command: an object of a type that was added, or a dictionary."""
        workings = self._leansim
        payload: dict[str, Any] = {"projectId": workings.algorithm.project_id, "command": _content(command)}
        kind = type(command).__name__
        if kind in workings.commands:
            payload["command[$type]"] = kind
        stamp = workings.clock.ns // 1_000_000_000
        key = base64.b64encode(f"0:{hashlib.sha256(f':{stamp}'.encode()).hexdigest()}".encode()).decode()
        query = [("authorization", key), ("timestamp", str(stamp)), *_flat(payload)]
        return f"{_ADDRESS}?{'&'.join(f'{_encoded(name)}={_encoded(value)}' for name, value in query)}"

    def broadcast_command(self, command: Any) -> None:
        """Send a command to all live runs of the project: in a backtest nothing is sent."""
        _content(command)
        self._leansim.warn_once("broadcast", "Warning: sending broadcast commands is disabled in backtesting")


def _content(command: Any) -> Mapping[str, Any]:
    """What of a command is sent: of a :class:`Command` by name, of another object in the order it was set."""
    if isinstance(command, Mapping):
        return command
    if not isinstance(command, Command):
        own: dict[str, Any] = vars(command)
        return own
    names = (name for name in sorted(set(dir(command))) if not name.startswith("__"))
    values = ((name, getattr(command, name)) for name in names)
    return {name: value for name, value in values if value and not callable(value)}


def _flat(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and texts of a query: what is inside something is in brackets behind its name."""
    for name, value in payload.items():
        if isinstance(value, Mapping):
            yield from _flat({f"{name}[{key}]": each for key, each in value.items()})
        elif isinstance(value, Iterable) and not isinstance(value, str):
            yield from _flat({f"{name}[{at}]": each for at, each in enumerate(value)})
        else:
            yield name, str(value)


def _encoded(text: str) -> str:
    """As .NET encodes a query: the digits of escapes are small letters."""
    return "".join(
        part if at == 0 else f"%{part[:2].lower()}{part[2:]}" for at, part in enumerate(quote_plus(text).split("%"))
    )
