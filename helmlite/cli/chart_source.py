"""The flags that say which version of a chart, from where, and how a server is asked: one set for all commands."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from helmlite.cli.keyrings import Keyring, keyring_or_default
from helmlite.cli.options import complete_version
from helmlite.cli.source_date import source_date
from helmlite.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from helmlite.action.charts import ChartSource
    from helmlite.cli.session import Session
    from helmlite.repo.repositories import ServerOptions

Function = TypeVar("Function", bound=Callable[..., Any])

Username = Annotated[str, typer.Option("--username", help="User name for the chart's server.", show_default=False)]
Password = Annotated[
    str,
    typer.Option(
        "--password", help="Its password, for all processes to see: better --password-stdin.", show_default=False
    ),
]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
TokenStdin = Annotated[bool, typer.Option("--token-stdin", help="Read a bearer token from standard input.")]
PassCredentials = Annotated[
    bool, typer.Option("--pass-credentials", help="Send credentials to other hosts that the index names, too.")
]
CaFile = Annotated[str, typer.Option("--ca-file", metavar="FILE", help="Authorities for the server's certificate.")]
CertFile = Annotated[str, typer.Option("--cert-file", metavar="FILE", help="Client certificate for the server.")]
KeyFile = Annotated[str, typer.Option("--key-file", metavar="FILE", help="Key of the client certificate.")]
Insecure = Annotated[bool, typer.Option("--insecure-skip-tls-verify", help="Do not check the server's certificate.")]
Verify = Annotated[bool, typer.Option("--verify", help="Check the chart's signature before it is used.")]

SERVER_FLAGS: dict[str, tuple[Any, Any]] = {
    "username": (Username, ""),
    "password": (Password, ""),
    "password_stdin": (PasswordStdin, False),
    "token_stdin": (TokenStdin, False),
    "pass_credentials": (PassCredentials, False),
    "ca_file": (CaFile, ""),
    "cert_file": (CertFile, ""),
    "key_file": (KeyFile, ""),
    "insecure_skip_tls_verify": (Insecure, False),
}
SOURCE_FLAGS: dict[str, tuple[Any, Any]] = {
    "version": (
        Annotated[
            str,
            typer.Option(
                "--version",
                help="Version of the chart, or a range: ^1.2. The newest release without it.",
                autocompletion=complete_version,
            ),
        ],
        "",
    ),
    "devel": (Annotated[bool, typer.Option("--devel", help="Take pre-releases too, without --version.")], False),
    "repo": (
        Annotated[str, typer.Option("--repo", metavar="URL", help="Look the chart's name up in this repository.")],
        "",
    ),
    **SERVER_FLAGS,
    "verify": (Verify, False),
    "keyring": (Keyring, None),
}


def takes_source(function: Function) -> Function:
    """Return a command that takes these flags beside its own, and gets them as one argument: ``source``."""
    return _taking(function, "source", SOURCE_FLAGS, chart_source)


def takes_server(function: Function) -> Function:
    """Return a command that takes the flags on how a server is asked, and gets them as one argument: ``server``."""
    return _taking(function, "server", SERVER_FLAGS, server_options)


def _taking(
    function: Function, argument: str, flags: Mapping[str, tuple[Any, Any]], made: Callable[..., object]
) -> Function:
    """Return a command that takes flags beside its own, of which ``made`` makes one argument."""
    # the one annotation that is for type checkers only: its module takes time to import
    function.__annotations__.pop(argument)
    own = inspect.signature(function, eval_str=True)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in flags.items()
    ]
    rest = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for name, each in own.parameters.items() if name != argument
    ]

    @functools.wraps(function)
    def command(**given: Any) -> Any:
        chosen = {name: given.pop(name) for name in flags}
        return function(**given, **{argument: made(given["ctx"].obj, **chosen)})

    signature = own.replace(parameters=[*rest, *more])
    command.__signature__ = signature  # type: ignore[attr-defined]  # what inspect.signature reads
    command.__annotations__ = {name: each.annotation for name, each in signature.parameters.items()}
    return command  # type: ignore[return-value]  # the same command, to who calls it by its flags


def chart_source(
    session: Session,
    *,
    version: str,
    devel: bool,
    repo: str,
    verify: bool,
    keyring: Path | None,
    **server: Any,
) -> ChartSource:
    """Return the flags as one; raises UsageError for those that exclude each other."""
    from helmlite.action.charts import ChartSource

    return ChartSource(
        version=version,
        devel=devel,
        repository_url=repo,
        server=server_options(session, **server),
        verify=verify,
        keyring=keyring_or_default(keyring) if verify else None,
    )


def server_options(
    session: Session,
    *,
    username: str,
    password: str,
    password_stdin: bool,
    token_stdin: bool,
    pass_credentials: bool,
    **tls: Any,
) -> ServerOptions:
    """Return the flags as one; raises UsageError for those that exclude each other."""
    from helmlite.repo.repositories import ServerOptions

    secret, token = secret_of(
        session, password, username=username, password_stdin=password_stdin, token_stdin=token_stdin
    )
    if username and not secret:
        raise UsageError("--username needs a password", hint="give it on standard input: --password-stdin")
    return ServerOptions(username=username, password=secret, token=token, pass_credentials_all=pass_credentials, **tls)


def complete_first(session: Session, chart: str, source: ChartSource) -> None:
    """Do what ``--dependency-update`` of install, upgrade and template asks for."""
    if source.repository_url:
        return
    from helmlite.action.demands import DependencyOptions
    from helmlite.action.dependencies import complete_dependencies

    options = DependencyOptions(keyring=source.keyring, epoch_seconds=source_date(), server=source.server)
    complete_dependencies(session.configuration, chart, options)


def secret_of(
    session: Session, password: str, *, username: str, password_stdin: bool, token_stdin: bool
) -> tuple[str, str]:
    """Return password and token, one of which may come from standard input; raises UsageError."""
    if bool(password) + password_stdin + token_stdin > 1:
        raise UsageError("give one of --password, --password-stdin and --token-stdin")
    token = ""
    if password_stdin or token_stdin:
        read = session.read_stdin().removesuffix("\n").removesuffix("\r")
        if not read:
            raise UsageError(f"{'--password-stdin' if password_stdin else '--token-stdin'}: standard input is empty")
        password, token = (read, "") if password_stdin else ("", read)
    if password and not username:
        raise UsageError("a password needs a --username")
    return password, token


def asked_password(username: str, password: str, token: str, *, name: str) -> str:
    """Return the password, asked for on a terminal when a user name lacks it; raises UsageError elsewhere.

    It may also come from the environment of the repository of that ``name``, and is not asked for then.
    """
    import os

    from helmlite.repo.credentials import from_environment

    if not username or password or token or from_environment(name, os.environ).password:
        return password
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("--username needs a password", hint="give it on standard input: --password-stdin")
    return str(typer.prompt("Password", hide_input=True, err=True))
