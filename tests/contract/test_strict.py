"""Decoding bodies: unknown and duplicate fields, wrong types, nulls, bodies that are none or another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.api import PATCHES

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

pytestmark = pytest.mark.cluster

UNKNOWN = {"metadata": {"name": "a", "foo": 1}, "dat": {}}
TWICE = '{"metadata": {"name": "a"}, "data": {"x": "1", "x": "2"}}'
YAML = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  foo: 1\ndata:\n  x: '1'\n  x: '2'\n"
DECODING = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: '
STRICT = f"{DECODING}strict decoding error: "
NO_OBJECT = "the object provided is unrecognized (must be of type ConfigMap): "
NO_JSON = f"{NO_OBJECT}couldn't get version/kind; json parse error: "
QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


def maps(api: Api, name: str = "") -> str:
    """Return the path of ConfigMaps."""
    return api.path("v1", "configmaps", name)


def told(answer: Answer) -> list[str]:
    """Return what an answer warns of."""
    return [each.removeprefix('299 - "').removesuffix('"').replace('\\"', '"') for each in answer.warnings]


def made(api: Api) -> str:
    """Create the ConfigMap ``a`` and return its path."""
    api.post(maps(api), {"metadata": {"name": "a"}, "data": {"x": "1"}}).expect(201)
    return maps(api, "a")


def test_unknown_fields_are_warned_of(api: Api) -> None:
    """By default unknown fields are told of in warnings, and dropped."""
    answer = api.post(maps(api), UNKNOWN)
    assert ['unknown field "metadata.foo"', 'unknown field "dat"'] == told(answer)
    assert "dat" not in answer.expect(201)


def test_unknown_fields_warn(api: Api) -> None:
    """fieldValidation=Warn is the default."""
    answer = api.post(maps(api), UNKNOWN, fieldValidation="Warn", dryRun="All")
    assert ['unknown field "metadata.foo"', 'unknown field "dat"'] == told(answer)


def test_unknown_fields_are_ignored(api: Api) -> None:
    """fieldValidation=Ignore tells of no unknown fields."""
    answer = api.post(maps(api), UNKNOWN, fieldValidation="Ignore", dryRun="All")
    assert (201, []) == (answer.status, told(answer))


def test_unknown_fields_are_refused(api: Api) -> None:
    """fieldValidation=Strict refuses unknown fields, naming all of them."""
    answer = api.post(maps(api), UNKNOWN, fieldValidation="Strict")
    assert (400, "BadRequest") == (answer.status, answer.body["reason"])
    assert f'{STRICT}unknown field "metadata.foo", unknown field "dat"' == answer.message


def test_duplicate_fields_are_warned_of(api: Api) -> None:
    """A field that stands twice in JSON is warned of, and its last value counts."""
    answer = api.post(maps(api), TWICE)
    assert ['duplicate field "data.x"'] == told(answer)
    assert {"x": "2"} == answer.expect(201)["data"]


def test_duplicate_fields_are_refused(api: Api) -> None:
    """fieldValidation=Strict refuses a field that stands twice."""
    answer = api.post(maps(api), TWICE, fieldValidation="Strict")
    assert (400, f'{STRICT}duplicate field "data.x"') == (answer.status, answer.message)


def test_duplicate_fields_are_ignored(api: Api) -> None:
    """fieldValidation=Ignore tells of no duplicate fields."""
    answer = api.post(maps(api), TWICE, fieldValidation="Ignore", dryRun="All")
    assert (201, []) == (answer.status, told(answer))


def test_duplicate_and_unknown_fields(api: Api) -> None:
    """Both are told of together, duplicates first."""
    answer = api.post(maps(api), f'{TWICE[:-1]}, "zzz": 1}}', fieldValidation="Strict")
    assert f'{STRICT}duplicate field "data.x", unknown field "zzz"' == answer.message


def test_places_in_lists(api: Api) -> None:
    """An unknown field in a list is named with the item's index."""
    container = {
        "name": "c",
        "image": "i",
        "imagee": "x",
        "ports": [{"containerPort": 1}, {"containerPort": 2, "y": 1}],
    }
    template = {"metadata": {"labels": {"k": "v"}}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": {"k": "v"}}, "template": template}
    path = api.path("apps/v1", "deployments")
    answer = api.post(path, {"metadata": {"name": "a"}, "spec": spec}, fieldValidation="Strict")
    start = 'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: '
    place = "spec.template.spec.containers[0]"
    assert f'{start}unknown field "{place}.imagee", unknown field "{place}.ports[1].y"' == answer.message


def test_a_replacement_with_unknown_fields(api: Api) -> None:
    """A PUT with unknown fields is refused as a POST is."""
    answer = api.put(made(api), UNKNOWN, fieldValidation="Strict")
    assert (400, f'{STRICT}unknown field "metadata.foo", unknown field "dat"') == (answer.status, answer.message)


def test_yaml_warns(api: Api) -> None:
    """In YAML, a key that stands twice is warned of by its line."""
    answer = api.request("POST", maps(api), YAML, content_type="application/yaml", dryRun="All")
    assert ['line 8: key "x" already set in map', 'unknown field "metadata.foo"'] == told(answer)


def test_yaml_is_refused(api: Api) -> None:
    """fieldValidation=Strict refuses YAML with a key that stands twice, and unknown fields with it."""
    answer = api.request("POST", maps(api), YAML, content_type="application/yaml", fieldValidation="Strict")
    said = 'yaml: unmarshal errors:\n  line 8: key "x" already set in map, unknown field "metadata.foo"'
    assert (400, f"{STRICT}{said}") == (answer.status, answer.message)


def test_the_first_document_counts(api: Api) -> None:
    """Of several YAML documents, the first one counts."""
    body = "metadata: {name: a}\ndata: {x: one}\n---\nmetadata: {name: b}\n"
    answer = api.request("POST", maps(api), body, content_type="application/yaml")
    assert {"x": "one"} == answer.expect(201)["data"]


@pytest.mark.parametrize("kind", ["merge", "strategic"])
def test_a_patch_with_unknown_fields_warns(api: Api, kind: str) -> None:
    """Unknown fields that a patch brings are warned of."""
    answer = api.patch(made(api), {"dat": {}, "data": {"y": "2"}}, kind)
    assert ['unknown field "dat"'] == told(answer)
    assert {"x": "1", "y": "2"} == answer.expect(200)["data"]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("merge", {"dat": {}}),
        ("strategic", {"dat": {}}),
        ("json", [{"op": "add", "path": "/dat", "value": {}}]),
    ],
    ids=["merge", "strategic", "json"],
)
def test_a_patch_with_unknown_fields_is_refused(api: Api, kind: str, change: Any) -> None:
    """fieldValidation=Strict refuses a patch that brings unknown fields: the patch is invalid."""
    answer = api.patch(made(api), change, kind, fieldValidation="Strict")
    assert (422, "Invalid", {("patch", "FieldValueInvalid")}) == (answer.status, answer.body["reason"], answer.causes)
    assert answer.message.startswith(' "" is invalid: patch: Invalid value: "')
    assert answer.message.endswith('": strict decoding error: unknown field "dat"')


