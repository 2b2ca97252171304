"""``helmlite search``: charts of the repositories that were added."""

from __future__ import annotations

from typing import Annotated

import typer

from helmlite.cli import options as o
from helmlite.cli.arguments import CommandGroup
from helmlite.cli.main import command
from helmlite.cli.output import table, write, write_structured
from helmlite.cli.session import Session
from helmlite.errors import RepositoryError

HEADERS = ("NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION")
EXAMPLES = """
helmlite search repo
helmlite search repo nginx --version ^1.0.0
helmlite search repo team/web --versions --devel
"""


def register(app: typer.Typer) -> None:
    """Add the group and its command."""
    group = typer.Typer(help="Search repositories for charts.", no_args_is_help=True, cls=CommandGroup)
    app.add_typer(group, name="search")

    @group.callback()
    def search() -> None:
        """Search repositories for charts."""

    @command(group, "repo", examples=EXAMPLES)
    def repo(
        ctx: typer.Context,
        words: Annotated[
            list[str] | None, typer.Argument(metavar="[WORD]...", help="What to look for.", show_default=False)
        ] = None,
        regexp: Annotated[bool, typer.Option("-r", "--regexp", help="The words are a regular expression.")] = False,
        versions: Annotated[bool, typer.Option("-l", "--versions", help="Show every version of a chart.")] = False,
        version: Annotated[str, typer.Option("--version", help="Only versions in this range.")] = "",
        devel: Annotated[bool, typer.Option("--devel", help="Pre-releases too, without --version.")] = False,
        fail_on_no_result: Annotated[
            bool, typer.Option("--fail-on-no-result", help="Exit with 1 when nothing is found.")
        ] = False,
        max_col_width: Annotated[int, typer.Option("--max-col-width", min=0, help="Cut columns (0: never).")] = 50,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """Search the indexes of the repositories that were added, as last updated, by name, description and keyword."""
        from helmlite.action.search import search_repositories

        session: Session = ctx.obj
        found = search_repositories(
            session.configuration,
            words or (),
            regexp=regexp,
            version=version,
            devel=devel,
            all_versions=versions,
        )
        if not found and fail_on_no_result:
            raise RepositoryError("no results found")
        rows = [
            {
                "name": each.name,
                "version": each.entry.version,
                "app_version": each.entry.app_version,
                "description": each.entry.description,
            }
            for each in found
        ]
        session.clear_progress()
        if output is not o.Output.TABLE:
            write_structured(rows, output)
        elif not rows:
            write("No results found\n")
        else:
            write(table(HEADERS, [[_cut(each, max_col_width) for each in row.values()] for row in rows]))


def _cut(text: str, width: int) -> str:
    return text if not width or len(text) <= width else f"{text[: max(width - 3, 0)]}..."
