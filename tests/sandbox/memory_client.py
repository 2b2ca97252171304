"""An API server for unit tests of controllers: it stores what it is given, without defaults and checks."""

from __future__ import annotations

import copy
import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from helmlite.sandbox.controllers.controller import Controller
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj, controller_of, owners_of
from helmlite.sandbox.recorded import registry
from helmlite.sandbox.status import StatusError

START = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = 2000
"""After so many calls of controllers, ``settle`` holds that they never come to rest."""


@dataclass(kw_only=True)
class MemoryClient:
    """Objects in memory, a clock that stands still until ``advance``, and the events in the order they came.

    ``refuse(resource, obj)`` may return an error that a create is answered with. ``writes`` tells of every write:
    verb, resource and name. A pod's deletion waits for its kubelet when it has a node, as on a server.
    """

    refuse: Callable[[str, Obj], StatusError | None] = lambda resource, obj: None
    events: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Name of the object, type, reason and message."""
    writes: list[tuple[str, str, str]] = field(default_factory=list)
    _objects: dict[str, dict[tuple[str, str], Obj]] = field(default_factory=dict)
    _changed: deque[tuple[str, Obj]] = field(default_factory=deque)
    _later: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    _time: datetime = START
    _number: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(1))
    _controllers: Sequence[Controller] = ()

    def now(self) -> datetime:
        """Return the time that ``advance`` has led to."""
        return self._time

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """Return an object, None when there is none."""
        return self._objects.get(resource, {}).get((namespace, name))

    def list(self, resource: str, namespace: str | None = None) -> Sequence[Obj]:
        """Return the objects of a namespace (None: of all), by namespace and name."""
        held = sorted(self._objects.get(resource, {}).items())
        return [each for key, each in held if namespace in (None, key[0])]

    def controlled(self, resource: str, owner: Mapping[str, Any]) -> Sequence[Obj]:
        """Return the objects of a resource whose controller reference bears the owner's uid."""
        uid = owner["metadata"]["uid"]
        return [each for each in self.list(resource) if (controller_of(each) or {}).get("uid") == uid]

    def owned(self, uid: str) -> Sequence[tuple[str, Obj]]:
        """Return resource and object of all that refer to an owner."""
        listed = [(resource, each) for resource in self.resources() for each in self.list(resource)]
        return [pair for pair in listed if uid in [each["uid"] for each in owners_of(pair[1])]]

    def resources(self) -> Sequence[str]:
        """Return the resources of which there are objects."""
        return [resource for resource, held in self._objects.items() if held]

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """Return a kind of a fresh server, None for another."""
        return registry().of(api_version, kind)

    def create(self, resource: str, obj: Obj, *, manager: str) -> Obj:
        """Store a new object; raises StatusError when there is one, or when ``refuse`` gives an error."""
        made = copy.deepcopy(obj)
        metadata = made["metadata"]
        if "name" not in metadata:
            metadata["name"] = metadata["generateName"] + "".join(self._random.choices("bcdfghjklm", k=5))
        error = self.refuse(resource, made)
        if error is not None:
            raise error
        if self.get(resource, *_key(made)) is not None:
            raise StatusError(409, "AlreadyExists", f'{resource} "{metadata["name"]}" already exists')
        self._number += 1
        metadata.update(uid=f"uid-{self._number}", creationTimestamp=_text(self._time), generation=1)
        return self._put("create", resource, made)

    def update(self, resource: str, obj: Obj, *, manager: str, subresource: str = "") -> Obj:
        """Store an object in place of another: its status and metadata, or all but its status."""
        old = self.get(resource, *_key(obj))
        if old is None:
            raise StatusError(404, "NotFound", f'{resource} "{obj["metadata"]["name"]}" not found')
        made = copy.deepcopy(obj)
        if subresource == "status":
            made = {**copy.deepcopy(old), "metadata": made["metadata"], "status": made.get("status", {})}
        elif "status" in old:
            made["status"] = copy.deepcopy(old["status"])
        if {**made, "metadata": _without_version(made)} == {**old, "metadata": _without_version(old)}:
            return old
        if made.get("spec") != old.get("spec"):
            made["metadata"]["generation"] = old["metadata"].get("generation", 1) + 1
        metadata = made["metadata"]
        ends = metadata.get("deletionTimestamp") and not metadata.get("finalizers")
        if ends and not metadata.get("deletionGracePeriodSeconds"):
            self.remove(resource, *_key(made))
            return made
        return self._put("update", resource, made)

    def delete(
        self, resource: str, namespace: str, name: str, *, propagation: str = "Background", grace: int = -1
    ) -> None:
        """Delete an object; one with finalizers, and a pod on a node (unless ``grace`` is 0), is marked only."""
        old = self.get(resource, namespace, name)
        if old is None:
            return
        made = copy.deepcopy(old)
        metadata = made["metadata"]
        waits = resource == "pods" and made["spec"].get("nodeName") and grace != 0
        if not waits and not metadata.get("finalizers"):
            self.remove(resource, namespace, name)
            return
        metadata.setdefault("deletionTimestamp", _text(self._time))
        if resource == "pods":
            metadata["deletionGracePeriodSeconds"] = 30 if waits else 0
        if made != old:
            self._put("update", resource, made)

    def remove(self, resource: str, namespace: str, name: str) -> None:
        """Take an object out at once."""
        old = self._objects.get(resource, {}).pop((namespace, name), None)
        if old is not None:
            self.writes.append(("delete", resource, name))
            self._changed.append((resource, old))

    def event(self, obj: Mapping[str, Any], kind: str, reason: str, message: str, *, component: str) -> None:
        """Keep an event."""
        self.events.append((obj["metadata"]["name"], kind, reason, message))

    def later(self, seconds: float, resource: str, namespace: str, name: str) -> None:
        """Have ``advance`` tell of the object again."""
        entry = (self._time + timedelta(seconds=seconds), resource, namespace, name)
        if entry not in self._later:
            self._later.append(entry)

    def waited(
        self, seconds: float, since: str, resource: str, namespace: str, name: str, *, paced: bool = True
    ) -> bool:
        """Return whether a time has passed; if not, have ``advance`` tell of the object when it has."""
        due = datetime.fromisoformat(since) + timedelta(seconds=seconds)
        if self._time < due:
            self.later((due - self._time).total_seconds(), resource, namespace, name)
        return self._time >= due

    def settle(self, controllers: Iterable[Controller] | None = None) -> None:
        """Run controllers (those of the last call by default) until nothing changes; raises AssertionError."""
        if controllers is not None:
            self._controllers = tuple(controllers)
        steps = 0
        while self._changed:
            resource, obj = self._changed.popleft()
            for each in self._controllers:
                watch = each.watches.get(resource) or each.watches.get("*")
                keys = watch(obj) if watch else ()
                for namespace, name in keys:
                    each.reconcile(self, namespace, name)
                    steps += 1
                    assert steps < STEPS, f"{each.name} does not come to rest at {namespace}/{name}"

    def advance(self, seconds: float) -> None:
        """Let time pass, and let the controllers do what falls due in it."""
        end = self._time + timedelta(seconds=seconds)
        while due := [each for each in self._later if each[0] <= end]:
            entry = min(due)
            self._later.remove(entry)
            self._time = max(self._time, entry[0])
            obj = self.get(*entry[1:])
            if obj is not None:
                self._changed.append((entry[1], obj))
            self.settle()
        self._time = end

    def _put(self, verb: str, resource: str, made: Obj) -> Obj:
        self._number += 1
        made["metadata"]["resourceVersion"] = str(self._number)
        self._objects.setdefault(resource, {})[_key(made)] = made
        self.writes.append((verb, resource, made["metadata"]["name"]))
        self._changed.append((resource, made))
        return made


def _key(obj: Mapping[str, Any]) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_version(obj: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in obj["metadata"].items() if key != "resourceVersion"}
