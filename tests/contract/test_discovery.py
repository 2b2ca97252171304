"""Which kinds a server says it serves: discovery, version and OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
EVERY_VERB = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
PATCH_FORMS = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"]
STRATEGIC = "application/strategic-merge-patch+json"
REFERENCE = "#/components/schemas/"


def resource(api: Api, path: str, name: str) -> Any:
    """Return a resource of a plain list, without the hash of its storage."""
    listed = api.get(path).expect(200)["resources"]
    found = next(each for each in listed if each["name"] == name)
    found.pop("storageVersionHash", None)
    return found


def aggregated(api: Api, path: str, group: str, version: str) -> list[Any]:
    """Return the resources of a version in aggregated discovery."""
    items = api.request("GET", path, accept=AGGREGATED).expect(200)["items"]
    versions = next(each["versions"] for each in items if each["metadata"].get("name", "") == group)
    found: list[Any] = next(each["resources"] for each in versions if each["version"] == version)
    return found


def document(api: Api, place: str) -> Any:
    """Return the OpenAPI document of ``apis/apps/v1``, from where the index says."""
    where = api.get("/openapi/v3").expect(200)["paths"][place]["serverRelativeURL"]
    path, _, value = where.partition("?hash=")
    return api.get(path, hash=value).expect(200)


@pytest.fixture
def group(server: Api, unique: str) -> Iterator[str]:
    """Return a new group with the custom kind Widget at v1beta1 and v1, once discovery knows it."""
    name = f"g{unique}.example.com"
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "description": "What is wanted.", "properties": {"size": {"type": "integer"}}},
            "status": {"type": "object", "properties": {"size": {"type": "integer"}}},
        },
    }
    sizes = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}
    version: dict[str, Any] = {"served": True, "schema": {"openAPIV3Schema": schema}}
    versions = [
        {**version, "name": "v1beta1", "storage": False},
        {**version, "name": "v1", "storage": True, "subresources": {"status": {}, "scale": sizes}},
    ]
    names = {
        "plural": "widgets",
        "singular": "widget",
        "kind": "Widget",
        "shortNames": ["wd"],
        "categories": ["all"],
    }
    server.post(
        CRDS,
        {
            "metadata": {"name": f"widgets.{name}"},
            "spec": {"group": name, "scope": "Namespaced", "names": names, "versions": versions},
        },
    ).expect(201)
    server.eventually(lambda: server.get(f"/apis/{name}/v1").status == 200)
    server.eventually(lambda: f"apis/{name}/v1" in server.get("/openapi/v3").body["paths"])
    yield name
    server.delete(f"{CRDS}/widgets.{name}")


@pytest.mark.parametrize("field", ["major", "minor", "gitVersion", "goVersion", "platform", "buildDate"])
def test_the_version_has_what_clients_read(server: Api, field: str) -> None:
    """/version holds texts under the names that version.Info gives them."""
    assert isinstance(server.get("/version").expect(200)[field], str)


def test_the_version_is_told_to_strangers(server: Api) -> None:
    """/version answers without a token."""
    assert server.with_token("").get("/version").status == 200


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_health_is_text(server: Api, path: str) -> None:
    """The health paths answer ``ok`` as text."""
    answer = server.get(path)
    assert (200, "ok", "text/plain") == (answer.status, answer.body, answer.headers["content-type"].partition(";")[0])


@pytest.mark.parametrize("path", ["/api", "/apis", "/api/v1", "/apis/apps/v1", "/openapi/v3"])
def test_discovery_needs_a_token(server: Api, path: str) -> None:
    """Discovery is refused to who has no token or a wrong one."""
    assert server.with_token("wrong").get(path).status == 401


def test_the_core_group_has_version_v1(server: Api) -> None:
    """/api lists v1 alone, as APIVersions without an apiVersion of its own."""
    found = server.get("/api").expect(200)
    assert ("APIVersions", ["v1"], False) == (found["kind"], found["versions"], "apiVersion" in found)


@pytest.mark.parametrize(
    "group",
    [
        *("apps", "batch", "policy", "autoscaling", "events.k8s.io", "networking.k8s.io", "storage.k8s.io"),
        *("rbac.authorization.k8s.io", "coordination.k8s.io", "apiextensions.k8s.io", "authorization.k8s.io"),
        *("authentication.k8s.io", "discovery.k8s.io", "scheduling.k8s.io", "admissionregistration.k8s.io"),
    ],
)
def test_a_group_is_listed_as_it_answers_itself(server: Api, group: str) -> None:
    """What /apis says of a group is what /apis/GROUP says, but for kind and apiVersion."""
    listed = next(each for each in server.get("/apis").expect(200)["groups"] if each["name"] == group)
    assert {"kind": "APIGroup", "apiVersion": "v1", **listed} == server.get(f"/apis/{group}").expect(200)


def test_versions_stand_best_first(server: Api) -> None:
    """Autoscaling has v2 before v1, and prefers v2."""
    found = server.get("/apis/autoscaling").expect(200)
    versions = [each["version"] for each in found["versions"]]
    preferred = {"groupVersion": "autoscaling/v2", "version": "v2"}
    assert (["v2", "v1"], preferred) == (versions, found["preferredVersion"])


@pytest.mark.parametrize("path", ["/api/", "/apis/", "/apis/apps/", "/apis/apps/v1/", "/api/v1/", "/version/"])
def test_a_slash_at_the_end_changes_nothing(server: Api, path: str) -> None:
    """A path with a slash at its end answers as without."""
    assert server.get(path.rstrip("/")).expect(200) == server.get(path).expect(200)


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        (
            "/apis/apps/v1",
            "deployments",
            {
                "singularName": "deployment",
                "namespaced": True,
                "kind": "Deployment",
                "verbs": EVERY_VERB,
                "shortNames": ["deploy"],
                "categories": ["all"],
            },
        ),
        (
            "/api/v1",
            "namespaces",
            {
                "singularName": "namespace",
                "namespaced": False,
                "kind": "Namespace",
                "verbs": [each for each in EVERY_VERB if each != "deletecollection"],
                "shortNames": ["ns"],
            },
        ),
        (
            "/api/v1",
            "pods/eviction",
            {
                "singularName": "",
                "namespaced": True,
                "group": "policy",
                "version": "v1",
                "kind": "Eviction",
                "verbs": ["create"],
            },
        ),
        (
            "/apis/apps/v1",
            "statefulsets/status",
            {"singularName": "", "namespaced": True, "kind": "StatefulSet", "verbs": ["get", "patch", "update"]},
        ),
        (
            "/apis/apps/v1",
            "deployments/scale",
            {
                "singularName": "",
                "namespaced": True,
                "group": "autoscaling",
                "version": "v1",
                "kind": "Scale",
                "verbs": ["get", "patch", "update"],
            },
        ),
        (
            "/apis/authorization.k8s.io/v1",
            "selfsubjectaccessreviews",
            {
                "singularName": "selfsubjectaccessreview",
                "namespaced": False,
                "kind": "SelfSubjectAccessReview",
                "verbs": ["create"],
            },
        ),
        (
            "/apis/apiextensions.k8s.io/v1",
            "customresourcedefinitions",
            {
                "singularName": "customresourcedefinition",
                "namespaced": False,
                "kind": "CustomResourceDefinition",
                "verbs": EVERY_VERB,
                "shortNames": ["crd", "crds"],
                "categories": ["api-extensions"],
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_resource_is_described(server: Api, path: str, name: str, expected: Any) -> None:
    """A plain list names a resource's kind, scope, verbs and other names; of a foreign kind also its group."""
    assert {"name": name, **expected} == resource(server, path, name)


