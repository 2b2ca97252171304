"""Data to YAML that every reader takes alike: ours, PyYAML's YAML 1.1, and Helm's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from helmlite.documents import DEPTH, DocumentError, read, read_all, write, write_all

TRICKY = [
    *(
        "",
        " ",
        "~",
        "null",
        "Null",
        "NULL",
        "y",
        "Y",
        "n",
        "N",
        "yes",
        "Yes",
        "YES",
        "no",
        "on",
        "On",
        "ON",
        "off",
        "OFF",
    ),
    *("true", "True", "TRUE", "false", "False", "tRUE", "yES", "=", "<<", "-", "--", "---", "...", "?", ":", "|", ">"),
    *(
        "0",
        "1",
        "-1",
        "+1",
        "007",
        "08",
        "0o17",
        "0x1F",
        "0b11",
        "1_000",
        "1.",
        ".5",
        "1e3",
        "1E3",
        "1e+3",
        "1e400",
        "e3",
    ),
    *("12e03", "-1e400", ".inf", "-.INF", ".nan", "inf", "nan", "1:30", "1:30:30", "190:20:30", "2020-01-01", "0.1.2"),
    *(
        "2020-01-01T00:00:00Z",
        "2020-01-01 10:00:00",
        "1,000",
        "_1",
        "0_",
        "a: b",
        "a:",
        ":a",
        "a :b",
        "a #b",
        "#a",
        "a#b",
    ),
    *(
        "- a",
        "-a",
        "? a",
        "[a]",
        "{a}",
        "a]",
        "a, b",
        "&a",
        "*a",
        "!a",
        "!!str a",
        "%a",
        "@a",
        "`a",
        "'a'",
        '"a"',
        "it's",
    ),
    *(
        "a'b",
        'a"b',
        "\\",
        "a\\nb",
        " a",
        "a ",
        "a  b",
        "\ta",
        "a\t",
        "a\tb",
        "\n",
        "\n\n",
        "a\n",
        "a\n\n",
        "\na",
        "a\nb",
    ),
    *(
        "a\nb\n",
        "a\nb\n\n",
        "a\n\nb",
        "a\n b",
        " a\nb",
        "a\nb ",
        "a\n  \nb",
        "a\n---\nb",
        "a\n...\nb",
        "a\r\nb",
        "a\rb",
    ),
    *(
        "a\n#b",
        "# a\nb",
        "a\n\tb",
        "key: value\nother: 1\n",
        "{{ x }}\n{{ y }}",
        "a\x00b",
        "\x01",
        "\x07",
        "\x1b[31m",
        "\x7f",
    ),
    *(
        "\x80",
        "\x85",
        "a\x85b",
        "\xa0",
        "\xa0a",
        "é",
        "a\u2028b",
        "a\u2029b",
        "\ufeff",
        "\ufeffa",
        "a\ufeff",
        "\ufffe",
        "\uffff",
    ),
    *("😀", "\U0010ffff", "日本語", "a\nb\x85", "a\n\u2028b", "x" * 2000, "word " * 300, "a\n" * 300),
]

STRINGS = st.sampled_from(TRICKY) | st.text(st.characters(codec="utf-8"), max_size=40)
STRINGS |= st.text(alphabet="ab 01:-#\n\t'\"|>?!&*{}[],%@`~=<.eExo_+\\", max_size=12)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | STRINGS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner, max_size=4))


def shapes(text: str) -> list[Any]:
    """Return values that hold a string in every place where one can stand."""
    return [text, [text], {"a": text}, {text: 1}, {"a": [text, {text: text}]}, [[text]], {"a": {"b": text}, "c": text}]


@pytest.mark.parametrize("text", TRICKY, ids=lambda text: ascii(text)[:40])
def test_string_is_read_back_by_all(text: str) -> None:
    """A string is that string to our reader and to a YAML 1.1 reader, as value, item and key."""
    for value in shapes(text):
        written = write(value)
        assert value == read(written).data
        assert value == yaml.safe_load(written)
        assert value == yaml.load(written, yaml.CSafeLoader)


@pytest.mark.helm
def test_strings_are_read_back_by_helm(read_by_helm: Callable[[str], Any]) -> None:
    """Every tricky string is that string to the real Helm, as item and as key."""
    found = read_by_helm(write({"items": TRICKY, "keys": dict.fromkeys(TRICKY, 1)}))
    assert TRICKY == found["items"]
    assert set(TRICKY) == set(found["keys"])


@given(STRINGS)
def test_any_string_is_read_back_by_all(text: str) -> None:
    """Any string of whole characters is that string to our reader and to a YAML 1.1 reader."""
    for value in shapes(text):
        written = write(value)
        assert value == read(written).data
        assert value == yaml.safe_load(written)


@given(VALUES)
def test_round_trip(value: Any) -> None:
    """Whatever is written is read back as it was, by our reader and by a YAML 1.1 reader; types of scalars too."""
    written = write(value)
    assert described(value) == described(read(written).data)
    assert value == yaml.safe_load(written)


def described(value: Any) -> Any:
    """Return a value in which True is not 1; a whole float and an integer are the same to Helm."""
    if isinstance(value, dict):
        return {key: described(each) for key, each in value.items()}
    if isinstance(value, list):
        return [described(each) for each in value]
    return ("bool", value) if isinstance(value, bool) else value


@given(st.lists(VALUES, max_size=4))
def test_stream_round_trip(values: list[Any]) -> None:
    """Several documents are read back as several documents."""
    assert values == [each.data for each in read_all(write_all(values))]


@given(VALUES)
def test_writing_is_stable(value: Any) -> None:
    """What was read from our text is written as the same text."""
    written = write(value)
    assert written == write(read(written).data)


def test_text_for_people() -> None:
    """Blocks, sorted keys, lists at the indentation of their key, literal blocks where they can be read."""
    value = {
        "spec": {"ports": [{"port": 80, "name": "http"}], "args": ["--level=info", "-v"], "empty": {}, "none": []},
        "kind": "Service",
        "apiVersion": "v1",
        "data": {
            "on": "yes",
            "port": "80",
            "script": "#!/bin/sh\necho hi\n",
            "note": "a\n\nb",
            "ratio": 0.5,
            "big": 1e21,
        },
        "nested": [[1, [2]], [{"a": None}]],
    }
    expected = """\
