"""``helmlite repo add``, ``update``, ``list`` and ``remove``: the repositories that have names."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from helmlite.cli import chart_source as s
from helmlite.cli import options as o
from helmlite.cli.completion import repositories
from helmlite.cli.failures import printable
from helmlite.cli.main import command
from helmlite.cli.output import table, write, write_structured
from helmlite.cli.session import Session
from helmlite.errors import RepositoryError, UsageError

ADD_EXAMPLES = """
helmlite repo add team https://charts.example.com/team
pass show charts | helmlite repo add team https://charts.example.com --username ci --password-stdin
helmlite repo add team https://charts.example.com --ca-file ca.crt --cert-file me.crt --key-file me.key
HELMLITE_REPO_TEAM_USERNAME=ci HELMLITE_REPO_TEAM_PASSWORD=... helmlite repo add team https://charts.example.com
"""
UPDATE_EXAMPLES = """
helmlite repo update
helmlite repo update team --timeout 30s
"""
Names = Annotated[
    list[str],
    typer.Argument(metavar="NAME...", help="Repositories.", show_default=False, autocompletion=repositories),
]


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group ``repo``."""

    @command(group, "add", examples=ADD_EXAMPLES)
    def add(
        ctx: typer.Context,
        name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.", show_default=False)],
        url: Annotated[str, typer.Argument(metavar="URL", help="Where its index.yaml is.", show_default=False)],
        username: s.Username = "",
        password: s.Password = "",
        password_stdin: s.PasswordStdin = False,
        token_stdin: s.TokenStdin = False,
        share_password: Annotated[
            bool, typer.Option("--share-password", help="Write the password in clear where helm finds it, too.")
        ] = False,
        pass_credentials: s.PassCredentials = False,
        ca_file: s.CaFile = "",
        cert_file: s.CertFile = "",
        key_file: s.KeyFile = "",
        insecure_skip_tls_verify: s.Insecure = False,
        force_update: Annotated[
            bool, typer.Option("--force-update", help="Replace the repository of that name.")
        ] = False,
        no_update: Annotated[bool, typer.Option("--no-update", hidden=True)] = False,
        allow_deprecated_repos: Annotated[
            bool, typer.Option("--allow-deprecated-repos", help="Take Helm's retired repositories, too.")
        ] = False,
        timeout: o.IndexTimeout = 120.0,
    ) -> None:
        """Add a repository; helm uses it, too.

        A password goes to the system's keyring, else to a file that only you can read. Helm finds it only with
        --share-password.
        """
        from helmlite.action.repositories import add_repository
        from helmlite.repo.repositories import Repository

        del no_update  # Helm takes it, and does nothing with it
        session: Session = ctx.obj
        secret, token = s.secret_of(
            session, password, username=username, password_stdin=password_stdin, token_stdin=token_stdin
        )
        if share_password and token:
            raise UsageError("--share-password: helm knows no tokens for repositories")
        repository = Repository(
            name=name,
            url=url,
            username=username,
            password=s.asked_password(username, secret, token, name=name),
            token=token,
            ca_file=ca_file,
            cert_file=cert_file,
            key_file=key_file,
            insecure_skip_tls_verify=insecure_skip_tls_verify,
            pass_credentials_all=pass_credentials,
        )
        added = add_repository(
            session.configuration,
            repository,
            force_update=force_update,
            share_password=share_password,
            allow_retired=allow_deprecated_repos,
            timeout_seconds=timeout,
        )
        session.clear_progress()
        if added:
            write(f'"{name}" has been added to your repositories\n')
        else:
            write(f'"{name}" already exists with the same configuration, skipping\n')

    @command(group, "update", "up", examples=UPDATE_EXAMPLES)
    def update(
        ctx: typer.Context,
        names: Annotated[
            list[str] | None,
            typer.Argument(
                metavar="[NAME]...", help="Which ones; all without.", show_default=False, autocompletion=repositories
            ),
        ] = None,
        timeout: o.IndexTimeout = 120.0,
    ) -> None:
        """Fetch what is new in the indexes of repositories, of all of them or some."""
        from helmlite.action.repositories import update_repositories

        session: Session = ctx.obj
        results = update_repositories(session.configuration, names or (), timeout_seconds=timeout)
        write("Hang tight while we grab the latest from your chart repositories...\n")
        failed: list[str] = []
        for each in results:
            session.clear_progress()
            name = each.repository.name
            if each.error is not None:
                failed.append(each.repository.shown)
                text = printable(f"{each.error.message}" + (f" ({each.error.hint})" if each.error.hint else ""))
                write(
                    f'...Unable to get an update from the "{name}" chart repository ({each.repository.shown}):\n'
                    f"\t{text}\n"
                )
            else:
                unchanged = "" if each.changed else " (unchanged)"
                write(f'...Successfully got an update from the "{name}" chart repository{unchanged}\n')
        if failed:
            raise RepositoryError(f"failed to update the following repositories: [{' '.join(sorted(failed))}]")
        write("Update Complete. ⎈Happy Helming!⎈\n")

    @command(group, "list", "ls", examples="helmlite repo list\nhelmlite repo list -o json")
    def list_(
        ctx: typer.Context,
        no_headers: Annotated[bool, typer.Option("--no-headers", help="No header line.")] = False,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """List the repositories."""
        session: Session = ctx.obj
        rows = [{"name": each.name, "url": each.shown} for each in session.configuration.repositories.repositories()]
        if output is not o.Output.TABLE:
            write_structured(rows, output)
        elif rows:
            write(table(("NAME", "URL"), [list(row.values()) for row in rows], with_headers=not no_headers))
        else:
            sys.stderr.write("no repositories to show\n")

    @command(group, "remove", "rm", examples="helmlite repo remove team")
    def remove(ctx: typer.Context, names: Names) -> None:
        """Remove repositories, with their passwords and what is kept of their indexes."""
        from helmlite.action.repositories import remove_repositories

        session: Session = ctx.obj
        remove_repositories(session.configuration, names)
        write("".join(f'"{name}" has been removed from your repositories\n' for name in names))
