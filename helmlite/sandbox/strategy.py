"""What a create or an update does to an object of a kind, beside what the client asked for.

Both come after ``defaults.fill``: updates are told from no changes by comparing objects with all their defaults.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from helmlite.sandbox import checks, defaults
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj, mapping, mappings
from helmlite.sandbox.quantities import parse_quantity
from helmlite.sandbox.status import Cause

COUNTED_METADATA: Mapping[str, str] = {
    "deployments.apps": "annotations",
    "endpointslices.discovery.k8s.io": "labels",
}
"""Metadata whose change is a new generation too."""

OWN_STATUS = frozenset({"nodes"})
"""Resources whose status a client may give when it creates an object."""

STATUS_ONLY = frozenset({"apiservices.apiregistration.k8s.io"})
"""Resources whose status subresource lets no metadata change, as that of custom kinds."""

KEPT_BY_STATUS: Mapping[str, str] = {"deployments.apps": "labels", "pods": "ownerReferences"}
"""Metadata that the status subresource does not change, for those whose metadata it otherwise does."""

STATUS_LIKE = frozenset({"status", "approval"})
NO_WISH = STATUS_LIKE | {"binding"}
"""Subresources that change nothing of what is wanted, so that no generation is counted."""
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
JOB_LABELS = ("batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name")


def prepare_create(kind: Kind, body: Obj) -> None:
    """Make a new object's status, generation and the like what the server has them be, in place.

    Its uid and creationTimestamp are there already.
    """
    if "status" in kind.subresources and kind.resource not in OWN_STATUS:
        _put(body, "status", None if kind.custom else defaults.fresh_status(kind))
    if kind.custom or kind.resource in defaults.table().counted:
        body["metadata"]["generation"] = 1
    created = _CREATED.get(kind.resource)
    if created:
        created(body)


def prepare_update(kind: Kind, body: Obj, old: Obj, subresource: str) -> None:
    """Put back in place what an update by this path ("" for the object's own) may not change, and count generations."""
    resource, metadata, before = kind.resource, body["metadata"], old["metadata"]
    metadata.pop("selfLink", None)
    for key in ("uid", "creationTimestamp", "generation"):
        _put(metadata, key, before.get(key))
    for key in ("deletionTimestamp", "deletionGracePeriodSeconds"):
        metadata.setdefault(key, before.get(key))
        _put(metadata, key, metadata[key])
    if subresource in STATUS_LIKE:
        _keep_all_but_status(kind, body, old)
    elif "status" in kind.subresources:
        _put(body, "status", copy.deepcopy(old.get("status")))
    updated = _UPDATED.get(resource)
    if updated and subresource != "finalize":
        updated(body, old)
    is_counted = kind.custom or resource in defaults.table().counted
    if subresource not in NO_WISH and is_counted and _differs(kind, body, old):
        metadata["generation"] = before.get("generation", 0) + 1


def check(kind: Kind, body: Obj, old: Obj | None, subresource: str) -> Sequence[Cause]:
    """Return what is wrong with an object of a kind, beside what a schema says."""
    return checks.causes(kind, body, old, subresource)


def _put(mapping: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        mapping.pop(key, None)
    else:
        mapping[key] = value


def _keep_all_but_status(kind: Kind, body: Obj, old: Obj) -> None:
    for key in {*body, *old} - {"apiVersion", "kind", "metadata", "status"}:
        _put(body, key, copy.deepcopy(old.get(key)))
    is_whole = bool(kind.custom) or kind.resource in STATUS_ONLY
    for key in ("labels", "annotations", "finalizers", "ownerReferences"):
        if is_whole or KEPT_BY_STATUS.get(kind.resource) == key:
            _put(body["metadata"], key, copy.deepcopy(old["metadata"].get(key)))


def _differs(kind: Kind, body: Obj, old: Obj) -> bool:
    """Return whether an update is a new generation of what is wanted."""
    apart = {"apiVersion", "kind", "metadata"} | ({"status"} if "status" in kind.subresources else set())
    key = COUNTED_METADATA.get(kind.resource, "")
    if key and (body["metadata"].get(key) or {}) != (old["metadata"].get(key) or {}):
        return True
    return any(body.get(each) != old.get(each) for each in {*body, *old} - apart)


# What is particular to one kind. On create each changes the new object in place.


def _create_pod(body: Obj) -> None:
    body["status"] = {"phase": "Pending", "qosClass": quality_of_service(mapping(body.get("spec")))}


def quality_of_service(spec: Mapping[str, Any]) -> str:
    """Return a pod's class: Guaranteed, Burstable or BestEffort."""
    containers = mappings(spec.get("containers")) + mappings(spec.get("initContainers"))
    given = [mapping(each.get("resources")) for each in containers]
    asked = [(_amounts(each.get("limits")), _amounts(each.get("requests"))) for each in given]
    if not any(map(any, asked)):
        return "BestEffort"
    whole = all(len(limits) == 2 and limits == requests for limits, requests in asked)
    return "Guaranteed" if whole else "Burstable"


def _amounts(listed: Any) -> Mapping[str, Any]:
    found = {key: parse_quantity(value) for key, value in mapping(listed).items() if key in ("cpu", "memory")}
    return {key: value for key, value in found.items() if value}


def _create_job(body: Obj) -> None:
    spec, metadata = mapping(body.get("spec")), body["metadata"]
    template = spec.get("template")
    if isinstance(template, dict) and spec.get("manualSelector") is not True:
        values = (metadata["uid"], metadata["name"]) * 2
        given = mapping(template.setdefault("metadata", {}))
        given["labels"] = {**mapping(given.get("labels")), **dict(zip(JOB_LABELS, values, strict=True))}
        selector = mapping(spec.setdefault("selector", {}))
        selector["matchLabels"] = {**mapping(selector.get("matchLabels")), JOB_LABELS[0]: metadata["uid"]}
    defaults.fill_labels(body)


def _create_daemon_set(body: Obj) -> None:
    metadata = body["metadata"]
    metadata["annotations"] = {**mapping(metadata.get("annotations")), TEMPLATE_GENERATION: "1"}


def _update_daemon_set(body: Obj, old: Obj) -> None:
    metadata, count = body["metadata"], str(mapping(old["metadata"].get("annotations")).get(TEMPLATE_GENERATION, "1"))
    is_new = mapping(body.get("spec")).get("template") != mapping(old.get("spec")).get("template")
    if is_new and count.isdecimal():
        count = str(int(count) + 1)
    metadata["annotations"] = {**mapping(metadata.get("annotations")), TEMPLATE_GENERATION: count}


def _create_namespace(body: Obj) -> None:
    spec = mapping(body.setdefault("spec", {}))
    finalizers = spec.get("finalizers") or []
    if isinstance(finalizers, list) and "kubernetes" not in finalizers:
        spec["finalizers"] = [*finalizers, "kubernetes"]


def _update_namespace(body: Obj, old: Obj) -> None:
    _put(mapping(body.setdefault("spec", {})), "finalizers", copy.deepcopy(mapping(old.get("spec")).get("finalizers")))


def _create_volume(body: Obj) -> None:
    body["status"] = {"phase": "Pending", "lastPhaseTransitionTime": body["metadata"]["creationTimestamp"]}


_CREATED: Mapping[str, Callable[[Obj], None]] = {
    "daemonsets.apps": _create_daemon_set,
    "jobs.batch": _create_job,
    "namespaces": _create_namespace,
    "persistentvolumes": _create_volume,
    "pods": _create_pod,
}
_UPDATED: Mapping[str, Callable[[Obj, Obj], None]] = {
    "daemonsets.apps": _update_daemon_set,
    "namespaces": _update_namespace,
}
