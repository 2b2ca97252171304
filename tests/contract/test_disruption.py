"""Disruption budgets: how many pods may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster


def budget(api: Api, **spec: Any) -> dict[str, Any]:
    """Create a budget for pods of the label ``app: web`` and return its status once three are healthy, or none is."""
    selector = {"matchLabels": {"app": "web"}}
    path = api.path("policy/v1", "poddisruptionbudgets")
    api.post(path, {"metadata": {"name": "b"}, "spec": {"selector": selector, **spec}}).expect(201)

    def status() -> dict[str, Any] | None:
        found: dict[str, Any] = api.get(f"{path}/b").body["status"]
        return found if found.get("observedGeneration") and found["currentHealthy"] == found["expectedPods"] else None

    return api.eventually(status) or {}


def pods(api: Api) -> None:
    """Create a Deployment of three pods and wait until they are ready."""
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}}
    spec = {"replicas": 3, "selector": {"matchLabels": labels}, "template": template}
    path = api.path("apps/v1", "deployments")
    api.post(path, {"metadata": {"name": "web"}, "spec": spec}).expect(201)
    api.eventually(lambda: api.get(f"{path}/web").body["status"].get("readyReplicas") == 3)


@pytest.mark.parametrize(
    ("spec", "desired", "allowed"),
    [
        ({"minAvailable": 1}, 1, 2),
        ({"minAvailable": "50%"}, 2, 1),
        ({"maxUnavailable": 1}, 2, 1),
        ({"maxUnavailable": "50%"}, 1, 2),
    ],
    ids=["min", "min-share", "max", "max-share"],
)
def test_a_budget_counts(api: Api, spec: dict[str, Any], desired: int, allowed: int) -> None:
    """A budget's status tells how many pods must stay and how many may go."""
    pods(api)
    found = budget(api, **spec)
    assert (3, desired, allowed) == tuple(
        found[each] for each in ("expectedPods", "desiredHealthy", "disruptionsAllowed")
    )
    assert [("DisruptionAllowed", "True", "SufficientPods")] == [
        (each["type"], each["status"], each["reason"]) for each in found["conditions"]
    ]


def test_a_budget_without_pods(api: Api) -> None:
    """A budget without pods allows nothing."""
    found = budget(api, minAvailable=1)
    assert (0, 1, 0) == tuple(found[each] for each in ("expectedPods", "desiredHealthy", "disruptionsAllowed"))
    assert [("False", "InsufficientPods")] == [(each["status"], each["reason"]) for each in found["conditions"]]
