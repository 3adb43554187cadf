"""From a method and a path to the venue, the ledger and the instruments; JSON in, JSON out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from fakes.tastytrade.instruments import Instruments
from fakes.tastytrade.ledger import effect
from fakes.tastytrade.orders import VenueOrder
from fakes.tastytrade.refusal import Refusal, invalid, not_found
from fakes.tastytrade.venue import Venue

Params = dict[str, list[str]]
Handler = Callable[..., tuple[int, dict[str, Any]]]


class Routes:
    """All calls of the interface but `/oauth/token`.

    Attributes:
        needs_start_date: order-API version 20261012, in which a search without a start is refused.
        page_limit: largest `per-page`; small in tests of paging.
    """

    def __init__(self, venue: Venue, instruments: Instruments) -> None:
        self.needs_start_date = True
        self.page_limit = 200
        self.sessions: dict[str, str] = {"Equity": "Open", "CME": "Open", "CFE": "Open"}
        self._venue = venue
        self._instruments = instruments
        account = rf"/accounts/{re.escape(venue.ledger.number)}"
        number = r"/(\d+)"
        self._table: list[tuple[str, re.Pattern[str], Handler]] = [
            (method, re.compile(path), handler)
            for method, path, handler in (
                ("GET", "/customers/me/accounts", self._accounts),
                ("GET", f"/customers/me{account}", self._account),
                ("GET", f"{account}/balances(?:/(USD))?", self._balances),
                ("GET", f"{account}/positions", self._positions),
                ("GET", f"{account}/trading-status", self._status),
                ("GET", f"{account}/position-limit", self._limit),
                ("GET", f"{account}/transactions", self._transactions),
                ("GET", f"{account}/transactions/total-fees", self._total_fees),
                ("GET", f"/margin{account}/requirements", self._margin),
                ("POST", f"/margin{account}/dry-run", self._margin_dry_run),
                ("POST", f"{account}/orders/dry-run", self._dry_run),
                ("POST", f"{account}/orders", self._place),
                ("GET", f"{account}/orders", self._search),
                ("GET", f"{account}/orders/live", self._live),
                ("GET", f"{account}/orders{number}", self._order),
                ("DELETE", f"{account}/orders{number}", self._cancel),
                ("PUT", f"{account}/orders{number}", self._replace),
                ("PATCH", f"{account}/orders{number}", self._replace),
                ("POST", f"{account}/complex-orders/dry-run", self._complex_dry_run),
                ("POST", f"{account}/complex-orders", self._complex_place),
                ("GET", f"{account}/complex-orders/live", self._complex_live),
                ("GET", f"{account}/complex-orders{number}", self._complex),
                ("DELETE", f"{account}/complex-orders{number}", self._complex_cancel),
                ("GET", r"/instruments/equities/([^/]+)", self._equity),
                ("GET", r"/instruments/equity-options/([^/]+)", self._equity_option),
                ("GET", r"/instruments/futures", self._futures),
                ("GET", r"/instruments/futures/([^/]+)", self._future),
                ("GET", r"/instruments/future-options/([^/]+)", self._future_option),
                ("GET", r"/option-chains/([^/]+)/nested", self._chain),
                ("GET", r"/futures-option-chains/([^/]+)/nested", self._future_chain),
                ("GET", r"/market-time/sessions/current", self._sessions),
                ("GET", r"/market-data/by-type", self._quotes),
            )
        ]

    def answer(self, method: str, path: str, params: Params, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and JSON body.

        Raises:
            Refusal: the call is refused.
        """
        for wanted, pattern, handler in self._table:
            if wanted == method and (found := pattern.fullmatch(path)):
                parts = [unquote(part) for part in found.groups() if part is not None]
                status, reply = handler(*parts, params=params, body=body)
                return status, {**reply, "context": path}
        if re.match(r"(/margin)?/accounts/", path):
            raise Refusal(403, "not_permitted", "User not permitted access")
        raise not_found()

    # -- account --------------------------------------------------------------------------------------------------

    def _accounts(self, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, _items([{"account": self._venue.ledger.account_json(), "authority-level": "owner"}])

    def _account(self, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._venue.ledger.account_json()}

    def _balances(self, currency: str | None = None, **_: Any) -> tuple[int, dict[str, Any]]:
        with self._venue.lock:
            found = self._venue.ledger.balances_json()
        return 200, {"data": found} if currency else _items([found])

    def _positions(self, **_: Any) -> tuple[int, dict[str, Any]]:
        with self._venue.lock:
            ledger = self._venue.ledger
            return 200, _items([ledger.position_json(holding) for holding in ledger.holdings.values()])

    def _status(self, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._venue.ledger.status_json()}

    def _limit(self, **_: Any) -> tuple[int, dict[str, Any]]:
        sizes = {"equity": 50_000, "equity-option": 500, "future": 100, "future-option": 500}
        data: dict[str, Any] = {"id": 42, "account-number": self._venue.ledger.number}
        data |= {f"{kind}-order-size": size for kind, size in sizes.items()}
        data |= {f"{kind}-position-size": size * 10 for kind, size in sizes.items()}
        return 200, {"data": {**data, "underlying-opening-order-limit": 50}}

    def _transactions(self, params: Params, **_: Any) -> tuple[int, dict[str, Any]]:
        with self._venue.lock:
            rows = list(self._venue.ledger.transactions)
        start = params.get("start-date", [""])[0]
        return 200, self._paged([row for row in rows if row["transaction-date"] >= start], params, largest=2000)

    def _total_fees(self, params: Params, **_: Any) -> tuple[int, dict[str, Any]]:
        day = params.get("date", [""])[0]
        with self._venue.lock:
            rows = [row for row in self._venue.ledger.transactions if row["transaction-date"] == day]
        return 200, {"data": effect("total-fees", sum((Decimal(row["commission"]) for row in rows), Decimal(0)))}

    def _margin(self, **_: Any) -> tuple[int, dict[str, Any]]:
        with self._venue.lock:
            return 200, {"data": self._venue.ledger.margin_json()}

    def _margin_dry_run(self, body: Any, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._venue.margin_dry_run(body)}

    # -- orders ---------------------------------------------------------------------------------------------------

    def _dry_run(self, body: Any, **_: Any) -> tuple[int, dict[str, Any]]:
        return 201, {"data": self._venue.dry_run(body)}

    def _place(self, body: Any, **_: Any) -> tuple[int, dict[str, Any]]:
        return 201, {"data": self._venue.place(body)}

    def _search(self, params: Params, **_: Any) -> tuple[int, dict[str, Any]]:
        if self.needs_start_date and not {"start-date", "start-at"} & params.keys():
            raise invalid("start-date", "start-date or start-at is required")
        start = _day(params["start-date"][0]) if "start-date" in params else date.min
        statuses = set(params.get("status[]", []))
        underlying = params.get("underlying-symbol", [None])[0]

        def wanted(order: VenueOrder) -> bool:
            return (
                (order.received_at is None or order.received_at.date() >= start)
                and (not statuses or order.status in statuses)
                and underlying in {None, order.legs[0].contract.underlying}
            )

        return 200, self._order_page(wanted, params)

    def _live(self, params: Params, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, self._order_page(lambda order: True, params)

    def _order_page(self, wanted: Callable[[VenueOrder], bool], params: Params) -> dict[str, Any]:
        with self._venue.lock:
            found = [order.to_json() for order in self._venue.orders.values() if wanted(order)]
        if params.get("sort", ["Desc"])[0] != "Asc":
            found.reverse()
        return self._paged(found, params, largest=self.page_limit)

    def _order(self, order_id: str, **_: Any) -> tuple[int, dict[str, Any]]:
        with self._venue.lock:
            return 200, {"data": self._venue.order(int(order_id)).to_json()}

    def _cancel(self, order_id: str, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._venue.cancel(int(order_id))}

    def _replace(self, order_id: str, body: Any, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._venue.replace(int(order_id), body)}

    def _complex_dry_run(self, body: Any, **_: Any) -> tuple[int, dict[str, Any]]:
        return 201, {"data": self._venue.place_complex(body, dry=True)}

    def _complex_place(self, body: Any, **_: Any) -> tuple[int, dict[str, Any]]:
        return 201, {"data": self._venue.place_complex(body, dry=False)}

    def _complex_live(self, params: Params, **_: Any) -> tuple[int, dict[str, Any]]:
        with self._venue.lock:
            found = [self._venue.complex_json(complex_id) for complex_id in self._venue.complex_orders]
        return 200, self._paged(found, params, largest=self.page_limit)

    def _complex(self, complex_id: str, **_: Any) -> tuple[int, dict[str, Any]]:
        with self._venue.lock:
            return 200, {"data": self._venue.complex_json(int(complex_id))}

    def _complex_cancel(self, complex_id: str, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._venue.cancel_complex(int(complex_id))}

    # -- instruments ----------------------------------------------------------------------------------------------

    def _equity(self, symbol: str, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._instruments.equity(symbol)}

    def _equity_option(self, symbol: str, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._instruments.equity_option(symbol)}

    def _futures(self, params: Params, **_: Any) -> tuple[int, dict[str, Any]]:
        found = [row for code in params.get("product-code[]", []) for row in self._instruments.futures_of(code)]
        return 200, self._paged(found, params, largest=250)

    def _future(self, symbol: str, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._instruments.future(f"/{symbol.removeprefix('/')}")}

    def _future_option(self, symbol: str, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._instruments.future_option(symbol)}

    def _chain(self, symbol: str, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, _items(self._instruments.chain(symbol))

    def _future_chain(self, product: str, **_: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": self._instruments.future_chain(product)}

    def _sessions(self, params: Params, **_: Any) -> tuple[int, dict[str, Any]]:
        day = self._instruments.today
        return 200, _items(
            [
                {
                    "instrument-collection": name,
                    "state": self.sessions[name],
                    "open-at": f"{day}T14:30:00.000+00:00",
                    "close-at": f"{day}T21:00:00.000+00:00",
                    "start-at": f"{day}T13:00:00.000+00:00",
                }
                for name in params.get("instrument-collections[]", [])
                if name in self.sessions
            ]
        )

    def _quotes(self, params: Params, **_: Any) -> tuple[int, dict[str, Any]]:
        kinds = {"equity-option": "Equity Option", "future-option": "Future Option", "future": "Future"}
        rows = []
        with self._venue.lock:
            at = self._venue.now().isoformat(timespec="milliseconds")
            for kind, symbols in params.items():
                for symbol in symbols:
                    quote = self._venue.quotes.get(symbol)
                    if quote is not None:
                        rows.append(
                            {
                                "symbol": symbol,
                                "instrument-type": kinds.get(kind, "Equity"),
                                "updated-at": at,
                                "bid": format(quote.bid, "f"),
                                "bid-size": f"{quote.bid_size}.0",
                                "ask": format(quote.ask, "f"),
                                "ask-size": f"{quote.ask_size}.0",
                                "halt-start-time": -1,
                                "halt-end-time": -1,
                            }
                        )
        return 200, _items(rows)

    def _paged(self, rows: list[dict[str, Any]], params: Params, largest: int) -> dict[str, Any]:
        size = min(int(params.get("per-page", ["100"])[0]), largest)
        page = int(params.get("page-offset", ["0"])[0])
        found = rows[page * size : (page + 1) * size]
        return {
            **_items(found),
            "pagination": {
                "per-page": size,
                "page-offset": page,
                "item-offset": page * size,
                "total-items": len(rows),
                "total-pages": max(1, -(-len(rows) // size)),
                "current-item-count": len(found),
                "previous-link": None,
                "next-link": None,
                "paging-link-template": None,
            },
        }


def _items(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"data": {"items": rows}}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("start-date", "is invalid") from None
