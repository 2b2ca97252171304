"""Bodies in the protobuf form that Kubernetes' Go clients send: to the object that the same body has in JSON.

On the wire stand ``k8s``, a zero byte and a ``runtime.Unknown`` with apiVersion, kind and the object's own bytes. Names
of fields are recorded by their numbers, types come from the OpenAPI schemas. Go sends every field that is no pointer,
so an empty value is dropped where Go's JSON has none.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from helmlite import documents
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.recorded import node_of, recorded
from helmlite.sandbox.schema import INT_OR_STRING, QUANTITY, Node
from helmlite.sandbox.status import StatusError, bad_request

PREFIX = b"k8s\0"
DEFINITION = "CustomResourceDefinition"
VARINT_BYTES = 10
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
Wire: TypeAlias = "int | bytes"
"""A value on the wire: a number, or the bytes of a text, a message or a fixed-length number."""


def decode(content: bytes) -> Obj:
    """Return the object of a request's body.

    Raises StatusError: 400 when it is none of a recorded kind, 415 for a CustomResourceDefinition.
    """
    if not content.startswith(PREFIX):
        raise _malformed("it does not begin as one")
    unknown = dict(_fields(content[len(PREFIX) :]))
    named = {number: _text(value) for number, value in _fields(_bytes(unknown.get(1, b"")))}
    api_version, kind = named.get(1, ""), named.get(2, "")
    gvks = recorded()["gvks"]
    # options are known to every group
    name = gvks.get(f"{api_version}/{kind}") or gvks.get(f"v1/{kind}" if kind.endswith("Options") else "")
    if name is None:
        raise bad_request(f'no kind "{kind}" is registered for version "{api_version}"')
    if kind == DEFINITION:  # the one kind whose types are not as their JSON, and without end; clients send JSON of it
        raise StatusError(415, "UnsupportedMediaType", f"{kind} is not read from protobuf")
    body = _message(_bytes(unknown.get(2, b"")), node_of(name))
    return {"apiVersion": api_version, "kind": kind, **body}


def _malformed(what: str) -> StatusError:
    return bad_request(f"the body cannot be read as a protobuf message: {what}")


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned number of 64 bits and the index after it."""
    value = 0
    for index, byte in enumerate(content[at : at + VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & (2**64 - 1), at + index + 1
    raise _malformed("a number does not end")


def _fields(content: bytes) -> Iterator[tuple[int, Wire]]:
    """Yield number and value of each field, as they stand."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        wire_type = key & 7
        if wire_type == 0:
            number, at = _varint(content, at)
            yield key >> 3, number
            continue
        if wire_type == 2:
            length, at = _varint(content, at)
        elif wire_type in (1, 5):
            length = 8 if wire_type == 1 else 4
        else:
            raise _malformed(f"there is no wire type {wire_type}")
        if length > len(content) - at:
            raise _malformed("it ends too early")
        yield key >> 3, content[at : at + length]
        at += length


def _bytes(value: Wire) -> bytes:
    if isinstance(value, int):
        raise _malformed("a number stands where bytes are expected")
    return value


def _text(value: Wire) -> str:
    try:
        return _bytes(value).decode()
    except UnicodeDecodeError:
        raise _malformed("a text is not UTF-8") from None


def _integer(value: Wire) -> int:
    if not isinstance(value, int):
        raise _malformed("bytes stand where a number is expected")
    return value - 2**64 if value >= 2**63 else value


def _message(content: bytes, node: Node, fields: Mapping[str, Any] | None = None) -> Obj:
    """Return the mapping of a message; ``fields`` are those of an embedded struct, whose fields are the mapping's."""
    names = recorded()["messages"].get(node.type_name, {}) if fields is None else fields
    found: Obj = {}
    for number, wire in _fields(content):
        known = names.get(str(number))
        if isinstance(known, Mapping):
            found |= _message(_bytes(wire), node, known)
            continue
        name = str(known or "").lstrip("*")
        child = node.field(name)
        if child is None:
            continue  # of a newer client; Go's decoder passes over it too
        if child.type == "array":
            found.setdefault(name, []).append(_value(wire, child.items or child))
        elif child.values is not None:
            entry = dict(_fields(_bytes(wire)))
            values = found.setdefault(name, {})
            values[_text(entry.get(1, b""))] = _value(entry.get(2, b""), child.values)
        else:
            value = _value(wire, child)
            if value or known != name or (value is not None and value == child.default):
                found[name] = value
    return found


def _value(wire: Wire, node: Node) -> Any:
    if node.type_name in SPECIAL:
        return SPECIAL[node.type_name](_bytes(wire))
    if node.type == "integer":
        return _integer(wire)
    if node.type == "boolean":
        return bool(_integer(wire))
    if node.type == "number":
        packed = _bytes(wire)
        return struct.unpack("<d" if len(packed) == 8 else "<f", packed)[0] if len(packed) in (4, 8) else 0
    if node.type == "string":
        is_base64 = node.raw.get("format") == "byte"
        return base64.b64encode(_bytes(wire)).decode() if is_base64 else _text(wire)
    if node.type == "array":  # the value of a mapping: a message whose only field are the items
        return [_value(each, node.items or node) for _, each in _fields(_bytes(wire))]
    return _message(_bytes(wire), node)


def _time(timespec: str) -> Callable[[bytes], str | None]:
    """Return the reader of times: RFC 3339 to ``seconds`` or ``microseconds``, None for Go's zero time."""

    def read(content: bytes) -> str | None:
        found = dict(_fields(content))
        if not found:
            return None
        seconds, nanoseconds = _integer(found.get(1, 0)), _integer(found.get(2, 0))
        try:
            moment = EPOCH + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
            return moment.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
        except OverflowError:
            raise _malformed("a time is out of range") from None

    return read


def _first_text(content: bytes) -> str:
    return _text(dict(_fields(content)).get(1, b""))


def _int_or_string(content: bytes) -> int | str:
    found = dict(_fields(content))
    return _text(found.get(3, b"")) if found.get(1) else _integer(found.get(2, 0))


def _json_within(content: bytes) -> Any:
    try:
        return documents.read_json((_first_text(content) or "null").encode())
    except documents.DocumentError:
        raise _malformed("the JSON in it cannot be read") from None


SPECIAL: Mapping[str, Callable[[bytes], Any]] = {
    QUANTITY: _first_text,
    INT_OR_STRING: _int_or_string,
    f"{META}Time": _time("seconds"),
    f"{META}MicroTime": _time("microseconds"),
    f"{META}FieldsV1": _json_within,
    "io.k8s.apimachinery.pkg.runtime.RawExtension": _json_within,
}
"""Readers of types whose JSON is not a mapping of their fields."""
