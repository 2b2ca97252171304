"""What a template gives: its own text and, between it, expressions that are written where they come to stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias


class Site(NamedTuple):
    """An expression of a template.

    ``path`` is the template's chart path, ``line`` counts from 1, ``expression`` is its source. ``column`` is set for a
    tag that stands alone on its line: blanks before it and the newline behind it belong to what it gives.
    """

    path: str
    line: int
    expression: str
    column: int | None = None


Hole: TypeAlias = tuple[Any, Site]
"""A value and the expression that gave it."""

Piece: TypeAlias = str | Hole


class TemplateText(str):
    """Text that a template made (a macro, a block): a string for whoever computes with it, parts for who writes it.

    ``parts`` are literal texts and holes. ``is_yaml`` says that a filter wrote it for YAML (``quote``, ``to_json``),
    ``is_placed`` that its lines stand at their columns already (``indent``), ``is_raw`` that it is written as it is
    wherever it lands. ``weight`` counts its parts with those of the texts in it, as often as they stand there.
    """

    __slots__ = ("is_placed", "is_raw", "is_yaml", "parts", "weight")

    weight: int

    parts: tuple[Piece, ...]
    is_yaml: bool
    is_placed: bool
    is_raw: bool

    def __new__(
        cls,
        text: str,
        parts: Sequence[Piece] | None = None,
        *,
        is_yaml: bool = False,
        is_placed: bool = False,
        is_raw: bool = False,
    ) -> TemplateText:
        """Return ``text`` made of ``parts`` (of itself, where there are none)."""
        made = super().__new__(cls, text)
        made.parts = (text,) if parts is None else tuple(parts)
        made.weight = 1
        made.is_yaml = is_yaml or is_placed or is_raw
        made.is_placed, made.is_raw = is_placed, is_raw
        return made

    @classmethod
    def yaml(cls, text: str) -> TemplateText:
        """Return text that a filter wrote for YAML."""
        return cls(text, is_yaml=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return (str, (str(self),))

    def trimmed(self) -> TemplateText:
        """Return this text without its own blanks and newlines at its ends; what expressions gave stays whole."""
        return self._cut(_BLANKS_BEFORE, _BLANKS_BEHIND)

    def without_outer_newlines(self) -> TemplateText:
        """Return this text without its own empty lines before it, newlines behind it, and indent of all its lines."""
        if self[:1] not in _BLANK:
            # as nearly all macros have it; a tag at a column begins with blanks that its text does not show
            begun, end = self.parts[0], self.parts[-1]
            if type(begun) is not tuple or not begun[1].column:
                if self[-1:] not in ("\n", "\r"):
                    return self
                if type(end) is str and end and self[-2:-1] not in _BLANK:
                    return self._with(self[:-1], (*self.parts[:-1], end[:-1]) if len(end) > 1 else self.parts[:-1])
        cut = self._cut(_LINES_BEFORE, _NEWLINES_BEHIND)
        first = cut.parts[0] if cut.parts else ""
        is_indented = bool(first[1].column) if isinstance(first, tuple) else first[:1] == " "
        indent = _indent(cut.parts) if is_indented else 0
        if not indent:
            return cut
        shift = re.compile(rf"(\A|\n) {{{indent}}}")
        parts: list[Piece] = []
        at_start = True
        for each in cut.parts:
            if isinstance(each, tuple):
                value, site = each
                parts.append((value, site if site.column is None else site._replace(column=site.column - indent)))
                at_start = site.column is not None
            else:
                start = each if at_start else f"x{each}"
                made = shift.sub(r"\1", start)
                made = made if at_start else made[1:]
                parts.append(each.again(made) if isinstance(each, TracedText) else made)
                at_start = each.endswith("\n")
        text = shift.sub(r"\1", str(cut))
        return cut._with(text, parts)

    def indented(self, text: str, pad: str, *, first: str = "") -> TemplateText:
        """Return this text as ``text`` spells it: ``first`` before its first line, ``pad`` before its other lines."""
        parts = [each if isinstance(each, tuple) else padded(each, pad) for each in self.parts]
        return TemplateText(text, [first, *parts] if first else parts, is_placed=True)

    def _cut(self, before: re.Pattern[str], behind: re.Pattern[str]) -> TemplateText:
        parts = list(self.parts)
        start, end = 0, len(self)
        while parts and isinstance(parts[0], str):
            found = before.match(parts[0])
            size = found.end() if found is not None else 0
            start += size
            if size < len(parts[0]):
                parts[0] = parts[0][size:] if size else parts[0]
                break
            parts.pop(0)
        while parts and isinstance(parts[-1], str):
            found = behind.search(parts[-1])
            size = len(parts[-1]) - found.start() if found is not None else 0
            end -= size
            if size < len(parts[-1]):
                parts[-1] = parts[-1][:-size] if size else parts[-1]
                break
            parts.pop()
        if (start, end) == (0, len(self)):
            return self
        return self._with(self[start:end], parts)

    def _with(self, text: str, parts: Sequence[Piece]) -> TemplateText:
        made = TemplateText(text, parts, is_yaml=self.is_yaml, is_placed=self.is_placed, is_raw=self.is_raw)
        made.weight = self.weight
        return made


def indented(value: Any, text: str, pad: str, *, first: str = "") -> TemplateText:
    """Return ``text``, which is ``value``'s with blanks before its lines, as text that is placed already."""
    if isinstance(value, TemplateText):
        return value.indented(text, pad, first=first)
    return TemplateText(text, is_placed=True)


