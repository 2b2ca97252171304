"""The documentation page of the functions, written from what they say of themselves."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.engine.functions.function import Function, Section

_HEAD = """# Functions

Every function can be called (`quote(x)`); those written with a bar below are filters too (`x | quote`), which read
better in templates. Beside these there are Jinja2's own filters and tests, without those that only HTML needs, and
`tpl` (see [templates](templates.md)). An argument of a wrong type is an error at the template's line; no value of the
chart is quoted in it. None of them reaches the network, the disk or the environment.

<!-- This page is written from helmlite/engine/functions; a test compares them. -->
"""


def reference(sections: Sequence[Section]) -> str:
    """Return the page in Markdown."""
    return "\n".join([_HEAD, *(_section(each) for each in sections)])


def _section(section: Section) -> str:
    head = [f"## {section.title}\n", *([f"{section.note}\n"] if section.note else [])]
    rows = [*head, "| function | gives | example | prints |", "|---|---|---|---|"]
    rows += [_row(each) for each in section.functions]
    return "\n".join(rows) + "\n"


def _row(function: Function) -> str:
    examples = "<br>".join(_code(each) for each, _ in function.examples)
    prints = "<br>".join(_code(each.replace("\n", "⏎")) for _, each in function.examples)
    return f"| {_code(function.usage)} | {function.does.replace('|', chr(92) + '|')} | {examples} | {prints} |"


def _code(text: str) -> str:
    ticks = "``" if "`" in text else "`"
    return f"{ticks}{text.replace('|', chr(92) + '|')}{ticks}" if text else ""
