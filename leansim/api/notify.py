"""Notifications: recorded, never sent. In a backtest LEAN answers ``False``; a live-like run records them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leansim.api.naming import ClrObject


@dataclass(frozen=True)
class Notification:
    """One message an algorithm wanted to send: ``channel`` is email, sms, web or telegram."""

    channel: str
    recipient: str
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


class NotificationManager(ClrObject):
    """``self.notify``. ``messages`` holds what a live-like run would have sent."""

    def __init__(self, live_mode: bool) -> None:
        self._live_mode = live_mode
        self.messages: list[Notification] = []

    def email(self, address: str, subject: str, message: str, data: str = "", headers: Any = None) -> bool:
        """Record an e-mail."""
        return self._record(
            Notification("email", address, message, {"subject": subject, "data": data, "headers": headers})
        )

    def sms(self, phone_number: str, message: str) -> bool:
        """Record a text message."""
        return self._record(Notification("sms", phone_number, message))

    def web(self, address: str, data: Any = None, headers: Any = None) -> bool:
        """Record a web request."""
        return self._record(Notification("web", address, str(data), {"headers": headers}))

    def telegram(self, id: str, message: str, token: str | None = None) -> bool:
        """Record a Telegram message. The token is not kept."""
        return self._record(Notification("telegram", id, message))

    def _record(self, message: Notification) -> bool:
        if not self._live_mode:
            return False
        self.messages.append(message)
        return True
