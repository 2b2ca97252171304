"""Large texts that programs write, such as the index of a repository: fast, with bounds of their own.

The result is that of the house's reader with ``duplicates="last"`` on all that both take; whatever is rare in such
texts (tags, anchors, merges) is left to that one.
"""

from __future__ import annotations

import functools
import json
import re
from typing import NoReturn

from helmlite.documents.json_text import without_halves
from helmlite.documents.parsed import DEPTH, INTEGER_DIGITS, DocumentError, Value
from helmlite.documents.scalars import checked_float
from helmlite.documents.yaml_events import UNUSUAL, read_events, read_key, read_word
from helmlite.documents.yaml_reader import read

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BLANKS = b" \t\r\n"


def read_bulk(data: bytes, *, limit_bytes: int, limit_values: int) -> Value:
    """Return the data of JSON text, else of the one document of YAML text, None when it is empty.

    Raises DocumentError as ``read_plainly`` does.
    """
    return read_plainly(data, limit_bytes=limit_bytes, limit_values=limit_values)[0]


def read_plainly(data: bytes, *, limit_bytes: int, limit_values: int) -> tuple[Value, bool]:
    """Return the same, and whether the text is plain, so that the data written out is about as long as it.

    Text that is not may have aliases: it says a few values a million times by them. Raises DocumentError for what is
    neither, for more bytes or values than the limits, for more than DEPTH levels.
    """
    if len(data) > limit_bytes:
        raise DocumentError(f"longer than {limit_bytes >> 20} MiB")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DocumentError(f"no UTF-8 text (byte {error.start})", line=data.count(b"\n", 0, error.start) + 1) from None
    if data.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS)[:1] != b"{":
        return _yaml(text, limit_values)
    _check_count(data, limit_values)
    try:
        return _json(text), True
    except json.JSONDecodeError as error:
        fault = DocumentError(f"no valid JSON: {error.msg}", line=error.lineno, column=error.colno)
    try:
        return _yaml(text, limit_values)  # a mapping in YAML's flow style begins as JSON does
    except DocumentError:
        raise fault from None


def read_familiar(data: bytes, *, limit_values: int) -> dict[str, Value] | None:
    """Return the mapping in YAML text that is one of many alike, such as Chart.yaml of a chart's versions.

    It is read key by key of its top level, and what a key holds is remembered, so that it is read once for all texts
    that have it: none of it may be changed. None is for text that must be read whole, by ``read_bulk``; what this
    takes, that takes with the same result. Raises DocumentError.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    first, *parts = _TOP_LEVEL.split(text)
    if _MARKS.search(text) or not (_KEY.match(first) or _BLANK.fullmatch(first)):
        return None
    found: dict[str, Value] = {}
    for part in (first, *parts) if _KEY.match(first) else parts:
        simple = _SIMPLE.fullmatch(part)
        if simple is not None:
            key, quoted, word = simple.groups()
            found[read_key(key)] = quoted if word is None else read_word(word)
            continue
        made = _read_part(part, limit_values) if len(part) <= _PART else None
        if made is None:
            return None
        found.update(made)
    return found


_TOP_LEVEL = re.compile(r"(?<=\n)(?=[A-Za-z_])")
_KEY = re.compile(r"[A-Za-z_]")
_BLANK = re.compile(r"(?:#[ -~]*\n|\n)*")
_MARKS = re.compile(r"^(?:---|\.\.\.|%)|[\r\x85\u2028\u2029]", re.MULTILINE)
"""What begins a document or a directive, or ends a line in YAML alone."""

_SIMPLE = re.compile(r'([A-Za-z_][A-Za-z0-9_]{0,60}): (?:"([ !#-\[\]-~]*)"|([A-Za-z0-9][A-Za-z0-9_.+/-]{0,60}))\n*')
_PART = 8 << 10


@functools.lru_cache(1024)
def _read_part(text: str, limit_values: int) -> dict[str, Value] | None:
    found = read_events(text, limit_values=limit_values)
    return found if isinstance(found, dict) else None


def write_bulk(data: Value) -> str:
    """Return compact JSON of data that JSON can have as it is, which YAML's older readers take too.

    Keys stay in their order. What YAML refuses in a text, or takes for a line's end, is escaped.
    """
    return _ODD_IN_YAML.sub(_escaped, json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


_ODD_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _yaml(text: str, limit_values: int) -> tuple[Value, bool]:
    found = read_events(text, limit_values=limit_values)
    return (read(text, duplicates="last").data, False) if found is UNUSUAL else (found, True)


def _json(text: str) -> Value:
    try:
        found = json.loads(text, parse_constant=_refuse, parse_float=_float, parse_int=_integer)
        _check_depth(found)
    except RecursionError:
        raise DocumentError(f"nested more than {DEPTH} levels deep") from None
    return without_halves(text, found)


def _refuse(word: str) -> NoReturn:
    raise DocumentError(f"{word} is no JSON")


def _float(text: str) -> float:
    return checked_float(text, DocumentError)


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > INTEGER_DIGITS:
        raise DocumentError(f"a number of more than {INTEGER_DIGITS} digits")
    return int(text)


def _check_count(data: bytes, limit_values: int) -> None:
    """Raise DocumentError for JSON text of more values, before any is made: each takes many times its text."""
    marks = (b",", b"[", b"{")
    if sum(map(data.count, marks)) <= limit_values:
        return
    bare = _STRINGS.sub(b"", data)
    if sum(map(bare.count, marks)) > limit_values:
        raise DocumentError(f"more than {limit_values:,} values")


def _check_depth(data: Value) -> None:
    """Raise DocumentError for what nests too deep; looks level by level, so that most texts cost a few steps."""
    level = [data]
    for _ in range(DEPTH + 1):
        below: list[Value] = []
        for each in level:
            values = each.values() if isinstance(each, dict) else each
            below += [value for value in values if isinstance(value, (dict, list))]
        if not below:
            return
        level = below
    raise DocumentError(f"nested more than {DEPTH} levels deep")
