"""From bytes to fields: bodies in JSON and YAML, unknown fields and wrong types, in the words of Go's decoders."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from helmlite import documents
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.quantities import parse_quantity
from helmlite.sandbox.recorded import node_of, recorded
from helmlite.sandbox.schema import Node
from helmlite.sandbox.status import Cause, StatusError, bad_request, invalid

MAX_FAULTS = 100
NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

_TYPE_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
_SYNTAX = {
    "Extra data": "after top-level value",
    "Expecting property name": "looking for beginning of object key string",
    "Illegal trailing comma": "looking for beginning of value",
    "Expecting value": "looking for beginning of value",
    "Expecting ':'": "after object key",
    "Expecting ','": "after object key:value pair",
    "Invalid control": "in string literal",
    "Invalid": "in string escape code",
}
"""How the messages of Python's reader begin, and what Go's says of the same character."""
_GO_TYPES = {"string": "string", "boolean": "bool", "number": "float64"}
_PYTHON_TYPES: Mapping[str, Any] = {
    "string": str,
    "boolean": bool,
    "array": list,
    "object": Mapping,
    "integer": int | float,
    "number": int | float,
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*")
_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
_OR_ELSE = (f"{_SCHEMA}OrArray", f"{_SCHEMA}OrBool")
"""Types that are a schema, or else something that OpenAPI does not tell of."""
_EMBEDDED = {
    "EphemeralContainer": "EphemeralContainerCommon",
    "PersistentVolumeSpec": "PersistentVolumeSource",
    "Probe": "ProbeHandler",
    "Volume": "VolumeSource",
}
"""Structs whose fields Go's errors name by a struct inside them; other such structs are LocalObjectReferences."""


def read_json(content: bytes, kind: str = "") -> tuple[Any, list[str]]:
    """Return the data of JSON and what it says twice (``duplicate field "data.k"``), where the last one counts.

    With ``kind`` the body is to be an object of that kind (``null`` is an empty one), else it is a patch.
    Raises StatusError 400.
    """
    try:
        return _object(documents.read_json(content, duplicates="error"), content, kind), []
    except documents.DocumentError:
        pass
    try:
        found = documents.read_json(content)
    except documents.DocumentError as error:
        raise _unreadable(_syntax(content) or error.message, content, kind) from None
    return _object(found, content, kind), _duplicates(content)


def read_yaml(content: bytes, kind: str = "") -> tuple[Any, list[str]]:
    """Return the data of the first YAML document, as ``read_json`` does; ``kind`` is "" for what is applied."""
    try:
        parsed = documents.read_all(content, duplicates="warn")
    except documents.DocumentError as error:
        said = error.message.rpartition(": ")[2]
        line = error.line or 1
        shown = line - 1 if said.startswith("did not find") else line  # as Go counts
        said = f"yaml: line {shown}: {said}" if line > 1 else f"yaml: {said}"
        if kind:
            raise _unrecognized(kind, said, content) from None
        raise bad_request(f"error decoding YAML: error converting YAML to JSON: {said}") from None
    found = parsed[0] if parsed else documents.Parsed(data=None)
    twice = (re.match(r"(line \d+): duplicate key '(.*?)'", each, re.DOTALL) for each in found.warnings)
    faults = [f'{each[1]}: key "{each[2]}" already set in map' for each in twice if each]
    if not kind and not isinstance(found.data, Mapping | None):
        said = f"json: cannot unmarshal {_type_of(found.data)} into Go value of type map[string]interface {{}}"
        raise bad_request(f"error decoding YAML: error unmarshaling JSON: while decoding JSON: {said}")
    return (_object(found.data, content, kind) or {}), faults[:MAX_FAULTS]


def _object(found: Any, content: bytes, kind: str) -> Any:
    if kind and found is None:
        return {}
    if not kind or isinstance(found, Mapping):
        return found
    raise _unreadable(f"json: cannot unmarshal {_type_of(found)} into Go value of type {_TYPE_META}", content, kind)


