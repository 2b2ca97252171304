"""YAML to data: which words are values, duplicate keys, lines, faults and bounds."""

from __future__ import annotations

import contextlib
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.documents import (
    DEPTH,
    INTEGER_DIGITS,
    LIMIT_BYTES,
    NODES,
    DocumentError,
    Duplicates,
    read,
    read_all,
    read_spots,
)

HUGE = 123456789012345678901234567890


class Refused(Enum):
    """What is read as nothing; a class of its own, so that its name is the same in every process."""

    REFUSED = "refused"


REFUSED = Refused.REFUSED

SCALARS: list[tuple[str, Any]] = [
    *[(word, True) for word in ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE")],
    *[(word, False) for word in ("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE")],
    *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
    *[
        (word, word)
        for word in ("yES", "oN", "tRUE", "nULL", "nil", "none", "yess", "x", "e3", "inf", "nan", "NaN", "=")
    ],
    ("0777", 511),
    ("0o777", 511),
    ("-0777", -511),
    ("-0o17", -15),
    ("012", 10),
    ("0_7", 7),
    ("00", 0),
    ("08", 8),
    ("09.5", 9.5),
    ("0o8", "0o8"),
    ("0x1F", 31),
    ("0X1f", 31),
    ("-0x1F", -31),
    ("0x1_F", 31),
    ("0x", "0x"),
    ("0b11", 3),
    ("-0b11", -3),
    ("0b2", "0b2"),
    ("1_000", 1000),
    ("1_000.5", 1000.5),
    ("_1", "_1"),
    ("1,000", "1,000"),
    ("1:30", "1:30"),
    ("1:30:30", "1:30:30"),
    ("2020-01-01", "2020-01-01"),
    ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    ("1.2.3", "1.2.3"),
    ("0", 0),
    ("-0", 0),
    ("+1", 1),
    ("12345678901", 12345678901),
    ("9007199254740992", 2**53),
    (".5", 0.5),
    ("+.5", 0.5),
    ("1.", 1.0),
    ("1.0", 1.0),
    ("1e3", 1000.0),
    ("1E3", 1000.0),
    ("1e+3", 1000.0),
    ("1e-7", 1e-7),
    ("1.5e3", 1500.0),
    ("1e1_0", 1e10),
    ("1e", "1e"),
    (".", "."),
    ("+", "+"),
    ("..", ".."),
    (".5.5", ".5.5"),
    ("0x1.8p3", "0x1.8p3"),
    (".inf", REFUSED),
    ("-.INF", REFUSED),
    ("+.Inf", REFUSED),
    (".nan", REFUSED),
    ("'yes'", "yes"),
    ('"1"', "1"),
    ("'it''s'", "it's"),
    (r'"\x41\u00e9\n"', "Aé\n"),
    ("! 3", "3"),
    ("!!str yes", "yes"),
    ("!!int '3'", 3),
    ("!!int 1.5", REFUSED),
    ("!!int x", REFUSED),
    ("!!float 1", 1.0),
    ("!!bool 'y'", True),
    ("!!bool 3", REFUSED),
    ("!!null ''", None),
    ("!!null 0", REFUSED),
    ("!!binary aGVsbG8=", "hello"),
    ("!!binary 'no base64'", REFUSED),
    ("|\n  x\n  y\n", "x\ny\n"),
    ("|-\n  x\n", "x"),
    (">\n  x\n  y\n", "x y\n"),
]
"""Text of a scalar, and what both Helm and helmlite read it as."""

DEVIATIONS: list[tuple[str, Any]] = [
    ("9007199254740993", 2**53 + 1),
    ("-9007199254740993", -(2**53) - 1),
    ("18446744073709551616", 2**64),
    (str(HUGE), HUGE),
    ("0x10000000000000000", 2**64),
    ("1e400", REFUSED),
    ("-1e400", REFUSED),
    ("!Ref shop", REFUSED),
    ("!!python/object:os.system ls", REFUSED),
    ("!!timestamp 2020-01-01", REFUSED),
]
"""What helmlite reads otherwise than Helm: integers stay exact, and what cannot be kept is refused, not reworded."""


def read_scalar(text: str) -> Any:
    """Return what helmlite reads a scalar as."""
    try:
        return read(f"a: {text}\n").data["a"]
    except DocumentError:
        return REFUSED


@pytest.mark.parametrize(("text", "expected"), SCALARS + DEVIATIONS, ids=lambda value: ascii(value)[:30])
def test_scalar(text: str, expected: Any) -> None:
    """A scalar is read as Helm reads it, but integers exactly."""
    found = read_scalar(text)
    assert (type(expected), expected) == (type(found), found)


@pytest.mark.helm
@pytest.mark.parametrize(("text", "expected"), SCALARS, ids=lambda value: ascii(value)[:30])
def test_scalar_is_read_alike_by_helm(text: str, expected: Any, read_by_helm: Any) -> None:
    """The real Helm reads the same scalar as the same value."""
    found = read_by_helm(f"a: {text}\n")
    # Helm drops a key whose value is null.
    assert expected == (REFUSED if found is None else found.get("a"))


@pytest.mark.helm
@pytest.mark.parametrize(("text", "expected"), DEVIATIONS, ids=lambda value: ascii(value)[:30])
def test_scalar_is_read_otherwise_by_helm(text: str, expected: Any, read_by_helm: Any) -> None:
    """The real Helm still reads what we read otherwise on purpose as something else."""
    found = read_by_helm(f"a: {text}\n")["a"]
    exact = isinstance(expected, int) and isinstance(found, int | float)
    assert repr(expected) != repr(found) if exact else expected != found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "true"),
        ("y", "true"),
        ("on", "true"),
        ("no", "false"),
        ("n", "false"),
        ("1", "1"),
        ("1.5", "1.5"),
        ("1.0", "1"),
        ("1e3", "1000"),
        ("0x10", "16"),
        ("0777", "511"),
        ("1_000", "1000"),
        ("'yes'", "yes"),
        ("1:30", "1:30"),
        ("12345678901", "12345678901"),
        (str(2**64), str(2**64)),
        ("=", "="),
        ("!!str 1", "1"),
        ("~", REFUSED),
        ("null", REFUSED),
        ("[1]", REFUSED),
        ("{a: 1}", REFUSED),
    ],
)
def test_key(text: str, expected: Any) -> None:
    """Keys are text: numbers and booleans as Helm writes them; null, lists and mappings are refused."""
    try:
        (found,) = read(f"? {text}\n: value\n").data
    except DocumentError:
        found = REFUSED
    assert expected == found


