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
from helmlite.sandbox.store import key_of

DEPLOYMENTS = "deployments.apps"
SETS = "replicasets.apps"
HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
OWN = ("kubectl.kubernetes.io/last-applied-configuration", REVISION)
"""Annotations that are not copied from a Deployment to its ReplicaSets."""
NO_DEADLINE = 2**31 - 1


@dataclass
class _Rollout:
    """A Deployment in the middle of a reconcile. ``conditions`` are those to be written, by type, in order."""

    client: Client
    obj: Obj
    sets: list[Obj]
    conditions: dict[str, Obj]

    @property
    def spec(self) -> Mapping[str, Any]:
        return workloads.spec_of(self.obj)

    @property
    def replicas(self) -> int:
        return workloads.number(self.spec.get("replicas"), 1)

    @property
    def newest(self) -> Obj | None:
        """Return the ReplicaSet of the template as it is now, the oldest where there are several."""
        return next((each for each in self.sets if _template_of(each) == workloads.template_of(self.obj)), None)

    @property
    def older(self) -> list[Obj]:
        newest = self.newest
        return [each for each in self.sets if each is not newest]

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
    def deadline(self) -> int | None:
        """Return how many seconds may go by without progress, None for any number."""
        found = workloads.number(self.spec.get("progressDeadlineSeconds"), NO_DEADLINE)
        return None if found == NO_DEADLINE else found

    def keep(self, held: Obj, changed: Obj) -> Obj:
        """Write a ReplicaSet, if it is not as it was."""
        if changed == held:
            return held
        made = self.client.update(SETS, changed, manager=workloads.MANAGER)
        self.sets = [made if each is held else each for each in self.sets]
        return made

    def scale(self, held: Obj, replicas: int) -> bool:
        """Give a ReplicaSet another size; returns whether it had another one."""
        before, name = _size(held), held["metadata"]["name"]
        if before == replicas:
            return False
        self.keep(held, {**held, "spec": {**held["spec"], "replicas": replicas}})
        said = f"Scaled {'up' if replicas > before else 'down'} replica set {name} from {before} to {replicas}"
        self.client.event(self.obj, "Normal", "ScalingReplicaSet", said, component="deployment-controller")
        return True

    def set_condition(self, name: str, status: str, reason: str, message: str, *, renew: bool = False) -> None:
        """Set a condition; one of the same status and reason stays as it is, unless its time is to be renewed."""
        old, now = self.conditions.get(name, {}), workloads.timestamp(self.client)
        if renew or (old.get("status"), old.get("reason")) != (status, reason):
            made = workloads.conditioned(self.client, old, name, status, reason, message, lastUpdateTime=now)
            self.conditions[name] = made


def _size(held: Obj) -> int:
    return workloads.number(workloads.spec_of(held).get("replicas"), 1)


def _available(held: Obj) -> int:
    return workloads.number(workloads.status_of(held).get("availableReplicas"), 0)


def _revision(obj: Obj) -> int:
    found = annotations_of(obj).get(REVISION, "")
    return int(found) if found.isdecimal() else 0


def _template_of(held: Obj) -> Any:
    template = copy.deepcopy(dict(workloads.template_of(held)))
    ((template.get("metadata") or {}).get("labels") or {}).pop(HASH, None)
    return template


def _reconcile(client: Client, obj: Obj) -> None:
    claimed = workloads.claimed(client, SETS, obj)
    sets = sorted(claimed, key=lambda each: (each["metadata"]["creationTimestamp"], each["metadata"]["uid"]))
    conditions = {each["type"]: each for each in workloads.status_of(obj).get("conditions") or ()}
    rollout = _Rollout(client, obj, sets, conditions)
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
    is_paused = bool(rollout.spec.get("paused"))
    if is_paused == (found == "DeploymentPaused") or rollout.deadline is None or found == "ProgressDeadlineExceeded":
        return
    word = "paused" if is_paused else "resumed"
    rollout.set_condition("Progressing", "Unknown", f"Deployment{word.title()}", f"Deployment is {word}")


