"""What is desired of a cluster: a chart with values, an old revision, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from helmlite.action.configuration import Configuration
from helmlite.action.prepare import Rendering, Workshop, cluster_lookup
from helmlite.engine.engine import ReleaseFacts, no_lookup
from helmlite.errors import ReleaseError, ReleaseNotFoundError
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.manifest import Manifest
from helmlite.manifest.redact import scrubber
from helmlite.plan.policy import Desired, Policy
from helmlite.release.release import Release, Revision, Status
from helmlite.values.layers import UserValues

LOCK_MARK = "helmlite.dev/lock"
"""Label of a pending record whose writer holds the release's Lease; Helm drops it when it rewrites the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartWish:
    """How to render a chart for a release; ``labels`` with the value "null" remove a label on upgrade."""

    user: UserValues = field(repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    reset_values: bool = False
    reuse_values: bool = False
    reset_then_reuse_values: bool = False
    skip_schema_validation: bool = False
    subchart_notes: bool = False


def desire_chart(
    configuration: Configuration,
    wish: ChartWish,
    release: Release,
    capabilities: Capabilities,
    policy: Policy,
    workshop: Workshop,
    *,
    fresh: bool = False,
    with_cluster: bool = True,
) -> Desired:
    """Return what the chart in the workshop asks for, as the next revision of ``release``.

    It is an install when ``fresh``, or when no revision is there to go on from. Without a cluster ``lookup`` finds
    nothing.
    """
    base = None if fresh else release.base
    is_install = base is None
    number = release.next_number
    user, defaults = reuse(wish, base)
    facts = ReleaseFacts(
        name=release.id.name,
        namespace=release.id.namespace,
        revision=number,
        is_install=is_install,
        is_upgrade=not is_install,
    )
    rendering = Rendering(
        user=user,
        facts=facts,
        capabilities=capabilities,
        defaults=defaults,
        skip_schema_validation=wish.skip_schema_validation,
        subchart_notes=wish.subchart_notes,
        skip_crds=policy.skip_crds,
    )
    lookup = cluster_lookup(configuration, capabilities) if with_cluster else no_lookup
    prepared = workshop.prepare(rendering, lookup=lookup)
    now = configuration.now()
    latest = release.latest
    revision = Revision(
        id=release.id,
        number=number,
        status=Status.PENDING_INSTALL if is_install else Status.PENDING_UPGRADE,
        description="Initial install underway" if is_install else "Preparing upgrade",
        first_deployed=(latest.first_deployed if latest and not is_install else None) or now,
        last_deployed=now,
        chart=prepared.record,
        config=dict(user.data) or None,
        manifest=prepared.manifest.text,
        hooks=prepared.manifest.hooks,
        notes=prepared.manifest.notes,
        labels=merged_labels(latest.labels if latest and not is_install else {}, wish.labels),
        marks={LOCK_MARK: "held"},
        apply_method="ssa",
    )
    return Desired(
        operation="install" if is_install else "upgrade",
        release=release.id,
        manifest=prepared.manifest,
        revision=revision,
        description=policy.description or ("Install complete" if is_install else "Upgrade complete"),
        capabilities=prepared.capabilities,
        warnings=prepared.warnings,
        scrubber=scrubber([each.body for each in prepared.manifest.resources], prepared.computed.values),
        locate=lambda resource, error: workshop.locate(rendering, lookup, resource, error),
    )


def reuse(wish: ChartWish, base: Revision | None) -> tuple[UserValues, Mapping[str, Any] | None]:
    """Return the user's values and the chart defaults of an upgrade, as the reuse flags say (Helm's table)."""
    if base is None or wish.reset_values:
        return wish.user, None
    old = UserValues.of(base.config or {}, origin=f"revision {base.number}")
    if wish.reuse_values:
        defaults = base.chart.values if base.chart is not None else None
        return wish.user.over(old), defaults
    if wish.reset_then_reuse_values:
        return wish.user.over(old), None
    return (wish.user if wish.user.data else old), None


def merged_labels(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return the record's labels after an upgrade; the value "null" removes one, as in Helm."""
    return {key: value for key, value in {**old, **new}.items() if value != "null"}


def desire_revision(
    configuration: Configuration, release: Release, number: int, capabilities: Capabilities, policy: Policy
) -> Desired:
    """Return what revision ``number`` asked for, as the next revision; raises ReleaseNotFoundError without it."""
    target = release.revision(number)
    latest = release.latest
    if target is None or latest is None:
        bad = next((each for each in release.bad if each.number == number), None)
        if bad is not None:
            raise ReleaseError(f"revision {number} of release {release.id} cannot be read: {bad.reason}")
        known = ", ".join(str(each.number) for each in release.revisions) or "none"
        raise ReleaseNotFoundError(f"release {release.id} has no revision {number} (it has {known})")
    manifest = target.read_manifest(capabilities)
    now = configuration.now()
    text = f"Rollback to {number}"
    revision = replace(
        target,
        number=release.next_number,
        status=Status.PENDING_ROLLBACK,
        description=policy.description or text,
        first_deployed=latest.first_deployed,
        last_deployed=now,
        rollback_revision=number,
        marks={LOCK_MARK: "held"},
        apply_method="ssa",
        deleted=None,
        resource_version="",
    )
    return Desired(
        operation="rollback",
        release=release.id,
        manifest=manifest,
        revision=revision,
        description=policy.description or text,
        capabilities=capabilities,
        warnings=manifest.warnings,
        scrubber=scrubber([each.body for each in manifest.resources], target.config),
    )


def desire_nothing(release: Release, capabilities: Capabilities, policy: Policy) -> Desired:
    """Return the wish that nothing of the release be left."""
    return Desired(
        operation="uninstall",
        release=release.id,
        manifest=Manifest(resources=(), hooks=(), crds=(), notes="", text=""),
        revision=release.latest,
        description=policy.description or "Uninstallation complete",
        capabilities=capabilities,
    )