@pytest.mark.parametrize("kind", ["merge", "strategic"])
def test_a_patch_that_says_twice(api: Api, kind: str) -> None:
    """A field that stands twice in a patch is warned of."""
    answer = api.patch(made(api), '{"data": {"y": "1", "y": "2"}}', kind)
    assert ['duplicate field "data.y"'] == told(answer)


@pytest.mark.parametrize("kind", ["merge", "json"])
def test_a_patch_of_a_wrong_type(api: Api, kind: str) -> None:
    """A patch that leaves a value of a wrong type is invalid."""
    change = {"data": {"x": 1}} if kind == "merge" else [{"op": "replace", "path": "/data/x", "value": 1}]
    answer = api.patch(made(api), change, kind)
    assert (422, {("patch", "FieldValueInvalid")}) == (answer.status, answer.causes)
    assert answer.message.endswith("json: cannot unmarshal number into Go struct field ConfigMap.data of type string")


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("merge", "[]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        ("merge", "{", ""),
        ("json", "{", ""),
        ("json", "{}", "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
    ],
    ids=["merge of a list", "merge of no JSON", "no JSON", "mapping"],
)
def test_a_patch_that_is_none(api: Api, kind: str, body: str, said: str) -> None:
    """A patch that is no JSON, or not what patches are, cannot be decoded."""
    answer = api.patch(made(api), body, kind)
    assert 400 == answer.status
    assert answer.message.startswith(f"error decoding patch: {said}")


@pytest.mark.parametrize("validation", ["Strict", "Warn", "Ignore"])
def test_applying_an_unknown_field(api: Api, validation: str) -> None:
    """An unknown field cannot be applied, whatever fieldValidation says."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "dat": {}}
    answer = api.apply(maps(api, "a"), body, fieldValidation=validation)
    said = "failed to create typed patch object (/a; /v1, Kind=ConfigMap): .dat: field not declared in schema"
    assert (500, said) == (answer.status, answer.message)


def test_applying_an_unknown_field_of_a_list(api: Api) -> None:
    """An unknown field of an item is named with the item's keys."""
    spec = {"selector": {"k": "v"}, "ports": [{"port": 80, "foo": 1}]}
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec}
    answer = api.apply(api.path("v1", "services", "a"), body)
    place = '.spec.ports[port=80,protocol="TCP"].foo: field not declared in schema'
    assert f"failed to create typed patch object (/a; /v1, Kind=Service): {place}" == answer.message


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"data": {"x": 1}}, ".data.x: expected string, got &value.valueUnstructured{Value:1}"),
        ({"data": "x"}, ".data: expected map, got &{x}"),
        ({"immutable": "x"}, ".immutable: expected boolean, got &{x}"),
    ],
    ids=["text", "mapping", "boolean"],
)
def test_applying_a_wrong_type(api: Api, fields: Any, said: str) -> None:
    """A value of a wrong type cannot be applied."""
    answer = api.apply(maps(api, "a"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **fields})
    assert 500 == answer.status
    assert f"failed to create typed patch object (/a; /v1, Kind=ConfigMap): {said}" == answer.message


