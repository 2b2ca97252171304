"""The scanner of positions: what an expression at a mark in a text would be."""

from __future__ import annotations

import pytest

from helmlite.engine.positions.position import Collection, Mode, Position
from helmlite.engine.positions.scanner import GoesOn
from helmlite.engine.positions.state import before_hole, state_of, step, within_plain

START = state_of(Position())


def at(text: str) -> Position:
    """Return the position behind a text of a template."""
    return before_hole(step(START, text).after).at


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("", Mode.LINE),
        ("a: ", Mode.NODE),
        ("a:\n  ", Mode.LINE),
        ("a: b", Mode.PLAIN),
        ("a:", Mode.PLAIN),
        ("- ", Mode.NODE),
        ("-", Mode.PLAIN),
        ("- - ", Mode.NODE),
        ("? ", Mode.NODE),
        ('a: "b', Mode.DOUBLE),
        ('a: "b\\" ', Mode.DOUBLE),
        ("a: 'b'", Mode.AFTER),
        ("a: 'b'' ", Mode.SINGLE),
        ('a: "b"', Mode.AFTER),
        ("a: [", Mode.NODE),
        ("a: [b, ", Mode.NODE),
        ("a: [b", Mode.PLAIN),
        ("a: {b: ", Mode.NODE),
        ("a: [b]", Mode.AFTER),
        ("a: b # ", Mode.COMMENT),
        ("a: b#", Mode.PLAIN),
        ("# ", Mode.COMMENT),
        ("a: # ", Mode.COMMENT),
        ("a: |\n  ", Mode.BLOCK),
        ("a: |\n  b\n", Mode.LINE),
        ("a: |\n  b\n\n  c ", Mode.BLOCK),
        ("a: |\n    b\n  ", Mode.LINE),
        ("a: |2\n    b\n  ", Mode.BLOCK),
        ("a: >- # why\n  ", Mode.BLOCK),
        ("a: |", Mode.HEADER),
        ("a: &x", Mode.PROPERTY),
        ("a: &x ", Mode.NODE),
        ("a: !!str ", Mode.NODE),
        ("a: b\n  ", Mode.PLAIN),
        ("a: b\n", Mode.LINE),
        ("a: b\n---\n", Mode.LINE),
        ("a: 'b\n  ", Mode.SINGLE),
        ("a: http://b", Mode.PLAIN),
        ("a: b\n# c: ", Mode.COMMENT),
        ("%YAML 1.2\n---\na: ", Mode.NODE),
    ],
)
def test_an_expression_would_be(text: str, mode: Mode) -> None:
    """The mode behind a text says what an expression there is part of, or begins."""
    assert mode is at(text).mode


@pytest.mark.parametrize(
    ("text", "open_there", "owner"),
    [
        ("a: ", [(0, False)], 0),
        ("a:\n  b: ", [(0, False), (2, False)], 2),
        ("a:\n  b: 1\nc: ", [(0, False)], 0),
        ("a:\n- ", [(0, False), (0, True)], 0),
        ("a:\n  - b: ", [(0, False), (2, True), (4, False)], 4),
        ("a:\n  - b: 1\n    c: ", [(0, False), (2, True), (4, False)], 4),
        ("- - b: ", [(0, True), (2, True), (4, False)], 4),
        ("a:\n- b\nc: ", [(0, False)], 0),
        ("a: 1\n---\nb: ", [(0, False)], 0),
        ("a: {b: 1}\nc: ", [(0, False)], 0),
        ("a: |\n  x: y\nc: ", [(0, False)], 0),
        ("a: 'x: y'\n'c': ", [(0, False)], 0),
    ],
)
def test_collections_are_open(text: str, open_there: list[tuple[int, bool]], owner: int) -> None:
    """Block collections are known by their columns; the innermost one is what lines of a value must pass."""
    found = at(text)
    assert (tuple(Collection(*each) for each in open_there), owner) == (found.open, found.owner)


@pytest.mark.parametrize(
    "text", ["a: b\nc:\n  - d: 'e'\n    f: [1, {g: h}]\n  - |\n    i\n", 'a: "b: c"\n\n# d\ne: >-\n  f\n  g\nh: i\n']
)
def test_a_text_may_come_in_any_pieces(text: str) -> None:
    """One step over a text leads where many steps over its lines lead."""
    state = START
    for line in text.splitlines(keepends=True):
        state = step(state, line).after
    assert step(START, text).after is state


def test_steps_are_remembered() -> None:
    """The same text from the same state is scanned once."""
    assert step(START, "remembered: ") is step(START, "remembered: ")


def test_a_scalar_ends_where_its_line_does() -> None:
    """A move says where the scalar that was open before it ended, and whether as a key."""
    in_scalar = step(START, "a: b").after
    assert (2, False) == (step(in_scalar, "-c\nd: 1\n").closed_at - 1, step(in_scalar, "-c\nd: 1\n").as_key)
    bare = within_plain(START)
    assert (0, True) == (step(bare, ": b\n").closed_at, step(bare, ": b\n").as_key)


def test_text_cannot_go_on_below_a_value() -> None:
    """A line further to the right below an expression that stands alone is no YAML of anybody's meaning."""
    with pytest.raises(GoesOn):
        step(within_plain(step(START, "a: ").after), "\n  more\n")
