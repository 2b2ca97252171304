"""The methods of text that templates may call, each with its result's size checked before it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any

from helmlite.engine.bounds import BoundExceeded, Meter, size_text
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import Undefined, kind_of
from helmlite.engine.written import written

PLAIN = frozenset(
    [
        "count",
        "endswith",
        "find",
        "index",
        "isalnum",
        "isalpha",
        "isascii",
        "isdecimal",
        "isdigit",
        "isidentifier",
        "islower",
        "isnumeric",
        "isprintable",
        "isspace",
        "istitle",
        "isupper",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "rstrip",
        "startswith",
        "strip",
    ]
)
"""Methods whose result is no larger than the text, found in time linear in it."""

RECASED = frozenset(["capitalize", "casefold", "lower", "swapcase", "title", "upper"])
"""Methods that change letters; a few letters become three."""

SEARCHED_FROM_END = frozenset(["rfind", "rindex", "rpartition"])
"""Methods for which Python's search is not linear."""

SEARCH_STEPS = 1_000_000_000
"""Length of text times length of what is searched in it from the end."""

CONVERSION = re.compile(
    r"%(?:\((?P<key>[^)]*)\))?(?P<flags>[#0\- +]*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d*))?.?", re.S
)

LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def text_of(value: Any) -> str:
    """Return ``value``, which must be text; raises TemplateFailure, and for an undefined name its own error."""
    if isinstance(value, str):
        return value
    if isinstance(value, Undefined):
        return str(value)
    raise TemplateFailure(f"text was expected here, not {kind_of(value)}")


def whole(value: Any) -> int:
    """Return ``value``, which must be a whole number; raises TemplateFailure otherwise."""
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, int):
        raise TemplateFailure(f"a whole number was expected here, not {kind_of(value)}")
    return value


