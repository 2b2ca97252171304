"""The API server from inside, and the loop that lets controllers do their work, one small step at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from helmlite.sandbox.access import User
from helmlite.sandbox.controllers.controller import Controller
from helmlite.sandbox.kinds import Kind, Registry
from helmlite.sandbox.objects import Obj, controller_of
from helmlite.sandbox.status import StatusError
from helmlite.sandbox.store import Change, Store, key_of
from helmlite.sandbox.writes import Options, Target, Writer, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LOG = logging.getLogger(__name__)
CONTROL_PLANE = User(name="system:kube-controller-manager", groups=("system:masters", "system:authenticated"))
TOLD = 4096
"""How many events are remembered, to be counted up when they come again."""
AGAIN_SECONDS = 1.0
"""After how long a step that was refused (by a quota, say) is tried again."""


class InnerClient:
    """What controllers and admission read and write through; see ``controllers.controller.Client``."""

    def __init__(
        self, store: Store, registry: Registry, later: Callable[[float, str, str, str], None], *, pace: float
    ) -> None:
        self._store = store
        self._registry = registry
        self._writer = Writer(store, registry, self)
        self._later = later
        self._pace = pace
        self._waits: dict[tuple[float, str, str, str, str], float] = {}
        self._told: dict[tuple[str, str, str], str] = {}
        self._event_number = 0

    @property
    def writer(self) -> Writer:
        """Return what requests change objects with."""
        return self._writer

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC).replace(microsecond=0)

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """Return an object."""
        return self._store.get(resource, namespace, name)

    def list(self, resource: str, namespace: str | None = None) -> Sequence[Obj]:
        """Return the objects of a namespace, or of all."""
        return self._store.list(resource, namespace)

    def resources(self) -> Sequence[str]:
        """Return the resources of which there are objects."""
        return self._store.resources()

    def owned(self, uid: str) -> Sequence[tuple[str, Obj]]:
        """Return resource and object of all that have a reference to an owner."""
        return self._store.owned(uid)

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """Return the kind that an object names."""
        return self._registry.of(api_version, kind)

    def controlled(self, resource: str, owner: Mapping[str, Any]) -> Sequence[Obj]:
        """Return the objects whose controller is the owner."""
        uid, namespace = owner["metadata"]["uid"], owner["metadata"].get("namespace")
        found = (each for where, each in self.owned(uid) if where == resource)
        mine = (each for each in found if (controller_of(each) or {}).get("uid") == uid)
        return sorted((each for each in mine if namespace in (None, key_of(each)[0])), key=key_of)

    def _target(self, resource: str, obj: Mapping[str, Any], subresource: str = "") -> Target:
        kind, metadata = self._registry.best(resource), obj["metadata"]
        return Target(
            kind=kind,
            namespace=metadata.get("namespace", "") if kind.namespaced else "",
            name=metadata.get("name", ""),
            subresource=subresource,
        )

    @staticmethod
    def _options(manager: str) -> Options:
        return Options(user=CONTROL_PLANE, field_manager=manager, validation="Ignore")

    def create(self, resource: str, obj: Obj, *, manager: str) -> Obj:
        """Create an object."""
        return self._writer.create(self._target(resource, obj), obj, self._options(manager))

    def update(self, resource: str, obj: Obj, *, manager: str, subresource: str = "") -> Obj:
        """Put an object in place of what is stored."""
        made = {**obj, "metadata": dict(obj["metadata"])}
        stored = self._store.get(resource, made["metadata"].get("namespace", ""), made["metadata"]["name"])
        made["metadata"]["resourceVersion"] = (stored or made)["metadata"].get("resourceVersion")
        return self._writer.replace(self._target(resource, obj, subresource), made, self._options(manager))[0]

    def delete(
        self, resource: str, namespace: str, name: str, *, propagation: str = "Background", grace: int = -1
    ) -> None:
        """Delete an object."""
        if self._store.get(resource, namespace, name) is None:
            return
        asked = {"propagationPolicy": propagation, **({"gracePeriodSeconds": grace} if grace >= 0 else {})}
        target = self._target(resource, {"metadata": {"namespace": namespace, "name": name}})
        self._writer.delete(target, asked, self._options("kube-controller-manager"))

    def event(self, obj: Mapping[str, Any], kind: str, reason: str, message: str, *, component: str) -> None:
        """Record an event, or count one up."""
        metadata, now = obj["metadata"], timestamp(self.now())
        namespace = metadata.get("namespace") or "default"
        involved = {
            "kind": obj.get("kind", ""),
            "namespace": metadata.get("namespace", ""),
            "name": metadata["name"],
            "uid": metadata["uid"],
            "apiVersion": obj.get("apiVersion", ""),
            "resourceVersion": metadata.get("resourceVersion", ""),
        }
        said = (metadata["uid"], reason, message)
        name = self._told.pop(said, "")
        found = self.get("events", namespace, name) if name else None
        if found is not None:
            self._told[said] = name
            counted = {**found, "count": (found.get("count") or 1) + 1, "lastTimestamp": now}
            self.update("events", counted, manager=component)
            return
        place = self._registry.at("", "v1", "namespaces") and self.get("namespaces", "", namespace)
        if not place or place["metadata"].get("deletionTimestamp"):
            return
        # as clients name them, so that lists have them in the order in which they came
        self._event_number = max(self._event_number + 1, time.time_ns())
        name = f"{metadata['name'][:200]}.{self._event_number:016x}"
        self._told[said] = name
        if len(self._told) > TOLD:
            del self._told[next(iter(self._told))]
        event: Obj = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {key: value for key, value in involved.items() if value},
            "reason": reason,
            "message": message,
            "source": {"component": component},
            "type": kind,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "reportingComponent": component,
        }
        self.create("events", event, manager=component)

    def later(self, seconds: float, resource: str, namespace: str, name: str) -> None:
        """Tell the controllers of an object again."""
        # at no pace is what was refused tried without a pause
        self._later(max(seconds * self._pace, min(seconds, AGAIN_SECONDS)), resource, namespace, name)

    def waited(
        self, seconds: float, since: str, resource: str, namespace: str, name: str, *, paced: bool = True
    ) -> bool:
        """Return whether a time has passed; if not, have the object's controllers told when it has."""
        passed = (self.now() - datetime.fromisoformat(since)).total_seconds()
        # the times of objects have no fractions, those of a quick pace are nothing but
        wanted = max(0.0, seconds * (self._pace if paced else 1.0) - max(passed, 0.0))
        key = (seconds, since, resource, namespace, name)
        due = self._waits.setdefault(key, time.monotonic() + wanted)
        if time.monotonic() >= due:
            if not wanted:  # from now on the object's own time tells
                del self._waits[key]
            return True
        self._later(due - time.monotonic() + 0.001, resource, namespace, name)
        return False


