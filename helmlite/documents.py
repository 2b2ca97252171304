"""YAML and JSON text to data and back: the only door to ``yaml``.

Two readers that differ in what a duplicate key means, one writer. Scalars are typed as Helm types them
(YAML 1.1 booleans and octals, no dates, no sexagesimals), except that integers stay exact.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import yaml

Value: TypeAlias = Any
"""What YAML and JSON can say: None, bool, int, float, str, list of Value, dict of str to Value."""

Path: TypeAlias = tuple[str | int, ...]
"""Where in a document: keys and list indexes from the root."""

Duplicates: TypeAlias = Literal["error", "warn", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """One document: its data, the line (from 1) of each key and list item, and what was odd about it."""

    data: Value
    lines: Mapping[Path, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()


class DocumentError(ValueError):
    """Text that is no YAML or JSON; the caller turns it into its own family of HelmliteError.

    ``line`` and ``column`` count from 1; None where unknown.
    """

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


LIMIT_BYTES = 64 << 20
DEPTH = 200
NODES = 2_000_000
INTEGER_DIGITS = 4300

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(f"{word}" for each in ("y", "yes", "true", "on") for word in (each, each.capitalize(), each.upper()))
_FALSE = frozenset(f"{word}" for each in ("n", "no", "false", "off") for word in (each, each.capitalize(), each.upper()))
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*|0[0-9_]*[0-9])", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_STANDARD = "tag:yaml.org,2002:"


def read_all(text: str | bytes, *, duplicates: Duplicates = "error", with_lines: bool = False) -> list[Parsed]:
    """Return every document of a YAML stream; an empty document has the data None."""
    found = []
    try:
        loader = yaml.CSafeLoader(_as_text(text))
        try:
            while loader.check_event(yaml.StreamStartEvent):
                loader.get_event()
            while not loader.check_event(yaml.StreamEndEvent):
                loader.get_event()
                reading = _Reading(loader, duplicates, with_lines)
                data = reading.node(())
                loader.get_event()
                found.append(Parsed(data=data, lines=reading.lines, warnings=tuple(reading.warnings)))
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = ": ".join(each for each in (error.context, error.problem) if each) or "no valid YAML"
        raise DocumentError(
            message, line=mark.line + 1 if mark else None, column=mark.column + 1 if mark else None
        ) from None
    except yaml.YAMLError as error:
        raise DocumentError(f"no valid YAML: {str(error).splitlines()[0]}") from None
    return found


def read(text: str | bytes, *, duplicates: Duplicates = "error", with_lines: bool = False) -> Parsed:
    """Return the one document of YAML text (None when the text is empty); several documents are an error."""
    found = read_all(text, duplicates=duplicates, with_lines=with_lines)
    if len(found) > 1:
        raise DocumentError(f"expected one YAML document, found {len(found)}")
    return found[0] if found else Parsed(data=None)


def _as_text(text: str | bytes) -> str:
    if len(text) > LIMIT_BYTES:
        raise DocumentError(f"longer than {LIMIT_BYTES >> 20} MiB")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            line = text.count(b"\n", 0, error.start) + 1
            raise DocumentError(f"no UTF-8 text (byte {error.start})", line=line) from None
    return text.removeprefix("\ufeff")


class _Reading:
    """Builds one document's data from the parser's events, counting what aliases would expand to."""

    def __init__(self, loader: Any, duplicates: Duplicates, with_lines: bool) -> None:
        self._loader = loader
        self._duplicates = duplicates
        self._with_lines = with_lines
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._open: set[str] = set()
        self._nodes = 0
        self._depth = 0
        self.lines: dict[Path, int] = {}
        self.warnings: list[str] = []

    def _fault(self, message: str, event: Any) -> DocumentError:
        mark = event.start_mark
        return DocumentError(message, line=mark.line + 1, column=mark.column + 1)

    def _count(self, amount: int, event: Any) -> None:
        self._nodes += amount
        if self._nodes > NODES:
            raise self._fault(f"more than {NODES} values once aliases are expanded", event)

    def node(self, path: Path) -> Value:
        event = self._loader.get_event()
        if self._with_lines and path:
            self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in self._open:
                raise self._fault(f"alias *{event.anchor} refers to what it stands in", event)
            if event.anchor not in self._anchors:
                raise self._fault(f"alias *{event.anchor} refers to no anchor", event)
            data, size = self._anchors[event.anchor]
            self._count(size, event)
            return data
        before = self._nodes
        self._count(1, event)
        if event.anchor:
            self._open.add(event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            data: Value = _scalar(event, self._fault)
        else:
            self._depth += 1
            if self._depth > DEPTH:
                raise self._fault(f"nested more than {DEPTH} levels deep", event)
            data = self._sequence(event, path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(event, path)
            self._depth -= 1
        if event.anchor:
            self._open.discard(event.anchor)
            self._anchors[event.anchor] = (data, self._nodes - before)
        return data

    def _sequence(self, event: Any, path: Path) -> list[Value]:
        if event.tag not in (None, "!", f"{_STANDARD}seq"):
            raise self._fault(f"unknown tag {event.tag}", event)
        items: list[Value] = []
        while not isinstance(self._loader.peek_event(), yaml.SequenceEndEvent):
            items.append(self.node((*path, len(items)) if self._with_lines else path))
        self._loader.get_event()
        return items

    def _mapping(self, event: Any, path: Path) -> dict[str, Value]:
        if event.tag not in (None, "!", f"{_STANDARD}map"):
            raise self._fault(f"unknown tag {event.tag}", event)
        found: dict[str, Value] = {}
        merged: list[dict[str, Value]] = []
        while not isinstance(self._loader.peek_event(), yaml.MappingEndEvent):
            key_event = self._loader.peek_event()
            is_merge = isinstance(key_event, yaml.ScalarEvent) and key_event.value == "<<" and key_event.implicit[0]
            key = self._key()
            if is_merge:
                merged += self._to_merge(key_event)
                continue
            if key in found:
                line = key_event.start_mark.line + 1
                if self._duplicates == "error":
                    raise self._fault(f"duplicate key {key!r}", key_event)
                if self._duplicates == "warn":
                    self.warnings.append(f"line {line}: duplicate key {key!r}, the last one counts")
            below: Path = (*path, key) if self._with_lines else path
            if self._with_lines:
                self.lines[below] = key_event.start_mark.line + 1
            found[key] = self.node(below)
        self._loader.get_event()
        for each in merged:
            for key, value in each.items():
                found.setdefault(key, value)
        return found

    def _key(self) -> str:
        event = self._loader.peek_event()
        if isinstance(event, yaml.AliasEvent):
            data = self.node(())
        elif isinstance(event, yaml.ScalarEvent):
            self._loader.get_event()
            self._count(1, event)
            data = _scalar(event, self._fault)
            if event.anchor:
                self._anchors[event.anchor] = (data, 1)
        else:
            raise self._fault("a list or mapping cannot be a key", event)
        if data is None:
            raise self._fault("null cannot be a key", event)
        if isinstance(data, bool):
            return "true" if data else "false"
        if isinstance(data, (dict, list)):
            raise self._fault("a list or mapping cannot be a key", event)
        return data if isinstance(data, str) else _number_text(data)

    def _to_merge(self, event: Any) -> list[dict[str, Value]]:
        data = self.node(())
        parts = data if isinstance(data, list) else [data]
        if not all(isinstance(each, dict) for each in parts):
            raise self._fault("<< takes a mapping or a list of mappings", event)
        self._count(sum(len(each) for each in parts), event)
        return parts


def _scalar(event: Any, fault: Any) -> Value:
    """Return a scalar as Helm types it; integers exact."""
    text, tag = event.value, event.tag
    if tag is None or tag == "!":
        return text if not event.implicit[0] or tag == "!" else _plain(text, event, fault)
    name = tag.removeprefix(_STANDARD)
    if name == "str":
        return text
    if name == "binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
        except ValueError:
            raise fault("!!binary is no base64 of UTF-8 text", event) from None
    data = _plain(text, event, fault)
    if name == "null" and data is None:
        return None
    if name == "bool" and isinstance(data, bool):
        return data
    if name in ("int", "float") and isinstance(data, (int, float)) and not isinstance(data, bool):
        return float(data) if name == "float" else data
    if name in ("null", "bool", "int", "float"):
        raise fault(f"!!{name} does not fit what it stands before", event)
    raise fault(f"unknown tag {tag}", event)


def _plain(text: str, event: Any, fault: Any) -> Value:
    if text in _NULLS:
        return None
    first = text[0]
    if first in "yYnNtTfFoO":
        return True if text in _TRUE else False if text in _FALSE else text
    if first not in "0123456789+-.":
        return text
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text) or digits.lstrip("+-")[:2].lower() in ("0x", "0o", "0b"):
        return _number(text, digits, event, fault)
    if _NOT_A_NUMBER.fullmatch(text):
        raise fault("infinite and undefined numbers cannot be kept", event)
    return text


def _number(text: str, digits: str, event: Any, fault: Any) -> Value:
    sign, bare = ("-", digits[1:]) if digits.startswith("-") else ("", digits.lstrip("+"))
    if len(bare) > INTEGER_DIGITS:
        raise fault(f"a number of more than {INTEGER_DIGITS} digits", event)
    bases = {"0x": 16, "0o": 8, "0b": 2}
    base = bases.get(bare[:2].lower())
    try:
        if base:
            return int(sign + bare[2:], base)
        if bare.isdigit() and len(bare) > 1 and bare[0] == "0":
            return int(sign + bare, 8)
        if bare.isdigit():
            return int(sign + bare)
        number = float(sign + bare)
    except ValueError:
        return text
    if math.isinf(number):
        raise fault("a number too large for a float", event)
    return number


def _number_text(number: int | float) -> str:
    if isinstance(number, int):
        return str(number)
    return _go_float(number)


def read_json(text: str | bytes, *, duplicates: Duplicates = "last") -> Value:
    """Return the data of JSON text; integers stay exact, NaN and Infinity are errors."""

    def refuse(word: str) -> Value:
        raise DocumentError(f"{word} is no JSON")

    def pairs(found: list[tuple[str, Value]]) -> dict[str, Value]:
        made = dict(found)
        if len(made) != len(found) and duplicates == "error":
            seen: set[str] = set()
            twice = next(key for key, _ in found if key in seen or seen.add(key))
            raise DocumentError(f"duplicate key {twice!r}")
        return made

    source = _as_text(text)
    if _nesting(source) > DEPTH:
        raise DocumentError(f"nested more than {DEPTH} levels deep")
    try:
        data = json.loads(source, parse_constant=refuse, object_pairs_hook=pairs, parse_float=_json_float)
    except DocumentError:
        raise
    except json.JSONDecodeError as error:
        raise DocumentError(f"no valid JSON: {error.msg}", line=error.lineno, column=error.colno) from None
    except ValueError as error:
        raise DocumentError(f"no valid JSON: {error}") from None
    return data


def _json_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise DocumentError("a number too large for a float")
    return number


def _nesting(text: str) -> int:
    """Return how deep brackets nest outside of strings: json's own reader recurses without a bound of ours."""
    deepest = depth = 0
    for each in _JSON_MARKS.findall(text):
        if each in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif each in "]}":
            depth -= 1
    return deepest


