"""Server-side apply: who owns what, who may change it, and what becomes of fields that are no longer applied."""

from __future__ import annotations

import time
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
)

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
K: dict[str, Any] = {"f:data": {"f:k": {}}}


def test_apply_creates(api: Api) -> None:
    """Applying what is not there answers 201, and the same again 200."""
    body = config_map({"k": "v"})
    first = api.apply(path_to(api, body), body)
    second = api.apply(path_to(api, body), body)
    assert (201, 200, {"k": "v"}) == (first.status, second.status, second.body["data"])


def test_what_is_applied_is_managed(api: Api) -> None:
    """The manager's entry says what it applied, field by field, and nothing that an object has anyway."""
    made = applied(api, config_map({"k": "v"}, labels={"l": "1"}))
    (entry,) = made["metadata"]["managedFields"]
    assert made["metadata"]["creationTimestamp"] == entry.pop("time")
    assert {
        "manager": "tester",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:k": {}}, "f:metadata": {"f:labels": {"f:l": {}}}},
    } == entry


def test_an_object_of_nothing_has_no_managers(api: Api) -> None:
    """Who applies a name alone manages nothing, and has no entry."""
    assert "managedFields" not in applied(api, config_map())["metadata"]


def test_applying_the_same_changes_nothing(api: Api) -> None:
    """The resourceVersion and the entry's time stay, also when time passes."""
    first = applied(api, config_map({"k": "v"}))
    time.sleep(1.1 - time.time() % 1)
    assert first == applied(api, config_map({"k": "v"}))


def test_fields_may_be_shared(api: Api) -> None:
    """Who applies the same value owns it too; the entry has no time, for nothing changed."""
    applied(api, config_map({"k": "v"}))
    made = applied(api, config_map({"k": "v"}), "other")
    assert (K, K) == (fields(made), fields(made, "other"))
    assert "time" not in entries(made, "other")[0]


def test_another_managers_field_is_refused(api: Api) -> None:
    """Another value is 409, naming the manager and the field."""
    applied(api, config_map({"k": "v"}))
    answer = refused(api, config_map({"k": "w"}), "other")
    assert (409, "Conflict") == (answer.status, answer.body["reason"])
    assert 'Apply failed with 1 conflict: conflict with "tester": .data.k' == answer.message
    cause = {"reason": "FieldManagerConflict", "message": 'conflict with "tester"', "field": ".data.k"}
    assert {"causes": [cause]} == answer.body["details"]


def test_who_updates_is_named_with_a_version(api: Api) -> None:
    """A manager that owns by updating is named with the version at which it does."""
    posted(api, deployment(), "kubectl")
    answer = refused(api, deployment(spec={"replicas": 1}))
    assert 'Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas' == answer.message


def test_conflicts_are_grouped(api: Api) -> None:
    """Several conflicts are listed by manager, each on a line."""
    applied(api, config_map({"a": "1", "b": "1"}))
    api.patch(path_to(api, config_map()), {"data": {"c": "1"}}, fieldManager="kubectl").expect(200)
    answer = refused(api, config_map({"a": "2", "b": "2", "c": "2"}), "other")
    lines = [
        'Apply failed with 3 conflicts: conflicts with "kubectl" using v1:',
        "- .data.c",
        'conflicts with "tester":',
        "- .data.a",
        "- .data.b",
    ]
    assert lines == answer.message.split("\n")
    assert {".data.a", ".data.b", ".data.c"} == {field for field, _ in answer.causes}


def test_a_refusal_changes_nothing(api: Api) -> None:
    """What could be applied of a refused configuration is not."""
    made = applied(api, config_map({"k": "v"}))
    refused(api, config_map({"k": "w", "n": "1"}), "other")
    assert made == api.get(path_to(api, made)).expect(200)


def test_a_value_that_all_agree_on_is_no_conflict(api: Api) -> None:
    """Two owners cannot change a shared value without force, either of them."""
    applied(api, config_map({"k": "v"}))
    applied(api, config_map({"k": "v"}), "other")
    assert (
        'Apply failed with 1 conflict: conflict with "other": .data.k' == refused(api, config_map({"k": "w"})).message
    )


def test_force_takes_over(api: Api) -> None:
    """With force the value changes, and only who forced owns it then."""
    applied(api, config_map({"k": "v"}, labels={"l": "1"}))
    made = applied(api, config_map({"k": "w"}), "other", force=True)
    assert ("w", K, {"f:metadata": {"f:labels": {"f:l": {}}}}) == (
        made["data"]["k"],
        fields(made, "other"),
        fields(made),
    )


def test_who_loses_all_has_no_entry(api: Api) -> None:
    """A manager from which everything was taken is no manager any longer."""
    applied(api, config_map({"k": "v"}))
    assert [("other", "Apply")] == managers(applied(api, config_map({"k": "w"}), "other", force=True))


