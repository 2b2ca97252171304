"""What a cluster can do: its version and the kinds it serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helmlite.manifest.identity import GroupVersionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeVersion:
    """A Kubernetes version: ``version`` is whole (``v1.36.3``), ``major`` and ``minor`` are its parts as text."""

    version: str
    major: str
    minor: str

    @classmethod
    def parse(cls, text: str) -> KubeVersion:
        """Return the version that ``text`` names (``1.31``, ``v1.30.1-gke.5``); raises ValueError for anything else."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedKind:
    """A kind as the API server serves it. ``verbs`` are those of the kind's own path (``list``, ``patch``)."""

    gvk: GroupVersionKind
    plural: str
    namespaced: bool
    verbs: Sequence[str] = ("create", "delete", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What templates may ask of a cluster, and what the planner needs to know of it.

    ``api_versions`` holds every ``group/version`` and ``group/version/Kind``; ``kinds`` every served kind.
    """

    kube_version: KubeVersion
    api_versions: frozenset[str]
    kinds: Mapping[GroupVersionKind, ServedKind]

    def served(self, gvk: GroupVersionKind) -> ServedKind | None:
        """Return the kind at exactly that version, None when it is not served."""
        return self.kinds.get(gvk)

    def any_version(self, group: str, kind: str) -> ServedKind | None:
        """Return the kind at the best served version (the order of ``kinds``), None when none is served."""
        raise NotImplementedError

    def with_crds(self, bodies: Iterable[Mapping[str, Any]]) -> Capabilities:
        """Return these capabilities with the kinds that CustomResourceDefinitions in ``bodies`` would add."""
        raise NotImplementedError

    @classmethod
    def offline(cls, kube_version: str | None = None, api_versions: Iterable[str] = ()) -> Capabilities:
        """Return the shipped table for a Kubernetes version (default: the newest known), plus ``api_versions``."""
        raise NotImplementedError
