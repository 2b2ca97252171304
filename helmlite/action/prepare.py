"""From a chart on disk and the user's values to a manifest: everything before the cluster is touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from helmlite.action.charts import ChartSource, locate_chart
from helmlite.action.configuration import Configuration
from helmlite.action.located import Refusal, TracedChart, render_error
from helmlite.action.tracing import Traced, with_crds
from helmlite.chart.chart import Chart
from helmlite.chart.dependencies import check_dependencies
from helmlite.chart.loader import load_chart
from helmlite.engine.choice import engine_for
from helmlite.engine.engine import Lookup, ReleaseFacts, RenderContext, RenderedChart, no_lookup
from helmlite.engine.guard import Guard
from helmlite.engine.trace import Trace
from helmlite.errors import (
    ChartError,
    ClusterError,
    ForbiddenError,
    HelmliteError,
    InvalidObjectError,
    ManifestError,
    RenderError,
    UsageError,
)
from helmlite.manifest.capabilities import Capabilities, KubeVersion
from helmlite.manifest.compose import build_manifest, read_crds
from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.location import Location
from helmlite.manifest.manifest import Manifest, Resource
from helmlite.manifest.redact import scrubber
from helmlite.release.release import ChartRecord
from helmlite.values.layers import UserValues, ValueSources, read_values
from helmlite.values.merge import Computed, compute
from helmlite.values.schema import check_schemas

ValuesLike = UserValues | ValueSources | Mapping[str, Any] | None
"""What a verb takes as values: flags' texts, a mapping, what was read before, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A chart rendered for one release: what is desired of a cluster, before anybody looked at it."""

    chart: Chart
    computed: Computed
    rendered: RenderedChart = field(repr=False)
    manifest: Manifest
    record: ChartRecord
    capabilities: Capabilities
    warnings: Sequence[str] = ()


def open_chart(path: str | Path, *, source: str = "", installable: bool = True) -> Chart:
    """Return the chart in a directory or archive, whose dependencies are all there; raises ChartError.

    ``source`` is what messages call it, in place of its path. ``installable`` refuses library charts, which have no
    objects of their own.
    """
    chart = load_chart(Path(path), source=source)
    if installable and chart.metadata.is_library:
        raise ChartError(
            f"{chart.source}: chart {chart.metadata.name!r} is a library chart, which cannot be installed",
            hint="make it a dependency of an application chart",
        )
    check_dependencies(chart)
    return chart


def opened(configuration: Configuration, chart: str | Path | Chart, source: ChartSource) -> Chart:
    """Return what a verb is to render: a chart that is loaded, or the one that a reference leads to.

    Raises ChartError and RepositoryError.
    """
    if isinstance(chart, Chart):
        return chart
    located = locate_chart(configuration, chart, source)
    return open_chart(located.path, source=located.file_name)


