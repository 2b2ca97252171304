"""Which subcharts take part, and under which names: aliases, tags, conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from helmlite.chart.chart import Chart
from helmlite.chart.dependencies import fits
from helmlite.chart.metadata import Dependency

Warn = Callable[[str], None]


def named_charts(chart: Chart, defaults: Mapping[str, Any] | None = None) -> Chart:
    """Return the chart with a subchart for each declared dependency, under its alias; undeclared ones stay.

    ``defaults`` take the place of the chart's own values.
    """
    declared = chart.metadata.dependencies
    names = {each.name for each in declared}
    subcharts = [named_charts(each) for each in chart.subcharts if each.metadata.name not in names]
    for each in declared:
        found = [part for part in chart.subcharts if part.metadata.name == each.name]
        fitting = [part for part in found if not each.version or fits(each.version, part.metadata.version)]
        if fitting:
            subcharts.append(replace(named_charts(fitting[0]), alias=each.alias or None))
    return replace(chart, subcharts=subcharts, values=chart.values if defaults is None else defaults)


def enabled_charts(chart: Chart, values: Mapping[str, Any], warn: Warn) -> Chart:
    """Return the chart without the dependencies that tags or conditions disable, at any depth.

    ``values`` are the final values of the whole tree, with which conditions are resolved.
    """
    return _enabled(chart, values, (), values.get("tags"), warn)


def _enabled(chart: Chart, values: Mapping[str, Any], path: tuple[str, ...], tags: Any, warn: Warn) -> Chart:
    # of the chart itself the final values say it all: a default may have been removed by a null
    own = chart.values.get("tags") if path else None
    known = {**(own if isinstance(own, Mapping) else {}), **(tags if isinstance(tags, Mapping) else {})}
    kept, gone = [], set()
    for each in chart.metadata.dependencies:
        decided = _by_condition(each, values, path, warn)
        if decided is None:
            decided = _by_tags(each, known, warn)
        if decided:
            kept.append(replace(each, enabled=True))
        else:
            gone.add(each.key)
    return replace(
        chart,
        metadata=replace(chart.metadata, dependencies=tuple(kept)),
        subcharts=[
            _enabled(each, values, (*path, each.name), known, warn) for each in chart.subcharts if each.name not in gone
        ],
    )


def _by_tags(dependency: Dependency, tags: Mapping[str, Any], warn: Warn) -> bool:
    said = []
    for tag in dependency.tags:
        value = tags.get(tag)
        if isinstance(value, bool):
            said.append(value)
        elif value is not None:
            warn(f"tags.{tag} of dependency {dependency.key} is neither true nor false")
    return any(said) or not said


def _by_condition(dependency: Dependency, values: Mapping[str, Any], above: tuple[str, ...], warn: Warn) -> bool | None:
    """Return what the first condition that is true or false says; None when none says anything."""
    for written in dependency.condition.split(","):
        steps = [*above, *written.strip().split(".")] if written.strip() else []
        value: Any = values if steps else None
        for step in steps:
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, bool):
            return value
        if value is not None:
            warn(f"condition {written.strip()} of dependency {dependency.key} is neither true nor false")
    return None
