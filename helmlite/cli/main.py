"""The ``helmlite`` command: global flags, the names of all commands, and what happens when one fails."""

from __future__ import annotations

import atexit
import difflib
import importlib
import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from typer.core import TyperGroup

from helmlite.cli import failures
from helmlite.cli.arguments import NOT, HelpCommand, RootGroup
from helmlite.cli.progress import clear_lines
from helmlite.cli.session import Session
from helmlite.errors import HelmliteError
from helmlite.kube.config import ClusterConfig

Function = TypeVar("Function", bound=Callable[..., Any])

COMMANDS = {
    "install": "Install a chart as a new release.",
    "upgrade": "Upgrade a release to a chart and values.",
    "rollback": "Return a release to an earlier revision.",
    "uninstall": "Remove releases: objects, then records.",
    "list": "List releases.",
    "history": "Show a release's revisions.",
    "status": "Show a release and its objects as they are now.",
    "get": "Show what a revision's record holds.",
    "template": "Render a chart and print its documents.",
    "explain": "Say where a field of a rendered object comes from.",
    "show": "Show what a chart says of itself.",
    "repo": "Add, update, list, remove and index chart repositories.",
    "search": "Search repositories for charts.",
    "pull": "Fetch a chart's archive, or unpack it.",
    "create": "Make a new chart to start from.",
    "dependency": "Fetch what a chart depends on, and show what is there.",
    "package": "Pack chart directories into archives.",
    "verify": "Check who signed a packed chart.",
    "sandbox": "Run an embedded cluster on this machine.",
    "version": "Show the version.",
    "env": "Show the environment that helmlite works in.",
    "completion": "Print a shell's completion script.",
}
"""The commands and what each is for; the module of one is imported when it is called."""

ALIASES = {
    "ls": "list",
    "hist": "history",
    "del": "uninstall",
    "delete": "uninstall",
    "un": "uninstall",
    "inspect": "show",
    "fetch": "pull",
    "dep": "dependency",
    "dependencies": "dependency",
}


class _Root(RootGroup):
    """The command ``helmlite``, which imports no command but the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # click's signature
        """Return one command."""
        if cmd_name not in self.commands:
            found = load(cmd_name)
            if found is None:
                return None
            self.commands[cmd_name] = found
        return self.commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # click's signature
        """Write a line for each command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def global_flags(
    ctx: typer.Context,
    namespace: Annotated[
        str, typer.Option("-n", "--namespace", envvar="HELM_NAMESPACE", help="Namespace to work in.")
    ] = "",
    kubeconfig: Annotated[str, typer.Option(help="The kubeconfig file.  [env var: KUBECONFIG]")] = "",
    kube_context: Annotated[str, typer.Option(envvar="HELM_KUBECONTEXT", help="The kubeconfig context to use.")] = "",
    kube_apiserver: Annotated[
        str, typer.Option(envvar="HELM_KUBEAPISERVER", help="Address and port of the API server.")
    ] = "",
    kube_token: Annotated[
        str, typer.Option(envvar="HELM_KUBETOKEN", show_envvar=True, help="Bearer token to use.", show_default=False)
    ] = "",
    kube_as_user: Annotated[str, typer.Option(envvar="HELM_KUBEASUSER", help="User to impersonate.")] = "",
    kube_as_group: Annotated[list[str] | None, typer.Option(help="Group to impersonate; may be repeated.")] = None,
    kube_ca_file: Annotated[
        str, typer.Option(envvar="HELM_KUBECAFILE", help="Certificate authority of the API server.")
    ] = "",
    kube_insecure_skip_tls_verify: Annotated[
        bool,
        typer.Option(
            "--kube-insecure-skip-tls-verify",
            envvar="HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
            help="Do not check the API server's certificate.",
        ),
    ] = False,
    kube_tls_server_name: Annotated[
        str, typer.Option(envvar="HELM_KUBETLS_SERVER_NAME", help="Name to check the server's certificate for.")
    ] = "",
    qps: Annotated[
        float, typer.Option(envvar="HELM_QPS", help="Requests a second, without bursts (0: no limit).")
    ] = 0.0,
    burst_limit: Annotated[int, typer.Option(envvar="HELM_BURST_LIMIT", help="Requests at once under --qps.")] = 100,
    repository_config: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="File with names and URLs of repositories.  [env var: HELM_REPOSITORY_CONFIG]"
        ),
    ] = "",
    repository_cache: Annotated[
        str, typer.Option(metavar="DIR", help="Folder for repositories' indexes.  [env var: HELM_REPOSITORY_CACHE]")
    ] = "",
    debug: Annotated[
        bool, typer.Option("--debug", envvar="HELM_DEBUG", help="Show every step, and more in errors.")
    ] = False,
    color: Annotated[
        str,
        typer.Option(
            "--color", "--colour", envvar="HELM_COLOR", metavar="never|auto|always", help="Colour the output."
        ),
    ] = "auto",
) -> None:
    """Package manager for Kubernetes: Jinja2 charts, Helm's own release records."""
    if color not in ("never", "auto", "always"):
        raise typer.BadParameter(f"{color!r} is not one of never, auto, always", param_hint="--color")
    groups = tuple(kube_as_group or ()) or tuple(
        each for each in os.environ.get("HELM_KUBEASGROUPS", "").split(",") if each
    )
    ctx.obj = Session(
        cluster=ClusterConfig(
            kubeconfig=kubeconfig,
            context=kube_context,
            namespace=namespace,
            api_server=kube_apiserver,
            token=kube_token,
            as_user=kube_as_user,
            as_groups=groups,
            ca_file=kube_ca_file,
            insecure_skip_tls_verify=kube_insecure_skip_tls_verify,
            tls_server_name=kube_tls_server_name,
            qps=qps,
            burst_limit=burst_limit,
        ),
        repository_config=repository_config,
        repository_cache=repository_cache,
        debug=debug,
        color=color,
    )


