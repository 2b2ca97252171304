"""JSON patch, merge patch and strategic merge patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.managing import config_map, containers, deployment, path_to, posted

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

pytestmark = pytest.mark.cluster

FULL = {
    "name": "c",
    "image": "x",
    "args": ["a", "b"],
    "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    "ports": [{"containerPort": 80}, {"containerPort": 81, "name": "q"}],
    "resources": {"limits": {"cpu": "1"}},
}
REFUSED = "the server rejected our request due to an error in our request"


def two_containers(api: Api) -> str:
    """Create a Deployment of the containers c and d, with two volumes, and return its path."""
    volumes = [{"name": "v", "emptyDir": {}}, {"name": "w", "configMap": {"name": "z"}}]
    pod = {"volumes": volumes, "tolerations": [{"key": "a", "operator": "Exists"}], "nodeSelector": {"a": "b"}}
    return path_to(api, posted(api, deployment(FULL, {"name": "d", "image": "y"}, pod=pod)))


def strategic(api: Api, **pod: Any) -> Answer:
    """Return the answer to a strategic merge patch of the spec of such a Deployment's pods, as a dry run."""
    change = {"spec": {"template": {"spec": pod}}}
    return api.patch(two_containers(api), change, "strategic", dryRun="All")


def names(answer: Answer) -> str:
    """Return the names of the containers."""
    return "".join(each["name"] for each in containers(answer.expect(200)))


def json_patch(api: Api, *operations: Any) -> Answer:
    """Return the answer to a JSON patch of a ConfigMap."""
    made = posted(api, config_map({"k": "v", "n": "1"}, annotations={"a/b": "1"}))
    return api.patch(path_to(api, made), list(operations), "json")


def with_finalizers(*operations: Any) -> list[Any]:
    """Return operations that begin with two finalizers."""
    return [{"op": "add", "path": "/metadata/finalizers", "value": ["a.b/a", "a.b/b"]}, *operations]


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "add", "path": "/data/x", "value": "1"}], {"k": "v", "n": "1", "x": "1"}),
        ([{"op": "add", "path": "/data/k", "value": "w"}], {"k": "w", "n": "1"}),
        ([{"op": "replace", "path": "/data/k", "value": "w"}], {"k": "w", "n": "1"}),
        ([{"op": "replace", "path": "/data/x", "value": "w"}], {"k": "v", "n": "1", "x": "w"}),
        ([{"op": "remove", "path": "/data/k"}], {"n": "1"}),
        ([{"op": "move", "from": "/data/k", "path": "/data/q"}], {"n": "1", "q": "v"}),
        ([{"op": "copy", "from": "/data/k", "path": "/data/q"}], {"k": "v", "n": "1", "q": "v"}),
        ([{"op": "copy", "from": "/data/x", "path": "/data/q"}], {"k": "v", "n": "1", "q": ""}),
        ([{"op": "test", "path": "/data/k", "value": "v"}, {"op": "remove", "path": "/data/n"}], {"k": "v"}),
        ([{"op": "test", "path": "/data/x", "value": None}, {"op": "remove", "path": "/data/n"}], {"k": "v"}),
        ([], {"k": "v", "n": "1"}),
    ],
    ids=[
        *("add", "add again", "replace", "replace nothing", "remove", "move", "copy", "copy nothing", "test"),
        *("test for nothing", "none"),
    ],
)
def test_operations(api: Api, operations: list[Any], expected: dict[str, str]) -> None:
    """Operations are done one after another; what a mapping lacks may be replaced and copied."""
    assert expected == json_patch(api, *operations).expect(200)["data"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/data/x"},
        {"op": "move", "from": "/data/x", "path": "/data/q"},
        {"op": "add", "path": "/x/y", "value": "1"},
        {"op": "test", "path": "/data/k", "value": "w"},
        {"op": "test", "path": "/data/x", "value": "w"},
        {"op": "other", "path": "/data/k"},
        {"path": "/data/k", "value": "1"},
        {"op": "add", "value": "1"},
        {"op": "add", "path": "/metadata/finalizers/-", "value": "a.b/c"},
    ],
    ids=["remove", "move", "parent", "test", "test of nothing", "unknown", "no op", "no path", "no list"],
)
def test_operations_that_cannot_be_done(api: Api, operation: Any) -> None:
    """One operation that fails refuses the whole patch with 422."""
    answer = json_patch(api, {"op": "remove", "path": "/data/n"}, operation)
    assert (422, "Invalid", REFUSED, {}) == (
        answer.status,
        answer.body["reason"],
        answer.message,
        answer.body["details"],
    )
    assert "n" in api.get(path_to(api, config_map())).expect(200)["data"]


