"""What a request and an answer are, without any network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.status import StatusError, bad_request
from helmlite.sandbox.watches import Wanted

DEPRECATED = {
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked. Header names are in lower case; ``query`` holds each parameter's last value."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, Sequence[str]]
    content: bytes = b""

    def header(self, name: str) -> str:
        """Return a header's value, "" where it was not sent."""
        return next(iter(self.headers.get(name) or ()), "")

    @property
    def media(self) -> str:
        """Return the media type of the body, "" where it was not said."""
        return self.header("content-type").partition(";")[0].strip()

    def flag(self, name: str) -> bool:
        """Return whether a parameter is true."""
        return self.query.get(name, "").lower() in ("true", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: ``body`` is data, or text as it is; ``watch`` in its place asks for a stream of events."""

    status: int = 200
    body: Any = None
    content_type: str = "application/json"
    warnings: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    watch: Wanted | None = None
    is_yaml: bool = False


def refusal(error: StatusError) -> Reply:
    """Return what a refused request is answered with."""
    seconds = (error.details or {}).get("retryAfterSeconds")
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return Reply(status=error.code, body=error.body, headers=headers)


def not_allowed() -> StatusError:
    """Return 405: this path does not know that method."""
    return StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def deprecation(kind: Kind) -> Sequence[str]:
    """Return what an answer warns of whenever it is about this kind."""
    if kind.custom and kind.custom.get("deprecated"):
        return (str(kind.custom["deprecationWarning"]),)
    return (DEPRECATED[kind.resource],) if kind.resource in DEPRECATED else ()


def number(query: Mapping[str, str], name: str) -> int | None:
    """Return a parameter that is a whole number, None where it was not given; raises StatusError 400."""
    text = query.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.lstrip("-").isdigit() or len(text) > 18:
        raise bad_request(f'strconv.ParseInt: parsing "{text[:60]}": invalid syntax')
    return int(text)
