"""``helmlite pull``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from helmlite.cli import options as o
from helmlite.cli.chart_source import takes_source
from helmlite.cli.failures import printable
from helmlite.cli.main import command
from helmlite.cli.output import write
from helmlite.cli.session import Session

if TYPE_CHECKING:
    from helmlite.action.charts import ChartSource

EXAMPLES = """
helmlite pull team/web --version ^1.2
helmlite pull team/web --verify --keyring pubring.gpg -d archives
helmlite pull web --repo https://charts.example.com --untar
helmlite pull https://charts.example.com/web-1.2.3.tgz
"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "pull", "fetch", examples=EXAMPLES)
    @takes_source
    def pull(
        ctx: typer.Context,
        source: ChartSource,
        charts: Annotated[
            list[str],
            typer.Argument(
                metavar="CHART...",
                help="URLs of archives, or REPOSITORY/NAME; with --repo, names.",
                show_default=False,
                autocompletion=o.complete_chart,
            ),
        ],
        destination: Annotated[
            str, typer.Option("-d", "--destination", metavar="DIR", help="Where the archive goes.")
        ] = ".",
        prov: Annotated[
            bool, typer.Option("--prov", help="Fetch the provenance file, too, without checking it.")
        ] = False,
        untar: Annotated[bool, typer.Option("--untar", help="Unpack the archive instead of keeping it.")] = False,
        untardir: Annotated[
            str, typer.Option("--untardir", metavar="DIR", help="With --untar: where to, below the destination.")
        ] = ".",
    ) -> None:
        """Fetch charts from repositories: their archives, or unpacked."""
        from helmlite.action.pull import pull as run

        session: Session = ctx.obj
        for each in charts:
            pulled = run(
                session.configuration,
                each,
                source,
                destination=Path(destination),
                provenance=prov,
                untar=untar,
                untar_folder=Path(untardir),
            )
            session.clear_progress()
            write("".join(f"{printable(line)}\n" for line in pulled.located.signed))
