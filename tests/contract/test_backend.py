"""The contract suite on every backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from builders import condor, condor_quotes, put_spread, seconds
from contract.cases import CASES, PATIENCE, Room
from contract.lean_room import findings
from fakes.chaotic_backend import ChaoticBackend
from fakes.market import FakeMarket
from fakes.tastytrade_room import TastytradeRoom
from sample_data import LEAN_DATA, MISSING
from tomking.execution.pricing import marketable_limit, package_price
from tomking.market.leg import Leg

STEPS = PATIENCE * 10

LEAN_BROKERAGES = ("TASTYTRADE", "DEFAULT")
"""One that takes no package at market, and one that does."""


class ChaoticRoom:
    """The broker of the crash tests, with no bad habit."""

    remembers_ids = True
    too_many = 10_000

    def __init__(self) -> None:
        self.market = FakeMarket(condor_quotes())
        self.venue = self.backend = ChaoticBackend(self.market, replaces=True, combo_market=True)
        self.venue.buying_power = Decimal(100_000)
        self.legs, self.pair = condor(), put_spread()

    def natural(self, legs: tuple[Leg, ...]) -> Decimal:
        price = package_price(legs, self.market.quote)
        assert price is not None
        return price.natural

    def resting(self, legs: tuple[Leg, ...]) -> Decimal:
        return self.natural(legs) - 5

    def restart(self) -> None:
        self.venue.disconnect()

    def pass_time(self) -> None:
        self.venue.tick(self.venue.now + seconds(1))


class DirectRoom(TastytradeRoom):
    """Tastytrade itself, as far as the fake is it."""

    remembers_ids = True
    too_many = 500

    def __init__(self) -> None:
        super().__init__()
        self.market = FakeMarket(condor_quotes())
        self.legs, self.pair = condor(), put_spread()
        self.quote(self.market.quotes)

    def natural(self, legs: tuple[Leg, ...]) -> Decimal:
        limit = marketable_limit(legs, self.market.quote, 0)
        assert limit is not None
        return limit

    def resting(self, legs: tuple[Leg, ...]) -> Decimal:
        return self.natural(legs) - 5

    def pass_time(self) -> None:
        self.settle()


def run(name: str, room: Room, pass_time: Callable[[], None]) -> None:
    """Take the case's steps, time passing between them."""
    steps = CASES[name](room)
    for taken, _ in enumerate(steps):
        assert taken < STEPS, "the case never ends"
        pass_time()


@pytest.mark.parametrize("name", CASES)
def test_the_chaotic_backend_on_a_calm_day(name: str) -> None:
    room = ChaoticRoom()
    run(name, room, room.pass_time)


@pytest.fixture(scope="module")
def on_lean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    return {name: findings(tmp_path_factory.mktemp(name), name) for name in LEAN_BROKERAGES}


@pytest.fixture(scope="module")
def direct() -> Iterator[DirectRoom]:
    with DirectRoom() as room:
        yield room


@pytest.mark.parametrize("name", CASES)
def test_the_direct_backend_on_the_fake_server(name: str, direct: DirectRoom) -> None:
    run(name, direct, direct.pass_time)


@pytest.mark.skipif(not LEAN_DATA.is_dir(), reason=MISSING)
@pytest.mark.parametrize("brokerage", LEAN_BROKERAGES)
@pytest.mark.parametrize("name", CASES)
def test_leans_backend_on_leansim(name: str, brokerage: str, on_lean: dict[str, dict[str, str]]) -> None:
    assert on_lean[brokerage][name] == ""


def test_every_case_has_a_number_of_its_own() -> None:
    numbers = [name.split()[0] for name in CASES]
    assert numbers == [f"C{count:02d}" for count in range(1, len(CASES) + 1)]
