"""Names of things: releases, kinds, objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ReleaseId:
    """A release: unique by namespace and name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class GroupVersionKind:
    """A kind at one API version; ``group`` is empty for the core group."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """Return what stands in ``apiVersion``: ``v1``, ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @classmethod
    def parse(cls, api_version: str, kind: str) -> GroupVersionKind:
        """Return the kind that ``apiVersion`` and ``kind`` of an object name."""
        group, _, version = api_version.rpartition("/")
        return cls(group=group, version=version, kind=kind)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> GroupVersionKind:
        """Return the kind of an object's body, which has ``apiVersion`` and ``kind``."""
        return cls.parse(str(body["apiVersion"]), str(body["kind"]))

    def __str__(self) -> str:
        return f"{self.api_version} {self.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceId:
    """One object in a cluster, whatever version it is served at; ``namespace`` is None for cluster-scoped kinds."""

    group: str
    kind: str
    namespace: str | None
    name: str

    @property
    def sort_key(self) -> tuple[str, str, str, str]:
        """Return a key that orders ids of any scope."""
        return (self.kind, self.group, self.namespace or "", self.name)

    def __str__(self) -> str:
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"
