"""Wishes, observations and plans of the tests of the builder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from helmlite.manifest.manifest import Manifest, Resource
from helmlite.plan.build import build
from helmlite.plan.observation import Observation, Verdict
from helmlite.plan.plan import Plan
from helmlite.plan.policy import Desired, Policy
from helmlite.release.release import BadRecord, Release, Revision, Status
from tests.plan.cases import CAPABILITIES, NOW, RELEASE, as_live, manifest, revision

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pw"}, "stringData": {"pw": "x"}}
SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"ports": [{"port": 80}]},
}
CRD = b"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true}]
"""


def wish(*bodies: Mapping[str, Any], release: Release, crds: Sequence[Resource] = (), **more: Any) -> Desired:
    """Return the wish for these objects as the next revision."""
    found = replace(manifest(*bodies), crds=crds)
    operation = more.pop("operation", "upgrade" if release.base else "install")
    statuses = {
        "install": Status.PENDING_INSTALL,
        "upgrade": Status.PENDING_UPGRADE,
        "rollback": Status.PENDING_ROLLBACK,
    }
    pending = revision(release.next_number, statuses[operation], *bodies, **more)
    return Desired(
        operation=operation,
        release=RELEASE,
        manifest=found,
        revision=replace(pending, manifest=found.text),
        description=f"{operation} complete",
        capabilities=CAPABILITIES,
    )


def history(*revisions: Revision, bad: Sequence[BadRecord] = ()) -> Release:
    """Return a release of these revisions."""
    return Release(id=RELEASE, revisions=revisions, bad=bad)


def seen(release: Release, live: Sequence[Mapping[str, Any]] = (), **verdicts: Verdict) -> Observation:
    """Return an observation of live bodies; verdicts by object name."""
    found = {}
    known = {}
    for body in live:
        bare = {key: value for key, value in body.items() if key != "metadata"}
        metadata = {key: value for key, value in body["metadata"].items() if key in ("name", "namespace")}
        [resource] = manifest({**bare, "metadata": metadata}).resources
        found[resource.id] = body
        known[resource.id] = verdicts.get(resource.id.name, Verdict.SAME)
    return Observation(release=release, capabilities=CAPABILITIES, live=found, verdicts=known)


def live_of(body: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return an object as our apply left it."""
    return as_live(manifest(body).resources[0], **more)


def actions(plan: Plan, kind: type) -> list[Any]:
    """Return the plan's actions of one type."""
    return [each.action for each in plan.steps if isinstance(each.action, kind)]


def built(desired: Desired, observation: Observation, policy: Policy | None = None, **more: Any) -> Plan:
    """Return the plan at a fixed time."""
    return build(desired, observation, policy or Policy(), now=NOW, **more)


def removal(release: Release) -> Desired:
    """Return the wish that nothing be left."""
    nothing = Manifest(resources=(), hooks=(), crds=(), notes="", text="")
    return Desired(
        operation="uninstall",
        release=RELEASE,
        manifest=nothing,
        revision=release.latest,
        description="Uninstallation complete",
        capabilities=CAPABILITIES,
    )
