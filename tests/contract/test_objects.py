"""One object: creating, reading, replacing and deleting it, and what lies below it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster

TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
DEPLOYMENT: dict[str, Any] = {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}


def config_map(api: Api, name: str = "a", **metadata: Any) -> tuple[str, dict[str, Any]]:
    """Create a ConfigMap; return its path and the object."""
    path = api.path("v1", "configmaps")
    made = api.post(path, {"metadata": {"name": name, **metadata}, "data": {"k": "v"}}).expect(201)
    return f"{path}/{name}", made


def test_what_is_created_can_be_read(api: Api) -> None:
    """A POST answers 201 with the object, and a GET then gives the same."""
    path, made = config_map(api)
    assert made == api.get(path).expect(200)


def test_the_server_fills_in_metadata(api: Api) -> None:
    """A new object has kind, apiVersion, namespace, uid, creationTimestamp, resourceVersion and managed fields."""
    _, made = config_map(api)
    assert ("ConfigMap", "v1", api.namespace) == (made["kind"], made["apiVersion"], made["metadata"]["namespace"])
    assert {"uid", "creationTimestamp", "resourceVersion", "managedFields"} <= set(made["metadata"])


def test_a_name_can_be_made_up(api: Api) -> None:
    """With generateName the server adds five letters."""
    made = api.post(api.path("v1", "configmaps"), {"metadata": {"generateName": "g-"}}).expect(201)
    name = made["metadata"]["name"]
    assert ("g-", 7) == (name[:2], len(name))


def test_a_name_is_required(api: Api) -> None:
    """Without name and generateName a POST is 422."""
    refused = api.post(api.path("v1", "configmaps"), {})
    assert (422, {("metadata.name", "FieldValueRequired")}) == (refused.status, refused.causes)
    assert 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required' == refused.message


def test_a_name_is_taken_once(api: Api) -> None:
    """A second POST of the same name is 409 AlreadyExists."""
    config_map(api)
    refused = api.post(api.path("v1", "configmaps"), {"metadata": {"name": "a"}}).expect(409)
    assert ("AlreadyExists", 'configmaps "a" already exists') == (refused["reason"], refused["message"])


def test_a_new_object_has_no_version(api: Api) -> None:
    """A POST with a resourceVersion is refused."""
    refused = api.post(api.path("v1", "configmaps"), {"metadata": {"name": "a", "resourceVersion": "5"}}).expect(500)
    assert "resourceVersion should not be set on objects to be created" == refused["message"]


@pytest.mark.parametrize("metadata", [{"uid": "of-mine"}, {"creationTimestamp": "2001-01-01T00:00:00Z"}], ids=str)
def test_what_the_server_sets_cannot_be_given(api: Api, metadata: dict[str, str]) -> None:
    """Uid and creationTimestamp of a POST are the server's, whatever was sent."""
    _, made = config_map(api, **metadata)
    assert metadata.items().isdisjoint(made["metadata"].items())


