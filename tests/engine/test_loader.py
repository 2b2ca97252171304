"""How templates find each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helmlite.errors import RenderError

Maker = Callable[..., Any]

LABELS = "{% macro labels(name) %}app: {{ name }} of {{ chart.name }}{% endmacro %}"


def test_a_name_is_relative_to_templates(make_chart: Maker, render_chart: Maker) -> None:
    """An import from a file in a folder starts at templates/ all the same."""
    chart = make_chart({"web/a.j2": "{% import 'lib/_l.j2' as l %}{{ l.labels('x') }}", "lib/_l.j2": LABELS})
    assert "app: x of shop" == render_chart(chart).texts["shop/templates/web/a.j2"]


def test_a_library_is_reached_below_charts(make_chart: Maker, render_chart: Maker) -> None:
    """``charts/NAME/FILE`` is a file of a subchart, which sees its own chart's names."""
    library = make_chart({"_l.j2": LABELS}, name="common", type="library")
    chart = make_chart({"a.j2": "{% from 'charts/common/_l.j2' import labels %}{{ labels('x') }}"}, subcharts=[library])
    assert "app: x of common" == render_chart(chart).texts["shop/templates/a.j2"]


def test_an_import_with_context_sees_the_importers_names(make_chart: Maker, render_chart: Maker) -> None:
    """``with context`` lets a library's macro see the chart that imports it."""
    library = make_chart({"_l.j2": LABELS}, name="common", type="library")
    chart = make_chart(
        {"a.j2": "{% import 'charts/common/_l.j2' as l with context %}{{ l.labels('x') }}"}, subcharts=[library]
    )
    assert "app: x of shop" == render_chart(chart).texts["shop/templates/a.j2"]


def test_an_include_sees_the_includers_names(make_chart: Maker, render_chart: Maker) -> None:
    """An included file sees values and local names of the file that includes it."""
    chart = make_chart(
        {"a.j2": "{% set x = 1 %}{% include '_b.j2' %}", "_b.j2": "{{ x }}{{ values.y }}{{ template.name }}"}
    )
    assert '"12shop/templates/a.j2"' == render_chart(chart, {"y": 2}).texts["shop/templates/a.j2"]


def test_a_template_extends_another(make_chart: Maker, render_chart: Maker) -> None:
    """``extends`` and ``super`` work, from a library too."""
    library = make_chart({"_base.j2": "[{% block b %}base{% endblock %}]"}, name="common", type="library")
    text = "{% extends 'charts/common/_base.j2' %}{% block b %}{{ super() }}+{{ values.x }}{% endblock %}"
    chart = make_chart({"a.j2": text}, subcharts=[library])
    assert "[base+1]" == render_chart(chart, {"x": 1}).texts["shop/templates/a.j2"]


def test_a_subchart_reaches_a_library_of_its_parent(make_chart: Maker, render_chart: Maker) -> None:
    """A library beside a subchart is found through the chart above both."""
    library = make_chart({"_l.j2": LABELS}, name="common", type="library")
    sub = make_chart({"a.j2": "{% import 'charts/common/_l.j2' as l %}{{ l.labels('y') }}"}, name="web")
    chart = make_chart({}, subcharts=[library, sub])
    assert "app: y of common" == render_chart(chart).texts["shop/charts/web/templates/a.j2"]


def test_a_chart_in_a_subchart_is_reached(make_chart: Maker, render_chart: Maker) -> None:
    """``charts/A/charts/B/FILE`` goes down two levels."""
    inner = make_chart({"_l.j2": LABELS}, name="inner", type="library")
    outer = make_chart({}, name="outer", subcharts=[inner])
    chart = make_chart(
        {"a.j2": "{% import 'charts/outer/charts/inner/_l.j2' as l %}{{ l.labels('z') }}"}, subcharts=[outer]
    )
    assert "app: z of inner" == render_chart(chart).texts["shop/templates/a.j2"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("_lables.j2", "there is no template '_lables.j2'; did you mean '_labels.j2'?"),
        ("charts/comon/_l.j2", "there is no template 'charts/comon/_l.j2'; did you mean 'charts/common/_l.j2'?"),
        ("../Chart.yaml", "'../Chart.yaml' is no template's name"),
        ("/etc/passwd", "'/etc/passwd' is no template's name"),
        ("./_labels.j2", "'./_labels.j2' is no template's name"),
        ("charts/common/../x.j2", "is no template's name"),
        ("plain.yaml", "'plain.yaml' does not end in .j2"),
    ],
)
def test_a_wrong_name_is_an_error_that_helps(make_chart: Maker, render_chart: Maker, name: str, message: str) -> None:
    """A name that finds nothing, or leaves the chart, is an error at its line with the nearest names."""
    library = make_chart({"_l.j2": LABELS}, name="common", type="library")
    chart = make_chart(
        {"a.j2": "\n{% include '" + name + "' %}", "_labels.j2": "", "plain.yaml": "a: 1"}, subcharts=[library]
    )
    with pytest.raises(RenderError) as caught:
        render_chart(chart)
    assert message in caught.value.reason
    assert ("shop/templates/a.j2", 2) == (caught.value.path, caught.value.line)


def test_a_missing_include_can_be_ignored(make_chart: Maker, render_chart: Maker) -> None:
    """``ignore missing`` makes a name that finds nothing harmless."""
    assert (
        "ok" == render_chart(make_chart({"a.j2": "{% include 'x.j2' ignore missing %}ok"})).texts["shop/templates/a.j2"]
    )


def test_a_template_that_is_no_text_is_refused(make_chart: Maker, render_chart: Maker) -> None:
    """Bytes that are no UTF-8 are an error with the file's name."""
    with pytest.raises(RenderError, match=r"shop/templates/a\.j2.*the file is not UTF-8"):
        render_chart(make_chart({"a.j2": b"a\xff"}))
