"""``helmlite sandbox``: an embedded cluster, to try charts on and to test with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from helmlite.cli import options as o
from helmlite.cli.arguments import CommandGroup, HelpCommand
from helmlite.cli.failures import printable
from helmlite.cli.main import Function
from helmlite.cli.output import write, write_structured

if TYPE_CHECKING:
    from helmlite.sandbox.service import Service

EXAMPLES = {
    "start": """\
helmlite sandbox start
export KUBECONFIG="$(helmlite sandbox kubeconfig)"

KUBEBUILDER_ASSETS=~/control-plane helmlite sandbox start --real""",
    "stop": "helmlite sandbox stop",
    "status": "helmlite sandbox status\nhelmlite sandbox status -o json",
    "reset": "helmlite sandbox reset",
    "kubeconfig": 'kubectl --kubeconfig "$(helmlite sandbox kubeconfig)" get pods',
    "run": "helmlite sandbox run -- helmlite install shop charts/shop --wait\nhelmlite sandbox run --pace 0 -- pytest",
}

Folder = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        metavar="DIR",
        envvar="HELMLITE_SANDBOX_HOME",
        show_default=False,
        help="The sandbox's folder, in the user's state folder by default.",
    ),
]
Pace = Annotated[
    float | None,
    typer.Option(
        "--pace",
        min=0,
        max=1000,
        metavar="FACTOR",
        show_default="1",
        help="How much of the ordered delays passes: 0 none, 1 all.",
    ),
]
Real = Annotated[
    bool, typer.Option("--real", help="Run a real control plane, of the programs in KUBEBUILDER_ASSETS, instead.")
]


def _service(folder: Path | None) -> Service:
    from helmlite.sandbox.home import default_folder
    from helmlite.sandbox.service import Service

    return Service(folder or default_folder())


def _programs(is_real: bool) -> Path | None:
    from helmlite.sandbox.service import programs_of

    return programs_of(os.environ.get("KUBEBUILDER_ASSETS")) if is_real else None


def _tell(text: str) -> None:
    sys.stderr.write(f"{printable(text)}\n")
    sys.stderr.flush()


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(
        name="sandbox", help="Run an embedded cluster on this machine.", no_args_is_help=True, cls=CommandGroup
    )
    app.add_typer(group)

    def add(name: str, **settings: bool) -> Callable[[Function], Function]:
        return group.command(name, cls=HelpCommand, epilog=EXAMPLES[name], context_settings=settings)

    @add("start")
    def start(
        folder: Folder = None,
        port: Annotated[
            int, typer.Option("--port", min=0, max=65535, help="Where to listen (0: as before; a free one at first).")
        ] = 0,
        pace: Pace = None,
        real: Real = False,
    ) -> None:
        """Start it in the background, with what it held."""
        service = _service(folder)
        is_new = service.start(_tell, port=port, pace=pace, programs=_programs(real))
        state = service.state()
        write(f"The sandbox {'runs' if is_new else 'already runs'} at {state.url}\n")
        write(f'export KUBECONFIG="{state.kubeconfig}"\n')

    @add("stop")
    def stop(folder: Folder = None) -> None:
        """Stop it; what it holds is kept."""
        write("The sandbox is stopped\n" if _service(folder).stop() else "The sandbox does not run\n")

    @add("status")
    def status(folder: Folder = None, output: o.OutputOption = o.Output.TABLE) -> None:
        """Show whether it runs (the exit code is 1 when not)."""
        state = _service(folder).state()
        word = "running" if state.is_running else "not running"
        if output is o.Output.TABLE:
            write(f"{word}\n")
        else:
            found = {
                "status": word,
                "kind": state.kind,
                "url": state.url,
                "pid": state.pid,
                "kubeconfig": str(state.kubeconfig) if state.url else "",
                "folder": str(state.folder),
            }
            write_structured({key: value for key, value in found.items() if value}, output)
        raise typer.Exit(0 if state.is_running else 1)

    @add("reset")
    def reset(folder: Folder = None) -> None:
        """Empty it, and leave it running or stopped."""
        write("The sandbox is empty{}\n".format(" and runs" if _service(folder).reset(_tell) else ""))

    @add("kubeconfig")
    def kubeconfig(folder: Folder = None) -> None:
        """Print the path of its kubeconfig."""
        write(f"{_service(folder).kubeconfig()}\n")

    @add("run", allow_interspersed_args=False)
    def run(
        command: Annotated[
            list[str], typer.Argument(metavar="COMMAND", help="The command and its words.", show_default=False)
        ],
        pace: Pace = None,
        real: Real = False,
    ) -> None:
        """Run a command with a sandbox of its own as KUBECONFIG."""
        from helmlite.sandbox.service import run as run_command

        raise typer.Exit(run_command(command, _tell, pace=pace, programs=_programs(real)))
