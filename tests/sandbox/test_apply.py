"""Server-side apply as a function; what it does to objects is stated in the contract."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from helmlite.sandbox import apply
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.recorded import registry
from helmlite.sandbox.status import StatusError

REGISTRY = registry()
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"


def of(kind: str, version: str = "v1") -> Kind:
    """Return a built-in kind."""
    found = REGISTRY.of(version, kind)
    assert found is not None
    return found


def config_map(data: Any = None, **metadata: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", **metadata}, "data": data}


def applied(live: Any, config: Any, manager: str = "m", *, force: bool = False, time: str = LATE) -> Any:
    """Return what applying makes of an object."""
    kind = of("ConfigMap")
    return apply.applied(kind, live, config, field_manager=manager, force=force, subresource="", time=time)


def updated(old: Any, new: Any, manager: str = "m", *, kind: str = "ConfigMap", sub: str = "", time: str = LATE) -> Any:
    """Return the managed fields after an update."""
    version = "apps/v1" if kind == "Deployment" else "v1"
    return apply.updated(of(kind, version), old, new, field_manager=manager, subresource=sub, time=time)


def test_nothing_given_is_changed() -> None:
    """Neither the live object nor the configuration is changed."""
    live, config = applied(None, config_map({"a": "1"})), config_map({"a": "2", "b": None})
    before = copy.deepcopy((live, config))
    applied(live, config)
    assert before == (live, config)


def test_the_same_again_keeps_the_time() -> None:
    """An entry keeps its time while nothing changes."""
    live = applied(None, config_map({"a": "1"}), time=EARLY)
    assert live == applied(live, config_map({"a": "1"}), time=LATE)


def test_a_change_takes_the_time() -> None:
    """An entry takes the time of the last change."""
    live = applied(None, config_map({"a": "1"}), time=EARLY)
    (entry,) = applied(live, config_map({"a": "2"}))["metadata"]["managedFields"]
    assert LATE == entry["time"]


def test_entries_stand_by_time() -> None:
    """Of those who update the earlier stands first."""
    old = config_map({"a": "1"})
    old["metadata"]["managedFields"] = updated(None, old, "z", time=EARLY)
    new = config_map({"a": "1", "b": "2"})
    assert [("z", EARLY), ("a", LATE)] == [(each["manager"], each["time"]) for each in updated(old, new, "a")]


@pytest.mark.parametrize("metadata", [None, {}], ids=["null", "empty"])
def test_a_configuration_without_metadata(metadata: Any) -> None:
    """Metadata may be missing."""
    made = applied(None, {**config_map({"a": "1"}), "metadata": metadata})
    assert [{"f:data": {"f:a": {}}}] == [each["fieldsV1"] for each in made["metadata"]["managedFields"]]


@pytest.mark.parametrize(
    "metadata", [[], "x", {"labels": []}, {"finalizers": [{}]}, {"ownerReferences": ["x"]}], ids=str
)
def test_a_configuration_of_odd_metadata(metadata: Any) -> None:
    """Metadata that does not fit is refused."""
    with pytest.raises(StatusError) as caught:
        applied(None, {**config_map(), "metadata": metadata})
    assert 500 == caught.value.code


@pytest.mark.parametrize(
    "entries",
    [
        None,
        "x",
        [1],
        [{"manager": "x"}],
        [{"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": 1}],
    ],
    ids=["null", "text", "number", "no operation", "no fields"],
)
def test_odd_managed_fields_are_passed_over(entries: Any) -> None:
    """Managed fields that cannot be read are those from before."""
    old = config_map({"a": "1"})
    old["metadata"]["managedFields"] = updated(None, old)
    assert old["metadata"]["managedFields"] == updated(old, config_map({"a": "1"}, managedFields=entries))


def test_a_scale_to_nothing_has_no_owner() -> None:
    """A Scale leaves out 0, so replicas that become 0 are nobody's."""
    old: dict[str, Any] = {"metadata": {"name": "a"}, "spec": {"replicas": 1}}
    old["metadata"]["managedFields"] = updated(None, old, kind="Deployment")
    new = {"metadata": {"name": "a"}, "spec": {"replicas": 0}}
    assert [] == updated(old, new, "scaler", kind="Deployment", sub="scale")


LAST = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1"}}'


def taken_over(text: str) -> Any:
    """Return what kubectl makes of an object whose annotation holds a configuration."""
    old = config_map({"a": "1"}, annotations={apply.LAST_APPLIED: text})
    old["metadata"]["managedFields"] = updated(None, old, "kubectl-client-side-apply")
    return applied(old, config_map({"a": "2"}), "kubectl")


def test_the_last_applied_configuration() -> None:
    """It frees kubectl from conflicts about what it holds as it still is."""
    assert {"a": "2"} == taken_over(LAST)["data"]


@pytest.mark.parametrize(
    "text",
    [LAST.replace('"1"', '"0"'), LAST.replace("v1", "v2"), LAST.replace('{"a":"1"}', '["a"]'), "[]", "{"],
    ids=["changed", "version", "misfit", "list", "cut off"],
)
def test_another_last_applied_configuration(text: str) -> None:
    """What it holds otherwise, or not readably, is a conflict."""
    with pytest.raises(StatusError) as caught:
        taken_over(text)
    assert 409 == caught.value.code
