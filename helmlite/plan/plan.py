"""A plan as a value: steps in a graph, each with one action of a small closed set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from helmlite.manifest.identity import ReleaseId, ResourceId
from helmlite.manifest.manifest import Resource
from helmlite.release.release import Revision


class Op(StrEnum):
    """What a change does to an object, in the words that a plan prints."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    KEEP = "keep"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One object before and after; ``before`` and ``after`` are bodies without what the server adds, None if absent."""

    op: Op
    id: ResourceId
    before: Mapping[str, Any] | None = field(default=None, repr=False)
    after: Mapping[str, Any] | None = field(default=None, repr=False)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRevision:
    """Store a revision: create its record (``create``) or rewrite it."""

    revision: Revision
    create: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Server-side apply of one object; ``force`` takes fields from other managers.

    ``create_only`` leaves an object alone that exists already (CRDs of ``crds/``, the namespace); ``replace`` puts the
    whole object in place of the live one (``--force-replace``).
    """

    resource: Resource
    force: bool = False
    create_only: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete one object, the one with ``uid`` only; what is gone already is fine.

    ``propagation`` is as Kubernetes has it: ``Background``, ``Foreground``, ``Orphan``.
    """

    id: ResourceId
    uid: str = ""
    propagation: str = "Background"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverFields:
    """Make what manager ``helm`` wrote by Update part of its Apply entry, in one patch guarded by resourceVersion."""

    id: ResourceId
    managed_fields: Sequence[Mapping[str, Any]]
    resource_version: str
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitReady:
    """Wait until all resources are ready; ``reads`` names the Apply steps whose generations must have been observed."""

    resources: Sequence[Resource]
    timeout_seconds: float
    for_jobs: bool = False
    for_load_balancers: bool = False
    reads: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitGone:
    """Wait until none of these objects exists any more (``uids``: the instance that must go, if known)."""

    ids: Sequence[ResourceId]
    timeout_seconds: float
    uids: Mapping[ResourceId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRevision:
    """Delete one record of the release's history; one that is gone already is fine.

    ``secret_name`` is for records that cannot be read; None: the name that Helm gives it.
    """

    release: ReleaseId
    number: int
    secret_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """Do nothing: a point between two groups of steps, which spares an edge for each pair."""


Action: TypeAlias = SaveRevision | Apply | Delete | TakeOverFields | WaitReady | WaitGone | DeleteRevision | Barrier


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action and the ids of the steps that must have succeeded before it."""

    id: str
    action: Action
    after: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnTo:
    """The wish to go back to a good revision (``--rollback-on-failure`` of an upgrade)."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAll:
    """The wish to remove what a failed first install made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFailure:
    """What to do when a step fails.

    ``record`` is stored as failed with the reason put into its description (None: nothing to record); ``describe`` is
    the description's beginning (``Upgrade "shop" failed``); ``cleanup`` are objects to delete when this run created
    them (``--cleanup-on-fail``); ``wish`` is what to aim for next.
    """

    record: Revision | None
    describe: str
    cleanup: Sequence[ResourceId] = ()
    wish: ReturnTo | RemoveAll | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a verb will do, shown before it runs.

    ``base_revision`` is the number of the newest record that the plan was built on (0: none). ``changes`` tell people
    what ``steps`` do to objects. ``unchanged`` says that there is nothing to do and no revision to make. ``revision``
    is what the release will be when all went well (None after an uninstall without history).
    """

    operation: str
    release: ReleaseId
    base_revision: int
    steps: Sequence[Step]
    changes: Sequence[Change]
    on_failure: OnFailure | None
    revision: Revision | None
    unchanged: bool = False
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The result of a write: what the server says of the object now. ``created``: it was not there before."""

    id: ResourceId | None = None
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    created: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailure:
    """Why a step did not succeed; ``source`` is the template the object came from, when there is one."""

    reason: str
    source: str = ""
    error: Exception | None = field(default=None, repr=False)


Results: TypeAlias = Mapping[str, Applied | StepFailure]
