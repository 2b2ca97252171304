"""The documentation of the functions: it is up to date, and every example prints what it says."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from helmlite.engine.bounds import Meter
from helmlite.engine.engine import RenderedChart, no_lookup
from helmlite.engine.functions import Function, FunctionScope, sections
from helmlite.engine.functions.reference import reference
from helmlite.engine.jinja import JinjaEngine
from helmlite.engine.limits import RenderBounds
from helmlite.manifest.capabilities import Capabilities

PAGE = Path(__file__).parents[3] / "docs" / "functions.md"
SCOPE = FunctionScope(
    now=datetime(2026, 1, 31, 12, 0, tzinfo=UTC),
    random=Random(1),
    lookup=no_lookup,
    meter=Meter(RenderBounds()),
    capabilities=Capabilities.offline(),
    render_text=lambda text, names: text,
)
SECTIONS = sections(SCOPE)
FUNCTIONS = [each for section in SECTIONS for each in section.functions]
EXAMPLES = [(each, *example) for each in FUNCTIONS for example in each.examples]


def test_the_page_is_up_to_date() -> None:
    """docs/functions.md is what the functions say of themselves (HELMLITE_REWRITE_GOLDEN=1 writes it anew)."""
    if os.environ.get("HELMLITE_REWRITE_GOLDEN"):
        PAGE.write_text(reference(SECTIONS), encoding="utf-8")
    assert reference(SECTIONS) == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("function", "expression", "printed"),
    EXAMPLES,
    ids=[f"{each.name}: {expression}" for each, expression, _ in EXAMPLES],
)
def test_an_example_prints_what_it_says(
    function: Function,
    expression: str,
    printed: str,
    make_chart: Callable[..., Any],
    make_context: Callable[..., Any],
) -> None:
    """The expression of an example, rendered, is its result."""
    chart = make_chart({"a.txt.j2": f"{{{{ {expression} }}}}"})
    rendered: RenderedChart = JinjaEngine().render(chart, make_context())
    assert printed == rendered.texts["shop/templates/a.txt.j2"].removesuffix("\n")


def test_every_function_is_described() -> None:
    """Each has a usage that names it, and says what it gives."""
    assert [] == [each.name for each in FUNCTIONS if each.name not in each.usage or not each.does]


def test_names_are_unique() -> None:
    """No function hides another one."""
    names = [each.name for each in FUNCTIONS]
    assert sorted(set(names)) == sorted(names)