def joined(text: str, parts: Iterable[Any]) -> str:
    """Return ``text``, which was joined from ``parts``: as text written for YAML if all of them are."""
    listed = list(parts)
    if listed and all(isinstance(each, TemplateText) and each.is_yaml for each in listed):
        return TemplateText.yaml(text)
    return text


class TracedText(str):
    """Literal text, or text written for expressions, that knows where it comes from; slices know it too.

    ``line`` is the line of its first character in the template of ``site``; ``sites`` are the expressions that the
    text was written for, none for a template's own text. ``chain`` says who called or included.
    """

    __slots__ = ("chain", "line", "site", "sites")

    site: Site
    line: int
    sites: tuple[Site, ...]
    chain: tuple[Site, ...]

    def __new__(
        cls, text: str, site: Site, line: int, *, sites: tuple[Site, ...] = (), chain: tuple[Site, ...] = ()
    ) -> TracedText:
        """Return ``text`` with its origin."""
        made = super().__new__(cls, text)
        made.site, made.line, made.sites, made.chain = site, line, sites, chain
        return made

    def __getitem__(self, key: Any) -> TracedText:
        """Return a part that knows its own line."""
        text = str.__getitem__(self, key)
        start = key.indices(len(self))[0] if isinstance(key, slice) else key
        skipped = 0 if self.sites else self.count("\n", 0, start)
        return TracedText(text, self.site, self.line + skipped, sites=self.sites, chain=self.chain)

    def __reduce__(self) -> tuple[Any, ...]:
        return (str, (str(self),))

    def again(self, text: str) -> TracedText:
        """Return another text, with the same newlines, of the same origin."""
        return TracedText(text, self.site, self.line, sites=self.sites, chain=self.chain)


class Included:
    """What an included template gave."""

    __slots__ = ("parts",)

    def __init__(self, parts: Iterable[Piece]) -> None:
        self.parts = tuple(parts)

    def as_text(self) -> TemplateText:
        """Return it as a template's text whose own string is of use only to see where it begins and ends."""
        return TemplateText("".join("x" if isinstance(each, tuple) else each for each in self.parts), self.parts)


def padded(text: str, pad: str) -> str:
    """Return literal text with ``pad`` at the start of its lines but the first; empty lines stay empty."""
    if not pad or "\n" not in text:
        return text
    made = _LINE_START.sub("\n" + pad, text)
    return text.again(made) if isinstance(text, TracedText) else made


def fingerprint(text: TemplateText) -> tuple[Any, ...] | None:
    """Return what a template's text is made of, as a key: texts of one key are laid out alike at the same place.

    None where a list or mapping is part of it, and for what is made of very many.
    """
    if text.weight > MANY_PARTS:
        return None
    made: list[Any] = []
    for each in text.parts:
        if isinstance(each, tuple):
            value, site = each
            kind = type(value)
            if kind is TemplateText:
                inner = fingerprint(value)
                if inner is None:
                    return None
                made.append((inner, site.column))
            elif kind in _SCALARS:
                # 1, 1.0 and True are equal and written differently
                made.append((kind, value, site.column))
            else:
                return None
        else:
            made.append(each)
    made.append((text.is_yaml, text.is_placed, text.is_raw))
    return tuple(made)


def _indent(parts: Sequence[Piece]) -> int:
    """Return how many blanks stand before every line of a template's text that is not empty."""
    found = []
    at_start, blanks = True, 0
    for each in parts:
        if isinstance(each, tuple):
            column = each[1].column
            if column is not None:
                found.append(column)
            elif at_start:
                found.append(blanks)
            at_start, blanks = column is not None, 0
            continue
        for number, line in enumerate(each.split("\n")):
            if number:
                at_start, blanks = True, 0
            bare = line.lstrip(" ")
            if at_start:
                blanks += len(line) - len(bare)
                if bare.strip():
                    found.append(blanks)
                    at_start = False
    return min(found, default=0)


_BLANK = ("", " ", "\t", "\r", "\n")
MANY_PARTS = 1000
_SCALARS = frozenset({str, int, float, bool, type(None)})
_LINE_START = re.compile(r"\n(?!\r?\n)")
_BLANKS_BEFORE = re.compile(r"\s+")
_BLANKS_BEHIND = re.compile(r"\s+\Z")
_LINES_BEFORE = re.compile(r"(?:[ \t]*\r?\n)+")
_NEWLINES_BEHIND = re.compile(r"[\r\n]+\Z")
