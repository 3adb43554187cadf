"""Settings of a run and of the way orders are carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tomking.errors import SettingsError
from tomking.settings.parameter import Section, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestSettings(Section):
    """Range and money of a backtest; a live run ignores them."""

    start: date = parameter(
        date(2018, 1, 1), unit="date", about="First day of the backtest.", source="own: the embedded data's last year"
    )
    end: date = parameter(
        date(2018, 12, 31), unit="date", about="Last day of the backtest.", source="own: the embedded data's last year"
    )
    cash: Decimal = parameter(
        Decimal(100000), unit="USD", low=Decimal(1000), about="Money at the start.", source="method 2.1: phase 4"
    )

    def __post_init__(self) -> None:
        """Check the ranges, and that the end does not precede the start."""
        Section.__post_init__(self)
        if self.end < self.start:
            raise SettingsError(f"end = {self.end} is before start = {self.start}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings(Section):
    """The loop that owns everything."""

    deployment: str = parameter(
        "default",
        unit="name",
        about="Names this account's journal in the shared object store; letters, digits, - and _ only.",
        source="LEAN: the object store is shared by the organization",
    )
    entry_attempts: int = parameter(
        3,
        unit="groups",
        low=1,
        high=20,
        about="Opening groups a strategy may start in one session, when earlier ones found no price.",
        source="own",
    )
    entry_retry_minutes: int = parameter(
        5,
        unit="minutes",
        low=1,
        high=120,
        about="After a denial a strategy on options of the day, and one that only wanted fresher quotes, looks at its "
        "market again in so many minutes, while its window is open; another one in `management_minutes`, if more.",
        source="own (method 1.0: option management every 15 minutes)",
    )
    management_minutes: int = parameter(
        15,
        unit="minutes",
        low=1,
        high=60,
        about="What is held is looked at every so many minutes, to be closed or rolled; what expires today, and what "
        "is on its way in or out, every minute.",
        source="method 1.0: option management every 15 minutes, 0DTE every minute",
    )
    alert_email: str = parameter(
        "",
        unit="address",
        about="Where LEAN sends an e-mail, live, when a person must act; empty: nowhere.",
        source="design 3.3",
    )

    def __post_init__(self) -> None:
        """Check the ranges, and that the name can be part of a key."""
        Section.__post_init__(self)
        if not self.deployment or not all(
            letter.isascii() and (letter.isalnum() or letter in "-_") for letter in self.deployment
        ):
            raise SettingsError(f"deployment = {self.deployment!r} may hold letters, digits, - and _ only")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionSettings(Section):
    """How a group becomes orders, and when it gives up."""

    max_legs: int = parameter(6, unit="legs", low=1, high=6, about="Legs a group may have.", source="design 3.3")
    max_pending_groups: int = parameter(
        2, unit="groups", low=1, high=10, about="Opening groups at work at one time.", source="design 3.3"
    )
    step_seconds: int = parameter(
        5, unit="seconds", low=1, high=60, about="Time between two steps of the price walk, live.", source="seed"
    )
    group_seconds: int = parameter(
        30, unit="seconds", low=1, high=600, about="Life of an unfilled group, live.", source="seed"
    )
    backtest_step_seconds: int = parameter(
        60,
        unit="seconds",
        low=1,
        high=3600,
        about="Time between two steps in a backtest: one bar.",
        source="design 3.3",
    )
    backtest_group_seconds: int = parameter(
        720,
        unit="seconds",
        low=1,
        high=7200,
        about="Life of an unfilled group in a backtest; LEAN confirms a cancel one bar later, so a step takes two.",
        source="own",
    )
    max_steps: int = parameter(5, unit="steps", low=0, high=20, about="Steps of the price walk.", source="method 3.7")
    step_fraction: Decimal = parameter(
        Decimal("0.10"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="A step, as a share of the package's spread; never less than a tick.",
        source="method 3.7",
    )
    fill_check_seconds: Decimal = parameter(
        Decimal("0.5"),
        unit="seconds",
        low=Decimal("0.1"),
        high=Decimal(10),
        about="Time between two turns of the live loop.",
        source="seed",
    )
    unwind_attempts: int = parameter(
        3,
        unit="attempts",
        low=1,
        high=10,
        about="Orders to undo one leg before the group is stranded.",
        source="design 3.3",
    )
    not_found_answers: int = parameter(
        3, unit="answers", low=1, high=20, about='Answers "no such order" until it is believed.', source="design 3.3"
    )
    max_quote_age_seconds: int = parameter(
        60, unit="seconds", low=1, high=3600, about="Older quotes open nothing.", source="method 3.7"
    )
    depth_multiple: Decimal = parameter(
        Decimal(1),
        unit="times our size",
        low=Decimal(0),
        high=Decimal(100),
        about="Size wanted at the touch of every leg, where the feed gives sizes.",
        source="design 3.3",
    )
    min_depth: int = parameter(
        0, unit="contracts", low=0, high=1000, about="Least size at the touch; the seed's value is 10.", source="seed"
    )
    max_spread_fraction: Decimal = parameter(
        Decimal("0.50"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(10),
        about="Widest package spread to open at, as a share of the package's mid. The method's 10 to 25 % is of one "
        "leg; the same quotes make 30 to 45 % of a four-leg net price.",
        source="own, after method 3.7",
    )
    max_gross_spread_fraction: Decimal = parameter(
        Decimal("0.10"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Or as a share of the mids of all its contracts added up, whichever allows more: a package near even "
        "money, as a roll is, has hardly a mid of its own.",
        source="method 3.7: 10 % of a single leg",
    )
    max_slippage: Decimal = parameter(
        Decimal(1000),
        unit="USD",
        low=Decimal(0),
        about="Most a whole group may give away between its mid and the worst price of its walk.",
        source="own, after design 3.3",
    )
    market_as_last_resort: bool = parameter(
        True,
        unit="true or false",
        about="A package that must get out (an urgent exit, or what an incomplete trade holds) goes at market once, "
        "when its price was walked to the end: only where the broker takes such orders, which Tastytrade does not, and "
        "only on quotes good enough to open on. What opens never does.",
        source="design 3.3; own default",
    )
    fill_share: Decimal = parameter(
        Decimal("0.5"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Where a package trades in a backtest: 0 is the natural price, 1 the package's mid.",
        source="own",
    )
    brokerage: str = parameter(
        "tastytrade",
        unit="name",
        choices=("tastytrade", "default"),
        about="LEAN's brokerage model in a backtest: which orders are taken.",
        source="LEAN",
    )
    fees: str = parameter(
        "lean",
        unit="name",
        choices=("lean", "tastytrade"),
        about="What a backtest pays: as LEAN's brokerage model has it, or Tastytrade's real schedule with clearing, "
        "exchange, regulatory and index fees.",
        source="tomking/execution/fees.py",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings(Section):
    """The road to the broker."""

    route: str = parameter(
        "tastytrade",
        unit="name",
        choices=("tastytrade", "lean"),
        about="Our own connection to Tastytrade, or LEAN's.",
        source="design 3.5",
    )
    replaces_orders: bool = parameter(
        False,
        unit="true or false",
        about="On our own connection a new price of an opening order replaces the old order, instead of following its "
        "confirmed cancel; switch it on after make sandbox-check has seen a replacement keep our id.",
        source="design 3.3; own default: unseen on a real account",
    )
