"""The scale subresource: one shape for whatever has replicas."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.status import Cause, StatusError, invalid
from helmlite.sandbox.strict import check_shape

BUILT_IN = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}


def _paths(kind: Kind) -> Mapping[str, str]:
    found: Mapping[str, str] | None = ((kind.custom or {}).get("subresources") or {}).get("scale")
    return found or BUILT_IN


def _at(obj: Any, path: str) -> Any:
    for part in path.lstrip(".").split("."):
        obj = obj.get(part) if isinstance(obj, Mapping) else None
    return obj


def scale_of(kind: Kind, obj: Obj) -> Obj:
    """Return an object's Scale."""
    paths, metadata = _paths(kind), obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    selector = _at(obj, paths.get("labelSelectorPath", "")) if kind.custom else _selector_text(obj)
    status = {"replicas": _at(obj, paths["statusReplicasPath"]) or 0, **({"selector": selector} if selector else {})}
    replicas = _at(obj, paths["specReplicasPath"])
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def _selector_text(obj: Obj) -> str:
    selector = (obj.get("spec") or {}).get("selector") or {}
    labels = (
        selector.get("matchLabels", {}) if "matchLabels" in selector or "matchExpressions" in selector else selector
    )
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def with_scale(kind: Kind, obj: Obj, scale: Any) -> Obj:
    """Return a copy of an object with the replicas of a Scale; raises StatusError."""
    check_shape("autoscaling/v1", "Scale", scale)
    scale = scale or {}
    replicas = (scale.get("spec") or {}).get("replicas") or 0
    name = obj["metadata"]["name"]
    if replicas < 0:
        said = f"Invalid value: {replicas}: must be greater than or equal to 0"
        cause = Cause(field="spec.replicas", reason="FieldValueInvalid", message=said)
        raise StatusError(422, "Invalid", *_scale_refusal(invalid(kind, name, [cause])))
    made = copy.deepcopy(obj)
    *path, last = _paths(kind)["specReplicasPath"].lstrip(".").split(".")
    place = made
    for part in path:
        if not isinstance(place.get(part), dict):
            place[part] = {}
        place = place[part]
    place[last] = replicas
    given = scale.get("metadata") or {}
    made["metadata"].update({key: given[key] for key in ("uid", "resourceVersion") if given.get(key)})
    return made


def _scale_refusal(refused: StatusError) -> tuple[str, dict[str, Any]]:
    details = {**(refused.details or {}), "kind": "Scale", "group": "autoscaling"}
    name = details.get("name", "")
    return f'Scale.autoscaling "{name}" is invalid: {str(refused).partition(" is invalid: ")[2]}', details
