"""Markets to be tested in: spans of real history, and synthetic ones put in the place of calm days.

A synthetic scenario replaces the S&P 500's and the VIX's daily values from its first day on by given returns and
closes, in the size and order of a crash the history does not have; afterwards the index goes on with its real returns
from the level it has reached, and the VIX comes back to its real closes by half in a number of days. Everything that
follows the index (funds, futures, options) follows the scenario. The figures are rounded, from memory of the days they
are named after, and labelled as synthetic wherever data are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from leansim.errors import InputError
from leansim.model_data.history import DailyBar, History

_HALF_LIFE = 12
# A synthetic day opens with this share of its move, and its range reaches beyond open and close by this share of it.
_GAP, _OVERSHOOT = 0.35, 0.25


@dataclass(frozen=True)
class Scenario:
    """A market to be tested in.

    Attributes:
        about: what it is, for people.
        start: first day worth running.
        end: last day worth running.
        first: of a synthetic scenario, the first replaced session; None: the history is as it was.
        moves: close to close, in percent, a session.
        vix: closes.
    """

    about: str
    start: date
    end: date
    first: date | None = None
    moves: tuple[float, ...] = ()
    vix: tuple[float, ...] = ()


SCENARIOS: Final = {
    "august-2015": Scenario("real: 24 August 2015 and the weeks around it", date(2015, 8, 3), date(2015, 9, 18)),
    "february-2018": Scenario("real: 5 February 2018 and the weeks around it", date(2018, 1, 16), date(2018, 3, 9)),
    "autumn-2018": Scenario("real: the last quarter of 2018", date(2018, 10, 1), date(2018, 12, 31)),
    "like-october-1987": Scenario(
        "synthetic: a week of decline, a day of a fifth, days of wild recovery, as in October 1987",
        date(2017, 9, 18), date(2017, 12, 15), date(2017, 10, 10),
        (-0.5, -2.9, -2.3, -5.2, -20.5, 5.3, 9.1, -3.9, 0.0, -8.3, 2.4, 0.0, 4.9, 2.9),
        (13.0, 18.0, 23.0, 36.0, 120.0, 105.0, 75.0, 72.0, 70.0, 85.0, 78.0, 74.0, 65.0, 60.0),
    ),
    "like-march-2020": Scenario(
        "synthetic: five weeks down by a third with limit days both ways, as in February and March 2020",
        date(2017, 9, 18), date(2017, 12, 29), date(2017, 10, 10),
        (-1.1, -3.4, -3.0, -0.4, -4.4, -0.8, 4.6, -2.8, 4.2, -3.4, -1.7, -7.6, 4.9, -4.9, -9.5, 9.3, -12.0, 6.0, -5.2,
         0.5, -4.3, -2.9, 9.4, 1.2, 6.2, -3.4, 3.4),
        (17.0, 25.0, 28.0, 28.0, 39.0, 40.0, 33.0, 37.0, 32.0, 40.0, 42.0, 54.0, 47.0, 54.0, 75.0, 58.0, 83.0, 76.0,
         76.0, 72.0, 66.0, 62.0, 62.0, 64.0, 61.0, 66.0, 57.0),
    ),
    "like-august-2024": Scenario(
        "synthetic: volatility that more than doubles in three days and is gone in ten, as in August 2024",
        date(2017, 9, 18), date(2017, 11, 30), date(2017, 10, 10),
        (-1.4, -1.8, -3.0, 1.0, -0.8, 2.3, 0.5, 0.0, 1.7),
        (18.6, 23.4, 38.6, 27.7, 27.9, 23.8, 20.4, 20.7, 16.2),
    ),
}  # fmt: skip
"""Every scenario by its name; one that is called like a month is synthetic."""


def scenario_named(name: str) -> Scenario:
    """The scenario of a name.

    Raises:
        InputError: there is none.
    """
    found = SCENARIOS.get(name)
    if found is None:
        raise InputError(f"{name} is no scenario; there are {', '.join(SCENARIOS)}")
    return found


def with_scenario(history: History, scenario: Scenario) -> History:
    """The history with a scenario in it; a real one leaves it as it is."""
    if scenario.first is None:
        return history
    bars, vix = dict(history.bars), dict(history.vix)
    days = [day for day in history.sessions if day >= scenario.first]
    before = history.previous(scenario.first)
    assert before is not None, "a scenario begins inside the history"
    close = bars[before].close
    for day, move in zip(days, scenario.moves, strict=False):
        bars[day] = _bar(close, move / 100.0, history.bars[day].volume)
        close = bars[day].close
    level = close / history.bars[days[len(scenario.moves) - 1]].close
    for day in days[len(scenario.moves) :]:
        bars[day] = _cents([price * level for price in history.bars[day][:4]], history.bars[day].volume)
    vix.update(_fear(history, days, scenario))
    return replace(history, bars=bars, vix=vix)


def _bar(before: float, move: float, volume: int) -> DailyBar:
    first, last = before * (1.0 + _GAP * move), before * (1.0 + move)
    beyond = _OVERSHOOT * abs(move) * before
    high, low = max(first, last) + beyond * (move > 0), min(first, last) - beyond * (move <= 0)
    return _cents([first, high, low, last], volume)


def _cents(prices: list[float], volume: int) -> DailyBar:
    first, high, low, last = (round(price, 2) for price in prices)
    return DailyBar(first, high, low, last, volume)


def _fear(history: History, days: list[date], scenario: Scenario) -> Iterator[tuple[date, float]]:
    """The VIX of the scenario, and on its way back."""
    yield from zip(days, scenario.vix, strict=False)
    left = scenario.vix[-1]
    for days_after, day in enumerate(days[len(scenario.vix) :], start=1):
        if day in history.vix:
            share = 0.5 ** (days_after / _HALF_LIFE)
            yield day, round(history.vix[day] * (1.0 - share) + left * share, 2)
