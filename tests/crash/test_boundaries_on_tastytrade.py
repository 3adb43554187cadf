"""Die at each kind of boundary, and once more in the recovery, with Tastytrade on the fake server as the broker.

The stories are those of the order lives, only shorter; what must hold at the end is in `Rig.check_end`. A boundary is
named and not numbered: threads decide how many of them lie before it.
"""

from __future__ import annotations

from collections import Counter

import pytest
from fakes.habits import ROUGH
from fakes.rig import Died
from fakes.tastytrade_rig import TastytradeRig
from stress import STRESS

BOUNDARIES = (
    "save", "saved", "flush", "flushed", "submit", "submitted", "replace", "replaced", "cancel", "canceled", "drain",
    "look_up", "orders", "positions",
)  # fmt: skip

RECOVERING = 9
"""Boundaries after its start at which the second process dies too."""


class Deaths:
    """Ends the first process at the `which`-th boundary of a name, and the second one while it recovers."""

    def __init__(self, rig: TastytradeRig, name: str, which: int) -> None:
        self.rig = rig
        self.name = name
        self.which = which
        self.met: Counter[str] = Counter()
        self.again = 0

    def __call__(self, number: int) -> None:
        name = self.rig.boundary_names[-1]
        self.met[name] += 1
        if not self.again and name == self.name and self.met[name] == self.which:
            self.again = number + RECOVERING
            raise Died(f"at {name}")
        if number == self.again:
            raise Died(f"in the recovery, at {name}")


@pytest.mark.parametrize("part", range(STRESS))
@pytest.mark.parametrize("name", BOUNDARIES)
def test_dying_at_a_boundary_and_again_in_the_recovery(name: str, part: int) -> None:
    first = 16 * (part * len(BOUNDARIES) + BOUNDARIES.index(name))  # trouble is drawn by the seed: never the same twice
    for seed in (each for each in range(first, first + 16) if TastytradeRig.replaces_in(each)):
        rig = TastytradeRig(seed, ROUGH, rounds=3)
        rig.on_boundary = deaths = Deaths(rig, name, 1 + part % 2)
        try:
            rig.tell()
            rig.check_end()
        finally:
            rig.close()
        if deaths.again:
            assert rig.runs == 3
            return
    pytest.fail(f"no story comes to {name}")
