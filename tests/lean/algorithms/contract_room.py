"""Runs the contract suite of backends on LeanBackend, a step a minute, on GOOG's real quotes of one morning."""

import json
import traceback
from datetime import date
from decimal import Decimal

from AlgorithmImports import *
from contract.cases import CASES
from tomking.adapters.lean_backend import LeanBackend
from tomking.adapters.lean_fills import PackageFillModel
from tomking.adapters.lean_symbols import LeanSymbols
from tomking.market.contract import Right, option
from tomking.market.leg import Leg, package

EXPIRY = date(2016, 1, 15)


def goog(strike, right):
    return option("GOOG", EXPIRY, strike, right)


class ContractRoom(QCAlgorithm):
    """The algorithm is the room, and its minutes are the steps."""

    remembers_ids = False
    too_many = 500
    legs = package(
        Leg(goog(720, Right.PUT), 1),
        Leg(goog(735, Right.PUT), -1),
        Leg(goog(765, Right.CALL), -1),
        Leg(goog(780, Right.CALL), 1),
    )
    pair = package(Leg(goog(720, Right.PUT), 1), Leg(goog(735, Right.PUT), -1))

    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.set_cash(100000)
        self.set_brokerage_model(BrokerageName[self.get_parameter("brokerage")], AccountType.MARGIN)
        self.add_security_initializer(PackageFillModel(0.0).give_to)
        self.set_benchmark(lambda time: 0)
        self.add_equity("GOOG", Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.RAW)
        self.symbols = LeanSymbols(self)
        self.backend = LeanBackend(self, self.symbols)
        for leg in self.legs:
            self.add_option_contract(self.symbols.symbol(leg.contract), Resolution.MINUTE)
        self.found = {}
        self.waiting = list(CASES)
        self.steps = None

    def on_data(self, data):
        if self.time.hour < 10:
            return
        if self.steps is None and self.waiting:
            self.steps = CASES[self.waiting[0]](self)
        if self.steps is not None:
            self.step()

    def step(self):
        name = self.waiting[0]
        try:
            next(self.steps)
        except StopIteration:
            self.found[name] = ""
        except AssertionError:
            self.found[name] = traceback.format_exc(limit=-3)
        else:
            return
        self.waiting.pop(0)
        self.steps = None

    def natural(self, legs):
        """A dollar beyond the quotes: it trades whatever the next minute brings."""
        net = Decimal(1)
        for leg in legs:
            security = self.securities[self.symbols.symbol(leg.contract)]
            price = security.bid_price if leg.is_short else security.ask_price
            net += leg.ratio * Decimal(str(price))
        return net.quantize(Decimal("0.05")) or Decimal("0.05")

    def resting(self, legs):
        return self.natural(legs) - 8

    def on_order_event(self, order_event):
        self.backend.on_order_event(order_event)

    def on_end_of_algorithm(self):
        for name in self.waiting:
            self.found[name] = "the day was too short for it"
        self.object_store.save("contract/findings", json.dumps(self.found))
