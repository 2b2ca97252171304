"""``helmlite repo``: chart repositories."""

from __future__ import annotations

import typer

from helmlite.cli import repositories_commands


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(help="Add, update, list and remove chart repositories.", no_args_is_help=True)
    app.add_typer(group, name="repo")
    repositories_commands.add_to(group)