def test_another_namespace_in_the_body(api: Api) -> None:
    """A body of another namespace than the path's is 400."""
    refused = api.post(api.path("v1", "configmaps"), {"metadata": {"name": "a", "namespace": "other"}}).expect(400)
    said = "the namespace of the provided object does not match the namespace sent on the request"
    assert said == refused["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_missing_object(api: Api, method: str) -> None:
    """Whatever is asked of an object that is not there is 404 NotFound, named."""
    body = None if method in ("GET", "DELETE") else {"metadata": {"name": "none"}}
    media = "application/merge-patch+json" if method == "PATCH" else "application/json"
    refused = api.request(method, api.path("v1", "configmaps", "none"), body, content_type=media).expect(404)
    assert ('configmaps "none" not found', "NotFound") == (refused["message"], refused["reason"])
    assert {"name": "none", "kind": "configmaps"} == refused["details"]


def test_an_unknown_resource(api: Api) -> None:
    """A resource that a group does not have is 404 with a Status."""
    refused = api.get(api.path("v1", "nothings")).expect(404)
    assert "the server could not find the requested resource" == refused["message"]


def test_an_unknown_group(api: Api) -> None:
    """A group that is not served is 404 in plain text."""
    answer = api.get(api.path("none.example.com/v1", "things"))
    assert (404, "404 page not found\n") == (answer.status, answer.body)


def test_an_unknown_subresource(api: Api) -> None:
    """A subresource that a kind does not have is 404."""
    path, _ = config_map(api)
    api.get(f"{path}/status").expect(404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "configmaps"), ("POST", "configmaps/a"), ("PATCH", "configmaps")],
)
def test_a_method_that_is_not_allowed(api: Api, method: str, path: str) -> None:
    """A method that a path does not know is 405."""
    refused = api.request(method, api.path("v1", path), {}).expect(405)
    assert "MethodNotAllowed" == refused["reason"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_no_change_across_namespaces(api: Api, method: str) -> None:
    """A namespaced kind is changed in a namespace only."""
    api.request(method, "/api/v1/configmaps", {}).expect(405)


def test_an_object_can_be_replaced(api: Api) -> None:
    """A PUT replaces all but what the server keeps; the resourceVersion moves on."""
    path, made = config_map(api, labels={"app": "web"})
    put = api.put(path, {"metadata": {"name": "a"}, "data": {"n": "w"}}).expect(200)
    assert ({"n": "w"}, False) == (put["data"], "labels" in put["metadata"])
    assert made["metadata"]["uid"] == put["metadata"]["uid"]
    assert int(put["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])


def test_a_replacement_of_the_same_changes_nothing(api: Api) -> None:
    """A PUT of what is there keeps the resourceVersion."""
    path, made = config_map(api)
    assert made == api.put(path, made).expect(200)


def test_a_stale_version_is_a_conflict(api: Api) -> None:
    """A PUT of an older resourceVersion is 409 Conflict."""
    path, made = config_map(api)
    api.put(path, {"metadata": {"name": "a"}, "data": {"n": "w"}}).expect(200)
    refused = api.put(path, {**made, "data": {}}).expect(409)
    said = (
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    assert (said, "Conflict") == (refused["message"], refused["reason"])


def test_another_uid_is_a_conflict(api: Api) -> None:
    """A PUT of another object's uid is 409."""
    path, _ = config_map(api)
    refused = api.put(path, {"metadata": {"name": "a", "uid": "other"}}).expect(409)
    assert "Precondition failed: UID in precondition: other, UID in object meta: " in refused["message"]


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"name": "b"}, "the name of the object (b) does not match the name on the URL (a)"),
        ({}, "the name of the object (a based on URL) was undeterminable: name must be provided"),
        (
            {"name": "a", "namespace": "other"},
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
    ],
    ids=["other-name", "no-name", "other-namespace"],
)
def test_a_replacement_bears_its_name(api: Api, metadata: dict[str, str], said: str) -> None:
    """A PUT's body bears the name of its path."""
    path, _ = config_map(api)
    assert said == api.put(path, {"metadata": metadata}).expect(400)["message"]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("configmaps", {}, 404),
        ("secrets", {}, 404),
        ("serviceaccounts", {}, 404),
        ("services", {"spec": {"ports": [{"port": 80}]}}, 201),
        ("endpoints", {}, 201),
        ("limitranges", {}, 201),
    ],
)
def test_which_kinds_a_put_creates(api: Api, kind: str, body: dict[str, Any], status: int) -> None:
    """Some kinds are created by a PUT to their name, most are not."""
    assert status == api.put(api.path("v1", kind, "new"), {"metadata": {"name": "new"}, **body}).status


def test_deleting_answers_with_success(api: Api) -> None:
    """A DELETE that is done answers with a Status that names what is gone."""
    path, made = config_map(api)
    done = api.delete(path).expect(200)
    assert ("Status", "Success") == (done["kind"], done["status"])
    assert {"name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"]} == done["details"]
    api.get(path).expect(404)


@pytest.mark.parametrize(
    ("kind", "body"),
    [("services", {"spec": {"ports": [{"port": 80}]}}), ("serviceaccounts", {}), ("resourcequotas", {})],
)
def test_some_kinds_are_answered_with_themselves(api: Api, kind: str, body: dict[str, Any]) -> None:
    """A DELETE of these kinds answers with the object that is gone."""
    path = api.path("v1", kind)
    made = api.post(path, {"metadata": {"name": "a"}, **body}).expect(201)
    assert made["kind"] == api.delete(f"{path}/a").expect(200)["kind"]
    api.get(f"{path}/a").expect(404)


