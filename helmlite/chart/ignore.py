"""``.helmignore``: gitignore's rules, negation included. ``**`` is refused, as Helm refuses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helmlite.errors import ChartError

DEFAULT = "templates/.?*"
"""Dotfiles directly in ``templates/`` are ignored always."""
LEFTOVERS = ".helmlite-update"
"""The folder in which a change of ``charts/`` is prepared: no part of the chart, should a dead process leave it."""


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    negated: bool
    folders_only: bool
    by_path: bool


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules of one chart, in their order; the last one that matches decides."""

    rules: Sequence[_Rule]

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Return whether a path (from the chart's root, with slashes) is ignored.

        What is below an ignored folder is ignored with it, as in git; the caller does not go down there.
        """
        ignored = False
        for rule in self.rules:
            subject = path if rule.by_path else path.rpartition("/")[2]
            if (is_folder or not rule.folders_only) and rule.pattern.fullmatch(subject):
                ignored = not rule.negated
        return ignored


def parse_ignore(text: str, *, source: str) -> IgnoreRules:
    """Return the rules of a ``.helmignore``; raises ChartError with file and line for ``**`` and a bad pattern."""
    rules = [_rule(DEFAULT, source), _rule(f"/{LEFTOVERS}/", source)]
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        rules.append(_rule(stripped, f"{source}:{number}"))
    return IgnoreRules(tuple(rules))


def _rule(written: str, where: str) -> _Rule:
    negated = written.startswith("!")
    pattern = written[1:] if negated else written
    if "**" in pattern:
        raise ChartError(f"{where}: '**' is not supported in .helmignore", hint="write one rule for each folder")
    folders_only = pattern.endswith("/")
    pattern = pattern.rstrip("/")
    by_path = "/" in pattern
    pattern = pattern.removeprefix("/")
    if not pattern:
        raise ChartError(f"{where}: {written!r} is no pattern")
    return _Rule(re.compile(_translated(pattern, where)), negated, folders_only, by_path)


def _translated(pattern: str, where: str) -> str:
    """Return a path glob as a regular expression: ``*`` and ``?`` do not cross a slash.

    What follows a star is taken where it stands first, and not tried elsewhere (an atomic group); only what ends a
    part of the path is looked for at its end. So no pattern takes long.
    """
    parts: list[list[str]] = [[""]]
    position = 0
    while position < len(pattern):
        sign = pattern[position]
        position += 1
        if sign == "*":
            parts[-1].append("")
        elif sign == "/":
            parts.append([""])
        elif sign == "?":
            parts[-1][-1] += "[^/]"
        elif sign == "\\":
            if position == len(pattern):
                raise ChartError(f"{where}: {pattern!r} ends in a backslash")
            parts[-1][-1] += re.escape(pattern[position])
            position += 1
        elif sign == "[":
            end = _class_end(pattern, position)
            if end < 0:
                raise ChartError(f"{where}: {pattern!r} has a '[' without its ']'")
            parts[-1][-1] += _class(pattern[position:end], pattern, where)
            position = end + 1
        else:
            parts[-1][-1] += re.escape(sign)
    return "/".join(map(_part, parts))


def _part(pieces: list[str]) -> str:
    """Return the expression for one part of a path, from what stands between its stars."""
    first, *rest = pieces
    if not rest:
        return first
    return first + "".join(f"(?>[^/]*?{each})" for each in rest[:-1]) + f"[^/]*{rest[-1]}"


def _class_end(pattern: str, start: int) -> int:
    """Return where the ``]`` of a character class stands, -1 for none; the first sign of a class is never its end."""
    position = start + (pattern[start : start + 1] in ("^", "!"))
    first = position
    while position < len(pattern):
        if pattern[position] == "]" and position > first:
            return position
        position += 2 if pattern[position] == "\\" else 1
    return -1


def _class(inside: str, pattern: str, where: str) -> str:
    negated = inside[:1] in ("^", "!")
    body = inside[1:] if negated else inside
    made = "".join("-" if range_sign else re.escape(sign) for sign, range_sign in _class_signs(body))
    found = f"(?!/)[{'^' if negated else ''}{made}]"
    try:
        re.compile(found)
    except re.error:
        raise ChartError(f"{where}: {pattern!r} has a bad character class") from None
    return found


def _class_signs(body: str) -> Iterator[tuple[str, bool]]:
    """Yield each sign of a class, and whether it is the dash of a range."""
    position = 0
    while position < len(body):
        escaped = body[position] == "\\" and position + 1 < len(body)
        position += escaped
        yield body[position], body[position] == "-" and not escaped and 0 < position < len(body) - 1
        position += 1
