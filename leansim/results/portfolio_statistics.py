"""LEAN's statistics of the account: from samples of equity, daily returns, benchmark and turnover."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, DivisionByZero, InvalidOperation

from leansim.results.moments import (
    covariance,
    deviation,
    kurtosis,
    mean,
    normal_cdf,
    normal_quantile,
    skewness,
    variance,
)
from leansim.results.rounding import ZERO, from_double, rounded, to_double

#: Points of a series: instant (ns UTC) and value, in time order, one value an instant.
Points = Sequence[tuple[int, Decimal]]
#: Average risk-free rate (a fraction) over instants.
RiskFreeRate = Callable[[Sequence[int]], Decimal]

_DAY_NS = 86_400_000_000_000
_DECIMAL_MAX = Decimal("79228162514264337593543950335")


@dataclass
class PortfolioStatistics:
    """LEAN's fields; rates and returns are fractions, `drawdown_recovery` is days."""

    average_win_rate: Decimal = ZERO
    average_loss_rate: Decimal = ZERO
    profit_loss_ratio: Decimal = ZERO
    win_rate: Decimal = ZERO
    loss_rate: Decimal = ZERO
    expectancy: Decimal = ZERO
    start_equity: Decimal = ZERO
    end_equity: Decimal = ZERO
    compounding_annual_return: Decimal = ZERO
    drawdown: Decimal = ZERO
    total_net_profit: Decimal = ZERO
    sharpe_ratio: Decimal = ZERO
    probabilistic_sharpe_ratio: Decimal = ZERO
    sortino_ratio: Decimal = ZERO
    alpha: Decimal = ZERO
    beta: Decimal = ZERO
    annual_standard_deviation: Decimal = ZERO
    annual_variance: Decimal = ZERO
    information_ratio: Decimal = ZERO
    tracking_error: Decimal = ZERO
    treynor_ratio: Decimal = ZERO
    portfolio_turnover: Decimal = ZERO
    value_at_risk_99: Decimal = ZERO
    value_at_risk_95: Decimal = ZERO
    drawdown_recovery: int = 0


def portfolio_statistics(
    profit_loss: Sequence[Decimal],
    equity: Points,
    turnover: Points,
    performance: Sequence[float],
    benchmark: Sequence[float],
    starting_capital: Decimal,
    risk_free_rate: RiskFreeRate,
    trading_days: int,
    wins: int,
    losses: int,
) -> PortfolioStatistics:
    """The statistics of a period.

    Args:
        profit_loss: profit or loss of each closed transaction, in time order.
        equity: samples of the account's value.
        turnover: daily turnover as a fraction of the account.
        performance: daily returns as fractions, without the first two samples.
        benchmark: daily returns of the benchmark as fractions, aligned with ``performance``.
        starting_capital: value of the account before the period.
        risk_free_rate: asked for the average over the instants of ``equity``.
        trading_days: trading days a year.
        wins: transactions that count as a win (an option exercised in the money may be one at a loss).
        losses: the others.

    Raises:
        NotFinite: where a return grows beyond what a double holds; LEAN then prints no statistics at all.

    """
    result = PortfolioStatistics(start_equity=starting_capital, end_equity=equity[-1][1] if equity else ZERO)
    if turnover:
        result.portfolio_turnover = sum((value for _, value in turnover), ZERO) / len(turnover)
    if not starting_capital or len(benchmark) < 2 or len(performance) < 2:
        return result

    _count_trades(result, profit_loss, starting_capital, wins, losses)
    result.total_net_profit = result.end_equity / starting_capital - 1
    years = from_double((equity[-1][0] - equity[0][0]) / _DAY_NS) / 365
    result.compounding_annual_return = compound_annual_return(starting_capital, result.end_equity, years)

    rate = risk_free_rate([ns for ns, _ in equity])
    result.annual_variance = from_double(annual_variance(performance, trading_days))
    result.annual_standard_deviation = from_double(math.sqrt(result.annual_variance))
    annual = _annual_performance(performance, trading_days)
    annual_benchmark = _annual_performance(benchmark, trading_days)
    result.sharpe_ratio = _excess_over(annual, rate, result.annual_standard_deviation)
    downside = [value for value in performance if value < 0]
    result.sortino_ratio = _excess_over(annual, rate, from_double(math.sqrt(annual_variance(downside, trading_days))))

    benchmark_variance = variance(benchmark)
    if benchmark_variance and not math.isnan(benchmark_variance):
        result.beta = from_double(covariance(performance, benchmark) / benchmark_variance)
    if result.beta:
        result.alpha = annual - (rate + result.beta * (annual_benchmark - rate))
        result.treynor_ratio = _divided(from_double(float(annual) - float(rate)), result.beta)
    differences = [ours - theirs for ours, theirs in zip(performance, benchmark, strict=True)]
    result.tracking_error = from_double(math.sqrt(annual_variance(differences, trading_days)))
    if result.tracking_error:
        result.information_ratio = _divided(from_double(float(annual) - float(annual_benchmark)), result.tracking_error)
    result.probabilistic_sharpe_ratio = from_double(
        probabilistic_sharpe_ratio(performance, 1 / math.sqrt(trading_days), float(rate) / trading_days)
    )
    result.value_at_risk_99 = _value_at_risk(performance, trading_days, 0.99)
    result.value_at_risk_95 = _value_at_risk(performance, trading_days, 0.95)
    result.drawdown, result.drawdown_recovery = drawdown_and_recovery(equity)
    return result


