"""ReplicaSets, ReplicationControllers and DaemonSets in memory."""

from __future__ import annotations

import copy

import pytest

from helmlite.sandbox.controllers.replicas import COST
from helmlite.sandbox.controllers.workloads import share, stable_hash
from tests.sandbox.controllers.pieces import (
    change,
    cluster,
    conditions,
    found,
    make,
    names,
    refuse_pods,
    template,
)

SETS, DAEMONS = "replicasets.apps", "daemonsets.apps"


@pytest.mark.parametrize(
    ("value", "up", "expected"),
    [("25%", True, 2), ("25%", False, 1), (3, True, 3), (None, True, 2), ("0%", True, 0), ("odd", True, 0)],
)
def test_a_share_is_rounded(value: object, up: bool, expected: int) -> None:
    """Of five, up or down; what is no share is nothing."""
    assert expected == share(value, 5, "25%", up=up)


def test_a_hash_depends_on_the_value_alone() -> None:
    """The order of keys does not matter."""
    assert stable_hash({"a": 1, "b": 2}) == stable_hash({"b": 2, "a": 1}) != stable_hash({"a": 1, "b": 3})


@pytest.mark.parametrize("loser", ["cheap", "pending"])
def test_the_least_useful_pod_goes_first(loser: str) -> None:
    """One that does not run, or that has an annotation of a low cost."""
    client = cluster()
    make(client, SETS, replicas=2)
    pod = copy.deepcopy(client.list("pods")[1])
    if loser == "cheap":
        pod["metadata"]["annotations"] = {COST: "-1"}
        client.update("pods", pod, manager="test")
    else:
        pod["status"]["phase"] = "Pending"
        client.update("pods", pod, manager="test", subresource="status")
    change(client, SETS, {"replicas": 1})
    assert pod["metadata"]["name"] not in names(client, "pods")


def test_a_failed_pod_is_replaced_and_kept() -> None:
    """It does not count, and nobody deletes it."""
    client = cluster()
    make(client, SETS)
    pod = {**client.list("pods")[0], "status": {"phase": "Failed"}}
    client.update("pods", pod, manager="test", subresource="status")
    client.settle()
    assert (2, 1) == (len(client.list("pods")), found(client, SETS)["status"]["replicas"])


def test_a_refusal_is_said_once() -> None:
    """The condition keeps the first message while the next tries are refused too."""
    client = cluster()
    refuse_pods(client)
    obj = make(client, SETS)
    client.advance(30)
    assert obj["status"]["conditions"] == found(client, SETS)["status"]["conditions"]
    assert ("True", "FailedCreate") == conditions(obj)["ReplicaFailure"]


def test_a_quota_that_changes_is_tried_at_once() -> None:
    """There is no need to wait."""
    client = cluster()
    refuse_pods(client)
    make(client, SETS)
    client.refuse = lambda resource, obj: None
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "n"}}
    client.create("resourcequotas", quota, manager="test")
    client.settle()
    assert 1 == found(client, SETS)["status"]["readyReplicas"]


def test_a_pod_gets_available_in_time() -> None:
    """After minReadySeconds."""
    client = cluster()
    make(client, SETS, minReadySeconds=5)
    client.advance(4)
    before = found(client, SETS)["status"].get("availableReplicas")
    client.advance(1)
    assert (None, 1) == (before, found(client, SETS)["status"]["availableReplicas"])


def test_a_daemon_that_fails_is_replaced() -> None:
    """The failed pod is deleted."""
    client = cluster()
    make(client, DAEMONS)
    before = names(client, "pods")
    client.update(
        "pods", {**client.list("pods")[0], "status": {"phase": "Failed"}}, manager="test", subresource="status"
    )
    client.settle()
    assert (1, True) == (len(client.list("pods")), names(client, "pods") != before)


def test_daemons_may_be_updated_when_deleted() -> None:
    """With OnDelete the old pod stays."""
    client = cluster()
    make(client, DAEMONS, updateStrategy={"type": "OnDelete"})
    before = names(client, "pods")
    obj = change(client, DAEMONS, {"template": template(image="y")})
    assert (before, None) == (names(client, "pods"), obj["status"].get("updatedNumberScheduled"))


@pytest.mark.parametrize("wanted", [True, False])
def test_a_daemon_leaves_a_node_that_is_not_wanted(wanted: bool) -> None:
    """It goes when the template wants another node, and comes when the node gets the label."""
    client = cluster()
    make(client, DAEMONS)
    change(client, DAEMONS, {"template": template(nodeSelector={"disk": "fast"})})
    if wanted:
        node = copy.deepcopy(client.list("nodes")[0])
        node["metadata"]["labels"]["disk"] = "fast"
        client.update("nodes", node, manager="test")
        client.settle()
    assert int(wanted) == len(client.list("pods"))


def test_old_revisions_of_a_daemonset_are_pruned() -> None:
    """As many as wanted are kept beside the one in use."""
    client = cluster()
    make(client, DAEMONS, revisionHistoryLimit=1)
    for image in "ab":
        change(client, DAEMONS, {"template": template(image=image)})
    assert [2, 3] == sorted(each["revision"] for each in client.list("controllerrevisions.apps"))