DOUBLES = ["a: 1\nb: 2\na: 3\n", "1: x\n'1': y\n", "yes: 1\ntrue: 2\n", "a:\n  b: 1\n  b: 2\n", "- {a: 1, a: 2}\n"]


@pytest.mark.parametrize("text", DOUBLES)
def test_duplicate_key_is_refused(text: str) -> None:
    """What an author writes twice is an error with its key and line."""
    with pytest.raises(DocumentError, match=r"duplicate key '(a|b|1|true)'") as fault:
        read(text)
    assert {DOUBLES[0]: 3, DOUBLES[3]: 3, DOUBLES[4]: 1}.get(text, 2) == fault.value.line


@pytest.mark.parametrize("duplicates", ["warn", "last"])
def test_duplicate_key_the_last_counts(duplicates: Duplicates) -> None:
    """Elsewhere the last one counts, with a warning or without."""
    found = read("a: 1\nb: 2\na: 3\n", duplicates=duplicates)
    expected = ["line 3: duplicate key 'a', the last one counts"] if duplicates == "warn" else []
    assert {"a": 3, "b": 2} == found.data
    assert expected == list(found.warnings)


def test_lines() -> None:
    """Each key and list item is told with the line that it stands on."""
    text = "# settings\nweb:\n  image: x\n  ports:\n  - 80\n  - name: tls\n    port: 443\n\nflow: {a: [1,\n  2]}\n"
    expected = {
        ("web",): 2,
        ("web", "image"): 3,
        ("web", "ports"): 4,
        ("web", "ports", 0): 5,
        ("web", "ports", 1): 6,
        ("web", "ports", 1, "name"): 6,
        ("web", "ports", 1, "port"): 7,
        ("flow",): 9,
        ("flow", "a"): 9,
        ("flow", "a", 0): 9,
        ("flow", "a", 1): 10,
    }
    assert expected == read(text, with_lines=True).lines


