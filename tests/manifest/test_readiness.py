"""Whether live objects are ready: every kind in every state that matters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.manifest.readiness import READY, Readiness, ReadyState, readiness
from tests.manifest.cases import body


def live(kind: str, api: str, spec: dict[str, Any], status: dict[str, Any], generation: int = 1) -> dict[str, Any]:
    """Return a live object whose controller has seen it, unless the status says otherwise."""
    return body(kind, api=api, metadata={"generation": generation}, spec=spec, status=status)


def condition(kind: str, status: str = "True", **more: str) -> dict[str, Any]:
    """Return a status with one condition."""
    return {"conditions": [{"type": kind, "status": status, **more}]}


def workload(kind: str, spec: dict[str, Any], **status: Any) -> dict[str, Any]:
    """Return a workload of the group apps."""
    return live(kind, "apps/v1", spec, {"observedGeneration": 1, **status})


def deployment(wanted: int | None = 2, **status: Any) -> dict[str, Any]:
    """Return a Deployment whose pods are all there, but for what the status says."""
    counts = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas", "readyReplicas"), 2)
    return workload("Deployment", {} if wanted is None else {"replicas": wanted}, **{**counts, **status})


def paused(made: dict[str, Any]) -> dict[str, Any]:
    """Return a workload that is paused."""
    return {**made, "spec": {**made["spec"], "paused": True}}


def replica_set(kind: str = "ReplicaSet", **status: Any) -> dict[str, Any]:
    """Return a ReplicaSet, or what is like one, whose two pods are all there, but for what the status says."""
    counts = dict.fromkeys(("replicas", "availableReplicas", "readyReplicas"), 2)
    api = "apps/v1" if kind == "ReplicaSet" else "v1"
    return live(kind, api, {"replicas": 2}, {"observedGeneration": 1, **counts, **status})


def stateful_set(strategy: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    """Return a StatefulSet whose three pods are all there, but for what the status says."""
    counts = {**dict.fromkeys(("replicas", "readyReplicas", "currentReplicas", "updatedReplicas"), 3)}
    same = {"currentRevision": "a", "updateRevision": "a"}
    spec = {"replicas": 3, **({"updateStrategy": strategy} if strategy else {})}
    return workload("StatefulSet", spec, **{**counts, **same, **status})


def daemon_set(strategy: str = "RollingUpdate", **status: Any) -> dict[str, Any]:
    """Return a DaemonSet whose three pods are all there, but for what the status says (None: not told)."""
    fields = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberReady",
    )
    told = {
        key: value
        for key, value in {"observedGeneration": 1, **dict.fromkeys(fields, 3), **status}.items()
        if value is not None
    }
    return live("DaemonSet", "apps/v1", {"updateStrategy": {"type": strategy}}, told)


def job(status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Return a Job."""
    return live("Job", "batch/v1", spec, status)


def pod(phase: str | None, **more: Any) -> dict[str, Any]:
    """Return a Pod."""
    return live("Pod", "v1", {}, {**({"phase": phase} if phase else {}), **more})


