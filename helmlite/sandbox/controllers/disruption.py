"""Disruption budgets: how many of their pods are healthy, and how many may go."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.controllers.workloads import (
    condition,
    conditioned,
    each_of,
    everyone,
    is_finished,
    is_leaving,
    is_ready,
    number,
    set_status,
    share,
    spec_of,
)
from helmlite.sandbox.objects import Obj, controller_of, meta
from helmlite.sandbox.recorded import stored_as
from helmlite.sandbox.selectors import of_selector

BUDGETS = "poddisruptionbudgets.policy"


def _count(client: Client, budget: Obj) -> None:
    spec, metadata, matches = spec_of(budget), meta(budget), of_selector(spec_of(budget).get("selector"))
    pods = [each for each in client.list("pods", metadata["namespace"]) if matches(each) and not is_finished(each)]
    expected, generation = _wanted(client, pods), metadata.get("generation", 1)
    if spec.get("maxUnavailable") is not None:
        desired = max(0, expected - share(spec["maxUnavailable"], expected, 0, up=True))
    else:
        desired = share(spec.get("minAvailable"), expected, 1, up=True)
    healthy = sum(is_ready(each) and not is_leaving(each) for each in pods)
    allowed = max(0, healthy - desired) if expected else 0
    answer, reason = ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
    old, more = condition(budget, "DisruptionAllowed"), {"observedGeneration": generation}
    status = {
        "observedGeneration": generation,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "expectedPods": expected,
        "disruptionsAllowed": allowed,
        "conditions": [{"message": "", **conditioned(client, old, "DisruptionAllowed", answer, reason, **more)}],
    }
    set_status(client, BUDGETS, budget, status)


def _wanted(client: Client, pods: Sequence[Obj]) -> int:
    """Return how many pods there should be: as many as their controllers want, and those that have none."""
    controllers = [controller_of(each) for each in pods]
    count = controllers.count(None)
    for each in {each["uid"]: each for each in controllers if each}.values():
        kind = client.kind(each["apiVersion"], each["kind"])
        owner = client.get(stored_as(kind), meta(pods[0])["namespace"], each["name"]) if kind else None
        count += number(spec_of(owner or {}).get("replicas"), 1)
    return count


CONTROLLERS = (
    Controller(name="disruption", watches={BUDGETS: itself, "pods": everyone}, reconcile=each_of(BUDGETS, _count)),
)
