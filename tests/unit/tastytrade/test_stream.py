"""The account stream over a real websocket: handshake, heartbeat, silence, gaps, floods; and nothing lost in any."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from decimal import Decimal
from threading import Event

import pytest
from fakes.tastytrade import FakeTastytrade
from fakes.tastytrade.mischief import Behaviour, OnCancel, Rates, StreamFault
from fakes.tastytrade_replies import FrozenTimer, unlimited
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_notices import (
    AccountSnapshot,
    FillNotice,
    Notice,
    OrderNotice,
    PositionNotice,
    StreamDown,
    StreamUp,
    Unmapped,
)
from tomking.adapters.tastytrade_order_form import NewLeg, NewOrder
from tomking.adapters.tastytrade_orders import Action, InstrumentType
from tomking.adapters.tastytrade_outcomes import Accepted, Outcome, Trouble, Unreachable
from tomking.adapters.tastytrade_session import Secret
from tomking.adapters.tastytrade_stream import AccountStream, StreamSettings, Wire
from tomking.clock import SystemTimer

DAY = date(2026, 1, 1)
SHORT, LONG = "SPY   301220P00740000", "SPY   301220P00730000"
QUICK = StreamSettings(heartbeat=5.0, silence=10.0, handshake=5.0, pause=0.01, longest_pause=0.05)
TIMER = SystemTimer()


@pytest.fixture
def fake() -> Iterator[FakeTastytrade]:
    with FakeTastytrade() as server:
        yield server


@pytest.fixture
def client(fake: FakeTastytrade) -> Iterator[TastytradeClient]:
    with TastytradeClient(fake.address, fake.account, fake.credentials(), TIMER, limiter=unlimited(TIMER)) as found:
        yield found


class Ear:
    """A stream and everything it handed on."""

    def __init__(self, stream: AccountStream) -> None:
        self.stream = stream
        self.notices: list[Notice] = []

    def until(self, wanted: Callable[[list[Notice]], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not wanted(self.notices):
            assert time.monotonic() < end, self.notices[-20:]
            self.stream.wait(0.05)
            self.notices += self.stream.drain()

    def of(self, kind: type[Notice]) -> list[Notice]:
        return [notice for notice in self.notices if isinstance(notice, kind)]

    @property
    def fills(self) -> dict[str, tuple[str, int, Decimal]]:
        found = {}
        for notice in self.notices:
            if isinstance(notice, FillNotice):
                assert notice.fill.fill_id not in found, "handed on twice"
                signed = notice.direction * notice.fill.quantity
                found[notice.fill.fill_id] = (notice.symbol, signed, notice.fill.price)
        return found


@pytest.fixture
def listen(fake: FakeTastytrade, client: TastytradeClient) -> Iterator[Callable[..., Ear]]:
    streams: list[AccountStream] = []

    def start(
        settings: StreamSettings = QUICK,
        account: str | None = None,
        bearer: Callable[[Secret | None], Outcome[Secret]] | None = None,
        reread: Callable[[], Outcome[AccountSnapshot]] | None = None,
    ) -> Ear:
        stream = AccountStream(
            fake.stream_address,
            account or fake.account,
            bearer or client.bearer,
            reread or (lambda: client.snapshot(DAY)),
            TIMER,
            settings,
        )
        streams.append(stream)
        stream.start()
        return Ear(stream)

    yield start
    for stream in streams:
        stream.stop()
        assert not stream.alive


def up(times: int) -> Callable[[list[Notice]], bool]:
    return lambda notices: sum(isinstance(notice, StreamUp) for notice in notices) >= times


def ended(status: str) -> Callable[[list[Notice]], bool]:
    return lambda notices: any(isinstance(n, OrderNotice) and n.order.status == status for n in notices)


def spread(identifier: str, units: int = 3) -> NewOrder:
    kind = InstrumentType.EQUITY_OPTION
    legs = (NewLeg(SHORT, kind, Action.SELL_TO_OPEN, units), NewLeg(LONG, kind, Action.BUY_TO_OPEN, units))
    return NewOrder(legs, Decimal("-1.05"), identifier)


def place(client: TastytradeClient, identifier: str, units: int = 3) -> int:
    outcome = client.place(spread(identifier, units))
    assert isinstance(outcome, Accepted), outcome
    return outcome.value.order_id


def test_the_picture_comes_first(fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear]) -> None:
    fake.script.orders.append(Behaviour(fills=(3,)))
    place(client, "before")
    fake.venue.settle()
    ear = listen()
    ear.until(ended("Filled"))
    first = ear.notices[0]
    assert isinstance(first, StreamUp)
    assert [order.external_identifier for order in first.snapshot.orders] == ["before"]
    assert {row.symbol: row.quantity for row in first.snapshot.positions} == {SHORT: -3, LONG: 3}
    assert ear.fills == fake.ledger.fills
    assert ear.stream.connected


def test_a_fill_with_its_positions(fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.until(up(1))
    fake.script.orders.append(Behaviour(fills=(1, 2), skewed=True))
    place(client, "now")
    ear.until(lambda notices: len(ear.of(PositionNotice)) >= 4 and len(ear.fills) == 4)
    assert ear.fills == fake.ledger.fills
    assert [notice.external_identifier for notice in ear.of(FillNotice)] == ["now"] * 4


def test_heartbeats_keep_it_alive(fake: FakeTastytrade, listen: Callable[..., Ear]) -> None:
    fake.streamer.heartbeat_limit = 1.0
    ear = listen(StreamSettings(heartbeat=0.1, silence=1.0, handshake=5.0, pause=0.01, longest_pause=0.05))
    ear.until(lambda notices: fake.streamer.heartbeats >= 15)
    assert ear.of(StreamDown) == []
    assert fake.streamer.connections == 1


def test_silence_ends_a_connection_and_what_happened_meanwhile_is_read(
    fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear]
) -> None:
    ear = listen(StreamSettings(heartbeat=0.1, silence=0.6, handshake=5.0, pause=0.01, longest_pause=0.05))
    ear.until(up(1))
    fake.script.stream.append(StreamFault.SILENCE)
    fake.script.orders.append(Behaviour(fills=(3,)))
    place(client, "unheard")
    ear.until(lambda notices: up(2)(notices) and ended("Filled")(notices))
    assert ear.of(StreamDown) == [StreamDown("silence")]
    assert ear.fills == fake.ledger.fills


def test_a_disconnect_in_the_middle_of_a_fill(
    fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear]
) -> None:
    ear = listen()
    ear.until(up(1))
    # Routed, In Flight, Live and two legs of four arrive, then the line is cut
    fake.script.stream.extend([None, None, None, None, StreamFault.DISCONNECT])
    fake.script.orders.append(Behaviour(fills=(1, 2), skewed=True))
    place(client, "cut")
    ear.until(lambda notices: up(2)(notices) and ended("Filled")(notices))
    ear.until(lambda notices: ear.fills == fake.ledger.fills)


def test_a_message_that_never_came_is_made_good_by_the_next(
    fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear]
) -> None:
    ear = listen()
    ear.until(up(1))
    fake.script.stream.extend([None, None, None, StreamFault.DROP])
    fake.script.orders.append(Behaviour(fills=(1, 2)))
    place(client, "dropped")
    ear.until(ended("Filled"))
    assert ear.fills == fake.ledger.fills
    assert ear.of(StreamDown) == []


@pytest.mark.parametrize(
    "fault",
    [StreamFault.DUPLICATE, StreamFault.REORDER, StreamFault.UNKNOWN, StreamFault.GARBAGE, StreamFault.LARGE],
)
def test_every_message_spoiled(
    fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear], fault: StreamFault
) -> None:
    ear = listen()
    ear.until(up(1))
    fake.script.stream.extend([fault] * 40)
    fake.script.orders.append(Behaviour(fills=(1, 2), skewed=True))
    place(client, "spoiled")
    fake.venue.settle()
    ear.until(ended("Filled"))
    ear.until(lambda notices: ear.fills == fake.ledger.fills)
    assert ear.of(StreamDown) == []
    if fault in {StreamFault.UNKNOWN, StreamFault.GARBAGE}:
        assert {(notice.kind, notice.problem) for notice in ear.of(Unmapped)} <= {
            ("SomethingNew", ""),
            ("", "not JSON"),
        }
        assert len(ear.of(Unmapped)) >= 7


def test_a_status_nobody_knows_is_handed_on(
    fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear]
) -> None:
    ear = listen()
    ear.until(up(1))
    fake.script.orders.append(Behaviour(status="Dead"))
    place(client, "strange")
    ear.until(ended("Dead"))
    assert ear.stream.connected


def test_an_order_that_cannot_be_read_is_named(fake: FakeTastytrade, listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.until(up(1))
    fake.streamer.say('{"type": "Order", "data": {"id": 77, "account-number": "5WT00042", "status": "Live"}}')
    ear.until(lambda notices: bool(ear.of(Unmapped)))
    assert ear.of(Unmapped) == [Unmapped("Order", "data.order-type: text is needed", 77)]


def test_a_token_without_the_word_bearer_is_no_subscription(
    fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear]
) -> None:
    """The server then answers heartbeats and tells nothing: it must count as no connection."""
    answers = iter([Accepted(Secret("fake-access-token-000001"))] * 2)
    ear = listen(bearer=lambda refused: next(answers, None) or client.bearer())
    ear.until(up(1))
    (found,) = ear.of(StreamUp)
    assert isinstance(found, StreamUp)
    assert found.attempt == 3


def test_a_token_that_was_revoked_is_fetched_anew(fake: FakeTastytrade, listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.until(up(1))
    fake.gatekeeper.revoke()
    fake.streamer.disconnect()
    ear.until(up(2))
    assert fake.gatekeeper.refreshes == 2


def test_another_account_is_refused(fake: FakeTastytrade, listen: Callable[..., Ear]) -> None:
    ear = listen(account="5WT99999")
    time.sleep(0.3)
    assert ear.stream.drain() == []
    assert not ear.stream.connected
    assert ear.stream.alive


def test_without_the_picture_there_is_no_stream(
    fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear]
) -> None:
    failures = iter([Unreachable(Trouble.NO_ANSWER, "silence", left=True)] * 3)
    ear = listen(reread=lambda: next(failures, None) or client.snapshot(DAY))
    ear.until(up(1))
    assert fake.streamer.connections == 4
    assert ear.of(StreamDown) == []


def test_a_flood_nobody_takes_ends_the_connection_and_loses_nothing(
    fake: FakeTastytrade, client: TastytradeClient, listen: Callable[..., Ear]
) -> None:
    ear = listen(
        StreamSettings(heartbeat=5, silence=10, handshake=5, pause=0.01, longest_pause=0.05, patience=0.05, capacity=8)
    )
    ear.until(up(1))
    for count in range(10):
        fake.script.orders.append(Behaviour(fills=(1, 1, 1), skewed=True))
        place(client, f"flood-{count}")
    fake.venue.settle()
    while fake.streamer.connections < 2:
        time.sleep(0.01)
    ear.until(lambda notices: len(ear.fills) == 60)
    assert ear.fills == fake.ledger.fills
    downs = [notice.reason for notice in ear.of(StreamDown) if isinstance(notice, StreamDown)]
    assert downs
    assert set(downs) == {"nobody takes the notices"}


def test_it_waits_longer_with_each_attempt_that_fails() -> None:
    class Waits(Event):
        def __init__(self) -> None:
            super().__init__()
            self.spans: list[float | None] = []

        def wait(self, timeout: float | None = None) -> bool:
            self.spans.append(timeout)
            if len(self.spans) == 8:
                self.set()
            return super().wait(0)

    def dial() -> AbstractContextManager[Wire]:
        raise ConnectionRefusedError

    settings = StreamSettings(pause=1.0, longest_pause=20.0)
    no_token = Unreachable(Trouble.NO_TOKEN, "", left=False)
    stream = AccountStream(
        "ws://nowhere", "5WT00042", lambda refused: no_token, lambda: no_token, FrozenTimer(), settings, dial
    )
    waits = Waits()
    stream._stopping = waits
    stream.start()
    stream._thread.join(10)
    assert waits.spans == [1, 2, 4, 8, 16, 20, 20, 20]


def test_a_server_that_never_answers_the_subscription() -> None:
    timer = FrozenTimer()

    class Mute:
        def send(self, message: str) -> None:
            sent.append(message)

        def recv(self, timeout: float | None = None) -> str:
            timer.at += timeout or 0
            if timer.at > 1_100:
                stream._stopping.set()
            raise TimeoutError

    sent: list[str] = []
    token = Accepted(Secret("Bearer t"))
    stream = AccountStream(
        "ws://nowhere",
        "5WT00042",
        lambda refused: token,
        lambda: Unreachable(Trouble.NO_ANSWER, "", left=True),
        timer,
        StreamSettings(handshake=10, pause=0.001, longest_pause=0.001),
        lambda: nullcontext(Mute()),
    )
    stream.start()
    stream._thread.join(10)
    assert not stream.alive
    assert len(sent) == 11  # one subscription each ten seconds of its patience
    assert stream.drain() == []


def test_a_refusal_does_not_carry_the_token() -> None:
    class Echo:
        def send(self, message: str) -> None:
            pass

        def recv(self, timeout: float | None = None) -> str:
            return '{"action": "connect", "status": "error", "message": "bad token my-token"}'

    stream = AccountStream(
        "ws://nowhere",
        "5WT00042",
        lambda refused: Accepted(Secret("Bearer my-token")),
        lambda: Unreachable(Trouble.NO_ANSWER, "", left=True),
        TIMER,
        QUICK,
        lambda: nullcontext(Echo()),
    )
    assert stream._live(1) == "subscription refused: bad token ***"


@pytest.mark.parametrize("seed", range(6))
def test_a_hostile_day(seed: int) -> None:
    """Duplicates, reordering, loss, cuts, garbage, leg by leg, late fills: every fill of the venue, each once."""
    with FakeTastytrade(seed, Rates(order=0.6, write=0.0, read=0.0, stream=0.3)) as fake:
        fake.venue.conditions.step = 0.001
        fake.venue.quote(SHORT, "4.10", "4.20")
        fake.venue.quote(LONG, "3.00", "3.05")
        fake.ledger.cash = Decimal(10_000_000)
        with TastytradeClient(
            fake.address, fake.account, fake.credentials(), TIMER, limiter=unlimited(TIMER)
        ) as client:
            stream = AccountStream(
                fake.stream_address, fake.account, client.bearer, lambda: client.snapshot(DAY), TIMER, QUICK
            )
            ear = Ear(stream)
            stream.start()
            ear.until(up(1))
            for count in range(25):
                order_id = place(client, f"life-{count}")
                if count % 3 == 0:
                    client.cancel(order_id)
            fake.venue.settle()
            for order in list(fake.venue.orders.values()):
                if not order.terminal and order.behaviour.on_cancel is not OnCancel.IGNORE:
                    client.cancel(order.order_id or 0)
            fake.venue.settle()
            before = len(ear.of(StreamUp))
            fake.streamer.disconnect()
            ear.until(up(before + 1))
            ear.until(lambda notices: ear.fills == fake.ledger.fills)
            stream.stop()
            assert len(fake.ledger.fills) > 20
