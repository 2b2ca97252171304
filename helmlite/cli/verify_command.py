"""``helmlite verify``: who signed an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from helmlite.cli.failures import printable
from helmlite.cli.keyrings import Keyring, keyring_or_default
from helmlite.cli.main import command
from helmlite.cli.output import write
from helmlite.cli.session import Session

EXAMPLES = """\
gpg --export ada@example.com > trusted.gpg
helmlite verify shop-1.4.0.tgz --keyring trusted.gpg"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "verify", examples=EXAMPLES)
    def verify_command(
        ctx: typer.Context,
        path: Annotated[Path, typer.Argument(metavar="PATH", help="A packed chart; PATH.prov is beside it.")],
        keyring: Keyring = None,
    ) -> None:
        """Check that a packed chart is what a key of the keyring has signed."""
        from helmlite.repo.provenance import verify_file

        session: Session = ctx.obj
        found = verify_file(path, keyring=keyring_or_default(keyring), now=session.configuration.now())
        write("".join(f"{printable(each)}\n" for each in found.lines))
