"""Managed fields: what each write leaves in them, and what becomes of those that a client writes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.managing import (
    applied,
    config_map,
    containers,
    deployment,
    entries,
    fields,
    managers,
    of_container,
    path_to,
    posted,
    refused,
    service,
)

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster

K: dict[str, Any] = {"f:data": {"f:k": {}}}
WHOLE: dict[str, Any] = {"f:data": {".": {}, "f:k": {}}}


def entry(manager: str, operation: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of managed fields for a ConfigMap."""
    kept = {"manager": manager, "operation": operation, "apiVersion": "v1"}
    return {**kept, "fieldsType": "FieldsV1", "fieldsV1": found}


def with_entries(api: Api, made: dict[str, Any], *given: dict[str, Any]) -> dict[str, Any]:
    """Write an object's managed fields as kubectl and Helm do and return the object."""
    version = {"op": "test", "path": "/metadata/resourceVersion", "value": made["metadata"]["resourceVersion"]}
    change = {"op": "replace", "path": "/metadata/managedFields", "value": list(given)}
    return dict(api.patch(path_to(api, made), [version, change], "json", fieldManager="mover").expect(200))


def test_a_post_leaves_an_entry(api: Api) -> None:
    """Who creates owns everything, the mappings themselves too."""
    made = posted(api, config_map({"k": "v"}, labels={"l": "1"}))
    (found,) = made["metadata"]["managedFields"]
    assert {
        "manager": "poster",
        "operation": "Update",
        "apiVersion": "v1",
        "time": made["metadata"]["creationTimestamp"],
        "fieldsType": "FieldsV1",
        "fieldsV1": {**WHOLE, "f:metadata": {"f:labels": {".": {}, "f:l": {}}}},
    } == found


def test_a_posted_workload_owns_its_defaults(api: Api) -> None:
    """Defaults belong to who creates; structs that every such object has do not, nor the status."""
    made = posted(api, deployment({"name": "c", "image": "x", "ports": [{"containerPort": 80}]}))
    found = fields(made, "poster") or {}
    assert {"f:spec"} == set(found)
    assert {
        "f:progressDeadlineSeconds": {},
        "f:replicas": {},
        "f:revisionHistoryLimit": {},
        "f:selector": {},
        "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}, "f:maxUnavailable": {}}, "f:type": {}},
    } == {step: below for step, below in found["f:spec"].items() if step != "f:template"}
    assert {
        ".": {},
        "f:name": {},
        "f:image": {},
        "f:imagePullPolicy": {},
        "f:ports": {
            ".": {},
            'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}, "f:protocol": {}},
        },
        "f:resources": {},
        "f:terminationMessagePath": {},
        "f:terminationMessagePolicy": {},
    } == of_container(found)


def test_what_admission_adds_has_no_owner(api: Api) -> None:
    """Addresses of a Service are nobody's."""
    found = fields(posted(api, service({"port": 80})), "poster") or {}
    assert {"f:internalTrafficPolicy", "f:ports", "f:selector", "f:sessionAffinity", "f:type"} == set(found["f:spec"])


