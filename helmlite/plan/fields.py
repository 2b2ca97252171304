"""Managed fields: which fields of a live object are ours, and how they come under server-side apply.

The format is that of Kubernetes' ``FieldsV1``: ``f:name`` a field, ``k:{...}`` a list item by its keys, ``v:...`` an
item of a set, ``.`` the object itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MANAGER = "helm"
"""The field manager of Helm, and ours."""

FieldSet = Mapping[str, Any]


def owned_fields(live: Mapping[str, Any]) -> FieldSet | None:
    """Return the fields that manager ``helm`` owns by Apply or Update, None when it owns none."""
    merged: FieldSet | None = None
    for each in _ours(live):
        fields = _fields(each)
        merged = fields if merged is None else union(merged, fields)
    return merged


def take_over_patch(live: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    """Return ``managedFields`` in which all that ``helm`` wrote by Update is applied; None when it wrote nothing so.

    Of several entries the result has one: the server keeps only the last of two that bear the same name, and would
    leave the other's fields behind for good.
    """
    ours = list(_ours(live))
    if not any(each.get("operation") == "Update" for each in ours):
        return None
    merged: FieldSet = {}
    for each in ours:
        merged = union(merged, _fields(each))
    newest = max(ours, key=lambda each: str(each.get("time", "")))
    entry = {**newest, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": merged}
    versions = {str(each.get("apiVersion", "")) for each in ours}
    # fields are named as that version names them; where there are several, the live one is as good as any
    entry["apiVersion"] = versions.pop() if len(versions) == 1 else str(live.get("apiVersion", ""))
    return [entry, *(each for each in _entries(live) if not any(each is mine for mine in ours))]


def union(first: FieldSet, second: FieldSet) -> FieldSet:
    """Return the fields that are in either set."""
    merged: dict[str, Any] = dict(first)
    for key, below in second.items():
        known = merged.get(key)
        merged[key] = union(known, below) if isinstance(known, Mapping) and isinstance(below, Mapping) else below
    return merged


def _entries(live: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    metadata = live.get("metadata")
    entries = metadata.get("managedFields") if isinstance(metadata, Mapping) else None
    return [each for each in entries if isinstance(each, Mapping)] if isinstance(entries, list) else []


def _ours(live: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Yield our entries of the object itself; those of a subresource (status, scale) are another matter."""
    for each in _entries(live):
        if each.get("manager") == MANAGER and not each.get("subresource"):
            yield each


def _fields(entry: Mapping[str, Any]) -> FieldSet:
    fields = entry.get("fieldsV1")
    return fields if isinstance(fields, Mapping) else {}
