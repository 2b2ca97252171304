"""Why a server could not be asked, in words that quote nothing of what was sent."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

_DEPTH = 12
_CLIENT = "give one that it knows with --cert-file and --key-file"
_REFUSED = ("the server does not accept the client certificate", _CLIENT)
_OUTDATED = ("CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED")
_UNFIT = ("CERTIFICATE_UNKNOWN", "BAD_CERTIFICATE", "UNSUPPORTED_CERTIFICATE")
_TLS = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": ("the server wants a client certificate", _CLIENT),
    "TLSV1_ALERT_UNKNOWN_CA": _REFUSED,
    "TLSV1_ALERT_ACCESS_DENIED": _REFUSED,
    **{f"SSLV3_ALERT_{each}": _REFUSED for each in (*_OUTDATED, *_UNFIT)},
}
"""What to say, and to try, by OpenSSL's name of what a server says."""
_UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21)
"""OpenSSL's codes for a certificate that leads to no authority that is known."""


def reason_of(error: BaseException) -> str:
    """Return why a request failed: the innermost fault of network, TLS or HTTP.

    The texts of outer ones are not used: libraries put whole URLs into them, tokens and all.
    """
    found = list(_chain(error))
    for each in reversed(found):
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {each.verify_message or each.reason}"
        if isinstance(each, ssl.SSLError):
            if each.reason in _TLS:
                return _TLS[each.reason][0]
            if isinstance(each, ssl.SSLEOFError):
                return "it closed the connection during TLS"
            return f"TLS failed: {(each.reason or 'unknown fault').replace('_', ' ').lower()}"
        if isinstance(each, socket.gaierror):
            return f"its name is not known: {each.strerror}"
    for each in reversed(found):
        if isinstance(each, TimeoutError) or "Timeout" in type(each).__name__:
            return "it did not answer in time"
        if isinstance(each, OSError) and each.strerror and each.errno is not None:
            return each.strerror.lower()
    names = {type(each).__name__ for each in found}
    if "IncompleteRead" in names:
        return "the answer was cut off"
    if names & {"RemoteDisconnected", "ConnectionResetError", "BrokenPipeError"}:
        return "it closed the connection"
    if names & {"BadStatusLine", "LineTooLong", "HTTPException", "UnknownProtocol", "HeaderParsingError"}:
        return "it does not speak HTTP"
    if "ProxyError" in names:
        return "the proxy cannot be reached"
    return "the connection failed"


def tls_hint(error: BaseException) -> str | None:
    """Return what to try after a fault of TLS; None where nothing is known to help."""
    for each in reversed(list(_chain(error))):
        if isinstance(each, ssl.SSLCertVerificationError):
            return "give its authority with --ca-file" if each.verify_code in _UNKNOWN_AUTHORITY else None
        if isinstance(each, ssl.SSLError):
            if each.reason in _TLS:
                return _TLS[each.reason][1]
            if isinstance(each, ssl.SSLEOFError):
                return "servers do so, too, that want a client certificate: --cert-file and --key-file"
    return None


def is_final(error: BaseException) -> bool:
    """Return whether asking again would not help: a certificate stays as it is."""
    return any(isinstance(each, ssl.SSLError) and not isinstance(each, ssl.SSLEOFError) for each in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, the outermost first."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting and len(seen) < _DEPTH:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
