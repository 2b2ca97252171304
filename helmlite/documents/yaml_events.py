"""YAML text to data by the parser's events alone, without paths, lines and anchors: several times as fast."""

from __future__ import annotations

import functools
from enum import Enum
from typing import Any, Literal

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # it is public there, which the stubs do not know

from helmlite.documents.parsed import DEPTH, DocumentError, Value
from helmlite.documents.scalars import number_text, plain

SHORT = 64
"""Words of up to so many characters are remembered: many texts of one kind have much the same ones."""


class _Unusual(Enum):
    UNUSUAL = "unusual"


UNUSUAL: Literal[_Unusual.UNUSUAL] = _Unusual.UNUSUAL
"""What reading gives of text that needs the full reader: with tags, anchors or merges, or keys that are no text."""


def read_events(text: str, *, limit_values: int) -> Value | Literal[_Unusual.UNUSUAL]:
    """Return the one document of YAML text, the last of duplicate keys winning, or UNUSUAL; None for empty text.

    Raises DocumentError for what is no YAML, for several documents, and beyond the bounds.
    """
    try:
        loader: Any = CParser(text)  # the parser alone: constructor and resolver would be made for nothing
        try:
            return _document(loader, limit_values)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = ": ".join(each for each in (error.context, error.problem) if each) or "no valid YAML"
        raise DocumentError(message, line=mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise DocumentError(f"no valid YAML: {str(error).splitlines()[0]}") from None


def _document(loader: Any, limit_values: int) -> Value | Literal[_Unusual.UNUSUAL]:
    # One loop without calls of our own: at a million events each call is a tenth of a second.
    following = loader.get_event
    known: dict[str, Value] = {}
    known_keys: dict[str, str] = {}
    root: list[Value] = []
    into: Any = root
    is_list = True
    key: str | None = None
    above: list[tuple[Any, bool]] = []
    values = documents = 0
    while True:
        event = following()
        kind = type(event)
        if kind is yaml.ScalarEvent:
            values += 1
            if values > limit_values:
                raise _fault(f"more than {limit_values:,} values", event)
            if event.tag is not None or event.anchor is not None:
                return UNUSUAL
            written = event.value
            value: Value = written
            if event.implicit[0]:
                if not is_list and key is None:
                    if written not in known_keys:
                        made = _key(written, event)
                        if made is None:
                            return UNUSUAL
                        known_keys[written] = made
                    key = known_keys[written]
                    continue
                if written in known:
                    value = known[written]
                else:
                    value = known[written] = _plain(written, event)
            elif not is_list and key is None:
                key = written
                continue
            if is_list:
                into.append(value)
            else:
                into[key] = value
                key = None
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            values += 1
            if event.tag is not None or event.anchor is not None or (not is_list and key is None):
                return UNUSUAL
            if len(above) >= DEPTH:
                raise _fault(f"nested more than {DEPTH} levels deep", event)
            if values > limit_values:
                raise _fault(f"more than {limit_values:,} values", event)
            inside: Any = {} if kind is yaml.MappingStartEvent else []
            if is_list:
                into.append(inside)
            else:
                into[key] = inside
            above.append((into, is_list))
            into, is_list, key = inside, kind is yaml.SequenceStartEvent, None
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            into, is_list = above.pop()
            key = None
        elif kind is yaml.AliasEvent:
            return UNUSUAL
        elif kind is yaml.DocumentStartEvent:
            documents += 1
            if documents > 1:
                raise DocumentError("expected one YAML document, found more")
        elif kind is yaml.StreamEndEvent:
            return root[0] if root else None


def _plain(text: str, event: Any) -> Value:
    try:
        return read_word(text) if len(text) <= SHORT else plain(text, DocumentError)
    except DocumentError as error:
        raise _fault(error.message, event) from None


@functools.lru_cache(4096)
def read_word(text: str) -> Value:
    """Return what a short plain scalar means; raises DocumentError."""
    return plain(text, DocumentError)


def _key(text: str, event: Any) -> str | None:
    """Return a plain key's text, None for one that the full reader must look at."""
    if text == "<<":
        return None
    try:
        return read_key(text) if len(text) <= SHORT else _any_key(text)
    except DocumentError as error:
        raise _fault(error.message, event) from None


def _any_key(text: str) -> str:
    data = plain(text, DocumentError)
    if data is None:
        raise DocumentError("null cannot be a key")
    if isinstance(data, bool):
        return "true" if data else "false"
    return data if isinstance(data, str) else number_text(data)


@functools.lru_cache(4096)
def read_key(text: str) -> str:
    """Return the key that a short plain scalar is, but for ``<<``; raises DocumentError."""
    return _any_key(text)


def _fault(message: str, event: Any) -> DocumentError:
    mark = event.start_mark
    return DocumentError(message, line=mark.line + 1, column=mark.column + 1, index=mark.index)
