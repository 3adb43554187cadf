"""A fault plan from the text of ``--faults``: a seed, or a JSON file that is checked entry by entry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from leansim.errors import InputError
from leansim.trading.faults import (
    ACTIONS,
    CLOCK,
    LIVE_ACTIONS,
    MESSAGES,
    PLUGINS,
    Fault,
    FaultPlan,
    Latency,
    Position,
    drawn_plan,
)


def read_plan(source: str, live_like: bool, seed: int | None = None) -> FaultPlan:
    """The plan of ``--faults``: a whole number is a seed, anything else a JSON file, whose seed ``seed`` replaces.

    Raises:
        InputError: there is no such file, it is no plan, or a synchronous run cannot have its faults.

    """
    if source.strip().lstrip("-").isdecimal():
        return drawn_plan(int(source), live_like)
    path = Path(source)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"the fault plan {path} cannot be read ({error.strerror}); a whole number is a seed"
        ) from error
    except ValueError as error:
        raise InputError(f"the fault plan {path} is not valid JSON: {error}") from error
    try:
        plan = parse_plan(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    plan.must_be_possible(live_like)
    return plan if seed is None else replace(plan, seed=seed)


def parse_plan(content: Any) -> FaultPlan:
    """A plan from its JSON value. Raises ``InputError`` that names the entry and what is wrong with it."""
    given = _object(content, "the plan")
    _known(given, ("description", "seed", "plugin", "latency", "cash", "positions", "faults"), "the plan")
    plugin = given.get("plugin", "generic")
    if plugin not in PLUGINS:
        raise InputError(f'plugin "{plugin}" is not known: {", ".join(PLUGINS)}')
    latency = _object(given.get("latency", {}), "latency")
    _known(latency, [each.name for each in fields(Latency)], "latency")
    faults = given.get("faults", [])
    if not isinstance(faults, list):
        raise InputError("faults must be a list")
    positions = given.get("positions", [])
    return FaultPlan(
        seed=int(given.get("seed", 0)),
        plugin=plugin,
        latency=Latency(**{name: _number(value, f"latency.{name}") for name, value in latency.items()}),
        cash=None if given.get("cash") is None else _number(given["cash"], "cash"),
        positions=tuple(_position(entry, place) for place, entry in enumerate(positions)),
        faults=tuple(_fault(entry, place) for place, entry in enumerate(faults)),
    )


def _position(entry: Any, place: int) -> Position:
    where = f"positions[{place}]"
    given = _object(entry, where)
    _known(given, [each.name for each in fields(Position)], where)
    if set(given) != {each.name for each in fields(Position)}:
        raise InputError(f"{where} needs symbol, quantity and average_price")
    return Position(str(given["symbol"]), _number(given["quantity"], where), _number(given["average_price"], where))


_TIMES: Final = ("at", "since", "until")
_NUMBERS: Final = ("chance", "seconds")


def _fault(entry: Any, place: int) -> Fault:
    where = f"faults[{place}]"
    given = dict(_object(entry, where))
    _known(given, [each.name for each in fields(Fault)], where)
    allowed = {**ACTIONS, **LIVE_ACTIONS}.get(str(given.get("do")))
    if allowed is None:
        raise InputError(f'{where}: do "{given.get("do")}" is not one of {", ".join((*ACTIONS, *LIVE_ACTIONS))}')
    for name in _TIMES:
        if given.get(name) is not None:
            given[name] = _time(given[name], f"{where}.{name}")
    if "on" not in given and given.get("at") is None and len(allowed) == 1:
        given["on"] = allowed[0]
    on = given.get("on", CLOCK)
    if on not in allowed:
        raise InputError(f'{where}: "{given["do"]}" happens on {", ".join(allowed)}, not on {on}')
    if (on == CLOCK) != (given.get("at") is not None):
        raise InputError(f'{where}: give either "on" or "at"')
    for name in _NUMBERS:
        if name in given:
            given[name] = _number(given[name], f"{where}.{name}")
    if given.get("rest_seconds") is not None:
        given["rest_seconds"] = _number(given["rest_seconds"], f"{where}.rest_seconds")
    if "shares" in given:
        given["shares"] = _shares(given["shares"], where)
    if given.get("kind", "warning") not in MESSAGES:
        raise InputError(f'{where}: kind "{given["kind"]}" is not one of {", ".join(MESSAGES)}')
    if given.get("events", "held") not in ("held", "lost"):
        raise InputError(f'{where}: events are "held" or "lost"')
    return Fault(**given)


def _shares(value: Any, where: str) -> float | tuple[float, ...]:
    shares = tuple(_number(each, f"{where}.shares") for each in (value if isinstance(value, list) else [value]))
    if not shares or any(not 0 <= share <= 1 for share in shares):
        raise InputError(f"{where}: shares are between 0 and 1")
    return shares if isinstance(value, list) else shares[0]


def _time(value: Any, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where} is no time such as 2015-12-24T10:30:00") from error
    if moment.tzinfo is not None:
        raise InputError(f"{where} is a time of the algorithm's clock: leave out the zone")
    return moment


def _number(value: Any, where: str) -> float:
    signed = where.startswith("positions")
    if isinstance(value, bool) or not isinstance(value, int | float) or (value < 0 and not signed):
        raise InputError(f"{where} must be a number, not {value!r}")
    return float(value)


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{where} must be a JSON object")
    return value


def _known(given: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise InputError(f"{where}: {', '.join(unknown)} is not known; there are {', '.join(names)}")
