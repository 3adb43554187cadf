"""Every number the framework can be told, with its unit, range, default and source.

Values come from two places only: the defaults in the sections, and LEAN parameters with dotted names
(``zero_dte.profit_target_fraction``). An unknown name or a value out of range stops the start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from tomking.errors import SettingsError
from tomking.settings.bear_trap import BearTrapSettings
from tomking.settings.breakers import BreakerSettings
from tomking.settings.desk import BacktestSettings, DeskSettings, ExecutionSettings, LiveSettings
from tomking.settings.event_calendar import EventSettings
from tomking.settings.futures_strangle import FuturesStrangleSettings
from tomking.settings.greeks import GreekSettings
from tomking.settings.ipmcc import IpmccSettings
from tomking.settings.leap_ladder import LeapLadderSettings
from tomking.settings.lt112 import Lt112Settings
from tomking.settings.parameter import Row, bounds, parameters_of, read, shown
from tomking.settings.ratio_spread import RatioSpreadSettings
from tomking.settings.risk import CorrelationSettings, PhaseSettings, RiskSettings
from tomking.settings.zero_dte import ZeroDteSettings
from tomking.text_table import text_table

__all__ = ["Settings", "names", "section_about", "settings_hash", "settings_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole tree; a section a room."""

    backtest: BacktestSettings = field(default_factory=BacktestSettings)
    desk: DeskSettings = field(default_factory=DeskSettings)
    execution: ExecutionSettings = field(default_factory=ExecutionSettings)
    live: LiveSettings = field(default_factory=LiveSettings)
    phases: PhaseSettings = field(default_factory=PhaseSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    correlation: CorrelationSettings = field(default_factory=CorrelationSettings)
    greeks: GreekSettings = field(default_factory=GreekSettings)
    breakers: BreakerSettings = field(default_factory=BreakerSettings)
    events: EventSettings = field(default_factory=EventSettings)
    zero_dte: ZeroDteSettings = field(default_factory=ZeroDteSettings)
    futures_strangle: FuturesStrangleSettings = field(default_factory=FuturesStrangleSettings)
    lt112: Lt112Settings = field(default_factory=Lt112Settings)
    ipmcc: IpmccSettings = field(default_factory=IpmccSettings)
    leap_ladder: LeapLadderSettings = field(default_factory=LeapLadderSettings)
    ratio_spread: RatioSpreadSettings = field(default_factory=RatioSpreadSettings)
    bear_trap: BearTrapSettings = field(default_factory=BearTrapSettings)
    _hash_text: str = field(default="", init=False, repr=False, compare=False)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> Settings:
        """The defaults with `parameters` laid over them.

        Args:
            parameters: texts by dotted name, as LEAN hands them over.

        Raises:
            SettingsError: a name is unknown (the text has the nearest valid one), or a value cannot be read, is out of
                range, or contradicts another.
        """
        sections = _sections()
        chosen: dict[str, dict[str, object]] = {}
        for name, text in parameters.items():
            section, _, key = name.partition(".")
            if section not in sections or key not in parameters_of(sections[section]):
                raise SettingsError(_unknown(name))
            with _inside(section):
                chosen.setdefault(section, {})[key] = read(sections[section], key, str(text))
        built: dict[str, Any] = {}
        for section, values in chosen.items():
            with _inside(section):
                built[section] = sections[section](**values)
        return cls(**built)


@contextmanager
def _inside(section: str) -> Iterator[None]:
    """Put the section before the name in a refusal that comes from inside it."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError(f"{section}.{error}") from error


def _sections() -> dict[str, type[Any]]:
    # each section's default factory is its class, which the types of `fields` cannot say
    return {entry.name: entry.default_factory for entry in fields(Settings) if entry.init}  # type: ignore[misc]


def section_about(section: str) -> str:
    """What a section is for, in one line."""
    return (_sections()[section].__doc__ or "").strip().splitlines()[0]


def names() -> list[str]:
    """All parameter names, dotted."""
    return [f"{section}.{name}" for section, kind in _sections().items() for name in parameters_of(kind)]


def _unknown(name: str) -> str:
    near = get_close_matches(name, names(), n=1, cutoff=0.0)
    return f"unknown parameter {name!r}; the nearest one is {near[0]!r}"


def settings_rows(settings: Settings) -> tuple[Row, ...]:
    """One row a parameter with its present value, in the order of the sections."""
    rows = []
    for section, kind in _sections().items():
        defaults, present = kind(), getattr(settings, section)
        for name, facts in parameters_of(kind).items():
            rows.append(
                Row(
                    name=f"{section}.{name}",
                    value=shown(getattr(present, name)),
                    default=shown(getattr(defaults, name)),
                    unit=facts.unit,
                    bounds=bounds(facts),
                    source=facts.source,
                    about=facts.about,
                )
            )
    return tuple(rows)


def settings_text(settings: Settings) -> list[str]:
    """What this run goes by, for its log: the hash, and a table of every value in force, with the default beside what
    is not it.

    A strategy that is switched off has no values in force: of it only what was changed is shown. All values, those
    too, stand in the run's report.
    """
    rows = settings_rows(settings)
    changed = {row.name for row in rows if row.value != row.default}
    off = {section for section in _sections() if not getattr(getattr(settings, section), "enabled", True)}
    shown_rows = [
        (row.name, f"{row.value} (default {row.default})" if row.name in changed else row.value)
        for row in rows
        if row.name in changed or row.name.partition(".")[0] not in off
    ]
    head = f"settings {settings_hash(settings)}: {len(changed)} of {len(rows)} are not the default"
    return [head, *text_table(("parameter", "value"), shown_rows)]


def settings_hash(settings: Settings) -> str:
    """Sixteen hex digits that differ when any value does; journaled at every start, computed once an instance."""
    if not settings._hash_text:
        text = "\n".join(f"{row.name}={row.value}" for row in settings_rows(settings))
        object.__setattr__(settings, "_hash_text", hashlib.sha256(text.encode()).hexdigest()[:16])
    return settings._hash_text