def user_values(values: ValuesLike, *, stdin: Callable[[], str] | None = None) -> UserValues:
    """Return the user's values, whatever they were given as; raises ValuesError."""
    if values is None:
        return UserValues.of({})
    if isinstance(values, UserValues):
        return values
    if isinstance(values, ValueSources):
        return read_values(values, stdin=stdin)
    return UserValues.of(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What one rendering of a chart depends on, beside the chart itself.

    ``defaults`` take the place of the chart's values.yaml (``--reuse-values``). ``strict_kinds`` makes a kind that
    the cluster does not serve an error.
    """

    user: UserValues = field(repr=False)
    facts: ReleaseFacts
    capabilities: Capabilities
    defaults: Mapping[str, Any] | None = field(default=None, repr=False)
    skip_schema_validation: bool = False
    subchart_notes: bool = False
    skip_crds: bool = False
    strict_kinds: bool = True


T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Question(Protocol[T_co]):
    """What is asked of a traced rendering; it and the answer travel between processes."""

    def answer(self, chart: TracedChart) -> T_co:
        """Return what a traced rendering tells."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tracing:
    """A rendering to be done once more, tracing where its text comes from."""

    rendering: Rendering
    question: Question[Any]


class Workshop:
    """Where a chart is worked on: a guarded process that gets ready while the cluster is asked; close it when done."""

    def __init__(self, configuration: Configuration, chart: Chart) -> None:
        self._configuration = configuration
        self._chart = chart
        self._guard: Guard[Rendering | _Tracing, Any] | None = None
        if configuration.guarded:
            self._guard = Guard(
                self._work, bounds=configuration.bounds, chart_name=chart.metadata.name, warm=lambda: engine_for(chart)
            )

    def prepare(self, rendering: Rendering, *, lookup: Lookup = no_lookup) -> Prepared:
        """Return the chart rendered; raises ValuesError, ChartError, RenderError or ManifestError."""
        prepared: Prepared = self._do(rendering, lookup)
        return prepared

    def ask(self, rendering: Rendering, question: Question[T], *, lookup: Lookup = no_lookup) -> T:
        """Return what a traced rendering of the chart answers to a question; raises as ``prepare`` does."""
        answer: T = self._do(_Tracing(rendering=rendering, question=question), lookup)
        return answer

    def locate(self, rendering: Rendering, lookup: Lookup, resource: Resource, error: ClusterError) -> Location | None:
        """Return what a server's refusal of an object is about; None where tracing fails, for it only explains."""
        if not isinstance(error, InvalidObjectError | ForbiddenError):
            return None
        question = Refusal(source=resource.source, causes=tuple(error.causes), message=error.message)
        try:
            return self.ask(rendering, question, lookup=lookup)
        except Exception:  # whatever is wrong with tracing, the refusal is told as it is
            return None

    def _do(self, job: Rendering | _Tracing, lookup: Lookup) -> Any:
        return self._work(job, lookup) if self._guard is None else self._guard.run(job, lookup=lookup)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *error: object) -> None:
        if self._guard is not None:
            self._guard.close()

    def _work(self, job: Rendering | _Tracing, lookup: Lookup = no_lookup) -> Any:
        rendering = job.rendering if isinstance(job, _Tracing) else job
        computed = compute(self._chart, rendering.user, defaults=rendering.defaults)
        started = self._configuration.monotonic()
        try:
            if isinstance(job, _Tracing):
                return job.question.answer(self._traced(computed, rendering, lookup))
            return self._render(computed, rendering, lookup)
        except HelmliteError as error:
            # the time that is left must do for rendering once more
            in_time = self._configuration.monotonic() - started < self._configuration.bounds.seconds / 4
            placed = self._placed(error, computed, rendering, lookup) if in_time else error
            # a template may quote any value, in what it fails with or in what it makes no YAML of
            placed.reworded(scrubber([], computed.values, words=_words_of_paths(computed.chart)).scrub)
            if placed is error:
                raise
            raise placed from None

    def _placed(self, error: HelmliteError, computed: Computed, rendering: Rendering, lookup: Lookup) -> HelmliteError:
        """Return an error of templates, or of what they rendered, with the line at fault: found by tracing."""
        if not isinstance(error, RenderError | ManifestError):
            return error
        trace = Trace(texts={}, spans={})
        try:
            surroundings = self._surroundings(computed, rendering, lookup)
            trace = self._trace(computed, surroundings.context)
            surroundings.manifest(trace.texts, "", rendering)
        except RenderError as again:
            if again.is_cause:
                return again
            if isinstance(error, RenderError) and (again.path, again.line) == (error.path, error.line):
                # what is traced has other types, which the error may speak of
                error.inputs = again.inputs
                return render_error(error, computed)
        except ManifestError as again:
            return _traced_chart(trace, computed, rendering.facts, rendering.capabilities).manifest_error(again)
        except Exception:  # noqa: S110  # tracing only explains: whatever is wrong with it, the error stays as it is
            pass
        return error

    def _traced(self, computed: Computed, rendering: Rendering, lookup: Lookup) -> TracedChart:
        context = self._surroundings(computed, rendering, lookup).context
        return _traced_chart(self._trace(computed, context), computed, rendering.facts, context.capabilities)

    def _trace(self, computed: Computed, context: RenderContext) -> Trace:
        return engine_for(computed.chart, self._configuration.cache_folder).trace(computed.chart, context)

    def _surroundings(self, computed: Computed, rendering: Rendering, lookup: Lookup) -> _Surroundings:
        files = [(f"{path}/{each.name}", each.data) for path, part in computed.chart.walk() for each in part.crds]
        crds = [] if rendering.skip_crds else read_crds(files)
        context = RenderContext(
            values=computed.values,
            release=rendering.facts,
            capabilities=rendering.capabilities.with_crds(each.body for each in crds),
            now=self._configuration.now(),
            random=self._configuration.random,
            lookup=lookup,
            bounds=self._configuration.bounds,
            subchart_notes=rendering.subchart_notes,
        )
        return _Surroundings(context=context, crds=crds)

    def _render(self, computed: Computed, rendering: Rendering, lookup: Lookup) -> Prepared:
        from helmlite.release.codec import chart_record

        chart = self._chart
        if not rendering.skip_schema_validation:
            check_schemas(computed)
        surroundings = self._surroundings(computed, rendering, lookup)
        engine = engine_for(computed.chart, self._configuration.cache_folder)
        rendered = engine.render(computed.chart, surroundings.context)
        manifest = surroundings.manifest(rendered.texts, rendered.notes, rendering)
        warnings = [*chart.warnings, *computed.warnings, *rendered.warnings]
        if rendering.strict_kinds:
            warnings += manifest.warnings
        if chart.metadata.deprecated:
            warnings.insert(0, f"chart {chart.metadata.name} is deprecated")
        return Prepared(
            chart=computed.chart,
            computed=computed,
            rendered=rendered,
            manifest=manifest,
            record=chart_record(computed.chart),
            capabilities=surroundings.context.capabilities,
            warnings=list(dict.fromkeys(warnings)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What templates are rendered in, and the CRDs that charts bring."""

    context: RenderContext
    crds: Sequence[Resource]

    def manifest(self, texts: Mapping[str, str], notes: str, rendering: Rendering) -> Manifest:
        """Return the manifest of rendered texts; raises ManifestError."""
        return build_manifest(
            texts,
            notes=notes,
            crds=self.crds,
            capabilities=self.context.capabilities,
            release=ReleaseId(namespace=rendering.facts.namespace, name=rendering.facts.name),
            strict_kinds=rendering.strict_kinds,
        )


def _traced_chart(trace: Trace, computed: Computed, facts: ReleaseFacts, capabilities: Capabilities) -> TracedChart:
    trace = with_crds(trace, computed.chart)
    return TracedChart(
        trace=trace,
        traced=Traced(trace, computed.values),
        computed=computed,
        release=facts,
        capabilities=capabilities,
    )


def _words_of_paths(chart: Chart) -> set[str]:
    """Return what the paths of charts and templates are made of: no secret, even where one is the same word."""
    paths = [f"{path}/{file.name}" for path, each in chart.walk() for file in each.templates]
    return {part for path in paths for part in (path, *re.split(r"[/.]", path))}


def offline_capabilities(kube_version: str, api_versions: Sequence[str]) -> Capabilities:
    """Return what a cluster of a Kubernetes version can do (empty: the newest known one), asking none."""
    if kube_version:
        try:
            KubeVersion.parse(kube_version)
        except ValueError as error:
            raise UsageError(f"--kube-version {kube_version}: {error}") from error
    return Capabilities.offline(kube_version or None, api_versions)


def cluster_lookup(configuration: Configuration, capabilities: Capabilities) -> Lookup:
    """Return the ``lookup`` of templates that asks the cluster; reads only."""

    def lookup(api_version: str, kind: str, namespace: str, name: str) -> Mapping[str, Any]:
        from helmlite.manifest.identity import GroupVersionKind

        gvk = GroupVersionKind.parse(api_version, kind)
        served = capabilities.served(gvk)
        if served is None:
            raise ClusterError(f"lookup: the cluster does not serve {gvk}")
        scope = (namespace or None) if served.namespaced else None
        if name:
            if served.namespaced and scope is None:
                raise UsageError(f"lookup: {gvk} {name} needs a namespace")
            return configuration.cluster.get(served, scope, name) or {}
        listed = configuration.cluster.list(served, scope)
        return {"apiVersion": api_version, "kind": f"{kind}List", "items": list(listed.items)}

    return lookup
