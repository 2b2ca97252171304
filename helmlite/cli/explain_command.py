"""``helmlite explain``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helmlite import documents
from helmlite.cli import options as o
from helmlite.cli.chart_source import takes_source
from helmlite.cli.failures import printable
from helmlite.cli.main import command
from helmlite.cli.output import write, write_structured
from helmlite.cli.session import Session
from helmlite.cli.template_command import DEFAULT_NAME

if TYPE_CHECKING:
    from helmlite.action.charts import ChartSource
    from helmlite.action.explain import ExplainedField, Explanation, FieldSource

EXAMPLES = """
helmlite explain charts/shop deploy/web spec.replicas
helmlite explain charts/shop svc/web spec.ports[name=http] -f prod.yaml --name shop
helmlite explain charts/shop deployment.apps/web "metadata.labels['app.kubernetes.io/name']"
helmlite explain charts/shop secret/postgresql -o json
"""
MAX_VALUE = 100
"""Characters of a value that are shown to people."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "explain", examples=EXAMPLES)
    @takes_source
    def explain(
        ctx: typer.Context,
        source: ChartSource,
        chart: o.ChartPath,
        reference: Annotated[
            str,
            typer.Argument(
                metavar="OBJECT",
                help="A rendered object, as kubectl names it: deploy/web. The release's name may be left out of it.",
                show_default=False,
            ),
        ],
        path: Annotated[
            str,
            typer.Argument(
                metavar="FIELD",
                help="A field from the object's root, as in spec.template.spec.containers[name=web].image; "
                "the whole object without one.",
                show_default=False,
            ),
        ] = "",
        name: Annotated[str, typer.Option("--name", help="The release to render for.")] = DEFAULT_NAME,
        values: o.ValueFiles = None,
        set_: o.SetValues = None,
        set_string: o.SetStrings = None,
        set_json: o.SetJson = None,
        set_file: o.SetFiles = None,
        set_literal: o.SetLiterals = None,
        skip_schema_validation: o.SkipSchema = False,
        kube_version: Annotated[str, typer.Option("--kube-version", help="Kubernetes version to render for.")] = "",
        api_versions: Annotated[
            list[str] | None,
            typer.Option("-a", "--api-versions", help="More API versions that exist; may be repeated."),
        ] = None,
        is_upgrade: Annotated[bool, typer.Option("--is-upgrade", help="release.is_upgrade is true.")] = False,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """Say where a field of a rendered object comes from: template line, expression, value, and who set that."""
        from helmlite.action.explain import explain as run

        session: Session = ctx.obj
        found = run(
            session.configuration,
            chart,
            reference,
            path,
            source=source,
            name=name,
            values=o.value_sources(
                values, json=set_json, set_=set_, string=set_string, file=set_file, literal=set_literal
            ),
            kube_version=kube_version,
            api_versions=[part for each in api_versions or () for part in each.split(",") if part],
            is_upgrade=is_upgrade,
            skip_schema_validation=skip_schema_validation,
            stdin=session.read_stdin,
        )
        if output is o.Output.TABLE:
            write("".join(f"{printable(line)}\n" for line in _lines(found)))
        else:
            write_structured(_data(found), output)


def _lines(found: Explanation) -> Iterator[str]:
    """Yield the explanation as text: the object, then each field with what wrote it."""
    yield f"{found.id} ({found.source})"
    for each in found.fields:
        yield ""
        yield f"{each.text}: {_shown(each.value)}"
        for source in each.sources:
            yield from _source_lines(source)


def _shown(value: Any) -> str:
    text = documents.write_json(value)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}... ({len(text)} characters)"


def _source_lines(source: FieldSource) -> Iterator[str]:
    from helmlite.values.origins import told

    if not source.path:
        yield "  written by helmlite into every object of a release"
        return
    what = f"{{{{ {source.expression} }}}}" if source.expression else "literal"
    yield f"  {source.path}:{source.line}: {what}"
    for place in reversed(source.chain):
        yield f"    included from {place}"
    for value in source.values:
        yield f"    {told(value.path, value.origins)}"


def _data(found: Explanation) -> dict[str, Any]:
    """Return the explanation as data for programs."""
    return {
        "group": found.id.group,
        "kind": found.id.kind,
        "name": found.id.name,
        "namespace": found.id.namespace,
        "source": found.source,
        "fields": [_field_data(each) for each in found.fields],
    }


def _field_data(each: ExplainedField) -> dict[str, Any]:
    return {
        "field": each.text,
        "value": each.value,
        "sources": [
            {
                "template": source.path,
                "line": source.line,
                "chain": list(source.chain),
                "expression": source.expression,
                "values": [
                    {"path": list(value.path), "setBy": [origin.where for origin in value.origins]}
                    for value in source.values
                ],
            }
            for source in each.sources
        ],
    }
