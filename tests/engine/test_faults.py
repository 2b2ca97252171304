"""What a fault of a template looks like: golden texts, one file each, rewritten with HELMLITE_REWRITE_GOLDEN=1."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helmlite.errors import ClusterError, RenderError

GOLDEN = Path(__file__).with_name("golden")

VALUES = {
    "image": {"repository": "nginx", "tag": "1"},
    "service": {"port": 80},
    "empty": None,
    "text": "abc",
    "list": [1, 2],
    "password": "canary-7f3a",
    "template": "a\n{{ valeus.x }}",
}

HELPERS = """\
{% macro labels(name) %}
app: {{ name }}
version: {{ values.image.tga }}
{% endmacro %}
{% macro outer() %}
{{ labels('x') }}
{% endmacro %}
{% macro endless() %}{{ endless() }}{% endmacro %}
"""

CASES = {
    "undefined-key": "a: 1\nb: 2\nc: {{ values.image.tga }}\nd: 4\ne: 5\nf: 6\n",
    "undefined-key-no-near-name": "{{ values.service.host }}",
    "undefined-key-by-style": "{{ chart.appVersion }}",
    "undefined-name": "{{ Values.image }}",
    "undefined-local-name": "{% set replicas = 1 %}\n{{ replica }}",
    "undefined-loop-name": "{% for item in values.list %}\n{{ itm }}\n{% endfor %}",
    "undefined-through-filter": "{{ values.imge | upper }}",
    "undefined-in-condition": "{% if values.imge %}{% endif %}",
    "undefined-in-list": "{{ [values.imge] }}",
    "undefined-deeper": "{{ values.nothing.at.all }}",
    "undefined-index": "{{ values.list[7] }}",
    "undefined-computed-key": "{{ values[values.password] }}",
    "undefined-of-null": "{{ values.empty.port }}",
    "undefined-of-text": "{{ values.text.port }}",
    "undefined-of-object": "{{ capabilities.kube_version.mayor }}",
    "undefined-of-namespace": "{% set ns = namespace(count=1) %}{{ ns.cuont }}",
    "undefined-of-import": "{% import '_helpers.j2' as h %}{{ h.lables('x') }}",
    "undefined-from-import": "{% from '_helpers.j2' import lables %}{{ lables('x') }}",
    "undefined-parameter": "{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}",
    "inline-if-without-else": "{{ ('x' if false) + 'y' }}",
    "in-macro": "{% import '_helpers.j2' as h %}\n\nmeta:\n  {{ h.labels('web') }}\n",
    "in-macro-of-macro": "{% import '_helpers.j2' as h %}\n{{ h.outer() }}\n",
    "in-include": "a: 1\n{% include '_part.j2' %}\n",
    "in-tpl": "x: y\nz: {{ tpl(values.template) }}\n",
    "in-compare": "a: 1\n{% if 1 < 2 < values.nope %}{% endif %}\n",
    "syntax-end-of-block": "a: 1\n{% if values.image %}\nb: 2\n",
    "syntax-unknown-tag": "{% fore x in y %}",
    "syntax-expression": "a: {{ values.image. }}",
    "syntax-in-include": "{% include '_broken.j2' %}",
    "syntax-unclosed": "a: {{ values.image",
    "go-syntax": "a: {{ .Values.image }}",
    "unknown-filter": "{{ 'a' | uper }}",
    "unknown-test": "{{ 'a' is strnig }}",
    "unknown-template": "{% import '_helper.j2' as h %}",
    "break-outside-loop": "a\n{% break %}",
    "add-number-to-text": "a: {{ 1 + 'x' }}",
    "compare-text-with-number": "{{ 'a' < 1 }}",
    "unpack-a-mapping": "{% for k, v in values.image %}{% endfor %}",
    "loop-over-a-number": "{% for k in values.service.port %}{% endfor %}",
    "sort-mixed": "{{ [1, 'a'] | sort }}",
    "call-text": "{{ values.text() }}",
    "call-with-wrong-arguments": "{{ 'a' | center(1, 2, 3) }}",
    "print-a-method": "{{ values.image.keys }}",
    "change-a-value": "{% do values.update({'a': 1}) %}",
    "assign-to-a-value": "{% set values.a = 1 %}",
    "underscore": "{{ ''.__class__ }}",
    "division": "{{ 1 / 0 }}",
    "not-in-list": "{{ values.list.index(values.password) }}",
    "bad-number-does-not-show-text": "{{ '%d' % values.password }}",
    "half-a-character": "a: {{ '\\ud800' }}",
    "missing-file": "{{ files.get('conf/ap.ini') }}",
    "deep-recursion": "{% import '_helpers.j2' as h %}{{ h.endless() }}",
    "include-of-itself": "{% include 'web.txt.j2' %}",
    "deep-brackets": "{{ " + "[" * 80 + "]" * 80 + " }}",
    "deep-sum": "{{ 1" + " + 1" * 2000 + " }}",
    "deep-loops": "{% for a in [1] %}" * 25 + "{% endfor %}" * 25,
    "large-number": "{{ " + "9" * 5000 + " }}",
    "large-text": "{{ 'x' * 20000000 }}",
    "large-range": "{{ range(1000000) }}",
}

OTHERS = {
    "_helpers.j2": HELPERS,
    "_part.j2": "b: 1\nc: {{ values.image.tga }}\n",
    "_broken.j2": "x\n{% endif %}\n",
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_reads_as_its_golden_text(fault: Callable[..., RenderError], name: str) -> None:
    """The message, its lines, chain and hint are exactly what the golden file holds."""
    error = fault(CASES[name], VALUES, others=OTHERS)
    text = f"{error}\nhint: {error.hint}\n"
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("HELMLITE_REWRITE_GOLDEN"):
        golden.write_text(text)
    assert golden.read_text() == text


@pytest.mark.parametrize("name", CASES)
def test_a_fault_shows_no_value(fault: Callable[..., RenderError], name: str) -> None:
    """What a value holds is in neither the message nor the hint nor a chained exception."""
    error = fault(CASES[name], VALUES, others=OTHERS)
    assert "canary" not in f"{error}{error.hint}{error!r}"
    assert error.__cause__ is None
    assert error.__suppress_context__


COMPUTED = {
    "a step of a path": "{{ values | dig('image', values.password) }}",
    "part of a step": "{{ values | dig('image', 'x-' ~ values.password ~ '.y') }}",
    "an attribute": "{{ values.image | attr(values.password) }}",
    "an attribute of Python's": "{{ values.image | attr('_' ~ values.password) }}",
    "an attribute of each": "{{ [values] | map(attribute=values.password) | list }}",
    "an attribute to sort by": "{{ [values, values] | sort(attribute='image.' ~ values.password) }}",
    "a key of text": "{{ values.text[values.password] }}",
    "a key of a number": "{{ values.service.port[values.password] }}",
    "a filter's name": "{{ [1] | map(values.password) | list }}",
    "a test's name": "{{ [1] | select(values.password) | list }}",
    "a block": "{{ self[values.password]() }}",
    "a file": "{{ files.get(values.password) }}",
    "a file's bytes": "{{ files.get_base64(values.password) }}",
    "a pattern of files": "{{ files.glob(values.password ~ '[') }}",
    "a template": "{% include values.password %}",
    "a path of one": "{% include '../' ~ values.password %}",
    "an argument of a function": "{{ range(**{values.password: 1}) }}",
    "an argument of a macro": "{% macro m() %}{% endmacro %}{{ m(**{values.password: 1}) }}",
    "an argument of a filter": "{{ 'a' | center(**{values.password: 1}) }}",
    "in a macro": "{% macro m(k) %}{{ values | dig(k) }}{% endmacro %}{{ m(values.password) }}",
    "in tpl": "{{ tpl('{{ values | dig(values.password) }}') }}",
}


@pytest.mark.parametrize("name", COMPUTED)
def test_what_a_template_computes_is_not_shown(fault: Callable[..., RenderError], name: str) -> None:
    """A name that is not spelled in the template may come out of a Secret: the message says that it is computed."""
    error = fault(COMPUTED[name], VALUES)
    assert "canary" not in f"{error}{error.hint}{error!r}"
    assert re.search("computed|no such key", str(error)), error


LITERAL = {
    "alone among keys": "  a: 1\n  {{ 'canary' }}\n  b: 2",
    "as a key": "  {{ ['canary'] }}: 1",
    "behind a quoted text": "  a: 'x'{{ 'canary' }}",
    "behind a backslash": "  a: \"\\{{ 'canary' ~ 1 }}\"",
    "a file's name": "  a: {{ files.get('canary') }}",
    "a step of a path": "  a: {{ values | dig('canary') }}",
    "on the next line": "  a: {{ values.none.x | default('x',\n   'canary') }}",
}


@pytest.mark.parametrize("name", LITERAL)
def test_literals_of_a_secret_are_not_shown(fault: Callable[..., RenderError], name: str) -> None:
    """Neither the message, which names the expression, nor the hint nor the excerpt has them."""
    template = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\nstringData:\n{LITERAL[name]}\n"
    error = fault("", VALUES, others={"a.yaml.j2": template})
    assert "canary" not in f"{error}{error.hint}{error!r}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ values | dig('image', 'tga') }}", "there is no 'tga' on the path 'image', 'tga'"),
        ("{{ values | dig('image.tga') }}", "there is no 'tga' on the path 'image.tga'"),
        ("{{ values.image | attr('tga') }}", "'tga' of a mapping is undefined; did you mean 'tag'?"),
        ("{{ [values] | map(attribute='image.tga') | list }}", "'tga' of a mapping is undefined; did you mean 'tag'?"),
        ("{{ [1] | map('uper') | list }}", "there is no filter 'uper'; did you mean 'upper'?"),
        ("{% macro m(k) %}{{ values | dig(k) }}{% endmacro %}{{ m('imgae') }}", "there is no 'imgae' on the path"),
    ],
)
def test_what_a_template_spells_is_shown(fault: Callable[..., RenderError], text: str, message: str) -> None:
    """Names that stand in the template are told."""
    assert message in str(fault(text, VALUES))


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a: 1\n{{- if .Values.on }}\nb: 2\n{% endif %}", 2, "{% if ... %}"),
        ("a: 1\n{{- if .Values.on }}\nb: 2\n{% end %}", 2, "{% if ... %}"),
        ("a: 1\n{{- range .Values.ports }}\nb: 2\n{% endfor %}", 2, "{% for item in"),
        ("a: 1\n{{- with .Values.a }}\n{{ end }}", 2, "{% with item ="),
        ("a\n{{ if x }}\n", 2, "{% if ... %}"),
        ("a\n{{ end }}", 2, "Each block has its own end"),
        ("a\n{% if true %}{% end %}", 2, "Each block has its own end"),
        ('a\n{{- include "x" . }}', 2, "import"),
        ("a\n{{- toYaml .Values.x | nindent 10 }}", 2, "alone is enough"),
        ("a\n{{ values.list | nindent 10 }}", 2, "nindent(10)"),
        ("a\n{{ default 1 .Values.x }}", 2, "value | default(1)"),
        ("a\n{% if eq a b %}{% endif %}", 2, "a == b"),
        ("a\n{{/* c */}}", 2, "{# ... #}"),
        ("a\n{{ $x := 1 }}", 2, "{% set x = 1 %}"),
        ("a\n{{ define 'x' }}", 2, "{% macro"),
        ("a\n{% if true %}{% else if false %}{% endif %}", 2, "{% elif ... %}"),
        ("a\n{{ a && b }}", 2, "a and b"),
        ("a\n{{ a || b }}", 2, "a or b"),
        ("a\n{{ a ? b : c }}", 2, "b if a else c"),
        ("a\n{{ .Release.Name }}", 2, "release.name"),
        ("a\n{{ tpl(x, .) }}", 2, "tpl(text)"),
    ],
)
def test_a_form_of_gos_templates_is_told_with_its_own(
    fault: Callable[..., RenderError], text: str, line: int, hint: str
) -> None:
    """The line is the one where it stands, and the hint is how it is written here."""
    error = fault(text, VALUES)
    assert error.line == line
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{{ values.my-key }}", "A key with a dash is written `values['my-key']`."),
        ("{{ names.label('x') }}", "A file of macros is imported: `{% import ... as names with context %}`."),
        ("{% import '_helpers.j2' as names %}{{ names.lable('x') }}", None),
        ("{{ printf('x') }}", None),
        ("{{ values.nope }}", "`| default(...)` gives a value where there may be none."),
    ],
)
def test_only_a_missing_value_is_given_a_default(
    fault: Callable[..., RenderError], text: str, hint: str | None
) -> None:
    """What is called is no value, and a dash is no part of a name."""
    assert fault(text, VALUES, others=OTHERS).hint == hint


def test_every_golden_file_has_its_case() -> None:
    """No golden text is left over."""
    assert sorted(CASES) == sorted(path.stem for path in GOLDEN.glob("*.txt"))


def test_a_clusters_error_gains_the_place(make_chart: Callable[..., Any], render_chart: Callable[..., Any]) -> None:
    """A lookup that the cluster refuses keeps its kind, and names template and line."""

    def refused(*names: str) -> dict[str, Any]:
        raise ClusterError("secrets are forbidden", status=403)

    chart = make_chart({"a.j2": "x\n{{ lookup('v1', 'Secret', 'prod', 'db') }}"})
    with pytest.raises(ClusterError, match=r"^shop/templates/a\.j2:2: secrets are forbidden$"):
        render_chart(chart, lookup=refused)
