"""Whether this is a moment to trade at all: session, window, VIX, permission, data."""

from __future__ import annotations

from tomking.events import TradingState
from tomking.market.calendar import to_new_york
from tomking.risk.case import Case, Check
from tomking.risk.verdict import Denial
from tomking.strategies.entries import is_entry_day


class MarketOpen(Check):
    """The options' session is open."""

    code = "MARKET_CLOSED"

    def check(self, case: Case) -> Denial | None:
        """Deny outside the session."""
        if case.market.is_open(case.spec.underlying, case.now):
            return None
        return self.deny(f"the market in {case.spec.root} options is closed")


class EntryWindow(Check):
    """It is an entry day of the strategy and inside its window."""

    code = "OUTSIDE_WINDOW"

    def check(self, case: Case) -> Denial | None:
        """Deny on other days and at other times."""
        schedule, local = case.spec.schedule, to_new_york(case.now)
        if not is_entry_day(schedule, local.date()):
            return self.deny(f"{local:%A %Y-%m-%d} is no entry day ({schedule.recurrence.value.replace('_', ' ')})")
        if schedule.earliest <= local.time() <= schedule.latest:
            return None
        return self.deny(
            f"{local:%H:%M} New York is outside the window {schedule.earliest:%H:%M} to {schedule.latest:%H:%M}"
        )


class VixInBand(Check):
    """The VIX is inside the strategy's band; a missing VIX denies."""

    code = "VIX_BAND"

    def check(self, case: Case) -> Denial | None:
        """Deny outside the band, and under another code while the VIX is missing."""
        band = case.spec.vix
        if band.is_open:
            return None
        vix = case.market.vix()
        if vix is None:
            return Denial("VIX_MISSING", f"the VIX has no value, and {case.spec.name} trades in a band of it")
        if band.below is not None and vix >= band.below:
            return self.deny(f"the VIX is {vix:.2f}, {case.spec.name} trades below {band.below}")
        if band.above is not None and vix <= band.above:
            return self.deny(f"the VIX is {vix:.2f}, {case.spec.name} trades above {band.above}")
        return None


class MayTrade(Check):
    """The desk may open positions: no halt, no drawdown."""

    code = "TRADING_STATE"

    def check(self, case: Case) -> Denial | None:
        """Deny unless ACTIVE."""
        state = case.account.trading_state
        return None if state is TradingState.ACTIVE else self.deny(f"the desk is {state.value}")


class DataPresent(Check):
    """Price, direction and option chain of the underlying are there."""

    code = "DATA_MISSING"

    def check(self, case: Case) -> Denial | None:
        """Deny when one is missing; the text says which."""
        spec = case.spec
        if case.market.spot(spec.underlying) is None:
            return self.deny(f"{spec.underlying} has no price yet today")
        if case.intent.template is None:
            return self.deny(f"{spec.underlying} has no opening price today, the direction is unknown")
        chain = case.market.chain(spec.underlying)
        if chain is None or not any(contract.root == spec.root for contract in chain):
            return self.deny(f"no {spec.root} options are quoted")
        return None