def test_owner_references_and_finalizers(api: Api) -> None:
    """Owner references are told apart by uid and owned whole, finalizers by value."""
    owner = posted(api, config_map(name="o"))["metadata"]["uid"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": owner}
    made = posted(api, config_map(ownerReferences=[reference], finalizers=["example.com/a"]))
    api.patch(path_to(api, made), {"metadata": {"finalizers": None}}).expect(200)
    assert {
        "f:metadata": {
            "f:finalizers": {".": {}, 'v:"example.com/a"': {}},
            "f:ownerReferences": {".": {}, f'k:{{"uid":"{owner}"}}': {}},
        }
    } == fields(made, "poster")


def test_the_user_agent_is_the_manager(api: Api) -> None:
    """Without fieldManager the manager is called as the user agent is up to its version."""
    body = config_map({"k": "v"})
    headers = {"User-Agent": "tool/1.2 (linux) more"}
    made = api.request("POST", api.path("v1", "configmaps"), body, headers=headers).expect(201)
    assert [("tool", "Update")] == managers(made)


@pytest.mark.parametrize("kind", ["json", "merge", "strategic"])
def test_a_patch_owns_what_it_changes(api: Api, kind: str) -> None:
    """Who patches owns what became another value, and no more."""
    posted(api, config_map({"k": "v"}))
    change: Any = {"data": {"k": "v", "n": "1"}}
    if kind == "json":
        change = [{"op": "add", "path": "/data/n", "value": "1"}]
    made = api.patch(path_to(api, config_map()), change, kind, fieldManager="patcher").expect(200)
    assert (WHOLE, {"f:data": {"f:n": {}}}) == (fields(made, "poster"), fields(made, "patcher"))


def test_a_changed_value_changes_its_owner(api: Api) -> None:
    """Who puts another value owns it, and who had it does not; no force is asked for."""
    posted(api, config_map({"k": "v"}))
    made = api.put(path_to(api, config_map()), config_map({"k": "w"}), fieldManager="putter").expect(200)
    assert (K, {"f:data": {}}) == (fields(made, "putter"), fields(made, "poster"))


def test_who_applied_loses_what_others_update(api: Api) -> None:
    """An update takes fields from who applied them, and applying them again is a conflict."""
    applied(api, config_map({"k": "v"}))
    made = api.patch(path_to(api, config_map()), {"data": {"k": "w"}}, fieldManager="patcher").expect(200)
    assert [("patcher", "Update")] == managers(made)
    assert (
        'Apply failed with 1 conflict: conflict with "patcher" using v1: .data.k'
        == refused(api, config_map({"k": "v"})).message
    )


def test_what_is_removed_has_no_owner(api: Api) -> None:
    """A field that an update removes leaves every manager's set."""
    applied(api, config_map({"k": "v"}, labels={"l": "1"}))
    made = api.patch(path_to(api, config_map()), {"data": None}, fieldManager="patcher").expect(200)
    assert {"f:metadata": {"f:labels": {"f:l": {}}}} == fields(made)
    assert [("tester", "Apply")] == managers(made)


def test_a_write_without_a_change_leaves_no_trace(api: Api) -> None:
    """Who writes what is there already becomes no manager, and resourceVersion stays."""
    made = posted(api, config_map({"k": "v"}))
    assert made == api.put(path_to(api, made), config_map({"k": "v"}), fieldManager="putter").expect(200)


def test_a_manager_gathers_its_updates(api: Api) -> None:
    """Updates of one manager make one entry."""
    posted(api, config_map({"k": "v"}))
    made = api.patch(path_to(api, config_map()), {"data": {"n": "1"}}, fieldManager="poster").expect(200)
    assert {"f:data": {".": {}, "f:k": {}, "f:n": {}}} == fields(made, "poster")


def test_applying_and_updating_are_two(api: Api) -> None:
    """One name that applies and updates has two entries, and conflicts with itself."""
    posted(api, config_map({"a": "1"}), "tester")
    made = applied(api, config_map({"b": "1"}))
    assert [("tester", "Apply"), ("tester", "Update")] == managers(made)
    answer = refused(api, config_map({"a": "2"}))
    assert 'Apply failed with 1 conflict: conflict with "tester" using v1: .data.a' == answer.message


def test_who_applies_stands_first(api: Api) -> None:
    """Entries of those who apply come before those who update, and each kind by time and name."""
    posted(api, config_map({"a": "1"}), "a")
    api.patch(path_to(api, config_map()), {"data": {"b": "1"}}, fieldManager="b").expect(200)
    applied(api, config_map({"a": "1"}), "z")
    made = applied(api, config_map({"a": "1"}), "y")
    assert [("y", "Apply"), ("z", "Apply"), ("a", "Update"), ("b", "Update")] == managers(made)


def test_a_status_is_written_by_its_subresource(api: Api) -> None:
    """An entry names the subresource at which it was written."""
    made = posted(api, deployment(spec={"paused": True}))
    change = {"status": {"collisionCount": 1}, "spec": {"replicas": 5}}
    made = api.patch(path_to(api, made, "status"), change, fieldManager="other").expect(200)
    (found,) = entries(made, "other")
    assert ("status", {"f:status": {"f:collisionCount": {}}}) == (found["subresource"], found["fieldsV1"])


def test_a_status_at_the_object_is_nobodys(api: Api) -> None:
    """A patch of the whole object does not change the status, so who sent it owns nothing."""
    posted(api, deployment(spec={"paused": True}))
    made = api.patch(path_to(api, deployment()), {"status": {"collisionCount": 1}}, fieldManager="other").expect(200)
    assert [] == entries(made, "other")


def test_scaling_owns_replicas(api: Api) -> None:
    """Who scales owns the object's replicas, at the subresource and without a time."""
    applied(api, deployment(spec={"paused": True}))
    path = path_to(api, deployment())
    api.patch(f"{path}/scale", {"spec": {"replicas": 1}}, fieldManager="scaler").expect(200)
    made = api.get(path).expect(200)
    (found,) = entries(made, "scaler")
    assert {
        "manager": "scaler",
        "operation": "Update",
        "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:replicas": {}}},
        "subresource": "scale",
    } == found
    assert "f:replicas" not in (fields(made) or {})["f:spec"]
    said = 'conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas'
    assert f"Apply failed with 1 conflict: {said}" == refused(api, deployment(spec={"paused": True})).message


