"""Jobs: pods that run to their end, so many at a time, until enough have succeeded or too many have failed.

Policies by pod failure, by index and for success are not looked at. CronJobs are kept, and run nothing by themselves:
``kubectl create job --from=cronjob/NAME`` does.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from helmlite.sandbox.controllers import workloads
from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.objects import Obj, annotations_of, controller_of, labels_of

JOBS = "jobs.batch"
COMPONENT = "job-controller"
TRACKING = "batch.kubernetes.io/job-tracking"
"""The finalizer that keeps a pod until it is counted."""
INDEX = "batch.kubernetes.io/job-completion-index"
MOST_INDEXES = 1 << 17
BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 10, 600
_SUCCESS = ("CompletionsReached", "Reached expected number of succeeded pods")
_TOO_OFTEN = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
_TOO_LONG = ("DeadlineExceeded", "Job was active longer than specified deadline")


def _key(job: Obj) -> tuple[str, str]:
    return job["metadata"]["namespace"], job["metadata"]["name"]


def _count(status: Mapping[str, Any], field: str) -> int:
    return workloads.number(status.get(field), 0)


def _is_tracked(pod: Obj) -> bool:
    return TRACKING in (pod["metadata"].get("finalizers") or ())


def _release(client: Client, pod: Obj) -> None:
    changed = copy.deepcopy(pod)
    changed["metadata"]["finalizers"] = [each for each in pod["metadata"]["finalizers"] if each != TRACKING]
    client.update("pods", changed, manager=workloads.MANAGER)


def _release_strays(client: Client, namespace: str, name: str) -> None:
    """Let go the pods of a job that is gone, also when a new one bears its name."""
    job = client.get(JOBS, namespace, name)
    for pod in client.list("pods", namespace):
        mine = job is not None and (controller_of(pod) or {}).get("uid") == job["metadata"]["uid"]
        if _is_tracked(pod) and labels_of(pod).get("job-name") == name and not mine:
            _release(client, pod)


def _is_true(status: Mapping[str, Any], kind: str) -> bool:
    return workloads.condition({"status": status}, kind).get("status") == "True"


def _reconcile(client: Client, job: Obj) -> None:
    _release_strays(client, *_key(job))
    held = workloads.claimed(client, "pods", job)
    status = copy.deepcopy(dict(workloads.status_of(job)))
    if workloads.is_leaving(job) or _is_true(status, "Complete") or _is_true(status, "Failed"):
        for pod in filter(_is_tracked, held):
            _release(client, pod)
        if not workloads.is_leaving(job):
            _expire(client, job)
        return
    counted = _track(status, held, is_indexed=_is_indexed(job))
    active = [each for each in held if workloads.is_active(each)]
    stopping = _judge(client, job, status, active)
    if not stopping:
        stopping = _suspend(client, job, status)
    leaving = [each for each in held if workloads.is_leaving(each) and not workloads.is_finished(each)]
    uncounted = status.get("uncountedTerminatedPods") or {}
    if not active and not leaving and not any(uncounted.values()):
        _finish(client, job, status)
    status |= {
        "active": 0 if stopping else len(active),
        "ready": sum(map(workloads.is_ready, active)),
        "terminating": len(leaving),
    }
    kept = ("ready", "terminating", "uncountedTerminatedPods")
    job = workloads.set_status(client, JOBS, job, workloads.without_zeros(status, *kept))
    for pod in counted:
        _release(client, pod)
    if stopping == "Suspended":
        for pod in active:  # pods that are stopped on purpose do not count as failed
            if _is_tracked(pod):
                _release(client, pod)
    _balance(client, job, held, active, 0 if stopping else None)


def _track(status: dict[str, Any], held: Sequence[Obj], *, is_indexed: bool) -> Sequence[Obj]:
    """Count in the status the pods that have ended; returns those to let go once the status is written.

    A pod's uid is written down first, and counted once the pod has been let go, so that none counts twice.
    """
    tracked = {each["metadata"]["uid"]: each for each in held if _is_tracked(each)}
    known = status.get("uncountedTerminatedPods") or {}
    still = {name: [uid for uid in known.get(name) or () if uid in tracked] for name in ("succeeded", "failed")}
    for name, uids in still.items():
        status[name] = _count(status, name) + len(known.get(name) or ()) - len(uids)
    for uid, pod in tracked.items():
        won = workloads.status_of(pod).get("phase") == "Succeeded"
        if not workloads.is_active(pod) and not any(uid in uids for uids in still.values()):
            still["succeeded" if won else "failed"].append(uid)
    if is_indexed:
        done = _indexes(status) | {
            _index(each) for each in held if workloads.status_of(each).get("phase") == "Succeeded"
        }
        status |= {"completedIndexes": _ranges(sorted(done)), "succeeded": len(done)}
    status["uncountedTerminatedPods"] = {name: uids for name, uids in still.items() if uids}
    return [tracked[uid] for uids in still.values() for uid in uids]


def _judge(client: Client, job: Obj, status: dict[str, Any], active: Sequence[Obj]) -> str:
    """Decide whether the job has succeeded or failed; returns the condition that says so, "" when it goes on."""
    for kind in ("SuccessCriteriaMet", "FailureTarget"):
        if _is_true(status, kind):
            return kind
    spec = workloads.spec_of(job)
    done, completions, deadline = (
        _count(status, "succeeded"),
        spec.get("completions"),
        spec.get("activeDeadlineSeconds"),
    )
    coming = status["uncountedTerminatedPods"].get("failed") or ()
    started = status.get("startTime")
    if _count(status, "failed") + len(coming) > workloads.number(spec.get("backoffLimit"), 6):
        return _conclude(client, status, "FailureTarget", *_TOO_OFTEN)
    if deadline and started and client.waited(deadline, started, JOBS, *_key(job), paced=False):
        return _conclude(client, status, "FailureTarget", *_TOO_LONG)
    if (completions is None and done and not active) or (completions is not None and done >= completions):
        return _conclude(client, status, "SuccessCriteriaMet", *_SUCCESS)
    return ""


def _conclude(
    client: Client, status: dict[str, Any], kind: str, reason: str, message: str, *, value: str = "True"
) -> str:
    now = workloads.timestamp(client)
    made = {"type": kind, "status": value, "lastProbeTime": now, "lastTransitionTime": now}
    others = [each for each in status.get("conditions") or () if each["type"] != kind]
    status["conditions"] = [*others, {**made, "reason": reason, "message": message}]
    return kind


def _finish(client: Client, job: Obj, status: dict[str, Any]) -> None:
    """Set the last condition of a job that is decided, now that all of its pods are counted."""
    failed = workloads.condition({"status": status}, "FailureTarget")
    if failed:
        _conclude(client, status, "Failed", failed["reason"], failed["message"])
        client.event(job, "Warning", failed["reason"], failed["message"], component=COMPONENT)
    elif _is_true(status, "SuccessCriteriaMet"):
        status["completionTime"] = workloads.timestamp(client)
        _conclude(client, status, "Complete", *_SUCCESS)
        client.event(job, "Normal", "Completed", "Job completed", component=COMPONENT)


def _suspend(client: Client, job: Obj, status: dict[str, Any]) -> str:
    """Take up a suspension, or its end; returns ``Suspended`` when no pods are to run."""
    wanted, is_so = bool(workloads.spec_of(job).get("suspend")), _is_true(status, "Suspended")
    if wanted and not is_so:
        status.pop("startTime", None)
        _conclude(client, status, "Suspended", "JobSuspended", "Job suspended")
        client.event(job, "Normal", "Suspended", "Job suspended", component=COMPONENT)
    elif is_so and not wanted:
        _conclude(client, status, "Suspended", "JobResumed", "Job resumed", value="False")
        client.event(job, "Normal", "Resumed", "Job resumed", component=COMPONENT)
    if not wanted:
        status.setdefault("startTime", workloads.timestamp(client))
    return "Suspended" if wanted else ""


def _expire(client: Client, job: Obj) -> None:
    ttl = workloads.spec_of(job).get("ttlSecondsAfterFinished")
    ended = next(each for each in workloads.status_of(job)["conditions"] if each["type"] in ("Complete", "Failed"))
    if ttl is not None and client.waited(ttl, ended["lastTransitionTime"], JOBS, *_key(job), paced=False):
        client.delete(JOBS, *_key(job))


def _balance(client: Client, job: Obj, held: Sequence[Obj], active: Sequence[Obj], most: int | None) -> None:
    """Make pods that miss or delete those that are too many; ``most`` bounds their number, None does not."""
    spec, status = workloads.spec_of(job), workloads.status_of(job)
    parallel, completions = workloads.number(spec.get("parallelism"), 1), spec.get("completions")
    coming = len((status.get("uncountedTerminatedPods") or {}).get("succeeded") or ())
    done = _count(status, "succeeded") + (0 if _is_indexed(job) else coming)
    wanted = min(parallel, completions - done) if completions is not None else len(active) if done else parallel
    wanted = max(wanted if most is None else most, 0)
    for pod in active[wanted:]:
        workloads.delete_pod(client, job, pod, component=COMPONENT)
    if len(active) >= wanted or not _may_retry(client, job, held):
        return
    taken = _indexes(status) | {_index(each) for each in held if workloads.status_of(each).get("phase") != "Failed"}
    free = (each for each in range(completions or 0) if each not in taken)
    for _ in range(min(wanted - len(active), workloads.BURST)):
        index = next(free, None) if _is_indexed(job) else None
        if _is_indexed(job) and index is None:
            return
        pod = _pod(job, index)
        if workloads.create_pod(client, JOBS, job, pod, component=COMPONENT) is not None:
            return


def _may_retry(client: Client, job: Obj, held: Sequence[Obj]) -> bool:
    """Return whether the pause after the last failure is over; each is twice as long as the one before."""
    failed = [each for each in held if workloads.status_of(each).get("phase") == "Failed"]
    ends = [workloads.condition(each, "Ready").get("lastTransitionTime", "") for each in failed]
    if not any(ends):
        return True
    seconds = min(BACKOFF_SECONDS * 2 ** min(len(ends) - 1, 10), LONGEST_BACKOFF_SECONDS)
    return client.waited(seconds, max(ends), JOBS, *_key(job))


def _is_indexed(job: Obj) -> bool:
    return workloads.spec_of(job).get("completionMode") == "Indexed"


def _index(pod: Obj) -> int:
    found = annotations_of(pod).get(INDEX, "")
    return int(found) if found.isdecimal() else -1


def _indexes(status: Mapping[str, Any]) -> set[int]:
    """Return the numbers of ``completedIndexes`` (``0-2,5``)."""
    parts = [each.partition("-") for each in str(status.get("completedIndexes") or "").split(",") if each]
    runs = (range(int(first), int(last or first) + 1) for first, _, last in parts)
    return {number for run in runs for number in run[:MOST_INDEXES]}


def _ranges(numbers: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for each in numbers:
        if runs and runs[-1][-1] == each - 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


def _pod(job: Obj, index: int | None) -> Obj:
    name = job["metadata"]["name"]
    stem = name if index is None else f"{name}-{index}"
    pod = workloads.pod_of(workloads.spec_of(job).get("template") or {}, job, prefix=f"{stem}-")
    metadata = pod["metadata"]
    metadata["finalizers"] = [*(metadata.get("finalizers") or ()), TRACKING]
    if index is not None:
        metadata |= {each: {**(metadata.get(each) or {}), INDEX: str(index)} for each in ("labels", "annotations")}
        pod["spec"].setdefault("hostname", stem)
        field = {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}
        variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": field}}
        for each in [*(pod["spec"].get("initContainers") or ()), *(pod["spec"].get("containers") or ())]:
            each["env"] = [*(each.get("env") or ()), variable]
    return pod


CONTROLLERS: Sequence[Controller] = (
    Controller(
        name="job",
        watches={JOBS: itself, "pods": workloads.owned_by("Job"), **workloads.REFUSALS},
        reconcile=workloads.each_of(JOBS, _reconcile, _release_strays),
    ),
)
