"""Whether a live object is ready: kstatus' rules for built-in kinds, conditions for all others.

The rules that differ from kstatus on purpose: a paused Deployment is not ready while it is behind, a LoadBalancer is
ready with its cluster IP unless more is asked for, a claim that waits for a pod that nobody brings is ready; a Pod
that restarts again and again, or finds no node, may recover: it is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ReadyState(StrEnum):
    """Ready; not yet; or never, unless somebody changes the object."""

    READY = "ready"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """A state and, when it is not ready, the reason for people."""

    state: ReadyState
    reason: str = ""


READY = Readiness(state=ReadyState.READY)


def waiting(reason: str) -> Readiness:
    """Return that an object is not ready yet."""
    return Readiness(state=ReadyState.WAITING, reason=reason)


def failed(reason: str) -> Readiness:
    """Return that an object will not become ready."""
    return Readiness(state=ReadyState.FAILED, reason=reason)


def readiness(
    body: Mapping[str, Any],
    *,
    generation_at_least: int = 0,
    for_jobs: bool = False,
    for_load_balancers: bool = False,
    claim_waits_for_pod: bool = False,
) -> Readiness:
    """Return whether a live object is ready.

    ``generation_at_least`` is the generation of our own write: what the server observed before it does not count.
    ``for_jobs`` asks for Jobs to be complete, ``for_load_balancers`` for their addresses; ``claim_waits_for_pod`` says
    that a pending volume claim waits for a pod that nothing brings.
    """
    metadata, status = _part(body, "metadata"), _part(body, "status")
    if metadata.get("deletionTimestamp"):
        return waiting("it is being deleted")
    generation = max(_number(metadata.get("generation")), generation_at_least)
    observed = status.get("observedGeneration")
    if observed is not None and _number(observed) < generation:
        return waiting("its controller has not seen the newest generation yet")
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    kind = str(body.get("kind", ""))
    if (group, kind) == ("", "Service"):
        return _service(body, for_load_balancers)
    if (group, kind) == ("networking.k8s.io", "Ingress"):
        return _balanced(status, "Ingress") if for_load_balancers else READY
    if (group, kind) == ("batch", "Job"):
        return _job(body, for_jobs)
    if (group, kind) == ("", "PersistentVolumeClaim"):
        return _claim(status, claim_waits_for_pod)
    rule = _RULES.get((group, kind))
    if rule is not None:
        return rule(body)
    return _by_conditions(status)


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(value: object, default: int = 0) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _conditions(status: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = status.get("conditions")
    listed = found if isinstance(found, list) else []
    return {str(each.get("type")): each for each in listed if isinstance(each, Mapping)}


def _said(condition: Mapping[str, Any], otherwise: str) -> str:
    return str(condition.get("message") or condition.get("reason") or otherwise)


def _seen(body: Mapping[str, Any]) -> Readiness | None:
    """Return what to wait for while a workload's controller has not looked at the object at all."""
    if _part(body, "status").get("observedGeneration") is None:
        return waiting("its controller has not seen it yet")
    return None


def _by_conditions(status: Mapping[str, Any]) -> Readiness:
    conditions = _conditions(status)
    stalled, reconciling, ready = (conditions.get(each) for each in ("Stalled", "Reconciling", "Ready"))
    if stalled and stalled.get("status") == "True":
        return failed(f"it is stalled: {_said(stalled, 'no reason given')}")
    if reconciling and reconciling.get("status") == "True":
        return waiting(_said(reconciling, "it is being reconciled"))
    if ready and ready.get("status") != "True":
        return waiting(_said(ready, "its condition Ready is not True"))
    return READY


def _deployment(body: Mapping[str, Any]) -> Readiness:
    spec, status = _part(body, "spec"), _part(body, "status")
    unseen = _seen(body)
    if unseen:
        return unseen
    progressing = _conditions(status).get("Progressing")
    if progressing and progressing.get("reason") == "ProgressDeadlineExceeded":
        return failed(f"its progress deadline passed: {_said(progressing, 'no progress')}")
    wanted = _number(spec.get("replicas"), 1)
    updated, total = _number(status.get("updatedReplicas")), _number(status.get("replicas"))
    available, ready = _number(status.get("availableReplicas")), _number(status.get("readyReplicas"))
    paused = " (it is paused)" if spec.get("paused") else ""
    if updated < wanted:
        return waiting(f"{updated} of {wanted} pods are updated{paused}")
    if total > updated:
        return waiting(f"old pods are still there: {total - updated}{paused}")
    if available < wanted:
        return waiting(f"{available} of {wanted} pods are available{paused}")
    return waiting(f"{ready} of {wanted} pods are ready{paused}") if ready < wanted else READY


def _replica_set(body: Mapping[str, Any]) -> Readiness:
    spec, status = _part(body, "spec"), _part(body, "status")
    unseen = _seen(body)
    if unseen:
        return unseen
    failure = _conditions(status).get("ReplicaFailure")
    if failure and failure.get("status") == "True":
        return waiting(_said(failure, "its pods cannot be made"))
    wanted = _number(spec.get("replicas"), 1)
    for field, what in (("replicas", "made"), ("availableReplicas", "available"), ("readyReplicas", "ready")):
        found = _number(status.get(field))
        if found < wanted:
            return waiting(f"{found} of {wanted} pods are {what}")
    extra = _number(status.get("replicas")) - wanted
    return waiting(f"{extra} pods too many are still there") if extra > 0 else READY


