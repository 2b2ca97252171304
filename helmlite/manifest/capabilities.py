"""What a cluster can do: its version and the kinds it serves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from helmlite.manifest.identity import GroupVersionKind
from helmlite.versions import parse_version


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeVersion:
    """A Kubernetes version: ``version`` is whole (``v1.36.3``), ``major`` and ``minor`` are its parts as text."""

    version: str
    major: str
    minor: str

    @classmethod
    def parse(cls, text: str) -> KubeVersion:
        """Return the version that ``text`` names (``1.31``, ``v1.30.1-gke.5``); raises ValueError for anything else."""
        parsed = parse_version(text.strip())
        major, minor, patch = parsed.numbers
        return cls(version=f"v{major}.{minor}.{patch}", major=str(major), minor=str(minor))


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
    ``unavailable`` are the groups whose own servers do not answer just now, so that their kinds are not known.
    """

    kube_version: KubeVersion
    api_versions: frozenset[str]
    kinds: Mapping[GroupVersionKind, ServedKind]
    unavailable: frozenset[str] = frozenset()

    def served(self, gvk: GroupVersionKind) -> ServedKind | None:
        """Return the kind at exactly that version, None when it is not served."""
        return self.kinds.get(gvk)

    def any_version(self, group: str, kind: str) -> ServedKind | None:
        """Return the kind at the best served version (the order of ``kinds``), None when none is served."""
        return next((each for gvk, each in self.kinds.items() if gvk.kind == kind and gvk.group == group), None)

    def with_crds(self, bodies: Iterable[Mapping[str, Any]]) -> Capabilities:
        """Return these capabilities with the kinds that CustomResourceDefinitions in ``bodies`` would add."""
        kinds = dict(self.kinds)
        for body in bodies:
            for each in _kinds_of_crd(body):
                kinds.setdefault(each.gvk, each)
        added = {gvk for gvk in kinds if gvk not in self.kinds}
        names = {gvk.api_version for gvk in added} | {f"{gvk.api_version}/{gvk.kind}" for gvk in added}
        return replace(self, api_versions=self.api_versions | names, kinds=kinds)

    @classmethod
    def offline(cls, kube_version: str | None = None, api_versions: Iterable[str] = ()) -> Capabilities:
        """Return the shipped table under a Kubernetes version (default: the table's own), plus ``api_versions``.

        The table is that of the newest version known; what an older server does not serve yet is in it all the same.
        """
        table = json.loads((files("helmlite.manifest") / "kinds.json").read_bytes())
        kinds = {}
        for api_version, members in table["kinds"].items():
            for kind, (plural, namespaced, verbs) in members.items():
                gvk = GroupVersionKind.parse(api_version, kind)
                kinds[gvk] = ServedKind(gvk=gvk, plural=plural, namespaced=namespaced, verbs=tuple(verbs))
        known = frozenset((*table["kinds"], *(f"{gvk.api_version}/{gvk.kind}" for gvk in kinds), *api_versions))
        return cls(kube_version=KubeVersion.parse(kube_version or table["version"]), api_versions=known, kinds=kinds)


def _kinds_of_crd(body: Mapping[str, Any]) -> Iterator[ServedKind]:
    """Yield what a CustomResourceDefinition adds; nothing for one that is not of its shape."""
    spec = body.get("spec")
    names = spec.get("names") if isinstance(spec, Mapping) else None
    versions = spec.get("versions") if isinstance(spec, Mapping) else None
    if not isinstance(spec, Mapping) or not isinstance(names, Mapping) or not isinstance(versions, list):
        return
    for version in versions:
        if isinstance(version, Mapping) and version.get("served", True):
            gvk = GroupVersionKind(
                group=str(spec.get("group")), version=str(version.get("name")), kind=str(names.get("kind"))
            )
            yield ServedKind(gvk=gvk, plural=str(names.get("plural")), namespaced=spec.get("scope") == "Namespaced")
