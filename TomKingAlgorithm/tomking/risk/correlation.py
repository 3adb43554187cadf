"""What moves together: fine groups, coarse families, and how many positions each may hold (method 2.6)."""

from __future__ import annotations

from typing import Final

from tomking.risk.case import Case, Check
from tomking.risk.verdict import Denial
from tomking.settings.risk import CorrelationSettings

GROUPS: Final = {
    "A1": ("ES", "MES", "NQ", "MNQ", "RTY", "M2K", "YM", "MYM"),
    "A2": ("SPY", "QQQ", "IWM", "DIA", "SPX", "XSP", "NDX", "RUT"),
    "B1": ("GC", "MGC", "GLD", "TLT", "ZB", "ZN"),
    "B2": ("SI", "SIL", "SLV", "HG", "PL", "PA"),
    "C1": ("CL", "MCL", "QM", "RB", "HO", "XLE", "XOP", "USO"),
    "C2": ("NG",),
    "D1": ("ZC", "ZS", "ZW"),
    "D2": ("LE", "HE", "GF"),
    "E": ("6E", "6B", "6A", "6C", "M6E", "M6A", "M6B", "DXY"),
}
"""Members of the fine groups by root of the underlying."""

FAMILIES: Final = {
    "EQUITY_INDEX": GROUPS["A1"] + GROUPS["A2"],
    "PRECIOUS_METALS": ("GC", "MGC", "GLD", "SI", "SIL", "SLV"),
    "ENERGY": GROUPS["C1"],
}
"""The seed's coarse groups, widened to the same markets' other names."""


def members(group: str, settings: CorrelationSettings) -> frozenset[str]:
    """The underlyings of a fine group, those added by the settings included."""
    return frozenset(GROUPS[group]) | {underlying for underlying, added in settings.members if added == group}


def group_of(underlying: str, settings: CorrelationSettings) -> str | None:
    """The fine group of an underlying; None: it has none, and is not traded."""
    added = dict(settings.members).get(underlying)
    return added or next((group for group, roots in GROUPS.items() if underlying in roots), None)


def family_of(underlying: str, settings: CorrelationSettings) -> tuple[str, frozenset[str]] | None:
    """The family of an underlying with its members; None when it has none.

    An underlying the settings add to A1 or A2 is equity index, one added to C1 energy.
    """
    added_to = {"A1": "EQUITY_INDEX", "A2": "EQUITY_INDEX", "C1": "ENERGY"}
    extra = {root: added_to[group] for root, group in settings.members if group in added_to}
    for family, roots in FAMILIES.items():
        everybody = frozenset(roots) | {root for root, belongs in extra.items() if belongs == family}
        if underlying in everybody:
            return family, everybody
    return None


class KnownUnderlying(Check):
    """The underlying belongs to a correlation group; unknown ones are never traded."""

    code = "UNKNOWN_UNDERLYING"

    def check(self, case: Case) -> Denial | None:
        """Deny an underlying without a group."""
        underlying = case.spec.underlying
        if group_of(underlying, case.settings.correlation) is not None:
            return None
        return self.deny(f"{underlying} is in no correlation group; add it with correlation.members = {underlying}:A2")


class GroupCount(Check):
    """The fine correlation group has room for another position; one less in a high VIX."""

    code = "CORRELATION_GROUP"

    def check(self, case: Case) -> Denial | None:
        """Deny when the group is full."""
        settings = case.settings.correlation
        group = group_of(case.spec.underlying, settings)
        if group is None:
            return self.deny(f"{case.spec.underlying} is in no correlation group")
        limit: int = getattr(settings, group.lower())[case.account.phase]
        vix = case.market.vix()
        note = ""
        if vix is not None and vix > settings.high_vix:
            limit, note = max(1, limit - 1), f" with the VIX at {vix:.1f}"
        held = case.account.counted_on(members(group, settings))
        if held < limit or case.spec.is_protective:
            return None
        return self.deny(f"{held} positions in group {group}, phase {case.account.phase} allows {limit}{note}")


class FamilyCount(Check):
    """The coarse family (equity index, precious metals, energy) has room for another position."""

    code = "CORRELATION_FAMILY"

    def check(self, case: Case) -> Denial | None:
        """Deny when the family is full."""
        settings = case.settings.correlation
        family = family_of(case.spec.underlying, settings)
        if family is None:
            return None
        name, everybody = family
        held = case.account.counted_on(everybody)
        if held < settings.family_limit or case.spec.is_protective:
            return None
        return self.deny(f"{held} positions in {name}, the limit is {settings.family_limit}")
