"""What a run amounted to: trades by strategy and exit reason, denials with their reasons, groups, phases, days.

The state keeps what it needs to go on and forgets the rest; a `RunReport` sees every record of the run and counts. It
can be fed live (`ledger.listener`) or from a journal read afterwards; what only the market knew (marks, Greeks, the
VIX) comes from the dashboard's snapshots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Final

from tomking.dashboard import amount, ratio
from tomking.events import (
    Event,
    FillReason,
    GroupCreated,
    GroupFinished,
    GroupOutcome,
    IntentDenied,
    LegFilled,
    OrderSubmitted,
    PhaseChanged,
    Purpose,
    Record,
    TradingStateChanged,
)
from tomking.market.calendar import session_date
from tomking.positions.position import MultiLegPosition
from tomking.settings import Settings, settings_rows
from tomking.state import State
from tomking.trade_report import by_exit_reason, by_label, figures, trade

LOOK_MINUTES: Final = 15
"""How often a trade that ends on the same day is marked."""

_KEPT_TEXTS: Final = 10


@dataclass
class _Group:
    """What is remembered of a group while it works.

    Attributes:
        decided: when, and at which price it was expected to trade.
        paid: what its fills cost in account currency, fees left out; negative when they brought money.
        filled_at: when it last filled.
        orders: how many it needed.
    """

    decided: GroupCreated
    at: datetime
    paid: Decimal = Decimal(0)
    filled_at: datetime | None = None
    orders: int = 0

    def cost(self, outcome: GroupOutcome) -> Decimal | None:
        """What it cost beyond the package's mid when decided, in account currency; of what was undone: all it cost.

        None when nothing traded, or only some of the packages were kept.
        """
        if self.filled_at is None or outcome is GroupOutcome.REDUCED:
            return None
        if outcome is not GroupOutcome.FILLED:
            return self.paid
        return self.paid - self.decided.expected_net * self.decided.quantity * self.decided.legs[0].contract.multiplier


class RunReport:
    """Counts what passes. Call `see` with every record, in order, `look` now and then, and at the end `result`."""

    def __init__(self, settings: Settings) -> None:
        """Begin with nothing; the regimes of the VIX are those of the settings' buying power."""
        self._settings = settings
        self._steps = tuple(step for step, _ in settings.risk.vix_buying_power)
        self._working: dict[str, _Group] = {}
        self._group_of: dict[str, str] = {}
        self._ended: dict[tuple[Purpose, GroupOutcome], list[_Group]] = {}
        self._filled: dict[str, list[_Group]] = {}
        self._denials: dict[tuple[str, str], Counter[str]] = {}
        self._phases: list[dict[str, Any]] = []
        self._states: list[dict[str, Any]] = []
        self._phase = ""
        self._vix: Decimal | None = None
        self._began: dict[str, tuple[str, str, Decimal | None]] = {}
        self._lives: dict[str, list[tuple[str, float]]] = {}
        self._days: dict[date, dict[str, Any]] = {}

    # -- what passes -------------------------------------------------------------------------------------------------

    def see(self, record: Record) -> None:
        """Count one record."""
        at = record.at.isoformat()
        match record.event:
            case GroupCreated() as decided:
                self._begin(decided, record.at)
            case OrderSubmitted(order_id=order_id, group_id=group_id):
                self._group_of[order_id] = group_id
                if group_id in self._working:
                    self._working[group_id].orders += 1
            case LegFilled() as fill:
                self._fill(fill, record.at)
            case GroupFinished(group_id=group_id, outcome=outcome):
                self._end(group_id, outcome)
            case IntentDenied(strategy=strategy, code=code, text=text):
                self._denials.setdefault((strategy, code), Counter())[text] += 1
            case PhaseChanged(old=old, new=new, text=text):
                self._phase = str(new)
                self._phases.append({"at": at, "old": old, "new": new, "text": text})
            case TradingStateChanged(state=state, code=code, text=text):
                self._states.append({"at": at, "state": state.value, "code": code, "text": text})
            case Event():
                pass

    def look(self, view: Mapping[str, Any]) -> None:
        """Take the dashboard's snapshot: marks of the open positions, and the account as its day's last."""
        at = datetime.fromisoformat(view["at"])
        vix = view["vix"]
        self._vix = None if vix is None else Decimal(str(vix))
        for position in view["positions"]:
            if not position["stale"]:
                self._lives.setdefault(position["position_id"], []).append((view["at"], position["profit"]))
        account, day = view["account"], session_date(at)
        before = self._days.get(day, {}).get("buying_power_fraction") or 0.0
        self._days[day] = {
            # at the close a trade of one day is over: the day's highest use is what it tied up
            "buying_power_fraction": max(before, account["requirement_fraction"] or 0.0),
            "limit_fraction": account["requirement_limit_fraction"],
            "drawdown_fraction": account["drawdown_fraction"],
            "positions": len(view["positions"]),
            "vix": vix,
            **(view["greeks"] or dict.fromkeys(("delta", "gamma", "vega", "theta"))),
        }

    def _begin(self, decided: GroupCreated, at: datetime) -> None:
        self._working[decided.group_id] = _Group(decided, at)
        if decided.purpose is Purpose.OPEN:
            self._began[decided.group_id] = (self._phase, self._regime(), decided.spot)

    def _fill(self, fill: LegFilled, at: datetime) -> None:
        group = self._working.get(self._group_of.get(fill.order_id, ""))
        if group is not None:
            group.paid += fill.quantity * fill.price * fill.contract.multiplier
            group.filled_at = at

    def _end(self, group_id: str, outcome: GroupOutcome) -> None:
        group = self._working.pop(group_id, None)
        if group is not None:
            self._ended.setdefault((group.decided.purpose, outcome), []).append(group)
            if outcome is GroupOutcome.FILLED:
                self._filled.setdefault(group.decided.position_id, []).append(group)

    def _regime(self) -> str:
        """The range the VIX is in, named by its bounds."""
        if self._vix is None:
            return ""
        low = max(step for step in self._steps if step <= self._vix)
        above = [step for step in self._steps if step > self._vix]
        return f"{low:>2} to {above[0]}" if above else f"{low:>2} and more"

    # -- what it amounted to -----------------------------------------------------------------------------------------

    def result(self, state: State) -> dict[str, Any]:
        """Everything counted, with the trades and daily values the state remembers; ready for JSON."""
        closed = state.book.closed_positions

        def count(positions: Sequence[MultiLegPosition]) -> dict[str, Any]:
            groups = [group for position in positions for group in self._filled.get(position.position_id, ())]
            return {**figures(positions), **_of_execution(state, positions, groups)}

        return {
            "summary": self._summary(state, closed),
            "strategies": by_exit_reason(closed, count),
            "by_phase": by_label("phase", closed, lambda position: self._label(position, 0), count),
            "by_vix": by_label("vix", closed, lambda position: self._label(position, 1), count),
            "trades": [self._trade(position) for position in closed],
            "open": [self._trade(position) for position in state.book.open_positions],
            "denials": [
                {
                    "strategy": strategy,
                    "code": code,
                    "count": texts.total(),
                    "reasons": [{"text": text, "count": count} for text, count in texts.most_common(_KEPT_TEXTS)],
                }
                for (strategy, code), texts in sorted(self._denials.items())
            ],
            "groups": [
                {"purpose": purpose.value, "outcome": outcome.value, **_of_groups(outcome, groups)}
                for (purpose, outcome), groups in sorted(self._ended.items(), key=_in_words)
            ],
            "phases": self._phases,
            "trading_states": self._states,
            "days": [
                {
                    "day": m.day.isoformat(),
                    "equity": amount(m.equity),
                    "flow": amount(m.flow),
                    **self._days.get(m.day, {}),
                }
                for m in state.marks
            ],
            "settings": [
                {"parameter": row.name, "value": row.value, "default": row.default}
                for row in settings_rows(self._settings)
            ],
        }

    def _summary(self, state: State, closed: Sequence[MultiLegPosition]) -> dict[str, Any]:
        filled = [each for (_, outcome), each in self._ended.items() if outcome is GroupOutcome.FILLED]
        everything = figures(closed)
        return {
            "trades": everything.pop("count"),
            **everything,
            **_of_execution(state, _positions(state), [group for groups in filled for group in groups]),
            "denials": sum(texts.total() for texts in self._denials.values()),
        }

    def _label(self, position: MultiLegPosition, place: int) -> str:
        began = self._began.get(position.position_id)
        return "" if began is None else str(began[place])

    def _trade(self, position: MultiLegPosition) -> dict[str, Any]:
        began = self._began.get(position.position_id)
        return trade(position, None if began is None else began[2], self._lives.get(position.position_id, []))


