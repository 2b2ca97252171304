"""Waiting by watching: one list and one watch per kind and namespace, however many objects are awaited."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helmlite.action.configuration import Configuration
from helmlite.action.events import Waiting
from helmlite.errors import ClusterError, ExpiredError, ForbiddenError, HelmliteError, Interrupted, ReadinessError
from helmlite.kube.cluster import Cluster
from helmlite.manifest.capabilities import ServedKind
from helmlite.manifest.identity import GroupVersionKind, ResourceId
from helmlite.manifest.manifest import Resource
from helmlite.manifest.readiness import Readiness, ReadyState, readiness

PODS = ServedKind(gvk=GroupVersionKind(group="", version="v1", kind="Pod"), plural="pods", namespaced=True)
STORAGE_CLASSES = ServedKind(
    gvk=GroupVersionKind(group="storage.k8s.io", version="v1", kind="StorageClass"),
    plural="storageclasses",
    namespaced=False,
)
WATCH_SECONDS = 240.0
POLL_SECONDS = 2.0
TELL_SECONDS = 10.0


@dataclass(kw_only=True)
class _Board:
    """What is still awaited, shared by the watching threads. ``failed`` are objects that can never become ready."""

    waiting: dict[ResourceId, str]
    failed: dict[ResourceId, str] = field(default_factory=dict)
    error: HelmliteError | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)
    over: threading.Event = field(default_factory=threading.Event)

    def settle(self, id: ResourceId) -> None:
        with self.changed:
            self.waiting.pop(id, None)
            self.changed.notify_all()

    def unsettle(self, id: ResourceId, reason: str) -> None:
        with self.changed:
            self.waiting[id] = reason

    def fail(self, id: ResourceId, reason: str) -> None:
        with self.changed:
            self.waiting.pop(id, None)
            self.failed[id] = reason
            self.changed.notify_all()

    def break_off(self, error: HelmliteError) -> None:
        with self.changed:
            self.error = self.error or error
            self.changed.notify_all()


See = Callable[[_Board, ResourceId, "Mapping[str, Any] | None"], None]


def wait_ready(
    configuration: Configuration,
    resources: Sequence[Resource],
    *,
    timeout_seconds: float,
    generations: Mapping[ResourceId, int],
    uids: Mapping[ResourceId, str],
    for_jobs: bool = False,
    for_load_balancers: bool = False,
) -> None:
    """Return once every resource is ready; raises ReadinessError naming each that is not, and why.

    Only what the server observed after our write counts: ``generations`` and ``uids`` are what the writes gave.
    """
    sources = {each.id: each.source for each in resources}
    classes = _StorageClasses(configuration.cluster)
    mounted = _mounted_claims(resources)

    def see(board: _Board, id: ResourceId, body: Mapping[str, Any] | None) -> None:
        if body is None:
            board.unsettle(id, "it does not exist (somebody deleted it)")
            return
        state = readiness(
            body,
            generation_at_least=generations.get(id, 0),
            for_jobs=for_jobs,
            for_load_balancers=for_load_balancers,
            claim_waits_for_pod=_waits_for_pod(body, classes, mounted),
        )
        uid = uids.get(id)
        if uid and body["metadata"].get("uid") != uid:
            state = Readiness(state=ReadyState.WAITING, reason="it was replaced by another object of that name")
        if state.state is ReadyState.READY:
            board.settle(id)
        elif state.state is ReadyState.FAILED:
            board.fail(id, state.reason)
        else:
            board.unsettle(id, state.reason)

    board = _Board(waiting={each.id: "nothing is known of it yet" for each in resources})
    kinds: dict[ResourceId, ServedKind] = {}
    for each in resources:
        kind = configuration.cluster.capabilities().served(each.gvk) or configuration.cluster.served(each.id)
        if kind is None:
            raise ReadinessError(f"{each.id}: the cluster does not serve its kind, so its readiness cannot be known")
        kinds[each.id] = kind
    _watch_all(configuration, board, kinds, see, timeout_seconds, "to become ready")
    if board.failed or board.waiting:
        details = _diagnose(configuration.cluster, {**board.waiting, **board.failed})
        lines = [
            f"  {id} ({sources[id]}): {reason}{details.get(id, '')}"
            for id, reason in sorted({**board.waiting, **board.failed}.items(), key=lambda item: item[0].sort_key)
        ]
        what = "failed" if board.failed else f"not ready within {timeout_seconds:g} s"
        raise ReadinessError(f"{len(lines)} of {counted(len(resources))} {what}:\n" + "\n".join(lines))


def counted(number: int) -> str:
    """Return ``1 object``, ``2 objects``."""
    return "1 object" if number == 1 else f"{number} objects"


def wait_gone(
    configuration: Configuration, ids: Sequence[ResourceId], *, timeout_seconds: float, uids: Mapping[ResourceId, str]
) -> None:
    """Return once none of the objects exists (an object with another uid is not the awaited one)."""

    def see(board: _Board, id: ResourceId, body: Mapping[str, Any] | None) -> None:
        if body is None or (uids.get(id) and body["metadata"].get("uid") != uids[id]):
            board.settle(id)
            return
        finalizers = body["metadata"].get("finalizers") or []
        reason = f"held by finalizers {', '.join(map(str, finalizers))}" if finalizers else "still there"
        board.unsettle(id, reason)

    kinds = {each: kind for each in ids if (kind := configuration.cluster.served(each)) is not None}
    board = _Board(waiting=dict.fromkeys(kinds, "still there"))
    _watch_all(configuration, board, kinds, see, timeout_seconds, "to go")
    if board.waiting:
        lines = [f"  {id}: {reason}" for id, reason in sorted(board.waiting.items(), key=lambda item: item[0].sort_key)]
        raise ReadinessError(
            f"not gone after {timeout_seconds:g} s: {counted(len(lines))}:\n" + "\n".join(lines),
            hint="look at their finalizers with kubectl, or give a longer --timeout",
        )


def _watch_all(
    configuration: Configuration,
    board: _Board,
    kinds: Mapping[ResourceId, ServedKind],
    see: See,
    timeout_seconds: float,
    what: str,
) -> None:
    """Keep ``board`` up to date, one watcher per kind and namespace, until nothing is awaited or time is up."""
    groups: dict[tuple[GroupVersionKind, str | None], list[ResourceId]] = {}
    for id, kind in kinds.items():
        groups.setdefault((kind.gvk, id.namespace), []).append(id)
    threads = []
    for (_, namespace), members in groups.items():
        watcher = threading.Thread(
            target=_follow,
            args=(configuration.cluster, board, kinds[members[0]], namespace, members, see),
            name="helmlite-watch",
            daemon=True,
        )
        watcher.start()
        threads.append(watcher)
    end = configuration.monotonic() + timeout_seconds
    told = configuration.monotonic()
    try:
        while True:
            with board.changed:
                if board.error:
                    raise board.error
                if board.failed or not board.waiting:
                    return
                board.changed.wait(0.2)
                remaining = len(board.waiting)
            if configuration.stop.is_set():
                raise Interrupted(f"interrupted while waiting for {counted(remaining)} {what}")
            now = configuration.monotonic()
            if now >= end:
                return
            if now - told >= TELL_SECONDS:
                told = now
                configuration.emit(Waiting(text=f"waiting for {counted(remaining)} {what}", remaining=remaining))
    finally:
        board.over.set()


def _follow(
    cluster: Cluster,
    board: _Board,
    kind: ServedKind,
    namespace: str | None,
    members: Sequence[ResourceId],
    see: See,
) -> None:
    """List and watch one kind in one namespace until the board is over; where that is forbidden, poll each object."""
    by_name = {each.name: each for each in members}
    selector = f"metadata.name={members[0].name}" if len(members) == 1 else ""
    failures = 0
    while not board.over.is_set():
        try:
            listed = cluster.list(kind, namespace, field_selector=selector)
            found = {str(each["metadata"]["name"]): each for each in listed.items}
            for name, id in by_name.items():
                see(board, id, found.get(name))
            failures = 0
            for event in cluster.watch(
                kind,
                namespace,
                resource_version=listed.resource_version,
                timeout_seconds=WATCH_SECONDS,
                field_selector=selector,
                stop=board.over,
            ):
                watched = by_name.get(str((event.body.get("metadata") or {}).get("name", "")))
                if watched and event.type in ("ADDED", "MODIFIED", "DELETED"):
                    see(board, watched, None if event.type == "DELETED" else event.body)
                if board.over.is_set():
                    return
        except ForbiddenError:
            _poll(cluster, board, kind, members, see)
            return
        except ExpiredError:
            continue
        except HelmliteError as error:
            failures += 1
            if failures >= 5:
                board.break_off(error)
                return
            board.over.wait(min(2.0**failures, 10))


def _poll(cluster: Cluster, board: _Board, kind: ServedKind, members: Iterable[ResourceId], see: See) -> None:
    while not board.over.is_set():
        try:
            for each in members:
                see(board, each, cluster.get(kind, each.namespace, each.name))
        except HelmliteError as error:
            board.break_off(error)
            return
        board.over.wait(POLL_SECONDS)


class _StorageClasses:
    """The binding modes of storage classes, each asked for once."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._modes: dict[str, str] = {}

    def waits_for_consumer(self, name: str) -> bool:
        if name not in self._modes:
            try:
                body = self._cluster.get(STORAGE_CLASSES, None, name)
            except ClusterError:
                body = None
            self._modes[name] = str((body or {}).get("volumeBindingMode", ""))
        return self._modes[name] == "WaitForFirstConsumer"


