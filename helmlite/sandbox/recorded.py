"""The table recorded from a real API server: its kinds, schemas, protobuf fields, bootstrap roles, default objects.

The file is made by ``tests/peers/record-api``. What it holds by key: ``version`` (the answer of /version),
``discovery`` (``core`` and ``apis``: APIGroupDiscoveryLists), ``schemas`` (type name to OpenAPI v3 schema), ``gvks``
(``apps/v1/Deployment`` to type name), ``messages`` (type name to protobuf fields by number: a JSON name, or the fields
of an embedded struct; a ``*`` before a name says that 0, false and "" are not the same as no value), ``bootstrap``
(objects that a fresh cluster holds: namespaces, cluster roles).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from helmlite.sandbox.kinds import Kind, Registry, Subresource
from helmlite.sandbox.objects import Obj, mapping
from helmlite.sandbox.schema import Node

TWICE_SERVED = {"events.events.k8s.io": "events"}
"""Resources that another group serves too, and the name under which objects of both are stored."""
EVENT_FIELDS = {
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "source": "deprecatedSource",
    "involvedObject": "regarding",
    "message": "note",
    "reportingComponent": "reportingController",
}
"""Fields of an event of the core group, and what they are called in events.k8s.io."""
CPU_SHARE = "targetCPUUtilizationPercentage"


@cache
def recorded() -> Mapping[str, Any]:
    """Return the whole table, read once. It is shared: change nothing in it."""
    content = resources.files("helmlite.sandbox").joinpath("kubernetes.json.gz").read_bytes()
    found: Mapping[str, Any] = json.loads(gzip.decompress(content))
    return found


@cache
def node_of(type_name: str) -> Node:
    """Return the schema of a type by its OpenAPI name; one that knows nothing for a name that is not recorded."""
    return Node({"$ref": type_name}, recorded()["schemas"])


def registry() -> Registry:
    """Return a new registry of the kinds that a fresh server serves, those that only answer (reviews) among them."""
    discovery = recorded()["discovery"]
    groups = [*discovery["core"]["items"], *discovery["apis"]["items"]]
    return Registry(kind for group in groups for kind in _kinds(group))


def _kinds(group: Mapping[str, Any]) -> Iterator[Kind]:
    name = group["metadata"].get("name", "")
    for version in group["versions"]:
        for found in version["resources"]:
            kind = found["responseKind"]["kind"]
            gvk = f"{name}/{version['version']}/{kind}".lstrip("/")
            yield Kind(
                group=name,
                version=version["version"],
                kind=kind,
                plural=found["resource"],
                singular=found["singularResource"],
                namespaced=found["scope"] == "Namespaced",
                verbs=found["verbs"],
                short_names=found.get("shortNames", ()),
                categories=found.get("categories", ()),
                subresources={each.name: each for each in _subresources(found.get("subresources", ()))},
                node=node_of(recorded()["gvks"].get(gvk, "")),
            )


def _subresources(listed: Sequence[Mapping[str, Any]]) -> Iterator[Subresource]:
    for each in listed:
        kind = each.get("responseKind", {})
        yield Subresource(
            name=each["subresource"],
            kind=kind.get("kind", ""),
            verbs=each["verbs"],
            group=kind.get("group", ""),
            version=kind.get("version", ""),
        )


def node_of_kind(api_version: str, kind: str) -> Node:
    """Return the schema of any recorded kind (``autoscaling/v1``, ``Scale``)."""
    return node_of(recorded()["gvks"][f"{api_version}/{kind}"])


def stored_as(kind: Kind) -> str:
    """Return the name of the resource under which objects of a kind are stored, whatever path serves them."""
    return TWICE_SERVED.get(kind.resource, kind.resource)


def convert(body: Obj, kind: Kind) -> Obj:
    """Return an object as another version of its kind has it: a new mapping, which shares its values with the old.

    Versions of a custom kind differ in ``apiVersion`` only; an autoscaler of autoscaling/v1 has no other metric.
    """
    if body.get("apiVersion") == kind.api_version:
        return body
    made = {**body, "apiVersion": kind.api_version, "kind": kind.kind}
    if stored_as(kind) == "events":
        names = EVENT_FIELDS if kind.group else {new: old for old, new in EVENT_FIELDS.items()}
        return {names.get(key, key): value for key, value in made.items()}
    if kind.resource == "horizontalpodautoscalers.autoscaling":
        made |= _autoscaler(body, kind.version)
    return made


def _is_cpu_share(metric: Any) -> bool:
    found = mapping(mapping(metric).get("resource"))
    return found.get("name") == "cpu" and mapping(found.get("target")).get("type") == "Utilization"


def _autoscaler(body: Obj, version: str) -> Obj:
    """Return spec and status of an autoscaler at a version; v1 knows only the share of CPU."""
    spec, status = dict(mapping(body.get("spec"))), dict(mapping(body.get("status")))
    if version == "v1":
        metrics = spec.pop("metrics", None)
        spec.pop("behavior", None)
        status.pop("currentMetrics", None)
        shares = [each for each in metrics if _is_cpu_share(each)] if isinstance(metrics, list) else []
        share = {CPU_SHARE: shares[0]["resource"]["target"].get("averageUtilization")} if shares else {}
        return {"spec": {**spec, **share}, "status": {"currentReplicas": 0, **status}}
    share = spec.pop(CPU_SHARE, None)
    if share is not None:
        target = {"type": "Utilization", "averageUtilization": share}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return {"spec": spec, "status": {"currentMetrics": None, **status}}
