"""Regular expressions in linear time (RE2's syntax: no lookahead, no back-references in patterns)."""

from __future__ import annotations

import functools
import re
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, text_of, whole
from helmlite.engine.functions.scope import FunctionScope

PATTERN_CHARS = 4096
_GROUP = re.compile(r"\\(?:(\d)|(\\))")


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2

    if len(pattern) > PATTERN_CHARS:
        raise TemplateFailure(f"a pattern has at most {PATTERN_CHARS} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(pattern, options=options)
    except re2.error:
        raise TemplateFailure(
            "this is no regular expression that can be used here",
            hint="Patterns run in linear time: they have no lookahead and no back-references.",
        ) from None


def pattern_functions(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    meter = scope.meter

    def compiled(pattern: Any) -> Any:
        return _compiled(text_of(pattern))

    def find_all(value: Any, pattern: Any, count: int = -1) -> list[str]:
        found: list[str] = []
        for each in compiled(pattern).finditer(text_of(value)):
            if 0 <= whole(count) <= len(found):
                break
            meter.tick()
            found.append(each.group(0))
            if len(found) % 1000 == 0:
                meter.charge_items(1000)
                meter.charge_items(len(found))
        meter.charge_items(len(found))
        return found

    def find(value: Any, pattern: Any) -> str:
        found = compiled(pattern).search(text_of(value))
        return found.group(0) if found else ""

    def groups(value: Any, pattern: Any) -> list[str | None]:
        found = compiled(pattern).search(text_of(value))
        return [found.group(0), *found.groups()] if found else []

    def replaced(value: Any, pattern: Any, replacement: Any, *, literal: bool) -> str:
        text, new = text_of(value), text_of(replacement)
        parts = [(new, None)] if literal else _replacement(new)
        pieces, at, size = [], 0, 0
        for found in compiled(pattern).finditer(text):
            meter.tick()
            made = "".join(piece if group is None else _group(found, group) for piece, group in parts)
            pieces += [text[at : found.start()], made]
            size += found.start() - at + len(made)
            meter.check_size(size)
            at = found.end()
        meter.charge_text(size + len(text) - at)
        return "".join([*pieces, text[at:]])

    def split(value: Any, pattern: Any) -> list[str]:
        text = text_of(value)
        parts, at = [], 0
        for found in compiled(pattern).finditer(text):
            if found.end() == found.start():
                continue
            parts.append(text[at : found.start()])
            at = found.end()
            if len(parts) % 1000 == 0:
                meter.charge_items(len(parts))
        meter.charge_items(len(parts) + 1)
        return [*parts, text[at:]]

    return Section(
        title="Regular expressions",
        functions=[
            Function(
                name="regex_match",
                call=lambda value, pattern: compiled(pattern).search(text_of(value)) is not None,
                usage="text | regex_match(pattern)",
                does="whether the pattern is found anywhere; `^` and `$` bind it to the ends",
                examples=[("'web-12' | regex_match('^[a-z]+-[0-9]+$')", "true")],
            ),
            Function(
                name="regex_find",
                call=find,
                usage="text | regex_find(pattern)",
                does="the first match, empty text when there is none",
                examples=[("'v1.22.3' | regex_find('[0-9]+')", "1")],
            ),
            Function(
                name="regex_find_all",
                call=find_all,
                usage="text | regex_find_all(pattern, count=-1)",
                does="all matches, or the first `count`",
                examples=[("'a1b22' | regex_find_all('[0-9]+')", '["1", "22"]')],
            ),
            Function(
                name="regex_groups",
                call=groups,
                usage="text | regex_groups(pattern)",
                does="the first match and its groups, an empty list when there is none",
                examples=[("'a=b' | regex_groups('(.)=(.)')", '["a=b", "a", "b"]')],
            ),
            Function(
                name="regex_replace",
                call=lambda value, pattern, new: replaced(value, pattern, new, literal=False),
                usage="text | regex_replace(pattern, replacement)",
                does=r"every match replaced; `\1` in the replacement is the first group, `\0` the match",
                examples=[(r"'a-b' | regex_replace('(\\w)-(\\w)', '\\2+\\1')", "b+a")],
            ),
            Function(
                name="regex_replace_literal",
                call=lambda value, pattern, new: replaced(value, pattern, new, literal=True),
                usage="text | regex_replace_literal(pattern, replacement)",
                does="every match replaced by a text as it is",
                examples=[(r"'a-b' | regex_replace_literal('-', '\\1')", r"a\1b")],
            ),
            Function(
                name="regex_split",
                call=split,
                usage="text | regex_split(pattern)",
                does="the parts of the text between matches",
                examples=[("'a, b;c' | regex_split('[,;] *')", '["a", "b", "c"]')],
            ),
            Function(
                name="regex_quote",
                call=lambda value: re.escape(text_of(value)),
                usage="text | regex_quote",
                does="a pattern that matches just this text",
                examples=[("'a.b' | regex_quote", r"a\.b")],
            ),
        ],
    )


def _replacement(text: str) -> list[tuple[str, int | None]]:
    """Return a replacement as literal pieces and group numbers."""
    parts: list[tuple[str, int | None]] = []
    at = 0
    for found in _GROUP.finditer(text):
        parts.append((text[at : found.start()], None))
        parts.append(("\\", None) if found[2] else ("", int(found[1])))
        at = found.end()
    parts.append((text[at:], None))
    return parts


def _group(found: Any, number: int) -> str:
    if number > found.re.groups:
        raise TemplateFailure(f"the pattern has no group {number}")
    return found.group(number) or ""
