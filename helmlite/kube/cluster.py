"""The one class through which all else talks to a Kubernetes API server, with plain dicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helmlite.kube.config import ClusterConfig
from helmlite.manifest.capabilities import Capabilities, ServedKind
from helmlite.manifest.identity import ResourceId

FIELD_MANAGER = "helm"
"""Helm's own field manager: that is what lets both tools take over from each other without conflicts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEvent:
    """``type`` is ADDED, MODIFIED, DELETED or BOOKMARK."""

    type: str
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a write gave: the object as the server has it now, and the Warning headers that came along."""

    body: Mapping[str, Any] = field(repr=False)
    warnings: Sequence[str] = ()
    created: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list's items (each with apiVersion and kind filled in) and the resourceVersion to watch from."""

    items: Sequence[Mapping[str, Any]] = field(repr=False)
    resource_version: str = ""


class Cluster:
    """A connection to one API server; safe to use from several threads over one pool. Raises ClusterError's family."""

    @classmethod
    def connect(cls, config: ClusterConfig) -> Cluster:
        """Return a connection as the kubeconfig says; touches no network. Raises ClusterError for a bad kubeconfig."""
        raise NotImplementedError

    @property
    def server(self) -> str:
        """Return the API server's URL."""
        raise NotImplementedError

    @property
    def namespace(self) -> str:
        """Return the namespace of the context, ``default`` when it has none."""
        raise NotImplementedError

    def version(self) -> Mapping[str, str]:
        """Return what ``/version`` says."""
        raise NotImplementedError

    def capabilities(self, *, refresh: bool = False) -> Capabilities:
        """Return what the server can do, from aggregated discovery, read once (again with ``refresh``)."""
        raise NotImplementedError

    def get(self, kind: ServedKind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        """Return one object, None when there is none (or no such kind any more)."""
        raise NotImplementedError

    def list(
        self,
        kind: ServedKind,
        namespace: str | None,
        *,
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 500,
        metadata_only: bool = False,
    ) -> Listed:
        """Return all objects of a kind (in every namespace when ``namespace`` is None), page by page."""
        raise NotImplementedError

    def watch(
        self,
        kind: ServedKind,
        namespace: str | None,
        *,
        resource_version: str,
        timeout_seconds: float,
        label_selector: str = "",
        field_selector: str = "",
    ) -> Iterator[WatchEvent]:
        """Yield changes until the time is up; raises ExpiredError when the server no longer knows that version."""
        raise NotImplementedError

    def apply(self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False) -> Answer:
        """Server-side apply as ``helm`` with strict field validation; ``metadata`` has the namespace it needs."""
        raise NotImplementedError

    def create(self, body: Mapping[str, Any], *, dry_run: bool = False) -> Answer:
        """POST one object as ``helm`` with strict field validation."""
        raise NotImplementedError

    def replace(self, body: Mapping[str, Any], *, dry_run: bool = False) -> Answer:
        """PUT one object in place of the live one."""
        raise NotImplementedError

    def patch(
        self, kind: ServedKind, namespace: str | None, name: str, patch: Any, *, content_type: str, dry_run: bool = False
    ) -> Answer:
        """PATCH one object with a JSON patch (a list) or merge patch, as ``content_type`` says."""
        raise NotImplementedError

    def delete(
        self,
        kind: ServedKind,
        namespace: str | None,
        name: str,
        *,
        propagation: str = "Background",
        uid: str = "",
        resource_version: str = "",
        dry_run: bool = False,
    ) -> bool:
        """Delete one object (that with ``uid`` only); return False when it was gone already."""
        raise NotImplementedError

    def served(self, id: ResourceId) -> ServedKind | None:
        """Return the kind of an id at the best served version."""
        raise NotImplementedError

    def logs(self, namespace: str, pod: str, container: str, *, tail_lines: int | None = None) -> str:
        """Return a container's log."""
        raise NotImplementedError
