"""ReplicaSets: so many pods of one template."""

from __future__ import annotations

from typing import Any

from helmlite.sandbox.controllers import workloads
from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.objects import Obj, annotations_of, labels_of
from helmlite.sandbox.status import StatusError

SETS = "replicasets.apps"
COMPONENT = "replicaset-controller"
COST = "controller.kubernetes.io/pod-deletion-cost"


def _reconcile(client: Client, owner: Obj) -> None:
    active = [each for each in workloads.claimed(client, "pods", owner) if workloads.is_active(each)]
    wanted = workloads.number(workloads.spec_of(owner).get("replicas"), 1)
    refusal: StatusError | None = None
    if not workloads.is_leaving(owner):
        for pod in sorted(active, key=_rank)[: max(len(active) - wanted, 0)]:
            workloads.delete_pod(client, owner, pod, component=COMPONENT)
        for _ in range(min(wanted - len(active), workloads.room(active))):
            pod = workloads.pod_of(workloads.template_of(owner), owner, generateName=f"{owner['metadata']['name']}-")
            refusal = workloads.create_pod(client, SETS, owner, pod, component=COMPONENT)
            if refusal is not None:
                break
    status = _status(client, owner)
    if refusal is not None:
        failed = workloads.conditioned(client, {}, "ReplicaFailure", "True", "FailedCreate", str(refusal))
        # the message names a pod, another one each time
        status["conditions"] = [workloads.condition(owner, "ReplicaFailure") or failed]
    workloads.set_status(client, SETS, owner, status)


def _rank(pod: Obj) -> tuple[Any, ...]:
    """Return what sorts pods by who goes first: those without a node, then pending, not ready, cheap, young ones."""
    cost = annotations_of(pod).get(COST, "")
    return (
        bool(workloads.spec_of(pod).get("nodeName")),
        workloads.status_of(pod).get("phase") == "Running",
        workloads.is_ready(pod),
        int(cost) if cost.removeprefix("-").isdecimal() else 0,
        [-ord(letter) for letter in pod["metadata"].get("creationTimestamp", "")],
    )


def _status(client: Client, owner: Obj) -> dict[str, Any]:
    labels = labels_of(workloads.template_of(owner)).items()
    seconds = workloads.number(workloads.spec_of(owner).get("minReadySeconds"), 0)
    held = client.controlled("pods", owner)
    active = [each for each in held if workloads.is_active(each)]
    status = {
        "replicas": len(active),
        "fullyLabeledReplicas": sum(labels <= labels_of(each).items() for each in active),
        "readyReplicas": sum(map(workloads.is_ready, active)),
        "availableReplicas": sum(workloads.is_available(client, each, seconds) for each in active),
        "observedGeneration": owner["metadata"].get("generation", 1),
        "terminatingReplicas": sum(workloads.is_leaving(each) and not workloads.is_finished(each) for each in held),
    }
    return workloads.without_zeros(status, "replicas", "terminatingReplicas")


CONTROLLERS = (workloads.of_pods("ReplicaSet", SETS, _reconcile),)
