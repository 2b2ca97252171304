"""What a server serves, from aggregated discovery (two requests), or group by group where that is not to be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def discover(fetch: Fetch, version: Mapping[str, Any]) -> Capabilities:
    """Return the server's capabilities; a group whose own server is down is left out."""
    kinds: dict[GroupVersionKind, ServedKind] = {}
    versions: set[str] = set()
    for path in ("/api", "/apis"):
        answer = fetch(path, AGGREGATED)
        if answer.get("kind") == "APIGroupDiscoveryList":
            _read_aggregated(answer, kinds, versions)
        else:
            _read_plain(fetch, path, answer, kinds, versions)
    versions |= {f"{gvk.api_version}/{gvk.kind}" for gvk in kinds}
    text = str(version.get("gitVersion") or "v0.0.0")
    kube_version = KubeVersion(version=text, major=str(version.get("major", "")), minor=str(version.get("minor", "")))
    return Capabilities(kube_version=kube_version, api_versions=frozenset(versions), kinds=kinds)


def _read_aggregated(answer: Mapping[str, Any], kinds: dict[GroupVersionKind, ServedKind], versions: set[str]) -> None:
    for group in mappings(answer.get("items"), WHAT):
        name = _text_of(group.get("metadata"), "name")
        for version in mappings(group.get("versions"), WHAT):
            if version.get("freshness") == "Stale":
                continue
            label = str(version.get("version"))
            versions.add(f"{name}/{label}" if name else label)
            for each in mappings(version.get("resources"), WHAT):
                kind = _text_of(each.get("responseKind"), "kind")
                if not kind:
                    continue
                gvk = GroupVersionKind(group=name, version=label, kind=kind)
                kinds[gvk] = ServedKind(
                    gvk=gvk,
                    plural=str(each.get("resource")),
                    namespaced=each.get("scope") == "Namespaced",
                    verbs=tuple(_texts(each.get("verbs"))),
                )


def _read_plain(
    fetch: Fetch, path: str, answer: Mapping[str, Any], kinds: dict[GroupVersionKind, ServedKind], versions: set[str]
) -> None:
    if path == "/api":
        found = _texts(answer.get("versions"))
    else:
        found = [
            str(version.get("groupVersion"))
            for group in mappings(answer.get("groups"), WHAT)
            for version in mappings(group.get("versions"), WHAT)
        ]
    for each in found:
        try:
            listed = fetch(f"{path}/{each}", "application/json")
        except ClusterError:
            continue
        versions.add(each)
        for resource in mappings(listed.get("resources"), WHAT):
            if "/" in str(resource.get("name")):
                continue
            gvk = GroupVersionKind.parse(each, str(resource.get("kind")))
            kinds[gvk] = ServedKind(
                gvk=gvk,
                plural=str(resource.get("name")),
                namespaced=bool(resource.get("namespaced")),
                verbs=tuple(_texts(resource.get("verbs"))),
            )


def _text_of(value: Any, key: str) -> str:
    return str(value.get(key) or "") if isinstance(value, dict) else ""


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
