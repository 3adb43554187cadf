"""A Tastytrade of our own on loopback: real HTTP, a real websocket, the venue behind them, and every bad habit.

    with FakeTastytrade() as fake:                  # a thread inside a test
        fake.venue.quote("SPY   261218P00740000", "4.10", "4.20")
        ... TastytradeClient(fake.address, fake.account, fake.credentials(), SystemTimer())

    python -m fakes.tastytrade --seed 7             # a process, for tests that kill the client

What it accepts and answers follows the payloads and the facts of the reference; the `tastytrade` SDK holds it to that
(tests/unit/tastytrade/test_sdk_drives_the_fake.py). What may go wrong is in `mischief`.
"""

from fakes.tastytrade.server import FakeTastytrade

__all__ = ["FakeTastytrade"]