_JSON_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def write(data: Value, *, sort_keys: bool = True) -> str:
    """Return data as block YAML that YAML 1.1, YAML 1.2 and Helm read back alike; ends in a newline."""
    lines: list[str] = []
    _write_node(data, lines, "", "", sort_keys, 0)
    return "\n".join(lines) + "\n"


def write_all(documents: Sequence[Value], *, sort_keys: bool = True) -> str:
    """Return several documents as one stream, each after a ``---`` line."""
    return "".join(f"---\n{write(each, sort_keys=sort_keys)}" for each in documents)


def _write_node(data: Value, lines: list[str], first: str, indent: str, sort_keys: bool, depth: int) -> None:
    """Write ``data`` after ``first`` (what its first line already holds), further lines at ``indent``."""
    if depth > DEPTH * 2:
        raise DocumentError(f"nested more than {DEPTH * 2} levels deep")
    if isinstance(data, Mapping) and data:
        keys = sorted(data, key=str) if sort_keys else list(data)
        for key in keys:
            value = data[key]
            head = f"{first}{_write_scalar(str(key), '', as_key=True)}:"
            first = indent
            if isinstance(value, Mapping) and value:
                lines.append(head)
                _write_node(value, lines, f"{indent}  ", f"{indent}  ", sort_keys, depth + 1)
            elif isinstance(value, (list, tuple)) and value:
                lines.append(head)
                _write_node(value, lines, indent, indent, sort_keys, depth + 1)
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
        text = _go_float(value)
        mantissa, mark, exponent = text.partition("e")
        # YAML 1.1 takes a number with an exponent for one only when it has a point.
        return f"{mantissa}.0e{exponent}" if mark and "." not in mantissa else text
    if isinstance(value, str):
        return _write_scalar(str(value), indent)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, (list, tuple)):
        return "[]"
    raise DocumentError(f"a value of type {type(value).__name__} cannot be written as YAML")


