"""The fake as a process: prints one JSON line with its addresses and lives until its standard input ends."""

from __future__ import annotations

import argparse
import json
import sys

from fakes.tastytrade.server import FakeTastytrade
from fakes.tastytrade.venue import Rules


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fakes.tastytrade", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="draw trouble from this seed; without: none")
    parser.add_argument("--rules", choices=[rule.value for rule in Rules], default=Rules.SIMULATOR.value)
    parser.add_argument("--http-port", type=int, default=0)
    parser.add_argument("--stream-port", type=int, default=0)
    parser.add_argument("--stall", type=float, default=3.0, help="seconds a call that times out is held")
    given = parser.parse_args()
    with FakeTastytrade(given.seed, http_port=given.http_port, stream_port=given.stream_port) as fake:
        fake.venue.conditions.rules = Rules(given.rules)
        fake.stall = given.stall
        hello = {
            "address": fake.address,
            "stream": fake.stream_address,
            "account": fake.account,
            "client_secret": fake.gatekeeper.client_secret,
            "refresh_token": fake.gatekeeper.refresh_token,
        }
        print(json.dumps(hello), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