def test_a_slash_in_a_key(api: Api) -> None:
    """In a path `~1` stands for a slash."""
    made = json_patch(api, {"op": "remove", "path": "/metadata/annotations/a~1b"}).expect(200)
    assert "annotations" not in made["metadata"]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/metadata/finalizers/-", "value": "a.b/c"}, "abc"),
        ({"op": "add", "path": "/metadata/finalizers/0", "value": "a.b/c"}, "cab"),
        ({"op": "replace", "path": "/metadata/finalizers/1", "value": "a.b/c"}, "ac"),
        ({"op": "remove", "path": "/metadata/finalizers/0"}, "b"),
        ({"op": "remove", "path": "/metadata/finalizers/-1"}, "a"),
    ],
    ids=["append", "insert", "replace", "remove", "from the end"],
)
def test_operations_on_items(api: Api, operation: Any, expected: str) -> None:
    """Items are named by their index, the end by `-`."""
    path = path_to(api, posted(api, config_map()))
    made = api.patch(path, with_finalizers(operation), "json", dryRun="All").expect(200)
    assert expected == "".join(each[-1] for each in made["metadata"]["finalizers"])


@pytest.mark.parametrize("index", ["2", "x", "-3"])
def test_items_that_are_not_there(api: Api, index: str) -> None:
    """Removing an item that is not there is 422."""
    path = path_to(api, posted(api, config_map()))
    gone = {"op": "remove", "path": f"/metadata/finalizers/{index}"}
    assert 422 == api.patch(path, with_finalizers(gone), "json", dryRun="All").status


@pytest.mark.parametrize("kind", ["merge", "strategic"])
def test_null_removes(api: Api, kind: str) -> None:
    """A null removes a field; one that is not there may be removed too."""
    path = path_to(api, posted(api, config_map({"a": "1", "b": "2"})))
    made = api.patch(path, {"data": {"a": None, "c": "3", "x": None}}, kind).expect(200)
    assert {"b": "2", "c": "3"} == made["data"]


def test_a_merge_patch_replaces_lists(api: Api) -> None:
    """A merge patch knows no keys: a list takes the place of the other."""
    made = api.patch(
        two_containers(api), {"spec": {"template": {"spec": {"containers": [{"name": "e", "image": "x"}]}}}}
    )
    assert "e" == names(made)


@pytest.mark.parametrize("kind", ["json", "merge", "strategic"])
def test_a_patch_that_changes_nothing(api: Api, kind: str) -> None:
    """An empty patch answers 200, and the resourceVersion stays."""
    made = posted(api, config_map({"k": "v"}))
    assert made == api.patch(path_to(api, made), [] if kind == "json" else {}, kind).expect(200)


@pytest.mark.parametrize("kind", ["json", "merge", "strategic"])
def test_a_patch_of_nothing(api: Api, kind: str) -> None:
    """A patch of what is not there is 404, and creates nothing."""
    answer = api.patch(path_to(api, config_map()), [] if kind == "json" else {}, kind)
    assert (404, 'configmaps "a" not found') == (answer.status, answer.message)


@pytest.mark.parametrize("kind", ["merge", "strategic"])
def test_a_patch_may_ask_for_a_version(api: Api, kind: str) -> None:
    """A patch with a resourceVersion that is not the object's is 409."""
    made = posted(api, config_map({"k": "v"}))
    answer = api.patch(path_to(api, made), {"metadata": {"resourceVersion": "1"}, "data": {"k": "w"}}, kind)
    said = "the object has been modified; please apply your changes to the latest version and try again"
    assert (409, f'Operation cannot be fulfilled on configmaps "a": {said}') == (answer.status, answer.message)
    version = made["metadata"]["resourceVersion"]
    api.patch(path_to(api, made), {"metadata": {"resourceVersion": version}, "data": {"k": "w"}}, kind).expect(200)


@pytest.mark.parametrize("kind", ["json", "merge", "strategic"])
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "b", "the name of the object (b) does not match the name on the URL (a)"),
        (
            "namespace",
            "b",
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
        ("name", None, "the name of the object (a based on URL) was undeterminable: name must be provided"),
    ],
    ids=["name", "namespace", "no name"],
)
def test_a_patch_keeps_the_name(api: Api, kind: str, field: str, value: Any, said: str) -> None:
    """Name and namespace are the path's, so a patch of them is 400."""
    change: Any = {"metadata": {field: value}}
    if kind == "json":
        change = [{"op": "remove" if value is None else "replace", "path": f"/metadata/{field}", "value": value}]
    answer = api.patch(path_to(api, posted(api, config_map())), change, kind)
    assert (400, "BadRequest", said) == (answer.status, answer.body["reason"], answer.message)


