"""Newlines behind tags: a tag alone on its line leaves no line, one behind text ends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from helmlite.chart.chart import Chart
from helmlite.engine.engine import RenderedChart


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a: {% if true %}x{% endif %}\nb: 1\n", "a: x\nb: 1\n"),
        ("a: {% if false %}x{% else %}y{% endif %}\nb: 1\n", "a: y\nb: 1\n"),
        ("a: {{ 1 }}{% if true %}x{% endif %}\nb: 1\n", 'a: "1x"\nb: 1\n'),
        ("a: [{% for x in [1, 2] %}{{ x }}, {% endfor %}]\nb: 1\n", "a: [1, 2, ]\nb: 1\n"),
        ("- {% include '_x.j2' %}\n- b\n", "- x: 1\n- b\n"),
        ("{% for i in [1, 2] %}\n- {% include '_x.j2' %}\n{% endfor %}\n", "- x: 1\n- x: 1\n"),
        ("a: {{ 1 }}{# note #}\nb: 1\n", "a: 1\nb: 1\n"),
        ("a: {% raw %}x{% endraw %}\nb: 1\n", "a: x\nb: 1\n"),
        ("a:\n  {% if true %}\n  b: 1\n  {% endif %}\nc: 1\n", "a:\n  b: 1\nc: 1\n"),
        ("a: 1\n{# note #}\n{% set x = 1 %}{% set y = 2 %}\nb: 1\n", "a: 1\nb: 1\n"),
        ("{% macro m() %}x{% endmacro %}\n{% set s %}y{% endset %}\na: {{ m() }}{{ s }}\n", "a: xy\n"),
        ("a: {% if true %}x{% endif -%}\n  y\n", "a: xy\n"),
        ("a: {% if true %}x{% endif %}\n{%- if true %}\ny{% endif %}\n", "a: xy\n"),
        ("a: {% if true %}x{% endif %}\n{{- 1 }}\n", "a: x1\n"),
        ("{% macro m() %}\n{% if true %}x{% endif %}\n{% endmacro %}\na: {{ m() ~ 'y' }}\n", "a: xy\n"),
        ("{% set s %}\n{% if true %}x{% endif %}\n{% endset %}\na: {{ s | length }}\n", "a: 1\n"),
    ],
)
def test_a_tag_takes_a_newline_only_where_it_is_alone(
    make_chart: Callable[..., Chart], render_chart: Callable[..., RenderedChart], template: str, expected: str
) -> None:
    """Behind a line's text the newline stays; definitions and tags alone leave no line."""
    chart = make_chart({"web.yaml.j2": template, "_x.j2": "x: 1\n"})
    assert expected == render_chart(chart).texts["shop/templates/web.yaml.j2"]
