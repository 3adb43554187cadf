"""Tastytrade on loopback: our client beside a bare one, and how fast and how evenly the account stream is read.

The server is a process of its own, so that it does not compete with the client for the interpreter.
"""

# ruff: noqa: ARG002  the belt gives its message at once, whatever patience it is given

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterator
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from fakes.tastytrade.remote import RemoteFake
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_limits import Kind, RateLimiter
from tomking.adapters.tastytrade_notices import AccountSnapshot, FillNotice
from tomking.adapters.tastytrade_order_form import NewLeg, NewOrder
from tomking.adapters.tastytrade_orders import Action, InstrumentType
from tomking.adapters.tastytrade_outcomes import Accepted
from tomking.adapters.tastytrade_session import Secret
from tomking.adapters.tastytrade_stream import AccountStream, StreamSettings
from tomking.clock import SystemTimer
from websockets.sync.client import connect

from benchmarks.figure import Figure

ORDERS = 300
MESSAGES = 5_000
LONG_RUN = 100_000
LEGS = (
    ("SPXW  301220P07200000", Action.BUY_TO_OPEN),
    ("SPXW  301220P07250000", Action.SELL_TO_OPEN),
    ("SPXW  301220C08050000", Action.SELL_TO_OPEN),
    ("SPXW  301220C08100000", Action.BUY_TO_OPEN),
)
TIMER = SystemTimer()


def measure(_: Path) -> Iterator[Figure]:
    """Orders placed one after the other, orders read from the stream, and the memory of a long run."""
    with RemoteFake() as fake:
        # after hours an order only rests: nothing else happens in the server while we measure
        fake.do("conditions", set={"open": False})
        yield _submitting(fake)
        yield _reading(fake)
    yield _lasting()


def _submitting(fake: RemoteFake) -> Figure:
    limiter = RateLimiter(TIMER, rates=dict.fromkeys(Kind, 1e9), overall=1e9)
    with (
        TastytradeClient(fake.address, fake.account, fake.credentials(), TIMER, limiter=limiter) as client,
        httpx.Client(base_url=fake.address) as bare,
    ):
        token = client.bearer()
        assert isinstance(token, Accepted)
        headers = {"Authorization": token.value.reveal(), "User-Agent": "bare/1.0"}
        path = f"/accounts/{fake.account}/orders"
        ours, theirs = [], []
        for count in range(ORDERS):
            order = _order(f"bench-{count}")
            begun = time.perf_counter()
            outcome = client.place(order)
            ours.append(time.perf_counter() - begun)
            assert isinstance(outcome, Accepted)
            begun = time.perf_counter()
            reply = bare.post(path, json=order.body(), headers=headers)
            placed = reply.json()["data"]["order"]["id"]
            theirs.append(time.perf_counter() - begun)
            assert placed > outcome.value.order_id
    return Figure("tastytrade: submit to accepted", "orders", 1 / median(ours), "bare httpx client", 1 / median(theirs))


def _order(identifier: str) -> NewOrder:
    legs = tuple(NewLeg(symbol, InstrumentType.EQUITY_OPTION, action, 1) for symbol, action in LEGS)
    return NewOrder(legs, Decimal("-4.55"), identifier)


def _filled() -> dict[str, Any]:
    """A filled order of four legs; `#` becomes a number of its own in each message."""
    return {
        "id": "#",
        "account-number": "5WT00042",
        "status": "Filled",
        "order-type": "Limit",
        "time-in-force": "Day",
        "size": 1,
        "price": "4.55",
        "price-effect": "Credit",
        "external-identifier": "bench-#",
        "updated-at": 1793890801245,
        "legs": [
            {
                "symbol": symbol,
                "instrument-type": "Equity Option",
                "action": str(action),
                "quantity": 1,
                "remaining-quantity": 0,
                "fills": [
                    {
                        "fill-id": f"fill-#-{number}",
                        "quantity": 1,
                        "fill-price": "4.80",
                        "filled-at": "2026-11-05T15:00:09.411+00:00",
                        "destination-venue": "CBOE_A",
                    }
                ],
            }
            for number, (symbol, action) in enumerate(LEGS)
        ],
    }


def _reading(fake: RemoteFake) -> Figure:
    with TastytradeClient(fake.address, fake.account, fake.credentials(), TIMER) as client:
        token = client.bearer()
        assert isinstance(token, Accepted)
        empty = Accepted(AccountSnapshot((), (), ()))
        stream = AccountStream(fake.stream_address, fake.account, client.bearer, lambda: empty, TIMER)
        stream.start()
        assert stream.wait(10)
        stream.drain()
        begun = time.perf_counter()
        fake.do("repeat", count=MESSAGES, numbered=_filled())
        fills: set[str] = set()
        while len(fills) < 4 * MESSAGES:
            assert stream.wait(10), f"lost: {len(fills)} of {4 * MESSAGES} fills arrived"
            fills |= {notice.fill.fill_id for notice in stream.drain() if isinstance(notice, FillNotice)}
        seconds = time.perf_counter() - begun
        stream.stop()
        with connect(fake.stream_address, compression=None, proxy=None) as wire:
            wire.send(json.dumps({"action": "connect", "value": [fake.account], "auth-token": token.value.reveal()}))
            wire.recv()
            begun = time.perf_counter()
            fake.do("repeat", count=MESSAGES, numbered=_filled())
            for _ in range(MESSAGES):
                json.loads(wire.recv())
            bare = time.perf_counter() - begun
    name = "tastytrade: filled orders read from the stream, none lost"
    return Figure(name, "orders", MESSAGES / seconds, "bare websocket and json", MESSAGES / bare)


def _lasting() -> Figure:
    """A stream of filled orders without a network; its name says by how much the process grew in the later part."""
    texts = json.dumps({"type": "Order", "data": _filled(), "timestamp": 1})
    sizes: list[float] = []
    fills = 0

    class Belt:
        """Message after message as fast as they are taken; the first is the server's answer."""

        def __init__(self) -> None:
            self.count = 0

        def send(self, message: str) -> None:
            pass

        def recv(self, timeout: float | None = None) -> str:
            self.count += 1
            if self.count == 1:
                return '{"action": "connect", "status": "ok"}'
            if self.count > LONG_RUN:
                raise TimeoutError
            if self.count % (LONG_RUN // 5) == 0:
                gc.collect()
                sizes.append(_resident())
            return texts.replace("#", str(self.count))

    empty = Accepted(AccountSnapshot((), (), ()))
    stream = AccountStream(
        "ws://belt",
        "5WT00042",
        lambda _: Accepted(Secret("Bearer t")),
        lambda: empty,
        TIMER,
        StreamSettings(capacity=1_000, patience=60.0, remembered_orders=5_000),
        lambda: nullcontext(Belt()),
    )
    begun = time.perf_counter()
    stream.start()
    while fills < 4 * (LONG_RUN - 1):
        assert stream.wait(10)
        fills += sum(isinstance(notice, FillNotice) for notice in stream.drain())
    seconds = time.perf_counter() - begun
    stream.stop()
    begun = time.perf_counter()
    for number in range(LONG_RUN):
        json.loads(texts.replace("#", str(number)))
    bare = time.perf_counter() - begun
    name = f"tastytrade: {LONG_RUN:,} orders, memory {sizes[-1] - sizes[0]:+.1f} MiB after the first fifth"
    return Figure(name, "orders", LONG_RUN / seconds, "json", LONG_RUN / bare)


def _resident() -> float:
    """Memory of this process, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20