@pytest.mark.parametrize("kind", ["merge", "strategic"])
def test_a_patch_keeps_the_uid(api: Api, kind: str) -> None:
    """The uid cannot be patched."""
    answer = api.patch(path_to(api, posted(api, config_map())), {"metadata": {"uid": "1"}}, kind)
    assert (422, {("metadata.uid", "FieldValueInvalid")}) == (answer.status, answer.causes)


@pytest.mark.parametrize("media", ["application/json", "text/plain", "application/json-patch"])
def test_other_types_of_patch(api: Api, media: str) -> None:
    """A patch of an unknown type is 415."""
    answer = api.request("PATCH", path_to(api, posted(api, config_map())), {}, content_type=media)
    assert (415, "415: Unsupported Media Type") == (answer.status, answer.message)


def test_the_type_may_have_parameters(api: Api) -> None:
    """What follows the type of a patch does not matter."""
    media = "application/merge-patch+json; charset=utf-8"
    answer = api.request("PATCH", path_to(api, posted(api, config_map())), {"data": {"k": "v"}}, content_type=media)
    assert {"k": "v"} == answer.expect(200)["data"]


def test_a_merge_patch_of_null(api: Api) -> None:
    """Null is no merge patch, though it changes nothing as a strategic one."""
    made = posted(api, config_map())
    answer = api.patch(path_to(api, made), "null")
    assert (400, "Invalid JSON Patch") == (answer.status, answer.message)
    assert made == api.patch(path_to(api, made), "null", "strategic").expect(200)


def test_a_strategic_patch_merges_containers(api: Api) -> None:
    """Containers are told apart by name; what is not said of one stays."""
    first, second = containers(strategic(api, containers=[{"name": "c", "image": "z"}]).expect(200))
    assert ("z", ["a", "b"], "1", "y") == (
        first["image"],
        first["args"],
        first["resources"]["limits"]["cpu"],
        second["image"],
    )


@pytest.mark.parametrize(
    ("patched", "expected"),
    [("e", "ecd"), ("ed", "ecd"), ("dc", "dc"), ("de", "cde"), ("ce", "ced")],
    ids=["new", "new before old", "turned", "new after old", "between"],
)
def test_where_a_strategic_patch_puts_items(api: Api, patched: str, expected: str) -> None:
    """The patch's items stand in its order; where nothing speaks against it, before the others."""
    assert expected == names(strategic(api, containers=[{"name": each, "image": "z"} for each in patched]))


@pytest.mark.parametrize(
    ("order", "patched", "expected"),
    [("dce", "e", "dce"), ("dc", "", "dc"), ("d", "", "cd"), ("ce", "e", "ced")],
    ids=["all", "none new", "some", "others"],
)
def test_a_strategic_patch_may_order_items(api: Api, order: str, patched: str, expected: str) -> None:
    """With $setElementOrder items stand as it says."""
    change: dict[str, Any] = {"$setElementOrder/containers": [{"name": each} for each in order]}
    if patched:
        change["containers"] = [{"name": each, "image": "z"} for each in patched]
    assert expected == names(strategic(api, **change))


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([{"name": "c", "$patch": "delete"}], "d"),
        ([{"name": "z", "$patch": "delete"}], "cd"),
        ([{"$patch": "replace"}, {"name": "e", "image": "z"}], "e"),
    ],
    ids=["delete", "delete nothing", "replace"],
)
def test_directives_of_lists(api: Api, listed: list[Any], expected: str) -> None:
    """An item with $patch deletes the one of its key, or has the others replace the list."""
    assert expected == names(strategic(api, containers=listed))


def test_keys_of_ports_and_variables(api: Api) -> None:
    """Ports are merged by number, variables by name, and text lists are replaced."""
    ports = [{"containerPort": 81, "name": "r"}, {"containerPort": 82}]
    change = {"name": "c", "ports": ports, "env": [{"name": "B", "value": "9"}], "args": ["z"]}
    found = containers(strategic(api, containers=[change]).expect(200))[0]
    assert [(80, None), (81, "r"), (82, None)] == [(each["containerPort"], each.get("name")) for each in found["ports"]]
    assert ([("A", "1"), ("B", "9")], ["z"]) == (
        [(each["name"], each["value"]) for each in found["env"]],
        found["args"],
    )


def test_a_port_may_be_deleted(api: Api) -> None:
    """$patch works in lists in lists."""
    change = {"name": "c", "ports": [{"containerPort": 80, "$patch": "delete"}], "env": None}
    found = containers(strategic(api, containers=[change]).expect(200))[0]
    assert ([81], None) == ([each["containerPort"] for each in found["ports"]], found.get("env"))


