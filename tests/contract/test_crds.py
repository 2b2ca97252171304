"""CustomResourceDefinitions: how they become kinds, and how those are served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.definitions import CRDS, SIZED, conditions, define, definition, group_of, spec_of, widget

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster

Definer = Callable[[dict[str, Any]], str]
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
SCALE = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}
WITH_STATUS = {
    "type": "object",
    "properties": {
        "spec": {"type": "object", "properties": {"size": {"type": "integer"}}},
        "status": {"type": "object", "properties": {"size": {"type": "integer"}}},
    },
}


@pytest.fixture
def defined(api: Api) -> Iterator[Definer]:
    """Return what creates a definition and returns the path of its objects; definitions are removed afterwards."""
    made: list[str] = []

    def create(crd: dict[str, Any]) -> str:
        made.append(crd["metadata"]["name"])
        return define(api, crd)

    yield create
    for name in made:
        api.delete(f"{CRDS}/{name}")


def test_it_becomes_established(api: Api, defined: Definer) -> None:
    """A definition soon has the conditions NamesAccepted and Established."""
    crd = definition()
    defined(crd)
    expected = {"NamesAccepted": ("True", "NoConflicts"), "Established": ("True", "InitialNamesAccepted")}
    assert expected == conditions(api, crd)


def test_it_accepts_names(api: Api, defined: Definer) -> None:
    """Its status tells the names that are in force, those that it has by default too, and the stored version."""
    crd = definition()
    defined(crd)
    status = api.get(f"{CRDS}/{crd['metadata']['name']}").body["status"]
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    assert (names, ["v1"]) == (status["acceptedNames"], status["storedVersions"])


def test_it_has_defaults(api: Api) -> None:
    """A definition gets a singular, a list kind and a conversion of None."""
    spec = api.post(CRDS, definition(), dryRun="All").expect(201)["spec"]
    assert ("widget", "WidgetList") == (spec["names"]["singular"], spec["names"]["listKind"])
    assert {"strategy": "None"} == spec["conversion"]


def test_discovery_lists_it(api: Api, defined: Definer) -> None:
    """Discovery lists the group, its version, and the kind with short names, categories and subresources."""
    crd = definition(WITH_STATUS, subresources={"status": {}, "scale": SCALE})
    crd["spec"]["names"] |= {"shortNames": ["wd"], "categories": ["all"]}
    defined(crd)
    found = {each["name"]: each for each in api.get(f"/apis/{group_of(crd)}").expect(200)["resources"]}
    assert {"widgets", "widgets/status", "widgets/scale"} == set(found)
    told = ("widget", True, "Widget", ["wd"], ["all"])
    keys = ("singularName", "namespaced", "kind", "shortNames", "categories")
    assert told == tuple(found["widgets"][each] for each in keys)
    assert ("autoscaling", "v1", "Scale") == tuple(
        found["widgets/scale"][each] for each in ("group", "version", "kind")
    )


def test_the_group_is_listed(api: Api, defined: Definer) -> None:
    """/apis names the group."""
    crd = definition()
    defined(crd)
    api.eventually(lambda: crd["spec"]["group"] in [each["name"] for each in api.get("/apis").body["groups"]])


def test_objects_are_stored(api: Api, defined: Definer) -> None:
    """An object of the kind is created at generation 1 and can be read and listed."""
    crd = definition()
    path = defined(crd)
    made = api.post(path, widget(crd, spec={"size": 3})).expect(201)
    assert (1, {"size": 3}) == (made["metadata"]["generation"], made["spec"])
    assert made == api.get(f"{path}/a").expect(200)
    listed = api.get(path).expect(200)
    assert ("WidgetList", group_of(crd), [made]) == (listed["kind"], listed["apiVersion"], listed["items"])


def test_objects_are_watched(api: Api, defined: Definer) -> None:
    """A watch tells of objects of the kind."""
    crd = definition()
    path = defined(crd)
    version = api.get(path).body["metadata"]["resourceVersion"]
    with api.watch(path, resourceVersion=version) as watch:
        api.post(path, widget(crd)).expect(201)
        api.delete(f"{path}/a").expect(200)
        watch.wait(2)
    assert [("ADDED", "a"), ("DELETED", "a")] == watch.named()


def test_a_cluster_scope(api: Api, defined: Definer) -> None:
    """Objects of scope Cluster have no namespace."""
    crd = definition()
    crd["spec"]["scope"] = "Cluster"
    path = defined(crd)
    assert "namespace" not in api.post(path, widget(crd)).expect(201)["metadata"]
    api.delete(f"{path}/a")


def test_a_change_of_the_spec_is_a_generation(api: Api, defined: Definer) -> None:
    """A change of anything but metadata makes a new generation."""
    crd = definition()
    path = defined(crd)
    api.post(path, widget(crd, spec={"size": 1})).expect(201)
    assert 2 == api.patch(f"{path}/a", {"spec": {"size": 2}}).expect(200)["metadata"]["generation"]
    assert 2 == api.patch(f"{path}/a", {"metadata": {"labels": {"k": "v"}}}).expect(200)["metadata"]["generation"]


def test_no_strategic_merge(api: Api, defined: Definer) -> None:
    """A strategic merge patch answers 415, naming those that there are."""
    crd = definition()
    path = defined(crd)
    api.post(path, widget(crd)).expect(201)
    answer = api.patch(f"{path}/a", {"spec": {"size": 2}}, "strategic")
    kinds = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    said = "the body of the request was in an unknown format - accepted media types include: "
    assert (415, said + kinds) == (answer.status, answer.message)


def test_a_json_patch(api: Api, defined: Definer) -> None:
    """A JSON patch changes an object of the kind."""
    crd = definition()
    path = defined(crd)
    api.post(path, widget(crd, spec={"size": 1})).expect(201)
    answer = api.patch(f"{path}/a", [{"op": "replace", "path": "/spec/size", "value": 5}], "json")
    assert {"size": 5} == answer.expect(200)["spec"]


def test_a_replacement_says_what_it_replaces(api: Api, defined: Definer) -> None:
    """A PUT without resourceVersion is refused."""
    crd = definition()
    path = defined(crd)
    api.post(path, widget(crd)).expect(201)
    answer = api.put(f"{path}/a", widget(crd))
    assert 422 == answer.status
    assert {("metadata.resourceVersion", "FieldValueInvalid")} == answer.causes
    assert "must be specified for an update" in answer.message


def test_lists_are_shared_by_key(api: Api, defined: Definer) -> None:
    """Managers that apply items of a list of type map own their items alone."""
    item = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "n": {"type": "integer"}},
    }
    keyed = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}
    crd = definition(spec_of(properties={"items": {"type": "array", "items": item, **keyed}}))
    path = f"{defined(crd)}/a"
    api.apply(path, widget(crd, spec={"items": [{"name": "x", "n": 1}]}), "one").expect(201)
    api.apply(path, widget(crd, spec={"items": [{"name": "y", "n": 2}]}), "two").expect(200)
    found = api.apply(path, widget(crd, spec={"items": []}), "one").expect(200)
    assert [{"name": "y", "n": 2}] == found["spec"]["items"]


def test_other_lists_have_one_owner(api: Api, defined: Definer) -> None:
    """A list without a type belongs to one manager: another that applies it conflicts."""
    crd = definition(spec_of(properties={"items": {"type": "array", "items": {"type": "string"}}}))
    path = f"{defined(crd)}/a"
    api.apply(path, widget(crd, spec={"items": ["x"]}), "one").expect(201)
    answer = api.apply(path, widget(crd, spec={"items": ["y"]}), "two")
    assert (409, {(".spec.items", "FieldManagerConflict")}) == (answer.status, answer.causes)


def test_applying_an_unknown_field(api: Api, defined: Definer) -> None:
    """Applying a field that the schema does not know answers 500, naming it."""
    crd = definition()
    answer = api.apply(f"{defined(crd)}/a", widget(crd, spec={"foo": 1}))
    kind = f"(/a; {group_of(crd)}, Kind=Widget)"
    assert f"failed to create typed patch object {kind}: .spec.foo: field not declared in schema" == answer.message
    assert 500 == answer.status


def test_a_status_of_its_own(api: Api, defined: Definer) -> None:
    """With a status subresource, a create drops the status."""
    crd = definition(WITH_STATUS, subresources={"status": {}})
    path = defined(crd)
    assert "status" not in api.post(path, widget(crd, spec={"size": 1}, status={"size": 9})).expect(201)


def test_the_status_is_written_apart(api: Api, defined: Definer) -> None:
    """What is written to /status changes the status only, and makes no generation."""
    crd = definition(WITH_STATUS, subresources={"status": {}})
    path = defined(crd)
    api.post(path, widget(crd, spec={"size": 1})).expect(201)
    change = {"spec": {"size": 2}, "status": {"size": 3}, "metadata": {"labels": {"k": "v"}}}
    found = api.patch(f"{path}/a/status", change).expect(200)
    assert ({"size": 1}, {"size": 3}) == (found["spec"], found["status"])
    assert (1, None) == (found["metadata"]["generation"], found["metadata"].get("labels"))


def test_the_rest_is_written_apart(api: Api, defined: Definer) -> None:
    """What is written to the object leaves the status as it is."""
    crd = definition(WITH_STATUS, subresources={"status": {}})
    path = defined(crd)
    api.post(path, widget(crd, spec={"size": 1})).expect(201)
    api.patch(f"{path}/a/status", {"status": {"size": 3}}).expect(200)
    found = api.patch(f"{path}/a", {"spec": {"size": 2}, "status": {"size": 4}}).expect(200)
    assert ({"size": 2}, {"size": 3}) == (found["spec"], found["status"])


def test_no_status_of_its_own(api: Api, defined: Definer) -> None:
    """Without a status subresource, the status is a field as any, and /status answers 404."""
    crd = definition(WITH_STATUS)
    path = defined(crd)
    assert {"size": 9} == api.post(path, widget(crd, status={"size": 9})).expect(201)["status"]
    assert 404 == api.get(f"{path}/a/status").status


def test_its_scale(api: Api, defined: Definer) -> None:
    """The scale subresource reads the replicas from where the definition says."""
    crd = definition(WITH_STATUS, subresources={"status": {}, "scale": SCALE})
    path = defined(crd)
    api.post(path, widget(crd, spec={"size": 2})).expect(201)
    found = api.get(f"{path}/a/scale").expect(200)
    assert ("Scale", {"replicas": 2}, {"replicas": 0}) == (found["kind"], found["spec"], found["status"])


def test_scaling(api: Api, defined: Definer) -> None:
    """The scale subresource writes the replicas to where the definition says."""
    crd = definition(WITH_STATUS, subresources={"scale": SCALE})
    path = defined(crd)
    api.post(path, widget(crd, spec={"size": 2})).expect(201)
    assert {"replicas": 7} == api.patch(f"{path}/a/scale", {"spec": {"replicas": 7}}).expect(200)["spec"]
    found = api.get(f"{path}/a").expect(200)
    assert ({"size": 7}, 2) == (found["spec"], found["metadata"]["generation"])


def test_versions_share_objects(api: Api, defined: Definer) -> None:
    """An object is read at each served version, with that one's apiVersion."""
    crd = definition()
    crd["spec"]["versions"].append({**crd["spec"]["versions"][0], "name": "v2", "storage": False})
    path = defined(crd)
    api.post(path, widget(crd, spec={"size": 3})).expect(201)
    group = crd["spec"]["group"]
    found = api.get(api.path(f"{group}/v2", "widgets", "a")).expect(200)
    assert (f"{group}/v2", {"size": 3}) == (found["apiVersion"], found["spec"])


