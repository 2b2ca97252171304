"""What an action tells while it works: events, emitted in order, from one thread at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from helmlite.manifest.identity import ReleaseId, ResourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something worth telling that changes nothing."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something that the user should look at; ``source`` is the server, a chart, a template."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A wait goes on: for the lock, for objects to become ready or to go. ``remaining`` counts what is awaited."""

    text: str
    remaining: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A step of the plan begins."""

    step: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step of the plan ended; ``failure`` is empty when it succeeded. ``done`` of ``total`` steps are over."""

    step: str
    text: str
    failure: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The cluster changed: one object was created, configured or deleted (``verb``)."""

    id: ResourceId
    verb: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A revision's record was written, with this status."""

    release: ReleaseId
    number: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What only helps to find out why something went as it did: a request, and what came of it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """A download gets on: ``done`` bytes came of ``total`` (0: unknown). ``url`` is as it may be shown.

    Several may go on at once, and tell from threads of their own.
    """

    url: str
    done: int
    total: int = 0


Event: TypeAlias = Note | Warned | Waiting | StepStarted | StepDone | Changed | Recorded | Detail | Transferred
Emit: TypeAlias = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Do nothing with an event: what a library call does unless told otherwise."""
