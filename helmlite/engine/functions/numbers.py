"""Numbers, what text says of numbers and truth, and versions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, kind_of, number, short, text_of
from helmlite.engine.functions.scope import FunctionScope
from helmlite.engine.missing import Undefined
from helmlite.versions import Version, parse_constraint, parse_version

DIGITS = 400
_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_OCTAL = re.compile(r"(?:0o?)?[0-7]{1,22}", re.ASCII)
_TRUE = frozenset({"true", "yes", "on", "y", "t", "1"})
_FALSE = frozenset({"false", "no", "off", "n", "f", "0", ""})


def _to_int(value: Any) -> int:
    if isinstance(value, str):
        text = short(value, DIGITS, "the text of a number").strip()
        if not _WHOLE.fullmatch(text):
            raise TemplateFailure("this text is no whole number", hint="`| to_float` takes decimals.")
        return int(text)
    found = number(value)
    if found != int(found):
        raise TemplateFailure("this number is not whole", hint="`| floor`, `| ceil` or `| round | to_int` make it so.")
    return int(found)


def _to_float(value: Any) -> float:
    if isinstance(value, str):
        text = short(value, DIGITS, "the text of a number").strip()
        if not _DECIMAL.fullmatch(text):
            raise TemplateFailure("this text is no number")
        return number(float(text))
    try:
        return float(number(value))
    except OverflowError:
        raise TemplateFailure("this number is too large for a decimal one") from None


def _to_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value) if isinstance(value, int) and value in (0, 1) else text_of(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise TemplateFailure("this text says neither true nor false")


def _from_octal(value: Any) -> int:
    text = str(value) if isinstance(value, int) and 0 <= value < 8**22 else text_of(value).strip()
    if not _OCTAL.fullmatch(text):
        raise TemplateFailure("these are no octal digits")
    return int(text.removeprefix("0o"), 8)


def _rounded(how: Callable[[float], int]) -> Callable[[Any], int]:
    return lambda value: how(number(value))


def _version(value: Any) -> Version:
    try:
        return parse_version(short(value, 256, "a version").strip())
    except ValueError:
        raise TemplateFailure("this is no semantic version", hint="Write it as in 1.2.3 or v1.2.3-rc.1.") from None


def _semver(value: Any) -> dict[str, Any]:
    found = _version(value)
    major, minor, patch = found.numbers
    return {
        "major": major,
        "minor": minor,
        "patch": patch,
        "prerelease": found.prerelease,
        "metadata": found.build,
        "original": found.text,
    }


def _semver_compare(value: Any, constraint: Any) -> bool:
    try:
        wanted = parse_constraint(short(constraint, 1024, "a version range"))
    except ValueError:
        raise TemplateFailure("this is no version range", hint="Write it as in >=1.30 <2 or ^1.2.") from None
    return wanted.matches(_version(value))


def _kind(value: Any) -> str:
    if isinstance(value, Undefined):
        return "undefined"
    return kind_of(value).removeprefix("a ").removeprefix("an ")


def number_functions(_scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    return Section(
        title="Numbers, conversions, versions",
        note="Jinja2's own `int` and `float` give a default (0) for what is no number; those here give an error. "
        "Arithmetic is done by operators (`+ - * / // % **`), and `[a, b] | max` and `min` choose.",
        functions=[
            Function(
                name="to_int",
                call=_to_int,
                usage="value | to_int",
                does="the whole number that a text or number is; anything else is an error",
                examples=[("'42' | to_int", "42"), ("8.0 | to_int", "8")],
            ),
            Function(
                name="to_float",
                call=_to_float,
                usage="value | to_float",
                does="the decimal number that a text or number is; anything else is an error",
                examples=[("'1e3' | to_float", "1000.0")],
            ),
            Function(
                name="to_bool",
                call=_to_bool,
                usage="value | to_bool",
                does="true for true, yes, on, y, t, 1; false for false, no, off, n, f, 0 and empty text; else an error",
                examples=[("'Yes' | to_bool", "true")],
            ),
            Function(
                name="from_octal",
                call=_from_octal,
                usage="digits | from_octal",
                does="the number that octal digits write, as file modes are",
                examples=[("'0644' | from_octal", "420"), ("644 | from_octal", "420")],
            ),
            Function(
                name="kind_of",
                call=_kind,
                usage="value | kind_of",
                does="`mapping`, `list`, `text`, `number`, `boolean`, `null`, `undefined`, `object` or `function`",
                examples=[("[1] | kind_of", "list"), ("none | kind_of", "null")],
                takes_undefined=True,
            ),
            Function(
                name="floor",
                call=_rounded(math.floor),
                usage="number | floor",
                does="the next whole number down",
                examples=[("1.9 | floor", "1"), ("-1.1 | floor", "-2")],
            ),
            Function(
                name="ceil",
                call=_rounded(math.ceil),
                usage="number | ceil",
                does="the next whole number up",
                examples=[("1.1 | ceil", "2")],
            ),
            Function(
                name="semver",
                call=_semver,
                usage="version | semver",
                does="`major`, `minor`, `patch`, `prerelease`, `metadata` and `original`; missing numbers are 0",
                examples=[("('v1.36.2-rc.1' | semver).minor", "36")],
            ),
            Function(
                name="semver_compare",
                call=_semver_compare,
                usage="version | semver_compare(range)",
                does="whether a version lies in a range such as `>=1.30 <2`, `^1.2`, `~1.2.3` or `1.x || 2.x`; one "
                "with a suffix, as vendors of Kubernetes give it, only lies in a range that names one",
                examples=[
                    ("'1.36.2' | semver_compare('>=1.30')", "true"),
                    ("'v1.36.2-gke.1' | semver_compare('>=1.30')", "false"),
                    ("'v1.36.2-gke.1' | semver_compare('>=1.30-0')", "true"),
                ],
            ),
        ],
    )
