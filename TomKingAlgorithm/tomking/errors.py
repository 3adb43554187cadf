"""The errors of the framework, and who must act on them.

::

    TomKingError
    ├── SettingsError            wrong configuration: the user; the desk refuses to start
    ├── InvalidStructure         legs that are not the structure they claim to be: the caller; nothing is sent
    ├── InvalidTransition        a bug or an impossible broker: halt, keep the journal
    ├── JournalError
    │   ├── JournalUnwritable    the operator: trading stops now, what was not written is not sent
    │   └── JournalCorrupt       the operator: refuse to start, the journal is quarantined
    └── BackendError
        ├── OrderRefused         the broker said no: an ordinary end
        └── BackendUnreachable   nobody knows: look it up, never resend

Expected outcomes are values (`Denial`, `NoStrike`), surprises are exceptions.
"""

from __future__ import annotations


class TomKingError(Exception):
    """Base of every error the framework raises on purpose."""


class SettingsError(TomKingError):
    """A parameter is unknown or out of range; the text names the nearest valid one."""


class InvalidStructure(TomKingError):
    """Legs break the rules of their structure (strike order, expiries, ratios)."""


class InvalidTransition(TomKingError):
    """A fact about an order arrived that its state does not allow."""


class JournalError(TomKingError):
    """The journal cannot be relied on."""


class JournalUnwritable(JournalError):
    """A record could not be made durable; nothing that depends on it may be sent."""


class JournalCorrupt(JournalError):
    """A record before the last one is damaged or missing; the text names its key."""


class BackendError(TomKingError):
    """The broker, or the way to it, did not do what was asked."""


class OrderRefused(BackendError):
    """The broker (or a check on the way to it) said no, and the order certainly does not exist.

    Attributes:
        was_sent: False when our own side said no, before the broker had it.
    """

    def __init__(self, code: str, text: str, *, was_sent: bool = True) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.was_sent = was_sent


class BackendUnreachable(BackendError):
    """The answer is unknown: the order may exist. It is looked up, never sent again."""
