"""Looking at releases: list, history, status, and what a revision's record holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from helmlite.action.configuration import Configuration
from helmlite.action.deploy import read_release
from helmlite.action.observe import look_up
from helmlite.action.wait import PODS
from helmlite.errors import HelmliteError, ReleaseError, ReleaseNotFoundError, UsageError
from helmlite.manifest.identity import ReleaseId
from helmlite.release.names import check_release_name
from helmlite.release.release import BadRecord, Release, Revision, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One revision and the live objects of its manifest (``objects`` maps ``version/Kind`` to bodies)."""

    revision: Revision
    objects: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict, repr=False)
    warnings: Sequence[str] = ()


def list_releases(
    configuration: Configuration,
    *,
    all_namespaces: bool = False,
    statuses: Sequence[Status] = (),
    name_filter: str = "",
    selector: str = "",
    by_date: bool = False,
    reverse: bool = False,
    limit: int = 256,
    offset: int = 0,
) -> list[Revision | BadRecord]:
    """Return the latest record of each release, those that cannot be read included.

    ``statuses`` keeps only some (empty: all); ``name_filter`` is a regular expression searched for in the name;
    ``limit`` 0 means all. Sorted by name, or with ``by_date`` the oldest first.
    """
    try:
        pattern = re.compile(name_filter)
    except re.error as error:
        raise UsageError(f"the filter {name_filter!r} is no regular expression: {error}") from error
    namespace = None if all_namespaces else configuration.namespace
    if statuses == (Status.SUPERSEDED,):
        found = [*configuration.driver.list(namespace, selector)]
    else:
        found = [*configuration.driver.list_latest(namespace, selector)]
    wanted = {str(each) for each in statuses}
    kept = [each for each in found if pattern.search(each.id.name) and (not wanted or str(each.status) in wanted)]

    def key(each: Revision | BadRecord) -> tuple[Any, ...]:
        when = each.last_deployed if isinstance(each, Revision) else None
        date = (when.timestamp() if when else 0.0,) if by_date else ()
        return (*date, each.id.name, each.id.namespace, each.number)

    kept.sort(key=key, reverse=reverse)
    return kept[offset : offset + limit if limit else None]


def history(configuration: Configuration, name: str, *, limit: int = 256) -> list[Revision | BadRecord]:
    """Return a release's records, oldest first, the newest ``limit`` of them; raises ReleaseNotFoundError."""
    release = existing(configuration, name)
    found: list[Revision | BadRecord] = [*release.revisions, *release.bad]
    found.sort(key=lambda each: each.number)
    return found[-limit:] if limit > 0 else found


def existing(configuration: Configuration, name: str) -> Release:
    """Return a release that has at least one record; raises ReleaseNotFoundError."""
    check_release_name(name)
    release_id = ReleaseId(namespace=configuration.namespace, name=name)
    release = read_release(configuration, release_id)
    if not release.exists:
        raise not_there(release_id)
    return release


def not_there(release_id: ReleaseId) -> ReleaseNotFoundError:
    """Return the error that there is no such release."""
    return ReleaseNotFoundError(
        f"release {release_id} does not exist", hint="`helmlite list --all-namespaces` shows those that do"
    )


def get_revision(configuration: Configuration, name: str, *, number: int = 0) -> Revision:
    """Return one revision of a release, the latest when ``number`` is 0; raises ReleaseNotFoundError."""
    release = existing(configuration, name)
    bad = next((each for each in release.bad if each.number == (number or release.next_number - 1)), None)
    if bad is not None:
        raise ReleaseError(f"revision {bad.number} of release {release.id} cannot be read: {bad.reason}")
    revision = release.revision(number) if number else release.latest
    if revision is None:
        known = ", ".join(str(each.number) for each in release.revisions)
        raise ReleaseNotFoundError(f"release {release.id} has no revision {number} (it has {known or 'none'})")
    return revision


def status(configuration: Configuration, name: str, *, number: int = 0, with_objects: bool = True) -> Shown:
    """Return a revision with the live objects of its manifest, and the pods that its workloads select."""
    revision = get_revision(configuration, name, number=number)
    if not with_objects:
        return Shown(revision=revision)
    # of a group whose server is down nothing is shown, but all else is
    capabilities = replace(configuration.cluster.capabilities(), unavailable=frozenset())
    manifest = revision.read_manifest(capabilities)
    live, unreadable = look_up(configuration, capabilities, {each.id: each.gvk for each in manifest.resources})
    objects: dict[str, list[Mapping[str, Any]]] = {}
    for each in manifest.resources:
        body = live.get(each.id)
        if body is not None:
            objects.setdefault(f"{each.gvk.api_version}/{each.gvk.kind}", []).append(body)
    pods = _pods(configuration, live.values())
    if pods:
        objects["v1/Pod(related)"] = pods
    warnings = [f"{id}: {reason}" for id, reason in unreadable.items()]
    warnings += [f"{each.id} does not exist" for each in manifest.resources if each.id not in {*live, *unreadable}]
    return Shown(revision=revision, objects=objects, warnings=[*manifest.warnings, *warnings])


def _pods(configuration: Configuration, bodies: Any) -> list[Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for body in bodies:
        if body.get("kind") not in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"):
            continue
        labels = ((body.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        if not selector:
            continue
        try:
            listed = configuration.cluster.list(PODS, body["metadata"]["namespace"], label_selector=selector)
        except HelmliteError:
            continue
        found |= {str(each["metadata"].get("uid")): each for each in listed.items}
    return list(found.values())


def computed_values(revision: Revision) -> dict[str, Any]:
    """Return all values that a revision was rendered with: the chart's defaults under the user's."""
    from helmlite.values.merge import coalesced

    return coalesced((revision.chart.values if revision.chart else None) or {}, revision.config or {})
