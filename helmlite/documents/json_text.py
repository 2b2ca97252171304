"""JSON text to data and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from helmlite.documents.parsed import DEPTH, INTEGER_DIGITS, NODES, DocumentError, Duplicates, Value, as_text
from helmlite.documents.scalars import checked_float


def read_json(text: str | bytes, *, duplicates: Duplicates = "last") -> Value:
    """Return the data of JSON text; integers stay exact, NaN and Infinity are errors."""

    def refuse(word: str) -> Value:
        raise DocumentError(f"{word} is no JSON")

    def pairs(found: list[tuple[str, Value]]) -> dict[str, Value]:
        made = dict(found)
        if len(made) != len(found) and duplicates == "error":
            seen: set[str] = set()
            for key, _ in found:
                if key in seen:
                    raise DocumentError(f"duplicate key {key!r}")
                seen.add(key)
        return made

    source = as_text(text)
    _check_size(source)
    try:
        data = json.loads(
            source, parse_constant=refuse, object_pairs_hook=pairs, parse_float=_json_float, parse_int=_json_integer
        )
    except DocumentError:
        raise
    except json.JSONDecodeError as error:
        raise DocumentError(f"no valid JSON: {error.msg}", line=error.lineno, column=error.colno) from None
    return without_halves(source, data)


def without_halves(source: str, data: Value) -> Value:
    """Return the data of JSON text as Go reads it: U+FFFD for each half of a character (escapes can write one)."""
    return _whole(data) if _HALF.search(source) else data


def _json_integer(text: str) -> int:
    if len(text.lstrip("-")) > INTEGER_DIGITS:
        raise DocumentError(f"a number of more than {INTEGER_DIGITS} digits")
    return int(text)


def _json_float(text: str) -> float:
    return checked_float(text, DocumentError)


def _whole(data: Value) -> Value:
    if isinstance(data, str):
        return _SURROGATE.sub("\ufffd", data)
    if isinstance(data, list):
        return [_whole(each) for each in data]
    if isinstance(data, dict):
        return {_whole(key): _whole(each) for key, each in data.items()}
    return data


_SURROGATE = re.compile("[\ud800-\udfff]")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def _check_size(text: str) -> None:
    """Raise DocumentError for too many values, or what nests too deep: json's own reader recurses without bound."""
    depth = values = 0
    in_string = False
    for found in _JSON_MARKS.finditer(text):
        mark = found[0]
        if mark == '"':
            in_string = not in_string
        elif in_string or mark[0] == "\\":
            continue
        elif mark in "]}":
            depth -= 1
        else:
            values += 1
            depth += mark != ","
            if depth > DEPTH:
                raise DocumentError(f"nested more than {DEPTH} levels deep")
            if values > NODES:
                raise DocumentError(f"more than {NODES} values")


_JSON_MARKS = re.compile(r'["\[\]{},]|\\.', re.DOTALL)


def write_json(data: Value, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """Return compact JSON as Go writes it: no blanks; ``<``, ``>``, ``&``, U+2028 and U+2029 as escapes."""
    separators = (",", ": ") if indent is not None else (",", ":")
    try:
        text = json.dumps(
            _for_json(data, 0),
            ensure_ascii=False,
            indent=indent,
            sort_keys=sort_keys,
            separators=separators,
            allow_nan=False,
        )
    except (ValueError, TypeError) as error:
        raise DocumentError(f"cannot be written as JSON: {error}") from None
    text = _SURROGATE.sub("\ufffd", text)
    for char in "<>&\u2028\u2029":
        if char in text:
            text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _for_json(data: Value, depth: int) -> Value:
    if depth > DEPTH * 2:
        raise DocumentError(f"nested more than {DEPTH * 2} levels deep")
    if isinstance(data, Mapping):
        return {str(key): _for_json(value, depth + 1) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_for_json(value, depth + 1) for value in data]
    if isinstance(data, float):
        if data.is_integer() and abs(data) < 1e21:
            return int(data)
        return data
    if isinstance(data, str):
        return str(data)
    return data
