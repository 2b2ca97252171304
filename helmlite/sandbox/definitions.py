"""What is wrong with a CustomResourceDefinition, in the server's words: what those who write one meet, not all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from helmlite.sandbox import structural
from helmlite.sandbox.checks.places import At, part
from helmlite.sandbox.objects import Obj, mapping
from helmlite.sandbox.recorded import recorded
from helmlite.sandbox.schema import Node
from helmlite.sandbox.status import Cause
from helmlite.sandbox.strict import pruned

TYPES = ("array", "boolean", "integer", "number", "object", "string")
SCOPES = ("Cluster", "Namespaced")
_REQUIRED = ("group", "scope", "names.plural", "names.singular", "names.kind", "names.listKind")
_IMMUTABLE = ("group", "scope", "names.kind", "names.plural")
_FORBIDDEN = {
    **{word: f"{word} is not supported" for word in ("$ref", "additionalItems", "definitions", "patternProperties")},
    "uniqueItems": "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
}
_NOT_IN_LOGIC = {
    **dict.fromkeys(("type", "title", "description", "additionalProperties"), "must be empty to be structural"),
    "default": "must be undefined to be structural",
    "nullable": "must be false to be structural",
}


def check_crd(crd: Obj, old: Obj | None) -> list[Cause]:
    """Return every fault of a CustomResourceDefinition that has its defaults, as the server words them."""
    top, spec = At("", []), mapping(crd.get("spec"))
    at, versions = top.to("spec"), list(spec.get("versions") or ())
    group, scope, name = spec.get("group") or "", spec.get("scope"), crd["metadata"].get("name")
    if name and name != f"{part(spec, 'names', 'plural') or ''}.{group}":
        top.to("metadata", "name").invalid(name, 'must be spec.names.plural+"."+spec.group')
    for path in _REQUIRED:
        if not part(spec, *path.split(".")):
            at.to(path).say("required")
    if group and "." not in group:
        at.to("group").invalid(group, "should be a domain with at least one dot")
    if scope and scope not in SCOPES:
        at.to("scope").unsupported(scope, SCOPES)
    if spec.get("preserveUnknownFields"):
        said = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        at.to("preserveUnknownFields").invalid(True, said)
    _check_versions(at, versions)
    _check_stored(top.to("status", "storedVersions"), crd, versions)
    for path in _IMMUTABLE if old is not None else ():
        new = part(spec, *path.split("."))
        if new != part(old, "spec", *path.split(".")):
            at.to(path).invalid(new, "field is immutable")
    return top.found


def _check_versions(at: At, versions: Sequence[Mapping[str, Any]]) -> None:
    """Check each version; a schema that all of them have is told of once, as if it stood above them."""
    listed, schemas = [each.get("name") for each in versions], [each.get("schema") for each in versions]
    if sum(bool(each.get("storage")) for each in versions) != 1:
        at.to("versions").invalid(listed, "must have exactly one version marked as storage version")
    if len(set(listed)) != len(listed):
        at.to("versions").invalid(listed, "must contain unique version names")
    for index, each in enumerate(schemas):
        if part(each, "openAPIV3Schema") is None:
            at.to("versions", index, "schema", "openAPIV3Schema").say("required")
    if schemas and all(each == schemas[0] for each in schemas):
        _check_root(at.to("validation"), schemas[0])
    else:
        for index, each in enumerate(schemas):
            _check_root(at.to("versions", index, "schema"), each)


def _check_stored(at: At, crd: Obj, versions: Sequence[Mapping[str, Any]]) -> None:
    """Check that no version goes in which objects may be stored."""
    stored = mapping(crd.get("status")).get("storedVersions") or ()
    if not stored:
        at.invalid(None, "must have at least one stored version")
    for index, each in enumerate(stored):
        if all(version.get("name") != each for version in versions):
            said = f"missing from spec.versions; {each} was previously a storage version, and must remain in "
            said += "spec.versions until a storage migration ensures no data remains persisted in "
            at.to(index).invalid(each, f"{said}{each} and removes {each} from status.storedVersions")


def _check_root(at: At, given: Any) -> None:
    schema, place = part(given, "openAPIV3Schema"), at.to("openAPIV3Schema")
    if schema is None:
        return
    if not schema.get("type"):
        place.to("type").say("required", "must not be empty at the root")
    elif schema["type"] != "object":
        place.to("type").invalid(schema["type"], "must be object at the root")
    if not mapping(part(schema, "properties", "metadata", "properties")).keys() <= {"name", "generateName"}:
        said = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        place.to("properties").key("metadata").say("forbidden", said)
    _check_schema(place, {"type": "object", **schema})


def _check_schema(at: At, schema: Mapping[str, Any], where: str = "object fields") -> None:
    """Check one level of a schema and those below; ``where`` is what the level describes."""
    kind, pattern = schema.get("type"), schema.get("pattern")
    is_typeless = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if kind and kind not in TYPES:
        at.to("type").unsupported(kind, TYPES)
    elif not kind and not is_typeless and "$ref" not in schema:
        at.to("type").say("required", f"must not be empty for specified {where}")
    for word, said in _FORBIDDEN.items():
        if schema.get(word):
            at.to(word).say("forbidden", said)
    if schema.get("properties") and schema.get("additionalProperties"):
        at.to("additionalProperties").say("forbidden", "additionalProperties and properties are mutual exclusive")
    if isinstance(schema.get("items"), list):
        at.to("items").say("forbidden", "items must be a schema object and not an array")
    elif kind == "array" and not isinstance(schema.get("items"), Mapping):
        at.to("items").say("required", "must be specified")
    if pattern and structural.compiled(pattern) is None:
        said = "must be a valid regular expression, but isn't: error parsing regexp"
        at.to("pattern").invalid(pattern, f"{said}: `{pattern}`")
    _check_keys(at, schema)
    _check_default(at, schema)
    for word in ("allOf", "anyOf", "oneOf"):
        for index, each in enumerate(schema.get(word) or ()):
            _check_logic(at.to(word, index), mapping(each), allows_type=bool(schema.get("x-kubernetes-int-or-string")))
    for place, each, below in _levels(at, schema):
        _check_schema(place, each, below)


def _levels(at: At, schema: Mapping[str, Any]) -> Iterator[tuple[At, Mapping[str, Any], str]]:
    """Return the place of each schema right below, the schema, and what it describes."""
    for name, each in mapping(schema.get("properties")).items():
        yield at.to("properties").key(name), mapping(each), "object fields"
    for word, where in (("additionalProperties", "object fields"), ("items", "array items")):
        if isinstance(schema.get(word), Mapping):
            yield at.to(word), schema[word], where


def _check_keys(at: At, schema: Mapping[str, Any]) -> None:
    """Check by what the items of a list are told apart."""
    keys, items = schema.get("x-kubernetes-list-map-keys") or (), mapping(schema.get("items"))
    place, fields = at.to("x-kubernetes-list-map-keys"), mapping(items.get("properties"))
    if schema.get("x-kubernetes-list-type") == "map" and not keys:
        place.say("required", "must not be empty if x-kubernetes-list-type is map")
    if not fields.keys() >= set(keys):
        place.invalid(list(keys), "entries must all be names of item properties")
    for each in fields.keys() & set(keys):
        if each not in (items.get("required") or ()) and "default" not in mapping(fields[each]):
            said = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            at.to("items", "properties").key(each).to("default").say("required", said)


def _check_default(at: At, schema: Mapping[str, Any]) -> None:
    default, place = schema.get("default"), at.to("default")
    if default is None:
        return
    if pruned(Node(structural.ready(schema), recorded()["schemas"]), default) != default:
        place.invalid(default, "must not have unknown fields")
    inner = At("", [])
    structural.check(inner, schema, default)
    place.found.extend(Cause(field=place.path, reason=each.reason, message=each.message) for each in inner.found)


def _check_logic(at: At, schema: Mapping[str, Any], *, allows_type: bool) -> None:
    for word, said in _NOT_IN_LOGIC.items():
        if schema.get(word) and not (word == "type" and allows_type):
            at.to(word).say("forbidden", said)
    for place, each, _ in _levels(at, schema):
        _check_logic(place, each, allows_type=False)
