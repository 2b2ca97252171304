"""What API servers answer, checked for its shape before anybody relies on it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helmlite.errors import ClusterError
from helmlite.manifest.capabilities import ServedKind

_WARNING = re.compile(r'\d{3} \S+ "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEvent:
    """``type`` is ADDED, MODIFIED, DELETED or BOOKMARK."""

    type: str
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a write gave: the object as the server has it now, and the Warning headers that came along."""

    body: Mapping[str, Any] = field(repr=False)
    warnings: Sequence[str] = ()
    created: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list's items (each with apiVersion and kind filled in) and the resourceVersion to watch from."""

    items: Sequence[Mapping[str, Any]] = field(repr=False)
    resource_version: str = ""


def mappings(value: Any, what: str) -> list[dict[str, Any]]:
    """Return ``value`` (none where it is null), which must be a list of mappings; raises ClusterError."""
    if value is not None and not (isinstance(value, list) and all(isinstance(each, dict) for each in value)):
        raise ClusterError(f"{what}: the answer is not made as a Kubernetes API server makes it")
    return value or []


def as_object(body: dict[str, Any], kind: ServedKind) -> dict[str, Any]:
    """Return an object with apiVersion and kind (list items lack them) and a metadata mapping."""
    if not isinstance(body.get("metadata"), dict):
        body["metadata"] = {}
    body["apiVersion"], body["kind"] = kind.gvk.api_version, kind.gvk.kind
    return body


def warnings_of(headers: Any) -> list[str]:
    """Return the texts of the answer's Warning headers (RFC 7234)."""
    found = headers.getlist("Warning") if hasattr(headers, "getlist") else []
    return [re.sub(r"\\(.)", r"\1", text) for each in found for text in _WARNING.findall(each)]


def retry_seconds(header: str | None, attempt: int) -> float:
    """Return how long to wait before the next try: as the Retry-After header says, at most 10 s."""
    return min(float(header), 10.0) if header and header.isdigit() else 0.2 * 2**attempt