def test_a_resource_list_names_its_group(server: Api) -> None:
    """The list of a group's version is an APIResourceList with its apiVersion and groupVersion."""
    found = server.get("/apis/batch/v1").expect(200)
    assert ("APIResourceList", "v1", "batch/v1") == (found["kind"], found["apiVersion"], found["groupVersion"])


def test_the_core_resource_list_has_no_api_version(server: Api) -> None:
    """The list of /api/v1 has a groupVersion but, for older clients' sake, no apiVersion."""
    found = server.get("/api/v1").expect(200)
    assert ("v1", False) == (found["groupVersion"], "apiVersion" in found)


@pytest.mark.parametrize("path", ["/apis/no-such-group.example.com", "/apis/no-such-group.example.com/v1", "/nothing"])
def test_an_unknown_group_is_no_path(server: Api, path: str) -> None:
    """Where no group is served, the answer is 404 and text."""
    answer = server.get(path)
    assert (404, "404 page not found\n") == (answer.status, answer.body)


@pytest.mark.parametrize("path", ["/apis/apps/v9", "/api/v2", "/apis/apps/v1/nothings", "/api/v1/nothings"])
def test_an_unknown_version_or_resource_is_a_status(server: Api, path: str) -> None:
    """Below a group that is served, what is not there is answered by a Status."""
    assert {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "the server could not find the requested resource",
        "reason": "NotFound",
        "details": {},
        "code": 404,
    } == server.get(path).expect(404)


