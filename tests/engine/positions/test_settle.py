"""What is written for single expressions, piece by piece: cases that were once wrong."""

from __future__ import annotations

import pytest

from helmlite import documents
from helmlite.errors import RenderError
from tests.engine.positions.cases import TEMPLATE, render


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a: {{ values.x }}", "a: |\n  b\n  c\n"),
        ("{{ {'a': values.x} }}", "a: |\n  b\n  c\n"),
        ("- {{ values.x }}", "- |\n  b\n  c\n"),
    ],
)
def test_a_block_scalar_at_the_end_ends_its_line(template: str, expected: str) -> None:
    """A text whose last line ends keeps that newline where the template itself has none behind it."""
    assert expected == render({TEMPLATE: template}, {"x": "b\nc\n"})


@pytest.mark.parametrize(
    "template", ["a: b {{ values.x }}\n", "a: |-\n  b {{ values.x }}\n", "a: 'b {{ values.x }}'\n"]
)
def test_nothing_is_written_behind_a_template_that_ends_its_line(template: str) -> None:
    """A scalar that is held until the end leaves the newline behind it alone."""
    assert template.replace("{{ values.x }}", "c") == render({TEMPLATE: template}, {"x": "c"})


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("c:\n  {{- values.m | to_yaml | nindent(2) }}\nd: 1\n", "c:\n  x: 1\nd: 1\n"),
        ("c:\n  a: {{ values.x }}\n  {{- values.m | to_yaml | nindent(2) }}\n", 'c:\n  a: "b: c"\n  x: 1\n'),
        ("c:\n  a: '{{ values.x }}'\n  {{- values.m | to_yaml | nindent(2) }}\n", "c:\n  a: 'b: c'\n  x: 1\n"),
        ("c:\n  a: {{ values.x | quote }}\n  {{- values.m | to_yaml | nindent(2) }}\n", 'c:\n  a: "b: c"\n  x: 1\n'),
        ("- {{- values.m | to_yaml | nindent(2) }}\n- d\n", "-\n  x: 1\n- d\n"),
        ("c: |\n  {{- values.x | nindent(2) }}\nd: 1\n", "c: |\n  b: c\nd: 1\n"),
    ],
)
def test_lines_of_nindent_end_what_stands_before_them(template: str, expected: str) -> None:
    """What older templates write with ``{{-`` and ``nindent`` stands below keys, dashes and headers."""
    assert expected == render({TEMPLATE: template}, {"x": "b: c", "m": {"x": 1}})


@pytest.mark.parametrize("value", ["c", 3, [1]])
def test_text_that_goes_on_below_a_value_is_told_at_the_value(value: object) -> None:
    """A line further to the right below an expression that is a value of its own is refused, whatever the value."""
    with pytest.raises(RenderError, match="is a value of its own") as caught:
        render({TEMPLATE: "k: {{ values.y }}\na: {{ values.x }}\n  b\n"}, {"x": value, "y": 1})
    assert 2 == caught.value.line


def test_a_block_scalar_that_keeps_newlines_is_not_given_another() -> None:
    """Text that ``|+`` cannot hold as it is written in quotes, with the newline of its line."""
    assert 'a: "\\tb\\n"\n' == render({TEMPLATE: "a: |+\n  {{ values.x }}\n"}, {"x": "\tb"})


@pytest.mark.parametrize("value", ["", None, {}, []])
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a:\n  {{ values.x }}\n  b: 1\n", {"a": {"b": 1}}),
        ("a:\n  b: 1\n  {{ values.x }}\n", {"a": {"b": 1}}),
        ("a:\n- 1\n{{ values.x }}\n- 2\n", {"a": [1, 2]}),
        ("{{ values.x }}\na: 1\n", {"a": 1}),
    ],
)
def test_what_is_empty_gives_nothing_among_keys_and_items(template: str, expected: object, value: object) -> None:
    """Empty text too, as ``{{ macro() if wanted else '' }}`` gives it."""
    assert expected == documents.read(render({TEMPLATE: template}, {"x": value})).data


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("data:\n  a {{ values.x }}\n  b: c\n", 2),
        ("data:\n  a:{{ values.x }}\n  b: c\n", 2),
        ("data:\n  - name web-{{ values.x }}\n    image: y\n", 2),
        ("data:\n  r:\n    {{- values.m }}\n  z: end\n", 3),
        ("data:\n  a: 1\n  {{ values.m }}\n    z: end\n", 3),
        ("data:\n  a: 1\n  {{ values.l }}\n    z: end\n", 3),
        ("r:\n{{ values.m }}\n  z: end\n", 2),
    ],
)
def test_what_would_join_lines_is_refused(template: str, line: int) -> None:
    """A forgotten colon or a line too far right never makes another structure of the lines around it."""
    with pytest.raises(RenderError) as caught:
        render({TEMPLATE: template}, {"x": 2, "m": {"k": {"l": 1}}, "l": [{"k": 1}]})
    assert line == caught.value.line


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a:\n- &a {{ values.m }}\n- *a\n", "a:\n- &a {k: {l: 1}}\n- *a\n"),
        ("a:\n  &a {{ values.l }}\nb: *a\n", "a:\n  &a [{k: 1}]\nb: *a\n"),
        ("a: &a {{ values.m }}\nb: *a\n", "a: &a\n  k:\n    l: 1\nb: *a\n"),
        ("a:\n- {%- if true %} {{ values.x }}{% endif %}\n", "a:\n- 2\n"),
        ("a: {{ (values.x | quote) ~ values.q }}\n", 'a: |-\n  "2"\n  b: c\n'),
        ("a: {{ [values.x, values.x] | map('quote') | join(values.q) }}\n", 'a: |-\n  "2"\n  b: c"2"\n'),
        ("a: [{{ [values.x, values.x] | map('quote') | join(', ') }}]\n", 'a: ["2", "2"]\n'),
    ],
)
def test_what_stands_before_a_value_stays_its(template: str, expected: str) -> None:
    """Anchors, dashes that come in a piece of their own, and text joined to what a filter wrote for YAML."""
    values = {"x": 2, "q": "\nb: c", "m": {"k": {"l": 1}}, "l": [{"k": 1}]}
    assert expected == render({TEMPLATE: template}, values)


@pytest.mark.parametrize("template", [r'a: "\x{{ values.x }}"', r'a: "\u00{{ values.x }}"', "a: *{{ values.x }}"])
def test_an_expression_is_no_part_of_an_escape_or_alias(template: str) -> None:
    """Neither may change what the characters before it mean."""
    with pytest.raises(RenderError, match=r"`values\.x` stands"):
        render({TEMPLATE: f"{template}\n"}, {"x": "41"})


def test_texts_of_texts_are_counted() -> None:
    """Empty texts that hold each other twice, sixty times over, end in a bound."""
    doubled = "".join(f"{{% set a{n} %}}{{{{ a{n - 1} }}}}{{{{ a{n - 1} }}}}{{% endset %}}" for n in range(1, 60))
    with pytest.raises(RenderError, match="too large"):
        render({TEMPLATE: f"{{% set a0 %}}{{% endset %}}{doubled}a: {{{{ a59 }}}}\n"}, {})