def _unreadable(said: str, content: bytes, kind: str) -> StatusError:
    if not kind:
        return bad_request(f"error decoding patch: {said}")
    return _unrecognized(kind, f"couldn't get version/kind; json parse error: {said}", content)


def _unrecognized(kind: str, said: str, content: bytes) -> StatusError:
    shown = content.decode(errors="replace") if content[:1] == b"{" else content.hex()
    whole, most = len(shown), 30 if content[:1] == b"{" else 60
    shown = f"{shown[:most]} ..." if whole > most else shown or "<empty>"
    return bad_request(f"the object provided is unrecognized (must be of type {kind}): {said} ({shown})")


def _syntax(content: bytes) -> str:
    """Return what Go's reader says of JSON that is none, "" where it is not its grammar that is broken."""
    try:
        json.loads(content.decode(errors="replace"))
    except json.JSONDecodeError as error:
        at = error.doc[error.pos : error.pos + 1]
        if not at or error.msg.startswith("Unterminated"):
            return "unexpected end of JSON input"
        place = next((text for start, text in _SYNTAX.items() if error.msg.startswith(start)), "")
        shown = error.doc[error.pos + 1 : error.pos + 2] if "escape" in place else at
        return f"invalid character {shown!r} {place}"
    except (ValueError, RecursionError):
        pass
    return ""


