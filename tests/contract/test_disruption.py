"""Disruption budgets: how many pods may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

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


EVICTION = {"apiVersion": "policy/v1", "kind": "Eviction"}


def evict(api: Api, *, name: str = "", **more: Any) -> Answer:
    """Ask to evict the first pod there is."""
    pod = api.get(api.path("v1", "pods")).body["items"][0]["metadata"]["name"]
    return api.post(api.path("v1", "pods", pod, "eviction"), {**EVICTION, "metadata": {"name": name or pod}, **more})


def test_a_budget_keeps_pods(api: Api) -> None:
    """A pod that its budget cannot spare is not evicted: 429, with the budget's name."""
    pods(api)
    budget(api, minAvailable=3)
    refused = evict(api)
    cause = {
        "reason": "DisruptionBudget",
        "message": "The disruption budget b needs 3 healthy pods and has 3 currently",
    }
    assert (429, "Cannot evict pod as it would violate the pod's disruption budget.", [cause]) == (
        refused.status,
        refused.message,
        refused.body["details"]["causes"],
    )


def test_a_budget_spares_pods(api: Api) -> None:
    """A budget that can spare one of two pods lets one go and keeps the other."""
    path = api.path("v1", "pods")
    for name in "ab":
        spec = {"containers": [{"name": "c", "image": "x:1"}]}
        api.post(path, {"metadata": {"name": name, "labels": {"app": "web"}}, "spec": spec}).expect(201)
    budget(api, minAvailable=1)
    counted = api.path("policy/v1", "poddisruptionbudgets", "b")
    api.eventually(lambda: api.get(counted).body["status"]["disruptionsAllowed"] == 1)
    answers = [api.post(f"{path}/{name}/eviction", {**EVICTION, "metadata": {"name": name}}) for name in "ab"]
    assert [201, 429] == [each.status for each in answers]


def test_several_budgets_of_a_pod_are_an_error(api: Api) -> None:
    """A pod of two budgets is not evicted: 500."""
    pods(api)
    budget(api, minAvailable=1)
    path = api.path("policy/v1", "poddisruptionbudgets")
    api.post(path, {"metadata": {"name": "c"}, "spec": {"selector": {"matchLabels": {"app": "web"}}}}).expect(201)
    refused = evict(api)
    assert 500 == refused.status
    assert "more than one PodDisruptionBudget" in refused.message


def test_a_dry_run_evicts_nothing(api: Api) -> None:
    """An eviction whose deleteOptions ask for a dry run leaves the pod alone."""
    pods(api)
    evict(api, deleteOptions={"dryRun": ["All"]}).expect(201)
    found = api.get(api.path("v1", "pods")).body["items"]
    assert [None] * 3 == [each["metadata"].get("deletionTimestamp") for each in found]


def test_an_eviction_bears_the_name_of_its_pod(api: Api) -> None:
    """An Eviction of another name than its path's is 400."""
    pods(api)
    assert "name in URL does not match name in Eviction object" == evict(api, name="other").expect(400)["message"]