def _waits_for_pod(body: Mapping[str, Any], classes: _StorageClasses, mounted: set[tuple[str, str]]) -> bool:
    """Return whether a pending claim waits for a pod that nothing in this release brings."""
    if body.get("kind") != "PersistentVolumeClaim" or (body.get("status") or {}).get("phase") == "Bound":
        return False
    storage_class = (body.get("spec") or {}).get("storageClassName")
    metadata = body["metadata"]
    if (str(metadata.get("namespace", "")), str(metadata.get("name", ""))) in mounted:
        return False
    return isinstance(storage_class, str) and classes.waits_for_consumer(storage_class)


def _mounted_claims(resources: Iterable[Resource]) -> set[tuple[str, str]]:
    """Return namespace and name of every claim that a pod or pod template among the resources mounts."""
    found: set[tuple[str, str]] = set()
    for each in resources:
        spec = each.body.get("spec") or {}
        if each.id.kind == "CronJob":
            spec = (spec.get("jobTemplate") or {}).get("spec") or {}
        pod = (
            spec
            if each.id.kind == "Pod"
            else (spec.get("template") or {}).get("spec")
            if isinstance(spec, Mapping)
            else None
        )
        for volume in (pod.get("volumes") or []) if isinstance(pod, Mapping) else []:
            claim = (
                (volume.get("persistentVolumeClaim") or {}).get("claimName") if isinstance(volume, Mapping) else None
            )
            if isinstance(claim, str):
                found.add((each.id.namespace or "", claim))
    return found