@pytest.mark.parametrize(
    ("preconditions", "said"),
    [
        ({"uid": "other"}, "the UID in the precondition (other) does not match the UID in record"),
        ({"resourceVersion": "1"}, "the ResourceVersion in the precondition (1) does not match"),
    ],
    ids=["uid", "resourceVersion"],
)
def test_a_deletion_has_preconditions(api: Api, preconditions: dict[str, str], said: str) -> None:
    """A DELETE whose preconditions do not hold is 409, and the object stays."""
    path, _ = config_map(api)
    refused = api.delete(path, {"preconditions": preconditions}).expect(409)
    assert said in refused["message"]
    api.get(path).expect(200)


def test_a_finalizer_keeps_an_object(api: Api) -> None:
    """A DELETE of an object with a finalizer marks it, and it stays until the finalizer is gone."""
    path, _ = config_map(api, finalizers=["example.com/wait"])
    marked = api.delete(path).expect(200)["metadata"]
    assert {"deletionTimestamp", "deletionGracePeriodSeconds"} <= set(marked)
    api.get(path).expect(200)
    api.patch(path, {"metadata": {"finalizers": []}}).expect(200)
    api.get(path).expect(404)


def test_a_second_deletion_changes_nothing(api: Api) -> None:
    """A DELETE of what is being deleted keeps its deletionTimestamp."""
    path, _ = config_map(api, finalizers=["example.com/wait"])
    first = api.delete(path).expect(200)
    time.sleep(1.1)
    second = api.delete(path).expect(200)
    api.patch(path, {"metadata": {"finalizers": []}}).expect(200)
    assert first["metadata"]["deletionTimestamp"] == second["metadata"]["deletionTimestamp"]


def test_no_finalizer_is_added_to_what_is_being_deleted(api: Api) -> None:
    """An object that is being deleted gets no further finalizer."""
    path, _ = config_map(api, finalizers=["example.com/wait"])
    api.delete(path).expect(200)
    refused = api.patch(path, {"metadata": {"finalizers": ["example.com/wait", "example.com/more"]}})
    api.patch(path, {"metadata": {"finalizers": []}}).expect(200)
    assert (422, {("metadata.finalizers", "FieldValueForbidden")}) == (refused.status, refused.causes)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"propagationPolicy": "Bad"}, "FieldValueNotSupported"),
        ({"propagationPolicy": "Orphan", "orphanDependents": True}, "FieldValueInvalid"),
    ],
    ids=["unknown", "both"],
)
def test_bad_propagation_is_refused(api: Api, options: dict[str, Any], reason: str) -> None:
    """A DELETE with options that make no sense is 422."""
    path, _ = config_map(api)
    refused = api.delete(path, options)
    assert (422, {("propagationPolicy", reason)}) == (refused.status, refused.causes)


def test_a_dry_run_stores_nothing(api: Api) -> None:
    """A POST with dryRun=All answers as if, and nothing is there."""
    path = api.path("v1", "configmaps")
    made = api.post(path, {"metadata": {"name": "a"}}, dryRun="All").expect(201)
    assert "uid" in made["metadata"]
    api.get(f"{path}/a").expect(404)


def test_a_dry_run_changes_nothing(api: Api) -> None:
    """PUT, PATCH and DELETE with dryRun=All leave the object as it was."""
    path, made = config_map(api)
    assert {"n": "w"} == api.put(path, {"metadata": {"name": "a"}, "data": {"n": "w"}}, dryRun="All").expect(200)[
        "data"
    ]
    assert "w" == api.patch(path, {"data": {"k": "w"}}, dryRun="All").expect(200)["data"]["k"]
    api.delete(path, dryRun="All").expect(200)
    assert made == api.get(path).expect(200)


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ({"dryRun": "Some"}, "dryRun", "FieldValueNotSupported"),
        ({"fieldValidation": "Some"}, "fieldValidation", "FieldValueNotSupported"),
        ({"fieldManager": "x" * 200}, "fieldManager", "FieldValueTooLong"),
        ({"fieldManager": "a\tb"}, "fieldManager", "FieldValueInvalid"),
    ],
    ids=["dryRun", "fieldValidation", "long-manager", "odd-manager"],
)
def test_bad_options_are_refused(api: Api, query: dict[str, str], field: str, reason: str) -> None:
    """Parameters that make no sense are 422, named."""
    refused = api.post(api.path("v1", "configmaps"), {"metadata": {"name": "a"}}, **query)
    assert (422, {(field, reason)}) == (refused.status, refused.causes)
    assert refused.message.startswith('CreateOptions.meta.k8s.io "" is invalid: ')


