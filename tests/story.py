"""A desk, an ordinary broker and a modelled market: a test tells days, and looks at what became of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from fakes.chaotic_backend import ChaoticBackend
from modelled_market import RATE, ModelledMarket, Underlying
from tomking.clock import RunId
from tomking.desk import Desk
from tomking.events import Event, ExitReason, FillReason, GroupCreated, IntentDenied, Purpose, Record
from tomking.journal.store import MemoryStore
from tomking.market.calendar import from_new_york, session_date, settles_at
from tomking.market.contract import Contract, Right
from tomking.market.greeks import own_deltas, years_between
from tomking.positions.marks import mark
from tomking.positions.position import MultiLegPosition
from tomking.settings import Settings

ALL_OFF = {"zero_dte.enabled": "false"}


class Story:
    """Everything a scenario needs.

    Attributes:
        events: what was recorded, in order.
        cash: what the account began with.
    """

    def __init__(
        self,
        *underlyings: Underlying,
        begins: date,
        windows: tuple[tuple[int, int], ...],
        cash: int = 100_000,
        vix: str = "16",
        **parameters: str,
    ) -> None:
        names = {name.replace("__", "."): text for name, text in parameters.items()}
        self.settings = Settings.from_parameters({**ALL_OFF, **names})
        self.now: datetime = from_new_york(begins, time(9, 30))
        self.market = ModelledMarket({one.root: one for one in underlyings}, self.now, Decimal(vix), windows)
        self.market.opened = {one.root: Decimal(str(one.price)) for one in underlyings}
        self.venue = ChaoticBackend(self.market)  # type: ignore[arg-type]  # it only asks for quotes
        self.store = MemoryStore()
        self.cash = Decimal(cash)
        self.events: list[Event] = []
        self._runs = 0
        self.desk = self._made()
        self._settle_accounts()
        self.desk.start(self.now)

    def _made(self) -> Desk:
        self._runs += 1
        desk = Desk(
            settings=self.settings,
            backend=self.venue,
            market=self.market,
            store=self.store,
            run=RunId(f"r{self._runs}"),
            mode="live",
            now=self.now,
        )
        desk.ledger.listener = self._heard
        return desk

    def _heard(self, record: Record) -> None:
        self.events.append(record.event)

    def restart(self) -> None:
        """A new process on the same journal and broker."""
        self.venue.disconnect()
        self.desk = self._made()
        self.desk.start(self.now)

    # -- time --------------------------------------------------------------------------------------------------------

    def at(self, day: date, clock: time, seconds: int = 40) -> None:
        """That moment, and the seconds after it."""
        self.now = from_new_york(day, clock)
        for _ in range(seconds // 5):
            self._step()
            self.now += timedelta(seconds=5)

    def _step(self) -> None:
        self.market.set(self.now)
        self._settle_accounts()
        self.venue.tick(self.now)
        self.desk.step(self.now)

    def end_day(self, day: date) -> None:
        """The close of a session."""
        self.now = from_new_york(day, time(16))
        self.market.set(self.now)
        self._settle_accounts()
        self.desk.end_day(self.now)

    def _settle_accounts(self) -> None:
        self.venue.now = self.now
        self.venue.equity = self.venue.cash = self.equity

    # -- what the test moves -----------------------------------------------------------------------------------------

    def price(self, root: str, price: float, volatility: float | None = None) -> None:
        one = self.market.underlyings[root]
        one.price = price
        if volatility is not None:
            one.volatility = volatility

    def move_to_delta(self, contract: Contract, delta: float, days: int = 1) -> None:
        """So many days later the price is where this contract's delta, without its sign, is `delta`; then one look."""
        one = self.market.underlyings[contract.underlying]
        low, high = one.price * 0.6, one.price * 1.4
        moment = self.now + timedelta(days=days)
        years = years_between(moment, settles_at(contract))
        for _ in range(40):
            one.price = (low + high) / 2
            self.market.set(moment)
            quote = self.market.quote(contract)
            assert quote is not None
            found = abs(float(own_deltas([contract], [quote], one.price, years, RATE)[0][0]))
            if (found < delta) == (contract.right is Right.PUT):
                high = one.price
            else:
                low = one.price
        self.at(session_date(moment), time(12))

    def settle(self, contract: Contract, price: str, reason: FillReason) -> None:
        """The exchange takes a whole holding away."""
        quantity = self.venue.book[contract]
        self.venue.settle(f"S{len(self.events)}", contract, -quantity, Decimal(price), reason)

    def deliver(self, contract: Contract, quantity: int, price: str) -> None:
        """An assignment leaves something behind."""
        self.venue.settle(f"D{len(self.events)}", contract, quantity, Decimal(price), FillReason.ASSIGNED)

    # -- what the test sees ------------------------------------------------------------------------------------------

    @property
    def equity(self) -> Decimal:
        """What the account is worth at mids."""
        positions = self.desk.book.positions.values()
        return self.cash + sum((mark(position, self.market, self.now).profit for position in positions), Decimal(0))

    @property
    def positions(self) -> tuple[MultiLegPosition, ...]:
        return self.desk.book.open_positions

    @property
    def only(self) -> MultiLegPosition:
        assert len(self.positions) == 1, (self.positions, self.denials)
        return self.positions[0]

    @property
    def denials(self) -> list[tuple[str, str, str]]:
        return [(each.strategy, each.code, each.text) for each in self.events if isinstance(each, IntentDenied)]

    @property
    def codes(self) -> list[str]:
        return [code for _, code, _ in self.denials]

    def groups(self, purpose: Purpose) -> list[GroupCreated]:
        return [each for each in self.events if isinstance(each, GroupCreated) and each.purpose is purpose]

    @property
    def reasons(self) -> list[ExitReason | None]:
        """Why something was closed, in order."""
        return [group.exit_reason for group in self.groups(Purpose.CLOSE)]

    def held(self, position: MultiLegPosition) -> dict[str, int]:
        """Quantities by right and strike."""
        return {
            f"{one.strike}{one.right.value}" if one.right and one.strike else one.text: quantity
            for one, quantity in position.held.items()
        }
