"""Documents into resources: scopes, names, and what would trap server-side apply."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.errors import ManifestError
from helmlite.manifest.capabilities import Capabilities, ServedKind
from helmlite.manifest.identity import GroupVersionKind, ResourceId
from helmlite.manifest.resolve import is_built_in, prepare_body, resolve
from tests.manifest.cases import CAPABILITIES, PATH, body, document, resolved

WIDGETS = CAPABILITIES.with_crds(
    [
        {
            "spec": {
                "group": "example.com",
                "scope": scope,
                "names": {"kind": kind, "plural": f"{kind.lower()}s"},
                "versions": [{"name": "v2", "served": True}],
            }
        }
        for kind, scope in (("Widget", "Namespaced"), ("Gadget", "Cluster"))
    ]
)


def secret(**fields: Any) -> dict[str, Any]:
    """Return a Secret's body as it is sent."""
    return prepare_body(body("Secret", **fields), "prod", PATH, built_in=True)


# Identity and scope.


def test_a_namespaced_object_gets_the_releases_namespace() -> None:
    """Without a namespace an object goes where the release is, and says so in its body."""
    made = resolved(body())
    assert ResourceId(group="", kind="ConfigMap", namespace="prod", name="web") == made.id
    assert "prod" == made.body["metadata"]["namespace"]


@pytest.mark.parametrize("written", ["", None], ids=repr)
def test_a_blank_namespace_is_none(written: str | None) -> None:
    """A template whose namespace came out blank means the release's."""
    assert "prod" == resolved(body(metadata={"namespace": written})).body["metadata"]["namespace"]


def test_an_object_may_live_elsewhere() -> None:
    """A namespace in the template counts."""
    assert "other" == resolved(body(metadata={"namespace": "other"})).id.namespace


def test_a_cluster_scoped_object_has_no_namespace() -> None:
    """A namespace that a template gives a cluster-scoped object is dropped."""
    made = resolved(body("ClusterRole", api="rbac.authorization.k8s.io/v1", metadata={"namespace": "other"}))
    assert made.id.namespace is None
    assert "namespace" not in made.body["metadata"]


def test_text_path_and_source_are_kept() -> None:
    """A resource knows where it came from and what the record keeps of it."""
    given = document(body())
    made = resolve([given], CAPABILITIES, "prod")[0][0]
    assert (given.text, given.path, given.source) == (made.text, made.path, made.source)


def test_resources_come_in_the_documents_order() -> None:
    """Resolving does not sort."""
    found, _ = resolve([document(body(name=each)) for each in "cab"], CAPABILITIES, "prod")
    assert ["c", "a", "b"] == [each.id.name for each in found]


def test_a_resource_is_shown_without_its_body() -> None:
    """A resource may be a Secret: its ``repr`` holds nothing of it."""
    assert "hunter2" not in repr(resolved(body("Secret", stringData={"a": "hunter2"})))


# Kinds that the cluster knows, or not.


@pytest.mark.parametrize(
    ("api", "kind", "namespace"),
    [
        ("apps/v1beta1", "Deployment", "prod"),
        ("batch/v1beta1", "CronJob", "prod"),
        ("rbac.authorization.k8s.io/v1beta1", "ClusterRole", None),
        ("example.com/v1", "Widget", "prod"),
        ("example.com/v1", "Gadget", None),
    ],
)
def test_scope_comes_from_another_served_version(api: str, kind: str, namespace: str | None) -> None:
    """A kind that is not served at its version has the scope that another version of its group has."""
    made = resolved(body(kind, api=api), WIDGETS)
    assert (namespace, api) == (made.id.namespace, made.gvk.api_version)


def test_the_same_kind_of_another_group_is_another() -> None:
    """Only versions of the same group tell of a kind's scope."""
    with pytest.raises(ManifestError, match="does not serve extensions/v1beta1 Deployment"):
        resolved(body("Deployment", api="extensions/v1beta1"))


UNKNOWN = [
    document(body("Widget", "a", api="example.com/v1"), path="shop/templates/a.yaml"),
    document(body(name="fine")),
    document(body("Gizmo", "b", api="example.org/v1alpha1"), path="shop/templates/b.yaml"),
]
SAID = [
    "shop/templates/a.yaml, document 1: the cluster does not serve example.com/v1 Widget",
    "shop/templates/b.yaml, document 1: the cluster does not serve example.org/v1alpha1 Gizmo",
]


