"""StatefulSets: pods with a name and a volume of their own, made in order and replaced from the last to the first.

``maxUnavailable`` counts as 1.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helmlite.sandbox.controllers import revisions, workloads
from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.objects import Obj, labels_of
from helmlite.sandbox.status import StatusError

SETS = "statefulsets.apps"
CLAIMS = "persistentvolumeclaims"
COMPONENT = "statefulset-controller"
POD_NAME = "statefulset.kubernetes.io/pod-name"


@dataclass(kw_only=True)
class _Set:
    """A StatefulSet in the middle of a reconcile. ``held`` are its pods by ordinal."""

    client: Client
    obj: Obj
    held: Mapping[int, Obj]
    update: Obj
    current: Obj

    @property
    def spec(self) -> Mapping[str, Any]:
        return workloads.spec_of(self.obj)

    @property
    def name(self) -> str:
        return str(self.obj["metadata"]["name"])

    @property
    def namespace(self) -> str:
        return str(self.obj["metadata"]["namespace"])

    @property
    def wanted(self) -> range:
        start = workloads.number((self.spec.get("ordinals") or {}).get("start"), 0)
        return range(start, start + workloads.number(self.spec.get("replicas"), 1))

    @property
    def in_order(self) -> bool:
        return bool(self.spec.get("podManagementPolicy") != "Parallel")

    @property
    def rolls(self) -> bool:
        return bool((self.spec.get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate")

    @property
    def partition(self) -> int:
        """Return the first ordinal that is to be of the new revision."""
        rolling = (self.spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
        return workloads.number(rolling.get("partition"), 0)

    @property
    def seconds(self) -> int:
        return workloads.number(self.spec.get("minReadySeconds"), 0)

    def is_healthy(self, pod: Obj | None) -> bool:
        """Return whether the next one may follow this pod."""
        return pod is not None and workloads.is_available(self.client, pod, self.seconds)

    def tell(self, what: str, reason: str, said: str) -> None:
        self.client.event(self.obj, what, reason, said, component=COMPONENT)


def _revision(pod: Obj) -> str:
    return labels_of(pod).get(revisions.POD_HASH, "")


def _ordinal(obj: Obj, pod: Obj) -> int | None:
    """Return the number at the end of a pod's name, None when the name is not one of this set's."""
    start, _, number = pod["metadata"]["name"].rpartition("-")
    return int(number) if start == obj["metadata"]["name"] and number.isdecimal() else None


def _reconcile(client: Client, obj: Obj) -> None:
    claimed = ((_ordinal(obj, each), each) for each in workloads.claimed(client, "pods", obj))
    held = {ordinal: each for ordinal, each in claimed if ordinal is not None}
    if workloads.is_leaving(obj):
        return
    update, known = revisions.ensured(client, obj, "controller.kubernetes.io/hash")
    named = {each["metadata"]["name"]: each for each in known}
    current = named.get(workloads.status_of(obj).get("currentRevision", ""), update)
    state = _Set(client=client, obj=obj, held=held, update=update, current=current)
    _write_status(state)
    _step(state)
    live = [update["metadata"]["name"], current["metadata"]["name"], *map(_revision, held.values())]
    revisions.prune(client, obj, known, live)


def _step(state: _Set) -> None:
    """Do what is next: make pods that miss, then take away those beyond the number, then replace old ones."""
    left = 1 if state.in_order else workloads.BURST
    for ordinal in state.wanted:
        pod = state.held.get(ordinal)
        if pod is None:
            left -= 1
            if not _create(state, ordinal) or not left:
                return
        elif workloads.is_finished(pod) and not workloads.is_leaving(pod):
            said = f"StatefulSet {state.namespace}/{state.name} is recreating failed Pod {pod['metadata']['name']}"
            state.tell("Warning", "RecreatingFailedPod", said)
            _delete(state, pod)
            if state.in_order:
                return
        elif state.in_order and not state.is_healthy(pod):
            return
    for ordinal in sorted((each for each in state.held if each not in state.wanted), reverse=True):
        if not workloads.is_leaving(state.held[ordinal]):
            _delete(state, state.held[ordinal])
            _drop_claims(state, ordinal)
        if state.in_order:
            return
    if state.rolls:
        _replace(state)


def _replace(state: _Set) -> None:
    for ordinal in reversed(state.wanted):
        pod = state.held.get(ordinal)
        if pod is None or ordinal < state.partition:
            return
        if _revision(pod) != state.update["metadata"]["name"] and not workloads.is_leaving(pod):
            _delete(state, pod)
            return
        if not state.is_healthy(pod):
            return


def _delete(state: _Set, pod: Obj) -> None:
    name = pod["metadata"]["name"]
    state.client.delete("pods", state.namespace, name)
    state.tell("Normal", "SuccessfulDelete", f"delete Pod {name} in StatefulSet {state.name} successful")


def _create(state: _Set, ordinal: int) -> bool:
    name = f"{state.name}-{ordinal}"
    revision = state.current if state.rolls and ordinal < _first_new(state) else state.update
    pod = workloads.pod_of(revisions.template_of(revision), state.obj, name=name)
    labels = {POD_NAME: name, "apps.kubernetes.io/pod-index": str(ordinal)}
    labels[revisions.POD_HASH] = revision["metadata"]["name"]
    pod["metadata"]["labels"] = {**(pod["metadata"].get("labels") or {}), **labels}
    pod["spec"]["hostname"] = name
    if state.spec.get("serviceName"):
        pod["spec"]["subdomain"] = state.spec["serviceName"]
    claims = {each["metadata"]["name"]: each for each in state.spec.get("volumeClaimTemplates") or ()}
    if claims:
        own = [
            {"name": each, "persistentVolumeClaim": {"claimName": f"{each}-{name}"}}
            for each in claims  # the set's own volumes come first, and hide those of the template
        ]
        others = [each for each in pod["spec"].get("volumes") or () if each.get("name") not in claims]
        pod["spec"]["volumes"] = [*own, *others]
    what = f"Create Pod {name} in StatefulSet {state.name}"
    try:
        for each in claims.values():
            _create_claim(state, each, name)
        state.client.create("pods", pod, manager=workloads.MANAGER)
    except StatusError as error:
        state.tell("Warning", "FailedCreate", f"{what} failed error: {error}")
        state.client.later(workloads.RETRY_SECONDS, SETS, state.namespace, state.name)
        return False
    state.tell("Normal", "SuccessfulCreate", f"{what} successful")
    return True


def _first_new(state: _Set) -> int:
    """Return the first ordinal whose pod is made of the new revision."""
    if state.partition:
        return state.partition
    return state.wanted.start + workloads.number(workloads.status_of(state.obj).get("currentReplicas"), 0)


def _retention(state: _Set, when: str) -> bool:
    """Return whether claims are deleted with what they belong to (``whenDeleted``, ``whenScaled``)."""
    return (state.spec.get("persistentVolumeClaimRetentionPolicy") or {}).get(when) == "Delete"


def _create_claim(state: _Set, template: Mapping[str, Any], pod_name: str) -> None:
    name = f"{template['metadata']['name']}-{pod_name}"
    if state.client.get(CLAIMS, state.namespace, name) is not None:
        return
    claim: Obj = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "spec": copy.deepcopy(template.get("spec") or {}),
    }
    metadata = {key: value for key, value in template["metadata"].items() if key in ("labels", "annotations")}
    selected = (state.spec.get("selector") or {}).get("matchLabels") or {}
    labels = {**(metadata.get("labels") or {}), **selected}
    claim["metadata"] = {**metadata, "name": name, "namespace": state.namespace, "labels": labels}
    if _retention(state, "whenDeleted"):
        claim["metadata"]["ownerReferences"] = [workloads.reference(state.obj)]
    state.client.create(CLAIMS, claim, manager=workloads.MANAGER)
    said = f"Create Claim {name} Pod {pod_name} in StatefulSet {state.name} success"
    state.tell("Normal", "SuccessfulCreate", said)


def _drop_claims(state: _Set, ordinal: int) -> None:
    for each in (state.spec.get("volumeClaimTemplates") or ()) if _retention(state, "whenScaled") else ():
        state.client.delete(CLAIMS, state.namespace, f"{each['metadata']['name']}-{state.name}-{ordinal}")


def _write_status(state: _Set) -> None:
    client, held = state.client, list(state.held.values())
    update, current = state.update["metadata"]["name"], state.current["metadata"]["name"]
    present = [each for each in held if not workloads.is_leaving(each)]
    status: dict[str, Any] = {
        "observedGeneration": state.obj["metadata"].get("generation", 1),
        "replicas": len(held),
        "readyReplicas": sum(map(workloads.is_ready, held)),
        "availableReplicas": sum(workloads.is_available(client, each, state.seconds) for each in held),
        "currentReplicas": sum(_revision(each) == current for each in present),
        "updatedReplicas": sum(_revision(each) == update for each in present),
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": 0,
    }
    everything = {status["updatedReplicas"], status["readyReplicas"], status["replicas"]}
    if state.rolls and len(everything) == 1 and all(each in state.held for each in state.wanted):
        status |= {"currentReplicas": status["updatedReplicas"], "currentRevision": update}
    status = workloads.without_zeros(status, "replicas", "availableReplicas", "collisionCount")
    state.obj = workloads.set_status(client, SETS, state.obj, status)


CONTROLLERS: Sequence[Controller] = (
    Controller(
        name="statefulset",
        watches={SETS: itself, "pods": workloads.owned_by("StatefulSet"), **workloads.REFUSALS},
        reconcile=workloads.each_of(SETS, _reconcile),
    ),
)
