"""The desk at a glance: one dictionary of plain values, and the same as text.

A snapshot only reads. Amounts are in account currency, fractions 0 to 1, instants ISO 8601 UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from tomking.errors import BackendUnreachable
from tomking.execution.group import OrderGroup
from tomking.market.contract import plain
from tomking.market.view import MarketView
from tomking.positions.marks import mark
from tomking.positions.position import MultiLegPosition
from tomking.risk.account import Account
from tomking.risk.greek_limits import beta_weighted
from tomking.settings import Settings
from tomking.state import State
from tomking.strategies import lt112
from tomking.text_table import text_table

Snapshot = dict[str, Any]


class Dashboard:
    """The view the operator and LEAN's charts read: `algo.dashboard`. It holds no position of its own.

    Attributes:
        view: the snapshot of the last sync; empty before the first.
    """

    def __init__(self, take: Callable[[], Snapshot]) -> None:
        """Show what `take` finds in the book whenever it is asked to."""
        self._take = take
        self.view: Snapshot = {}

    def sync_from_position_manager(self) -> Snapshot:
        """Read the book, its marks and the account again.

        While a live broker does not tell what the account is worth, the view stays as it was, with its time.
        """
        with suppress(BackendUnreachable):
            self.view = self._take()
        return self.view

    def text(self) -> str:
        """The view for a terminal or a log; empty before the first sync."""
        return render(self.view) if self.view else ""


def snapshot(state: State, market: MarketView, account: Account, settings: Settings, now: datetime) -> Snapshot:
    """Everything a person wants to see now, ready for JSON."""
    phase_limit = settings.phases.buying_power_fractions[account.phase]
    vix = market.vix()
    return {
        "at": now.isoformat(),
        "vix": None if vix is None else float(vix),
        "greeks": _greeks(state, market, settings, now),
        "trading": {
            "state": state.trading_state.value,
            "code": state.trading_code,
            "text": state.trading_text,
            "mismatch": state.mismatch,
        },
        "account": {
            "equity": amount(account.equity),
            "cash": amount(account.cash),
            "buying_power": amount(account.buying_power),
            "high_water_mark": amount(account.high_water_mark),
            "drawdown_fraction": ratio(account.drawdown_fraction),
            "phase": account.phase,
            "requirement": amount(account.requirement),
            "requirement_fraction": ratio(account.requirement / account.equity) if account.equity > 0 else None,
            "requirement_limit_fraction": ratio(phase_limit),
        },
        "positions": [_position(position, market, settings, now) for position in state.book.open_positions],
        "working": [_group(group) for group in state.open_groups],
        "realised": amount(state.book.realised),
        "closed_positions": len(state.book.closed_positions),
        "denials": dict(sorted(state.denial_counts.items())),
        "outcomes": dict(sorted(state.outcome_counts.items())),
        "notes": [{"at": note.at.isoformat(), "code": note.code, "text": note.text} for note in state.notes[-5:]],
    }


def render(view: Snapshot) -> str:
    """The snapshot as text of at most 120 columns."""
    money, trading = view["account"], view["trading"]
    lines = [
        f"{view['at']}  {trading['state'].upper()}" + (f"  {trading['text']}" if trading["text"] else ""),
        f"equity {money['equity']:,.2f}  drawdown {money['drawdown_fraction']:.1%}  phase {money['phase']}  "
        f"buying power used {_percent(money['requirement_fraction'])} of {money['requirement_limit_fraction']:.0%}  "
        f"realised {view['realised']:+,.2f}",
    ]
    if trading["mismatch"]:
        lines.append(f"MISMATCH {trading['mismatch']}")
    lines += text_table(
        ("position", "status", "units", "entry", "profit", "of credit", "expiry", "defence"),
        [
            (
                position["position_id"],
                position["status"],
                str(position["units"]),
                position["entry_net"] or "",
                f"{position['profit']:+,.2f}{'?' if position['stale'] else ''}",
                _percent(position["profit_fraction"]),
                position["expiry"] or "",
                position["defence"],
            )
            for position in view["positions"]
        ],
    )
    lines += text_table(
        ("working group", "purpose", "units", "wanted", "limit"),
        [
            (group["group_id"], group["purpose"], str(group["units"]), str(group["quantity"]), group["limit"] or "")
            for group in view["working"]
        ],
    )
    for title in ("denials", "outcomes"):
        if view[title]:
            lines.append(f"{title}: " + ", ".join(f"{name} {count}" for name, count in view[title].items()))
    lines += [f"! {note['at']} {note['code']}: {note['text']}" for note in view["notes"]]
    return "\n".join(lines)


def amount(value: Decimal) -> float:
    """Money for JSON, to the cent."""
    return float(round(value, 2))


def ratio(value: Decimal) -> float:
    """A fraction for JSON, to four places."""
    return float(round(value, 4))


def _position(position: MultiLegPosition, market: MarketView, settings: Settings, now: datetime) -> Snapshot:
    worth = mark(position, market, now)
    entry = position.entry_net
    return {
        "position_id": position.position_id,
        "strategy": position.strategy,
        "underlying": position.underlying,
        "status": position.status.value,
        "units": position.units,
        "wanted": position.wanted,
        "entry_net": None if entry is None else plain(round(entry, 4)),
        "value": amount(worth.value),
        "profit": amount(worth.profit),
        "profit_fraction": None if worth.profit_fraction is None else ratio(worth.profit_fraction),
        "stale": worth.stale,
        "stale_reason": worth.reason,
        "defence": lt112.defence_level(position, market.spot(position.underlying), settings.lt112)
        if position.strategy == lt112.NAME
        else "",
        "requirement": amount(position.open_requirement),
        "expiry": None if position.expiry is None else position.expiry.isoformat(),
        "legs": [
            {
                "contract": part.contract.text,
                "quantity": part.quantity,
                "entry": None if part.entry_price is None else plain(round(part.entry_price, 4)),
                "status": part.status.value,
            }
            for part in position
        ],
    }


def _greeks(state: State, market: MarketView, settings: Settings, now: datetime) -> Snapshot | None:
    """The book's Greeks, delta and gamma in shares of SPY; None when they cannot be told."""
    held = [position.held for position in state.book.open_positions]
    greeks = beta_weighted(held, market, now, settings.greeks)
    return None if greeks is None else {name: round(value, 4) for name, value in asdict(greeks).items()}


def _group(group: OrderGroup) -> Snapshot:
    limits = [order.limit for order in group.working_orders if order.limit is not None and not order.at_market]
    return {
        "group_id": group.group_id,
        "strategy": group.strategy,
        "purpose": group.purpose.value,
        "quantity": group.quantity,
        "units": group.units,
        "orders": len(group.orders),
        "limit": plain(limits[-1]) if limits else None,
        "withdrawn": group.withdrawn,
    }


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
