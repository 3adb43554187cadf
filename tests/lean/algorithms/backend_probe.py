"""Drives LeanBackend by hand on GOOG's real quotes of 24 December 2015 and writes down what it answers."""

import json
import os
import sys
from datetime import date
from decimal import Decimal

sys.path.insert(0, os.environ["TOMKING_PATH"])

from AlgorithmImports import *
from tomking.adapters.lean_backend import LeanBackend
from tomking.adapters.lean_fees import TastytradeFees
from tomking.adapters.lean_fills import PackageFillModel
from tomking.adapters.lean_store import LeanStore
from tomking.adapters.lean_symbols import LeanSymbols, UnknownSymbol
from tomking.errors import OrderRefused
from tomking.execution.backend import OrderRequest
from tomking.market.contract import Right, future, option, shares
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


class BackendProbe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.set_cash(100000)
        self.set_brokerage_model(BrokerageName.TASTYTRADE, AccountType.MARGIN)
        self.add_security_initializer(PackageFillModel(0.0).give_to)
        self.add_security_initializer(TastytradeFees().give_to)
        self.set_benchmark(lambda time: 0)
        self.answers = {}
        equity = self.add_equity("GOOG", Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.RAW)
        self.symbols = LeanSymbols(self)
        self.backend = LeanBackend(self, self.symbols)
        self.answers["equity"] = self.symbols.contract(equity.symbol) == shares("GOOG")
        for leg in CONDOR:
            self.add_option_contract(self.symbols.symbol(leg.contract), Resolution.MINUTE)
        es = future("ES", date(2016, 3, 18), 50)
        self.answers["future"] = str(self.symbols.symbol(es).id)
        at = self.date_rules.on(2015, 12, 24)
        acts = (
            (0, self.refuse),
            (1, self.rest),
            (4, self.withdraw),
            (6, self.fill),
            (10, self.look),
            (11, self.sell_another),
            (14, self.look_at_both),
        )
        for minutes, act in acts:
            self.schedule.on(at, self.time_rules.at(10, minutes), act)

    def request(self, name, quantity, limit, legs=CONDOR):
        return OrderRequest(name, legs, quantity, Decimal(limit), closing=False)

    def refuse(self):
        try:
            self.backend.submit(self.request("too-big", 1000, "-6.00"))
        except OrderRefused as error:
            self.answers["too big"] = [error.code, self.names()]
        gone = package(Leg(option("GOOG", EXPIRY, "651.23", Right.PUT), 1))
        try:
            self.backend.submit(self.request("no-such", 1, "1.00", gone))
        except OrderRefused as error:
            self.answers["no such contract"] = [error.code, self.names()]

    def rest(self):
        self.backend.submit(self.request("rests", 1, "-50.00"))
        self.answers["accepted"] = self.names()

    def withdraw(self):
        self.backend.cancel("rests")
        self.answers["cancel asked"] = self.names()

    def fill(self):
        self.answers["canceled"] = self.names()
        self.backend.submit(self.request("fills", 2, "-1.00"))

    def look(self):
        reports = self.backend.drain()
        self.answers["filled"] = [type(report).__name__ for report in reports]
        report = self.backend.look_up("fills")
        self.answers["fees"] = [[fill.quantity, str(fill.price), str(fill.fee)] for fill in report.fills]
        self.answers["looked up"] = [report.status.value, report.close_reason.value, len(report.fills)]
        self.answers["unknown"] = self.backend.look_up("never sent") is None
        self.answers["held"] = sorted(
            [contract.text, quantity] for contract, quantity in self.backend.positions().items()
        )
        self.answers["round trip"] = all(
            self.symbols.contract(self.symbols.symbol(contract)) == contract for contract in self.backend.positions()
        )
        self.answers["held of what can be held"] = self.positions_without("720 P")
        self.answers["equity left"] = str(self.backend.balances().equity)

    def sell_another(self):
        self.backend.submit(self.request("another", 1, "0.05", package(Leg(goog(735, Right.PUT), -1))))

    def look_at_both(self):
        groups = [[position.symbol for position in group.positions] for group in self.portfolio.positions.groups]
        short = self.symbols.symbol(goog(735, Right.PUT))
        self.answers["groups of the short put"] = sum(short in symbols for symbols in groups)
        self.answers["held with another"] = sorted(
            [contract.text, quantity] for contract, quantity in self.backend.positions().items()
        )

    def positions_without(self, name):
        """The holdings when LEAN shows one that is no contract of ours, as a currency is not."""
        read = self.symbols.contract

        def contract(symbol):
            found = read(symbol)
            if name in found.text:
                raise UnknownSymbol(name)
            return found

        self.symbols.contract = contract
        found = sorted(contract.text for contract in self.backend.positions())
        self.symbols.contract = read
        return found

    def names(self):
        return [type(report).__name__ for report in self.backend.drain()]

    def on_order_event(self, order_event):
        if order_event.status == OrderStatus.SUBMITTED:
            self.answers.setdefault("tags", []).append(str(order_event.ticket.tag))
        self.backend.on_order_event(order_event)

    def on_end_of_algorithm(self):
        store = LeanStore(self.object_store)
        store.save("probe/answers", json.dumps(self.answers))
        store.flush("probe/answers")
        self.answers["keys"] = list(store.keys("probe/"))
        store.save("probe/answers", json.dumps(self.answers))
