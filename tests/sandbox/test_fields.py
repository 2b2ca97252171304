"""Sets of fields; what managers do with them is stated in the contract."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox import fields
from helmlite.sandbox.schema import Node

TEXT = {"type": "string"}
ITEM = {"type": "object", "properties": {"name": {**TEXT, "default": ""}, "image": TEXT}}
NODE = Node(
    {
        "type": "object",
        "required": ["size"],
        "properties": {
            "size": {"type": "integer"},
            "struct": {"type": "object", "properties": {"a": TEXT}, "default": {}},
            "pointer": {"type": "object", "properties": {"a": TEXT}},
            "labels": {"type": "object", "additionalProperties": TEXT},
            "items": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
                "items": ITEM,
            },
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
        },
    }
)
BOTH: dict[str, Any] = {".": {}, "f:x": {}}


@pytest.mark.parametrize(
    ("left", "right", "union", "difference", "intersection"),
    [
        ({"f:a": {}}, {"f:b": {}}, {"f:a": {}, "f:b": {}}, {"f:a": {}}, {}),
        ({"f:a": {}}, {"f:a": {}}, {"f:a": {}}, {}, {"f:a": {}}),
        ({"f:a": {}}, {"f:a": {"f:x": {}}}, {"f:a": BOTH}, {"f:a": {}}, {}),
        ({"f:a": {"f:x": {}}}, {"f:a": {}}, {"f:a": BOTH}, {"f:a": {"f:x": {}}}, {}),
        ({"f:a": BOTH}, {"f:a": {}}, {"f:a": BOTH}, {"f:a": {"f:x": {}}}, {"f:a": {}}),
        ({"f:a": BOTH}, {"f:a": {"f:x": {}}}, {"f:a": BOTH}, {"f:a": {}}, {"f:a": {"f:x": {}}}),
        ({"f:a": BOTH}, {}, {"f:a": BOTH}, {"f:a": BOTH}, {}),
    ],
    ids=["apart", "same", "above", "below", "whole and above", "whole and below", "nothing"],
)
def test_sets_are_combined(left: Any, right: Any, union: Any, difference: Any, intersection: Any) -> None:
    """A place and what is below it are members each by itself."""
    found = (fields.union(left, right), fields.difference(left, right), fields.intersection(left, right))
    assert (union, difference, intersection) == found


@pytest.mark.parametrize(
    "value",
    [None, [], {"x": {}}, {".": {}}, {"f:a": None}, {"f:a": {"k": {}}}],
    ids=["null", "list", "no step", "root", "no tree", "no step below"],
)
def test_what_is_no_set(value: Any) -> None:
    """What others bring may be no set."""
    assert not fields.is_valid(value)


def test_what_is_a_set() -> None:
    """A set has steps of four kinds."""
    assert fields.is_valid({"f:a": {".": {}, 'k:{"a":1}': {}, 'v:"x"': {}, "i:0": {}}})


def test_paths() -> None:
    """Members are named by paths, those above first."""
    tree = {"f:a": {".": {}, 'k:{"name":"x","port":1}': {"f:b": {}}}, "f:s": {'v:"x"': {}}}
    assert [".a", '.a[name="x",port=1].b', '.s[="x"]'] == list(fields.paths(tree))


def test_owned() -> None:
    """Who applies owns values, items and empty mappings, but no empty list."""
    value = {"size": 1, "struct": {"a": "x"}, "labels": {}, "items": [{"image": "x"}], "set": []}
    expected: fields.Fields = {"f:size": {}, "f:struct": {"f:a": {}}, "f:labels": {}}
    assert {**expected, "f:items": {'k:{"name":""}': {".": {}, "f:image": {}}}} == fields.owned(NODE, value)


def test_nothing_is_owned_of_empty_lists() -> None:
    """A mapping of empty lists alone is nothing."""
    assert fields.owned(NODE, {"items": []}) is None


@pytest.mark.parametrize(
    ("is_custom", "expected"),
    [
        (False, {"f:struct": {"f:a": {}}, "f:pointer": {".": {}, "f:a": {}}}),
        (True, {"f:size": {}, "f:struct": {".": {}, "f:a": {}}, "f:pointer": {".": {}, "f:a": {}}}),
    ],
    ids=["built-in", "custom"],
)
def test_what_is_new(is_custom: bool, expected: Any) -> None:
    """Structs and required values that a built-in kind has anyway are no news."""
    new = {"size": 0, "struct": {"a": "x"}, "pointer": {"a": "x"}}
    assert (expected, {}) == fields.compare(NODE, {}, new, is_custom=is_custom)


def test_what_changed() -> None:
    """Added and changed places come apart from those that are gone, mappings that go too."""
    old = {"size": 1, "labels": {"a": "1"}, "items": [{"name": "x"}], "set": ["p", "q"]}
    new = {"size": 2, "items": [{"name": "x", "image": "i"}], "set": ["q", "r"]}
    changed = {"f:size": {}, "f:items": {'k:{"name":"x"}': {"f:image": {}}}, "f:set": {'v:"r"': {}}}
    removed: fields.Fields = {"f:labels": {".": {}, "f:a": {}}, "f:set": {'v:"p"': {}}}
    assert (changed, removed) == fields.compare(NODE, old, new, is_custom=True)


def test_merging_keeps_both() -> None:
    """Merging changes neither of the two."""
    live, config = {"labels": {"a": "1"}, "size": 1}, {"labels": {"b": "2"}, "size": None}
    assert {"labels": {"a": "1", "b": "2"}, "size": None} == fields.merge(NODE, live, config)
    assert ({"a": "1"}, {"b": "2"}) == (live["labels"], config["labels"])


def test_duplicates_in_the_live_object() -> None:
    """Items that are there twice stay unless they are applied, which leaves one."""
    live = {"items": [{"name": "x"}, {"name": "x"}, {"name": "y"}, {"name": "y"}]}
    merged = fields.merge(NODE, live, {"items": [{"name": "y", "image": "i"}]})
    assert [("x", None), ("x", None), ("y", "i")] == [(each["name"], each.get("image")) for each in merged["items"]]


def test_named_fields_on_the_way() -> None:
    """Fields that the schema names become members where something below them is; free keys do not."""
    tree = {"f:struct": {"f:a": {}}, "f:labels": {"f:b": {}}, "f:unknown": {"f:c": {"f:d": {}}}}
    expected = {"f:struct": {".": {}, "f:a": {}}, "f:labels": {".": {}, "f:b": {}}, "f:unknown": {"f:c": {"f:d": {}}}}
    assert expected == fields.with_structs(NODE, tree)


def test_taking_away() -> None:
    """Members go with all that is below; of a mapping or list left empty a null stays."""
    value = {"size": 1, "struct": {"a": "x"}, "items": [{"name": "x"}, {"name": "y"}], "set": ["p"]}
    gone: fields.Fields = {
        "f:size": {},
        "f:struct": {"f:a": {}},
        "f:items": {'k:{"name":"x"}': {}},
        "f:set": {'v:"p"': {}},
    }
    assert {"struct": None, "items": [{"name": "y"}], "set": None} == fields.without(NODE, value, gone)
