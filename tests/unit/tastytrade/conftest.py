"""Requests as the desk makes them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from builders import put_spread
from tomking.execution.backend import OrderRequest


@pytest.fixture
def spread_request() -> Callable[[bool], OrderRequest]:
    """A put spread, to open or to close."""

    def made(closing: bool) -> OrderRequest:
        return OrderRequest("alpha-run-1.run.1", put_spread(), 1, Decimal("-1.20"), closing)

    return made