def test_applying_json_that_says_twice(api: Api) -> None:
    """What is applied is YAML, so a key that stands twice is told of by its line."""
    body = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1", "x": "2"}}'
    path = maps(api, "a")
    answer = api.apply(path, body, fieldValidation="Strict")
    said = 'error converting YAML to JSON: yaml: unmarshal errors:\n  line 1: key "x" already set in map'
    assert (400, f"error strict decoding YAML: {said}") == (answer.status, answer.message)
    assert ['line 1: key "x" already set in map'] == told(api.apply(path, body))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "invalid object type: /, Kind="),
        ("metadata: {name: a}", "invalid object type: /, Kind="),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: a}", "invalid object type: /v1, Kind=Secret"),
        ("apiVersion: v2\nkind: ConfigMap\nmetadata: {name: a}", "invalid object type: /v2, Kind=ConfigMap"),
        (
            "[]",
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: "
            "json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
    ],
    ids=["nothing", "no kind", "another kind", "another version", "list"],
)
def test_applying_something_else(api: Api, body: str, said: str) -> None:
    """What is applied says its kind and version, and these are the path's."""
    answer = api.request("PATCH", maps(api, "a"), body, content_type=PATCHES["apply"], fieldManager="tester")
    assert (400, said) == (answer.status, answer.message)


def test_applying_managed_fields(api: Api) -> None:
    """What is applied has no managed fields."""
    metadata = {"name": "a", "managedFields": [{"manager": "x"}]}
    answer = api.apply(maps(api, "a"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    assert (400, "metadata.managedFields must be nil") == (answer.status, answer.message)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"data": {"x": 1}}, "number into Go struct field ConfigMap.data of type string"),
        ({"data": {"x": [1]}}, "array into Go struct field ConfigMap.data of type string"),
        ({"data": {"x": {}}}, "object into Go struct field ConfigMap.data of type string"),
        ({"data": []}, "array into Go struct field ConfigMap.data of type map[string]string"),
        ({"data": True}, "bool into Go struct field ConfigMap.data of type map[string]string"),
        ({"immutable": "yes"}, "string into Go struct field ConfigMap.immutable of type bool"),
        ({"metadata": []}, "array into Go struct field ConfigMap.metadata of type v1.ObjectMeta"),
        ({"metadata": {"name": 1}}, "number into Go struct field ObjectMeta.metadata.name of type string"),
        ({"metadata": {"labels": {"k": True}}}, "bool into Go struct field ObjectMeta.metadata.labels of type string"),
        (
            {"metadata": {"finalizers": {}}},
            "object into Go struct field ObjectMeta.metadata.finalizers of type []string",
        ),
        (
            {"metadata": {"generation": 1.5}},
            "number 1.5 into Go struct field ObjectMeta.metadata.generation of type int64",
        ),
        (
            {"metadata": {"ownerReferences": [{"controller": "x"}]}},
            "string into Go struct field OwnerReference.metadata.ownerReferences.controller of type bool",
        ),
        (
            {"metadata": {"creationTimestamp": 1}},
            "number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
        ),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else "",
)
def test_a_wrong_type(api: Api, fields: Any, said: str) -> None:
    """A value of a wrong type answers 400, in the words of Go's decoder."""
    answer = api.post(maps(api), {"metadata": {"name": "a"}, **fields})
    assert (400, f"{DECODING}json: cannot unmarshal {said}") == (answer.status, answer.message)


