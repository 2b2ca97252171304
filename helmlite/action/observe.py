"""Looking at the cluster before a plan is built: two rounds of reads, as few requests as possible.

First what is there: one list per kind and namespace where several objects are wanted, a GET where one is, GETs where
listing is forbidden. Then a server-side dry run of only those objects on which comparing is unsure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from helmlite.action.configuration import Configuration
from helmlite.action.objections import conflict, located, together
from helmlite.errors import (
    ClusterError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
)
from helmlite.manifest.capabilities import Capabilities, ServedKind
from helmlite.manifest.identity import GroupVersionKind, ResourceId
from helmlite.manifest.location import Locate, nowhere
from helmlite.manifest.manifest import Resource
from helmlite.manifest.ownership import owner_faults
from helmlite.plan.compare import compare, settle
from helmlite.plan.fields import take_over_patch
from helmlite.plan.observation import Observation, Verdict
from helmlite.release.release import Release

LIST_FROM = 3
"""From how many wanted objects of one kind and namespace on a list is cheaper than a GET for each."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def observe(
    configuration: Configuration,
    release: Release,
    capabilities: Capabilities,
    wanted: Sequence[Resource],
    others: Iterable[Resource],
    *,
    crds: Sequence[Resource] = (),
    check_all: bool = False,
    forced: bool = False,
    locate: Locate = nowhere,
) -> Observation:
    """Return what the builder may know: ``wanted`` with verdicts, ``others`` and ``crds`` only looked up.

    ``check_all`` also sends what is new or differs to a server-side dry run, as ``--dry-run=server`` does, so that the
    server's objections are known; they are raised, all of them in one error. ``forced`` says that conflicts with other
    managers will be none, since their fields are taken over. ``locate`` finds where refused objects come from.
    """
    versions = {each.id: each.gvk for each in (*others, *crds, *wanted)}
    live, unreadable = look_up(configuration, capabilities, versions)
    verdicts = {each.id: compare(each, live.get(each.id)) for each in wanted}
    unsure = [each for each in wanted if verdicts[each.id] is Verdict.UNSURE]

    def ask(resource: Resource) -> Verdict:
        before = live[resource.id]
        if take_over_patch(before) is not None:
            return Verdict.DIFFERS
        try:
            answer = configuration.cluster.apply(resource.body, dry_run=True)
        except ClusterError:
            # Conflicts and objections are met again, and told with their place, when the plan is executed.
            return Verdict.DIFFERS
        return settle(before, answer.body)

    for resource, verdict in zip(unsure, concurrently(configuration, ask, unsure), strict=True):
        verdicts[resource.id] = verdict
    observation = Observation(
        release=release, capabilities=capabilities, live=live, verdicts=verdicts, unreadable=unreadable
    )
    if check_all:
        return replace(observation, warnings=_check(configuration, observation, wanted, crds, forced, locate))
    return observation


def look_up(
    configuration: Configuration, capabilities: Capabilities, ids: Mapping[ResourceId, GroupVersionKind]
) -> tuple[dict[ResourceId, Mapping[str, Any]], dict[ResourceId, str]]:
    """Return the live objects among ``ids``, and those that we may not read with the reason.

    Each is read at the version that is given for it, since fields have other names at another; where that is not
    served any more, at the best one.
    """
    groups: dict[tuple[GroupVersionKind, str | None], list[ResourceId]] = {}
    for each in sorted(ids, key=lambda id: id.sort_key):
        groups.setdefault((ids[each], each.namespace), []).append(each)
    cluster = configuration.cluster
    live: dict[ResourceId, Mapping[str, Any]] = {}
    unreadable: dict[ResourceId, str] = {}

    def get(kind: ServedKind, id: ResourceId) -> None:
        try:
            body = cluster.get(kind, id.namespace, id.name)
        except (ForbiddenError, UnauthorizedError) as error:
            unreadable[id] = error.message
            return
        if body is not None:
            live[id] = body

    def read(members: list[ResourceId]) -> None:
        first = members[0]
        kind = capabilities.served(ids[first]) or capabilities.any_version(first.group, first.kind)
        if kind is None:
            return
        if len(members) < LIST_FROM or "list" not in kind.verbs:
            for each in members:
                get(kind, each)
            return
        selector = "type!=helm.sh/release.v1" if (first.group, first.kind) == ("", "Secret") else ""
        try:
            listed = cluster.list(kind, first.namespace, field_selector=selector)
        except NotFoundError:
            return
        except ForbiddenError:
            for each in members:
                get(kind, each)
            return
        by_name = {str(item["metadata"]["name"]): item for item in listed.items}
        for each in members:
            if each.name in by_name:
                live[each] = by_name[each.name]

    concurrently(configuration, read, list(groups.values()))
    return live, unreadable


def concurrently(
    configuration: Configuration, function: Callable[[_Item], _Result], items: Sequence[_Item]
) -> list[_Result]:
    """Return ``function`` of each item, in their order, several at a time; the first exception is raised."""
    if len(items) <= 1:
        return [function(each) for each in items]
    with ThreadPoolExecutor(max_workers=min(configuration.concurrency, len(items))) as pool:
        return list(pool.map(function, items))


def _check(
    configuration: Configuration,
    observation: Observation,
    wanted: Sequence[Resource],
    crds: Sequence[Resource],
    forced: bool,
    locate: Locate,
) -> list[str]:
    """Send what is new or differs to a dry run; raise all objections, return what could not be checked."""
    coming = {
        (
            str((each.body.get("spec") or {}).get("group")),
            str(((each.body.get("spec") or {}).get("names") or {}).get("kind")),
        )
        for each in crds
        if each.id not in observation.live
    }
    namespaces = {each.id.name for each in wanted if each.id.kind == "Namespace" and not each.id.group}
    unchecked: list[str] = []
    objections: list[tuple[Resource, ClusterError]] = []

    def check(resource: Resource) -> Sequence[str]:
        if observation.verdicts.get(resource.id) in (Verdict.SAME, Verdict.TERMINATING):
            return ()
        waits = (resource.id.group, resource.id.kind) in coming or (
            resource.id.namespace in namespaces and resource.id not in observation.live
        )
        live = observation.live.get(resource.id)
        if waits or (live is not None and take_over_patch(live) is not None):
            unchecked.append(f"{resource.id}: not checked by the server, since it waits for another step of this plan")
            return ()
        # what is another's is refused by name when the plan is built, rather than here for its fields
        foreign = live is not None and bool(owner_faults(live, observation.release.id))
        try:
            answer = configuration.cluster.apply(resource.body, dry_run=True, force=forced or foreign)
        except ConflictError as error:
            objections.append((resource, conflict(resource, error)))
            return ()
        except ClusterError as error:
            if error.status == 404 and resource.id.namespace:
                unchecked.append(f"{resource.id}: not checked by the server, since its namespace does not exist yet")
            else:
                error.located(f"{resource.source}: {resource.id}")
                objections.append((resource, error))
            return ()
        return answer.warnings

    warnings = [text for each in concurrently(configuration, check, list(wanted)) for text in each]
    if objections:
        raise together([located(resource, error, locate) for resource, error in objections])
    return sorted({*warnings, *unchecked})
