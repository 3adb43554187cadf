"""The numbers that decide how a group becomes orders, chosen once for live or backtest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from tomking.settings.desk import ExecutionSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRules:
    """Limits and waiting times of the executor.

    Attributes:
        max_legs: legs a group may have.
        max_pending_groups: unfinished groups that may exist when another one wants to open.
        step: how long one price of the walk is shown.
        life: how long an opening or closing group tries before it is withdrawn.
        max_steps: steps of the walk after the first price.
        step_fraction: a step, as a share of the package's spread; never less than a tick.
        unwind_attempts: orders to balance or undo one leg before the group is stranded.
        answer: how long an answer may take before the order is looked up.
        ask: time between two look-ups of the same order while its fate is unknown.
        poll: time after which a working order nobody spoke of is looked up: streams drop notices.
        not_found_answers: answers "no such order" until it is believed.
        not_found_span: time the first and the last of them must lie apart.
        sweep: time between two readings of all the broker's orders and holdings: an order that was given up may arrive
            after all, and its notices may be lost; None: at a day's end only.
        unpriced: how long an unwind may lack any price before the group is stranded.
        max_quote_age: older quotes open nothing.
        depth_multiple: size wanted at the touch of every leg as a multiple of ours, where the feed gives sizes.
        min_depth: least size at the touch, likewise.
        max_spread_fraction: widest package spread to open at, as a share of the package's mid.
        max_gross_spread_fraction: or as a share of the mids of all its contracts added up, whichever allows more.
        max_slippage: most a whole group may give away between its mid and the worst price of its walk, in account
            currency.
        market_as_last_resort: what must get out goes at market once, when its price was walked to the end.
    """

    max_legs: int = 6
    max_pending_groups: int = 2
    step: timedelta = timedelta(seconds=5)
    life: timedelta = timedelta(seconds=30)
    max_steps: int = 5
    step_fraction: Decimal = Decimal("0.10")
    unwind_attempts: int = 3
    answer: timedelta = timedelta(seconds=5)
    ask: timedelta = timedelta(seconds=1)
    poll: timedelta = timedelta(seconds=5)
    not_found_answers: int = 3
    not_found_span: timedelta = timedelta(seconds=10)
    sweep: timedelta | None = timedelta(seconds=60)
    unpriced: timedelta = timedelta(minutes=5)
    max_quote_age: timedelta = timedelta(seconds=60)
    depth_multiple: Decimal = Decimal(1)
    min_depth: int = 0
    max_spread_fraction: Decimal = Decimal("0.50")
    max_gross_spread_fraction: Decimal = Decimal("0.10")
    max_slippage: Decimal = Decimal(1_000)
    market_as_last_resort: bool = True

    @classmethod
    def from_settings(cls, settings: ExecutionSettings, *, live: bool) -> ExecutionRules:
        """The rules of a live run, or those of a backtest, where a step is a bar."""
        step = timedelta(seconds=settings.step_seconds if live else settings.backtest_step_seconds)
        life = timedelta(seconds=settings.group_seconds if live else settings.backtest_group_seconds)
        return cls(
            max_legs=settings.max_legs,
            max_pending_groups=settings.max_pending_groups,
            step=step,
            life=life,
            max_steps=settings.max_steps,
            step_fraction=settings.step_fraction,
            unwind_attempts=settings.unwind_attempts,
            answer=step,
            ask=timedelta(seconds=2 * float(settings.fill_check_seconds)),
            poll=step,
            not_found_answers=settings.not_found_answers,
            sweep=timedelta(seconds=60) if live else None,
            max_quote_age=timedelta(seconds=settings.max_quote_age_seconds),
            depth_multiple=settings.depth_multiple,
            min_depth=settings.min_depth,
            max_spread_fraction=settings.max_spread_fraction,
            max_gross_spread_fraction=settings.max_gross_spread_fraction,
            max_slippage=settings.max_slippage,
            market_as_last_resort=settings.market_as_last_resort,
        )
