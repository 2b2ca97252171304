"""What servers serve, as they say it in either form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from helmlite.errors import ClusterError
from helmlite.kube.discovery import Fetch, discover
from helmlite.manifest.identity import GroupVersionKind

VERSION = {"gitVersion": "v1.36.1-eks-1", "major": "1", "minor": "36+"}


def fetching(answers: Mapping[str, Any]) -> Fetch:
    """Return a fetch from a table; what is not in it is an error of the server."""

    def fetch(path: str, accept: str) -> Mapping[str, Any]:
        if path not in answers:
            raise ClusterError(f"{path}: the API server answered 503")
        return answers[path]  # type: ignore[no-any-return]  # a table of the tests

    return fetch


def aggregated(*groups: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answer in the aggregated form."""
    return {"kind": "APIGroupDiscoveryList", "items": list(groups)}


def group(name: str, version: str, kind: str, plural: str, **more: Any) -> dict[str, Any]:
    """Return one group that serves one kind."""
    resource = {"resource": plural, "responseKind": {"kind": kind}, "scope": "Namespaced", "verbs": ["get", "list"]}
    return {"metadata": {"name": name}, "versions": [{"version": version, "resources": [resource], **more}]}


def test_aggregated() -> None:
    """Two requests tell of all groups; one whose own server is down says nothing of its kinds."""
    found = discover(
        fetching(
            {
                "/api": aggregated(group("", "v1", "Pod", "pods")),
                "/apis": aggregated(
                    group("apps", "v1", "Deployment", "deployments"),
                    group("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", freshness="Stale"),
                ),
            }
        ),
        VERSION,
    )
    assert {"Pod", "Deployment"} == {gvk.kind for gvk in found.kinds}
    assert {"v1", "apps/v1", "v1/Pod", "apps/v1/Deployment"} == found.api_versions
    assert ("v1.36.1-eks-1", "1", "36+") == (
        found.kube_version.version,
        found.kube_version.major,
        found.kube_version.minor,
    )


def test_group_by_group() -> None:
    """Older servers are asked for each group; subresources are no kinds; a group that is down is left out."""
    resources = [
        {"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["get"]},
        {"name": "deployments/scale", "kind": "Scale", "namespaced": True},
    ]
    found = discover(
        fetching(
            {
                "/api": {"versions": ["v1"]},
                "/api/v1": {"resources": [{"name": "nodes", "kind": "Node", "namespaced": False, "verbs": ["get"]}]},
                "/apis": {
                    "groups": [
                        {"versions": [{"groupVersion": "apps/v1"}]},
                        {"versions": [{"groupVersion": "down.example.com/v1"}]},
                    ]
                },
                "/apis/apps/v1": {"resources": resources},
            }
        ),
        VERSION,
    )
    assert {"Node": False, "Deployment": True} == {gvk.kind: kind.namespaced for gvk, kind in found.kinds.items()}
    assert "nodes" == found.kinds[GroupVersionKind.parse("v1", "Node")].plural


@pytest.mark.parametrize(
    "answer",
    [
        {"kind": "APIGroupDiscoveryList", "items": 7},
        {"kind": "APIGroupDiscoveryList", "items": [7]},
        {"kind": "APIGroupDiscoveryList", "items": [{"versions": {"a": 1}}]},
        {"kind": "APIGroupDiscoveryList", "items": [{"versions": [{"resources": "x"}]}]},
        {"groups": "x"},
        {"groups": [{"versions": [7]}]},
    ],
)
def test_nonsense_is_one_error(answer: Mapping[str, Any]) -> None:
    """A server that is none is not taken for one that serves nothing."""
    with pytest.raises(ClusterError, match="not made as a Kubernetes API server makes it"):
        discover(fetching({"/api": {"versions": []}, "/apis": answer}), VERSION)


@pytest.mark.parametrize("odd", [None, 7, "x", {"kind": 7}])
def test_odd_kinds_are_passed_over(odd: object) -> None:
    """A kind without a name is none; verbs that are no list are none."""
    one = group("apps", "v1", "Deployment", "deployments")
    one["versions"][0]["resources"] += [{"resource": "odd", "responseKind": odd, "verbs": 7}]
    found = discover(fetching({"/api": aggregated(), "/apis": aggregated(one)}), VERSION)
    assert "Deployment" in {gvk.kind for gvk in found.kinds}
