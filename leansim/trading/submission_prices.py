"""The prices an order keeps of the moment it was sent, with every digit they have in LEAN.

A LEAN price carries the digits of its file, also trailing zeros, and those of the factor it was adjusted with; the
fingerprint of a run's orders is made of that text. Columns are floats and cannot tell, so the digits are found again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from leansim.account import quotes
from leansim.api.enums import SecurityType
from leansim.api.orders import OrderSubmissionData
from leansim.api.securities import Security

# The files of these types hold prices as integers of a ten-thousandth.
_TEN_THOUSANDTHS: Final = (SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION)
_STEP: Final = Decimal("0.0001")
_SAME: Final = Decimal("1e-9")


def submission_data(security: Security, factor: Decimal) -> OrderSubmissionData:
    """Bid, ask and last price now; ``factor`` is what the security's prices are multiplied with today."""
    found = (quotes.bid(security), quotes.ask(security), quotes.close(security))
    return OrderSubmissionData(*(with_all_digits(price, security.type, factor) for price in found))


def with_all_digits(price: Decimal, security_type: SecurityType, factor: Decimal) -> Decimal:
    """A price as LEAN has it: the file's ten-thousandths times the factor.

    A price that is no such product (the middle of two, a price an algorithm put in) gets at least as many digits.
    """
    if not price or security_type not in _TEN_THOUSANDTHS:
        return price
    product = (price / factor).quantize(_STEP) * factor
    if abs(product - price) < _SAME:
        return product
    finest = _STEP * factor
    # A sum has the finer digits of its two parts.
    return price + (finest - finest)
