"""``helmlite create``: a new chart to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from helmlite.cli.main import command
from helmlite.cli.output import write

EXAMPLES = """\
helmlite create shop
helmlite create charts/shop
helmlite create charts/shop --starter charts/web
helmlite sandbox run -- helmlite install shop charts/shop --wait"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "create", examples=EXAMPLES)
    def create_command(
        name: Annotated[
            Path,
            typer.Argument(metavar="NAME", help="The chart's name, or a path that ends in it.", show_default=False),
        ],
        starter: Annotated[
            str,
            typer.Option(
                "-p",
                "--starter",
                metavar="CHART",
                help="Make it of this chart: a directory, or a name in starters/ of Helm's data folder.",
            ),
        ] = "",
    ) -> None:
        """Make the directory of a new chart: one web server with service, account, ingress and autoscaler.

        Of a starter all files are taken that its .helmignore leaves, with the new chart's name in place of <CHARTNAME>.
        """
        from helmlite.action.create import create

        create(name, starter=starter_directory(starter) if starter else None)
        write(f"Creating {name}\n")


def starter_directory(starter: str) -> Path:
    """Return the directory of a starter: a path, or what has that name among Helm's; raises ChartError."""
    from helmlite.action.configuration import helm_data_folder
    from helmlite.errors import ChartError

    folder = helm_data_folder()
    named = folder / "starters" / starter if folder else None
    places = [Path(starter), *([named] if named is not None else [])]
    for each in places:
        if each.is_dir():
            return each
    raise ChartError(
        f"--starter {starter}: there is no such directory, here or in {named.parent if named else 'a data folder'}",
        hint="give the path of a chart's directory",
    )