def test_replicas_left_out_stay_as_scaled(api: Api) -> None:
    """Who leaves out replicas when applying leaves them to who scaled."""
    applied(api, deployment(spec={"paused": True}))
    path = path_to(api, deployment())
    api.patch(f"{path}/scale", {"spec": {"replicas": 2}}, fieldManager="scaler").expect(200)
    body = deployment(spec={"paused": True})
    del body["spec"]["replicas"]
    assert 2 == applied(api, body)["spec"]["replicas"]


def test_a_list_replaced_by_others(api: Api) -> None:
    """Items that an update removes leave the set of who applied them; what it adds is its own."""
    applied(api, deployment({"name": "c", "image": "x"}, {"name": "d", "image": "x"}))
    change = [{"op": "replace", "path": "/spec/template/spec/containers", "value": [{"name": "e", "image": "x"}]}]
    made = api.patch(path_to(api, deployment()), change, "json", fieldManager="patcher").expect(200)
    assert "f:spec" not in (fields(made) or {})["f:spec"]["f:template"]
    assert {"f:name": {}, "f:image": {}}.items() <= of_container(fields(made, "patcher"), "e").items()
    assert ["e"] == [each["name"] for each in containers(made)]


@pytest.mark.parametrize("cleared", [[], [{}]], ids=["empty", "one empty"])
@pytest.mark.parametrize("kind", ["json", "merge", "put"])
def test_managed_fields_may_be_cleared(api: Api, kind: str, cleared: Any) -> None:
    """An empty list, or one empty entry, clears them."""
    path = path_to(api, applied(api, config_map({"k": "v"})))
    if kind == "put":
        made = api.put(path, config_map({"k": "v"}, managedFields=cleared)).expect(200)
    elif kind == "json":
        change = [{"op": "replace", "path": "/metadata/managedFields", "value": cleared}]
        made = api.patch(path, change, "json").expect(200)
    else:
        made = api.patch(path, {"metadata": {"managedFields": cleared}}).expect(200)
    assert "managedFields" not in made["metadata"]


@pytest.mark.parametrize("how", ["put without", "put null", "merge null", "json remove"])
def test_managed_fields_that_are_missing_stay(api: Api, how: str) -> None:
    """Whoever writes an object without them, or null, leaves them as they were."""
    made = applied(api, config_map({"k": "v"}))
    path = path_to(api, made)
    answer = {
        "put without": lambda: api.put(path, config_map({"k": "v"})),
        "put null": lambda: api.put(path, config_map({"k": "v"}, managedFields=None)),
        "merge null": lambda: api.patch(path, {"metadata": {"managedFields": None}}),
        "json remove": lambda: api.patch(path, [{"op": "remove", "path": "/metadata/managedFields"}], "json"),
    }[how]()
    assert made == answer.expect(200)


@pytest.mark.parametrize(
    "bad",
    [{"operation": "Other"}, {"fieldsType": "Other"}, {"apiVersion": ""}, {"fieldsV1": {"x": {}}}],
    ids=["operation", "type", "version", "fields"],
)
def test_managed_fields_that_cannot_be_read(api: Api, bad: dict[str, Any]) -> None:
    """Entries that make no sense are dropped for those that were there."""
    made = applied(api, config_map({"k": "v"}))
    change = {"metadata": {"managedFields": [{**entry("other", "Apply", K), **bad}]}}
    assert made == api.patch(path_to(api, made), change).expect(200)