def build_app() -> typer.Typer:
    """Return the Typer application with every command."""
    app = typer.Typer(
        name="helmlite",
        cls=_Root,
        callback=global_flags,
        rich_markup_mode=None,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    return app


def load(name: str) -> Any:
    """Return one command, by its name or alias; None for what is none."""
    known = ALIASES.get(name, name)
    if known not in COMMANDS:
        return None
    part = typer.Typer(callback=lambda: None, rich_markup_mode=None, add_completion=False)
    importlib.import_module(f"helmlite.cli.{known}_command").register(part)
    group = typer.main.get_command(part)
    return group.commands[name] if isinstance(group, TyperGroup) else group


def command(app: typer.Typer, name: str, *aliases: str, examples: str = "") -> Callable[[Function], Function]:
    """Return a decorator that registers a function as a command, hidden under its aliases too."""

    def register(function: Function) -> Function:
        for each in (name, *aliases):
            app.command(each, cls=HelpCommand, epilog=examples, hidden=each != name)(function)
        return function

    return register


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return its exit code. Every error of ours, and a usage error, is one clear text."""
    root = typer.main.get_command(build_app())
    assert isinstance(root, TyperGroup)  # noqa: S101  # an application with several commands is one
    words = list(sys.argv[1:] if arguments is None else arguments)
    if "_HELMLITE_COMPLETE" in os.environ:
        from typer._completion_classes import completion_init  # only an application made by Typer itself calls it

        completion_init()
    # urllib3 would say it again at every request of --kube-insecure-skip-tls-verify
    warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    try:
        try:
            result = root.main(words, prog_name="helmlite", standalone_mode=False)
        finally:
            clear_lines()
    except HelmliteError as error:
        return failures.show(error, color=color)
    except typer.Exit as error:
        return error.exit_code
    except typer.Abort:
        sys.stderr.write("Aborted.\n")
        return 130
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has seen enough; nothing more can be said, not even while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            return usage_error(error)
        raise
    return result if isinstance(result, int) else 0


def leave(code: int) -> NoReturn:
    """End the process after its clean-up, without taking every object apart: that would take a tenth of its time."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    atexit._run_exitfuncs()
    os._exit(code)


def usage_error(error: Any) -> int:
    """Print a fault of the command line; return the exit code.

    Typer's own click has no public name for its exceptions.
    """
    context = getattr(error, "ctx", None)
    near = getattr(error, "possibilities", None)
    if near:
        error.possibilities = [each for each in near if NOT not in each]
    message = error.format_message().replace(": Value error, ", ": ")
    if context is not None and type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(f"{context.get_help()}\n")
        return 0
    sys.stderr.write(f"Error: {failures.printable(message)}{_meant(message)}\n")
    if context is not None:
        sys.stderr.write(f"{context.get_usage()}\nTry: {context.command_path} --help\n")
    return 2


def _meant(message: str) -> str:
    """Return the command that was meant by one that does not exist, when one is near."""
    if "Did you mean" in message:  # Typer knows the commands of a group, but not their other names
        return ""
    found = re.match(r"No such command '(.*)'\.", message)
    near = difflib.get_close_matches(found[1], [*COMMANDS, *ALIASES], 1) if found else []
    return f" Did you mean {near[0]!r}?" if near else ""
