"""Where in a chart's templates something that was rendered comes from, as a message says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from helmlite.errors import ClusterError
from helmlite.manifest.manifest import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """``place`` is a template's line (``shop/templates/web.yaml.j2:12``), ``below`` are the lines that tell of it."""

    place: str
    below: Sequence[str] = ()


Locate: TypeAlias = Callable[[Resource, ClusterError], Location | None]
"""Finds what a server's refusal of an object is about; None where that cannot be found out."""


def nowhere(resource: Resource, error: ClusterError) -> Location | None:  # noqa: ARG001  # a Locate
    """Return nothing: objects of stored manifests have no template any more."""
    return None
