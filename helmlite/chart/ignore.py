"""``.helmignore``: gitignore's rules, negation included. ``**`` is refused, as Helm refuses it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from helmlite.errors import ChartError

DEFAULT = "templates/.?*"
"""Dotfiles directly in ``templates/`` are ignored always."""


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
    rules = [_rule(DEFAULT, source)]
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
    """Return a path glob as a regular expression: ``*`` and ``?`` do not cross a slash."""
    made, position = [], 0
    while position < len(pattern):
        sign = pattern[position]
        position += 1
        if sign == "*":
            made.append("[^/]*")
        elif sign == "?":
            made.append("[^/]")
        elif sign == "\\":
            if position == len(pattern):
                raise ChartError(f"{where}: {pattern!r} ends in a backslash")
            made.append(re.escape(pattern[position]))
            position += 1
        elif sign == "[":
            end = pattern.find("]", position + 2 if pattern[position : position + 1] in "^!" else position + 1)
            if end < 0:
                raise ChartError(f"{where}: {pattern!r} has a '[' without its ']'")
            made.append(_class(pattern[position:end], pattern, where))
            position = end + 1
        else:
            made.append(re.escape(sign))
    return "".join(made)


def _class(inside: str, pattern: str, where: str) -> str:
    negated = inside[:1] in ("^", "!")
    body = inside[1:] if negated else inside
    escaped = body.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("^", "\\^").replace("&", "\\&")
    made = f"(?!/)[{'^' if negated else ''}{escaped.replace('~', chr(92) + '~').replace('|', chr(92) + '|')}]"
    try:
        re.compile(made)
    except re.error:
        raise ChartError(f"{where}: {pattern!r} has a bad character class") from None
    return made
