"""From a chart on disk and the user's values to a manifest: everything before the cluster is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helmlite.action.configuration import Configuration
from helmlite.chart.chart import Chart
from helmlite.chart.dependencies import check_dependencies
from helmlite.chart.loader import load_chart
from helmlite.engine.engine import Lookup, ReleaseFacts, RenderContext, RenderedChart, no_lookup
from helmlite.errors import ChartError, ClusterError, UsageError
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.compose import build_manifest, read_crds
from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.manifest import Manifest
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


def find_chart(reference: str | Path) -> Path:
    """Return the path of a chart directory or archive; raises ChartError for what is not there."""
    path = Path(reference)
    if path.exists():
        return path
    text = str(reference)
    if "://" in text:
        raise ChartError(
            f"{text}: charts are not fetched from a URL yet", hint="download the archive and give its path"
        )
    hint = "give the path of a chart directory or of a .tgz archive"
    if text.count("/") == 1 and not text.startswith((".", "/")):
        hint += "; charts of a repository (REPOSITORY/NAME) cannot be installed by name yet"
    raise ChartError(f"{text}: there is no such chart directory or archive", hint=hint)


def open_chart(reference: str | Path, *, installable: bool = True) -> Chart:
    """Return a chart whose dependencies are all there; raises ChartError.

    ``installable`` refuses library charts, which have no objects of their own.
    """
    chart = load_chart(find_chart(reference))
    if installable and chart.metadata.is_library:
        raise ChartError(
            f"{chart.source}: chart {chart.metadata.name!r} is a library chart, which cannot be installed",
            hint="make it a dependency of an application chart",
        )
    check_dependencies(chart)
    return chart


def user_values(values: ValuesLike, *, stdin: Callable[[], str] | None = None) -> UserValues:
    """Return the user's values, whatever they were given as; raises ValuesError."""
    if values is None:
        return UserValues.of({})
    if isinstance(values, UserValues):
        return values
    if isinstance(values, ValueSources):
        return read_values(values, stdin=stdin)
    return UserValues.of(values)


def prepare(
    configuration: Configuration,
    chart: Chart,
    user: UserValues,
    facts: ReleaseFacts,
    capabilities: Capabilities,
    *,
    defaults: Mapping[str, Any] | None = None,
    skip_schema_validation: bool = False,
    lookup: Lookup = no_lookup,
    subchart_notes: bool = False,
    skip_crds: bool = False,
    strict_kinds: bool = True,
) -> Prepared:
    """Return the chart rendered with these values; raises ValuesError, ChartError, RenderError or ManifestError.

    ``defaults`` take the place of the chart's values.yaml (``--reuse-values``). ``strict_kinds`` makes a kind that
    the cluster does not serve an error.
    """

    def work() -> Prepared:
        from helmlite.engine.jinja import JinjaEngine
        from helmlite.release.codec import chart_record

        computed = compute(chart, user, defaults=defaults)
        if not skip_schema_validation:
            check_schemas(computed)
        files = [(f"{path}/{each.name}", each.data) for path, part in computed.chart.walk() for each in part.crds]
        crds = [] if skip_crds else read_crds(files)
        known = capabilities.with_crds(each.body for each in crds)
        context = RenderContext(
            values=computed.values,
            release=facts,
            capabilities=known,
            now=configuration.now(),
            random=configuration.random,
            lookup=lookup,
            bounds=configuration.bounds,
            subchart_notes=subchart_notes,
        )
        rendered = JinjaEngine().render(computed.chart, context)
        manifest = build_manifest(
            rendered.texts,
            notes=rendered.notes,
            crds=crds,
            capabilities=known,
            release=ReleaseId(namespace=facts.namespace, name=facts.name),
            strict_kinds=strict_kinds,
        )
        warnings = [*chart.warnings, *computed.warnings, *rendered.warnings]
        if strict_kinds:
            warnings += manifest.warnings
        if chart.metadata.deprecated:
            warnings.insert(0, f"chart {chart.metadata.name} is deprecated")
        return Prepared(
            chart=computed.chart,
            computed=computed,
            rendered=rendered,
            manifest=manifest,
            record=chart_record(computed.chart),
            capabilities=known,
            warnings=list(dict.fromkeys(warnings)),
        )

    if not configuration.guarded:
        return work()
    from helmlite.engine.guard import guarded

    return guarded(work, bounds=configuration.bounds, chart_name=chart.metadata.name, lookup=lookup)


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
