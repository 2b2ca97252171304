"""Any value, in every kind of place, at any nesting and by any way, is read back as it was, or refused by name.

Each kind of place is tried with 500 examples, the same in every run; HELMLITE_TESTS=nightly tries 10,000 new ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helmlite.errors import RenderError
from tests.engine.positions.cases import (
    BLOCKS,
    COMMENTS,
    FLOWS,
    FRAMES,
    KEYS,
    NIGHTLY,
    PLAIN,
    QUOTES,
    VALUES,
    WAYS,
    Frame,
    Place,
    Way,
    misread,
    place,
    refusal,
    render,
    templates_of,
    text_of,
)
from tests.engine.positions.test_hostile import SCALARS

SETTINGS = settings(
    max_examples=10_000 if NIGHTLY else 500,
    derandomize=not NIGHTLY,
    deadline=None,  # the machine's speed is no property of the language
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    database=None,
)
REFUSED = 0.02
"""The share of examples that may be refused where a place is neither a value nor in double quotes."""

SIGNS = "abyn01 \n\t:#-'\"\\{}[],&*!|>%@`?=~.<_+\r\x85\xa0\u2028\ufeffé\U0001f600"
TEXTS = st.one_of(st.text(max_size=40), st.text(SIGNS, max_size=12), st.sampled_from(SCALARS))
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
LEAVES = st.one_of(TEXTS, TEXTS, NUMBERS, st.booleans(), st.none())


def nested(depth: int) -> st.SearchStrategy[Any]:
    """Return values of at most so many levels of lists and mappings."""
    below = LEAVES if depth == 1 else st.one_of(LEAVES, st.deferred(lambda: nested(depth - 1)))
    return st.one_of(st.lists(below, max_size=3), st.dictionaries(TEXTS, below, max_size=3))


ANY = st.one_of(LEAVES, nested(6))
LAYERS = ("key", "wide key", "list at its key", "dash", "wide dash", "comments", "blank lines", "if", "quoted key")


def wrapped(where: Place, layer: str) -> Place:
    """Return a place with more of a template around it."""
    lines = where.template.removesuffix("\n").split("\n")
    indent = {"wide key": 5, "quoted key": 1}.get(layer, 2)
    below = [" " * indent + line if line else line for line in lines]
    dash = "-   " if layer == "wide dash" else "- "
    opens = lines[0].lstrip().startswith(("#", "{%")) or not lines[0]

    def data(make: Callable[[Any], Any]) -> Callable[[Any, str], Any]:
        return lambda value, text: make(where.data(value, text))

    if layer == "comments":
        lines, made = ['# it\'s a: "note" | {', *lines, "# - more"], data(lambda inner: inner)
    elif layer == "blank lines":
        lines, made = ["", *lines, ""], data(lambda inner: inner)
    elif layer == "if":
        lines, made = ["{% if values.x is defined %}", *lines, "{% endif %}"], data(lambda inner: inner)
    elif layer == "list at its key" and lines[0].startswith("- "):
        lines, made = ["first: 1", "list:", *lines, "last: 2"], data(lambda i: {"first": 1, "list": i, "last": 2})
    elif "dash" in layer and not opens:
        rest = [" " * len(dash) + line if line else line for line in lines[1:]]
        lines, made = ["- - p", dash + lines[0], *rest, "- q"], data(lambda inner: [["p"], inner, "q"])
    elif layer == "quoted key":
        lines, made = ['"a b": {c: d}', "'x: y':", *below], data(lambda i: {"a b": {"c": "d"}, "x: y": i})
    else:
        lines, made = (
            ["first: 1", "n-{{ 'k' }}:  # note", *below, "last: [2]"],
            data(lambda inner: {"first": 1, "n-k": inner, "last": [2]}),
        )
    return Place(
        name=where.name, template="\n".join(lines) + "\n", data=made, always=where.always, longest=where.longest
    )


def shown(value: Any, where: Place, way: Way, frame: Frame | None, seen: Counter[str]) -> str:
    """Return what is wrong with an example; count it, and whether it was refused."""
    if len(text_of(value)) > where.longest:
        value = text_of(value)[: where.longest]
    sources = templates_of(where, way, frame)
    expected = where.data(value, text_of(value))
    seen["tried"] += 1
    try:
        text = render(sources, {"x": value})
    except RenderError as error:
        seen["refused"] += 1
        holds_nul = "\0" in text_of(value) or "\\u0000" in text_of(value)
        return f"refused: {error}" if where.always and not holds_nul else refusal(error, sources)
    return misread(text, frame.data(expected) if frame else expected)


def tried(places: list[Place], values: st.SearchStrategy[Any], layers: tuple[str, ...] = LAYERS) -> Counter[str]:
    """Try examples of values in places; fails with the smallest that is read back as something else."""
    seen: Counter[str] = Counter()

    @SETTINGS
    @given(
        value=values,
        where=st.sampled_from(places),
        around=st.lists(st.sampled_from(layers), max_size=4),
        way=st.sampled_from(WAYS),
        frame=st.one_of(st.none(), st.sampled_from(FRAMES)),
    )
    def check(value: Any, where: Place, around: list[str], way: Way, frame: Frame | None) -> None:
        for layer in around:
            where = wrapped(where, layer)
        wrong = shown(value, where, way, frame, seen)
        assert not wrong, "\n".join([wrong, *(f"--- {k}\n{v}" for k, v in templates_of(where, way, frame).items())])

    check()
    assert seen["tried"] >= SETTINGS.max_examples
    return seen


NESTED = [each for each in VALUES if each.name != "whole document"]


@pytest.mark.parametrize("values", [ANY, nested(6)], ids=["any value", "a list or mapping"])
def test_a_value_is_read_back_as_it_is(values: st.SearchStrategy[Any]) -> None:
    """A value alone keeps its type and all that is in it, and is never refused but for NUL."""
    tried(NESTED, values)


ENTRIES = [
    place("entries at the end", "m:\n  a: 1\n  @\nz: 1\n", lambda v, t: {"m": {"a": 1, **v}, "z": 1}),
    place("entries first", "m:\n  @\n  a: 1\nz: 1\n", lambda v, t: {"m": {**v, "a": 1}, "z": 1}),
    place("entries of an item", "- a: 1\n  @\n- z\n", lambda v, t: [{"a": 1, **v}, "z"]),
    place("entries of the document", "a: 1\n@\nz: 1\n", lambda v, t: {"a": 1, **v, "z": 1}),
]
ITEMS = [
    place("items at the end", "l:\n  - 1\n  @\nz: 1\n", lambda v, t: {"l": [1, *v], "z": 1}),
    place("items between", "l:\n- 1\n@\n- 2\nz: 1\n", lambda v, t: {"l": [1, *v, 2], "z": 1}),
    place("items of a list in a list", "- - 1\n  @\n- z\n", lambda v, t: [[1, *v], "z"]),
]
ENTRY = st.dictionaries(TEXTS.filter(lambda key: key not in ("a", "z")), ANY, max_size=3)


def test_a_mapping_alone_on_its_line_gives_its_entries() -> None:
    """They stand among the keys around it; an empty mapping gives none."""
    seen = tried(ENTRIES, ENTRY)
    assert seen["refused"] <= REFUSED * seen["tried"]


def test_a_list_alone_on_its_line_gives_its_items() -> None:
    """They stand among the items around it; an empty list gives none."""
    seen = tried(ITEMS, st.lists(ANY, max_size=3))
    assert seen["refused"] <= REFUSED * seen["tried"]


IN_DOUBLE = [each for each in QUOTES if each.always]
IN_SINGLE = [each for each in QUOTES if not each.always]
TYPED_FLOWS = [each for each in FLOWS if each.name in ("flow list", "flow mapping")]
TEXT_FLOWS = [each for each in FLOWS if each not in TYPED_FLOWS]


@pytest.mark.parametrize(
    "places",
    [IN_DOUBLE, IN_SINGLE, PLAIN, KEYS, BLOCKS, TEXT_FLOWS],
    ids=["double quotes", "single quotes", "plain scalars", "keys", "block scalars", "text in flow style"],
)
def test_text_is_read_back_as_it_is(places: list[Place]) -> None:
    """Text within other text is kept, or rarely refused by name."""
    seen = tried(places, LEAVES)
    assert seen["refused"] <= REFUSED * seen["tried"]


def test_a_value_in_flow_style_is_read_back_as_it_is() -> None:
    """Any value may stand in a flow list or mapping."""
    seen = tried(TYPED_FLOWS, ANY)
    assert seen["refused"] <= REFUSED * seen["tried"]


def test_a_comment_changes_nothing() -> None:
    """Whatever stands in a comment, what is around it is read as before."""
    seen = tried(COMMENTS, ANY)
    assert seen["refused"] <= REFUSED * seen["tried"]
