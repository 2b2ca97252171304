"""What gives pods their node, or says why there is none for them.

Weighed are the node's taints, selectors and required affinity, host ports, resources and claims. What pods are to
each other is not looked at, for there is one node, and nothing is preempted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from helmlite.sandbox import usage
from helmlite.sandbox.controllers import workloads
from helmlite.sandbox.controllers.controller import Client, Controller, Key
from helmlite.sandbox.objects import Obj, labels_of
from helmlite.sandbox.selectors import of_selector

MANAGER = "kube-scheduler"
COMPONENT = "default-scheduler"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def fits(pod: Mapping[str, Any], node: Obj) -> bool:
    """Return whether the node is one that the pod's (or pod template's) nodeSelector and required affinity name."""
    spec = workloads.spec_of(pod)
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(_REQUIRED)
    if not (spec.get("nodeSelector") or {}).items() <= labels_of(node).items():
        return False
    return not required or any(_meets(term, node) for term in required.get("nodeSelectorTerms") or ())


def _meets(term: Mapping[str, Any], node: Obj) -> bool:
    name = {"metadata": {"labels": {"metadata.name": node["metadata"]["name"]}}}
    parts = [(term.get("matchExpressions"), node), (term.get("matchFields"), name)]
    return any(rules for rules, _ in parts) and all(
        of_selector({"matchExpressions": rules or ()})(among) for rules, among in parts
    )


def tolerates(tolerations: Iterable[Mapping[str, Any]], node: Obj) -> bool:
    """Return whether the tolerations cover all taints that keep new pods off the node."""
    spec = workloads.spec_of(node)
    taints = [each for each in spec.get("taints") or () if each.get("effect") != "PreferNoSchedule"]
    if spec.get("unschedulable"):
        taints.append({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"})

    def covers(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
        key, effect = toleration.get("key") or "", toleration.get("effect") or ""
        same = toleration.get("operator") == "Exists" or (toleration.get("value") or "") == (taint.get("value") or "")
        return key in ("", taint.get("key")) and effect in ("", taint.get("effect")) and same

    return all(any(covers(each, taint) for each in tolerations) for taint in taints)


def _reconcile(client: Client, pod: Obj) -> None:
    spec = workloads.spec_of(pod)
    if spec.get("nodeName") or not workloads.is_active(pod) or spec.get("schedulerName", COMPONENT) != COMPONENT:
        return
    if spec.get("schedulingGates"):
        _set_condition(client, pod, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates")
        return
    nodes, missing = client.list("nodes"), _claims_fault(client, pod)
    message, start = "no nodes available to schedule pods", f"0/{len(nodes)} nodes are available: "
    if missing and nodes:
        message = f"{start}{missing}. not found"
    for node in () if missing else nodes:
        faults, hopeless = _faults(client, pod, node)
        if not faults:
            _bind(client, pod, node)
            return
        why = "Preemption is not helpful for scheduling" if hopeless else "No preemption victims found for incoming pod"
        listed = ", ".join(f"1 {each}" for each in faults)
        message = f"{start}{listed}. no new claims to deallocate, preemption: {start}1 {why}."
    if _set_condition(client, pod, "Unschedulable", message):
        client.event(pod, "Warning", "FailedScheduling", message, component=COMPONENT)


def _bind(client: Client, pod: Obj, node: Obj) -> None:
    metadata, name = pod["metadata"], node["metadata"]["name"]
    bound = client.update(
        "pods", {**pod, "spec": {**pod["spec"], "nodeName": name}}, manager=MANAGER, subresource="binding"
    )
    _set_condition(client, bound)
    said = f"Successfully assigned {metadata['namespace']}/{metadata['name']} to {name}"
    client.event(bound, "Normal", "Scheduled", said, component=COMPONENT)


def _set_condition(client: Client, pod: Obj, reason: str = "", message: str = "") -> bool:
    """Set the pod's condition PodScheduled, True without a reason; returns whether it was another before."""
    old, status = workloads.condition(pod, "PodScheduled"), "False" if reason else "True"
    if (old.get("status"), old.get("reason", ""), old.get("message", "")) == (status, reason, message):
        return False
    made = workloads.conditioned(client, old, "PodScheduled", status, reason, message, lastProbeTime=None)
    changed = workloads.with_conditions({"phase": "Pending", **workloads.status_of(pod)}, made)
    workloads.set_status(client, "pods", pod, changed, MANAGER)
    return True


def _claims_fault(client: Client, pod: Obj) -> str:
    """Return what keeps the pod's claims from being mounted, "" when nothing does."""
    for each in workloads.spec_of(pod).get("volumes") or ():
        name = (each.get("persistentVolumeClaim") or {}).get("claimName")
        claim = client.get("persistentvolumeclaims", pod["metadata"]["namespace"], name) if name else None
        if name and claim is None:
            return f'persistentvolumeclaim "{name}" not found'
        if claim and not workloads.spec_of(claim).get("volumeName"):
            return "pod has unbound immediate PersistentVolumeClaims"
    return ""


def _faults(client: Client, pod: Obj, node: Obj) -> tuple[Sequence[str], bool]:
    """Return why the node cannot take the pod, and whether it could not even with other pods gone."""
    if not tolerates(workloads.spec_of(pod).get("tolerations") or (), node):
        blocked = workloads.spec_of(node).get("unschedulable")
        return ["node(s) were unschedulable" if blocked else "node(s) had untolerated taint(s)"], True
    if not fits(pod, node):
        return ["node(s) didn't match Pod's node affinity/selector"], True
    placed = [each for each in client.list("pods") if workloads.spec_of(each).get("nodeName")]
    running = [each for each in placed if not workloads.is_finished(each)]
    ports = _ports(pod)
    if ports and any(ports & _ports(each) for each in running):
        return ["node(s) didn't have free ports for the requested pod ports"], False
    room = workloads.status_of(node).get("allocatable") or {}
    lacking = list(_lacking(pod, running, room))
    return lacking, bool(lacking) and bool(list(_lacking(pod, [], room)))


def _ports(pod: Obj) -> set[tuple[str, int]]:
    listed = [each for one in workloads.spec_of(pod).get("containers") or () for each in one.get("ports") or ()]
    return {(each.get("protocol", "TCP"), each["hostPort"]) for each in listed if each.get("hostPort")}


def _lacking(pod: Obj, running: Sequence[Obj], room: Mapping[str, str]) -> Iterator[str]:
    if len(running) + 1 > usage.value(room.get("pods", "0")):
        yield "Too many pods"
    wanted = usage.of_containers(workloads.spec_of(pod), "requests")
    used = [usage.of_containers(workloads.spec_of(each), "requests") for each in running] if wanted else []
    for name in sorted(wanted):
        asked = sum(usage.value(each.get(name, "0")) for each in (wanted, *used))
        if usage.value(wanted[name]) and asked > usage.value(room.get(name, "0")):
            yield f"Insufficient {name}"


def _keys(pod: Obj) -> Iterable[Key]:
    """Return the pod itself while it has no node, and all that wait when it frees its place."""
    if not workloads.spec_of(pod).get("nodeName"):
        yield pod["metadata"].get("namespace", ""), pod["metadata"]["name"]
    elif not workloads.is_active(pod):
        yield "", ""


CONTROLLERS: Sequence[Controller] = (
    Controller(
        name="scheduler",
        watches={"pods": _keys, "nodes": workloads.everyone, "persistentvolumeclaims": workloads.everyone},
        reconcile=workloads.each_of("pods", _reconcile),
    ),
)
