"""LEAN's statistics of closed trades, in one pass over them as they closed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.results.rounding import ZERO, from_double

if TYPE_CHECKING:
    from leansim.account.trades import ClosedTrade

_TICK_NS = 100
_TICKS_PER_SECOND = 10_000_000
_NO_LOSS_RATIO = Decimal(10)


@dataclass
class TradeStatistics:
    """LEAN's fields; amounts in account currency, durations in ticks of 100 ns, times in ns UTC."""

    start_ns: int | None = None
    end_ns: int | None = None
    total_number_of_trades: int = 0
    number_of_winning_trades: int = 0
    number_of_losing_trades: int = 0
    total_profit_loss: Decimal = ZERO
    total_profit: Decimal = ZERO
    total_loss: Decimal = ZERO
    largest_profit: Decimal = ZERO
    largest_loss: Decimal = ZERO
    average_profit_loss: Decimal = ZERO
    average_profit: Decimal = ZERO
    average_loss: Decimal = ZERO
    average_trade_ticks: int = 0
    average_winning_trade_ticks: int = 0
    average_losing_trade_ticks: int = 0
    median_trade_ticks: int = 0
    median_winning_trade_ticks: int = 0
    median_losing_trade_ticks: int = 0
    max_consecutive_winning_trades: int = 0
    max_consecutive_losing_trades: int = 0
    profit_loss_ratio: Decimal = ZERO
    win_loss_ratio: Decimal = ZERO
    win_rate: Decimal = ZERO
    loss_rate: Decimal = ZERO
    average_mae: Decimal = ZERO
    average_mfe: Decimal = ZERO
    largest_mae: Decimal = ZERO
    largest_mfe: Decimal = ZERO
    maximum_closed_trade_drawdown: Decimal = ZERO
    maximum_intra_trade_drawdown: Decimal = ZERO
    profit_loss_standard_deviation: Decimal = ZERO
    profit_loss_downside_deviation: Decimal = ZERO
    profit_factor: Decimal = ZERO
    sharpe_ratio: Decimal = ZERO
    sortino_ratio: Decimal = ZERO
    profit_to_max_drawdown_ratio: Decimal = ZERO
    maximum_end_trade_drawdown: Decimal = ZERO
    average_end_trade_drawdown: Decimal = ZERO
    maximum_drawdown_ticks: int = 0
    total_fees: Decimal = ZERO


def trade_statistics(trades: Sequence[ClosedTrade]) -> TradeStatistics:
    """The statistics of trades in the order they closed."""
    run = _Pass()
    for trade in trades:
        run.add(trade)
    return run.finished()


