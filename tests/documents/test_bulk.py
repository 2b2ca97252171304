"""Large texts: the same data as the house's reader gives, faster, within bounds of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite import documents
from helmlite.documents import DocumentError, read, read_bulk, read_familiar

LIMITS = {"limit_bytes": 1 << 20, "limit_values": 10_000}
REFUSED = object()


def bulk(text: str) -> Any:
    """Return what the fast reader gives."""
    try:
        return read_bulk(text.encode(), **LIMITS)
    except DocumentError:
        return REFUSED


def slow(text: str) -> Any:
    """Return what the house's reader gives."""
    try:
        return read(text, duplicates="last").data
    except DocumentError:
        return REFUSED


TEXTS = [
    "",
    "# nothing",
    "---",
    "a",
    "[]",
    "- a\n- [1, 0x1F, 1e3, ~, yes, 'yes', \"no\", 2020-01-01, 1:30]\n-\n",
    "a: 1\na: 2\n",
    "yes: 1\n1: 2\n1.50: 3\n'<<': 4\n\"1\": 5\n",
    "? a\n: b\n",
    "? [a]\n: b\n",
    "? {a: b}\n: c\n",
    "~: 1\n",
    "a: &x {b: 1}\nc: *x\n",
    "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n",
    "<<: {a: 1}\nb: 2\n",
    "&x a: *x\n",
    "*x : 1\n",
    "a: *none\n",
    "a: !!str 1\nb: !!binary aGk=\n",
    "a: !other 1\n",
    "! a\n",
    "a: .inf\n",
    "a: 1e999\n",
    "a: |\n  text\n  more\nb: >-\n  folded\n  text\n",
    "a: b: c\n",
    "a: [1\n",
    "a: 1\n---\nb: 2\n",
    "a: 1\n...\n",
    "\ufeffa: 1\n",
    '{"a": 1, "a": 2}',
    "{a: 1, b: yes}",
    "{'a': 1}",
    "%YAML 1.1\n---\na: 1\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_chosen_texts_read_the_same(text: str) -> None:
    """Words, keys, duplicates, anchors, tags, merges, faults: as the house's reader has them."""
    assert slow(text) == bulk(text)


JSON = [
    '{"a": 1.50, "b": [null, true], "c": "\\ud83d\\ude00"}',
    '{"a": "\\ud800"}',
    '{"a": NaN}',
    '{"a": -Infinity}',
    '{"a": 1e999}',
    '{"a": 123456789012345678901234567890}',
    '{"a": 1' + "0" * 400 + "}",
]


@pytest.mark.parametrize("text", JSON)
def test_chosen_json_reads_the_same(text: str) -> None:
    """Escapes of halves of characters, numbers too large, what is no JSON: as the house's reader of JSON has them."""
    try:
        expected = documents.read_json(text)
    except DocumentError:
        expected = REFUSED
    assert expected == bulk(text)


@pytest.mark.parametrize("path", sorted(Path("charts").rglob("*.yaml")), ids=str)
def test_real_files_read_the_same(path: Path) -> None:
    """Chart.yaml and values.yaml of the example charts."""
    assert slow(path.read_text()) == bulk(path.read_text())


PIECES = st.lists(
    st.sampled_from(
        ["a", "b", ": ", "- ", "\n", "  ", "1", "~", "yes", "[", "]", "{", "}", ", ", '"', "'", "#", "&x ", "*x", "<<"]
    ),
    max_size=14,
).map("".join)


@given(PIECES)
def test_any_text_reads_the_same(text: str) -> None:
    """Whatever pieces of YAML come together."""
    assert slow(text) == bulk(text)


keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), keys
)
data = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=15,
)


@given(st.dictionaries(keys, data, max_size=4))
def test_what_is_written_is_read_back(whole: Any) -> None:
    """Both forms that the house writes."""
    assert whole == bulk(documents.write(whole))
    assert documents.read_json(documents.write_json(whole)) == bulk(documents.write_json(whole))


@pytest.mark.parametrize("text", ["[" + "a," * 10_000 + "]", '{"a": [' + "1," * 10_000 + "1]}", "- a\n" * 10_000])
def test_more_values_than_the_limit_are_refused(text: str) -> None:
    """Counted in either form."""
    with pytest.raises(DocumentError, match="more than 10,000 values"):
        read_bulk(text.encode(), **LIMITS)


def test_longer_text_than_the_limit_is_refused() -> None:
    """In bytes."""
    with pytest.raises(DocumentError, match="longer than 1 MiB"):
        read_bulk(b" " * ((1 << 20) + 1), **LIMITS)


def familiar(text: str) -> Any:
    """Return what reading key by key gives; None where it leaves the text to others."""
    try:
        return read_familiar(text.encode(), limit_values=10_000)
    except DocumentError:
        return None


FAMILIAR = [
    'a: 1\nb: "x"\nc:\n  - d\n  - e: yes\n',
    "# about\n\na: 1.10\n\n# more\nb:\n- x\n- y\nc: |+\n  text\n\n\nd: >-\n  folded\n\n  text\n",
    "a: 1\na: 2\nyes: no\n",
    "a:\nb: v1.2.3-rc.1+x/y\nc: a#b\nd: 'it''s'\n",
]


@pytest.mark.parametrize("text", FAMILIAR)
def test_plain_mappings_are_read_key_by_key(text: str) -> None:
    """Block scalars with the newlines that they keep, comments, lists below their key, duplicates."""
    assert slow(text) == familiar(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: [1,\nb: 2]\n",
        "a: 'x\nb: y'\n",
        "a: 1\n...\nb: 2\n",
        "a: 1\n---\nb: 2\n",
        "a: &x 1\nb: *x\n",
        "a\nb: 1\n",
        "- a\n",
        "",
        "%YAML 1.1\n---\na: 1\n",
        "a: b: c\n",
        "~: 1\n",
        "{a: 1}",
    ],
)
def test_what_is_not_plain_is_left_to_others(text: str) -> None:
    """What one key holds reaches beyond the next, several documents, anchors, faults."""
    assert familiar(text) in (None, {})


@given(PIECES | st.lists(st.sampled_from([*TEXTS, *FAMILIAR]), max_size=3).map("".join))
def test_what_is_read_key_by_key_is_what_the_whole_is(text: str) -> None:
    """Of whatever pieces; an empty text is an empty mapping."""
    found = familiar(text)
    if found is not None:
        assert (slow(text) or {}) == found


@given(st.dictionaries(keys, data, max_size=5))
def test_written_mappings_are_read_key_by_key(whole: Any) -> None:
    """Such as the house writes."""
    assert familiar(documents.write(whole)) in (None, whole)


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\u2029"])
def test_lines_that_only_yaml_ends_are_read_as_the_house_reads_them(end: str) -> None:
    """A document's end behind one is an end; and a fault behind some has a message, not a traceback."""
    text = f"name: sly\n{end}...\nversion: 1.0.0\n"
    assert read_familiar(text.encode(), limit_values=100) is None
    with pytest.raises(DocumentError):
        read(f"name: x\n{end * 3} @a: b: c")