def test_keys_may_be_retained(api: Api) -> None:
    """With $retainKeys a volume keeps none but those keys, so its source can change."""
    change = {"name": "v", "configMap": {"name": "k"}, "$retainKeys": ["name", "configMap"]}
    found = strategic(api, volumes=[change]).expect(200)["spec"]["template"]["spec"]["volumes"]
    assert {"name": "v", "configMap": {"name": "k", "defaultMode": 420}} == found[0]


def test_a_volume_has_one_source(api: Api) -> None:
    """Without $retainKeys the volume has both sources, which is invalid."""
    refused = strategic(api, volumes=[{"name": "v", "configMap": {"name": "k"}}])
    assert {("spec.template.spec.volumes[0].configMap", "FieldValueForbidden")} == refused.causes


def test_a_strategy_may_be_replaced(api: Api) -> None:
    """$retainKeys of a Deployment's strategy drops what belongs to the other type."""
    change = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    made = api.patch(two_containers(api), change, "strategic").expect(200)
    assert {"type": "Recreate"} == made["spec"]["strategy"]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"c": "d"}, {"a": "b", "c": "d"}),
        ({"$patch": "replace", "c": "d"}, {"c": "d"}),
        ({"$patch": "delete"}, None),
    ],
    ids=["none", "replace", "delete"],
)
def test_directives_of_mappings(api: Api, selector: Any, expected: Any) -> None:
    """A mapping with $patch replaces or deletes the other; else they are merged."""
    found = strategic(api, nodeSelector=selector).expect(200)["spec"]["template"]["spec"]
    assert expected == found.get("nodeSelector")


def test_lists_without_keys_are_replaced(api: Api) -> None:
    """Tolerations have no key, so a strategic merge patch replaces them."""
    found = strategic(api, tolerations=[{"key": "b", "operator": "Exists"}]).expect(200)["spec"]["template"]["spec"]
    assert ["b"] == [each["key"] for each in found["tolerations"]]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"finalizers": ["a.b/c", "a.b/a"]}, "cab"),
        ({"$deleteFromPrimitiveList/finalizers": ["a.b/a", "a.b/z"]}, "b"),
        ({"$setElementOrder/finalizers": ["a.b/b", "a.b/a"]}, "ba"),
        (
            {
                "$deleteFromPrimitiveList/finalizers": ["a.b/a"],
                "$setElementOrder/finalizers": ["a.b/c", "a.b/b"],
                "finalizers": ["a.b/c"],
            },
            "cb",
        ),
    ],
    ids=["merge", "delete", "order", "all"],
)
def test_lists_of_text_may_be_merged(api: Api, metadata: Any, expected: str) -> None:
    """Finalizers are merged value by value, and directives delete and order them."""
    path = path_to(api, posted(api, config_map(finalizers=["a.b/a", "a.b/b"])))
    made = api.patch(path, {"metadata": metadata}, "strategic", dryRun="All").expect(200)
    api.patch(path, {"metadata": {"finalizers": None}}).expect(200)
    assert expected == "".join(each[-1] for each in made["metadata"]["finalizers"])


@pytest.mark.parametrize(
    ("pod", "status", "said"),
    [
        (
            {"containers": [{"image": "n"}]},
            500,
            "map: map[image:n] does not contain declared merge key: name",
        ),
        (
            {"volumes": [{"name": "v", "configMap": {}, "$retainKeys": ["name"]}]},
            400,
            "invalid patch format of retainKeys",
        ),
    ],
    ids=["no key", "retain"],
)
def test_strategic_patches_that_are_none(api: Api, pod: Any, status: int, said: str) -> None:
    """Directives that nobody knows or that do not fit are refused, most of them with 500."""
    answer = strategic(api, **pod)
    assert (status, said) == (answer.status, answer.message)


@pytest.mark.parametrize(
    "pod",
    [
        {"containers": [{"name": "c", "$patch": "other"}]},
        {"nodeSelector": {"$patch": "other"}},
        {"containers": [{"name": "c", "$patch": "merge"}]},
        {"$setElementOrder/containers": [{"name": "d"}], "containers": [{"name": "e"}]},
    ],
    ids=["unknown in list", "unknown in mapping", "merge", "order"],
)
def test_directives_that_do_not_fit(api: Api, pod: Any) -> None:
    """Directives that nobody knows, and an order of other items, are refused with 500."""
    assert 500 == strategic(api, **pod).status


def test_a_strategic_patch_does_not_change_the_kind(api: Api) -> None:
    """What it says of kind and version is passed over."""
    path = path_to(api, posted(api, config_map()))
    made = api.patch(path, {"kind": "Secret", "apiVersion": "v2", "data": {"k": "v"}}, "strategic").expect(200)
    assert ("ConfigMap", "v1", {"k": "v"}) == (made["kind"], made["apiVersion"], made["data"])