def _scale_paused(rollout: _Rollout) -> None:
    """Give what replicas there are to the one ReplicaSet that has any, or to the newest."""
    chosen = [each for each in rollout.sets if _size(each)] or ([rollout.newest] if rollout.newest else [])
    if len(chosen) == 1:
        rollout.scale(chosen[0], rollout.replicas)


def _roll(rollout: _Rollout) -> None:
    surge, missing = rollout.limits
    newest = _ensure_newest(rollout)
    room = rollout.replicas + surge - sum(map(_size, rollout.sets))
    if rollout.scale(newest, min(rollout.replicas, _size(newest) + max(room, 0))):
        return
    older = [each for each in rollout.older if _size(each)]
    if not older:
        _prune(rollout)
    least = rollout.replicas - missing
    spare = sum(map(_size, rollout.sets)) - least - (_size(newest) - _available(newest))
    idle = max(sum(map(_available, rollout.sets)) - least, 0)
    for each in older if spare > 0 else ():
        # pods that are not available are no loss
        dead = max(min(spare, _size(each) - _available(each)), 0)
        less = min(idle, _size(each) - dead)
        rollout.scale(each, _size(each) - dead - less)
        spare, idle = spare - dead, idle - less


def _recreate(rollout: _Rollout) -> None:
    shrunk = [rollout.scale(each, 0) for each in rollout.older]
    if any(shrunk) or any(map(_has_pods, rollout.older)):
        return
    if not rollout.scale(_ensure_newest(rollout), rollout.replicas):
        _prune(rollout)


def _has_pods(held: Obj) -> bool:
    status = workloads.status_of(held)
    seen = status.get("observedGeneration") == held["metadata"].get("generation")
    return not seen or bool(status.get("replicas") or status.get("terminatingReplicas"))


def _ensure_newest(rollout: _Rollout) -> Obj:
    """Return the ReplicaSet of the template, made if need be (with no replicas yet), with its revision noted."""
    held = rollout.newest or _create(rollout)
    revision = max(_revision(held), 1 + max(map(_revision, rollout.older), default=0))
    copied = {key: value for key, value in annotations_of(rollout.obj).items() if key not in OWN}
    changed = workloads.with_metadata(held, annotations={**annotations_of(held), **copied, REVISION: str(revision)})
    seconds = workloads.number(rollout.spec.get("minReadySeconds"), 0)
    if seconds != workloads.number(held["spec"].get("minReadySeconds"), 0):
        changed["spec"] = {**held["spec"], "minReadySeconds": seconds}
    newest = rollout.keep(held, changed)
    if _revision(rollout.obj) != revision:
        annotations = {**annotations_of(rollout.obj), REVISION: str(revision)}
        marked = workloads.with_metadata(rollout.obj, annotations=annotations)
        rollout.obj = rollout.client.update(DEPLOYMENTS, marked, manager=workloads.MANAGER, subresource="status")
    return newest


