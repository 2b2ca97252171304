"""What a controller is, and what it may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj

Key = tuple[str, str]
"""Namespace ("" for none) and name."""


class Client(Protocol):
    """The API server from inside: the same defaulting, checks, quotas and managed fields as for requests over HTTP.

    ``resource`` is as ``Kind.resource``: ``pods``, ``replicasets.apps``. Objects handed out are shared: deepcopy before
    changing. All that is refused raises StatusError. Nothing else runs between two calls.
    """

    def now(self) -> datetime:
        """Return the time of day, in UTC, without microseconds."""

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """Return an object, None when there is none."""

    def list(self, resource: str, namespace: str | None = None) -> Sequence[Obj]:
        """Return the objects of a namespace (None: of all), by namespace and name."""

    def controlled(self, resource: str, owner: Mapping[str, Any]) -> Sequence[Obj]:
        """Return the objects of a resource whose controller reference bears the owner's uid."""

    def owned(self, uid: str) -> Sequence[tuple[str, Obj]]:
        """Return resource and object of all that have a reference to an owner of this uid."""

    def resources(self) -> Sequence[str]:
        """Return the resources of which there are objects."""

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """Return the kind that an object names, None when it is not served."""

    def create(self, resource: str, obj: Obj, *, manager: str) -> Obj:
        """Create an object (with ``generateName`` too) and return it."""

    def update(self, resource: str, obj: Obj, *, manager: str, subresource: str = "") -> Obj:
        """Put an object in place of what is stored, whatever its resourceVersion; nothing is written if it is equal."""

    def delete(
        self, resource: str, namespace: str, name: str, *, propagation: str = "Background", grace: int = -1
    ) -> None:
        """Delete an object as a DELETE request does; one that is not there is no error.

        ``grace`` is in seconds; -1 takes the kind's own.
        """

    def event(self, obj: Mapping[str, Any], kind: str, reason: str, message: str, *, component: str) -> None:
        """Record an event about an object; ``kind`` is Normal or Warning. The same once more is counted up."""

    def later(self, seconds: float, resource: str, namespace: str, name: str) -> None:
        """Tell the controllers of this object again, after so many seconds of the sandbox's pace."""

    def waited(
        self, seconds: float, since: str, resource: str, namespace: str, name: str, *, paced: bool = True
    ) -> bool:
        """Return whether so many seconds have passed since a time, as objects write it.

        If not, controllers of this object are told of it once more when they have. The seconds are of the sandbox's
        pace, or (``paced`` false: deadlines, which bound work that takes its own time) of the clock.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """One controller. ``watches``: for each resource (``*``: any other), which keys of ours a change of it concerns.

    ``reconcile(client, namespace, name)`` does what there is to do for one key; the object may be gone by then.
    """

    name: str
    watches: Mapping[str, Callable[[Obj], Iterable[Key]]]
    reconcile: Callable[[Client, str, str], None]


def itself(obj: Mapping[str, Any]) -> Iterable[Key]:
    """Return the object's own key."""
    yield obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
