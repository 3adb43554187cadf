"""Instruments, option chains with their tick tables, market sessions and quotes as Tastytrade tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tomking.adapters.tastytrade_fields import Row


@dataclass(frozen=True, slots=True)
class Tick:
    """One row of a tick table: `value` applies to prices below `below`, and to all others when that is None."""

    value: Decimal
    below: Decimal | None


@dataclass(frozen=True, slots=True)
class TickTable:
    """Tick sizes by price, thresholds ascending, the row for all other prices last."""

    rows: tuple[Tick, ...]

    def at(self, price: Decimal) -> Decimal:
        """The tick at a price (its magnitude counts)."""
        for tick in self.rows:
            if tick.below is None or abs(price) < tick.below:
                return tick.value
        raise LookupError(f"no tick at {price}")  # the last row has no threshold: see `read_ticks`


@dataclass(frozen=True, slots=True)
class Equity:
    """A share or an index; `option_ticks` are those of its options."""

    symbol: str
    is_index: bool
    active: bool
    is_closing_only: bool
    is_options_closing_only: bool
    streamer_symbol: str | None
    ticks: TickTable | None
    option_ticks: TickTable | None


@dataclass(frozen=True, slots=True)
class EquityOption:
    """An option on a share or an index; `right` is `C` or `P`."""

    symbol: str
    root_symbol: str
    underlying_symbol: str
    expiration: date
    strike: Decimal
    right: str
    exercise_style: str
    settlement: str
    shares_per_contract: int
    active: bool
    is_closing_only: bool
    streamer_symbol: str | None
    stops_trading_at: datetime | None


@dataclass(frozen=True, slots=True)
class Future:
    """A future; `spread_ticks` by the symbol of a calendar spread's other leg."""

    symbol: str
    product_code: str
    expiration: date
    multiplier: Decimal
    active: bool
    is_closing_only: bool
    streamer_symbol: str | None
    stops_trading_at: datetime | None
    ticks: TickTable | None
    option_ticks: TickTable | None
    spread_ticks: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class FutureOption:
    """An option on a future; `underlying_symbol` is the future it settles into."""

    symbol: str
    underlying_symbol: str
    product_code: str
    option_root_symbol: str
    expiration: date
    strike: Decimal
    right: str
    exercise_style: str
    active: bool
    is_closing_only: bool
    streamer_symbol: str | None
    stops_trading_at: datetime | None


@dataclass(frozen=True, slots=True)
class FutureOptionProduct:
    """A family of options on futures, for instance `EW4` on `/ES`."""

    root_symbol: str
    code: str
    exchange: str
    expiration_type: str
    future_root_symbol: str | None


@dataclass(frozen=True, slots=True)
class ChainStrike:
    """One strike of an expiration: Tastytrade's symbols of the call and the put; streamer symbols may be missing."""

    strike: Decimal
    call: str
    put: str
    call_streamer: str | None
    put_streamer: str | None


@dataclass(frozen=True, slots=True)
class ChainExpiration:
    """One expiration of one root; `settlement` is `AM` or `PM`, `kind` Regular, Weekly, Quarterly or End-Of-Month."""

    expiration: date
    kind: str
    settlement: str
    strikes: tuple[ChainStrike, ...]


@dataclass(frozen=True, slots=True)
class OptionChain:
    """The options of one root (`SPX` and `SPXW` are two) on a share or an index."""

    underlying_symbol: str
    root_symbol: str
    kind: str
    shares_per_contract: int
    ticks: TickTable
    expirations: tuple[ChainExpiration, ...]


@dataclass(frozen=True, slots=True)
class ChainFuture:
    """A future a chain of options settles into."""

    symbol: str
    root_symbol: str
    expiration: date


@dataclass(frozen=True, slots=True)
class FutureOptionExpiration:
    """One expiration of a futures option chain, with the future it settles into and its own tick table."""

    underlying_symbol: str
    option_root_symbol: str
    option_contract_symbol: str
    expiration: date
    kind: str
    settlement: str
    stops_trading_at: datetime
    ticks: TickTable
    strikes: tuple[ChainStrike, ...]


