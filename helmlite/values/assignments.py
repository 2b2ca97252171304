"""The grammar of ``--set`` and its kin: text into paths and values (Helm's rules, helm-compatible edge cases)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from helmlite import documents
from helmlite.errors import ValuesError

MAX_INDEX = 65_536
MAX_DEPTH = 31
"""Segments of a path: one more than the dots that may part them."""

_KEY = re.compile(r"[A-Za-z0-9_./-]+")
Path = tuple[str | int, ...]
Typed = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Assignment:
    """One value at one path."""

    path: Path
    value: Any


def parse_assignments(text: str, flag: str, typed: Typed) -> list[Assignment]:
    """Return the assignments of ``key=value,key=value``; ``typed`` makes a value of its text. Raises ValuesError."""
    return _Parsing(text, flag, typed).run()


def parse_json_assignments(text: str, flag: str) -> list[Assignment]:
    """Return the assignments of ``key=json,key=json``; an empty value is null."""
    return _JsonParsing(text, flag, str).run()


def parse_literal(text: str, flag: str) -> Assignment:
    """Return the one assignment of ``--set-literal``: nothing is escaped, the rest after ``=`` is the value."""
    key, equals, value = text.partition("=")
    if not equals:
        raise ValuesError(f"{flag} {shown(key)}: there is no value", hint=f"write {flag} KEY=VALUE")
    parsing = _Parsing(f"{key}=", flag, str, escapes=False)
    found = parsing.run()
    if len(found) != 1:
        raise ValuesError(f"{flag} {shown(key)}: this is no key")
    return Assignment(found[0].path, value)


def scalar(text: str) -> Any:
    """Return what ``--set`` takes a value for: a boolean, null, a 64-bit integer without leading zero, or text."""
    word = text.lower()
    if word in ("true", "false"):
        return word == "true"
    if word == "null":
        return None
    if text == "0":
        return 0
    digits = text[1:] if text[:1] in ("+", "-") else text
    if digits.isascii() and digits.isdigit() and not text.startswith("0"):
        bare = digits.lstrip("0")
        number = int(f"{text[0] if text[0] == '-' else ''}{bare or 0}") if len(bare) <= 20 else 1 << 64
        if -(1 << 63) <= number < 1 << 63:
            return number
    return text


def assign(data: dict[str, Any], path: Path, value: Any, flag: str) -> None:
    """Put a value at a path, making mappings and lists on the way; raises ValuesError where another type is."""
    holder: Any = data
    for depth, (step, following) in enumerate(zip(path, (*path[1:], None), strict=True)):
        if isinstance(step, int) and step >= len(holder):
            holder.extend([None] * (step + 1 - len(holder)))
        if following is None:
            holder[step] = value
            return
        below = holder[step] if isinstance(step, int) else holder.get(step)
        wanted: type = list if isinstance(following, int) else dict
        if below is None:
            below = wanted()
            holder[step] = below
        elif not isinstance(below, wanted):
            what = "list" if wanted is list else "mapping"
            raise ValuesError(f"{flag} {dotted(path)}: {dotted(path[: depth + 1])} is set already, and is no {what}")
        holder = below


def _is_key(step: str | int) -> bool:
    return isinstance(step, int) or bool(_KEY.fullmatch(step))


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as people write it: ``a.b[0].c``."""
    made = ""
    for step in path:
        made += f"[{step}]" if isinstance(step, int) else f".{shown(step)}" if made else shown(step)
    return made


def shown(key: str) -> str:
    """Return a key for a message: short, and on one line."""
    cut = key if len(key) <= 80 else f"{key[:77]}..."
    return cut if cut.isprintable() else repr(cut)[1:-1]


