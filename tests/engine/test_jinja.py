"""What the language does: printing, names, loops, imports, what is rendered and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helmlite.engine.engine import ReleaseFacts
from helmlite.errors import ChartError, RenderError

Render = Callable[..., str]
Maker = Callable[..., Any]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("true", "true"),
        ("false", "false"),
        ("none", "null"),
        ("3", "3"),
        ("1.5", "1.5"),
        ("1e999", ".inf"),
        ("-1e999", "-.inf"),
        ("'text'", "text"),
        ("[1, 'a', none]", '[1, "a", null]'),
        ("(1, 2)", "[1, 2]"),
        ("{'a': [true]}", '{"a": [true]}'),
        ("{1: 2, none: 3}", '{"1": 2, "null": 3}'),
        ("[1e999]", '[".inf"]'),
        ("range(3)", "[0, 1, 2]"),
        ("'a' ~ 1 ~ none ~ true", "a1nulltrue"),
        ("'x' if false", ""),
        ("'\\d+'", "\\d+"),
        ("'tab\\t'", "tab\t"),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_printing_gives_yaml_words(render: Render, expression: str, expected: str) -> None:
    """A printed value keeps its type when YAML reads it back."""
    assert expected == render("{{ " + expression + " }}")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3 ** 2 - 4 / 2", "17.0"),
        ("7 // 2 ~ 7 % 2", "31"),
        ("'a' + 'b'", "ab"),
        ("[1] + [2]", "[1, 2]"),
        ("'ab' * 2", "abab"),
        ("'%s-%03d' % ('a', 7)", "a-007"),
        ("'%(a)s' % {'a': 1}", "1"),
        ("'{}-{a:>3}'.format(1, a=2)", "1-  2"),
        ("'{0[a]}{0.a}'.format({'a': 5})", "55"),
        ("'{} {!r} {}'.format(true, 'a', [none])", "true 'a' [null]"),
        ("'%s %s %s' % (true, none, [1])", "true null [1]"),
        ("'%s' % [1, 2]", "[1, 2]"),
        ("{(1, 2): 3}[(1, 2)]", "3"),
        ("1 < 2 <= 2 > 0", "true"),
        ("1 < 2 < 2", "false"),
        ("1 in [1] and 'a' not in 'bcd'", "true"),
        ("-(3) ~ +(4)", "-34"),
        ("'abcdef'[1:4] ~ 'abc'[::-1] ~ 'abc'[-1]", "bcdcbac"),
        ("[1, 2, 3][1:]", "[2, 3]"),
        ("not true or 1 == 1.0", "true"),
        ("'Ab'.lower() ~ 'ab'.upper() ~ ' a '.strip()", "abABa"),
        ("'a,b'.split(',')", '["a", "b"]'),
        ("'-'.join(['a', 'b'])", "a-b"),
        ("'aXbX'.replace('X', '-', 1)", "a-bX"),
        ("'v1'.removeprefix('v')", "1"),
        ("[1, 2, 1].count(1) ~ [1, 2].index(2)", "21"),
    ],
)
def test_operators_and_methods_are_pythons(render: Render, expression: str, expected: str) -> None:
    """Operators and the methods of text and lists give what Python gives."""
    assert expected == render("{{ " + expression + " }}")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a b' | title ~ 'x' | upper", "A BX"),
        ("'  x ' | trim | center(3)", " x "),
        ("[3, 1, 2] | sort | join(',')", "1,2,3"),
        ("[{'n': 'b'}, {'n': 'a'}] | sort(attribute='n') | map(attribute='n') | join", "ab"),
        ("['b', 'A'] | sort", '["A", "b"]'),
        ("{'b': 1, 'a': 2} | dictsort", '[["a", 2], ["b", 1]]'),
        ("[1, 2, 3] | select('odd') | list", "[1, 3]"),
        ("[1, 2, 3] | reject('gt', 1) | list", "[1]"),
        ("[{'a': 1}, {'a': 0}] | selectattr('a') | list", '[{"a": 1}]'),
        ("[{'a': 1}, {'a': 2}] | rejectattr('a', 'eq', 1) | list", '[{"a": 2}]'),
        ("['a', 'B'] | map('upper') | join", "AB"),
        ("[1, 2, 3] | sum ~ [1, 5] | max ~ [4, 2] | min", "652"),
        ("[1, 2, 3, 4, 5] | batch(2, 'x') | list", '[[1, 2], [3, 4], [5, "x"]]'),
        ("[1, 2, 3] | slice(2) | list", "[[1, 2], [3]]"),
        ("['a', 'A', 'b'] | unique | list", '["a", "b"]'),
        ("[1, 2] | first ~ [1, 2] | last ~ [1, 2] | length", "122"),
        ("'abc' | reverse ~ [1, 2] | reverse", "cba[2, 1]"),
        ("{'a': {'b': 1}} | attr('a')", '{"b": 1}'),
        ("values.x | default('d') ~ '' | default('e', true)", "de"),
        ("'12' | int + '1.5' | float", "13.5"),
        ("'x' | int(7) ~ 'ff' | int(base=16) ~ '3.7' | int", "72553"),
        ("2.5 | round ~ 2.44 | round(1) ~ 2.1 | round(0, 'ceil') ~ -1 | abs", "2.02.43.01"),
        ("'a\nb' | indent(2)", "a\n  b"),
        ("'a\n\nb' | indent(2, true)", "  a\n\n  b"),
        ("{'a': [1]} | tojson", '{"a": [1]}'),
        ("'a b/ä' | urlencode", "a%20b/%C3%A4"),
        ("{'a': 1, 'b': 'c d'} | urlencode", "a=1&b=c%20d"),
        ("'one two three' | wordwrap(7)", "one two\nthree"),
        ("'one two' | wordcount", "2"),
        ("'a long text that is cut' | truncate(10, true)", "a long ..."),
        ("'aaa' | replace('a', 'b', 2)", "bba"),
        ("'%s-%s' | format('a', 1)", "a-1"),
        ("1500000 | filesizeformat ~ 2048 | filesizeformat(true)", "1.5 MB2.0 KiB"),
        ("'<a & b>' | e", "&lt;a &amp; b&gt;"),
        ("1 | string ~ [1] | string", "1[1]"),
    ],
)
def test_jinja2s_filters_work(render: Render, expression: str, expected: str) -> None:
    """The filters that Jinja2 has for text, numbers and lists are there."""
    assert expected == render("{{ " + expression + " }}")


@pytest.mark.parametrize(
    "test",
    [
        "values.a is defined", "values.b is undefined", "none is none", "1 is number", "1.5 is float", "2 is even",
        "1 is odd", "9 is divisibleby 3", "'a' is string", "{} is mapping", "[] is sequence", "[] is iterable",
        "true is boolean", "true is true", "false is false", "1 is integer", "1 is eq 1", "1 is lt 2", "1 is in [1]",
        "'ab' is lower", "'AB' is upper", "'upper' is filter", "'odd' is test", "range is callable", "1 is sameas 1",
        "true is not integer", "1 is not none",
    ],
)  # fmt: skip
def test_jinja2s_tests_work(render: Render, test: str) -> None:
    """The tests that Jinja2 has are there."""
    assert "true" == render("{{ " + test + " }}", {"a": 1})


def test_a_key_comes_before_a_method(render: Render) -> None:
    """On a mapping ``a.items`` is the user's key."""
    assert "mine" == render("{{ values.items }}", {"items": "mine"})


