"""Server-side apply to objects of a kind that a CustomResourceDefinition adds: its schema says how managers share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.definitions import CRDS, definition, spec_of
from tests.contract.managing import entries, fields

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

pytestmark = pytest.mark.cluster

ITEM = {"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}, "v": {"type": "integer"}}}
PAIR = {
    "type": "object",
    "required": ["k"],
    "properties": {"k": {"type": "string"}, "d": {"type": "string", "default": "D"}, "v": {"type": "integer"}},
}
MAP = {"type": "array", "x-kubernetes-list-type": "map"}
SCHEMA = spec_of(
    properties={
        "items": {**MAP, "x-kubernetes-list-map-keys": ["k"], "items": ITEM},
        "pairs": {**MAP, "x-kubernetes-list-map-keys": ["k", "d"], "items": PAIR},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "list": {"type": "array", "items": {"type": "string"}},
        "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"x": {"type": "string"}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "any": {"x-kubernetes-preserve-unknown-fields": True},
        "keyed": {
            "type": "object",
            "additionalProperties": {"type": "object", "properties": {"z": {"type": "string"}}},
        },
        "number": {"type": "integer", "default": 3},
        "other": {"type": "string"},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Widgets:
    """The widgets of one namespace."""

    api: Api
    group: str

    def path(self, version: str = "v1", sub: str = "") -> str:
        """Return the path to the widget."""
        return self.api.path(f"{self.group}/{version}", "widgets", "a", sub)

    def apply(self, spec: Any, manager: str = "tester", *, version: str = "v1", sub: str = "", **query: Any) -> Answer:
        """Return the answer to applying a widget."""
        body = {"apiVersion": f"{self.group}/{version}", "kind": "Widget", "metadata": {"name": "a"}, "spec": spec}
        if sub == "status":
            body["status"] = body.pop("spec")
        return self.api.apply(self.path(version, sub), body, manager, **query)

    def applied(self, spec: Any, manager: str = "tester", **query: Any) -> dict[str, Any]:
        """Apply a widget and return it."""
        answer = self.apply(spec, manager, **query)
        assert answer.status in (200, 201), answer.body
        return dict(answer.body)

    def refused(self, spec: Any, manager: str = "tester") -> str:
        """Return why a widget cannot be applied, without how that begins."""
        answer = self.apply(spec, manager)
        assert answer.status >= 400, answer.body
        start = f"failed to create typed patch object (/a; {self.group}/v1, Kind=Widget): "
        return answer.message.removeprefix(start)


@pytest.fixture(scope="module")
def group(server: Api) -> Iterator[str]:
    """Serve widgets of two versions, and return their group."""
    properties = {**SCHEMA["properties"], "status": {"type": "object", "properties": {"ok": {"type": "string"}}}}
    crd = definition({**SCHEMA, "properties": properties}, subresources={"status": {}})
    crd["spec"]["versions"].append({**crd["spec"]["versions"][0], "name": "v2", "storage": False})
    server.post(CRDS, crd).expect(201)
    name = str(crd["spec"]["group"])
    for version in ("v1", "v2"):
        server.eventually(lambda: server.get(f"/apis/{name}/{version}/widgets").status == 200)  # noqa: B023  # at once
    yield name
    server.delete(f"{CRDS}/{crd['metadata']['name']}").expect(200)


@pytest.fixture
def widgets(api: Api, group: str) -> Widgets:
    """Return the widgets of a fresh namespace."""
    return Widgets(api=api, group=group)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"items": [{"k": "a", "v": 1}]}, {"f:items": {'k:{"k":"a"}': {".": {}, "f:k": {}, "f:v": {}}}}),
        ({"pairs": [{"k": "a"}]}, {"f:pairs": {'k:{"d":"D","k":"a"}': {".": {}, "f:k": {}}}}),
        ({"set": ["x"]}, {"f:set": {'v:"x"': {}}}),
        ({"list": ["x"]}, {"f:list": {}}),
        ({"whole": {"x": "1"}}, {"f:whole": {}}),
        ({"free": {"p": {"q": 1}, "l": [1]}}, {"f:free": {"f:p": {".": {}, "f:q": {}}, "f:l": {}}}),
        ({"any": {"p": 1}}, {"f:any": {"f:p": {}}}),
        ({"any": [{"p": 1}]}, {"f:any": {}}),
        ({"keyed": {"l": {"z": "1"}, "e": {}}}, {"f:keyed": {"f:e": {}, "f:l": {".": {}, "f:z": {}}}}),
    ],
    ids=["map", "map of two keys", "set", "list", "atomic", "free", "anything", "any list", "keyed"],
)
def test_the_schema_says_what_is_owned(widgets: Widgets, spec: Any, expected: Any) -> None:
    """Lists and mappings are owned as their schema says; what it leaves open is owned by field, lists there whole."""
    assert {"f:spec": expected} == fields(widgets.applied(spec))


def test_a_posted_widget(widgets: Widgets) -> None:
    """Who creates owns each mapping and list too, the spec among them, and what is there by default."""
    body = {"apiVersion": f"{widgets.group}/v1", "kind": "Widget", "metadata": {"name": "a"}}
    body["spec"] = {"items": [{"k": "a"}], "free": {"p": {"q": 1}}}
    made = widgets.api.post(widgets.api.path(f"{widgets.group}/v1", "widgets"), body, fieldManager="poster").expect(201)
    assert {
        "f:spec": {
            ".": {},
            "f:items": {".": {}, 'k:{"k":"a"}': {".": {}, "f:k": {}}},
            "f:free": {".": {}, "f:p": {".": {}, "f:q": {}}},
            "f:number": {},
        }
    } == fields(made, "poster")


def test_defaults_of_the_schema_have_no_owner(widgets: Widgets) -> None:
    """A default is stored, and free for anyone to apply."""
    made = widgets.applied({"other": "x"})
    assert ({"number": 3, "other": "x"}, {"f:spec": {"f:other": {}}}) == (made["spec"], fields(made))
    assert 4 == widgets.applied({"number": 4}, "other")["spec"]["number"]


def test_managers_share_what_is_left_open(widgets: Widgets) -> None:
    """Fields that no schema knows are shared one by one."""
    widgets.applied({"free": {"p": {"q": 1}, "l": [1]}})
    made = widgets.applied({"free": {"p": {"r": 2}}}, "other")
    assert {"p": {"q": 1, "r": 2}, "l": [1]} == made["spec"]["free"]
    assert ".spec.free.l" in widgets.refused({"free": {"l": [2]}}, "other")
    assert {"p": {"r": 2}} == widgets.applied({"other": "x"})["spec"]["free"]


def test_sets_and_maps_are_shared(widgets: Widgets) -> None:
    """Items of other managers stay when one leaves out its own."""
    widgets.applied({"set": ["x", "y"], "items": [{"k": "a"}, {"k": "b"}]})
    made = widgets.applied({"set": ["z", "y"], "items": [{"k": "c"}]}, "other")
    assert ["x", "z", "y"] == made["spec"]["set"]
    made = widgets.applied({"items": [{"k": "b"}]})
    assert (["z", "y"], ["b", "c"]) == (made["spec"]["set"], [each["k"] for each in made["spec"]["items"]])


def test_another_form_takes_the_place(widgets: Widgets) -> None:
    """A mapping that becomes a list leaves its old owner nothing."""
    widgets.applied({"any": {"p": 1}, "other": "x"})
    made = widgets.applied({"any": ["p"]}, "other")
    assert (["p"], {"f:spec": {"f:other": {}}}) == (made["spec"]["any"], fields(made))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"items": [{"v": 1}]},
            '.spec.items: element 0: associative list with keys has an element that omits all key fields ["k"] '
            "(and doesn't have default values for any key fields)",
        ),
        ({"set": ["x", "x"]}, '.spec.set: duplicate entries for key [="x"]'),
        (
            {"set": [None]},
            ".spec.set: element 0: associative list without keys has an element that's an explicit null",
        ),
        ({"set": [{}]}, ".spec.set: element 0: associative list without keys has an element that's a map type"),
        ({"missing": 1}, ".spec.missing: field not declared in schema"),
        ({"number": "x"}, ".spec.number: expected numeric (int or float), got string"),
        ({"keyed": {"l": 1}}, ".spec.keyed.l: expected map, got &{1}"),
    ],
    ids=["no key", "twice", "null", "mapping", "unknown", "number", "mapping of mappings"],
)
def test_what_does_not_fit_the_schema(widgets: Widgets, spec: Any, said: str) -> None:
    """What cannot be owned by the schema is refused with 500."""
    assert said == widgets.refused(spec)


def test_null_in_a_key_with_a_default(widgets: Widgets) -> None:
    """A null key is not its default when items are told apart."""
    made = widgets.applied({"pairs": [{"k": "a", "d": None}]})
    assert ['k:{"d":null,"k":"a"}'] == list((fields(made) or {})["f:spec"]["f:pairs"])
    assert [{"k": "a", "d": "D"}] == made["spec"]["pairs"]


def test_versions_of_a_widget(widgets: Widgets) -> None:
    """A manager that applies at another version owns what it owned, and its entry names that version then."""
    widgets.applied({"other": "x", "set": ["x"]})
    made = widgets.applied({"other": "x"}, version="v2")
    assert [f"{widgets.group}/v2"] == [each["apiVersion"] for each in entries(made, "tester")]
    assert "set" not in made["spec"]


def test_a_version_of_another_path(widgets: Widgets) -> None:
    """What is applied is of the path's version."""
    body = {"apiVersion": f"{widgets.group}/v2", "kind": "Widget", "metadata": {"name": "a"}}
    answer = widgets.api.apply(widgets.path("v1"), body)
    assert (400, f"invalid object type: {widgets.group}/v2, Kind=Widget") == (answer.status, answer.message)


def test_status_of_a_widget(widgets: Widgets) -> None:
    """A status is applied at its subresource, where nothing can be created."""
    assert 404 == widgets.apply({"ok": "x"}, sub="status").status
    widgets.applied({"other": "x"})
    made = widgets.applied({"ok": "x"}, sub="status")
    assert [None, "status"] == [each.get("subresource") for each in entries(made, "tester")]
    answer = widgets.apply({"ok": "y"}, "other", sub="status")
    said = 'conflict with "tester" with subresource "status": .status.ok'
    assert f"Apply failed with 1 conflict: {said}" == answer.message
