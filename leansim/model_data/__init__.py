"""Modelled option chains on real index history, written as LEAN data files.

What is real: the S&P 500's daily open, high, low, close and the VIX's daily close (`history`). What is modelled: the
way through the day (`path`), the volatility surface (`surface`), and the quotes (`chain`, `quotes`). `provider` makes
exactly the file that is asked for; the same file always has the same bytes.
"""

from leansim.model_data.provider import ModelDataProvider, generate
from leansim.model_data.writer import is_modelled

__all__ = ["ModelDataProvider", "generate", "is_modelled"]
