"""What makes a result hard to believe. A figure no honest run has is flagged, not celebrated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

HIGHEST_SHARPE: Final = 3.0
"""No strategy that trades for a year keeps more than this after costs (own choice)."""
FEWEST_TRADES: Final = 20
"""Below it, a run without losers is luck, not a mistake."""
HIGHEST_WIN_SHARE: Final = 0.97
_YEAR_DAYS: Final = 360


def doubts(result: Mapping[str, Any]) -> list[str]:
    """One sentence for each figure of a result that cannot be right as it stands."""
    return list(_doubts(result))


def _doubts(result: Mapping[str, Any]) -> Iterator[str]:
    total = result.get("totalPerformance") or {}
    portfolio, trades = total.get("portfolioStatistics") or {}, total.get("tradeStatistics") or {}
    sharpe = _number(portfolio, "sharpeRatio")
    if sharpe > HIGHEST_SHARPE and _days(result) >= _YEAR_DAYS:
        yield (
            f"A Sharpe ratio of {sharpe:.1f} over a year is not believable: look for fills at prices nobody gives, "
            "missing fees, or knowledge of the future."
        )
    count, losers = _number(trades, "totalNumberOfTrades"), _number(trades, "numberOfLosingTrades")
    whole = _whole_trades(result)
    if whole:
        count, losers = len(whole), sum(profit <= 0 for profit in whole)
    if count >= FEWEST_TRADES and not losers:
        yield f"{count:.0f} trades and not one loser: a stop that never triggers or marks that are too kind."
    elif count >= FEWEST_TRADES and 1 - losers / count > HIGHEST_WIN_SHARE:
        yield f"{1 - losers / count:.1%} of {count:.0f} trades won: look at what the others lost before believing it."
    if count >= FEWEST_TRADES and not _number(trades, "totalFees"):
        yield f"{count:.0f} trades and no fees: the fee model charges nothing."
    if count and not _number(portfolio, "drawdown"):
        yield "Trades, and equity that never fell: it is not valued while positions are open."


def _whole_trades(result: Mapping[str, Any]) -> list[float]:
    """Profits of multi-leg trades as the algorithm counts them; LEAN's own trades are single legs, many losers."""
    published = result.get("tomking")
    rows = published.get("trades") if isinstance(published, Mapping) else None
    if not isinstance(rows, list):
        return []
    return [float(row["profit"]) for row in rows if isinstance(row, Mapping) and "profit" in row]


def _number(figures: Mapping[str, Any], name: str) -> float:
    try:
        return float(figures.get(name, 0))
    except (TypeError, ValueError):
        return 0.0


def _days(result: Mapping[str, Any]) -> int:
    configuration = result.get("algorithmConfiguration") or {}
    try:
        start, end = (datetime.fromisoformat(str(configuration[key])[:10]) for key in ("startDate", "endDate"))
    except (KeyError, ValueError):
        return 0
    return (end - start).days
