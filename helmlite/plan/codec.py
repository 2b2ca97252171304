"""A plan as plain data, for ``-o json`` and ``-o yaml``. Bodies of objects are left out: they may be Secrets."""

from __future__ import annotations

from typing import Any

from helmlite.manifest.identity import ResourceId
from helmlite.plan.plan import Barrier, Plan, RemoveAll, ReturnTo
from helmlite.plan.words import step_text


def to_data(plan: Plan) -> dict[str, Any]:
    """Return what the plan does: changes by object, steps in words with what they wait for, warnings."""
    wish = plan.on_failure.wish if plan.on_failure else None
    return {
        "operation": plan.operation,
        "release": {"namespace": plan.release.namespace, "name": plan.release.name},
        "baseRevision": plan.base_revision,
        "revision": plan.revision.number if plan.revision else None,
        "unchanged": plan.unchanged,
        "changes": [
            {"op": str(each.op), **_id(each.id), **({"reason": each.reason} if each.reason else {})}
            for each in plan.changes
        ],
        "steps": [
            {"id": each.id, "does": step_text(each), "after": list(each.after)}
            for each in plan.steps
            if not isinstance(each.action, Barrier) or each.after
        ],
        "onFailure": _wish(wish),
        "warnings": list(plan.warnings),
    }


def _id(id: ResourceId) -> dict[str, Any]:
    return {"group": id.group, "kind": id.kind, "namespace": id.namespace, "name": id.name}


def _wish(wish: ReturnTo | RemoveAll | None) -> str:
    if isinstance(wish, ReturnTo):
        return f"return to revision {wish.number}"
    return "remove all" if isinstance(wish, RemoveAll) else "leave as it is"