def test_what_is_no_longer_applied_goes(api: Api) -> None:
    """A field that its only owner leaves out is removed."""
    applied(api, config_map({"a": "1", "b": "2"}))
    made = applied(api, config_map({"a": "1"}))
    assert ({"a": "1"}, {"f:data": {"f:a": {}}}) == (made["data"], fields(made))


def test_an_empty_mapping_goes_with_its_fields(api: Api) -> None:
    """When all fields of a mapping go, so does the mapping."""
    applied(api, config_map({"a": "1"}, labels={"l": "1"}))
    made = applied(api, config_map())
    assert (None, None, []) == (made.get("data"), made["metadata"].get("labels"), managers(made))


def test_what_others_own_stays(api: Api) -> None:
    """A field that another manager owns too is given up, not removed."""
    applied(api, config_map({"k": "v"}))
    applied(api, config_map({"k": "v"}), "other")
    made = applied(api, config_map())
    assert ({"k": "v"}, None, K) == (made["data"], fields(made), fields(made, "other"))


def test_what_nobody_owns_stays(api: Api) -> None:
    """Fields that were written by others beside an owned one stay when that goes."""
    applied(api, config_map({"a": "1"}))
    api.patch(path_to(api, config_map()), {"data": {"b": "2"}}, fieldManager="other").expect(200)
    assert {"b": "2"} == applied(api, config_map())["data"]


def test_an_empty_mapping_is_owned(api: Api) -> None:
    """An empty mapping is a value that can be owned; the server stores none."""
    made = applied(api, config_map({}))
    assert (None, {"f:data": {}}) == (made.get("data"), fields(made))


@pytest.mark.parametrize("empty", [{}, None], ids=["empty", "null"])
def test_an_empty_mapping_removes_what_was_owned(api: Api, empty: Any) -> None:
    """An empty mapping or null in place of owned fields removes them."""
    applied(api, config_map({"k": "v"}))
    made = applied(api, {**config_map(), "data": empty})
    assert (None, {"f:data": {}}) == (made.get("data"), fields(made))


def test_null_does_not_remove_what_others_own(api: Api) -> None:
    """A mapping applied as null leaves the fields that others own in it."""
    applied(api, config_map({"k": "v"}))
    made = applied(api, {**config_map(), "data": None}, "other")
    assert ({"k": "v"}, {"f:data": {}}) == (made["data"], fields(made, "other"))


def test_null_as_text_is_empty(api: Api) -> None:
    """A null where text is wanted in a mapping is stored as empty text, and owned."""
    made = applied(api, config_map({"k": None}))
    assert ({"k": ""}, K) == (made["data"], fields(made))


def test_defaults_have_no_owner(api: Api) -> None:
    """What the server adds belongs to nobody: another may apply another value without force."""
    made = applied(api, deployment())
    assert {".": {}, "f:name": {}, "f:image": {}} == of_container(fields(made))
    other = deployment({"name": "c", "image": "x", "imagePullPolicy": "Never"})
    assert "Never" == containers(applied(api, other, "other"))[0]["imagePullPolicy"]


def test_several_misfits_are_listed(api: Api) -> None:
    """Everything that does not fit is said at once, each on a line."""
    body = config_map({"k": 1}, finalizers=["example.com/a", "example.com/a"])
    first, *lines = refused(api, body).message.split("\n  ")
    assert "failed to create typed patch object (/a; /v1, Kind=ConfigMap): errors:" == first
    said = ".data.k: expected string, got &value.valueUnstructured{Value:1}"
    assert {said, '.metadata.finalizers: duplicate entries for key [="example.com/a"]'} == set(lines)


def test_labels_are_owned_by_key(api: Api) -> None:
    """Labels and annotations belong to whoever applied them, one by one."""
    applied(api, config_map(labels={"a": "1"}, annotations={"a/b": "1"}))
    made = applied(api, config_map(labels={"b": "2"}), "other")
    assert {"f:metadata": {"f:annotations": {"f:a/b": {}}, "f:labels": {"f:a": {}}}} == fields(made)
    assert {"a": "1", "b": "2"} == made["metadata"]["labels"]


def test_another_way_to_write_a_quantity_is_another_value(api: Api) -> None:
    """`1000m` conflicts with the `1` into which the server turned it, `1` does not."""
    body = deployment({"name": "c", "image": "x", "resources": {"limits": {"cpu": "1000m"}}})
    assert {"cpu": "1"} == containers(applied(api, body))[0]["resources"]["limits"]
    place = '.spec.template.spec.containers[name="c"].resources.limits.cpu'
    assert {(place, "FieldManagerConflict")} == refused(api, body, "other").causes
    applied(api, deployment({"name": "c", "image": "x", "resources": {"limits": {"cpu": "1"}}}), "other")


