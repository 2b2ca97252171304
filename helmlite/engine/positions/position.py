"""Where in YAML a point of a template's output stands: all that decides what an expression there would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple


class Mode(Enum):
    """What the scanner is in the middle of."""

    LINE = auto()  # blanks at the start of a line of block YAML
    NODE = auto()  # where a node may begin: behind `key: `, `- `, `[`, `,`
    PROPERTY = auto()  # in an anchor or tag
    PLAIN = auto()
    PLAIN_END = auto()  # behind a line of a plain scalar, which the next line may continue
    DOUBLE = auto()
    SINGLE = auto()
    AFTER = auto()  # behind a node that has an end of its own: a closing quote or bracket
    COMMENT = auto()
    HEADER = auto()  # behind the `|` or `>` of a block scalar, on its line
    BLOCK = auto()  # in a block scalar


class Collection(NamedTuple):
    """A block collection that is open: the column of its entries, and whether it is a list."""

    column: int
    is_list: bool


def owner_of(collections: Sequence[Collection]) -> int:
    """Return the column that lines of a node in the innermost collection must pass: that of its key or dash."""
    return collections[-1].column if collections else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """All that a state is made of; columns count from 0.

    ``awaits`` says that the innermost collection (the document, if there is none) has no value yet behind its last
    key or dash; in a flow mapping, that a colon came. ``start`` is the column of the node that is being read and
    ``begins_line`` whether nothing but blanks stands before it. ``indent`` and ``header`` are those of a block scalar;
    an indent of -1 is not known yet. ``last`` is the last character read, where the next text may give it a meaning.
    """

    mode: Mode = Mode.LINE
    column: int = 0
    open: tuple[Collection, ...] = ()
    awaits: bool = True
    flow: str = ""
    start: int = 0
    begins_line: bool = True
    is_bare: bool = False  # the scalar so far is one expression
    is_marked: bool = False  # an anchor or tag stands before the node
    indent: int = -1
    header: str = ""
    last: str = ""

    @property
    def owner(self) -> int:
        """Return the column that lines of a node here must pass: that of the key or dash that it belongs to."""
        return owner_of(self.open)
