"""Reads the text of a template from one position to the next, which is less than a YAML parser does.

Nothing is checked here, since what is rendered is parsed afterwards.
"""

from __future__ import annotations

import re

from helmlite.engine.positions.position import Collection, Mode, Position, owner_of


class GoesOn(Exception):  # noqa: N818 - it says what the text does
    """Text goes on, further to the right, below an expression that is a value of its own."""


_BLANKS = re.compile(r"[ \t]*")
_SPACES = re.compile(r" *")
_MARKER = re.compile(r"(?:---|\.\.\.)(?=[ \t\r\n]|\Z)")
_HEADER = re.compile(r"[|>][-+0-9]*")
_PROPERTY = re.compile(r"[&!][^\s,\[\]{}]*")
_DOUBLE = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)
_UNFINISHED = re.compile(r"(?<!\\)(?:\\\\)*\\(?:x[0-9A-Fa-f]?|u[0-9A-Fa-f]{0,3}|U[0-9A-Fa-f]{0,7})\Z")
_SINGLE = re.compile(r"(?:[^']|'')*")
_PLAIN = re.compile(r"[^\n:#]*")
_FLOW_PLAIN = re.compile(r"[^\n:#,\[\]{}]*")
_LINE = re.compile(r"[^\n]*")


class Scanner:
    """Reads one text from one position."""

    def __init__(self, at: Position, text: str) -> None:
        self.text = text
        self.pos = 0
        self.mode, self.column, self.flow = at.mode, at.column, at.flow
        self.open, self.awaits = list(at.open), at.awaits
        self.start, self.begins_line, self.is_bare = at.start, at.begins_line, at.is_bare
        self.indent, self.header, self.last = at.indent, at.header, at.last
        self.is_marked = at.is_marked
        self.closed_at = self.opened_at = -1
        self.as_key = False

    def position(self) -> Position:
        """Return where the text ends."""
        in_scalar = self.mode in (Mode.PLAIN, Mode.PLAIN_END, Mode.DOUBLE, Mode.SINGLE, Mode.AFTER)
        in_block = self.mode in (Mode.HEADER, Mode.BLOCK)
        return Position(
            mode=self.mode,
            column=self.column if self._needs_column() else 0,
            open=tuple(self.open),
            awaits=self.awaits,
            flow=self.flow,
            start=self.start if in_scalar else 0,
            begins_line=self.begins_line if in_scalar or self.mode in (Mode.NODE, Mode.PROPERTY) else True,
            is_bare=self.is_bare if self.mode in (Mode.PLAIN, Mode.PLAIN_END) else False,
            is_marked=self.is_marked and self.mode is Mode.NODE,
            indent=self.indent if in_block else -1,
            header=self.header if in_block else "",
            last=self.last if self.mode in (Mode.PLAIN, Mode.DOUBLE, Mode.BLOCK) else "",
        )

    def _needs_column(self) -> bool:
        """Return whether the column has a meaning here; where it has none, states are shared more often."""
        if self.mode is Mode.NODE:
            return not self.flow and (self.begins_line or (bool(self.open) and self.open[-1].is_list))
        return self.mode in (Mode.LINE, Mode.PLAIN_END) or (self.mode is Mode.BLOCK and self.last == "\n")

    def run(self) -> None:
        """Read the text to its end."""
        readers = {
            Mode.LINE: self._line,
            Mode.NODE: self._node,
            Mode.PROPERTY: self._property,
            Mode.PLAIN: self._plain,
            Mode.PLAIN_END: self._plain_end,
            Mode.DOUBLE: self._double,
            Mode.SINGLE: self._single,
            Mode.AFTER: self._after,
            Mode.COMMENT: self._comment,
            Mode.HEADER: self._header,
            Mode.BLOCK: self._block,
        }
        while self.pos < len(self.text):
            readers[self.mode]()

    # -- what the readers share

    @property
    def _owner(self) -> int:
        return owner_of(self.open)

    def _take(self, count: int) -> None:
        self.pos += count
        self.column += count

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.pos)
        assert found is not None  # noqa: S101 - the patterns match nothing, too
        self._take(found.end() - self.pos)

    def _newline(self, mode: Mode) -> None:
        self.is_marked = False
        self.pos += 1
        self.column = 0
        self.mode = mode

    def _closes(self, at: int, *, as_key: bool = False) -> None:
        """Note where the scalar that was open before this text ends; those that begin in it are nobody's concern."""
        if self.opened_at < 0 and self.closed_at < 0:
            self.closed_at, self.as_key = at, as_key
        self.opened_at = -1
        if not self.flow:
            self.awaits = False

    def _opens(self, mode: Mode) -> None:
        self.is_marked = False
        if self.closed_at < 0:
            self.closed_at = self.pos
        self.opened_at = self.pos
        self.start = self.column
        self.mode = mode

    def _rest(self) -> str:
        return self.text[self.pos : self.pos + 1]

    def _is_blank_at(self, at: int) -> bool:
        return self.text[at : at + 1] in (" ", "\n", "\t", "\r")

    # -- the readers

    def _line(self) -> None:
        self._skip(_BLANKS)
        sign = self._rest()
        if sign == "":
            return
        if sign in "\r\n":
            self._newline(Mode.LINE)
        elif sign == "#":
            self.mode = Mode.COMMENT
        elif self.column == 0 and (sign in "-." and _MARKER.match(self.text, self.pos)):
            self.open, self.awaits = [], True
            self._take(3)
            self.mode, self.begins_line = Mode.NODE, False
        elif self.column == 0 and sign == "%" and not self.open:
            self.mode = Mode.COMMENT
        else:
            is_dash = sign == "-" and self._is_blank_at(self.pos + 1)
            self.begin_content(is_item=is_dash)
            self.mode = Mode.NODE

    def begin_content(self, *, is_item: bool) -> None:
        """Close the collections that a line of this column ends."""
        self.begins_line = True
        column = self.column
        while self.open and (
            self.open[-1].column > column or (self.open[-1].column == column and self.open[-1].is_list and not is_item)
        ):
            self.open.pop()
            self.awaits = False
        if self.open and self.open[-1].column == column and not is_item:
            self.awaits = False

    def _node(self) -> None:
        self._skip(_BLANKS)
        sign = self._rest()
        if sign == "":
            return
        if sign in "\r\n":
            self._newline(Mode.NODE if self.flow else Mode.LINE)
        elif sign == "#":
            self.mode = Mode.COMMENT
        elif self.flow and sign in ",]}:":
            self._flow_sign(sign)
        elif sign in "[{":
            self.is_marked = False
            self.flow += sign
            self.start = self.start if len(self.flow) > 1 else self.column
            self.awaits = sign == "["
            self._take(1)
        elif sign == '"' or sign == "'":
            self._opens(Mode.DOUBLE if sign == '"' else Mode.SINGLE)
            self._take(1)
            self.last = ""
        elif sign in "&!":
            self.mode = Mode.PROPERTY
        elif not self.flow and sign in "|>":
            self._opens(Mode.HEADER)
        elif not self.flow and sign in "-?:" and self._is_blank_at(self.pos + 1):
            self._indicator(sign)
        else:
            self._opens(Mode.PLAIN)
            self.is_bare, self.last = False, ""
            self._take(1)
            if sign in ":-?" and self.pos == len(self.text):
                # the next text tells what it is
                self.last = sign

    def _indicator(self, sign: str) -> None:
        here = Collection(self.column, sign == "-")
        if not (self.open and self.open[-1] == here):
            self.open.append(here)
        self.awaits = True
        self.begins_line = self.is_marked = False
        self.mode = Mode.NODE
        self._take(1)

    def _flow_sign(self, sign: str) -> None:
        self._take(1)
        self.mode = Mode.NODE
        if sign == ":":
            self.awaits = True
        elif sign == ",":
            self.awaits = self.flow.endswith("[")
        else:
            self.flow = self.flow[:-1]
            self.awaits = False
            self.mode = Mode.AFTER

    def _property(self) -> None:
        found = _PROPERTY.match(self.text, self.pos)
        if found is not None:
            self._take(found.end() - self.pos)
        if self.pos < len(self.text):
            self.mode, self.is_marked = Mode.NODE, True

    def _plain(self) -> None:
        if self.last:
            # the text before ended in what this text gives its meaning
            last, self.last = self.last, ""
            if last in "-?" and not self.flow and self._is_blank_at(self.pos):
                self.column, self.opened_at = self.start, -1
                self.pos -= 1
                self._indicator(last)
                return
            if last == ":" and (self._is_blank_at(self.pos) or (self.flow and self._rest() in ",[]{}")):
                self._key(self.pos)
                return
            if last == " " and self._rest() == "#":
                self._closes(self.pos)
                self.mode = Mode.COMMENT
                return
        self.is_bare = self.is_bare and self._rest() in (" ", "\t", "\r", "\n", "#")
        self._skip(_FLOW_PLAIN if self.flow else _PLAIN)
        sign = self._rest()
        before = self.text[self.pos - 1 : self.pos] if self.pos else ""
        if sign == "":
            self.last = " " if before in (" ", "\t") else ""
        elif sign == "\n":
            self._end_of_plain_line()
        elif sign == "#":
            if before in (" ", "\t"):
                self._closes(self.pos)
                self.mode = Mode.COMMENT
            else:
                self._take(1)
        elif sign == ":":
            after = self.text[self.pos + 1 : self.pos + 2]
            if after == "":
                self._take(1)
                self.last = ":"
            elif after in " \t\r\n" or (self.flow and after in ",[]{}"):
                self._key(self.pos)
            else:
                self._take(1)
        else:
            self._closes(self.pos)
            self.mode = Mode.NODE
            if sign in "[{":
                # no YAML, but what closes them must not close others
                self.flow += sign
                self._take(1)

    def _end_of_plain_line(self) -> None:
        if self.flow:
            self._newline(Mode.PLAIN)
            self.last = " "
        else:
            if self.is_bare:
                self._closes(self.pos)
            self._newline(Mode.PLAIN_END)

    def _key(self, at: int) -> None:
        self._closes(at, as_key=True)
        if self._rest() == ":":
            self._take(1)
        self.mode = Mode.NODE
        if not self.flow:
            here = Collection(self.start, is_list=False)
            if not (self.open and self.open[-1] == here):
                self.open.append(here)
            self.begins_line = False
        self.awaits = True

    def _plain_end(self) -> None:
        self._skip(_BLANKS)
        sign = self._rest()
        if sign == "":
            return
        if sign in "\r\n":
            self._newline(Mode.PLAIN_END)
        elif self.continues_plain() and sign != "#":
            if self.is_bare:
                raise GoesOn  # the expression above is a value of its own
            self.mode, self.last, self.is_bare = Mode.PLAIN, "", False
        else:
            # what is open ended at the end of its line; the blanks that are read again are the writer's to move
            self._closes(self.pos)
            self.mode = Mode.LINE

    def continues_plain(self) -> bool:
        """Return whether a line of this column continues the plain scalar, or the expression, above it."""
        if self.column == 0 and _MARKER.match(self.text, self.pos):
            return False
        return self.column > (self.start if self.is_bare and self.begins_line else self._owner)

    def _double(self) -> None:
        if self.last:
            self._take(self.last == "\\")
            self.last = ""
        self._skip(_DOUBLE)
        sign = self._rest()
        if not sign and _UNFINISHED.search(self.text):
            self.last = "x"
        if sign == "\\":
            self._take(1)
            self.last = "\\"
        elif sign:
            self._take(1)
            self._closes(self.pos)
            self.mode = Mode.AFTER

    def _single(self) -> None:
        self._skip(_SINGLE)
        if self._rest():
            self._take(1)
            self._closes(self.pos)
            self.mode = Mode.AFTER

    def _after(self) -> None:
        self._skip(_BLANKS)
        sign = self._rest()
        if sign == "":
            return
        if sign in "\r\n":
            self.awaits = False
            self._newline(Mode.AFTER if self.flow else Mode.LINE)
        elif sign == "#":
            self.mode = Mode.COMMENT
        elif sign == ":":
            if self.flow:
                self._flow_sign(":")
            else:
                self._key(self.pos)
        elif self.flow and sign in ",]}":
            self._flow_sign(sign)
        else:
            self._take(1)

    def _comment(self) -> None:
        self._skip(_LINE)
        if self._rest():
            self._newline(Mode.NODE if self.flow else Mode.LINE)

    def _header(self) -> None:
        found = _HEADER.match(self.text, self.pos)
        if found is not None:
            self.header = found[0]
            self.indent = -1
            digits = [each for each in self.header if each.isdigit()]
            if digits:
                self.indent = max(self._owner, 0) + int(digits[0])
        self._skip(_LINE)
        if self._rest():
            self._newline(Mode.BLOCK)
            self.last = "\n"
            self.awaits = False

    def _block(self) -> None:
        """Read a line; ``last`` is a newline at the start of one."""
        if self.last == "\n":
            line = self.pos - self.column
            self._skip(_SPACES)
            sign = self._rest()
            if sign == "":
                return
            if sign not in "\r\n":
                if not self.in_block():
                    self._closes(max(line, 0))
                    self.mode, self.last = Mode.LINE, ""
                    return
                if self.indent < 0:
                    self.indent = self.column
            self.last = ""
        self._skip(_LINE)
        if self._rest():
            self._newline(Mode.BLOCK)
            self.last = "\n"

    def in_block(self) -> bool:
        """Return whether a line of this column belongs to the block scalar."""
        if self.column == 0 and _MARKER.match(self.text, self.pos):
            return False
        return self.column > self._owner if self.indent < 0 else self.column >= self.indent