@pytest.mark.parametrize("path", ["/api", "/apis"])
@pytest.mark.parametrize(
    "accept",
    [AGGREGATED, f"{AGGREGATED},application/json", f"application/json,{AGGREGATED}", f"{AGGREGATED};profile=x"],
)
def test_who_asks_gets_aggregated_discovery(server: Api, path: str, accept: str) -> None:
    """Whoever accepts an APIGroupDiscoveryList v2 gets one, and its content type says so."""
    answer = server.request("GET", path, accept=accept)
    found = answer.expect(200)
    expected: tuple[str, str, str, Mapping[str, str]] = (
        AGGREGATED,
        "APIGroupDiscoveryList",
        "apidiscovery.k8s.io/v2",
        {},
    )
    assert expected == (answer.headers["content-type"], found["kind"], found["apiVersion"], found["metadata"])


@pytest.mark.parametrize("path", ["/api", "/apis"])
def test_an_older_form_falls_back_to_plain(server: Api, path: str) -> None:
    """There is no v2beta1 of aggregated discovery: who also takes JSON gets the plain one."""
    accept = f"{AGGREGATED.replace('v=v2', 'v=v2beta1')},application/json"
    answer = server.request("GET", path, accept=accept)
    assert (200, "application/json") == (answer.status, answer.headers["content-type"])


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/apis", AGGREGATED.replace("v=v2", "v=v2beta1")),
        ("/apis/apps/v1", AGGREGATED),
        ("/apis", "application/json;as=Table;g=meta.k8s.io;v=v1"),
    ],
    ids=["older", "of one group", "table"],
)
def test_a_form_that_there_is_none_of_is_refused(server: Api, path: str, accept: str) -> None:
    """A list in a form that discovery has not is refused with 406."""
    assert "NotAcceptable" == server.request("GET", path, accept=accept).expect(406)["reason"]


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", ""])
def test_discovery_is_json_by_default(server: Api, accept: str) -> None:
    """Whoever takes anything gets JSON."""
    assert "application/json" == server.request("GET", "/apis", accept=accept).headers["content-type"]


def test_aggregated_discovery_describes_a_resource(server: Api) -> None:
    """A built-in kind stands there without group and version, with its subresources, foreign ones with theirs."""
    found = next(each for each in aggregated(server, "/apis", "apps", "v1") if each["resource"] == "deployments")
    own = {"group": "", "version": "", "kind": "Deployment"}
    scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    verbs = ["get", "patch", "update"]
    assert {
        "resource": "deployments",
        "responseKind": own,
        "scope": "Namespaced",
        "singularResource": "deployment",
        "verbs": EVERY_VERB,
        "shortNames": ["deploy"],
        "categories": ["all"],
        "subresources": [
            {"subresource": "scale", "responseKind": scale, "verbs": verbs},
            {"subresource": "status", "responseKind": own, "verbs": verbs},
        ],
    } == found


