"""What a CustomResourceDefinition's schema asks of objects, and what schemas it may have.

Rules in CEL (``x-kubernetes-validations``) have no facts here: the sandbox stores them and, on purpose, does not
evaluate them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.definitions import CRDS, define, definition, spec_of, widget

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

pytestmark = pytest.mark.cluster

TEXT = {"type": "string"}
EITHER = {"properties": {"a": TEXT, "b": TEXT}, "type": "object"}
FIELDS: dict[str, Any] = {
    "size": {"type": "integer", "minimum": 1, "maximum": 10},
    "share": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
    "step": {"type": "integer", "multipleOf": 5},
    "color": {"type": "string", "enum": ["red", "green"]},
    "word": {"type": "string", "pattern": "^a+$"},
    "short": {"type": "string", "minLength": 2, "maxLength": 3},
    "flag": {"type": "boolean"},
    "list": {"type": "array", "minItems": 1, "maxItems": 2, "items": TEXT},
    "counts": {"type": "object", "maxProperties": 2, "additionalProperties": {"type": "integer"}},
    "time": {"type": "string", "format": "date-time"},
    "address": {"type": "string", "format": "ipv4"},
    "port": {"x-kubernetes-int-or-string": True},
    "maybe": {"type": "string", "nullable": True},
    "maybe2": {"type": "string", "nullable": True, "default": "d"},
    "plain": {"type": "string", "default": "p"},
    "nest": {
        "type": "object",
        "required": ["a"],
        "properties": {"a": TEXT, "b": {"type": "string", "default": "bb"}},
    },
    "items": {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": TEXT, "n": {"type": "integer", "default": 7}},
        },
    },
    "set": {"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
    "free": {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": True,
        "properties": {"o": {"type": "object", "properties": {"z": TEXT}}},
    },
    "any": {"x-kubernetes-preserve-unknown-fields": True},
    "whole": {
        "type": "object",
        "x-kubernetes-embedded-resource": True,
        "x-kubernetes-preserve-unknown-fields": True,
    },
    "one": {**EITHER, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
    "some": {**EITHER, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
    "all": {"type": "string", "allOf": [{"minLength": 2}, {"pattern": "^a"}]},
    "good": {"type": "string", "not": {"enum": ["bad"]}},
}
DEFAULTS = {"maybe2": "d", "plain": "p"}

COLORS = 'supported values: "red", "green"'
ONE_OF = '"spec.one" must validate one and only one schema (oneOf). Found 2 valid alternatives'

Try = Callable[[Any], "Answer"]


def mistyped(seen: str, wanted: str) -> str:
    """Return what is said of a value of a wrong type."""
    return f'Invalid value: "{seen}": {{}} in body must be of type {wanted}: "{seen}"'


def whole(said: str) -> str:
    """Return what is said of a fault that no field is named for."""
    return f'Invalid value: "": {said}'


@pytest.fixture(scope="module")
def kind(server: Api) -> Iterator[dict[str, Any]]:
    """Return a definition with a field of every sort, in force for all facts of this file."""
    schema = spec_of(properties=FIELDS, required=["size"])
    crd = definition(schema)
    define(server.within("default"), crd)
    yield crd
    server.delete(f"{CRDS}/{crd['metadata']['name']}")


@pytest.fixture
def tried(api: Api, kind: dict[str, Any]) -> Try:
    """Return what answers to a create of an object with such a ``spec``, which needs no ``size``."""
    path = api.path(f"{kind['spec']['group']}/v1", "widgets")

    def create(spec: Any) -> Answer:
        whole = {"size": 1, **spec} if isinstance(spec, dict) else spec
        return api.post(path, widget(kind, spec=whole), dryRun="All")

    return create


@pytest.mark.parametrize(
    ("spec", "field", "reason", "message"),
    [
        ({"size": None}, "spec.size", "Required", "Required value"),
        ({"size": 0}, "spec.size", "Invalid", "Invalid value: 0: {} in body should be greater than or equal to 1"),
        ({"size": 11}, "spec.size", "Invalid", "Invalid value: 11: {} in body should be less than or equal to 10"),
        ({"size": "1"}, "spec.size", "TypeInvalid", mistyped("string", "integer")),
        ({"share": 0}, "spec.share", "Invalid", "Invalid value: 0: {} in body should be greater than 0"),
        ({"step": 7}, "spec.step", "Invalid", "Invalid value: 7: {} in body should be a multiple of 5"),
        ({"color": "blue"}, "spec.color", "NotSupported", f'Unsupported value: "blue": {COLORS}'),
        ({"word": "b"}, "spec.word", "Invalid", "Invalid value: \"b\": {} in body should match '^a+$'"),
        ({"short": "a"}, "spec.short", "Invalid", 'Invalid value: "a": {} in body should be at least 2 chars long'),
        ({"short": "abcd"}, "spec.short", "TooLong", "Too long: may not be more than 3 bytes"),
        ({"flag": "x"}, "spec.flag", "TypeInvalid", mistyped("string", "boolean")),
        ({"list": []}, "spec.list", "Invalid", "Invalid value: 0: {} in body should have at least 1 items"),
        ({"list": ["a", "b", "c"]}, "spec.list", "TooMany", "Too many: 3: must have at most 2 items"),
        ({"list": [1]}, "spec.list[0]", "TypeInvalid", mistyped("integer", "string")),
        ({"list": [None]}, "spec.list[0]", "TypeInvalid", mistyped("null", "string")),
        ({"counts": {"a": "x"}}, "spec.counts.a", "TypeInvalid", mistyped("string", "integer")),
        ({"counts": {"a": 1, "b": 2, "c": 3}}, "spec.counts", "TooMany", "Too many: 3: must have at most 2 items"),
        ({"time": "now"}, "spec.time", "TypeInvalid", mistyped("now", "date-time")),
        ({"address": "x"}, "spec.address", "TypeInvalid", mistyped("x", "ipv4")),
        ({"port": 1.5}, "spec.port", "TypeInvalid", mistyped("number", "integer,string")),
        ({"nest": {}}, "spec.nest.a", "Required", "Required value"),
        ({"items": [{"n": 1}]}, "spec.items[0].name", "Required", "Required value"),
        ({"items": [{"name": "a"}, {"name": "a"}]}, "spec.items[1]", "Duplicate", 'Duplicate value: {{"name":"a"}}'),
        ({"set": ["a", "a"]}, "spec.set[1]", "Duplicate", 'Duplicate value: "a"'),
        ({"whole": {"kind": "ConfigMap"}}, "spec.whole.apiVersion", "Required", "Required value"),
        ({"good": "bad"}, "<nil>", "Invalid", whole('"spec.good" must not validate the schema (not)')),
        ({"one": {"a": "1", "b": "2"}}, "<nil>", "Invalid", whole(ONE_OF)),
        ("x", "spec", "TypeInvalid", mistyped("string", "object")),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else "",
)  # fmt: skip
def test_a_value_that_breaks_a_rule(tried: Try, spec: Any, field: str, reason: str, message: str) -> None:
    """An object that breaks a rule of the schema answers 422, with the rule's own cause."""
    answer = tried(spec)
    expected = {"reason": f"FieldValue{reason}", "message": message.format(field), "field": field}
    assert (422, [expected]) == (answer.status, answer.body["details"].get("causes"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"one": {}}, '"spec.one" must validate one and only one schema (oneOf). Found none valid'),
        ({"some": {}}, '"spec.some" must validate at least one schema (anyOf)'),
        ({"all": "b"}, '"spec.all" must validate all the schemas (allOf). None validated'),
    ],
    ids=["oneOf", "anyOf", "allOf"],
)
def test_a_value_that_fits_no_alternative(tried: Try, spec: Any, message: str) -> None:
    """An object that fits no schema of several is told so, beside what the nearest of them says."""
    answer = tried(spec)
    assert 422 == answer.status
    assert 1 < len(answer.causes)
    assert f'<nil>: Invalid value: "": {message}' in answer.message


