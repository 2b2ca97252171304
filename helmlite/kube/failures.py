"""Outside errors, translated once: HTTP answers and transport faults to ClusterError's family.

What a server says of a Secret may quote its data; such messages are rebuilt from reason and field path.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import urllib3.exceptions

from helmlite.errors import (
    AlreadyExistsError,
    ClusterError,
    ConflictError,
    ExpiredError,
    ForbiddenError,
    InvalidObjectError,
    NotFoundError,
    UnauthorizedError,
    UnreachableError,
)
from helmlite.manifest.fields import fields_in

MAX_MESSAGE = 4000
START = "helmlite sandbox start"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MAX_WORDS = 300
NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"})
_STRICT = re.compile(
    r"strict decoding error|unknown field|duplicate field|failed to create typed patch object", re.IGNORECASE
)
_QUOTED_VALUE = re.compile(r"\w value: \"((?:[^\"\\]|\\.)*)\"")
_FIELD = re.compile(r"\.[A-Za-z][A-Za-z0-9_.\[\]\"/-]*|unknown field \"[^\"]*\"")


def from_answer(status: int, body: bytes, *, what: str, is_secret: bool) -> ClusterError:
    """Return the error that an HTTP answer of 400 or more stands for; ``what`` names the request's object."""
    answer = _status_body(body)
    details = answer.get("details")
    given = details.get("causes") if isinstance(details, Mapping) else None
    causes = [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []
    error = _error(status, body, answer, causes, what=what, is_secret=is_secret)
    error.causes = tuple(_named(_text(answer.get("message")), causes, is_secret=is_secret))
    return error


def _named(message: str, causes: list[Mapping[str, Any]], *, is_secret: bool) -> Iterator[tuple[str, str]]:
    """Yield the fields that an answer names, each with the value that it quotes; of Secrets no values."""
    named = [each for each in causes if _text(each.get("field"))]
    for each in named:
        quoted = None if is_secret else _QUOTED_VALUE.search(_text(each.get("message")))
        yield _text(each.get("field")), quoted[1] if quoted else ""
    if not named:
        yield from ((each, "") for each in fields_in(message))


def _error(
    status: int,
    body: bytes,
    answer: Mapping[str, Any],
    causes: list[Mapping[str, Any]],
    *,
    what: str,
    is_secret: bool,
) -> ClusterError:
    reason = _text(answer.get("reason"))
    message = _text(answer.get("message")) or _words(body) or f"HTTP {status}"
    if is_secret and status not in (401, 403, 404):
        message = _secret_message(message, causes, reason)
    message = message[:MAX_MESSAGE]
    if status == 401:
        return UnauthorizedError(
            f"{what}: the API server does not accept our credentials",
            status=401,
            reason=reason,
            hint="log in again, or check the kubeconfig's user",
        )
    if status == 403:
        return ForbiddenError(
            f"{what}: {message}", status=403, reason=reason, hint="ask for the right, or use another user"
        )
    if status == 404:
        return NotFoundError(f"{what}: {message}", status=404, reason=reason)
    if status == 409 and reason == "AlreadyExists":
        return AlreadyExistsError(f"{what}: {message}", status=409, reason=reason)
    if status == 409:
        conflicts = [
            f"{each.get('field')}: {each.get('message')}"
            for each in causes
            if each.get("reason") == "FieldManagerConflict"
        ]
        return ConflictError(f"{what}: {message}", conflicts=conflicts, reason=reason)
    if status == 410:
        return ExpiredError(f"{what}: {message}", status=410, reason=reason)
    unexplained = bool(answer) and not reason
    if status in (400, 413, 415, 422) or (status == 500 and (unexplained or _STRICT.search(message))):
        return InvalidObjectError(f"{what}: the API server refuses it: {message}", status=status, reason=reason)
    return ClusterError(f"{what}: the API server answered {status}: {message}", status=status, reason=reason)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _words(body: bytes) -> str:
    """Return what an answer that is no Status object says, on one line: a proxy's page, perhaps."""
    text = " ".join(body[:MAX_MESSAGE].decode("utf-8", errors="replace").split())
    return text if len(text) <= MAX_WORDS else f"{text[:MAX_WORDS]}..."


def _status_body(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _secret_message(message: str, causes: list[Mapping[str, Any]], reason: str) -> str:
    """Return what is wrong with a Secret, without what the server quotes of it."""
    fields = [str(each.get("field")) for each in causes if each.get("field")]
    fields += [] if fields else [each.strip() for each in _FIELD.findall(message.partition("{")[0])]
    named = f" at {', '.join(dict.fromkeys(fields))}" if fields else ""
    return f"{reason or 'it is not valid'}{named} (details are withheld, since they may quote the Secret)"


def from_exception(error: Exception, *, server: str) -> ClusterError:
    """Return the error that a transport's exception stands for."""
    root: BaseException = error
    if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason is not None:
        root = error.reason
    if isinstance(root, (ssl.SSLError, urllib3.exceptions.SSLError)):
        return _tls_error(root, server)
    if isinstance(root, (socket.gaierror, urllib3.exceptions.NameResolutionError)):
        return UnreachableError(f"the name of {server} cannot be resolved", hint="check the kubeconfig's server")
    # urllib3 takes a refused connection for a kind of timeout
    refused = isinstance(root, urllib3.exceptions.NewConnectionError)
    if not refused and isinstance(root, (TimeoutError, urllib3.exceptions.TimeoutError)):
        return UnreachableError(f"{server} did not answer in time", hint="check that the cluster is up and reachable")
    if isinstance(root, (urllib3.exceptions.ProtocolError, BrokenPipeError, ConnectionResetError)):
        return UnreachableError(
            f"{server} closed the connection before it had answered", hint="check that the cluster is up and reachable"
        )
    text = re.sub(r"^\[Errno \d+\] ", "", str(root).rpartition(": ")[2]) or type(root).__name__
    here = f" (`{START}`, if that is the sandbox)" if urlsplit(server).hostname in LOOPBACK else ""
    return UnreachableError(
        f"{server} cannot be reached: {text}", hint=f"check that the cluster is up and reachable{here}"
    )


def _tls_error(error: BaseException, server: str) -> ClusterError:
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(inner, ssl.SSLCertVerificationError):
        return UnreachableError(
            f"the certificate of {server} is not trusted: {inner.verify_message}",
            hint="check the kubeconfig's certificate-authority",
        )
    if type(inner).__name__ == "CertificateError":
        return UnreachableError(
            f"the certificate of {server} is not for that name: {inner}",
            hint="check the kubeconfig's server, or --kube-tls-server-name",
        )
    reason = str(getattr(inner, "reason", None) or "")
    if reason in NO_TLS:
        return UnreachableError(f"{server} does not speak TLS", hint="is it served over plain HTTP?")
    return UnreachableError(
        f"TLS with {server} failed: {reason.lower().replace('_', ' ') or type(inner).__name__}",
        hint="check the kubeconfig's certificates",
    )