def test_the_same_quantity_again_changes_nothing(api: Api) -> None:
    """Its owner may apply `1000m` again and again."""
    body = deployment({"name": "c", "image": "x", "resources": {"limits": {"cpu": "1000m"}}}, spec={"paused": True})
    first = applied(api, body)
    assert first["metadata"]["generation"] == applied(api, body)["metadata"]["generation"]


def test_string_data_is_owned_as_such(api: Api) -> None:
    """A Secret's stringData is owned by that name, and a key that is dropped stays in data."""
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}
    made = applied(api, {**body, "stringData": {"a": "b"}})
    assert {"f:stringData": {"f:a": {}}} == fields(made)
    assert {"a": "Yg==", "c": "ZA=="} == applied(api, {**body, "stringData": {"c": "d"}})["data"]


def test_another_name_for_a_volume_source(api: Api) -> None:
    """A volume whose source changes has only the new one: what is no longer applied goes first."""
    applied(api, deployment(pod={"volumes": [{"name": "v", "emptyDir": {}}]}))
    made = applied(api, deployment(pod={"volumes": [{"name": "v", "configMap": {"name": "z"}}]}))
    assert [{"name": "v", "configMap": {"name": "z", "defaultMode": 420}}] == made["spec"]["template"]["spec"][
        "volumes"
    ]


def test_replicas_may_be_given_up(api: Api) -> None:
    """Replicas that nobody applies any longer go back to their default, unless somebody else owns them."""
    applied(api, deployment(spec={"replicas": 0, "paused": True}))
    body = deployment(spec={"paused": True})
    del body["spec"]["replicas"]
    assert 1 == applied(api, body)["spec"]["replicas"]


def test_apply_without_a_manager(api: Api) -> None:
    """Who applies must say its name."""
    body = config_map()
    answer = api.patch(path_to(api, body), body, "apply")
    assert (422, {("fieldManager", "FieldValueRequired")}) == (answer.status, answer.causes)
    said = "Required value: is required for apply patch"
    assert f'PatchOptions.meta.k8s.io "" is invalid: fieldManager: {said}' == answer.message


@pytest.mark.parametrize(
    ("name", "reason"), [("x" * 129, "FieldValueTooLong"), ("a\nb", "FieldValueInvalid")], ids=["long", "control"]
)
def test_a_managers_name_has_limits(api: Api, name: str, reason: str) -> None:
    """It has at most 128 bytes, all of them printable."""
    answer = refused(api, config_map(), name)
    assert (422, {("fieldManager", reason)}) == (answer.status, answer.causes)


def test_a_version_may_be_asked_for(api: Api) -> None:
    """With a resourceVersion that is not the object's, applying is 409 even where it changes nothing."""
    made = applied(api, config_map({"k": "v"}))
    answer = refused(api, config_map({"k": "v"}, resourceVersion="1"))
    assert (409, "Conflict") == (answer.status, answer.body["reason"])
    assert "the object has been modified" in answer.message
    applied(api, config_map({"k": "w"}, resourceVersion=made["metadata"]["resourceVersion"]))


def test_another_uid_is_refused(api: Api) -> None:
    """A uid that is not the object's is invalid; with a uid nothing is created."""
    applied(api, config_map({"k": "v"}))
    assert {("metadata.uid", "FieldValueInvalid")} == refused(api, config_map({"k": "v"}, uid="1")).causes
    answer = refused(api, config_map({"k": "v"}, name="b", uid="1"))
    said = "uid mismatch: the provided object specified uid 1, and no existing object was found"
    assert (409, f'Operation cannot be fulfilled on configmaps "b": {said}') == (answer.status, answer.message)


def test_names_are_not_made_up(api: Api) -> None:
    """There is no applying to a collection, so no generateName."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}}
    assert 405 == api.apply(api.path("v1", "configmaps"), body).status


def test_the_paths_name_will_do(api: Api) -> None:
    """What is applied to an object need not say its name; for a new object it must."""
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": None}
    path = api.path("v1", "configmaps", "a")
    said = "the name of the object (a based on URL) was undeterminable: name must be provided"
    assert (400, said) == (api.apply(path, body).status, api.apply(path, body).message)
    posted(api, config_map())
    api.apply(path, body).expect(200)


def test_a_dry_run_stores_nothing(api: Api) -> None:
    """It answers as if, with managed fields, and conflicts count."""
    body = config_map({"k": "v"})
    made = api.apply(path_to(api, body), body, dryRun="All").expect(201)
    assert (K, 404) == (fields(made), api.get(path_to(api, body)).status)
    applied(api, body)
    assert 409 == refused(api, config_map({"k": "w"}), "other", dryRun="All").status
    forced = applied(api, config_map({"k": "w"}), "other", dryRun="All", force=True)
    assert ("w", "v") == (forced["data"]["k"], api.get(path_to(api, body)).expect(200)["data"]["k"])


def test_yaml_may_be_applied(api: Api) -> None:
    """What is applied is YAML, of which JSON is a part."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v # said\n"
    assert {"k": "v"} == api.apply(api.path("v1", "configmaps", "a"), text).expect(201)["data"]