_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@%+=-]*(?:[ ,:;()!?'][A-Za-z0-9_./@%+=()-]+)*", re.ASCII)
_WORDS = _NULLS | _TRUE | _FALSE | {"<<", "=", "yes", "no"}
_BLOCK = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff\r\t]*")


def _write_scalar(text: str, indent: str, *, as_key: bool = False) -> str:
    """Return a string plain where every reader takes it as that string, as a literal block or in quotes elsewhere."""
    if _PLAIN.fullmatch(text) and text not in _WORDS and len(text) < 1000:
        return text
    if not as_key and "\n" in text.rstrip("\n") and _BLOCK.fullmatch(text) and text[0] not in " \n":
        if not any(line != line.rstrip() or "---" in line[:3] or line[:3] == "..." for line in text.split("\n")):
            chomp = "-" if not text.endswith("\n") else "+" if text.endswith("\n\n") else ""
            body = text[:-1] if text.endswith("\n") else text
            return f"|{chomp}\n" + "\n".join(f"{indent}{line}" if line else "" for line in body.split("\n"))
    return _quoted(text)


def _quoted(text: str) -> str:
    made = []
    for char in text:
        code = ord(char)
        if char in '"\\':
            made.append(f"\\{char}")
        elif char in _ESCAPES:
            made.append(_ESCAPES[char])
        elif 0x20 <= code < 0x7F or (0xA0 < code < 0xD800 and code not in (0x2028, 0x2029)) or (
            0xE000 <= code < 0xFFFE and code != 0xFEFF
        ):
            made.append(char)
        elif code <= 0xFF:
            made.append(f"\\x{code:02X}")
        elif code <= 0xFFFF:
            made.append(f"\\u{code:04X}")
        else:
            made.append(char if code <= 0x10FFFF else f"\\U{code:08X}")
    return f'"{"".join(made)}"'


_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def _go_float(number: float) -> str:
    """Return a float as Go's encoding/json writes it: whole ones without a point, exponents beyond 1e21 and 1e-6."""
    if number == 0:
        return "-0" if math.copysign(1, number) < 0 else "0"
    size = abs(number)
    if 1e-6 <= size < 1e21:
        text = f"{Decimal(repr(number)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, exponent = repr(number).partition("e")
    if not exponent:
        mantissa, _, exponent = f"{number:e}".partition("e")
        mantissa = repr(float(mantissa))
    mantissa = mantissa.removesuffix(".0")
    power = int(exponent)
    return f"{mantissa}e{'+' if power > 0 else '-'}{abs(power):02d}"


def write_json(data: Value, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """Return compact JSON as Go writes it: no blanks, ``<``, ``>``, ``&``, U+2028 and U+2029 as ``\\uXXXX``."""
    separators = (",", ": ") if indent is not None else (",", ":")
    try:
        text = json.dumps(
            _for_json(data, 0), ensure_ascii=False, indent=indent, sort_keys=sort_keys, separators=separators, allow_nan=False
        )
    except (ValueError, TypeError) as error:
        raise DocumentError(f"cannot be written as JSON: {error}") from None
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
