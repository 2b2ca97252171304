"""ReplicaSets and ReplicationControllers: so many pods of one template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from helmlite.sandbox.controllers import workloads
from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.objects import Obj, annotations_of, labels_of
from helmlite.sandbox.status import StatusError

COST = "controller.kubernetes.io/pod-deletion-cost"


def _reconcile(client: Client, owner: Obj) -> None:
    is_set = owner["kind"] == "ReplicaSet"
    resource = "replicasets.apps" if is_set else "replicationcontrollers"
    component = "replicaset-controller" if is_set else "replication-controller"
    spec, found = workloads.spec_of(owner), workloads.condition(owner, "ReplicaFailure")
    selector = spec.get("selector") if is_set else {"matchLabels": spec.get("selector") or {}}
    active = [each for each in workloads.claimed(client, "pods", owner, selector) if workloads.is_active(each)]
    excess = len(active) - workloads.number(spec.get("replicas"), 1)
    refusal: StatusError | None = None
    if not workloads.is_leaving(owner):
        for pod in sorted(active, key=_rank)[: max(excess, 0)]:
            workloads.delete_pod(client, owner, pod, component=component)
        for _ in range(min(-excess, workloads.BURST)):
            pod = workloads.pod_of(spec.get("template") or {}, owner, prefix=f"{owner['metadata']['name']}-")
            refusal = workloads.create_pod(client, resource, owner, pod, component=component)
            if refusal is not None:
                break
    status = _status(client, owner, client.controlled("pods", owner), with_leaving=is_set)
    if refusal is not None:
        made = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": str(refusal)}
        status["conditions"] = [found or {**made, "lastTransitionTime": workloads.timestamp(client)}]
    workloads.set_status(client, resource, owner, status)


def _rank(pod: Obj) -> tuple[Any, ...]:
    """Return what sorts pods by who goes first: those without a node, then pending, not ready, cheap, young ones."""
    cost = annotations_of(pod).get(COST, "0")
    statuses = workloads.status_of(pod).get("containerStatuses") or ()
    return (
        bool(workloads.spec_of(pod).get("nodeName")),
        workloads.status_of(pod).get("phase") == "Running",
        workloads.is_ready(pod),
        int(cost) if cost.lstrip("-").isdecimal() else 0,
        -sum(workloads.number(each.get("restartCount"), 0) for each in statuses),
        [-ord(letter) for letter in pod["metadata"].get("creationTimestamp", "")],
    )


def _status(client: Client, owner: Obj, held: Sequence[Obj], *, with_leaving: bool) -> dict[str, Any]:
    spec = workloads.spec_of(owner)
    labels: Mapping[str, str] = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    seconds = workloads.number(spec.get("minReadySeconds"), 0)
    active = [each for each in held if workloads.is_active(each)]
    status: dict[str, Any] = {
        "replicas": len(active),
        "fullyLabeledReplicas": sum(labels.items() <= labels_of(each).items() for each in active),
        "readyReplicas": sum(map(workloads.is_ready, active)),
        "availableReplicas": sum(workloads.is_available(client, each, seconds) for each in active),
        "observedGeneration": owner["metadata"].get("generation", 1),
    }
    if with_leaving:
        status["terminatingReplicas"] = sum(
            workloads.is_leaving(each) and not workloads.is_finished(each) for each in held
        )
    return workloads.without_zeros(status, "replicas", "terminatingReplicas")


CONTROLLERS: Sequence[Controller] = (
    Controller(
        name="replicaset",
        watches={"replicasets.apps": itself, "pods": workloads.owned_by("ReplicaSet"), **workloads.REFUSALS},
        reconcile=workloads.each_of("replicasets.apps", _reconcile),
    ),
    Controller(
        name="replicationcontroller",
        watches={
            "replicationcontrollers": itself,
            "pods": workloads.owned_by("ReplicationController"),
            **workloads.REFUSALS,
        },
        reconcile=workloads.each_of("replicationcontrollers", _reconcile),
    ),
)
