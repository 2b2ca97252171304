"""What does not fit a schema; how the server says so is stated in the contract too."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox.schema import Node
from helmlite.sandbox.shapes import misfits, printed

NODE = Node(
    {"type": "object", "properties": {kind: {"type": kind} for kind in ("array", "boolean", "integer", "string")}}
)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"array": {"b": 1, "a": None}}, ".array: expected list, got &{map[a:<nil> b:1]}"),
        ({"boolean": ["x", True]}, ".boolean: expected boolean, got &{[x true]}"),
        ({"integer": True}, ".integer: expected numeric (int or float), got bool"),
        ({"integer": {}}, ".integer: expected numeric (int or float), got map[string]interface {}"),
        ({"integer": []}, ".integer: expected numeric (int or float), got []interface {}"),
        ({"string": 1.5}, ".string: expected string, got &value.valueUnstructured{Value:1.5}"),
        ({"other": None}, ".other: field not declared in schema"),
    ],
    ids=["list", "boolean", "number", "number not mapping", "number not list", "text", "unknown"],
)
def test_misfits(value: Any, said: str) -> None:
    """Each misfit is told by its path."""
    assert [said] == list(misfits(NODE, value))


@pytest.mark.parametrize("value", [None, {"string": None, "array": None}, {"integer": 1.5}], ids=str)
def test_what_fits(value: Any) -> None:
    """Nulls fit everywhere, and numbers are numbers."""
    assert [] == list(misfits(NODE, value))


def test_no_schema() -> None:
    """Where the schema says nothing, anything fits."""
    assert [] == list(misfits(Node({}), {"a": [1, {"b": None}]}))


def test_values_as_go_prints_them() -> None:
    """Keys stand in order."""
    assert "map[a:[1 x] b:<nil>]" == printed({"b": None, "a": [1, "x"]})
