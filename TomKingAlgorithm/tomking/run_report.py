"""What a run amounted to: trades by strategy and exit reason, denials with their reasons, groups, phases.

The state keeps what it needs to go on and forgets the rest; a `RunReport` sees every record of the run and counts. It
can be fed live (`ledger.listener`) or from a journal read afterwards: the result is the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from tomking.dashboard import amount, ratio
from tomking.events import (
    FillReason,
    GroupCreated,
    GroupFinished,
    IntentDenied,
    OrderSubmitted,
    PhaseChanged,
    Record,
    TradingStateChanged,
)
from tomking.market.contract import plain
from tomking.positions.position import MultiLegPosition
from tomking.state import State

SETTLED: Final = "settled"
"""Exit reason of a position nobody closed: it expired, or was exercised or assigned."""

UNWOUND: Final = "unwound"
"""Exit reason of a position whose opening was undone."""

_SETTLING: Final = frozenset({FillReason.EXPIRED, FillReason.ASSIGNED, FillReason.EXERCISED})
_KEPT_TEXTS: Final = 10


class RunReport:
    """Counts what passes. Call `see` with every record, in order, then `result`."""

    def __init__(self) -> None:
        self._purposes: dict[str, str] = {}
        self._orders: Counter[str] = Counter()
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._steps: Counter[tuple[str, str]] = Counter()
        self._denials: dict[tuple[str, str], Counter[str]] = {}
        self._phases: list[dict[str, Any]] = []
        self._states: list[dict[str, Any]] = []

    def see(self, record: Record) -> None:
        """Count one record."""
        at = record.at.isoformat()
        match record.event:
            case GroupCreated(group_id=group_id, purpose=purpose):
                self._purposes[group_id] = purpose.value
            case OrderSubmitted(group_id=group_id):
                self._orders[group_id] += 1
            case GroupFinished(group_id=group_id, outcome=outcome):
                key = (self._purposes.get(group_id, ""), outcome.value)
                self._outcomes[key] += 1
                self._steps[key] += self._orders[group_id]
            case IntentDenied(strategy=strategy, code=code, text=text):
                self._denials.setdefault((strategy, code), Counter())[text] += 1
            case PhaseChanged(old=old, new=new, text=text):
                self._phases.append({"at": at, "old": old, "new": new, "text": text})
            case TradingStateChanged(state=state, code=code, text=text):
                self._states.append({"at": at, "state": state.value, "code": code, "text": text})
            case _:
                pass

    def result(self, state: State) -> dict[str, Any]:
        """Everything counted, with the trades and daily values the state remembers; ready for JSON."""
        closed = state.book.closed_positions
        return {
            "strategies": by_exit_reason(closed),
            "trades": [trade(position) for position in closed],
            "open": [trade(position) for position in state.book.open_positions],
            "denials": [
                {
                    "strategy": strategy,
                    "code": code,
                    "count": texts.total(),
                    "for example": texts.most_common(1)[0][0],
                    "texts": [{"text": text, "count": count} for text, count in texts.most_common(_KEPT_TEXTS)],
                }
                for (strategy, code), texts in sorted(self._denials.items())
            ],
            "groups": [
                {
                    "purpose": purpose,
                    "outcome": outcome,
                    "count": count,
                    "orders_per_group": round(self._steps[purpose, outcome] / count, 2),
                }
                for (purpose, outcome), count in sorted(self._outcomes.items())
            ],
            "phases": self._phases,
            "trading_states": self._states,
            "days": [
                {"day": m.day.isoformat(), "equity": amount(m.equity), "flow": amount(m.flow)} for m in state.marks
            ],
        }


def by_exit_reason(closed: Iterable[MultiLegPosition]) -> list[dict[str, Any]]:
    """One row a strategy and exit reason, and one a strategy over all of them (reason ``all``)."""
    rows: dict[tuple[str, str], list[MultiLegPosition]] = {}
    for position in closed:
        rows.setdefault((position.strategy, exit_reason(position)), []).append(position)
        rows.setdefault((position.strategy, "all"), []).append(position)
    return [
        {"strategy": strategy, "exit_reason": reason, **_figures(positions)}
        for (strategy, reason), positions in sorted(rows.items())
    ]


def exit_reason(position: MultiLegPosition) -> str:
    """Why a closed position is closed."""
    if any(part.last_reason is FillReason.BY_HAND for part in position):
        return FillReason.BY_HAND.value
    if position.exit_reason is not None:
        return position.exit_reason.value
    return SETTLED if any(part.last_reason in _SETTLING for part in position) else UNWOUND


def trade(position: MultiLegPosition) -> dict[str, Any]:
    """One position with its legs, for a table, a payoff diagram and a life line."""
    opened, closed, entry = position.opened_at, position.closed_at, position.entry_net
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
        "legs": [
            {
                "contract": leg.contract.text,
                "ratio": leg.ratio,
                "right": None if leg.contract.right is None else leg.contract.right.value,
                "strike": None if leg.contract.strike is None else plain(leg.contract.strike),
                "expiry": None if leg.contract.expiry is None else leg.contract.expiry.isoformat(),
                "multiplier": leg.contract.multiplier,
            }
            for leg in position.legs
        ],
    }


def _figures(positions: Sequence[MultiLegPosition]) -> dict[str, Any]:
    """Count, win rate, average win and loss, expectancy, fees; profits are after fees."""
    profits = [position.realised for position in positions]
    wins = [profit for profit in profits if profit > 0]
    losses = [profit for profit in profits if profit <= 0]
    return {
        "count": len(profits),
        "win_fraction": ratio(Decimal(len(wins)) / len(profits)),
        "average_win": _average(wins),
        "average_loss": _average(losses),
        "expectancy": _average(profits),
        "profit": amount(sum(profits, Decimal(0))),
        "fees": amount(sum((position.fees for position in positions), Decimal(0))),
    }


def _average(values: Sequence[Decimal]) -> float | None:
    return amount(sum(values, Decimal(0)) / len(values)) if values else None
