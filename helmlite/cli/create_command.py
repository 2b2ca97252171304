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
helmlite sandbox run -- helmlite install shop charts/shop --wait"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "create", examples=EXAMPLES)
    def create_command(
        name: Annotated[
            Path,
            typer.Argument(metavar="NAME", help="The chart's name, or a path that ends in it.", show_default=False),
        ],
    ) -> None:
        """Make the directory of a new chart: one web server with service, account, ingress and autoscaler."""
        from helmlite.action.create import create

        create(name)
        write(f"Creating {name}\n")
