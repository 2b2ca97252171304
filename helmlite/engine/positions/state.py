"""Positions with the steps that text takes between them.

States are shared and remember their steps, so that a text met again in the same state (in a loop, a macro) costs one
look-up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from helmlite.engine.positions.position import Collection, Mode, Position
from helmlite.engine.positions.scanner import GoesOn, Scanner


class Way(Enum):
    """How an expression can be written at once, without a closer look at what it is part of."""

    NONE = auto()
    VALUE = auto()  # behind a key or dash
    PLAIN = auto()  # as a part of a plain scalar
    KEY = auto()  # at the start of a line
    TEXT = auto()  # within double quotes or a block scalar


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
        # behind a newline the scalar may go on
        found = move if _is_end(move, text, blanks=" \t\r") else None
        state.values[str(text)] = found
        return found


def ends_at(state: State, text: str) -> bool:
    """Return whether ``text`` ends the scalar of a state at once, and has no comment behind it."""
    if state.at.mode is not Mode.PLAIN:
        return True
    return _is_end(step(state, text), text, blanks=None)


def _is_end(move: Move, text: str, *, blanks: str | None) -> bool:
    """Return whether a text ends a scalar behind nothing but ``blanks`` (None for any), and has no comment."""
    is_closed = move.closed_at >= 0 and not move.as_key and not text[: move.closed_at].strip(blanks)
    return is_closed and not text.lstrip(" \t").startswith("#")


def over_key(state: State, text: str) -> Move | None:
    """Return the move over an expression that is a whole key and the text behind it; None where it is none."""
    if text not in state.keys:
        move = step(within_plain(state), text) if text[:1] == ":" else None
        state.keys[str(text)] = move if move is not None and move.as_key and move.closed_at == 0 else None
    return state.keys[text]


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
