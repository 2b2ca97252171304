"""What is wrong with a CustomResourceDefinition, in the server's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from helmlite.sandbox import structural
from helmlite.sandbox.checks import names
from helmlite.sandbox.checks.places import At
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.recorded import recorded
from helmlite.sandbox.schema import Node
from helmlite.sandbox.status import Cause
from helmlite.sandbox.strict import pruned
from helmlite.sandbox.structural import mapping

TYPES = ("array", "boolean", "integer", "number", "object", "string")
_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_NO_LABEL = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_NOT_SUPPORTED = ("$ref", "additionalItems", "definitions", "dependencies", "id", "patternProperties")
_NOT_IN_LOGIC = {
    **dict.fromkeys(("type", "title", "description", "additionalProperties"), "must be empty to be structural"),
    "default": "must be undefined to be structural",
    "nullable": "must be false to be structural",
}
_FIXED = {"apiVersion": "string", "kind": "string", "metadata": "object"}


def check_crd(crd: Obj, old: Obj | None) -> list[Cause]:
    """Return every fault of a CustomResourceDefinition that has its defaults, as the server words them."""
    top, spec = At("", []), mapping(crd.get("spec"))
    at, given, versions = top.to("spec"), mapping(spec.get("names")), list(spec.get("versions") or ())
    group, scope, plural = (str(each or "") for each in (spec.get("group"), spec.get("scope"), given.get("plural")))
    name = crd["metadata"].get("name")
    if name and name != f"{plural}.{group}":
        top.to("metadata", "name").invalid(name, 'must be spec.names.plural+"."+spec.group')
    if not group:
        at.to("group").say("required")
    elif faults := names.dns_subdomain(group):
        at.to("group").invalid(group, faults[0])
    elif "." not in group:
        at.to("group").invalid(group, "should be a domain with at least one dot")
    if not scope:
        at.to("scope").say("required")
    elif scope not in ("Cluster", "Namespaced"):
        at.to("scope").unsupported(scope, ("Cluster", "Namespaced"))
    if spec.get("preserveUnknownFields"):
        said = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        at.to("preserveUnknownFields").invalid(True, said)
    _check_names(at.to("names"), given)
    listed = [str(each.get("name")) for each in versions]
    stored = [each for each in versions if each.get("storage")]
    if len(stored) != 1:
        at.to("versions").invalid(listed, "must have exactly one version marked as storage version")
    if len(set(listed)) != len(listed):
        at.to("versions").invalid(listed, "must contain unique version names")
    _check_versions(at, versions)
    stored_before = mapping(crd.get("status")).get("storedVersions") or ()
    if not stored_before:
        top.to("status", "storedVersions").invalid(None, "must have at least one stored version")
    for index, each in enumerate(stored_before):
        if each not in listed:
            said = f"missing from spec.versions; {each} was previously a storage version, and must remain in "
            said += "spec.versions until a storage migration ensures no data remains persisted in "
            top.to("status", "storedVersions", index).invalid(
                each, f"{said}{each} and removes {each} from status.storedVersions"
            )
    if old is not None:
        for path in (("group",), ("scope",), ("names", "kind"), ("names", "plural")):
            new, before = (_at(each["spec"], path) for each in (crd, old))
            if new != before:
                at.to(*path).invalid(new, "field is immutable")
    return top.found


def _at(value: Any, path: Sequence[str]) -> Any:
    for each in path:
        value = mapping(value).get(each)
    return value


def _check_names(at: At, given: Mapping[str, Any]) -> None:
    for field in ("plural", "singular", "kind", "listKind"):
        value = str(given.get(field) or "")
        is_kind = "ind" in field
        if not value:
            at.to(field).say("required")
        elif not _LABEL.fullmatch(value.lower() if is_kind else value):
            start = "may have mixed case, but should otherwise match: " if is_kind else ""
            at.to(field).invalid(value, f"{start}{_NO_LABEL}")
    if given.get("kind") and given.get("kind") == given.get("listKind"):
        at.to("listKind").invalid(given["listKind"], "kind and listKind may not be the same")
    for field in ("shortNames", "categories"):
        for index, each in enumerate(given.get(field) or ()):
            if not _LABEL.fullmatch(each):
                at.to(field, index).invalid(each, _NO_LABEL)


def _check_versions(at: At, versions: Sequence[Mapping[str, Any]]) -> None:
    """Check each version; what is the same in all of them is told of once, as if it stood above them."""
    for index, each in enumerate(versions):
        place = at.to("versions", index)
        if not _LABEL.fullmatch(str(each.get("name") or "")):
            place.to("name").invalid(each.get("name"), _NO_LABEL)
        schema = mapping(each.get("schema")).get("openAPIV3Schema")
        if schema is None:
            place.to("schema", "openAPIV3Schema").say("required")
    for field, above, check in (
        ("schema", "validation", _check_root),
        ("subresources", "subresources", _check_subresources),
    ):
        given = [each.get(field) for each in versions]
        if given and all(each == given[0] for each in given):
            check(at.to(above), given[0])
        else:
            for index, value in enumerate(given):
                check(at.to("versions", index, field), value)


def _check_subresources(at: At, given: Any) -> None:
    scale = mapping(given).get("scale")
    for field, start in (
        ("specReplicasPath", ".spec"),
        ("statusReplicasPath", ".status"),
        ("labelSelectorPath", ""),
    ):
        place, path = at.to("scale", field), str(mapping(scale).get(field) or "")
        if scale is None or (not path and not start):
            continue
        if not path:
            place.say("required")
        elif not path.startswith("."):
            place.invalid(path, "must be a simple json path starting with .")
        elif not path.startswith(f"{start}."):
            place.invalid(path, f"should be a json path under {start or '.spec or .status'}")


def _check_root(at: At, given: Any) -> None:
    schema = mapping(given).get("openAPIV3Schema")
    if schema is None:
        return
    place = at.to("openAPIV3Schema")
    if not schema.get("type"):
        place.to("type").say("required", "must not be empty at the root")
    elif schema["type"] != "object":
        place.to("type").invalid(schema["type"], "must be object at the root")
    if schema.get("nullable"):
        place.to("nullable").say("forbidden", "nullable cannot be true at the root")
    fields = mapping(schema.get("properties"))
    for name, wanted in _FIXED.items():
        kind = mapping(fields.get(name)).get("type", wanted)
        if kind != wanted:
            place.to("properties").key(name).to("type").invalid(kind, f"must be {wanted}")
    if not mapping(mapping(fields.get("metadata")).get("properties")).keys() <= {"name", "generateName"}:
        said = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        place.to("properties").key("metadata").say("forbidden", said)
    _check_schema(place, schema, is_root=True)


def _check_schema(at: At, schema: Mapping[str, Any], where: str = "object fields", *, is_root: bool = False) -> None:
    """Check one level of a schema and those below; ``where`` is what the level describes."""
    kind, items = schema.get("type"), schema.get("items")
    any_value = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    is_embedded = schema.get("x-kubernetes-embedded-resource")
    if kind and kind not in TYPES:
        at.to("type").unsupported(kind, TYPES)
    elif not kind and is_embedded:
        at.to("type").say("required", "must be object if x-kubernetes-embedded-resource is true")
    elif not kind and not any_value and not is_root and "$ref" not in schema:
        at.to("type").say("required", f"must not be empty for specified {where}")
    for word in _NOT_SUPPORTED:
        if schema.get(word):
            at.to(word).say("forbidden", f"{word} is not supported")
    if schema.get("uniqueItems"):
        said = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        at.to("uniqueItems").say("forbidden", said)
    if schema.get("properties") and schema.get("additionalProperties"):
        at.to("additionalProperties").say("forbidden", "additionalProperties and properties are mutual exclusive")
    if isinstance(items, list):
        at.to("items").say("forbidden", "items must be a schema object and not an array")
    elif kind == "array" and not isinstance(items, Mapping):
        at.to("items").say("required", "must be specified")
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        at.to("x-kubernetes-preserve-unknown-fields").invalid(False, "must be true or undefined")
    elif is_embedded and not any_value and not schema.get("properties"):
        said = "x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        at.to("properties").say("required", f"must not be empty if {said}")
    pattern = schema.get("pattern")
    if pattern and structural.compiled(pattern) is None:
        said = "must be a valid regular expression, but isn't: error parsing regexp"
        at.to("pattern").invalid(pattern, f"{said}: `{pattern}`")
    _check_sharing(at, schema)
    _check_default(at, schema)
    for word in ("allOf", "anyOf", "oneOf", "not"):
        parts = schema.get(word) or ()
        for index, each in enumerate([parts] if word == "not" and parts else parts):
            place = at.to(word) if word == "not" else at.to(word, index)
            _check_logic(place, mapping(each), allows_type=bool(schema.get("x-kubernetes-int-or-string")))
    for place, each, below in _levels(at, schema):
        _check_schema(place, each, below)


def _levels(at: At, schema: Mapping[str, Any]) -> Iterator[tuple[At, Mapping[str, Any], str]]:
    """Return the place of each schema right below, the schema, and what it describes."""
    for name, each in mapping(schema.get("properties")).items():
        yield at.to("properties").key(name), mapping(each), "object fields"
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield at.to("additionalProperties"), schema["additionalProperties"], "object fields"
    if isinstance(schema.get("items"), Mapping):
        yield at.to("items"), schema["items"], "array items"


def _check_sharing(at: At, schema: Mapping[str, Any]) -> None:
    kind, items = schema.get("type"), mapping(schema.get("items"))
    of_list, of_map = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-map-type")
    keys, fields = schema.get("x-kubernetes-list-map-keys") or (), mapping(items.get("properties"))
    if of_list and of_list not in ("atomic", "set", "map"):
        at.to("x-kubernetes-list-type").unsupported(of_list, ("atomic", "set", "map"))
    elif of_list and kind != "array":
        at.to("type").invalid(kind, "must be array if x-kubernetes-list-type is specified")
    if of_list == "map" and not keys:
        at.to("x-kubernetes-list-map-keys").say("required", "must not be empty if x-kubernetes-list-type is map")
    if not fields.keys() >= set(keys):
        at.to("x-kubernetes-list-map-keys").invalid(list(keys), "entries must all be names of item properties")
    for each in keys:
        if each in fields and each not in (items.get("required") or ()) and "default" not in mapping(fields[each]):
            said = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            at.to("items", "properties").key(each).to("default").say("required", said)
    if of_list == "set" and items.get("type") == "object" and items.get("x-kubernetes-map-type") != "atomic":
        said = "must be atomic as item of a list with x-kubernetes-list-type=set"
        at.to("items", "x-kubernetes-map-type").invalid(items.get("x-kubernetes-map-type"), said)
    if of_map and of_map not in ("atomic", "granular"):
        at.to("x-kubernetes-map-type").unsupported(of_map, ("atomic", "granular"))
    elif of_map and kind != "object":
        at.to("type").invalid(kind, "must be object if x-kubernetes-map-type is specified")


def _check_default(at: At, schema: Mapping[str, Any]) -> None:
    default, place = schema.get("default"), at.to("default")
    if default is None:
        return
    whole = structural.ready(schema)
    if pruned(Node(whole, recorded()["schemas"]), default) != default:
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
