"""What is begun and not ended is told where it begins, whatever line Jinja2 gave up in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from helmlite.errors import RenderError

Fault = Callable[..., RenderError]

UNCLOSED = {
    "expression before another": ("a: 1\nb: {{ values.x\nc: {{ values.y }}\n", 2, "this `{{` is not closed"),
    "expression before a tag": ("a: {{ values.x }\nb: 1\n{% if 1 %}{% endif %}\n", 1, "this `{{` is not closed"),
    "expression at the end": ("a: 1\nb: {{\n  values.x\n", 2, "this `{{` is not closed"),
    "tag": ("{% if values.x\na: {{ values.y }}\n{% endif %}\n", 1, "this `{%` is not closed"),
    "mapping in an expression": ('a: {{ {"b": 1 }}\nc: {{ 1 }}\n', 1, "this `{{` is not closed"),
    "text in quotes": ('a: {{ values.x\n  ~ "b }}\nc: {{ "d" }}\n', 2, "this text in quotes is not closed"),
    "if": ("a: 1\n{% if 1 %}\n{% for x in [] %}{% endfor %}\n{% set x = 1 %}\n", 2, "this `if` has no `endif`"),
    "for within an if": ("{% if 1 %}\n{%- for x in [] %}\n{# {% endfor %} #}\n", 2, "this `for` has no `endfor`"),
    "set block": ("{% set a=1 %}\n{% set b %}\nx\n", 2, "this `set` has no `endset`"),
    "call with arguments": ("{% macro m() %}{% endmacro %}\n{% call(x) m() %}\n", 2, "this `call` has no `endcall`"),
    "block beside raw text": ("{% raw %}{% if %}{% endraw %}\n{% with %}\n", 2, "this `with` has no `endwith`"),
}


@pytest.mark.parametrize("name", UNCLOSED)
def test_is_told_where_it_begins(fault: Fault, name: str) -> None:
    """Line and message are those of what was begun."""
    source, line, message = UNCLOSED[name]
    error = fault(source, {"x": 1, "y": 2})
    assert (line, message) == (error.line, error.reason)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('a: {{ {"b": {"c": 1}} }}\nd: {{ 1 + }}\n', 2),
        ('a: {{ {"b": 1}}}\nd: {{ 1 + }}\n', 2),
        ('a: {{ "x }} {{ y" }}\nd: {{ 1 + }}\n', 2),
        ("{# {{ #}\n{% raw %}\n{{ {%\n{% endraw %}\nd: {{ 1 + }}\n", 5),
        ("a: {{ 1 + }}\nb: {{ values.x\n", 1),
        ("{% if 1 %}\na: {{ 1 + }}\n", 2),
    ],
)
def test_leaves_other_faults_where_they_are(fault: Fault, source: str, line: int) -> None:
    """What is closed, or further down, is not what is told of."""
    assert line == fault(source, {"x": 1}).line
