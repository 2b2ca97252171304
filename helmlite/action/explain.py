"""Explain: where a field of a rendered object comes from - template line, expression, value, and who set that."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from helmlite.action.charts import PLAIN, ChartSource
from helmlite.action.configuration import Configuration
from helmlite.action.located import TracedChart
from helmlite.action.prepare import (
    Rendering,
    ValuesLike,
    Workshop,
    offline_capabilities,
    opened,
    user_values,
)
from helmlite.action.tracing import Written, leaves
from helmlite.chart.chart import Chart
from helmlite.documents import Path
from helmlite.engine.engine import ReleaseFacts
from helmlite.errors import UsageError
from helmlite.kube.config import context_namespace
from helmlite.manifest.fields import at_path, field_text, find, parse_field
from helmlite.manifest.identity import GroupVersionKind, ResourceId
from helmlite.manifest.literals import without_texts
from helmlite.manifest.manifest import Document
from helmlite.manifest.ownership import MANAGED_BY, RELEASE_NAME, RELEASE_NAMESPACE
from helmlite.manifest.parse import parse
from helmlite.manifest.redact import HIDDEN, LAST_APPLIED
from helmlite.manifest.references import Reference
from helmlite.release.names import check_release_name
from helmlite.values.origins import Origin

ADDED = (
    ("metadata", "namespace"),
    ("metadata", "labels", MANAGED_BY),
    ("metadata", "annotations", RELEASE_NAME),
    ("metadata", "annotations", RELEASE_NAMESPACE),
)
"""What helmlite puts into objects, whatever their templates say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueOrigin:
    """A value of the chart that a field came from: its path, and who set it, newest first."""

    path: Path
    origins: Sequence[Origin] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSource:
    """What wrote a field, or a part of it.

    ``path`` and ``line`` are the template's (empty and 0: helmlite itself), ``chain`` the including and calling places,
    the outermost first; ``expression`` is empty where the template's own text says it.
    """

    path: str = ""
    line: int = 0
    chain: Sequence[str] = ()
    expression: str = ""
    values: Sequence[ValueOrigin] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedField:
    """A field that holds no others: its path, its value (``(hidden)`` of a Secret's data), and what wrote it."""

    path: Path
    value: Any = field(repr=False)
    sources: Sequence[FieldSource]

    @property
    def text(self) -> str:
        """Return the path in words: ``spec.containers[0].image``."""
        return field_text(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A rendered object, its document (``shop/templates/web.yaml.j2, document 2``), and each field asked for."""

    id: ResourceId
    source: str
    fields: Sequence[ExplainedField]


def explain(
    configuration: Configuration,
    chart: str | FilePath | Chart,
    reference: str,
    path: str = "",
    *,
    name: str = "release-name",
    source: ChartSource = PLAIN,
    values: ValuesLike = None,
    kube_version: str = "",
    api_versions: Sequence[str] = (),
    is_upgrade: bool = False,
    skip_schema_validation: bool = False,
    stdin: Callable[[], str] | None = None,
) -> Explanation:
    """Return where a field of an object comes from, when the chart is rendered for a release called ``name``.

    ``reference`` is what kubectl calls it (``deploy/web``); the release's name before it may be left out. ``path`` is
    the field (``spec.containers[0].image``): of a mapping or list all below it is told, without one the whole object.
    No cluster is asked. Raises UsageError where there is no such object or field, else as rendering does.
    """
    check_release_name(name)
    loaded = opened(configuration, chart, source)
    try:
        question = _Question(reference=Reference.parse(reference), words=reference, field=path, steps=parse_field(path))
    except ValueError as error:
        raise UsageError(f"explain {reference} {path}".rstrip() + f": {error}") from None
    namespace = context_namespace(configuration.cluster_config)
    rendering = Rendering(
        user=user_values(values, stdin=stdin),
        facts=ReleaseFacts(name=name, namespace=namespace, is_install=not is_upgrade, is_upgrade=is_upgrade),
        capabilities=offline_capabilities(kube_version, api_versions),
        skip_schema_validation=skip_schema_validation,
        strict_kinds=False,
    )
    with Workshop(configuration, loaded) as workshop:
        return workshop.ask(rendering, question)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    reference: Reference
    words: str
    field: str
    steps: Sequence[Any]

    def answer(self, chart: TracedChart) -> Explanation:
        """Return the explanation; raises UsageError where there is no such object or field."""
        document, id = self._document(parse(chart.trace.texts), chart)
        found = find(document.body, self.steps)
        explaining = _Explaining(chart=chart, document=document)
        if found.missing:
            added = next((each for each in ADDED if each == self._asked(found.path, found.missing)), None)
            if added is None or (id.namespace is None and added[-1] == "namespace"):
                raise self._no_field(document, found.path)
            return Explanation(id=id, source=document.source, fields=[explaining.added(added)])
        return Explanation(id=id, source=document.source, fields=explaining.fields(found.path))

    def _asked(self, path: Path, missing: Sequence[Any]) -> Path:
        """Return the path that is asked for, with keys of labels put together again."""
        whole = (*path, *missing)
        return (*whole[:2], ".".join(map(str, whole[2:]))) if whole[2:] else whole

    def _document(self, documents: Sequence[Document], chart: TracedChart) -> tuple[Document, ResourceId]:
        known = [(each, _id(each, chart)) for each in documents]
        of_kind = [
            (each, id)
            for each, id in known
            if self.reference.fits_kind(GroupVersionKind.of(each.body), chart.capabilities)
        ]
        exact = [each for each in of_kind if self._names(each[1], ())]
        fitting = exact or [each for each in of_kind if self._names(each[1], [chart.release.name])]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            listed = ", ".join(f"{_reference(id)} ({each.source})" for each, id in fitting)
            raise UsageError(
                f"{self.words} is more than one object: {listed}", hint="say which, with group or namespace"
            )
        names = [_reference(id) for _, id in known]
        near = difflib.get_close_matches(self.words.lower(), [each.lower() for each in names], 3, 0.4)
        nearest = [each for word in near for each in names if each.lower() == word]
        nearest += [_reference(id) for _, id in of_kind if self.reference.kind]
        shown = ", ".join(list(dict.fromkeys(nearest or names))[:8])
        raise UsageError(
            f"the chart renders no {self.words}" + ("" if names else ": it renders no object at all"),
            hint=f"there {'are' if ',' in shown else 'is'} {shown}" if shown else None,
        )

    def _names(self, id: ResourceId, prefixes: Sequence[str]) -> bool:
        return self.reference.fits_name(id.name, id.namespace or "", prefixes)

    def _no_field(self, document: Document, path: Path) -> UsageError:
        here = at_path(document.body, path)
        where = field_text(path) or "it"
        if isinstance(here, dict):
            near = difflib.get_close_matches(self.field.rpartition(".")[2], list(here), 1)
            hint = f"did you mean {field_text((*path, near[0]))}?" if near else f"{where} has {', '.join(here)}"
        elif isinstance(here, list):
            hint = f"{where} is a list of {len(here)}"
        else:
            hint = f"{where} holds no other fields"
        return UsageError(f"{self.words} of {document.path} has no field {self.field}", hint=hint)


def _id(document: Document, chart: TracedChart) -> ResourceId:
    gvk = GroupVersionKind.of(document.body)
    served = chart.capabilities.served(gvk) or chart.capabilities.any_version(gvk.group, gvk.kind)
    metadata = document.body["metadata"]
    place = metadata.get("namespace") or chart.release.namespace
    name = metadata.get("name") or metadata.get("generateName")
    return ResourceId(
        group=gvk.group, kind=gvk.kind, namespace=None if served and not served.namespaced else place, name=name
    )


def _reference(id: ResourceId) -> str:
    return f"{id.kind}.{id.group}/{id.name}" if id.group else f"{id.kind}/{id.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explaining:
    chart: TracedChart
    document: Document

    def fields(self, path: Path) -> list[ExplainedField]:
        """Return every field at and below a path."""
        here = at_path(self.document.body, path)
        return [
            ExplainedField(
                path=each,
                value=HIDDEN if self._is_hidden(each) else value,
                sources=[
                    self._source(written, is_hidden=self._is_hidden(each))
                    for written in self.chart.traced.leaf(self.document.source, each)
                ],
            )
            for each, value in leaves(here, path)
        ]

    def added(self, path: Path) -> ExplainedField:
        """Return a field that helmlite puts into the object."""
        release = self.chart.release
        values = {MANAGED_BY: "Helm", RELEASE_NAME: release.name}
        return ExplainedField(path=path, value=values.get(str(path[-1]), release.namespace), sources=[FieldSource()])

    def _is_hidden(self, path: Path) -> bool:
        body = self.document.body
        if body["kind"] != "Secret" or body["apiVersion"] != "v1":
            return False
        return path[:1] in (("data",), ("stringData",)) or path[-1:] == (LAST_APPLIED,)

    def _source(self, written: Written, *, is_hidden: bool) -> FieldSource:
        values = [ValueOrigin(path=each, origins=self.chart.computed.origins(each)) for each in written.values]
        return FieldSource(
            path=written.place.path,
            line=written.place.line,
            chain=[str(each) for each in written.chain],
            expression=self._expression(written, is_hidden=is_hidden),
            values=values,
        )

    def _expression(self, written: Written, *, is_hidden: bool) -> str:
        """Return an expression on one line; of what is hidden without the texts that it quotes."""
        expression = " ".join(written.expression.split())
        return without_texts(expression) if is_hidden else expression
