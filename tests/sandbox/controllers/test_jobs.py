"""Jobs in memory: counting, pauses, deadlines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.controllers.pieces import NAMESPACE, change, cluster, conditions, found, make, template
from tests.sandbox.memory_client import MemoryClient

JOBS = "jobs.batch"


def job(client: MemoryClient, *, order: str = "", **spec: Any) -> dict[str, Any]:
    """Create a Job of one completion."""
    body = template(order=order, restartPolicy="Never")
    return make(client, JOBS, made_of=body, **{"completions": 1, **spec})


def test_pauses_grow() -> None:
    """After failures at 0.5 s there are pauses of 10 s and 20 s."""
    client = cluster()
    job(client, order="failed", backoffLimit=2)
    counts = []
    for _ in range(4):
        client.advance(9)
        counts.append(len(client.list("pods")))
    assert [1, 2, 2, 3] == counts


def test_too_many_failures_end_a_job() -> None:
    """``backoffLimit`` is how many are forgiven."""
    client = cluster()
    job(client, order="failed", backoffLimit=1)
    client.advance(30)
    obj = found(client, JOBS)
    assert 2 == obj["status"]["failed"]
    assert {"FailureTarget", "Failed"} == set(conditions(obj))


def test_a_deadline_ends_what_runs() -> None:
    """The pods that still run are deleted and count as failed."""
    client = cluster()
    job(client, order="not-ready", activeDeadlineSeconds=30)
    client.advance(31)
    obj = found(client, JOBS)
    assert ("True", "DeadlineExceeded") == conditions(obj)["Failed"]
    assert (1, []) == (obj["status"]["failed"], client.list("pods"))


def test_a_deadline_starts_anew_when_a_job_is_resumed() -> None:
    """The time of a start is that of the last one."""
    client = cluster()
    job(client, order="not-ready", activeDeadlineSeconds=30)
    client.advance(20)
    change(client, JOBS, {"suspend": True})
    change(client, JOBS, {"suspend": False})
    client.advance(20)
    assert "Failed" not in conditions(found(client, JOBS))


@pytest.mark.parametrize(("seconds", "there"), [(98, True), (99, False)], ids=["before", "after"])
def test_a_finished_job_goes_in_time(seconds: int, there: bool) -> None:
    """``ttlSecondsAfterFinished`` counts from its end."""
    client = cluster()
    job(client, ttlSecondsAfterFinished=99)
    client.advance(1 + seconds)
    assert there == (client.get(JOBS, NAMESPACE, "web") is not None)


def test_no_more_run_than_are_wanted() -> None:
    """Lower parallelism deletes pods, and more makes some."""
    client = cluster()
    job(client, order="not-ready", completions=5, parallelism=3)
    counts = [len(change(client, JOBS, {"parallelism": size}) and client.list("pods")) for size in (1, 4)]
    assert [1, 4] == counts


def test_a_job_without_completions_ends_with_its_pods() -> None:
    """Once one has succeeded no new ones are made."""
    client = cluster()
    job(client, completions=None, parallelism=2)
    client.advance(2)
    obj = found(client, JOBS)
    assert (2, "Complete" in conditions(obj)) == (obj["status"]["succeeded"], True)