def test_status_is_not_applied_to_the_whole(api: Api) -> None:
    """A status in what is applied is dropped, and not owned."""
    made = applied(api, {**deployment(), "status": {"replicas": 7}})
    assert {"f:spec"} == set(fields(made) or {})


def test_status_is_applied_apart(api: Api) -> None:
    """Who applies to the status owns fields there, and none of what else it applied."""
    applied(api, deployment(spec={"paused": True}))
    body = {**deployment(spec={"replicas": 3}), "status": {"collisionCount": 1}}
    made = api.apply(path_to(api, body, "status"), body, "other").expect(200)
    (entry,) = entries(made, "other")
    assert ("status", {"f:status": {"f:collisionCount": {}}}) == (entry["subresource"], entry["fieldsV1"])
    assert (0, 1) == (made["spec"]["replicas"], made["status"]["collisionCount"])
    answer = api.apply(path_to(api, body, "status"), {**body, "status": {"collisionCount": 2}}, "third")
    assert 'conflict with "other" with subresource "status": .status.collisionCount' in answer.message


def test_kubectl_takes_over_what_it_applied_client_side(api: Api) -> None:
    """Under the manager `kubectl`, fields that the last applied configuration holds unchanged are no conflict."""
    last = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1"}}'
    posted(api, config_map({"a": "1", "b": "1"}, annotations={LAST_APPLIED: last}), "kubectl-client-side-apply")
    made = applied(api, config_map({"a": "2"}), "kubectl")
    assert {"a": "2", "b": "1"} == made["data"]
    renewed = '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"a"}}\n'
    assert renewed == made["metadata"]["annotations"][LAST_APPLIED]
    assert {(".data.b", "FieldManagerConflict")} == refused(api, config_map({"b": "3"}), "kubectl").causes


def test_the_last_applied_configuration_is_for_kubectl(api: Api) -> None:
    """Under another name the same is a conflict."""
    last = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1"}}'
    posted(api, config_map({"a": "1"}, annotations={LAST_APPLIED: last}), "kubectl-client-side-apply")
    assert {(".data.a", "FieldManagerConflict")} == refused(api, config_map({"a": "2"})).causes


def autoscaler(version: str, **spec: Any) -> dict[str, Any]:
    """Return a HorizontalPodAutoscaler to be applied."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "z"}
    body = {"scaleTargetRef": target, "maxReplicas": 3, **spec}
    kind = "HorizontalPodAutoscaler"
    return {"apiVersion": f"autoscaling/{version}", "kind": kind, "metadata": {"name": "a"}, "spec": body}


def test_fields_are_owned_across_versions(api: Api) -> None:
    """A field that was applied at one version of a kind is owned at another too."""
    paths = {each: api.path(f"autoscaling/{each}", "horizontalpodautoscalers", "a") for each in ("v1", "v2")}
    api.apply(paths["v1"], autoscaler("v1", minReplicas=2)).expect(201)
    answer = api.apply(paths["v2"], autoscaler("v2", minReplicas=3), "other")
    assert (409, {(".spec.minReplicas", "FieldManagerConflict")}) == (answer.status, answer.causes)
    made = api.apply(paths["v2"], autoscaler("v2", minReplicas=3)).expect(200)
    assert ["autoscaling/v2"] == [each["apiVersion"] for each in entries(made, "tester")]


@pytest.mark.parametrize(
    ("api_version", "kind", "plural", "fields", "said"),
    [
        ("v1", "Secret", "secrets", {"data": {"a": "!!!"}}, "illegal base64 data at input byte 0"),
        ("v1", "LimitRange", "limitranges", {"spec": {"limits": [{"default": {"cpu": "x"}}]}}, "quantities must match"),
        ("coordination.k8s.io/v1", "Lease", "leases", {"spec": {"acquireTime": "x"}}, 'parsing time "x"'),
    ],
    ids=["base64", "quantity", "time"],
)
def test_values_that_are_none_are_refused(
    api: Api, api_version: str, kind: str, plural: str, fields: dict[str, Any], said: str
) -> None:
    """What looks like text and cannot be read is an error of the conversion."""
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "odd"}, **fields}
    answer = api.apply(api.path(api_version, plural, "odd"), body)
    assert 500 == answer.status
    assert answer.message.startswith(f"failed to convert new object (/odd; {'' if '/' in api_version else '/'}")
    assert said in answer.message
