"""``helmlite package``: chart directories to archives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from helmlite.cli.chart_source import takes_server
from helmlite.cli.keyrings import Keyring, keyring_or_default, passphrase_from
from helmlite.cli.main import command
from helmlite.cli.output import write
from helmlite.cli.session import Session
from helmlite.cli.source_date import source_date
from helmlite.errors import UsageError

if TYPE_CHECKING:
    from helmlite.repo.repositories import ServerOptions

EXAMPLES = """\
helmlite package charts/shop
helmlite package charts/shop --version 1.4.0 --app-version 4f2c1aa --destination dist
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" helmlite package charts/*

gpg --export-secret-keys ada@example.com > secring.gpg
helmlite package charts/shop --sign --key ada@example.com --keyring secring.gpg"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "package", examples=EXAMPLES)
    @takes_server
    def package_command(
        ctx: typer.Context,
        server: ServerOptions,
        charts: Annotated[list[Path], typer.Argument(metavar="CHART", help="Chart directories.", show_default=False)],
        version: Annotated[
            str, typer.Option("--version", metavar="VERSION", help="The version, in place of Chart.yaml's.")
        ] = "",
        app_version: Annotated[
            str, typer.Option("--app-version", metavar="VERSION", help="The appVersion, in place of Chart.yaml's.")
        ] = "",
        destination: Annotated[
            Path, typer.Option("-d", "--destination", metavar="DIR", help="Where to write; made if missing.")
        ] = Path(),
        dependency_update: Annotated[
            bool, typer.Option("-u", "--dependency-update", help="Fetch what Chart.yaml declares into charts/ first.")
        ] = False,
        sign: Annotated[bool, typer.Option("--sign", help="Sign: write a .prov file beside the archive.")] = False,
        key: Annotated[
            str, typer.Option("--key", metavar="NAME", help="The key: a user ID or a part of it, or its fingerprint.")
        ] = "",
        keyring: Keyring = None,
        passphrase_file: Annotated[
            str,
            typer.Option(
                "--passphrase-file", metavar="FILE", help="Its first line is the key's passphrase; - is standard input."
            ),
        ] = "",
    ) -> None:
        """Pack chart directories into archives: NAME-VERSION.tgz, the same bytes for the same chart every time."""
        from helmlite.action.demands import DependencyOptions
        from helmlite.action.dependencies import check_one_server
        from helmlite.action.package import package

        session: Session = ctx.obj
        epoch_seconds = source_date()
        if server and not dependency_update:
            raise UsageError("how a server is asked matters only with --dependency-update")
        if dependency_update:
            check_one_server(session.configuration, charts, server)
        signer = None
        if sign:
            if not key:
                raise UsageError("--sign: which key is to sign?", hint="give --key NAME")
            from helmlite.repo.provenance import open_signer

            signer = open_signer(
                keyring_or_default(keyring),
                key=key,
                passphrase=passphrase_from(passphrase_file, clear=session.clear_progress, claim=session.claim_stdin),
                now=session.configuration.now(),
            )
        for chart in charts:
            made = package(
                session.configuration,
                chart,
                destination=destination,
                version=version,
                app_version=app_version,
                epoch_seconds=epoch_seconds,
                dependencies=(
                    DependencyOptions(epoch_seconds=epoch_seconds, server=server) if dependency_update else None
                ),
                signer=signer,
            )
            session.clear_progress()
            shown = made.path.absolute() if destination == Path() else made.path
            write(f"Successfully packaged chart and saved it to: {shown}\n")
