"""The check of references: it finds what leads nowhere, and nothing in the golden texts of the example charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from tests.references import among, unresolved

GOLDEN = Path(__file__).with_name("golden")
OF_THE_CLUSTER = ("PriorityClass", "RuntimeClass", "StorageClass")

POD: dict[str, Any] = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 80}]}]},
}


def deployment(**spec: Any) -> dict[str, Any]:
    """Return a Deployment of one container; ``spec`` is added to its pod's."""
    pod = {**POD, "spec": {**POD["spec"], **spec}}
    return made("Deployment", spec={"selector": {"matchLabels": {"app": "web"}}, "template": pod})


def container(**more: Any) -> dict[str, Any]:
    """Return a Deployment whose container has more fields."""
    return deployment(containers=[{**POD["spec"]["containers"][0], **more}])


def made(kind: str, **fields: Any) -> dict[str, Any]:
    """Return an object called ``web``."""
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "web"}, **fields}


FAULTS = {
    "config-map": container(envFrom=[{"configMapRef": {"name": "gone"}}]),
    "key": container(env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "there", "key": "gone"}}}]),
    "secret": deployment(volumes=[{"name": "gone", "secret": {"secretName": "gone"}}]),
    "item": deployment(
        volumes=[{"name": "a", "configMap": {"name": "there", "items": [{"key": "gone", "path": "a"}]}}]
    ),
    "claim": deployment(volumes=[{"name": "a", "persistentVolumeClaim": {"claimName": "gone"}}]),
    "account": deployment(serviceAccountName="gone"),
    "pull-secret": deployment(imagePullSecrets=[{"name": "gone"}]),
    "mount": container(volumeMounts=[{"name": "gone", "mountPath": "/a"}]),
    "probe": container(livenessProbe={"httpGet": {"path": "/", "port": "gone"}}),
    "own-selector": made("Deployment", spec={"selector": {"matchLabels": {"app": "gone"}}, "template": POD}),
    "service": made("Service", spec={"selector": {"app": "gone"}, "ports": [{"port": 80}]}),
    "port": made("Service", spec={"selector": {"app": "there"}, "ports": [{"port": 80, "targetPort": "gone"}]}),
    "budget": made("PodDisruptionBudget", spec={"selector": {"matchLabels": {"app": "gone"}}}),
    "policy": made(
        "NetworkPolicy", spec={"podSelector": {"matchExpressions": [{"key": "gone", "operator": "Exists"}]}}
    ),
    "autoscaler": made("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": "Deployment", "name": "gone"}}),
    "role": made("RoleBinding", roleRef={"kind": "Role", "name": "gone"}),
    "subject": made(
        "ClusterRoleBinding",
        roleRef={"kind": "ClusterRole", "name": "cluster-admin"},
        subjects=[{"kind": "ServiceAccount", "name": "gone"}],
    ),
    "class": made("Ingress", spec={"ingressClassName": "gone"}),
    "backend": made("Ingress", spec={"defaultBackend": {"service": {"name": "there", "port": {"name": "gone"}}}}),
    "storage-class": made("PersistentVolumeClaim", spec={"storageClassName": "gone"}),
    "headless": made(
        "StatefulSet", spec={"serviceName": "gone", "selector": {"matchLabels": {"app": "web"}}, "template": POD}
    ),
}
THERE = [
    {"kind": "ConfigMap", "metadata": {"name": "there"}, "data": {"key": "value"}},
    {"kind": "Service", "metadata": {"name": "there"}, "spec": {"ports": [{"name": "http", "port": 80}]}},
    {
        "kind": "Pod",
        "metadata": {"name": "there", "labels": {"app": "there"}},
        "spec": {"containers": [{"name": "a", "ports": [{"name": "http", "containerPort": 80}]}]},
    },
]


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_what_leads_nowhere_is_found(name: str) -> None:
    """One reference to what is not there gives one line that names it."""
    objects = [*THERE, FAULTS[name]]
    found = unresolved(objects, among(objects))
    assert 1 == len(found), found
    assert "gone" in found[0] or "selects no pod" in found[0]


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_example_charts_name_only_what_they_make(path: Path) -> None:
    """Every reference of a golden text is resolved by the text itself, but for classes that belong to clusters."""
    objects: list[Any] = [each.data for each in documents.read_all(path.read_text(encoding="utf-8")) if each.data]
    here = among(objects)
    assert [] == unresolved(objects, lambda kind, name: {} if kind in OF_THE_CLUSTER else here(kind, name))
