"""What becomes of Jobs: pods that run to their end, or fail too often."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.contract.running import (
    MADE_UP,
    change,
    conditions,
    create,
    events,
    listed,
    message,
    path,
    status,
    template,
)

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster


def test_a_job_completes(api: Api) -> None:
    """It counts its pod as succeeded, and its conditions say why it is complete."""
    create(api, "jobs")
    found = api.eventually(lambda: status(api, "jobs") if "Complete" in conditions(status(api, "jobs")) else {})
    expected = ("True", "CompletionsReached")
    assert {"SuccessCriteriaMet": expected, "Complete": expected} == conditions(found)
    assert "Reached expected number of succeeded pods" == message(found, "Complete")
    assert (1, 0, {}) == tuple(found[each] for each in ("succeeded", "ready", "uncountedTerminatedPods"))
    assert {"startTime", "completionTime"} <= set(found)


def test_a_running_job_is_active(api: Api) -> None:
    """While its pod runs it counts as active."""
    create(api, "jobs", made_of=template(order="not-ready"))
    found = api.eventually(lambda: status(api, "jobs") if status(api, "jobs").get("active") else {})
    assert (1, 0, None) == (found["active"], found["ready"], found.get("conditions"))


def test_a_jobs_pods_are_labelled(api: Api) -> None:
    """Name and uid of the Job stand in labels of two forms."""
    uid = create(api, "jobs", made_of=template(order="not-ready"))["metadata"]["uid"]
    (pod,) = api.eventually(lambda: listed(api, "pods"))
    start = "batch.kubernetes.io/"
    expected = {"controller-uid": uid, "job-name": "web", f"{start}controller-uid": uid, f"{start}job-name": "web"}
    assert expected.items() <= pod["metadata"]["labels"].items()
    assert re.fullmatch(f"web-{MADE_UP}", pod["metadata"]["name"])


def test_a_job_fails(api: Api) -> None:
    """With backoffLimit 0 the first pod that fails is the last."""
    create(api, "jobs", made_of=template(order="failed"), backoffLimit=0)
    found = api.eventually(lambda: status(api, "jobs") if "Failed" in conditions(status(api, "jobs")) else {})
    expected = ("True", "BackoffLimitExceeded")
    assert {"FailureTarget": expected, "Failed": expected} == conditions(found)
    assert "Job has reached the specified backoff limit" == message(found, "Failed")
    assert (1, None) == (found["failed"], found.get("completionTime"))


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("", ("Normal", "Completed", "Job completed")),
        ("failed", ("Warning", "BackoffLimitExceeded", "Job has reached the specified backoff limit")),
    ],
    ids=["completed", "failed"],
)
def test_a_jobs_end_is_told(api: Api, order: str, said: tuple[str, str, str]) -> None:
    """An event tells how a Job has ended."""
    create(api, "jobs", made_of=template(order=order), backoffLimit=0)
    assert api.eventually(lambda: said in events(api, "web"))


def test_events_are_listed_as_they_came(api: Api) -> None:
    """The events of an object are in the order in which they were written, though their times are whole seconds."""
    create(api, "jobs")
    reasons = [reason for _, reason, _ in api.eventually(lambda: events(api, "web")[1:] and events(api, "web"))]
    assert ["SuccessfulCreate", "Completed"] == reasons


def test_a_completed_pods_containers_are_not_ready(api: Api) -> None:
    """What has ended counts as no ready container: kubectl shows 0/1."""
    create(api, "jobs")
    (found,) = api.eventually(
        lambda: [each["status"] for each in listed(api, "pods") if each["status"].get("phase") == "Succeeded"]
    )
    assert [False] == [each["ready"] for each in found["containerStatuses"]]


def test_a_job_waits_before_it_tries_again(api: Api) -> None:
    """After the first failure there is a pause, in which no pod is active."""
    create(api, "jobs", made_of=template(order="failed"), backoffLimit=3)
    found = api.eventually(lambda: status(api, "jobs") if status(api, "jobs").get("failed") else {})
    assert (1, None, {}) == (found["failed"], found.get("active"), conditions(found))


def test_a_suspended_job_runs_nothing(api: Api) -> None:
    """It has no pods and no time of its start, and a condition."""
    create(api, "jobs", suspend=True)
    found = api.eventually(lambda: status(api, "jobs") if conditions(status(api, "jobs")) else {})
    assert {"Suspended": ("True", "JobSuspended")} == conditions(found)
    assert ([], None) == (listed(api, "pods"), found.get("startTime"))


def test_a_job_may_be_suspended_while_it_runs(api: Api) -> None:
    """Its pods are deleted, and do not count as failed."""
    create(api, "jobs", made_of=template(order="not-ready"))
    api.eventually(lambda: listed(api, "pods"))
    change(api, "jobs", {"suspend": True})
    api.eventually(lambda: not listed(api, "pods"))
    found = api.eventually(lambda: status(api, "jobs") if conditions(status(api, "jobs")) else {})
    assert (None, None) == (found.get("failed"), found.get("active"))


def test_a_resumed_job_runs(api: Api) -> None:
    """The condition turns, and the Job completes."""
    create(api, "jobs", suspend=True)
    api.eventually(lambda: conditions(status(api, "jobs")))
    change(api, "jobs", {"suspend": False})
    api.eventually(lambda: "Complete" in conditions(status(api, "jobs")))
    assert ("False", "JobResumed") == conditions(status(api, "jobs"))["Suspended"]


def test_a_job_may_take_too_long(api: Api) -> None:
    """After activeDeadlineSeconds its pods are deleted, and it has failed."""
    create(api, "jobs", made_of=template(order="not-ready"), activeDeadlineSeconds=1)
    api.eventually(lambda: "Failed" in conditions(status(api, "jobs")))
    assert ("True", "DeadlineExceeded") == conditions(status(api, "jobs"))["Failed"]
    assert "Job was active longer than specified deadline" == message(status(api, "jobs"), "Failed")
    assert [] == listed(api, "pods")


def test_a_finished_job_may_go_by_itself(api: Api) -> None:
    """With ttlSecondsAfterFinished 0 it is deleted once it is complete, and its pod too."""
    create(api, "jobs", ttlSecondsAfterFinished=0)
    api.eventually(lambda: api.get(path(api, "jobs", "web")).status == 404)
    assert api.eventually(lambda: not listed(api, "pods"))


def test_a_jobs_pods_run_side_by_side(api: Api) -> None:
    """As many as parallelism allows, and no more than there is to complete."""
    create(api, "jobs", made_of=template(order="not-ready"), parallelism=3, completions=2)
    assert api.eventually(lambda: status(api, "jobs").get("active") == 2)


def test_a_deleted_jobs_pods_go(api: Api) -> None:
    """With propagationPolicy Background no finalizer holds them."""
    create(api, "jobs", made_of=template(order="not-ready"))
    api.eventually(lambda: listed(api, "pods"))
    api.delete(path(api, "jobs", "web"), propagationPolicy="Background").expect(200)
    assert api.eventually(lambda: not listed(api, "pods"))


def test_a_job_may_be_made_from_a_cronjob(api: Api) -> None:
    """As `kubectl create job --from` does, with the CronJob as controller."""
    body = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template(restartPolicy="Never")}}}
    owner = api.post(path(api, "cronjobs"), {"metadata": {"name": "nightly"}, "spec": body}).expect(201)
    reference = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly", "uid": owner["metadata"]["uid"]}
    metadata = {"name": "web", "ownerReferences": [{**reference, "controller": True}]}
    api.post(path(api, "jobs"), {"metadata": metadata, "spec": owner["spec"]["jobTemplate"]["spec"]}).expect(201)
    assert api.eventually(lambda: "Complete" in conditions(status(api, "jobs")))