def test_a_mapping_is_walked_with_items(render: Render) -> None:
    """``| items`` gives the pairs of a mapping that has a key of that name."""
    assert "items=1;b=2;" == render(
        "{% for k, v in values.env | items %}{{ k }}={{ v }};{% endfor %}", {"env": {"items": 1, "b": 2}}
    )


def test_blocks_leave_no_blank_lines(render: Render) -> None:
    """A line that holds only a block leaves nothing behind, and the last line keeps its end."""
    assert "a: 1\n" == render("{% if true %}\n  {% set x = 1 %}\na: {{ x }}\n{% endif %}\n")


def test_do_and_loop_controls_work(render: Render) -> None:
    """``do``, ``break`` and ``continue`` are there."""
    text = (
        "{% for i in range(9) %}{% if i == 1 %}{% continue %}{% endif %}{% if i > 3 %}{% break %}{% endif %}{{ i }}"
        "{% endfor %}{% do values.get('a') %}"
    )
    assert "023" == render(text)


def test_a_loop_knows_where_it_is(render: Render) -> None:
    """The documented names of ``loop`` work."""
    text = (
        "{% for i in 'abc' %}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ loop.cycle('x', 'y') }}"
        "{{ loop.changed(i) }} {% endfor %}"
    )
    assert "1truefalsextrue 2falsefalseytrue 3falsetruextrue " == render(text)


def test_a_recursive_loop_works(render: Render) -> None:
    """``loop(...)`` renders the body for the children."""
    tree = {"tree": [{"n": "a", "c": [{"n": "b", "c": []}]}]}
    assert "a(b())" == render("{% for x in values.tree recursive %}{{ x.n }}({{ loop(x.c) }}){% endfor %}", tree)


def test_a_namespace_keeps_what_a_loop_sets(render: Render) -> None:
    """``namespace`` carries values out of loops."""
    assert "6" == render(
        "{% set ns = namespace(n=0) %}{% for i in [1, 2, 3] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}"
    )