def test_all_unknown_kinds_are_named_at_once() -> None:
    """One error names every kind that nobody serves, with its template, and says what to try."""
    with pytest.raises(ManifestError) as caught:
        resolve(UNKNOWN, CAPABILITIES, "prod")
    assert SAID == caught.value.message.splitlines()
    assert "its CRD must be there before, in crds/ of the chart; or the API version is too old" == caught.value.hint


def test_unknown_kinds_may_be_warnings() -> None:
    """Where nothing is sent, unknown kinds are warnings and the rest is resolved."""
    found, warnings = resolve(UNKNOWN, CAPABILITIES, "prod", strict=False)
    assert (["fine"], SAID) == ([each.id.name for each in found], warnings)


# Names.

NAMELESS = body()
NAMELESS["metadata"] = {"generateName": "web-"}


def test_a_generated_name_is_refused() -> None:
    """Server-side apply cannot take ``generateName``."""
    with pytest.raises(ManifestError) as caught:
        resolved(NAMELESS)
    assert (
        f"{PATH}, document 1: ConfigMap has generateName, which server-side apply cannot take" == caught.value.message
    )
    assert "give metadata.name: an object of a release needs a name to be found again" == caught.value.hint


def test_a_name_beside_a_generated_one_is_enough() -> None:
    """With a name, ``generateName`` does not matter."""
    assert "web" == resolved(body(metadata={"generateName": "web-"})).id.name


def test_a_stored_generated_name_is_a_warning() -> None:
    """Helm's client-side apply took ``generateName``: a release that has one can still be read."""
    found, warnings = resolve([document(NAMELESS), document(body())], CAPABILITIES, "prod", strict=False, stored=True)
    assert (["web"], 1) == ([each.id.name for each in found], len(warnings))


TWICE = [
    document(body(name="a", data={"x": "1"}), path="shop/templates/a.yaml"),
    document(body(name="b")),
    document(body(name="a", data={"x": "2"}), path="shop/templates/c.yaml"),
]
DUPLICATE = "shop/templates/c.yaml, document 1: ConfigMap prod/a is in shop/templates/a.yaml, document 1 already"


def test_duplicates_are_refused() -> None:
    """The same object twice names both templates."""
    with pytest.raises(ManifestError) as caught:
        resolve(TWICE, CAPABILITIES, "prod")
    assert DUPLICATE == caught.value.message


def test_stored_duplicates_are_a_warning() -> None:
    """In a stored manifest the last of the same objects counts, as it did when Helm applied them in turn."""
    found, warnings = resolve(TWICE, CAPABILITIES, "prod", stored=True)
    assert ([DUPLICATE], [("a", "2"), ("b", None)]) == (
        warnings,
        [(each.id.name, each.body.get("data", {}).get("x")) for each in found],
    )


def test_the_same_object_at_two_versions_is_a_duplicate() -> None:
    """An object served at two versions is one object."""
    autoscalers = [document(body("HorizontalPodAutoscaler", api=f"autoscaling/v{each}")) for each in (1, 2)]
    with pytest.raises(ManifestError, match=r"HorizontalPodAutoscaler.autoscaling prod/web is in"):
        resolve(autoscalers, CAPABILITIES, "prod")


def test_a_duplicate_is_seen_through_its_namespace() -> None:
    """One object that names the release's namespace and one that names none are the same."""
    with pytest.raises(ManifestError, match="already"):
        resolve([document(body()), document(body(metadata={"namespace": "prod"}))], CAPABILITIES, "prod")


@pytest.mark.parametrize(
    "other",
    [
        body(name="other"),
        body("Secret"),
        body(metadata={"namespace": "other"}),
        body("ConfigMap", api="example.com/v1"),
    ],
    ids=["name", "kind", "namespace", "group"],
)
def test_objects_differ_by_any_part_of_their_id(other: dict[str, Any]) -> None:
    """Name, kind, group and namespace each make another object."""
    kind = ServedKind(gvk=GroupVersionKind.parse("example.com/v1", "ConfigMap"), plural="configmaps", namespaced=True)
    capabilities = Capabilities(
        kube_version=CAPABILITIES.kube_version,
        api_versions=CAPABILITIES.api_versions,
        kinds={**CAPABILITIES.kinds, kind.gvk: kind},
    )
    assert 2 == len(resolve([document(body()), document(other)], capabilities, "prod")[0])