def service(status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """Return a Service."""
    return live("Service", "v1", spec, status or {})


def core(kind: str, **status: Any) -> dict[str, Any]:
    """Return an object of the core group."""
    return live(kind, "v1", {}, status)


def custom(status: dict[str, Any], generation: int = 1) -> dict[str, Any]:
    """Return a custom resource."""
    return live("Widget", "example.com/v1", {}, status, generation)


CRD = ("CustomResourceDefinition", "apiextensions.k8s.io/v1")
API_SERVICE = ("APIService", "apiregistration.k8s.io/v1")
BALANCED = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
PARTITION = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
NEWEST = "its controller has not seen the newest generation yet"
UNSEEN = "its controller has not seen it yet"

# Each row: the live object, the state, and the reason where there is one.
ROWS: dict[str, tuple[dict[str, Any], str, str]] = {
    # Deployment
    "deployment ready": (deployment(), "ready", ""),
    "deployment unseen": (deployment(observedGeneration=None), "waiting", UNSEEN),
    "deployment behind": (deployment(observedGeneration=0), "waiting", NEWEST),
    "deployment none updated": (deployment(updatedReplicas=0), "waiting", "0 of 2 pods are updated"),
    "deployment one updated": (deployment(updatedReplicas=1), "waiting", "1 of 2 pods are updated"),
    "deployment old pods": (deployment(replicas=3), "waiting", "old pods are still there: 1"),
    "deployment unavailable": (deployment(availableReplicas=1), "waiting", "1 of 2 pods are available"),
    "deployment not ready": (deployment(readyReplicas=1), "waiting", "1 of 2 pods are ready"),
    "deployment no counts": (workload("Deployment", {"replicas": 1}), "waiting", "0 of 1 pods are updated"),
    "deployment one by default": (workload("Deployment", {}), "waiting", "0 of 1 pods are updated"),
    "deployment of none": (workload("Deployment", {"replicas": 0}), "ready", ""),
    "deployment of none, still going": (
        workload("Deployment", {"replicas": 0}, replicas=1),
        "waiting",
        "old pods are still there: 1",
    ),
    "deployment past its deadline": (
        deployment(
            availableReplicas=0,
            **condition("Progressing", "False", reason="ProgressDeadlineExceeded", message="timed out"),
        ),
        "failed",
        "its progress deadline passed: timed out",
    ),
    "deployment progressing": (
        deployment(updatedReplicas=1, **condition("Progressing", reason="ReplicaSetUpdated")),
        "waiting",
        "1 of 2 pods are updated",
    ),
    "deployment paused and behind": (
        paused(deployment(updatedReplicas=1)),
        "waiting",
        "1 of 2 pods are updated (it is paused)",
    ),
    "deployment paused and done": (paused(deployment()), "ready", ""),
    # ReplicaSet, ReplicationController
    "replica set ready": (replica_set(), "ready", ""),
    "replica set unseen": (replica_set(observedGeneration=None), "waiting", UNSEEN),
    "replica set few pods": (replica_set(replicas=1), "waiting", "1 of 2 pods are made"),
    "replica set unavailable": (replica_set(availableReplicas=0), "waiting", "0 of 2 pods are available"),
    "replica set not ready": (replica_set(readyReplicas=1), "waiting", "1 of 2 pods are ready"),
    "replica set too many": (replica_set(replicas=4), "waiting", "2 pods too many are still there"),
    "replica set refused": (
        replica_set(replicas=0, **condition("ReplicaFailure", message="quota exceeded")),
        "waiting",
        "quota exceeded",
    ),
    "replica set no longer refused": (replica_set(**condition("ReplicaFailure", "False")), "ready", ""),
    "replication controller ready": (replica_set("ReplicationController"), "ready", ""),
    "replication controller not ready": (
        replica_set("ReplicationController", readyReplicas=0),
        "waiting",
        "0 of 2 pods are ready",
    ),
    # StatefulSet
    "stateful set ready": (stateful_set(), "ready", ""),
    "stateful set unseen": (stateful_set(observedGeneration=None), "waiting", UNSEEN),
    "stateful set few pods": (stateful_set(replicas=1), "waiting", "1 of 3 pods are made"),
    "stateful set not ready": (stateful_set(readyReplicas=2), "waiting", "2 of 3 pods are ready"),
    "stateful set too many": (stateful_set(replicas=4), "waiting", "1 pods too many are still there"),
    "stateful set updating": (
        stateful_set(updateRevision="b", updatedReplicas=1),
        "waiting",
        "1 of 3 pods are updated",
    ),
    "stateful set on delete": (stateful_set({"type": "OnDelete"}, updateRevision="b"), "ready", ""),
    "stateful set partition open": (
        stateful_set(PARTITION, updateRevision="b", updatedReplicas=0),
        "waiting",
        "0 of 1 pods are updated",
    ),
    "stateful set partition done": (stateful_set(PARTITION, updateRevision="b", updatedReplicas=1), "ready", ""),
    "stateful set partition above": (
        stateful_set({"rollingUpdate": {"partition": 9}}, updateRevision="b", updatedReplicas=0),
        "ready",
        "",
    ),
    # DaemonSet
    "daemon set ready": (daemon_set(), "ready", ""),
    "daemon set unseen": (daemon_set(observedGeneration=None), "waiting", UNSEEN),
    "daemon set unknown": (
        daemon_set(desiredNumberScheduled=None),
        "waiting",
        "it is not known yet on how many nodes it belongs",
    ),
    "daemon set of no node": (daemon_set(desiredNumberScheduled=0, numberReady=0), "ready", ""),
    "daemon set not scheduled": (daemon_set(currentNumberScheduled=1), "waiting", "1 of 3 pods are scheduled"),
    "daemon set not updated": (daemon_set(updatedNumberScheduled=2), "waiting", "2 of 3 pods are updated"),
    "daemon set on delete": (daemon_set("OnDelete", updatedNumberScheduled=0), "ready", ""),
    "daemon set unavailable": (daemon_set(numberAvailable=None), "waiting", "0 of 3 pods are available"),
    "daemon set not ready": (daemon_set(numberReady=2), "waiting", "2 of 3 pods are ready"),
    # Job
    "job not started": (job({}), "waiting", "the Job has not started yet"),
    "job started": (job({"startTime": "2026-11-24T12:00:00Z"}), "ready", ""),
    "job suspended": (job({}, suspend=True), "ready", ""),
    "job complete": (job(condition("Complete")), "ready", ""),
    "job failed": (
        job(condition("Failed", reason="BackoffLimitExceeded", message="too many pods failed")),
        "failed",
        "the Job failed: too many pods failed",
    ),
    "job failed without a word": (job(condition("Failed")), "failed", "the Job failed: no reason given"),
    "job not failed": (job({"startTime": "x", **condition("Failed", "False")}), "ready", ""),
    # Pod
    "pod running and ready": (pod("Running", **condition("Ready")), "ready", ""),
    "pod running": (
        pod("Running", **condition("Ready", "False", reason="ContainersNotReady")),
        "waiting",
        "ContainersNotReady",
    ),
    "pod running, no conditions": (pod("Running"), "waiting", "its phase is Running"),
    "pod succeeded": (pod("Succeeded"), "ready", ""),
    "pod failed": (pod("Failed", message="evicted"), "failed", "evicted"),
    "pod failed for a reason": (pod("Failed", reason="Evicted"), "failed", "Evicted"),
    "pod failed without a word": (pod("Failed"), "failed", "the pod failed"),
    "pod pending": (pod("Pending"), "waiting", "its phase is Pending"),
    "pod not scheduled": (
        pod("Pending", **condition("PodScheduled", "False", message="0/3 nodes are available")),
        "waiting",
        "it is not scheduled: 0/3 nodes are available",
    ),
    "pod crash-looping": (
        pod(
            "Running",
            containerStatuses=[{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
            **condition("Ready", "False", message="containers with unready status: [web]"),
        ),
        "waiting",
        "containers with unready status: [web]",
    ),
    "pod unknown": (pod(None), "waiting", "its phase is unknown"),
    # Volumes
    "claim bound": (core("PersistentVolumeClaim", phase="Bound"), "ready", ""),
    "claim pending": (core("PersistentVolumeClaim", phase="Pending"), "waiting", "the claim is not bound to a volume"),
    "claim new": (core("PersistentVolumeClaim"), "waiting", "the claim is not bound to a volume"),
    "claim lost": (core("PersistentVolumeClaim", phase="Lost"), "failed", "the claim lost its volume"),
    "volume available": (core("PersistentVolume", phase="Available"), "ready", ""),
    "volume bound": (core("PersistentVolume", phase="Bound"), "ready", ""),
    "volume released": (core("PersistentVolume", phase="Released"), "ready", ""),
    "volume failed": (core("PersistentVolume", phase="Failed"), "failed", "the volume could not be reclaimed"),
    "volume pending": (core("PersistentVolume", phase="Pending"), "waiting", "the volume is not available yet"),
    # Service, Ingress
    "service of a cluster IP": (service(clusterIP="10.0.0.1"), "ready", ""),
    "service without head": (service(clusterIP="None"), "ready", ""),
    "service without address": (service(), "waiting", "it has no cluster IP yet"),
    "service of a node port": (service(type="NodePort", clusterIP="10.0.0.1"), "ready", ""),
    "service of another name": (service(type="ExternalName", externalName="db.example.com"), "ready", ""),
    "service of a load balancer": (service(type="LoadBalancer", clusterIP="10.0.0.1"), "ready", ""),
    "service of a load balancer, no address": (service(type="LoadBalancer"), "waiting", "it has no cluster IP yet"),
    "ingress": (live("Ingress", "networking.k8s.io/v1", {}, {}), "ready", ""),
    # Others of Kubernetes
    "namespace": (core("Namespace", phase="Active"), "ready", ""),
    "namespace new": (core("Namespace"), "waiting", "its phase is unknown"),
    "namespace going": (core("Namespace", phase="Terminating"), "waiting", "its phase is Terminating"),
    "disruption budget": (live("PodDisruptionBudget", "policy/v1", {}, {"observedGeneration": 1}), "ready", ""),
    "disruption budget unseen": (live("PodDisruptionBudget", "policy/v1", {}, {}), "waiting", UNSEEN),
    "definition": (live(*CRD, {}, condition("Established")), "ready", ""),
    "definition new": (live(*CRD, {}, {}), "waiting", "it is not established yet"),
    "definition not established": (
        live(*CRD, {}, condition("Established", "False")),
        "waiting",
        "it is not established yet",
    ),
    "definition refused": (
        live(*CRD, {}, condition("NamesAccepted", "False", message="widgets is taken")),
        "failed",
        "its names are not accepted: widgets is taken",
    ),
    "API service": (live(*API_SERVICE, {}, condition("Available")), "ready", ""),
    "API service down": (
        live(*API_SERVICE, {}, condition("Available", "False", message="no endpoints")),
        "waiting",
        "no endpoints",
    ),
    "API service new": (live(*API_SERVICE, {}, {}), "waiting", "it is not available yet"),
    "config map": (body(data={"a": "b"}), "ready", ""),
    "cron job": (live("CronJob", "batch/v1", {}, {}), "ready", ""),
    "autoscaler": (
        live("HorizontalPodAutoscaler", "autoscaling/v2", {}, condition("AbleToScale", "False")),
        "ready",
        "",
    ),
    # All others
    "custom without status": (body("Widget", api="example.com/v1"), "ready", ""),
    "custom without conditions": (custom({"phase": "whatever"}), "ready", ""),
    "custom ready": (custom(condition("Ready")), "ready", ""),
    "custom not ready": (custom(condition("Ready", "False", message="no disk")), "waiting", "no disk"),
    "custom not known": (custom(condition("Ready", "Unknown", reason="Asking")), "waiting", "Asking"),
    "custom not ready, wordless": (custom(condition("Ready", "False")), "waiting", "its condition Ready is not True"),
    "custom stalled": (custom(condition("Stalled", message="no quota")), "failed", "it is stalled: no quota"),
    "custom not stalled": (custom(condition("Stalled", "False")), "ready", ""),
    "custom reconciling": (custom(condition("Reconciling", message="moving")), "waiting", "moving"),
    "custom reconciling, wordless": (custom(condition("Reconciling")), "waiting", "it is being reconciled"),
    "custom reconciled": (custom(condition("Reconciling", "False")), "ready", ""),
    "custom seen": (custom({"observedGeneration": 2, **condition("Ready")}, 2), "ready", ""),
    "custom behind": (custom({"observedGeneration": 1, **condition("Ready")}, 2), "waiting", NEWEST),
    "kind of another group": (live("Deployment", "example.com/v1", {"replicas": 2}, {}), "ready", ""),
}


def test_the_table_is_wide() -> None:
    """There are rows for every kind that has a rule of its own."""
    assert 90 < len(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_a_live_object_is_ready_or_says_why_not(row: str) -> None:
    """State and reason are those of the table."""
    made, state, reason = ROWS[row]
    assert Readiness(state=ReadyState(state), reason=reason) == readiness(made)


@pytest.mark.parametrize("row", [row for row, (_, state, _) in ROWS.items() if state == "ready"])
def test_what_is_being_deleted_is_never_ready(row: str) -> None:
    """Whatever its status says, what is terminating is waited for."""
    made = ROWS[row][0]
    going = {**made, "metadata": {**made["metadata"], "deletionTimestamp": "2026-11-24T12:00:00Z"}}
    assert Readiness(state=ReadyState.WAITING, reason="it is being deleted") == readiness(going)


@pytest.mark.parametrize(
    "row", [row for row, (made, _, _) in ROWS.items() if "observedGeneration" in made.get("status", {})]
)
def test_what_was_observed_before_our_write_does_not_count(row: str) -> None:
    """A status of a generation before our own write says nothing."""
    made = ROWS[row][0]
    if made["status"]["observedGeneration"] is not None:
        assert Readiness(state=ReadyState.WAITING, reason=NEWEST) == readiness(made, generation_at_least=7)


def test_a_generation_that_was_seen_counts() -> None:
    """A status of our own write's generation counts."""
    assert READY == readiness(deployment(), generation_at_least=1)


ASKED: dict[str, tuple[dict[str, Any], dict[str, bool], str, str]] = {
    "job running": (
        job({"startTime": "x", "active": 1}),
        {"for_jobs": True},
        "waiting",
        "0 of 1 completions",
    ),
    "job half done": (job({"succeeded": 2}, completions=5), {"for_jobs": True}, "waiting", "2 of 5 completions"),
    "job done": (job({"succeeded": 5, **condition("Complete")}, completions=5), {"for_jobs": True}, "ready", ""),
    "job failed": (job(condition("Failed", message="x")), {"for_jobs": True}, "failed", "the Job failed: x"),
    "job suspended": (job({}, suspend=True), {"for_jobs": True}, "waiting", "0 of 1 completions"),
    "balancer": (
        service(type="LoadBalancer", clusterIP="10.0.0.1"),
        {"for_load_balancers": True},
        "waiting",
        "its load balancer has no address yet",
    ),
    "balancer with address": (
        service(BALANCED, type="LoadBalancer", clusterIP="10.0.0.1"),
        {"for_load_balancers": True},
        "ready",
        "",
    ),
    "balancer with addresses given": (
        service(type="LoadBalancer", clusterIP="10.0.0.1", externalIPs=["192.0.2.1"]),
        {"for_load_balancers": True},
        "ready",
        "",
    ),
    "node port": (service(type="NodePort", clusterIP="10.0.0.1"), {"for_load_balancers": True}, "ready", ""),
    "ingress": (
        live("Ingress", "networking.k8s.io/v1", {}, {"loadBalancer": {}}),
        {"for_load_balancers": True},
        "waiting",
        "its Ingress has no address yet",
    ),
    "ingress with address": (
        live("Ingress", "networking.k8s.io/v1", {}, BALANCED),
        {"for_load_balancers": True},
        "ready",
        "",
    ),
    "claim that waits": (core("PersistentVolumeClaim", phase="Pending"), {"claim_waits_for_pod": True}, "ready", ""),
    "claim that is bound": (core("PersistentVolumeClaim", phase="Bound"), {"claim_waits_for_pod": True}, "ready", ""),
}


@pytest.mark.parametrize("row", ASKED)
def test_more_or_less_can_be_asked_for(row: str) -> None:
    """Jobs may have to complete, balancers to have addresses; a claim that no pod mounts may stay pending."""
    made, asked, state, reason = ASKED[row]
    assert Readiness(state=ReadyState(state), reason=reason) == readiness(made, **asked)


def test_a_lost_claim_is_lost_even_if_it_waits() -> None:
    """A claim that lost its volume waits for no pod."""
    lost = core("PersistentVolumeClaim", phase="Lost")
    assert ReadyState.FAILED is readiness(lost, claim_waits_for_pod=True).state


KINDS = sorted({(made["apiVersion"], made["kind"]) for made, _, _ in ROWS.values()})
FIELDS = sorted({field for made, _, _ in ROWS.values() for field in made.get("status", {})})
ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.lists(
        st.none()
        | st.dictionaries(
            st.sampled_from(["type", "status", "message"]), st.none() | st.sampled_from(["Ready", "True", "False"])
        ),
        max_size=3,
    )
)


@given(
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=6) | ODD,
    st.dictionaries(st.sampled_from(["replicas", "updateStrategy", "type", "suspend"]), ODD) | ODD,
    st.booleans(),
)
def test_whatever_a_status_holds_there_is_an_answer(kind: tuple[str, str], status: Any, spec: Any, asked: bool) -> None:
    """Objects of no shape raise nothing, and whoever is not ready has a reason."""
    made = {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "web"}, "spec": spec, "status": status}
    found = readiness(made, for_jobs=asked, for_load_balancers=asked)
    assert (found.state is ReadyState.READY) == (found.reason == "")
