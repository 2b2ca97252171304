"""``helmlite repo``: the repositories that charts come from, and the index of one's own."""

from __future__ import annotations

import typer

from helmlite.cli import repo_index_command


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(name="repo", help="Index, add, update and list chart repositories.", no_args_is_help=True)
    app.add_typer(group)
    # a group of one command would be taken for that command
    group.callback()(lambda: None)
    repo_index_command.register(group)