def test_every_fault_at_once(tried: Try) -> None:
    """All faults are told of in one answer."""
    answer = tried({"size": 0, "color": "blue", "word": "b"})
    fields = {"spec.size", "spec.color", "spec.word"}
    assert (422, fields) == (answer.status, {field for field, _ in answer.causes})
    assert ' "a" is invalid: [' in answer.message


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, {}),
        ({"plain": "x"}, {"plain": "x"}),
        ({"plain": None}, {"plain": "p"}),
        ({"maybe": None}, {"maybe": None}),
        ({"maybe2": None}, {"maybe2": None}),
        ({"flag": None}, {}),
        ({"counts": {"a": None, "b": 1}}, {"counts": {"b": 1}}),
        ({"nest": {"a": "x"}}, {"nest": {"a": "x", "b": "bb"}}),
        ({"nest": None}, {}),
        ({"items": [{"name": "a"}]}, {"items": [{"name": "a", "n": 7}]}),
        ({"size": 2.0}, {"size": 2}),
        ({"port": "http"}, {"port": "http"}),
        ({"port": 80}, {"port": 80}),
        ({"unknown": 1}, {}),
        ({"nest": {"a": "x", "c": 1}}, {"nest": {"a": "x", "b": "bb"}}),
        ({"free": {"x": {"y": 1}}}, {"free": {"x": {"y": 1}}}),
        ({"free": {"o": {"y": 1, "z": "k"}}}, {"free": {"o": {"z": "k"}}}),
        ({"any": [1, {"a": None}]}, {"any": [1, {"a": None}]}),
        (
            {"whole": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a", "foo": 1}, "z": 1}},
            {"whole": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "z": 1}},
        ),
    ],
    ids=lambda each: str(each),
)
def test_what_becomes_of_a_value(tried: Try, spec: Any, expected: Any) -> None:
    """Defaults are added, unknown fields and nulls dropped where the schema does not keep them."""
    assert {"size": 1, **DEFAULTS, **expected} == tried(spec).expect(201)["spec"]


