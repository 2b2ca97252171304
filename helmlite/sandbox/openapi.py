"""OpenAPI v3 of what is served: one document for each version of a group, with the types that it needs.

Built-in types come without descriptions. Paths say what clients ask them for: the kind of an object, what can be
patched in which way, and which query parameters there are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from helmlite.sandbox.kinds import Kind, Registry
from helmlite.sandbox.objects import Obj, mapping
from helmlite.sandbox.recorded import recorded

JSON = "application/json"
REFERENCE = "#/components/schemas/"
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
METHODS = {"get": "get", "create": "post", "update": "put", "patch": "patch", "delete": "delete"} | {
    "list": "get",
    "deletecollection": "delete",
}
"""HTTP method of a verb."""
TO_ALL = ("create", "list", "deletecollection")
PATCHES = ("apply-patch+yaml", "json-patch+json", "merge-patch+json", "strategic-merge-patch+json")
WRITING = {"dryRun": "string", "fieldManager": "string", "fieldValidation": "string"}
PARAMETERS = {"create": WRITING, "update": WRITING, "patch": {**WRITING, "force": "boolean"}}
"""Query parameters by which clients tell what a verb can do, with their types."""


def index(registry: Registry) -> Obj:
    """Return where the documents are; an address changes with what stands there."""
    found: dict[str, list[Kind]] = {}
    for kind in registry:
        found.setdefault(_place(kind), []).append(kind)
    return {
        "paths": {
            place: {"serverRelativeURL": f"/openapi/v3/{place}?hash={_hash(place, kinds)}"}
            for place, kinds in sorted(found.items())
        }
    }


def _place(kind: Kind) -> str:
    return f"apis/{kind.api_version}" if kind.group else f"api/{kind.version}"


def _hash(place: str, kinds: Sequence[Kind]) -> str:
    said = [recorded()["version"]["gitVersion"], place, *((each.kind, each.custom) for each in kinds if each.custom)]
    return hashlib.sha512(json.dumps(said, sort_keys=True).encode()).hexdigest().upper()


def document(registry: Registry, place: str) -> Obj | None:
    """Return the document of ``apis/apps/v1``, None where nothing is served."""
    kinds = [each for each in registry if _place(each) == place]
    if not kinds:
        return None
    own = {name: kept for kind in kinds if kind.custom for name, kept in _custom_types(kind).items()}
    paths = {path: operations for kind in kinds for path, operations in _paths(kind)}
    version = recorded()["version"]
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": f"{version['major']}.{version['minor']}"},
        "paths": paths,
        "components": {"schemas": _needed([paths, own, {"$ref": f"{META}DeleteOptions"}], own)},
    }


def _needed(start: Any, own: Mapping[str, Any]) -> Obj:
    """Return all types that are referred to, of the recorded ones and a document's own."""
    found: Obj = {}
    waiting = [start, *({"$ref": name} for name in own)]
    while waiting:
        value = waiting.pop()
        name = str(value.get("$ref", "")).rpartition("/")[2] if isinstance(value, Mapping) else ""
        if name and name not in found:
            found[name] = own.get(name) or recorded()["schemas"].get(name, {})
            waiting.append(found[name])
        below = value.values() if isinstance(value, Mapping) else value
        waiting += [each for each in below if isinstance(each, Mapping | list)]
    return dict(sorted(found.items()))


def _type_name(kind: Kind) -> str:
    return ".".join([*reversed(kind.group.split(".")), kind.version, kind.kind]) if kind.custom else kind.node.type_name


def _custom_types(kind: Kind) -> Obj:
    """Return the types of a custom kind and of its lists."""
    name, raw = _type_name(kind), mapping(mapping((kind.custom or {}).get("schema")).get("openAPIV3Schema"))
    named: Obj = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
    fields = {**mapping(raw.get("properties")), **named, "metadata": _reference(f"{META}ObjectMeta")}
    items = {"type": "array", "items": _reference(name)}
    listed = {**named, "metadata": _reference(f"{META}ListMeta"), "items": items}
    return {
        name: {**raw, "type": "object", "properties": fields, **_gvk(kind, kind.kind)},
        f"{name}List": {"type": "object", "properties": listed, **_gvk(kind, kind.list_kind)},
    }


def _gvk(kind: Kind, name: str) -> Obj:
    return {"x-kubernetes-group-version-kind": [{"group": kind.group, "version": kind.version, "kind": name}]}


def _reference(name: str) -> Obj:
    return {"$ref": f"{REFERENCE}{name}"}


def _paths(kind: Kind) -> Iterator[tuple[str, Obj]]:
    """Yield the paths at which a kind is served, with their operations by method."""
    start, own = f"/{_place(kind)}", {"group": kind.group, "version": kind.version, "kind": kind.kind}
    inside = f"{start}/namespaces/{{namespace}}" if kind.namespaced else start
    if kind.namespaced and "list" in kind.verbs:
        yield _item(kind, f"{start}/{kind.plural}", own, ["list"])
    yield _item(kind, f"{inside}/{kind.plural}", own, [each for each in kind.verbs if each in TO_ALL])
    single = [each for each in kind.verbs if each not in TO_ALL]
    if single:
        yield _item(kind, f"{inside}/{kind.plural}/{{name}}", own, single)
    for sub in kind.subresources.values():
        foreign = {"group": sub.group, "version": sub.version} if sub.version else {}
        gvk = {**own, **foreign, "kind": sub.kind}
        yield _item(kind, f"{inside}/{kind.plural}/{{name}}/{sub.name}", gvk, sub.verbs)


def _item(kind: Kind, path: str, gvk: Mapping[str, str], verbs: Sequence[str]) -> tuple[str, Obj]:
    named = [_parameter(each, "path", "string") for each in re.findall(r"\{(\w+)\}", path)]
    operations = {METHODS[verb]: _operation(kind, verb, gvk) for verb in verbs if verb in METHODS}
    return path, {**operations, **({"parameters": named} if named else {})}


def _operation(kind: Kind, verb: str, gvk: Mapping[str, str]) -> Obj:
    name = _name_of(kind, {**gvk, "kind": kind.list_kind} if verb == "list" else gvk)
    found: Obj = {
        "responses": {"200": {"description": "OK", "content": _content([JSON], name)}},
        "x-kubernetes-action": METHODS[verb] if verb in ("create", "update") else verb,
        "x-kubernetes-group-version-kind": gvk,
        "parameters": [_parameter(each, "query", kept) for each, kept in PARAMETERS.get(verb, {}).items()],
    }
    if verb == "patch":
        forms = [f"application/{each}" for each in PATCHES[: 3 if kind.custom else 4]]
        found["requestBody"] = {"content": _content(forms, f"{META}Patch"), "required": True}
    elif verb in ("create", "update"):
        found["requestBody"] = {"content": _content([JSON], name), "required": True}
    return found


def _name_of(kind: Kind, gvk: Mapping[str, str]) -> str:
    """Return the name of a type, "" where there is no schema of it."""
    if kind.custom and gvk["kind"] in (kind.kind, kind.list_kind):
        return _type_name(kind) + ("List" if gvk["kind"] == kind.list_kind else "")
    return str(recorded()["gvks"].get(f"{gvk['group']}/{gvk['version']}/{gvk['kind']}".lstrip("/"), ""))


def _content(forms: Sequence[str], name: str) -> Obj:
    return {each: {"schema": _reference(name)} if name else {} for each in forms}


def _parameter(name: str, place: str, type_name: str) -> Obj:
    found = {"name": name, "in": place, "schema": {"type": type_name, "uniqueItems": True}}
    return {**found, "required": True} if place == "path" else found
