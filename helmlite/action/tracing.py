"""What wrote a field of a rendered object: template line, expression and values. Built on a traced rendering."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from helmlite import documents
from helmlite.chart.chart import Chart
from helmlite.documents import Path, Spot
from helmlite.engine.plain import own_text
from helmlite.engine.trace import Place, Span, Trace, narrowest
from helmlite.manifest.fields import at_path
from helmlite.manifest.parse import pieces

_ITEM = re.compile(r", item (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What wrote a piece of text: a line of a template, and the expression there (empty: the template's own text).

    ``chain`` holds the including and calling places, the outermost first; ``values`` the paths of the values that the
    expression took it from.
    """

    place: Place
    chain: tuple[Place, ...] = ()
    expression: str = ""
    values: tuple[Path, ...] = ()


class Traced:
    """A traced rendering, asked by document and field; ``values`` are those that the chart was rendered with.

    Documents are named as ``Document.source`` names them; of a ``List`` the items are.
    """

    def __init__(self, trace: Trace, values: Mapping[str, Any]) -> None:
        self._trace = trace
        self._values = values
        self._documents: dict[str, _Document] = {}

    def fault_at(self, source: str, index: int) -> Written | None:
        """Return what wrote the character at an offset of a document's text, which need not be YAML."""
        found = _find(self._trace, source)
        return None if found is None else self._written(found, index)

    def fault_of(self, source: str, path: Path) -> Written | None:
        """Return what wrote a field, or where it would have to stand: the nearest that is there above it."""
        found = self._document(source)
        if found is None:
            return None
        known = found.nearest((*found.above, *path))
        if known == (*found.above, *path) and found.is_leaf(known):
            return self._of_leaf(found, known)[0]
        spot = found.spots[known]
        span = self._span(found, spot.start)
        first = next((each.start for path, each in found.spots.items() if path[:-1] == known and path), spot.start)
        if spot.key is None or (span.expression and found.start + first < span.end):
            return self._written(found, spot.start, known)
        return self._written(found, spot.key, known)

    def leaf(self, source: str, path: Path) -> list[Written]:
        """Return what wrote a scalar (or an empty list or mapping): each expression in it, else the template's text."""
        found = self._document(source)
        return [] if found is None else self._of_leaf(found, (*found.above, *path))

    def body(self, source: str) -> Any:
        """Return the data of an object; None for what is not there."""
        found = self._document(source)
        return None if found is None else found.value(found.above)

    def _document(self, source: str) -> _Document | None:
        """Return a document with its nodes; None for one that is not there, is no YAML or blank."""
        if source not in self._documents:
            found = _find(self._trace, source)
            if found is None:
                return None
            try:
                spots = documents.read_spots(f"{found.text}\n")
                data = documents.read(f"{found.text}\n", duplicates="last").data
            except documents.DocumentError:
                return None
            if not spots:
                return None
            self._documents[source] = replace(found, spots=spots, data=data)
        return self._documents[source]

    def _of_leaf(self, found: _Document, path: Path) -> list[Written]:
        spot = found.spots[found.nearest(path)]
        first, end = found.start + spot.start, found.start + spot.end
        spans = self._trace.spans[found.path]
        made: list[Written] = []
        for span in spans[_index(spans, first) :]:
            if span.start >= end and span.start > first:
                break
            if span.expression and (span.end > first or span.start == first):
                made.append(self._written(found, max(span.start - found.start, spot.start), path, span))
        return list(dict.fromkeys(made)) or [self._written(found, spot.start, path)]

    def _span(self, found: _Document, offset: int) -> Span:
        spans = self._trace.spans[found.path]
        return spans[_index(spans, found.start + offset)]

    def _written(self, found: _Document, offset: int, path: Path = (), span: Span | None = None) -> Written:
        """Return what wrote the character at an offset of a document, as a part of what stands at ``path``."""
        span = span or self._span(found, offset)
        place = span.place
        if not span.expression:
            further = self._trace.texts[found.path].count("\n", span.start, found.start + offset)
            place = Place(path=place.path, line=place.line + further)
        values = self._values_of(span, path, found.value(path))
        return Written(place=place, chain=span.chain, expression=span.expression, values=values)

    def _values_of(self, span: Span, path: Path, leaf: Any) -> tuple[Path, ...]:
        """Return the paths of the values that a field came from: of a mapping's that the expression read, its entry."""
        whole = [each for each in span.inputs if each]
        entries = [entry for each in whole if (entry := self._entry(each, path)) is not None]
        same = [each for each in entries if leaf is not None and self._value(each) == leaf]
        scalars = [each for each in whole if not isinstance(self._value(each), Mapping | list)]
        return tuple(dict.fromkeys(same or ([*scalars, *entries] if entries else narrowest(whole))))

    def _entry(self, above: Path, path: Path) -> Path | None:
        """Return the path of the entry of a mapping or list of values that the longest end of ``path`` leads to."""
        value = self._value(above)
        if not isinstance(value, Mapping | list):
            return None
        for start in range(len(path)):
            if _has(value, path[start:]):
                return (*above, *path[start:])
        return None

    def _value(self, path: Path) -> Any:
        return at_path(self._values, path) if _has(self._values, path) else None


