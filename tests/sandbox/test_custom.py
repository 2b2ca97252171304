"""CustomResourceDefinitions: what they get, the kinds that they add, and which names are free."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from helmlite.sandbox import custom
from helmlite.sandbox.objects import Obj
from tests.contract.definitions import SIZED, definition, spec_of

NOW = "2026-01-01T00:00:00Z"
GROUP = "example.com"


def made(plural: str = "widgets", schema: Any = SIZED, *, name: str = "Widget", **version: Any) -> Obj:
    """Return a definition with its defaults."""
    crd = definition(schema, plural=plural, group=GROUP, **version)
    crd["spec"]["names"]["kind"] = name
    custom.default_crd(crd)
    return crd


def states(crd: Obj) -> dict[str, str]:
    """Return the reason of each condition."""
    return {each["type"]: each["reason"] for each in crd["status"]["conditions"]}


@pytest.mark.parametrize("crd", [{}, {"spec": {}}, {"spec": {"names": {}, "versions": []}}, {"status": None}], ids=str)
def test_defaults_of_little(crd: Obj) -> None:
    """What has hardly anything gets what there is to get."""
    custom.default_crd(crd)
    assert {"strategy": "None"} == crd["spec"]["conversion"]
    assert [] == crd["status"]["storedVersions"]


def test_stored_versions_stay() -> None:
    """A version in which objects were once stored is not forgotten."""
    crd = made()
    crd["spec"]["versions"][0]["name"] = "v2"
    custom.default_crd(crd)
    custom.default_crd(crd)
    assert ["v1", "v2"] == crd["status"]["storedVersions"]


def test_the_best_version_first() -> None:
    """Stable versions stand before betas and alphas, other names last, greater numbers first."""
    crd = made()
    names = ["other", "v1alpha1", "v2beta1", "v2beta10", "v10", "v2"]
    crd["spec"]["versions"] += [{**crd["spec"]["versions"][0], "name": each} for each in names]
    expected = ["v10", "v2", "v1", "v2beta10", "v2beta1", "v1alpha1", "other"]
    assert expected == [each.version for each in custom.kinds_of(crd)]


def test_unserved_versions() -> None:
    """A version that is not served adds no kind."""
    assert [] == custom.kinds_of(made(served=False))


def test_a_kind() -> None:
    """A kind has the definition's names, scope and subresources."""
    crd = made(subresources={"status": {}, "scale": {"specReplicasPath": ".spec.a", "statusReplicasPath": ".status.a"}})
    crd["spec"]["names"]["shortNames"] = ["wd"]
    (kind,) = custom.kinds_of(crd)
    assert ("widgets.example.com", "example.com/v1", "WidgetList") == (kind.resource, kind.api_version, kind.list_kind)
    assert (True, ["wd"], {"status", "scale"}) == (kind.namespaced, kind.short_names, set(kind.subresources))


def test_what_a_deprecated_version_says() -> None:
    """A deprecated version's warning names the best one that is not, unless the definition has its own words."""
    crd = made(name="Widget", deprecated=True)
    other = {key: value for key, value in crd["spec"]["versions"][0].items() if key != "deprecated"}
    crd["spec"]["versions"] += [{**other, "name": "v2"}, {**other, "name": "v3", "deprecationWarning": "own words"}]
    said = {each.version: (each.custom or {})["deprecationWarning"] for each in custom.kinds_of(crd)}
    assert "example.com/v1 Widget is deprecated; use example.com/v3 Widget" == said["v1"]
    assert "own words" == said["v3"]


def test_metadata_are_no_matter_of_the_schema() -> None:
    """Metadata are checked elsewhere, even where a schema names them."""
    schema = {**SIZED, "properties": {**SIZED["properties"], "metadata": {"type": "object"}}}
    (kind,) = custom.kinds_of(made(schema=schema))
    assert kind.node.field("metadata") is not None
    assert [] == custom.causes(kind, {"metadata": {"name": "a", "labels": {"k": "v"}}, "spec": {"size": 1}}, None)


def test_causes() -> None:
    """What the schema finds is told of by field."""
    (kind,) = custom.kinds_of(made(schema=spec_of(properties={"size": {"type": "integer", "minimum": 1}})))
    body: Obj = {"metadata": {"name": "a"}, "spec": {"size": 0}}
    assert ["spec.size"] == [each.field for each in custom.causes(kind, body, None)]
    assert [] == custom.causes(kind, body, copy.deepcopy(body))


def test_free_names_are_accepted() -> None:
    """A definition whose names are free is established."""
    crd = custom.establish(made(), [], NOW)
    assert {"NamesAccepted": "NoConflicts", "Established": "InitialNamesAccepted"} == states(crd)
    assert {NOW} == {each["lastTransitionTime"] for each in crd["status"]["conditions"]}


def test_nothing_changes_twice() -> None:
    """A definition that has its status keeps it, times included."""
    crd = custom.establish(made(), [], NOW)
    assert crd == custom.establish(crd, [crd], "2027-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("names", "reason", "message"),
    [
        ({"shortNames": ["wd", "x"]}, "ShortNamesConflict", '"wd" is already in use'),
        ({"shortNames": ["widgets"]}, "ShortNamesConflict", '"widgets" is already in use'),
        ({"singular": "wd"}, "SingularConflict", '"wd" is already in use'),
        ({"kind": "WidgetList"}, "KindConflict", '"WidgetList" is already in use'),
        ({"listKind": "WidgetList"}, "ListKindConflict", '"WidgetList" is already in use'),
        ({"categories": ["wd"]}, "NoConflicts", "no conflicts found"),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, dict) else "",
)
def test_taken_names(names: dict[str, Any], reason: str, message: str) -> None:
    """A definition is not accepted while another of its group has one of its names."""
    first = made()
    first["spec"]["names"]["shortNames"] = ["wd"]
    second = made("gadgets", name="Gadget")
    second["spec"]["names"] |= names
    found = custom.establish(second, [custom.establish(first, [], NOW)], NOW)["status"]["conditions"][0]
    assert (reason, message) == (found["reason"], found["message"])


def test_other_groups_take_no_names() -> None:
    """Names are free in each group."""
    first = custom.establish(made(), [], NOW)
    second = made()
    second["metadata"]["name"], second["spec"]["group"] = "widgets.other.example", "other.example"
    assert "NoConflicts" == states(custom.establish(second, [first], NOW))["NamesAccepted"]


def test_what_is_established_stays() -> None:
    """A definition that is established stays so when a new name of it is taken."""
    first = custom.establish(made("gadgets", name="Gadget"), [], NOW)
    second = custom.establish(made(), [first], NOW)
    second["spec"]["names"]["shortNames"] = ["gadget"]
    found = states(custom.establish(second, [first, second], NOW))
    assert {"NamesAccepted": "ShortNamesConflict", "Established": "InitialNamesAccepted"} == found


def test_an_end_is_told() -> None:
    """A definition that is being deleted says so, and its kinds know."""
    crd = custom.establish(made(), [], NOW)
    crd["metadata"]["deletionTimestamp"] = NOW
    assert "InstanceDeletionInProgress" == states(custom.establish(crd, [crd], NOW))["Terminating"]
    assert [True] == [(each.custom or {})["isLeaving"] for each in custom.kinds_of(crd)]
