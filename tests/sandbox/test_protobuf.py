"""Protobuf bodies of Go clients: they say the same as JSON."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from helmlite.sandbox.protobuf import decode
from helmlite.sandbox.status import StatusError

SAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("protobuf.json").read_bytes())
"""Bodies that kubectl and Kubernetes' own Go library made, and what the same made in JSON, without its nulls."""
DEPLOYMENT = base64.b64decode(SAMPLES["kubectl create deployment"]["protobuf"])


def field(number: int, content: bytes) -> bytes:
    """Return a field of bytes on the wire."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """Return a number on the wire."""
    made = b""
    while value > 0x7F:
        made, value = made + bytes([value & 0x7F | 0x80]), value >> 7
    return made + bytes([value])


def body(content: bytes, api_version: str = "v1", kind: str = "ConfigMap") -> bytes:
    """Return a request's body around an object's own bytes."""
    named = field(1, api_version.encode()) + field(2, kind.encode())
    return b"k8s\0" + field(1, named) + field(2, content)


def refusal(content: bytes) -> str:
    """Return what a body is refused with."""
    with pytest.raises(StatusError) as caught:
        decode(content)
    assert 400 == caught.value.code
    return str(caught.value)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))
def test_a_body_says_what_its_json_says(sample: Any) -> None:
    """An object of a Go client is the same from protobuf as from JSON."""
    assert sample["json"] == decode(base64.b64decode(sample["protobuf"]))


@pytest.mark.parametrize("end", range(4, len(DEPLOYMENT) - 1, 7))
def test_a_truncated_body_is_refused(end: int) -> None:
    """Whatever a body lacks at its end, it is answered by 400."""
    assert refusal(DEPLOYMENT[:end])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "does not begin as one", id="nothing"),
        pytest.param(b'{"kind": "Pod"}', "does not begin as one", id="JSON"),
        pytest.param(b"k8s\0", 'no kind "" is registered for version ""', id="only the prefix"),
        pytest.param(body(b"", kind="Odd"), 'no kind "Odd" is registered for version "v1"', id="unknown kind"),
        pytest.param(b"k8s\0\x0b", "there is no wire type 3", id="wire type"),
        pytest.param(b"k8s\0\x0a" + b"\xff" * 20, "a number does not end", id="endless number"),
        pytest.param(b"k8s\0\x0a\xff\xff\xff\xff\x7f", "it ends too early", id="huge length"),
        pytest.param(body(b"\x08\x01"), "a number stands where bytes are expected", id="number for metadata"),
        pytest.param(body(field(1, field(1, b"\xff"))), "a text is not UTF-8", id="bytes for a name"),
        pytest.param(
            body(field(2, field(1, b"a")), "apps/v1", "Deployment"),
            "bytes stand where a number is expected",
            id="text for replicas",
        ),
        pytest.param(
            body(field(2, field(1, b"{")), "apps/v1", "ControllerRevision"), "the JSON in it", id="broken JSON within"
        ),
        pytest.param(
            body(field(2, field(1, b"[" * 99999)), "apps/v1", "ControllerRevision"), "the JSON in it", id="deep JSON"
        ),
        pytest.param(body(field(1, field(8, b"\x08" + varint(2**62)))), "a time is out of range", id="far future"),
        pytest.param(body(field(1, field(8, b"\x08" + varint(2**38)))), "a time is out of range", id="year 10681"),
    ],
)
def test_an_odd_body_is_refused(content: bytes, expected: str) -> None:
    """A body that is no message, or holds what its kind cannot, is answered by 400."""
    assert expected in refusal(content)


def test_definitions_are_not_read() -> None:
    """A CustomResourceDefinition is read from JSON alone."""
    with pytest.raises(StatusError) as caught:
        decode(body(b"", "apiextensions.k8s.io/v1", "CustomResourceDefinition"))
    assert 415 == caught.value.code


def test_options_are_known_to_every_group() -> None:
    """DeleteOptions may name the group of what is deleted."""
    found = decode(body(b"\x08\x05", "apps/v1", "DeleteOptions"))
    assert {"apiVersion": "apps/v1", "kind": "DeleteOptions", "gracePeriodSeconds": 5} == found
