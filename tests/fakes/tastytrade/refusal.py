"""How the fake says no: the error envelopes of the interface."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An HTTP status and a JSON body."""

    def __init__(self, status: int, code: str, message: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body: dict[str, Any] = {"error": {"code": code, "message": message}}
        if errors is not None:
            self.body["error"]["errors"] = errors


def invalid(domain: str, reason: str) -> Refusal:
    """The request itself is wrong: 400."""
    return Refusal(400, "validation_error", "Request validation failed", [{"domain": domain, "reason": reason}])


def preflight(code: str, message: str) -> Refusal:
    """The order is understood and not taken: 422."""
    errors = [{"code": code, "message": message}]
    return Refusal(422, "preflight_check_failure", "One or more preflight checks failed", errors)


def not_found() -> Refusal:
    return Refusal(404, "record_not_found", "Couldn't find the requested record")


NGINX = {
    401: "401 Authorization Required",
    404: "404 Not Found",
    429: "429 Too Many Requests",
    502: "502 Bad Gateway",
    504: "504 Gateway Time-out",
}


def page(status: int) -> bytes:
    """A proxy's web page instead of JSON."""
    title = NGINX[status]
    return (
        f"<html>\n<head><title>{title}</title></head>\n<body>\n<center><h1>{title}</h1></center>\n"
        "<hr><center>nginx</center>\n</body>\n</html>\n"
    ).encode()
