"""Whether this is a moment to trade at all: session, window, VIX, permission, data."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.events import TradingState
from tomking.market.calendar import to_new_york
from tomking.market.daily import price_range, rank_among
from tomking.risk.case import Case, Check
from tomking.risk.verdict import Denial
from tomking.strategies.entries import equity_wanted, is_entry_day
from tomking.strategies.spec import Recurrence

RANGE_SESSIONS: Final = 20
RANGE_EDGE: Final = Decimal("0.20")
"""Sessions of the range test and the share of the range at either end that is too near its edge (method 1.3)."""


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
            return self.deny(f"{local:%A %Y-%m-%d} is no entry day ({schedule.recurrence.value})")
        if schedule.recurrence is Recurrence.MONTHLY:
            wanted = equity_wanted(schedule, local.date())
            if wanted is not None and case.account.equity < wanted:
                return self.deny(f"this week of the month is entered from an equity of {wanted:,.0f}")
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
        band = case.spec.conditions.vix
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


class ImpliedVolatilityRank(Check):
    """Implied volatility is high enough in its last year; a missing rank denies."""

    code = "IV_RANK"

    def check(self, case: Case) -> Denial | None:
        """Deny a low rank, and under another code while it is missing."""
        wanted = case.spec.conditions.iv_rank
        if wanted is None:
            return None
        underlying, sessions = case.spec.underlying, case.spec.conditions.iv_rank_sessions
        rank = case.market.iv_rank(underlying)
        if rank is None:
            past = case.account.volatilities.get(underlying, ())
            value = case.market.at_the_money_volatility(underlying, case.spec.expiry.target)
            rank = None if value is None else rank_among(value, past, sessions)
            if rank is None:
                known = "it has none now" if value is None else f"{len(past)} of {sessions} sessions of it are known"
                return Denial("IV_RANK_MISSING", f"the rank of {underlying}'s implied volatility is not known: {known}")
        return None if rank > wanted else self.deny(f"the rank is {rank:.0%}, above {wanted:.0%} is wanted")


class QuietRange(Check):
    """The last 20 sessions' range is narrow and the price inside its middle, where the strategy asks for that."""

    code = "RANGE"

    def check(self, case: Case) -> Denial | None:
        """Deny a wide range, or a price near its edge."""
        wanted, spot = case.spec.conditions.range_fraction, case.market.spot(case.spec.underlying)
        if wanted is None:
            return None
        found = price_range(case.market.daily(case.spec.underlying), RANGE_SESSIONS)
        if found is None or spot is None:
            return Denial("RANGE_MISSING", f"fewer than {RANGE_SESSIONS} sessions of {case.spec.underlying} are known")
        low, high = found
        height = (high - low) / spot
        if height > wanted:
            return self.deny(f"the range of {RANGE_SESSIONS} sessions is {height:.1%}, {wanted:.1%} is allowed")
        place = (spot - low) / (high - low) if high > low else Decimal("0.5")
        if not RANGE_EDGE <= place <= 1 - RANGE_EDGE:
            return self.deny(f"the price stands at {place:.0%} of its range, 20 to 80 % is wanted")
        return None


class DataPresent(Check):
    """Price, direction and option chain of the underlying are there."""

    code = "DATA_MISSING"

    def check(self, case: Case) -> Denial | None:
        """Deny when one is missing; the text says which."""
        spec = case.spec
        if case.market.spot(spec.underlying) is None:
            return self.deny(f"{spec.underlying} has no price yet today")
        if case.intent.template is None:
            return self.deny(f"{spec.underlying}: {case.intent.text}")
        chain = case.market.chain(spec.underlying)
        if chain is None or not any(contract.root == spec.root for contract in chain):
            return self.deny(f"no {spec.root} options are quoted")
        return None
