"""Which kinds are served: those of the recorded table, and those that CustomResourceDefinitions add."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helmlite.sandbox.schema import Node

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subresource:
    """A path below an object: ``status``, ``scale``, ``log``."""

    name: str
    kind: str
    verbs: Sequence[str]
    group: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind at one version of its group, as discovery tells of it."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool
    verbs: Sequence[str]
    short_names: Sequence[str] = ()
    categories: Sequence[str] = ()
    subresources: Mapping[str, Subresource] = field(default_factory=dict)
    node: Node = field(repr=False, compare=False)
    custom: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    """The version's entry of ``spec.versions`` for a kind that a CustomResourceDefinition added, else None."""

    @property
    def resource(self) -> str:
        """Return the name under which objects of every version are stored: ``pods``, ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        """Return ``apps/v1``, or ``v1`` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def list_kind(self) -> str:
        """Return the kind of its lists."""
        return f"{self.kind}List"


_STABILITY = (None, "beta", "alpha")


def version_rank(version: str) -> tuple[int, int, int, str]:
    """Return what sorts versions best first: v2, v1, v1beta2, v1beta1, v1alpha1, then those of other forms by name."""
    found = re.fullmatch(r"v([1-9]\d{0,8})(?:(alpha|beta)([1-9]\d{0,8}))?", version, re.ASCII)
    if found is None:
        return len(_STABILITY), 0, 0, version
    return _STABILITY.index(found[2]), -int(found[1]), -int(found[3] or 0), ""


class Registry:
    """All kinds that are served now. Versions of a group stand best first, as in discovery."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._by_path: dict[tuple[str, str, str], Kind] = {}
        self._best: dict[str, Kind] = {}
        for each in kinds:
            self.add(each)

    def add(self, kind: Kind) -> None:
        """Serve a kind, in place of what was served at its path."""
        self._by_path[kind.group, kind.version, kind.plural] = kind
        self._best.clear()

    def remove(self, resource: str) -> None:
        """Serve no version of a resource any longer."""
        self._by_path = {path: each for path, each in self._by_path.items() if each.resource != resource}
        self._best.clear()

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._by_path.values())

    def at(self, group: str, version: str, plural: str) -> Kind | None:
        """Return what is served at a path, None when nothing is."""
        return self._by_path.get((group, version, plural))

    def of(self, api_version: str, kind: str) -> Kind | None:
        """Return the kind that an object names, None when it is not served."""
        return next((each for each in self if each.kind == kind and each.api_version == api_version), None)

    def best(self, resource: str) -> Kind:
        """Return a resource at its best version; raises KeyError when none is served."""
        if not self._best:
            for each in self:
                self._best.setdefault(each.resource, each)
        return self._best[resource]
