"""DaemonSets: one pod on each node that they want, which is the one node or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helmlite.sandbox.controllers import revisions, workloads
from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.controllers.scheduler import fits, tolerates
from helmlite.sandbox.objects import Obj, annotations_of, labels_of

SETS = "daemonsets.apps"
COMPONENT = "daemonset-controller"
GENERATION = "deprecated.daemonset.template.generation"
_CONDITIONS = ("disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")


def _reconcile(client: Client, obj: Obj) -> None:
    held = workloads.claimed(client, "pods", obj)
    if workloads.is_leaving(obj):
        return
    revision, known = revisions.ensured(client, obj, revisions.POD_HASH)
    mark = labels_of(revision).get(revisions.POD_HASH, "")
    nodes = [each for each in client.list("nodes") if _wants(obj, each)]
    names = [each["metadata"]["name"] for each in nodes]
    _write_status(client, obj, held, mark, names)
    for name in names:
        _step(client, obj, [each for each in held if _node_of(each) == name], name, mark)
    for pod in held:
        if _node_of(pod) not in names and not workloads.is_leaving(pod):
            workloads.delete_pod(client, obj, pod, component=COMPONENT)
    live = [revision["metadata"]["name"], *(f"{obj['metadata']['name']}-{_mark(each)}" for each in held)]
    revisions.prune(client, obj, known, live)


def _mark(pod: Obj) -> str:
    return labels_of(pod).get(revisions.POD_HASH, "")


def _wants(obj: Obj, node: Obj) -> bool:
    template = workloads.spec_of(obj).get("template") or {}
    return fits(template, node) and tolerates(_tolerations(template), node)


def _tolerations(template: Any) -> list[Obj]:
    """Return the template's tolerations, and those that every daemon has: it stays where others must go."""
    found = list((template.get("spec") or {}).get("tolerations") or ())
    effects = {"not-ready": "NoExecute", "unreachable": "NoExecute", **dict.fromkeys(_CONDITIONS, "NoSchedule")}
    if (template.get("spec") or {}).get("hostNetwork"):
        effects["network-unavailable"] = "NoSchedule"
    for what, effect in effects.items():
        found.append({"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": effect})
    return found


def _node_of(pod: Obj) -> str:
    """Return the node that the pod runs on, or is made for."""
    spec = workloads.spec_of(pod)
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    for term in (required or {}).get("nodeSelectorTerms") or ():
        for each in term.get("matchFields") or ():
            return str((each.get("values") or [""])[0])
    return ""


def _step(client: Client, obj: Obj, held: Sequence[Obj], node: str, mark: str) -> None:
    """Make the node's pod, or delete one that has failed or that is of an older revision."""
    for pod in held:
        if workloads.is_leaving(pod):
            return
        if workloads.is_finished(pod):
            where = f"{pod['metadata']['namespace']}/{pod['metadata']['name']} on node {node}"
            said = f"Found failed daemon pod {where}, will try to kill it"
            client.event(obj, "Warning", "FailedDaemonPod", said, component=COMPONENT)
            workloads.delete_pod(client, obj, pod, component=COMPONENT)
            return
    if not held:
        workloads.create_pod(client, SETS, obj, _pod(obj, node, mark), component=COMPONENT)
        return
    rolls = (workloads.spec_of(obj).get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    if rolls and _mark(held[0]) != mark:
        workloads.delete_pod(client, obj, held[0], component=COMPONENT)


def _pod(obj: Obj, node: str, mark: str) -> Obj:
    template = workloads.spec_of(obj).get("template") or {}
    pod = workloads.pod_of(template, obj, prefix=f"{obj['metadata']['name']}-")
    generation = annotations_of(obj).get(GENERATION, str(obj["metadata"].get("generation", 1)))
    labels = {revisions.POD_HASH: mark, "pod-template-generation": generation}
    pod["metadata"]["labels"] = {**(pod["metadata"].get("labels") or {}), **labels}
    pod["spec"]["tolerations"] = _tolerations(template)
    required = {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]}
    affinity = dict(pod["spec"].get("affinity") or {})
    wanted = {**(affinity.get("nodeAffinity") or {}), "requiredDuringSchedulingIgnoredDuringExecution": required}
    pod["spec"]["affinity"] = {**affinity, "nodeAffinity": wanted}
    return pod


def _write_status(client: Client, obj: Obj, held: Sequence[Obj], mark: str, names: Sequence[str]) -> None:
    there = [each for each in held if not workloads.is_leaving(each)]
    wanted = [each for each in there if _node_of(each) in names]
    seconds = workloads.number(workloads.spec_of(obj).get("minReadySeconds"), 0)
    available = sum(workloads.is_available(client, each, seconds) for each in wanted)
    status: dict[str, Any] = {
        "currentNumberScheduled": len({_node_of(each) for each in wanted}),
        "desiredNumberScheduled": len(names),
        "numberMisscheduled": len(there) - len(wanted),
        "numberReady": sum(map(workloads.is_ready, wanted)),
        "updatedNumberScheduled": sum(_mark(each) == mark for each in wanted),
        "numberAvailable": available,
        "numberUnavailable": max(0, len(names) - available),
        "observedGeneration": obj["metadata"].get("generation", 1),
    }
    kept = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
    workloads.set_status(client, SETS, obj, workloads.without_zeros(status, *kept))


CONTROLLERS: Sequence[Controller] = (
    Controller(
        name="daemonset",
        watches={
            SETS: itself,
            "pods": workloads.owned_by("DaemonSet"),
            "nodes": workloads.everyone,
            **workloads.REFUSALS,
        },
        reconcile=workloads.each_of(SETS, _reconcile),
    ),
)
