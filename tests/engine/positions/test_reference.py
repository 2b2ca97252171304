"""The reference page of positions: its examples give what it says, and its tables are what helmlite does.

HELMLITE_REWRITE_GOLDEN=1 writes the results and tables anew.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pytest

from helmlite import documents
from helmlite.errors import RenderError
from tests.engine.positions.cases import PLACES, TEMPLATE, Place, ended, render, same, templates_of, text_of
from tests.engine.positions.test_hostile import LISTED

PAGE = Path(__file__).parents[3] / "docs" / "positions.md"
FENCE = re.compile(r"^```(?P<language>\w+)(?: (?P<name>\S+))?\n(?P<text>.*?)^```$", re.M | re.S)
TABLE = re.compile(r"(?<=<!-- table: )(?P<name>\w+) -->\n(?P<text>.*?)(?=<!-- end -->)", re.S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Templates, values and what the page says of them; ``span`` is where on the page it says so."""

    templates: Mapping[str, str]
    values: Mapping[str, Any]
    is_refused: bool
    says: str
    span: tuple[int, int]


def examples(page: str) -> Iterator[Example]:
    """Return the page's examples: blocks of templates and values, up to the block of the result."""
    templates: dict[str, str] = {}
    values: Mapping[str, Any] = {}
    for block in FENCE.finditer(page):
        language, name = block["language"], block["name"]
        if language == "jinja":
            templates[name or TEMPLATE] = block["text"]
        elif name == "values":
            values = documents.read(block["text"]).data
        else:
            assert name in ("result", "refused"), f"a block that is no part of an example: {block[0]}"
            yield Example(
                templates=templates,
                values=values,
                is_refused=name == "refused",
                says=block["text"],
                span=block.span("text"),
            )
            templates, values = {}, {}


def given(example: Example) -> str:
    """Return what an example gives: its text, or the error's message without the excerpt."""
    try:
        text = render(example.templates, example.values)
    except RenderError as error:
        if not example.is_refused:
            raise
        return ended(f"{error.path}:{error.line}: {error.reason}" + (f"\n{error.hint}" if error.hint else ""))
    assert not example.is_refused, f"not refused: {text}"
    return ended(text)


# What is refused: where, what, an example with `@` for the expression, and a value.
REFUSALS: list[tuple[str, str, str, Any]] = [
    ("alone on a line among keys", "what is no mapping", "a: 1\n@", "b: 2"),
    ("alone on a line among items", "what is no list", "- a\n@", {"b": 2}),
    ("key", "a list or mapping", "@: 1", ["a"]),
    ("key of a flow mapping", "a list or mapping", "a: { @ }", {"b": 2}),
    ("double quotes", "an expression behind a backslash", r'a: "\@"', "b"),
    ("behind quotes or brackets", "every expression", "a: 'b'@", "c"),
    ("behind `|` or `>`", "every expression", "a: |@", "2"),
    ("value on a line, with text below it", "every expression", "a: @\n  b", "c"),
    (
        "alone on a line, with keys further right below it",
        "every expression",
        "a:\n  @\n    b: 1",
        {"c": 1},
    ),
    ("a line without a colon, with keys below it", "every expression", "a:\n  b @\n  c: 1", "d"),
    ("anchor, tag", "every expression", "a: &@ b", "c"),
    ("alias", "every expression", "a: *@", "c"),
    ("alone on a line, before a comment with an expression", "what takes several lines", "a:\n  @ # @", {"b": 2}),
    ("anywhere", "an infinite or undefined number", "a: @", math.inf),
    ("anywhere", "a function, a loop", "a: {{ range }}", None),
]


def row(*cells: str) -> str:
    """Return a row of a table."""
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"


def refused(template: str, value: Any) -> RenderError:
    """Return the error with which a template is refused."""
    with pytest.raises(RenderError) as caught:
        render({TEMPLATE: template.replace("@", "{{ values.x }}") + "\n"}, {"x": value})
    assert caught.value.line == template.partition("@")[0].count("\n") + 1
    return caught.value


