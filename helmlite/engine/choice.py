"""Which engine renders a chart."""

from __future__ import annotations

from pathlib import Path

from helmlite.chart.chart import Chart
from helmlite.engine.engine import Engine
from helmlite.engine.plain import ENDING, PlainEngine


def engine_for(chart: Chart, cache_folder: Path | None = None) -> Engine:
    """Return the engine that a chart needs; Jinja2 is imported for ``.j2`` templates only.

    Compiled templates are kept in ``cache_folder``, if there is one.
    """
    if any(file.name.endswith(ENDING) for _, each in chart.walk() for file in each.templates):
        from helmlite.engine.compiled import CompiledTemplates
        from helmlite.engine.jinja import JinjaEngine

        return JinjaEngine(None if cache_folder is None else CompiledTemplates(cache_folder / "compiled"))
    return PlainEngine()