@dataclass(frozen=True, slots=True)
class FutureOptionChain:
    """All options on the futures of one product."""

    futures: tuple[ChainFuture, ...]
    expirations: tuple[FutureOptionExpiration, ...]


@dataclass(frozen=True, slots=True)
class MarketSession:
    """The present session of one market; the sandbox may say `Open` while its matching engine is offline."""

    collection: str
    state: str
    open_at: datetime | None
    close_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Regular trading, by Tastytrade's word."""
        return self.state == "Open"


@dataclass(frozen=True, slots=True)
class MarketQuote:
    """Top of book of one instrument; a side nobody quotes is None."""

    symbol: str
    instrument_type: str
    bid: Decimal | None
    ask: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None
    updated_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class QuoteToken:
    """Access to the quote stream for a day; the token is a secret."""

    token: str
    url: str
    level: str

    def __repr__(self) -> str:
        return f"QuoteToken(url={self.url!r}, level={self.level!r})"


def read_ticks(row: Row, key: str) -> TickTable:
    """A tick table, rows in any order; exactly one row has no threshold."""
    ticks = [Tick(item.number("value"), item.number_or_none("threshold")) for item in row.rows(key)]
    bounded = sorted((tick for tick in ticks if tick.below is not None), key=lambda tick: tick.below or 0)
    rest = [tick for tick in ticks if tick.below is None]
    if len(rest) != 1 or any(tick.value <= 0 for tick in ticks):
        raise row.bad(key, "positive ticks and exactly one without threshold are needed")
    return TickTable((*bounded, *rest))


def _ticks_or_none(row: Row, key: str) -> TickTable | None:
    return read_ticks(row, key) if row.rows_or_empty(key) else None


def read_equity(row: Row) -> Equity:
    """A share or an index."""
    return Equity(
        symbol=row.text("symbol"),
        is_index=row.flag("is-index"),
        active=row.flag_or("active", False),
        is_closing_only=row.flag_or("is-closing-only", False),
        is_options_closing_only=row.flag_or("is-options-closing-only", False),
        streamer_symbol=row.text_or_none("streamer-symbol"),
        ticks=_ticks_or_none(row, "tick-sizes"),
        option_ticks=_ticks_or_none(row, "option-tick-sizes"),
    )


def read_equity_option(row: Row) -> EquityOption:
    """An option on a share or an index."""
    return EquityOption(
        symbol=row.text("symbol"),
        root_symbol=row.text("root-symbol"),
        underlying_symbol=row.text("underlying-symbol"),
        expiration=row.day("expiration-date"),
        strike=row.number("strike-price"),
        right=row.text("option-type"),
        exercise_style=row.text_or("exercise-style", ""),
        settlement=row.text_or("settlement-type", ""),
        shares_per_contract=row.whole("shares-per-contract"),
        active=row.flag_or("active", False),
        is_closing_only=row.flag_or("is-closing-only", False),
        streamer_symbol=row.text_or_none("streamer-symbol"),
        stops_trading_at=row.moment_or_none("stops-trading-at"),
    )


def read_future(row: Row) -> Future:
    """A future."""
    return Future(
        symbol=row.text("symbol"),
        product_code=row.text("product-code"),
        expiration=row.day("expiration-date"),
        multiplier=row.number("notional-multiplier"),
        active=row.flag_or("active", False),
        is_closing_only=row.flag_or("is-closing-only", False),
        streamer_symbol=row.text_or_none("streamer-symbol"),
        stops_trading_at=row.moment_or_none("stops-trading-at"),
        ticks=_ticks_or_none(row, "tick-sizes"),
        option_ticks=_ticks_or_none(row, "option-tick-sizes"),
        spread_ticks=tuple(
            (item.text("symbol"), item.number("value")) for item in row.rows_or_empty("spread-tick-sizes")
        ),
    )


