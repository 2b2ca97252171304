"""Server-side apply in lists: items that managers share by their keys, sets, and lists of one owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.managing import (
    applied,
    config_map,
    containers,
    deployment,
    fields,
    of_container,
    path_to,
    refused,
    service,
)

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster


def test_items_are_owned_by_key(api: Api) -> None:
    """Containers are told apart by name, ports by number and protocol, which is TCP where nothing is said."""
    port = {"containerPort": 80}
    made = applied(api, deployment({"name": "c", "image": "x", "ports": [port], "env": [{"name": "E", "value": "v"}]}))
    assert {
        ".": {},
        "f:name": {},
        "f:image": {},
        "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
        "f:env": {'k:{"name":"E"}': {".": {}, "f:name": {}, "f:value": {}}},
    } == of_container(fields(made))


def test_a_conflict_in_a_list_is_named_by_keys(api: Api) -> None:
    """The path to a field of an item holds the item's keys."""
    port = {"containerPort": 80, "name": "a"}
    applied(api, deployment({"name": "c", "image": "x", "ports": [port]}))
    other = deployment({"name": "c", "image": "x", "ports": [{**port, "name": "b"}]})
    place = '.spec.template.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].name'
    assert {(place, "FieldManagerConflict")} == refused(api, other, "other").causes


def test_managers_add_items_side_by_side(api: Api) -> None:
    """Each manager has items of its own in one list; new ones stand after those that were there."""
    applied(api, deployment({"name": "c", "image": "x"}))
    made = applied(api, deployment({"name": "d", "image": "y"}), "other")
    assert ["c", "d"] == [each["name"] for each in containers(made)]


def test_items_that_are_no_longer_applied_go(api: Api) -> None:
    """An item goes with all its defaults when its only owner leaves it out."""
    applied(api, deployment({"name": "c", "image": "x"}, {"name": "d", "image": "y"}))
    assert ["d"] == [each["name"] for each in containers(applied(api, deployment({"name": "d", "image": "y"})))]


def test_an_item_of_two_managers_stays_in_part(api: Api) -> None:
    """Of an item that another owns too only the fields go that nobody else owns; defaults stay."""
    limits = {"limits": {"cpu": "1", "memory": "1Gi"}}
    applied(api, deployment({"name": "c", "image": "x", "resources": limits, "args": ["a"]}))
    applied(api, deployment({"name": "c", "image": "x", "resources": {"limits": {"cpu": "1"}}}), "other")
    first, second = containers(applied(api, deployment({"name": "d", "image": "y"})))
    assert ("c", {"limits": {"cpu": "1"}}, None) == (first["name"], first["resources"], first.get("args"))
    assert ("File", "d") == (first["terminationMessagePolicy"], second["name"])


@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [
        ("abc", "cab", "cab"),
        ("abc", "xabc", "xabc"),
        ("abc", "axbc", "axbc"),
        ("abc", "xb", "xb"),
    ],
    ids=["turned", "first", "between", "less"],
)
def test_items_stand_as_applied(api: Api, there: str, wanted: str, expected: str) -> None:
    """Items of one owner stand in the order in which they were applied last."""
    applied(api, deployment(*({"name": each, "image": "x"} for each in there)))
    made = applied(api, deployment(*({"name": each, "image": "x"} for each in wanted)))
    assert expected == "".join(each["name"] for each in containers(made))


@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [("abc", "xb", "axbc"), ("abc", "bx", "abcx"), ("abc", "cx", "abcx"), ("abc", "cxa", "bcxa"), ("ab", "xy", "abxy")],
    ids=["before", "after", "last", "turned", "apart"],
)
def test_others_items_keep_their_place(api: Api, there: str, wanted: str, expected: str) -> None:
    """Among another manager's items, those of both stand as applied last, and new ones by them."""
    applied(api, deployment(*({"name": each, "image": "x"} for each in there)))
    made = applied(api, deployment(*({"name": each, "image": "x"} for each in wanted)), "other")
    assert expected == "".join(each["name"] for each in containers(made))