def test_no_lines_unless_asked_for() -> None:
    """Who does not ask for lines does not pay for them."""
    assert {} == read("a: 1\n").lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x {b: 1}\nc: *x\n", {"a": {"b": 1}, "c": {"b": 1}}),
        ("&k a: *k\n", {"a": "a"}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}\n", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
        ("a: &x {b: 1}\nc: {<<: *x, b: 2}\n", {"a": {"b": 1}, "c": {"b": 2}}),
        ("a: &x {b: 1}\nc: {b: 2, <<: *x}\n", {"a": {"b": 1}, "c": {"b": 2}}),  # Helm: what stands last wins
        ("c: {<<: [{b: 1}, {b: 2, d: 3}]}\n", {"c": {"b": 1, "d": 3}}),
        ("c: {'<<': 1}\n", {"c": {"<<": 1}}),
        ("- [1, [2]]\n- {}\n", [[1, [2]], {}]),
        ("{a: [1,], b}\n", {"a": [1], "b": None}),
        ("\ufeffa: 1\n", {"a": 1}),
        ("%YAML 1.1\n---\na: 1\n...\n", {"a": 1}),
        ("", None),
        ("# nothing\n", None),
        ("---\n", None),
    ],
    ids=ascii,
)
def test_structure(text: str, expected: Any) -> None:
    """Anchors, aliases, merge keys, flow and block collections, and text without any value."""
    assert expected == read(text).data
    assert expected == read(text.encode()).data


def test_stream() -> None:
    """A stream holds any number of documents, empty ones too; anchors end with their document."""
    assert [{"a": 1}, None, [2]] == [each.data for each in read_all("a: 1\n---\n# none\n---\n- 2\n")]
    assert [] == read_all("")
    with pytest.raises(DocumentError, match="an alias refers to no anchor"):
        read_all("a: &x 1\n---\nb: *x\n")


def test_several_documents_where_one_is_expected() -> None:
    """Who asks for one document is not given the first of several."""
    with pytest.raises(DocumentError, match="expected one YAML document, found 2"):
        read("a: 1\n---\nb: 2\n")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: b: c\n", (1, 5)),
        ("a:\n\t- b\n", (2, 1)),
        ("a: 1\nb: [1, 2\n", (2, 4)),
        ("a: 'x\n", (1, 4)),
        ("- a\nb: c\n", (2, 1)),
        ("a: *x\n", (1, 4)),
        ("a:\n  - &x [*x]\n", (2, 9)),
        ("a: 1\nb: !Ref c\n", (2, 4)),
        ("a: !!set {b}\n", (1, 4)),
        ("a: .inf\n", (1, 4)),
        ("~: 1\n", (1, 1)),
        ("a: {<<: 3}\n", (1, 5)),
        ("a: @x\n", (1, 4)),
        ('a: "\\ud800"\n', (1, 7)),
        (b"a: 1\nb: \xff\n", (2, None)),
        ("a: \x01\n", (None, None)),
    ],
    ids=ascii,
)
def test_fault_has_its_place(text: str | bytes, place: tuple[int | None, int | None]) -> None:
    """A fault is told with line and column, counted from 1."""
    with pytest.raises(DocumentError) as fault:
        read(text)
    assert place == (fault.value.line, fault.value.column)


def laughs(levels: int, opening: str = "[", closing: str = "]") -> str:
    """Return a document of a few lines that expands to ten to the power of ``levels`` values."""
    lines = ["a0: &a0 x"]
    for level in range(1, levels + 1):
        below = ", ".join(f"{f'k{n}: ' if opening == '{' else ''}*a{level - 1}" for n in range(10))
        lines.append(f"a{level}: &a{level} {opening}{below}{closing}")
    return "\n".join(lines)


def merges(levels: int) -> str:
    """Return a document whose merge keys copy one large mapping again and again."""
    wide = ", ".join(f"k{n}: 1" for n in range(2000))
    return f"a: &a {{{wide}}}\n" + "\n".join(f"b{n}: {{<<: *a}}" for n in range(levels))


