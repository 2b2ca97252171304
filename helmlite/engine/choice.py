"""Which engine renders a chart."""

from __future__ import annotations

from helmlite.chart.chart import Chart
from helmlite.engine.engine import Engine
from helmlite.engine.plain import ENDING, PlainEngine


def engine_for(chart: Chart) -> Engine:
    """Return the engine that a chart needs; Jinja2 is imported for ``.j2`` templates only."""
    if any(file.name.endswith(ENDING) for _, each in chart.walk() for file in each.templates):
        from helmlite.engine.jinja import JinjaEngine

        return JinjaEngine()
    return PlainEngine()
