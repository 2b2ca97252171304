"""What a function of the template language raises when the template, not helmlite, is at fault."""

from __future__ import annotations

HALF_A_CHARACTER = "half a character (U+D800 to U+DFFF)"
"""What text can hold in Python and in no encoding."""


def no_utf8(error: UnicodeDecodeError) -> str:
    """Return that a file is no text, and where."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return f"line {line} of the file is not UTF-8 (byte {error.start})"


class TemplateFailure(Exception):  # noqa: N818 - "failure" is what the `fail` function calls it
    """A fault that the author of a template can mend; the engine adds file, line and include chain.

    ``message`` says what is wrong, without a location; ``hint`` says what to try. Neither holds data of Secrets:
    ``names`` are those of which the message has the ``repr``, and that the template may have computed.
    """

    def __init__(self, message: str, *, hint: str | None = None, names: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.names = names
