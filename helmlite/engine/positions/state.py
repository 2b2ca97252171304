"""Where in YAML a point of a template's output stands: states, and the steps that text takes between them.

A state knows what an expression at its point would be (a value, a key, part of a quoted text ...), which is less than
a YAML parser knows: nothing is checked here, since what is rendered is parsed afterwards. States are shared and
remember their steps, so that a text met again in the same state (in a loop, a macro) costs one look-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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


class Way(Enum):
    """How an expression can be written at once, without a closer look at what it is part of."""

    NONE = auto()
    VALUE = auto()  # behind a key or dash
    PLAIN = auto()  # as a part of a plain scalar
    KEY = auto()  # at the start of a line
    TEXT = auto()  # within double quotes or a block scalar


class GoesOn(Exception):  # noqa: N818 - it says what the text does
    """Text goes on, further to the right, below an expression that is a value of its own."""


class Collection(NamedTuple):
    """A block collection that is open: the column of its entries, and whether it is a list."""

    column: int
    is_list: bool


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
        return self.open[-1].column if self.open else -1


@dataclass(frozen=True, slots=True)
class Move:
    """One step from a state over a text.

    ``closed_at`` and ``opened_at`` are offsets into the text: where the scalar that was open before it ended (as a key,
    if ``as_key``), -1 if it did not, and where the one that is open behind it began, -1 if it is the same one or none.
    """

    after: State
    closed_at: int
    as_key: bool
    opened_at: int


@dataclass(slots=True, eq=False)
class State:
    """A position with what was found out of it so far: the steps from it, and the states about an expression in it.

    ``values`` and ``keys`` are the steps over an expression that stands alone here, as a value or as a key, together
    with the text behind it: None for a text that does not end it at once.
    """

    at: Position
    moves: dict[str, Move] = field(default_factory=dict)
    values: dict[str, Move | None] = field(default_factory=dict)
    keys: dict[str, Move | None] = field(default_factory=dict)
    before: State | None = None
    within: State | None = None
    behind: State | None = None
    way: Way = field(init=False)

    def __post_init__(self) -> None:
        """Find the short way, if there is one."""
        mode = self.at.mode
        self.way = Way.NONE if self.at.flow else _WAYS.get(mode, Way.NONE)
        if mode is Mode.NODE and self.at.begins_line:
            self.way = Way.NONE


_WAYS = {
    Mode.NODE: Way.VALUE,
    Mode.PLAIN: Way.PLAIN,
    Mode.LINE: Way.KEY,
    Mode.PLAIN_END: Way.KEY,
    Mode.DOUBLE: Way.TEXT,
    Mode.BLOCK: Way.TEXT,
}
_states: dict[Position, State] = {}
LIMIT = 20_000
"""States remembered by a process that renders many charts, and texts remembered for each of them."""


def state_of(position: Position) -> State:
    """Return the one state of a position."""
    found = _states.get(position)
    if found is None:
        if len(_states) > LIMIT:
            _states.clear()
        found = _states[position] = State(position)
    return found


def step(state: State, text: str) -> Move:
    """Return the move that ``text``, the template's own, makes from a state."""
    move = state.moves.get(text)
    if move is None:
        scanner = Scanner(state.at, text)
        scanner.run()
        move = Move(state_of(scanner.position()), scanner.closed_at, scanner.as_key, scanner.opened_at)
        if len(state.moves) < LIMIT:
            state.moves[str(text)] = move
    return move


def over_value(state: State, text: str) -> Move | None:
    """Return the move over an expression that is a whole value, or the end of one, and the text behind it.

    None when the text, or a comment in it, asks for a closer look.
    """
    try:
        return state.values[text]
    except KeyError:
        move = step(within_plain(state), text)
        is_ended = move.closed_at >= 0 and not move.as_key and not text[: move.closed_at].strip(" \t\r")
        found = move if is_ended and not text.lstrip(" \t").startswith("#") else None
        state.values[str(text)] = found
        return found


def ends_at(state: State, text: str) -> bool:
    """Return whether ``text`` ends the scalar of a state at once, and has no comment behind it."""
    if state.at.mode is not Mode.PLAIN:
        return True
    move = step(state, text)
    return (
        move.closed_at >= 0
        and not move.as_key
        and not text[: move.closed_at].strip()
        and not text.lstrip(" \t").startswith("#")
    )


def over_key(state: State, text: str) -> Move | None:
    """Return the move over an expression that is a whole key and the text behind it; None where it is none."""
    if text not in state.keys:
        move = step(within_plain(state), text) if text[:1] == ":" else None
        state.keys[str(text)] = move if move is not None and move.as_key and move.closed_at == 0 else None
    return state.keys[text]


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
        return self.open[-1].column if self.open else -1

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
        elif self.is_bare:
            self._closes(self.pos)
            self._newline(Mode.PLAIN_END)
        else:
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


def before_hole(state: State) -> State:
    """Return the state in which an expression at this point stands: what it begins or goes on with is decided.

    Its mode is LINE or NODE where it begins a node, PLAIN, DOUBLE, SINGLE, BLOCK and COMMENT within such; PROPERTY,
    HEADER and AFTER are places where no expression can be.
    """
    if state.before is None:
        scanner = Scanner(state.at, "")
        at = state.at
        if at.mode is Mode.PLAIN_END:
            scanner.mode = Mode.PLAIN if scanner.continues_plain() else Mode.LINE
            if scanner.mode is Mode.PLAIN and at.is_bare:
                raise GoesOn
            scanner.is_bare = False
            if scanner.mode is Mode.LINE:
                scanner.awaits = False
        elif at.mode is Mode.BLOCK and at.last == "\n":
            if scanner.in_block():
                scanner.indent = at.column if at.indent < 0 else at.indent
            else:
                scanner.mode = Mode.LINE
        state.before = state_of(scanner.position())
    return state.before


def within_plain(state: State) -> State:
    """Return the state behind an expression that stands in a plain scalar or begins one."""
    if state.within is None:
        at = state.at
        scanner = Scanner(at, "")
        if at.mode is Mode.LINE:
            is_list = bool(at.open) and at.open[-1] == Collection(at.column, is_list=True)
            scanner.begin_content(is_item=is_list or _is_list_of_key(at))
        scanner.is_bare = at.mode in (Mode.LINE, Mode.NODE)
        if scanner.is_bare:
            scanner.start = at.column
        scanner.mode, scanner.last = Mode.PLAIN, ""
        state.within = state_of(scanner.position())
    return state.within


def _is_list_of_key(at: Position) -> bool:
    """Return whether a list here could be the value of the key above it, which stands at the same column."""
    return at.awaits and bool(at.open) and at.open[-1] == Collection(at.column, is_list=False)


def behind(state: State) -> State:
    """Return the state behind an expression within a quoted text or a block scalar."""
    if state.behind is None:
        scanner = Scanner(state.at, "")
        scanner.last = ""
        state.behind = state_of(scanner.position())
    return state.behind
