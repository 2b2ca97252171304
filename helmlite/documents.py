"""YAML and JSON text to data and back: the only door to ``yaml``.

Two readers that differ in what a duplicate key means, one writer. Scalars are typed as Helm types them
(YAML 1.1 booleans and octals, no dates, no sexagesimals), except that integers stay exact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import yaml

Value: TypeAlias = Any
"""What YAML and JSON can say: None, bool, int, float, str, list of Value, dict of str to Value."""

Path: TypeAlias = tuple[str | int, ...]
"""Where in a document: keys and list indexes from the root."""

Duplicates: TypeAlias = Literal["error", "warn", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """One document: its data, the line (from 1) of each key and list item, and what was odd about it."""

    data: Value
    lines: Mapping[Path, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()


class DocumentError(ValueError):
    """Text that is no YAML or JSON; the caller turns it into its own family of HelmliteError.

    ``line`` and ``column`` count from 1; None where unknown.
    """

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def read_all(text: str | bytes, *, duplicates: Duplicates = "error", with_lines: bool = False) -> list[Parsed]:
    """Return every document of a YAML stream; an empty document has the data None."""
    raise NotImplementedError


def read(text: str | bytes, *, duplicates: Duplicates = "error", with_lines: bool = False) -> Parsed:
    """Return the one document of YAML text (None when the text is empty); several documents are an error."""
    raise NotImplementedError


def read_json(text: str | bytes, *, duplicates: Duplicates = "last") -> Value:
    """Return the data of JSON text; integers stay exact, NaN and Infinity are errors."""
    raise NotImplementedError


def write(data: Value, *, sort_keys: bool = True) -> str:
    """Return data as block YAML that YAML 1.1, YAML 1.2 and Helm read back alike; ends in a newline."""
    raise NotImplementedError


def write_all(documents: Sequence[Value], *, sort_keys: bool = True) -> str:
    """Return several documents as one stream, each after a ``---`` line."""
    raise NotImplementedError


def write_json(data: Value, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """Return compact JSON as Go writes it: no blanks, ``<``, ``>``, ``&``, U+2028 and U+2029 as ``\\uXXXX``."""
    raise NotImplementedError
