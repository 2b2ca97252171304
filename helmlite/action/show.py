"""Show: what a chart says of itself, without rendering it."""

from __future__ import annotations

from pathlib import Path

from helmlite import documents
from helmlite.action.charts import PLAIN, ChartSource, locate_chart
from helmlite.action.configuration import Configuration
from helmlite.chart.chart import Chart
from helmlite.chart.loader import load_chart

READMES = ("readme.md", "readme.txt", "readme")


def open_for_show(configuration: Configuration, reference: str | Path, source: ChartSource = PLAIN) -> Chart:
    """Return a chart, wherever it is, library charts included; raises ChartError and RepositoryError."""
    located = locate_chart(configuration, reference, source)
    return load_chart(located.path, source=located.file_name)


def chart_text(chart: Chart) -> str:
    """Return Chart.yaml as helmlite understands it."""
    return documents.write(chart.metadata.to_data())


def values_text(chart: Chart) -> str:
    """Return values.yaml as its author wrote it, comments included."""
    return chart.raw_values.decode("utf-8", errors="replace")


def readme_text(chart: Chart) -> str:
    """Return the chart's README, empty when it has none."""
    by_name = {each.name.lower(): each for each in chart.files}
    found = next((by_name[each] for each in READMES if each in by_name), None)
    return found.data.decode("utf-8", errors="replace") if found else ""


def crds_text(chart: Chart) -> str:
    """Return every CRD file of the chart and its subcharts as one stream."""
    texts = [each.data.decode("utf-8", errors="replace") for _, part in chart.walk() for each in part.crds]
    return "".join(text if text.lstrip().startswith("---") else f"---\n{text}" for text in map(_closed, texts))


def _closed(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
