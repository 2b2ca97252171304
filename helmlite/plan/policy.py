"""What is desired, and how the operator wants it done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from helmlite.errors import UsageError
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.location import Locate, nowhere
from helmlite.manifest.manifest import Manifest
from helmlite.manifest.redact import Scrubber
from helmlite.release.release import Revision

Operation = Literal["install", "upgrade", "rollback", "uninstall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How an operation is carried out; each field is the flag of that name.

    ``timeout_seconds`` holds for each wait by itself. ``cascade`` is Kubernetes' propagation policy (``Background``,
    ``Foreground``, ``Orphan``). ``history_max`` 0 keeps every revision. ``hooks`` False stands for ``--no-hooks``.
    Raises UsageError for what cannot be had together.
    """

    wait: bool = False
    wait_for_jobs: bool = False
    wait_for_load_balancers: bool = False
    timeout_seconds: float = 300.0
    hooks: bool = True
    skip_crds: bool = False
    force_conflicts: bool = False
    force_replace: bool = False
    force_revision: bool = False
    take_ownership: bool = False
    cleanup_on_fail: bool = False
    rollback_on_failure: bool = False
    history_max: int = 10
    keep_history: bool = False
    cascade: str = "Background"
    create_namespace: bool = False
    description: str = ""
    pending_timeout_seconds: float = 600.0
    take_over_pending: bool = False

    def __post_init__(self) -> None:
        if self.force_replace and self.force_conflicts:
            raise UsageError("--force-replace and --force-conflicts exclude each other", hint="choose one of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What a release shall be: its manifest, and the revision that records it.

    ``revision`` is the pending one to store first; for an uninstall the latest one there is, None when the release has
    none. ``description`` is what the revision says once all went well. ``capabilities`` know the chart's own CRDs.
    ``scrubber`` takes the secrets of manifest and values out of what is said about them; ``locate`` finds where in the
    chart's templates an object that the server refuses comes from.
    """

    operation: Operation
    release: ReleaseId
    manifest: Manifest
    revision: Revision | None
    description: str
    capabilities: Capabilities
    warnings: Sequence[str] = ()
    scrubber: Scrubber = field(default_factory=lambda: Scrubber(()))
    locate: Locate = nowhere
