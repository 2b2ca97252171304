"""Where a value comes from, in words: the value itself never enters them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helmlite.documents import Path
from helmlite.values.assignments import dotted


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One place that said something of a value.

    ``where`` is a line of a file (``prod.yaml:3``, ``shop/values.yaml:12``), a flag (``--set image.tag``), or what a
    program calls the values it gives. ``null`` tells that it said null, which takes away what was said before.
    """

    where: str
    null: bool = False


def told(path: Path, origins: Sequence[Origin]) -> str:
    """Return where a value comes from, newest first: ``image.tag: set by prod.yaml:3, over shop/values.yaml:12``."""
    return f"{dotted(path) or 'the values'}: {set_by(origins) or 'set nowhere'}"


def set_by(origins: Sequence[Origin]) -> str:
    """Return the same without the path; empty when nobody set it."""
    if not origins:
        return ""
    newest, *older = origins
    how = "set to null by" if newest.null else "set by"
    return ", over ".join([f"{how} {newest.where}", *(each.where for each in older)])