def with_crds(trace: Trace, chart: Chart) -> Trace:
    """Return a trace with the files of the charts' ``crds/`` in it, each its own text: nothing renders them."""
    texts = {
        f"{folder}/{file.name}": file.data.decode("utf-8-sig", errors="replace")
        for folder, part in chart.walk()
        for file in part.crds
    }
    spans = {path: [own_text(path, text)] for path, text in texts.items()}
    return Trace(texts={**trace.texts, **texts}, spans={**trace.spans, **spans})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """One document of a text: where it starts, and the field that the object stands at (an item of a List)."""

    path: str
    text: str = field(repr=False)
    start: int
    above: Path = ()
    spots: Mapping[Path, Spot] = field(default_factory=dict, repr=False)
    data: Any = field(default=None, repr=False)

    def nearest(self, path: Path) -> Path:
        """Return the path of the node that is there, at ``path`` or above it."""
        return next(path[:length] for length in range(len(path), -1, -1) if path[:length] in self.spots)

    def value(self, path: Path) -> Any:
        """Return what stands at a path, None where nothing does."""
        return at_path(self.data, path) if _has(self.data, path) else None

    def is_leaf(self, path: Path) -> bool:
        """Return whether nothing stands below a path."""
        value = self.value(path)
        return not (isinstance(value, Mapping | list) and value)


def _find(trace: Trace, source: str) -> _Document | None:
    path, mark, rest = source.rpartition(", document ")
    number = re.match(r"\d+", rest)
    if not mark or number is None or path not in trace.texts:
        return None
    found = pieces(trace.texts[path])
    at = int(number[0]) - 1
    if at >= len(found) or not trace.spans.get(path):
        return None
    above = tuple(step for item in _ITEM.findall(rest) for step in ("items", int(item) - 1))
    return _Document(path=path, text=found[at][0], start=found[at][1], above=above)


def _index(spans: Sequence[Span], offset: int) -> int:
    """Return which span holds an offset; the first of those that begin there, since one before it may be empty."""
    at = max(bisect_right(spans, offset, key=lambda each: each.start) - 1, 0)
    while at and spans[at].start == offset and spans[at - 1].start == offset and spans[at - 1].expression:
        at -= 1
    return at


def _has(data: Any, path: Path) -> bool:
    for step in path:
        there = step in data if isinstance(data, Mapping) else isinstance(data, list) and step in range(len(data))
        if not there:
            return False
        data = data[step]
    return True


def leaves(data: Any, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield path and value of every scalar of an object, and of every empty list and mapping."""
    if isinstance(data, Mapping | list) and data:
        for key, value in data.items() if isinstance(data, Mapping) else enumerate(data):
            yield from leaves(value, (*above, key))
    else:
        yield above, data
