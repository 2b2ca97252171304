"""``helmlite repo index``: make the index of a folder of archives."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from helmlite.cli.failures import printable
from helmlite.cli.main import command
from helmlite.cli.output import write
from helmlite.cli.session import Session
from helmlite.cli.source_date import source_date
from helmlite.errors import RepositoryError, UsageError

EXAMPLES = """
helmlite repo index repo
helmlite repo index repo --url https://charts.example.org
helmlite repo index new --url https://charts.example.org --merge old/index.yaml
"""


def register(group: typer.Typer) -> None:
    """Add the command to the group."""

    @command(group, "index", examples=EXAMPLES)
    def index(
        ctx: typer.Context,
        folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder of archives.", show_default=False)],
        url: Annotated[str, typer.Option("--url", help="URL of the folder; without it URLs are relative.")] = "",
        merge: Annotated[
            str, typer.Option("--merge", metavar="FILE", help="Keep the entries of this index that DIR has not.")
        ] = "",
        json: Annotated[bool, typer.Option("--json", help="Write index.yaml as JSON text (the default).")] = False,
        yaml: Annotated[bool, typer.Option("--yaml", help="Write it as YAML, for readers older than Helm 3.")] = False,
    ) -> None:
        """Write index.yaml, and a file for each chart, for all archives below DIR.

        Only archives that changed since the last run are read. Archives that are damaged, or no charts, are listed on
        standard error and end in exit code 1; all others are indexed.
        """
        from helmlite.action.index_repository import index_repository

        if json and yaml:
            raise UsageError("--json and --yaml: index.yaml is one or the other")
        if "://" in merge:
            raise UsageError(
                "--merge takes a file", hint="fetch the index first: curl --fail -o old.yaml URL/index.yaml"
            )
        if not folder:
            raise UsageError("which folder is to be indexed?", hint="the current one is .")
        session: Session = ctx.obj
        found = index_repository(
            session.configuration,
            folder,
            url=url,
            merge=merge or None,
            form="yaml" if yaml else "json",
            epoch_seconds=source_date(),
        )
        session.clear_progress()
        counts = f"{len(found.added)} added, {len(found.removed)} removed, {found.unchanged} unchanged"
        write(f"{printable(os.path.join(folder, 'index.yaml'))}: {counts}\n")  # noqa: PTH118 - as it was written
        if found.damaged:
            for path, reason in found.damaged:
                sys.stderr.write(f"{printable(path)}: {printable(reason)}\n")
            count = len(found.damaged)
            raise RepositoryError(
                f"{count} archive{'s are' if count > 1 else ' is'} not in the index: damaged, or no chart",
                hint="package it again, or remove it" if count == 1 else "package them again, or remove them",
            )
