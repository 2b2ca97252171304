"""Deployments: one ReplicaSet for each pod template, the newest one grown as the others shrink.

While a rollout is under way a change of ``replicas`` is taken up by the rollout's own steps; the real controller first
shares it out among the ReplicaSets.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helmlite.sandbox.controllers import workloads
from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.objects import Obj, annotations_of, labels_of

SETS = "replicasets.apps"
HASH = "pod-template-hash"
_PREFIX = "deployment.kubernetes.io/"
REVISION, HISTORY = f"{_PREFIX}revision", f"{_PREFIX}revision-history"
DESIRED, MAXIMUM = f"{_PREFIX}desired-replicas", f"{_PREFIX}max-replicas"
OWN = ("kubectl.kubernetes.io/last-applied-configuration", REVISION, HISTORY, DESIRED, MAXIMUM)
"""Annotations that are not copied from a Deployment to its ReplicaSets."""
NO_DEADLINE = 2**31 - 1


@dataclass(kw_only=True)
class _Rollout:
    """A Deployment in the middle of a reconcile. ``conditions`` are those to be written, by type, in order."""

    client: Client
    obj: Obj
    sets: list[Obj]
    conditions: dict[str, Obj]
    collisions: int

    @property
    def spec(self) -> Mapping[str, Any]:
        return workloads.spec_of(self.obj)

    @property
    def replicas(self) -> int:
        return workloads.number(self.spec.get("replicas"), 1)

    @property
    def newest(self) -> Obj | None:
        """Return the ReplicaSet of the template as it is now, the oldest where there are several."""
        return next((each for each in self.sets if _template_of(each) == (self.spec.get("template") or {})), None)

    @property
    def older(self) -> list[Obj]:
        newest = self.newest
        return [each for each in self.sets if newest is None or _uid(each) != _uid(newest)]

    @property
    def is_recreate(self) -> bool:
        return (self.spec.get("strategy") or {}).get("type") == "Recreate"

    @property
    def limits(self) -> tuple[int, int]:
        """Return how many pods may be there beyond ``replicas``, and how many of these may be missing."""
        if self.is_recreate:
            return 0, 0
        rolling = (self.spec.get("strategy") or {}).get("rollingUpdate") or {}
        surge = workloads.share(rolling.get("maxSurge"), self.replicas, "25%", up=True)
        missing = workloads.share(rolling.get("maxUnavailable"), self.replicas, "25%", up=False)
        return surge, min(missing if surge or missing else 1, self.replicas)

    @property
    def deadline(self) -> int:
        return workloads.number(self.spec.get("progressDeadlineSeconds"), NO_DEADLINE)

    def keep(self, changed: Obj) -> Obj:
        """Write a ReplicaSet, if it is not as it was."""
        if changed in self.sets:
            return changed
        made = self.client.update(SETS, changed, manager=workloads.MANAGER)
        self.sets = [made if _uid(each) == _uid(made) else each for each in self.sets]
        return made

    def scale(self, held: Obj, replicas: int) -> bool:
        """Give a ReplicaSet another size; returns whether it had another one."""
        before = _size(held)
        changed = copy.deepcopy(held)
        changed["spec"]["replicas"] = replicas
        changed["metadata"].setdefault("annotations", {}).update(self.sizes())
        self.keep(changed)
        if before != replicas:
            verb = "up" if replicas > before else "down"
            said = f"Scaled {verb} replica set {held['metadata']['name']} from {before} to {replicas}"
            self.client.event(self.obj, "Normal", "ScalingReplicaSet", said, component="deployment-controller")
        return before != replicas

    def sizes(self) -> Mapping[str, str]:
        """Return the annotations that tell a ReplicaSet how large the Deployment is."""
        most = self.replicas + self.limits[0] if self.replicas else 0
        return {DESIRED: str(self.replicas), MAXIMUM: str(most)}

    def set_condition(self, name: str, status: str, reason: str, message: str, *, renew: bool = False) -> None:
        """Set a condition; one of the same status and reason stays as it is, unless its time is to be renewed."""
        old, now = self.conditions.get(name), workloads.timestamp(self.client)
        if old and (old["status"], old["reason"]) == (status, reason) and not renew:
            return
        since = old["lastTransitionTime"] if old and old["status"] == status else now
        self.conditions.pop(name, None)
        self.conditions[name] = {
            "type": name,
            "status": status,
            "lastUpdateTime": now,
            "lastTransitionTime": since,
            "reason": reason,
            "message": message,
        }


def _uid(obj: Obj) -> str:
    return str(obj["metadata"]["uid"])


def _size(held: Obj) -> int:
    return workloads.number(workloads.spec_of(held).get("replicas"), 1)


def _available(held: Obj) -> int:
    return workloads.number(workloads.status_of(held).get("availableReplicas"), 0)


def _revision(obj: Obj) -> int:
    found = annotations_of(obj).get(REVISION, "")
    return int(found) if found.isdecimal() else 0


def _template_of(held: Obj) -> Any:
    template = copy.deepcopy(workloads.spec_of(held).get("template") or {})
    ((template.get("metadata") or {}).get("labels") or {}).pop(HASH, None)
    return template


def _reconcile(client: Client, obj: Obj) -> None:
    sets = sorted(
        workloads.claimed(client, SETS, obj), key=lambda each: (each["metadata"]["creationTimestamp"], _uid(each))
    )
    conditions = {each["type"]: each for each in workloads.status_of(obj).get("conditions") or ()}
    collisions = workloads.number(workloads.status_of(obj).get("collisionCount"), 0)
    rollout = _Rollout(client=client, obj=obj, sets=sets, conditions=dict(conditions), collisions=collisions)
    if not workloads.is_leaving(obj):
        _note_pause(rollout)
        if rollout.spec.get("paused"):
            _scale_paused(rollout)
        elif rollout.is_recreate:
            _recreate(rollout)
        else:
            _roll(rollout)
    _write_status(rollout)


def _note_pause(rollout: _Rollout) -> None:
    found = rollout.conditions.get("Progressing", {}).get("reason")
    if rollout.deadline == NO_DEADLINE or found == "ProgressDeadlineExceeded":
        return
    if rollout.spec.get("paused") and found != "DeploymentPaused":
        rollout.set_condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
    elif not rollout.spec.get("paused") and found == "DeploymentPaused":
        rollout.set_condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed")


def _scale_paused(rollout: _Rollout) -> None:
    """Give what replicas there are to the one ReplicaSet that has any, or to the newest."""
    active = [each for each in rollout.sets if _size(each)]
    newest = rollout.newest
    chosen = active or ([newest] if newest else [])
    if len(chosen) == 1:
        rollout.scale(chosen[0], rollout.replicas)


def _roll(rollout: _Rollout) -> None:
    surge, missing = rollout.limits
    newest = _ensure_newest(rollout)
    if newest is None:
        return
    room = rollout.replicas + surge - sum(map(_size, rollout.sets))
    wanted = min(rollout.replicas, _size(newest) + max(room, 0))
    if rollout.scale(newest, wanted):
        return
    older = [each for each in rollout.older if _size(each)]
    least = rollout.replicas - missing
    spare = sum(map(_size, rollout.sets)) - least - (_size(newest) - _available(newest))
    if not older:
        _prune(rollout)
    if not older or spare <= 0:
        return
    for each in older:  # pods that are not available are no loss
        dead = min(spare, _size(each) - _available(each))
        if dead > 0:
            rollout.scale(each, _size(each) - dead)
            spare -= dead
    spare = sum(map(_available, rollout.sets)) - least
    for each in [each for each in rollout.older if _size(each)]:
        less = min(max(spare, 0), _size(each))
        rollout.scale(each, _size(each) - less)
        spare -= less


def _recreate(rollout: _Rollout) -> None:
    shrunk = [rollout.scale(each, 0) for each in rollout.older if _size(each)]
    if any(shrunk) or any(_has_pods(each) for each in rollout.older):
        return
    newest = _ensure_newest(rollout)
    if newest is not None and not rollout.scale(newest, rollout.replicas):
        _prune(rollout)


def _has_pods(held: Obj) -> bool:
    status = workloads.status_of(held)
    seen = status.get("observedGeneration") == held["metadata"].get("generation")
    return not seen or bool(status.get("replicas") or status.get("terminatingReplicas"))


def _ensure_newest(rollout: _Rollout) -> Obj | None:
    """Return the ReplicaSet of the template, made if need be (with no replicas yet), with revision and sizes noted.

    None when its name is taken by another one: the next name is tried when the count of collisions is written.
    """
    revision = 1 + max(map(_revision, rollout.older), default=0)
    newest = rollout.newest
    copied = {key: value for key, value in annotations_of(rollout.obj).items() if key not in OWN}
    if newest is None:
        newest = _create(rollout, {**copied, REVISION: str(revision), **rollout.sizes()})
        if newest is None:
            return None
    else:
        changed = copy.deepcopy(newest)
        annotations = changed["metadata"].setdefault("annotations", {})
        annotations |= {**copied, **rollout.sizes()}
        if _revision(newest) < revision:
            past = [annotations[HISTORY]] if annotations.get(HISTORY) else []
            if _revision(newest):
                annotations[HISTORY] = ",".join([*past, str(_revision(newest))])
            annotations[REVISION] = str(revision)
        if "minReadySeconds" in rollout.spec or "minReadySeconds" in changed["spec"]:
            changed["spec"]["minReadySeconds"] = workloads.number(rollout.spec.get("minReadySeconds"), 0)
        newest = rollout.keep(changed)
        if rollout.deadline != NO_DEADLINE and "Progressing" not in rollout.conditions:
            said = f'Found new replica set "{newest["metadata"]["name"]}"'
            rollout.set_condition("Progressing", "True", "FoundNewReplicaSet", said)
    if _revision(rollout.obj) != _revision(newest):
        marked = copy.deepcopy(rollout.obj)
        marked["metadata"].setdefault("annotations", {})[REVISION] = str(_revision(newest))
        rollout.obj = rollout.client.update("deployments.apps", marked, manager=workloads.MANAGER, subresource="status")
    return newest


def _create(rollout: _Rollout, annotations: Mapping[str, str]) -> Obj | None:
    metadata, spec = rollout.obj["metadata"], rollout.spec
    template = copy.deepcopy(dict(spec.get("template") or {}))
    mark = {HASH: workloads.stable_hash(template, rollout.collisions)}
    name = f"{metadata['name']}-{mark[HASH]}"
    if rollout.client.get(SETS, metadata["namespace"], name) is not None:
        rollout.collisions += 1
        return None
    labels = {**labels_of(template if template.get("metadata") else {"metadata": {}}), **mark}
    template["metadata"] = {**(template.get("metadata") or {}), "labels": labels}
    selector = copy.deepcopy(dict(spec.get("selector") or {}))
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), **mark}
    made: Obj = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": labels,
            "annotations": dict(annotations),
            "ownerReferences": [workloads.reference(rollout.obj)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
    }
    if spec.get("minReadySeconds"):
        made["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    found = rollout.client.create(SETS, made, manager=workloads.MANAGER)
    rollout.sets.append(found)
    if rollout.deadline != NO_DEADLINE:
        rollout.set_condition("Progressing", "True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
    return found


def _prune(rollout: _Rollout) -> None:
    """Delete the oldest ReplicaSets beyond the number to be kept for going back, once all is rolled out."""
    limit = workloads.number(rollout.spec.get("revisionHistoryLimit"), 10)
    idle = [
        each for each in rollout.older if not _size(each) and not _has_pods(each) and not workloads.is_leaving(each)
    ]
    for each in sorted(idle, key=_revision)[: max(len(idle) - limit, 0)]:
        rollout.client.delete(SETS, each["metadata"]["namespace"], each["metadata"]["name"])
        rollout.sets = [one for one in rollout.sets if _uid(one) != _uid(each)]


def _write_status(rollout: _Rollout) -> None:
    obj, sets = rollout.obj, rollout.sets
    newest = rollout.newest

    def total(field: str, among: Sequence[Obj] = sets) -> int:
        return sum(workloads.number(workloads.status_of(each).get(field), 0) for each in among)

    available = total("availableReplicas")
    status: dict[str, Any] = {
        "observedGeneration": obj["metadata"].get("generation", 1),
        "replicas": total("replicas"),
        "updatedReplicas": total("replicas", [newest] if newest else []),
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(map(_size, sets)) - available),
        "terminatingReplicas": total("terminatingReplicas"),
        "collisionCount": rollout.collisions,
    }
    if available >= rollout.replicas - rollout.limits[1]:
        said = "Deployment has minimum availability."
        rollout.set_condition("Available", "True", "MinimumReplicasAvailable", said)
    else:
        said = "Deployment does not have minimum availability."
        rollout.set_condition("Available", "False", "MinimumReplicasUnavailable", said)
    if rollout.deadline != NO_DEADLINE and not rollout.spec.get("paused"):
        _judge_progress(rollout, status)
    failures = [workloads.condition(each, "ReplicaFailure") for each in ([newest] if newest else []) + rollout.older]
    failed = next((each for each in failures if each), None)
    if failed:
        rollout.set_condition("ReplicaFailure", failed["status"], failed["reason"], failed["message"])
    else:
        rollout.conditions.pop("ReplicaFailure", None)
    status = workloads.without_zeros(status, "terminatingReplicas")
    workloads.set_status(
        rollout.client, "deployments.apps", obj, {**status, "conditions": list(rollout.conditions.values())}
    )


def _judge_progress(rollout: _Rollout, status: Mapping[str, Any]) -> None:
    """Set the condition Progressing by comparing the status to be written with the one that was."""
    before, newest = workloads.status_of(rollout.obj), rollout.newest
    reason = workloads.condition(rollout.obj, "Progressing").get("reason")
    if status["replicas"] == status["updatedReplicas"] and reason == "NewReplicaSetAvailable":
        return
    subject = (
        f'ReplicaSet "{newest["metadata"]["name"]}"' if newest else f'Deployment "{rollout.obj["metadata"]["name"]}"'
    )
    counts = {status[each] for each in ("updatedReplicas", "replicas", "availableReplicas")}

    def was(field: str) -> int:
        return workloads.number(before.get(field), 0)

    moved = (
        status["updatedReplicas"] > was("updatedReplicas")
        or status["replicas"] - status["updatedReplicas"] < was("replicas") - was("updatedReplicas")
        or status["readyReplicas"] > was("readyReplicas")
        or status["availableReplicas"] > was("availableReplicas")
    )
    if counts == {rollout.replicas}:
        said = f"{subject} has successfully progressed."
        rollout.set_condition("Progressing", "True", "NewReplicaSetAvailable", said)
    elif moved:
        said = f"{subject} is progressing."
        rollout.set_condition("Progressing", "True", "ReplicaSetUpdated", said, renew=True)
    elif _timed_out(rollout):
        said = f"{subject} has timed out progressing."
        rollout.set_condition("Progressing", "False", "ProgressDeadlineExceeded", said)


def _timed_out(rollout: _Rollout) -> bool:
    found = rollout.conditions.get("Progressing")
    if found is None or found["reason"] == "NewReplicaSetAvailable":
        return False
    metadata, since = rollout.obj["metadata"], found.get("lastUpdateTime", "")
    return found["reason"] == "ProgressDeadlineExceeded" or rollout.client.waited(
        rollout.deadline, since, "deployments.apps", metadata["namespace"], metadata["name"], paced=False
    )


CONTROLLERS: Sequence[Controller] = (
    Controller(
        name="deployment",
        watches={"deployments.apps": itself, SETS: workloads.owned_by("Deployment")},
        reconcile=workloads.each_of("deployments.apps", _reconcile),
    ),
)
