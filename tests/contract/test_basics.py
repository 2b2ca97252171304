"""Reading and writing one object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster


def test_what_is_created_can_be_read(api: Api) -> None:
    """A POST answers 201 with the object, and a GET then gives the same."""
    path = api.path("v1", "configmaps")
    made = api.post(path, {"metadata": {"name": "a"}, "data": {"k": "v"}}).expect(201)
    assert made == api.get(f"{path}/a").expect(200)


def test_a_watch_tells_of_what_is_made(api: Api) -> None:
    """A watch from a list's resourceVersion gives what is made afterwards."""
    path = api.path("v1", "configmaps")
    version = api.get(path).expect(200)["metadata"]["resourceVersion"]
    with api.watch(path, resourceVersion=version, fieldSelector="metadata.name=a") as watch:
        api.post(path, {"metadata": {"name": "a"}}).expect(201)
        watch.wait(1)
    assert [("ADDED", "a")] == watch.named()
