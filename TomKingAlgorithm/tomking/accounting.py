"""The account as the validators see it: what the state remembers, beside what the broker says now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from tomking.execution.backend import Balances
from tomking.market.view import MarketView
from tomking.positions.marks import mark
from tomking.positions.position import MultiLegPosition
from tomking.risk.account import Account, Exposure
from tomking.risk.phase import phase_of
from tomking.settings import Settings
from tomking.state import State
from tomking.strategies.spec import StrategySpec


def account_of(state: State, balances: Balances, settings: Settings, exposures: Sequence[Exposure] = ()) -> Account:
    """Money, stage and exposure at this instant; without `exposures` it answers for the drawdown only."""
    mark_before = state.high_water_mark
    return Account(
        equity=balances.equity,
        cash=balances.cash,
        buying_power=balances.buying_power,
        high_water_mark=balances.equity if mark_before is None else mark_before,
        phase=phase_of(balances.equity, settings.phases) if state.phase is None else state.phase,
        trading_state=state.trading_state,
        exposures=tuple(exposures),
    )


def exposures_of(
    state: State, specs: Sequence[StrategySpec], market: MarketView, now: datetime
) -> tuple[Exposure, ...]:
    """What every open position counts for, those still being built included."""
    short_volatility = {spec.name: spec.is_short_volatility for spec in specs}
    return tuple(
        Exposure(
            position_id=position.position_id,
            strategy=position.strategy,
            underlying=position.underlying,
            requirement=position.open_requirement,
            expiry=position.expiry or _wanted_expiry(position),
            # a strategy nobody knows any more counts as the riskier kind
            is_short_volatility=short_volatility.get(position.strategy, True),
            profit=_profit(position, market, now),
            is_working=bool(position.building),
        )
        for position in state.book.open_positions
    )


def _wanted_expiry(position: MultiLegPosition) -> date | None:
    return min((leg.contract.expiry for leg in position.legs if leg.contract.expiry is not None), default=None)


def _profit(position: MultiLegPosition, market: MarketView, now: datetime) -> Decimal | None:
    worth = mark(position, market, now)
    return None if worth.stale else worth.profit
