"""Jinja2's own filters on text and numbers, each with its result's size checked before it is made.

What only HTML needs (``xmlattr``, ``urlize``, ``striptags`` ...) is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from helmlite.engine.bounds import BoundExceeded
from helmlite.engine.environment import ChartEnvironment
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import Undefined, kind_of
from helmlite.engine.positions.text import TemplateText, indented
from helmlite.engine.text_methods import text_of, whole

DIGITS = 400
"""Digits of text that ``int`` and ``float`` read."""


class StandardText:
    """The filters, bound to one environment."""

    def __init__(self, environment: ChartEnvironment) -> None:
        self._environment = environment
        self._meter = environment.meter
        self._methods = environment.text_methods

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {
            "abs": self._abs,
            "capitalize": self._method("capitalize"),
            "center": self._center,
            "e": self._escape,
            "escape": self._escape,
            "filesizeformat": self._file_size,
            "float": self._float,
            "format": self._format,
            "indent": self._indent,
            "int": self._int,
            "lower": self._method("lower"),
            "replace": self._replace,
            "round": self._round,
            "string": self._environment.written,
            "title": self._title,
            "tojson": self._to_json,
            "trim": self._trim,
            "truncate": self._truncate,
            "upper": self._method("upper"),
            "urlencode": self._url_encode,
            "wordcount": self._word_count,
            "wordwrap": self._word_wrap,
        }

    def _method(self, name: str) -> Callable[..., Any]:
        method = self._methods.find(name)
        assert method is not None, name  # noqa: S101 - our own list of names
        return lambda value: method(self._environment.written(value))

    def _center(self, value: Any, width: int = 80) -> Any:
        return self._methods.pad("center")(self._environment.written(value), width)

    def _abs(self, value: Any) -> float:
        return abs(_number(value))  # type: ignore[no-any-return]  # a number of the same kind

    def _escape(self, value: Any) -> str:
        text = self._environment.written(value)
        for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ('"', "&#34;")):
            text = self._methods.replace(text, sign, entity)
        return text

    def _file_size(self, value: Any, binary: bool = False) -> str:
        size = self._float(value, None)
        if size is None:
            raise TemplateFailure(f"a number was expected here, not {kind_of(value)}")
        base = 1024 if binary else 1000
        if size < base:
            return f"{size:.0f} Byte{'' if size == 1 else 's'}"
        for power, letter in enumerate("kMGTPEZY", start=1):
            if size < base ** (power + 1) or letter == "Y":
                break
        return f"{size / base**power:.1f} {letter.upper() + 'i' if binary else letter}B"

    def _int(self, value: Any, default: Any = 0, base: int = 10) -> Any:
        if isinstance(value, Undefined):
            str(value)
        try:
            if isinstance(value, str):
                if len(value) > DIGITS:
                    raise BoundExceeded("text is too long for a number", f"{DIGITS} digits", fixed=True)
                return int(value, whole(base))
            return int(value)
        except (TypeError, ValueError, OverflowError):
            try:
                return int(float(value))
            except (TypeError, ValueError, OverflowError):
                return default

    def _float(self, value: Any, default: Any = 0.0) -> Any:
        if isinstance(value, Undefined):
            str(value)
        if isinstance(value, str) and len(value) > DIGITS:
            raise BoundExceeded("text is too long for a number", f"{DIGITS} digits", fixed=True)
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            return default

    def _round(self, value: Any, precision: int = 0, method: str = "common") -> Any:
        number = _number(value)
        if not -300 <= whole(precision) <= 300:
            raise TemplateFailure("round keeps at most 300 digits")
        if method == "common":
            return round(number, precision)
        if method not in ("ceil", "floor"):
            raise TemplateFailure("round's method is 'common', 'ceil' or 'floor'")
        factor = 10.0**precision
        scaled = number * factor
        whole_part = int(scaled // 1)
        return (whole_part + (method == "ceil" and scaled != whole_part)) / factor

    def _format(self, value: Any, *args: Any, **kwargs: Any) -> str:
        if args and kwargs:
            raise TemplateFailure("format takes arguments by position or by name, not both")
        return self._methods.percent(text_of(value), kwargs or args)

    def _indent(self, value: Any, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
        text = self._environment.written(value)
        if not isinstance(width, str):
            self._meter.charge_text(whole(width))
            width = " " * width
        self._meter.charge_text(len(text) + (text.count("\n") + 1) * len(width))
        lines = text.split("\n")
        shifted = [line if not line and not blank else width + line for line in lines]
        if not first:
            shifted[0] = lines[0]
        return indented(value, "\n".join(shifted), width, first=width if first else "")

    def _replace(self, value: Any, old: Any, new: Any, count: int | None = None) -> str:
        written = self._environment.written
        return self._methods.replace(written(value), written(old), written(new), -1 if count is None else count)

    def _title(self, value: Any) -> str:
        text = self._environment.written(value)
        parts = re.split(r"([-\s({\[<]+)", text, maxsplit=self._meter.bounds.range_items)
        return "".join(part[:1].upper() + part[1:].lower() for part in parts)

    def _trim(self, value: Any, chars: str | None = None) -> str:
        if isinstance(value, TemplateText) and chars is None:
            return value.trimmed()
        return self._environment.written(value).strip(chars)

    def _truncate(
        self, value: Any, length: int = 255, killwords: bool = False, end: str = "...", leeway: int = 5
    ) -> str:
        text = self._environment.written(value)
        if whole(length) < len(text_of(end)) or whole(leeway) < 0:
            raise TemplateFailure("truncate's length must hold its end mark")
        if len(text) <= length + leeway:
            return text
        kept = text[: length - len(end)]
        return (kept if killwords else kept.rsplit(" ", 1)[0]) + end

    def _to_json(self, value: Any, indent: int | None = None) -> str:
        if indent is not None and not 0 <= whole(indent) <= 16:
            raise TemplateFailure("tojson indents by 0 to 16 blanks")
        self._meter.charge_value(value)
        pieces: list[str] = []
        encoder = json.JSONEncoder(ensure_ascii=False, indent=indent, allow_nan=False, default=_no_json)
        try:
            for piece in encoder.iterencode(value):
                self._meter.charge_text(len(piece))
                pieces.append(piece)
        except ValueError:
            raise TemplateFailure("JSON has no word for an infinite number") from None
        return TemplateText.yaml("".join(pieces))

    def _url_encode(self, value: Any) -> str:
        if isinstance(value, Mapping):
            parts = [f"{self._quoted(key)}={self._quoted(item)}" for key, item in value.items()]
            return self._methods.join("&", parts)
        return self._quoted(value, safe="/")

    def _quoted(self, value: Any, safe: str = "") -> str:
        text = self._environment.written(value)
        self._meter.charge_text(len(text) * 3)
        return quote(text, safe=safe)

    def _word_count(self, value: Any) -> int:
        return sum(1 for _ in re.finditer(r"\w+", self._environment.written(value)))

    def _word_wrap(self, value: Any, width: int = 79, break_long_words: bool = True, wrapstring: str = "\n") -> str:
        if whole(width) < 1:
            raise TemplateFailure("wordwrap's width is 1 or more")
        lines: list[str] = []
        for line in self._methods.split(self._environment.written(value), "\n"):
            current = ""
            for word in self._methods.split(line, " "):
                self._meter.tick()
                rest = word
                if current and len(current) + 1 + len(rest) <= width:
                    current += " " + rest
                    continue
                if current:
                    lines.append(current)
                while break_long_words and len(rest) > width:
                    self._meter.tick()
                    lines.append(rest[:width])
                    rest = rest[width:]
                current = rest
            lines.append(current)
            self._meter.charge_items(1)
        return self._methods.join(text_of(wrapstring), lines)


def _number(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, int | float):
        raise TemplateFailure(f"a number was expected here, not {kind_of(value)}")
    return value


def _no_json(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, range):
        return list(value)
    raise TemplateFailure(f"{kind_of(value)} cannot be written as JSON")