def test_an_old_fault_is_let_be(api: Api, kind: dict[str, Any]) -> None:
    """An update may leave a value that a stricter schema now refuses as it is."""
    crd = definition()
    path = define(api, crd)
    api.post(path, widget(crd, spec={"size": 9})).expect(201)
    name = crd["metadata"]["name"]
    place = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/maximum"
    api.patch(f"{CRDS}/{name}", [{"op": "add", "path": place, "value": 3}], "json").expect(200)
    api.eventually(lambda: api.post(path, widget(crd, "b", spec={"size": 4}), dryRun="All").status == 422)
    labelled = api.patch(f"{path}/a", {"metadata": {"labels": {"k": "v"}}})
    api.delete(f"{CRDS}/{name}")
    assert 200 == labelled.status


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"name": 1}, "json: cannot unmarshal number into Go struct field ObjectMeta.name of type string"),
        ({"labels": {"a": 1}}, "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"),
    ],
    ids=["name", "label"],
)
def test_metadata_of_a_wrong_type(api: Api, kind: dict[str, Any], metadata: Any, said: str) -> None:
    """Metadata of a wrong type cannot be decoded."""
    path = api.path(f"{kind['spec']['group']}/v1", "widgets")
    answer = api.post(path, {**widget(kind), "metadata": metadata})
    assert (400, f'Widget in version "v1" cannot be handled as a Widget: {said}') == (answer.status, answer.message)


SCHEMA = "spec.validation.openAPIV3Schema"
SPEC = f"{SCHEMA}.properties[spec]"
LIST = {"type": "array", "items": {"type": "object", "properties": {"a": TEXT}}}