def test_the_best_version_stands_first(api: Api, defined: Definer) -> None:
    """Discovery prefers stable versions to betas, and greater numbers, whatever the definition's order."""
    crd = definition()
    for name in ("v1alpha1", "v2beta1", "v10"):
        crd["spec"]["versions"].append({**crd["spec"]["versions"][0], "name": name, "storage": False})
    defined(crd)
    found = api.get(f"/apis/{crd['spec']['group']}").expect(200)
    assert ["v10", "v1", "v2beta1", "v1alpha1"] == [each["version"] for each in found["versions"]]
    assert "v10" == found["preferredVersion"]["version"]


def test_a_version_that_is_not_served(api: Api, defined: Definer) -> None:
    """Objects cannot be read at a version that is not served."""
    crd = definition()
    crd["spec"]["versions"].append({**crd["spec"]["versions"][0], "name": "v2", "storage": False, "served": False})
    defined(crd)
    assert 404 == api.get(api.path(f"{crd['spec']['group']}/v2", "widgets")).status


def test_a_deprecated_version_warns(api: Api, defined: Definer) -> None:
    """Reading at a deprecated version warns, naming the one to use."""
    crd = definition()
    crd["spec"]["versions"].append(
        {**crd["spec"]["versions"][0], "name": "v1beta1", "storage": False, "deprecated": True}
    )
    defined(crd)
    group = crd["spec"]["group"]
    warnings = api.get(api.path(f"{group}/v1beta1", "widgets")).warnings
    assert [f'299 - "{group}/v1beta1 Widget is deprecated; use {group}/v1 Widget"'] == list(warnings)


