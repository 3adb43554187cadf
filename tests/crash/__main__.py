"""Crash points by the million: `make stress`, or ``python -m crash --points 1000000``.

Stories are taken from the first number on until there are enough points. What is found is told at the end: how groups
ended at each level of faults, and every point at which a promise was not kept, with the command that tells it again.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter, defaultdict
from multiprocessing import Pool

from crash.points import BrokenAt, Findings, Point, explored, story
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from tomking.events import GroupOutcome

CONSOLE = Console()
ENOUGH_FAILURES = 20
TOLD_EVERY = 10_000
"""Points between two lines of progress where there is no terminal to draw a bar on."""


def main(arguments: list[str] | None = None) -> int:
    """Explore, or tell one point again; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m crash", description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000, help="how many, at least")
    parser.add_argument("--first", type=int, default=0, help="number of the first story")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--replay", type=Point.parsed, metavar="POINT", help="tell this one again")
    given = parser.parse_args(arguments)
    return replayed(given.replay) if given.replay else stressed(given.points, given.first, given.jobs)


def replayed(point: Point) -> int:
    """Tell one point, dying for real."""
    try:
        rig = point.told()
    except BrokenAt as broken:
        CONSOLE.print(f"[red]{broken}", highlight=False)
        return 1
    CONSOLE.print(f"{point} keeps every promise: {rig.turns} turns, {rig.length} boundaries, {rig.runs} starts")
    for each in point.deaths:
        CONSOLE.print(f"  died at boundary {each}, {rig.boundary_names[each - 1]}")
    for group in rig.desk.state.groups.values():
        CONSOLE.print(f"  {group.group_id}: {group.outcome.value if group.outcome else 'open'}  {group.outcome_text}")
    return 0


def stressed(points: int, first: int, jobs: int) -> int:
    """Explore story after story on all `jobs`."""
    begun = time.monotonic()
    broken: list[BrokenAt] = []
    found = stories = said = at_market = 0
    busy = 0.0
    by_level: dict[str, Counter[str]] = defaultdict(Counter)
    columns = (
        TextColumn("crash points"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with (
        Progress(*columns, console=CONSOLE) as progress,
        Pool(jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool,
    ):
        bar = progress.add_task("", total=points)
        try:
            while found < points and len(broken) < ENOUGH_FAILURES:
                wave = range(first + stories, first + stories + 8 * jobs)
                for number, result, seconds in pool.imap_unordered(told, wave):
                    stories += 1
                    busy += seconds
                    if isinstance(result, BrokenAt):
                        broken.append(result)
                        progress.console.print(f"[red]{result}", highlight=False)
                    else:
                        found += result.points
                        at_market += result.at_market
                        by_level[story(number).level].update(result.outcomes)
                    progress.update(bar, completed=found)
                    if not CONSOLE.is_terminal and found - said >= TOLD_EVERY:
                        said = found
                        pace = f"{1000 * busy / found:.2f} ms of a processor each"
                        print(f"{found:,} of {points:,} points, {stories} stories, {pace}", flush=True)
                    if found >= points:
                        break
        except KeyboardInterrupt:
            progress.console.print("stopped by hand")
    seconds = time.monotonic() - begun
    CONSOLE.print(outcomes(by_level))
    pace = f"{found / seconds:,.0f} a second, {1000 * busy / max(found, 1):.2f} ms of a processor each"
    CONSOLE.print(f"{at_market:,} packages went at market")
    CONSOLE.print(f"{found:,} crash points in {stories} stories from {first}: {pace}")
    for failure in broken:
        CONSOLE.print(f"tell it again: python -m crash --replay {failure.point}")
    return 1 if broken else 0


def told(number: int) -> tuple[int, Findings | BrokenAt, float]:
    """One story in a process of its own, and the processor's time it took."""
    begun = time.process_time()
    result: Findings | BrokenAt
    try:
        result = explored(story(number))
    except BrokenAt as broken:
        result = broken
    return number, result, time.process_time() - begun


def outcomes(by_level: dict[str, Counter[str]]) -> Table:
    """How groups ended, by level of faults, in shares of all groups."""
    names = [outcome.value for outcome in GroupOutcome]
    table = Table("faults", "groups", *names, title="how groups ended")
    for level, counts in sorted(by_level.items()):
        total = sum(counts.values())
        table.add_row(level, f"{total:,}", *(f"{counts[name] / total:.4%}" for name in names))
    return table


if __name__ == "__main__":
    sys.exit(main())