@pytest.mark.parametrize(
    ("container", "said"),
    [
        ({"ports": [{"containerPort": "80"}]}, ("string", "ContainerPort", "ports.containerPort", "int32")),
        ({"ports": [{"hostPort": 3000000000}]}, ("number 3000000000", "ContainerPort", "ports.hostPort", "int32")),
        ({"ports": ["80"]}, ("string", "Container", "ports", "v1.ContainerPort")),
        ({"ports": {}}, ("object", "Container", "ports", "[]v1.ContainerPort")),
        ({"command": "run"}, ("string", "Container", "command", "[]string")),
        ({"command": [1]}, ("number", "Container", "command", "string")),
        ({"env": [{"name": "A", "value": 1}]}, ("number", "EnvVar", "env.value", "string")),
        ({"stdin": "true"}, ("string", "Container", "stdin", "bool")),
        ({"securityContext": {"runAsUser": "x"}}, ("string", "SecurityContext", "securityContext.runAsUser", "int64")),
        ({"livenessProbe": []}, ("array", "Container", "livenessProbe", "v1.Probe")),
        (
            {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"optional": "x"}}}]},
            ("string", "SecretKeySelector", "env.valueFrom.secretKeyRef.optional", "bool"),
        ),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else "",
)  # fmt: skip
def test_a_wrong_type_in_a_pod(api: Api, container: Any, said: tuple[str, str, str, str]) -> None:
    """The message names the innermost struct, the path without indexes, and the Go type."""
    spec = {"containers": [{"name": "c", "image": "i", **container}]}
    answer = api.post(api.path("v1", "pods"), {"metadata": {"name": "a"}, "spec": spec})
    found, struct, path, wanted = said
    start = 'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal '
    expected = f"{start}{found} into Go struct field {struct}.spec.containers.{path} of type {wanted}"
    assert (400, expected) == (answer.status, answer.message)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"binaryData": {"x": "!!"}}, "illegal base64 data at input byte 0"),
        (
            {"metadata": {"creationTimestamp": "x"}},
            'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
        ),
    ],
    ids=["base64", "time"],
)
def test_a_text_of_a_wrong_form(api: Api, fields: Any, said: str) -> None:
    """A text that cannot be read as what it stands for answers 400."""
    answer = api.post(maps(api), {"metadata": {"name": "a"}, **fields})
    assert (400, f"{DECODING}{said}") == (answer.status, answer.message)


@pytest.mark.parametrize("value", ["much", "", True, {}], ids=repr)
def test_a_quantity_that_is_none(api: Api, value: Any) -> None:
    """A quantity that is none answers 400, whatever its type."""
    spec = {"containers": [{"name": "c", "image": "i", "resources": {"limits": {"cpu": value}}}]}
    answer = api.post(api.path("v1", "pods"), {"metadata": {"name": "a"}, "spec": spec})
    assert (400, f'Pod in version "v1" cannot be handled as a Pod: {QUANTITY}') == (answer.status, answer.message)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"data": None}, None), ({"data": {"x": None}}, {"x": ""}), ({"immutable": None, "data": {"x": "1"}}, {"x": "1"})],
    ids=["mapping", "value", "boolean"],
)
def test_null(api: Api, fields: Any, expected: Any) -> None:
    """A field that is null is as one that is not there; a key that is null has an empty value."""
    found = api.post(maps(api), {"metadata": {"name": "a"}, **fields}).expect(201)
    assert (expected, False) == (found.get("data"), "immutable" in found)


def test_null_in_a_list(api: Api) -> None:
    """An item that is null is an empty one."""
    answer = api.post(api.path("v1", "pods"), {"metadata": {"name": "a"}, "spec": {"containers": [None]}})
    causes = {("spec.containers[0].name", "FieldValueRequired"), ("spec.containers[0].image", "FieldValueRequired")}
    assert (422, causes) == (answer.status, answer.causes)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("", "(<empty>)"),
        ('{"metadata":', '({"metadata":)'),
        ('{"a":1}x', '({"a":1}x)'),
        ("{a:1}", "({a:1})"),
        ("kind: x", "(6b696e643a2078)"),
        ('{"metadata":{"name":"a" "b"}}', '({"metadata":{"name":"a" "b"}})'),
    ],
    ids=["nothing", "cut off", "more", "no key", "YAML", "no comma"],
)
def test_a_body_that_is_no_json(api: Api, body: str, shown: str) -> None:
    """A body that is no JSON answers 400, saying what it was to be, and how it begins."""
    answer = api.post(maps(api), body)
    assert 400 == answer.status
    assert answer.message.startswith(NO_JSON)
    assert answer.message.endswith(shown)


