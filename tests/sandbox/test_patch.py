"""Patches as functions; what they do to objects is stated in the contract."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from helmlite.sandbox import patch
from helmlite.sandbox.recorded import registry
from helmlite.sandbox.status import StatusError

SERVICE = next(each for each in registry() if each.kind == "Service")
TARGET: dict[str, Any] = {
    "metadata": {"name": "a", "finalizers": ["p", "q"]},
    "spec": {"ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}], "selector": {"a": "b"}},
}


def refused(way: str, change: Any) -> StatusError:
    """Return how a patch of the target is refused."""
    with pytest.raises(StatusError) as caught:
        patched(way, change)
    return caught.value


def patched(way: str, change: Any) -> Any:
    """Return what a patch makes of the target, which stays as it is."""
    target = copy.deepcopy(TARGET)
    ways: dict[str, Callable[[Any, Any], Any]] = {
        "json": patch.json_patch,
        "merge": patch.merge_patch,
        "strategic": lambda before, what: patch.strategic_merge(SERVICE.node, before, what),
    }
    try:
        return ways[way](target, change)
    finally:
        assert target == TARGET


@pytest.mark.parametrize(
    ("way", "change"),
    [
        ("json", [{"op": "add", "path": "/metadata/finalizers/-", "value": "r"}]),
        ("merge", {"metadata": {"finalizers": None}}),
        ("strategic", {"metadata": {"finalizers": ["r"]}, "spec": {"selector": {"$patch": "delete"}}}),
    ],
    ids=["json", "merge", "strategic"],
)
def test_the_target_stays(way: str, change: Any) -> None:
    """A patch makes a new value."""
    assert patched(way, change) != TARGET


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": 1},
        {"op": ["add"], "path": "/x"},
        {"op": "move", "path": "/x"},
        {"op": "copy", "from": 1, "path": "/x"},
        {"op": "remove", "path": ""},
        {"op": "add", "path": "/metadata/name/x", "value": 1},
        {"op": "test", "path": "/metadata/name/x", "value": 1},
        {"op": "add", "path": "/metadata/finalizers/99999999999999999999", "value": 1},
        {"op": "remove", "path": "/metadata/finalizers/-"},
        {"op": "remove", "path": "/metadata/finalizers/²"},
    ],
    ids=str,
)
def test_odd_operations(operation: Any) -> None:
    """Whatever cannot be done is 422."""
    assert 422 == refused("json", [operation]).code


@pytest.mark.parametrize(
    ("way", "change"), [("json", {}), ("json", [1]), ("merge", []), ("merge", 1), ("strategic", 1)]
)
def test_what_is_no_patch(way: str, change: Any) -> None:
    """A patch of another type is 400."""
    assert 400 == refused(way, change).code


def test_the_whole_may_be_replaced() -> None:
    """The empty path is the whole value."""
    assert {"a": 1} == patched("json", [{"op": "replace", "path": "", "value": {"a": 1}}])


def test_a_copied_value_is_another() -> None:
    """What is copied does not change with the original."""
    operations = [
        {"op": "copy", "from": "/spec/selector", "path": "/spec/copied"},
        {"op": "add", "path": "/spec/selector/c", "value": "d"},
    ]
    assert {"a": "b"} == patched("json", operations)["spec"]["copied"]


def test_nulls_in_new_mappings_go() -> None:
    """A merge patch leaves no null, neither in what it adds."""
    assert {"x": {"z": 1}} == patched("merge", {"spec": {"x": {"y": None, "z": 1}, "ports": None, "selector": None}})[
        "spec"
    ]


def test_ports_of_one_number() -> None:
    """Of items with the same merge key the first is merged, and none is lost."""
    ports = patched("strategic", {"spec": {"ports": [{"port": 53, "name": "x"}]}})["spec"]["ports"]
    assert [{"port": 53, "protocol": "TCP", "name": "x"}, {"port": 53, "protocol": "UDP"}] == ports


@pytest.mark.parametrize(
    "spec",
    [
        {"ports": ["x"]},
        {"ports": [None]},
        {"$setElementOrder/ports": "x"},
        {"$setElementOrder/ports": ["x"]},
        {"$setElementOrder/ports": [{}]},
        {"selector": {"$patch": 1}},
        {"ports": [{"port": 1, "$patch": ["x"]}]},
    ],
    ids=str,
)
def test_odd_strategic_patches(spec: Any) -> None:
    """Items and directives that make no sense are refused as the server does it: with 500."""
    assert 500 == refused("strategic", {"spec": spec}).code


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"ports": {"a": 1}}, {"a": 1}),
        ({"$deleteFromPrimitiveList/ports": 1}, TARGET["spec"]["ports"]),
        ({"ports": []}, TARGET["spec"]["ports"]),
    ],
    ids=["mapping", "odd deletion", "empty"],
)
def test_what_is_left_to_validation(spec: Any, expected: Any) -> None:
    """A value of another type takes the place of the old one."""
    assert expected == patched("strategic", {"spec": spec})["spec"]["ports"]
