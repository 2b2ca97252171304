"""Which kinds there are, as clients ask for it: /api and /apis, plain and aggregated, and the OpenAPI documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from helmlite.sandbox import openapi
from helmlite.sandbox.kinds import Kind, Registry, Subresource, version_rank
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.status import StatusError, no_resource

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
AGGREGATED = f"{JSON};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
WANTED = {"g": "apidiscovery.k8s.io", "v": "v2", "as": "APIGroupDiscoveryList"}
UNKNOWN = (404, TEXT, "404 page not found\n")
SERVED_FORMS = f"{JSON}, application/yaml, application/vnd.kubernetes.protobuf"
OPENAPI_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
NO_GROUP = {"group": "", "version": ""}


def answer(registry: Registry, path: str, accept: str) -> tuple[int, str, Any] | None:
    """Return status, content type and body (data, or text) of a discovery path, None for any other path.

    Where a group is not served, nothing below it is: such paths are answered too. Raises StatusError 404 for a version
    that is not served and 406 for a form that there is none of.
    """
    parts = [each for each in path.split("/") if each]
    if parts[:2] == ["openapi", "v3"]:
        if len(parts) == 2:
            return 200, JSON, openapi.index(registry)
        document = openapi.document(registry, "/".join(parts[2:]))
        return UNKNOWN if document is None else (200, JSON, document)
    if parts == ["openapi", "v2"]:
        return _older_openapi(accept)
    if parts[:1] not in (["api"], ["apis"]) or len(parts) > 3:
        return None
    groups = _groups(registry)
    group = "" if parts[0] == "api" else "".join(parts[1:2])
    if group not in groups:
        return UNKNOWN
    if len(parts) == 1:
        if _is_aggregated(accept):
            shown = {name: each for name, each in groups.items() if bool(name) == (parts[0] == "apis")}
            return 200, AGGREGATED, _aggregated(shown)
        listed = [_group(name, versions) for name, versions in groups.items() if name]
        core = {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        found = core if parts[0] == "api" else {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
    elif parts[0] == "apis" and len(parts) == 2:
        found = {"kind": "APIGroup", "apiVersion": "v1", **_group(group, groups[group])}
    elif len(parts) == (3 if group else 2):
        if parts[-1] not in groups[group]:
            raise no_resource()
        found = _resource_list(group, parts[-1], groups[group][parts[-1]])
    else:
        return None
    _check_form(accept)
    return 200, JSON, found


def _older_openapi(accept: str) -> tuple[int, str, Any]:
    """Return a document that tells of no kind.

    kubectl asks for one where /openapi/v3 does not tell of an object's kind, and leaves the checks to the server then.
    """
    if "+protobuf" in accept:
        return 200, OPENAPI_V2, "\n\x032.0"  # field 1, three letters
    return 200, JSON, {"swagger": "2.0", "info": {"title": "Kubernetes", "version": ""}, "paths": {}}


def _forms(accept: str) -> list[tuple[str, Mapping[str, str]]]:
    """Return media type and parameters of each form that is asked for."""
    listed = [[part.strip() for part in each.split(";")] for each in accept.split(",") if each.strip()]
    return [(media, dict(part.split("=", 1) for part in rest if "=" in part)) for media, *rest in listed]


def _is_aggregated(accept: str) -> bool:
    return any(media == JSON and WANTED.items() <= asked.items() for media, asked in _forms(accept))


def _check_form(accept: str) -> None:
    forms = _forms(accept)
    if forms and not any(media in (JSON, "application/*", "*/*") and "as" not in asked for media, asked in forms):
        raise StatusError(406, "NotAcceptable", f"only the following media types are accepted: {SERVED_FORMS}")


def _groups(registry: Registry) -> dict[str, dict[str, list[Kind]]]:
    """Return the kinds by group and version, the best version first."""
    found: dict[str, dict[str, list[Kind]]] = {"": {}}
    for kind in registry:
        found.setdefault(kind.group, {}).setdefault(kind.version, []).append(kind)
    return {
        group: {each: versions[each] for each in sorted(versions, key=version_rank)}
        for group, versions in found.items()
    }


def _group(group: str, versions: Mapping[str, Sequence[Kind]]) -> Obj:
    listed = [{"groupVersion": f"{group}/{each}", "version": each} for each in versions]
    return {"name": group, "versions": listed, "preferredVersion": listed[0]}


def _resource_list(group: str, version: str, kinds: Sequence[Kind]) -> Obj:
    start = {"apiVersion": "v1", "groupVersion": f"{group}/{version}"} if group else {"groupVersion": version}
    listed: list[Obj] = []
    for kind in kinds:
        listed += [_resource(kind), *(_below(kind, sub) for sub in kind.subresources.values())]
    return {"kind": "APIResourceList", **start, "resources": listed}


def _resource(kind: Kind) -> Obj:
    found = {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind}
    return {**found, "verbs": list(kind.verbs), **_other_names(kind)}


def _below(kind: Kind, sub: Subresource) -> Obj:
    found = {"name": f"{kind.plural}/{sub.name}", "singularName": "", "namespaced": kind.namespaced}
    is_foreign = bool(sub.version) and (sub.group, sub.version) != (kind.group, kind.version)
    return {**found, **(_gv(sub) if is_foreign else {}), "kind": sub.kind, "verbs": list(sub.verbs)}


def _other_names(kind: Kind) -> Obj:
    found = {"shortNames": list(kind.short_names), "categories": list(kind.categories)}
    return {key: value for key, value in found.items() if value}


def _aggregated(groups: Mapping[str, Mapping[str, Sequence[Kind]]]) -> Obj:
    items = [
        {
            "metadata": {"name": group} if group else {},
            "versions": [
                {"version": version, "resources": [_found(kind) for kind in kinds], "freshness": "Current"}
                for version, kinds in versions.items()
            ],
        }
        for group, versions in groups.items()
    ]
    return {"kind": WANTED["as"], "apiVersion": f"{WANTED['g']}/{WANTED['v']}", "metadata": {}, "items": items}


def _gv(found: Kind | Subresource) -> dict[str, str]:
    return {"group": found.group, "version": found.version}


def _found(kind: Kind) -> Obj:
    # the server names group and version only where they are a custom kind's, or another group's
    own = _gv(kind) if kind.custom else NO_GROUP
    below = [
        {
            "subresource": sub.name,
            "responseKind": {**(_gv(sub) if sub.version else own), "kind": sub.kind},
            "verbs": list(sub.verbs),
        }
        for sub in kind.subresources.values()
    ]
    return {
        "resource": kind.plural,
        "responseKind": {**own, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
        **_other_names(kind),
        **({"subresources": below} if below else {}),
    }
