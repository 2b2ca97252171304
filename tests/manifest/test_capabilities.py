"""What a cluster can do: versions, the shipped table, kinds that CRDs bring."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.manifest.capabilities import Capabilities, KubeVersion
from helmlite.manifest.identity import GroupVersionKind
from helmlite.manifest.order import INSTALL_ORDER
from tests.manifest.cases import CAPABILITIES

VERSIONS = {
    "v1.36.3": ("v1.36.3", "1", "36"),
    "1.31": ("v1.31.0", "1", "31"),
    "1": ("v1.0.0", "1", "0"),
    " 1.30.1 ": ("v1.30.1", "1", "30"),
    "v1.30.1-gke.5": ("v1.30.1", "1", "30"),
    "1.29.4+k3s1": ("v1.29.4", "1", "29"),
    "v1.33.0-alpha.1+abc": ("v1.33.0", "1", "33"),
}


@pytest.mark.parametrize("text", VERSIONS)
def test_kubernetes_versions_are_normalised(text: str) -> None:
    """A version is whole, and without what a vendor adds: charts ask for ``>=1.20.0`` and mean it."""
    made = KubeVersion.parse(text)
    assert VERSIONS[text] == (made.version, made.major, made.minor)


@pytest.mark.parametrize("text", ["", "latest", "v", "1.x", "1.2.3.4", "1.31+", "one"], ids=repr)
def test_what_is_no_version_is_refused(text: str) -> None:
    """Anything but a version is a ValueError."""
    with pytest.raises(ValueError, match="is no semantic version"):
        KubeVersion.parse(text)


@pytest.mark.parametrize(
    ("api_version", "kind", "plural", "namespaced"),
    [
        ("v1", "ConfigMap", "configmaps", True),
        ("v1", "Secret", "secrets", True),
        ("v1", "Namespace", "namespaces", False),
        ("v1", "PersistentVolume", "persistentvolumes", False),
        ("v1", "PersistentVolumeClaim", "persistentvolumeclaims", True),
        ("apps/v1", "Deployment", "deployments", True),
        ("apps/v1", "StatefulSet", "statefulsets", True),
        ("batch/v1", "CronJob", "cronjobs", True),
        ("networking.k8s.io/v1", "Ingress", "ingresses", True),
        ("networking.k8s.io/v1", "IngressClass", "ingressclasses", False),
        ("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", True),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", False),
        ("rbac.authorization.k8s.io/v1", "Role", "roles", True),
        ("storage.k8s.io/v1", "StorageClass", "storageclasses", False),
        ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", True),
        ("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", True),
        ("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", False),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", False),
        ("apiregistration.k8s.io/v1", "APIService", "apiservices", False),
    ],
)
def test_the_shipped_table_knows_kubernetes(api_version: str, kind: str, plural: str, namespaced: bool) -> None:
    """Without a cluster, plural and scope of Kubernetes' kinds are known."""
    made = CAPABILITIES.served(GroupVersionKind.parse(api_version, kind))
    assert made is not None
    assert (plural, namespaced) == (made.plural, made.namespaced)
    assert "patch" in made.verbs


@pytest.mark.parametrize(
    "kind", [each for each in INSTALL_ORDER if each != "PodSecurityPolicy" and each[-4:] != "List"]
)
def test_every_kind_of_the_install_order_is_in_the_table(kind: str) -> None:
    """Of the kinds that have a place of their own, all that still exist are known."""
    assert any(gvk.kind == kind for gvk in CAPABILITIES.kinds)


def test_the_table_has_a_version() -> None:
    """Unasked, the version is the table's."""
    assert "v1.36.0" == CAPABILITIES.kube_version.version


def test_another_version_can_be_asked_for() -> None:
    """The asked version is what templates see."""
    assert ("1", "31") == (
        Capabilities.offline("v1.31.2-eks").kube_version.major,
        Capabilities.offline("1.31").kube_version.minor,
    )


def test_a_wrong_version_is_refused() -> None:
    """What is no version is a ValueError."""
    with pytest.raises(ValueError, match="is no semantic version"):
        Capabilities.offline("newest")


