"""How often a group is stranded at which faults, when nobody dies: the table in docs/recovery.md.

``PYTHONPATH=TomKingAlgorithm:tests python -m crash.stranded --stories 500``: some minutes of a processor.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, replace

from crash.points import LEGGED, NATIVE
from fakes.habits import ORDINARY, ROUGH, WILD
from fakes.rig import SETTINGS, Rig

LEVELS = {
    "ordinary": ORDINARY,
    "ordinary, hasty market": replace(ORDINARY, moved=0.5, squeezed=0.01),
    "ordinary, market hasty and power scarce": replace(ORDINARY, moved=1 / 3, squeezed=0.05),
    "rough": ROUGH,
    "wild": WILD,
}

FAULTY_TURNS = 150
"""Five minutes; then the broker behaves, and everything comes to its end."""


@dataclass(frozen=True)
class Broker:
    """What it can do beside the faults it has."""

    replaces: bool = False
    combo_market: bool = False


BROKERS = {
    "a new price after the confirmed cancel": Broker(),
    "a new price by replacing the order": Broker(replaces=True),
    "packages taken at market too": Broker(combo_market=True),
}


def ends(level: str, broker: Broker, number: int) -> tuple[Counter[str], int]:
    """How the groups of one story ended, and how many packages went at market in it."""
    max_legs = LEGGED if number % 3 == 2 else NATIVE
    rig = Rig(
        number,
        LEVELS[level],
        max_legs=max_legs,
        grows=number % 5 < 2,
        replaces=broker.replaces,
        combo_market=broker.combo_market,
    )
    # the same patience and the same takers at every broker, so that only what it can do makes the difference
    rig.settings, rig.venue.habits, rig.calm_at = SETTINGS, LEVELS[level], FAULTY_TURNS
    rig.tell()
    rig.check_end(replays=False)
    found = Counter(rig.desk.state.outcome_counts), len(rig.venue.at_market)
    rig.forget()
    return found


def main(arguments: list[str] | None = None) -> int:
    """A line for each level and broker."""
    parser = argparse.ArgumentParser(prog="python -m crash.stranded", description=__doc__)
    parser.add_argument("--stories", type=int, default=500, help="in each case")
    given = parser.parse_args(arguments)
    for level in LEVELS:
        for name, broker in BROKERS.items():
            total: Counter[str] = Counter()
            at_market = 0
            for number in range(given.stories):
                outcomes, sent = ends(level, broker, number)
                total += outcomes
                at_market += sent
            stranded, groups = total["stranded"], total.total()
            share = f"{stranded:,} of {groups:,} ({stranded / groups:.2%})"
            print(f"{level}; {name}: {share}, {at_market} at market", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