def annual_variance(returns: Sequence[float], trading_days: int) -> float:
    """Variance a year; 0 when there are too few returns."""
    daily = variance(returns)
    return 0.0 if math.isnan(daily) else daily * trading_days


def compound_annual_return(start: Decimal, end: Decimal, years: Decimal) -> Decimal:
    """Growth a year as a fraction; 0 when it cannot be computed (no time, no capital, a negative end)."""
    if not years or not start:
        return ZERO
    base = float(end) / float(start)
    if base < 0:
        return ZERO
    try:
        growth = math.pow(base, 1 / to_double(years)) - 1
    except OverflowError:
        return ZERO
    return from_double(growth)


def probabilistic_sharpe_ratio(returns: Sequence[float], target: float, risk_free_rate: float) -> float:
    """Probability that the true daily Sharpe ratio is above ``target``; 0 when it cannot be computed."""
    spread = deviation(returns)
    observed = (mean(returns) - risk_free_rate) / spread if spread and not math.isnan(spread) else 0.0
    inner = 1 - skewness(returns) * observed + (kurtosis(returns) - 1) / 4 * observed**2
    inner /= len(returns) - 1
    if math.isnan(inner) or inner < 0:
        return 0.0
    error = math.sqrt(inner)
    return normal_cdf((observed - target) / error if error else 0.0)


def drawdown_and_recovery(equity: Points) -> tuple[Decimal, int]:
    """Largest fall from a peak as a fraction (three decimals), longest time from a peak until it was reached again.

    The time is in whole days; a fall that never recovered does not count.
    """
    if len(equity) < 2:
        return ZERO, 0
    peak_ns, peak = equity[0]
    lowest = peak
    falling_since: int | None = None
    deepest = ZERO
    longest = 0
    for ns, value in equity:
        if value >= peak:
            if falling_since is not None:
                longest = max(longest, ns - falling_since)
                falling_since = None
            peak_ns, peak = ns, value
            lowest = peak
        if not peak:
            return ZERO, 0
        if value >= lowest:
            # no deeper than the fall from this peak already is
            continue
        lowest = value
        fall = value / peak - 1
        if fall < 0:
            deepest = min(deepest, fall)
            if falling_since is None:
                falling_since = peak_ns
    return rounded(abs(deepest), 3), longest // _DAY_NS


def _count_trades(
    result: PortfolioStatistics, profit_loss: Sequence[Decimal], capital: Decimal, wins: int, losses: int
) -> None:
    profit = loss = ZERO
    profitable = unprofitable = 0
    for amount in profit_loss:
        if amount > 0:
            profit += amount / capital
            profitable += 1
        else:
            loss += amount / capital
            unprofitable += 1
        capital += amount
    result.average_win_rate = profit / profitable if profitable else ZERO
    result.average_loss_rate = loss / unprofitable if unprofitable else ZERO
    if result.average_loss_rate:
        result.profit_loss_ratio = result.average_win_rate / abs(result.average_loss_rate)
    total = wins + losses
    result.win_rate = Decimal(wins) / total if total else ZERO
    result.loss_rate = Decimal(losses) / total if total else ZERO
    # without wins LEAN's product is a 0 without decimals
    gain = result.win_rate * result.profit_loss_ratio if result.win_rate else ZERO
    result.expectancy = gain - result.loss_rate


def _annual_performance(returns: Sequence[float], trading_days: int) -> Decimal:
    try:
        grown = math.pow(mean(returns) + 1, trading_days) - 1
    except OverflowError:
        grown = math.inf
    return from_double(grown)


def _excess_over(annual: Decimal, rate: Decimal, spread: Decimal) -> Decimal:
    return from_double((float(annual) - float(rate)) / float(spread)) if spread else ZERO


def _divided(amount: Decimal, by: Decimal) -> Decimal:
    try:
        quotient = amount / by
    except (DivisionByZero, InvalidOperation):
        return ZERO
    return ZERO if abs(quotient) > _DECIMAL_MAX else quotient


def _value_at_risk(returns: Sequence[float], days: int, confidence: float) -> Decimal:
    recent = returns[-days:]
    return rounded(from_double(normal_quantile(mean(recent), deviation(recent), 1 - confidence)), 3)
