"""Lists: their form, selectors, pages, and as of when they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster

LABELS = {
    "a": {"app": "web", "tier": "front"},
    "b": {"app": "web", "tier": "back"},
    "c": {"app": "db"},
    "d": {"other": ""},
    "e": {},
}


def fill(api: Api) -> str:
    """Create five labelled ConfigMaps and return the path of their list."""
    path = api.path("v1", "configmaps")
    for name, labels in LABELS.items():
        api.post(path, {"metadata": {"name": name, "labels": labels}, "data": {"k": name}}).expect(201)
    return path


def names(listed: Any) -> list[str]:
    """Return the names of a list's items, without what every namespace has."""
    return [each["metadata"]["name"] for each in listed["items"] if each["metadata"]["name"] != "kube-root-ca.crt"]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("app=web", "ab"),
        ("app==web", "ab"),
        ("app!=web", "cde"),
        ("app=web,tier=back", "b"),
        ("app in (web,db)", "abc"),
        ("app in (web, db),tier notin (front)", "bc"),
        ("app notin (web)", "cde"),
        ("app", "abc"),
        ("!app", "de"),
        ("other=", "d"),
        ("app=nothing", ""),
        ("app,!tier", "c"),
        ("app in (web),tier", "ab"),
        (" app = web , tier = back ", "b"),
    ],
)
def test_a_label_selector_chooses(api: Api, selector: str, found: str) -> None:
    """Each form of a label selector chooses the objects that it describes."""
    listed = api.get(fill(api), labelSelector=selector).expect(200)
    assert list(found) == names(listed)


@pytest.mark.parametrize("selector", ["app in web", "app=a b", "=x", "a/b/c=d", "app in (", "app=web,,tier", "-a=b"])
def test_a_bad_label_selector_is_refused(api: Api, selector: str) -> None:
    """A label selector that cannot be read is 400 BadRequest."""
    refused = api.get(api.path("v1", "configmaps"), labelSelector=selector).expect(400)
    assert ("BadRequest", "Failure") == (refused["reason"], refused["status"])


@pytest.mark.parametrize(
    ("selector", "found"),
    [("metadata.name=a", "a"), ("metadata.name!=a", "bcde"), ("metadata.name==b", "b"), ("metadata.namespace=no", "")],
)
def test_a_field_selector_chooses(api: Api, selector: str, found: str) -> None:
    """Name and namespace can be selected by."""
    assert list(found) == names(api.get(fill(api), fieldSelector=selector).expect(200))


@pytest.mark.parametrize(
    ("kind", "selector"), [("secrets", "type=Opaque"), ("pods", "status.phase=Running"), ("pods", "spec.nodeName=x")]
)
def test_some_kinds_have_fields_of_their_own(api: Api, kind: str, selector: str) -> None:
    """Secrets are selected by type, pods by phase and node."""
    assert [] == names(api.get(api.path("v1", kind), fieldSelector=selector).expect(200))


def test_secrets_are_selected_by_type(api: Api) -> None:
    """``type!=`` leaves out the Secrets of that type."""
    path = api.path("v1", "secrets")
    api.post(path, {"metadata": {"name": "a"}, "type": "example.com/record"}).expect(201)
    api.post(path, {"metadata": {"name": "b"}}).expect(201)
    assert ["b"] == names(api.get(path, fieldSelector="type!=example.com/record").expect(200))


def test_an_unknown_field_cannot_be_selected_by(api: Api) -> None:
    """A field that the kind is not indexed by is 400, and named."""
    refused = api.get(api.path("v1", "configmaps"), fieldSelector="data.k=v").expect(400)
    assert '"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"' == refused["message"]
    refused = api.get(api.path("v1", "pods"), fieldSelector="spec.none=v").expect(400)
    assert "field label not supported: spec.none" == refused["message"]


def test_a_list_tells_its_kind_once(api: Api) -> None:
    """A list of a built-in kind has kind and apiVersion; its items have neither."""
    listed = api.get(fill(api)).expect(200)
    assert ("ConfigMapList", "v1") == (listed["kind"], listed["apiVersion"])
    assert [] == [each for each in listed["items"] if "kind" in each or "apiVersion" in each]


def test_a_list_is_in_order_of_names(api: Api) -> None:
    """Items come by name, whatever the order of their creation."""
    path = api.path("v1", "configmaps")
    for name in ("z", "m", "a"):
        api.post(path, {"metadata": {"name": name}}).expect(201)
    assert ["a", "m", "z"] == names(api.get(path).expect(200))


