"""Every answer and every fault of the transport as one kind of error."""

from __future__ import annotations

import json
import socket
import ssl

import pytest
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
from helmlite.kube.failures import from_answer, from_exception

SERVER = "https://cluster.example:6443"
POOL = urllib3.connectionpool.HTTPSConnectionPool("cluster.example")


def answer(status: int, reason: str = "", message: str = "no", **more: object) -> ClusterError:
    """Return the error for a Status of the server."""
    body = {"kind": "Status", "reason": reason, "message": message, **more}
    return from_answer(status, json.dumps(body).encode(), what="writing Pod prod/a", is_secret=False)


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "BadRequest", InvalidObjectError),
        (401, "Unauthorized", UnauthorizedError),
        (403, "Forbidden", ForbiddenError),
        (404, "NotFound", NotFoundError),
        (409, "AlreadyExists", AlreadyExistsError),
        (409, "Conflict", ConflictError),
        (410, "Expired", ExpiredError),
        (410, "Gone", ExpiredError),
        (413, "RequestEntityTooLarge", InvalidObjectError),
        (415, "UnsupportedMediaType", InvalidObjectError),
        (422, "Invalid", InvalidObjectError),
        (429, "TooManyRequests", ClusterError),
        (500, "InternalError", ClusterError),
        (503, "ServiceUnavailable", ClusterError),
        (504, "Timeout", ClusterError),
        (418, "", ClusterError),
    ],
)
def test_each_status_has_its_error(status: int, reason: str, kind: type[ClusterError]) -> None:
    """The kind of error, the status and the server's word are there for programs; the text says on what."""
    found = answer(status, reason)
    assert kind is type(found)
    assert (status, reason) == (found.status, found.reason)
    assert found.message.startswith("writing Pod prod/a: ")
    assert status == 401 or found.message.endswith("no")


@pytest.mark.parametrize(
    "message",
    ['strict decoding error: unknown field "spec.x"', "failed to create typed patch object (prod/a; v1, Kind=Pod)"],
)
def test_a_500_that_blames_the_object(message: str) -> None:
    """Servers answer 500 to some objects that do not fit their schema."""
    assert InvalidObjectError is type(answer(500, "InternalError", message))


def test_conflicts_are_listed() -> None:
    """Each field that another manager owns, with that manager."""
    causes = [
        {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl"', "field": ".spec.replicas"},
        {"reason": "Other", "message": "x", "field": ".y"},
        "nonsense",
    ]
    found = answer(409, "Conflict", "Apply failed", details={"causes": causes})
    assert isinstance(found, ConflictError)
    assert ('.spec.replicas: conflict with "kubectl"',) == found.conflicts


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("timed out"), "did not answer in time"),
        (urllib3.exceptions.ReadTimeoutError(POOL, "/", "x"), "did not answer in time"),
        (urllib3.exceptions.MaxRetryError(POOL, "/", urllib3.exceptions.ConnectTimeoutError()), "in time"),
        (socket.gaierror(-2, "Name or service not known"), "cannot be resolved"),
        (ConnectionResetError(104, "reset"), "closed the connection"),
        (urllib3.exceptions.ProtocolError("aborted"), "closed the connection"),
        (ConnectionRefusedError(111, "Connection refused"), "cannot be reached: Connection refused"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "TLS with"),
        (urllib3.exceptions.HTTPError("odd"), "cannot be reached: odd"),
        (OSError(), "cannot be reached: OSError"),
    ],
)
def test_each_fault_of_the_transport_is_unreachable(error: Exception, words: str) -> None:
    """It names the server and what happened, in words for people."""
    found = from_exception(error, server=SERVER)
    assert UnreachableError is type(found)
    assert SERVER in found.message
    assert words in found.message
    assert found.hint
    assert "Errno" not in found.message


def test_a_certificate_that_is_not_trusted() -> None:
    """The reason of OpenSSL is told."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    found = from_exception(urllib3.exceptions.SSLError(error), server=SERVER)
    assert f"the certificate of {SERVER} is not trusted: self-signed certificate" == found.message


@pytest.mark.parametrize(
    ("message", "causes", "expected"),
    [
        ("no", [{"field": "spec.replicas", "message": "Invalid value: -1: must not be"}], [("spec.replicas", "")]),
        ("no", [{"field": "metadata.labels", "message": 'Invalid value: "b c": no'}], [("metadata.labels", "b c")]),
        ('strict decoding error: unknown field "spec.foo"', [], [("spec.foo", "")]),
        (
            "failed to create typed patch object (a/b; apps/v1, Kind=Deployment): errors:\n"
            '  .spec.foo: field not declared in schema\n  .spec.c[name="w"].x: field not declared in schema',
            [],
            [("spec.foo", ""), ('spec.c[name="w"].x', "")],
        ),
        (
            "json: cannot unmarshal string into Go struct field D.spec.replicas of type int32",
            [],
            [("spec.replicas", "")],
        ),
        ("see https://a.example/b.c or version .5", [], []),
    ],
    ids=["a cause", "a cause that quotes", "strict decoding", "apply's schema", "Go's decoder", "no field"],
)
def test_named_fields_are_known(message: str, causes: list[object], expected: list[tuple[str, str]]) -> None:
    """The fields that an answer names are there for programs, with the value that it quotes."""
    assert expected == list(answer(422, "Invalid", message, details={"causes": causes}).causes)


def test_of_a_secret_no_quoted_value_is_kept() -> None:
    """What a server quotes of a Secret is not kept with the field."""
    cause = {"field": "data[k]", "message": 'Invalid value: "hunter2": no'}
    body = {"reason": "Invalid", "message": "no", "details": {"causes": [cause]}}
    found = from_answer(422, json.dumps(body).encode(), what="writing Secret a/b", is_secret=True)
    assert (("data[k]", ""),) == tuple(found.causes)
