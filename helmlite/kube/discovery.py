"""What a server serves, from aggregated discovery (two requests), or group by group where that is not to be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from helmlite.errors import ClusterError
from helmlite.kube.answers import mappings
from helmlite.manifest.capabilities import Capabilities, KubeVersion, ServedKind
from helmlite.manifest.identity import GroupVersionKind

AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)
WHAT = "discovery"
Fetch = Callable[[str, str], Mapping[str, Any]]
"""``fetch(path, accept)``: the JSON answer."""


@dataclass(slots=True)
class _Found:
    kinds: dict[GroupVersionKind, ServedKind] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)
    down: set[str] = field(default_factory=set)


def discover(fetch: Fetch, version: Mapping[str, Any]) -> Capabilities:
    """Return the server's capabilities; a group whose own server is down is named in ``unavailable``."""
    found = _Found()
    for path in ("/api", "/apis"):
        answer = fetch(path, AGGREGATED)
        if answer.get("kind") == "APIGroupDiscoveryList":
            _read_aggregated(answer, found)
        else:
            _read_plain(fetch, path, answer, found)
    return Capabilities(
        kube_version=KubeVersion(
            version=str(version.get("gitVersion") or "v0.0.0"),
            major=str(version.get("major", "")),
            minor=str(version.get("minor", "")),
        ),
        api_versions=frozenset(found.versions | {f"{gvk.api_version}/{gvk.kind}" for gvk in found.kinds}),
        kinds=found.kinds,
        unavailable=frozenset(found.down),
    )


def _read_aggregated(answer: Mapping[str, Any], found: _Found) -> None:
    for group in mappings(answer.get("items"), WHAT):
        name = _text_of(group.get("metadata"), "name")
        for version in mappings(group.get("versions"), WHAT):
            if version.get("freshness") == "Stale":
                found.down.add(name)
                continue
            label = str(version.get("version"))
            found.versions.add(f"{name}/{label}" if name else label)
            for each in mappings(version.get("resources"), WHAT):
                kind = _text_of(each.get("responseKind"), "kind")
                if not kind:
                    continue
                gvk = GroupVersionKind(group=name, version=label, kind=kind)
                found.kinds[gvk] = ServedKind(
                    gvk=gvk,
                    plural=str(each.get("resource")),
                    namespaced=each.get("scope") == "Namespaced",
                    verbs=tuple(_texts(each.get("verbs"))),
                )


def _read_plain(fetch: Fetch, path: str, answer: Mapping[str, Any], found: _Found) -> None:
    if path == "/api":
        versions = _texts(answer.get("versions"))
    else:
        versions = [
            str(version.get("groupVersion"))
            for group in mappings(answer.get("groups"), WHAT)
            for version in mappings(group.get("versions"), WHAT)
        ]
    for each in versions:
        try:
            listed = fetch(f"{path}/{each}", "application/json")
        except ClusterError:
            if path == "/api":
                raise
            found.down.add(each.partition("/")[0])
            continue
        found.versions.add(each)
        for resource in mappings(listed.get("resources"), WHAT):
            if "/" in str(resource.get("name")):
                continue
            gvk = GroupVersionKind.parse(each, str(resource.get("kind")))
            found.kinds[gvk] = ServedKind(
                gvk=gvk,
                plural=str(resource.get("name")),
                namespaced=bool(resource.get("namespaced")),
                verbs=tuple(_texts(resource.get("verbs"))),
            )


def _text_of(value: Any, key: str) -> str:
    return str(value.get(key) or "") if isinstance(value, dict) else ""


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
