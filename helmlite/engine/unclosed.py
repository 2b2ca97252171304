"""What a template begins and never ends: Jinja2 tells where it gave up, authors need to know where it begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

END_OF_TEMPLATE = "Unexpected end of template"
"""How Jinja2 begins its message about a block without its end."""

_BEGIN = re.compile(r"\{[{%#]")
_INSIDE = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\{[{%]|%\}|[{}]""", re.S)
_ENDRAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_WORDS = re.compile(r"[-+]?\s*(\w+)(?:\s+\w+(?:\s*,\s*\w+)*\s*(=(?!=))?)?")
_BLOCKS = frozenset({"block", "call", "filter", "for", "if", "macro", "set", "with"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """An expression or tag: where it begins and ends, and the offset and the sign of what it opens and never closes."""

    start: int
    end: int
    unclosed: int | None = None
    sign: str = ""


def unclosed(source: str, message: str, line: int) -> tuple[str, int]:
    """Return message and line of a syntax error, better ones than Jinja2's where something is unclosed."""
    if message.startswith(END_OF_TEMPLATE):
        found = _open_block(source)
        if found is not None:
            name, start = found
            return f"this `{name}` has no `end{name}`", line_of(source, start)
        return message, line
    for tag in tags(source):
        if line_of(source, tag.start) > line:
            break
        if tag.unclosed is not None and line <= line_of(source, tag.end):
            return f"this {tag.sign} is not closed", line_of(source, tag.unclosed)
    return message, line


def tags(source: str) -> Iterator[Tag]:
    """Yield the expressions and tags of a template, comments and raw blocks left out."""
    offset = 0
    while (found := _BEGIN.search(source, offset)) is not None:
        if found[0] == "{#":
            end = source.find("#}", found.end())
            offset = end + 2 if end >= 0 else len(source)
            continue
        tag = _tag(source, found.start(), "}}" if found[0] == "{{" else "%}")
        yield tag
        offset = tag.end
        if found[0] == "{%" and re.match(r"[-+]?\s*raw\b", source[found.end() :]):
            end_of_raw = _ENDRAW.search(source, offset)
            offset = end_of_raw.end() if end_of_raw is not None else len(source)


def _tag(source: str, start: int, close: str) -> Tag:
    """Return the tag that begins at an offset.

    One that holds the beginning of another was not closed before it; a text in quotes that does, over the end of its
    line, was meant to end before that.
    """
    unclosed: int | None = None
    sign = ""
    depth = 0
    for found in _INSIDE.finditer(source, start + 2):
        text = found[0]
        if text[0] in "\"'":
            if unclosed is None and "\n" in text and _BEGIN.search(text):
                unclosed, sign = found.start(), "text in quotes"
        elif text in ("{{", "{%"):
            if unclosed is None:
                unclosed, sign = start, f"`{source[start : start + 2]}`"
        elif text == "{":
            depth += 1
        elif text == "}" and depth:
            depth -= 1
        elif text == close or (text == close[0] and source.startswith(close, found.start())):
            return Tag(start=start, end=found.start() + 2, unclosed=unclosed, sign=sign)
    return Tag(
        start=start,
        end=len(source),
        unclosed=start if unclosed is None else unclosed,
        sign=sign or f"`{source[start : start + 2]}`",
    )


def _open_block(source: str) -> tuple[str, int] | None:
    """Return name and offset of the innermost block that is open where a template ends."""
    stack: list[tuple[str, int]] = []
    for tag in tags(source):
        found = _WORDS.match(source, tag.start + 2) if source.startswith("{%", tag.start) else None
        if found is None:
            continue
        name, assigns = found[1], found[2]
        if name in _BLOCKS and not (name == "set" and assigns):
            stack.append((name, tag.start))
        elif stack and name == f"end{stack[-1][0]}":
            stack.pop()
    return stack[-1] if stack else None


def line_of(source: str, offset: int) -> int:
    """Return the line of an offset, from 1."""
    return source.count("\n", 0, offset) + 1