BOMBS = {
    "aliases of lists": laughs(9),
    "aliases of mappings": laughs(9, "{", "}"),
    "merge keys": merges(2000),
    "10,000 levels of flow lists": "[" * 10_000 + "]" * 10_000,
    "10,000 levels of flow mappings": "{a: " * 10_000 + "}" * 10_000,
    "10,000 levels of block mappings": "\n".join(f"{' ' * n}a:" for n in range(10_000)),
    "10,000 levels of block lists": "- " * 10_000,
    "10,000 levels left open": "[" * 10_000,
    "one level too many": "[" * (DEPTH + 1) + "]" * (DEPTH + 1),
    "many digits": "a: " + "9" * (INTEGER_DIGITS + 1),
    "many hexadecimal digits": "a: 0x" + "f" * (INTEGER_DIGITS + 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused(name: str) -> None:
    """What expands or nests without measure ends in a fault that says where."""
    with pytest.raises(DocumentError, match=r"more than|maximum nesting depth") as fault:
        read(BOMBS[name])
    assert fault.value.line is not None


def test_a_long_document_is_refused_before_it_is_parsed() -> None:
    """Text beyond the limit is not looked at."""
    with pytest.raises(DocumentError, match="longer than 64 MiB"):
        read("[" * (LIMIT_BYTES + 1))


def test_within_the_bounds() -> None:
    """What stays within the bounds is read whole."""
    deep = read("[" * DEPTH + "]" * DEPTH).data
    levels = 0
    while deep:
        deep, levels = deep[0], levels + 1
    assert DEPTH - 1 == levels
    assert int("9" * INTEGER_DIGITS) == read("9" * INTEGER_DIGITS).data
    assert NODES > 10**4
    assert 10 == len(read(laughs(4)).data["a4"])


def test_a_shared_value_is_not_copied(tmp_path: Path) -> None:
    """Aliases within the bounds cost nothing: what they name is one value."""
    found = read("a: &x [1, 2]\nb: *x\n").data
    assert found["a"] is found["b"]


@given(st.text(max_size=80) | st.text(alphabet="ab01:-[]{}&*!|>'\"\n #,?<~%.", max_size=80))
def test_any_text_is_data_or_a_document_error(text: str) -> None:
    """Text of any kind ends in data or in a DocumentError, never in another error."""
    with contextlib.suppress(DocumentError):
        read_all(text, duplicates="last", with_lines=True)


@given(st.binary(max_size=60))
def test_any_bytes_are_data_or_a_document_error(content: bytes) -> None:
    """Bytes of any kind end in data or in a DocumentError, never in another error."""
    with contextlib.suppress(DocumentError):
        read_all(content)


def test_lines_are_noted_within_bounds() -> None:
    """A long list far down costs no path for each of its items; what is above it keeps its line."""
    text = "a: 1\nb: " + "[" * 100 + "0," * 20_000 + "0" + "]" * 100 + "\nc: 2\n"
    parsed = read(text, with_lines=True)
    assert {("a",): 1, ("b",): 2, ("c",): 3}.items() <= parsed.lines.items()
    assert 200 > len(parsed.lines)


def test_values_of_all_documents_are_counted_together() -> None:
    """Many small documents are as much as a large one."""
    assert [2, 4] == [each.size for each in read_all("- a\n---\nb: [c]\n")]
    with pytest.raises(DocumentError, match="more than"):
        read_all("---\n- " + "[0,0]\n- " * 350_000 + "0\n---\n- " + "[0,0]\n- " * 350_000 + "0\n")


def test_tells_where_nodes_stand() -> None:
    """Scalars have start and end in characters, collections a start, mappings' values their key's start."""
    text = 'a: é😀\nb:\n  - "x\\ty😀"\n  - {k: 1}\nc: |\n  t\n'
    spots = read_spots(text)
    assert ["é😀", '"x\\ty😀"', "1", "|\n  t\n"] == [
        text[spots[path].start : spots[path].end] for path in (("a",), ("b", 0), ("b", 1, "k"), ("c",))
    ]
    assert (text.index("c:"), text.index("{")) == (spots["c",].key, spots["b", 1].start)


def test_spots_of_aliases_are_those_of_the_aliases() -> None:
    """What an alias or a merge brings stands at no place of its own."""
    text = "a: &x\n  f: 1\nb: *x\nc:\n  <<: *x\n  g: 2\n"
    assert {(), ("a",), ("a", "f"), ("b",), ("c",), ("c", "g")} == set(read_spots(text))


def test_blank_text_has_no_spots() -> None:
    """Where no document is, nothing stands anywhere."""
    assert {} == read_spots("# nothing\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb\n  c: 2\n", 2),
        ("a:\n  - b\n\n      c: 2\n", 2),
        ("a: 1\n  c: 2\n", 2),
        ('a: "x\nb: 1\nc: 2\n', 1),
        ('a: "x\nb: "y"\nc: 2\n', 1),
        ("a: [1,\nb: 2\n", 1),
        ("a: [b, c\nd:\n  - e\n", 1),
        ("a: [\n  b,\n  @c,\n]\n", 3),
        ("a: 1\nb\nc: 2\n", 2),
        ("a:\n    b: 1\n  c: 2\nd: 3\n", 3),
    ],
    ids=[
        "no colon above a key",
        "no colon of an item",
        "too deep",
        "open quote",
        "open quote before another",
        "open list",
        "open list before a list",
        "a word in a list",
        "no colon",
        "indent",
    ],
)
def test_a_fault_is_where_it_begins(text: str, line: int) -> None:
    """What is begun and not ended is told where it begins, not where the reader gave up."""
    with pytest.raises(DocumentError) as caught:
        read(text)
    assert line == caught.value.line
    assert caught.value.index is not None
    assert line == text.count("\n", 0, caught.value.index) + 1
