"""DaemonSets: one pod on each node that they want, which is the one node or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helmlite.sandbox.controllers import revisions, workloads
from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.controllers.scheduler import fits, tolerates
from helmlite.sandbox.objects import Obj, annotations_of, labels_of

SETS = "daemonsets.apps"
COMPONENT = "daemonset-controller"
GENERATION = "deprecated.daemonset.template.generation"
EFFECTS = {
    **dict.fromkeys(("not-ready", "unreachable"), "NoExecute"),
    **dict.fromkeys(("disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"), "NoSchedule"),
}
"""What every daemon tolerates: it stays where others must go."""


def _reconcile(client: Client, obj: Obj) -> None:
    held = workloads.claimed(client, "pods", obj)
    if workloads.is_leaving(obj):
        return
    revision, known = revisions.ensured(client, obj, revisions.POD_HASH)
    mark = _mark(revision)
    node = next((each["metadata"]["name"] for each in client.list("nodes") if _wants(obj, each)), "")
    _write_status(client, obj, held, mark, bool(node))
    rolls = (workloads.spec_of(obj).get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    if node and not held:
        workloads.create_pod(client, SETS, obj, _pod(obj, node, mark), component=COMPONENT)
    for pod in held:
        is_old = not node or workloads.is_finished(pod) or (rolls and _mark(pod) != mark)
        if is_old and not workloads.is_leaving(pod):
            workloads.delete_pod(client, obj, pod, component=COMPONENT)
    live = [revision["metadata"]["name"], *(f"{obj['metadata']['name']}-{_mark(each)}" for each in held)]
    revisions.prune(client, obj, known, live)


def _mark(obj: Obj) -> str:
    return labels_of(obj).get(revisions.POD_HASH, "")


def _wants(obj: Obj, node: Obj) -> bool:
    template = workloads.template_of(obj)
    return fits(template, node) and tolerates(_tolerations(template), node)


def _tolerations(template: Any) -> list[Obj]:
    listed = [
        {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": effect}
        for what, effect in EFFECTS.items()
    ]
    return [*(workloads.spec_of(template).get("tolerations") or ()), *listed]


def _pod(obj: Obj, node: str, mark: str) -> Obj:
    template = workloads.template_of(obj)
    generation = annotations_of(obj).get(GENERATION, str(obj["metadata"].get("generation", 1)))
    labels = {revisions.POD_HASH: mark, "pod-template-generation": generation}
    pod = workloads.pod_of(template, obj, generateName=f"{obj['metadata']['name']}-", labels=labels)
    required = {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]}
    affinity = pod["spec"].setdefault("affinity", {}).setdefault("nodeAffinity", {})
    affinity["requiredDuringSchedulingIgnoredDuringExecution"] = required
    pod["spec"]["tolerations"] = _tolerations(template)
    return pod


def _write_status(client: Client, obj: Obj, held: Sequence[Obj], mark: str, is_wanted: bool) -> None:
    there = [each for each in held if not workloads.is_leaving(each)]
    wanted = there if is_wanted else []
    seconds = workloads.number(workloads.spec_of(obj).get("minReadySeconds"), 0)
    available = sum(workloads.is_available(client, each, seconds) for each in wanted)
    status = {
        "currentNumberScheduled": min(len(wanted), 1),
        "desiredNumberScheduled": int(is_wanted),
        "numberMisscheduled": len(there) - len(wanted),
        "numberReady": sum(map(workloads.is_ready, wanted)),
        "updatedNumberScheduled": sum(_mark(each) == mark for each in wanted),
        "numberAvailable": available,
        "numberUnavailable": max(0, int(is_wanted) - available),
        "observedGeneration": obj["metadata"].get("generation", 1),
    }
    kept = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
    workloads.set_status(client, SETS, obj, workloads.without_zeros(status, *kept))


CONTROLLERS = (workloads.of_pods("DaemonSet", SETS, _reconcile, "nodes"),)
