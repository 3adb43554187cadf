"""Priced option days for tests of the method: a chain from Black's formula, and a market around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from builders import contract, quote
from fakes.market import FakeMarket
from tomking.events import TradingState
from tomking.market.calendar import from_new_york, settles_at
from tomking.market.chain import Chain
from tomking.market.contract import Contract, Right
from tomking.market.greeks import black_price, carry, years_between
from tomking.market.quote import Quote
from tomking.risk.account import Account, Exposure
from tomking.settings import Settings
from tomking.strategies.catalog import specs
from tomking.strategies.intent import Intent
from tomking.strategies.spec import StrategySpec
from tomking.strategies.strikes import Scene, scene_of

FRIDAY = date(2018, 1, 5)
AT_1030 = from_new_york(FRIDAY, time(10, 30))
RATE = 0.02


@dataclass
class DayMarket(FakeMarket):
    """A market with one chain, whose quotes it also answers one by one."""

    vix_at_open: Decimal | None = Decimal(12)

    def vix_open(self) -> Decimal | None:
        return self.vix_at_open


def priced_chain(
    spot: Decimal | int = 2740,
    volatility: float = 0.30,
    now: datetime = AT_1030,
    expiry: date = FRIDAY,
    *,
    step: int = 5,
    width: int = 200,
    half_spread: Decimal = Decimal("0.05"),
) -> Chain:
    """SPXW around `spot`: mids from Black's formula on the nickel, no bid where the mid is below a dime."""
    spot = Decimal(spot)
    first = int(spot) // step * step - width
    quotes: dict[Contract, Quote] = {}
    for strike in range(first, first + 2 * width + step, step):
        for right in Right:
            one = contract(strike, right, expiry)
            years = years_between(now, settles_at(one))
            forward = float(spot) * float(carry(years, RATE))
            value = float(black_price(forward, strike, years, volatility, RATE, right is Right.CALL))
            mid = Decimal(round(value * 20)) / 20
            bid = mid - half_spread if mid - half_spread > 0 else Decimal(0)
            quotes[one] = quote(bid, mid + half_spread, now, sizes=(50 if bid else 0, 50))
    return Chain("SPX", spot, now, quotes)


def spec_of(name: str, settings: Settings | None = None, underlying: str | None = None) -> StrategySpec:
    """A strategy's specification, of its first product unless another is named."""
    found = (
        spec for spec in specs(settings or Settings()) if spec.name == name and underlying in (None, spec.underlying)
    )
    return next(found)


def scene(spec: StrategySpec, quoted: Chain, now: datetime = AT_1030) -> Scene:
    """What the strategy sees of a chain."""
    return scene_of(spec, quoted, now, RATE)


def scene_in(intent: Intent, market: FakeMarket) -> Scene:
    """What an intent's strategy sees of a market."""
    spec = intent.spec
    return scene_of(spec, market.chains[spec.underlying], intent.at, RATE, market.closes, market.daily(spec.underlying))


def day_market(chain: Chain | None = None, **facts: object) -> DayMarket:
    """The market of `chain`; opened where it is now, VIX 12, unless told otherwise."""
    chain = priced_chain() if chain is None else chain
    market = DayMarket(quotes=dict(chain.quotes), price=chain.spot, opened_at=chain.spot, chains={"SPX": chain})
    for name, value in facts.items():
        assert hasattr(market, name)
        setattr(market, name, value)
    return market


def account(
    equity: Decimal | int = 100_000,
    phase: int = 4,
    *,
    mark: Decimal | int | None = None,
    buying_power: Decimal | int | None = None,
    state: TradingState = TradingState.ACTIVE,
    exposures: tuple[Exposure, ...] = (),
) -> Account:
    equity = Decimal(equity)
    return Account(
        equity=equity,
        cash=equity,
        buying_power=equity if buying_power is None else Decimal(buying_power),
        high_water_mark=equity if mark is None else Decimal(mark),
        phase=phase,
        trading_state=state,
        exposures=exposures,
    )


def exposure(
    strategy: str = "zero_dte",
    underlying: str = "SPX",
    requirement: Decimal | int = 1000,
    *,
    position_id: str = "p",
    profit: Decimal | int | None = None,
    is_short_volatility: bool = True,
    is_working: bool = False,
) -> Exposure:
    return Exposure(
        position_id=position_id,
        strategy=strategy,
        underlying=underlying,
        requirement=Decimal(requirement),
        expiry=FRIDAY,
        is_short_volatility=is_short_volatility,
        profit=None if profit is None else Decimal(profit),
        is_working=is_working,
    )
