"""Tastytrade's schedule, line by line."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tomking.execution.fees import Execution, Product, tastytrade_fee

E, X, F, FO, S = (
    Product.EQUITY_OPTION,
    Product.INDEX_OPTION,
    Product.FUTURE,
    Product.FUTURE_OPTION,
    Product.SHARES,
)


def fee(product: Product, root: str, quantity: int, held: int = 0, price: str = "5", multiplier: int = 100) -> Decimal:
    return tastytrade_fee(Execution(product, root, quantity, held, Decimal(price), multiplier))


@pytest.mark.parametrize(
    ("product", "root", "quantity", "held", "paid"),
    [
        (E, "GOOG", 3, 0, "3.42"),  # 3 commission, 0.30 clearing, 0.1164 ORF
        (E, "GOOG", -3, 3, "0.44"),  # the page's own example: 0.30 + 0.12 + 0.01 + 0.02, to the cent of each
        (E, "GOOG", 50, 0, "16.94"),  # commission capped at 10 a leg
        (E, "GOOG", -3, 1, "2.44"),  # one closes, two open
        (E, "GOOG", 2, -1, "1.28"),
        (X, "SPXW", 1, 0, "1.79"),  # 1 + 0.10 + 0.0388 + 0.65
        (X, "SPXW", -1, 1, "0.80"),
        (X, "SPX", 30, 0, "53.66"),  # index options have no cap
        (X, "RUT", 1, 0, "1.32"),
        (X, "NDXP", 1, 0, "1.79"),  # not on the list: the highest
        (X, "XSP", 9, 0, "10.25"),  # free of the index fee below 10 a leg
        (X, "XSP", 10, 0, "12.09"),
        (FO, "ES", -1, 0, "3.37"),  # 2.50 + 0.30 + 0.02 + 0.55
        (FO, "ES", 1, -1, "0.87"),
        (FO, "MES", 1, 0, "2.02"),
        (FO, "GC", 1, 0, "4.42"),
        (F, "ES", 1, 0, "2.85"),
        (F, "ES", -1, 1, "2.85"),  # futures pay both ways
        (F, "MES", 1, 0, "1.47"),
        (S, "GOOG", 1000, 0, "0.80"),
        (S, "GOOG", -1000, 1000, "0.98"),
    ],
)
def test_a_line_of_the_schedule(product: Product, root: str, quantity: int, held: int, paid: str) -> None:
    assert fee(product, root, quantity, held) == Decimal(paid)


@given(
    st.sampled_from(list(Product)),
    st.sampled_from(["SPX", "XSP", "ES", "MES", "GC", "GOOG"]),
    st.integers(-200, 200).filter(bool),
    st.integers(-200, 200),
)
def test_it_is_never_negative_never_cheaper_to_open_and_always_whole_cents(
    product: Product, root: str, quantity: int, held: int
) -> None:
    paid = fee(product, root, quantity, held)
    assert paid >= 0
    assert paid == paid.quantize(Decimal("0.01"))
    assert paid <= fee(product, root, quantity, 0)


def test_it_is_dearer_than_leans_tastytrade_model_wherever_that_charges() -> None:
    for product, root, commission in ((E, "GOOG", 1), (X, "SPXW", 1), (FO, "ES", Decimal("2.5"))):
        assert fee(product, root, -1) > commission
        assert fee(product, root, 1, -1) > 0, "closing is not free"
