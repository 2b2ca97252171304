"""Evictions: whether the disruption budget of a pod lets it go."""

from __future__ import annotations

from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.controllers.disruption import BUDGETS
from helmlite.sandbox.controllers.workloads import is_leaving, is_ready
from helmlite.sandbox.objects import Obj, mapping
from helmlite.sandbox.selectors import of_selector
from helmlite.sandbox.status import StatusError

AT_ANY_TIME = ("Pending", "Succeeded", "Failed")
"""Phases of pods that serve nobody."""


def counted(client: Client, pod: Obj) -> Obj | None:
    """Return the pod's budget with one disruption less to give, None where none is needed.

    Raises StatusError: 429 where the budget has none to give, 500 for several budgets.
    """
    if mapping(pod.get("status")).get("phase") in AT_ANY_TIME or is_leaving(pod):
        return None
    budgets = client.list(BUDGETS, pod["metadata"]["namespace"])
    found = [each for each in budgets if of_selector(mapping(each.get("spec")).get("selector"))(pod)]
    if not found:
        return None
    if len(found) > 1:
        said = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        raise StatusError(500, "InternalError", said)
    budget, status = found[0], mapping(found[0].get("status"))
    needed, healthy = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
    if not is_ready(pod) and 0 < needed <= healthy:
        return None
    allowed = status.get("disruptionsAllowed", 0)
    if allowed < 1:
        said = f"{budget['metadata']['name']} needs {needed} healthy pods and has {healthy} currently"
        raise StatusError(
            429,
            "TooManyRequests",
            "Cannot evict pod as it would violate the pod's disruption budget.",
            {"causes": [{"reason": "DisruptionBudget", "message": f"The disruption budget {said}"}]},
        )
    return {**budget, "status": {**status, "disruptionsAllowed": allowed - 1}}
