"""Which line of which template, and which expression, wrote each character of what a chart renders.

Made by rendering once more, for errors and for ``explain`` only: see ``Engine.trace``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from helmlite import documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a template: its chart path (``shop/templates/web.yaml.j2``) and the line, from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a template's output, by offsets of characters.

    ``place`` is the line that wrote ``start``; where the text is the template's own, its further lines count on from
    there. ``chain`` holds the including and calling places, the outermost first. ``expression`` is the source of the
    expression that gave the text, empty for the template's own text; ``inputs`` the paths of the values that it read,
    from the root chart's values (``("redis", "image", "tag")``).
    """

    start: int
    end: int
    place: Place
    chain: tuple[Place, ...] = ()
    expression: str = ""
    inputs: tuple[documents.Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What one rendering gave: ``texts`` as in RenderedChart, and of each its spans in order, covering it."""

    texts: Mapping[str, str] = field(repr=False)
    spans: Mapping[str, Sequence[Span]] = field(repr=False)


def narrowest(paths: Iterable[documents.Path]) -> tuple[documents.Path, ...]:
    """Return paths without those that others of them are within."""
    found = list(paths)
    above = {path[:size] for path in found for size in range(len(path))}
    return tuple(path for path in found if path not in above)
