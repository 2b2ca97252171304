"""Schemas of CustomResourceDefinitions: made ready for use, the defaults in them, and what is wrong with a value.

Rules in CEL (``x-kubernetes-validations``) are stored and, on purpose, not evaluated: what breaks one is taken.
"""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal, DecimalException
from functools import lru_cache
from typing import Any

from helmlite.sandbox.checks import names
from helmlite.sandbox.checks.places import At, shown
from helmlite.sandbox.objects import mapping
from helmlite.sandbox.schema import Node
from helmlite.sandbox.status import Cause

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_SEEN_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def ready(schema: Mapping[str, Any], *, is_whole: bool = False) -> dict[str, Any]:
    """Return a schema that says all of itself: what is nullable, which mappings have no fields, metadata of objects."""
    made = {**schema, "nullable": schema.get("nullable") is True}
    fields = {name: ready(mapping(each)) for name, each in mapping(schema.get("properties")).items()}
    if is_whole or schema.get("x-kubernetes-embedded-resource"):
        text = {"type": "string", "nullable": False}
        fields |= {"apiVersion": text, "kind": text, "metadata": {"$ref": OBJECT_META}}
    free = made.pop("additionalProperties", False)
    if free is True or isinstance(free, Mapping):
        made["additionalProperties"] = free is True or ready(free)
    elif schema.get("type") == "object" or fields:
        made["properties"] = fields
    if isinstance(schema.get("items"), Mapping):
        made["items"] = ready(schema["items"])
    return made


def fill(node: Node, value: Any) -> None:
    """Drop nulls that are no values and add defaults, in place."""
    if isinstance(value, list) and node.items is not None:
        for each in value:
            fill(node.items, each)
    if not isinstance(value, dict) or not node.is_structural:
        return
    for name, raw in node.properties.items():
        is_missing = name not in value or (value[name] is None and not raw.get("nullable"))
        if is_missing and raw.get("default") is not None:
            value[name] = copy.deepcopy(raw["default"])
    for name, each in list(value.items()):
        field = node.field(name)
        if field is not None and each is None and field.is_structural and not field.nullable:
            del value[name]
        elif field is not None:
            fill(field, each)


def check(at: At, schema: Mapping[str, Any], value: Any, old: Any = None) -> None:
    """Tell of every fault of a value; what is as it was in ``old`` is let be."""
    if (value is None and schema.get("nullable")) or (old is not None and old == value):
        return
    seen = type_of(value)
    wanted = ["integer", "string"] if schema.get("x-kubernetes-int-or-string") else [schema.get("type")]
    if wanted != [None] and seen not in wanted and not (seen == "integer" and wanted == ["number"]):
        _mistyped(at, seen, ",".join(map(str, wanted)))
    elif seen in _BY_TYPE:
        _BY_TYPE[seen](at, schema, value, old)
    if "enum" in schema and shown(value) not in map(shown, schema["enum"]):
        at.unsupported(value, [each if isinstance(each, str) else shown(each) for each in schema["enum"]])
    _check_logic(at, schema, value)


def type_of(value: Any) -> str:
    """Return what a schema calls the type of a value. A number without a fraction is an integer."""
    if isinstance(value, float) and value.is_integer():
        return "integer" if abs(value) < 2**63 else "number"
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "number"
    return _SEEN_TYPES.get(type(value), "null")


def _mistyped(at: At, value: str, wanted: str) -> None:
    text = shown(value)
    message = f"Invalid value: {text}: {at.path} in body must be of type {wanted}: {text}"
    at.found.append(Cause(field=at.path, reason="FieldValueTypeInvalid", message=message))


def _whole(at: At, said: str) -> None:
    """Tell of a fault for which the server names no field."""
    message = f'Invalid value: "": "{at.path}" {said}'
    at.found.append(Cause(field="<nil>", reason="FieldValueInvalid", message=message))


def _check_number(at: At, schema: Mapping[str, Any], value: Any, _old: Any) -> None:
    for limit, open_end, said, sign in (
        ("minimum", "exclusiveMinimum", "greater than", 1),
        ("maximum", "exclusiveMaximum", "less than", -1),
    ):
        bound = schema.get(limit)
        is_open = bool(schema.get(open_end))
        if bound is not None and ((value - bound) * sign < 0 or (is_open and value == bound)):
            at.invalid(value, f"{at.path} in body should be {said}{'' if is_open else ' or equal to'} {shown(bound)}")
    step = schema.get("multipleOf")
    with suppress(DecimalException):  # numbers too far apart to divide
        if step and Decimal(str(value)) % Decimal(str(step)):
            at.invalid(value, f"{at.path} in body should be a multiple of {shown(step)}")


