"""Steps and changes in words, for progress lines, plans on a screen and errors."""

from __future__ import annotations

from typing import assert_never

from helmlite.plan.plan import (
    Apply,
    Barrier,
    Delete,
    DeleteRevision,
    SaveRevision,
    Step,
    TakeOverFields,
    WaitGone,
    WaitReady,
)


def step_text(step: Step) -> str:
    """Return what a step does, in one line without an end mark."""
    action = step.action
    match action:
        case SaveRevision():
            return f"record revision {action.revision.number} as {action.revision.status}"
        case Apply():
            verb = "create" if action.create_only else "replace" if action.replace else "apply"
            return f"{verb} {action.resource.id}"
        case Delete():
            return f"delete {action.id}"
        case TakeOverFields():
            return f"take over the fields of {action.id} from client-side apply"
        case WaitReady():
            return f"wait until {_objects(len(action.resources))} ready"
        case WaitGone():
            return f"wait until {_objects(len(action.ids))} gone"
        case DeleteRevision():
            return f"forget revision {action.number}"
        case Barrier():
            return "go on"
        case _:
            assert_never(action)


def _objects(count: int) -> str:
    return "1 object is" if count == 1 else f"{count} objects are"
