"""Where keys and their passphrases come from: the flags that signing and verifying share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from helmlite.cli.failures import printable
from helmlite.errors import HelmliteError, UsageError

MAX_PASSPHRASE_BYTES = 64 << 10

Keyring = Annotated[
    Path | None,
    typer.Option(
        "--keyring",
        metavar="FILE",
        show_default="pubring.gpg or pubring.kbx in $GNUPGHOME or ~/.gnupg",
        help="The keyring, as `gpg --export` writes it.",
    ),
]


def keyring_or_default(keyring: Path | None) -> Path:
    """Return the keyring, by default the one that Helm looks at; raises UsageError where nothing is known of it."""
    if keyring is not None:
        return keyring
    home = os.environ.get("GNUPGHOME")
    try:
        folder = Path(home) if home else Path.home() / ".gnupg"
    except RuntimeError:
        raise UsageError("--keyring: give it, since the user has no home folder") from None
    for found in (folder / "pubring.gpg", folder / "pubring.kbx"):
        if found.exists():
            return found
    raise UsageError(
        f"--keyring: there is neither pubring.gpg nor pubring.kbx in {folder}",
        hint="give one: `gpg --export > pubring.gpg`; to sign, `gpg --export-secret-keys > secring.gpg`",
    )


def passphrase_from(file: str, *, clear: Callable[[], None], claim: Callable[[], None]) -> Callable[[str], str]:
    """Return a function that gives the passphrase of a key, by its user ID.

    It is the first line of ``file`` (``-`` is standard input), else what is typed on a terminal, unseen, after
    ``clear`` has taken away a moving line. ``claim`` takes standard input for this. It raises HelmliteError for a
    file that cannot be read, UsageError where there is neither file nor terminal.
    """

    def ask(identity: str) -> str:
        if file == "-":
            claim()
            return _from_stdin()
        if file:
            return _from_file(Path(file))
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(
                f"the key of {printable(identity)} has a passphrase, and there is no terminal to ask for it",
                hint="give --passphrase-file FILE, or - for standard input",
            )
        clear()
        return str(
            typer.prompt(
                f"Passphrase of {printable(identity)}", hide_input=True, err=True, default="", show_default=False
            )
        )

    return ask


def _from_stdin() -> str:
    if sys.stdin is None:
        raise UsageError("--passphrase-file -: standard input is closed")
    if sys.stdin.isatty():
        raise UsageError(
            "--passphrase-file -: standard input is a terminal, not a pipe", hint="leave the flag out to be asked"
        )
    return _first_line(sys.stdin.buffer.readline(MAX_PASSPHRASE_BYTES))


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _first_line(file.readline(MAX_PASSPHRASE_BYTES))
    except OSError as error:
        raise HelmliteError(f"--passphrase-file {path}: cannot be read: {error.strerror or error}") from None


def _first_line(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape").rstrip("\r\n")
