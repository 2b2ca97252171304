"""Tables: what ``kubectl get`` prints, column by column, as the server works it out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from helmlite.sandbox.columns import Column, age, at, columns_of, since
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj


def table(kind: Kind, objects: Sequence[Obj], include: str, metadata: Obj) -> Obj:
    """Return the Table of some objects; ``include`` says what each row holds of its own: None, Metadata or Object."""
    columns = _custom(kind) if kind.custom else columns_of(kind.resource)
    definitions = [
        {
            "name": each.name,
            "type": each.type,
            "format": "name" if each.name == "Name" else "",
            "description": "",
            "priority": int(each.is_wide),
        }
        for each in columns
    ]
    rows = [{"cells": [each.cell(obj) for each in columns], "object": _held(obj, include)} for obj in objects]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions,
        "rows": rows,
    }


def _held(obj: Obj, include: str) -> Obj | None:
    if include == "None":
        return None
    meta = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
    return obj if include == "Object" else meta


def _custom(kind: Kind) -> Sequence[Column]:
    """Return the columns that a CustomResourceDefinition gives, or the age where it gives none."""
    given = (kind.custom or {}).get("additionalPrinterColumns") or ()
    name = Column(name="Name", type="string", is_wide=False, cell=lambda obj: obj["metadata"]["name"])
    if not given:
        return [name, Column(name="Age", type="date", is_wide=False, cell=age)]
    return [name, *map(_custom_column, given)]


def _custom_column(given: Obj) -> Column:
    kind_of, path = str(given["type"]), str(given["jsonPath"])
    return Column(
        name=str(given["name"]),
        type=kind_of,
        is_wide=bool(given.get("priority")),
        cell=lambda obj: _shown(kind_of, at(obj, path)),
    )


def _shown(kind_of: str, value: Any) -> Any:
    """Return what a custom column shows of a value: text in one of strings, how long ago in one of dates."""
    if value is None:
        return None
    if kind_of == "string":
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if kind_of == "date":
        return since(value) or "<invalid>"
    if kind_of == "boolean" or isinstance(value, bool):
        return value if isinstance(value, bool) and kind_of == "boolean" else None
    return value if isinstance(value, int | float) else None
