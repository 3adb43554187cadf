"""Closed trades: each closing fill matched with the entries of its symbol, first in first out (LEAN's builder)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate
from operator import sub
from typing import TYPE_CHECKING, Final, Protocol

from leansim.account import quotes
from leansim.account.bookkeeping import is_win
from leansim.api.decimals import exact
from leansim.api.enums import DataNormalizationMode, SecurityType, TradeDirection
from leansim.api.naming import ClrObject, FixedClrObject
from leansim.api.time_zones import aware_utc
from leansim.numbers import ZERO, round_half_even

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.bars import Split
    from leansim.api.order_events import OrderEvent
    from leansim.api.securities import SecurityManager
    from leansim.api.security_cache import SecurityCache
    from leansim.api.symbols import Symbol
    from leansim.results.recorder import Recorder


# prices kept for one look
_TOGETHER: Final = 512


@dataclass(frozen=True)
class ClosedTrade:
    """A closed trade of LEAN's trade builder. Amounts in account currency; ``direction`` is ``Long`` or ``Short``."""

    id: str
    symbols: tuple[Symbol, ...]
    entry_ns: int
    entry_price: Decimal
    direction: str
    quantity: Decimal
    exit_ns: int
    exit_price: Decimal
    profit_loss: Decimal
    total_fees: Decimal
    mae: Decimal
    mfe: Decimal
    end_trade_drawdown: Decimal
    is_win: bool
    order_ids: tuple[int, ...]


class Trade(ClrObject):
    """A closed trade as the algorithm sees it; times are UTC, amounts in account currency."""

    def __init__(self, closed: ClosedTrade) -> None:
        self.id = closed.id
        self.symbols = list(closed.symbols)
        self.entry_time = aware_utc(closed.entry_ns)
        self.entry_price = float(closed.entry_price)
        self.direction = TradeDirection.LONG if closed.direction == "Long" else TradeDirection.SHORT
        self.quantity = float(closed.quantity)
        self.exit_time = aware_utc(closed.exit_ns)
        self.exit_price = float(closed.exit_price)
        self.profit_loss = float(closed.profit_loss)
        self.total_fees = float(closed.total_fees)
        self.mae = float(closed.mae)
        self.mfe = float(closed.mfe)
        self.end_trade_drawdown = float(closed.end_trade_drawdown)
        self.is_win = closed.is_win
        self.order_ids = list(closed.order_ids)

    @property
    def duration(self) -> timedelta:
        """Time from entry to exit."""
        return self.exit_time - self.entry_time


class TradeBuilderHost(Protocol):
    """What a trade builder needs of the run."""

    @property
    def securities(self) -> SecurityManager:
        """The run's securities."""

    @property
    def portfolio(self) -> SecurityPortfolioManager:
        """The run's portfolio."""

    @property
    def recorder(self) -> Recorder:
        """Where closed trades go."""


@dataclass
class _Entry:
    """An entry not closed yet. Profit and drawdown are per unit."""

    ns: int
    price: Decimal
    is_long: bool
    quantity: Decimal
    fees: Decimal
    order_ids: list[int]
    highest_profit: Decimal = ZERO
    drawdown: Decimal = ZERO

    def see(self, prices: Sequence[Decimal]) -> None:
        """Prices in the order they came."""
        own = self.price
        profits = [price - own for price in prices] if self.is_long else [own - price for price in prices]
        highest = [*accumulate(profits, max, initial=self.highest_profit)][1:]
        self.highest_profit = highest[-1]
        self.drawdown = max(self.drawdown, *map(sub, highest, profits))


@dataclass
class _Position:
    """The open entries of a symbol, oldest first, and the extremes of its price since the first.

    Its prices are kept as they come: what they mean for the entries is of no consequence before a fill.
    """

    lowest: Decimal
    highest: Decimal
    entries: list[_Entry] = field(default_factory=list)
    last: Decimal | None = None
    unseen: list[Decimal] = field(default_factory=list)

    def add(self, entry: _Entry) -> None:
        """Another entry, which is to see the next price whatever was seen before."""
        self.see()
        self.entries.append(entry)
        self.last = None

    def see(self) -> None:
        """Take in the prices kept."""
        if not self.unseen:
            return
        self.highest = max(self.highest, *self.unseen)
        self.lowest = min(self.lowest, *self.unseen)
        for entry in self.entries:
            entry.see(self.unseen)
        self.unseen.clear()