def refusals() -> str:
    """Return the table of what is refused where."""
    rows = ["| where | what | for instance | error | try |", "|---" * 5 + "|"]
    for where, what, template, value in REFUSALS:
        error = refused(template, value)
        shown = template.replace("@", "{{ values.x }}").replace("\n", "⏎")
        rows.append(row(where, what, f"`{shown}`", error.reason, error.hint or ""))
    return "\n".join(rows) + "\n"


COLUMNS = {
    "value": "value",
    "double quotes": "double quotes",
    "single quotes": "single quotes",
    "within a plain scalar": "plain `x-…-y`",
    "key": "key",
    "block |-": "block `|-`",
    "flow list": "flow list",
    "comment": "comment",
}
"""The places of the table of hostile texts, and their titles."""


def mark(where: Place, value: str, text: str) -> str:
    """Return the sign of what a text is read back as."""
    expected = where.data(value, text_of(value))
    try:
        read = documents.read(text).data
    except documents.DocumentError:
        return "✗"
    if same(expected, read):
        return "✓"
    if isinstance(read, Mapping) and {**read, "key": 0} == {**expected, "key": 0}:
        return "≠"
    kept = isinstance(read, Mapping) and len(read) == len(expected)
    return "≠" if kept and where.name == "key" and read.get("after") == "a" and read.get("before") == "b" else "⚠"


def ours(where: Place, value: str) -> str:
    """Return the sign of what helmlite gives."""
    try:
        return mark(where, value, render(templates_of(where), {"x": value}))
    except RenderError:
        return "⊘"


def theirs(where: Place, value: str) -> str:
    """Return the sign of what plain Jinja2 gives."""
    environment = jinja2.Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    return mark(where, value, environment.from_string(templates_of(where)[TEMPLATE]).render(values={"x": value}))


def hostile() -> str:
    """Return the table of hostile texts, with a line of totals."""
    places = {each.name: each for each in PLACES}
    rows = [row("text", *COLUMNS.values()), "|---" * (len(COLUMNS) + 1) + "|"]
    seen: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for name, value in LISTED.items():
        cells = [(ours(places[each], value), theirs(places[each], value)) for each in COLUMNS]
        for side in (0, 1):
            seen[side].update(cell[side] for cell in cells)
        rows.append(row(name, *(" ".join(cell) for cell in cells)))
    totals = [", ".join(f"{count} {sign}" for sign, count in side.most_common()) for side in seen]
    return "\n".join(rows) + f"\n\nIn all: helmlite {totals[0]}; plain Jinja2 {totals[1]}.\n"


TABLES = {"refusals": refusals, "hostile": hostile}


@pytest.fixture(scope="module")
def page() -> str:
    """Return the page; with HELMLITE_REWRITE_GOLDEN its results and tables are written anew before."""
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("HELMLITE_REWRITE_GOLDEN"):
        for each in reversed(list(examples(text))):
            text = text[: each.span[0]] + given(each) + text[each.span[1] :]
        text = TABLE.sub(lambda found: f"{found['name']} -->\n{TABLES[found['name']]()}", text)
        PAGE.write_text(text, encoding="utf-8")
    return text


COUNT = len(list(examples(PAGE.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("number", range(COUNT))
def test_an_example_gives_what_the_page_says(page: str, number: int) -> None:
    """The templates and values of an example give its result, or its error."""
    example = list(examples(page))[number]
    assert example.says == given(example)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_is_up_to_date(page: str, name: str) -> None:
    """The page's tables are what helmlite, and plain Jinja2, do."""
    assert TABLES[name]() == {found["name"]: found["text"] for found in TABLE.finditer(page)}[name]


@pytest.mark.parametrize("where", [each for each in PLACES if each.always], ids=lambda where: where.name)
def test_nothing_is_refused_as_a_value_or_in_double_quotes(where: Place) -> None:
    """Every text of the page's table can stand there."""
    texts = [each for each in LISTED.values() if "\0" not in each]
    assert [] == [each for each in texts if ours(where, each) != "✓"]
