"""Scalars that are held back until their end is seen, and errors that know their expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from helmlite.engine.positions.position import Mode, Position
from helmlite.engine.positions.state import State
from helmlite.engine.positions.text import Hole, Piece, Site


class Misplaced(Exception):  # noqa: N818 - it says which expression an error is about
    """What went wrong with one expression while its text was written, and through which templates it came there."""

    def __init__(self, error: Exception, site: Site, chain: Sequence[Site] = ()) -> None:
        super().__init__(str(error))
        self.error, self.site, self.chain = error, site, tuple(chain)


@dataclass(slots=True)
class Held:
    """A scalar that is not written yet: where it stands, what it is made of, and literal text seen behind it."""

    mode: Mode
    state: State
    chain: tuple[Site, ...]
    parts: list[Piece] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    @property
    def at(self) -> Position:
        """Return where the scalar begins, or its first expression stands."""
        return self.state.at

    @property
    def only(self) -> Hole | None:
        """Return the one expression that it is, None when there is more to it."""
        first = self.parts[0]
        return first if len(self.parts) == 1 and isinstance(first, tuple) else None

    @property
    def sites(self) -> list[Site]:
        """Return the expressions that are part of it."""
        return [each[1] for each in self.parts if isinstance(each, tuple)]

    def without_end(self, signs: str) -> list[str]:
        """Take the literal ``signs`` at the end away and return them."""
        ends: list[str] = []
        while self.parts and isinstance(self.parts[-1], str):
            last = self.parts[-1]
            size = len(last.rstrip(signs))
            if size < len(last):
                ends.insert(0, last[size:])
            if size:
                self.parts[-1] = last[:size]
                break
            self.parts.pop()
        return ends
