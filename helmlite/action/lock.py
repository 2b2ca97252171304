"""One Lease per release: who works on it now. Renewed by a thread while a verb changes things, deleted at the end."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any

from helmlite.action.configuration import Configuration, is_dead
from helmlite.action.events import Waiting, Warned
from helmlite.errors import (
    AlreadyExistsError,
    ClusterError,
    ConflictError,
    ForbiddenError,
    HelmliteError,
    Interrupted,
    LockedError,
    NotFoundError,
    UnauthorizedError,
)
from helmlite.manifest.capabilities import ServedKind
from helmlite.manifest.identity import GroupVersionKind, ReleaseId

LEASE = ServedKind(
    gvk=GroupVersionKind(group="coordination.k8s.io", version="v1", kind="Lease"), plural="leases", namespaced=True
)
PROCESS = "helmlite.dev/process"
COMMAND = "helmlite.dev/command"
POLL_SECONDS = 1.0


def lease_name(release: ReleaseId) -> str:
    """Return the name of a release's Lease; release names are short enough for it to be a valid one."""
    return f"helmlite.lock.{release.name}"


class Lock:
    """The lock of one release, as a context: entered it is ours, left it is free.

    ``held`` is False where the cluster does not let us use Leases: then only Helm's own guard (a pending record, and
    that no revision can be stored twice) is left. ``waited`` says that there was another holder first.
    ``lost`` says that somebody else took the Lease from us, or may
    have, since it was not renewed in time.
    """

    def __init__(
        self,
        configuration: Configuration,
        release: ReleaseId,
        *,
        timeout_seconds: float,
        create_namespace: bool = False,
    ) -> None:
        self.held = False
        self.waited = False
        self._lost = threading.Event()
        self._renewed = configuration.monotonic()
        self._configuration = configuration
        self._release = release
        self._timeout_seconds = timeout_seconds
        self._create_namespace = create_namespace
        self._live: Mapping[str, Any] = {}
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def lost(self) -> bool:
        """Return whether the Lease may be another's by now; looks at the clock, since a renewal may hang."""
        late = self._configuration.monotonic() - self._renewed >= self._configuration.lease_seconds
        return self.held and (self._lost.is_set() or late)

    def __enter__(self) -> Lock:
        try:
            self._live = self._acquire()
        except (ForbiddenError, UnauthorizedError) as error:
            if "being terminated" in error.message:
                raise ClusterError(
                    f"namespace {self._release.namespace!r} is being deleted",
                    status=error.status,
                    reason=error.reason,
                    hint="wait until it is gone, then install anew with --create-namespace",
                ) from error
            self._configuration.emit(
                Warned(
                    text=f"no right to use Leases in namespace {self._release.namespace}, going on without a lock: "
                    f"two commands at once are only told apart by their records ({error.message})"
                )
            )
            if self._create_namespace:
                self._make_namespace()
            return self
        self._renewed = self._configuration.monotonic()
        self.held = True
        self._thread = threading.Thread(target=self._renew, name="helmlite-lease", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.held:
            return
        self._done.set()
        if self._thread:
            self._thread.join()
        if not self._lost.is_set():
            metadata = self._live["metadata"]
            # The Lease runs out by itself: failing to free it costs the next command a wait, not this one its result.
            with suppress(ClusterError):
                self._configuration.cluster.delete(
                    LEASE,
                    self._release.namespace,
                    metadata["name"],
                    uid=metadata["uid"],
                    resource_version=metadata["resourceVersion"],
                )
        self.held = False

    def _body(self, live: Mapping[str, Any] | None) -> dict[str, Any]:
        identity = self._configuration.identity
        now = _micro(self._configuration.now())
        metadata: dict[str, Any] = {
            "name": lease_name(self._release),
            "namespace": self._release.namespace,
            "annotations": {PROCESS: identity.process, COMMAND: identity.command},
            "labels": {"app.kubernetes.io/managed-by": "helmlite"},
        }
        transitions = 0
        if live is not None:
            metadata["resourceVersion"] = live["metadata"]["resourceVersion"]
            transitions = int((live.get("spec") or {}).get("leaseTransitions") or 0) + 1
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {
                "holderIdentity": identity.holder,
                "leaseDurationSeconds": self._configuration.lease_seconds,
                "acquireTime": now,
                "renewTime": now,
                "leaseTransitions": transitions,
            },
        }

    def _acquire(self) -> Mapping[str, Any]:
        """Return the Lease once it is ours; waits while another holder renews it."""
        configuration = self._configuration
        cluster = configuration.cluster
        started = seen_at = configuration.monotonic()
        seen_version, told = "", ""
        while True:
            wanted = self._body(None)
            try:
                return cluster.create(wanted, repeatable=True).body
            except AlreadyExistsError:
                self.waited = True
            except NotFoundError as error:
                if self._create_namespace:
                    self._make_namespace()
                    continue
                raise ClusterError(
                    f"namespace {self._release.namespace!r} does not exist",
                    status=404,
                    hint="add --create-namespace, or create it first",
                ) from error
            live = cluster.get(LEASE, self._release.namespace, lease_name(self._release))
            if live is None:
                continue
            if _is_same(live, wanted):
                return live
            now = configuration.monotonic()
            version = str(live["metadata"].get("resourceVersion", ""))
            if version != seen_version:
                seen_version, seen_at = version, now
            spec = live.get("spec") or {}
            duration = _seconds(spec.get("leaseDurationSeconds"), configuration.lease_seconds)
            mark = str((live["metadata"].get("annotations") or {}).get(PROCESS, ""))
            if (
                now - seen_at >= duration
                or not spec.get("holderIdentity")
                or is_dead(mark, configuration.identity.process)
            ):
                with suppress(ConflictError, NotFoundError):
                    return cluster.replace(self._body(live)).body
                continue
            holder = str(spec.get("holderIdentity"))
            if now - started >= self._timeout_seconds:
                raise LockedError(
                    f"release {self._release} is locked by {holder}, "
                    f"since {spec.get('acquireTime', 'an unknown time')}",
                    hint="wait for that command to end; its lock runs out by itself when it dies",
                )
            if holder != told:
                configuration.emit(Waiting(text=f"waiting for {holder}, who is at work on release {self._release}"))
                told = holder
            if configuration.stop.wait(POLL_SECONDS):
                raise Interrupted(
                    f"interrupted while waiting for the lock of release {self._release}; nothing was changed"
                )

    def _make_namespace(self) -> None:
        """Create the release's namespace, labelled as Helm does; one that is there already is fine."""
        name = self._release.namespace
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"name": name}}}
        with suppress(AlreadyExistsError):
            answer = self._configuration.cluster.create(body)
            for text in answer.warnings:
                self._configuration.emit(Warned(text=text, source="namespace"))

    def _renew(self) -> None:
        interval = max(self._configuration.lease_seconds / 3, 0.2)
        while not self._done.wait(interval):
            asked = self._configuration.monotonic()
            try:
                spec = {**self._live["spec"], "renewTime": _micro(self._configuration.now())}
                metadata = {key: self._live["metadata"][key] for key in ("name", "namespace", "resourceVersion", "uid")}
                kept = {key: self._live["metadata"].get(key) for key in ("annotations", "labels")}
                body = {**self._live, "metadata": {**metadata, **kept}, "spec": spec}
                self._live = self._configuration.cluster.replace(body, read_seconds=interval).body
                self._renewed = asked
            except (ConflictError, NotFoundError):
                if not self._still_ours(interval):
                    self._lost.set()
                    return
            except HelmliteError:
                # A server that is away for a moment is met again at the next renewal, unless the Lease ran out.
                if self.lost:
                    self._lost.set()
                    return

    def _still_ours(self, seconds: float) -> bool:
        """Return whether the Lease is the one we hold, whoever touched it, and read it again."""
        try:
            live = self._configuration.cluster.get(
                LEASE, self._release.namespace, lease_name(self._release), read_seconds=seconds
            )
        except HelmliteError:
            return True
        if live is None or live["metadata"].get("uid") != self._live["metadata"].get("uid"):
            return False
        if (live.get("spec") or {}).get("leaseTransitions") != self._live["spec"].get("leaseTransitions"):
            return False
        self._live = live
        return True


def _is_same(live: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    """Return whether a Lease is the very one we wrote: the server had made it, only its answer was lost."""
    annotations = (live["metadata"].get("annotations") or {}).items()
    spec = (live.get("spec") or {}).items()
    return bool(written["metadata"]["annotations"].items() <= annotations and written["spec"].items() <= spec)


def _micro(moment: datetime) -> str:
    """Return a time as Kubernetes' MicroTime."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _seconds(value: object, default: int) -> float:
    return (
        float(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 3600 else float(default)
    )
