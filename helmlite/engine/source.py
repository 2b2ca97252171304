"""What a syntax tree does not keep of a template's source: how expressions are spelled, which tags stand alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def _set(node: nodes.Node, **facts: object) -> None:
    # nodes take attributes of anybody's; the code generator reads these
    node.__dict__.update(facts)
