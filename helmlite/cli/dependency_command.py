"""``helmlite dependency``: what a chart depends on, fetched into its ``charts/``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helmlite.cli import options as o
from helmlite.cli.arguments import CommandGroup, HelpCommand
from helmlite.cli.chart_source import takes_server
from helmlite.cli.failures import printable
from helmlite.cli.keyrings import Keyring, keyring_or_default
from helmlite.cli.main import Function
from helmlite.cli.output import table, write, write_structured
from helmlite.cli.session import Session
from helmlite.cli.source_date import source_date
from helmlite.errors import public_url

if TYPE_CHECKING:
    from helmlite.action.demands import DependencyOptions
    from helmlite.action.dependencies import Updated
    from helmlite.repo.repositories import ServerOptions

HEADERS = ("NAME", "VERSION", "REPOSITORY", "STATUS")
EXAMPLES = {
    "list": """\
helmlite dependency list charts/shop
helmlite dependency list charts/shop -o json""",
    "update": """\
helmlite dependency update charts/shop
helmlite dependency update --skip-refresh
helmlite dependency update charts/shop --verify --keyring trusted.gpg
pass show charts | helmlite dependency update charts/shop --username ci --password-stdin""",
    "build": """\
helmlite dependency build charts/shop
helmlite dependency build charts/shop --skip-refresh""",
}

Folder = Annotated[str, typer.Argument(metavar="CHART", help="The chart's directory: the current one, unless given.")]
SkipRefresh = Annotated[
    bool, typer.Option("--skip-refresh", help="Take the indexes of repositories as they were last fetched.")
]
Verify = Annotated[bool, typer.Option("--verify", help="Only take archives that a key of the keyring has signed.")]


def register(app: typer.Typer) -> None:
    """Add the group and its commands, and ``dep`` and ``dependencies`` as its other names."""
    group = typer.Typer(
        help="Fetch what a chart depends on into its charts/, and show what is there.",
        no_args_is_help=True,
        cls=CommandGroup,
    )
    app.add_typer(group, name="dependency")
    app.add_typer(group, name="dep", hidden=True)
    app.add_typer(group, name="dependencies", hidden=True)

    def add(name: str, *aliases: str) -> Callable[[Function], Function]:
        def decorate(function: Function) -> Function:
            for each in (name, *aliases):
                group.command(each, cls=HelpCommand, epilog=EXAMPLES[name], hidden=each != name)(function)
            return function

        return decorate

    @add("list", "ls")
    def list_(
        chart: Annotated[
            str, typer.Argument(metavar="CHART", help="A chart directory or archive: the current one, unless given.")
        ] = ".",
        max_col_width: Annotated[
            int, typer.Option("--max-col-width", min=0, help="The widest that a column of the table may be.")
        ] = 80,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """List what a chart declares, and whether charts/ has it."""
        from helmlite.action.dependencies import list_dependencies

        found = list_dependencies(chart)
        rows: list[dict[str, Any]] = [
            {
                "name": each.dependency.name,
                "version": each.dependency.version,
                "repository": public_url(each.dependency.repository),
                "status": each.status,
            }
            for each in found.statuses
        ]
        if output is not o.Output.TABLE:
            write_structured(rows, output)
            for text in found.warnings:
                sys.stderr.write(f"WARNING: {printable(text)}\n")
        elif not rows:
            write(f"WARNING: no dependencies at {printable(str(found.folder))}\n")
        else:
            cells = [[_cut(cell, max_col_width) for cell in row.values()] for row in rows]
            warnings = "".join(f"WARNING: {printable(text)}\n" for text in found.warnings)
            write(f"{table(HEADERS, cells)}\n{warnings}")

    @add("update", "up")
    @takes_server
    def update_(
        ctx: typer.Context,
        server: ServerOptions,
        chart: Folder = ".",
        skip_refresh: SkipRefresh = False,
        verify: Verify = False,
        keyring: Keyring = None,
    ) -> None:
        """Fetch the newest versions that fit, and write Chart.lock.

        Everything is fetched and checked before anything is changed. Archives that Chart.yaml does not declare any
        more are removed from charts/; folders stay. A password given here is for one server: `helmlite repo add` keeps
        those of several.
        """
        from helmlite.action.dependencies import update_dependencies

        session: Session = ctx.obj
        options = _options(skip_refresh=skip_refresh, verify=verify, keyring=keyring, server=server)
        _tell(session, Path(chart), update_dependencies(session.configuration, chart, options))

    @add("build")
    @takes_server
    def build_(
        ctx: typer.Context,
        server: ServerOptions,
        chart: Folder = ".",
        skip_refresh: SkipRefresh = False,
        verify: Verify = False,
        keyring: Keyring = None,
    ) -> None:
        """Fetch exactly what Chart.lock says.

        Without a lock it does what update does. An archive whose sha256 is not the one in Chart.lock is refused. Where
        charts/ has all of them already, no repository is asked.
        """
        from helmlite.action.dependencies import build_dependencies

        session: Session = ctx.obj
        options = _options(skip_refresh=skip_refresh, verify=verify, keyring=keyring, server=server)
        _tell(session, Path(chart), build_dependencies(session.configuration, chart, options))


def _options(*, skip_refresh: bool, verify: bool, keyring: Path | None, server: ServerOptions) -> DependencyOptions:
    from helmlite.action.demands import DependencyOptions

    keys = keyring_or_default(keyring) if verify else None
    return DependencyOptions(skip_refresh=skip_refresh, keyring=keys, epoch_seconds=source_date(), server=server)


def _tell(session: Session, chart: Path, done: Updated) -> None:
    session.clear_progress()
    changes = [
        *(f"added {chart / 'charts' / each}" for each in done.vendored.added),
        *(f"removed {chart / 'charts' / each}" for each in done.vendored.removed),
        *([f"wrote {chart / done.lock_file}"] if done.vendored.wrote_lock else []),
    ]
    count = len(done.dependencies)
    if not count:
        changes.append(f"{chart} declares no dependencies")
    elif not changes:
        changes.append(
            f"nothing to do: {chart / 'charts'} has {'its dependency' if count == 1 else f'all {count} dependencies'}"
        )
    write("".join(f"{printable(each)}\n" for each in changes))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= max(width, 4) else f"{text[: max(width, 4) - 3]}..."