class _Parsing:
    """One argument, read from its start."""

    def __init__(self, text: str, flag: str, typed: Typed, *, escapes: bool = True) -> None:
        self.text, self.flag, self.typed, self.escapes = text, flag, typed, escapes
        self.at = 0
        self.before: Path | None = None

    def run(self) -> list[Assignment]:
        found: list[Assignment] = []
        while self.at < len(self.text):
            path = self.path()
            value = self.value(path)
            if path is not None:
                found.append(Assignment(path, value))
            self.before = path or self.before
        return found

    def fault(self, path: Path, reason: str, hint: str | None = None) -> ValuesError:
        """Return the error that the value at ``path`` is at fault."""
        return ValuesError(f"{f'{self.flag} {dotted(path)}'.rstrip()}: {reason}", hint=hint)

    def key_fault(self, path: Path, reason: str, hint: str | None = None) -> ValuesError:
        """Return the error that a key is; behind a comma it is not shown, since it may be the rest of a password."""
        if self.before is None:
            return self.fault(path, reason, hint)
        return self.fault(
            self.before,
            "what comes after the comma behind its value is no KEY=VALUE",
            "a comma that belongs to the value is written \\, or use --set-literal",
        )

    def path(self) -> Path | None:
        """Read up to and with the equals sign; None for ``=value`` without a key, which Helm passes over."""
        steps: list[str | int] = []
        names = 0
        while True:
            name, stop = self.word(".[=,")
            if not name and stop == "=" and not steps:
                return None
            if not name:
                raise self.key_fault(tuple(steps), "a part of the key is empty")
            steps.append(name)
            names += 1
            if names > MAX_DEPTH:
                raise self.key_fault(tuple(steps[:3]), f"the key has more than {MAX_DEPTH} parts")
            while stop == "[":
                steps.append(self.index(tuple(steps)))
                if len(steps) > 2 * MAX_DEPTH:
                    raise self.key_fault(tuple(steps[:3]), f"the key has more than {2 * MAX_DEPTH} parts")
                stop = self.text[self.at : self.at + 1]
                self.at += 1
                if stop not in (".", "[", "="):
                    raise self.key_fault(tuple(steps), "after a list index comes '.', '[' or '='")
            if stop == "=":
                return tuple(steps)
            if stop in ("", ","):
                # what was meant as the value (KEY:VALUE) is not shown, nor what comes after it
                odd = next((at for at, each in enumerate(steps) if not _is_key(each)), len(steps))
                steps = [*steps[:odd], *(["..."] if odd < len(steps) else [])]
                raise self.key_fault(tuple(steps), "there is no value", f"write {self.flag} KEY=VALUE")

    def word(self, stops: str) -> tuple[str, str]:
        """Read up to one of ``stops``; return what was read, and which one it was (empty at the end)."""
        made = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            self.at += 1
            if sign == "\\" and self.escapes:
                made.append(self.text[self.at : self.at + 1])
                self.at += 1
            elif sign in stops:
                return "".join(made), sign
            else:
                made.append(sign)
        return "".join(made), ""

    def index(self, before: Path) -> int:
        end = self.text.find("]", self.at)
        written = self.text[self.at : end] if end >= 0 else ""
        digits = written.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 20:
            raise self.key_fault(before, "a list index is a number in brackets, as in [0]")
        number = int(written)
        if number < 0:
            raise self.key_fault(before, "a list index cannot be negative")
        if number > MAX_INDEX:
            raise self.key_fault(before, f"a list index cannot be above {MAX_INDEX}")
        self.at = end + 1
        return number

    def value(self, path: Path | None) -> Any:
        if self.text[self.at : self.at + 1] == "{":
            self.at += 1
            return self.items(path or ())
        written, _ = self.word(",")
        return self.typed(written)

    def items(self, path: Path) -> list[Any]:
        found = []
        while True:
            written, stop = self.word(",}")
            if not stop:
                raise self.fault(path, "the list has no closing '}'", "quote the argument for your shell")
            found.append(self.typed(written))
            if stop == "}":
                if self.text[self.at : self.at + 1] == ",":
                    self.at += 1
                return found


class _JsonParsing(_Parsing):
    """The same keys, with JSON as values."""

    def value(self, path: Path | None) -> Any:
        rest = self.text[self.at :]
        start = len(rest) - len(rest.lstrip(" \t\r\n"))
        if not rest.strip(" \t\r\n") or rest[start] == ",":
            self.at += start + 1
            return None
        try:
            _, end = json.JSONDecoder().raw_decode(rest, start)
            value = documents.read_json(rest[start:end])
        except (ValueError, RecursionError):
            raise self.fault(
                path or (), "its value is no JSON", 'text is written in quotes, as in KEY="text"'
            ) from None
        after = rest[end:].lstrip(" \t\r\n")
        if after and not after.startswith(","):
            raise self.fault(path or (), "something other than a comma comes after its JSON value")
        self.at += len(rest) - len(after) + (1 if after else 0)
        return value
