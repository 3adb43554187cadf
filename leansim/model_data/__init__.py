"""Modelled prices and option chains on real history, written as LEAN data files (docs/data.md).

What is real: the S&P 500's daily bars, the daily closes of the VIX and of oil (`history`). Other `assets` are derived
from them. What is modelled: the way through the day (`path`), the volatility surface (`surface`), what is listed
(`expiries`, `listing`, `futures`) and the quotes (`contracts`, `quoting`, `quotes`; `chain` and `option_files` for the
index options of the day). `provider` makes exactly the file that is asked for; the same file always has the same bytes.
"""

from leansim.model_data.generating import RESOLUTIONS, ROOTS, generate
from leansim.model_data.provider import ModelDataProvider
from leansim.model_data.writer import is_modelled

__all__ = ["RESOLUTIONS", "ROOTS", "ModelDataProvider", "generate", "is_modelled"]
