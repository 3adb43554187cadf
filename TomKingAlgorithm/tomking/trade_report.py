"""Closed and open trades as rows for a table: figures by group, payoff at expiry, what each trade went through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from tomking.dashboard import amount, ratio
from tomking.events import FillReason
from tomking.market.contract import Contract, plain
from tomking.market.leg import Leg
from tomking.market.payoff import break_evens, payoff
from tomking.positions.position import MultiLegPosition

SETTLED: Final = "settled"
"""Exit reason of a position nobody closed: it expired, or was exercised or assigned."""

UNWOUND: Final = "unwound"
"""Exit reason of a position whose opening was undone."""

ALL: Final = "all"
"""Exit reason of the row that counts every closed trade of a strategy."""

_SETTLING: Final = frozenset({FillReason.EXPIRED, FillReason.ASSIGNED, FillReason.EXERCISED})
_BESIDE: Final = Decimal("0.01")
"""How far at least a payoff is drawn beyond the outermost strikes, as a share of them (own choice)."""


Count = Callable[[Sequence[MultiLegPosition]], dict[str, Any]]
"""The figures of some positions."""


def by_exit_reason(closed: Iterable[MultiLegPosition], count: Count) -> list[dict[str, Any]]:
    """One row a strategy and exit reason, and one a strategy over all of them."""
    rows: dict[tuple[str, str], list[MultiLegPosition]] = {}
    for position in closed:
        rows.setdefault((position.strategy, exit_reason(position)), []).append(position)
        rows.setdefault((position.strategy, ALL), []).append(position)
    return [
        {"strategy": strategy, "exit_reason": reason, **count(positions)}
        for (strategy, reason), positions in sorted(rows.items())
    ]


def by_label(
    name: str, closed: Iterable[MultiLegPosition], label_of: Callable[[MultiLegPosition], str], count: Count
) -> list[dict[str, Any]]:
    """One row a label, in the order of the labels; trades without one (an empty text) are left out."""
    rows: dict[str, list[MultiLegPosition]] = {}
    for position in closed:
        label = label_of(position)
        if label:
            rows.setdefault(label, []).append(position)
    return [{name: label, **count(positions)} for label, positions in sorted(rows.items())]


def figures(positions: Sequence[MultiLegPosition]) -> dict[str, Any]:
    """Count, win rate, averages, expectancy, profit factor, return on buying power, fees; profits are after fees.

    The return on buying power is the profit of all over what they tied up when opened.
    """
    profits = [position.realised for position in positions]
    wins = [profit for profit in profits if profit > 0]
    losses = [profit for profit in profits if profit <= 0]
    won, lost = sum(wins, Decimal(0)), -sum(losses, Decimal(0))
    tied = sum((position.requirement for position in positions), Decimal(0))
    return {
        "count": len(profits),
        "win_fraction": ratio(Decimal(len(wins)) / len(profits)) if profits else None,
        "average_win": _average(wins),
        "average_loss": _average(losses),
        "expectancy": _average(profits),
        "profit_factor": amount(won / lost) if lost else None,
        "profit": amount(won - lost),
        "return_on_buying_power_fraction": ratio((won - lost) / tied) if tied else None,
        "fees": amount(sum((position.fees for position in positions), Decimal(0))),
    }


def exit_reason(position: MultiLegPosition) -> str:
    """Why a closed position is closed."""
    if any(part.last_reason is FillReason.BY_HAND for part in position):
        return FillReason.BY_HAND.value
    if position.exit_reason is not None:
        return position.exit_reason.value
    return SETTLED if any(part.last_reason in _SETTLING for part in position) else UNWOUND


def trade(position: MultiLegPosition, spot: Decimal | None, life: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """One position with its legs, for a table, a payoff diagram and a life line.

    Args:
        position: the trade.
        spot: price of the underlying when it was decided, None when it was not known.
        life: its profit at instants (ISO 8601 UTC) between entry and exit, in account currency.
    """
    opened, closed, entry = position.opened_at, position.closed_at, position.entry_net
    line = [(opened.isoformat(), 0.0), *life] if opened is not None else []
    if closed is not None and line:
        line = [point for point in line if point[0] < closed.isoformat()]
        line.append((closed.isoformat(), amount(position.realised)))
    return {
        "position_id": position.position_id,
        "strategy": position.strategy,
        "underlying": position.underlying,
        "quantity": position.wanted,
        "opened_at": None if opened is None else opened.isoformat(),
        "closed_at": None if closed is None else closed.isoformat(),
        "entry_net": None if entry is None else plain(round(entry, 4)),
        "profit": amount(position.realised),
        "fees": amount(position.fees),
        "max_loss": None if position.max_loss is None else amount(position.max_loss),
        "exit_reason": exit_reason(position) if position.is_flat else None,
        "legs": [_leg(leg) for leg in position.legs],
        "payoff": None if entry is None else _payoff(position.legs, position.wanted, entry, spot),
        "life": [list(point) for point in line],
    }


def _leg(leg: Leg) -> dict[str, Any]:
    contract = leg.contract
    return {
        "contract": contract.text,
        "ratio": leg.ratio,
        "right": None if contract.right is None else contract.right.value,
        "strike": None if contract.strike is None else plain(contract.strike),
        "expiry": None if contract.expiry is None else contract.expiry.isoformat(),
        "multiplier": contract.multiplier,
    }


def _payoff(legs: Sequence[Leg], quantity: int, entry: Decimal, spot: Decimal | None) -> dict[str, Any] | None:
    """Profit at expiry over the price of the underlying; legs that live longer count at their intrinsic value."""
    options = [leg for leg in legs if leg.contract.is_option]
    if not options:
        return None
    prices = _prices([leg.contract for leg in options], spot)
    scale = quantity * options[0].contract.multiplier
    is_dated = len({leg.contract.expiry for leg in options}) > 1
    return {
        "prices": [float(price) for price in prices],
        "profits": [amount((payoff(options, price) - entry) * scale) for price in prices],
        "break_evens": [] if is_dated else [ratio(price) for price in break_evens(options, entry)],
        "spot": None if spot is None else float(spot),
        "several_expiries": is_dated,
    }


def _prices(contracts: Iterable[Contract], spot: Decimal | None) -> list[Decimal]:
    """Where a payoff is told: its corners, the price at entry, and as far again beyond the outermost of them."""
    corners = {contract.strike for contract in contracts if contract.strike is not None}
    corners |= set() if spot is None else {spot}
    low, high = min(corners), max(corners)
    beside = max((high - low) / 2, high * _BESIDE)
    return sorted({max(low - beside, Decimal(0)), *corners, high + beside})


def _average(values: Sequence[Decimal]) -> float | None:
    return amount(sum(values, Decimal(0)) / len(values)) if values else None