def _stateful_set(body: Mapping[str, Any]) -> Readiness:
    spec, status = _part(body, "spec"), _part(body, "status")
    unseen = _seen(body)
    if unseen:
        return unseen
    wanted = _number(spec.get("replicas"), 1)
    ready, total = _number(status.get("readyReplicas")), _number(status.get("replicas"))
    if total < wanted:
        return waiting(f"{total} of {wanted} pods are made")
    if ready < wanted:
        return waiting(f"{ready} of {wanted} pods are ready")
    if total > wanted:
        return waiting(f"{total - wanted} pods too many are still there")
    strategy = _part(spec, "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return READY
    partition = _number(_part(strategy, "rollingUpdate").get("partition"))
    updated = _number(status.get("updatedReplicas"))
    if partition:
        due = max(wanted - partition, 0)
        return waiting(f"{updated} of {due} pods are updated") if updated < due else READY
    if status.get("currentRevision") != status.get("updateRevision"):
        return waiting(f"{updated} of {wanted} pods are updated")
    return READY


def _daemon_set(body: Mapping[str, Any]) -> Readiness:
    status = _part(body, "status")
    unseen = _seen(body)
    if unseen:
        return unseen
    if "desiredNumberScheduled" not in status:
        return waiting("it is not known yet on how many nodes it belongs")
    wanted = _number(status.get("desiredNumberScheduled"))
    fields = [("currentNumberScheduled", "scheduled"), ("numberAvailable", "available"), ("numberReady", "ready")]
    if _part(_part(body, "spec"), "updateStrategy").get("type") != "OnDelete":
        fields.insert(1, ("updatedNumberScheduled", "updated"))
    for field, what in fields:
        found = _number(status.get(field))
        if found < wanted:
            return waiting(f"{found} of {wanted} pods are {what}")
    return READY


def _job(body: Mapping[str, Any], for_completion: bool) -> Readiness:
    spec, status = _part(body, "spec"), _part(body, "status")
    conditions = _conditions(status)
    over = conditions.get("Failed")
    if over and over.get("status") == "True":
        return failed(f"the Job failed: {_said(over, 'no reason given')}")
    complete = conditions.get("Complete")
    if complete and complete.get("status") == "True":
        return READY
    if not for_completion:
        suspended = bool(spec.get("suspend"))
        return READY if suspended or status.get("startTime") else waiting("the Job has not started yet")
    wanted = _number(spec.get("completions"), 1)
    return waiting(f"{_number(status.get('succeeded'))} of {wanted} completions")


def _pod(body: Mapping[str, Any]) -> Readiness:
    status = _part(body, "status")
    phase = status.get("phase")
    if phase == "Succeeded":
        return READY
    if phase == "Failed":
        return failed(str(status.get("message") or status.get("reason") or "the pod failed"))
    conditions = _conditions(status)
    ready = conditions.get("Ready")
    if phase == "Running" and ready and ready.get("status") == "True":
        return READY
    scheduled = conditions.get("PodScheduled")
    if scheduled and scheduled.get("status") == "False":
        return waiting(f"it is not scheduled: {_said(scheduled, 'no reason given')}")
    otherwise = f"its phase is {phase or 'unknown'}"
    return waiting(_said(ready or {}, otherwise))


def _claim(status: Mapping[str, Any], waits_for_pod: bool) -> Readiness:
    phase = status.get("phase")
    if phase == "Lost":
        return failed("the claim lost its volume")
    if phase == "Bound" or waits_for_pod:
        return READY
    return waiting("the claim is not bound to a volume")


def _service(body: Mapping[str, Any], for_load_balancers: bool) -> Readiness:
    spec = _part(body, "spec")
    kind = spec.get("type", "ClusterIP")
    if kind == "ExternalName":
        return READY
    if not spec.get("clusterIP"):
        return waiting("it has no cluster IP yet")
    if kind == "LoadBalancer" and for_load_balancers and not spec.get("externalIPs"):
        return _balanced(_part(body, "status"), "load balancer")
    return READY


def _balanced(status: Mapping[str, Any], what: str) -> Readiness:
    return READY if _part(status, "loadBalancer").get("ingress") else waiting(f"its {what} has no address yet")


def _disruption_budget(body: Mapping[str, Any]) -> Readiness:
    return _seen(body) or READY


def _definition(body: Mapping[str, Any]) -> Readiness:
    conditions = _conditions(_part(body, "status"))
    refused = conditions.get("NamesAccepted")
    if refused and refused.get("status") == "False":
        return failed(f"its names are not accepted: {_said(refused, 'no reason given')}")
    established = conditions.get("Established")
    if established and established.get("status") == "True":
        return READY
    return waiting("it is not established yet")


def _api_service(body: Mapping[str, Any]) -> Readiness:
    available = _conditions(_part(body, "status")).get("Available")
    if available and available.get("status") == "True":
        return READY
    return waiting(_said(available or {}, "it is not available yet"))


def _namespace(body: Mapping[str, Any]) -> Readiness:
    phase = _part(body, "status").get("phase")
    return READY if phase == "Active" else waiting(f"its phase is {phase or 'unknown'}")


def _volume(body: Mapping[str, Any]) -> Readiness:
    phase = _part(body, "status").get("phase")
    if phase == "Failed":
        return failed("the volume could not be reclaimed")
    return READY if phase in ("Available", "Bound", "Released") else waiting("the volume is not available yet")


_RULES: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Readiness]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("", "ReplicationController"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("", "Pod"): _pod,
    ("", "Namespace"): _namespace,
    ("", "PersistentVolume"): _volume,
    ("policy", "PodDisruptionBudget"): _disruption_budget,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apiregistration.k8s.io", "APIService"): _api_service,
}
