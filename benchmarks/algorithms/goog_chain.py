from AlgorithmImports import *


class GoogChain(QCAlgorithm):
    """A real chain of 798 stock options: `mode` is touch (bid and ask of each, each minute) or greeks."""

    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.set_cash(1_000_000)
        self.add_equity("GOOG", Resolution.MINUTE)
        option = self.add_option("GOOG", Resolution.MINUTE)
        option.set_filter(lambda contracts: contracts.include_weeklys().strikes(-25, 25).expiration(0, 800))
        self.chain_symbol = option.symbol
        self.with_greeks = self.get_parameter("mode") == "greeks"
        self.read = 0
        self.total = 0.0

    def on_data(self, slice):
        for contract in slice.option_chains.get(self.chain_symbol) or ():
            self.total += contract.bid_price + contract.ask_price
            if self.with_greeks:
                self.total += contract.greeks.delta + contract.implied_volatility
            self.read += 1

    def on_end_of_algorithm(self):
        self.object_store.save("read", str(self.read))
