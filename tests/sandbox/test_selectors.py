"""Selectors: from text to a question."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.schema import Node
from helmlite.sandbox.selectors import field_selector, label_selector, of_selector
from helmlite.sandbox.status import StatusError

PODS = Kind(
    group="", version="v1", kind="Pod", plural="pods", singular="pod", namespaced=True, verbs=("list",), node=Node({})
)


def labelled(**labels: str) -> dict[str, Any]:
    """Return an object with labels."""
    return {"metadata": {"name": "a", "labels": labels}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("app=web", True),
        ("app==web", True),
        ("app!=web", False),
        ("app in (db, web)", True),
        ("app notin (web)", False),
        ("missing notin (web)", True),
        ("app", True),
        ("!app", False),
        ("!missing,app=web", True),
        ("example.com/a-b=c", False),
    ],
)
def test_label_selectors(text: str, expected: bool) -> None:
    """Each operator holds as Kubernetes says."""
    assert expected is label_selector(text)(labelled(app="web"))


@pytest.mark.parametrize(
    "text", ["app in web", "a b", "=x", "app=(", "x in (a", "a" * 64 + "=b", "a=" + "b" * 64, "é=a"]
)
def test_bad_label_selectors(text: str) -> None:
    """What is no selector is refused as a bad request."""
    with pytest.raises(StatusError) as caught:
        label_selector(text)
    assert 400 == caught.value.code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status.phase=Running", True),
        ("status.phase!=Running", False),
        ("spec.nodeName=", True),
        ("metadata.name=a,status.phase=Running", True),
        ("spec.hostNetwork=false", True),
    ],
)
def test_field_selectors(text: str, expected: bool) -> None:
    """A field that is not there is empty, a switch that is not there is false."""
    pod = {"metadata": {"name": "a", "namespace": "n"}, "spec": {}, "status": {"phase": "Running"}}
    assert expected is field_selector(PODS, text)(pod)


@pytest.mark.parametrize("text", ["spec.unknown=a", "nonsense", "=", "status.phase"])
def test_bad_field_selectors(text: str) -> None:
    """An unknown field is refused as a bad request."""
    with pytest.raises(StatusError) as caught:
        field_selector(PODS, text)
    assert 400 == caught.value.code


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "db"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_selectors_of_objects(selector: Any, expected: bool) -> None:
    """An object's own selector matches by labels and expressions; none at all matches nothing."""
    assert expected is of_selector(selector)(labelled(app="web"))
