"""Checks of what an update may not change, where it is not simply a field that stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
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
_FREE_OF_STATEFUL_SETS = [*STATEFUL_SETS.split("'")[1::2]]
_FREE_OF_PODS = {
    *("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers"),
    "schedulingGates",  # which may only go, but nobody adds one
}


def _without(value: Any, free: Collection[str]) -> Mapping[str, Any]:
    return {key: each for key, each in (value or {}).items() if key not in free and each is not None}


def _frozen(at: At, value: Any, old: Any) -> None:
    """Check that an immutable ConfigMap or Secret stays as it is."""
    for name in ("immutable", "data", "binaryData") if part(old, "immutable") else ():
        if (part(value, name) or None) != (part(old, name) or None):
            at.to(name).say("forbidden", "field is immutable when `immutable` is set")


def _pod(at: At, value: Any, old: Any) -> None:
    kept, place = [], at.to("spec")
    for spec in (part(value, "spec"), part(old, "spec")):
        containers = {
            name: [_without(each, ["image"]) for each in part(spec, name) or ()]
            for name in ("containers", "initContainers")
        }
        kept.append({**_without(spec, _FREE_OF_PODS), **containers})
    for name in ("containers", "initContainers"):
        if len(kept[0][name]) != len(kept[1][name]):
            place.to(name).say("forbidden", "pod updates may not add or remove containers")
            return
    now, before = (
        [_without(each, ["tolerationSeconds"]) for each in part(pod, "spec", "tolerations") or ()]
        for pod in (value, old)
    )
    if any(each not in now for each in before):
        said = "existing toleration can not be modified except its tolerationSeconds"
        place.to("tolerations").say("forbidden", said)
    elif kept[0] != kept[1]:
        place.say("forbidden", PODS)


def _stateful_set(at: At, value: Any, old: Any) -> None:
    now, before = (_without(part(each, "spec"), _FREE_OF_STATEFUL_SETS) for each in (value, old))
    if now != before:
        at.to("spec").say("forbidden", STATEFUL_SETS)


def _job(at: At, value: Any, old: Any) -> None:
    may_change = part(old, "spec", "suspend") and part(old, "status", "startTime") is None
    for name in ("completions",) if may_change else ("completions", "template"):
        now = part(value, "spec", name)
        if now != part(old, "spec", name):
            at.to("spec", name).invalid(now, IMMUTABLE)


def _service(at: At, value: Any, old: Any) -> None:
    (kind, address), (kind_before, had) = (
        (part(each, "spec", "type"), part(each, "spec", "clusterIP")) for each in (value, old)
    )
    if address and had and address != had and "ExternalName" not in (kind, kind_before):
        at.to("spec", "clusterIPs", 0).invalid([address], "may not change once set")


def _claim(at: At, value: Any, old: Any) -> None:
    now, before = part(value, "spec") or {}, part(old, "spec") or {}
    free = ["volumeAttributesClassName", "resources"] if part(old, "status", "phase") == "Bound" else []
    late = [name for name in ("volumeName", "storageClassName") if not before.get(name)]
    size = amount(part(now, "resources", "requests", "storage"))
    if _without(now, [*free, *late]) != _without(before, [*free, *late]):
        at.to("spec").say("forbidden", CLAIMS)
    elif free and size < amount(part(old, "status", "capacity", "storage")):
        place = at.to("spec", "resources", "requests", "storage")
        place.say("forbidden", "field can not be less than status.capacity")


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