apiVersion: v1
data:
  big: 1.0e+21
  note: |-
    a

    b
  "on": "yes"
  port: "80"
  ratio: 0.5
  script: |
    #!/bin/sh
    echo hi
kind: Service
nested:
- - 1
  - - 2
- - a: null
spec:
  args:
  - "--level=info"
  - "-v"
  empty: {}
  none: []
  ports:
  - name: http
    port: 80
"""
    assert expected == write(value)


def test_order_of_keys_can_be_kept() -> None:
    """Keys stand as they come where their order says something."""
    assert "b: 1\na: 2\n" == write({"b": 1, "a": 2}, sort_keys=False)
    assert "---\nb: 1\na: 2\n" == write_all([{"b": 1, "a": 2}], sort_keys=False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (-0.0, "0"),
        (1.0, "1"),
        (1e20, "100000000000000000000"),
        (1e21, "1.0e+21"),
        (float(2**53 + 2**10), str(2**53 + 2**10)),
        (3.021250544980657e16, "30212505449806568"),
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-07"),
        (0.1, "0.1"),
        (10**30, str(10**30)),
        ({}, "{}"),
        ([], "[]"),
        ((), "[]"),
        ("", '""'),
        ({1: True}, '"1": true'),
    ],
    ids=repr,
)
def test_scalar(value: Any, expected: str) -> None:
    """Numbers are written as Go writes them: whole ones without a point, none that YAML 1.1 takes for text."""
    assert f"{expected}\n" == write(value)


@pytest.mark.parametrize(
    "value",
    [math.inf, -math.inf, math.nan, {1, 2}, b"x", object(), [1, {"a": 1j}]],
    ids=["infinity", "minus-infinity", "not-a-number", "set", "bytes", "object", "complex-number-inside"],
)
def test_what_yaml_cannot_say_is_refused(value: Any) -> None:
    """What no reader could give back ends in a DocumentError."""
    with pytest.raises(DocumentError, match="cannot be written"):
        write(value)


def test_half_a_character_is_replaced() -> None:
    """Half of a surrogate pair, which UTF-8 cannot hold, is written as Go writes it."""
    written = write({"a\udcff": "\ud800"})
    assert {"a\ufffd": "\ufffd"} == read(written.encode()).data


def test_deep_values_are_refused() -> None:
    """A value that nests without measure ends in a DocumentError, not in Python's own."""
    value: list[Any] = []
    for _ in range(DEPTH * 50):
        value = [value]
    with pytest.raises(DocumentError, match="nested more than"):
        write(value)
