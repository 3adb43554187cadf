"""Tastytrade's REST interface as typed calls, each ending in an outcome: accepted, refused or unreachable.

A call blocks its thread until its outcome is known or its timeout is over, so LEAN's threads never make one. Calls may
be made from several threads at once. Nothing raises for what the network or the broker does, and nothing that could
have arrived is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from tomking.adapters.tastytrade_account import (
    Account,
    Balances,
    MarginReport,
    Position,
    PositionLimit,
    TradingStatus,
    Transaction,
    read_account,
    read_balances,
    read_margin_report,
    read_position,
    read_position_limit,
    read_trading_status,
    read_transaction,
)
from tomking.adapters.tastytrade_envelope import MOST_PAGES, PAGE_SIZE, data_of, items_of, page_of
from tomking.adapters.tastytrade_fields import Row, UnreadablePayload
from tomking.adapters.tastytrade_gate import Gate
from tomking.adapters.tastytrade_http import USER_AGENT, Http, Transport, quoted
from tomking.adapters.tastytrade_instruments import (
    Equity,
    EquityOption,
    Future,
    FutureOption,
    FutureOptionChain,
    FutureOptionProduct,
    MarketQuote,
    MarketSession,
    OptionChain,
    QuoteToken,
    read_equity,
    read_equity_option,
    read_future,
    read_future_option,
    read_future_option_chain,
    read_future_option_product,
    read_market_quote,
    read_market_session,
    read_option_chain,
    read_quote_token,
)
from tomking.adapters.tastytrade_limits import CircuitBreaker, CircuitSettings, CircuitState, Kind, RateLimiter
from tomking.adapters.tastytrade_notices import AccountSnapshot
from tomking.adapters.tastytrade_order_form import NewComplexOrder, NewOrder, Replacement
from tomking.adapters.tastytrade_orders import ComplexOrder, Order, read_complex_order, read_order
from tomking.adapters.tastytrade_outcomes import Accepted, Outcome, Trouble, Unreachable
from tomking.adapters.tastytrade_replies import (
    ComplexReply,
    DryRun,
    Placed,
    read_complex_reply,
    read_dry_run,
    read_placed,
)
from tomking.adapters.tastytrade_session import Credentials, Secret, Session, SessionSettings
from tomking.clock import Timer

T = TypeVar("T")

PRODUCTION = "https://api.tastyworks.com"
SANDBOX = "https://api.cert.tastyworks.com"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds a call may take from sending to the last byte.

    Attributes:
        read: questions about the account, orders and single instruments.
        chain: option chains, which are large.
        write: orders, dry runs, cancels, replaces; the sandbox was seen to take 2 s.
    """

    read: float = 10.0
    chain: float = 30.0
    write: float = 20.0


@dataclass(frozen=True, slots=True)
class OrderList:
    """Orders of all pages.

    Attributes:
        unreadable: for each order that could not be read (somebody's order of a kind we do not know) its id and why.
    """

    orders: tuple[Order, ...]
    unreadable: tuple[str, ...]


