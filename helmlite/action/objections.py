"""What an API server has against objects, told with their templates."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.errors import ConflictError, HelmliteError
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


def together(errors: Sequence[HelmliteError]) -> HelmliteError:
    """Return the first of several errors that were met side by side, the others told after it."""
    first = errors[0]
    for each in errors[1:]:
        first.followed_by(each.message)
    return first