class TradeBuilder(FixedClrObject):
    """``algorithm.trade_builder``."""

    _missing = ("set_live_mode", "set_security_manager")

    def __init__(self, host: TradeBuilderHost) -> None:
        self._host = host
        self._positions: dict[Symbol, _Position] = {}
        # what each position is looked up by every step, and the layout of the securities it was found for
        self._watched: tuple[int, list[tuple[_Position, SecurityCache]]] = (-1, [])
        self._orders_with_fees: set[int] = set()
        self._closed: list[ClosedTrade] = []

    @property
    def closed_trades(self) -> list[Trade]:
        """The trades closed so far."""
        return [Trade(closed) for closed in self._closed]

    def has_open_position(self, symbol: Symbol) -> bool:
        """Whether a symbol has open entries."""
        return symbol in self._positions

    def _look_at_market(self, securities: SecurityManager) -> None:
        """A step has new prices: those of symbols with open entries matter."""
        if not self._positions:
            return
        if self._watched[0] != securities._layout:
            known = ((position, securities._known(symbol)) for symbol, position in self._positions.items())
            caches = [(position, security.cache) for position, security in known if security is not None]
            self._watched = (securities._layout, caches)
        for position, cache in self._watched[1]:
            price = cache.price
            # seen again, a price tells an entry nothing
            if price is not position.last:
                position.last = price
                position.unseen.append(price)
                if len(position.unseen) >= _TOGETHER:
                    position.see()

    def set_market_price(self, symbol: Symbol, price: Decimal) -> None:
        """A new price of a symbol."""
        position = self._positions.get(symbol)
        if position is not None:
            position.last = price
            position.unseen.append(price)

    def apply_split(self, split: Split, mode: DataNormalizationMode) -> None:
        """A split of an equity in raw prices: what is open becomes more or fewer shares at other prices."""
        position = self._positions.get(split.symbol)
        raw = split.symbol.security_type == SecurityType.EQUITY and mode == DataNormalizationMode.RAW
        if position is None or not raw:
            return
        factor = exact(split.split_factor)
        position.see()
        position.last = None
        position.lowest *= factor
        position.highest *= factor
        for entry in position.entries:
            entry.quantity /= factor
            entry.price *= factor
            entry.highest_profit *= factor
            entry.drawdown *= factor

    def process_fill(self, fill: OrderEvent) -> None:
        """Open, add to, reduce or turn round the trades of the fill's symbol. An order's fee counts once."""
        fee = ZERO
        if fill.order_id not in self._orders_with_fees:
            self._orders_with_fees.add(fill.order_id)
            fee = self._host.portfolio.cash_book._to_account(fill.order_fee.value)
        position = self._positions.get(fill.symbol)
        if position is None:
            position = self._positions[fill.symbol] = _Position(fill._fill_price, fill._fill_price)
            self._watched = (-1, [])
            position.add(_entry(fill, fill._fill_quantity, fee))
            return
        self.set_market_price(fill.symbol, fill._fill_price)
        if fill._fill_quantity and (fill._fill_quantity > 0) == position.entries[0].is_long:
            position.add(_entry(fill, fill._fill_quantity, fee))
            return
        self._close(position, fill, fee)

    def _close(self, position: _Position, fill: OrderEvent, fee: Decimal) -> None:
        position.see()
        left = abs(fill._fill_quantity)
        while position.entries and left:
            entry = position.entries[0]
            quantity = min(left, entry.quantity)
            self._report(position, entry, quantity, fill, fee)
            left -= quantity
            fee = ZERO
            if quantity == entry.quantity:
                del position.entries[0]
            else:
                entry.quantity -= quantity
                entry.fees = ZERO
        if position.entries:
            return
        if left:
            rest = left if fill._fill_quantity > 0 else -left
            position.add(_entry(fill, rest, ZERO))
            position.lowest = position.highest = fill._fill_price
        else:
            del self._positions[fill.symbol]
            self._watched = (-1, [])

    def _report(self, position: _Position, entry: _Entry, quantity: Decimal, fill: OrderEvent, fee: Decimal) -> None:
        security = self._host.securities[fill.symbol]
        worth = quantity * quotes.conversion_rate(security) * quotes.multiplier(security)
        against = position.lowest - entry.price if entry.is_long else entry.price - position.highest
        in_favor = position.highest - entry.price if entry.is_long else entry.price - position.lowest
        gained = fill._fill_price - entry.price if entry.is_long else entry.price - fill._fill_price
        profit = round_half_even(gained * worth, 2)
        trade = ClosedTrade(
            id=str(len(self._closed) + 1),
            symbols=(fill.symbol,),
            entry_ns=entry.ns,
            entry_price=entry.price,
            direction="Long" if entry.is_long else "Short",
            quantity=quantity,
            exit_ns=fill._utc_ns,
            exit_price=fill._fill_price,
            profit_loss=profit,
            total_fees=entry.fees + fee,
            mae=round_half_even(against * worth, 2),
            mfe=round_half_even(in_favor * worth, 2),
            end_trade_drawdown=round_half_even(entry.drawdown * worth, 2),
            is_win=is_win(fill, security, profit),
            order_ids=tuple(dict.fromkeys([*entry.order_ids, fill.order_id])),
        )
        self._closed.append(trade)
        self._host.recorder.trade_closed(trade)


def _entry(fill: OrderEvent, quantity: Decimal, fee: Decimal) -> _Entry:
    return _Entry(fill._utc_ns, fill._fill_price, quantity > 0, abs(quantity), fee, [fill.order_id])