class TastytradeClient:
    """The calls of one account.

    Args:
        address: `PRODUCTION`, `SANDBOX` or a local server.
        account: account number, `5WT…`.
        timer: elapsed time and waiting.
        transport: replaces the network; for tests.
    """

    def __init__(
        self,
        address: str,
        account: str,
        credentials: Credentials,
        timer: Timer,
        *,
        transport: Transport | None = None,
        timeouts: Timeouts | None = None,
        session: SessionSettings | None = None,
        circuit: CircuitSettings | None = None,
        limiter: RateLimiter | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        self.account = account
        self._timeouts = timeouts or Timeouts()
        self._http = Http(address, timer, transport, user_agent)
        self._session = Session(self._http, credentials, timer, session)
        self._breaker = CircuitBreaker(timer, circuit)
        self._gate = Gate(self._http, self._session, limiter or RateLimiter(timer), self._breaker)
        self._path = f"/accounts/{quoted(account)}"

    def bearer(self, refused: Secret | None = None) -> Outcome[Secret]:
        """The value of the `Authorization` header, refreshed when needed; for the account stream.

        Args:
            refused: a value that was not taken; another one is fetched.
        """
        return self._session.bearer() if refused is None else self._session.renew(refused)

    @property
    def circuit(self) -> CircuitState:
        """Whether calls go out at all."""
        return self._breaker.state

    @property
    def server_time(self) -> datetime | None:
        """Tastytrade's clock by its latest answer, to the second; None before the first."""
        return self._http.server_time

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- the account ----------------------------------------------------------------------------------------------

    def accounts(self) -> Outcome[tuple[Account, ...]]:
        """The accounts the grant may see."""
        return self._read("/customers/me/accounts", Kind.ACCOUNTS, items_of(read_account))

    def balances(self, currency: str = "USD") -> Outcome[Balances]:
        """Account value and buying power in one currency."""
        return self._read(f"{self._path}/balances/{quoted(currency)}", Kind.BALANCES, data_of(read_balances))

    def all_balances(self) -> Outcome[tuple[Balances, ...]]:
        """The same for every currency the account has."""
        return self._read(f"{self._path}/balances", Kind.BALANCES, items_of(read_balances))

    def positions(self) -> Outcome[tuple[Position, ...]]:
        """All holdings; rows of quantity 0 may be among them. The ledger can lag behind a fill for a moment."""
        return self._read(f"{self._path}/positions", Kind.POSITIONS, items_of(read_position))

    def trading_status(self) -> Outcome[TradingStatus]:
        """What the account may do."""
        return self._read(f"{self._path}/trading-status", Kind.STATUS, data_of(read_trading_status))

    def position_limit(self) -> Outcome[PositionLimit]:
        """Largest orders and positions."""
        return self._read(f"{self._path}/position-limit", Kind.REPORTS, data_of(read_position_limit))

    def margin_requirements(self) -> Outcome[MarginReport]:
        """The margin report by underlying."""
        path = f"/margin/accounts/{quoted(self.account)}/requirements"
        return self._read(path, Kind.REPORTS, data_of(read_margin_report))

    def margin_dry_run(self, order: NewOrder, underlying: str, underlying_type: str) -> Outcome[MarginReport]:
        """The margin report as it would be with an order on; nothing is placed."""
        body = {
            "account-number": self.account,
            "underlying-symbol": underlying,
            "underlying-instrument-type": underlying_type,
            **order.body(),
        }
        path = f"/margin/accounts/{quoted(self.account)}/dry-run"
        return self._write("POST", path, data_of(read_margin_report), body)

    def transactions(self, start: date) -> Outcome[tuple[Transaction, ...]]:
        """Bookings since a day, all pages."""
        return self._paged(f"{self._path}/transactions", Kind.REPORTS, read_transaction, (("start-date", str(start)),))

    def total_fees(self, day: date) -> Outcome[Decimal]:
        """All fees of one day, paid positive."""
        params = (("date", str(day)),)
        return self._read(f"{self._path}/transactions/total-fees", Kind.REPORTS, data_of(_total_fees), params)

    # -- orders ---------------------------------------------------------------------------------------------------

    def dry_run(self, order: NewOrder) -> Outcome[DryRun]:
        """What Tastytrade would say of an order."""
        return self._write("POST", f"{self._path}/orders/dry-run", data_of(read_dry_run), order.body())

    def place(self, order: NewOrder) -> Outcome[Placed]:
        """Place an order, once. `Unreachable` with `left` means: look it up by identifier, never place it again."""
        return self._write("POST", f"{self._path}/orders", data_of(read_placed), order.body())

    def order(self, order_id: int) -> Outcome[Order]:
        """One order; refused with status 404 when there is none."""
        return self._read(f"{self._path}/orders/{order_id}", Kind.ORDERS, data_of(_order_with_id))

    def search_orders(
        self, start: date, *, underlying: str | None = None, statuses: Iterable[str] = ()
    ) -> Outcome[OrderList]:
        """Orders since a day (US Eastern), all pages, oldest first.

        The broker cannot search by our identifier: compare `external_identifier` of what is found.
        """
        params = [("start-date", str(start)), ("sort", "Asc")]
        params += [("status[]", str(status)) for status in statuses]
        if underlying is not None:
            params.append(("underlying-symbol", underlying))
        return self._order_list(f"{self._path}/orders", tuple(params))

    def orders_today(self) -> Outcome[OrderList]:
        """Every order of today in any status. Not for polling: Tastytrade may suspend who polls it."""
        return self._order_list(f"{self._path}/orders/live", ())

    def cancel(self, order_id: int) -> Outcome[Order]:
        """Ask for an order to end; accepted means requested. `Cancelled` or `Filled` follows, in the stream."""
        return self._write("DELETE", f"{self._path}/orders/{order_id}", data_of(_order_with_id))

    def replace(self, order_id: int, change: Replacement) -> Outcome[Order]:
        """Replace an order; the answer is the new order, waiting for the old one's end.

        Not atomic: a fill of the old order aborts the new one, and the old one ends as `Cancelled`.
        """
        return self._write("PUT", f"{self._path}/orders/{order_id}", data_of(_order_with_id), change.body())

    def dry_run_complex(self, order: NewComplexOrder) -> Outcome[ComplexReply]:
        """What Tastytrade would say of a complex order."""
        return self._write("POST", f"{self._path}/complex-orders/dry-run", data_of(read_complex_reply), order.body())

    def place_complex(self, order: NewComplexOrder) -> Outcome[ComplexReply]:
        """Place a complex order, once."""
        return self._write("POST", f"{self._path}/complex-orders", data_of(_complex_reply_with_id), order.body())

    def complex_order(self, order_id: int) -> Outcome[ComplexOrder]:
        """One complex order."""
        return self._read(f"{self._path}/complex-orders/{order_id}", Kind.ORDERS, data_of(read_complex_order))

    def complex_orders_today(self) -> Outcome[tuple[ComplexOrder, ...]]:
        """Complex orders of today in any status."""
        return self._paged(f"{self._path}/complex-orders/live", Kind.ORDERS, read_complex_order, ())

    def cancel_complex(self, order_id: int) -> Outcome[ComplexOrder]:
        """Ask for a complex order and all its children to end."""
        return self._write("DELETE", f"{self._path}/complex-orders/{order_id}", data_of(read_complex_order))

    def snapshot(self, start: date) -> Outcome[AccountSnapshot]:
        """All orders since a day and all positions; what the stream reads again after a gap."""
        found = self.search_orders(start)
        if not isinstance(found, Accepted):
            return found
        held = self.positions()
        if not isinstance(held, Accepted):
            return held
        return Accepted(AccountSnapshot(found.value.orders, found.value.unreadable, held.value))

    # -- instruments ----------------------------------------------------------------------------------------------

    def equity(self, symbol: str) -> Outcome[Equity]:
        """A share or an index with its tick tables."""
        return self._read(f"/instruments/equities/{quoted(symbol)}", Kind.INSTRUMENT, data_of(read_equity))

    def equity_option(self, symbol: str) -> Outcome[EquityOption]:
        """An option by its 21-character symbol."""
        return self._read(f"/instruments/equity-options/{quoted(symbol)}", Kind.INSTRUMENT, data_of(read_equity_option))

    def option_chain(self, underlying: str) -> Outcome[tuple[OptionChain, ...]]:
        """All options on a share or an index: one chain for each root."""
        return self._read(f"/option-chains/{quoted(underlying)}/nested", Kind.CHAIN, items_of(read_option_chain))

    def future(self, symbol: str) -> Outcome[Future]:
        """A future by its symbol, `/ESZ6`."""
        path = f"/instruments/futures/{quoted(symbol.removeprefix('/'))}"
        return self._read(path, Kind.INSTRUMENT, data_of(read_future))

    def futures(self, product_code: str) -> Outcome[tuple[Future, ...]]:
        """The futures of a product, `ES`."""
        return self._paged("/instruments/futures", Kind.CHAIN, read_future, (("product-code[]", product_code),))

    def future_option(self, symbol: str) -> Outcome[FutureOption]:
        """An option on a future by its symbol, `./ESZ6 EW4X6 261127P7300`."""
        return self._read(f"/instruments/future-options/{quoted(symbol)}", Kind.INSTRUMENT, data_of(read_future_option))

    def future_option_products(self) -> Outcome[tuple[FutureOptionProduct, ...]]:
        """The families of options on futures."""
        return self._read("/instruments/future-option-products", Kind.CHAIN, items_of(read_future_option_product))

    def future_option_chain(self, product_code: str) -> Outcome[FutureOptionChain]:
        """All options on the futures of a product, with tick tables by expiration."""
        path = f"/futures-option-chains/{quoted(product_code)}/nested"
        return self._read(path, Kind.CHAIN, data_of(read_future_option_chain))

    def market_sessions(self, collections: Iterable[str] = ("Equity",)) -> Outcome[tuple[MarketSession, ...]]:
        """The present sessions of markets: `Equity`, `CME`, `CFE`."""
        params = tuple(("instrument-collections[]", collection) for collection in collections)
        return self._read("/market-time/sessions/current", Kind.MARKET_DATA, items_of(read_market_session), params)

    def quotes(self, symbols: Mapping[str, Iterable[str]]) -> Outcome[tuple[MarketQuote, ...]]:
        """Top of book, at most 100 symbols in all.

        Args:
            symbols: by kind, `equity-option`, `future-option`, `future`, `equity`, `index`.
        """
        params = tuple((kind, symbol) for kind, names in symbols.items() for symbol in names)
        return self._read("/market-data/by-type", Kind.MARKET_DATA, items_of(read_market_quote), params)

    def quote_token(self) -> Outcome[QuoteToken]:
        """Access to the quote stream."""
        return self._read("/api-quote-tokens", Kind.MARKET_DATA, data_of(read_quote_token))

    # -- how ------------------------------------------------------------------------------------------------------

    def _read(
        self, path: str, kind: Kind, read: Callable[[Row], T], params: tuple[tuple[str, str], ...] = ()
    ) -> Outcome[T]:
        timeout = self._timeouts.chain if kind is Kind.CHAIN else self._timeouts.read
        return self._gate.ask("GET", path, kind, timeout, read, params)

    def _write(
        self, method: str, path: str, read: Callable[[Row], T], body: Mapping[str, object] | None = None
    ) -> Outcome[T]:
        return self._gate.ask(method, path, Kind.ORDERS, self._timeouts.write, read, body=body)

    def _order_list(self, path: str, params: tuple[tuple[str, str], ...]) -> Outcome[OrderList]:
        found = self._paged(path, Kind.ORDERS, _order_or_problem, params)
        if not isinstance(found, Accepted):
            return found
        # a page may repeat an order when another one came in meanwhile; its last appearance is the newest
        orders = {item.order_id: item for item in found.value if isinstance(item, Order)}
        return Accepted(OrderList(tuple(orders.values()), tuple(item for item in found.value if isinstance(item, str))))

    def _paged(
        self, path: str, kind: Kind, read: Callable[[Row], T], params: tuple[tuple[str, str], ...]
    ) -> Outcome[tuple[T, ...]]:
        """All pages, or none: half a list would read as "no such order"."""
        found: list[T] = []
        for page in range(MOST_PAGES):
            paging = (*params, ("per-page", str(PAGE_SIZE)), ("page-offset", str(page)))
            outcome = self._read(path, kind, partial(page_of, read, page), paging)
            if not isinstance(outcome, Accepted):
                return outcome
            items, pages = outcome.value
            found += items
            if page + 1 >= pages:
                return Accepted(tuple(found))
        return Unreachable(Trouble.BAD_ANSWER, f"GET {path}: more than {MOST_PAGES} pages", left=True)


def _total_fees(row: Row) -> Decimal:
    return row.debit("total-fees")


def _order_or_problem(row: Row) -> Order | str:
    try:
        return _order_with_id(row)
    except UnreadablePayload as problem:
        return f"order {row.whole('id')}: {problem}"  # an order without an id leaves the whole list unread


def _order_with_id(row: Row) -> Order:
    row.whole("id")
    return read_order(row)


def _complex_reply_with_id(row: Row) -> ComplexReply:
    row.row("complex-order").whole("id")
    return read_complex_reply(row)
