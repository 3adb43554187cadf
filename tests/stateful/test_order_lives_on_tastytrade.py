"""Hostile order lives over real sockets: nothing is sent twice, nothing that was filled is lost, whatever dies.

Each story is a day of opening, rolling and closing on a Tastytrade that loses answers, sends
notices twice, late, in another order or never, fills unevenly and while canceling, and cuts the line; in every second
one the process dies twice and comes back. What must hold is in `Rig.check_end`: every group has ended as the journal
says, book and broker hold the same, and the broker has taken no order of ours twice.
"""

from __future__ import annotations

import pytest
from fakes.habits import ROUGH
from fakes.tastytrade_rig import TastytradeRig
from stress import STRESS

STORIES = 15 * STRESS
"""About 35 orders each: 500 in `make test`, 10,000 in `make stress`."""


def deaths(seed: int) -> tuple[int, ...]:
    """Two deaths in every second story, anywhere in it."""
    first = 5 + seed * 7 % 120
    return (first, first + 10 + seed * 3 % 90) if seed % 2 else ()


@pytest.mark.parametrize("seed", range(STORIES))
def test_no_double_send_and_no_lost_fill(seed: int) -> None:
    rig = TastytradeRig(seed, ROUGH, deaths=deaths(seed))
    try:
        rig.tell()
        rig.check_end()
        assert rig.direct.submissions, "it traded"
    finally:
        rig.close()