@pytest.mark.parametrize(
    ("path", "group", "version"),
    [("/api", "", "v1"), ("/apis", "apps", "v1"), ("/apis", "rbac.authorization.k8s.io", "v1")],
    ids=["core", "apps", "rbac"],
)
def test_both_discoveries_name_the_same(server: Api, path: str, group: str, version: str) -> None:
    """Plain and aggregated discovery of a version name the same resources and subresources."""
    plain = {each["name"] for each in server.get(f"{path}/{group}/{version}".replace("//", "/")).body["resources"]}
    found = {
        name
        for each in aggregated(server, path, group, version)
        for name in (
            each["resource"],
            *(f"{each['resource']}/{sub['subresource']}" for sub in each.get("subresources", ())),
        )
    }
    assert plain == found


def test_aggregated_discovery_is_fresh(server: Api) -> None:
    """Every version that the server serves itself is Current."""
    items = server.request("GET", "/apis", accept=AGGREGATED).expect(200)["items"]
    assert {"Current"} == {version["freshness"] for each in items for version in each["versions"]}


def test_a_custom_group_is_listed(server: Api, group: str) -> None:
    """A CustomResourceDefinition's group appears, its stable version before the beta one."""
    found = server.get(f"/apis/{group}").expect(200)
    assert ["v1", "v1beta1"] == [each["version"] for each in found["versions"]]


def test_a_custom_kind_is_described(server: Api, group: str) -> None:
    """A custom kind's names, scope and verbs are in the list of its version."""
    found = resource(server, f"/apis/{group}/v1", "widgets")
    assert {
        "name": "widgets",
        "singularName": "widget",
        "namespaced": True,
        "kind": "Widget",
        "verbs": EVERY_VERB,
        "shortNames": ["wd"],
        "categories": ["all"],
    } == {**found, "verbs": sorted(found["verbs"])}


@pytest.mark.parametrize(
    ("version", "expected"),
    [("v1", ["widgets", "widgets/status", "widgets/scale"]), ("v1beta1", ["widgets"])],
    ids=["with", "without"],
)
def test_a_custom_kind_has_the_subresources_of_its_version(
    server: Api, group: str, version: str, expected: list[str]
) -> None:
    """Status and scale are listed for the versions that declare them."""
    assert expected == [each["name"] for each in server.get(f"/apis/{group}/{version}").expect(200)["resources"]]


def test_aggregated_discovery_names_a_custom_kind_in_full(server: Api, group: str) -> None:
    """A custom kind stands there with group and version, its status subresource too."""
    (found,) = aggregated(server, "/apis", group, "v1")
    own = {"group": group, "version": "v1", "kind": "Widget"}
    below = {each["subresource"]: each["responseKind"] for each in found["subresources"]}
    scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    assert (own, {"status": own, "scale": scale}) == (found["responseKind"], below)


def test_a_removed_definition_is_listed_no_longer(server: Api, group: str) -> None:
    """The group goes with its last CustomResourceDefinition."""
    server.delete(f"{CRDS}/widgets.{group}").expect(200)
    assert server.eventually(lambda: server.get(f"/apis/{group}").status == 404)


@pytest.mark.parametrize("place", ["api/v1", "apis/apps/v1", "apis/batch/v1", "apis/apiextensions.k8s.io/v1"])
def test_the_openapi_index_names_each_document(server: Api, place: str) -> None:
    """The index gives each version's address, with a hash of what stands there."""
    where = server.get("/openapi/v3").expect(200)["paths"][place]["serverRelativeURL"]
    assert where.startswith(f"/openapi/v3/{place}?hash=")
    assert len(where.partition("=")[2]) == 128


def test_a_document_says_what_it_is(server: Api) -> None:
    """A document is OpenAPI 3.0.0 of Kubernetes."""
    found = document(server, "apis/batch/v1")
    assert ("3.0.0", "Kubernetes") == (found["openapi"], found["info"]["title"])


def test_an_unknown_document_is_404(server: Api) -> None:
    """There is no document of a version that is not served."""
    assert server.get("/openapi/v3/apis/apps/v9").status == 404


