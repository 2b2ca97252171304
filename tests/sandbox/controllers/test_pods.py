"""The kubelet in memory: what it writes, and when."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from helmlite.sandbox.controllers.pods import ORDERS
from helmlite.sandbox.logs import lines_of
from tests.sandbox.controllers.pieces import cluster, conditions, found, make_pod, names


def state(pod: dict[str, Any]) -> str:
    """Return what a pod's first container does."""
    return str(next(iter(pod["status"]["containerStatuses"][0]["state"])))


@pytest.mark.parametrize("order", ["", *ORDERS, "unknown"])
def test_a_pod_comes_to_rest(order: str) -> None:
    """Whatever is ordered, nothing is written again and again."""
    client = cluster()
    make_pod(client, order=order)
    before = len(client.writes)
    client.advance(1000)
    assert before == len(client.writes)


@pytest.mark.parametrize(("after", "seconds"), [("8s", 8), ("1m30s", 90), ("500ms", 0.5), ("1.5s", 1.5), ("soon", 0)])
def test_a_pod_may_take_its_time(after: str, seconds: float) -> None:
    """A duration is as Go writes it; what is none counts as nothing."""
    client = cluster()
    make_pod(client, after=after)
    client.advance(seconds)
    assert ("True", "") == conditions(found(client, "pods", "a"))["Ready"]


def test_a_slow_pod_waits_for_its_containers() -> None:
    """It is pending, they are being created."""
    client = cluster()
    pod = make_pod(client, after="8s")
    assert ("Pending", "ContainerCreating") == (
        pod["status"]["phase"],
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"],
    )


def test_the_pod_of_a_job_runs_for_a_second() -> None:
    """Then it has succeeded."""
    client = cluster()
    make_pod(client, restartPolicy="OnFailure")
    phases = []
    for _ in range(2):
        phases.append(found(client, "pods", "a")["status"]["phase"])
        client.advance(1)
    assert ["Running", "Succeeded"] == [*phases[:1], found(client, "pods", "a")["status"]["phase"]]


@pytest.mark.parametrize(("policy", "phase"), [("Never", "Failed"), ("OnFailure", "Failed"), ("Always", "Running")])
def test_a_pod_that_is_restarted_does_not_end(policy: str, phase: str) -> None:
    """Ordered to fail, it crashes again and again instead."""
    client = cluster()
    make_pod(client, order="failed", restartPolicy=policy)
    client.advance(5)
    assert phase == found(client, "pods", "a")["status"]["phase"]


def test_a_pod_on_the_host_network_has_the_nodes_address() -> None:
    """Its address is its host's."""
    status = make_pod(cluster(), hostNetwork=True)["status"]
    assert status["hostIP"] == status["podIP"]


def test_addresses_are_used_again() -> None:
    """The lowest that is free is taken."""
    client = cluster()
    first = make_pod(client, "a")["status"]["podIP"]
    make_pod(client, "b")
    client.delete("pods", "n", "a")
    client.settle()
    assert first == make_pod(client, "c")["status"]["podIP"]


def test_the_message_of_a_back_off_names_the_pod() -> None:
    """With namespace and uid, as a kubelet does."""
    client = cluster()
    pod = make_pod(client, order="crash-loop")
    message = pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"]
    assert f"back-off 40s restarting failed container=c pod=a_n({pod['metadata']['uid']})" == message


def test_a_deleted_pod_is_stopped() -> None:
    """An event tells of each container."""
    client = cluster()
    make_pod(client)
    client.delete("pods", "n", "a")
    client.settle()
    assert ([], ("a", "Normal", "Killing", "Stopping container c")) == (names(client, "pods"), client.events[-1])


def test_a_held_pod_is_not_deleted_twice() -> None:
    """With a finalizer it stays, without any further write."""
    client = cluster()
    pod = copy.deepcopy(make_pod(client))
    pod["metadata"]["finalizers"] = ["example.com/hold"]
    client.update("pods", pod, manager="test")
    client.delete("pods", "n", "a")
    client.settle()
    assert (["a"], 1) == (names(client, "pods"), [each[2] for each in client.events].count("Killing"))


@pytest.mark.parametrize(
    ("order", "previous", "said"),
    [
        ("", False, "line 40 of the container's log"),
        ("crash-loop", True, "the container was ordered to fail: Error, exit code 1"),
        ("crash-loop", False, "the container was ordered to fail: Error, exit code 1"),
        ("out-of-memory", True, "the container was ordered to fail: OOMKilled, exit code 137"),
        ("liveness", False, "line 40 of the container's log"),
        ("liveness", True, "the container was ordered to fail: Error, exit code 137"),
    ],
)
def test_a_log_ends_with_how_the_run_ended(order: str, previous: bool, said: str) -> None:
    """While the container waits for its next run, its log is the last one's."""
    pod = make_pod(cluster(), order=order)
    assert said == lines_of(pod, "c", previous=previous)[-1].rstrip()


def test_an_init_container_has_a_log() -> None:
    """That of a failed one tells of its exit code."""
    pod = make_pod(cluster(), order="init-failed", initContainers=[{"name": "i", "image": "x"}])
    assert lines_of(pod, "i", previous=False)[-1].endswith("exit code 2\n")


def test_containers_wait_for_a_failed_init_container() -> None:
    """Their state is waiting, and the init container's name is in the condition."""
    pod = make_pod(cluster(), order="init-failed", initContainers=[{"name": "i", "image": "x"}])
    message = next(each["message"] for each in pod["status"]["conditions"] if each["type"] == "Initialized")
    assert ("waiting", "containers with incomplete status: [i]") == (state(pod), message)
