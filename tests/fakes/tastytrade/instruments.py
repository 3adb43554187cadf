"""The instruments the fake knows: chains as a test lists them, single ones from their symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from fakes.tastytrade.contracts import (
    FUTURE_MULTIPLIER,
    FUTURE_TICK,
    INDICES,
    NICKEL,
    OPTION_TICKS,
    Contract,
    Ticks,
    read_symbol,
)
from fakes.tastytrade.refusal import not_found

_MONTHS = "FGHJKMNQUVXZ"


@dataclass
class Listing:
    """One expiration of one root; `future` is empty for shares and indices."""

    root: str
    underlying: str
    expiration: date
    strikes: tuple[Decimal, ...]
    kind: str
    settlement: str
    future: str = ""
    contract_code: str = ""


@dataclass
class Instruments:
    """What exists. `symbols` grows with every listing, for a venue that trades listed symbols only."""

    today: date = date(2026, 11, 5)
    listings: list[Listing] = field(default_factory=list)
    futures: dict[str, date] = field(default_factory=dict)
    symbols: set[str] = field(default_factory=set)
    streamer_symbols: bool = True

    def list_options(
        self,
        root: str,
        expiration: date,
        strikes: Sequence[str],
        underlying: str | None = None,
        kind: str = "Regular",
        settlement: str = "PM",
    ) -> None:
        """Options on a share or an index."""
        found = tuple(Decimal(strike) for strike in strikes)
        listing = Listing(root, underlying or root, expiration, found, kind, settlement)
        self.listings.append(listing)
        self.symbols |= {symbol for row in self._strikes(listing) for symbol in (row["call"], row["put"])}

    def list_future_options(
        self, product: str, future: str, code: str, expiration: date, strikes: Sequence[str], kind: str = "Weekly"
    ) -> None:
        """Options on a future: product `ES`, future `/ESZ6`, contract code `EW4X6`."""
        found = tuple(Decimal(strike) for strike in strikes)
        listing = Listing(code[:-2], product, expiration, found, kind, "PM", future, code)
        self.listings.append(listing)
        self.symbols |= {symbol for row in self._strikes(listing) for symbol in (row["call"], row["put"])}

    def list_future(self, symbol: str, expiration: date) -> None:
        self.futures[symbol] = expiration
        self.symbols.add(symbol)

    # -- as told --------------------------------------------------------------------------------------------------

    def equity(self, symbol: str) -> dict[str, Any]:
        return {
            "id": 1,
            "symbol": symbol,
            "instrument-type": "Equity",
            "cusip": None,
            "short-description": symbol,
            "is-index": symbol in INDICES,
            "listed-market": "XNAS",
            "description": symbol,
            "lendability": "Easy To Borrow",
            "borrow-rate": "0.0",
            "market-time-instrument-collection": "Equity",
            "is-closing-only": False,
            "is-options-closing-only": False,
            "active": True,
            "is-illiquid": False,
            "is-etf": symbol in {"SPY", "QQQ", "IWM"},
            "streamer-symbol": symbol,
            "tick-sizes": _ticks((("0.0001", "1.0"), ("0.01", None))),
            "option-tick-sizes": _ticks(OPTION_TICKS.get(symbol, NICKEL)),
        }

    def equity_option(self, symbol: str) -> dict[str, Any]:
        contract = read_symbol(symbol, "Equity Option")
        root = symbol[:6].strip()
        return {
            "symbol": symbol,
            "instrument-type": "Equity Option",
            "active": True,
            "strike-price": _number(contract.strike),
            "root-symbol": root,
            "underlying-symbol": contract.underlying,
            "expiration-date": str(contract.expiration),
            "exercise-style": "European" if contract.product in INDICES else "American",
            "shares-per-contract": 100,
            "option-type": contract.right,
            "option-chain-type": "Standard",
            "expiration-type": "Regular",
            "settlement-type": "AM" if root in INDICES and root != "XSP" else "PM",
            "stops-trading-at": f"{contract.expiration}T21:00:00.000+00:00",
            "market-time-instrument-collection": "Equity Option",
            "days-to-expiration": self._days(contract),
            "expires-at": f"{contract.expiration}T21:00:00.000+00:00",
            "is-closing-only": False,
            "streamer-symbol": self._streamer(contract),
        }

    def future(self, symbol: str) -> dict[str, Any]:
        expiration = self.futures.get(symbol)
        if expiration is None:
            raise not_found()
        product = read_symbol(symbol, "Future").product
        return {
            "symbol": symbol,
            "product-code": product,
            "contract-size": "1.0",
            "tick-size": FUTURE_TICK.get(product, "0.01"),
            "notional-multiplier": f"{FUTURE_MULTIPLIER.get(product, 1)}.0",
            "main-fraction": "0.0",
            "sub-fraction": "0.0",
            "display-factor": "0.01",
            "last-trade-date": str(expiration),
            "expiration-date": str(expiration),
            "closing-only-date": str(expiration),
            "active": True,
            "active-month": True,
            "next-active-month": False,
            "is-closing-only": False,
            "stops-trading-at": f"{expiration}T14:30:00.000+00:00",
            "expires-at": f"{expiration}T14:30:00.000+00:00",
            "product-group": f"CME_{product}",
            "exchange": "CME",
            "streamer-exchange-code": "XCME",
            "streamer-symbol": f"{symbol[:-1]}{expiration:%y}:XCME",
            "back-month-first-calendar-symbol": True,
            "is-tradeable": True,
            "tick-sizes": _ticks(((FUTURE_TICK.get(product, "0.01"), None),)),
            "option-tick-sizes": _ticks(OPTION_TICKS.get(product, NICKEL)),
            "spread-tick-sizes": [],
        }

    def futures_of(self, product: str) -> list[dict[str, Any]]:
        return [
            self.future(symbol) for symbol in sorted(self.futures) if read_symbol(symbol, "Future").product == product
        ]

    def future_option(self, symbol: str) -> dict[str, Any]:
        for listing in self.listings:
            for row in self._strikes(listing) if listing.future else ():
                for right, key in (("C", "call"), ("P", "put")):
                    if row[key] == symbol:
                        return self._future_option(listing, symbol, right, row)
        raise not_found()

    def chain(self, underlying: str) -> list[dict[str, Any]]:
        """Nested chain: one entry for each root."""
        roots: dict[str, list[Listing]] = {}
        for listing in self.listings:
            if listing.underlying == underlying and not listing.future:
                roots.setdefault(listing.root, []).append(listing)
        if not roots:
            raise not_found()
        return [
            {
                "underlying-symbol": underlying,
                "root-symbol": root,
                "option-chain-type": "Standard",
                "shares-per-contract": 100,
                "tick-sizes": _ticks(OPTION_TICKS.get(underlying, NICKEL)),
                "deliverables": [],
                "expirations": [
                    {
                        "expiration-type": listing.kind,
                        "expiration-date": str(listing.expiration),
                        "days-to-expiration": (listing.expiration - self.today).days,
                        "settlement-type": listing.settlement,
                        "strikes": self._strikes(listing),
                    }
                    for listing in listings
                ],
            }
            for root, listings in roots.items()
        ]

    def future_chain(self, product: str) -> dict[str, Any]:
        listings = [listing for listing in self.listings if listing.future and listing.underlying == product]
        if not listings:
            raise not_found()
        futures = sorted({listing.future for listing in listings})
        return {
            "futures": [
                {
                    "symbol": future,
                    "root-symbol": f"/{product}",
                    "expiration-date": str(self.futures[future]),
                    "days-to-expiration": (self.futures[future] - self.today).days,
                    "active-month": True,
                    "next-active-month": False,
                    "stops-trading-at": f"{self.futures[future]}T14:30:00.000+00:00",
                    "expires-at": f"{self.futures[future]}T14:30:00.000+00:00",
                }
                for future in futures
            ],
            "option-chains": [
                {
                    "underlying-symbol": f"/{product}",
                    "root-symbol": f"/{product}",
                    "exercise-style": "American",
                    "expirations": [self._future_expiration(listing) for listing in listings],
                }
            ],
        }

    def _future_expiration(self, listing: Listing) -> dict[str, Any]:
        return {
            "underlying-symbol": listing.future,
            "root-symbol": f"/{listing.underlying}",
            "option-root-symbol": listing.root,
            "option-contract-symbol": listing.contract_code,
            "asset": listing.root,
            "expiration-date": str(listing.expiration),
            "days-to-expiration": (listing.expiration - self.today).days,
            "expiration-type": listing.kind,
            "settlement-type": listing.settlement,
            "notional-value": "0.5",
            "display-factor": "0.01",
            "strike-factor": "1.0",
            "stops-trading-at": f"{listing.expiration}T21:00:00.000+00:00",
            "expires-at": f"{listing.expiration}T21:00:00.000+00:00",
            "tick-sizes": _ticks(OPTION_TICKS.get(listing.underlying, NICKEL)),
            "strikes": self._strikes(listing),
        }

    def _future_option(self, listing: Listing, symbol: str, right: str, row: dict[str, Any]) -> dict[str, Any]:
        expiry = f"{listing.expiration}T21:00:00.000+00:00"
        return {
            "symbol": symbol,
            "underlying-symbol": listing.future,
            "product-code": listing.underlying,
            "expiration-date": str(listing.expiration),
            "root-symbol": f"/{listing.underlying}",
            "option-root-symbol": listing.root,
            "strike-price": row["strike-price"],
            "exchange": "CME",
            "exchange-symbol": symbol,
            "streamer-symbol": row["call-streamer-symbol" if right == "C" else "put-streamer-symbol"],
            "option-type": right,
            "exercise-style": "American",
            "is-vanilla": True,
            "is-primary-deliverable": True,
            "future-price-ratio": "1.0",
            "multiplier": "1.0",
            "underlying-count": "1.0",
            "is-confirmed": True,
            "notional-value": "0.5",
            "display-factor": "0.01",
            "security-exchange": "2",
            "sx-id": "0",
            "settlement-type": "Future",
            "strike-factor": "1.0",
            "maturity-date": str(listing.expiration),
            "is-exercisable-weekly": True,
            "last-trade-time": "0",
            "days-to-expiration": (listing.expiration - self.today).days,
            "is-closing-only": False,
            "active": True,
            "stops-trading-at": expiry,
            "expires-at": expiry,
            "instrument-type": "Future Option",
        }

    def _strikes(self, listing: Listing) -> list[dict[str, Any]]:
        rows = []
        for strike in listing.strikes:
            row: dict[str, Any] = {"strike-price": _number(strike)}
            for key, right in (("call", "C"), ("put", "P")):
                if listing.future:
                    day = f"{listing.expiration:%y%m%d}{right}{_plain(strike)}"
                    row[key] = f".{listing.future:<6}{listing.contract_code:<6}{day}"
                    streamer = f"./{listing.contract_code[:-1]}{listing.expiration:%y}{right}{_plain(strike)}:XCME"
                else:
                    row[key] = f"{listing.root:<6}{listing.expiration:%y%m%d}{right}{int(strike * 1000):08d}"
                    streamer = f".{listing.root}{listing.expiration:%y%m%d}{right}{_plain(strike)}"
                if self.streamer_symbols:
                    row[f"{key}-streamer-symbol"] = streamer
            rows.append(row)
        return rows

    def _streamer(self, contract: Contract) -> str:
        root = contract.symbol[:6].strip()
        return f".{root}{contract.expiration:%y%m%d}{contract.right}{_plain(contract.strike)}"

    def _days(self, contract: Contract) -> int:
        return (contract.expiration - self.today).days if contract.expiration else 0


def _ticks(ticks: Ticks) -> list[dict[str, str]]:
    return [{"value": value} if below is None else {"value": value, "threshold": below} for value, below in ticks]


def _plain(strike: Decimal) -> str:
    return format(strike.normalize() + Decimal(0), "f")


def _number(strike: Decimal) -> str:
    text = _plain(strike)
    return text if "." in text else f"{text}.0"