def test_force_is_for_apply(api: Api) -> None:
    """A patch other than apply is not forced."""
    path, _ = config_map(api)
    assert {("force", "FieldValueForbidden")} == api.patch(path, {}, force=True).causes


@pytest.mark.parametrize(("method", "media"), [("POST", "text/csv"), ("PATCH", "application/json")])
def test_an_unknown_form_of_a_body(api: Api, method: str, media: str) -> None:
    """A body that the server cannot read is 415."""
    path, _ = config_map(api)
    place = api.path("v1", "configmaps") if method == "POST" else path
    assert "UnsupportedMediaType" == api.request(method, place, "{}", content_type=media).expect(415)["reason"]


def test_a_body_can_be_yaml(api: Api) -> None:
    """A POST takes YAML."""
    body = "metadata:\n  name: a\ndata:\n  k: v\n"
    made = api.request("POST", api.path("v1", "configmaps"), body, content_type="application/yaml").expect(201)
    assert {"k": "v"} == made["data"]


def test_a_scale_tells_replicas(api: Api) -> None:
    """The scale subresource has replicas and the selector as text."""
    path = api.path("apps/v1", "deployments")
    api.post(path, {"metadata": {"name": "web"}, "spec": {**DEPLOYMENT, "replicas": 2, "paused": True}}).expect(201)
    scale = api.get(f"{path}/web/scale").expect(200)
    assert ("Scale", "autoscaling/v1", {"replicas": 2}, "app=web") == (
        scale["kind"],
        scale["apiVersion"],
        scale["spec"],
        scale["status"]["selector"],
    )


@pytest.mark.parametrize("how", ["put", "merge"])
def test_a_scale_changes_replicas(api: Api, how: str) -> None:
    """A PUT or PATCH of the scale changes the object's replicas, and its generation."""
    path = api.path("apps/v1", "deployments")
    api.post(path, {"metadata": {"name": "web"}, "spec": DEPLOYMENT}).expect(201)
    body = {"metadata": {"name": "web"}, "spec": {"replicas": 1}}
    send = api.put if how == "put" else api.patch
    assert {"replicas": 1} == send(f"{path}/web/scale", body).expect(200)["spec"]
    made = api.get(f"{path}/web").expect(200)
    assert (1, 2) == (made["spec"]["replicas"], made["metadata"]["generation"])


@pytest.mark.parametrize("how", ["put", "merge"])
def test_a_stale_scale_is_a_conflict(api: Api, how: str) -> None:
    """A Scale of an older resourceVersion is 409, and changes nothing."""
    path = api.path("apps/v1", "deployments")
    api.post(path, {"metadata": {"name": "web"}, "spec": {**DEPLOYMENT, "replicas": 2, "paused": True}}).expect(201)
    body = {"metadata": {"name": "web", "resourceVersion": "1"}, "spec": {"replicas": 1}}
    assert 409 == (api.put if how == "put" else api.patch)(f"{path}/web/scale", body).status
    assert 2 == api.get(f"{path}/web").expect(200)["spec"]["replicas"]


def test_a_negative_scale_is_refused(api: Api) -> None:
    """Fewer than no replicas is 422, about the Scale."""
    path = api.path("apps/v1", "deployments")
    api.post(path, {"metadata": {"name": "web"}, "spec": DEPLOYMENT}).expect(201)
    refused = api.patch(f"{path}/web/scale", {"spec": {"replicas": -3}})
    said = 'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -3: must be greater than or equal to 0'
    assert (422, said) == (refused.status, refused.message)


def test_deprecated_kinds_warn(api: Api) -> None:
    """Reading Endpoints warns that they are deprecated."""
    assert any("v1 Endpoints is deprecated" in each for each in api.get(api.path("v1", "endpoints")).warnings)


