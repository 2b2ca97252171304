"""YAML text to data: the only door to ``yaml``, of which only the parser's events are used."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import yaml

from helmlite.documents.parsed import (
    DEPTH,
    LINES,
    LINES_DEPTH,
    NODES,
    DocumentError,
    Duplicates,
    Parsed,
    Path,
    Spot,
    Value,
    as_text,
)
from helmlite.documents.scalars import checked_float, number_text, plain

_STANDARD = "tag:yaml.org,2002:"
UNKNOWN_TAG = "an unknown tag (a text that begins with ! needs quotes)"
"""Neither tags nor aliases are quoted: a password that lacks quotes may begin like one."""


def read_all(text: str | bytes, *, duplicates: Duplicates = "error", with_lines: bool = False) -> list[Parsed]:
    """Return every document of a YAML stream; an empty document has the data None."""
    found: list[Parsed] = []
    reading: _Reading | None = None
    try:
        loader = yaml.CSafeLoader(as_text(text))
        try:
            while loader.check_event(yaml.StreamStartEvent):
                loader.get_event()
            while not loader.check_event(yaml.StreamEndEvent):
                loader.get_event()
                reading = _Reading(loader, duplicates, with_lines, sum(each.size for each in found))
                data = reading.node(())
                loader.get_event()
                found.append(
                    Parsed(data=data, lines=reading.lines, warnings=tuple(reading.warnings), size=reading.size)
                )
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = _mark(error)
        message = ": ".join(each for each in (error.context, error.problem) if each) or "no valid YAML"
        begun = reading.begun_before(error) if reading is not None and mark else None
        if begun is not None:
            mark, message = begun, f"what begins here does not end where it should: {message}"
        elif error.problem and "mapping values are not allowed" in error.problem:
            bare = _key_without_colon(as_text(text), mark.line)
            if bare is not None:
                line, column, index = bare
                raise DocumentError(
                    "this key has no `:`, and others are below it", line=line + 1, column=column + 1, index=index
                ) from None
        raise DocumentError(
            message,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
            index=mark.index if mark else None,
        ) from None
    except yaml.YAMLError as error:
        raise DocumentError(f"no valid YAML: {str(error).splitlines()[0]}") from None
    return found


def read(text: str | bytes, *, duplicates: Duplicates = "error", with_lines: bool = False) -> Parsed:
    """Return the one document of YAML text (None when the text is empty); several documents are an error."""
    found = read_all(text, duplicates=duplicates, with_lines=with_lines)
    if len(found) > 1:
        raise DocumentError(f"expected one YAML document, found {len(found)}")
    return found[0] if found else Parsed(data=None)


def read_spots(text: str) -> dict[Path, Spot]:
    """Return where each node of a text's one document stands; of what merges and aliases bring, where they stand.

    Raises DocumentError as ``read`` does, but for duplicate keys.
    """
    loader = yaml.CSafeLoader(as_text(text))
    try:
        while not loader.check_event(yaml.DocumentStartEvent):
            if loader.check_event(yaml.StreamEndEvent):
                return {}
            loader.get_event()
        loader.get_event()
        reading = _Spotting(loader, "last", with_lines=True, before=0)
        reading.node(())
    except yaml.YAMLError as error:
        raise DocumentError(f"no valid YAML: {str(error).splitlines()[0]}") from None
    finally:
        loader.dispose()
    return reading.spots


_NO_ITEM = ("expected node content", "block sequence entries are not allowed")
_NEVER_ENDED = ("expected ',' or", "expected ':'", "unexpected end", "unexpected document indicator")


_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What the parser counts lines by."""

_BARE_KEY = re.compile(r" *(?:- +)*(?=[^\W_])[\w./-]+ *")


def _key_without_colon(text: str, below: int) -> tuple[int, int, int] | None:
    """Return line, column and index of a word alone on its line that the keys in the line ``below`` were to be in."""
    lines = _LINE_BREAK.split(text.removeprefix("\ufeff"))
    if below >= len(lines):
        return None
    at = next((each for each in range(below - 1, -1, -1) if lines[each].strip()), None)
    if at is None or _BARE_KEY.fullmatch(lines[at]) is None:
        return None
    column = len(lines[at]) - len(lines[at].lstrip(" -"))
    inside = len(lines[below]) - len(lines[below].lstrip(" "))
    return (at, column, sum(len(each) + 1 for each in lines[:at]) + column) if inside > column else None


