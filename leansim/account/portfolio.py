"""``algorithm.portfolio``: cash, holdings, value and margin of the account."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leansim.account import quotes
from leansim.account.cash import Cash, CashBook
from leansim.account.holdings import FutureHolding, OptionHolding, SecurityHolding
from leansim.account.margin_interest import MarginInterestRateParameters
from leansim.account.position_groups import SecurityPositionGroupModel
from leansim.account.settlement import ImmediateSettlementModel, ScanSettlementModelParameters
from leansim.api.decimals import Number, exact
from leansim.api.enums import DataNormalizationMode, OrderDirection, SecurityType
from leansim.api.net import (
    ClrNotImplementedException,
    ExtendedDictionary,
    InvalidOperationException,
    KeyNotFoundException,
)
from leansim.api.python_models import implementing
from leansim.api.symbols import Symbol, is_option
from leansim.errors import NotEmulated
from leansim.numbers import ONE, ZERO, dec
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.account.margin import Sufficiency
    from leansim.api.order_events import OrderEvent
    from leansim.api.orders import Order
    from leansim.api.securities import Security, SecurityManager
    from leansim.api.settings import AlgorithmSettings
    from leansim.api.transactions import SecurityTransactionManager


class _Kept:
    """What the account was worth when last asked for, and what of that is cash; ``None``: to be counted anew."""

    __slots__ = ("cash", "value")

    def __init__(self) -> None:
        self.value: Decimal | None = None
        self.cash: Decimal | None = None


class SecurityPortfolioManager(ExtendedDictionary[Symbol, SecurityHolding]):
    """The account. A dictionary of the holdings of all securities, held or not."""

    __slots__ = (
        "_active",
        "_has_currency",
        "_invested",
        "_kept",
        "_positions",
        "_settings",
        "_sold",
        "_traded",
        "cash_book",
        "margin_call_model",
        "securities",
        "transactions",
        "unsettled_cash_book",
    )

    _pair_types = (Symbol, SecurityHolding)

    def __init__(
        self,
        securities: SecurityManager,
        transactions: SecurityTransactionManager,
        settings: AlgorithmSettings,
    ) -> None:
        self.securities = securities
        self.transactions = transactions
        self.cash_book = CashBook()
        self.cash_book["USD"].set_amount(100_000)
        self._has_currency = False
        self.unsettled_cash_book = CashBook()
        self.margin_call_model: Any = None
        self._settings = settings
        # every security that was ever held: a removed one's fees and profits still count
        self._traded: dict[Symbol, Security] = {}
        self._sold: Decimal | None = ZERO
        self._invested: dict[Symbol, Security] = {}
        # those of them that are not removed, and the layout of the securities that was found for
        self._active: tuple[int, list[Security]] = (-1, [])
        self._positions = SecurityPositionGroupModel(self)
        self._kept = _Kept()
        self.cash_book._tell(self._cash_changed)
        self.unsettled_cash_book._tell(self._cash_changed)

    # -- dictionary of holdings

    def _find(self, key: Any) -> tuple[bool, SecurityHolding | None]:
        found, security = self.securities._find(key)
        return found, None if security is None else security.holdings

    def _pairs(self) -> Iterable[tuple[Symbol, SecurityHolding]]:
        for symbol, security in self.securities._pairs():
            yield symbol, security.holdings

    def _missing(self, key: object) -> KeyNotFoundException:
        return KeyNotFoundException(
            f"This asset symbol ({key}) was not found in your security list. Please add this security or check it "
            "exists before using it with 'securities.contains_key(...)'"
        )

    def __len__(self) -> int:
        return len(self.securities)

    def remove(self, key: Any) -> bool:
        """LEAN does not implement it."""
        raise ClrNotImplementedException("Portfolio object is an adaptor for Security Manager and cannot be changed.")

    def clear(self) -> None:
        """LEAN does not implement it."""
        raise ClrNotImplementedException("Portfolio object is an adaptor for Security Manager and cannot be changed.")

    # -- securities come and go

    def _adopt(self, security: Security) -> None:
        """Give a new security its holding and the cash of its quote currency.

        A security that comes back under the same symbol starts with a new, empty holding, as in LEAN.
        """
        kinds = {SecurityType.FUTURE: FutureHolding}
        kind = OptionHolding if is_option(security.type) else kinds.get(security.type, SecurityHolding)
        currency = security.symbol_properties.quote_currency
        if not currency:
            currency = security.symbol_properties.quote_currency = self.cash_book.account_currency
        if currency not in self.cash_book:
            raise NotEmulated(
                f"a security quoted in {currency} in an account in {self.cash_book.account_currency} (conversion rates)"
            )
        security.quote_currency = self.cash_book[currency]
        if security.type is SecurityType.FOREX:
            security.base_currency = self.cash_book._follow(security.symbol.value[:3], security)
        security.holdings = kind(security, self.cash_book, self._changed)
        if self._traded.pop(security.symbol, None) is not None:
            self._sold = None

    def _changed(self, holding: SecurityHolding) -> None:
        self._traded[holding.symbol] = holding._security
        if holding.invested:
            self._invested[holding.symbol] = holding._security
        else:
            self._invested.pop(holding.symbol, None)
        if len(self._invested) > 1:
            # what is held has been made, of a chain a few contracts
            order = {security.symbol: place for place, security in enumerate(self.securities._made())}
            held = sorted(self._invested.items(), key=lambda item: order.get(item[0], len(order)))
            self._invested = dict(held)
        self._positions._forget()
        self._kept.value = None
        self._active = (-1, [])

    def _invested_securities(self) -> list[Security]:
        """Securities of which at least one lot is held, in the order they came; not those that were removed."""
        if not self._invested:
            return []
        layout = self.securities._layout
        if self._active[0] != layout:
            active = [security for symbol, security in self._invested.items() if self.securities._is_active(symbol)]
            self._active = (layout, active)
        return self._active[1]

    # -- cash

    @property
    def cash(self) -> float:
        """Settled cash of all currencies, in account currency."""
        return float(self.cash_book._total)

    @property
    def unsettled_cash(self) -> float:
        """Cash on its way, in account currency."""
        return float(self.unsettled_cash_book._total)

    def set_cash(self, cash: Number | str, amount: Number | None = None, conversion_rate: Number = ONE) -> None:
        """Set the cash of the account's currency, or ``set_cash(currency, amount, conversion_rate)``."""
        self._kept.value = None
        if isinstance(cash, str):
            assert amount is not None
            self.cash_book.add(cash.upper(), amount, conversion_rate)
            return
        self._base_cash.set_amount(cash)

    def set_account_currency(self, account_currency: str, starting_cash: Number | None = None) -> None:
        """Change the account's currency; the amount stays, unless a new one is given.

        The first call counts. After the first security it raises ``InvalidOperationException``.
        """
        if self._has_currency:
            return
        self._has_currency = True
        if len(self.securities):
            raise InvalidOperationException(
                "SecurityPortfolioManager.SetAccountCurrency(): Cannot change AccountCurrency after adding a Security. "
                "Please move SetAccountCurrency() before AddSecurity()."
            )
        for book in (self.cash_book, self.unsettled_cash_book):
            book._set_account_currency(account_currency.upper())
        if starting_cash is not None:
            self.set_cash(starting_cash)

    @property
    def _base_cash(self) -> Cash:
        return self.cash_book[self.cash_book.account_currency]

    # -- value

    def _prices_moved(self) -> None:
        """A step has new prices: the value of what is held is what they say now."""
        if self._invested:
            self._kept.value = None

    def _cash_changed(self) -> None:
        """An amount of cash has changed."""
        self._kept.value = self._kept.cash = None

    @property
    def _total_portfolio_value(self) -> Decimal:
        """Once asked for it stays until a step brings prices, or holdings or cash change, as in LEAN.

        What fires between two steps sees it so, though contracts may have ended since.
        """
        kept = self._kept
        if kept.value is not None:
            return kept.value
        total = kept.cash
        if total is None:
            total = kept.cash = self.cash_book._total + self.unsettled_cash_book._total
        for security in self._invested_securities():
            holding = security.holdings
            if isinstance(holding, FutureHolding):
                total += holding._unsettled_profit
            else:
                total += holding._holdings_value
        kept.value = total
        return total

    @property
    def total_portfolio_value(self) -> float:
        """Cash and the value of all holdings; of futures the profit not settled yet."""
        return float(self._total_portfolio_value)

    @property
    def _value_less_free_buffer(self) -> Decimal:
        total = self._total_portfolio_value
        if self._settings.free_portfolio_value is not None:
            return total - exact(self._settings.free_portfolio_value)
        return total - total * exact(self._settings.free_portfolio_value_percentage)

    @property
    def total_portfolio_value_less_free_buffer(self) -> float:
        """Value less what the settings keep free."""
        return float(self._value_less_free_buffer)

    @property
    def total_holdings_value(self) -> float:
        """Sum of the holdings' values without sign."""
        return float(sum((abs(s.holdings._holdings_value) for s in self._invested_securities()), ZERO))

    @property
    def total_absolute_holdings_cost(self) -> float:
        """Sum of the holdings' costs without sign."""
        return float(sum((abs(s.holdings._holdings_cost) for s in self._invested_securities()), ZERO))

    @property
    def total_unlevered_absolute_holdings_cost(self) -> float:
        """Sum of the holdings' unlevered costs without sign."""
        costs: list[float] = [s.holdings.unlevered_absolute_holdings_cost for s in self._invested_securities()]
        return sum(costs)

    @property
    def invested(self) -> bool:
        """Whether anything is held."""
        return bool(self._invested_securities())

    @property
    def hold_stock(self) -> bool:
        """The same as ``invested``."""
        return self.invested

    @property
    def _total_unrealized_profit(self) -> Decimal:
        return sum((s.holdings._unrealized_profit for s in self._invested_securities()), ZERO)

    @property
    def total_unrealized_profit(self) -> float:
        """What closing everything now would earn."""
        return float(self._total_unrealized_profit)

    @property
    def total_unrealised_profit(self) -> float:
        """The same as ``total_unrealized_profit``."""
        return float(self._total_unrealized_profit)

    def _counted(self) -> Iterable[Security]:
        """The securities with a past that are still in LEAN's sums."""
        gone = self.securities._gone
        return [s for symbol, s in self._traded.items() if symbol not in gone] if gone else self._traded.values()

    @property
    def _total_fees(self) -> Decimal:
        return sum((s.holdings._total_fees for s in self._counted()), ZERO)

    @property
    def total_fees(self) -> float:
        """Fees paid so far, of removed securities too."""
        return float(self._total_fees)

    @property
    def _total_profit(self) -> Decimal:
        return sum((s.holdings._profit for s in self._counted()), ZERO)

    @property
    def total_profit(self) -> float:
        """Profit of everything closed so far, fees not deducted."""
        return float(self._total_profit)

    @property
    def total_net_profit(self) -> float:
        """Profit of everything closed so far, less all fees."""
        return float(self._total_profit - self._total_fees)

    def _add_sale(self, holding: SecurityHolding, value: Decimal) -> None:
        """So much was bought or sold."""
        holding._add_sale(value)
        if self._sold is not None:
            self._sold += value

    @property
    def _total_sale_volume(self) -> Decimal:
        """Asked every day, of more and more securities: summed as sales come, anew when past ones count no more."""
        if self._sold is None or self.securities._gone:
            self._sold = sum((s.holdings._total_sale_volume for s in self._counted()), ZERO)
        return self._sold

    @property
    def total_sale_volume(self) -> float:
        """Value of everything bought and sold so far."""
        return float(self._total_sale_volume)

    # -- margin

    @property
    def positions(self) -> SecurityPositionGroupModel:
        """The position groups the margin is computed for."""
        return self._positions

    @positions.setter
    def positions(self, value: SecurityPositionGroupModel) -> None:
        self._positions = value._bound_to(self)

    def set_positions(self, position_group_model: SecurityPositionGroupModel) -> None:
        """Use another model of position groups."""
        self.positions = position_group_model

    @property
    def _total_margin_used(self) -> Decimal:
        if not self._invested:
            return ZERO
        total = ZERO
        for group in self._positions._groups:
            total += group._maintenance(self)
        return total

    @property
    def total_margin_used(self) -> float:
        """Sum of the groups' maintenance margins."""
        return float(self._total_margin_used)

    @property
    def _margin_remaining(self) -> Decimal:
        return self._total_portfolio_value - self.unsettled_cash_book._total - self._total_margin_used

    @property
    def margin_remaining(self) -> float:
        """Value less unsettled cash less used margin."""
        return float(self._margin_remaining)

    def get_margin_remaining(
        self, symbol_or_value: Symbol | Number, direction: OrderDirection = OrderDirection.BUY
    ) -> float:
        """Margin free for an order in a security; of a number, that value less unsettled cash less used margin."""
        if isinstance(symbol_or_value, int | float | Decimal):
            value = exact(symbol_or_value)
            return float(value - self.unsettled_cash_book._total - self._total_margin_used)
        security = self.securities[symbol_or_value]
        return float(self._positions._buying_power(security, direction))

    def get_buying_power(self, symbol: Symbol, direction: OrderDirection = OrderDirection.BUY) -> float:
        """The same as ``get_margin_remaining(symbol, direction)``."""
        return self.get_margin_remaining(symbol, direction)

    def _has_sufficient_buying_power(self, orders: list[Order]) -> Sufficiency:
        """Whether orders that belong together (a combo's legs, or one) may be filled with the margin there is."""
        return self._positions._sufficient_for(orders)

    def set_margin_call_model(self, margin_call_model: Any) -> None:
        """Use another margin call model."""
        self.margin_call_model = implementing("IMarginCallModel", margin_call_model)

    # -- what happens

    def _process_fills(self, fills: list[OrderEvent]) -> None:
        for fill in fills:
            security = self.securities[fill.symbol]
            security.portfolio_model._process_fill(self, security, fill)

    def _scan_settlements(self, utc_ns: int) -> None:
        """Charge interest and settle what is due: called by the loop once an hour, after prices are published."""
        for security in self.securities._made():
            if security.margin_interest_rate_model is not None:
                parameters = MarginInterestRateParameters(security, utc_ns)
                call(security.margin_interest_rate_model, "apply_margin_interest_rate", parameters)
            if type(security.settlement_model) is not ImmediateSettlementModel:  # nothing is ever due there
                call(security.settlement_model, "scan", ScanSettlementModelParameters(self, security, utc_ns))

    def apply_dividend(self, dividend: Any, mode: DataNormalizationMode) -> None:
        """Book a dividend of a holding in raw prices."""
        if mode not in (DataNormalizationMode.RAW, DataNormalizationMode.SPLIT_ADJUSTED):
            return
        security = self.securities[dividend.symbol]
        rate = quotes.conversion_rate(security)
        total = security.holdings._quantity * dec(dividend.distribution) * rate
        self._base_cash.add_amount(total)
        security.holdings._add_dividend(total)

    def apply_split(self, split: Any, security: Security, mode: DataNormalizationMode) -> None:
        """Book a split of an equity held in raw prices; the fraction of a share becomes cash."""
        if security.type != SecurityType.EQUITY or mode != DataNormalizationMode.RAW:
            return
        factor = dec(split.split_factor)
        holding = security.holdings
        quantity = holding._quantity / factor
        whole = Decimal(int(quantity))
        fraction = quantity - whole
        holding.set_holdings(holding._average_price * factor, whole)
        last = quotes.price(security)
        worth = last * factor if last else dec(split.reference_price) * factor
        self._base_cash.add_amount(fraction * worth)

    def _leverage(self, security: Security) -> Decimal:
        return exact(call(security.buying_power_model, "get_leverage", security))