def test_an_empty_list_has_items(api: Api) -> None:
    """A list of nothing has an empty list of items."""
    listed = api.get(api.path("v1", "limitranges")).expect(200)
    assert ([], "LimitRangeList") == (listed["items"], listed["kind"])


def test_a_list_has_a_resource_version(api: Api) -> None:
    """A list's resourceVersion is at least that of each of its items."""
    listed = api.get(fill(api)).expect(200)
    newest = max(int(each["metadata"]["resourceVersion"]) for each in listed["items"])
    assert int(listed["metadata"]["resourceVersion"]) >= newest


def test_a_list_across_namespaces_has_them_all(api: Api) -> None:
    """Without a namespace in its path, a list holds the objects of every namespace."""
    fill(api)
    listed = api.get(api.path("v1", "configmaps", namespace=""), labelSelector="app=db").expect(200)
    assert api.namespace in {each["metadata"]["namespace"] for each in listed["items"]}


def test_pages_hold_all_once(api: Api) -> None:
    """Following ``continue`` gives every object once."""
    path, found, place = fill(api), [], ""
    for _ in range(10):
        page = api.get(path, limit=2, **({"continue": place} if place else {})).expect(200)
        found += names(page)
        place = page["metadata"].get("continue", "")
        if not place:
            break
    assert list("abcde") == sorted(found)


def test_a_page_tells_how_many_remain(api: Api) -> None:
    """A page says how many items follow, and where to go on."""
    page = api.get(fill(api), limit=2).expect(200)
    assert (2, 4, True) == (
        len(page["items"]),
        page["metadata"]["remainingItemCount"],
        bool(page["metadata"]["continue"]),
    )


def test_a_page_of_a_selection_tells_no_number(api: Api) -> None:
    """With a selector it is not told how many remain."""
    page = api.get(fill(api), limit=1, labelSelector="app").expect(200)
    assert "continue" in page["metadata"]
    assert "remainingItemCount" not in page["metadata"]


def test_the_last_page_has_no_continue(api: Api) -> None:
    """A page that holds the rest says nothing of a next one."""
    page = api.get(fill(api), limit=50).expect(200)
    assert "continue" not in page["metadata"]


def test_pages_are_of_one_moment(api: Api) -> None:
    """What is created between two pages is not in the second."""
    path = fill(api)
    first = api.get(path, limit=2).expect(200)
    api.post(path, {"metadata": {"name": "dd"}}).expect(201)
    second = api.get(path, limit=50, **{"continue": first["metadata"]["continue"]}).expect(200)
    assert "dd" not in names(second)


def test_pages_keep_their_resource_version(api: Api) -> None:
    """The second page bears the first one's resourceVersion."""
    path = fill(api)
    first = api.get(path, limit=2).expect(200)
    api.post(path, {"metadata": {"name": "dd"}}).expect(201)
    second = api.get(path, limit=50, **{"continue": first["metadata"]["continue"]}).expect(200)
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


def test_a_bad_continue_is_refused(api: Api) -> None:
    """A ``continue`` that no list gave is 400."""
    refused = api.get(api.path("v1", "configmaps"), limit=2, **{"continue": "nonsense"}).expect(400)
    assert "continue key is not valid" in refused["message"]


def test_a_list_can_be_as_it_was(api: Api) -> None:
    """With resourceVersionMatch=Exact a list is as it was at that resourceVersion."""
    path = fill(api)
    before = api.get(path).expect(200)["metadata"]["resourceVersion"]
    api.delete(f"{path}/a").expect(200)
    api.post(path, {"metadata": {"name": "f"}}).expect(201)
    listed = api.get(path, resourceVersion=before, resourceVersionMatch="Exact").expect(200)
    assert (list("abcde"), before) == (names(listed), listed["metadata"]["resourceVersion"])


def test_a_list_not_older_than_a_version_is_the_newest(api: Api) -> None:
    """With resourceVersionMatch=NotOlderThan a list may be newer than asked for, and has what was written."""
    path = fill(api)
    made = api.get(f"{path}/e").expect(200)["metadata"]["resourceVersion"]
    listed = api.get(path, resourceVersion=made, resourceVersionMatch="NotOlderThan").expect(200)
    assert list("abcde") == names(listed)


def test_a_version_that_is_not_reached_yet_is_refused(api: Api) -> None:
    """A list not older than a resourceVersion far ahead is 504 Timeout, with the cause."""
    path = api.path("v1", "configmaps")
    refused = api.get(path, resourceVersion="999999999", resourceVersionMatch="NotOlderThan").expect(504)
    assert "Timeout" == refused["reason"]
    assert "ResourceVersionTooLarge" in {each["reason"] for each in refused["details"]["causes"]}


