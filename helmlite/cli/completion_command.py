"""``helmlite completion``: the script that a shell needs to complete helmlite's words."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from helmlite.cli.main import command
from helmlite.cli.output import write


class Shell(StrEnum):
    """The shells that completion is made for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


EXAMPLES = """
source <(helmlite completion bash)
helmlite completion zsh > "${fpath[1]}/_helmlite"
helmlite completion fish > ~/.config/fish/completions/helmlite.fish
"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "completion", examples=EXAMPLES)
    def completion(shell: Annotated[Shell, typer.Argument(help="The shell to write a script for.")]) -> None:
        """Print the shell script that completes commands, flags and their values."""
        from typer._completion_shared import get_completion_script  # the public modules do not export it

        write(f"{get_completion_script(prog_name='helmlite', complete_var='_HELMLITE_COMPLETE', shell=shell.value)}\n")
