"""From the environment to a backend that may trade: every check that can be made before the first order is made here.

Who may not trade is told what to do, and nothing is half started: the account stream and the worker begin after the
last check. Secrets are read once, shown never.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from tomking.adapters import tastytrade_client, tastytrade_stream
from tomking.adapters.tastytrade_account import restriction_of
from tomking.adapters.tastytrade_backend import TastytradeBackend
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_order_form import NewLeg, NewOrder
from tomking.adapters.tastytrade_orders import Action, InstrumentType
from tomking.adapters.tastytrade_outcomes import Accepted, Outcome, Refused, Unreachable
from tomking.adapters.tastytrade_session import Credentials, Secret
from tomking.adapters.tastytrade_stream import AccountStream
from tomking.adapters.tastytrade_symbols import TastytradeSymbols
from tomking.adapters.tastytrade_venue import LOOK_BACK, Pace
from tomking.clock import SystemTimer, Timer
from tomking.errors import SettingsError
from tomking.market.calendar import session_date

CLIENT_SECRET: Final = "TASTYTRADE_CLIENT_SECRET"
REFRESH_TOKEN: Final = "TASTYTRADE_REFRESH_TOKEN"
ACCOUNT: Final = "TASTYTRADE_ACCOUNT"
API_URL: Final = "TASTYTRADE_API_URL"
STREAM_URL: Final = "TASTYTRADE_STREAM_URL"

MOST_SKEW: Final = timedelta(seconds=60)
"""How far this machine's clock may be off: sessions, expiries and the age of quotes are judged by it."""

_READINGS: Final = 10
_FORBIDDEN: Final = 403
_TWO_WORLDS: Final = (
    "sandbox and production have users, applications, grants and accounts of their own: "
    f"for the sandbox set {API_URL}={tastytrade_client.SANDBOX} and {STREAM_URL}={tastytrade_stream.SANDBOX}, "
    "for production set neither"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Login:
    """Who trades where."""

    credentials: Credentials
    account: str
    api: str
    stream: str

    @property
    def is_production(self) -> bool:
        """Real money."""
        return self.api == tastytrade_client.PRODUCTION


def login_from(environment: Mapping[str, str]) -> Login:
    """The login the environment names.

    Raises:
        SettingsError: a variable is missing, or the two addresses belong to different worlds.
    """
    missing = [name for name in (CLIENT_SECRET, REFRESH_TOKEN, ACCOUNT) if not environment.get(name, "").strip()]
    if missing:
        raise SettingsError(
            f"live.route = tastytrade needs the environment variables {', '.join(missing)}: make a personal grant on "
            "my.tastytrade.com (Manage, My Profile, API, OAuth Applications) with the scopes read and trade"
        )
    api, stream = environment.get(API_URL, ""), environment.get(STREAM_URL, "")
    if bool(api) != bool(stream):
        raise SettingsError(f"set both {API_URL} and {STREAM_URL}, or neither: {_TWO_WORLDS}")
    api, stream = api or tastytrade_client.PRODUCTION, stream or tastytrade_stream.PRODUCTION
    known = {
        (tastytrade_client.PRODUCTION, tastytrade_stream.PRODUCTION),
        (tastytrade_client.SANDBOX, tastytrade_stream.SANDBOX),
    }
    if (api, stream) not in known and any(api == an_api or stream == a_stream for an_api, a_stream in known):
        raise SettingsError(f"{API_URL} and {STREAM_URL} name different worlds: {_TWO_WORLDS}")
    credentials = Credentials(Secret(environment[CLIENT_SECRET].strip()), Secret(environment[REFRESH_TOKEN].strip()))
    return Login(credentials, environment[ACCOUNT].strip(), api.rstrip("/"), stream.rstrip("/"))


def connect(
    environment: Mapping[str, str],
    now: Callable[[], datetime],
    *,
    replaces: bool = False,
    timer: Timer | None = None,
    pace: Pace | None = None,
) -> TastytradeBackend:
    """A backend that has read its books and may trade.

    Args:
        environment: the process's variables.
        now: the desk's time.
        replaces: prices are changed by replacing orders.
        timer: real time; the machine's own unless told otherwise.
        pace: the backend's waiting times.

    Raises:
        SettingsError: something the user must set right first; the text says what.
    """
    login, timer = login_from(environment), timer or SystemTimer()
    client = TastytradeClient(login.api, login.account, login.credentials, timer)
    fit = False
    try:
        check(client, login, now())
        stream = AccountStream(
            login.stream,
            login.account,
            client.bearer,
            lambda: client.snapshot(session_date(now() - LOOK_BACK)),
            timer,
        )
        backend = TastytradeBackend(client, TastytradeSymbols(), now, timer, pace, stream, replaces=replaces)
        for attempt in range(_READINGS):
            if backend.read():
                break
            if attempt == _READINGS - 1:
                raise SettingsError("orders and holdings of the account could not be read; try again in a while")
            timer.wait(1.0)
        fit = True
    finally:
        if not fit:
            client.close()
    backend.begin()
    return backend


def check(client: TastytradeClient, login: Login, now: datetime) -> None:
    """See that this login may trade this account, now.

    Raises:
        SettingsError: it may not; the text says what to do.
    """
    _answer(client.bearer(), "the login", f"check {CLIENT_SECRET} and {REFRESH_TOKEN}; {_TWO_WORLDS}")
    accounts = _answer(client.accounts(), "the list of accounts", "the grant needs the scope read")
    numbers = sorted(account.number for account in accounts if not account.is_closed)
    if login.account not in numbers:
        raise SettingsError(
            f"{ACCOUNT} = {login.account} is no open account of this grant, which has {', '.join(numbers) or 'none'}; "
            f"{_TWO_WORLDS}"
        )
    _check_clock(client.server_time, now)
    status = _answer(client.trading_status(), "the account's trading status", "the grant needs the scope read")
    if status.is_closed or status.is_frozen:
        raise SettingsError(f"{restriction_of(status)}: ask Tastytrade; nothing can be traded")
    _check_scope(client)


def _check_clock(server: datetime | None, now: datetime) -> None:
    if server is None:
        raise SettingsError("the broker's answers name no time, so this machine's clock cannot be checked")
    skew = now - server
    if abs(skew) > MOST_SKEW:
        side = "ahead of" if skew > timedelta(0) else "behind"
        raise SettingsError(
            f"this machine's clock is {abs(skew.total_seconds()):.0f} s {side} the broker's: set it right (NTP)"
        )


def _check_scope(client: TastytradeClient) -> None:
    """A dry run changes nothing, and is answered to those only who may trade; what else it says does not matter."""
    share = NewLeg("SPY", InstrumentType.EQUITY, Action.BUY_TO_OPEN, 1)
    outcome = client.dry_run(NewOrder((share,), Decimal("1.00")))
    if isinstance(outcome, Refused) and outcome.status == _FORBIDDEN:
        raise SettingsError(
            f"this grant may read and not trade ({outcome.code}): make one with the scopes read and trade, "
            "which needs two-factor authentication"
        )
    if isinstance(outcome, Unreachable):
        raise SettingsError(f"a dry run got no answer ({outcome.text}); try again in a while")


def _answer(outcome: Outcome[T], what: str, advice: str) -> T:
    match outcome:
        case Accepted(value):
            return value
        case Refused():
            raise SettingsError(f"{what} was refused ({outcome.code}: {outcome.message}); {advice}")
        case Unreachable():
            raise SettingsError(f"{what} got no answer ({outcome.text}); nothing was started, try again in a while")
