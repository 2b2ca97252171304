"""Texts that YAML takes for something else: each comes back from every place as it is, or is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.errors import RenderError
from tests.engine.positions.cases import (
    FRAMES,
    NIGHTLY,
    PLACES,
    WAYS,
    Frame,
    Place,
    Way,
    misread,
    refusal,
    render,
    templates_of,
    text_of,
)

LISTED: dict[str, str] = {
    "`yes`": "yes",
    "`1e3`": "1e3",
    "`0x1F`": "0x1F",
    "`012`": "012",
    "`1_000`": "1_000",
    "`12:30:45`": "12:30:45",
    "`2001-01-01`": "2001-01-01",
    "`~`": "~",
    "`null`": "null",
    "empty": "",
    "blanks": "   ",
    "`- a`": "- a",
    "`a: b`": "a: b",
    "`a #b`": "a #b",
    "`'`": "'",
    '`"`': '"',
    "`\\`": "\\",
    "two lines": "a\nb",
    "two lines, the last ended": "a\nb\n",
    "tabs": "a\tb\t",
    "NUL": "a\0b",
    "`{{`": "{{",
    "`%`": "%",
    "`&a`": "&a",
    "`*a`": "*a",
    "`!!int`": "!!int",
    "emoji": "\U0001f600",
    "U+2028": "a\u2028b",
    "70 KB in one line": "x y" * 23_334,
}
"""The texts of the documentation's table, by what it calls them."""

MORE = [
    *("---", "...", "--- a", "=", "<<", "@", "`", "? x", "?", "-", "[", "]", "{", "}", ",", "|", ">", "|-", "#", "#x"),
    *(":", ":x", "x:", "::", "a:", ".inf", "-.INF", ".nan", "0o17", "08", "0b1", "+1", "-", "y", "N", "on", "Off"),
    *("True", "NULL", "1.", ".5", "1e400", "-0", "1:1", "!x", "!", "%YAML 1.2", "a, b", "[a]", "{a: 1}", "a]", "''"),
    *('"a"', "'a'", "a' b", 'a" b', "\\n", "\\", "a\\", "\n", "\n\n", "\na", "a\n\n", "a\n\n\nb", "  a\nb", "a\n  b"),
    *("a \nb", "a\n \nb", "a\n\tb", "\ta", "a\t", " a", "a ", "a  b", "a\r\nb", "a\rb", "\r", "a\x85b", "\x85", "\xa0"),
    *(
        "\ufeff",
        "\ufeffa",
        "a\ufeff",
        "\u2029",
        "\x7f",
        "\x1b[0m",
        "\ufffe",
        "a\n---\nb",
        "a\n...\n",
        "a\n# b",
        "a\n- b",
    ),
    *(
        "key: @\nother: 1",
        "a: b: c",
        "- - a",
        "é",
        "日本",
        "{% raw %}",
        "{# a #}",
        "}}",
        "$(HOME)",
        "${x}",
        "a # b\nc: d",
    ),
    "x" * 2000,
    "a\n" * 2000,
    "a b " * 600 + "\n'\"",
]
"""Others that caught writers of YAML."""

SCALARS = [*LISTED.values(), *MORE]
OTHERS: list[Any] = [
    *(None, True, False, 0, -1, 10**25, 1.5, 1e21, 1e-7, -0.5, [], {}, ["a", "- b"], {"a": "b: c"}),
    {"yes": [1, {"x": []}, [["~"]]], "": None, "a\nb": "c\n", "<<": "="},
    [[], {}, [[]], [{"a": 1, "b": {"c": ["d\ne\n"]}}], None, "|"],
]
"""Values of the other types."""


def faults(where: Place, values: list[Any], way: Way = WAYS[0], frame: Frame | None = None) -> list[str]:
    """Return what is wrong with the values that neither come back nor are refused by name."""
    found = []
    sources = templates_of(where, way, frame)
    for value in values:
        if len(text_of(value)) > where.longest:
            continue
        expected = where.data(value, text_of(value))
        try:
            text = render(sources, {"x": value})
        except RenderError as error:
            wrong = refusal(error, sources)
            if where.always and "\0" not in text_of(value) and "\\u0000" not in text_of(value):
                wrong = f"refused: {error}"
        else:
            wrong = misread(text, frame.data(expected) if frame else expected)
        if wrong:
            found.append(f"{str(value)[:60]!r}: {wrong}")
    return found


def named(each: Place | Way | Frame) -> str:
    """Return the id of a case."""
    return each.name


def shares(values: list[Any], turn: int) -> list[Any]:
    """Return all values in the nightly profile, else every fifth, other ones by turns."""
    return values if NIGHTLY else values[turn % 5 :: 5]


@pytest.mark.parametrize("where", PLACES, ids=named)
def test_a_text_comes_back_or_is_refused_by_name(where: Place) -> None:
    """Three readers give the text and what stands around it, or an error names template, line and expression."""
    assert [] == faults(where, [*LISTED.values(), *shares(MORE, PLACES.index(where))])


@pytest.mark.parametrize("way", WAYS[1:], ids=named)
@pytest.mark.parametrize("where", PLACES, ids=named)
def test_a_text_comes_back_whichever_way_it_came(where: Place, way: Way) -> None:
    """The same holds for what a macro, include, set block, call block, loop or import gives."""
    values = SCALARS if NIGHTLY else list(LISTED.values())
    assert [] == faults(where, shares(values, PLACES.index(where) + WAYS.index(way)), way)


@pytest.mark.parametrize("where", PLACES, ids=named)
def test_a_value_of_another_type_comes_back(where: Place) -> None:
    """Numbers, booleans, null, lists and mappings keep their types as values, and are their text elsewhere."""
    assert [] == faults(where, OTHERS)


@pytest.mark.parametrize("frame", FRAMES, ids=named)
@pytest.mark.parametrize("where", PLACES, ids=named)
def test_a_place_is_the_same_in_text_that_comes_from_elsewhere(where: Place, frame: Frame) -> None:
    """YAML of macros, includes, calls and set blocks is laid out where it lands, its expressions by their places."""
    values = ["plain", *LISTED.values(), 7, None, {"a": ["b", {"c": "d\n"}]}, ["x", ["y"]], {}, []]
    assert [] == faults(where, shares(values, PLACES.index(where) + FRAMES.index(frame)), frame=frame)
