"""How a strategy is declared: which trade, when, under which conditions, how big, when out.

A `StrategySpec` is data. The catalog builds one for each strategy and product from the settings; everything else in
this room is a pure function over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import Enum
from typing import Final

from tomking.events import PartialPolicy
from tomking.market.universe import Product
from tomking.strategies.rolling_rules import RollRule
from tomking.strategies.target import Choice, CreditGate, ExpiryWindow, templates_of

TIME_EXIT: Final = time(15)
HARD_EXIT: Final = time(15, 30)
HARD_EXIT_MINUTES: Final = 30
"""On its expiry day a short option is closed patiently from 15:00 and must be out at 15:30, or 30 minutes before the
close of a shorter day (method 1.0)."""

# -- when -------------------------------------------------------------------------------------------------------------


class Recurrence(Enum):
    """The days a strategy may enter."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a strategy may enter, in New York time.

    Attributes:
        recurrence: which sessions.
        weekday: for WEEKLY and MONTHLY, 0 is Monday; a holiday is skipped, never moved.
        weeks: for MONTHLY, which of the month's weekdays with the equity they are allowed from: (1, 0), (2, 75000).
        earliest: first moment of the entry window.
        latest: last moment of it.
        attempts: opening groups it may start in one session, when earlier ones found no price.
    """

    recurrence: Recurrence
    weekday: int
    earliest: time
    latest: time
    attempts: int
    weeks: tuple[tuple[int, Decimal], ...] = ()


# -- under which conditions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VixBand:
    """VIX values a strategy trades in: `above` < VIX < `below`; None leaves that side open."""

    above: Decimal | None
    below: Decimal | None

    @property
    def is_open(self) -> bool:
        """No bound at all: the strategy does not need the VIX."""
        return self.above is None and self.below is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must hold before a strategy enters; None switches a condition off.

    Attributes:
        vix: band of the VIX.
        iv_rank: least rank of the underlying's implied volatility in its last year, 0 to 1.
        iv_rank_sessions: sessions of that year which must be known.
        range_fraction: greatest height of the last 20 sessions' range, as a fraction of the price, which must lie
            inside the middle three fifths of it.
        event_days: no event of the product may lie within so many calendar days.
        day_loss_fraction: no entry once the account has lost this fraction today.
        is_unique_expiry: never two positions of the strategy with the same expiry.
        is_unique_product: never two positions of the strategy on the same product.
    """

    vix: VixBand = VixBand(None, None)
    iv_rank: Decimal | None = None
    iv_rank_sessions: int = 252
    range_fraction: Decimal | None = None
    event_days: int | None = None
    day_loss_fraction: Decimal | None = None
    is_unique_expiry: bool = False
    is_unique_product: bool = False


# -- when out ---------------------------------------------------------------------------------------------------------


class Part(Enum):
    """What of a position a rule is about."""

    WHOLE = "whole"
    FRONT = "front"
    """The shorts that expire before a long of their right: IPMCC's weekly call."""
    NAKED = "naked"
    """The other shorts no long covers, those furthest out first: the naked puts of LT112."""
    COVERED = "covered"
    """What neither is: its put debit spread."""
    SHORTS = "shorts"
    LONGS = "longs"
    PUTS = "puts"
    CALLS = "calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRules:
    """When a part is closed; None switches a rule off.

    Attributes:
        profit_fraction: profit as a fraction of the premium received or paid.
        extrinsic_fraction: this share of the extrinsic value sold is gone.
        stop_multiple: loss as a multiple of the premium received or paid.
        stop_equity_fraction: loss as a fraction of the account's equity.
        touch_multiple: closing the part costs this multiple of its credit, and the underlying has reached its short
            strike.
        time_at: New York time on the expiry day from which it is closed by a patient walk.
        hard_at: New York time on the expiry day from which it must be out.
        hard_before_close_minutes: `hard_at` is never later than this before the session's end; `time_at` moves along.
        days_to_expiry: closed when this many calendar days are left, or fewer.
        delta: a short leg's delta, without its sign, has reached this.
        distance_fraction: the underlying is this close to the short strike, as a fraction of its price, or beyond it.
        long_touched: the underlying has reached a long strike.
        half_at: half of it is closed, once, at a loss of this multiple of the premium.
    """

    profit_fraction: Decimal | None = None
    extrinsic_fraction: Decimal | None = None
    stop_multiple: Decimal | None = None
    stop_equity_fraction: Decimal | None = None
    touch_multiple: Decimal | None = None
    time_at: time | None = None
    hard_at: time | None = None
    hard_before_close_minutes: int = 0
    days_to_expiry: int | None = None
    delta: float | None = None
    distance_fraction: Decimal | None = None
    long_touched: bool = False
    half_at: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PartExit:
    """The rules of one part of a position.

    Attributes:
        part: what they look at.
        rules: the rules.
        closes: what goes when one of them asks; None: the part itself. The longs that cover a short never go alone.
    """

    part: Part
    rules: ExitRules
    closes: Part | None = None


