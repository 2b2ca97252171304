"""What an API server has against objects, told with their templates."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.errors import ClusterError, ConflictError, HelmliteError
from helmlite.manifest.location import Locate
from helmlite.manifest.manifest import Resource


def conflict(resource: Resource, error: ConflictError) -> ConflictError:
    """Return the conflict over an object's fields, one line each, with what to try."""
    listed = "".join(f"\n  {each}" for each in error.conflicts)
    return ConflictError(
        f"{resource.source}: {resource.id}: other managers own fields of it{listed}"
        if error.conflicts
        else f"{resource.source}: {resource.id}: {error.message}",
        conflicts=error.conflicts,
        reason=error.reason,
        hint="--force-conflicts takes these fields over" if error.conflicts else error.hint,
    )


def located(resource: Resource, error: HelmliteError, locate: Locate) -> HelmliteError:
    """Return a server's refusal of an object, which names its document, at the template's line instead."""
    found = locate(resource, error) if isinstance(error, ClusterError) else None
    if found is not None:
        _, mark, said = error.message.partition(f"{resource.source}: ")
        error.reworded(lambda text: f"{found.place}: {said}" if mark and text == error.message else text)
        error.followed_by("\n".join([*([] if mark else [f"  in {found.place}"]), *found.below]))
    return error


def together(errors: Sequence[HelmliteError]) -> HelmliteError:
    """Return the first of several errors that were met side by side, the others told after it."""
    first = errors[0]
    for each in errors[1:]:
        first.followed_by(each.message)
    return first
