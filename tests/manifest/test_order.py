"""In which order kinds are installed and removed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.manifest.order import INSTALL_ORDER, UNINSTALL_ORDER, by_kind, rank, uninstall_rank

INSTALL = """
PriorityClass, Namespace, NetworkPolicy, ResourceQuota, LimitRange, PodSecurityPolicy, PodDisruptionBudget,
ServiceAccount, Secret, SecretList, ConfigMap, StorageClass, PersistentVolume, PersistentVolumeClaim,
CustomResourceDefinition, ClusterRole, ClusterRoleList, ClusterRoleBinding, ClusterRoleBindingList, Role, RoleList,
RoleBinding, RoleBindingList, Service, DaemonSet, Pod, ReplicationController, ReplicaSet, Deployment,
HorizontalPodAutoscaler, StatefulSet, Job, CronJob, IngressClass, Ingress, APIService, MutatingWebhookConfiguration,
ValidatingWebhookConfiguration
"""
UNINSTALL = """
ValidatingWebhookConfiguration, MutatingWebhookConfiguration, APIService, Ingress, IngressClass, Service, CronJob, Job,
StatefulSet, HorizontalPodAutoscaler, Deployment, ReplicaSet, ReplicationController, Pod, DaemonSet, RoleBindingList,
RoleBinding, RoleList, Role, ClusterRoleBindingList, ClusterRoleBinding, ClusterRoleList, ClusterRole,
CustomResourceDefinition, PersistentVolumeClaim, PersistentVolume, StorageClass, ConfigMap, SecretList, Secret,
ServiceAccount, PodDisruptionBudget, PodSecurityPolicy, LimitRange, ResourceQuota, NetworkPolicy, Namespace,
PriorityClass
"""
KINDS = [*INSTALL_ORDER, "Widget", "Gadget", "deployment", ""]


def listed(text: str) -> list[str]:
    """Return the kinds of a list."""
    return text.replace(",", " ").split()


def test_install_order_is_helms() -> None:
    """All 38 kinds are installed in Helm's order."""
    assert listed(INSTALL) == list(INSTALL_ORDER)
    assert 38 == len(INSTALL_ORDER)


def test_uninstall_order_is_helms() -> None:
    """All 38 kinds are removed in Helm's order."""
    assert listed(UNINSTALL) == list(UNINSTALL_ORDER)


@pytest.mark.parametrize(("earlier", "later"), list(itertools.pairwise(listed(INSTALL))))
def test_each_kind_is_installed_before_the_next(earlier: str, later: str) -> None:
    """Neighbours in the list are told apart by their rank."""
    assert rank(earlier) < rank(later)


@pytest.mark.parametrize(("earlier", "later"), list(itertools.pairwise(listed(UNINSTALL))))
def test_each_kind_is_removed_before_the_next(earlier: str, later: str) -> None:
    """Neighbours in the list are told apart by their rank."""
    assert uninstall_rank(earlier) < uninstall_rank(later)


@pytest.mark.parametrize("kind", listed(INSTALL))
def test_unknown_kinds_come_last(kind: str) -> None:
    """Kinds in no list come after all others, in both orders."""
    assert rank(kind) < rank("Aardvark")
    assert uninstall_rank(kind) < uninstall_rank("Aardvark")


def test_unknown_kinds_come_by_name() -> None:
    """Among themselves unknown kinds are sorted by name, in both orders."""
    made = ["Widget", "Gadget", "Aardvark"]
    assert sorted(made) == sorted(made, key=rank) == sorted(made, key=uninstall_rank)


@given(st.lists(st.sampled_from(KINDS)))
def test_sorting_is_stable(kinds: list[str]) -> None:
    """Kinds are in order, items of one kind as they were, and none is lost."""
    found = by_kind((kind, (kind, number)) for number, kind in enumerate(kinds))
    assert sorted(enumerate(kinds)) == sorted((number, kind) for kind, number in found)
    for (kind, number), (next_kind, next_number) in itertools.pairwise(found):
        assert rank(kind) < rank(next_kind) or (kind == next_kind and number < next_number)
