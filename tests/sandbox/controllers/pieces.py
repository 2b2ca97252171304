"""A node in memory, with all controllers of workloads, and what to put on it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from helmlite.sandbox.controllers import daemons, deployments, jobs, pods, replicas, scheduler, stateful
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.recorded import registry
from helmlite.sandbox.status import StatusError, forbidden
from tests.sandbox.memory_client import MemoryClient

MODULES = (deployments, replicas, stateful, daemons, jobs, scheduler, pods)
NAMESPACE = "n"


def cluster() -> MemoryClient:
    """Return a client with the node, whose ``settle()`` runs the controllers of workloads and pods."""
    client = MemoryClient()
    client.settle([each for module in MODULES for each in module.CONTROLLERS])
    client.create("nodes", pods.nodes(client)[0], manager="test")
    client.settle()
    return client


def refuse_pods(client: MemoryClient, after: int = 0) -> None:
    """Have pods refused, as by a quota, once there are so many."""
    kind = registry().best("pods")

    def refuse(resource: str, obj: Obj) -> StatusError | None:
        is_over = resource == "pods" and len(client.list("pods")) >= after
        return forbidden(kind, obj["metadata"]["name"], "exceeded quota: q") if is_over else None

    client.refuse = refuse


def template(app: str = "web", *, image: str = "x", order: str = "", after: str = "", **spec: Any) -> Obj:
    """Return a pod template; ``order`` is how its pods fail, ``after`` how long they take to get ready."""
    annotations = {key: value for key, value in ((pods.ORDER, order), (pods.READY_AFTER, after)) if value}
    containers = [{"name": "c", "image": image}]
    return {
        "metadata": {"labels": {"app": app}, "annotations": annotations},
        "spec": {"containers": containers, **spec},
    }


def make(client: MemoryClient, resource: str, name: str = "web", made_of: Obj | None = None, **spec: Any) -> Obj:
    """Create a workload over a template (by default ``template(name)``), let all settle, and return it."""
    kind: Kind = registry().best(resource)
    selector = {"matchLabels": {"app": name}}
    body = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"template": made_of or template(name), "selector": selector, **spec},
    }
    client.create(resource, body, manager="test")
    client.settle()
    return found(client, resource, name)


def make_pod(client: MemoryClient, name: str = "a", **pod: Any) -> Obj:
    """Create a pod (``pod`` is as for ``template``), let all settle, and return it."""
    body = {"apiVersion": "v1", "kind": "Pod", **template(name, **pod)}
    body["metadata"] |= {"name": name, "namespace": NAMESPACE}
    client.create("pods", body, manager="test")
    client.settle()
    return found(client, "pods", name)


def found(client: MemoryClient, resource: str, name: str = "web") -> Obj:
    """Return an object that must be there."""
    obj = client.get(resource, NAMESPACE, name)
    assert obj is not None, f"no {resource} {name}"
    return obj


def change(client: MemoryClient, resource: str, spec: Mapping[str, Any], name: str = "web") -> Obj:
    """Set fields of an object's spec, let all settle, and return it."""
    changed = copy.deepcopy(found(client, resource, name))
    changed["spec"] |= spec
    client.update(resource, changed, manager="test")
    client.settle()
    return found(client, resource, name)


def conditions(obj: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return status and reason of an object's conditions, by type."""
    listed = (obj.get("status") or {}).get("conditions") or ()
    return {each["type"]: (each["status"], each.get("reason", "")) for each in listed}


def names(client: MemoryClient, resource: str) -> list[str]:
    """Return the names of what there is of a resource."""
    return [each["metadata"]["name"] for each in client.list(resource)]
