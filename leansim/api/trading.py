"""The methods an algorithm trades with: a mixin of ``QCAlgorithm``.

Every method makes submit requests, has them checked (`leansim.trading.pre_checks`) and gives them to the transaction
handler. A request that fails the checks answers with a ticket of status INVALID and no event.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import gcd
from typing import TYPE_CHECKING, Any

from leansim.account.sizing import size_for_target
from leansim.api.decimals import Number, exact
from leansim.api.enums import OrderDirection, OrderType, SecurityType
from leansim.api.net import ArgumentException, InvalidOperationException
from leansim.api.option_strategies import OptionStrategy
from leansim.api.order_properties import GoodTilDateTimeInForce, OrderProperties, TimeInForce
from leansim.api.order_requests import SubmitOrderRequest
from leansim.api.order_ticket import OrderTicket
from leansim.api.orders import GroupOrderManager, Leg, TrailingStopOrder, whole
from leansim.api.portfolio_targets import by_margin_impact
from leansim.api.symbols import Symbol, is_option
from leansim.numbers import ZERO, plain
from leansim.trading import pre_checks
from leansim.trading.expiry import expiry_time
from leansim.trading.short_sales import is_shortable, shortable_quantity

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.api.workings import Workings


class TradingMethods:
    """Orders of every type, liquidation and sizing."""

    _leansim: Workings

    # -- single orders

    def market_order(
        self,
        symbol: Any,
        quantity: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Buy (positive) or sell at the market. Outside regular hours it waits for the open; futures do not."""
        security = self._leansim_security_for_order(symbol)
        if security.type not in (SecurityType.FUTURE, SecurityType.FUTURE_OPTION):
            converted = self._leansim_converted_market_order(security, quantity, asynchronous, tag, order_properties)
            if converted is not None:
                return converted
        return self._leansim_submit(OrderType.MARKET, security, quantity, asynchronous, tag, order_properties)

    def _leansim_converted_market_order(
        self, security: Security, quantity: Number, asynchronous: bool, tag: str, properties: OrderProperties | None
    ) -> OrderTicket | None:
        """The market order as one for the open or the close, where LEAN makes it one."""
        if not security.exchange.exchange_open:
            ticket = self.market_on_open_order(security.symbol, quantity, asynchronous, tag, properties)
            if ticket.submit_request.response.is_success:
                self._leansim.warn_once(
                    "market-on-open",
                    "Warning: market orders submitted while the market is closed are automatically converted into "
                    "MarketOnOpen orders to fill at the next market open.",
                )
            return ticket
        hours = security.exchange.hours
        if self._leansim.live_mode or hours.is_market_always_open or not pre_checks.is_daily_only(security):
            return None
        late = pre_checks.is_near_close(security)
        convert = self.market_on_open_order if late else self.market_on_close_order
        ticket = convert(security.symbol, quantity, asynchronous, tag, properties)
        if ticket.submit_request.response.is_success:
            self._leansim.warn_once(
                "daily-market-order",
                "Warning: market orders on daily resolution data sent during market hours are automatically converted "
                "into MarketOnClose orders (or MarketOnOpen near the close) to avoid filling at the stale previous "
                "close. Note: in live trading this conversion is not applied, as the order fills at the current "
                "market price.",
            )
        return ticket

    def limit_order(
        self,
        symbol: Any,
        quantity: Number,
        limit_price: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Buy or sell at a price or better."""
        security = self._leansim_security_for_order(symbol)
        return self._leansim_submit(
            OrderType.LIMIT, security, quantity, asynchronous, tag, order_properties, limit_price=limit_price
        )

    def stop_market_order(
        self,
        symbol: Any,
        quantity: Number,
        stop_price: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Buy or sell at the market once a price is passed."""
        security = self._leansim_security_for_order(symbol)
        return self._leansim_submit(
            OrderType.STOP_MARKET, security, quantity, asynchronous, tag, order_properties, stop_price=stop_price
        )

    def stop_limit_order(
        self,
        symbol: Any,
        quantity: Number,
        stop_price: Number,
        limit_price: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Buy or sell at a limit once a price is passed."""
        security = self._leansim_security_for_order(symbol)
        return self._leansim_submit(
            OrderType.STOP_LIMIT,
            security,
            quantity,
            asynchronous,
            tag,
            order_properties,
            stop_price=stop_price,
            limit_price=limit_price,
        )

    def trailing_stop_order(self, symbol: Any, quantity: Number, *arguments: Any, **named: Any) -> OrderTicket:
        """``(symbol, quantity, [stop_price,] trailing_amount, trailing_as_percentage, asynchronous, tag, properties)``.

        Without a stop price it is computed from the present price.
        """
        given = list(arguments)
        has_stop = "stop_price" in named or (
            len(given) > 1 and not isinstance(given[1], bool) and "trailing_amount" not in named
        )
        names = ["trailing_amount", "trailing_as_percentage", "asynchronous", "tag", "order_properties"]
        if has_stop:
            names.insert(0, "stop_price")
        values = dict(zip([name for name in names if name not in named], given, strict=False)) | named
        if not {"trailing_amount", "trailing_as_percentage"} <= values.keys() <= set(names):
            raise TypeError("No method matches given arguments for TrailingStopOrder")
        security = self._leansim_security_for_order(symbol)
        amount = exact(values["trailing_amount"])
        as_percentage = bool(values["trailing_as_percentage"])
        if has_stop:
            stop = exact(values["stop_price"])
        else:
            side = OrderDirection.BUY if exact(quantity) > 0 else OrderDirection.SELL
            stop = TrailingStopOrder._stop_for(security.cache.price, amount, as_percentage, side)
        return self._leansim_submit(
            OrderType.TRAILING_STOP,
            security,
            quantity,
            bool(values.get("asynchronous", False)),
            values.get("tag", ""),
            values.get("order_properties"),
            stop_price=stop,
            trailing_amount=amount,
            trailing_as_percentage=as_percentage,
        )

    def limit_if_touched_order(
        self,
        symbol: Any,
        quantity: Number,
        trigger_price: Number,
        limit_price: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Buy or sell at a limit once a price is touched."""
        security = self._leansim_security_for_order(symbol)
        return self._leansim_submit(
            OrderType.LIMIT_IF_TOUCHED,
            security,
            quantity,
            asynchronous,
            tag,
            order_properties,
            trigger_price=trigger_price,
            limit_price=limit_price,
        )

    def market_on_open_order(
        self,
        symbol: Any,
        quantity: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Buy or sell at the next open."""
        properties = self._leansim_session_properties(order_properties)
        security = self._leansim_security_for_order(symbol)
        return self._leansim_submit(OrderType.MARKET_ON_OPEN, security, quantity, asynchronous, tag, properties)

    def market_on_close_order(
        self,
        symbol: Any,
        quantity: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Buy or sell at the next close."""
        properties = self._leansim_session_properties(order_properties)
        security = self._leansim_security_for_order(symbol)
        return self._leansim_submit(OrderType.MARKET_ON_CLOSE, security, quantity, asynchronous, tag, properties)

    def _leansim_session_properties(self, given: OrderProperties | None) -> OrderProperties | None:
        properties = given if given is not None else self._leansim_default_properties()
        if properties is not None and isinstance(properties.time_in_force, GoodTilDateTimeInForce):
            properties.time_in_force = TimeInForce.GOOD_TIL_CANCELED
            self._leansim.warn_once(
                "good-til-date",
                "Warning: Good-Til-Date Time-In-Force is not supported for MOO and MOC orders. The time-in-force will "
                "be reset to Good-Til-Canceled (GTC).",
            )
        return properties

    def exercise_option(
        self,
        option_symbol: Any,
        quantity: int,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Exercise long options; the sign of the quantity does not matter."""
        security = self._leansim_security_for_order(option_symbol)
        amount = -abs(whole(quantity))
        return self._leansim_submit(OrderType.OPTION_EXERCISE, security, amount, asynchronous, tag, order_properties)

    # -- by side

    def buy(
        self,
        symbol: Any,
        quantity: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> Any:
        """Buy a security at the market, or an option strategy as a combo."""
        return self.order(symbol, abs(exact(quantity)), asynchronous, tag, order_properties)

    def sell(
        self,
        symbol: Any,
        quantity: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> Any:
        """Sell a security at the market, or an option strategy as a combo."""
        return self.order(symbol, -abs(exact(quantity)), asynchronous, tag, order_properties)

    def order(
        self,
        symbol: Any,
        quantity: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> Any:
        """A market order, or (of an option strategy) a combo market order: a list of tickets."""
        if not isinstance(symbol, OptionStrategy):
            return self.market_order(symbol, quantity, asynchronous, tag, order_properties)
        symbol.set_symbols()
        legs: list[Leg] = [*symbol.underlying_legs, *symbol.option_legs]
        amount = exact(quantity)
        return self._leansim_submit_combo(legs, int(amount), ZERO, asynchronous, tag, order_properties)

    # -- combos

    def combo_market_order(
        self,
        legs: Sequence[Leg],
        quantity: int,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> list[OrderTicket]:
        """All legs at the market; a leg with a price makes it a combo leg limit order, as in LEAN."""
        return self._leansim_submit_combo(legs, quantity, ZERO, asynchronous, tag, order_properties)

    def combo_limit_order(
        self,
        legs: Sequence[Leg],
        quantity: int,
        limit_price: Number,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> list[OrderTicket]:
        """All legs at a net price per unit: positive to pay, negative to receive (for a positive quantity)."""
        limit = exact(limit_price)
        if not limit:
            raise ArgumentException("ComboLimitOrder requires a limit price")
        if any(leg._order_price for leg in legs):
            raise ArgumentException("ComboLimitOrder does not support limit prices for individual legs")
        return self._leansim_submit_combo(legs, quantity, limit, asynchronous, tag, order_properties)

    def combo_leg_limit_order(
        self,
        legs: Sequence[Leg],
        quantity: int,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> list[OrderTicket]:
        """All legs together, each at its own price or better."""
        if not all(leg._order_price for leg in legs):
            raise ArgumentException("ComboLegLimitOrder requires a limit price for each leg")
        return self._leansim_submit_combo(legs, quantity, ZERO, asynchronous, tag, order_properties)

    def _leansim_submit_combo(
        self,
        legs: Sequence[Leg],
        quantity: int,
        limit: Decimal,
        asynchronous: bool,
        tag: str,
        properties: OrderProperties | None,
    ) -> list[OrderTicket]:
        size = whole(quantity)
        _check_ratios(legs, size)
        kind = OrderType.COMBO_LIMIT if limit else OrderType.COMBO_MARKET
        transactions = self._leansim.transactions
        group = GroupOrderManager(transactions.get_increment_group_order_manager_id(), len(legs), size, limit)
        requests: list[SubmitOrderRequest] = []
        for leg in legs:
            security = self._leansim_security_for_order(leg.symbol)
            if leg._order_price is not None:
                limit, kind = leg._order_price, OrderType.COMBO_LEG_LIMIT
            request = self._leansim_request(
                kind, security, leg.quantity * size, asynchronous, tag, properties, limit_price=limit, group=group
            )
            refused = self._leansim_refusal(request)
            if refused is not None:
                return [refused]
            requests.append(request)
        return [transactions.add_order(request) for request in requests]

    # -- requests

    def submit_order_request(self, request: SubmitOrderRequest) -> OrderTicket:
        """Check a request and submit it."""
        refused = self._leansim_refusal(request)
        return self._leansim.transactions.add_order(request) if refused is None else refused

    def _leansim_submit(
        self,
        kind: OrderType,
        security: Security,
        quantity: Number,
        asynchronous: bool,
        tag: str,
        properties: OrderProperties | None,
        **prices: Any,
    ) -> OrderTicket:
        return self.submit_order_request(
            self._leansim_request(kind, security, quantity, asynchronous, tag, properties, **prices)
        )

    def _leansim_request(
        self,
        kind: OrderType,
        security: Security,
        quantity: Number,
        asynchronous: bool,
        tag: str,
        properties: OrderProperties | None,
        *,
        stop_price: Number = 0,
        limit_price: Number = 0,
        trigger_price: Number = 0,
        trailing_amount: Number = 0,
        trailing_as_percentage: bool = False,
        group: GroupOrderManager | None = None,
    ) -> SubmitOrderRequest:
        return SubmitOrderRequest(
            kind,
            security.type,
            security.symbol,
            quantity,
            stop_price,
            limit_price,
            trigger_price,
            trailing_amount,
            trailing_as_percentage,
            self._leansim.utc_ns,
            tag,
            properties if properties is not None else self._leansim_default_properties(),
            group,
            asynchronous,
        )

    def _leansim_default_properties(self) -> OrderProperties | None:
        default: OrderProperties | None = self._leansim.default_order_properties
        return None if default is None else default.clone()

    def _leansim_refusal(self, request: SubmitOrderRequest) -> OrderTicket | None:
        """The ticket of a request that fails the pre-checks, None when it passes."""
        response = pre_checks.check(request, self._leansim)
        if not response.is_error:
            return None
        self._leansim.error(response.error_message or "")
        return OrderTicket._refused(self._leansim.transactions, request, response)

    def shortable(self, symbol: Any, short_quantity: Number = 0, update_order_id: int | None = None) -> bool:
        """Whether shares can be borrowed for a short sale of that many more."""
        security = self._leansim.securities[self._leansim.symbol_of(symbol)]
        return is_shortable(security, exact(short_quantity), self._leansim.transactions, update_order_id)

    def shortable_quantity(self, symbol: Any) -> int:
        """How many shares can be borrowed; 0 also when there is no limit, as in LEAN."""
        return shortable_quantity(self._leansim.securities[self._leansim.symbol_of(symbol)]) or 0

    def set_maximum_orders(self, max: int) -> None:
        """Nothing comes of it, as in LEAN: after ``initialize`` the job sets the limit, and a local one has none."""

    def _leansim_security_for_order(self, what: Any) -> Security:
        """The security of an order. A contract that is not subscribed is subscribed and seeded from history."""
        workings = self._leansim
        symbol = workings.symbol_to_trade(what)
        known = workings.securities.get(symbol)
        if known is not None and (symbol.is_canonical() or known.is_tradable or known.is_delisted):
            return known
        if symbol.security_type != SecurityType.INDEX and self._leansim_may_be_added(symbol):
            return workings.add_security_for_order(symbol)
        raise InvalidOperationException(
            f"The symbol {symbol} is not found in the algorithm's securities collection and cannot be re-added due to "
            "it being delisted or no longer tradable."
        )

    def _leansim_may_be_added(self, symbol: Symbol) -> bool:
        if symbol.is_canonical():
            return False
        kind = symbol.security_type
        if not is_option(kind) and kind != SecurityType.FUTURE:
            return not symbol.has_underlying
        hours = self._leansim.exchange_hours(symbol)
        now = hours.time_zone.to_local(self._leansim.utc_ns)
        return now < expiry_time(symbol.id.date, hours)

    # -- closing and sizing

    def liquidate(
        self,
        symbol: Any = None,
        asynchronous: bool = False,
        tag: str | None = None,
        order_properties: OrderProperties | None = None,
        **named: Any,
    ) -> list[OrderTicket]:
        """Cancel the open orders of a symbol (a list of symbols, all symbols) and close what is held at the market."""
        symbol = named.pop("symbols", named.pop("symbol_to_liquidate", symbol))
        if named:
            raise TypeError("No method matches given arguments for Liquidate")
        if isinstance(asynchronous, str):
            tickets = self.liquidate(symbol, False, asynchronous)
            return [ticket.order_id for ticket in tickets]
        if not self._leansim.settings.liquidate_enabled:
            self._leansim.debug(
                "Liquidate() is currently disabled by settings. To re-enable please set 'Settings.LiquidateEnabled' to "
                "true"
            )
            return []
        text = "Liquidated" if tag is None else tag
        tickets = []
        for each in self._leansim_symbols_to_liquidate(symbol):
            if each not in self._leansim.securities:
                self._leansim.warn_once(
                    "liquidate",
                    f"Warning: liquidate ignored symbol '{each}' because it has not been added to the algorithm. Add "
                    "the security before liquidating it.",
                )
                continue
            ticket = self._leansim_liquidate_one(each, asynchronous, text, order_properties)
            if ticket is not None:
                tickets.append(ticket)
        return tickets

    def _leansim_symbols_to_liquidate(self, what: Any) -> list[Symbol]:
        if what is None:
            return sorted(self._leansim.securities._every_symbol(), key=lambda symbol: symbol.value)
        if isinstance(what, list | tuple | set):
            return [self._leansim.symbol_of(each) for each in what]
        return [self._leansim.symbol_of(what)]

    def _leansim_liquidate_one(
        self, symbol: Symbol, asynchronous: bool, tag: str, properties: OrderProperties | None
    ) -> OrderTicket | None:
        transactions = self._leansim.transactions
        orders = transactions.get_open_orders(symbol)
        security = self._leansim.securities._known(symbol)
        held = ZERO
        if security is not None and security.holdings.invested:
            held = security.holdings._quantity
        closing = len(orders) == 1 and orders[0].type == OrderType.MARKET
        if held and closing and orders[0]._quantity == -held:
            return None
        coming = ZERO
        for order in orders:
            if order.type == OrderType.MARKET:
                ticket = transactions.get_order_ticket(order.id)
                if ticket is not None:
                    coming += ticket._quantity - ticket._quantity_filled
            else:
                transactions.cancel_order(order.id, tag)
        if not held:
            return None
        return self.market_order(symbol, -held - coming, asynchronous, tag, properties)

    def calculate_order_quantity(self, symbol: Any, target: Number) -> float:
        """Quantity to order so that a security takes a fraction of the account's value."""
        return float(self._leansim_order_quantity(self._leansim.symbol_to_trade(symbol), exact(target)))

    def _leansim_order_quantity(self, symbol: Symbol, target: Decimal) -> Decimal:
        return self._leansim_sized(symbol, target) or ZERO

    def _leansim_sized(self, symbol: Symbol, target: Decimal) -> Decimal | None:
        """The quantity that is missing to a fraction of the account's value; ``None``, and a line, when none can."""
        workings = self._leansim
        settings = workings.settings
        size = abs(target)
        smallest = exact(settings.min_absolute_portfolio_target_percentage)
        if size > exact(settings.max_absolute_portfolio_target_percentage) or (size and size < smallest):
            workings.error(f"The portfolio target percent: {plain(target)}, does not comply with the current limits")
            return None
        if symbol not in workings.securities:
            workings.error(f"{symbol} not found in portfolio. Request this data when initializing the algorithm.")
            return None
        security = workings.securities[symbol]
        if not security.cache.price:
            workings.error(f"{symbol}: The security does not have an accurate price as it has not yet received a bar.")
            return None
        portfolio = workings.portfolio
        total = portfolio._total_portfolio_value
        adjusted = target * portfolio._value_less_free_buffer / total
        found = size_for_target(
            portfolio,
            security,
            adjusted / portfolio._leverage(security),
            exact(settings.minimum_order_margin_portfolio_percentage),
        )
        if found.error is not None:
            workings.error(f"Unable to compute order quantity of {symbol}. Reason: {found.error} Returning null.")
            return None
        return found.quantity

    def set_holdings(
        self, symbol: Any = None, percentage: Any = None, *arguments: Any, **named: Any
    ) -> list[OrderTicket]:
        """Bring a security, or several by a list of targets, to fractions of the account's value.

        ``(symbol, percentage[, liquidate_existing_holdings, asynchronous, tag, order_properties])``, or
        ``(targets[, liquidate_existing_holdings, …])``.
        """
        targets = named.pop("targets", symbol if isinstance(symbol, (list, tuple)) else None)
        parts = list(arguments)
        if targets is not None and percentage is not None:
            parts.insert(0, percentage)
        given = _holdings_options(parts, named)
        tag, properties = given["tag"], given["order_properties"]
        workings = self._leansim
        if targets is None:
            which = workings.symbol_to_trade(symbol)
            # Sized before anything is closed, as in LEAN.
            wanted = [(which, self._leansim_order_quantity(which, exact(percentage)))]
        else:
            wanted = [(target.symbol, target._quantity) for target in targets]
        tickets: list[OrderTicket] = []
        if given["liquidate_existing_holdings"]:
            kept = {each for each, _ in wanted}
            known = workings.securities._every_symbol()
            others = sorted((each for each in known if each not in kept), key=lambda s: s.value)
            tickets += self.liquidate(others, tag=tag, order_properties=properties)
        if targets is not None and workings.is_warming_up:
            return tickets
        if targets is not None:
            sized = [(each, self._leansim_order_quantity(each, fraction)) for each, fraction in wanted]
            wanted = by_margin_impact(workings, sized)
        for each, quantity in wanted:
            tickets += self._leansim_bring(each, quantity, given["asynchronous"], tag, properties)
        return tickets

    def _leansim_bring(
        self, which: Symbol, quantity: Decimal, asynchronous: bool, tag: str | None, properties: OrderProperties | None
    ) -> list[OrderTicket]:
        """Order what is missing, less what open orders will bring."""
        coming = sum(
            (
                ticket._quantity - ticket._quantity_filled
                for ticket in self._leansim.transactions.get_open_order_tickets(which)
                if ticket.order_type in (OrderType.MARKET, OrderType.MARKET_ON_OPEN)
            ),
            ZERO,
        )
        quantity -= coming
        if not quantity:
            return []
        is_open = self._leansim.securities[which].exchange.exchange_open
        send = self.market_order if is_open else self.market_on_open_order
        return [send(which, quantity, asynchronous, "" if tag is None else tag, properties)]


_HOLDINGS_OPTIONS = {
    "liquidate_existing_holdings": False,
    "asynchronous": False,
    "tag": None,
    "order_properties": None,
}


def _holdings_options(parts: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """What follows the percentage or the targets, by name; in LEAN's order."""
    if len(parts) > len(_HOLDINGS_OPTIONS) or named.keys() - _HOLDINGS_OPTIONS.keys():
        raise TypeError("No method matches given arguments for SetHoldings")
    return {**_HOLDINGS_OPTIONS, **dict(zip(_HOLDINGS_OPTIONS, parts, strict=False)), **named}


def _check_ratios(legs: Sequence[Leg], quantity: int) -> None:
    """Ratios must have no common divisor: LEAN wants it in the group's quantity."""
    if not legs:
        raise ArgumentException("The list of values cannot be empty")
    divisor = gcd(*(leg.quantity for leg in legs))
    if divisor == 1:
        return

    def text(by: int) -> str:
        return ", ".join(f"{leg.quantity // by if by else leg.quantity} {leg.symbol}" for leg in legs)

    raise ArgumentException(
        "The global combo quantity should be used to increase or reduce the size of the order, while the leg "
        "quantities should be used to specify the ratio of the order. The combo order quantities should be reduced "
        f"from {quantity}x({text(1)}) to {quantity * divisor}x({text(divisor)})."
    )
