"""Can this login trade? `make sandbox-check` asks everything a live start asks, and places one order far away.

Everything is read-only but for one share of SPY bid at 5.00, which nobody sells: it is placed, seen in the account
stream, replaced by a bid of 4.95 and cancelled. It runs against the sandbox; for production only with ``--read-only``.
Credentials come from the environment, as for the desk (docs/live.md), and are never shown.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_connection import Login, check, login_from
from tomking.adapters.tastytrade_notices import Notice, OrderNotice
from tomking.adapters.tastytrade_order_form import NewLeg, NewOrder, Replacement
from tomking.adapters.tastytrade_orders import Action, InstrumentType, Order
from tomking.adapters.tastytrade_outcomes import Accepted, Outcome, Refused
from tomking.adapters.tastytrade_stream import AccountStream
from tomking.adapters.tastytrade_symbols import TastytradeSymbols
from tomking.adapters.tastytrade_venue import LOOK_BACK
from tomking.clock import SystemTimer, Timer, new_run_id
from tomking.errors import SettingsError, TomKingError
from tomking.market.calendar import session_date

FAR_PRICE = Decimal("5.00")
"""Far below any price of SPY, and above the 3.00 up to which the sandbox's old rules fill at once."""

FARTHER_PRICE = Decimal("4.95")
"""What the order is replaced by."""

PATIENCE = 20.0
"""Seconds for the stream to tell something."""

GRACE = 5.0
"""Seconds in which an order that cannot be changed may become one that can."""

T = TypeVar("T")


class Failed(Exception):
    """A step found something wrong; the text is for the table."""