def test_a_group_has_names(render: Render) -> None:
    """``groupby`` gives groups with ``grouper`` and ``list``."""
    text = "{% for g in values.l | groupby('k') %}{{ g.grouper }}:{{ g.list | map(attribute='v') | join }} {% endfor %}"
    values = {"l": [{"k": "b", "v": 1}, {"k": "a", "v": 2}, {"k": "b", "v": 3}]}
    assert "a:2 b:13 " == render(text, values)


def test_a_macro_is_called_with_a_caller(render: Render) -> None:
    """``call`` blocks and default arguments work."""
    text = (
        "{% macro box(a, b=2) %}[{{ a }}{{ b }}{{ caller('x') }}]{% endmacro %}"
        "{% call(y) box(1) %}<{{ y }}>{% endcall %}"
    )
    assert "[12<x>]" == render(text)


def test_cycler_and_joiner_work(render: Render) -> None:
    """``cycler`` and ``joiner`` keep their place."""
    text = "{% set c = cycler('a', 'b') %}{% set j = joiner('+') %}{{ c.next() }}{{ c.current }}{{ j() }}{{ j() }}"
    assert "ab+" == render(text)


def test_templates_see_what_helms_see(make_chart: Maker, render_chart: Maker) -> None:
    """The names of release, chart, capabilities and template are there in lower case."""
    text = (
        "{{ release.name }} {{ release.namespace }} {{ release.revision }} {{ release.is_install }} "
        "{{ release.is_upgrade }} {{ release.service }} {{ chart.name }} {{ chart.version }} {{ chart.app_version }} "
        "{{ chart.is_root }} {{ capabilities.kube_version }} {{ capabilities.kube_version.version }} "
        "{{ capabilities.kube_version.major }}.{{ capabilities.kube_version.minor }} "
        "{{ 'apps/v1' in capabilities.api_versions }} {{ capabilities.api_versions.has('apps/v2') }} "
        "{{ template.name }} {{ template.base_path }}"
    )
    release = ReleaseFacts(name="demo", namespace="prod", revision=3, is_install=False, is_upgrade=True)
    expected = (
        "demo prod 3 false true Helm shop 1.2.3 9.8 true v1.36.1 v1.36.1 1.36 true false "
        "shop/templates/a.j2 shop/templates"
    )
    assert expected == render_chart(make_chart({"a.j2": text}), release=release).texts["shop/templates/a.j2"]


def test_files_are_rendered_in_path_order(make_chart: Maker, render_chart: Maker) -> None:
    """Outputs stand under their chart path, subcharts among them, sorted."""
    sub = make_chart({"x.yaml.j2": "x"}, name="redis")
    chart = make_chart({"b.yaml.j2": "b", "a/z.yaml": "plain: 1\n", "_h.j2": "never"}, subcharts=[sub])
    expected = [
        ("shop/charts/redis/templates/x.yaml.j2", "x"),
        ("shop/templates/a/z.yaml", "plain: 1\n"),
        ("shop/templates/b.yaml.j2", "b"),
    ]
    assert expected == list(render_chart(chart).texts.items())


def test_a_go_template_is_refused(make_chart: Maker, render_chart: Maker) -> None:
    """A file without .j2 that holds ``{{`` is an error with its line, not text for the cluster."""
    chart = make_chart({"a.yaml": "a: 1\nb: {{ .Values.b }}\n"})
    with pytest.raises(RenderError, match="Go template") as caught:
        render_chart(chart)
    assert ("shop/templates/a.yaml", 2) == (caught.value.path, caught.value.line)


def test_a_go_partial_is_left_alone(make_chart: Maker, render_chart: Maker) -> None:
    """A partial without .j2 is never rendered, so that it may hold anything."""
    assert {} == render_chart(make_chart({"_helpers.tpl": "{{ define }}"})).texts


@pytest.mark.parametrize("name", ["NOTES.txt", "NOTES.txt.j2"])
def test_notes_are_kept_apart(make_chart: Maker, render_chart: Maker, name: str) -> None:
    """The root chart's notes are no manifest, and a subchart's are dropped."""
    chart = make_chart({name: "Thanks", "a.yaml.j2": ""}, subcharts=[make_chart({name: "sub"}, name="redis")])
    rendered = render_chart(chart)
    assert ("Thanks", ["shop/templates/a.yaml.j2"]) == (rendered.notes, list(rendered.texts))


def test_notes_of_subcharts_are_joined_when_asked(make_chart: Maker, render_chart: Maker) -> None:
    """With ``subchart_notes`` all notes are joined, the root's first, then by path."""
    subs = [make_chart({"NOTES.txt": name}, name=name) for name in ("b", "a")]
    chart = make_chart({"NOTES.txt.j2": "root"}, subcharts=subs)
    assert "root\na\nb" == render_chart(chart, subchart_notes=True).notes