class TextMethods:
    """The bounded methods of text."""

    def __init__(self, meter: Meter, look_up: Callable[[Any, str, bool], Any]) -> None:
        """``look_up(object, name, is_attribute)`` is the sandbox's own, for the fields of ``format``."""
        self._meter = meter
        self._formatter = _BoundedFormatter(meter, look_up)

    def find(self, name: str) -> Callable[..., Any] | None:
        """Return the function ``(text, *args)`` behind a method's name, None for one that templates may not call."""
        if name in PLAIN:
            return lambda text, *args: getattr(text, name)(*args)
        if name in RECASED:
            return lambda text: self._made(getattr(text, name)())
        if name in SEARCHED_FROM_END:
            return lambda text, sought, *args: self._from_end(name, text, sought, *args)
        bounded: dict[str, Callable[..., Any]] = {
            "center": self.pad("center"),
            "ljust": self.pad("ljust"),
            "rjust": self.pad("rjust"),
            "zfill": self.pad("zfill"),
            "expandtabs": self.expand_tabs,
            "format": self.format,
            "format_map": lambda text, names: self.format(text, **names),
            "join": self.join,
            "replace": self.replace,
            "split": self.split,
            "rsplit": self._split_from_end,
            "splitlines": self.lines,
        }
        return bounded.get(name)

    def _made(self, text: str) -> str:
        self._meter.charge_text(len(text))
        return text

    def _from_end(self, name: str, text: str, sought: str, *args: Any) -> Any:
        if len(text) * len(text_of(sought)) > SEARCH_STEPS:
            raise BoundExceeded(f"{name} searches too long", f"{SEARCH_STEPS:,} steps", fixed=True)
        return getattr(text, name)(sought, *args)

    def pad(self, name: str) -> Callable[..., str]:
        """Return ``center``, ``ljust``, ``rjust`` or ``zfill`` with its width bounded."""

        def padded(text: str, width: int, *args: str) -> str:
            self._meter.charge_text(max(len(text), whole(width)))
            result: str = getattr(text, name)(width, *args)
            return result

        return padded

    def expand_tabs(self, text: str, tabsize: int = 8) -> str:
        """Return ``text`` with tabs as blanks."""
        self._meter.charge_text(len(text) + text.count("\t") * max(whole(tabsize), 0))
        return text.expandtabs(tabsize)

    def replace(self, text: str, old: str, new: str, count: int = -1) -> str:
        """Return ``text`` with ``old`` replaced by ``new``, at most ``count`` times when that is not negative."""
        found = text.count(text_of(old)) if old else len(text) + 1
        found = found if whole(count) < 0 else min(found, count)
        self._meter.charge_text(len(text) + found * max(len(text_of(new)) - len(old), 0))
        return text.replace(old, new, count)

    def join(self, text: str, parts: Iterable[Any]) -> str:
        """Return the parts, which must be text, with ``text`` between them."""
        listed = [text_of(part) for part in parts]
        self._meter.charge_text(sum(map(len, listed)) + len(text) * max(len(listed) - 1, 0))
        return text.join(listed)

    def split(self, text: str, sep: str | None = None, maxsplit: int = -1) -> list[str]:
        """Return the parts of ``text`` between ``sep`` (default: between blanks)."""
        limit = self._meter.bounds.range_items
        at_most = limit if whole(maxsplit) < 0 else min(maxsplit, limit)
        parts = text.split(sep, at_most)
        self._meter.charge_items(len(parts))
        return parts

    def _split_from_end(self, text: str, sep: str | None = None, maxsplit: int = -1) -> list[str]:
        limit = self._meter.bounds.range_items
        at_most = limit if whole(maxsplit) < 0 else min(maxsplit, limit)
        if sep is not None and len(text) * len(text_of(sep)) > SEARCH_STEPS:
            raise BoundExceeded("rsplit searches too long", f"{SEARCH_STEPS:,} steps", fixed=True)
        parts = text.rsplit(sep, at_most)
        self._meter.charge_items(len(parts))
        return parts

    def lines(self, text: str, keepends: bool = False) -> list[str]:
        """Return the lines of ``text``."""
        self._meter.charge_items(1 + sum(text.count(end) for end in LINE_ENDS))
        return text.splitlines(keepends)

    def format(self, text: str, *args: Any, **names: Any) -> str:
        """Return ``text`` with ``{}`` fields filled in, whose names obey the sandbox and whose widths are bounded."""
        try:
            return self._made(self._formatter.vformat(text, args, names))
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise TemplateFailure(f"this text is no format for these arguments ({type(error).__name__})") from None

    def percent(self, text: str, args: Any) -> str:
        """Return ``text % args``, with widths and precisions bounded."""
        if isinstance(args, Mapping):
            args = {key: self._formatter.plain(each) for key, each in args.items()}
            listed = list(args.values())
        else:
            args = tuple(self._formatter.plain(each) for each in (args if isinstance(args, tuple) else (args,)))
            listed = list(args)
        largest = max((self._meter.charge_value(each) for each in listed), default=0)
        room = 0
        for found in CONVERSION.finditer(text):
            for part in (found["width"], found["precision"]):
                if part == "*":
                    raise TemplateFailure("'*' as a width is not supported here", hint="Write the number.")
                room += _digits(part, self._meter)
            room += largest
        self._meter.charge_text(len(text) + room)
        try:
            return str(text % args)
        except (ValueError, KeyError, OverflowError) as error:
            raise TemplateFailure(f"this text is no format for these arguments ({type(error).__name__})") from None


def _digits(text: str | None, meter: Meter) -> int:
    if not text:
        return 0
    if len(text) > 12:
        raise BoundExceeded("a width is too large", size_text(meter.bounds.string_bytes))
    return int(text)


class _BoundedFormatter(Formatter):
    """``str.format`` whose attribute and item names go through the sandbox, and whose widths are counted first."""

    def __init__(self, meter: Meter, look_up: Callable[[Any, str, bool], Any]) -> None:
        self._meter = meter
        self._look_up = look_up

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
        first, *rest = re.split(r"(?=[.\[])", field_name)
        obj = self.get_value(int(first) if first.isdecimal() and len(first) < 6 else first, args, kwargs)
        for part in rest:
            name = part[1:].removesuffix("]") if part[0] == "[" else part[1:]
            obj = self._look_up(obj, name, part[0] == ".")
        return obj, first

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return super().convert_field(self.plain(value), conversion)

    def format_field(self, value: Any, format_spec: str) -> Any:
        room = sum(_digits(number, self._meter) for number in re.findall(r"\d+", format_spec))
        self._meter.charge_text(room + self._meter.charge_value(value))
        return format(value, format_spec)

    def plain(self, value: Any) -> Any:
        """Return a number or text as it is, anything else as the text that printing it gives."""
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return value
        return written(value, self._meter)
