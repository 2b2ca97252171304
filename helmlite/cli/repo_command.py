"""``helmlite repo``: the repositories that charts come from, and the index of one's own."""

from __future__ import annotations

import typer

from helmlite.cli import repo_index_command, repositories_commands
from helmlite.cli.arguments import CommandGroup


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(
        help="Add, update, list, remove and index chart repositories.", no_args_is_help=True, cls=CommandGroup
    )
    app.add_typer(group, name="repo")
    repositories_commands.add_to(group)
    repo_index_command.register(group)
