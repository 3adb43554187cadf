"""``Exchange``: where securities are traded, by LEAN's names."""

from __future__ import annotations

from typing import Final

from leansim.api.enums import SecurityType
from leansim.api.naming import ClrObject, ClrStatic

_EQUITY, _OPTION, _INDEX_OPTION = SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION
_FUTURE, _FUTURE_OPTION, _INDEX = SecurityType.FUTURE, SecurityType.FUTURE_OPTION, SecurityType.INDEX


class Exchange(ClrObject, metaclass=ClrStatic):
    """An exchange: its name, its code in data files, the market and the kinds of securities it is of.

    Two are equal that have the same code, market and kinds; ``UNKNOWN`` also equals ``None``.
    """

    UNKNOWN: Exchange

    def __init__(
        self, name: str, code: str, description: str, market: str, security_types: tuple[SecurityType, ...] = ()
    ) -> None:
        self.name = name
        self.code = code or name
        self.description = description
        self.market = market
        self.security_types = list(security_types)

    def __str__(self) -> str:
        return self.name

    def _same(self) -> tuple[str, str, frozenset[SecurityType]]:
        return self.code, self.market, frozenset(self.security_types)

    def __eq__(self, other: object) -> bool:
        if other is None:
            return self is Exchange.UNKNOWN
        return self._same() == other._same() if isinstance(other, Exchange) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._same())


_USA: Final[dict[str, tuple[str, str, tuple[SecurityType, ...]]]] = {
    "MEMX": ("MM", "The Members Exchange", (_EQUITY,)),
    "LTSE": ("L", "The Long-Term Stock Exchange", (_EQUITY,)),
    "NASDAQ": ("Q", "National Association of Securities Dealers Automated Quotation", (_EQUITY,)),
    "NASDAQ_SC": ("S", "NASDAQ Small Cap", (_EQUITY,)),
    "BATS": ("Z", "Bats Global Markets, Better Alternative Trading System", (_EQUITY,)),
    "ARCA": ("P", "New York Stock Archipelago Exchange", (_EQUITY,)),
    "NYSE": ("N", "New York Stock Exchange", (_EQUITY,)),
    "SMART": ("SMART", "SMART Exchange", (_EQUITY,)),
    "OTCX": ("OTCX", "Over the Counter Exchange", (_EQUITY,)),
    "IEX": ("IEX", "Investors Exchange", (_EQUITY,)),
    "FINRA": ("D", "The Financial Industry Regulatory Authority", (_EQUITY,)),
    "ISE": ("I", "Nasdaq International Securities Exchange", (_EQUITY,)),
    "CSE": ("M", "Chicago Stock Exchange", (_EQUITY,)),
    "CBOE": ("W", "The Chicago Board Options Exchange", (_EQUITY, _OPTION, _INDEX_OPTION)),
    "C2": ("W", "CBOE Options Exchange", (_OPTION,)),
    "NASDAQ_BX": ("B", "National Association of Securities Dealers Automated Quotation BX", (_EQUITY,)),
    "SIAC": ("SIAC", "The Securities Industry Automation Corporation", (_EQUITY,)),
    "EDGA": ("J", "CBOE EDGA U.S. equities Exchange", (_EQUITY,)),
    "EDGX": ("K", "CBOE EDGX U.S. equities Exchange", (_EQUITY,)),
    "EDGO": ("EDGO", "CBOE EDGX OPTIONS EXCHANGE.", (_OPTION, _INDEX_OPTION)),
    "NASDAQ_PSX": ("X", "National Association of Securities Dealers Automated Quotation PSX", (_EQUITY,)),
    "BATS_Y": ("Y", "Bats Global Markets, Better Alternative Trading System", (_EQUITY,)),
    "BOSTON": ("BB", "The Boston Stock Exchange", (_EQUITY,)),
    "BOX": ("B", "The Boston Option Exchange", (_OPTION, _INDEX_OPTION)),
    "AMEX": ("A", "The American Stock Exchange", (_EQUITY,)),
    "OPRA": ("O", "The Options Price Reporting Authority", (_OPTION,)),
    "MIAX": ("M", "Miami International Securities Options Exchange", (_OPTION,)),
    "MIAX_PEARL": ("MP", "MIAX PEARL", (_OPTION, _EQUITY)),
    "MIAX_EMERALD": ("ME", "MIAX EMERALD", (_OPTION,)),
    "MIAX_SAPPHIRE": ("SPHR", "Miax Sapphire, LLC", (_OPTION, _INDEX_OPTION)),
    "ISE_GEMINI": ("H", "International Securities Options Exchange GEMINI", (_OPTION,)),
    "ISE_MERCURY": ("J", "International Securities Options Exchange MERCURY", (_OPTION,)),
    "CSFB": ("CSFB", "Credit Suisse First Boston", (_EQUITY,)),
    "PHLX": ("X", "NASDAQ OMX PHLX", (_OPTION, _INDEX_OPTION)),
}
"""Exchanges of the US market whose names are those of their members."""

_OTHERS: Final = {
    "UNKNOWN": Exchange("", "", "unknown", ""),
    "NASDAQ_OPTIONS": Exchange("XNDQ", "XNDQ", "NASDAQ options market", "usa", (_OPTION, _INDEX_OPTION)),
    "ARCA_OPTIONS": Exchange("ARCX", "ARCX", "NYSE Arca Options", "usa", (_OPTION,)),
    "AMEX_OPTIONS": Exchange("AMEX", "A", "The American Options Exchange", "usa", (_OPTION,)),
    "NSX": Exchange("NSE", "C", "National Stock Exchange", "usa", (_EQUITY,)),
    "BSE": Exchange("BSE", "BSE", "Bombay Stock Exchange", "india", (_EQUITY,)),
    "NSE": Exchange("NSE", "NSE", "National Stock Exchange of India", "india", (_EQUITY,)),
    "CME": Exchange("CME", "CME", "Futures and Options Chicago Mercantile Exchange", "cme", (_FUTURE, _FUTURE_OPTION)),
    "EUREX": Exchange("EUREX", "EUREX", "European Derivatives Exchange", "eurex", (_FUTURE, _INDEX)),
    "CBOT": Exchange("CBOT", "CBOT", " Chicago Board of Trade Commodity Exchange", "cbot", (_FUTURE, _FUTURE_OPTION)),
    "CFE": Exchange("CFE", "CFE", "CFE Futures Exchange", "cfe", (_FUTURE,)),
    "COMEX": Exchange("COMEX", "COMEX", "COMEX Futures Exchange", "comex", (_FUTURE,)),
    "ICE": Exchange("ICE", "ICE", "The Intercontinental Exchange", "ice", (_FUTURE,)),
    "NYMEX": Exchange("NYMEX", "NYMEX", "New York Mercantile Exchange", "nymex", (_FUTURE, _FUTURE_OPTION)),
    "NYSELIFFE": Exchange(
        "NYSELIFFE",
        "NYSELIFFE",
        "London International Financial Futures and Options Exchange",
        "nyseliffe",
        (_FUTURE, _FUTURE_OPTION),
    ),
}


def _define() -> None:
    """Make every exchange a member of the class."""
    made = {name: Exchange(name, code, text, "usa", kinds) for name, (code, text, kinds) in _USA.items()}
    # a digit is a word of its own in the names Python sees
    made["C_2"] = made.pop("C2")
    for name, exchange in (made | _OTHERS).items():
        setattr(Exchange, name, exchange)


_define()
