"""Plain objects: what every part of the server asks of one, and how names are made up."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Obj: TypeAlias = dict[str, Any]
"""A Kubernetes object as JSON has it. What the store hands out is shared: copy it (``copy.deepcopy``) to change it."""

LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""Of which names are made up, as Kubernetes does: no vowels, so no words."""


def made_up(start: str) -> str:
    """Return a name that begins so, cut to what a name may hold."""
    return start[:58] + "".join(secrets.choice(LETTERS) for _ in range(5))


def mapping(value: Any) -> dict[str, Any]:
    """Return a value that is a mapping, an empty one for any other."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings in a value that is a list, none for any other."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def meta(obj: Mapping[str, Any]) -> Any:
    """Return the object's metadata."""
    return obj["metadata"]


def labels_of(obj: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the object's labels, empty where it has none."""
    return obj["metadata"].get("labels") or {}


def annotations_of(obj: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the object's annotations, empty where it has none."""
    return obj["metadata"].get("annotations") or {}


def owners_of(obj: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the object's owner references, empty where it has none."""
    return obj["metadata"].get("ownerReferences") or ()


def controller_of(obj: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the owner reference of the object's controller, None where it has none."""
    return next((each for each in obj["metadata"].get("ownerReferences") or () if each.get("controller")), None)
