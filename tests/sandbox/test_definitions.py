"""What is wrong with a CustomResourceDefinition."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox import custom
from helmlite.sandbox.definitions import check_crd
from helmlite.sandbox.objects import Obj
from tests.contract.definitions import definition, spec_of

TEXT = {"type": "string"}
PLACE = "spec.validation.openAPIV3Schema.properties[spec]"


def faults(crd: Obj, old: Obj | None = None) -> list[str]:
    """Return the places of what is wrong with a definition."""
    custom.default_crd(crd)
    return [each.field for each in check_crd(crd, old)]


def test_a_good_one() -> None:
    """Nothing is wrong with a good definition, nor with an update that changes its schema."""
    old = definition()
    assert [] == faults(old)
    assert [] == faults({**definition(spec_of()), "metadata": old["metadata"], "spec": old["spec"]}, old)


@pytest.mark.parametrize("spec", [{}, {"versions": []}, {"names": {}, "versions": [{}]}], ids=str)
def test_hardly_anything(spec: Any) -> None:
    """A definition of hardly anything lacks all that it must have."""
    found = faults({"metadata": {"name": "a"}, "spec": spec})
    assert {"spec.group", "spec.scope", "spec.versions", "spec.names.plural", "spec.names.kind"} <= set(found)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "array", "items": 5}, [f"{PLACE}.items"]),
        ({"type": "object", "additionalProperties": {}}, [f"{PLACE}.additionalProperties.type"]),
        ({"type": "array", "items": {"type": "array", "items": {"type": "foo"}}}, [f"{PLACE}.items.items.type"]),
        ({"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}, []),
        ({"type": "object", "default": {}, "properties": {"a": {**TEXT, "default": "x"}}}, []),
        (
            {"type": "array", "items": TEXT, "x-kubernetes-list-type": "map"},
            [f"{PLACE}.x-kubernetes-list-map-keys"],
        ),
        (
            {"type": "object", "anyOf": [{"properties": {"a": {"type": "string"}}}]},
            [f"{PLACE}.anyOf[0].properties[a].type"],
        ),
        ({"x-kubernetes-embedded-resource": True, "properties": {"a": TEXT}}, [f"{PLACE}.type"]),
    ],
    ids=["items", "values", "items of items", "either", "default", "list", "logic", "all"],
)  # fmt: skip
def test_schemas(schema: Any, expected: list[str]) -> None:
    """What is not structural is told of by its place."""
    assert expected == faults(definition({"type": "object", "properties": {"spec": schema}}))


@pytest.mark.parametrize(("group", "field"), [("", "spec.group"), ("nodots", "spec.group")], ids=str)
def test_groups(group: str, field: str) -> None:
    """A group is a domain."""
    crd = definition()
    crd["spec"]["group"], crd["metadata"]["name"] = group, f"widgets.{group}"
    assert [field] == faults(crd)


def test_what_cannot_change() -> None:
    """Group, scope, kind and plural stay."""
    old, crd = definition(group="a.example"), definition(group="b.example", plural="gadgets")
    crd["spec"]["names"]["kind"], crd["spec"]["scope"] = "Gadget", "Cluster"
    assert ["spec.group", "spec.scope", "spec.names.kind", "spec.names.plural"] == faults(crd, old)