@pytest.mark.parametrize(("kind", "propagated"), [("deployments", None), ("jobs", "orphan")])
def test_what_a_plain_deletion_does_to_dependents(api: Api, kind: str, propagated: str | None) -> None:
    """Without a propagation policy dependents go with their owner, but for those of Jobs, which are orphaned."""
    body: dict[str, Any] = {"spec": DEPLOYMENT}
    if kind == "jobs":
        pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}
        body = {"spec": {"suspend": True, "template": {"spec": pod}}}
    path = api.path("batch/v1" if kind == "jobs" else "apps/v1", kind)
    api.post(path, {"metadata": {"name": "a", "finalizers": ["example.com/wait"]}, **body}).expect(201)
    finalizers = api.delete(f"{path}/a").expect(200)["metadata"]["finalizers"]
    api.patch(f"{path}/a", {"metadata": {"finalizers": []}})
    assert ([propagated] if propagated else []) == [each for each in finalizers if each != "example.com/wait"]


def test_events_are_served_twice(api: Api) -> None:
    """An event can be read in two groups, where its fields have other names."""
    about = {"kind": "ConfigMap", "namespace": api.namespace, "name": "a"}
    told = {"reason": "Told", "message": "so", "type": "Normal", "count": 2, "source": {"component": "c"}}
    api.post(api.path("v1", "events"), {"metadata": {"name": "e"}, "involvedObject": about, **told}).expect(201)
    found = api.get(api.path("events.k8s.io/v1", "events", "e")).expect(200)
    assert ("events.k8s.io/v1", about, "so", 2, {"component": "c"}) == tuple(
        found[each] for each in ("apiVersion", "regarding", "note", "deprecatedCount", "deprecatedSource")
    )
    assert not {"involvedObject", "message", "count", "source"} & found.keys()


@pytest.mark.parametrize("how", ["put", "merge", "apply"])
@pytest.mark.parametrize(
    ("field", "value"), [("deletionTimestamp", "2020-01-01T00:00:00Z"), ("deletionGracePeriodSeconds", 5)]
)
def test_no_update_deletes(api: Api, how: str, field: str, value: Any) -> None:
    """Only a DELETE sets when an object goes: an update that does is 422, and the object stays."""
    path, made = config_map(api)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", field: value}}
    if how == "put":
        refused = api.put(path, {**made, "metadata": {**made["metadata"], field: value}})
    else:
        refused = api.apply(path, body) if how == "apply" else api.patch(path, body)
    assert (422, {(f"metadata.{field}", "FieldValueInvalid")}) == (refused.status, refused.causes)
    assert field not in api.get(path).expect(200)["metadata"]


def test_a_lease_is_replaced_by_its_version(api: Api) -> None:
    """A PUT of a Lease without a resourceVersion is 422, so that no two holders overwrite each other."""
    path = api.path("coordination.k8s.io/v1", "leases", "a")
    api.put(path, {"metadata": {"name": "a"}, "spec": {"holderIdentity": "one"}}).expect(201)
    refused = api.put(path, {"metadata": {"name": "a"}, "spec": {"holderIdentity": "two"}})
    assert (422, {("metadata.resourceVersion", "FieldValueInvalid")}) == (refused.status, refused.causes)


def test_a_disruption_budget_is_replaced_by_its_version(api: Api) -> None:
    """A PUT of a PodDisruptionBudget without a resourceVersion is 422."""
    path = api.path("policy/v1", "poddisruptionbudgets")
    body = {"metadata": {"name": "a"}, "spec": {"minAvailable": 1}}
    api.post(path, body).expect(201)
    assert {("metadata.resourceVersion", "FieldValueInvalid")} == api.put(f"{path}/a", body).causes


def test_a_put_creates_whatever_version_it_names(api: Api) -> None:
    """A PUT that creates an object may bear the resourceVersion of one that is gone."""
    path = api.path("coordination.k8s.io/v1", "leases", "a")
    assert 201 == api.put(path, {"metadata": {"name": "a", "resourceVersion": "1"}}).status


def test_a_put_creates_no_object_of_another_uid(api: Api) -> None:
    """A PUT that names the uid of an object that is gone is 409."""
    refused = api.put(api.path("v1", "services", "a"), {"metadata": {"name": "a", "uid": "gone"}}).expect(409)
    assert "Precondition failed: UID in precondition: gone, UID in object meta: " in refused["message"]


