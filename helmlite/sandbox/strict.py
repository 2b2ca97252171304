"""From bytes to fields: bodies in JSON and YAML, unknown fields and wrong types, in the words of Go's decoders."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from helmlite import documents
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.quantities import parse_quantity
from helmlite.sandbox.recorded import node_of, node_of_kind, recorded
from helmlite.sandbox.schema import Node
from helmlite.sandbox.status import Cause, StatusError, bad_request, invalid

MAX_FAULTS = 100
NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

_GO_TYPES = {"string": "string", "boolean": "bool", "number": "float64"}
_PYTHON_TYPES: Mapping[str, Any] = {
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "integer": (int, float),
    "number": (int, float),
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MICRO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*")
_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
_OR_ELSE = (f"{_SCHEMA}OrArray", f"{_SCHEMA}OrBool")
"""Types that are a schema, or else something that OpenAPI does not tell of."""


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
        where = f" (line {error.line}, column {error.column})" if error.line else ""
        raise _unreadable(f"{error.message}{where}", content, kind) from None
    twice = islice(_repeated(json.loads(content.decode(errors="replace"), object_pairs_hook=_Pairs)), MAX_FAULTS)
    return _object(found, content, kind), [f'duplicate field "{path}"' for path in twice]


class _Pairs(dict[str, Any]):
    """A mapping of JSON that knows which of its keys stand twice."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]


