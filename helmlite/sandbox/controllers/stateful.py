"""StatefulSets: pods with a name and a volume of their own, made in order and replaced from the last to the first.

``maxUnavailable`` counts as 1.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helmlite.sandbox.controllers import revisions, workloads
from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.objects import Obj, labels_of
from helmlite.sandbox.status import StatusError
from helmlite.sandbox.store import key_of

SETS = "statefulsets.apps"
CLAIMS = "persistentvolumeclaims"
COMPONENT = "statefulset-controller"
POD_NAME = "statefulset.kubernetes.io/pod-name"


@dataclass
class _Set:
    """A StatefulSet in the middle of a reconcile. ``held`` are its pods by ordinal."""

    client: Client
    obj: Obj
    namespace: str
    name: str
    held: Mapping[int, Obj]
    update: Obj
    current: Obj

    @property
    def spec(self) -> Mapping[str, Any]:
        return workloads.spec_of(self.obj)

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

    def drops_claims(self, when: str) -> bool:
        """Return whether claims are deleted with what they belong to (``whenDeleted``, ``whenScaled``)."""
        return (self.spec.get("persistentVolumeClaimRetentionPolicy") or {}).get(when) == "Delete"

    def is_available(self, pod: Obj) -> bool:
        """Return whether the next one may follow this pod."""
        return workloads.is_available(self.client, pod, workloads.number(self.spec.get("minReadySeconds"), 0))

    def tell(self, what: str, reason: str, said: str) -> None:
        self.client.event(self.obj, what, reason, said, component=COMPONENT)


def _revision(pod: Obj) -> str:
    return labels_of(pod).get(revisions.POD_HASH, "")


def _reconcile(client: Client, obj: Obj) -> None:
    named = {each["metadata"]["name"]: each for each in workloads.claimed(client, "pods", obj)}
    if workloads.is_leaving(obj):
        return
    split = {name.rpartition("-"): pod for name, pod in named.items()}
    namespace, name = key_of(obj)
    held = {int(ordinal): pod for (start, _, ordinal), pod in split.items() if start == name and ordinal.isdecimal()}
    update, known = revisions.ensured(client, obj, "controller.kubernetes.io/hash")
    was = workloads.status_of(obj).get("currentRevision")
    current = next((each for each in known if each["metadata"]["name"] == was), update)
    state = _Set(client, obj, namespace, name, held, update, current)
    _write_status(state)
    _step(state)
    live = [update["metadata"]["name"], current["metadata"]["name"], *map(_revision, held.values())]
    revisions.prune(client, obj, known, live)


def _step(state: _Set) -> None:
    """Do what is next: make pods that miss, then take away those beyond the number, then replace old ones."""
    left = workloads.room(state.held.values())
    for ordinal in state.wanted:
        pod = state.held.get(ordinal)
        if pod is None:
            left -= 1
            is_done = left >= 0 and _create(state, ordinal) and not state.in_order
        elif workloads.is_finished(pod):
            _delete(state, pod)
            is_done = not state.in_order
        else:
            is_done = not state.in_order or state.is_available(pod)
        if not is_done:
            return
    for ordinal in sorted((each for each in state.held if each not in state.wanted), reverse=True):
        _delete(state, state.held[ordinal])
        for each in (state.spec.get("volumeClaimTemplates") or ()) if state.drops_claims("whenScaled") else ():
            state.client.delete(CLAIMS, state.namespace, f"{each['metadata']['name']}-{state.name}-{ordinal}")
        if state.in_order:
            return
    for ordinal in reversed(state.wanted) if state.rolls else ():
        pod = state.held.get(ordinal)
        if pod is None or ordinal < state.partition:
            return
        if _revision(pod) != state.update["metadata"]["name"]:
            _delete(state, pod)
            return
        if not state.is_available(pod):
            return


def _delete(state: _Set, pod: Obj) -> None:
    if not workloads.is_leaving(pod):
        name = pod["metadata"]["name"]
        state.client.delete("pods", state.namespace, name)
        state.tell("Normal", "SuccessfulDelete", f"delete Pod {name} in StatefulSet {state.name} successful")


def _create(state: _Set, ordinal: int) -> bool:
    name = f"{state.name}-{ordinal}"
    revision = state.current if state.rolls and ordinal < state.partition else state.update
    labels = {POD_NAME: name, "apps.kubernetes.io/pod-index": str(ordinal)}
    labels[revisions.POD_HASH] = revision["metadata"]["name"]
    pod = workloads.pod_of(revisions.template_of(revision), state.obj, name=name, labels=labels)
    pod["spec"]["hostname"] = name
    if state.spec.get("serviceName"):
        pod["spec"]["subdomain"] = state.spec["serviceName"]
    claims = {each["metadata"]["name"]: each for each in state.spec.get("volumeClaimTemplates") or ()}
    if claims:  # the set's own volumes come first, and hide those of the template
        own = [{"name": each, "persistentVolumeClaim": {"claimName": f"{each}-{name}"}} for each in claims]
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


def _create_claim(state: _Set, template: Mapping[str, Any], pod_name: str) -> None:
    name = f"{template['metadata']['name']}-{pod_name}"
    if state.client.get(CLAIMS, state.namespace, name) is not None:
        return
    selected = (state.spec.get("selector") or {}).get("matchLabels") or {}
    metadata = {key: value for key, value in template["metadata"].items() if key in ("labels", "annotations")}
    metadata |= {"name": name, "namespace": state.namespace, "labels": {**labels_of(template), **selected}}
    if state.drops_claims("whenDeleted"):
        metadata["ownerReferences"] = [workloads.reference(state.obj)]
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": template.get("spec")}
    state.client.create(CLAIMS, copy.deepcopy(claim), manager=workloads.MANAGER)
    said = f"Create Claim {name} Pod {pod_name} in StatefulSet {state.name} success"
    state.tell("Normal", "SuccessfulCreate", said)


def _write_status(state: _Set) -> None:
    held = list(state.held.values())
    update, current = state.update["metadata"]["name"], state.current["metadata"]["name"]
    present = [_revision(each) for each in held if not workloads.is_leaving(each)]
    status = {
        "observedGeneration": state.obj["metadata"].get("generation", 1),
        "replicas": len(held),
        "readyReplicas": sum(map(workloads.is_ready, held)),
        "availableReplicas": sum(map(state.is_available, held)),
        "currentReplicas": present.count(current),
        "updatedReplicas": present.count(update),
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": 0,
    }
    everything = {status["updatedReplicas"], status["readyReplicas"], status["replicas"]}
    if state.rolls and len(everything) == 1 and all(each in state.held for each in state.wanted):
        status |= {"currentReplicas": status["updatedReplicas"], "currentRevision": update}
    status = workloads.without_zeros(status, "replicas", "availableReplicas", "collisionCount")
    state.obj = workloads.set_status(state.client, SETS, state.obj, status)


CONTROLLERS = (workloads.of_pods("StatefulSet", SETS, _reconcile),)