@pytest.mark.parametrize(
    ("form", "kind"),
    [("PartialObjectMetadataList", "PartialObjectMetadataList"), ("Table", "Table")],
)
def test_a_list_has_other_forms(api: Api, form: str, kind: str) -> None:
    """The Accept header asks for metadata alone, or for a table."""
    accept = f"application/json;as={form};g=meta.k8s.io;v=v1,application/json"
    assert kind == api.get(fill(api), accept=accept).expect(200)["kind"]


def test_metadata_alone_holds_no_data(api: Api) -> None:
    """The items of a PartialObjectMetadataList have metadata and nothing of the object's own."""
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    listed = api.get(fill(api), accept=accept).expect(200)
    assert [set()] * len(listed["items"]) == [
        set(each) - {"metadata", "kind", "apiVersion"} for each in listed["items"]
    ]


def test_metadata_of_one_object(api: Api) -> None:
    """One object's metadata alone is a PartialObjectMetadata."""
    accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    got = api.get(f"{fill(api)}/a", accept=accept).expect(200)
    assert ("PartialObjectMetadata", "a", False) == (got["kind"], got["metadata"]["name"], "data" in got)


def test_an_unknown_form_is_refused(api: Api) -> None:
    """What the server cannot write is 406."""
    assert "NotAcceptable" == api.get(api.path("v1", "configmaps"), accept="text/csv").expect(406)["reason"]


def test_yaml_is_a_form_too(api: Api) -> None:
    """An object can be had as YAML."""
    answer = api.get(f"{fill(api)}/a", accept="application/yaml")
    assert (200, True) == (answer.status, "kind: ConfigMap" in answer.body)


def test_a_collection_is_deleted_by_selector(api: Api) -> None:
    """A DELETE of a collection takes what the selector chooses."""
    path = fill(api)
    api.delete(path, labelSelector="app=web").expect(200)
    assert list("cde") == names(api.get(path).expect(200))


def test_all_secrets_of_a_list_are_whole(api: Api) -> None:
    """The items of a list have their data."""
    path = api.path("v1", "secrets")
    api.post(path, {"metadata": {"name": "a"}, "stringData": {"k": "v"}}).expect(201)
    assert {"k": "dg=="} == api.get(path).expect(200)["items"][0]["data"]


def test_a_missing_namespace_lists_nothing(api: Api) -> None:
    """A list in a namespace that does not exist is empty, not an error."""
    assert [] == api.get(api.path("v1", "configmaps", namespace="there-is-none")).expect(200)["items"]


def test_a_limit_that_is_no_number_is_refused(api: Api) -> None:
    """A parameter of the wrong type is 400."""
    assert 400 == api.get(api.path("v1", "configmaps"), limit="many").status


COLUMNS = {
    "v1/pods": "Name Ready Status Restarts Age *IP *Node *Nominated Node *Readiness Gates",
    "v1/services": "Name Type Cluster-IP External-IP Port(s) Age *Selector",
    "v1/events": "Last Seen Type Reason Object *Subobject *Source Message *First Seen *Count *Name",
    "apps/v1/deployments": "Name Ready Up-to-date Available Age *Containers *Images *Selector",
    "batch/v1/jobs": "Name Status Completions Duration Age *Containers *Images *Selector",
    "rbac.authorization.k8s.io/v1/roles": "Name Created At",
}


@pytest.mark.parametrize("resource", COLUMNS)
def test_a_table_has_columns(api: Api, resource: str) -> None:
    """A table has the columns of its kind, which tell by their priority whether they are for -o wide alone."""
    path = api.path(*resource.rsplit("/", 1))
    found = api.request("GET", path, accept="application/json;as=Table;v=v1;g=meta.k8s.io").expect(200)
    shown = [("*" if each["priority"] else "") + each["name"] for each in found["columnDefinitions"]]
    assert COLUMNS[resource] == " ".join(shown)


def test_what_a_table_shows_of_a_service(api: Api) -> None:
    """A table shows what people ask of an object first, in the words of kubectl."""
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 53, "protocol": "UDP"}]
    service = {
        "metadata": {"name": "a"},
        "spec": {"clusterIP": "None", "selector": {"b": "2", "a": "1"}, "ports": ports},
    }
    path = api.path("v1", "services")
    api.post(path, service).expect(201)
    found = api.request("GET", path, accept="application/json;as=Table;v=v1;g=meta.k8s.io").expect(200)
    cells = found["rows"][0]["cells"]
    assert ["a", "ClusterIP", "None", "<none>", "80/TCP,53/UDP", "a=1,b=2"] == cells[:5] + cells[6:]
