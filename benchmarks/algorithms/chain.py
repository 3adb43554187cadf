from AlgorithmImports import *


class ChainReader(QCAlgorithm):
    """Friday 0DTE chains; `mode` says what is read each minute: nothing, every bid and ask, or every delta too."""

    def initialize(self):
        self.set_start_date(2018, 1, 2)
        self.set_end_date(2018, 2, 9)
        self.set_cash(100000)
        index = self.add_index("SPX", Resolution.MINUTE).symbol
        option = self.add_index_option(index, "SPXW", Resolution.MINUTE)
        option.set_filter(lambda contracts: contracts.strikes(-200, 200).expiration(0, 0))
        self.set_benchmark(index)
        self.chain_symbol = option.symbol
        self.mode = self.get_parameter("mode", "none")
        self.read = 0
        self.total = 0.0

    def on_data(self, slice):
        chain = slice.option_chains.get(self.chain_symbol)
        if chain is None:
            return
        if self.mode == "none":
            self.read += len(chain.contracts)
            return
        for contract in chain:
            self.total += contract.bid_price + contract.ask_price
            if self.mode == "greeks":
                self.total += contract.greeks.delta
            self.read += 1

    def on_end_of_algorithm(self):
        self.object_store.save("quotes", str(self.read))
