"""The account as the validators see it: what the state remembers, beside what the broker says now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Final

from tomking.execution.backend import Balances
from tomking.market.calendar import from_new_york, session_date
from tomking.market.contract import Contract
from tomking.market.view import MarketView
from tomking.positions.book import PositionBook
from tomking.positions.marks import mark
from tomking.positions.position import MultiLegPosition
from tomking.risk.account import Account, ClosedTrade, Exposure, Periods
from tomking.risk.drawdown import NORMAL, Standing
from tomking.risk.phase import TrackRecord, phase_of
from tomking.settings import Settings
from tomking.state import Mark, State
from tomking.strategies.spec import StrategySpec

REMEMBERED: Final = timedelta(days=120)
"""How far back closed trades are told to the breakers; the longest pause is shorter."""


def account_of(
    state: State,
    balances: Balances,
    settings: Settings,
    exposures: Sequence[Exposure] = (),
    *,
    now: datetime | None = None,
    day_high: Decimal | None = None,
) -> Account:
    """Money, stage and exposure at this instant; without `now` it answers for the drawdown only.

    Args:
        state: what is remembered.
        balances: what the broker says.
        settings: every number.
        exposures: see `exposures_of`.
        now: the present instant, for what depends on the past.
        day_high: highest equity seen today.
    """
    mark_before = state.high_water_mark
    return Account(
        equity=balances.equity,
        cash=balances.cash,
        buying_power=balances.buying_power,
        high_water_mark=balances.equity if mark_before is None else mark_before,
        phase=phase_of(balances.equity, settings.phases) if state.phase is None else state.phase,
        trading_state=state.trading_state,
        trading_code=state.trading_code,
        exposures=tuple(exposures),
        periods=Periods() if now is None else periods_of(state.marks, session_date(now)),
        day_high=day_high,
        opened_today=0 if now is None else opened_today(state.book, now),
        closed=() if now is None else closed_trades(state, now),
        volatilities={}
        if now is None
        else {name: [each.value for each in marks] for name, marks in state.volatilities.items()},
    )


def account_worth(state: State, equity: Decimal, settings: Settings) -> Account:
    """The account as the drawdown sees it: its value alone, and nothing in it that could be spent."""
    return account_of(state, Balances(equity, cash=Decimal(0), buying_power=Decimal(0)), settings)


def exposures_of(
    state: State, specs: Sequence[StrategySpec], market: MarketView, now: datetime
) -> tuple[Exposure, ...]:
    """What every open position counts for, those still being built included."""
    short_volatility = {spec.name: spec.is_short_volatility for spec in specs}
    protective = {spec.name for spec in specs if spec.is_protective}
    return tuple(
        Exposure(
            position_id=position.position_id,
            strategy=position.strategy,
            underlying=position.underlying,
            requirement=position.open_requirement,
            expiry=position.expiry or _wanted_expiry(position),
            # a strategy nobody knows any more counts as the riskier kind
            is_short_volatility=short_volatility.get(position.strategy, True),
            is_protective=position.strategy in protective,
            profit=_profit(position, market, now),
            is_working=bool(position.building),
            holding=_wanted(position) if position.building else position.held,
        )
        for position in state.book.open_positions
    )


def periods_of(marks: Sequence[Mark], today: date) -> Periods:
    """Equity at the last mark before the day, the week and the month, moved along with the money paid since."""
    return Periods(
        day=_equity_before(marks, today),
        week=_equity_before(marks, today - timedelta(days=today.weekday())),
        month=_equity_before(marks, today.replace(day=1)),
    )


def opened_today(book: PositionBook, now: datetime) -> int:
    """Trades begun in the present session; what is being built and has no fill yet is one."""
    today = session_date(now)
    began, ends = (from_new_york(day, time()) for day in (today, today + timedelta(days=1)))
    opened = [each.opened_at for each in (*book.open_positions, *book.closed_positions)]
    begun = sum(at is not None and began <= at < ends for at in opened)
    return begun + sum(each.opened_at is None and bool(each.building) for each in book.open_positions)


def closed_trades(state: State, now: datetime) -> tuple[ClosedTrade, ...]:
    """Trades closed lately, oldest first."""
    since = now - REMEMBERED
    found = [
        ClosedTrade(position.strategy, closed, position.realised)
        for position in state.book.closed_positions
        if (closed := position.closed_at) is not None and closed >= since
    ]
    return tuple(sorted(found, key=lambda trade: trade.at))


def track_record(state: State, account: Account) -> TrackRecord:
    """What the account has shown."""
    closed = state.book.closed_positions
    return TrackRecord(len(closed), sum(position.realised > 0 for position in closed), account.drawdown_fraction)


class MarksSince:
    """The lowest and the highest daily mark since the permission to trade changed.

    It may not change for years, and is asked for every few minutes: the marks are gone through when there is another.
    """

    def __init__(self) -> None:
        """Of no state yet."""
        self._seen: tuple[datetime | None, int] | None = None
        self._found: tuple[Decimal | None, Decimal | None] = (None, None)

    def extremes(self, state: State) -> tuple[Decimal | None, Decimal | None]:
        """Lowest and highest equity; None: there is no mark since."""
        since = state.trading_since
        seen = (since, len(state.marks))
        if seen != self._seen:
            self._seen = seen
            day = None if since is None else session_date(since)
            marks = takewhile(lambda each: day is not None and each.day >= day, reversed(state.marks))
            later = [each.equity for each in marks]
            self._found = (min(later, default=None), max(later, default=None))
        return self._found


def standing_of(state: State, marks_since: MarksSince, sudden: str, vix: Decimal | None, flatten: str = "") -> Standing:
    """Why the desk may or may not trade, as the state remembers it."""
    lowest, highest = marks_since.extremes(state)
    resumed_from = state.resumed_from
    return Standing(
        code=state.trading_code or NORMAL,
        since=state.trading_since,
        lowest=lowest,
        resumed_from=resumed_from if resumed_from is None or highest is None else max(resumed_from, highest),
        sudden=sudden,
        flatten=flatten,
        vix=vix,
    )


def _equity_before(marks: Sequence[Mark], day: date) -> Decimal | None:
    flow = Decimal(0)
    for each in reversed(marks):
        if each.day < day:
            return each.equity + flow
        flow += each.flow
    return None


def _wanted(position: MultiLegPosition) -> dict[Contract, int]:
    return {leg.contract: leg.ratio * position.wanted for leg in position.legs}


def _wanted_expiry(position: MultiLegPosition) -> date | None:
    return min((leg.contract.expiry for leg in position.legs if leg.contract.expiry is not None), default=None)


def _profit(position: MultiLegPosition, market: MarketView, now: datetime) -> Decimal | None:
    worth = mark(position, market, now)
    return None if worth.stale else worth.profit
