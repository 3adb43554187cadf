from AlgorithmImports import *


class OneMinute(QCAlgorithm):
    """Ends with its first data: what is left is the cost of a run."""

    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.add_equity("GOOG", Resolution.MINUTE)

    def on_data(self, slice):
        self.quit()
