"""Rendered text as objects: documents, resources, hooks, and the manifest that holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helmlite.manifest.identity import GroupVersionKind, ResourceId

Body = Mapping[str, Any]
"""An object as plain data; never in a ``repr``, since it may be a Secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One YAML document of rendered text.

    ``source`` says where it came from ("shop/templates/web.yaml.j2, document 2"). ``text`` is the document as rendered,
    without the ``---`` line; ``path`` the template's chart path.
    """

    body: Body = field(repr=False)
    text: str = field(repr=False)
    path: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A document whose kind and scope are known: an object that a cluster can hold.

    ``body`` is what is sent to the server (after ``resolve`` and ``stamp``), ``text`` what the record keeps.
    """

    id: ResourceId
    gvk: GroupVersionKind
    body: Body = field(repr=False)
    text: str = field(repr=False)
    path: str
    source: str

    @property
    def keep(self) -> bool:
        """Return whether ``helm.sh/resource-policy: keep`` forbids deleting this object (trimmed, any case)."""
        policy = ((self.body.get("metadata") or {}).get("annotations") or {}).get("helm.sh/resource-policy")
        return isinstance(policy, str) and policy.strip().lower() == "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRun:
    """How a hook last ended; ``phase`` is "", Unknown, Running, Succeeded or Failed."""

    started_at: datetime | None = None
    completed_at: datetime | None = None
    phase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """An object that runs at an event of the release's life (``pre-install`` ...) instead of belonging to it."""

    name: str
    kind: str
    path: str
    text: str = field(repr=False)
    events: Sequence[str]
    weight: int = 0
    delete_policies: Sequence[str] = ()
    log_policies: Sequence[str] = ()
    last_run: HookRun = HookRun()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that one rendering gives: resources in install order, hooks, CRDs of ``crds/`` and the notes.

    ``text`` is the manifest as Helm stores it; ``crds`` are the resources of the charts' ``crds/`` folders in order.
    """

    resources: Sequence[Resource]
    hooks: Sequence[Hook]
    crds: Sequence[Resource]
    notes: str
    text: str = field(repr=False)
    warnings: Sequence[str] = ()
