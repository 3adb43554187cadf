"""Chains as data frames, with the columns LEAN gives them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from leansim.api.pandas_keys import teach_pandas
from leansim.api.symbols import OPTION_TYPES

if TYPE_CHECKING:
    from leansim.api.chains import BaseChain

_SHARED = {
    "askprice": "ask_price",
    "asksize": "ask_size",
    "bidprice": "bid_price",
    "bidsize": "bid_size",
    "expiry": "expiry",
    "lastprice": "last_price",
    "openinterest": "open_interest",
    "volume": "volume",
}
_OF_OPTIONS = {
    "impliedvolatility": "implied_volatility",
    "right": "right",
    "scaledstrike": "scaled_strike",
    "strike": "strike",
    "style": "style",
    "theoreticalprice": "theoretical_price",
    "underlyinglastprice": "underlying_last_price",
    "underlyingsymbol": "underlying_symbol",
}
_GREEKS = ("delta", "gamma", "rho", "theta", "vega")


def frame_of(chain: BaseChain, flatten: bool) -> pd.DataFrame:
    """A row per contract (``flatten``), or one row with the list of contracts and their number."""
    teach_pandas()
    contracts = list(chain)
    if not flatten:
        index = pd.Index([chain.symbol], name="symbol")
        return pd.DataFrame({"contracts": pd.Series([contracts], index=index), "count": [len(contracts)]}, index=index)
    options = chain.symbol.security_type in OPTION_TYPES
    fields = {**_SHARED, **_OF_OPTIONS} if options else _SHARED
    columns: dict[str, list[Any]] = {
        column: [getattr(contract, field) for contract in contracts] for column, field in fields.items()
    }
    if options:
        greeks = [contract.greeks for contract in contracts]
        columns.update({name: [getattr(g, name) for g in greeks] for name in _GREEKS})
    index = pd.Index([contract.symbol for contract in contracts], name="symbol", dtype=object)
    return pd.DataFrame({name: columns[name] for name in sorted(columns)}, index=index)


def frame_of_several(chains: Iterable[BaseChain]) -> pd.DataFrame:
    """The frames of several chains one below the other; flat ones under their canonical symbols."""
    # an empty chain says nothing of the columns' types
    listed = [chain for chain in chains if len(chain)]
    if not listed:
        return pd.DataFrame()
    frames = [chain.data_frame for chain in listed]
    if not listed[0]._flatten:
        return pd.concat(frames).dropna(axis=1, how="all")
    keys = [chain.symbol for chain in listed]
    return pd.concat(frames, keys=keys, names=["canonical", "symbol"], sort=False).dropna(axis=1, how="all")
