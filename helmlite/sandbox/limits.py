"""LimitRanges: amounts that containers get, and bounds that they, their pods and claims keep to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.objects import Obj, annotations_of, meta
from helmlite.sandbox.usage import Amounts, given, of_containers, value

ANNOTATION = "kubernetes.io/limit-ranger"


def _containers(pod: Obj) -> list[Any]:
    return [each for key in ("containers", "initContainers") for each in (pod.get("spec") or {}).get(key) or ()]


def _items(client: Client, namespace: str) -> list[Mapping[str, Any]]:
    ranges = client.list("limitranges", namespace)
    return [item for each in ranges for item in (each.get("spec") or {}).get("limits") or ()]


def fill(client: Client, pod: Obj) -> None:
    """Give containers the amounts that they do not give themselves, and say so in an annotation; in place."""
    items = [each for each in _items(client, meta(pod)["namespace"]) if each.get("type") == "Container"]
    said = []
    for key, what in (("containers", "container"), ("initContainers", "init container")):
        for container in (pod.get("spec") or {}).get(key) or ():
            for part, default, word in (("requests", "defaultRequest", "request"), ("limits", "default", "limit")):
                wanted = {name: amount for item in items for name, amount in (item.get(default) or {}).items()}
                missing = {name: wanted[name] for name in sorted(wanted) if name not in given(container, part)}
                if missing:
                    resources = container.setdefault("resources", {})
                    resources[part] = {**(resources.get(part) or {}), **missing}
                    said.append(f"{', '.join(missing)} {word} for {what} {container.get('name')}")
    if said:
        annotations = {**annotations_of(pod), ANNOTATION: f"LimitRanger plugin set: {'; '.join(said)}"}
        meta(pod)["annotations"] = annotations


def faults(client: Client, resource: str, obj: Obj) -> Sequence[str]:
    """Return what is out of bounds in a pod or a claim, each fault once."""
    found = [fault for item in _items(client, meta(obj)["namespace"]) for fault in _faults(item, resource, obj)]
    return list(dict.fromkeys(found))


def _faults(item: Mapping[str, Any], resource: str, obj: Obj) -> Iterator[str]:
    kind = item.get("type")
    if resource == "persistentvolumeclaims" and kind == "PersistentVolumeClaim":
        requests = given(obj.get("spec") or {}, "requests")
        yield from _out_of_bounds(item, requests, requests, storage=True)
    elif resource == "pods" and kind == "Container":
        for each in _containers(obj):
            yield from _out_of_bounds(item, given(each, "requests"), given(each, "limits"))
    elif resource == "pods" and kind == "Pod":
        yield from _out_of_bounds(item, of_containers(obj["spec"], "requests"), of_containers(obj["spec"], "limits"))


def _out_of_bounds(
    item: Mapping[str, Any], requests: Amounts, limits: Amounts, *, storage: bool = False
) -> Iterator[str]:
    kind = item["type"]
    for word, key, missing in (("minimum", "min", "request"), ("maximum", "max", "limit")):
        for name, bound in (item.get(key) or {}).items():
            start = f"{word} {name} usage per {kind} is {bound}"
            first, second = (("request", requests), ("limit", limits))[:: 1 if key == "min" else -1]
            sign = 1 if key == "min" else -1
            if name not in first[1]:
                yield f"{start}.  No {missing} is specified"
                continue
            for said, amounts in (first, second):
                if name in amounts and sign * value(amounts[name]) < sign * value(bound):
                    yield f"{start}, but {'request' if storage else said} is {amounts[name]}"
                    break
