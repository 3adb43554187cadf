"""Scripting a fake that runs as a process: `POST /_fake` with what to do; the answer is the state it is in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.request import Request, urlopen

from fakes.tastytrade.mischief import Behaviour, Fault, OnCancel, StreamFault
from tomking.adapters.tastytrade_session import Credentials, Secret

if TYPE_CHECKING:
    from fakes.tastytrade.server import FakeTastytrade


def obey(fake: FakeTastytrade, wish: dict[str, Any]) -> dict[str, Any]:
    """Do one thing to the fake and tell its state."""
    match wish.get("do", "look"):
        case "quote":
            fake.venue.quote(wish["symbol"], wish["bid"], wish["ask"], wish["bid_size"], wish["ask_size"])
        case "fail":
            fake.script.fail(wish["method"], wish["path"], *(Fault(word) for word in wish["faults"]))
        case "stream":
            fake.script.stream.extend(StreamFault(word) if word else None for word in wish["faults"])
        case "behave":
            fields = dict(wish["behaviour"])
            fills = fields.pop("fills", None)
            habit = OnCancel(fields.pop("on_cancel", OnCancel.CANCEL.value))
            chunks = None if fills is None else tuple(fills)
            fake.script.orders.append(Behaviour(fills=chunks, on_cancel=habit, **fields))
        case "fill":
            fake.venue.fill(wish["order"], wish["units"])
        case "settle":
            fake.venue.settle()
        case "disconnect":
            fake.streamer.disconnect()
        case "conditions":
            fake.venue.conditions = replace(fake.venue.conditions, **wish["set"])
        case "repeat":
            fake.streamer.repeat(wish["count"], wish["numbered"])
        case "look":
            pass
        case other:
            raise ValueError(f"the fake cannot {other}")
    with fake.venue.lock:
        return {
            "submissions": fake.venue.submissions,
            "positions": fake.ledger.positions(),
            "fills": sorted(fake.ledger.fills),
            "orders": [order.to_json() for order in fake.venue.orders.values()],
            "requests": len(fake.requests),
        }


class RemoteFake:
    """The fake as a process of its own: it outlives whoever it serves, and ends with this `with`."""

    def __init__(self, *arguments: str) -> None:
        tests = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fakes.tastytrade", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=tests,
            env={"PYTHONPATH": f"{tests}:{tests.parent / 'TomKingAlgorithm'}", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert self._process.stdout is not None
        hello = json.loads(self._process.stdout.readline())
        self.address: str = hello["address"]
        self.stream_address: str = hello["stream"]
        self.account: str = hello["account"]
        self.client_secret: str = hello["client_secret"]
        self.refresh_token: str = hello["refresh_token"]

    def do(self, what: str, **wish: Any) -> dict[str, Any]:
        """One of `obey`'s wishes; returns the fake's state."""
        body = json.dumps({"do": what, **wish}).encode()
        with urlopen(Request(f"{self.address}/_fake", body, method="POST"), timeout=10) as answer:
            state: dict[str, Any] = json.load(answer)
        return state

    def quote(self, symbol: str, bid: str, ask: str, bid_size: int = 100, ask_size: int = 100) -> dict[str, Any]:
        return self.do("quote", symbol=symbol, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)

    def fail(self, method: str, path: str, faults: Sequence[Fault]) -> dict[str, Any]:
        return self.do("fail", method=method, path=path, faults=[fault.value for fault in faults])

    def credentials(self) -> Credentials:
        return Credentials(Secret(self.client_secret), Secret(self.refresh_token))

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