@pytest.mark.parametrize(
    ("schema", "causes"),
    [
        ({}, {(f"{SPEC}.type", "Required")}),
        ({"type": "foo"}, {(f"{SPEC}.type", "NotSupported")}),
        ({"type": "array"}, {(f"{SPEC}.items", "Required")}),
        ({"type": "array", "items": {}}, {(f"{SPEC}.items.type", "Required")}),
        ({"type": "array", "items": [TEXT]}, {(f"{SPEC}.items", "Forbidden")}),
        ({"type": "array", "items": TEXT, "uniqueItems": True}, {(f"{SPEC}.uniqueItems", "Forbidden")}),
        ({"type": "object", "properties": {"a": {}}}, {(f"{SPEC}.properties[a].type", "Required")}),
        ({"$ref": "#/x"}, {(f"{SPEC}.$ref", "Forbidden")}),
        ({"type": "object", "definitions": {"a": TEXT}}, {(f"{SPEC}.definitions", "Forbidden")}),
        (
            {"type": "object", "properties": {"a": TEXT}, "additionalProperties": TEXT},
            {(f"{SPEC}.additionalProperties", "Forbidden")},
        ),
        ({"type": "string", "pattern": "("}, {(f"{SPEC}.pattern", "Invalid")}),
        ({"type": "string", "pattern": "(?=a)"}, {(f"{SPEC}.pattern", "Invalid")}),
        ({"type": "string", "default": 1}, {(f"{SPEC}.default", "TypeInvalid")}),
        ({"type": "integer", "minimum": 1, "default": 0}, {(f"{SPEC}.default", "Invalid")}),
        ({"type": "object", "default": {"a": 1}}, {(f"{SPEC}.default", "Invalid")}),
        ({"type": "object", "anyOf": [{"type": "object"}]}, {(f"{SPEC}.anyOf[0].type", "Forbidden")}),
        (
            {**LIST, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["b"]},
            {(f"{SPEC}.x-kubernetes-list-map-keys", "Invalid")},
        ),
        (
            {**LIST, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"]},
            {(f"{SPEC}.items.properties[a].default", "Required")},
        ),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else "",
)
def test_a_schema_that_is_not_structural(api: Api, schema: Any, causes: set[tuple[str, str]]) -> None:
    """A definition whose schema leaves open what its objects are like is refused, with the place in the schema."""
    answer = api.post(CRDS, definition({"type": "object", "properties": {"spec": schema}}), dryRun="All")
    assert (422, {(field, f"FieldValue{reason}") for field, reason in causes}) == (answer.status, answer.causes)


@pytest.mark.parametrize(
    ("schema", "cause"),
    [
        ({"type": "string"}, ("type", "Invalid", "must be object at the root")),
        ({}, ("type", "Required", "must not be empty at the root")),
        (
            {"type": "object", "properties": {"metadata": {"type": "object", "properties": {"labels": TEXT}}}},
            (
                "properties[metadata]",
                "Forbidden",
                "must not specify anything other than name and generateName, but metadata is implicitly specified",
            ),
        ),
    ],
    ids=["text", "nothing", "metadata"],
)
def test_a_root_that_is_no_object(api: Api, schema: Any, cause: tuple[str, str, str]) -> None:
    """A definition whose schema is not that of an object is refused."""
    answer = api.post(CRDS, definition(schema), dryRun="All")
    field, reason, message = cause
    assert (422, {(f"{SCHEMA}.{field}", f"FieldValue{reason}")}) == (answer.status, answer.causes)
    assert answer.message.endswith(message)


def test_another_name_than_its_own(api: Api) -> None:
    """A definition is named by its plural and its group."""
    crd = definition()
    crd["metadata"]["name"] = f"gadgets.{crd['spec']['group']}"
    answer = api.post(CRDS, crd, dryRun="All")
    assert (422, {("metadata.name", "FieldValueInvalid")}) == (answer.status, answer.causes)
    assert answer.message.endswith('must be spec.names.plural+"."+spec.group')


def test_no_storage_version(api: Api) -> None:
    """A definition has one version in which objects are stored."""
    answer = api.post(CRDS, definition(storage=False), dryRun="All")
    causes = {("spec.versions", "FieldValueInvalid"), ("status.storedVersions", "FieldValueInvalid")}
    assert (422, causes) == (answer.status, answer.causes)
    assert "must have exactly one version marked as storage version" in answer.message


def test_a_version_twice(api: Api) -> None:
    """A definition has each version once."""
    crd = definition()
    crd["spec"]["versions"].append({**crd["spec"]["versions"][0], "storage": False})
    answer = api.post(CRDS, crd, dryRun="All")
    assert (422, {("spec.versions", "FieldValueInvalid")}) == (answer.status, answer.causes)
    assert "must contain unique version names" in answer.message


def test_no_schema(api: Api) -> None:
    """Every version of a definition has a schema."""
    crd = definition()
    del crd["spec"]["versions"][0]["schema"]
    answer = api.post(CRDS, crd, dryRun="All")
    assert (422, {("spec.versions[0].schema.openAPIV3Schema", "FieldValueRequired")}) == (answer.status, answer.causes)


def test_schemas_that_differ(api: Api) -> None:
    """Where versions differ, a fault's place names the version."""
    crd = definition(spec_of(properties={"a": {}}))
    other = {"openAPIV3Schema": {"type": "object"}}
    crd["spec"]["versions"].append({**crd["spec"]["versions"][0], "name": "v2", "storage": False, "schema": other})
    answer = api.post(CRDS, crd, dryRun="All")
    place = "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a].type"
    assert (422, {(place, "FieldValueRequired")}) == (answer.status, answer.causes)


@pytest.mark.parametrize(
    ("change", "causes"),
    [
        ({"scope": "Other"}, {("spec.scope", "NotSupported")}),
        ({"scope": None}, {("spec.scope", "Required")}),
        ({"preserveUnknownFields": True}, {("spec.preserveUnknownFields", "Invalid")}),
        (
            {"names": {"plural": "widgets"}},
            {(f"spec.names.{each}", "Required") for each in ("singular", "kind", "listKind")},
        ),
    ],
    ids=["scope", "no scope", "preserving", "no kind"],
)
def test_a_definition_that_is_refused(api: Api, change: Any, causes: set[tuple[str, str]]) -> None:
    """A definition that lacks something, or says something impossible, is refused with the field at fault."""
    crd = definition()
    crd["spec"] |= change
    answer = api.post(CRDS, crd, dryRun="All")
    assert (422, {(field, f"FieldValue{reason}") for field, reason in causes}) == (answer.status, answer.causes)


def test_an_unknown_word_in_a_schema(api: Api) -> None:
    """A word that schemas do not have is warned of and dropped."""
    answer = api.post(CRDS, definition({"type": "object", "foo": 1}), dryRun="All")
    assert {"type": "object"} == answer.expect(201)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    field = "spec.versions[0].schema.openAPIV3Schema.foo"
    assert [f'299 - "unknown field \\"{field}\\""'] == list(answer.warnings)


def test_a_schema_of_a_wrong_type(api: Api) -> None:
    """A word of a schema that has another type cannot be decoded, however deep."""
    answer = api.post(CRDS, definition(spec_of(minLength="x")), dryRun="All")
    place = "JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.minLength"
    assert 400 == answer.status
    assert answer.message.endswith(f"json: cannot unmarshal string into Go struct field {place} of type int64")
