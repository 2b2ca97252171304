"""``helmlite template``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from helmlite.cli import options as o
from helmlite.cli.chart_source import complete_first, takes_source
from helmlite.cli.failures import printable
from helmlite.cli.install_command import name_and_chart
from helmlite.cli.main import command
from helmlite.cli.output import write
from helmlite.cli.session import Session
from helmlite.errors import UsageError

if TYPE_CHECKING:
    from helmlite.action.charts import ChartSource
    from helmlite.action.template import Templated

EXAMPLES = """
helmlite template charts/shop
helmlite template shop charts/shop -f prod.yaml --show-only templates/web.yaml.j2
helmlite template shop charts/shop --output-dir out --kube-version 1.34
"""
DEFAULT_NAME = "release-name"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "template", examples=EXAMPLES)
    @takes_source
    def template(
        ctx: typer.Context,
        source: ChartSource,
        words: Annotated[
            list[str],
            typer.Argument(
                metavar="[NAME] CHART",
                help="The release's name, and a chart: directory, archive, URL or REPOSITORY/NAME.",
                show_default=False,
                autocompletion=o.complete_chart,
            ),
        ],
        generate_name: Annotated[bool, typer.Option("-g", "--generate-name", help="Make up a name.")] = False,
        dependency_update: o.DependencyUpdate = False,
        values: o.ValueFiles = None,
        set_: o.SetValues = None,
        set_string: o.SetStrings = None,
        set_json: o.SetJson = None,
        set_file: o.SetFiles = None,
        set_literal: o.SetLiterals = None,
        skip_schema_validation: o.SkipSchema = False,
        dry_run: o.DryRunOption = o.DryRunWord.CLIENT,
        kube_version: Annotated[str, typer.Option("--kube-version", help="Kubernetes version to render for.")] = "",
        api_versions: Annotated[
            list[str] | None,
            typer.Option("-a", "--api-versions", help="More API versions that exist; may be repeated."),
        ] = None,
        is_upgrade: Annotated[bool, typer.Option("--is-upgrade", help="release.is_upgrade is true.")] = False,
        include_crds: Annotated[bool, typer.Option("--include-crds", help="Print the CRDs of crds/ too.")] = False,
        no_hooks: Annotated[bool, typer.Option("--no-hooks", help="Leave hooks out.")] = False,
        skip_tests: Annotated[bool, typer.Option("--skip-tests", help="Leave test hooks out.")] = False,
        show_only: Annotated[
            list[str] | None,
            typer.Option("-s", "--show-only", metavar="PATTERN", help="Only documents of these templates."),
        ] = None,
        output_dir: Annotated[
            str, typer.Option("--output-dir", metavar="DIR", help="Write each template's documents to a file there.")
        ] = "",
        release_name: Annotated[
            bool, typer.Option("--release-name", help="Put the release's name into the paths of --output-dir.")
        ] = False,
    ) -> None:
        """Render a chart and print its documents, without a cluster."""
        from helmlite.action.dry_run import DryRun
        from helmlite.action.template import template as run

        session: Session = ctx.obj
        tried = o.dry_run_of(dry_run)
        if len(words) == 1 and not generate_name:
            words = [DEFAULT_NAME, *words]
        name, chart = name_and_chart(words, generate=generate_name)
        if dependency_update:
            complete_first(session, chart, source)
        result = run(
            session.configuration,
            name,
            chart,
            source=source,
            values=o.value_sources(
                values, json=set_json, set_=set_, string=set_string, file=set_file, literal=set_literal
            ),
            dry_run=DryRun.SERVER if tried is DryRun.SERVER else DryRun.CLIENT,
            kube_version=kube_version,
            api_versions=[part for each in api_versions or () for part in each.split(",") if part],
            is_upgrade=is_upgrade,
            include_crds=include_crds,
            no_hooks=no_hooks,
            skip_tests=skip_tests,
            skip_schema_validation=skip_schema_validation,
            show_only=show_only or (),
            stdin=session.read_stdin,
        )
        for text in result.prepared.warnings:
            sys.stderr.write(f"Warning: {printable(text)}\n")
        if output_dir:
            write_files(result, Path(output_dir) / name if release_name else Path(output_dir))
        else:
            write(result.text)


def write_files(result: Templated, folder: Path) -> None:
    """Write each template's documents to ``folder/CHART/templates/...`` and say so.

    Template paths cannot leave the folder; files with Secrets are for the user's eyes only.
    """
    manifest = result.prepared.manifest
    secret = {each.path for each in manifest.resources if each.id.kind == "Secret"}
    secret |= {each.path for each in manifest.hooks if each.kind == "Secret"}
    texts: dict[str, str] = {}
    for each in result.sections:
        texts[each.path] = texts.get(each.path, "") + f"---\n# Source: {each.path}\n{each.text.rstrip(chr(10))}\n"
    for path, text in texts.items():
        target = folder / path
        if ".." in Path(path).parts or Path(path).is_absolute():
            raise UsageError(f"template path {path!r} leaves the output folder")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            private = path in secret
            mode = 0o600 if private else 0o666
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
                if private:
                    os.fchmod(file.fileno(), mode)
                file.write(text)
        except OSError as error:
            raise UsageError(f"--output-dir: cannot write {target}: {error.strerror}") from error
        write(f"wrote {target}\n")
