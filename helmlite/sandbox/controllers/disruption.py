"""Disruption budgets: how many of their pods are healthy, and how many may go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.controllers.workloads import (
    condition,
    each_of,
    everyone,
    is_finished,
    is_leaving,
    is_ready,
    set_status,
    share,
    spec_of,
    timestamp,
)
from helmlite.sandbox.objects import Obj, controller_of, meta
from helmlite.sandbox.recorded import stored_as
from helmlite.sandbox.selectors import of_selector

BUDGETS = "poddisruptionbudgets.policy"


def _count(client: Client, budget: Obj) -> None:
    matches, namespace = of_selector(spec_of(budget).get("selector")), meta(budget)["namespace"]
    pods = [each for each in client.list("pods", namespace) if matches(each) and not is_finished(each)]
    set_status(client, BUDGETS, budget, _status(client, budget, pods))


def _status(client: Client, budget: Obj, pods: Sequence[Obj]) -> dict[str, Any]:
    spec, generation = budget["spec"], meta(budget).get("generation", 1)
    expected = _wanted(client, pods)
    if spec.get("maxUnavailable") is not None:
        desired = max(0, expected - share(spec["maxUnavailable"], expected, 0, up=True))
    else:
        desired = share(spec.get("minAvailable"), expected, 1, up=True)
    healthy = sum(is_ready(each) and not is_leaving(each) for each in pods)
    allowed = max(0, healthy - desired) if expected else 0
    made: dict[str, Any] = {
        "type": "DisruptionAllowed",
        "status": "True" if allowed else "False",
        "reason": "SufficientPods" if allowed else "InsufficientPods",
        "message": "",
        "observedGeneration": generation,
    }
    before = condition(budget, made["type"])
    same = before.get("status") == made["status"]
    made["lastTransitionTime"] = before["lastTransitionTime"] if same else timestamp(client)
    return {
        "observedGeneration": generation,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "expectedPods": expected,
        "disruptionsAllowed": allowed,
        "conditions": [made],
    }


def _wanted(client: Client, pods: Sequence[Obj]) -> int:
    """Return how many pods there should be: as many as their controllers want, and those that have none."""
    count, seen = 0, set()
    for pod in pods:
        reference = controller_of(pod)
        kind = client.kind(reference["apiVersion"], reference["kind"]) if reference else None
        owner = client.get(stored_as(kind), meta(pod)["namespace"], reference["name"]) if kind and reference else None
        replicas = spec_of(owner or {}).get("replicas")
        if reference is None or not isinstance(replicas, int):
            count += 1
        elif reference["uid"] not in seen:
            seen.add(reference["uid"])
            count += replicas
    return count


CONTROLLERS = (
    Controller(name="disruption", watches={BUDGETS: itself, "pods": everyone}, reconcile=each_of(BUDGETS, _count)),
)
