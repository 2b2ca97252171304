"""What a syntax tree does not keep of a template's source: how expressions are spelled, which tags stand alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from jinja2 import nodes

_ALONE = re.compile(
    r"([ \t]*)\{%\s*((?:include|call)\b(?:\"[^\"]*\"|'[^']*'|[^\"'])*?)%\}(?=\n|\Z)",
)
_TAG = re.compile(r"\{%[-+]?\s*((?:include|call)\b(?:\"[^\"]*\"|'[^']*'|[^\"'])*?)[-+]?%\}")


def locate(tree: nodes.Template, source: str, expressions: Sequence[tuple[int, str]]) -> None:
    """Give printed expressions their first line and source, and tags that stand alone on their line its column.

    ``expressions`` are all ``{{ ... }}`` of the source in their order, each with the line that it begins in.
    """
    printed = [
        child
        for output in tree.find_all(nodes.Output)
        for child in output.nodes
        if not isinstance(child, nodes.TemplateData)
    ]
    if len(printed) == len(expressions):
        for node, (line, text) in zip(printed, expressions, strict=True):
            _set(node, first_line=line, source=text)
    tags = list(tree.find_all((nodes.Include, nodes.CallBlock)))
    if not tags:
        return
    starts = [0, *(found.end() for found in re.finditer(r"\n", source))]
    for tag in tags:
        start = starts[tag.lineno - 1] if tag.lineno <= len(starts) else len(source)
        found = _ALONE.match(source, start)
        if found is not None:
            _set(tag, column=len(found[1].expandtabs()), source=found[2].strip())
        else:
            spelled = _TAG.search(source, start)
            _set(tag, source=spelled[1].strip() if spelled is not None else "")


Token: TypeAlias = tuple[int, str, str]
"""Line, sort and text, as Jinja2's lexer gives them."""


def with_line_ends(tokens: Iterable[Token]) -> Iterator[Token]:
    """Return the lexer's tokens with the newline kept that Jinja2 takes away behind a tag which ends a line of text.

    It is a tag alone on its line that leaves no line; behind `key: {% include "x" %}` the next line begins. What a
    macro or block ends with stays without a newline.
    """
    held: list[Token] = []
    for token in _with_newlines(tokens):
        if held:
            held.append(token)
            if token[1] in ("block_begin", "whitespace") and "-" not in token[2]:
                continue
            is_end = token[1] == "name" and held[1][1] == "block_begin" and _ENDS_TEXT.fullmatch(token[2])
            yield from held[1:] if is_end or (token[1].endswith("_begin") and "-" in token[2]) else held
            held = []
        elif token[2] is _NEWLINE:
            held.append(token)
        else:
            yield token
    yield from held


def _with_newlines(tokens: Iterable[Token]) -> Iterator[Token]:
    has_text = False
    tag = ""
    for line, sort, value in tokens:
        yield line, sort, value
        if sort == "data":
            _, newline, rest = value.rpartition("\n")
            has_text = bool(rest.strip()) or (has_text and not newline)
        elif sort == "variable_end":
            has_text = True
        elif sort == "block_begin":
            tag = ""
        elif sort == "name":
            tag = tag or value
        elif sort in ("block_end", "comment_end", "raw_end") and value.endswith("\n"):
            if has_text and "-" not in value and (sort != "block_end" or _WRITES.fullmatch(tag)):
                yield line, "data", _NEWLINE
            has_text = False


class _Newline(str):
    """A newline that can be told from the template's others."""

    __slots__ = ()


_NEWLINE = _Newline("\n")
_WRITES = re.compile(r"include|end(?!macro|set)\w+")
_ENDS_TEXT = re.compile(r"end(?:macro|set|call|block|filter)")


def _set(node: nodes.Node, **facts: object) -> None:
    # nodes take attributes of anybody's; the code generator reads these
    node.__dict__.update(facts)
