"""Names of things."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.manifest.identity import GroupVersionKind, ReleaseId, ResourceId


@pytest.mark.parametrize(
    ("api_version", "group", "version"),
    [("v1", "", "v1"), ("apps/v1", "apps", "v1"), ("example.com/v1alpha1", "example.com", "v1alpha1")],
)
def test_api_versions_are_group_and_version(api_version: str, group: str, version: str) -> None:
    """The core group has no name; a kind gives back the apiVersion that it was made of."""
    made = GroupVersionKind.parse(api_version, "Thing")
    assert (group, version, api_version) == (made.group, made.version, made.api_version)


def test_a_kind_is_read_from_a_body() -> None:
    """``apiVersion`` and ``kind`` of an object name its kind."""
    made = GroupVersionKind.of({"apiVersion": "apps/v1", "kind": "Deployment"})
    assert "apps/v1 Deployment" == str(made)


@pytest.mark.parametrize(
    ("group", "namespace", "expected"),
    [
        ("", "prod", "Thing prod/web"),
        ("", None, "Thing web"),
        ("apps", "prod", "Thing.apps prod/web"),
        ("apps", None, "Thing.apps web"),
    ],
)
def test_an_object_is_named_for_people(group: str, namespace: str | None, expected: str) -> None:
    """Kind and group, namespace and name are told, as far as there are any."""
    assert expected == str(ResourceId(group=group, kind="Thing", namespace=namespace, name="web"))


def test_a_release_is_named_by_its_namespace() -> None:
    """Namespace and name, as in messages."""
    assert "prod/shop" == str(ReleaseId(namespace="prod", name="shop"))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.sampled_from("xy"), st.sampled_from("pq"))))
def test_ids_of_any_scope_can_be_sorted(parts: list[tuple[str, str | None, str]]) -> None:
    """Ids with and without namespace have one order, and equal ids equal keys."""
    ids = [ResourceId(group="", kind=kind, namespace=space, name=name) for kind, space, name in parts]
    assert len(set(ids)) == len({each.sort_key for each in ids})
    assert len(ids) == len(sorted(ids, key=lambda each: each.sort_key))
