"""Which road orders take, chosen once for the life of the process; there is no way from one road to the other.

In a backtest, and live with `live.route` = ``lean``, LEAN's own order methods; live with ``tastytrade`` our connection
to the broker, with LEAN as clock and source of quotes only (deploy it with LEAN's paper brokerage).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from AlgorithmImports import OrderEvent, QCAlgorithm

from tomking.adapters.lean_backend import LeanBackend
from tomking.adapters.lean_symbols import LeanSymbols
from tomking.errors import SettingsError
from tomking.execution.backend import Backend
from tomking.settings.desk import LiveSettings


@dataclass(frozen=True, slots=True)
class Route:
    """A backend and what ties it to the engine.

    Attributes:
        backend: the broker, for the desk.
        hear: takes LEAN's order events.
        stop: lets threads and connections go; what works at the broker stays as it is.
    """

    backend: Backend
    hear: Callable[[OrderEvent], None]
    stop: Callable[[], None]


def route_for(
    algorithm: QCAlgorithm, symbols: LeanSymbols, settings: LiveSettings, now: Callable[[], datetime]
) -> Route:
    """The road of this process.

    Raises:
        SettingsError: live, directly, and something is missing or refused; the text says what to do.
    """
    if algorithm.live_mode and settings.route == "tastytrade":
        return _direct(now, settings)
    backend = LeanBackend(algorithm, symbols)
    return Route(backend, backend.on_order_event, _nothing)


def _direct(now: Callable[[], datetime], settings: LiveSettings) -> Route:
    try:
        from tomking.adapters.tastytrade_connection import connect
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"live.route = tastytrade needs the package {error.name}: LEAN installs requirements.txt when the project "
            "is deployed with it"
        ) from error
    backend = connect(os.environ, now, replaces=settings.replaces_orders)
    return Route(backend, _ignore, backend.stop)


def _ignore(_event: OrderEvent) -> None:
    """LEAN's brokerage has no part in what we trade."""


def _nothing() -> None:
    """LEAN lets go of its own."""
