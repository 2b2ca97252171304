"""What messages show of a Secret's lines, and of its template's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.manifest.literals import holds_secret, without_literals, without_texts


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("values.a | default('b')", "values.a | default((hidden))"),
        (r'"pre\"leak\"post" ~ x', "(hidden) ~ x"),
        (r"'it\'s' ~ {'a': {'b': 1}}", "(hidden) ~ {(hidden): {(hidden): 1}}"),
        ("f('a\nb', c)", "f((hidden)\n, c)"),
        ("x[0] + 12345678 + 1.25 + port_80000", "x[0] + (hidden) + 1.25 + port_80000"),
    ],
)
def test_texts_of_an_expression_are_hidden(expression: str, shown: str) -> None:
    """Quoted texts are hidden whole, whatever they hold; the rest of the expression is shown."""
    assert shown == without_texts(expression)


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ('  a: {{ "x}}leak" }}', "  a: {{ (hidden) }}"),
        ("  a: {{ 'x\\'}}leak' }}", "  a: {{ (hidden) }}"),
        ('{% if x == "l%}leak" %}leak{# leak #}', "{% if x == (hidden) %}(hidden)"),
        ('  a: {{ x | default("leak', "  a: (hidden)"),
        ('  a: {{ x | default("leak\n  leak: leak") }}\nb: leak', "  a: {{ x | default((hidden)\n) }}\nb: (hidden)"),
        ("  a: {{ x | default(\n  'leak' ~ values.b) }}", "  a: {{ x | default(\n  (hidden) ~ values.b) }}"),
        ("  a: {{ x\n  b: 'leak'\n  c: {{ leak }}", "  a: (hidden)\n  b: (hidden)\n  c: (hidden)"),
        ("  a: {{ x\n  b: leak\n  c: {d: {e: 1}}", "  a: (hidden)\n  b: (hidden)\n  c: (hidden)"),
        ("{# leak\n  a: leak {{ leak }}\n#}{{ x }}", "(hidden)\n  a: (hidden)\n(hidden){{ x }}"),
        ("a: {% raw %}{{ leak }}{%- endraw %}{{ x }}", "a: (hidden){{ x }}"),
        ("a: {% raw %}{{ leak }}", "a: (hidden)"),
        ("a: {{ {'b': {'c': 'leak'}} }} leak", "a: {{ {(hidden): {(hidden): (hidden)}} }} (hidden)"),
        ("a: {{ {'b': {'c': 1}} ~ '{{ leak }}' }}", "a: {{ {(hidden): {(hidden): 1}} ~ (hidden) }}"),
        ("a: {{ `leak` }}", "a: {{ (hidden) }}"),
        ("a: {{ `leak }}", "a: (hidden)"),
        ("a: {{ 0xdeadbeef + 7 % {'x': 5}['x'] }}", "a: {{ (hidden) + 7 % {(hidden): 5}[(hidden)] }}"),
        ("  a: {{ values.b }}", "  a: {{ values.b }}"),
        ("apiVersion: v1\nkind: Secret\nmetadata:\n", "apiVersion: v1\nkind: Secret\nmetadata:\n"),
        ("stringData:\n  f: |\n    kind: leak\n", "stringData:\n  f: (hidden)\n    kind: (hidden)\n"),
        ("- name: leak\n  'b': leak", "- name: (hidden)\n  'b': (hidden)"),
    ],
)
def test_a_template_shows_its_expressions_without_their_texts(template: str, shown: str) -> None:
    """Whatever a text holds and wherever its expression ends; what is no expression is hidden but for keys."""
    assert shown == "\n".join(without_literals(template, is_template=True))


def test_what_was_rendered_has_no_expressions() -> None:
    """Braces in what a template gave are data."""
    assert ["a: (hidden)", "  kind: (hidden)"] == without_literals("a: {{ leak }}\n  kind: {{ x", is_template=False)


@given(st.text(alphabet="{}%#\"'\\ \n:ax-"), st.booleans())
def test_every_line_stays_a_line(text: str, is_template: bool) -> None:
    """Numbers of lines are those of the template."""
    assert text.count("\n") + 1 == len(without_literals(text, is_template=is_template))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("kind: Secret", True),
        ('{"kind": "Secret"}', True),
        ("kind: {{ 'Secret' if x else 'ConfigMap' }}", True),
        ("{% set kind = 'Secret' %}", True),
        ("kind:\n  Secret", True),
        ("stringData:\n  a: b", True),
        ("kind: SecretStore", False),
        ("# the Secret\nkind: Deployment", False),
        ("resources: [secrets]", False),
    ],
)
def test_what_speaks_of_a_secret(text: str, holds: bool) -> None:
    """A template may compute the kind."""
    assert holds == holds_secret(text)


def test_long_templates_are_no_matter() -> None:
    """However many expressions are left open."""
    assert ["(hidden) "] == without_literals("{{ ( " * 200_000, is_template=True)
    assert ["(hidden)"] == without_literals("{% raw %}" * 100_000, is_template=True)
    assert without_literals("a: {{ x" + "\n" * 100_000 + "}}", is_template=True)
    assert not holds_secret('"kind:' * 100_000)
