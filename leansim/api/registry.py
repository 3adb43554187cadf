"""Which of LEAN's names leansim has, and where: the list the import shims and their types are made from.

A module of :data:`MODULES` offers every class of its ``__all__``, or else every public class it defines, that LEAN's
namespaces export under the same name.
What LEAN exports and no module offers becomes a :class:`Placeholder`: its name can be imported and used in an
annotation; to call it, subclass it or read from it raises `NotEmulated` by name.
"""

from __future__ import annotations

import importlib
from functools import cache
from types import ModuleType
from typing import Any, Final, NoReturn

from leansim.api.surface import namespace_names, namespaces
from leansim.errors import NotEmulated

MODULES: Final = (
    "leansim.api.enums",
    "leansim.api.net",
    "leansim.api.system",
    "leansim.api.pseudo_random",
    "leansim.api.drawing",
    "leansim.api.time_zones",
    "leansim.api.markets",
    "leansim.api.futures",
    "leansim.api.futures_expiry",
    "leansim.api.option_symbols",
    "leansim.api.identifiers",
    "leansim.api.symbols",
    "leansim.api.symbol_representation",
    "leansim.api.extensions",
    "leansim.lean_data.exchange_hours",
    "leansim.api.hours_database",
    "leansim.api.symbol_properties",
    "leansim.api.bars",
    "leansim.api.python_data",
    "leansim.api.iconic_types",
    "leansim.api.compression",
    "leansim.api.lean_files",
    "leansim.api.slice",
    "leansim.api.chains",
    "leansim.api.contracts",
    "leansim.api.securities",
    "leansim.api.subscription_configs",
    "leansim.api.security_cache",
    "leansim.api.exchange",
    "leansim.api.universes",
    "leansim.api.selection_models",
    "leansim.api.signal_exports",
    "leansim.api.fundamentals",
    "leansim.api.etf_universes",
    "leansim.api.portfolio_targets",
    "leansim.api.exchanges",
    "leansim.api.order_properties",
    "leansim.api.order_requests",
    "leansim.api.order_ticket",
    "leansim.api.order_events",
    "leansim.api.order_extensions",
    "leansim.api.orders",
    "leansim.api.models",
    "leansim.api.benchmarks",
    "leansim.api.data_filters",
    "leansim.api.greeks",
    "leansim.api.price_models",
    "leansim.api.shortable",
    "leansim.api.volatility_models",
    "leansim.api.option_strategies",
    "leansim.api.transactions",
    "leansim.api.schedule",
    "leansim.api.object_store",
    "leansim.api.charts",
    "leansim.api.circular_queue",
    "leansim.api.indicator_history",
    "leansim.api.commands",
    "leansim.api.statistics",
    "leansim.api.settings",
    "leansim.api.interest_rates",
    "leansim.api.notify",
    "leansim.api.initializers",
    "leansim.api.data_fields",
    "leansim.trading.margin_calls",
    "leansim.api.algorithm",
    "leansim.api.brick_bars",
    "leansim.feed.consolidators",
    "leansim.feed.session_consolidators",
    "leansim.feed.tick_consolidators",
    "leansim.feed.session_bars",
    "leansim.feed.brick_consolidators",
    "leansim.feed.indicator",
    "leansim.feed.indicators",
    "leansim.feed.python_indicators",
    "leansim.feed.indicator_composites",
    "leansim.feed.indicators_breadth",
    "leansim.feed.indicators_pairs",
    "leansim.feed.indicators_regression",
    "leansim.feed.indicators_series",
    "leansim.feed.indicators_swing",
    "leansim.feed.indicators_options",
    "leansim.api.dividend_models",
    "leansim.feed.universe_tables",
    "leansim.feed.windows",
)
"""Every module whose classes an algorithm may name."""

_SYSTEM_MODULES: Final = frozenset(
    f"leansim.api.{name}"
    for name in ("net", "exceptions", "enumerables", "generics", "system", "pseudo_random", "drawing")
)


class CLRMetatype:
    """Stands for a name LEAN exports and leansim does not emulate; named as the type of pythonnet's classes is."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def _refuse(self, member: str = "") -> NoReturn:
        raise NotEmulated(f"{self._name}{member}")

    def __getattr__(self, member: str) -> Any:
        if member.startswith("__") and member.endswith("__"):
            raise AttributeError(member)
        self._refuse(f".{member}")

    def __call__(self, *arguments: object, **named: object) -> NoReturn:
        self._refuse()

    def __getitem__(self, arguments: object) -> NoReturn:
        self._refuse()

    def __mro_entries__(self, bases: tuple[object, ...]) -> NoReturn:
        self._refuse()

    def __instancecheck__(self, instance: object) -> NoReturn:
        self._refuse()

    def __subclasscheck__(self, subclass: type) -> NoReturn:
        self._refuse()

    def __or__(self, other: object) -> object:
        return object

    def __ror__(self, other: object) -> object:
        return object

    def __repr__(self) -> str:
        return f"<{self._name}: not emulated by leansim>"


Placeholder = CLRMetatype


@cache
def _exported() -> frozenset[str]:
    """Every name any namespace exports."""
    return frozenset().union(*(namespace_names(namespace) or () for namespace in namespaces()))


def offered_by(module: ModuleType) -> dict[str, type]:
    """The classes of a module that LEAN exports, by LEAN's name: those of its ``__all__``, else those it defines."""
    known = _exported()
    listed = getattr(module, "__all__", None)
    names = [name for name in vars(module) if not name.startswith("_")] if listed is None else listed
    found = {}
    for name in names:
        value = getattr(module, name)
        if not isinstance(value, type) or value.__name__ not in known:
            continue
        if listed is not None or value.__module__ == module.__name__:
            found[value.__name__] = value
    return found


@cache
def emulated() -> dict[str, Any]:
    """Every name leansim has, by LEAN's name. A module that does not import is an error, not a gap."""
    found: dict[str, Any] = {}
    for name in MODULES:
        for lean_name, value in offered_by(importlib.import_module(name)).items():
            found.setdefault(lean_name, value)
    return found


@cache
def placeholder(name: str) -> CLRMetatype:
    """The stand-in for a name that is not emulated; one object a name."""
    return CLRMetatype(name)


def resolve(namespace: str, name: str) -> Any:
    """What a namespace's name is here: our class, or a placeholder; AttributeError for a name it does not have.

    LEAN and .NET share a few names (``Index``): a .NET namespace never gives a class of LEAN's, nor the reverse.
    """
    if name not in (namespace_names(namespace) or ()):
        raise AttributeError(f"module '{namespace}' has no attribute '{name}'")
    value = emulated().get(name)
    if value is None or (value.__module__ in _SYSTEM_MODULES) == namespace.startswith("QuantConnect"):
        shared_enum = value is not None and value.__module__ == "leansim.api.enums"
        return value if shared_enum else placeholder(name)
    return value
