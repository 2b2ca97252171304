"""Defaults of built-in kinds; what they are is stated in the contract."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from helmlite.sandbox import defaults
from helmlite.sandbox.recorded import registry

REGISTRY = registry()


def filled(api_version: str, kind: str, **body: Any) -> Any:
    """Return an object with its defaults."""
    found = REGISTRY.of(api_version, kind)
    assert found is not None
    made = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, **copy.deepcopy(body)}
    defaults.fill(found, made)
    defaults.canonical(found.node, made)
    return made


def test_filling_again_changes_nothing() -> None:
    """Defaults of an object that has them all are itself."""
    once = filled("apps/v1", "Deployment", spec={"template": {"spec": {"containers": [{"name": "a"}]}}})
    again = filled("apps/v1", "Deployment", **{key: once[key] for key in ("metadata", "spec", "status")})
    assert once == again


def test_defaults_are_not_shared() -> None:
    """What one object gets is not the next one's."""
    first = filled("v1", "PodTemplate", template={"spec": {"containers": []}})
    first["template"]["spec"]["securityContext"]["runAsUser"] = 1
    assert (
        {} == filled("v1", "PodTemplate", template={"spec": {"containers": []}})["template"]["spec"]["securityContext"]
    )


@pytest.mark.parametrize("odd", [None, [], {}, "a", 1, [None], [1], ["a"], [[]], {"a": None}, {"containers": [None]}])
@pytest.mark.parametrize(
    ("api_version", "kind", "key"),
    [
        ("v1", "Pod", "spec"),
        ("v1", "Service", "spec"),
        ("v1", "Secret", "stringData"),
        ("v1", "LimitRange", "spec"),
        ("v1", "ReplicationController", "spec"),
        ("batch/v1", "Job", "spec"),
        ("apps/v1", "Deployment", "spec"),
        ("autoscaling/v2", "HorizontalPodAutoscaler", "spec"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "subjects"),
    ],
)
def test_odd_values_are_no_error(api_version: str, kind: str, key: str, odd: Any) -> None:
    """What is of a wrong type stays, for others to complain about."""
    assert "a" == filled(api_version, kind, **{key: odd})["metadata"]["name"]


def test_what_is_no_quantity_stays() -> None:
    """A quantity that cannot be read is left as it is."""
    spec = {"hard": {"cpu": "a", "pods": "1000"}}
    assert {"hard": {"cpu": "a", "pods": "1k"}} == filled("v1", "ResourceQuota", spec=spec)["spec"]
