"""What a function of the template language raises when the template, not helmlite, is at fault."""

from __future__ import annotations

HALF_A_CHARACTER = "half a character (U+D800 to U+DFFF)"
"""What text can hold in Python and in no encoding."""


class TemplateFailure(Exception):  # noqa: N818 - "failure" is what the `fail` function calls it
    """A fault that the author of a template can mend; the engine adds file, line and include chain.

    ``message`` says what is wrong, without a location; ``hint`` says what to try. Neither holds data of Secrets.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
