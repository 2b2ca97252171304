"""Data to YAML text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from helmlite.documents.parsed import DEPTH, DocumentError, Value
from helmlite.documents.scalars import FALSE, NULLS, TRUE, go_float

SIMPLE_KEY = 1000
"""Longer keys are written after a question mark: readers look no further than 1024 characters for the colon."""


def write(data: Value, *, sort_keys: bool = True) -> str:
    """Return data as block YAML that YAML 1.1, YAML 1.2 and Helm read back alike; ends in a newline."""
    lines: list[str] = []
    _write_node(data, lines, "", "", sort_keys, 0)
    return "\n".join(lines) + "\n"


def write_all(documents: Sequence[Value], *, sort_keys: bool = True) -> str:
    """Return several documents as one stream, each after a ``---`` line."""
    return "".join(f"---\n{write(each, sort_keys=sort_keys)}" for each in documents)


def write_lines(data: Value, *, first: str, indent: str) -> list[str]:
    """Return the lines of a block node; ``first`` stands before the first one, ``indent`` before the others."""
    lines: list[str] = []
    _write_node(data, lines, first, indent, False, 0)
    return lines


def write_scalar(text: str, indent: str) -> str:
    """Return a string as the scalar behind a key or dash: plain where every reader takes it as that string.

    Else it is a literal block, whose lines stand at ``indent``, or in quotes.
    """
    if is_plain(text):
        return text
    if not _fits_a_block(text):
        return write_quoted(text)
    chomp = "-" if not text.endswith("\n") else "+" if text.endswith("\n\n") else ""
    body = text[:-1] if text.endswith("\n") else text
    return f"|{chomp}\n" + "\n".join(f"{indent}{line}" if line else "" for line in body.split("\n"))


def is_plain(text: str) -> bool:
    """Return whether a string may stand in block YAML without quotes, and every reader takes it as that string."""
    return _PLAIN.fullmatch(text) is not None and text not in _WORDS and len(text) < 1000


def write_key(text: str) -> str:
    """Return a string as a key, plain or quoted; ``is_simple`` says whether it may stand without a question mark."""
    return text if is_plain(text) else write_quoted(text)


def is_simple(key: str) -> bool:
    """Return whether a written key is short enough to stand before its colon without a question mark."""
    return len(key) <= SIMPLE_KEY


def write_quoted(text: str) -> str:
    """Return a string in double quotes, on one line."""
    return f'"{_SPECIAL.sub(_escape, text)}"'


def escaped(text: str) -> str:
    """Return what stands for ``text`` between double quotes; a blank at either end survives a line break beside it."""
    made = _SPECIAL.sub(_escape, text)
    if text[:1] == " ":
        made = f"\\x20{made[1:]}"
    return f"{made[:-1]}\\x20" if len(text) > 1 and text[-1:] == " " else made


def write_flow(data: Value) -> str:
    """Return data in flow style, on one line."""
    return _write_flow(data, 0)


def _write_flow(data: Value, depth: int) -> str:
    if depth > DEPTH * 2:
        raise DocumentError(f"nested more than {DEPTH * 2} levels deep")
    if isinstance(data, Mapping):
        pairs = (f"{write_flow_key(str(key))}: {_write_flow(value, depth + 1)}" for key, value in data.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(data, (list, tuple)):
        return f"[{', '.join(_write_flow(each, depth + 1) for each in data)}]"
    return write_flow_text(data) if isinstance(data, str) else _write_leaf(data, "")


def write_flow_text(text: str) -> str:
    """Return a string as a scalar of a flow collection."""
    return text if _FLOW_PLAIN.fullmatch(text) and text not in _WORDS and len(text) < 1000 else write_quoted(text)


def write_flow_key(text: str) -> str:
    """Return a string as a key of a flow mapping, behind a question mark where it is long."""
    key = write_flow_text(text)
    return key if is_simple(key) else f"? {key} "


def _write_node(data: Value, lines: list[str], first: str, indent: str, sort_keys: bool, depth: int) -> None:
    """Write ``data`` after ``first`` (what its first line already holds), further lines at ``indent``."""
    if depth > DEPTH * 2:
        raise DocumentError(f"nested more than {DEPTH * 2} levels deep")
    if isinstance(data, Mapping) and data:
        keys = sorted(data, key=str) if sort_keys else list(data)
        for key in keys:
            value = data[key]
            if type(value) is str and type(key) is str and is_plain(key) and is_plain(value):
                lines.append(f"{first}{key}: {value}")
                first = indent
                continue
            head, below = f"{first}{write_key(str(key))}:", indent
            if len(head) - len(first) > SIMPLE_KEY:
                head, below = f"{first}? {head[len(first) : -1]}\n{indent}:", f"{indent}  "
            first = indent
            if isinstance(value, Mapping) and value:
                lines.append(head)
                _write_node(value, lines, f"{indent}  ", f"{indent}  ", sort_keys, depth + 1)
            elif isinstance(value, (list, tuple)) and value:
                lines.append(head)
                _write_node(value, lines, below, below, sort_keys, depth + 1)
            else:
                lines.append(f"{head} {_write_leaf(value, indent + '  ')}")
    elif isinstance(data, (list, tuple)) and data:
        for value in data:
            if isinstance(value, (Mapping, list, tuple)) and value:
                _write_node(value, lines, f"{first}- ", f"{indent}  ", sort_keys, depth + 1)
            else:
                lines.append(f"{first}- {_write_leaf(value, indent + '  ')}")
            first = indent
    else:
        lines.append(f"{first}{_write_leaf(data, indent + '  ')}")


def _write_leaf(value: Value, indent: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        if math.isinf(value) or math.isnan(value):
            raise DocumentError("infinite and undefined numbers cannot be written")
        text = go_float(value)
        mantissa, mark, exponent = text.partition("e")
        # YAML 1.1 takes a number with an exponent for one only when it has a point.
        return f"{mantissa}.0e{exponent}" if mark and "." not in mantissa else text
    if isinstance(value, str):
        return write_scalar(str(value), indent)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, (list, tuple)):
        return "[]"
    raise DocumentError(f"a value of type {type(value).__name__} cannot be written as YAML")


_PLAIN = re.compile(
    r"[A-Za-z_/][A-Za-z0-9_./@%+=-]*(?:[ ,:;()!?'][A-Za-z0-9_./@%+=()-]+)*"
    r"|[0-9]+\.[0-9]+\.[0-9]+(?:[.+-][A-Za-z0-9.+-]*[A-Za-z0-9])?",  # versions: with two points no reader sees a number
    re.ASCII,
)
_FLOW_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@%+=-]*(?: [A-Za-z0-9_./@%+=-]+)*", re.ASCII)
_WORDS = NULLS | TRUE | FALSE | {"<<", "="}
_BLOCK = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff\r\t]*")


def _fits_a_block(text: str) -> bool:
    """Return whether text of several lines may stand as it is: no line begins or ends in what a reader takes away."""
    if "\n" not in text.rstrip("\n") or text[0] in " \n" or not _BLOCK.fullmatch(text):
        return False
    return not any(line != line.rstrip() or line[:3] in ("---", "...") for line in text.split("\n"))


def _escape(found: re.Match[str]) -> str:
    char, code = found[0], ord(found[0])
    if char in _ESCAPES:
        return _ESCAPES[char]
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"  # half a character, which UTF-8 cannot hold; Go writes the same
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}"


_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
