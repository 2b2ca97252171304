"""Decoding bodies: what stands twice, what is unknown, what has a wrong type, and what is no body at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from helmlite.sandbox import strict
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.recorded import registry
from helmlite.sandbox.schema import Node
from helmlite.sandbox.status import StatusError

KINDS = registry()
CRD = "apiextensions.k8s.io/v1", "CustomResourceDefinition"


def kind(api_version: str, name: str) -> Kind:
    """Return a built-in kind."""
    found = KINDS.of(api_version, name)
    assert found is not None
    return found


def refusal(call: Any, *arguments: Any) -> str:
    """Return what a call is refused with, which is always a bad request."""
    with pytest.raises(StatusError) as refused:
        call(*arguments)
    assert 400 == refused.value.code
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"a": {"x": 1, "x": 2}}', ["a.x"]),
        ('{"a": [{}, {"b": 1, "b": 2}]}', ["a[1].b"]),
        ('{"a": [[{"b": 1, "b": 2}]]}', ["a[0][0].b"]),
        ('{"a": 1, "a": 2, "a": 3}', ["a"]),
        ('{"a": {"x": 1}, "b": {"x": 1}}', []),
    ],
)
def test_what_stands_twice(content: str, expected: list[str]) -> None:
    """Each field that stands twice in JSON is told of once, by its path."""
    _, faults = strict.read_json(content.encode())
    assert [f'duplicate field "{each}"' for each in expected] == faults


def test_the_last_one_counts() -> None:
    """Of a field that stands twice, the last value counts."""
    assert {"a": 2} == strict.read_json(b'{"a": 1, "a": 2}')[0]


def test_not_too_many_faults() -> None:
    """However much stands twice, so many faults are told of."""
    content = "{" + ",".join(f'"k{each}": 1, "k{each}": 2' for each in range(1000)) + "}"
    assert strict.MAX_FAULTS == len(strict.read_json(content.encode())[1])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{\n"a" 1}', "no valid JSON: Expecting ':' delimiter (line 2, column 5)"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b"\xff", ""),
        (b"[" * 1000 + b"]" * 1000, "nested more than 200 levels deep"),
    ],
    ids=["colon", "NaN", "UTF-8", "depth"],
)
def test_what_is_no_json(content: bytes, said: str) -> None:
    """JSON that cannot be read is refused, as a patch is."""
    assert refusal(strict.read_json, content).startswith(f"error decoding patch: {said}")


def test_a_body_is_shown_in_part() -> None:
    """A body that cannot be read is shown in part: as text where it looks like JSON, else in hexadecimal digits."""
    assert refusal(strict.read_json, b'{"metadata": {"name": "a-long-name"', "Pod").endswith(
        '({"metadata": {"name": "a-long- ...)'
    )
    assert refusal(strict.read_json, b"x" * 31, "Pod").endswith(f"({'78' * 30} ...)")


def test_lines_that_stand_twice() -> None:
    """A key that stands twice in YAML is told of by its line."""
    assert ({"a": 2}, ['line 2: key "a" already set in map']) == strict.read_yaml(b"a: 1\na: 2")


def test_yaml_that_is_no_yaml() -> None:
    """YAML that cannot be read is refused with the line."""
    said = "error decoding YAML: error converting YAML to JSON: yaml: found character that cannot start any token"
    assert said == refusal(strict.read_yaml, b"\tx: 1")


@pytest.mark.parametrize("content", [b"", b"# nothing", b"---\n"], ids=["nothing", "comment", "mark"])
def test_yaml_without_anything(content: bytes) -> None:
    """YAML without anything is an empty object."""
    assert ({}, []) == strict.read_yaml(content, "Pod")


def test_faults_of_yaml_stand_first() -> None:
    """A refusal has the lines of YAML in one, before the unknown fields."""
    found = ['line 2: key "a" already set in map', 'line 3: key "b" already set in map', 'unknown field "x"']
    said = str(strict.refused(kind("v1", "ConfigMap"), found))
    expected = (
        'yaml: unmarshal errors:\n  line 2: key "a" already set in map\n  line 3: key "b" already set in map, unknown'
    )
    assert (
        f'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: {expected} field "x"'
        == said
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": {"a": 1}, "foo": 1}, ["foo"]),
        ({"metadata": {"labels": {"x": "y"}, "foo": {}}}, ["metadata.foo"]),
        ({"metadata": {"managedFields": [{"fieldsV1": {"f:x": {}}, "foo": 1}]}}, ["metadata.managedFields[0].foo"]),
        ({"metadata": []}, []),
        ([], []),
    ],
    ids=["top", "below", "free", "list", "no object"],
)
def test_unknown_fields(body: Any, expected: list[str]) -> None:
    """Fields that the schema does not know are told of by their path; free ones are not."""
    assert [f'unknown field "{each}"' for each in expected] == strict.faults(kind("v1", "ConfigMap").node, body)


def test_schemas_in_schemas() -> None:
    """Unknown fields are found in the schemas of a definition, however deep."""
    schema = {"items": {"properties": {"a": {"additionalProperties": {"foo": 1}}}}, "additionalProperties": True}
    body = {"spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]}}
    place = "spec.versions[0].schema.openAPIV3Schema.items.properties.a.additionalProperties.foo"
    assert [f'unknown field "{place}"'] == strict.faults(kind(*CRD).node, body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": {"a": None}, "foo": 1}, {"data": {"a": ""}}),
        ({"data": None, "immutable": None}, {}),
        ({"metadata": {"finalizers": [None]}}, {"metadata": {"finalizers": [""]}}),
        ({"metadata": {"ownerReferences": [None]}}, {"metadata": {"ownerReferences": [{}]}}),
        ({"data": [1]}, {"data": [1]}),
    ],
    ids=["key", "fields", "text", "mapping", "wrong type"],
)
def test_pruning(body: Any, expected: Any) -> None:
    """Unknown fields go, and nulls become what Go makes of them; what has a wrong type stays."""
    assert expected == strict.pruned(kind("v1", "ConfigMap").node, body)


def test_a_null_quantity() -> None:
    """A quantity that is null is 0."""
    spec = {"containers": [{"resources": {"limits": {"cpu": None}}}]}
    assert {"cpu": "0"} == strict.pruned(kind("v1", "Pod").node, {"spec": spec})["spec"]["containers"][0]["resources"][
        "limits"
    ]


def test_pruning_changes_nothing() -> None:
    """Pruning gives a new value."""
    body = {"data": {"a": None}}
    strict.pruned(kind("v1", "ConfigMap").node, body)
    assert {"data": {"a": None}} == body


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"replicas": 1.0}, "number 1.0 into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ({"replicas": True}, "bool into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ({"paused": 1}, "number into Go struct field DeploymentSpec.spec.paused of type bool"),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": []}}},
            "array into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32",
        ),
        (
            {"template": {"spec": {"containers": {}}}},
            "object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
        ),
        ("x", "string into Go struct field Deployment.spec of type v1.DeploymentSpec"),
    ],
    ids=["fraction", "boolean", "number", "list", "mapping", "text"],
)
def test_wrong_types(spec: Any, said: str) -> None:
    """A wrong type is told of as Go does: the innermost struct, the path, the Go type."""
    start = 'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal '
    assert f"{start}{said}" == refusal(strict.check_types, kind("apps/v1", "Deployment"), {"spec": spec})


@pytest.mark.parametrize("value", [-(2**31), 2**31 - 1, None], ids=["least", "most", "null"])
def test_right_types(value: Any) -> None:
    """Numbers that fit, and null, are of the right type."""
    strict.check_types(kind("apps/v1", "Deployment"), {"spec": {"replicas": value}})


@pytest.mark.parametrize(
    ("value", "is_good"),
    [
        ("2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00.5+01:00", True),
        ("2026-01-01", False),
        ("\u0662\u0660\u0662\u0666-01-01T00:00:00Z", False),
    ],
    ids=["seconds", "zone", "day", "other digits"],
)
def test_times(value: str, *, is_good: bool) -> None:
    """A time is as RFC 3339 has it."""
    body = {"metadata": {"creationTimestamp": value}}
    if is_good:
        strict.check_types(kind("v1", "ConfigMap"), body)
    else:
        assert f'parsing time "{value}" as' in refusal(strict.check_types, kind("v1", "ConfigMap"), body)


@pytest.mark.parametrize("metadata", [[], "x", {"name": 1}], ids=str)
def test_metadata_of_a_custom_kind(metadata: Any) -> None:
    """Of a custom kind the types of metadata alone are looked at."""
    built_in = kind("v1", "ConfigMap")
    custom = replace(built_in, custom={"name": "v1"})
    strict.check_types(custom, {"data": 1, "metadata": {}})
    assert "ObjectMeta" in refusal(strict.check_types, custom, {"metadata": metadata})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "Secret"}, "converting (v1.Secret) to (core.ConfigMap): unknown conversion"),
        ({"kind": "Foo"}, 'no kind "Foo" is registered for version "v1"'),
        ({"apiVersion": [1]}, "json: apiVersion and kind are of type string"),
    ],
    ids=["served", "unknown", "list"],
)
def test_another_kind(body: Any, said: str) -> None:
    """An object that says another kind is refused."""
    assert said in refusal(strict.check_kind, kind("v1", "ConfigMap"), body)


@pytest.mark.parametrize("body", [{}, {"kind": None}, {"apiVersion": "v1", "kind": "ConfigMap"}], ids=str)
def test_the_same_kind(body: Any) -> None:
    """An object of a built-in kind says that kind, or nothing."""
    strict.check_kind(kind("v1", "ConfigMap"), body)


def test_free_keys_are_not_kept() -> None:
    """Looking at free keys does not make a schema larger."""
    node = Node({"type": "object", "additionalProperties": {"type": "string"}})
    assert node.field("a") is node.field("b")
    assert {} == node._children  # nothing else shows it
