"""``import-values``: what a parent takes over from its subcharts' values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from helmlite.chart.chart import Chart

Coalesce = Callable[[Chart], dict[str, Any]]
Warn = Callable[[str], None]


def with_imports(chart: Chart, coalesce: Coalesce, warn: Warn) -> Chart:
    """Return the chart with imported values among its own, bottom up; its own beat imported ones.

    As in Helm, a chart that declares dependencies then has its subcharts' defaults in its own values.
    """
    below = replace(chart, subcharts=[with_imports(each, coalesce, warn) for each in chart.subcharts])
    if not chart.metadata.dependencies:
        return below
    own = coalesce(below)
    imported: dict[str, Any] = {}
    for each in chart.metadata.dependencies:
        for entry in each.import_values:
            child, parent = (f"exports.{entry}", "") if isinstance(entry, str) else (entry["child"], entry["parent"])
            found = _table(own.get(each.key), child)
            if found is None:
                warn(f"import-values of {chart.name}: {each.key}.{child} is no mapping, nothing is imported from it")
                continue
            for step in reversed(parent.split(".") if parent not in ("", ".") else []):
                found = {step: found}
            imported = _under(imported, found)
    return replace(below, values=_under(own, imported))


def _table(value: Any, path: str) -> Mapping[str, Any] | None:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else None


def _under(upper: Mapping[str, Any], lower: Mapping[str, Any]) -> dict[str, Any]:
    """Return two mappings merged, the upper one winning."""
    made = dict(upper)
    for key, value in lower.items():
        if key not in made:
            made[key] = value
        elif isinstance(made[key], Mapping) and isinstance(value, Mapping):
            made[key] = _under(made[key], value)
    return made
