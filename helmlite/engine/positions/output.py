"""What was written so far, what can still be taken back of it, and the texts of values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from helmlite import documents
from helmlite.engine.bounds import Meter
from helmlite.engine.failure import HALF_A_CHARACTER, TemplateFailure
from helmlite.engine.missing import kind_of
from helmlite.engine.positions.held import Held
from helmlite.engine.positions.position import Mode, Position
from helmlite.engine.positions.state import State, state_of
from helmlite.engine.positions.text import Hole, Included, Site, TemplateText
from helmlite.engine.written import as_data, written

COLLECTIONS = (Mapping, list, tuple, range)
RAW_HINT = "`| raw` writes text as it is."
COUNTED_BLANKS = 1 << 12
"""Blanks before the lines of one text from which on they are counted."""

STEP = 2
"""Columns by which what is written below a key is indented."""


class Output:
    """The text of one stream and where it stands.

    ``_opened`` is where a scalar begins that has only literal text so far: index of the part, offset in it. ``_gap`` is
    where an empty collection, or a scalar, was written that stood alone on its line: index of the part, column.
    ``_chain`` are the expressions whose text is being written, ``_site`` the one that an error would be about.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._out: list[str] = []
        self._state: State = state_of(Position())
        self._opened = (0, 0)
        self._gap: tuple[int, int, Hole | None] | None = None
        self._chain: list[Site] = []
        self._site: Site | None = None

    def _write(self, text: str, sites: Sequence[Site]) -> None:  # noqa: ARG002 - for those who trace
        self._out.append(text)

    def _own(self, text: str, site: Site) -> str:  # noqa: ARG002 - for those who trace
        """Return text that belongs to a template, of which ``site`` is a part."""
        return text

    def _chained(self, text: str, site: Site) -> str:  # noqa: ARG002 - for those who trace
        """Return text of a template, or of a filter, that ``site`` gave."""
        return text

    def _cut_blanks(self) -> None:
        for index in range(len(self._out) - 1, -1, -1):
            last = self._out[index]
            bare = last.rstrip(" \t")
            self._out[index] = last[: len(bare)]
            if bare:
                break

    def _drop_line(self, held: Held) -> None:
        """Take back the line that an expression stands on, since nothing is written for it."""
        self._cut_blanks()
        for index, each in enumerate(held.rest):
            bare = each.lstrip(" \t\r")
            if bare.startswith("\n"):
                held.rest[index] = each[len(each) - len(bare) + 1 :]
            if bare:
                break

    def _moves_comment(self, held: Held, before: str, behind: str = "") -> bool:
        """Write the comment that stands behind an expression; False when its end is not known yet."""
        text = "".join(held.rest)
        start, end = len(text) - len(text.lstrip(" \t")), text.find("\n")
        if end < start:
            return False
        if before:
            self._cut_blanks()
        site = held.sites[0]
        self._out += [self._own(before, site), *_cut(held.rest, start, end), self._own(behind, site)]
        held.rest = _cut(held.rest, end, len(text))
        return True

    def _see_gap(self, text: str) -> None:
        """Settle an empty mapping or list that stood alone on its line, once the next line shows what it is beside."""
        assert self._gap is not None  # noqa: S101 - asked by the callers
        index, column, alone = self._gap
        at = self._state.at
        found = _CONTENT.match(text) if at.mode in (Mode.LINE, Mode.PLAIN_END) else None
        here = at.column + len(found[1]) if found is not None else -1
        if found is None:
            found = _NEXT_CONTENT.search(text)
            here = len(found[1]) if found is not None else -1
        if here >= 0:
            self._gap = None
            if here == column:
                self._fill_gap(index, alone)

    def _cancel_gap(self, held: Held) -> None:
        """Take back an empty collection when something stands beside it."""
        if self._gap is not None and held.at.mode is Mode.LINE:
            index, column, alone = self._gap
            self._gap = None
            if held.at.column == column:
                self._fill_gap(index, alone)

    def _fill_gap(self, index: int, alone: Hole | None) -> None:
        """Take back an empty collection, since others stand beside it; a scalar cannot have any."""
        if alone is not None:
            self._site = alone[1]
            raise stands_alone(*alone, is_list=False)
        self._out[index] = ""

    def _charge_lines(self, text: str, column: int) -> None:
        """Count the blanks that are put before the lines of a text."""
        lines = text.count("\n")
        if lines * column > COUNTED_BLANKS:
            self._meter.charge_text(lines * column)

    # -- texts of values

    def _text(self, value: Any) -> str:
        """Return the text of a value, for positions that are text."""
        if isinstance(value, Included):
            value = value.as_text().without_outer_newlines()
            value = "".join(each if isinstance(each, str) else self._text(each[0]) for each in value.parts)
        if type(value) is TemplateText and not value.is_placed:
            value = str(value.without_outer_newlines())
        text = written(value, self._meter)
        self._check(text)
        return text

    def _texts(self, held: Held) -> list[str]:
        found = []
        for each in held.parts:
            if isinstance(each, tuple):
                self._site = each[1]
                found.append(self._text(each[0]))
        return found

    def _check(self, text: str) -> None:
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise TemplateFailure(f"this text holds {HALF_A_CHARACTER}") from None

    def _data(self, value: Any) -> Any:
        return as_data(value, self._meter, self._check)

    def _leaf(self, value: Any, at: Position, has_comment: bool) -> str:
        if type(value) is str:
            self._meter.charge_text(len(value))
            self._check(value)
            return self._scalar(value, at, has_comment)
        return self._typed(value, lambda data: self._scalar(data, at, has_comment))

    def _flow(self, value: Any) -> str:
        return self._typed(value, documents.write_flow_text)

    def _typed(self, value: Any, text: Callable[[str], str]) -> str:
        data = self._data(value)
        if isinstance(data, str):
            return text(data)
        try:
            return documents.write_flow(data)
        except documents.DocumentError as error:
            raise TemplateFailure(error.message) from None

    def _scalar(self, text: str, at: Position, has_comment: bool) -> str:
        made = documents.write_scalar(text, " " * (max(at.owner, 0) + STEP))
        return documents.write_quoted(text) if has_comment and "\n" in made else made


_CONTENT = re.compile(r"( *)(?=[^\s#])")
_NEXT_CONTENT = re.compile(r"\n( *)(?=[^\s#])")


def _cut(texts: Sequence[str], start: int, end: int) -> list[str]:
    """Return the parts of texts that lie between two offsets into all of them."""
    found = []
    for each in texts:
        found.append(each[max(start, 0) : max(end, 0)])
        start, end = start - len(each), end - len(each)
    return [each for each in found if each]


def stands_alone(value: Any, site: Site, *, is_list: bool) -> TemplateFailure:
    """Return the refusal of a value that stands on a line where entries belong."""
    what = "the items of a list" if is_list else "the keys of a mapping"
    hint = f"Write `{'-' if is_list else 'KEY:'} {{{{ {site.expression} }}}}`."
    return TemplateFailure(
        f"`{site.expression}` is {kind_of(value)} and stands alone on a line among {what}",
        hint=hint if isinstance(value, COLLECTIONS) else f"{hint} {RAW_HINT}",
    )
