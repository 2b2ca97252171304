"""What writes change by themselves; the rest is stated in the contract."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from helmlite.sandbox import strategy
from helmlite.sandbox.kinds import Kind, Subresource
from helmlite.sandbox.recorded import registry
from helmlite.sandbox.schema import Node

REGISTRY = registry()
STATUS = {"status": Subresource(name="status", kind="Thing", verbs=["get"])}
THING = Kind(
    group="example.com",
    version="v1",
    kind="Thing",
    plural="things",
    singular="thing",
    namespaced=True,
    verbs=["get"],
    subresources=STATUS,
    node=Node({}),
    custom={"name": "v1"},
)
WITHOUT_STATUS = replace(THING, subresources={})
OLD: dict[str, Any] = {
    "metadata": {"name": "a", "uid": "u", "creationTimestamp": "t", "generation": 3},
    "spec": {"size": 1},
    "status": {"size": 1},
}


def of(api_version: str, kind: str) -> Kind:
    """Return a built-in kind."""
    found = REGISTRY.of(api_version, kind)
    assert found is not None
    return found


def updated(kind: Kind, subresource: str = "", **change: Any) -> Any:
    """Return what becomes of an update of ``OLD``."""
    body = {**copy.deepcopy(OLD), **change}
    strategy.prepare_update(kind, body, OLD, subresource)
    return body


def test_a_custom_object_begins_at_one_without_status() -> None:
    """A new object of a custom kind with a status subresource has no status."""
    body = copy.deepcopy(OLD)
    strategy.prepare_create(THING, body)
    assert (1, False) == (body["metadata"]["generation"], "status" in body)


def test_a_custom_status_is_kept_without_its_subresource() -> None:
    """A kind without a status subresource has its status from whoever creates it."""
    body = copy.deepcopy(OLD)
    strategy.prepare_create(WITHOUT_STATUS, body)
    assert {"size": 1} == body["status"]


@pytest.mark.parametrize(
    ("kind", "change", "generation"),
    [
        (THING, {"spec": {"size": 2}}, 4),
        (THING, {"status": {"size": 2}}, 3),
        (THING, {"other": 1}, 4),
        (THING, {"metadata": {"name": "a", "labels": {"a": "b"}}}, 3),
        (WITHOUT_STATUS, {"status": {"size": 2}}, 4),
    ],
    ids=["spec", "status", "other field", "label", "status that is no subresource"],
)
def test_a_custom_generation(kind: Kind, change: Any, generation: int) -> None:
    """All but metadata and a status of its own counts."""
    assert generation == updated(kind, **change)["metadata"]["generation"]


def test_custom_status_keeps_all_else() -> None:
    """The status subresource of a custom kind changes neither spec nor metadata."""
    change = {"metadata": {"name": "a", "labels": {"a": "b"}}, "spec": {"size": 2}, "status": {"size": 2}}
    assert {**OLD, "status": {"size": 2}} == updated(THING, "status", **change)


def test_what_is_marked_for_deletion_stays_marked() -> None:
    """An update that does not name deletionTimestamp keeps it."""
    old = {**OLD, "metadata": {**OLD["metadata"], "deletionTimestamp": "d", "deletionGracePeriodSeconds": 0}}
    body = copy.deepcopy(OLD)
    strategy.prepare_update(THING, body, old, "")
    assert old["metadata"] == body["metadata"]


def test_a_pod_keeps_its_owners_when_its_status_is_written() -> None:
    """Owners of a pod are not changed by its status subresource; labels are."""
    metadata = {"name": "a", "ownerReferences": [{"uid": "x"}], "labels": {"a": "b"}}
    found = updated(of("v1", "Pod"), "status", metadata=metadata)["metadata"]
    assert ({"a": "b"}, False) == (found["labels"], "ownerReferences" in found)


def test_a_namespace_keeps_its_finalizer() -> None:
    """Only the finalize subresource changes a namespace's finalizers."""
    kind, old = of("v1", "Namespace"), {**OLD, "spec": {"finalizers": ["kubernetes"]}}
    found = []
    for subresource in ("", "finalize"):
        body = {**copy.deepcopy(old), "spec": {}}
        strategy.prepare_update(kind, body, old, subresource)
        found.append(body["spec"])
    assert [{"finalizers": ["kubernetes"]}, {}] == found


@pytest.mark.parametrize("odd", [None, [], "a", {"template": 1}, {"finalizers": "a"}, {"containers": [1]}])
@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("v1", "Pod"), ("batch/v1", "Job"), ("apps/v1", "DaemonSet"), ("v1", "Namespace"), ("v1", "PersistentVolume")],
)
def test_odd_values_are_no_error(api_version: str, kind: str, odd: Any) -> None:
    """What is of a wrong type stays, for others to complain about."""
    body: Any = {"metadata": {"name": "a", "uid": "u", "creationTimestamp": "t"}, "spec": odd}
    strategy.prepare_create(of(api_version, kind), body)
    strategy.prepare_update(of(api_version, kind), copy.deepcopy(body), body, "")
    assert "a" == body["metadata"]["name"]
