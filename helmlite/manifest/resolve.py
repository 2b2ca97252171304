"""Documents into resources, once scopes are known; and what would trap server-side apply, dealt with."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from helmlite.errors import ManifestError, ManifestFault
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.identity import GroupVersionKind, ResourceId
from helmlite.manifest.manifest import Document, Resource
from helmlite.manifest.parse import type_name


def resolve(
    documents: Iterable[Document],
    capabilities: Capabilities,
    namespace: str,
    *,
    strict: bool = True,
    stored: bool = False,
) -> tuple[list[Resource], list[str]]:
    """Return resources and warnings; raises ManifestError naming every kind that no server version knows.

    It is raised too for a kind of a group that is only out of reach for the moment: its objects may well be there.

    A kind that is no longer served at its version takes scope and plural from another version of its group. Without
    ``strict`` (old manifests, rendering without a cluster) one that is served nowhere is a warning. In ``stored``
    manifests, which Helm may have written, so are objects without a name, and of an object given twice the last counts.
    """
    resources: list[Resource] = []
    warnings: list[str] = []
    unknown: list[ManifestFault] = []
    seen: dict[ResourceId, int] = {}
    for each in documents:
        gvk = GroupVersionKind.of(each.body)
        kind = capabilities.served(gvk) or capabilities.any_version(gvk.group, gvk.kind)
        if kind is None and gvk.group in capabilities.unavailable:
            raise ManifestError.of(
                each.source,
                f"the server of API group {gvk.group} does not answer just now, so nothing can be known of its "
                f"{gvk.kind}",
                "apiVersion",
                hint="try again once `kubectl get apiservices` shows it available",
            )
        if kind is None:
            elsewhere = any(known.kind == gvk.kind for known in capabilities.kinds)
            unknown.append(
                ManifestFault(
                    source=each.source,
                    reason=f"the cluster does not serve {gvk}",
                    field=("apiVersion" if elsewhere else "kind",),
                )
            )
            continue
        metadata = each.body["metadata"]
        place = str(metadata.get("namespace") or namespace) if kind.namespaced else None
        fault = _name_fault(metadata.get("name"), place, gvk)
        if fault is not None and stored:
            warnings.append(f"{each.source}: {fault[0]}")
            continue
        if fault is not None:
            raise ManifestError.of(each.source, fault[0], "metadata", fault[2], hint=fault[1])
        id = ResourceId(group=gvk.group, kind=gvk.kind, namespace=place, name=metadata["name"])
        resource = Resource(
            id=id,
            gvk=gvk,
            body=prepare_body(each.body, place, each.source, built_in=is_built_in(gvk), stored=stored),
            text=each.text,
            path=each.path,
            source=each.source,
        )
        if id not in seen:
            seen[id] = len(resources)
            resources.append(resource)
            continue
        again = f"{id} is in {resources[seen[id]].source} already"
        if not stored:
            raise ManifestError.of(each.source, again, "metadata", "name")
        warnings.append(f"{each.source}: {again}")
        resources[seen[id]] = resource
    if unknown and strict:
        raise ManifestError(
            faults=unknown,
            hint="its CRD must be there before, in crds/ of the chart; or the API version is too old",
        )
    return resources, [*warnings, *map(str, unknown)]


_BUILT_IN_GROUPS = frozenset(
    f"{each}.k8s.io"
    for each in """
    admissionregistration apiextensions apiregistration authentication rbac.authorization authorization certificates
    coordination discovery events flowcontrol.apiserver internal.apiserver networking node resource scheduling storage
    storagemigration
    """.split()  # noqa: SIM905  # one word a line would take a page
)


def is_built_in(gvk: GroupVersionKind) -> bool:
    """Return whether a kind is Kubernetes' own rather than a custom resource (Gateways of ``*.k8s.io`` are custom)."""
    return "." not in gvk.group or gvk.group in _BUILT_IN_GROUPS


def _name_fault(name: str | None, namespace: str | None, gvk: GroupVersionKind) -> tuple[str, str | None, str] | None:
    """Return what is wrong with an object's names, what to try, and the field; None when they fit."""
    if name is None:
        return (
            f"{gvk.kind} has generateName, which server-side apply cannot take",
            "give metadata.name: an object of a release needs a name to be found again",
            "generateName",
        )
    for field, each in (("name", name), ("namespace", namespace or "")):
        if not _fits_a_path(each):
            return f"{each!r} cannot be the name of a {gvk.kind} or of its namespace", None, field
    return None


def prepare_body(
    body: Mapping[str, Any], namespace: str | None, source: str, *, built_in: bool, stored: bool = False
) -> dict[str, Any]:
    """Return a body as it is sent: its namespace filled in, nulls and ``stringData`` dealt with.

    Nulls in built-in kinds mean "not given", and would add list items at every apply. ``stringData`` would leave
    dropped keys behind. A ``stored`` Secret that no server ever took (its revision failed) is left as it is.
    """
    made: dict[str, Any] = _without_nulls(body) if built_in else dict(body)
    metadata = {
        key: value
        for key, value in made["metadata"].items()
        if value is not None and key not in ("managedFields", "resourceVersion", "uid")
    }
    for field in ("labels", "annotations"):
        if field in metadata:
            metadata[field] = {key: value for key, value in metadata[field].items() if value is not None}
    if namespace is None:
        metadata.pop("namespace", None)
    else:
        metadata["namespace"] = namespace
    made["metadata"] = metadata
    made.pop("status", None)
    if made["kind"] == "Secret" and made["apiVersion"] == "v1":
        try:
            _settle_secret(made, source)
        except ManifestError:
            if not stored:
                raise
    return made


def _fits_a_path(name: str) -> bool:
    """Return whether a name can be one segment of a URL's path, which is what Kubernetes asks of every name."""
    return name not in (".", "..") and not any(sign in "/%" or not sign.isprintable() for sign in name)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


def _settle_secret(body: dict[str, Any], source: str) -> None:
    """Turn ``stringData`` into ``data``; raises ManifestError naming a key whose value is no text, or no base64."""
    for field in ("data", "stringData"):
        given = body.get(field)
        if given is not None and not isinstance(given, dict):
            raise ManifestError.of(source, f"{field} of a Secret is a {type_name(given)}, not a mapping", field)
        for key, value in (given or {}).items():
            if not isinstance(value, str):
                raise ManifestError.of(
                    source,
                    f"{field}.{key} of a Secret is a {type_name(value)}, not text",
                    field,
                    key,
                    hint=None if isinstance(value, list | dict) else "put it into quotes",
                )
            if field == "data" and not _is_base64(value):
                raise ManifestError.of(
                    source,
                    f"data.{key} of a Secret is no base64",
                    field,
                    key,
                    hint="encode it, or put it into stringData",
                )
    texts = body.pop("stringData", None)
    if texts:
        packed = {key: base64.b64encode(text.encode("utf-8")).decode("ascii") for key, text in texts.items()}
        body["data"] = {**(body.get("data") or {}), **packed}


def _is_base64(text: str) -> bool:
    """Return whether Kubernetes decodes ``text``; it passes over line ends."""
    try:
        base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except ValueError:
        return False
    return True
