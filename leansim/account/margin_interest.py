"""Interest on what is held: models the engine asks once an hour."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from leansim.api.decimals import DecimalField, exact
from leansim.api.naming import ClrObject
from leansim.api.order_events import utc_ns
from leansim.api.time_zones import aware_utc
from leansim.numbers import ZERO
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.securities import Security


class MarginInterestRateParameters(ClrObject):
    """What a model is asked with: ``(security, time)``, the time UTC."""

    def __init__(self, security: Security, time: datetime | int) -> None:
        self.security = security
        self._utc_ns = utc_ns(time)

    @property
    def time(self) -> datetime:
        """The instant, aware UTC."""
        return aware_utc(self._utc_ns)


class ShortMarginInterestRateModel(ClrObject):
    """The borrow fee of a short position, or the rebate of a long one, for each day it was held, in cash."""

    amount = DecimalField("What was booked so far, negative for what was paid.")

    def __init__(self) -> None:
        self._amount = ZERO
        self._was_short = False
        self._since: date | None = None

    def apply_margin_interest_rate(self, margin_interest_rate_parameters: MarginInterestRateParameters) -> None:
        """Book the days since the last booking; the clock starts when the position does, or changes sides."""
        security: Any = margin_interest_rate_parameters.security
        holding = security.holdings
        today = margin_interest_rate_parameters.time.date()
        if not holding._quantity:
            self._since = None
            return
        is_short = holding._quantity < 0
        if self._since is None or is_short != self._was_short:
            self._since, self._was_short = today, is_short
            return
        if today == self._since:
            return
        rate = self._rate(security)
        if not rate:
            self._since = None
            return
        fee = rate * holding._holdings_value / 360 * (today - self._since).days
        self._amount += fee
        security.quote_currency.add_amount(fee)
        self._since = today

    def _rate(self, security: Any) -> Any:
        provider = security.shortable_provider
        if provider is None:
            return ZERO
        method = "fee_rate" if self._was_short else "rebate_rate"
        local = security.local_time
        return exact(call(provider, method, security.symbol, datetime(local.year, local.month, local.day)))