def _of_execution(
    state: State, positions: Iterable[MultiLegPosition], filled: Sequence[_Group]
) -> dict[str, float | None]:
    """Share of days with any of the positions, and what it took to fill the groups of them."""
    whole = _of_groups(GroupOutcome.FILLED, filled)
    return {
        "days_in_market_fraction": _days_in_market(state, positions),
        "median_minutes_to_fill": whole["median_minutes"],
        "cost_against_mid": whole["cost_against_mid"],
    }


def _of_groups(outcome: GroupOutcome, groups: Sequence[_Group]) -> dict[str, Any]:
    """Count, orders needed, minutes to the last fill, and what they cost beyond the mid."""
    minutes = [(group.filled_at - group.at) / timedelta(minutes=1) for group in groups if group.filled_at is not None]
    costs = [cost for group in groups if (cost := group.cost(outcome)) is not None]
    return {
        "count": len(groups),
        "orders_per_group": round(sum(group.orders for group in groups) / len(groups), 2) if groups else None,
        "median_minutes": round(median(minutes), 2) if minutes else None,
        "cost_against_mid": amount(sum(costs, Decimal(0))) if costs else None,
    }


def _in_words(item: tuple[tuple[Purpose, GroupOutcome], list[_Group]]) -> tuple[str, str]:
    (purpose, outcome), _ = item
    return purpose.value, outcome.value


def _days_in_market(state: State, positions: Iterable[MultiLegPosition]) -> float | None:
    """Share of the marked days on which any of some positions was held."""
    days = {mark.day for mark in state.marks}
    held: set[date] = set()
    for position in positions:
        if position.opened_at is None:
            continue
        first = session_date(position.opened_at)
        last = max(days, default=first) if position.closed_at is None else _last_day(position)
        held |= {day for day in days if first <= day <= last}
    return ratio(Decimal(len(held)) / len(days)) if days else None


def _positions(state: State) -> Iterable[MultiLegPosition]:
    return (*state.book.closed_positions, *state.book.open_positions)


def _last_day(position: MultiLegPosition) -> date:
    """The last session with a holding; what settled counts until its expiry, though it is booked after the close."""
    assert position.closed_at is not None
    day = session_date(position.closed_at)
    settled = [part for part in position if part.last_reason is FillReason.EXPIRED]
    expiries = [part.contract.expiry for part in settled if part.contract.expiry is not None]
    return min(day, max(expiries)) if expiries else day
