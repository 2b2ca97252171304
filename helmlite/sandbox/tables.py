"""Tables: what ``kubectl get`` prints, column by column, as the server works it out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from helmlite.sandbox.columns import COLUMNS, DEFAULT, Cell, age, at, since
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj


def table(kind: Kind, objects: Sequence[Obj], include: str, metadata: Obj) -> Obj:
    """Return the Table of some objects; ``include`` says what each row holds of its own: None, Metadata or Object."""
    is_custom = kind.custom is not None
    columns = _custom(kind) if kind.custom else COLUMNS.get(kind.resource, DEFAULT)
    definitions = [
        {
            "name": name.rstrip("*"),
            "type": kind_of,
            "format": "name" if name == "Name" else "",
            "description": "",
            "priority": int(name.endswith("*")),
        }
        for name, kind_of, _ in columns
    ]
    rows = [
        {
            "cells": [_cell(each, kind_of, cell, is_custom=is_custom) for _, kind_of, cell in columns],
            "object": _held(each, include),
        }
        for each in objects
    ]
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


def _cell(obj: Obj, kind_of: str, cell: Cell, *, is_custom: bool) -> Any:
    found = at(obj, cell) if isinstance(cell, str) else cell(obj)
    if found is None and not is_custom:
        return {"integer": 0, "boolean": False, "date": None}.get(kind_of, "")
    return found


def _custom(kind: Kind) -> Sequence[tuple[str, str, Cell]]:
    """Return the columns that a CustomResourceDefinition gives, or the age where it gives none."""
    given = (kind.custom or {}).get("additionalPrinterColumns") or ()
    columns: list[tuple[str, str, Cell]] = [("Name", "string", ".metadata.name")]
    for each in given:
        path = re.sub(r"\['([^']*)'\]", lambda match: "." + match[1].replace(".", r"\."), str(each["jsonPath"]))
        name = f"{each['name']}*" if each.get("priority") else str(each["name"])
        # the age of what a date column names is shown, as for built-in kinds
        cell: Cell = (lambda obj, path=path: since(at(obj, path))) if each["type"] == "date" else path
        columns.append((name, str(each["type"]), cell))
    return columns if given else [*columns, ("Age", "date", age)]