class Check:
    """The steps, and the table they fill."""

    def __init__(self, login: Login, timer: Timer, now: Callable[[], datetime]) -> None:
        self.table = Table("", "step", "found", title=f"Tastytrade at {login.api}, account {login.account}")
        self.failures = 0
        self._login = login
        self._timer = timer
        self._now = now
        self._client = TastytradeClient(login.api, login.account, login.credentials, timer)
        self._stream = AccountStream(
            login.stream, login.account, self._client.bearer, lambda: self._client.snapshot(self._since), timer
        )
        self._heard: list[Notice] = []

    @property
    def _since(self) -> date:
        return session_date(self._now() - LOOK_BACK)

    def run(self, *, places: bool) -> bool:
        """Take every step; True when nothing was wrong."""
        try:
            self._step("login, account, clock, scopes", self._enter)
            if self.failures == 0:
                for name, step in self._questions():
                    self._step(name, step)
                self._stream.start()
                self._step("account stream", self._connected)
                if places and self.failures == 0:
                    self._step("one far order: placed, streamed, replaced, cancelled", self._place)
        finally:
            self._stream.stop()
            self._client.close()
        return self.failures == 0

    def _step(self, name: str, step: Callable[[], str]) -> None:
        try:
            self.table.add_row("[green]ok", name, step())
        except (Failed, TomKingError) as error:
            self.failures += 1
            self.table.add_row("[red]NO", name, str(error))

    def _questions(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "balances", self._balances
        yield "holdings", self._holdings
        yield "orders of the last days", self._orders
        yield "options on SPX", self._options
        yield "options on ES futures", self._futures

    def _enter(self) -> str:
        check(self._client, self._login, self._now())
        status = value_of(self._client.trading_status())
        return f"options: {status.options_level}; futures: {'enabled' if status.is_futures_enabled else 'not enabled'}"

    def _balances(self) -> str:
        found = value_of(self._client.balances())
        return f"worth {found.net_liquidating_value:,.2f}, buying power {found.derivative_buying_power:,.2f}"

    def _holdings(self) -> str:
        found = [each for each in value_of(self._client.positions()) if each.quantity]
        return ", ".join(f"{each.quantity:+f} {each.symbol}" for each in found) or "none"

    def _orders(self) -> str:
        found = value_of(self._client.search_orders(self._since))
        if found.unreadable:
            raise Failed(f"{len(found.unreadable)} cannot be read: {found.unreadable[0]}")
        return f"{len(found.orders)}, all readable"

    def _options(self) -> str:
        symbols, count = TastytradeSymbols(), 0
        chains = value_of(self._client.option_chain("SPX"))
        symbols.learn_option_chain(chains)
        for chain in chains:
            for strike in (each for expiration in chain.expirations for each in expiration.strikes):
                contract = symbols.contract(strike.call, InstrumentType.EQUITY_OPTION, chain.underlying_symbol)
                count += there_and_back(symbols.symbol(contract), strike.call)
        return f"{count} calls of {', '.join(chain.root_symbol for chain in chains)}: every symbol goes both ways"

    def _futures(self) -> str:
        symbols, count = TastytradeSymbols(), 0
        futures = value_of(self._client.futures("ES"))
        symbols.learn_futures(futures)
        chain = value_of(self._client.future_option_chain("ES"))
        symbols.learn_futures_chain(chain)
        for strike in (each for expiration in chain.expirations for each in expiration.strikes):
            contract = symbols.contract(strike.call, InstrumentType.FUTURE_OPTION)
            count += there_and_back(symbols.symbol(contract), strike.call)
        return f"{count} calls of {len(chain.expirations)} expirations: every symbol goes both ways"

    def _connected(self) -> str:
        self._until(lambda: self._stream.connected, "the stream did not connect")
        return "connected, orders and holdings read again"

    def _place(self) -> str:
        share = NewLeg("SPY", InstrumentType.EQUITY, Action.BUY_TO_OPEN, 1)
        run = new_run_id(self._now())
        order = NewOrder((share,), FAR_PRICE, external_identifier=f"check-{run}-1.{run}.1")
        dry = value_of(self._client.dry_run(order))
        placed = value_of(self._client.place(order)).order_id
        works = placed
        try:
            self._until(lambda: bool(self._said(placed)), "the stream did not tell of the order")
            self._until(lambda: self._said(placed)[-1].cancellable, "the order never became cancellable")
            change = Replacement(FARTHER_PRICE, f"check-{run}-1.{run}.2")
            works = value_of(self._granted(lambda: self._client.replace(placed, change))).order_id or placed
            self._until(lambda: bool(self._said(works)), "the stream did not tell of the replacement")
            self._until(lambda: self._said(works)[-1].cancellable, "the replacement never became cancellable")
        finally:
            asked = self._granted(lambda: self._client.cancel(works))
        value_of(asked)
        for number in (placed, works):
            self._until(lambda number=number: self._said(number)[-1].terminal, f"order {number} did not end: cancel it")
            if filled := self._said(number)[-1].filled:
                raise Failed(f"order {number} was filled far below the market: the account holds {filled} SPY")
        keeps = self._said(works)[-1].external_identifier == change.external_identifier
        kept = "kept our id: live.replaces_orders may be on" if keeps else "LOST our id: leave live.replaces_orders off"
        warned = f", warned: {dry.warnings[0].code}" if dry.warnings else ""
        words = " > ".join(dict.fromkeys(order.status for order in self._said(placed)))
        return f"order {placed}: {words}; its replacement {works} {kept}{warned}"

    def _said(self, order_id: int) -> list[Order]:
        self._heard += self._stream.drain()
        orders = [notice.order for notice in self._heard if isinstance(notice, OrderNotice)]
        return [order for order in orders if order.order_id == order_id]

    def _granted(self, ask: Callable[[], Outcome[T]]) -> Outcome[T]:
        """The answer, asked again for a while when it is a refusal: an order between two states can be changed soon."""
        end = self._timer.elapsed() + GRACE
        while isinstance(answer := ask(), Refused) and self._timer.elapsed() < end:
            self._timer.wait(0.2)
        return answer

    def _until(self, is_so: Callable[[], bool], otherwise: str) -> None:
        end = self._timer.elapsed() + PATIENCE
        while not is_so():
            if self._timer.elapsed() > end:
                raise Failed(f"{otherwise} within {PATIENCE:.0f} s")
            self._timer.wait(0.05)


def value_of(outcome: Outcome[T]) -> T:
    """What was answered.

    Raises:
        Failed: it was refused, or there was no answer.
    """
    match outcome:
        case Accepted(value):
            return value
        case Refused():
            raise Failed(f"refused: {outcome.status} {outcome.code}: {outcome.message}")
        case _:
            raise Failed(f"no answer: {outcome.text}")


def there_and_back(ours: str, theirs: str) -> int:
    """1 for a symbol we write as the broker does.

    Raises:
        Failed: we would not.
    """
    if ours != theirs:
        raise Failed(f"{theirs!r} would be written {ours!r}")
    return 1


def main(arguments: list[str], environment: Mapping[str, str], console: Console) -> int:
    """Print the table; 0 when nothing was wrong, 2 when it could not begin."""
    parser = argparse.ArgumentParser(prog="make sandbox-check", description=__doc__)
    parser.add_argument("--read-only", action="store_true", help="place no order; needed for production")
    given = parser.parse_args(arguments)
    try:
        login = login_from(environment)
    except SettingsError as error:
        console.print(f"[red]{error}", highlight=False)
        return 2
    if login.is_production and not given.read_only:
        console.print("[red]this is production: nothing is placed there; add --read-only", highlight=False)
        return 2
    found = Check(login, SystemTimer(), lambda: datetime.now(UTC))
    is_well = found.run(places=not given.read_only)
    console.print(found.table)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, Console()))