@dataclass
class _Durations:
    """Durations of one kind of trade: LEAN's running average (cut to ticks at each step) and its median."""

    average: int = 0
    all: list[int] = field(default_factory=list)

    def add(self, ticks: int) -> None:
        self.all.append(ticks)
        step = (ticks / _TICKS_PER_SECOND - self.average / _TICKS_PER_SECOND) / len(self.all)
        self.average += math.trunc(step * _TICKS_PER_SECOND)

    @property
    def median(self) -> int:
        return sorted(self.all)[len(self.all) // 2] if self.all else 0


class _Pass:
    """The state between two trades."""

    def __init__(self) -> None:
        self.result = TradeStatistics()
        self.durations = {"all": _Durations(), "profitable": _Durations(), "unprofitable": _Durations()}
        self.wins_in_a_row = 0
        self.losses_in_a_row = 0
        self.highest = ZERO
        self.highest_with_mfe = ZERO
        self.squares = ZERO
        self.downside_squares = ZERO
        self.peak_ns: int | None = None
        self.in_drawdown = False
        self.wins_at_a_loss = 0

    def add(self, trade: ClosedTrade) -> None:
        r = self.result
        if self.peak_ns is None:
            self.peak_ns = trade.entry_ns
        r.start_ns = trade.entry_ns if r.start_ns is None else min(r.start_ns, trade.entry_ns)
        r.end_ns = trade.exit_ns if r.end_ns is None else max(r.end_ns, trade.exit_ns)
        r.total_number_of_trades += 1
        self.highest_with_mfe = max(self.highest_with_mfe, r.total_profit_loss + trade.mfe)
        r.maximum_intra_trade_drawdown = min(
            r.maximum_intra_trade_drawdown, r.total_profit_loss + trade.mae - self.highest_with_mfe
        )
        ticks = (trade.exit_ns - trade.entry_ns) // _TICK_NS
        r.total_profit_loss += trade.profit_loss
        if trade.profit_loss > 0:
            self._profitable(trade, ticks)
        else:
            self._unprofitable(trade, ticks)

        before = r.average_profit_loss
        r.average_profit_loss += (trade.profit_loss - before) / r.total_number_of_trades
        self.squares += (trade.profit_loss - before) * (trade.profit_loss - r.average_profit_loss)
        self.durations["all"].add(ticks)
        r.average_mae += (trade.mae - r.average_mae) / r.total_number_of_trades
        r.average_mfe += (trade.mfe - r.average_mfe) / r.total_number_of_trades
        r.largest_mae = min(r.largest_mae, trade.mae)
        r.largest_mfe = max(r.largest_mfe, trade.mfe)
        r.maximum_end_trade_drawdown = max(r.maximum_end_trade_drawdown, trade.end_trade_drawdown)
        r.total_fees += trade.total_fees

    def _profitable(self, trade: ClosedTrade, ticks: int) -> None:
        r = self.result
        r.number_of_winning_trades += 1
        r.total_profit += trade.profit_loss
        r.average_profit += (trade.profit_loss - r.average_profit) / r.number_of_winning_trades
        self.durations["profitable"].add(ticks)
        r.largest_profit = max(r.largest_profit, trade.profit_loss)
        self._won()
        if r.total_profit_loss > self.highest:
            self.highest = r.total_profit_loss
            assert self.peak_ns is not None
            if self.in_drawdown:
                since = (trade.exit_ns - self.peak_ns) // _TICK_NS
                r.maximum_drawdown_ticks = max(r.maximum_drawdown_ticks, since)
            self.peak_ns = trade.exit_ns
            self.in_drawdown = False

    def _unprofitable(self, trade: ClosedTrade, ticks: int) -> None:
        r = self.result
        r.number_of_losing_trades += 1
        r.total_loss += trade.profit_loss
        before = r.average_loss
        r.average_loss += (trade.profit_loss - before) / r.number_of_losing_trades
        self.downside_squares += (trade.profit_loss - before) * (trade.profit_loss - r.average_loss)
        self.durations["unprofitable"].add(ticks)
        r.largest_loss = min(r.largest_loss, trade.profit_loss)
        if trade.is_win:
            self.wins_at_a_loss += 1
            self._won()
        else:
            self.wins_in_a_row = 0
            self.losses_in_a_row += 1
            r.max_consecutive_losing_trades = max(r.max_consecutive_losing_trades, self.losses_in_a_row)
        r.maximum_closed_trade_drawdown = min(r.maximum_closed_trade_drawdown, r.total_profit_loss - self.highest)
        self.in_drawdown = True

    def _won(self) -> None:
        self.wins_in_a_row += 1
        self.losses_in_a_row = 0
        self.result.max_consecutive_winning_trades = max(self.result.max_consecutive_winning_trades, self.wins_in_a_row)

    def finished(self) -> TradeStatistics:
        r = self.result
        r.profit_loss_standard_deviation = _root(self.squares, r.total_number_of_trades)
        r.profit_loss_downside_deviation = _root(self.downside_squares, r.number_of_losing_trades)
        # An in-the-money exercise at a loss counts as a win, but stays a loss in the amounts above.
        r.number_of_winning_trades += self.wins_at_a_loss
        r.number_of_losing_trades -= self.wins_at_a_loss
        total = r.total_number_of_trades
        if r.average_loss:
            r.profit_loss_ratio = r.average_profit / abs(r.average_loss)
        if total:
            won, lost = Decimal(r.number_of_winning_trades), r.number_of_losing_trades
            r.win_loss_ratio = won / lost if lost > 0 else _NO_LOSS_RATIO
            r.win_rate = won / total
            r.loss_rate = 1 - r.win_rate
        if r.total_profit:
            r.profit_factor = r.total_profit / abs(r.total_loss) if r.total_loss < 0 else _NO_LOSS_RATIO
        if r.profit_loss_standard_deviation > 0:
            r.sharpe_ratio = r.average_profit_loss / r.profit_loss_standard_deviation
        if r.profit_loss_downside_deviation > 0:
            r.sortino_ratio = r.average_profit_loss / r.profit_loss_downside_deviation
        if r.total_profit_loss:
            fall = r.maximum_closed_trade_drawdown
            r.profit_to_max_drawdown_ratio = r.total_profit_loss / abs(fall) if fall < 0 else _NO_LOSS_RATIO
        r.average_end_trade_drawdown = r.average_profit_loss - r.average_mfe
        r.average_trade_ticks, r.median_trade_ticks = self._durations("all")
        r.average_winning_trade_ticks, r.median_winning_trade_ticks = self._durations("profitable")
        r.average_losing_trade_ticks, r.median_losing_trade_ticks = self._durations("unprofitable")
        return r

    def _durations(self, kind: str) -> tuple[int, int]:
        return self.durations[kind].average, self.durations[kind].median


def _root(squares: Decimal, count: int) -> Decimal:
    return from_double(math.sqrt(squares / (count - 1))) if count > 1 else ZERO
