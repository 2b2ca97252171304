"""Data to text and back: YAML, JSON, TOML. What is written has its keys sorted, so that equal data gives equal text."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from helmlite import documents
from helmlite.engine.bounds import NESTING_LIMIT, BoundExceeded, Meter
from helmlite.engine.exposed import Exposed
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, kind_of, mapping, text_of, whole
from helmlite.engine.functions.scope import FunctionScope
from helmlite.engine.missing import Undefined
from helmlite.engine.positions.text import TemplateText

TOML_CHARS = 1 << 20
TOML_KEY_PARTS = 50
"""Python's TOML reader takes time with the square of a dotted key's parts."""

_QUOTED = re.compile(r"\s*(['\"]).*\1", re.S)
_TOML_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""


class _Copying:
    """Copies data into plain lists and sorted mappings, and counts first what it has when written out."""

    def __init__(self, meter: Meter, blanks: int) -> None:
        self._meter = meter
        self._blanks = blanks
        self._size = 0

    def copy(self, value: Any) -> Any:
        """Return the copy; raises TemplateFailure for what is no data, BoundExceeded."""
        self._meter.charge_text(self._meter.charge_value(value))
        return self._copy(value, 0)

    def _count(self, n_chars: int, level: int, lines: int = 1) -> None:
        self._size += n_chars + 2 + lines * level * self._blanks
        self._meter.check_size(self._size)

    def _copy(self, value: Any, level: int) -> Any:
        if isinstance(value, str):
            self._count(len(value), level, value.count("\n") + 1)
            return value
        if value is None or isinstance(value, bool | int | float):
            self._count(4 if not isinstance(value, int) else value.bit_length() // 3, level)
            return value
        if isinstance(value, Mapping):
            self._meter.charge_items(len(value))
            made = {}
            for key in value:
                name = _key(key)
                if name in made:
                    raise TemplateFailure("two keys of a mapping are written alike")
                made[name] = self._copy(value[key], level + 1)
                self._count(len(name), level)
            return dict(sorted(made.items()))
        if isinstance(value, list | tuple | range):
            self._meter.charge_items(len(value))
            return [self._copy(each, level + 1) for each in value]
        if isinstance(value, Undefined):
            return str(value)
        if isinstance(value, Exposed) and value.written is not None:
            return self._copy(value.written, level)
        raise TemplateFailure(f"{kind_of(value)} is no data")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool):
        return {True: "true", False: "false", None: "null"}[key]
    if isinstance(key, int | float):
        return str(key)
    raise TemplateFailure(f"{kind_of(key)} cannot be the key of a mapping")


def formats(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    meter = scope.meter

    def counted(text: str) -> str:
        meter.charge_text(len(text))
        return text

    def to_yaml(value: Any) -> TemplateText:
        try:
            text = counted(documents.write(_Copying(meter, 2).copy(value)).removesuffix("\n"))
            return TemplateText.yaml(text)
        except documents.DocumentError as error:
            raise TemplateFailure(f"this cannot be written as YAML: {error.message}") from None

    def to_json(value: Any, indent: Any = None) -> TemplateText:
        blanks = 0 if indent is None else whole(indent, 0, 16, "an indent")
        data = _Copying(meter, blanks).copy(value)
        parts = (",", ":") if indent is None else (",", ": ")
        try:
            text = counted(json.dumps(data, ensure_ascii=False, allow_nan=False, indent=indent, separators=parts))
            return TemplateText.yaml(text)
        except ValueError:
            raise TemplateFailure("this cannot be written as JSON: it holds a number that is not finite") from None

    def to_toml(value: Any) -> str:
        import tomli_w

        mapping(value)
        try:
            return counted(tomli_w.dumps(_Copying(meter, 4).copy(value)).removesuffix("\n"))
        except (TypeError, ValueError):
            raise TemplateFailure("this cannot be written as TOML, which has no null") from None

    def reading(what: str, read: Callable[[str], Any]) -> Callable[[Any], Any]:
        def from_text(text: Any) -> Any:
            source = text_of(text)
            source.encode("utf-8")
            meter.charge_text(len(source))
            try:
                value = read(source)
            except documents.DocumentError as error:
                at = f" (line {error.line})" if error.line else ""
                # what stands in quotes is a piece of the text, which may come out of a Secret
                raise TemplateFailure(
                    f"this is no {what}: {_QUOTED.sub('', error.message).removeprefix(f'no valid {what}: ')}{at}"
                ) from None
            meter.charge_value(value)
            meter.charge_items(len(value) if isinstance(value, list | dict) else 1)
            return value

        return from_text

    return Section(
        title="YAML, JSON, TOML",
        note="What is written has its keys sorted, so that equal data gives equal text. A duplicate key in what is "
        "read is an error.",
        functions=[
            Function(
                name="to_yaml",
                call=to_yaml,
                usage="value | to_yaml",
                does="block YAML without a newline at its end; alone on its line or as a value it is laid out there",
                examples=[("{'b': [1, 'yes'], 'a': none} | to_yaml", 'a: null\nb:\n- 1\n- "yes"')],
            ),
            Function(
                name="from_yaml",
                call=reading("YAML", lambda text: documents.read(text).data),
                usage="text | from_yaml",
                does="the data of one YAML document, typed as Helm types it; null when it is empty",
                examples=[("('a: [1, 2]' | from_yaml).a", "[1, 2]")],
            ),
            Function(
                name="from_yaml_all",
                call=reading("YAML", lambda text: [each.data for each in documents.read_all(text)]),
                usage="text | from_yaml_all",
                does="a list of the data of every document of a YAML stream",
                examples=[("'a: 1\\n---\\nb: 2\\n' | from_yaml_all | length", "2")],
            ),
            Function(
                name="to_json",
                call=to_json,
                usage="value | to_json(indent=None)",
                does="JSON on one line, or with an indent on several; `<`, `>` and `&` stay as they are",
                examples=[
                    ("{'b': [1, true, none], 'a': '<b>'} | to_json", '{"a":"<b>","b":[1,true,null]}'),
                    ("[1] | to_json(indent=1)", "[\n 1\n]"),
                ],
            ),
            Function(
                name="to_pretty_json",
                call=lambda value: to_json(value, 2),
                usage="value | to_pretty_json",
                does="JSON on several lines, indented by two blanks",
                examples=[("{'a': 1} | to_pretty_json", '{\n  "a": 1\n}')],
            ),
            Function(
                name="from_json",
                call=reading("JSON", lambda text: documents.read_json(text, duplicates="error")),
                usage="text | from_json",
                does="the data of a JSON text",
                examples=[("('{\"a\": 1e2}' | from_json).a", "100.0")],
            ),
            Function(
                name="to_toml",
                call=to_toml,
                usage="mapping | to_toml",
                does="TOML without a newline at its end; a null is an error, since TOML has none",
                examples=[("{'a': {'b': 1}} | to_toml", "[a]\nb = 1")],
            ),
            Function(
                name="from_toml",
                call=reading("TOML", _toml),
                usage="text | from_toml",
                does="the data of a TOML text of up to 1 MiB; dates and times become text",
                examples=[
                    ("('a = [1, 2]' | from_toml).a", "[1, 2]"),
                    ("('a = 2026-01-31T12:00:00Z' | from_toml).a", "2026-01-31T12:00:00Z"),
                ],
            ),
        ],
    )


def _toml(text: str) -> Any:
    import tomllib

    import re2

    if len(text) > TOML_CHARS:
        raise TemplateFailure("a TOML text is no larger than 1 MiB")
    if re2.search(rf"{_TOML_PART}(?:[ \t]*\.[ \t]*{_TOML_PART}){{{TOML_KEY_PARTS}}}", text):
        raise TemplateFailure(f"a TOML key has at most {TOML_KEY_PARTS} parts with dots between")
    try:
        return _timeless(tomllib.loads(text), NESTING_LIMIT)
    except (RecursionError, ValueError):
        # what Python says of it holds pieces of the text
        raise TemplateFailure("this is no TOML") from None


def _timeless(value: Any, levels: int) -> Any:
    """Return TOML's data with dates and times as text."""
    if levels == 0:
        raise BoundExceeded("a value is nested too deeply", f"{NESTING_LIMIT} levels", fixed=True)
    if isinstance(value, dict):
        return {key: _timeless(each, levels - 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_timeless(each, levels - 1) for each in value]
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, float) and not math.isfinite(value):
        raise TemplateFailure("infinite and undefined numbers cannot be kept")
    return value
