"""All quoted options of one underlying at one instant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tomking.market.contract import Contract, Right
from tomking.market.quote import Quote


@dataclass(frozen=True)
class Chain:
    """The options of `underlying` quoted at `as_of`, with the price they are options on.

    Attributes:
        underlying: root of the underlying (``SPX``).
        spot: price of the underlying: an index, a share, or the future the options deliver.
        as_of: instant of the chain, aware UTC.
        quotes: each contract's quote.
        futures: of options on futures: price of each future by its expiry; empty: all deliver the one at `spot`.
    """

    underlying: str
    spot: Decimal
    as_of: datetime
    quotes: Mapping[Contract, Quote]
    futures: Mapping[date, Decimal] = field(default_factory=dict)
    _sorted: dict[tuple[date, Right], tuple[Contract, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _expiries: dict[str, set[date]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        """Number of contracts."""
        return len(self.quotes)

    def __iter__(self) -> Iterator[Contract]:
        """The contracts, in no promised order."""
        return iter(self.quotes)

    def spot_of(self, contract: Contract) -> Decimal:
        """Price of what the contract is written on."""
        return self.spot if contract.delivery is None else self.futures.get(contract.delivery, self.spot)

    def expiries(self) -> list[date]:
        """The listed expiries, nearest first."""
        return sorted({contract.expiry for contract in self.quotes if contract.expiry is not None})

    def expiries_of(self, root: str) -> set[date]:
        """The listed expiries of one root."""
        if root not in self._expiries:
            self._expiries[root] = {c.expiry for c in self.quotes if c.root == root and c.expiry is not None}
        return self._expiries[root]

    def side(self, expiry: date, right: Right) -> tuple[Contract, ...]:
        """The calls or puts of one expiry by rising strike; empty when none is listed."""
        key = (expiry, right)
        if key not in self._sorted:
            matching = (c for c in self.quotes if c.expiry == expiry and c.right is right)
            self._sorted[key] = tuple(sorted(matching, key=lambda c: (c.strike or Decimal(0), c.root)))
        return self._sorted[key]
