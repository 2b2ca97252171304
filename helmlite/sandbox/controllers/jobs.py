"""Jobs: pods that run to their end, so many at a time, until enough have succeeded or too many have failed.

Policies by pod failure, by index and for success are not looked at, and the pods of an Indexed one bear no numbers.
A pod that is deleted while its Job goes on is made anew, whether it had ended or not. CronJobs are kept, and run
nothing by themselves: ``kubectl create job --from=cronjob/NAME`` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from helmlite.sandbox.controllers import workloads
from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.store import key_of

JOBS = "jobs.batch"
COMPONENT = "job-controller"
BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 10, 600
_SUCCESS = ("SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods")
_TOO_OFTEN = ("FailureTarget", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
_TOO_LONG = ("FailureTarget", "DeadlineExceeded", "Job was active longer than specified deadline")


def _is_true(status: Mapping[str, Any], kind: str) -> bool:
    return workloads.condition({"status": status}, kind).get("status") == "True"


def _in_phase(held: Sequence[Obj], phase: str) -> list[Obj]:
    return [each for each in held if workloads.status_of(each).get("phase") == phase]


def _reconcile(client: Client, job: Obj) -> None:
    held = workloads.claimed(client, "pods", job)
    status = dict(workloads.status_of(job))
    if workloads.is_leaving(job):
        return
    if _is_true(status, "Complete") or _is_true(status, "Failed"):
        _expire(client, job)
        return
    for field, phase in (("succeeded", "Succeeded"), ("failed", "Failed")):  # one that was counted may be gone
        status[field] = max(len(_in_phase(held, phase)), workloads.number(status.get(field), 0))
    active = [each for each in held if workloads.is_active(each)]
    leaving = [each for each in held if workloads.is_leaving(each) and not workloads.is_finished(each)]
    stopping = _judge(client, job, status, active) or _suspend(client, job, status)
    if not active and not leaving:
        _finish(client, job, status)
    status |= {
        "active": 0 if stopping else len(active),
        "ready": sum(map(workloads.is_ready, active)),
        "terminating": len(leaving),
        "uncountedTerminatedPods": {},
    }
    kept = ("ready", "terminating", "uncountedTerminatedPods")
    job = workloads.set_status(client, JOBS, job, workloads.without_zeros(status, *kept))
    _balance(client, job, held, active, 0 if stopping else _wanted(job, len(active)))


def _judge(client: Client, job: Obj, status: dict[str, Any], active: Sequence[Obj]) -> bool:
    """Decide whether the job has succeeded or failed, and return whether it has."""
    if _is_true(status, "SuccessCriteriaMet") or _is_true(status, "FailureTarget"):
        return True
    spec, started = workloads.spec_of(job), status.get("startTime")
    completions, deadline = spec.get("completions"), spec.get("activeDeadlineSeconds")
    why: tuple[str, str, str] | None = None
    if status["failed"] > workloads.number(spec.get("backoffLimit"), 6):
        why = _TOO_OFTEN
    elif deadline and started and client.waited(deadline, started, JOBS, *key_of(job), paced=False):
        why = _TOO_LONG
    elif status["succeeded"] >= (completions or 1) and not (completions is None and active):
        why = _SUCCESS
    if why in (_TOO_OFTEN, _TOO_LONG):
        status["failed"] += len(active)
    if why:
        _conclude(client, status, *why)
    return bool(why)


def _conclude(
    client: Client, status: dict[str, Any], kind: str, reason: str, message: str, *, value: str = "True"
) -> None:
    now = workloads.timestamp(client)
    made = workloads.conditioned(client, {}, kind, value, reason, message, lastProbeTime=now)
    status |= workloads.with_conditions(status, made)


def _finish(client: Client, job: Obj, status: dict[str, Any]) -> None:
    """Set the last condition of a job that is decided, now that none of its pods runs any more."""
    failed = workloads.condition({"status": status}, "FailureTarget")
    if failed:
        _conclude(client, status, "Failed", failed["reason"], failed["message"])
        client.event(job, "Warning", failed["reason"], failed["message"], component=COMPONENT)
    elif _is_true(status, "SuccessCriteriaMet"):
        status["completionTime"] = workloads.timestamp(client)
        _conclude(client, status, "Complete", *_SUCCESS[1:])
        client.event(job, "Normal", "Completed", "Job completed", component=COMPONENT)


def _suspend(client: Client, job: Obj, status: dict[str, Any]) -> bool:
    """Take up a suspension, or its end; returns whether no pods are to run."""
    wanted, is_so = bool(workloads.spec_of(job).get("suspend")), _is_true(status, "Suspended")
    if wanted != is_so:
        word = "suspended" if wanted else "resumed"
        _conclude(client, status, "Suspended", f"Job{word.title()}", f"Job {word}", value=str(wanted))
        client.event(job, "Normal", word.title(), f"Job {word}", component=COMPONENT)
    if wanted:
        status.pop("startTime", None)
    else:
        status.setdefault("startTime", workloads.timestamp(client))
    return wanted


def _expire(client: Client, job: Obj) -> None:
    ttl = workloads.spec_of(job).get("ttlSecondsAfterFinished")
    ended = next(each for each in workloads.status_of(job)["conditions"] if each["type"] in ("Complete", "Failed"))
    if ttl is not None and client.waited(ttl, ended["lastTransitionTime"], JOBS, *key_of(job), paced=False):
        client.delete(JOBS, *key_of(job))


def _wanted(job: Obj, active: int) -> int:
    """Return how many pods are to run; once one of a job without a number has succeeded, none is added."""
    spec, done = workloads.spec_of(job), workloads.number(workloads.status_of(job).get("succeeded"), 0)
    parallel = workloads.number(spec.get("parallelism"), 1)
    if spec.get("completions") is None:
        return active if done else parallel
    return max(min(parallel, workloads.number(spec["completions"], 1) - done), 0)


def _balance(client: Client, job: Obj, held: Sequence[Obj], active: Sequence[Obj], wanted: int) -> None:
    for pod in active[wanted:]:
        workloads.delete_pod(client, job, pod, component=COMPONENT)
    missing = min(wanted - len(active), workloads.room(active))
    for _ in range(missing if _may_retry(client, job, held) else 0):
        pod = workloads.pod_of(workloads.template_of(job), job, generateName=f"{job['metadata']['name']}-")
        if workloads.create_pod(client, JOBS, job, pod, component=COMPONENT) is not None:
            return


def _may_retry(client: Client, job: Obj, held: Sequence[Obj]) -> bool:
    """Return whether the pause after the last failure is over; each is twice as long as the one before."""
    failed = _in_phase(held, "Failed")
    last = max((workloads.condition(each, "Ready").get("lastTransitionTime", "") for each in failed), default="")
    seconds = min(BACKOFF_SECONDS * 2 ** min(len(failed) - 1, 10), LONGEST_BACKOFF_SECONDS) if last else 0
    return not last or client.waited(seconds, last, JOBS, *key_of(job))


CONTROLLERS = (workloads.of_pods("Job", JOBS, _reconcile),)
