"""Export of portfolio targets to other platforms: LEAN sends them in live mode only, so a backtest sends none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from leansim.api.naming import ClrObject
from leansim.errors import NotEmulated

if TYPE_CHECKING:
    from leansim.api.workings import Workings

_NOT_LIVE = "Portfolio targets are only sent in live mode"


class BaseSignalExport(ClrObject):
    """A platform to send to; leansim never sends anything anywhere."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._given = (arguments, named)

    def send(self, parameters: Any) -> NoReturn:
        """Not emulated."""
        raise NotEmulated(f"{type(self).__name__}.send")


class Collective2SignalExport(BaseSignalExport):
    """Collective2: ``(key, system id[, use white label api])``."""


class CrunchDAOSignalExport(BaseSignalExport):
    """CrunchDAO: ``(key, model[, submission name, comment])``."""


class NumeraiSignalExport(BaseSignalExport):
    """Numerai: ``(public id, secret id, model id[, file name])``."""


class VBaseSignalExport(BaseSignalExport):
    """vBase: ``(key, collection[, …])``."""


class SignalExportManager(ClrObject):
    """``self.signal_export``.

    Attributes:
        automatic_export_time_span: how long after a fill targets are exported by themselves; ``None``: never.

    """

    def __init__(self, workings: Workings) -> None:
        self._workings = workings
        self._providers: list[Any] = []
        self._filled_ns: int | None = None
        self.automatic_export_time_span: timedelta | None = timedelta(seconds=5)

    def add_signal_export_provider(self, signal_export: Any) -> None:
        """One more platform, LEAN's or one written in Python."""
        self._providers.append(signal_export)

    def add_signal_export_providers(self, signal_exports: Any) -> None:
        """Several."""
        self._providers += signal_exports if isinstance(signal_exports, Iterable) else [signal_exports]

    def set_target_portfolio(self, *portfolio_targets: Any) -> bool:
        """Send targets; True, in a backtest, without having sent them."""
        workings = self._workings
        if workings.live_mode:
            raise NotEmulated("SignalExportManager.set_target_portfolio in live mode")
        workings.warn_once("signal export", _NOT_LIVE)
        return True

    def set_target_portfolio_from_portfolio(self) -> bool:
        """Send what is held as targets; False when the account is worth nothing."""
        if self._workings.portfolio._total_portfolio_value <= 0:
            self._workings.error("Total portfolio value was less than or equal to 0")
            return False
        return self.set_target_portfolio()

    def _filled(self) -> None:
        """An order has filled."""
        if self._filled_ns is None:
            self._filled_ns = self._workings.clock.ns

    def _flush(self) -> None:
        """At the end of a step: export by itself when it is time."""
        if not self._providers:
            return
        span, since = self.automatic_export_time_span, self._filled_ns
        if since is None or span is None:
            return
        if self._workings.clock.ns - since >= span / timedelta(microseconds=1) * 1000:
            self.set_target_portfolio_from_portfolio()
            self._filled_ns = None