class Progress:
    """Tells controllers of what changed, one step per turn of the event loop, so that requests get in between.

    ``pace`` is how much of an ordered delay passes: 1 is real time, 0 at once.
    """

    def __init__(self, store: Store, registry: Registry, controllers: Iterable[Controller], *, pace: float) -> None:
        self._store = store
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due: dict[tuple[int, str, str], None] = {}
        self._timers: dict[tuple[Any, str, str], asyncio.TimerHandle] = {}
        self._running = False
        self._controllers = tuple(controllers)
        self._watching: dict[str, list[int]] = {}
        for number, controller in enumerate(self._controllers):
            for resource in controller.watches:
                self._watching.setdefault(resource, []).append(number)
        self.client = InnerClient(store, registry, self._tell_later, pace=pace)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, with every object that is there: what was under way when the process ended goes on."""
        self._loop = loop
        self._store.listen(self._changed)
        for resource in self._store.resources():
            for each in self._store.list(resource):
                self._tell(resource, each)

    def stop(self) -> None:
        """Do no further step."""
        self._loop = None
        self._due.clear()
        for timer in self._timers.values():
            timer.cancel()

    def _changed(self, change: Change) -> None:
        self._tell(change.resource, change.obj)
        if change.before is not None:
            self._tell(change.resource, change.before)

    def _tell(self, resource: str, obj: Obj) -> None:
        numbers = (*self._watching.get(resource, ()), *self._watching.get("*", ()))
        for number in numbers:
            watches = self._controllers[number].watches
            for key in (watches.get(resource) or watches["*"])(obj):
                self._due[number, *key] = None
        if self._due and not self._running and self._loop is not None:
            self._running = True
            self._loop.call_soon(self._step)

    def _tell_later(self, seconds: float, resource: str, namespace: str, name: str) -> None:
        def tell() -> None:
            found = self._store.get(resource, namespace, name)
            if found is not None:
                self._tell(resource, found)

        self._after(seconds, (resource, namespace, name), tell)

    def _after(self, seconds: float, key: tuple[Any, str, str], call: Callable[[], None]) -> None:
        """Do something later, once per key: the sooner counts, for who is called asks again for what it waits for."""
        if self._loop is None:
            return
        before = self._timers.get(key)
        if before is not None and before.when() <= self._loop.time() + seconds:
            return
        if before is not None:
            before.cancel()

        def run() -> None:
            del self._timers[key]
            call()

        self._timers[key] = self._loop.call_later(seconds, run)

    def _step(self) -> None:
        self._running = False
        if self._loop is None or not self._due:
            return
        key = next(iter(self._due))
        del self._due[key]
        number, namespace, name = key
        controller = self._controllers[number]
        try:
            controller.reconcile(self.client, namespace, name)
        except StatusError as error:
            LOG.debug("%s: %s/%s: %s", controller.name, namespace, name, error)
            self._after(AGAIN_SECONDS, key, partial(self._again, key))
        except Exception:
            LOG.exception("the controller %s failed at %s/%s", controller.name, namespace, name)
        if self._due:
            self._running = True
            self._loop.call_soon(self._step)

    def _again(self, key: tuple[int, str, str]) -> None:
        self._due[key] = None
        if not self._running and self._loop is not None:
            self._running = True
            self._loop.call_soon(self._step)