# Whose kinds.


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ("v1", True),
        ("apps/v1", True),
        ("batch/v1", True),
        ("extensions/v1beta1", True),
        ("networking.k8s.io/v1", True),
        ("rbac.authorization.k8s.io/v1", True),
        ("flowcontrol.apiserver.k8s.io/v1", True),
        ("apiextensions.k8s.io/v1", True),
        ("example.com/v1", False),
        ("gateway.networking.k8s.io/v1", False),
        ("snapshot.storage.k8s.io/v1", False),
        ("cluster.x-k8s.io/v1", False),
        ("cert-manager.io/v1", False),
    ],
)
def test_built_in_kinds_are_known_by_their_group(api: str, expected: bool) -> None:
    """Kubernetes' own groups are built in; projects under ``k8s.io`` that bring CRDs are not."""
    assert expected is is_built_in(GroupVersionKind.parse(api, "Thing"))


@pytest.mark.parametrize("gvk", sorted({gvk.group for gvk in CAPABILITIES.kinds}) or [""])
def test_every_group_of_the_shipped_table_is_built_in(gvk: str) -> None:
    """What a bare API server serves is Kubernetes' own."""
    assert is_built_in(GroupVersionKind(group=gvk, version="v1", kind="Thing"))


# Bodies.

NULLS = {"a": None, "b": {"c": None, "d": 1}, "e": [{"f": None, "g": 2}, None], "h": {"i": None}}


def test_nulls_are_dropped_from_built_in_kinds() -> None:
    """In mappings at any depth, within lists too, a null means "not given"; an item of a list stays."""
    made = prepare_body(body(spec=NULLS), "prod", PATH, built_in=True)
    assert {"b": {"d": 1}, "e": [{"g": 2}, None], "h": {}} == made["spec"]


def test_nulls_are_kept_in_custom_resources() -> None:
    """A null in a custom resource may mean something to its schema."""
    made = prepare_body(body("Widget", api="example.com/v1", spec=NULLS), "prod", PATH, built_in=False)
    assert NULLS == made["spec"]


def test_a_null_in_a_port_is_dropped() -> None:
    """A null in a list item whose key has a default would add an item at every apply."""
    service = body("Service", spec={"ports": [{"port": 80, "protocol": None}]})
    assert [{"port": 80}] == resolved(service).body["spec"]["ports"]


def values() -> st.SearchStrategy[Any]:
    """Return plain data of any shape."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=12,
    )


def nulls_in_mappings(value: Any) -> int:
    """Return how many keys have a null."""
    if isinstance(value, dict):
        return sum((each is None) + nulls_in_mappings(each) for each in value.values())
    return sum(map(nulls_in_mappings, value)) if isinstance(value, list) else 0


@given(values())
def test_no_null_of_a_mapping_is_left(value: Any) -> None:
    """Whatever a built-in object holds, afterwards no key of it is null, and doing it again changes nothing."""
    made = prepare_body(body(spec=value), "prod", PATH, built_in=True)
    assert 0 == nulls_in_mappings(made)
    assert made == prepare_body(made, "prod", PATH, built_in=True)


@given(values())
def test_custom_resources_are_sent_as_they_are(value: Any) -> None:
    """Below ``spec`` nothing of a custom resource changes."""
    given_body = body("Widget", api="example.com/v1", spec=value)
    assert value == prepare_body(given_body, "prod", PATH, built_in=False)["spec"]


@pytest.mark.parametrize("built_in", [True, False], ids=["built in", "custom"])
@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"labels": None, "annotations": None}, {}),
        ({"labels": {"a": None, "b": "c"}}, {"labels": {"b": "c"}}),
        ({"annotations": {"a": None}}, {"annotations": {}}),
        ({"creationTimestamp": None}, {}),
        ({"managedFields": [{}], "resourceVersion": "1", "uid": "x"}, {}),
        ({"finalizers": ["a/b"]}, {"finalizers": ["a/b"]}),
    ],
    ids=["no labels", "null label", "null annotation", "null time", "the server's own", "finalizers"],
)
def test_metadata_is_cleared(metadata: dict[str, Any], expected: dict[str, Any], built_in: bool) -> None:
    """Of metadata, nulls and what only the server may write are not sent, in custom resources neither."""
    made = prepare_body(body(metadata=metadata), "prod", PATH, built_in=built_in)
    assert {"name": "web", "namespace": "prod", **expected} == made["metadata"]


def test_a_status_is_not_sent() -> None:
    """Status is the controllers'."""
    assert "status" not in prepare_body(body(status={"phase": "Active"}), "prod", PATH, built_in=True)


