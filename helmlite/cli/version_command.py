"""``helmlite version``."""

from __future__ import annotations

import platform
from typing import Annotated

import typer

from helmlite import __version__
from helmlite.cli import options as o
from helmlite.cli.main import command
from helmlite.cli.output import write, write_structured


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "version", examples="helmlite version --short\nhelmlite version -o json")
    def version(
        short: Annotated[bool, typer.Option("--short", help="Only the number.")] = False,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """Show the version of helmlite and of the Python that runs it."""
        number = __version__
        if short:
            write(f"{number}\n")
        elif output is o.Output.TABLE:
            write(f"helmlite {number} (Python {platform.python_version()}, {platform.system()} {platform.machine()})\n")
        else:
            write_structured({"version": number, "python": platform.python_version()}, output)