def _duplicates(content: bytes) -> list[str]:
    """Return what stands twice in JSON that can be read, by its path."""
    below: dict[int, list[str]] = {}
    kept = []  # what is replaced would else give its id to another

    def inside(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from below.get(id(value), ())
        elif isinstance(value, list):
            for index, each in enumerate(value):
                yield from (_joined(f"[{index}]", path) for path in inside(each))

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        paths = []
        for key, value in found:
            paths += [key] if key in made else []
            paths += [_joined(key, path) for path in inside(value)]
            made[key] = value
        kept.append(made)
        if paths:
            below[id(made)] = paths[:MAX_FAULTS]
        return made

    found = json.loads(content.decode(errors="replace"), object_pairs_hook=pairs)
    return [f'duplicate field "{path}"' for path in dict.fromkeys(islice(inside(found), MAX_FAULTS))]


def _joined(start: str, path: str) -> str:
    return f"{start}{path}" if path.startswith("[") else f"{start}.{path}"


def check_kind(kind: Kind, body: Mapping[str, Any]) -> None:
    """Return when an object says of itself that it is of a kind (of a built-in one: or says nothing).

    Raises StatusError as the server words what is another kind, or another version.
    """
    for key in ("apiVersion", "kind"):
        if not isinstance(body.get(key, ""), str | None):
            said = f"json: cannot unmarshal {_type_of(body[key])} into Go struct field .{key} of type string"
            raise _unreadable(said, json.dumps(body).encode(), kind.kind)
    version, name = body.get("apiVersion") or "", body.get("kind") or ""
    if kind.custom and not name:
        text = json.dumps(body)
        raise _unrecognized(kind.kind, f"Object 'Kind' is missing in '{text[:200]}'", text.encode())
    given = (version or ("" if kind.custom else kind.api_version), name or kind.kind)
    if given == (kind.api_version, kind.kind):
        return
    served = kind.custom or "/".join(given) in recorded()["gvks"]
    group = kind.group.partition(".")[0] or "core"
    start = f'{given[1]} in version "{given[0].rpartition("/")[2]}" cannot be handled as a {kind.kind}: '
    if not served:
        at = 'in scheme "pkg/runtime/scheme.go:111"'
        raise bad_request(f'{start}no kind "{given[1]}" is registered for version "{given[0]}" {at}')
    if given[0] != kind.api_version:
        wanted = f"does not match the expected API version ({kind.api_version})"
        raise bad_request(f"the API version in the data ({given[0]}) {wanted}")
    if not kind.custom:
        raise bad_request(f"{start}converting ({kind.version}.{given[1]}) to ({group}.{kind.kind}): unknown conversion")
    metadata = body.get("metadata")
    cause = Cause(field="kind", reason="FieldValueInvalid", message=f'Invalid value: "{name}": must be {kind.kind}')
    raise invalid(
        replace(kind, kind=name), str(metadata.get("name", "")) if isinstance(metadata, Mapping) else "", [cause]
    )


def refusal(kind: Kind, said: str) -> StatusError:
    """Return 400: the body cannot be decoded, for the reason that Go gives."""
    return bad_request(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {said}')


def refused(kind: Kind, found: Sequence[str]) -> StatusError:
    """Return 400 for a body with unknown or duplicate fields, as ``faults``, ``read_json`` and ``read_yaml`` tell."""
    twice = [each for each in found if each.startswith("line ")]
    lines = ["\n  ".join(["yaml: unmarshal errors:", *twice])] if twice else []
    said = ", ".join([*lines, *(each for each in found if each not in twice)])
    return refusal(kind, f"strict decoding error: {said}")


def faults(node: Node, body: Any) -> list[str]:
    """Return ``unknown field "spec.foo"`` for each field that the schema does not know; at most 100."""
    return [f'unknown field "{path}"' for path in islice(_unknown(node, body, ""), MAX_FAULTS)]


def _unknown(node: Node, value: Any, path: str) -> Iterator[str]:
    node = _of_schema(node, value)
    if isinstance(value, Mapping):
        for name, each in value.items():
            below, field = f"{path}.{name}" if path else name, node.field(name)
            if field is not None:
                yield from _unknown(field, each, below)
            elif not node.is_open:
                yield below
    elif isinstance(value, list) and node.items is not None:
        for index, each in enumerate(value):
            yield from _unknown(node.items, each, f"{path}[{index}]")


def _of_schema(node: Node, value: Any) -> Node:
    return node_of(_SCHEMA) if node.type_name in _OR_ELSE and isinstance(value, Mapping) else node


def pruned(node: Node, body: Any) -> Any:
    """Return a value without unknown fields; nulls are dropped, or made empty values, as Go's decoder does.

    Where a CustomResourceDefinition is in force, nulls stay: what becomes of them is a matter of defaults.
    """
    node = _of_schema(node, body)
    if isinstance(body, Mapping):
        made = {}
        for name, value in body.items():
            field = node.field(name)
            if field is None:
                if node.is_open:
                    made[name] = value
            elif value is not None or node.is_structural:
                made[name] = pruned(field, value)
            elif name not in node.properties:
                made[name] = _zero(field)
        return made
    if isinstance(body, list) and (items := node.items) is not None:
        return [_zero(items) if each is None and not node.is_structural else pruned(items, each) for each in body]
    return int(body) if isinstance(body, float) and body.is_integer() and abs(body) < 2**53 else body


def _zero(node: Node) -> Any:
    """Return what Go makes of a null that stands in a list, or under a free key."""
    return {"object": {}, "string": "", "integer": 0, "number": 0, "boolean": False}.get(
        node.type, "0" if node.is_quantity else None
    )


def check_types(kind: Kind, body: Obj) -> None:
    """Return when the values have the types of a kind's fields (of a custom kind: those of its metadata).

    Raises StatusError 400 with the first one that has not, in the words of Go's decoder.
    """
    said = _type_fault(kind, body)
    if said:
        raise refusal(kind, said)


def _type_fault(kind: Kind, body: Obj) -> str | None:
    if not kind.custom:
        return _mistyped(kind.node, body, kind.kind, "", "")
    metadata, node = body.get("metadata"), kind.node.field("metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        return f"json: cannot unmarshal {_type_of(metadata)} into Go value of type v1.ObjectMeta"
    return _mistyped(node, metadata, "ObjectMeta", "", "") if node else None


def _mistyped(node: Node, value: Any, owner: str, path: str, name: str) -> str | None:
    """Return what is wrong first in a value: the field ``name`` of the struct ``owner``, ``path`` from the root."""
    node = _of_schema(node, value)
    kind = node.type
    if value is None or (node.is_int_or_string and isinstance(value, str)):
        return None
    if node.is_quantity:
        return None if parse_quantity(value) is not None else NO_QUANTITY
    if node.is_int_or_string:
        kind = "integer"
    wanted = _PYTHON_TYPES.get(kind)
    if wanted is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    bits = 63 if _go_type(node, name) == "int64" else 31
    fits = kind != "integer" or not is_number or (isinstance(value, int) and -(2**bits) <= value < 2**bits)
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean") or not fits:
        number = f" {value}" if is_number and kind == "integer" else ""
        what = f"{_type_of(value)}{number} into Go struct field {owner}.{path} of type {_go_type(node, name)}"
        return f"json: cannot unmarshal {what}"
    if kind == "string":
        return _malformed(node, value)
    if kind == "array":
        parts = ((node.items, each, owner, path, name) for each in value) if node.items else ()
        return next(filter(None, (_mistyped(*each) for each in parts)), None)
    return _mistyped_fields(node, value, owner, path, name) if kind == "object" else None


def _mistyped_fields(node: Node, value: Mapping[str, Any], owner: str, path: str, name: str) -> str | None:
    struct = node.type_name.rpartition(".")[2] or owner
    embedded = _embedded(node.type_name)
    for key, each in value.items():
        field = node.field(key)
        if field is None or each is None:
            continue
        if key in node.properties:
            inside = _EMBEDDED.get(struct, "LocalObjectReference") if key in embedded else ""
            found = _mistyped(field, each, struct, ".".join(filter(None, (path, inside, key))), key)
        else:
            found = _mistyped(field, each, owner, path, name)
        if found:
            return found
    return None


def _embedded(type_name: str) -> frozenset[str]:
    """Return which fields of a struct are those of a struct inside it."""
    parts = recorded()["messages"].get(type_name) or {}
    return frozenset(
        str(name).lstrip("*") for each in parts.values() if isinstance(each, Mapping) for name in each.values()
    )


def _malformed(node: Node, value: str) -> str | None:
    form = node.raw.get("format")
    if form == "date-time" and not _TIME.fullmatch(value):
        fraction = ".000000" if node.type_name.endswith("MicroTime") else ""
        return f'parsing time "{value}" as "2006-01-02T15:04:05{fraction}Z07:00": cannot parse "{value}" as "2006"'
    if form == "byte" and (not _BASE64.fullmatch(value) or len(re.sub(r"[\r\n]", "", value)) % 4):
        good = re.match(r"[A-Za-z0-9+/\r\n]*", value)
        return f"illegal base64 data at input byte {good.end() if good else 0}"
    return None


def _go_type(node: Node, name: str) -> str:
    """Return the Go type of a field. OpenAPI does not name the types of texts that are one of a few: it is a guess."""
    kind = "integer" if node.is_int_or_string else node.type
    if kind == "integer":
        return "int32" if node.is_int_or_string else str(node.raw.get("format", "int64"))
    if kind == "array":
        return f"[]{_go_type(node.items, name) if node.items else 'interface {}'}"
    if kind == "object" and node.values and not node.type_name:
        return "v1.ResourceList" if node.values.is_quantity else f"map[string]{_go_type(node.values, name)}"
    if kind == "string" and node.raw.get("format") == "byte":
        return "[]uint8"
    if kind == "string" and "enum" in node.raw:
        return f"v1.{name[:1].upper()}{name[1:]}"
    return _GO_TYPES.get(kind) or ".".join(node.type_name.split(".")[-2:])


def _type_of(value: Any) -> str:
    """Return what JSON calls a value."""
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
