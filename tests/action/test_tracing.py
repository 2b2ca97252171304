"""Fields of rendered objects, followed back through a trace that is made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from helmlite.action.tracing import Traced, Written, leaves
from helmlite.documents import Path
from helmlite.engine.trace import Place, Span, Trace

WEB = "shop/templates/web.yaml.j2"
NAMES = "shop/templates/_names.j2"
FIRST = f"{WEB}, document 1"
VALUES = {
    "web": {"replicas": 3, "resources": {"limits": {"cpu": "1"}}, "args": ["a", "b"]},
    "image": {"registry": "registry.example", "tag": "2"},
    "labels": {"team": "web"},
}


class Piece:
    """A stretch of output: the template's own text, or what an expression gave."""

    def __init__(self, text: str, expression: str = "", *inputs: Path, line: int = 0, within: str = WEB) -> None:
        self.text, self.expression, self.inputs, self.line, self.within = text, expression, inputs, line, within


def traced(pieces: Sequence[Piece]) -> Traced:
    """Return the trace of a template whose output is these pieces; literal ones count their lines on."""
    text, spans, line = "", [], 1
    for each in pieces:
        here = each.line or line
        chain = () if each.within == WEB else (Place(path=WEB, line=line),)
        spans.append(
            Span(
                start=len(text),
                end=len(text) + len(each.text),
                place=Place(path=each.within, line=here),
                chain=chain,
                expression=each.expression,
                inputs=each.inputs,
            )
        )
        text += each.text
        line += each.text.count("\n") if not each.expression and each.within == WEB else 0
    return Traced(Trace(texts={WEB: text}, spans={WEB: spans}), VALUES)


PIECES = [
    Piece("# web\nkind: Deployment\nmetadata:\n  name: "),  # lines 1 to 4
    Piece("shop", "release.name"),
    Piece("-web\n  labels:\n    tier: front\n    "),  # to line 7
    Piece("team: web", "values.labels", ("labels",)),
    Piece("\n    "),  # line 8
    Piece("app: ", within=NAMES, line=2),
    Piece("web", "part", within=NAMES, line=2),
    Piece("\nspec:\n  replicas: "),  # line 10
    Piece("3", "values.web.replicas", ("web", "replicas")),
    Piece('\n  image: "'),  # line 11
    Piece("registry.example", "values.image.registry", ("image", "registry")),
    Piece("/web:"),
    Piece("2", "values.image.tag", ("image", "tag")),
    Piece('"\n  resources:\n    '),  # line 13
    Piece("limits:\n      cpu: '1'", "values.web.resources", ("web", "resources"), line=12),
    Piece("\n  args:\n    "),
    Piece("- a\n    - b", "values.web.args | to_yaml", ("web", "args"), line=14),
    Piece("\n  empty: []\n  nothing:\n---\nkind: ConfigMap\n"),
]
"""A template of eighteen lines."""


def test_a_leaf_of_one_expression() -> None:
    """A scalar is traced to its expression's line and value."""
    found = traced(PIECES).leaf(FIRST, ("spec", "replicas"))
    place = Place(path=WEB, line=10)
    assert [Written(place=place, expression="values.web.replicas", values=(("web", "replicas"),))] == found


def test_a_leaf_of_several_expressions() -> None:
    """Each expression of a text is told, the text between them is not."""
    found = traced(PIECES).leaf(FIRST, ("spec", "image"))
    assert [("image", "registry"), ("image", "tag")] == [each.values[0] for each in found]


def test_a_leaf_of_the_templates_own_text() -> None:
    """What no expression gave is the template's own, on the line where it stands."""
    found = traced(PIECES).leaf(FIRST, ("metadata", "labels", "tier"))
    assert [Written(place=Place(path=WEB, line=6))] == found


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("metadata", "labels", "team"), ("labels", "team")),
        (("spec", "resources", "limits", "cpu"), ("web", "resources", "limits", "cpu")),
        (("spec", "args", 1), ("web", "args", 1)),
    ],
    ids=["among entries", "after a key", "a list as text"],
)
def test_a_leaf_within_a_value(path: Path, expected: Path) -> None:
    """Of what a mapping or list of values gave, the entry is told."""
    (found,) = traced(PIECES).leaf(FIRST, path)
    assert (expected,) == found.values


def test_a_leaf_of_a_macro_has_its_chain() -> None:
    """What a macro wrote is told where the macro says it, with the line that called it."""
    (found,) = traced(PIECES).leaf(FIRST, ("metadata", "labels", "app"))
    assert (Place(path=NAMES, line=2), (Place(path=WEB, line=8),)) == (found.place, found.chain)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("spec", "replicas"), f"{WEB}:10"),
        (("spec", "missing"), f"{WEB}:9"),
        (("nothing", "there"), f"{WEB}:2"),
        (("metadata", "labels"), f"{WEB}:5"),
        (("spec", "resources"), f"{WEB}:12"),
        (("spec", "empty"), f"{WEB}:16"),
        (("spec", "nothing"), f"{WEB}:17"),
    ],
    ids=["a scalar", "not there", "nowhere", "a mapping", "a value's mapping", "an empty list", "null"],
)
def test_a_fault_is_at_the_nearest_line(path: Path, place: str) -> None:
    """A field at fault is at its key's line, a value's at its expression's; what is missing at what should hold it."""
    found = traced(PIECES).fault_of(FIRST, path)
    assert found is not None
    assert place == str(found.place)


def test_a_fault_in_text_that_is_no_yaml() -> None:
    """An offset of a document's text is enough."""
    pieces = [Piece("a: 1\n---\n\nb: 1\n"), Piece("c: [", "values.web.args", ("web", "args"), line=5)]
    found = traced(pieces).fault_at(f"{WEB}, document 2", len("b: 1\n"))
    assert Written(place=Place(path=WEB, line=5), expression="values.web.args", values=(("web", "args"),)) == found
    own = traced(pieces).fault_at(f"{WEB}, document 2", 1)
    assert Written(place=Place(path=WEB, line=4)) == own


def test_an_item_of_a_list_of_objects() -> None:
    """The fields of a List's item are found in the List."""
    text = "kind: List\nitems:\n  - kind: A\n  - kind: B\n"
    (found,) = traced([Piece(text)]).leaf(f"{FIRST}, item 2", ("kind",))
    assert 4 == found.place.line


@pytest.mark.parametrize("source", ["", "shop/other.yaml, document 1", f"{WEB}, document 9", WEB])
def test_what_is_not_there_is_nowhere(source: str) -> None:
    """Documents that the trace does not have are told as none."""
    found = traced(PIECES)
    assert (None, None, []) == (found.fault_of(source, ()), found.fault_at(source, 0), found.leaf(source, ("kind",)))


def test_leaves_are_scalars_and_what_is_empty() -> None:
    """Every scalar is a leaf, every empty list and mapping too."""
    data: Any = {"a": [1, {"b": None}], "c": {}, "d": []}
    assert [(("a", 0), 1), (("a", 1, "b"), None), (("c",), {}), (("d",), [])] == list(leaves(data))
