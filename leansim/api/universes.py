"""What a universe brings and takes away, and the filters that choose contracts.

A filter universe is a table (one row per listed contract) and the rows still chosen; its methods narrow the rows and
return the same object. Rows become objects only when an own selector looks at them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt

from leansim.api.enums import OptionRight, SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException, InvalidOperationException
from leansim.api.symbols import Symbol

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.feed.universe_tables import ContractRow, ContractTable
    from leansim.lean_data.exchange_hours import SecurityExchangeHours

Rows = npt.NDArray[np.int64]

_STANDARD: Final = 1
_WEEKLY: Final = 2
_NO_STRIKE: Final = float("inf")


class SecurityChanges(ClrObject):
    """Securities added and removed at one instant; the securities are made when looked at.

    Attributes:
        filter_custom_securities: whether the lists leave out the algorithm's own data, as in what an algorithm is told.
    """

    __slots__ = ("_added", "_made", "_removed", "_security", "filter_custom_securities")

    NONE: SecurityChanges

    def __init__(
        self,
        added: Sequence[Symbol] = (),
        removed: Sequence[Symbol] = (),
        security: Callable[[Symbol], Security] | None = None,
    ) -> None:
        self._added = added
        self._removed = removed
        self._security = security
        self._made: dict[str, list[Security]] = {}
        self.filter_custom_securities = False

    @property
    def _added_symbols(self) -> list[Symbol]:
        """What was added, without making securities (leansim's own)."""
        return list(self._added)

    @property
    def _removed_symbols(self) -> list[Symbol]:
        """What was removed, without making securities (leansim's own)."""
        return list(self._removed)

    @property
    def count(self) -> int:
        """How many additions and removals."""
        return len(self._added) + len(self._removed)

    def _list(self, kind: str, symbols: Iterable[Symbol]) -> list[Security]:
        if kind not in self._made:
            security = self._security
            assert security is not None or not self.count
            self._made[kind] = [security(s) for s in sorted(symbols, key=lambda s: s.value)] if security else []
        if self.filter_custom_securities:
            return [each for each in self._made[kind] if each.symbol.security_type is not SecurityType.BASE]
        return self._made[kind]

    @property
    def added_securities(self) -> list[Security]:
        """What was added, by ticker."""
        return self._list("added", self._added)

    @property
    def removed_securities(self) -> list[Security]:
        """What was removed, by ticker."""
        return self._list("removed", self._removed)

    def __add__(self, other: SecurityChanges) -> SecurityChanges:
        """Both together: what either adds, and what either removes and neither adds."""
        if not self.count or not other.count:
            return self if self.count else other
        added = list(dict.fromkeys((*self._added, *other._added)))
        removed = [s for s in dict.fromkeys((*self._removed, *other._removed)) if s not in added]
        return SecurityChanges(added, removed, self._security)

    def __str__(self) -> str:
        if not self.count:
            return "SecurityChanges: None"
        parts = []
        for word, securities in (("Added", self.added_securities), ("Removed", self.removed_securities)):
            if securities:
                parts.append(f" {word}: {','.join(str(s.symbol.id) for s in securities)}")
        return f"SecurityChanges: {''.join(parts)}"


SecurityChanges.NONE = SecurityChanges()


class ContractSecurityFilterUniverse(ClrObject):
    """The contracts listed on a day, and those still chosen."""

    def __init__(self, table: ContractTable, local_time: datetime, hours: SecurityExchangeHours) -> None:
        self.local_time = local_time
        self._table = table
        self._rows: Rows = np.arange(len(table), dtype=np.int64)
        self._hours = hours
        self._types = _STANDARD | _WEEKLY
        self._types_applied = False

    # what is chosen

    @property
    def _chosen(self) -> list[Symbol]:
        """The symbols chosen so far, in the order of the table (leansim's own)."""
        return self._table.symbols(self._rows)

    def __iter__(self) -> Iterator[ContractRow]:
        return (self._table.row(row) for row in self._rows.tolist())

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def count(self) -> int:
        """How many contracts are still chosen."""
        return len(self._rows)

    def _keep(self, mask: npt.NDArray[np.bool_]) -> Self:
        self._rows = self._rows[mask]
        return self

    def _empty(self) -> Self:
        self._rows = self._rows[:0]
        return self

    # kinds of contracts

    def _apply_types_filter(self) -> Self:
        """Drop the kinds (standard or weekly) that are not wanted; done once (leansim's own)."""
        if not self._types_applied:
            self._types_applied = True
            if self._types != (_STANDARD | _WEEKLY):
                standard = self._table.standard(self._rows)
                self._keep(standard if self._types == _STANDARD else ~standard)
        return self

    def standards_only(self) -> Self:
        """Monthly contracts only."""
        self._types_must_be_open("StandardsOnly")
        self._types = _STANDARD
        return self

    def weeklys_only(self) -> Self:
        """Weekly contracts only."""
        self._types = _WEEKLY
        return self

    def include_weeklys(self) -> Self:
        """Weekly contracts too: the default."""
        self._types_must_be_open("IncludeWeeklys")
        self._types |= _WEEKLY
        return self

    def _types_must_be_open(self, method: str) -> None:
        if self._types_applied:
            raise InvalidOperationException(
                f"Type filters have already been applied, please call {method}() before applying other filters such as "
                "FrontMonth() or BackMonths()"
            )

    # expiries

    def front_month(self) -> Self:
        """The nearest expiry only."""
        self._apply_types_filter()
        days = self._table.expiry_day[self._rows]
        return self if not len(days) else self._in_order_of_expiry(days == days.min())

    def back_months(self) -> Self:
        """All but the nearest expiry."""
        self._apply_types_filter()
        days = self._table.expiry_day[self._rows]
        return self if not len(days) else self._in_order_of_expiry(days != days.min())

    def back_month(self) -> Self:
        """The nearest of the expiries after the nearest."""
        return self.back_months().front_month()

    def _in_order_of_expiry(self, mask: npt.NDArray[np.bool_]) -> Self:
        rows = self._rows[mask]
        self._rows = rows[np.argsort(self._table.expiry_day[rows], kind="stable")]
        return self

    def expiration(self, min_expiry: int | timedelta, max_expiry: int | timedelta) -> Self:
        """Expiries between so many days (or timedeltas) from today; on a closed day from the next trading day."""
        today = self._reference_date()
        low, high = (_days(span) for span in (min_expiry, max_expiry))
        days = self._table.expiry_day[self._rows]
        reference = today.toordinal()
        return self._keep((days >= reference + low) & (days <= reference + high))

    def _reference_date(self) -> date:
        return self.local_time.date()

    def only_apply_filter_at_market_open(self) -> Self:
        """Kept by LEAN for old algorithms; does nothing."""
        return self

    # own selectors

    def contracts(self, contracts: Any) -> Self:
        """Choose by a function of the rows (it returns rows or symbols), or by a list of symbols or rows."""
        chosen = contracts(list(self)) if callable(contracts) else contracts
        self._rows = self._table.rows_of(list(chosen), self._rows)
        return self

    def where(self, predicate: Callable[[ContractRow], bool]) -> Self:
        """Choose the rows a function says yes to."""
        table = self._table
        kept = [row for row in self._rows.tolist() if predicate(table.row(row))]
        self._rows = np.array(kept, dtype=np.int64)
        return self

    def select(self, map_func: Callable[[ContractRow], Symbol]) -> Self:
        """Choose the symbols a function gives for the rows."""
        return self.contracts([map_func(row) for row in self])

    def select_many(self, map_func: Callable[[ContractRow], Iterable[Symbol]]) -> Self:
        """Choose all the symbols a function gives for the rows."""
        return self.contracts([symbol for row in self for symbol in map_func(row)])

    def where_contains(self, filter_list: Iterable[Symbol]) -> Self:
        """Choose the rows whose symbols are in a list."""
        wanted = set(filter_list)
        return self.where(lambda row: row.symbol in wanted)


def _days(span: int | timedelta) -> float:
    return span / timedelta(days=1) if isinstance(span, timedelta) else float(span)


class FutureFilterUniverse(ContractSecurityFilterUniverse):
    """The futures of a root listed on a day."""

    def expiration_cycle(self, months: Iterable[int]) -> Self:
        """Expiries in these months (1 to 12) only."""
        wanted = set(months)
        days = self._table.expiry_day[self._rows].tolist()
        return self._keep(np.array([date.fromordinal(int(d)).month in wanted for d in days], dtype=np.bool_))


class OptionFilterUniverse(ContractSecurityFilterUniverse):
    """The options of a root listed on a day; prices and greeks are the universe file's, of the day before's close."""

    def __init__(
        self,
        table: ContractTable,
        local_time: datetime,
        hours: SecurityExchangeHours,
        canonical: Symbol,
        strike_multiplier: float = 1.0,
    ) -> None:
        super().__init__(table, local_time, hours)
        self._canonical = canonical
        self._multiplier = strike_multiplier
        self._unique_strikes: npt.NDArray[np.float64] | None = None

    @property
    def underlying(self) -> Any:
        """The underlying's bar in the universe file, ``None`` when it has none."""
        return self._table.underlying

    def _price(self) -> float:
        underlying = self.underlying
        return 0.0 if underlying is None else float(underlying.price)

    def _reference_date(self) -> date:
        today = self.local_time
        if not self._hours.is_date_open(today):
            today = self._hours.get_next_trading_day(today)
        return today.date()

    # strikes and rights

    def strikes(self, min_strike: int, max_strike: int) -> Self:
        """So many listed strikes below (negative) to above the underlying's price.

        Between two strikes the upper one counts as 0; then, as in LEAN, a range over the price loses one strike above,
        and a range above the price starts one strike lower.
        """
        if self.underlying is None:
            return self
        if self._unique_strikes is None:
            self._unique_strikes = np.unique(self._table.strike[self._rows])
        listed = self._unique_strikes
        price = self._price() / self._multiplier
        index = int(np.searchsorted(listed, price))
        exact = index < len(listed) and listed[index] == price
        if index == len(listed):
            return self._empty()
        low, high = index + min_strike, index + max_strike
        if not exact:
            if min_strike < 0 and max_strike > 0:
                high -= 1
            elif min_strike > 0:
                low -= 1
                high -= 1
        if low >= len(listed) or high < 0:
            return self._empty()
        bottom, top = listed[max(low, 0)], listed[min(high, len(listed) - 1)]
        strike = self._table.strike[self._rows]
        return self._keep((strike >= bottom) & (strike <= top))

    def calls_only(self) -> Self:
        """Calls only."""
        return self._keep(self._table.right[self._rows] == OptionRight.CALL)

    def puts_only(self) -> Self:
        """Puts only."""
        return self._keep(self._table.right[self._rows] == OptionRight.PUT)

    # greeks and open interest of the universe file

    def _between(self, name: str, column: str, low: float, high: float) -> Self:
        if self._canonical.security_type == SecurityType.FUTURE_OPTION:
            raise InvalidOperationException(f"{name} filter is not supported for future options.")
        values = self._table.column(column)[self._rows]
        return self._keep((values >= float(low)) & (values <= float(high)))

    def delta(self, min: float, max: float) -> Self:
        """Delta between."""
        return self._between("Delta", "delta", min, max)

    def gamma(self, min: float, max: float) -> Self:
        """Gamma between."""
        return self._between("Gamma", "gamma", min, max)

    def theta(self, min: float, max: float) -> Self:
        """Theta (per year) between."""
        return self._between("Theta", "theta", min, max)

    def vega(self, min: float, max: float) -> Self:
        """Vega between."""
        return self._between("Vega", "vega", min, max)

    def rho(self, min: float, max: float) -> Self:
        """Rho between."""
        return self._between("Rho", "rho", min, max)

    def implied_volatility(self, min: float, max: float) -> Self:
        """Implied volatility (a fraction) between."""
        return self._between("ImpliedVolatility", "implied_volatility", min, max)

    def open_interest(self, min: int, max: int) -> Self:
        """Open interest between."""
        return self._between("OpenInterest", "open_interest", min, max)

    d = delta
    g = gamma
    t = theta
    v = vega
    r = rho
    iv = implied_volatility
    oi = open_interest

    # structures: the contracts of one strategy

    def _at_expiry(self, min_days: int, rows: Rows | None = None) -> Rows:
        """The rows of the first expiry at least so many days away, in the order of their identifiers."""
        rows = self._rows if rows is None else rows
        days = self._table.expiry_day[rows]
        late = days[days >= self.local_time.date().toordinal() + min_days]
        if not len(late):
            return rows[:0]
        own = rows[days == late.min()]
        symbol = self._table.symbol
        return np.array(sorted(own.tolist(), key=lambda row: symbol(row).id), dtype=np.int64)

    def _of_right(self, rows: Rows, right: OptionRight) -> Rows:
        own: Rows = rows[self._table.right[rows] == right]
        return own

    def _nearest(self, rows: Rows, from_price: float) -> int | None:
        """The row whose strike is nearest to the price plus an offset; of two equally near the first."""
        if not len(rows):
            return None
        away = np.abs(np.round(self._price() + float(from_price) - self._table.strike[rows], 9))
        return int(rows[int(np.argmin(away))])

    def _strike(self, rows: Rows, from_price: float) -> float:
        row = self._nearest(rows, from_price)
        return _NO_STRIKE if row is None else float(self._table.strike[row])

    def _only(self, *rows: int) -> Self:
        self._rows = np.array(rows, dtype=np.int64)
        return self

    def _matching(self, count: int, mask: npt.NDArray[np.bool_]) -> Self:
        self._keep(mask)
        return self if len(self._rows) == count else self._empty()

    def naked_call(self, min_days_till_expiry: int = 30, strike_from_atm: float = 0) -> Self:
        """One call."""
        return self._single(OptionRight.CALL, min_days_till_expiry, strike_from_atm)

    def naked_put(self, min_days_till_expiry: int = 30, strike_from_atm: float = 0) -> Self:
        """One put."""
        return self._single(OptionRight.PUT, min_days_till_expiry, strike_from_atm)

    def _single(self, right: OptionRight, min_days: int, from_price: float) -> Self:
        row = self._nearest(self._of_right(self._at_expiry(min_days), right), from_price)
        return self._empty() if row is None else self._only(row)

    def call_spread(
        self,
        min_days_till_expiry: int = 30,
        higher_strike_from_atm: float = 5,
        lower_strike_from_atm: float | None = None,
    ) -> Self:
        """Two calls."""
        return self._spread(OptionRight.CALL, min_days_till_expiry, higher_strike_from_atm, lower_strike_from_atm)

    def put_spread(
        self,
        min_days_till_expiry: int = 30,
        higher_strike_from_atm: float = 5,
        lower_strike_from_atm: float | None = None,
    ) -> Self:
        """Two puts."""
        return self._spread(OptionRight.PUT, min_days_till_expiry, higher_strike_from_atm, lower_strike_from_atm)

    def _spread(self, right: OptionRight, min_days: int, higher: float, lower: float | None) -> Self:
        if lower is None:
            lower = -higher
        if higher <= lower:
            raise ArgumentException(
                "Spread(): strike price arguments must be in descending order, higherStrikeFromAtm, lowerStrikeFromAtm"
            )
        rows = self._of_right(self._at_expiry(min_days), right)
        low = self._nearest(rows, lower)
        if low is None:
            return self._empty()
        high = self._nearest(rows[self._table.strike[rows] > self._table.strike[low]], higher)
        return self._empty() if high is None else self._only(low, high)

    def call_calendar_spread(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> Self:
        """Calls of one strike and two expiries."""
        return self._calendar(OptionRight.CALL, strike_from_atm, min_near_days_till_expiry, min_far_days_till_expiry)

    def put_calendar_spread(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> Self:
        """Puts of one strike and two expiries."""
        return self._calendar(OptionRight.PUT, strike_from_atm, min_near_days_till_expiry, min_far_days_till_expiry)

    def _calendar(self, right: OptionRight, from_price: float, near: int, far: int) -> Self:
        self._expiries_must_ascend("CalendarSpread", near, far)
        strike = self._strike(self._rows, from_price)
        rows = self._of_right(self._rows[self._table.strike[self._rows] == strike], right)
        pair = self._two_expiries(rows, near, far)
        return self._empty() if pair is None else self._only(*pair)

    @staticmethod
    def _expiries_must_ascend(name: str, near: int, far: int) -> None:
        if far <= near:
            raise ArgumentException(
                f"{name}(): expiry arguments must be in ascending order, minNearDaysTillExpiry, minFarDaysTillExpiry"
            )
        if near < 0:
            raise ArgumentException(f"{name}(): near expiry argument must be positive.")

    def _two_expiries(self, rows: Rows, near: int, far: int) -> tuple[int, int] | None:
        """One row of an expiry at least ``near`` days away and one of a later expiry at least ``far`` days away."""
        first = self._at_expiry(near, rows)
        if len(first) != 1:
            return None
        later = rows[self._table.expiry_day[rows] > self._table.expiry_day[first[0]]]
        second = self._at_expiry(far, later)
        return None if len(second) != 1 else (int(first[0]), int(second[0]))

    def strangle(
        self, min_days_till_expiry: int = 30, call_strike_from_atm: float = 5, put_strike_from_atm: float = -5
    ) -> Self:
        """A call above and a put below the price."""
        if call_strike_from_atm <= 0:
            raise ArgumentException("Strangle(): callStrikeFromAtm must be positive")
        if put_strike_from_atm >= 0:
            raise ArgumentException("Strangle(): putStrikeFromAtm must be negative")
        return self._call_and_put(
            min_days_till_expiry, call_strike_from_atm, put_strike_from_atm, out_of_the_money=True
        )

    def straddle(self, min_days_till_expiry: int = 30) -> Self:
        """A call and a put at the price."""
        return self._call_and_put(min_days_till_expiry, 0, 0)

    def protective_collar(
        self, min_days_till_expiry: int = 30, call_strike_from_atm: float = 5, put_strike_from_atm: float = -5
    ) -> Self:
        """A call and a put at a lower strike."""
        if call_strike_from_atm <= put_strike_from_atm:
            raise ArgumentException(
                "ProtectiveCollar(): strike price arguments must be in descending order, callStrikeFromAtm, "
                "putStrikeFromAtm"
            )
        self._call_and_put(min_days_till_expiry, call_strike_from_atm, put_strike_from_atm)
        if len(self._rows) != 2:
            raise InvalidOperationException("Sequence contains no matching element")
        call, put = (float(strike) for strike in self._table.strike[self._rows])
        return self._empty() if call <= put else self

    def conversion(self, min_days_till_expiry: int = 30, strike_from_atm: float = 5) -> Self:
        """A call and a put of one strike."""
        return self._call_and_put(min_days_till_expiry, strike_from_atm, strike_from_atm)

    def _call_and_put(
        self, min_days: int, call_from: float, put_from: float, *, out_of_the_money: bool = False
    ) -> Self:
        rows = self._at_expiry(min_days)
        calls, puts = self._of_right(rows, OptionRight.CALL), self._of_right(rows, OptionRight.PUT)
        if out_of_the_money:
            calls, puts = self._above(calls, self._price()), self._below(puts, self._price())
        call, put = self._nearest(calls, call_from), self._nearest(puts, put_from)
        if call is None or put is None:
            return self._empty()
        return self._only(call, put)

    def _above(self, rows: Rows, price: float) -> Rows:
        return rows[self._table.strike[rows] > price]

    def _below(self, rows: Rows, price: float) -> Rows:
        return rows[self._table.strike[rows] < price]

    def call_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> Self:
        """Three calls, evenly spaced."""
        return self._butterfly(OptionRight.CALL, min_days_till_expiry, strike_spread)

    def put_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> Self:
        """Three puts, evenly spaced."""
        return self._butterfly(OptionRight.PUT, min_days_till_expiry, strike_spread)

    def _columns(self) -> tuple[Any, Any, Any]:
        table, rows = self._table, self._rows
        return table.strike[rows], table.expiry_day[rows], table.right[rows]

    def _butterfly(self, right: OptionRight, min_days: int, spread: float) -> Self:
        if spread <= 0:
            raise ArgumentException("ProtectiveCollar(): strikeSpread arguments must be positive")
        rows = self._of_right(self._at_expiry(min_days), right)
        if not len(rows):
            return self._empty()
        middle = self._strike(rows, 0)
        lower = self._strike(self._below(self._below(rows, self._price()), middle), -spread)
        upper = -1.0 if lower == _NO_STRIKE else middle * 2 - lower
        strike, day, rights = self._columns()
        wing = (strike == middle) | (strike == lower) | (strike == upper)
        return self._matching(3, (day == self._table.expiry_day[rows[0]]) & (rights == int(right)) & wing)

    def iron_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> Self:
        """A straddle at the price and a strangle around it."""
        if strike_spread <= 0:
            raise ArgumentException("IronButterfly(): strikeSpread arguments must be positive")
        rows = self._at_expiry(min_days_till_expiry)
        calls = self._above(self._of_right(rows, OptionRight.CALL), self._price())
        puts = self._below(self._of_right(rows, OptionRight.PUT), self._price())
        if not len(calls) or not len(puts):
            return self._empty()
        middle = self._strike(rows, 0)
        upper = self._strike(self._above(calls, middle), strike_spread)
        lower = -1.0 if upper == _NO_STRIKE else middle * 2 - upper
        strike, day, right = self._columns()
        wing = ((right == OptionRight.CALL) & (strike == upper)) | ((right == OptionRight.PUT) & (strike == lower))
        return self._matching(4, (day == self._table.expiry_day[rows[0]]) & ((strike == middle) | wing))

    def iron_condor(
        self, min_days_till_expiry: int = 30, near_strike_spread: float = 5, far_strike_spread: float = 10
    ) -> Self:
        """Two out-of-the-money spreads of one width."""
        if near_strike_spread <= 0 or far_strike_spread <= 0:
            raise ArgumentException(
                "IronCondor(): strike arguments must be positive, nearStrikeSpread, farStrikeSpread"
            )
        if near_strike_spread >= far_strike_spread:
            raise ArgumentException(
                "IronCondor(): strike arguments must be in ascending orders, nearStrikeSpread, farStrikeSpread"
            )
        rows = self._at_expiry(min_days_till_expiry)
        calls = self._above(self._of_right(rows, OptionRight.CALL), self._price())
        puts = self._below(self._of_right(rows, OptionRight.PUT), self._price())
        if not len(calls) or not len(puts):
            return self._empty()
        near_call, near_put = self._strike(calls, near_strike_spread), self._strike(puts, -near_strike_spread)
        far_call = self._strike(self._above(calls, near_call), far_strike_spread)
        far_put = -1.0 if far_call == _NO_STRIKE else near_put - far_call + near_call
        strike, day, right = self._columns()
        call_legs = (right == OptionRight.CALL) & ((strike == near_call) | (strike == far_call))
        put_legs = (right == OptionRight.PUT) & ((strike == near_put) | (strike == far_put))
        return self._matching(4, (day == self._table.expiry_day[rows[0]]) & (call_legs | put_legs))

    def box_spread(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> Self:
        """A call and a put at each of two strikes."""
        if strike_spread <= 0:
            raise ArgumentException("BoxSpread(): strike arguments must be positive, strikeSpread")
        rows = self._at_expiry(min_days_till_expiry)
        if not len(rows):
            return self._empty()
        upper = self._strike(self._above(rows, self._price()), strike_spread)
        lower = self._strike(self._below(self._below(rows, upper), self._price()), -strike_spread)
        strike, day, _ = self._columns()
        return self._matching(4, ((strike == upper) | (strike == lower)) & (day == self._table.expiry_day[rows[0]]))

    def jelly_roll(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> Self:
        """A call and a put of one strike in two expiries."""
        self._expiries_must_ascend("JellyRoll", min_near_days_till_expiry, min_far_days_till_expiry)
        strike = self._strike(self._rows, strike_from_atm)
        calls = self._of_right(self._rows[self._table.strike[self._rows] == strike], OptionRight.CALL)
        pair = self._two_expiries(calls, min_near_days_till_expiry, min_far_days_till_expiry)
        if pair is None:
            return self._empty()
        strikes, day, _ = self._columns()
        near, far = self._table.expiry_day[list(pair)]
        return self._matching(4, (strikes == strike) & ((day == near) | (day == far)))

    def call_ladder(
        self,
        min_days_till_expiry: int,
        higher_strike_from_atm: float,
        middle_strike_from_atm: float,
        lower_strike_from_atm: float,
    ) -> Self:
        """Three calls."""
        strikes = (higher_strike_from_atm, middle_strike_from_atm, lower_strike_from_atm)
        return self._ladder(OptionRight.CALL, min_days_till_expiry, *strikes)

    def put_ladder(
        self,
        min_days_till_expiry: int,
        higher_strike_from_atm: float,
        middle_strike_from_atm: float,
        lower_strike_from_atm: float,
    ) -> Self:
        """Three puts."""
        strikes = (higher_strike_from_atm, middle_strike_from_atm, lower_strike_from_atm)
        return self._ladder(OptionRight.PUT, min_days_till_expiry, *strikes)

    def _ladder(self, right: OptionRight, min_days: int, higher: float, middle: float, lower: float) -> Self:
        if not higher > middle > lower:
            raise ArgumentException(
                "Ladder(): strike price arguments must be in descending order, higherStrikeFromAtm, "
                "middleStrikeFromAtm, lowerStrikeFromAtm"
            )
        rows = self._at_expiry(min_days, self._of_right(self._rows, right))
        chosen: list[int] = []
        for offset in (lower, middle, higher):
            if chosen:
                rows = self._above(rows, float(self._table.strike[chosen[-1]]))
            row = self._nearest(rows, offset)
            if row is None:
                return self._empty()
            chosen.append(row)
        return self._only(*chosen)
