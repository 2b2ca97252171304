"""Errors in front of a user: one clear text on standard error, and the exit code."""

from __future__ import annotations

import sys
import unicodedata
from typing import TextIO

from helmlite.errors import HelmliteError


def show(error: HelmliteError, *, stream: TextIO | None = None, color: bool = False) -> int:
    """Print an error with its hint; return the exit code of its family."""
    out = stream or sys.stderr
    head = "\x1b[31mError:\x1b[0m" if color else "Error:"
    out.write(f"{head} {printable(error.message)}\n")
    logs = getattr(error, "logs", "")
    if logs:
        out.write(f"{printable(logs)}\n")
    if error.hint:
        out.write(f"Try: {printable(error.hint)}\n")
    out.flush()
    return error.exit_code


def printable(text: str) -> str:
    """Return text without control characters: charts, servers and records must not drive the user's terminal."""
    if text.isprintable():
        return text
    return "".join(char if char in "\n\t" or _is_harmless(char) else f"\\x{ord(char):02x}" for char in text)


def _is_harmless(char: str) -> bool:
    """Return whether a character only shows itself; blanks of other scripts do, marks that turn a line round do not."""
    return char.isprintable() or unicodedata.category(char) == "Zs"
