"""The scheduler in memory: what a node is asked for, and who comes when there is room again."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from helmlite.sandbox.controllers.scheduler import fits, tolerates
from tests.sandbox.controllers.pieces import cluster, conditions, found, make_pod
from tests.sandbox.memory_client import MemoryClient

TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


def container(**requests: str) -> dict[str, Any]:
    """Return a container that requests resources."""
    return {"name": "c", "image": "x", "resources": {"requests": requests}}


def why(client: MemoryClient, name: str) -> str:
    """Return why a pod has no node, "" when it has one."""
    pod = found(client, "pods", name)
    said = next(each for each in pod["status"]["conditions"] if each["type"] == "PodScheduled")
    return str(said.get("message", ""))


def test_a_full_node_takes_nobody() -> None:
    """The message says that nobody can be sent away, and no node is given."""
    client = cluster()
    for name in ("a", "b"):
        make_pod(client, name, containers=[container(cpu="40")])
    assert why(client, "b").endswith(
        "1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are "
        "available: 1 No preemption victims found for incoming pod."
    )


@pytest.mark.parametrize("end", ["deleted", "finished"])
def test_a_place_that_is_free_again_is_given_away(end: str) -> None:
    """A pod that waited for it runs then."""
    client = cluster()
    make_pod(client, "a", containers=[container(cpu="40")], restartPolicy="Never" if end == "finished" else "Always")
    make_pod(client, "b", containers=[container(cpu="40")])
    if end == "deleted":
        client.delete("pods", "n", "a")
        client.settle()
    client.advance(2)
    assert ("True", "") == conditions(found(client, "pods", "b"))["Ready"]


def test_a_host_port_is_given_once() -> None:
    """The second pod finds none free."""
    client = cluster()
    for name in ("a", "b"):
        make_pod(client, name, containers=[{"name": "c", "image": "x", "ports": [{"hostPort": 80}]}])
    assert "1 node(s) didn't have free ports for the requested pod ports" in why(client, "b")


def test_a_waiting_pod_is_not_written_twice() -> None:
    """A condition that stands is left as it is."""
    client = cluster()
    make_pod(client, "a", nodeSelector={"disk": "fast"})
    before = len(client.writes)
    make_pod(client, "b", nodeSelector={"disk": "fast"})
    assert 2 == len(client.writes) - before


def test_a_node_that_changes_is_looked_at_again() -> None:
    """A label that a pod has waited for gives it the node."""
    client = cluster()
    make_pod(client, "a", nodeSelector={"disk": "fast"})
    node = copy.deepcopy(client.list("nodes")[0])
    node["metadata"]["labels"]["disk"] = "fast"
    client.update("nodes", node, manager="test")
    client.settle()
    assert "" == why(client, "a")


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"key": "gpu", "value": "yes", "effect": "NoSchedule"}, True),
        ({"key": "gpu", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "gpu", "value": "no"}, False),
        ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "other", "operator": "Exists"}, False),
    ],
    ids=["equal", "exists", "all", "value", "effect", "key"],
)
def test_a_taint_wants_a_toleration(toleration: dict[str, str], expected: bool) -> None:
    """Key, value and effect must agree where they are given."""
    node = {"metadata": {"name": "m"}, "spec": {"taints": [TAINT, {"key": "soft", "effect": "PreferNoSchedule"}]}}
    assert expected == tolerates([toleration], node)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([{"matchExpressions": [{"key": "os", "operator": "In", "values": ["linux"]}]}], True),
        ([{"matchExpressions": [{"key": "os", "operator": "In", "values": ["other"]}]}], False),
        ([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["m"]}]}], True),
        ([{}], False),
        ([{}, {"matchExpressions": [{"key": "os", "operator": "Exists"}]}], True),
    ],
    ids=["in", "not-in", "field", "empty", "either"],
)
def test_one_term_of_an_affinity_must_hold(terms: list[dict[str, Any]], expected: bool) -> None:
    """A term without rules holds for no node."""
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    pod = {"spec": {"affinity": {"nodeAffinity": required}}}
    assert expected == fits(pod, {"metadata": {"name": "m", "labels": {"os": "linux"}}})
