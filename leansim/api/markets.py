"""`Market`: LEAN's names of market places, and the codes they have inside a security identifier."""

from __future__ import annotations

from leansim.api.naming import ClrStatic
from leansim.api.net import ArgumentException, ArgumentOutOfRangeException

_CODES: dict[str, int] = {
    name: code
    for code, name in (
        *enumerate(
            [
                "empty",
                "usa",
                "fxcm",
                "oanda",
                "dukascopy",
                "bitfinex",
                "cmeglobex",
                "nymex",
                "cbot",
                "ice",
                "cboe",
                "india",
                "gdax",
                "kraken",
                "bittrex",
                "bithumb",
                "binance",
                "poloniex",
                "coinone",
                "hitbtc",
                "okcoin",
                "bitstamp",
                "comex",
                "cme",
                "sgx",
                "hkfe",
                "nyseliffe",
            ]
        ),
        *enumerate(
            [
                "cfe",
                "ftx",
                "ftxus",
                "binanceus",
                "bybit",
                "coinbase",
                "interactivebrokers",
                "eurex",
                "ose",
                "dydx",
                "krx",
            ],
            start=33,
        ),
    )
}
_NAMES: dict[int, str] = {code: name for name, code in _CODES.items()}
_CODE_LIMIT = 1000


class Market(metaclass=ClrStatic):
    """Market places. Each is a lower-case text, as in the folders of LEAN's data."""

    USA = "usa"
    OANDA = "oanda"
    FXCM = "fxcm"
    DUKASCOPY = "dukascopy"
    BITFINEX = "bitfinex"
    GLOBEX = "cmeglobex"
    NYMEX = "nymex"
    CBOT = "cbot"
    ICE = "ice"
    CBOE = "cboe"
    CFE = "cfe"
    INDIA = "india"
    COMEX = "comex"
    CME = "cme"
    EUREX = "eurex"
    SGX = "sgx"
    HKFE = "hkfe"
    OSE = "ose"
    NYSELIFFE = "nyseliffe"
    GDAX = "coinbase"
    KRAKEN = "kraken"
    BITSTAMP = "bitstamp"
    OK_COIN = "okcoin"
    BITHUMB = "bithumb"
    BINANCE = "binance"
    POLONIEX = "poloniex"
    COINONE = "coinone"
    HIT_BTC = "hitbtc"
    BITTREX = "bittrex"
    FTX = "ftx"
    FTXUS = "ftxus"
    BINANCE_US = "binanceus"
    BYBIT = "bybit"
    COINBASE = "coinbase"
    INTERACTIVE_BROKERS = "interactivebrokers"
    DYDX = "dydx"
    KRX = "krx"

    @staticmethod
    def add(market: str, identifier: int) -> None:
        """Register a market of one's own; ArgumentException when name or code is taken, or the code is too large."""
        if identifier >= _CODE_LIMIT:
            raise ArgumentOutOfRangeException(
                f"The market identifier is limited to positive values below {_CODE_LIMIT}"
            )
        market = market.lower()
        if _CODES.get(market, identifier) != identifier:
            raise ArgumentException(f"Market {market} has another identifier already")
        if identifier in _NAMES:
            raise ArgumentException(f"Identifier {identifier} of {market} belongs to {_NAMES[identifier]} already")
        _CODES[market] = identifier
        _NAMES[identifier] = market

    @staticmethod
    def encode(market: str) -> int | None:
        """The code of a market, None for an unknown one."""
        return _CODES.get(market)

    @staticmethod
    def decode(code: int) -> str | None:
        """The market of a code, None for an unknown one."""
        return _NAMES.get(code)

    @staticmethod
    def supported_markets() -> list[str]:
        """All names."""
        return list(_CODES)
