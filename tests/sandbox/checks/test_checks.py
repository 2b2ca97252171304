"""What the sandbox says of objects, against the table that is recorded from a real server."""

from __future__ import annotations

import copy
import functools
from typing import Any

import pytest

from helmlite.sandbox import checks, defaults, recorded, strict
from helmlite.sandbox.kinds import Kind, Registry
from tests.contract.refusals import CASES, changed, check_causes, object_of


@functools.cache
def registry() -> Registry:
    """Return the built-in kinds."""
    return recorded.registry()


def _kind(body: dict[str, Any]) -> Kind:
    found = registry().of(body["apiVersion"], body["kind"])
    assert found is not None
    return found


def _filled(body: dict[str, Any]) -> dict[str, Any]:
    kind = _kind(body)
    whole = strict.pruned(kind.node, body)
    whole.setdefault("metadata", {})
    defaults.fill(kind, whole)
    defaults.canonical(kind.node, whole)
    return dict(whole)


def _causes(body: dict[str, Any], old: dict[str, Any] | None = None) -> list[dict[str, str]]:
    found = checks.causes(_kind(body), body, old, "")
    return [{"field": each.field, "reason": each.reason, "message": each.message} for each in found]


@pytest.mark.parametrize("case", CASES, ids=[each["name"].replace(" ", "-") for each in CASES])
def test_says_what_the_server_says(case: Any) -> None:
    """Every fault of an object is told, with its place and the server's words."""
    body, old = _filled(object_of(case, "a")), None
    if "then" in case:
        old = body
        if case["of"] == "Service":
            old["spec"] |= {"clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9"]}  # as admission gives it
        body = _filled(changed(copy.deepcopy(old), case["then"]))
    check_causes(case, _causes(body, old))


def test_custom_kinds_are_checked_by_their_metadata() -> None:
    """Of a custom kind the name is checked, and nothing that a built-in kind of that name is checked for."""
    kind = Kind(
        group="a.example",
        version="v1",
        kind="Service",
        plural="services",
        singular="service",
        namespaced=True,
        verbs=(),
        node=registry().best("services").node,
        custom={},
    )
    found = checks.causes(kind, {"metadata": {"name": "A", "finalizers": ["plain"]}, "spec": {"type": "X"}}, None, "")
    assert ["metadata.name"] == [each.field for each in found]


def test_a_status_is_not_checked_with_the_spec() -> None:
    """What is written to a subresource is not refused for its spec."""
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}}
    assert [] == checks.causes(_kind(body), body, body, "status")
