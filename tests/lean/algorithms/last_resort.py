"""An urgent way out that nobody takes at a limit, through the executor and LeanBackend, on GOOG's real quotes."""

import json
from datetime import UTC, date
from decimal import Decimal

from AlgorithmImports import *
from fakes.faulty_store import FaultyStore
from tomking.adapters.lean_backend import LeanBackend
from tomking.adapters.lean_fills import PackageFillModel
from tomking.adapters.lean_symbols import LeanSymbols
from tomking.events import GroupCreated, PartialPolicy, Purpose
from tomking.execution.executor import Executor
from tomking.execution.pricing import package_price
from tomking.execution.rules import ExecutionRules
from tomking.ledger import Ledger
from tomking.market.contract import Right, option
from tomking.market.leg import Leg, package, reversed_legs
from tomking.market.quote import Quote
from tomking.settings.desk import ExecutionSettings

EXPIRY = date(2016, 1, 15)


def goog(strike, right):
    return option("GOOG", EXPIRY, strike, right)


CONDOR = package(
    Leg(goog(720, Right.PUT), 1),
    Leg(goog(735, Right.PUT), -1),
    Leg(goog(765, Right.CALL), -1),
    Leg(goog(780, Right.CALL), 1),
)


class NobodyTakesLimits(PackageFillModel):
    """From the moment on that the algorithm says so."""

    is_shy = False

    def combo_limit_fill(self, order, parameters):
        return [] if self.is_shy else super().combo_limit_fill(order, parameters)


class LastResort(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.set_cash(100000)
        self.set_brokerage_model(BrokerageName[self.get_parameter("brokerage")], AccountType.MARGIN)
        self.fills = NobodyTakesLimits(0.0)
        self.add_security_initializer(self.fills.give_to)
        self.set_benchmark(lambda time: 0)
        self.add_equity("GOOG", Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.RAW)
        self.symbols = LeanSymbols(self)
        self.backend = LeanBackend(self, self.symbols)
        for leg in CONDOR:
            self.add_option_contract(self.symbols.symbol(leg.contract), Resolution.MINUTE)
        rules = ExecutionRules.from_settings(ExecutionSettings(), live=False)
        self.ledger = Ledger.opened(FaultyStore(), "tomking/backtest/test", "run", self.now())
        self.executor = Executor(self.backend, self.ledger, self, rules, "run")
        self.types, self.statuses = [], []

    def now(self):
        return self.utc_time.replace(tzinfo=UTC)

    # -- the executor's view of the market

    def quote(self, contract):
        security = self.securities[self.symbols.symbol(contract)]
        return Quote(Decimal(str(security.bid_price)), Decimal(str(security.ask_price)), self.now())

    def is_open(self, underlying, now):
        return True

    # -- the story

    def on_data(self, data):
        if self.time.hour < 10:
            return
        self.ledger.now = self.now()
        if not self.ledger.groups:
            self.begin("alpha-run-1", Purpose.OPEN, CONDOR)
        elif len(self.ledger.groups) == 1 and not self.ledger.open_groups:
            self.fills.is_shy = True
            self.begin("alpha-run-2", Purpose.CLOSE, reversed_legs(CONDOR))
        self.executor.pump(self.now())

    def begin(self, group_id, purpose, legs):
        price = package_price(legs, self.quote)
        worst = price.natural if purpose is Purpose.OPEN else None
        policy = PartialPolicy.KEEP if worst is None else PartialPolicy.UNWIND
        self.executor.begin(GroupCreated(group_id, "alpha", purpose, "alpha-run-1", legs, 2, policy, worst, price.mid))

    def on_order_event(self, order_event):
        self.backend.on_order_event(order_event)
        self.types.append(str(order_event.ticket.order_type))
        self.statuses.append(str(order_event.status))

    def on_end_of_algorithm(self):
        _, way_out = self.ledger.groups.values()
        found = {
            "declared": self.backend.capabilities.combo_market,
            "outcome": way_out.outcome.value,
            "reason": way_out.reason,
            "orders": [[order.at_market, order.state.value] for order in way_out.orders.values()],
            "expected": str(list(way_out.orders.values())[-1].limit),
            "paid": str(way_out.paid / 2),
            "held": len(self.backend.positions()),
            "book": len(self.ledger.book.holdings()),
            "types": sorted(set(self.types)),
            "invalid": self.statuses.count("INVALID"),
        }
        self.object_store.save("last/found", json.dumps(found))
