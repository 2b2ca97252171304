"""What objects use of a quota."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.quantities import canonical_quantity, parse_quantity

COUNTED = frozenset(
    {"configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets", "services"}
)
"""Resources whose objects are counted under their plain name too; pods are, until they have ended."""
PLAIN = ("cpu", "memory", "ephemeral-storage")
"""What is requested under its plain name too."""
MUST_BE_GIVEN = frozenset({*PLAIN[:2], *(f"{each}.{name}" for each in ("requests", "limits") for name in PLAIN[:2])})
"""What every container must give where a quota limits it."""
BY_CLASS = "storageclass.storage.k8s.io"

Amounts = Mapping[str, str]


def value(quantity: str) -> Decimal:
    """Return a quantity's value, 0 for what is none."""
    return parse_quantity(quantity) or Decimal(0)


def written(number: Decimal, like: str) -> str:
    """Return a quantity, in powers of two where ``like`` is."""
    found = canonical_quantity(f"{number / 1024:f}Ki" if like.endswith("i") and number % 1024 == 0 else f"{number:f}")
    return found or "0"


def added(first: str, second: str) -> str:
    """Return the sum of two quantities, in the form of the first that is not 0."""
    return written(value(first) + value(second), first if value(first) else second)


def total(amounts: Iterable[Amounts]) -> dict[str, str]:
    """Return the sums of amounts."""
    found: dict[str, str] = {}
    for each in amounts:
        for name, quantity in each.items():
            found[name] = added(found.get(name, "0"), quantity)
    return found


def largest(amounts: Iterable[Amounts]) -> dict[str, str]:
    """Return the largest of amounts, each by itself."""
    found: dict[str, str] = {}
    for each in amounts:
        for name, quantity in each.items():
            if name not in found or value(quantity) > value(found[name]):
                found[name] = quantity
    return found


def given(container: Mapping[str, Any], key: str) -> Amounts:
    """Return the ``requests`` or ``limits`` of a container, or of a claim."""
    return (container.get("resources") or {}).get(key) or {}


def of_containers(spec: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return a pod's requests or limits: of its containers together, or of an init container if that is more."""
    init = list(spec.get("initContainers") or ())
    beside = [given(each, key) for each in init if each.get("restartPolicy") == "Always"]
    together = total([*(given(each, key) for each in spec.get("containers") or ()), *beside])
    return largest([together, *(given(each, key) for each in init)])


def of_object(resource: str, obj: Obj) -> dict[str, str]:
    """Return what an object uses of all that quotas can limit."""
    spec = obj.get("spec") or {}
    counted = {f"count/{resource}": "1"}
    if resource in COUNTED:
        counted[resource] = "1"
    if resource == "pods" and (obj.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
        counted |= {"pods": "1", **_of_pod(spec)}
    elif resource == "services":
        counted |= _of_service(spec)
    elif resource == "persistentvolumeclaims":
        storage = str(given(spec, "requests").get("storage", "0"))
        name = f"{spec.get('storageClassName')}.{BY_CLASS}"
        counted |= {"requests.storage": storage}
        counted |= {f"{name}/requests.storage": storage, f"{name}/persistentvolumeclaims": "1"}
    return counted


def _of_pod(spec: Mapping[str, Any]) -> dict[str, str]:
    requests = of_containers(spec, "requests")
    found = {f"requests.{name}": quantity for name, quantity in requests.items()}
    found |= {name: requests[name] for name in PLAIN if name in requests}
    return found | {f"limits.{name}": quantity for name, quantity in of_containers(spec, "limits").items()}


def _of_service(spec: Mapping[str, Any]) -> dict[str, str]:
    kind, ports = spec.get("type"), spec.get("ports") or ()
    if kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is False:
        ports = [each for each in ports if each.get("nodePort")]
    outside = len(ports) if kind in ("NodePort", "LoadBalancer") else 0
    return {"services.nodeports": str(outside), "services.loadbalancers": str(int(kind == "LoadBalancer"))}


def is_scoped(quota: Obj) -> bool:
    """Return whether a quota is for some pods alone; such quotas are kept, and limit nothing."""
    spec = quota.get("spec") or {}
    return bool(spec.get("scopes") or spec.get("scopeSelector"))


def used(client: Client, quota: Obj, names: Sequence[str]) -> dict[str, str]:
    """Return what a quota's namespace uses of some of its limits."""
    namespace = quota["metadata"]["namespace"]
    wanted = frozenset(names)
    found = dict.fromkeys(names, "0")
    for resource in () if is_scoped(quota) else _resources(names):
        for each in client.list(resource, namespace):
            amounts = of_object(resource, each)
            for name in wanted & amounts.keys():
                found[name] = added(found[name], amounts[name])
    return found


def _resources(names: Iterable[str]) -> set[str]:
    """Return the resources that some limits count objects of."""
    return {_resource(name) for name in names}


def _resource(name: str) -> str:
    start, _, rest = name.partition("/")
    if start == "count":
        return rest
    if name.startswith("services."):
        return "services"
    if name == "requests.storage" or start.endswith(BY_CLASS):
        return "persistentvolumeclaims"
    return name if name in COUNTED else "pods"