def _repeated(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, _Pairs):
        yield from (f"{path}.{key}".lstrip(".") for key in value.twice)
        for key, each in value.items():
            yield from _repeated(each, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _repeated(each, f"{path}[{index}]")


def read_yaml(content: bytes, kind: str = "") -> tuple[Any, list[str]]:
    """Return the data of the first YAML document, as ``read_json`` does; ``kind`` is "" for what is applied."""
    try:
        parsed = documents.read_all(content, duplicates="warn")
    except documents.DocumentError as error:
        line = f"line {error.line}: " if (error.line or 1) > 1 else ""
        said = f"yaml: {line}{error.message.rpartition(': ')[2]}"
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
    raise _unreadable(f"json: cannot unmarshal {_type_of(found)} into Go value of type struct {{}}", content, kind)


def _unreadable(said: str, content: bytes, kind: str) -> StatusError:
    if not kind:
        return bad_request(f"error decoding patch: {said}")
    return _unrecognized(kind, f"couldn't get version/kind; json parse error: {said}", content)


def _unrecognized(kind: str, said: str, content: bytes) -> StatusError:
    text = content[:30].decode(errors="replace") if content[:1] == b"{" else content[:30].hex()
    shown = f"{text} ..." if len(content) > 30 else text or "<empty>"
    return bad_request(f"the object provided is unrecognized (must be of type {kind}): {said} ({shown})")


def check_kind(kind: Kind, body: Mapping[str, Any]) -> None:
    """Return when an object says of itself that it is of a kind (of a built-in one: or says nothing).

    Raises StatusError as the server words what is another kind, or another version.
    """
    version, name = body.get("apiVersion") or "", body.get("kind") or ""
    if not isinstance(version, str) or not isinstance(name, str):
        raise _unreadable("json: apiVersion and kind are of type string", json.dumps(body).encode(), kind.kind)
    if kind.custom and not name:
        text = json.dumps(body)
        raise _unrecognized(kind.kind, f"Object 'Kind' is missing in '{text[:200]}'", text.encode())
    given = (version or ("" if kind.custom else kind.api_version), name or kind.kind)
    if given == (kind.api_version, kind.kind):
        return
    group = kind.group.partition(".")[0] or "core"
    start = f'{given[1]} in version "{given[0].rpartition("/")[2]}" cannot be handled as a {kind.kind}: '
    if not kind.custom and "/".join(given) not in recorded()["gvks"]:
        raise bad_request(f'{start}no kind "{given[1]}" is registered for version "{given[0]}"')
    if given[0] != kind.api_version:
        wanted = f"does not match the expected API version ({kind.api_version})"
        raise bad_request(f"the API version in the data ({given[0]}) {wanted}")
    if not kind.custom:
        raise bad_request(f"{start}converting ({kind.version}.{given[1]}) to ({group}.{kind.kind}): unknown conversion")
    metadata = body.get("metadata")
    cause = Cause(field="kind", reason="FieldValueInvalid", message=f'Invalid value: "{name}": must be {kind.kind}')
    object_name = metadata.get("name") if isinstance(metadata, Mapping) else ""
    raise invalid(replace(kind, kind=name), str(object_name or ""), [cause])


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
    if isinstance(value, dict):
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
    return node_of(_SCHEMA) if node.type_name in _OR_ELSE and isinstance(value, dict) else node


def pruned(node: Node, body: Any) -> Any:
    """Return a value without unknown fields; nulls are dropped, or made empty values, as Go's decoder does.

    Where a CustomResourceDefinition is in force, nulls stay: what becomes of them is a matter of defaults.
    """
    node = _of_schema(node, body)
    if isinstance(body, dict):
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

    Raises StatusError 400 with the first one that has not: its innermost struct, its path, the type that it is to have.
    """
    said = type_fault(kind, body)
    if said:
        raise refusal(kind, said)


def type_fault(kind: Kind, body: Obj) -> str | None:
    """Return what ``check_types`` refuses a body for, None where it does not."""
    if kind.custom:
        node = kind.node.field("metadata")
        return _mistyped(node, body.get("metadata"), "ObjectMeta", "") if node else None
    return _mistyped(kind.node, body, kind.kind, "")


def check_shape(api_version: str, kind: str, body: Any) -> None:
    """Return when a body that no resource is made of (options, a Scale, an Eviction) has the types of its fields.

    Raises StatusError 400.
    """
    said = _mistyped(node_of_kind(api_version, kind), body, kind, "")
    if said:
        raise bad_request(said)


def _mistyped(node: Node, value: Any, struct: str, path: str) -> str | None:
    """Return what is wrong first in a value, which stands at a path (``.spec.replicas``)."""
    node = _of_schema(node, value)
    if value is None:
        return None
    if node.is_quantity:
        return None if parse_quantity(value) is not None else NO_QUANTITY
    if not _fits(node, value):
        number = f" {value}" if _is_number(value) and _go_type(node).startswith("int") else ""
        where = f"Go struct field {struct}{path} of type {_go_type(node)}"
        return f"json: cannot unmarshal {_type_of(value)}{number} into {where}"
    parts: Iterator[tuple[Node | None, Any, str]] = iter(())
    if isinstance(value, list):
        parts = ((node.items, each, path) for each in value)
    elif isinstance(value, Mapping):
        struct = node.type_name.rpartition(".")[2] or struct
        parts = (
            (node.field(key), each, f"{path}.{key}" if key in node.properties else path) for key, each in value.items()
        )
    elif isinstance(value, str):
        return _malformed(node, value)
    return next(filter(None, (_mistyped(part, each, struct, at) for part, each, at in parts if part)), None)


def _fits(node: Node, value: Any) -> bool:
    if node.is_int_or_string and isinstance(value, str):
        return True
    kind = "integer" if node.is_int_or_string else node.type
    if kind == "integer":
        most = 2**63 if _go_type(node) == "int64" else 2**31
        return isinstance(value, int) and not isinstance(value, bool) and -most <= value < most
    return isinstance(value, _PYTHON_TYPES.get(kind, object)) and (kind != "number" or _is_number(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _malformed(node: Node, value: str) -> str | None:
    form = node.raw.get("format")
    is_micro = node.type_name.endswith(".MicroTime")
    if form == "date-time" and not (_MICRO_TIME if is_micro else _TIME).fullmatch(value):
        pattern = f"2006-01-02T15:04:05{'.000000' if is_micro else ''}Z07:00"
        return f'parsing time "{value}" as "{pattern}": cannot parse "{value}" as "2006"'
    if form == "byte" and (not _BASE64.fullmatch(value) or len(re.sub(r"[\r\n]", "", value)) % 4):
        good = re.match(r"[A-Za-z0-9+/\r\n]*", value)
        return f"illegal base64 data at input byte {good.end() if good else 0}"
    return None


def _go_type(node: Node) -> str:
    """Return the Go type of a field, as far as its schema tells it."""
    if node.is_int_or_string:
        return "int32"
    if node.type == "integer":
        return str(node.raw.get("format", "int64"))
    if node.type == "array":
        return f"[]{_go_type(node.items)}" if node.items else "[]interface {}"
    if node.type == "object" and node.values and not node.type_name:
        return f"map[string]{_go_type(node.values)}"
    return _GO_TYPES.get(node.type) or ".".join(node.type_name.split(".")[-2:])


def _type_of(value: Any) -> str:
    """Return what JSON calls a value."""
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
