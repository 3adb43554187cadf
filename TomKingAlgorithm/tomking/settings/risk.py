"""Settings of what is never allowed: limits of the account, by phase, by group, by drawdown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tomking.errors import SettingsError
from tomking.settings.parameter import Section, parameter

PHASES = 5
"""Phases 0 to 4; every table by phase has this many entries, phase 0 first."""


def by_phase(section: Section, *names: str) -> None:
    """Refuse tables that do not have one entry a phase.

    Raises:
        SettingsError: one has more or fewer.
    """
    for name in names:
        table = getattr(section, name)
        if len(table) != PHASES:
            raise SettingsError(f"{name} needs {PHASES} values, one for each of the phases 0 to 4, found {len(table)}")


def decimals(*texts: str) -> tuple[Decimal, ...]:
    """Texts as exact numbers."""
    return tuple(Decimal(text) for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSettings(Section):
    """The one table of account-size stages, a value a phase, phase 0 first."""

    from_equity: tuple[Decimal, ...] = parameter(
        decimals("0", "40000", "55000", "75000", "95000"),
        unit="USD",
        low=Decimal(0),
        about="Account value from which a phase begins.",
        source="seed (40/55/75), method 2.1 (95)",
    )
    max_positions: tuple[int, ...] = parameter(
        (2, 3, 5, 7, 10), unit="positions", low=0, about="Positions of all strategies together.", source="method 2.3"
    )
    trades_a_day: tuple[int, ...] = parameter(
        (2, 3, 5, 7, 10),
        unit="trades",
        low=0,
        about="Trades of all strategies begun in one session.",
        source="method 2.2",
    )
    buying_power_fractions: tuple[Decimal, ...] = parameter(
        decimals("0.30", "0.30", "0.50", "0.65", "0.80"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Buying power in use, as a share of equity.",
        source="method 2.4",
    )
    demotion_fraction: Decimal = parameter(
        Decimal("0.93"),
        unit="fraction",
        low=Decimal("0.5"),
        high=Decimal(1),
        about="A phase is left below this share of its threshold.",
        source="method 2.1",
    )
    demotion_drawdown: Decimal = parameter(
        Decimal("0.20"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="A fall from the high-water mark beyond this is one phase down.",
        source="method 2.1",
    )
    criteria_apply: bool = parameter(
        False,
        unit="true or false",
        about="Promotion asks for trades, wins and a small drawdown beside the account value.",
        source="method 2.1: optional",
    )
    promotion_trades: tuple[int, ...] = parameter(
        (0, 20, 50, 100, 0),
        unit="trades",
        low=0,
        about="Closed trades wanted to leave a phase upwards, by phase from 0.",
        source="method 2.1",
    )
    promotion_wins: tuple[Decimal, ...] = parameter(
        decimals("0", "0.60", "0.65", "0.70", "0"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Share of them that won.",
        source="method 2.1",
    )
    promotion_drawdown: tuple[Decimal, ...] = parameter(
        decimals("1", "0.15", "0.12", "0.10", "1"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Most the account may be below its high-water mark.",
        source="method 2.1",
    )

    def __post_init__(self) -> None:
        """Check the ranges, the number of phases, and that thresholds rise from 0."""
        Section.__post_init__(self)
        by_phase(self, "from_equity", "max_positions", "trades_a_day", "buying_power_fractions")
        by_phase(self, "promotion_trades", "promotion_wins", "promotion_drawdown")
        if self.from_equity[0] != 0 or list(self.from_equity) != sorted(set(self.from_equity)):
            raise SettingsError("from_equity must begin with 0 and rise from phase to phase")


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSettings(Section):
    """Limits of the account that do not depend on the phase."""

    cash_reserve_fraction: Decimal = parameter(
        Decimal("0.20"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal("0.9"),
        about="Buying power left untouched, as a share of equity: exits need it, closing is not free in LEAN.",
        source="method 1.8",
    )
    trade_risk_fraction: Decimal = parameter(
        Decimal("0.02"),
        unit="fraction",
        low=Decimal("0.001"),
        high=Decimal(1),
        about="Loss of one trade at its stop, as a share of equity.",
        source="method 1.8",
    )
    max_loss_fraction: Decimal = parameter(
        Decimal("0.05"),
        unit="fraction",
        low=Decimal("0.001"),
        high=Decimal(1),
        about="Most a defined-risk trade can lose, as a share of equity.",
        source="method 1.8",
    )
    max_per_underlying: int = parameter(
        2, unit="positions", low=1, high=20, about="Positions on one underlying.", source="method 1.8 (August 2024)"
    )
    max_short_volatility: int = parameter(
        5, unit="positions", low=1, high=20, about="Positions that lose when volatility rises.", source="method 2.9"
    )
    max_index_equivalents: int = parameter(
        3,
        unit="positions",
        low=1,
        high=20,
        about="Positions on the S&P 500 under any of its names (SPX, XSP, SPY, ES, MES).",
        source="method 2.9 (August 2024)",
    )
    stress_move_fraction: Decimal = parameter(
        Decimal("-0.08"),
        unit="fraction",
        low=Decimal("-0.9"),
        high=Decimal(0),
        about="Stress of the account: the equity index falls so far; other markets by their crisis weight of it.",
        source="method 2.9",
    )
    stress_vix_points: Decimal = parameter(
        Decimal(30),
        unit="points",
        low=Decimal(0),
        high=Decimal(200),
        about="Stress of the account: the VIX rises by so much; volatilities of longer options by less.",
        source="method 2.9",
    )
    stress_loss_fraction: Decimal = parameter(
        Decimal("0.18"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Loss of the whole book in that stress, as a share of equity: below the step that closes everything.",
        source="own, after method 2.9 (the book must lose less than 20 %)",
    )
    margin_circuit: tuple[tuple[Decimal, Decimal], ...] = parameter(
        tuple(
            (Decimal(vix), Decimal(share))
            for vix, share in (("0", "0.80"), ("20", "0.70"), ("30", "0.60"), ("40", "0.50"))
        ),
        unit="VIX from : fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Buying power in use by the broker's own figure beyond which nothing opens, by VIX.",
        source="method 2.5",
    )
    underlying_fraction: Decimal = parameter(
        Decimal("0.15"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Buying power in one underlying, as a share of equity.",
        source="seed",
    )
    group_fraction: Decimal = parameter(
        Decimal("0.30"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Buying power in one correlation group, as a share of equity.",
        source="seed",
    )
    strategy_fraction: Decimal = parameter(
        Decimal("0.40"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Buying power in one strategy, as a share of equity.",
        source="seed",
    )
    vix_limits_apply: bool = parameter(
        True,
        unit="true or false",
        about="Limit buying power by the VIX too; a missing VIX then opens nothing.",
        source="method 2.5",
    )
    vix_buying_power: tuple[tuple[Decimal, Decimal], ...] = parameter(
        tuple(
            (Decimal(vix), Decimal(share))
            for vix, share in (
                ("0", "0.45"),
                ("13", "0.65"),
                ("18", "0.75"),
                ("25", "0.50"),
                ("30", "0.40"),
                ("40", "0.25"),
            )
        ),
        unit="VIX from : fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Buying power in use by VIX, as a share of equity.",
        source="method 2.5",
    )
    half_size_drawdown: Decimal = parameter(
        Decimal("0.10"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Fall from the high-water mark from which new positions are half as big.",
        source="seed",
    )
    stop_drawdown: Decimal = parameter(
        Decimal("0.15"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Fall from which nothing new is opened.",
        source="seed",
    )
    liquidate_drawdown: Decimal = parameter(
        Decimal("0.20"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Fall from which everything is closed.",
        source="seed",
    )
    future_margin: tuple[tuple[str, Decimal], ...] = parameter(
        (
            ("ES", Decimal(13000)),
            ("MES", Decimal(1300)),
            ("CL", Decimal(6000)),
            ("MCL", Decimal(600)),
            ("GC", Decimal(10000)),
            ("MGC", Decimal(1000)),
            ("NQ", Decimal(20320)),
            ("MNQ", Decimal(2032)),
            ("ZB", Decimal(4191)),
            ("ZN", Decimal(2286)),
            ("6E", Decimal(2286)),
            ("M6E", Decimal(254)),
            ("M6A", Decimal(190)),
            ("SI", Decimal(9525)),
            ("RTY", Decimal(8890)),
            ("M2K", Decimal(445)),
            ("M6B", Decimal(318)),
            ("YM", Decimal(8800)),
            ("6A", Decimal(1595)),
            ("6B", Decimal(2365)),
            ("6C", Decimal(1485)),
            ("HG", Decimal(5500)),
            ("LE", Decimal(1540)),
            ("HE", Decimal(2090)),
            ("ZC", Decimal(1678)),
            ("ZS", Decimal(3355)),
            ("ZW", Decimal(2365)),
        ),
        unit="root : USD",
        low=Decimal(1),
        about="Margin of one future, the measure of its short options; replace it by your broker's.",
        source="method 1.3: METH's dollars, else RAW's pounds at 1.27 (sources disagree by up to 4 times); "
        "YM, 6A, 6B, 6C, HG, livestock and grains: the last line of LEAN's margin files, 2021 and 2022",
    )
    scan_volatility_fraction: Decimal = parameter(
        Decimal("0.25"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(2),
        about="Options on futures: how far volatility is scanned up and down, as a share of itself.",
        source="own, after SPAN",
    )
    scan_minimum_fraction: Decimal = parameter(
        Decimal("0.10"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Options on futures: least margin of each short option, as a share of the future's.",
        source="own, after SPAN's short option minimum",
    )
    naked_index_fraction: Decimal = parameter(
        Decimal("0.15"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Uncovered broad-index option: share of the index value, less the out-of-the-money amount.",
        source="exchange rule (Cboe 10.3)",
    )
    naked_equity_fraction: Decimal = parameter(
        Decimal("0.20"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="The same for an option on shares.",
        source="exchange rule (Cboe 10.3)",
    )
    naked_minimum_fraction: Decimal = parameter(
        Decimal("0.10"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Floor of both: share of the underlying (call) or of the strike (put).",
        source="exchange rule (Cboe 10.3)",
    )

    def __post_init__(self) -> None:
        """Check the ranges, and that the drawdown steps and the VIX table rise."""
        Section.__post_init__(self)
        if not self.half_size_drawdown < self.stop_drawdown < self.liquidate_drawdown:
            raise SettingsError("half_size_drawdown, stop_drawdown and liquidate_drawdown must rise in this order")
        for name in ("vix_buying_power", "margin_circuit"):
            starts = [start for start, _ in getattr(self, name)]
            if not starts or starts[0] != 0 or starts != sorted(set(starts)):
                raise SettingsError(f"{name} must begin at VIX 0 and rise")


def _group(about: str, *limits: int) -> tuple[int, ...]:
    return parameter(limits, unit="positions", low=0, high=20, about=about, source="method 2.6")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationSettings(Section):
    """Positions allowed in each correlation group, a value a phase, phase 0 first."""

    a1: tuple[int, ...] = _group("Equity index futures: ES, NQ, RTY, YM and micros.", 1, 1, 2, 2, 3)
    a2: tuple[int, ...] = _group("Equity index options and ETFs: SPX, XSP, SPY, QQQ, IWM and others.", 1, 2, 2, 3, 3)
    b1: tuple[int, ...] = _group("Safe havens: gold, treasury bonds.", 1, 1, 2, 2, 2)
    b2: tuple[int, ...] = _group("Silver and industrial metals.", 1, 1, 1, 2, 2)
    c1: tuple[int, ...] = _group("Crude oil and its products.", 1, 1, 2, 2, 3)
    c2: tuple[int, ...] = _group("Natural gas.", 1, 1, 1, 1, 2)
    d1: tuple[int, ...] = _group("Grains.", 1, 1, 1, 2, 2)
    d2: tuple[int, ...] = _group("Livestock.", 1, 1, 1, 1, 2)
    e: tuple[int, ...] = _group("Currencies.", 1, 1, 2, 2, 2)
    family_limit: int = parameter(
        3,
        unit="positions",
        low=1,
        high=20,
        about="Positions in one family: equity index (A1, A2), precious metals, energy.",
        source="seed",
    )
    high_vix: Decimal = parameter(
        Decimal(30),
        unit="VIX",
        low=Decimal(10),
        high=Decimal(100),
        about="Above it every group limit is one less, at least 1.",
        source="method 2.6",
    )
    members: tuple[tuple[str, str], ...] = parameter(
        (),
        unit="underlying : group",
        choices=("A1", "A2", "B1", "B2", "C1", "C2", "D1", "D2", "E"),
        about="Further underlyings and their groups, as GOOG:A2; an underlying in no group is never traded.",
        source="method 2.6",
    )

    def __post_init__(self) -> None:
        """Check the ranges and the number of phases."""
        Section.__post_init__(self)
        by_phase(self, "a1", "a2", "b1", "b2", "c1", "c2", "d1", "d2", "e")
