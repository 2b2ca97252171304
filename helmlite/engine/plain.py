"""Charts without any template language: their texts pass through. And what every engine does alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from helmlite.chart.chart import Chart
from helmlite.engine.bounds import BoundExceeded, Meter
from helmlite.engine.engine import RenderContext, RenderedChart
from helmlite.engine.failure import no_utf8
from helmlite.engine.trace import Place, Span, Trace
from helmlite.errors import ChartError, RenderError
from helmlite.versions import parse_constraint, parse_version

NOTES = "NOTES.txt"
ENDING = ".j2"
GO_MARK = "{{"


class PlainEngine:
    """Renders charts of which no template has anything to render."""

    def render(self, chart: Chart, context: RenderContext) -> RenderedChart:
        """Return the templates' texts; raises ChartError and RenderError as every engine does."""
        check_chart(chart, context)
        meter = Meter(context.bounds)
        texts: dict[str, str] = {}
        notes: dict[str, str] = {}
        for path, data in printing_templates(chart):
            try:
                text = data.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise RenderError(no_utf8(error), path=path) from None
            try:
                passed = passed_through(text, path, meter)
            except BoundExceeded as error:
                raise RenderError(str(error), path=path) from None
            (notes if is_notes(path) else texts)[path] = passed
        return RenderedChart(texts=texts, notes=chosen_notes(chart, context, notes))

    def trace(self, chart: Chart, context: RenderContext) -> Trace:
        """Return the templates' texts, each of them its own template's; raises as ``render`` does."""
        texts = self.render(chart, context).texts
        return Trace(texts=texts, spans={path: [own_text(path, text)] for path, text in texts.items()})


def own_text(path: str, text: str) -> Span:
    """Return the span of a text that stands in its template as it is."""
    return Span(start=0, end=len(text), place=Place(path=path, line=1))


def check_chart(chart: Chart, context: RenderContext) -> None:
    """Raise ChartError for a library chart, and for a Kubernetes version that a chart does not support."""
    if chart.metadata.is_library:
        raise ChartError(
            f"{chart.name} is a library chart: it renders nothing of its own",
            hint="Add it as a dependency of another chart.",
        )
    for folder, each in chart.walk():
        check_kube_version(each, folder, context)


def check_kube_version(chart: Chart, folder: str, context: RenderContext) -> None:
    """Raise ChartError when the chart's ``kubeVersion`` does not allow the context's Kubernetes version.

    A vendor's suffix (``v1.33.4-gke.1``) is dropped first, offline and on a live cluster alike; Helm drops it only
    offline.
    """
    constraint = chart.metadata.kube_version
    if not constraint:
        return
    asked = context.capabilities.kube_version.version
    try:
        allowed = parse_constraint(constraint).matches(parse_version(_without_vendor(asked)))
    except ValueError:
        raise ChartError(f"{folder}: Chart.yaml: kubeVersion {constraint!r} is no version range") from None
    if not allowed:
        raise ChartError(f"{folder} supports Kubernetes {constraint}, and this is {asked}")


def _without_vendor(version: str) -> str:
    return version.partition("-")[0].partition("+")[0]


def printing_templates(chart: Chart) -> Iterator[tuple[str, bytes]]:
    """Yield chart path and content of each template that gives text, in path order: no partials, no library charts."""
    found = {
        f"{folder}/{file.name}": file.data
        for folder, each in chart.walk()
        if not each.metadata.is_library
        for file in each.templates
        if not file.name.rpartition("/")[2].startswith("_")
    }
    yield from sorted(found.items())


def is_text(path: str) -> bool:
    """Return whether a template gives plain text, not YAML."""
    return path.endswith((".txt", ".txt.j2"))


def is_notes(path: str) -> bool:
    """Return whether a template gives notes rather than objects."""
    return path.rpartition("/")[2].removesuffix(ENDING) == NOTES


def passed_through(text: str, path: str, meter: Meter) -> str:
    """Return the text of a file that is no ``.j2``; raises RenderError when it is a Go template."""
    if GO_MARK in text:
        line = text.count("\n", 0, text.index(GO_MARK)) + 1
        raise RenderError(
            "this is a Go template, which this engine does not render yet",
            path=path,
            line=line,
            excerpt=[(line, text.splitlines()[line - 1][:200])],
            hint=f"Write it in Jinja2 and name it {path.rpartition('/')[2]}{ENDING}.",
        )
    meter.charge_output(len(text))
    return text


def chosen_notes(chart: Chart, context: RenderContext, notes: Mapping[str, str]) -> str:
    """Return the chart's own notes, or with ``subchart_notes`` all of them, its own first."""
    own = {f"{chart.name}/templates/{NOTES}{ending}" for ending in ("", ENDING)}
    if context.subchart_notes:
        chosen = sorted(notes, key=lambda path: (path not in own, path))
    else:
        chosen = sorted(own & set(notes))
    return "\n".join(notes[path] for path in chosen)