def test_its_columns(api: Api, defined: Definer) -> None:
    """A table has the name and the columns that the definition adds, with what stands at their paths."""
    columns = [
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size", "description": "how large"},
        {"name": "Tag", "type": "string", "jsonPath": ".metadata.labels.tag", "priority": 1},
    ]
    crd = definition(additionalPrinterColumns=columns)
    path = defined(crd)
    api.post(path, widget(crd, spec={"size": 3})).expect(201)
    found = api.request("GET", path, accept=TABLE).expect(200)
    listed = [(each["name"], each["type"], each["priority"]) for each in found["columnDefinitions"]]
    assert [("Name", "string", 0), ("Size", "integer", 0), ("Tag", "string", 1)] == listed
    assert ["a", 3, None] == found["rows"][0]["cells"]


def test_what_a_column_shows(api: Api, defined: Definer) -> None:
    """A column shows the first value at its path, which may choose items; one of strings shows anything as text."""
    expected: list[tuple[str, str, Any]] = [
        ("string", '.spec.conditions[?(@.type=="Ready")].status', "True"),
        ("string", ".spec.conditions[?(@.type=='Ready')].status", "True"),
        ("string", '.spec.conditions[?(@.type=="Nope")].status', None),
        ("string", ".spec.conditions[1].type", "Ready"),
        ("string", ".spec.conditions[*].type", "Odd"),
        ("string", r".spec.tags.a\.b", "c"),
        ("string", r".spec.tags['a\.b']", "c"),
        ("string", ".spec.tags", '{"a.b":"c"}'),
        ("string", ".spec.names", '["x","y"]'),
        ("string", ".spec.size", "3"),
        ("string", ".spec.on", "true"),
        ("boolean", ".spec.on", True),
        ("integer", ".spec.nothing", None),
        ("integer", ".spec.names", None),
        ("date", ".spec.names[0]", "<invalid>"),
    ]
    crd = definition(
        {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        additionalPrinterColumns=[
            {"name": f"Column {number}", "type": kind_of, "jsonPath": path}
            for number, (kind_of, path, _) in enumerate(expected)
        ],
    )
    where = defined(crd)
    spec = {
        "conditions": [{"type": "Odd", "status": "False"}, {"type": "Ready", "status": "True"}],
        "tags": {"a.b": "c"},
        "names": ["x", "y"],
        "size": 3,
        "on": True,
    }
    api.post(where, widget(crd, spec=spec)).expect(201)
    found = api.request("GET", where, accept=TABLE).expect(200)
    assert [each[2] for each in expected] == found["rows"][0]["cells"][1:]


def test_its_columns_without_any(api: Api, defined: Definer) -> None:
    """A table of a definition without columns has the name and the age."""
    crd = definition()
    path = defined(crd)
    api.post(path, widget(crd)).expect(201)
    found = api.request("GET", path, accept=TABLE).expect(200)
    assert ["Name", "Age"] == [each["name"] for each in found["columnDefinitions"]]


def test_its_end_takes_its_objects(api: Api, defined: Definer) -> None:
    """Deleting a definition deletes its objects, then it is gone, and its path answers 404."""
    crd = definition()
    path = defined(crd)
    api.post(path, widget(crd)).expect(201)
    with api.watch(path, resourceVersion=api.get(path).body["metadata"]["resourceVersion"]) as watch:
        api.delete(f"{CRDS}/{crd['metadata']['name']}").expect(200)
        watch.wait(1)
    assert [("DELETED", "a")] == watch.named()
    api.eventually(lambda: api.get(f"{CRDS}/{crd['metadata']['name']}").status == 404)
    api.eventually(lambda: api.get(path).status == 404)


def test_an_end_waits_for_finalizers(api: Api, defined: Definer) -> None:
    """A definition stays, Terminating, while an object of it is held by a finalizer, and takes no new ones."""
    crd = definition()
    path = defined(crd)
    held = widget(crd, "held")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    api.post(path, held).expect(201)
    api.delete(f"{CRDS}/{crd['metadata']['name']}").expect(200)
    api.eventually(lambda: conditions(api, crd).get("Terminating") == ("True", "InstanceDeletionInProgress"))
    answer = api.post(path, widget(crd, "new"))
    assert 403 == answer.status
    assert answer.message.endswith("create not allowed while custom resource definition is terminating")
    api.patch(f"{path}/held", {"metadata": {"finalizers": None}}).expect(200)


def test_a_taken_kind(api: Api, defined: Definer) -> None:
    """A definition whose kind another one of its group has is not established, and not served."""
    first = definition()
    defined(first)
    second = definition(plural="gadgets", group=first["spec"]["group"])
    api.post(CRDS, second).expect(201)
    name = second["metadata"]["name"]
    expected = {"NamesAccepted": ("False", "ListKindConflict"), "Established": ("False", "NotAccepted")}
    api.eventually(lambda: conditions(api, second) == expected)
    assert 404 == api.get(api.path(group_of(second), "gadgets")).status
    api.delete(f"{CRDS}/{name}")


def test_a_taken_short_name(api: Api, defined: Definer) -> None:
    """A definition whose short name another one of its group has is not established."""
    first = definition()
    first["spec"]["names"]["shortNames"] = ["wd"]
    defined(first)
    second = definition(plural="gadgets", group=first["spec"]["group"])
    second["spec"]["names"] |= {"kind": "Gadget", "shortNames": ["wd"]}
    api.post(CRDS, second).expect(201)
    api.eventually(lambda: conditions(api, second).get("NamesAccepted") == ("False", "ShortNamesConflict"))
    api.delete(f"{CRDS}/{second['metadata']['name']}")


def test_a_new_storage_version(api: Api, defined: Definer) -> None:
    """Storing at another version adds it to the versions that were stored."""
    crd = definition()
    crd["spec"]["versions"].append({**crd["spec"]["versions"][0], "name": "v2", "storage": False})
    defined(crd)
    path = f"{CRDS}/{crd['metadata']['name']}"
    changes = [{"op": "replace", "path": f"/spec/versions/{at}/storage", "value": bool(at)} for at in (0, 1)]
    assert ["v1", "v2"] == api.patch(path, changes, "json").expect(200)["status"]["storedVersions"]


def test_a_stored_version_stays(api: Api, defined: Definer) -> None:
    """A version in which objects may be stored cannot be taken away."""
    crd = definition()
    crd["spec"]["versions"].append({**crd["spec"]["versions"][0], "name": "v2", "storage": False})
    defined(crd)
    path = f"{CRDS}/{crd['metadata']['name']}"
    changes = [{"op": "replace", "path": f"/spec/versions/{at}/storage", "value": bool(at)} for at in (0, 1)]
    api.patch(path, changes, "json").expect(200)
    answer = api.patch(path, [{"op": "remove", "path": "/spec/versions/0"}], "json")
    assert (422, {("status.storedVersions[0]", "FieldValueInvalid")}) == (answer.status, answer.causes)


@pytest.mark.parametrize(
    ("path", "value"),
    [("group", "other.example.com"), ("scope", "Cluster"), ("names/kind", "Other"), ("names/plural", "others")],
    ids=["group", "scope", "kind", "plural"],
)
def test_what_cannot_change(api: Api, defined: Definer, path: str, value: str) -> None:
    """Group, scope, kind and plural of a definition cannot be changed."""
    crd = definition()
    defined(crd)
    change = [{"op": "replace", "path": f"/spec/{path}", "value": value}]
    answer = api.patch(f"{CRDS}/{crd['metadata']['name']}", change, "json")
    assert 422 == answer.status
    assert (f"spec.{path.replace('/', '.')}", "FieldValueInvalid") in answer.causes
    assert "field is immutable" in answer.message


def test_a_definitions_status_is_written_apart(api: Api, defined: Definer) -> None:
    """What is written to a definition's /status changes its metadata, and nothing of its spec."""
    crd = definition()
    defined(crd)
    path = f"{CRDS}/{crd['metadata']['name']}"
    change = {"metadata": {"labels": {"k": "v"}}, "spec": {"names": {"shortNames": ["wd"]}}}
    found = api.patch(f"{path}/status", change).expect(200)
    assert ({"k": "v"}, 1) == (found["metadata"]["labels"], found["metadata"]["generation"])
    assert "shortNames" not in found["spec"]["names"]


def test_a_new_schema_is_in_force(api: Api, defined: Definer) -> None:
    """Objects are checked by a definition's new schema soon after it changed."""
    crd = definition()
    path = defined(crd)
    changed = deepcopy(SIZED)
    changed["properties"]["spec"]["properties"]["size"]["maximum"] = 3
    change = [{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema", "value": changed}]
    api.patch(f"{CRDS}/{crd['metadata']['name']}", change, "json").expect(200)
    api.eventually(lambda: api.post(path, widget(crd, spec={"size": 4}), dryRun="All").status == 422)


def test_another_kind_in_the_body(api: Api, defined: Definer) -> None:
    """A body of another kind than the path's is invalid."""
    crd = definition()
    answer = api.post(defined(crd), {**widget(crd), "kind": "Other"})
    assert (422, {("kind", "FieldValueInvalid")}) == (answer.status, answer.causes)
    assert answer.message.endswith('kind: Invalid value: "Other": must be Widget')


def test_another_version_in_the_body(api: Api, defined: Definer) -> None:
    """A body of another version than the path's is refused."""
    crd = definition()
    group = crd["spec"]["group"]
    answer = api.post(defined(crd), {**widget(crd), "apiVersion": f"{group}/v2"})
    said = f"the API version in the data ({group}/v2) does not match the expected API version ({group}/v1)"
    assert (400, said) == (answer.status, answer.message)


def test_no_kind_in_the_body(api: Api, defined: Definer) -> None:
    """A body must say its kind, other than for built-in kinds."""
    answer = api.post(defined(definition()), {"metadata": {"name": "a"}})
    assert 400 == answer.status
    assert "the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing" in answer.message
