from AlgorithmImports import *


class EmptySteps(QCAlgorithm):
    """An index at minute resolution and a callback that does nothing: what a time step costs."""

    def initialize(self):
        self.set_start_date(2018, 1, 2)
        self.set_end_date(2018, 3, 29)
        self.set_cash(100000)
        symbol = self.add_index("SPX", Resolution.MINUTE).symbol
        self.set_benchmark(symbol)
        self.steps = 0

    def on_data(self, slice):
        self.steps += 1

    def on_end_of_algorithm(self):
        self.object_store.save("steps", str(self.steps))