def test_the_document_stays_as_it_was() -> None:
    """Preparing copies; what was parsed does not change."""
    given_body = body("Secret", data=None, stringData={"a": "b"}, metadata={"labels": None}, status={})
    before = repr(given_body)
    prepare_body(given_body, "prod", PATH, built_in=True)
    assert before == repr(given_body)


# Secrets.

SECRETS: dict[str, tuple[dict[str, Any], dict[str, str] | None]] = {
    "text": ({"stringData": {"a": "b"}}, {"a": "Yg=="}),
    "text of other languages": ({"stringData": {"a": "\u00fc\u4e2d"}}, {"a": "w7zkuK0="}),
    "blank text": ({"stringData": {"a": ""}}, {"a": ""}),
    "text over data": ({"data": {"a": "eA==", "c": "eQ=="}, "stringData": {"a": "b"}}, {"a": "Yg==", "c": "eQ=="}),
    "data only": ({"data": {"a": "eA=="}}, {"a": "eA=="}),
    "null data": ({"data": None, "stringData": {"a": "b"}}, {"a": "Yg=="}),
    "nothing": ({}, None),
    "no text": ({"stringData": {}}, None),
    "a null key": ({"data": {"a": None, "b": "eA=="}, "stringData": {"c": None}}, {"b": "eA=="}),
}


@pytest.mark.parametrize("case", SECRETS)
def test_string_data_becomes_data(case: str) -> None:
    """``stringData`` would leave dropped keys behind: it is sent as data, over the data of the same key."""
    fields, expected = SECRETS[case]
    made = secret(**fields)
    assert (expected, False) == (made.get("data"), "stringData" in made)


@given(st.dictionaries(st.from_regex(r"[a-z.]{1,5}", fullmatch=True), st.text()))
def test_every_text_comes_out_of_data_again(texts: dict[str, str]) -> None:
    """Any text is found in data, as UTF-8."""
    made = secret(stringData=texts).get("data", {})
    assert texts == {key: base64.b64decode(each).decode("utf-8") for key, each in made.items()}


@pytest.mark.parametrize("field", ["data", "stringData"])
@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        ("hunter2", "of a Secret is a text, not a mapping", None),
        (["hunter2"], "of a Secret is a list, not a mapping", None),
        ({"pin": 1234567}, ".pin of a Secret is a number, not text", "put it into quotes"),
        ({"pin": True}, ".pin of a Secret is a boolean, not text", "put it into quotes"),
        ({"pin": {"hunter2": "x"}}, ".pin of a Secret is a mapping, not text", None),
    ],
    ids=["text", "list", "number", "boolean", "mapping"],
)
def test_secrets_of_wrong_types_are_named_by_key(field: str, value: Any, message: str, hint: str | None) -> None:
    """What is no text is named by its key, never by its value."""
    with pytest.raises(ManifestError) as caught:
        secret(**{field: value})
    joined = f"{field}{message}" if message.startswith(".") else f"{field} {message}"
    assert f"{PATH}: {joined}" == caught.value.message
    assert hint == caught.value.hint


@pytest.mark.parametrize(
    ("api", "kind"), [("example.com/v1", "Secret"), ("v1", "ConfigMap")], ids=["another group", "another kind"]
)
def test_other_kinds_keep_their_string_data(api: str, kind: str) -> None:
    """Only the core group's Secret is settled."""
    made = prepare_body(body(kind, api=api, stringData={"a": 1}), "prod", PATH, built_in=True)
    assert {"a": 1} == made["stringData"]