def test_a_deletion_knows_one_dry_run(api: Api) -> None:
    """DeleteOptions with another dryRun than All are 422, and the object stays."""
    path, _ = config_map(api)
    refused = api.delete(path, {"dryRun": ["Some"]})
    assert (422, {("dryRun", "FieldValueNotSupported")}) == (refused.status, refused.causes)
    api.get(path).expect(200)


def scaled(api: Api) -> str:
    """Create a Deployment without pods and return the path of its Scale."""
    path = api.path("apps/v1", "deployments")
    api.post(path, {"metadata": {"name": "a"}, "spec": DEPLOYMENT}).expect(201)
    return f"{path}/a/scale"


def test_a_dry_run_tells_the_new_scale(api: Api) -> None:
    """A dry run of a new scale answers with what would be, and changes nothing."""
    path = scaled(api)
    assert {"replicas": 2} == api.patch(path, {"spec": {"replicas": 2}}, dryRun="All").expect(200)["spec"]
    assert {} == api.get(path).expect(200)["spec"]


def test_a_scale_of_another_uid_is_a_conflict(api: Api) -> None:
    """A Scale that names another object's uid is 409."""
    refused = api.patch(scaled(api), {"metadata": {"uid": "other"}, "spec": {"replicas": 2}})
    assert 409 == refused.status


def test_a_patch_of_a_scale_has_a_form(api: Api) -> None:
    """A patch of a Scale in a form that no patch has is 415."""
    assert 415 == api.request("PATCH", scaled(api), {"spec": {"replicas": 2}}).status


@pytest.mark.parametrize(
    ("method", "kind", "name", "sub"),
    [
        ("GET", "serviceaccounts", "default", "token"),
        ("GET", "pods", "a", "eviction"),
        ("PUT", "pods", "a", "eviction"),
        ("PUT", "pods", "a", "binding"),
        ("DELETE", "pods", "a", "status"),
    ],
)
def test_a_subresource_has_methods_of_its_own(api: Api, method: str, kind: str, name: str, sub: str) -> None:
    """A method that a subresource does not have is 405."""
    assert 405 == api.request(method, api.path("v1", kind, name, sub), {}).status


def test_reviews_cannot_be_read(api: Api) -> None:
    """A review is only posted: reading them is 405."""
    assert 405 == api.get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews").status


def test_a_path_may_hold_any_name(api: Api) -> None:
    """What is escaped in a path is a part of the name."""
    path = api.path("rbac.authorization.k8s.io/v1", "roles")
    for name in ("a", "a#b?c"):
        api.post(path, {"metadata": {"name": name}, "rules": []}).expect(201)
    assert "a#b?c" == api.get(f"{path}/a%23b%3Fc").expect(200)["metadata"]["name"]


def warned(api: Api, *fields: str) -> list[str]:
    """Create a ConfigMap with unknown fields and return the warnings."""
    body = {"metadata": {"name": "a"}, **dict.fromkeys(fields, 1)}
    answer = api.post(api.path("v1", "configmaps"), body)
    answer.expect(201)
    return list(answer.warnings)


def test_a_warning_is_one_line(api: Api) -> None:
    """Line ends in what a warning says are told as escapes."""
    (warning,) = warned(api, "x\r\nSet-Cookie: a")
    assert r"x\\r\\nSet-Cookie: a" in warning


def test_warnings_have_bounds(api: Api) -> None:
    """A warning is cut to 256 letters, and further ones are left out where all are more than 4096."""
    found = warned(api, *(f"x{number}{'y' * 300}" for number in range(40)))
    assert 16 == len(found)
    assert all(len(each) < 300 for each in found)


def test_a_lease_has_times_in_microseconds(api: Api) -> None:
    """A renewTime of another precision is 400."""
    path = api.path("coordination.k8s.io/v1", "leases")
    body = {"metadata": {"name": "a"}, "spec": {"renewTime": "2026-01-01T00:00:00Z"}}
    assert 'as "2006-01-02T15:04:05.000000Z07:00"' in api.post(path, body).expect(400)["message"]
