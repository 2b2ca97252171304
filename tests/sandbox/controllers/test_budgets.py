"""Disruption budgets and gathered roles in memory."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox.controllers import disruption, quotas, roles
from tests.sandbox.memory_client import MemoryClient


@pytest.mark.parametrize(
    ("spec", "desired"),
    [({}, 1), ({"minAvailable": "67%"}, 3), ({"maxUnavailable": 9}, 0), ({"maxUnavailable": "odd%"}, 4)],
    ids=["none", "rounded-up", "more", "odd"],
)
def test_what_must_stay(spec: dict[str, Any], desired: int) -> None:
    """How many pods must stay follows from how many their controller wants, rounded in favour of staying."""
    client = MemoryClient()
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "uid-1", "controller": True}
    client.create(
        "replicasets.apps", {"metadata": {"name": "r", "namespace": "n"}, "spec": {"replicas": 4}}, manager="t"
    )
    metadata = {"name": "p", "namespace": "n", "labels": {"a": "b"}, "ownerReferences": [owner]}
    client.create("pods", {"metadata": metadata, "spec": {}}, manager="test")
    made = {"metadata": {"name": "b", "namespace": "n"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, **spec}}
    client.create(disruption.BUDGETS, made, manager="test")
    client.settle(disruption.CONTROLLERS)
    status = client.list(disruption.BUDGETS)[0]["status"]
    assert (4, desired) == (status["expectedPods"], status["desiredHealthy"])


def test_gathered_roles_come_to_rest() -> None:
    """Roles that select each other come to rest."""
    client = MemoryClient()
    for name, other in (("a", "b"), ("b", "a")):
        rule = {"clusterRoleSelectors": [{"matchLabels": {"is": other}}]}
        client.create(
            roles.ROLES,
            {"metadata": {"name": name, "labels": {"is": name}}, "aggregationRule": rule, "rules": [{"verbs": [name]}]},
            manager="test",
        )
    client.settle(roles.CONTROLLERS)
    assert {1} == {len(each["rules"]) for each in client.list(roles.ROLES)}


def test_cluster_wide_objects_are_of_no_quota() -> None:
    """A cluster-wide object that changes has no quota counted."""
    client = MemoryClient()
    made = {"metadata": {"name": "q", "namespace": "n"}, "spec": {"hard": {"pods": "1"}}}
    client.create("resourcequotas", made, manager="test")
    client.settle()
    client.create("nodes", {"metadata": {"name": "node-1"}}, manager="test")
    client.settle(quotas.CONTROLLERS)
    assert "status" not in client.list("resourcequotas")[0]
