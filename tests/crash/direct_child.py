"""A process that trades on a Tastytrade in another process, until it is killed: ``direct_child.py <folder> <login>``.

The journal is files in the folder; the broker outlives everybody. The process opens a spread and closes it again, a few
times, and then prints how often the desk was started and what it holds.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from builders import created, put, quote, seconds
from fakes.market import FakeMarket
from fakes.rig import SETTINGS
from fakes.tastytrade_room import QUICK, TIMER, unlimited
from tomking.adapters import tastytrade_client
from tomking.adapters.tastytrade_connection import connect
from tomking.clock import new_run_id
from tomking.desk import Desk
from tomking.events import PartialPolicy, Purpose
from tomking.journal.store import FileStore
from tomking.market.leg import Leg, package, reversed_legs

EXPIRY = date(2030, 1, 18)
SPREAD = package(Leg(put(2690, EXPIRY), 1), Leg(put(2710, EXPIRY), -1))
QUOTES = {put(2690, EXPIRY): ("1.70", "1.80"), put(2710, EXPIRY): ("2.95", "3.05")}
ROUNDS = 3
MOST_TURNS = 600


def main(folder: Path, environment: dict[str, str]) -> None:
    """Trade until the rounds are done."""
    now = datetime.now(UTC)
    market = FakeMarket({contract: quote(bid, ask, now) for contract, (bid, ask) in QUOTES.items()})
    tastytrade_client.RateLimiter = lambda timer: unlimited()  # type: ignore[assignment,misc]  # on one machine
    backend = connect(environment, lambda: datetime.now(UTC), timer=TIMER, pace=QUICK)
    desk = Desk(
        settings=SETTINGS,
        backend=backend,
        market=market,
        store=FileStore(folder),
        run=new_run_id(now),
        mode="live",
        now=now,
    )
    desk.start(now)
    for _ in range(MOST_TURNS):
        now += seconds(2)
        market.confirm(now)
        desk.step(now)
        TIMER.wait(0.02)  # the broker's own steps take a few milliseconds each
        idle_by = TIMER.elapsed() + 1.0
        while not backend.is_idle and TIMER.elapsed() < idle_by:
            TIMER.wait(0.001)
        if not desk.is_ready or desk.ledger.open_groups:
            continue
        if len(desk.state.groups) >= 2 * ROUNDS and not desk.book.holdings():
            break
        _begin(desk)
    backend.stop()
    desk.stop(now)
    print(
        json.dumps({"held": len(desk.book.holdings()), "groups": len(desk.state.groups), "halt": desk.state.mismatch})
    )


def _begin(desk: Desk) -> None:
    """Open when nothing is held, else close."""
    open_positions = list(desk.book.open_positions)
    position = open_positions[0] if open_positions else None
    desk.executor.begin(
        created(
            SPREAD if position is None else reversed_legs(SPREAD),
            2,
            group_id=desk.executor.new_group_id("alpha"),
            purpose=Purpose.OPEN if position is None else Purpose.CLOSE,
            position_id=None if position is None else position.position_id,
            policy=PartialPolicy.UNWIND if position is None else PartialPolicy.KEEP,
            worst_net=Decimal("-1.10") if position is None else Decimal("1.50"),
            expected_net=Decimal("-1.25") if position is None else Decimal("1.25"),
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
