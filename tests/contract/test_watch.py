"""Watches: what they begin with, what they tell, and when they end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.definitions import CRDS, define, definition

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster

CHOSEN = {"app": "web"}


def version_of(api: Api, path: str) -> str:
    """Return the resourceVersion of a list."""
    return str(api.get(path).expect(200)["metadata"]["resourceVersion"])


def config_map(name: str, **labels: str) -> dict[str, Any]:
    """Return a small ConfigMap."""
    return {"metadata": {"name": name, "labels": labels}, "data": {"k": "v"}}


def test_a_watch_tells_of_every_change_in_order(api: Api) -> None:
    """Creating, changing and deleting are ADDED, MODIFIED and DELETED."""
    path = api.path("v1", "configmaps")
    with api.watch(path, resourceVersion=version_of(api, path), labelSelector="app=web") as watch:
        api.post(path, config_map("a", **CHOSEN)).expect(201)
        api.patch(f"{path}/a", {"data": {"k": "w"}}).expect(200)
        api.delete(f"{path}/a").expect(200)
        watch.wait(3)
    assert ["ADDED", "MODIFIED", "DELETED"] == [each["type"] for each in watch.events]


def test_a_watch_goes_on_from_a_version(api: Api) -> None:
    """What happened after the resourceVersion and before the watch is told too, and nothing before it."""
    path = api.path("v1", "configmaps")
    api.post(path, config_map("before", **CHOSEN)).expect(201)
    version = version_of(api, path)
    api.post(path, config_map("after", **CHOSEN)).expect(201)
    with api.watch(path, resourceVersion=version, labelSelector="app=web") as watch:
        watch.wait(1)
        time.sleep(0.1)
    assert [("ADDED", "after")] == watch.named()


@pytest.mark.parametrize("version", [{}, {"resourceVersion": "0"}], ids=["none", "zero"])
def test_a_watch_without_a_version_begins_with_what_is_there(api: Api, version: dict[str, str]) -> None:
    """Without a resourceVersion, or with 0, a watch tells first of what there is."""
    path = api.path("v1", "configmaps")
    api.post(path, config_map("a", **CHOSEN)).expect(201)
    with api.watch(path, labelSelector="app=web", **version) as watch:
        watch.wait(1)
    assert [("ADDED", "a")] == watch.named()


def test_what_comes_to_match_is_added(api: Api) -> None:
    """An object that gets a label that is selected is ADDED."""
    path = api.path("v1", "configmaps")
    api.post(path, config_map("a")).expect(201)
    with api.watch(path, resourceVersion=version_of(api, path), labelSelector="app=web") as watch:
        api.patch(f"{path}/a", {"metadata": {"labels": CHOSEN}}).expect(200)
        watch.wait(1)
    assert [("ADDED", "a")] == watch.named()


def test_what_no_longer_matches_is_deleted(api: Api) -> None:
    """An object that loses a label that is selected is DELETED, though it is still there."""
    path = api.path("v1", "configmaps")
    api.post(path, config_map("a", **CHOSEN)).expect(201)
    with api.watch(path, resourceVersion=version_of(api, path), labelSelector="app=web") as watch:
        api.patch(f"{path}/a", {"metadata": {"labels": {"app": None}}}).expect(200)
        watch.wait(1)
    assert [("DELETED", "a")] == watch.named()
    assert CHOSEN == watch.events[0]["object"]["metadata"]["labels"]


def test_what_does_not_match_is_not_told(api: Api) -> None:
    """Changes of objects that the selector leaves out are not told."""
    path = api.path("v1", "configmaps")
    with api.watch(path, resourceVersion=version_of(api, path), labelSelector="app=web") as watch:
        api.post(path, config_map("other")).expect(201)
        api.post(path, config_map("a", **CHOSEN)).expect(201)
        watch.wait(1)
    assert [("ADDED", "a")] == watch.named()


def test_one_object_is_watched_by_its_name(api: Api) -> None:
    """A field selector on the name watches one object."""
    path = api.path("v1", "configmaps")
    with api.watch(path, resourceVersion=version_of(api, path), fieldSelector="metadata.name=b") as watch:
        api.post(path, config_map("a")).expect(201)
        api.post(path, config_map("b")).expect(201)
        watch.wait(1)
    assert [("ADDED", "b")] == watch.named()


def test_a_watch_stays_in_its_namespace(api: Api) -> None:
    """A watch of one namespace does not tell of others."""
    path = api.path("v1", "configmaps")
    elsewhere = api.path("v1", "configmaps", namespace="default")
    name = api.namespace
    with api.watch(path, resourceVersion=version_of(api, path), labelSelector="app=web") as watch:
        api.post(elsewhere, config_map(name, **CHOSEN)).expect(201)
        api.post(path, config_map("a", **CHOSEN)).expect(201)
        watch.wait(1)
    api.delete(f"{elsewhere}/{name}").expect(200)
    assert [("ADDED", "a")] == watch.named()


def test_a_watch_across_namespaces_tells_of_all(api: Api) -> None:
    """A watch without a namespace tells of every namespace."""
    everywhere, path = api.path("v1", "configmaps", namespace=""), api.path("v1", "configmaps")
    version = version_of(api, path)
    with api.watch(everywhere, resourceVersion=version, labelSelector=f"in={api.namespace}") as watch:
        api.post(path, config_map("a", **{"in": api.namespace})).expect(201)
        watch.wait(1)
    assert [("ADDED", "a")] == watch.named()


def test_a_deleted_object_bears_the_version_of_its_deletion(api: Api) -> None:
    """The object of a DELETED event has a newer resourceVersion than it ever had."""
    path = api.path("v1", "configmaps")
    made = api.post(path, config_map("a", **CHOSEN)).expect(201)
    with api.watch(path, resourceVersion=made["metadata"]["resourceVersion"], labelSelector="app=web") as watch:
        api.delete(f"{path}/a").expect(200)
        watch.wait(1)
    last = watch.events[0]["object"]["metadata"]["resourceVersion"]
    assert int(last) > int(made["metadata"]["resourceVersion"])


def test_events_hold_whole_objects(api: Api) -> None:
    """The object of an event has its kind and its data."""
    path = api.path("v1", "configmaps")
    with api.watch(path, resourceVersion=version_of(api, path), labelSelector="app=web") as watch:
        made = api.post(path, config_map("a", **CHOSEN)).expect(201)
        watch.wait(1)
    assert made == watch.events[0]["object"]


def test_a_watch_ends_at_its_timeout(api: Api) -> None:
    """A watch ends after its timeoutSeconds."""
    path = api.path("v1", "configmaps")
    with api.watch(path, resourceVersion=version_of(api, path), timeoutSeconds=1) as watch:
        assert watch.ended.wait(5)
    assert [] == [each for each in watch.events if each["type"] == "ERROR"]


def test_a_bookmark_tells_how_far_a_watch_is(api: Api) -> None:
    """A watch that allows bookmarks gets one near its end, with kind and resourceVersion alone."""
    path = api.path("v1", "configmaps")
    with api.watch(path, resourceVersion=version_of(api, path), allowWatchBookmarks=True, timeoutSeconds=3) as watch:
        watch.wait(1)
    mark = watch.events[0]
    assert ("BOOKMARK", "ConfigMap") == (mark["type"], mark["object"]["kind"])
    assert int(mark["object"]["metadata"]["resourceVersion"]) > 0


def test_no_bookmark_comes_unasked(api: Api) -> None:
    """Without allowWatchBookmarks there is none."""
    path = api.path("v1", "configmaps")
    with api.watch(path, resourceVersion=version_of(api, path), timeoutSeconds=2) as watch:
        watch.ended.wait(5)
    assert [] == [each for each in watch.events if each["type"] == "BOOKMARK"]


def test_initial_events_end_with_a_bookmark(api: Api) -> None:
    """A watch that sends initial events marks their end by an annotated bookmark."""
    path = api.path("v1", "configmaps")
    api.post(path, config_map("a", **CHOSEN)).expect(201)
    query = {"sendInitialEvents": True, "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": True}
    with api.watch(path, labelSelector="app=web", **query) as watch:
        events = watch.wait(2)
    assert ["ADDED", "BOOKMARK"] == [each["type"] for each in events]
    assert {"k8s.io/initial-events-end": "true"} == events[1]["object"]["metadata"]["annotations"]


def test_initial_events_need_a_match(api: Api) -> None:
    """Asking for sendInitialEvents without resourceVersionMatch is 422."""
    refused = api.get(api.path("v1", "configmaps"), watch=True, sendInitialEvents=True)
    assert (422, "Invalid") == (refused.status, refused.body["reason"])


def test_a_version_that_is_too_old_is_an_error_event(api: Api) -> None:
    """A watch from before what is kept gives one ERROR event: 410 Expired."""
    crd = definition()
    path = define(api, crd)
    try:
        if api.is_sandbox:  # it keeps the last 1,000 changes of all, a real server those since a kind was defined
            own = api.path("v1", "namespaces", api.namespace, namespace="")
            for number in range(1010):
                api.patch(own, {"metadata": {"labels": {"n": str(number)}}}).expect(200)
        with api.watch(path, resourceVersion="1") as watch:
            event = watch.wait(1)[0]
    finally:
        api.delete(f"{CRDS}/{crd['metadata']['name']}")
    assert ("ERROR", 410, "Expired") == (event["type"], event["object"]["code"], event["object"]["reason"])


def test_a_watch_has_other_forms(api: Api) -> None:
    """A watch can tell metadata alone."""
    path = api.path("v1", "configmaps")
    version = version_of(api, path)
    api.post(path, config_map("a", **CHOSEN)).expect(201)
    accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    answer = api.request(
        "GET", path, accept=accept, watch=True, resourceVersion=version, timeoutSeconds=1, labelSelector="app=web"
    )
    assert ("ADDED", "PartialObjectMetadata") == (answer.body["type"], answer.body["object"]["kind"])


def test_a_watch_of_a_table_tells_rows(api: Api) -> None:
    """A watch can tell table rows."""
    path = api.path("v1", "configmaps")
    version = version_of(api, path)
    api.post(path, config_map("a", **CHOSEN)).expect(201)
    accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
    answer = api.request(
        "GET", path, accept=accept, watch=True, resourceVersion=version, timeoutSeconds=1, labelSelector="app=web"
    )
    assert ("Table", "a") == (answer.body["object"]["kind"], answer.body["object"]["rows"][0]["cells"][0])


def test_a_change_of_nothing_is_not_told(api: Api) -> None:
    """A patch that changes nothing makes no event."""
    path = api.path("v1", "configmaps")
    made = api.post(path, config_map("a", **CHOSEN)).expect(201)
    with api.watch(path, resourceVersion=made["metadata"]["resourceVersion"], labelSelector="app=web") as watch:
        api.patch(f"{path}/a", {"data": {"k": "v"}}).expect(200)
        api.patch(f"{path}/a", {"data": {"k": "w"}}).expect(200)
        watch.wait(1)
        time.sleep(0.1)
    assert ["w"] == [each["object"]["data"]["k"] for each in watch.events]


def test_a_dry_run_is_not_told(api: Api) -> None:
    """A dry run makes no event."""
    path = api.path("v1", "configmaps")
    with api.watch(path, resourceVersion=version_of(api, path), labelSelector="app=web") as watch:
        api.post(path, config_map("dry", **CHOSEN), dryRun="All").expect(201)
        api.post(path, config_map("a", **CHOSEN)).expect(201)
        watch.wait(1)
    assert [("ADDED", "a")] == watch.named()


def test_a_finalizer_makes_two_events(api: Api) -> None:
    """An object with a finalizer is MODIFIED by its deletion, and DELETED once the finalizer is gone."""
    path = api.path("v1", "configmaps")
    body = config_map("a", **CHOSEN)
    body["metadata"]["finalizers"] = ["example.com/wait"]
    made = api.post(path, body).expect(201)
    with api.watch(path, resourceVersion=made["metadata"]["resourceVersion"], labelSelector="app=web") as watch:
        api.delete(f"{path}/a").expect(200)
        api.patch(f"{path}/a", {"metadata": {"finalizers": None}}).expect(200)
        watch.wait(2)
    assert ["MODIFIED", "DELETED"] == [each["type"] for each in watch.events]