def _create(rollout: _Rollout) -> Obj:
    metadata, template = rollout.obj["metadata"], workloads.template_of(rollout.obj)
    mark = {HASH: workloads.stable_hash(template)}
    name = f"{metadata['name']}-{mark[HASH]}"
    labels, selector = {**labels_of(template), **mark}, rollout.spec.get("selector") or {}
    made: Obj = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": labels,
            "ownerReferences": [workloads.reference(rollout.obj)],
        },
        "spec": {
            "replicas": 0,
            "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), **mark}},
            "template": {**template, "metadata": {**template["metadata"], "labels": labels}},
        },
    }
    found = rollout.client.create(SETS, copy.deepcopy(made), manager=workloads.MANAGER)
    rollout.sets.append(found)
    if rollout.deadline is not None:
        rollout.set_condition("Progressing", "True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
    return found


def _prune(rollout: _Rollout) -> None:
    """Delete the oldest ReplicaSets beyond the number to be kept for going back, once all is rolled out."""
    limit = workloads.number(rollout.spec.get("revisionHistoryLimit"), 10)
    idle = [each for each in rollout.older if not (_size(each) or _has_pods(each) or workloads.is_leaving(each))]
    for each in sorted(idle, key=_revision)[: max(len(idle) - limit, 0)]:
        rollout.client.delete(SETS, *key_of(each))
        rollout.sets.remove(each)


def _write_status(rollout: _Rollout) -> None:
    sets, newest = rollout.sets, rollout.newest
    fields = ("replicas", "readyReplicas", "availableReplicas", "terminatingReplicas")
    status = {
        field: sum(workloads.number(workloads.status_of(each).get(field), 0) for each in sets) for field in fields
    }
    status |= {
        "observedGeneration": rollout.obj["metadata"].get("generation", 1),
        "updatedReplicas": workloads.number(workloads.status_of(newest or {}).get("replicas"), 0),
        "unavailableReplicas": max(0, sum(map(_size, sets)) - status["availableReplicas"]),
    }
    if status["availableReplicas"] >= rollout.replicas - rollout.limits[1]:
        said = "Deployment has minimum availability."
        rollout.set_condition("Available", "True", "MinimumReplicasAvailable", said)
    else:
        said = "Deployment does not have minimum availability."
        rollout.set_condition("Available", "False", "MinimumReplicasUnavailable", said)
    if rollout.deadline is not None and not rollout.spec.get("paused"):
        _judge_progress(rollout, status)
    failures = [workloads.condition(each, "ReplicaFailure") for each in sets]
    failed = next((each for each in reversed(failures) if each), None)
    if failed:
        rollout.set_condition("ReplicaFailure", failed["status"], failed["reason"], failed["message"])
    else:
        rollout.conditions.pop("ReplicaFailure", None)
    written = workloads.without_zeros(status, "terminatingReplicas")
    if "collisionCount" in workloads.status_of(rollout.obj):  # which somebody may have given
        written["collisionCount"] = workloads.status_of(rollout.obj)["collisionCount"]
    kept = workloads.status_of(rollout.obj).get("collisionCount")  # never counted here, but somebody may have said it
    written |= {"conditions": list(rollout.conditions.values()), **({} if kept is None else {"collisionCount": kept})}
    workloads.set_status(rollout.client, DEPLOYMENTS, rollout.obj, written)


def _judge_progress(rollout: _Rollout, status: Mapping[str, Any]) -> None:
    """Set the condition Progressing by comparing the status to be written with the one that was."""
    newest, found = rollout.newest, rollout.conditions.get("Progressing", {})
    reason = workloads.condition(rollout.obj, "Progressing").get("reason")
    if status["replicas"] == status["updatedReplicas"] and reason == "NewReplicaSetAvailable":
        return
    kind, named = ("ReplicaSet", newest) if newest else ("Deployment", rollout.obj)
    subject = f'{kind} "{named["metadata"]["name"]}"'
    moved = any(now > was for now, was in zip(_steps(status), _steps(workloads.status_of(rollout.obj)), strict=True))
    if {status[each] for each in ("updatedReplicas", "replicas", "availableReplicas")} == {rollout.replicas}:
        said = f"{subject} has successfully progressed."
        rollout.set_condition("Progressing", "True", "NewReplicaSetAvailable", said)
    elif moved:
        said = f"{subject} is progressing."
        rollout.set_condition("Progressing", "True", "ReplicaSetUpdated", said, renew=True)
    elif found.get("reason", "NewReplicaSetAvailable") != "NewReplicaSetAvailable" and rollout.client.waited(
        rollout.deadline or 0, found.get("lastUpdateTime", ""), DEPLOYMENTS, *key_of(rollout.obj), paced=False
    ):
        said = f"{subject} has timed out progressing."
        rollout.set_condition("Progressing", "False", "ProgressDeadlineExceeded", said)


def _steps(status: Mapping[str, Any]) -> Sequence[int]:
    """Return numbers any of which grows when a rollout progresses."""
    names = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    replicas, updated, ready, available = (workloads.number(status.get(each), 0) for each in names)
    return updated, updated - replicas, ready, available


CONTROLLERS: Sequence[Controller] = (
    Controller(
        name="deployment",
        watches={DEPLOYMENTS: itself, SETS: workloads.owned_by("Deployment")},
        reconcile=workloads.each_of(DEPLOYMENTS, _reconcile),
    ),
)