def _check_text(at: At, schema: Mapping[str, Any], value: str, _old: Any) -> None:
    least, most, pattern = (schema.get(key) for key in ("minLength", "maxLength", "pattern"))
    if most is not None and len(value) > most:
        at.say("long", f"may not be more than {most} bytes")
    if least is not None and len(value) < least:
        at.invalid(value, f"{at.path} in body should be at least {least} chars long")
    if pattern and (regex := compiled(pattern)) is not None and not regex.search(value):
        at.invalid(value, f"{at.path} in body should match '{pattern}'")
    form = str(schema.get("format"))
    if form in _FORMATS and _FORMATS[form](value):
        _mistyped(at, value, form)


def _check_count(at: At, schema: Mapping[str, Any], count: int, what: str) -> None:
    least, most = (schema.get(f"{word}{what.capitalize()}") for word in ("min", "max"))
    if most is not None and count > most:
        at.say("many", f"must have at most {most} items", count)
    if least is not None and count < least:
        at.invalid(count, f"{at.path} in body should have at least {least} {what}")


def _check_list(at: At, schema: Mapping[str, Any], value: list[Any], _old: Any) -> None:
    _check_count(at, schema, len(value), "items")
    if isinstance(schema.get("items"), Mapping):
        for index, each in enumerate(value):
            check(at.to(index), schema["items"], each)
    keys, kept = schema.get("x-kubernetes-list-map-keys") or (), set()
    for index, each in enumerate(value if schema.get("x-kubernetes-list-type") in ("set", "map") else ()):
        told = {key: each.get(key) for key in keys} if keys and isinstance(each, Mapping) else each
        if shown(told) in kept:
            at.to(index).say("duplicate", value=told)
        kept.add(shown(told))


def _check_mapping(at: At, schema: Mapping[str, Any], value: Mapping[str, Any], old: Any) -> None:
    _check_count(at, schema, len(value), "properties")
    embedded = ("apiVersion", "kind") if schema.get("x-kubernetes-embedded-resource") else ()
    for name in (*(schema.get("required") or ()), *embedded):
        if name not in value:
            at.to(name).say("required")
    fields, free, before = mapping(schema.get("properties")), schema.get("additionalProperties"), mapping(old)
    for name, each in value.items():
        field = fields.get(name, free)
        if isinstance(field, Mapping):
            check(at.to(name), field, each, before.get(name))


_BY_TYPE: Mapping[str, Callable[[At, Mapping[str, Any], Any, Any], None]] = {
    "integer": _check_number,
    "number": _check_number,
    "string": _check_text,
    "array": _check_list,
    "object": _check_mapping,
}


def _check_logic(at: At, schema: Mapping[str, Any], value: Any) -> None:
    def faults(part: Any) -> list[Cause]:
        inner = At(at.path, [])
        check(inner, mapping(part), value)
        return inner.found

    for word, said in _LOGIC.items():
        found = [faults(each) for each in schema.get(word) or ()]
        good, most = sum(not each for each in found), 1 if word == "oneOf" else len(found)
        least = len(found) if word == "allOf" else min(1, len(found))
        if good < least:
            _whole(at, said + ("" if good else _NONE.get(word, "")))
            at.found.extend(found[0] if word != "allOf" else [cause for each in found for cause in each])
        elif good > most:
            _whole(at, f"{said}. Found {good} valid alternatives")
    if isinstance(schema.get("not"), Mapping) and not faults(schema["not"]):
        _whole(at, "must not validate the schema (not)")


_LOGIC = {
    "allOf": "must validate all the schemas (allOf)",
    "anyOf": "must validate at least one schema (anyOf)",
    "oneOf": "must validate one and only one schema (oneOf)",
}
_NONE = {"allOf": ". None validated", "oneOf": ". Found none valid"}


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any:
    """Return a pattern, which anybody may have written, as one that runs in linear time; None where it is none."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error:
        return None


def _like(pattern: str) -> names.Form:
    return lambda text: () if compiled(f"^(?:{pattern})$").search(text) else [pattern]


_FORMATS: Mapping[str, names.Form] = {
    "byte": _like(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"),
    "cidr": names.cidr,
    "date-time": _like(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"),
    "ipv4": names.read_by(ipaddress.IPv4Address),
    "ipv6": names.read_by(ipaddress.IPv6Address),
    "uuid": _like(r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"),
}
"""Forms of texts that are checked; others are let be, as the server does with those that it does not know."""
