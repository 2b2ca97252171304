"""Managed fields: ours, and how they are taken over."""

from __future__ import annotations

from typing import Any

from helmlite.plan.fields import owned_fields, take_over_patch, union


def entry(operation: str, fields: dict[str, Any], *, manager: str = "helm", **more: Any) -> dict[str, Any]:
    """Return one entry of managedFields."""
    made = {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1"}
    return {**made, "time": "2026-01-01T00:00:00Z", "fieldsV1": fields, **more}


def live(*entries: dict[str, Any]) -> dict[str, Any]:
    """Return an object with these managed fields."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "managedFields": list(entries)}}


def test_fields_of_both_operations_are_ours() -> None:
    """What helm wrote by Apply and by Update counts as owned."""
    body = live(entry("Apply", {"f:data": {"f:a": {}}}), entry("Update", {"f:data": {"f:b": {}}}))
    assert {"f:data": {"f:a": {}, "f:b": {}}} == owned_fields(body)


def test_other_managers_and_subresources_are_not_ours() -> None:
    """Fields of another manager, or of a subresource, are not ours."""
    body = live(
        entry("Apply", {"f:data": {}}, manager="kubectl"), entry("Update", {"f:status": {}}, subresource="status")
    )
    assert owned_fields(body) is None


def test_nothing_to_take_over_after_server_side_apply() -> None:
    """An object that helm only applied needs no take-over."""
    assert take_over_patch(live(entry("Apply", {"f:data": {}}))) is None


def test_take_over_makes_one_entry_of_both() -> None:
    """The Update entry is merged into the Apply entry, and entries of others stay as they are."""
    other = entry("Update", {"f:status": {}}, manager="kube-controller-manager", subresource="status")
    body = live(
        entry("Update", {"f:data": {"f:b": {}}}, time="2026-01-02T00:00:00Z"),
        other,
        entry("Apply", {"f:data": {"f:a": {}}}),
    )
    patched = take_over_patch(body)
    assert patched is not None
    assert [
        ("helm", "Apply", {"f:data": {"f:b": {}, "f:a": {}}}),
        ("kube-controller-manager", "Update", {"f:status": {}}),
    ] == [(each["manager"], each["operation"], each["fieldsV1"]) for each in patched]


def test_take_over_without_an_apply_entry_turns_the_update_entry() -> None:
    """Where only Update entries are, the result is one Apply entry with the same fields."""
    patched = take_over_patch(live(entry("Update", {"f:data": {"f:b": {}}})))
    assert patched is not None
    assert [("Apply", {"f:data": {"f:b": {}}})] == [(each["operation"], each["fieldsV1"]) for each in patched]


def test_union_keeps_nested_fields() -> None:
    """A union goes down into fields that both sets have."""
    assert {"f:a": {"f:x": {}, "f:y": {}}, "f:b": {}} == union({"f:a": {"f:x": {}}}, {"f:a": {"f:y": {}}, "f:b": {}})


def test_malformed_managed_fields_are_nobodys() -> None:
    """Managed fields of a wrong shape are ignored rather than trusted."""
    for broken in (None, "x", [None], [{"manager": "helm", "operation": "Apply", "fieldsV1": "x"}]):
        body = {"metadata": {"managedFields": broken}}
        assert not owned_fields(body)