def _diagnose(cluster: Cluster, awaited: Mapping[ResourceId, str]) -> dict[ResourceId, str]:
    """Return, for workloads that are not ready, what their pods say: image pulls, crashes, scheduling."""
    said: dict[ResourceId, str] = {}
    for id in list(awaited)[:20]:
        if id.kind not in ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet") or id.namespace is None:
            continue
        try:
            kind = cluster.served(id)
            body = cluster.get(kind, id.namespace, id.name) if kind else None
            labels = (((body or {}).get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
            if not labels:
                continue
            selector = ",".join(f"{key}={value}" for key, value in labels.items())
            pods = cluster.list(PODS, id.namespace, label_selector=selector).items
        except HelmliteError:
            continue
        reasons = list(dict.fromkeys(reason for pod in pods for reason in pod_troubles(pod)))
        said[id] = "".join(f"\n    {each}" for each in reasons[:5])
    return said


def pod_troubles(pod: Mapping[str, Any]) -> list[str]:
    """Return why a pod is not running well, one line each: waiting and ended containers, scheduling, restarts."""
    name = pod["metadata"].get("name", "")
    status = pod.get("status") or {}
    found = []
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            found.append(f"pod {name} is not scheduled: {condition.get('message') or condition.get('reason')}")
    for each in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = each.get("state") or {}
        waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
        restarts = f", {each['restartCount']} restarts" if each.get("restartCount") else ""
        if waiting and waiting.get("reason") not in ("ContainerCreating", "PodInitializing"):
            last = (each.get("lastState") or {}).get("terminated") or {}
            code = f", last exit code {last['exitCode']} ({last.get('reason', '')})" if "exitCode" in last else ""
            message = " ".join(str(waiting.get("message") or "").split())[:300]
            told = f": {message}" if message else ""
            found.append(f"pod {name}, container {each.get('name')}: {waiting.get('reason')}{code}{restarts}{told}")
        elif ended and ended.get("exitCode"):
            found.append(
                f"pod {name}, container {each.get('name')}: {ended.get('reason')}, "
                f"exit code {ended['exitCode']}{restarts}"
            )
        elif state.get("running") and each.get("ready") is False:
            found.append(f"pod {name}, container {each.get('name')}: running but not ready{restarts}")
    return found