@pytest.mark.parametrize(
    "name", ["v1", "v1/Pod", "apps/v1", "apps/v1/Deployment", "example.com/v1", "example.com/v1/W"]
)
def test_api_versions_hold_versions_and_kinds(name: str) -> None:
    """Templates can ask for a group's version, a kind in it, and whatever was given beside."""
    assert name in Capabilities.offline(api_versions=["example.com/v1", "example.com/v1/W"]).api_versions


@pytest.mark.parametrize("name", ["", "Pod", "apps/v1beta1", "apps/Deployment", "apps/v1/Pod"])
def test_api_versions_hold_nothing_else(name: str) -> None:
    """What is not served is not there."""
    assert name not in CAPABILITIES.api_versions


def test_given_api_versions_bring_no_kinds() -> None:
    """A name alone tells neither plural nor scope."""
    made = Capabilities.offline(api_versions=["example.com/v1/Widget"])
    assert made.kinds == CAPABILITIES.kinds


def test_exactly_that_version_is_served_or_none() -> None:
    """Another version of the group does not count."""
    assert CAPABILITIES.served(GroupVersionKind.parse("autoscaling/v2beta2", "HorizontalPodAutoscaler")) is None


def test_any_version_is_the_best_one() -> None:
    """Of several served versions the first of the table is taken."""
    made = CAPABILITIES.any_version("autoscaling", "HorizontalPodAutoscaler")
    assert made is not None
    assert "autoscaling/v2" == made.gvk.api_version


@pytest.mark.parametrize(("group", "kind"), [("", "Deployment"), ("apps", "Pod"), ("example.com", "Widget")])
def test_any_version_of_nothing_is_none(group: str, kind: str) -> None:
    """A kind is looked for in its own group."""
    assert CAPABILITIES.any_version(group, kind) is None


# CRDs.


def crd(scope: str = "Namespaced", **more: Any) -> dict[str, Any]:
    """Return a CRD of Widgets."""
    versions = [{"name": "v1", "served": True}, {"name": "v1beta1", "served": False}, {"name": "v2"}]
    names = {"kind": "Widget", "plural": "widgets"}
    return {"spec": {"group": "example.com", "scope": scope, "names": names, "versions": versions, **more}}


WIDGET = GroupVersionKind.parse("example.com/v1", "Widget")


@pytest.mark.parametrize(("scope", "namespaced"), [("Namespaced", True), ("Cluster", False)])
def test_crds_bring_their_kinds(scope: str, namespaced: bool) -> None:
    """The kind of a CRD is known before it exists: plural and scope."""
    made = CAPABILITIES.with_crds([crd(scope)]).served(WIDGET)
    assert made is not None
    assert ("widgets", namespaced) == (made.plural, made.namespaced)


def test_crds_bring_their_served_versions() -> None:
    """Versions that are served can be asked for, those that are not cannot."""
    added = CAPABILITIES.with_crds([crd()]).api_versions - CAPABILITIES.api_versions
    assert {"example.com/v1", "example.com/v1/Widget", "example.com/v2", "example.com/v2/Widget"} == added


def test_crds_leave_the_capabilities_alone() -> None:
    """What is given stays as it was, and so does the version."""
    before = Capabilities.offline("1.31")
    after = before.with_crds([crd()])
    assert WIDGET not in before.kinds
    assert before.kube_version == after.kube_version


def test_what_the_cluster_serves_wins() -> None:
    """A CRD in the chart does not change a kind that is served already."""
    served = CAPABILITIES.with_crds([crd("Namespaced")])
    made = served.with_crds([crd("Cluster")])
    assert (served.kinds, served.api_versions) == (made.kinds, made.api_versions)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"spec": None},
        {"spec": []},
        {"spec": {}},
        crd(names=None),
        crd(names=[]),
        crd(versions=None),
        crd(versions={}),
        crd(versions=[]),
        crd(versions=["v1", None]),
    ],
    ids=repr,
)
def test_crds_of_no_shape_bring_nothing(broken: dict[str, Any]) -> None:
    """A CRD that the server will refuse adds no kind and raises nothing."""
    assert CAPABILITIES == CAPABILITIES.with_crds([broken])
