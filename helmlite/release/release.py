"""What was deployed: one revision, and the release that its revisions make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.compose import stored_manifest
from helmlite.manifest.identity import ReleaseId, ResourceId
from helmlite.manifest.manifest import Hook, Manifest, Resource


class Status(StrEnum):
    """The status words exactly as Helm prints them."""

    UNKNOWN = "unknown"
    DEPLOYED = "deployed"
    UNINSTALLED = "uninstalled"
    SUPERSEDED = "superseded"
    FAILED = "failed"
    UNINSTALLING = "uninstalling"
    PENDING_INSTALL = "pending-install"
    PENDING_UPGRADE = "pending-upgrade"
    PENDING_ROLLBACK = "pending-rollback"

    @property
    def is_pending(self) -> bool:
        """Return whether an operation is, or was, under way (uninstalling is not among them, as in Helm)."""
        return self in (Status.PENDING_INSTALL, Status.PENDING_UPGRADE, Status.PENDING_ROLLBACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRecord:
    """The chart as a record keeps it, in Helm's JSON shape.

    ``metadata`` has the fields of Chart.yaml; ``values`` the chart's defaults after import-values; ``templates`` and
    ``files`` are lists of ``{"name": ..., "data": base64}``; ``schema`` is base64 text. Subcharts are not kept.
    """

    metadata: Mapping[str, Any]
    values: Mapping[str, Any] | None = field(default=None, repr=False)
    templates: Sequence[Mapping[str, Any]] | None = field(default=None, repr=False)
    files: Sequence[Mapping[str, Any]] | None = field(default=None, repr=False)
    schema: str | None = field(default=None, repr=False)
    lock: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """Return the chart's name, empty when the record holds none."""
        return str(self.metadata.get("name", ""))

    @property
    def version(self) -> str:
        """Return the chart's version, empty when the record holds none."""
        return str(self.metadata.get("version", ""))

    @property
    def app_version(self) -> str:
        """Return the chart's appVersion, empty when it has none."""
        return str(self.metadata.get("appVersion", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One numbered state of a release: one Secret in the cluster.

    ``manifest`` and the hooks' texts are as stored, parsed on demand; ``config`` is what the user supplied (None when
    nothing was). ``labels`` are the user's labels only. Times are timezone-aware. ``apply_method`` is ``ssa``, ``csa``
    or empty (Helm 3: client-side). ``marks`` are our own labels on the record's Secret (``helmlite.dev/...``),
    which Helm drops when it rewrites the record.
    """

    id: ReleaseId
    number: int
    status: Status
    description: str
    first_deployed: datetime | None
    last_deployed: datetime | None
    chart: ChartRecord | None
    config: Mapping[str, Any] | None = field(default=None, repr=False)
    manifest: str = field(default="", repr=False)
    hooks: Sequence[Hook] = field(default=(), repr=False)
    notes: str = field(default="", repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    apply_method: str = "ssa"
    rollback_revision: int = 0
    deleted: datetime | None = None
    resource_version: str = ""

    def with_status(self, status: Status, description: str | None = None) -> Revision:
        """Return this revision in another status, and with another description when one is given."""
        return replace(self, status=status, description=self.description if description is None else description)

    def as_interrupted(self) -> Revision:
        """Return this revision as failed, since whoever wrote it died before it was done."""
        text = f"{self.description} (interrupted)" if self.description else "(interrupted)"
        return replace(self, status=Status.FAILED, description=text, marks={})

    def read_manifest(self, capabilities: Capabilities) -> Manifest:
        """Return the stored manifest as objects; kinds that the cluster no longer serves are warnings in it."""
        return stored_manifest(self.manifest, self.hooks, self.notes, self.id, capabilities)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """A stored record that cannot be read: listed as such, never hidden, never fatal to the others.

    ``status`` is the record's label, ``reason`` what is wrong with it.
    """

    id: ReleaseId
    number: int
    status: str
    reason: str
    secret_name: str
    resource_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What a release may have in the cluster; ``warnings`` name what cannot be looked for."""

    resources: Sequence[Resource]
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release's whole history, oldest first; an empty one is a release that does not exist yet."""

    id: ReleaseId
    revisions: Sequence[Revision] = ()
    bad: Sequence[BadRecord] = ()

    @property
    def newest(self) -> Revision | BadRecord | None:
        """Return the record with the highest number, readable or not; None when there is none."""
        records: list[Revision | BadRecord] = [*self.revisions, *self.bad]
        return max(records, key=lambda each: each.number, default=None)

    @property
    def exists(self) -> bool:
        """Return whether any record, readable or not, bears this name."""
        return bool(self.revisions or self.bad)

    @property
    def latest(self) -> Revision | None:
        """Return the readable revision with the highest number."""
        return self.revisions[-1] if self.revisions else None

    @property
    def deployed(self) -> Revision | None:
        """Return the newest revision in status deployed: the highest number wins."""
        return next((each for each in reversed(self.revisions) if each.status == Status.DEPLOYED), None)

    @property
    def next_number(self) -> int:
        """Return the number that a new revision takes; unreadable records count."""
        return 1 + max([0, *(each.number for each in self.revisions), *(each.number for each in self.bad)])

    def revision(self, number: int) -> Revision | None:
        """Return the readable revision of that number."""
        return next((each for each in self.revisions if each.number == number), None)

    @property
    def base(self) -> Revision | None:
        """Return the revision an upgrade starts from: the newest deployed, else the latest failed or superseded one."""
        if self.deployed:
            return self.deployed
        latest = self.latest
        return latest if latest and latest.status in (Status.FAILED, Status.SUPERSEDED) else None

    def owned(self, capabilities: Capabilities, wanted: Manifest | None = None) -> Owned:
        """Return what any live or unfinished revision may have left behind, each object once, newest first.

        That is the deployed revision's objects, and those of every newer one, which may have failed half way.
        A revision whose manifest is that of ``wanted``, word for word, is not parsed again.
        """
        deployed = self.deployed
        since = deployed.number if deployed else 0
        found: dict[ResourceId, Resource] = {}
        warnings: list[str] = []
        for each in reversed(self.revisions):
            over = each.status is Status.UNINSTALLED or (each.status is Status.SUPERSEDED and each is not self.latest)
            if each.number < since or over:
                continue
            same = wanted is not None and wanted.text == each.manifest
            manifest = wanted if wanted is not None and same else each.read_manifest(capabilities)
            for resource in manifest.resources:
                found.setdefault(resource.id, resource)
            if not same:
                warnings += [f"of revision {each.number} this is left alone: {text}" for text in manifest.warnings]
        return Owned(resources=list(found.values()), warnings=warnings)
