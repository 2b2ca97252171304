"""Template: a chart rendered without touching a cluster, unless asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from helmlite.action.charts import PLAIN, ChartSource
from helmlite.action.configuration import Configuration
from helmlite.action.dry_run import DryRun
from helmlite.action.prepare import (
    Prepared,
    Rendering,
    ValuesLike,
    Workshop,
    cluster_lookup,
    offline_capabilities,
    opened,
    user_values,
)
from helmlite.chart.chart import Chart
from helmlite.engine.engine import ReleaseFacts, no_lookup
from helmlite.errors import UsageError
from helmlite.kube.config import context_namespace
from helmlite.manifest.hooks import TEST_EVENT
from helmlite.manifest.parse import sections_of
from helmlite.release.names import check_release_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One document of the output: the chart path of its template and its text."""

    path: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Templated:
    """A rendered chart as Helm's ``template`` orders it: CRDs if asked for, resources, hooks."""

    sections: Sequence[Section]
    prepared: Prepared

    @property
    def text(self) -> str:
        """Return all documents as one stream, each with its ``# Source:`` line."""
        return "".join(f"---\n# Source: {each.path}\n{each.text.rstrip(chr(10))}\n" for each in self.sections)


def template(
    configuration: Configuration,
    name: str,
    chart: str | Path | Chart,
    *,
    source: ChartSource = PLAIN,
    values: ValuesLike = None,
    dry_run: DryRun = DryRun.CLIENT,
    kube_version: str = "",
    api_versions: Sequence[str] = (),
    is_upgrade: bool = False,
    include_crds: bool = False,
    no_hooks: bool = False,
    skip_tests: bool = False,
    skip_schema_validation: bool = False,
    show_only: Sequence[str] = (),
    stdin: Callable[[], str] | None = None,
) -> Templated:
    """Return the chart's documents for a release called ``name``; raises HelmliteError's family.

    ``chart`` and ``source`` are as ``install`` takes them. Only ``DryRun.SERVER`` asks a cluster (for capabilities and
    ``lookup``). ``show_only`` keeps the documents of templates that match one of these patterns (paths from the
    chart's root).
    """
    check_release_name(name)
    if dry_run is DryRun.SERVER:
        capabilities = configuration.cluster.capabilities()
        if kube_version or api_versions:
            raise UsageError("--kube-version and --api-versions are for rendering without a cluster")
        lookup, namespace = cluster_lookup(configuration, capabilities), configuration.namespace
    else:
        capabilities = offline_capabilities(kube_version, api_versions)
        lookup, namespace = no_lookup, context_namespace(configuration.cluster_config)
    loaded = opened(configuration, chart, source)
    facts = ReleaseFacts(name=name, namespace=namespace, is_install=not is_upgrade, is_upgrade=is_upgrade)
    rendering = Rendering(
        user=user_values(values, stdin=stdin),
        facts=facts,
        capabilities=capabilities,
        skip_schema_validation=skip_schema_validation,
        strict_kinds=False,
    )
    with Workshop(configuration, loaded) as workshop:
        prepared = workshop.prepare(rendering, lookup=lookup)
    sections = [Section(path=each.path, text=each.text) for each in prepared.manifest.crds] if include_crds else []
    sections += [Section(path=path, text=text) for path, text in sections_of(prepared.manifest.text)]
    if not no_hooks:
        hooks = [each for each in prepared.manifest.hooks if not (skip_tests and TEST_EVENT in each.events)]
        sections += [Section(path=each.path, text=each.text) for each in hooks]
    if show_only:
        sections = _only(sections, show_only)
    return Templated(sections=sections, prepared=prepared)


def _only(sections: Sequence[Section], patterns: Sequence[str]) -> list[Section]:
    kept: list[Section] = []
    for section in sections:
        inside = section.path.partition("/")[2]
        if any(_matches(inside, each) for each in patterns):
            kept.append(section)
    for pattern in patterns:
        if not any(_matches(each.path.partition("/")[2], pattern) for each in sections):
            known = ", ".join(sorted({each.path.partition("/")[2] for each in sections})) or "nothing"
            raise UsageError(
                f"--show-only {pattern}: no document comes from such a template", hint=f"there are: {known}"
            )
    return kept


def _matches(path: str, pattern: str) -> bool:
    """Return whether a path matches a pattern, whose ``*`` stands for part of one folder's or file's name."""
    from fnmatch import fnmatchcase

    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