HELD: Final = (PartExit(Part.WHOLE, ExitRules()),)
"""Nothing asks for it to be closed; only what an exercise or assignment leaves behind goes."""

# -- how big ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingRules:
    """How big a strategy may be. Tables have one entry a phase, beginning with phase 0.

    Attributes:
        buying_power_fractions: requirement of one position as a fraction of equity.
        max_positions: positions of this strategy at a time; 0: not traded in that phase.
        contract_caps: (equity from, contracts) pairs, rising; empty: no cap.
        vix_rise_fraction: a VIX this far above its open halves the size; None: never.
        vix_sizes: (VIX above, factor on the size) pairs; empty: the VIX does not matter.
        vix_base: the size is multiplied by VIX ÷ this while that is below 1; None: never.
        trade_risk_fraction: replaces the account's limit of a loss at the stop; None: it does not.
        max_loss_fraction: replaces the account's limit of the greatest loss; None: it does not.
        strategy_fraction: replaces the account's limit of buying power in one strategy; None: it does not.
    """

    buying_power_fractions: tuple[Decimal, ...]
    max_positions: tuple[int, ...]
    contract_caps: tuple[tuple[Decimal, int], ...] = ()
    vix_rise_fraction: Decimal | None = None
    vix_sizes: tuple[tuple[Decimal, Decimal], ...] = ()
    vix_base: Decimal | None = None
    trade_risk_fraction: Decimal | None = None
    max_loss_fraction: Decimal | None = None
    strategy_fraction: Decimal | None = None


@dataclass(frozen=True, slots=True)
class QuoteRules:
    """Which quotes a strike may be chosen from.

    Attributes:
        max_age_seconds: older quotes do not count.
        max_leg_spread_fraction: spread of a short leg over its mid; None: the package's spread is gate enough.
    """

    max_age_seconds: int
    max_leg_spread_fraction: Decimal | None


# -- all of it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySpec:
    """One strategy on one product, complete.

    Attributes:
        name: as in the settings and in group ids: ``zero_dte``. Several products share it, and its limits.
        is_enabled: it may open; what it once opened is managed to its end either way.
        product: what it trades.
        choice: which trade.
        schedule: when it may enter.
        expiry: how far out, where a leg does not say itself.
        conditions: what must hold.
        exits: rules by part; within one rule the parts are asked in this order.
        rolls: what is exchanged rather than closed.
        sizing: how big.
        quotes: which quotes count.
        first_phase: first phase that trades the product.
        is_short_volatility: counted against the limit of positions that lose when volatility rises.
        is_protective: it only gains in a fall; it is not counted against positions on an underlying or in a group.
        policy: what becomes of a partly filled group.
        strikes: listed strikes to be subscribed on each side of the price.
    """

    name: str
    is_enabled: bool
    product: Product
    choice: Choice
    schedule: Schedule
    expiry: ExpiryWindow
    conditions: Conditions
    exits: tuple[PartExit, ...]
    sizing: SizingRules
    quotes: QuoteRules
    first_phase: int
    is_short_volatility: bool
    strikes: int
    is_protective: bool = False
    policy: PartialPolicy = PartialPolicy.UNWIND
    rolls: tuple[RollRule, ...] = ()

    @property
    def underlying(self) -> str:
        """Root of the underlying: ``SPX``."""
        return self.product.underlying

    @property
    def root(self) -> str:
        """Root of the options: ``SPXW``."""
        return self.product.root

    @property
    def credit_gate(self) -> CreditGate | None:
        """The gate of its credit trades; None for a strategy that buys."""
        gates = (template.gate for template in templates_of(self.choice))
        return next((gate for gate in gates if isinstance(gate, CreditGate)), None)
