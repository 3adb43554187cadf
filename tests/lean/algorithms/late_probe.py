"""Drives LeanBackend as a live engine does: notices come after the call, on another turn, out of order, and twice."""

import json
import os
import sys
from datetime import date
from decimal import Decimal

sys.path.insert(0, os.environ["TOMKING_PATH"])

from AlgorithmImports import *
from tomking.adapters.lean_backend import LeanBackend
from tomking.adapters.lean_fills import PackageFillModel
from tomking.adapters.lean_symbols import LeanSymbols
from tomking.execution.backend import OrderRequest
from tomking.market.contract import Right, option
from tomking.market.leg import Leg, package

EXPIRY = date(2016, 1, 15)


def goog(strike, right):
    return option("GOOG", EXPIRY, strike, right)


CONDOR = package(
    Leg(goog(720, Right.PUT), 1),
    Leg(goog(735, Right.PUT), -1),
    Leg(goog(765, Right.CALL), -1),
    Leg(goog(780, Right.CALL), 1),
)


class LateProbe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.set_cash(10000)
        self.set_brokerage_model(BrokerageName.TASTYTRADE, AccountType.MARGIN)
        self.add_security_initializer(PackageFillModel(0.0).give_to)
        self.set_benchmark(lambda time: 0)
        self.answers = {}
        self.notices = []
        self.add_equity("GOOG", Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.RAW)
        self.symbols = LeanSymbols(self)
        self.backend = LeanBackend(self, self.symbols)
        for leg in CONDOR:
            self.add_option_contract(self.symbols.symbol(leg.contract), Resolution.MINUTE)
        at = self.date_rules.on(2015, 12, 24)
        for minutes, act in ((0, self.send), (4, self.hear), (5, self.send_two), (9, self.hear_two)):
            self.schedule.on(at, self.time_rules.at(10, minutes), act)

    def submit(self, name, quantity):
        self.backend.submit(OrderRequest(name, CONDOR, quantity, Decimal("-1.00"), closing=False))

    def send(self):
        self.submit("one", 1)
        self.answers["at once"] = self.names(self.backend.drain())
        self.answers["looked up at once"] = self.backend.look_up("one").status.value

    def hear(self):
        self.deliver(lambda notices: [*reversed(notices), *notices])
        reports = self.backend.drain()
        self.answers["filled"] = self.names(reports)
        report = self.backend.look_up("one")
        self.answers["looked up"] = [report.status.value, report.close_reason.value, len(report.fills)]
        self.answers["fill ids"] = [fill.fill_id for fill in report.fills]

    def send_two(self):
        self.submit("first", 4)
        self.submit("second", 4)
        self.deliver(list)
        self.answers["both accepted"] = self.names(self.backend.drain())

    def hear_two(self):
        self.deliver(list)
        told = self.backend.drain()
        first, second = (self.backend.look_up(name) for name in ("first", "second"))
        self.answers["first"] = [first.status.value, first.close_reason.value]
        self.answers["second"] = [second.status.value, second.close_reason.value]
        self.answers["why"] = second.text
        self.answers["second told"] = self.names(report for report in told if report.order_id == "second")

    def deliver(self, order):
        notices, self.notices = self.notices, []
        for notice in order(notices):
            self.backend.on_order_event(notice)

    def names(self, reports):
        return [type(report).__name__ for report in reports]

    def on_order_event(self, order_event):
        self.notices.append(order_event)

    def on_end_of_algorithm(self):
        self.object_store.save("probe/answers", json.dumps(self.answers))
