"""An index by chart: the same entries, for the very file it was made of."""

from __future__ import annotations

import pytest

from helmlite.repo.index import Index, IndexEntry, read_index
from helmlite.repo.parts import Parts, parts_text
from tests.repo.charts import archive, entry, index

MARK = (1, 2, 3)
WEB = archive()
BOTH = read_index(index(entry(WEB, description="é \u2028"), entry(WEB, version="0.9.0"), entry(WEB, "api")), source="x")


def test_parts_have_the_entries_of_the_index() -> None:
    """In the same order; of a chart that is not there, none."""
    parts = Parts(parts_text(BOTH, MARK))
    assert parts.are_of(MARK)
    assert {name: list(entries) for name, entries in BOTH.entries.items()} == {
        name: list(parts.entries(name) or ()) for name in BOTH.entries
    }
    assert [] == list(parts.entries("none") or ())


def test_parts_are_of_one_file() -> None:
    """Another size, time or inode is another file."""
    parts = Parts(parts_text(BOTH, MARK))
    assert [False] * 4 == [parts.are_of(each) for each in ((1, 2, 4), (0, 2, 3), (), (1, 2))]


@pytest.mark.parametrize("cut", [1, 10, 1000])
def test_what_was_cut_is_of_no_file(cut: int) -> None:
    """A disk that was full, say."""
    assert not Parts(parts_text(BOTH, MARK)[:-cut]).are_of(MARK)


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"{}\n", b"[]\n", b"null\n", b'{"form": 1}\n', b'{"form": 1, "charts": []}\n', b"\xff\n"],
    ids=repr,
)
def test_what_is_no_such_text_is_of_no_file(data: bytes) -> None:
    """Whatever it is."""
    assert not Parts(data).are_of(MARK)


@pytest.mark.parametrize("place", ["[0]", "[]", '"x"', "null", "7", "[1, 3]", '["a", "b"]'])
def test_a_part_that_is_none_is_told_apart_from_no_chart(place: str) -> None:
    """The index must be read for it."""
    text = f'{{"form": 1, "of": [1, 2, 3], "length": 3, "charts": {{"web": {place}}}}}\n[1]'
    parts = Parts(text.encode())
    assert parts.are_of(MARK)
    assert not parts.entries("web")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apiVersion: v1\nentries:\n  a: &x []\n  b: *x\n", False),
        ("{apiVersion: v1, entries: {a: &x [], b: *x}}", False),
        ("apiVersion: v1\nentries: {}\nannotations:\n  a: &x b\n  ? *x\n  : c\n", False),
        ("apiVersion: v1\nentries: {}\nannotations: {a: 'a *bold* & word'}\n", True),
        ('{"apiVersion": "v1", "annotations": {"a": "*x &y"}}', True),
    ],
)
def test_only_plain_text_is_about_as_long_as_what_it_says(text: str, expected: bool) -> None:
    """Aliases say much in few words, in every style of YAML."""
    assert expected == read_index(text.encode(), source="x").is_plain


def test_an_empty_index_has_parts() -> None:
    """None of which is a chart's."""
    parts = Parts(parts_text(Index(entries={}), MARK))
    assert parts.are_of(MARK)
    assert () == parts.entries("web")


def test_sizes_stay() -> None:
    """Where a shard told them."""
    made = Index(entries={"web": [IndexEntry(name="web", version="1.0.0", size=7, metadata={"name": "web"})]})
    (found,) = Parts(parts_text(made, MARK)).entries("web") or ()
    assert 7 == found.size