def test_a_subchart_sees_its_own_values_and_the_global_ones(make_chart: Maker, render_chart: Maker) -> None:
    """Values are scoped by the subchart's name, with ``global`` beside them."""
    text = "{{ values.port }} {{ values.global.env }} {{ chart.name }} {{ chart.is_root }} {{ template.name }}"
    chart = make_chart({}, subcharts=[make_chart({"a.j2": text}, name="redis", alias="cache")])
    texts = render_chart(chart, {"cache": {"port": 1}, "global": {"env": "x"}}).texts
    expected = '"1 x cache false shop/charts/cache/templates/a.j2"'
    assert expected == texts["shop/charts/cache/templates/a.j2"]


def test_a_parent_sees_its_subcharts(make_chart: Maker, render_chart: Maker) -> None:
    """``subcharts.NAME`` holds a subchart's scope."""
    chart = make_chart(
        {"a.j2": "{{ subcharts.redis.chart.version }} {{ subcharts.redis.values.p }}"},
        subcharts=[make_chart({}, name="redis")],
    )
    assert '"1.2.3 1"' == render_chart(chart, {"redis": {"p": 1}}).texts["shop/templates/a.j2"]


def test_a_library_renders_nothing_of_its_own(make_chart: Maker, render_chart: Maker) -> None:
    """A library chart's files give no output, whatever their names."""
    library = make_chart({"a.yaml.j2": "x", "b.yaml": "{{ go }}"}, name="lib", type="library")
    assert {} == render_chart(make_chart({}, subcharts=[library])).texts


def test_a_library_cannot_be_installed(make_chart: Maker, render_chart: Maker) -> None:
    """A library chart as the root is an error."""
    with pytest.raises(ChartError, match="library chart"):
        render_chart(make_chart({}, type="library"))


@pytest.mark.parametrize("kube", ["v1.33.4", "v1.33.4-gke.1", "v1.33.4+k3s1"])
def test_a_vendors_kubernetes_version_counts(make_chart: Maker, render_chart: Maker, kube: str) -> None:
    """A vendor's suffix does not make a version a pre-release."""
    chart = make_chart({"a.j2": "ok"}, kube_version=">=1.20.0")
    assert "ok" == render_chart(chart, kube=kube).texts["shop/templates/a.j2"]


@pytest.mark.parametrize("constraint", [">=1.40", "nonsense"])
def test_an_unsupported_kubernetes_version_is_refused(make_chart: Maker, render_chart: Maker, constraint: str) -> None:
    """The error names the constraint, in a subchart too."""
    chart = make_chart({}, subcharts=[make_chart({}, name="sub", kube_version=constraint)])
    with pytest.raises(ChartError, match=f"shop/charts/sub.*{constraint}"):
        render_chart(chart)


def test_tpl_renders_text_as_a_template(render: Render) -> None:
    """``tpl`` sees what its caller sees, and names given to it."""
    assert "v1 2 3" == render(
        "{% set x = 2 %}{{ tpl(values.t, {'y': 3, 'x': x}) }}", {"t": "{{ values.a }} {{ x }} {{ y }}", "a": "v1"}
    )


def test_tpl_is_a_filter_too(render: Render) -> None:
    """``text | tpl`` is the same."""
    assert "demo" == render("{{ values.t | tpl }}", {"t": "{{ release.name }}"})


def test_files_are_read(render: Render) -> None:
    """``files`` gives text, lines, mappings of base names and whether there is one."""
    text = (
        "{{ files.get('conf/app.ini') | length }} {{ files.lines('conf/app.ini') }} "
        "{{ files.glob('conf/*').as_config() }} {{ 'x' in files }} {{ files.get('x', 'none') }} "
        "{{ files.glob('**').as_secrets() }}{% for f in files %}{{ f }}{% endfor %}"
    )
    expected = '8 ["a=1", "b=2"] {"app.ini": "a=1\\nb=2\\n"} false none {"app.ini": "YT0xCmI9Mgo="}conf/app.ini'
    assert expected == render(text)


def test_each_alias_of_a_subchart_has_its_name(make_chart: Maker, render_chart: Maker) -> None:
    """So that two of the same chart can name their objects apart."""
    subcharts = [make_chart({"a.j2": "{{ chart.name }}"}, name="redis", alias=each) for each in ("cache", "queue")]
    texts = render_chart(make_chart({}, subcharts=subcharts)).texts
    assert {"cache", "queue"} == set(texts.values())


@pytest.mark.parametrize(
    "text", ["{% if false %}\n{{ 1 | nothing }}{% endif %}", "{{ 1 if false else\n(2 is nothing) }}"]
)
def test_an_unknown_name_is_told_in_what_never_runs(text: str, fault: Callable[..., RenderError]) -> None:
    """A misspelled filter or test is an error of the template, whether or not its branch runs."""
    error = fault(text)
    assert ("there is no", 2) == (error.reason[:11], error.line)