@pytest.mark.parametrize("body", ["[]", '"x"', "1"], ids=["list", "text", "number"])
def test_a_body_that_is_no_object(api: Api, body: str) -> None:
    """A body that is JSON and no object answers 400."""
    answer = api.post(maps(api), body)
    what = {"[": "array", '"': "string", "1": "number"}[body[0]]
    assert 400 == answer.status
    assert answer.message.startswith(f"{NO_JSON}json: cannot unmarshal {what} into Go value of type struct {{")


def test_a_body_of_null(api: Api) -> None:
    """A body of null is an object without anything."""
    answer = api.post(maps(api), "null")
    assert (422, {("metadata.name", "FieldValueRequired")}) == (answer.status, answer.causes)


def test_a_body_that_is_no_yaml(api: Api) -> None:
    """A body that is no YAML answers 400 with the line."""
    answer = api.request("POST", maps(api), "\tx: 1", content_type="application/yaml")
    said = "yaml: found character that cannot start any token (09783a2031)"
    assert (400, f"{NO_OBJECT}{said}") == (answer.status, answer.message)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"apiVersion": "v1", "kind": "Secret"},
            'Secret in version "v1" cannot be handled as a ConfigMap: '
            "converting (v1.Secret) to (core.ConfigMap): unknown conversion",
        ),
        ({"kind": "Foo"}, 'Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered'),
        ({"apiVersion": "v2"}, 'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap"'),
        ({"apiVersion": 1}, NO_JSON),
    ],
    ids=["another kind", "no kind", "another version", "number"],
)
def test_a_body_of_another_kind(api: Api, given: Any, said: str) -> None:
    """A body that says another kind or version than the path's answers 400."""
    answer = api.post(maps(api), {**given, "metadata": {"name": "a"}})
    assert 400 == answer.status
    assert answer.message.startswith(said)


def test_another_version_that_is_served(api: Api) -> None:
    """A body at another version of the path's kind is not converted."""
    body = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}}
    answer = api.post(api.path("autoscaling/v2", "horizontalpodautoscalers"), body)
    said = "the API version in the data (autoscaling/v1) does not match the expected API version (autoscaling/v2)"
    assert (400, said) == (answer.status, answer.message)


def test_a_body_without_its_kind(api: Api) -> None:
    """A body of a built-in kind need not say what it is."""
    found = api.post(maps(api), {"metadata": {"name": "a"}}).expect(201)
    assert ("v1", "ConfigMap") == (found["apiVersion"], found["kind"])


def test_another_namespace(api: Api) -> None:
    """A body in another namespace than the path's answers 400."""
    answer = api.post(maps(api), {"metadata": {"name": "a", "namespace": "default"}})
    said = "the namespace of the provided object does not match the namespace sent on the request"
    assert (400, said) == (answer.status, answer.message)


@pytest.mark.parametrize("way", ["put", "merge", "apply"])
def test_another_name(api: Api, way: str) -> None:
    """A body of another name than the path's answers 400."""
    path, body = made(api), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}
    answer = {"put": api.put, "merge": api.patch, "apply": api.apply}[way](path, body)
    assert (400, "the name of the object (b) does not match the name on the URL (a)") == (answer.status, answer.message)


def test_a_replacement_without_a_name(api: Api) -> None:
    """A PUT names its object in the body too."""
    answer = api.put(made(api), {"metadata": {}})
    said = "the name of the object (a based on URL) was undeterminable: name must be provided"
    assert (400, said) == (answer.status, answer.message)


@pytest.mark.parametrize("query", [{"fieldValidation": "Other"}], ids=["Other"])
def test_a_validation_that_there_is_not(api: Api, query: dict[str, str]) -> None:
    """Another fieldValidation than the three answers 422."""
    answer = api.post(maps(api), {"metadata": {"name": "a"}}, **query)
    assert (422, {("fieldValidation", "FieldValueNotSupported")}) == (answer.status, answer.causes)