@pytest.mark.parametrize(
    ("place", "path", "forms"),
    [
        ("apis/apps/v1", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", [*PATCH_FORMS, STRATEGIC]),
        ("api/v1", "/api/v1/namespaces/{name}", [*PATCH_FORMS, STRATEGIC]),
    ],
    ids=["namespaced", "cluster"],
)
def test_a_path_says_how_it_is_patched(server: Api, place: str, path: str, forms: list[str]) -> None:
    """PATCH names its body's forms, which tell clients whether there is a strategic merge patch."""
    operation = document(server, place)["paths"][path]["patch"]
    assert set(forms) <= set(operation["requestBody"]["content"])


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_a_path_knows_field_validation(server: Api, method: str) -> None:
    """Whatever writes lists the query parameter fieldValidation: by it clients know the server checks fields."""
    start = "/apis/apps/v1/namespaces/{namespace}/deployments"
    path = start if method == "post" else f"{start}/{{name}}"
    operation = document(server, "apis/apps/v1")["paths"][path][method]
    assert {"dryRun", "fieldManager", "fieldValidation"} <= {each["name"] for each in operation["parameters"]}


def test_a_path_names_the_kind_that_it_serves(server: Api) -> None:
    """Operations bear group, version and kind, under which clients look for them."""
    operation = document(server, "apis/batch/v1")["paths"]["/apis/batch/v1/namespaces/{namespace}/jobs"]["get"]
    assert {"group": "batch", "version": "v1", "kind": "Job"} == operation["x-kubernetes-group-version-kind"]


def test_a_type_names_its_kind(server: Api) -> None:
    """The type of a kind bears group, version and kind in a list."""
    types = document(server, "apis/batch/v1")["components"]["schemas"]
    expected = [{"group": "batch", "version": "v1", "kind": "CronJob"}]
    assert expected == types["io.k8s.api.batch.v1.CronJob"]["x-kubernetes-group-version-kind"]


def test_a_type_says_how_its_lists_are_merged(server: Api) -> None:
    """Containers are a map by name for appliers, and merged by name by strategic merge patch."""
    types = document(server, "api/v1")["components"]["schemas"]
    found = types["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    applied = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}
    patched = {"x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"}
    assert {**applied, **patched} == {key: value for key, value in found.items() if key.startswith("x-")}


@pytest.mark.parametrize("place", ["api/v1", "apis/apps/v1", "apis/policy/v1"])
def test_a_document_is_whole(server: Api, place: str) -> None:
    """Every type that a document refers to is in it."""
    found = document(server, place)
    types = found["components"]["schemas"]
    assert set() == references(found) - set(types)


def references(value: Any) -> set[str]:
    """Return the names of all types that are referred to."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"].removeprefix(REFERENCE)} if isinstance(value.get("$ref"), str) else set()
    return own.union(*map(references, value.values()))


def test_a_custom_kind_has_a_document(server: Api, group: str) -> None:
    """A custom kind's type is its schema, with apiVersion, kind and metadata added."""
    name = ".".join([*reversed(group.split(".")), "v1", "Widget"])
    found = document(server, f"apis/{group}/v1")["components"]["schemas"][name]
    fields = found["properties"]
    assert {"apiVersion", "kind", "metadata", "spec", "status"} == set(fields)
    assert "What is wanted." == fields["spec"]["description"]


def test_a_custom_kind_has_no_strategic_merge_patch(server: Api, group: str) -> None:
    """PATCH of a custom kind takes the three other forms."""
    path = f"/apis/{group}/v1/namespaces/{{namespace}}/widgets/{{name}}"
    operation = document(server, f"apis/{group}/v1")["paths"][path]["patch"]
    assert PATCH_FORMS == sorted(operation["requestBody"]["content"])


def test_a_changed_definition_has_another_address(server: Api, group: str) -> None:
    """The hash of a custom kind's document changes with its schema."""
    before = server.get("/openapi/v3").expect(200)["paths"][f"apis/{group}/v1"]
    patch = [{"op": "add", "path": "/spec/versions/1/schema/openAPIV3Schema/description", "value": "A widget."}]
    server.patch(f"{CRDS}/widgets.{group}", patch, "json").expect(200)
    assert server.eventually(lambda: server.get("/openapi/v3").body["paths"][f"apis/{group}/v1"] != before)
