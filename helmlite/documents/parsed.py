"""What reading gives, what it raises, and the bounds that it keeps to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Value: TypeAlias = Any
"""What YAML and JSON can say: None, bool, int, float, str, list of Value, dict of str to Value."""

Path: TypeAlias = tuple[str | int, ...]
"""Where in a document: keys and list indexes from the root."""

Duplicates: TypeAlias = Literal["error", "warn", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """One document: its data, the line (from 1) of each key and list item, and what was odd about it.

    ``size`` counts its values. Lines are noted of the first LINES of them, down to LINES_DEPTH levels.
    """

    data: Value
    lines: Mapping[Path, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a node stands in its text: offsets of characters, after a byte order mark.

    ``end`` is that of a scalar, of a list or mapping only where its first sign (``[``) ends; ``key`` is where the key
    before the node begins, None for list items and the root.
    """

    start: int
    end: int
    key: int | None = None


class DocumentError(ValueError):
    """Text that is no YAML or JSON; the caller turns it into its own family of HelmliteError.

    ``line`` and ``column`` count from 1, ``index`` is the offset in characters; None where unknown.
    """

    def __init__(
        self, message: str, *, line: int | None = None, column: int | None = None, index: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.index = index


LIMIT_BYTES = 64 << 20
DEPTH = 200
NODES = 2_000_000
LINES = 200_000
LINES_DEPTH = 32
INTEGER_DIGITS = 308
"""As many as every reader of a release record takes: Go's numbers end there."""


def as_text(text: str | bytes) -> str:
    """Return UTF-8 text without its byte order mark; raises DocumentError for what is none, or too long."""
    if len(text) > LIMIT_BYTES:
        raise DocumentError(f"longer than {LIMIT_BYTES >> 20} MiB")
    if isinstance(text, bytes):
        try:
            decoded = text.decode("utf-8")
        except UnicodeDecodeError as error:
            line = text.count(b"\n", 0, error.start) + 1
            raise DocumentError(f"no UTF-8 text (byte {error.start})", line=line) from None
        return decoded.removeprefix("\ufeff")
    return text.removeprefix("\ufeff")