def read_future_option(row: Row) -> FutureOption:
    """An option on a future."""
    return FutureOption(
        symbol=row.text("symbol"),
        underlying_symbol=row.text("underlying-symbol"),
        product_code=row.text("product-code"),
        option_root_symbol=row.text("option-root-symbol"),
        expiration=row.day("expiration-date"),
        strike=row.number("strike-price"),
        right=row.text("option-type"),
        exercise_style=row.text_or("exercise-style", ""),
        active=row.flag_or("active", False),
        is_closing_only=row.flag_or("is-closing-only", False),
        streamer_symbol=row.text_or_none("streamer-symbol"),
        stops_trading_at=row.moment_or_none("stops-trading-at"),
    )


def read_future_option_product(row: Row) -> FutureOptionProduct:
    """A family of options on futures."""
    future = row.row_or_none("future-product")
    return FutureOptionProduct(
        root_symbol=row.text("root-symbol"),
        code=row.text("code"),
        exchange=row.text("exchange"),
        expiration_type=row.text("expiration-type"),
        future_root_symbol=future.text("root-symbol") if future is not None else None,
    )


def _read_strikes(row: Row) -> tuple[ChainStrike, ...]:
    return tuple(
        ChainStrike(
            strike=strike.number("strike-price"),
            call=strike.text("call"),
            put=strike.text("put"),
            call_streamer=strike.text_or_none("call-streamer-symbol"),
            put_streamer=strike.text_or_none("put-streamer-symbol"),
        )
        for strike in row.rows("strikes")
    )


def read_option_chain(row: Row) -> OptionChain:
    """The options of one root."""
    return OptionChain(
        underlying_symbol=row.text("underlying-symbol"),
        root_symbol=row.text("root-symbol"),
        kind=row.text("option-chain-type"),
        shares_per_contract=row.whole("shares-per-contract"),
        ticks=read_ticks(row, "tick-sizes"),
        expirations=tuple(
            ChainExpiration(
                expiration=item.day("expiration-date"),
                kind=item.text("expiration-type"),
                settlement=item.text("settlement-type"),
                strikes=_read_strikes(item),
            )
            for item in row.rows("expirations")
        ),
    )


def read_future_option_chain(row: Row) -> FutureOptionChain:
    """All options on the futures of one product."""
    return FutureOptionChain(
        futures=tuple(
            ChainFuture(item.text("symbol"), item.text("root-symbol"), item.day("expiration-date"))
            for item in row.rows("futures")
        ),
        expirations=tuple(
            FutureOptionExpiration(
                underlying_symbol=item.text("underlying-symbol"),
                option_root_symbol=item.text("option-root-symbol"),
                option_contract_symbol=item.text("option-contract-symbol"),
                expiration=item.day("expiration-date"),
                kind=item.text("expiration-type"),
                settlement=item.text("settlement-type"),
                stops_trading_at=item.moment("stops-trading-at"),
                ticks=read_ticks(item, "tick-sizes"),
                strikes=_read_strikes(item),
            )
            for chain in row.rows("option-chains")
            for item in chain.rows("expirations")
        ),
    )


def read_market_session(row: Row) -> MarketSession:
    """The present session of one market."""
    return MarketSession(
        collection=row.text("instrument-collection"),
        state=row.text("state"),
        open_at=row.moment_or_none("open-at"),
        close_at=row.moment_or_none("close-at"),
    )


def read_market_quote(row: Row) -> MarketQuote:
    """Top of book of one instrument."""
    return MarketQuote(
        symbol=row.text("symbol"),
        instrument_type=row.text("instrument-type"),
        bid=row.number_or_none("bid"),
        ask=row.number_or_none("ask"),
        bid_size=row.number_or_none("bid-size"),
        ask_size=row.number_or_none("ask-size"),
        updated_at=row.moment("updated-at"),
    )


def read_quote_token(row: Row) -> QuoteToken:
    """Access to the quote stream."""
    return QuoteToken(token=row.text("token"), url=row.text("dxlink-url"), level=row.text_or("level", ""))