@pytest.mark.parametrize(
    ("container", "said"),
    [
        ([{"name": "c"}, {"name": "c"}], '.spec.template.spec.containers: duplicate entries for key [name="c"]'),
        (
            [{"name": "c", "ports": [{"containerPort": 1}, {"containerPort": 1, "protocol": "TCP"}]}],
            '.spec.template.spec.containers[name="c"].ports: '
            'duplicate entries for key [containerPort=1,protocol="TCP"]',
        ),
        (
            ["c"],
            ".spec.template.spec.containers: element 0: associative list with keys may not have non-map elements",
        ),
        (
            [None],
            ".spec.template.spec.containers: element 0: associative list with keys may not have a null element",
        ),
    ],
    ids=["twice", "twice by default", "text", "null"],
)
def test_items_that_cannot_be_told_apart(api: Api, container: Any, said: str) -> None:
    """A list with two items of the same keys, or with what has no keys, is refused with 500."""
    answer = refused(api, deployment(*container))
    assert 500 == answer.status
    assert f"failed to create typed patch object (/a; apps/v1, Kind=Deployment): {said}" == answer.message


def test_a_missing_name_is_found_later(api: Api) -> None:
    """A key that may be empty by its schema may be missing: then validation refuses the item."""
    assert {("spec.template.spec.containers[0].name", "FieldValueRequired")} == refused(
        api, deployment({"image": "x"})
    ).causes


def test_a_null_key_adds_an_item_each_time(api: Api) -> None:
    """With `protocol: null` the item is none of those that are there, though it becomes one of them."""
    body = deployment({"name": "c", "image": "x", "ports": [{"containerPort": 1, "protocol": None}]})
    made = applied(api, body)
    (step,) = of_container(fields(made))["f:ports"]
    assert 'k:{"containerPort":1,"protocol":null}' == step
    port = {"containerPort": 1, "protocol": "TCP"}
    assert ([port], [port, port]) == (containers(made)[0]["ports"], containers(applied(api, body))[0]["ports"])


def test_finalizers_are_a_set(api: Api) -> None:
    """Managers own their finalizers value by value."""
    applied(api, config_map(finalizers=["example.com/a"]))
    made = applied(api, config_map(finalizers=["example.com/b"]), "other")
    left = applied(api, config_map())
    api.patch(path_to(api, left), {"metadata": {"finalizers": None}}).expect(200)
    assert {"f:metadata": {"f:finalizers": {'v:"example.com/b"': {}}}} == fields(made, "other")
    assert ["example.com/a", "example.com/b"] == made["metadata"]["finalizers"]
    assert ["example.com/b"] == left["metadata"]["finalizers"]


def test_lists_of_text_have_one_owner(api: Api) -> None:
    """Arguments are owned and replaced as a whole."""
    made = applied(api, deployment({"name": "c", "image": "x", "args": ["a", "b"]}))
    assert {} == of_container(fields(made))["f:args"]
    other = deployment({"name": "c", "image": "x", "args": ["a"]})
    assert {('.spec.template.spec.containers[name="c"].args', "FieldManagerConflict")} == refused(
        api, other, "other"
    ).causes
    assert ["a"] == containers(applied(api, other, "other", force=True))[0]["args"]


def test_selectors_have_one_owner(api: Api) -> None:
    """A selector is owned as a whole, though it is a mapping."""
    made = applied(api, service({"port": 80}))
    assert {} == (fields(made) or {})["f:spec"]["f:selector"]
    other = service({"port": 80}, selector={"app": "a", "more": "b"})
    assert {(".spec.selector", "FieldManagerConflict")} == refused(api, other, "other").causes


def test_a_port_of_another_number_is_another(api: Api) -> None:
    """A Service's port whose number changes is replaced, without what the old one had by default."""
    applied(api, service({"port": 80, "name": "a"}))
    (port,) = applied(api, service({"port": 81, "name": "a"}))["spec"]["ports"]
    assert {"port": 81, "name": "a", "protocol": "TCP", "targetPort": 81} == port