def test_managed_fields_may_be_written(api: Api) -> None:
    """Entries that a client writes count from then on."""
    made = with_entries(api, posted(api, config_map({"k": "v"})), entry("tester", "Apply", K))
    assert (K, [("tester", "Apply")]) == (fields(made), managers(made))
    assert {"n": "1"} == applied(api, config_map({"n": "1"}))["data"]


def test_managed_fields_of_a_new_object(api: Api) -> None:
    """A new object may bring some, though what is there belongs to who creates it."""
    given = [entry("tester", "Apply", {"f:data": {"f:k": {}, "f:n": {}}})]
    made = posted(api, config_map({"k": "v"}, managedFields=given))
    assert ({"f:data": {"f:n": {}}}, WHOLE) == (fields(made), fields(made, "poster"))


def test_of_two_entries_of_a_manager_the_last_counts(api: Api) -> None:
    """A manager has one entry: another of the same operation replaces it."""
    given = [entry("tester", "Apply", {"f:data": {"f:a": {}}}), entry("tester", "Apply", K)]
    assert K == fields(with_entries(api, posted(api, config_map({"k": "v"})), *given))


def test_a_cleared_object_is_not_tracked(api: Api) -> None:
    """Without any managed fields updates leave none."""
    made = with_entries(api, posted(api, config_map({"k": "v"})))
    made = api.patch(path_to(api, made), {"data": {"k": "w"}}).expect(200)
    assert "managedFields" not in made["metadata"]


def test_clearing_and_changing_at_once(api: Api) -> None:
    """Who clears them and changes a value in one write owns nothing either."""
    posted(api, config_map({"k": "v"}))
    change = {"metadata": {"managedFields": [{}]}, "data": {"k": "w"}}
    made = api.patch(path_to(api, config_map()), change).expect(200)
    assert ("w", []) == (made["data"]["k"], managers(made))


def test_the_first_to_apply_finds_an_owner(api: Api) -> None:
    """On an object without managed fields, what is there belongs to before-first-apply."""
    with_entries(api, posted(api, config_map({"k": "v"})))
    answer = refused(api, config_map({"k": "w"}))
    said = 'conflict with "before-first-apply" using v1: .data.k'
    assert f"Apply failed with 1 conflict: {said}" == answer.message
    made = applied(api, config_map({"k": "v"}))
    assert [("tester", "Apply"), ("before-first-apply", "Update")] == managers(made)
    assert (K, WHOLE) == (fields(made), fields(made, "before-first-apply"))


def test_from_updating_to_applying(api: Api) -> None:
    """Once the Update entry is written as an Apply entry, applying removes what it leaves out, without a conflict."""
    made = posted(api, config_map({"a": "1", "b": "1", "c": "1"}), "helm")
    moved = with_entries(api, made, {**entries(made, "helm")[0], "operation": "Apply"})
    assert [("helm", "Apply")] == managers(moved)
    made = applied(api, config_map({"a": "2", "b": "1"}), "helm")
    assert ({"a": "2", "b": "1"}, {"f:data": {"f:a": {}, "f:b": {}}}) == (made["data"], fields(made, "helm"))


def test_two_entries_become_one(api: Api) -> None:
    """Without moving the Update entry, what it owns alone is left behind."""
    posted(api, config_map({"a": "1", "b": "1"}), "helm")
    made = applied(api, config_map({"a": "1"}), "helm")
    assert {"a": "1", "b": "1"} == made["data"]
    assert [("helm", "Apply"), ("helm", "Update")] == managers(made)
    union = entry("helm", "Apply", {"f:data": {".": {}, "f:a": {}, "f:b": {}}})
    with_entries(api, made, union)
    assert {"a": "1"} == applied(api, config_map({"a": "1"}), "helm")["data"]


def test_managed_fields_of_a_status_write(api: Api) -> None:
    """At a subresource nobody writes managed fields."""
    made = posted(api, deployment(spec={"paused": True}))
    change = {"metadata": {"managedFields": []}, "status": {"collisionCount": 1}}
    made = api.patch(path_to(api, made, "status"), change, fieldManager="other").expect(200)
    assert {"poster", "other"} <= {manager for manager, _ in managers(made)}
