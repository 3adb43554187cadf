"""One tradable thing: an option contract, or the shares or future it delivers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import Enum


class Kind(Enum):
    """What a contract is, as the broker books it."""

    OPTION = "option"
    SHARES = "shares"
    FUTURE = "future"


class Right(Enum):
    """Call or put."""

    CALL = "C"
    PUT = "P"


class Style(Enum):
    """When a holder may exercise: any day, or at expiry only."""

    AMERICAN = "american"
    EUROPEAN = "european"


@dataclass(frozen=True, slots=True)
class Contract:
    """A tradable contract, known by its own facts and never by a broker's text.

    Attributes:
        kind: option, shares or future.
        underlying: root of what moves it, as the exchange names it: ``SPX``, ``GOOG``, ``ES``.
        root: the option's own root (``SPXW`` on ``SPX``); equal to `underlying` where there is no other.
        expiry: last trading day; None for shares.
        strike: None unless an option.
        right: None unless an option.
        style: None unless an option.
        multiplier: currency per point of price and contract: 100 for equity and index options, 50 for ES, 1 for shares.
        delivery: for an option on a future, the expiry of that future; None otherwise.
    """

    kind: Kind
    underlying: str
    root: str
    multiplier: int
    expiry: date | None = None
    strike: Decimal | None = None
    right: Right | None = None
    style: Style | None = None
    delivery: date | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Made once: contracts are the keys of chains, quotes and holdings, and nine fields are slow to hash."""
        return self._hash

    def __reduce__(self) -> tuple[type[Contract], tuple[object, ...]]:
        """Copied and pickled as its facts, for the hash is another one in every process."""
        return Contract, tuple([getattr(self, fact.name) for fact in fields(self) if fact.init])

    def __post_init__(self) -> None:
        """Refuse a contract that could not exist."""
        option_facts = (self.strike, self.right, self.style)
        if self.kind is Kind.OPTION:
            if self.expiry is None or any(fact is None for fact in option_facts):
                raise ValueError(f"an option needs expiry, strike, right and style: {self!r}")
            if self.strike is not None and self.strike <= 0:
                raise ValueError(f"strike must be positive: {self.strike}")
        elif any(fact is not None for fact in option_facts):
            raise ValueError(f"only an option has strike, right and style: {self!r}")
        if self.kind is Kind.FUTURE and self.expiry is None:
            raise ValueError("a future needs an expiry")
        if self.multiplier <= 0:
            raise ValueError(f"multiplier must be positive: {self.multiplier}")
        facts = (self.root, self.expiry, self.strike, self.right, self.kind, self.underlying, self.delivery)
        object.__setattr__(self, "_hash", hash(facts))

    @property
    def is_option(self) -> bool:
        """True for an option."""
        return self.kind is Kind.OPTION

    @property
    def text(self) -> str:
        """A readable, lossless-for-humans name: ``SPXW 2018-01-05 2710 P``; used in logs, tables and journal keys."""
        if self.kind is Kind.SHARES:
            return self.root
        if self.kind is Kind.FUTURE:
            return f"{self.root} {self.expiry}"
        if self.right is None or self.strike is None:
            raise ValueError(f"not an option: {self!r}")
        return f"{self.root} {self.expiry} {plain(self.strike)} {self.right.value}"

    def days_to_expiry(self, on: date) -> int:
        """Calendar days from the session date `on` to expiry; 0 on the day itself, negative after it.

        Raises:
            ValueError: for shares, which do not expire.
        """
        if self.expiry is None:
            raise ValueError(f"{self.text} does not expire")
        return (self.expiry - on).days

    def intrinsic(self, spot: Decimal) -> Decimal:
        """Value per point if exercised at `spot`; of shares and futures the spot itself."""
        if self.strike is None:
            return spot
        gain = spot - self.strike if self.right is Right.CALL else self.strike - spot
        return max(gain, Decimal(0))


def plain(number: Decimal) -> str:
    """A decimal without exponent or trailing zeros: ``2710``, ``737.5``."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def shares(ticker: str) -> Contract:
    """The shares of `ticker`."""
    return Contract(Kind.SHARES, ticker, ticker, 1)


def future(root: str, expiry: date, multiplier: int) -> Contract:
    """The future of `root` whose last trading day is `expiry`."""
    return Contract(Kind.FUTURE, root, root, multiplier, expiry)


def option(
    underlying: str,
    expiry: date,
    strike: Decimal | int | str,
    right: Right,
    *,
    root: str | None = None,
    style: Style = Style.AMERICAN,
    multiplier: int = 100,
    delivery: date | None = None,
) -> Contract:
    """An option contract; `root` defaults to the underlying's."""
    return Contract(
        Kind.OPTION, underlying, root or underlying, multiplier, expiry, Decimal(strike), right, style, delivery
    )
