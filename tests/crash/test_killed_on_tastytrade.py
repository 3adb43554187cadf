"""The operating system ends a process that trades over real sockets; the next one asks the broker first and goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from fakes.tastytrade.remote import RemoteFake
from tomking.adapters.tastytrade_connection import ACCOUNT, API_URL, CLIENT_SECRET, REFRESH_TOKEN, STREAM_URL
from tomking.events import LegFilled, OrderSubmitted
from tomking.journal.journal import journal_prefix
from tomking.journal.reading import read_all
from tomking.journal.store import FileStore

TESTS = Path(__file__).resolve().parents[1]
CHILD = Path(__file__).with_name("direct_child.py")
SYMBOLS = {"SPXW  300118P02690000": ("1.70", "1.80"), "SPXW  300118P02710000": ("2.95", "3.05")}


def child(folder: Path, fake: RemoteFake) -> subprocess.Popen[str]:
    login = {
        CLIENT_SECRET: fake.client_secret,
        REFRESH_TOKEN: fake.refresh_token,
        ACCOUNT: fake.account,
        API_URL: fake.address,
        STREAM_URL: fake.stream_address,
    }
    paths = os.pathsep.join((str(TESTS), str(TESTS.parent / "TomKingAlgorithm")))
    command = [sys.executable, str(CHILD), str(folder), json.dumps(login)]
    surroundings = {**os.environ, "PYTHONPATH": paths}
    return subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


KILLED_AFTER = 2
"""Orders the broker has taken when the process is killed."""


def test_a_killed_process_is_made_good_by_the_next_with_the_brokers_help(tmp_path: Path) -> None:
    with RemoteFake() as fake:
        for symbol, (bid, ask) in SYMBOLS.items():
            fake.quote(symbol, bid, ask)
        first = child(tmp_path, fake)
        deadline = time.monotonic() + 60
        while len(fake.do("look")["submissions"]) < KILLED_AFTER and first.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        first.send_signal(signal.SIGKILL)
        first.communicate(timeout=10)
        assert first.returncode == -signal.SIGKILL, "it was still at work"
        told, errors = child(tmp_path, fake).communicate(timeout=120)
        assert told, errors
        end = json.loads(told)
        state = fake.do("settle")
    assert (end["held"], end["halt"]) == (0, "")
    assert not any(state["positions"].values())
    taken = Counter(each for each in state["submissions"] if each)
    assert max(taken.values()) == 1, "nothing was sent twice"
    events = [record.event for record in read_all(FileStore(tmp_path), journal_prefix("live", "default"))]
    assert set(taken) <= {event.order_id for event in events if isinstance(event, OrderSubmitted)}
    booked = {event.fill_id.partition("/")[2] for event in events if isinstance(event, LegFilled)}
    assert booked == set(state["fills"]), "no fill is lost"
