"""Tables: what ``kubectl get`` prints, column by column, as the server works it out."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj


def table(kind: Kind, objects: Sequence[Obj], include: str, metadata: Obj) -> Obj:
    """Return the Table of some objects; ``include`` says what each row holds of its own: None, Metadata or Object."""
    columns = [{"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}]
    rows = [{"cells": [each["metadata"]["name"]], "object": each} for each in objects]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns,
        "rows": rows,
    }
