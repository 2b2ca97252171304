"""What objects use of a quota, as amounts."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox import usage


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("0", "600m", "600m"),
        ("600m", "400m", "1"),
        ("512Mi", "512Mi", "1Gi"),
        ("768Mi", "768Mi", "1536Mi"),
        ("1Gi", "1G", "2073741824"),
        ("0", "1Gi", "1Gi"),
        ("900", "100", "1k"),
        ("1", "odd", "1"),
    ],
)
def test_amounts_add_up(first: str, second: str, expected: str) -> None:
    """A sum has the form of the first amount that is not 0."""
    assert expected == usage.added(first, second)


def container(**requests: str) -> dict[str, Any]:
    """Return a container that requests so much."""
    return {"name": "c", "resources": {"requests": requests}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"containers": [container(cpu="1"), container(cpu="2")]}, "3"),
        ({"containers": [container(cpu="1")], "initContainers": [container(cpu="5"), container(cpu="4")]}, "5"),
        (
            {"containers": [container(cpu="1")], "initContainers": [container(cpu="2") | {"restartPolicy": "Always"}]},
            "3",
        ),
        ({"initContainers": [container(cpu="2")]}, "2"),
    ],
    ids=["sum", "init", "sidecar", "init-alone"],
)
def test_a_pods_amounts(spec: dict[str, Any], expected: str) -> None:
    """A pod uses what its containers and sidecars use together, or its largest init container."""
    assert {"cpu": expected} == usage.of_containers(spec, "requests")


@pytest.mark.parametrize("resource", ["pods", "services", "persistentvolumeclaims", "configmaps"])
def test_objects_without_a_spec(resource: str) -> None:
    """An object without a spec counts as an object."""
    assert "1" == usage.of_object(resource, {"metadata": {"name": "a"}})[f"count/{resource}"]


@pytest.mark.parametrize("spec", [{"scopes": ["BestEffort"]}, {"scopeSelector": {"matchExpressions": []}}])
def test_a_quota_of_some_pods_is_told_apart(spec: dict[str, Any]) -> None:
    """A quota with scopes is known as one; any other limits all."""
    assert (True, False) == (usage.is_scoped({"spec": spec}), usage.is_scoped({"spec": {"hard": {}}}))
