"""In which order kinds are installed and removed: Helm's lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

INSTALL_ORDER = tuple(
    """
    PriorityClass Namespace NetworkPolicy ResourceQuota LimitRange PodSecurityPolicy PodDisruptionBudget
    ServiceAccount Secret SecretList ConfigMap StorageClass PersistentVolume PersistentVolumeClaim
    CustomResourceDefinition ClusterRole ClusterRoleList ClusterRoleBinding ClusterRoleBindingList Role RoleList
    RoleBinding RoleBindingList Service DaemonSet Pod ReplicationController ReplicaSet Deployment
    HorizontalPodAutoscaler StatefulSet Job CronJob IngressClass Ingress APIService MutatingWebhookConfiguration
    ValidatingWebhookConfiguration
    """.split()  # noqa: SIM905  # one word a line would take a page
)


def _uninstall_order() -> list[str]:
    """Return the install order from its end, but that Service goes directly after IngressClass."""
    order = [each for each in reversed(INSTALL_ORDER) if each != "Service"]
    order.insert(order.index("IngressClass") + 1, "Service")
    return order


UNINSTALL_ORDER = tuple(_uninstall_order())
_INSTALL_RANK = {kind: rank for rank, kind in enumerate(INSTALL_ORDER)}
_UNINSTALL_RANK = {kind: rank for rank, kind in enumerate(UNINSTALL_ORDER)}


Item = TypeVar("Item")


def rank(kind: str) -> tuple[int, str]:
    """Return what orders kinds for installing; unknown ones come last, by name."""
    return (_INSTALL_RANK[kind], "") if kind in _INSTALL_RANK else (len(INSTALL_ORDER), kind)


def uninstall_rank(kind: str) -> tuple[int, str]:
    """Return what orders kinds for removing; unknown ones come last, by name."""
    return (_UNINSTALL_RANK[kind], "") if kind in _UNINSTALL_RANK else (len(UNINSTALL_ORDER), kind)


def by_kind(pairs: Iterable[tuple[str, Item]]) -> list[Item]:
    """Return items of ``(kind, item)`` in install order; those of one kind keep their order."""
    return [item for _, item in sorted(pairs, key=lambda pair: rank(pair[0]))]
