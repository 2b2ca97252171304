"""Schemas of custom kinds: defaults, nulls, and what is wrong with a value."""

from __future__ import annotations

import time
from typing import Any

import pytest

from helmlite.sandbox import structural
from helmlite.sandbox.checks.places import At
from helmlite.sandbox.recorded import recorded
from helmlite.sandbox.schema import Node

TEXT = {"type": "string"}
IN_BODY = "spec in body should be"


def said(schema: Any, value: Any, old: Any = None) -> list[tuple[str, str]]:
    """Return place and message of each fault of a value."""
    at = At("spec", [])
    structural.check(at, structural.ready(schema), value, old)
    return [(each.field, each.message) for each in at.found]


def filled(schema: Any, value: Any) -> Any:
    """Return a value with its defaults."""
    structural.fill(Node(structural.ready(schema), recorded()["schemas"]), value)
    return value


def test_defaults_of_defaults() -> None:
    """Fields of a default get their own defaults, and the schema is not changed by it."""
    inner = {"type": "object", "default": {}, "properties": {"b": {**TEXT, "default": "x"}}}
    schema = {"type": "object", "properties": {"a": inner}}
    assert {"a": {"b": "x"}} == filled(schema, {})
    assert {} == inner["default"]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"properties": {"a": TEXT}}, {"a": None}, {}),
        ({"properties": {"a": {**TEXT, "nullable": True}}}, {"a": None}, {"a": None}),
        ({"properties": {"a": {**TEXT, "default": "x"}}}, {"a": None}, {"a": "x"}),
        ({"additionalProperties": TEXT}, {"a": None, "b": "x"}, {"b": "x"}),
        ({"x-kubernetes-preserve-unknown-fields": True}, {"a": None}, {"a": None}),
        ({"properties": {"a": {"type": "array", "items": TEXT}}}, {"a": [None]}, {"a": [None]}),
        ({"properties": {"a": TEXT}}, "text", "text"),
    ],
    ids=["field", "nullable", "default", "key", "free", "item", "wrong type"],
)
def test_nulls(schema: Any, value: Any, expected: Any) -> None:
    """Nulls go where they are no values."""
    assert expected == filled({"type": "object", **schema}, value)


@pytest.mark.parametrize(
    ("schema", "is_open"),
    [
        ({"type": "object"}, False),
        ({"type": "object", "additionalProperties": False}, False),
        ({"type": "object", "additionalProperties": True}, True),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, True),
        ({"x-kubernetes-preserve-unknown-fields": True}, True),
        ({"type": "object", "properties": {"a": TEXT}}, False),
    ],
    ids=["nothing", "false", "true", "preserving", "any", "fields"],
)
def test_open_mappings(schema: Any, *, is_open: bool) -> None:
    """A mapping has the fields that the schema names, unless it says that there may be others."""
    assert is_open is Node(structural.ready(schema)).is_open


def test_ready_twice() -> None:
    """A schema that is ready stays as it is."""
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object"}}}}
    once = structural.ready(schema)
    assert once == structural.ready(once)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((1, "integer"), (1.0, "integer"), (1.5, "number"), (True, "boolean"), (None, "null"), ("a", "string")),
        *(([], "array"), ({}, "object"), (2**63, "number"), (-(2**63), "integer"), (1e300, "number")),
    ],
    ids=repr,
)
def test_types(value: Any, expected: str) -> None:
    """The type of a value is as the server sees it."""
    assert expected == structural.type_of(value)


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("byte", "YQ==", "YQ="),
        ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
        ("date-time", "2026-01-01T00:00:00Z", "2026-01-01"),
        ("ipv4", "10.0.0.1", "::1"),
        ("ipv6", "::1", "10.0.0.1"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"),
        ("other", "anything", None),
    ],
)
def test_forms(form: str, good: str, bad: str | None) -> None:
    """Texts of known forms are checked."""
    assert [] == said({**TEXT, "format": form}, good)
    if bad is not None:
        message = f'Invalid value: "{bad}": spec in body must be of type {form}: "{bad}"'
        assert [("spec", message)] == said({**TEXT, "format": form}, bad)


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "integer", "multipleOf": 0.1}, 1, None),
        ({"type": "number", "multipleOf": 0.1}, 0.3, None),
        ({"type": "number", "multipleOf": 1e-300}, 1e300, None),
        ({"type": "integer", "enum": [1, 2]}, 3, 'Unsupported value: 3: supported values: "1", "2"'),
        ({"type": "boolean", "enum": [True]}, True, None),
        ({"type": "number", "maximum": 5, "exclusiveMaximum": True}, 5, f"Invalid value: 5: {IN_BODY} less than 5"),
        ({"type": "number", "minimum": 5}, 4.5, f"Invalid value: 4.5: {IN_BODY} greater than or equal to 5"),
        ({"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}, "1", None),
        ({**TEXT, "pattern": "("}, "a", None),
        ({**TEXT, "maxLength": 4}, "äöüß", None),
    ],
    ids=["whole", "tenths", "far apart", "numbers", "true", "open end", "least", "either", "no pattern", "characters"],
)  # fmt: skip
def test_rules(schema: Any, value: Any, message: str | None) -> None:
    """A value that breaks a rule is told of in the server's words."""
    assert ([] if message is None else [("spec", message)]) == said(schema, value)


def test_what_is_as_it_was() -> None:
    """What an update leaves as it was is let be, and the rest is checked."""
    schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 3}, "b": TEXT}}
    assert [] == said(schema, {"a": 1, "b": "y"}, {"a": 1, "b": "x"})
    assert ["spec.a", "spec.b"] == [field for field, _ in said(schema, {"a": 2, "b": 1}, {"a": 1, "b": "x"})]


def test_patterns_run_in_linear_time() -> None:
    """A pattern that others take exponential time for takes none here."""
    start = time.monotonic()
    assert 1 == len(said({**TEXT, "pattern": "^(a+)+$"}, "a" * 5000 + "b"))
    assert 1 > time.monotonic() - start