def _mark(error: yaml.MarkedYAMLError) -> Any:
    """Return where a fault is: what was begun and never ended is at fault where it begins, not where text ends."""
    if error.context_mark and any(each in (error.problem or "") for each in _NEVER_ENDED):
        return error.context_mark
    return error.problem_mark or error.context_mark


class _Reading:
    """Builds one document's data from the parser's events, counting what aliases would expand to."""

    def __init__(self, loader: Any, duplicates: Duplicates, with_lines: bool, before: int) -> None:
        self._loader = loader
        self._duplicates = duplicates
        self._with_lines = with_lines
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._open: set[str] = set()
        self._nodes = self._before = before
        self._depth = 0
        self.lines: dict[Path, int] = {}
        self.warnings: list[str] = []
        self.scalar: Any = None
        """The last scalar's event."""
        self._flows: list[Any] = []

    def begun_before(self, error: Any) -> Any:
        """Return the mark of quotes or brackets that began on an earlier line and are why the parser stumbles here."""
        mark, text = error.problem_mark or error.context_mark, self.scalar
        if text is not None and text.style and text.start_mark.line < text.end_mark.line == mark.line:
            return text.start_mark
        if self._flows and any(each in (error.problem or "") for each in _NO_ITEM):
            start = self._flows[-1].start_mark
            return start if start.line < mark.line else None
        return None

    @property
    def size(self) -> int:
        """Return how many values the document has, aliases expanded."""
        return self._nodes - self._before

    def _below(self, path: Path, step: str | int) -> Path:
        """Return the path of what is in ``path``; where lines are not noted any more, ``path`` itself."""
        return (*path, step) if self._with_lines and len(path) < LINES_DEPTH and len(self.lines) < LINES else path

    def _fault(self, message: str, event: Any) -> DocumentError:
        mark = event.start_mark
        return DocumentError(message, line=mark.line + 1, column=mark.column + 1, index=mark.index)

    def _count(self, amount: int, event: Any) -> None:
        self._nodes += amount
        if self._nodes > NODES:
            raise self._fault(f"more than {NODES} values once aliases are expanded", event)

    def node(self, path: Path) -> Value:
        """Return the data of the next node, which stands at ``path``."""
        data: Value
        event = self._loader.get_event()
        if self._with_lines and path:
            self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in self._open:
                raise self._fault("an alias refers to what it stands in", event)
            if event.anchor not in self._anchors:
                raise self._fault("an alias refers to no anchor (a text that begins with * needs quotes)", event)
            data, size = self._anchors[event.anchor]
            self._count(size, event)
            return data
        before = self._nodes
        self._count(1, event)
        if event.anchor:
            self._open.add(event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            self.scalar = event
            data = _scalar(event, self._fault)
        else:
            self._depth += 1
            if self._depth > DEPTH:
                raise self._fault(f"nested more than {DEPTH} levels deep", event)
            if event.flow_style:
                self._flows.append(event)
            is_list = isinstance(event, yaml.SequenceStartEvent)
            data = self._sequence(event, path) if is_list else self._mapping(event, path)
            if event.flow_style:
                self._flows.pop()
            self._depth -= 1
        if event.anchor:
            self._open.discard(event.anchor)
            self._anchors[event.anchor] = (data, self._nodes - before)
        return data

    def _sequence(self, event: Any, path: Path) -> list[Value]:
        if event.tag not in (None, "!", f"{_STANDARD}seq"):
            raise self._fault(UNKNOWN_TAG, event)
        items: list[Value] = []
        while not isinstance(self._loader.peek_event(), yaml.SequenceEndEvent):
            items.append(self.node(self._below(path, len(items))))
        self._loader.get_event()
        return items

    def _mapping(self, event: Any, path: Path) -> dict[str, Value]:
        if event.tag not in (None, "!", f"{_STANDARD}map"):
            raise self._fault(UNKNOWN_TAG, event)
        found: dict[str, Value] = {}
        merged: list[dict[str, Value]] = []
        while not isinstance(self._loader.peek_event(), yaml.MappingEndEvent):
            key_event = self._loader.peek_event()
            is_merge = isinstance(key_event, yaml.ScalarEvent) and key_event.value == "<<" and key_event.implicit[0]
            key = self._key()
            if is_merge:
                merged += self._to_merge(key_event)
                continue
            if key in found:
                line = key_event.start_mark.line + 1
                written = getattr(key_event, "value", key)
                twice = f"duplicate key {key!r}" if written == key else f"duplicate key {key!r} (written {written!r})"
                if self._duplicates == "error":
                    raise self._fault(twice, key_event)
                if self._duplicates == "warn":
                    self.warnings.append(f"line {line}: {twice}, the last one counts")
            below = self._below(path, key)
            if below is not path:
                self.lines[below] = key_event.start_mark.line + 1
            found[key] = self.node(below)
        self._loader.get_event()
        for each in merged:
            for key, value in each.items():
                found.setdefault(key, value)
        return found

    def _key(self) -> str:
        event = self._loader.peek_event()
        if isinstance(event, yaml.AliasEvent):
            data = self.node(())
        elif isinstance(event, yaml.ScalarEvent):
            self._loader.get_event()
            self._count(1, event)
            data = _scalar(event, self._fault)
            if event.anchor:
                self._anchors[event.anchor] = (data, 1)
        else:
            raise self._fault("a list or mapping cannot be a key", event)
        if data is None:
            raise self._fault("null cannot be a key", event)
        if isinstance(data, bool):
            return "true" if data else "false"
        if isinstance(data, (dict, list)):
            raise self._fault("a list or mapping cannot be a key", event)
        return data if isinstance(data, str) else number_text(data)

    def _to_merge(self, event: Any) -> list[dict[str, Value]]:
        data = self.node(())
        parts = data if isinstance(data, list) else [data]
        if not all(isinstance(each, dict) for each in parts):
            raise self._fault("<< takes a mapping or a list of mappings", event)
        self._count(sum(len(each) for each in parts), event)
        return parts


class _Spotting(_Reading):
    """Notes where nodes stand as well."""

    def __init__(self, loader: Any, duplicates: Duplicates, with_lines: bool, before: int) -> None:
        super().__init__(loader, duplicates, with_lines, before)
        self.spots: dict[Path, Spot] = {}
        self._key_start = 0
        self._aside = 0

    def node(self, path: Path) -> Value:
        """Return the data of the next node; what stands at no path of its own is not noted."""
        if not self._aside:
            event = self._loader.peek_event()
            key = self._key_start if path and isinstance(path[-1], str) else None
            self.spots.setdefault(path, Spot(start=event.start_mark.index, end=event.end_mark.index, key=key))
        return super().node(path)

    def _key(self) -> str:
        start = self._loader.peek_event().start_mark.index
        self._aside += 1
        key = super()._key()
        self._aside -= 1
        self._key_start = start
        return key

    def _to_merge(self, event: Any) -> list[dict[str, Value]]:
        self._aside += 1
        merged = super()._to_merge(event)
        self._aside -= 1
        return merged


def _scalar(event: Any, fault: Callable[[str, Any], DocumentError]) -> Value:
    """Return a scalar as Helm types it; integers exact."""
    text, tag = event.value, event.tag

    def at(message: str) -> DocumentError:
        return fault(message, event)

    if tag is None or tag == "!":
        return text if not event.implicit[0] or tag == "!" else plain(text, at)
    name = tag.removeprefix(_STANDARD)
    if name == "str":
        return text
    if name == "binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
        except ValueError:
            raise at("!!binary is no base64 of UTF-8 text") from None
    data = plain(text, at)
    if name == "null" and data is None:
        return None
    if name == "bool" and isinstance(data, bool):
        return data
    if name == "int" and isinstance(data, int) and not isinstance(data, bool):
        return data
    if name == "float" and isinstance(data, (int, float)) and not isinstance(data, bool):
        return checked_float(str(data), at)
    if name in ("null", "bool", "int", "float"):
        raise at(f"!!{name} does not fit what it stands before")
    raise at(UNKNOWN_TAG)
