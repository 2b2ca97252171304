"""Where revisions live, as the rest of the house sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from helmlite.manifest.identity import ReleaseId
from helmlite.release.release import BadRecord, Release, Revision


class Driver(Protocol):
    """A store of revisions. Its methods raise ClusterError's family when the cluster refuses."""

    def release(self, release_id: ReleaseId) -> Release:
        """Return the whole history of one release, oldest first; an empty Release when there is none."""
        ...

    def moved(self, release: Release) -> bool:
        """Return whether the history went on since it was read: a newer record, or the newest one changed or gone."""
        ...

    def list(self, namespace: str | None, selector: str = "") -> Sequence[Revision | BadRecord]:
        """Return every record of a namespace (None: of all), by release and number; ``selector`` adds labels."""
        ...

    def list_latest(self, namespace: str | None, selector: str = "") -> Sequence[Revision | BadRecord]:
        """Return the newest record of each release, without reading the others' contents."""
        ...

    def create(self, revision: Revision) -> Revision:
        """Store a new record; raises AlreadyExistsError when the number is taken. Returns it with resource_version."""
        ...

    def update(self, revision: Revision) -> Revision:
        """Rewrite a record, guarded by ``resource_version`` when it has one; foreign labels and annotations stay."""
        ...

    def delete(self, release_id: ReleaseId, number: int, *, secret_name: str | None = None) -> None:
        """Delete one record; one that is gone already is fine."""
        ...

    def foreign(self, release_id: ReleaseId) -> str | None:
        """Return the name of another storage driver that holds records of this release (``configmap``), else None."""
        ...
