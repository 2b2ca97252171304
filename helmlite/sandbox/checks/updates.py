"""Checks of what an update may not change, where it is not simply a field that stays."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from helmlite.sandbox.checks.places import At, amount, part

Update = Callable[[At, Any, Any], None]

IMMUTABLE = "field is immutable"
PODS = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
STATEFUL_SETS = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy',"
    " 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
CLAIMS = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
_FREE_OF_STATEFUL_SETS = {
    *("replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit"),
    *("persistentVolumeClaimRetentionPolicy", "minReadySeconds"),
}
_FREE_OF_PODS = {
    *("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers"),
    "schedulingGates",  # which may only go, but nobody adds one
}
_FREE_OF_SUSPENDED_JOBS = {"nodeSelector", "tolerations", "schedulingGates", "affinity"}


def _frozen(at: At, value: Any, old: Any) -> None:
    """Check that an immutable ConfigMap or Secret stays as it is."""
    for name in ("immutable", "data", "binaryData") if part(old, "immutable") else ():
        if (part(value, name) or None) != (part(old, name) or None):
            at.to(name).say("forbidden", "field is immutable when `immutable` is set")


def _pod(at: At, value: Any, old: Any) -> None:
    now, before, place = part(value, "spec") or {}, part(old, "spec") or {}, at.to("spec")
    for name in ("containers", "initContainers"):
        if len(now.get(name) or ()) != len(before.get(name) or ()):
            place.to(name).say("forbidden", "pod updates may not add or remove containers")
            return
    tolerations = _bare(now.get("tolerations"))
    if any(each not in tolerations for each in _bare(before.get("tolerations"))):
        said = "existing toleration can not be modified except its tolerationSeconds"
        place.to("tolerations").say("forbidden", said)
    elif _kept(now, _FREE_OF_PODS, "image") != _kept(before, _FREE_OF_PODS, "image"):
        place.say("forbidden", PODS)


def _bare(tolerations: Any) -> list[Any]:
    return [{**each, "tolerationSeconds": None} for each in tolerations or ()]


def _kept(spec: Any, free: set[str], of_containers: str) -> Mapping[str, Any]:
    """Return a Pod's spec without what may change of it and of its containers."""
    found = {key: value for key, value in (spec or {}).items() if key not in free}
    for name in ("containers", "initContainers"):
        found[name] = [{**each, of_containers: None} for each in found.get(name) or ()]
    return found


def _stateful_set(at: At, value: Any, old: Any) -> None:
    now, before = part(value, "spec") or {}, part(old, "spec") or {}
    if any(now.get(key) != before.get(key) for key in now.keys() | before.keys() if key not in _FREE_OF_STATEFUL_SETS):
        at.to("spec").say("forbidden", STATEFUL_SETS)


def _job(at: At, value: Any, old: Any) -> None:
    now, before, place = part(value, "spec") or {}, part(old, "spec") or {}, at.to("spec")
    is_scaled = before.get("completionMode") == "Indexed" and now.get("completions") == now.get("parallelism")
    if now.get("completions") != before.get("completions") and not is_scaled:
        place.to("completions").invalid(now.get("completions"), IMMUTABLE)
    template, had = now.get("template"), before.get("template")
    if before.get("suspend") and part(old, "status", "startTime") is None:
        spec = part(template, "spec")
        free = _FREE_OF_SUSPENDED_JOBS
        if _kept(spec, free, "resources") != _kept(part(had, "spec"), free, "resources"):
            place.to("template", "spec").invalid(spec, IMMUTABLE)
    elif template != had:
        place.to("template").invalid(template, IMMUTABLE)


def _service(at: At, value: Any, old: Any) -> None:
    now, before, once = part(value, "spec") or {}, part(old, "spec") or {}, "may not change once set"
    address, had = now.get("clusterIP"), before.get("clusterIP")
    if address and had and address != had and "ExternalName" not in (now.get("type"), before.get("type")):
        at.to("spec", "clusterIPs", 0).invalid([address], once)
    name = "loadBalancerClass"
    if now.get("type") == before.get("type") == "LoadBalancer" and now.get(name) != before.get(name):
        at.to("spec", name).invalid(now.get(name), once)


def _claim(at: At, value: Any, old: Any) -> None:
    now, before = part(value, "spec") or {}, copy.copy(part(old, "spec") or {})
    is_bound, place = part(old, "status", "phase") == "Bound", at.to("spec")
    for name in ("volumeName", "storageClassName", "volumeAttributesClassName", "resources"):
        if is_bound if name in ("volumeAttributesClassName", "resources") else not before.get(name):
            before[name] = now.get(name)
    if {key: each for key, each in before.items() if each is not None} != now:
        place.say("forbidden", CLAIMS)
    elif is_bound:
        size = amount(part(now, "resources", "requests", "storage"))
        if size < amount(part(old, "status", "capacity", "storage")):
            said = "field can not be less than status.capacity"
            place.to("resources", "requests", "storage").say("forbidden", said)


UPDATES: Mapping[str, Update] = {
    "configmaps": _frozen,
    "jobs.batch": _job,
    "persistentvolumeclaims": _claim,
    "pods": _pod,
    "secrets": _frozen,
    "services": _service,
    "statefulsets.apps": _stateful_set,
}
"""What is checked of an object beside the one it takes the place of, by resource."""
