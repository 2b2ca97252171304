"""Deployments in memory: their steps, in order, and their deadlines."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from helmlite.sandbox.controllers.deployments import REVISION
from tests.sandbox.controllers.pieces import (
    NAMESPACE,
    change,
    cluster,
    conditions,
    found,
    make,
    refuse_pods,
    template,
)
from tests.sandbox.memory_client import MemoryClient

DEPLOYMENTS, SETS = "deployments.apps", "replicasets.apps"


def steps(client: MemoryClient) -> list[str]:
    """Return how ReplicaSets were scaled: ``up 0 to 2``."""
    said = [message for _, _, reason, message in client.events if reason == "ScalingReplicaSet"]
    return [f"{each.split()[1]} {' '.join(each.split()[-3:])}" for each in said]


def sizes(client: MemoryClient) -> list[int]:
    """Return the replicas of all ReplicaSets, by revision."""
    ordered = sorted(client.list(SETS), key=lambda each: each["metadata"]["annotations"][REVISION])
    return [each["spec"]["replicas"] for each in ordered]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ({}, ["up 0 to 1", "down 4 to 3", "up 1 to 2", "down 3 to 1", "up 2 to 4", "down 1 to 0"]),
        ({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "100%"}}, ["down 4 to 0", "up 0 to 4"]),
        ({"rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}}, ["up 0 to 4", "down 4 to 0"]),
        ({"type": "Recreate"}, ["down 4 to 0", "up 0 to 4"]),
    ],
    ids=["default", "all-at-once", "surge", "recreate"],
)
def test_an_update_goes_in_steps(strategy: dict[str, Any], expected: list[str]) -> None:
    """The strategy says how many pods may be missing or beyond, and so the steps."""
    client = cluster()
    make(client, DEPLOYMENTS, replicas=4, strategy=strategy)
    client.events.clear()
    change(client, DEPLOYMENTS, {"template": template(image="y")})
    assert expected == steps(client)


def test_no_step_leaves_too_few_or_too_many() -> None:
    """With one pod beyond and none missing there are 2 available and at most 3 at any time."""
    client = cluster()
    rolling = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    make(client, DEPLOYMENTS, replicas=2, strategy=rolling, progressDeadlineSeconds=600)
    change(client, DEPLOYMENTS, {"template": template(image="y", after="2s")})
    counts = set()
    for _ in range(8):
        status = found(client, DEPLOYMENTS)["status"]
        counts.add((status["availableReplicas"], status["replicas"]))
        client.advance(1)
    assert {(2, 3), (2, 2)} == counts


def test_a_rollout_that_does_not_progress_fails_in_time() -> None:
    """The deadline counts from the last progress; what has failed stays so."""
    client = cluster()
    make(client, DEPLOYMENTS, progressDeadlineSeconds=10)
    change(client, DEPLOYMENTS, {"template": template(order="crash-loop")})
    client.advance(9)
    before = conditions(found(client, DEPLOYMENTS))["Progressing"]
    client.advance(2)
    after = conditions(found(client, DEPLOYMENTS))["Progressing"]
    assert [("True", "ReplicaSetUpdated"), ("False", "ProgressDeadlineExceeded")] == [before, after]


def test_a_rollout_that_has_failed_may_be_mended() -> None:
    """With a template that works it progresses again."""
    client = cluster()
    make(client, DEPLOYMENTS, made_of=template(order="crash-loop"), progressDeadlineSeconds=1)
    client.advance(2)
    obj = change(client, DEPLOYMENTS, {"template": template()})
    assert ("True", "NewReplicaSetAvailable") == conditions(obj)["Progressing"]


def test_a_slow_rollout_is_not_late() -> None:
    """Each pod that gets available puts the deadline off."""
    client = cluster()
    rolling = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    make(client, DEPLOYMENTS, replicas=3, strategy=rolling, progressDeadlineSeconds=5)
    change(client, DEPLOYMENTS, {"template": template(after="4s")})
    seen = set()
    for _ in range(14):
        client.advance(1)
        seen.add(conditions(found(client, DEPLOYMENTS))["Progressing"][1])
    assert {"ReplicaSetUpdated", "NewReplicaSetAvailable"} == seen


def test_history_is_as_long_as_wanted() -> None:
    """The newest revisions are kept."""
    client = cluster()
    make(client, DEPLOYMENTS, revisionHistoryLimit=2)
    for image in "abcd":
        change(client, DEPLOYMENTS, {"template": template(image=image)})
    kept = {each["metadata"]["annotations"][REVISION] for each in client.list(SETS)}
    assert {"3", "4", "5"} == kept


def test_a_refusal_is_passed_on() -> None:
    """The Deployment bears its ReplicaSet's condition, until pods can be made."""
    client = cluster()
    refuse_pods(client, after=1)
    obj = make(client, DEPLOYMENTS, replicas=2)
    assert ("True", "FailedCreate") == conditions(obj)["ReplicaFailure"]
    client.refuse = lambda resource, obj: None
    client.advance(10)
    assert "ReplicaFailure" not in conditions(found(client, DEPLOYMENTS))


def test_scaling_in_the_middle_of_a_rollout_ends_well() -> None:
    """What is wanted last is what there is at the end."""
    client = cluster()
    make(client, DEPLOYMENTS, replicas=4)
    change(client, DEPLOYMENTS, {"template": template(after="3s")})
    change(client, DEPLOYMENTS, {"replicas": 7})
    client.advance(20)
    assert [0, 7] == sizes(client)


def test_a_deployment_that_goes_does_nothing() -> None:
    """While a finalizer holds it, no step is made."""
    client = cluster()
    obj = copy.deepcopy(make(client, DEPLOYMENTS))
    obj["metadata"]["finalizers"] = ["example.com/hold"]
    client.update(DEPLOYMENTS, obj, manager="test")
    client.delete(DEPLOYMENTS, NAMESPACE, "web")
    change(client, DEPLOYMENTS, {"template": template(image="y")})
    assert [1] == sizes(client)


@pytest.mark.parametrize(
    "spec",
    [{"strategy": None}, {"strategy": {"rollingUpdate": None}}, {"replicas": None}],
    ids=["none", "rolling", "replicas"],
)
def test_fields_may_be_missing(spec: dict[str, Any]) -> None:
    """What is not set is as the API server's defaults would have it."""
    client = cluster()
    obj = make(client, DEPLOYMENTS, **spec)
    assert 1 == obj["status"]["observedGeneration"]
