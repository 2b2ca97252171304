"""JSON to data and back."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.documents import DEPTH, INTEGER_DIGITS, LIMIT_BYTES, DocumentError, read_json, write_json

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("a<\u2028é"), inner))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None),
        ("true", True),
        ("1", 1),
        ("1.0", 1.0),
        ("1e3", 1000.0),
        (str(2**64 + 1), 2**64 + 1),
        ('"\\u00e9\\n"', "é\n"),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\ud800x"', "\ufffdx"),
        ('{"\\uDC00": ["\\udfff"]}', {"\ufffd": ["\ufffd"]}),
        ('\ufeff{"a": [1, {}]}', {"a": [1, {}]}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('"' + "[" * 1000 + '"', "[" * 1000),
        ('"\\"[[["', '"[[['),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_read(text: str, expected: Any) -> None:
    """JSON is read as Go reads it, but integers exactly."""
    found = read_json(text)
    assert (type(expected), expected) == (type(found), found)
    assert expected == read_json(text.encode())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no valid JSON"),
        ("[1,]", "no valid JSON"),
        ("1 2", "no valid JSON"),
        ("{'a': 1}", "no valid JSON"),
        ('"a\nb"', "no valid JSON"),
        ("01", "no valid JSON"),
        ("NaN", "NaN is no JSON"),
        ("[-Infinity]", "-Infinity is no JSON"),
        ("1e400", "too large"),
        ("9" * (INTEGER_DIGITS + 1), "a number of more than 308 digits"),
        ("[" * 10_000 + "]" * 10_000, "nested more than 200 levels deep"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "nested more than 200 levels deep"),
        ("[" * 10_000, "nested more than 200 levels deep"),
        ("[" * (DEPTH + 1) + "]" * (DEPTH + 1), "nested more than 200 levels deep"),
        (b"\xff", "no UTF-8 text"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_read_refuses(text: str | bytes, message: str) -> None:
    """What is no JSON, or nests or counts without measure, is refused in our words."""
    with pytest.raises(DocumentError, match=message):
        read_json(text)


def test_read_refuses_long_text() -> None:
    """Text beyond the limit is not looked at."""
    with pytest.raises(DocumentError, match="longer than 64 MiB"):
        read_json(" " * (LIMIT_BYTES + 1))


def test_read_says_where() -> None:
    """A fault is told with line and column, counted from 1."""
    with pytest.raises(DocumentError) as fault:
        read_json('{\n  "a": }\n')
    assert (2, 8) == (fault.value.line, fault.value.column)


def test_duplicate_key_is_refused_where_asked() -> None:
    """What an author writes twice is an error with its key, at any depth."""
    with pytest.raises(DocumentError, match="duplicate key 'b'"):
        read_json('{"a": [{"b": 1, "c": 2, "b": 3}]}', duplicates="error")
    assert {"a": 1, "b": {"a": 2}} == read_json('{"a": 1, "b": {"a": 2}}', duplicates="error")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [True, None]}, '{"b":1,"a":[true,null]}'),
        ("<a href='x'>&\u2028\u2029é", "\"\\u003ca href='x'\\u003e\\u0026\\u2028\\u2029é\""),
        (1.0, "1"),
        (1e20, "100000000000000000000"),
        (0.5, "0.5"),
        (10**30, str(10**30)),
        ({1: (2, 3)}, '{"1":[2,3]}'),
        ('a\n\x01\\"', '"a\\n\\u0001\\\\\\""'),
        ({"\ud800": "\udcff"}, '{"\ufffd":"\ufffd"}'),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_write(value: Any, expected: str) -> None:
    """JSON is written without blanks, with Go's escapes, whole floats as integers."""
    assert expected == write_json(value)


def test_write_for_people() -> None:
    """Indented and sorted where people read it."""
    assert '{\n  "a": 1,\n  "b": []\n}' == write_json({"b": [], "a": 1}, indent=2, sort_keys=True)


@pytest.mark.parametrize("value", [math.inf, math.nan, {1, 2}, b"x", [object]], ids=repr)
def test_write_refuses(value: Any) -> None:
    """What JSON cannot say ends in a DocumentError."""
    with pytest.raises(DocumentError, match="cannot be written as JSON"):
        write_json(value)


def test_write_refuses_deep_values() -> None:
    """A value that nests without measure ends in a DocumentError, not in Python's own."""
    value: list[Any] = []
    for _ in range(DEPTH * 50):
        value = [value]
    with pytest.raises(DocumentError, match="nested more than"):
        write_json(value)


@given(VALUES)
def test_round_trip(value: Any) -> None:
    """Whatever is written is read back as it was, by our reader and by Python's."""
    assert value == read_json(write_json(value))
    assert value == json.loads(write_json(value, indent=1, sort_keys=True))


@given(st.text(alphabet='[]{}",:0123456789.eE-+ntfalsru\\u \n', max_size=40) | st.text(max_size=40))
def test_any_text_is_data_or_a_document_error(text: str) -> None:
    """Text of any kind ends in data or in a DocumentError, never in another error."""
    with contextlib.suppress(DocumentError):
        read_json(text)


LONG = {
    "quotes": '"' + '\\"' * 200_000 + '"',
    "letters": '{"a": "' + "x" * 4_000_000 + '"}',
    "backslashes": '["' + "\\\\" * 200_000 + '"]',
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_strings_are_passed_over_in_one_go(text: str) -> None:
    """Strings of any kind take no more time than their length, whether or not they end."""
    assert read_json(text)
    with pytest.raises(DocumentError, match="no valid JSON"):
        read_json(text.rstrip('"]}'))


def test_brackets_in_strings_do_not_nest() -> None:
    """Nor do those behind an escaped quote."""
    text = '["' + "[" * 500 + '", "\\"' + "{" * 500 + '"]'
    assert ["[" * 500, '"' + "{" * 500] == read_json(text)


def test_too_many_values_are_refused() -> None:
    """Before they are made."""
    with pytest.raises(DocumentError, match="more than 2000000 values"):
        read_json("[" + "0," * 2_000_001 + "0]")
