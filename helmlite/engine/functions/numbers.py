"""Numbers and versions."""

from __future__ import annotations

import math
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, number, text_of
from helmlite.engine.functions.scope import FunctionScope
from helmlite.versions import Version, parse_constraint, parse_version


def _version(value: Any) -> Version:
    try:
        return parse_version(text_of(value).strip())
    except ValueError:
        raise TemplateFailure("this is no semantic version") from None


def number_functions(_scope: FunctionScope) -> Section:
    """Return the functions of this kind."""

    def rounded(value: Any, how: Any) -> int:
        found = number(value)
        if not math.isfinite(found):
            raise TemplateFailure("this number is not finite")
        return int(how(found))

    def semver(value: Any) -> dict[str, Any]:
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

    def compare(value: Any, constraint: Any) -> bool:
        try:
            wanted = parse_constraint(text_of(constraint))
        except ValueError as error:
            raise TemplateFailure(str(error)) from None
        return wanted.matches(_version(value))

    return Section(
        title="Numbers and versions",
        functions=[
            Function(
                name="floor",
                call=lambda value: rounded(value, math.floor),
                usage="number | floor",
                does="the next whole number down",
                examples=[("1.9 | floor", "1"), ("-1.1 | floor", "-2")],
            ),
            Function(
                name="ceil",
                call=lambda value: rounded(value, math.ceil),
                usage="number | ceil",
                does="the next whole number up",
                examples=[("1.1 | ceil", "2")],
            ),
            Function(
                name="semver",
                call=semver,
                usage="text | semver",
                does="major, minor, patch, prerelease, metadata and original of a version; missing numbers are 0",
                examples=[("('v1.36.2-rc.1' | semver).minor", "36")],
            ),
            Function(
                name="semver_compare",
                call=compare,
                usage="version | semver_compare(range)",
                does="whether a version lies in a range such as `>=1.30 <2`, `^1.2`, `~1.2.3` or `1.x || 2.x`",
                examples=[
                    ("'1.36.2' | semver_compare('>=1.30')", "true"),
                    ("'2.0.0-rc.1' | semver_compare('^2')", "false"),
                ],
            ),
        ],
    )
