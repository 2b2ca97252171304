"""Lines of a Secret, or of the template that makes one, as messages show them: without the texts that stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helmlite.manifest.redact import HIDDEN

_SECRET = re.compile(r"\bkind[\"']?\s*:\s*[\"']?Secret\b|[\"']Secret[\"']|\bstringData\b")
_KIND = re.compile(r"\bkind[\"']?[ \t]*:([^\n]*)")
_KEY = re.compile(r"\s*(?:- +)*[\"']?[\w./-]+[\"']?:(?=\s|$)\s*")
_HARMLESS = re.compile(r"(?:apiVersion|kind|metadata):\s")
"""How a line begins of which all is shown: one of an object's own, not of a file that its data holds."""

_WORD = re.compile(r"\S.*\S|\S")
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`"
"""A text, as Go's templates may write it too."""

_CONSTANT = re.compile(rf"{_QUOTED}|(?<![\w.])\d[\w.]{{4,}}", re.DOTALL)
"""A text or a number of an expression; numbers of a few digits are indexes and ports rather than secrets."""

_OPENING = re.compile(r"\{[{%#]")
_RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
_AFTER_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_AFTER_COMMENT = re.compile(r"#\}")
_TOKEN = re.compile(rf"{_QUOTED}|\{{[{{%#]|%\}}|[{{}}\"'`]", re.DOTALL)
_NEXT_KEY = re.compile(r"\n[ \t]*(?:- +)*[\w./-]+:\s")
"""What shows that an expression was left open, though something below ends it."""


def holds_secret(text: str) -> bool:
    """Return whether a template, or what it rendered, says that there is a Secret in it."""
    return bool(_SECRET.search(text)) or any(re.search(r"\bSecret\b", found[1]) for found in _KIND.finditer(text))


def without_literals(text: str, *, is_template: bool) -> list[str]:
    """Return the lines of a Secret, or of its template, with its data hidden: of a template expressions are shown."""
    shown = ""
    for is_code, part in _parts(text) if is_template else [(False, text)]:
        if is_code:
            shown += without_texts(part)
            continue
        first, *others = part.split("\n")
        shown += _WORD.sub(HIDDEN, first) if shown and not shown.endswith("\n") else _without_data(first)
        shown += "".join(f"\n{_without_data(each)}" for each in others)
    return shown.split("\n")


def without_texts(expression: str) -> str:
    """Return an expression of a template with its texts and long numbers hidden; it keeps its lines."""
    return _CONSTANT.sub(lambda found: HIDDEN + "\n" * found[0].count("\n"), expression)


def _without_data(line: str) -> str:
    """Return a line of YAML with its key alone; ``line`` may end where an expression begins."""
    if _HARMLESS.match(line):
        return line
    key = _KEY.match(line)
    start = key[0] if key is not None else ""
    return start + _WORD.sub(HIDDEN, line[len(start) :])


def _parts(source: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a template, each with whether it is code; comments, raw text and what is left open are not."""
    begun = at = 0
    while (opening := _OPENING.search(source, at)) is not None:
        at = opening.start()
        after = _AFTER_COMMENT if opening[0] == "{#" else _AFTER_RAW if _RAW.match(source, at) else None
        found = after.search(source, at) if after else None
        end = found.end() if found else None if after else _end_of_code(source, at)
        if end is None or (after is None and _NEXT_KEY.search(without_texts(source[at:end]))):
            break
        if after is None:
            yield False, source[begun:at]
            yield True, source[at:end]
            begun = end
        at = end
    yield False, source[begun:]


def _end_of_code(source: str, at: int) -> int | None:
    """Return where the expression or tag that opens at ``at`` is over, None where it is left open."""
    depth = 0
    for token in _TOKEN.finditer(source, at + 2):
        sign = token[0]
        if sign == "{":
            depth += 1
        elif sign == "}" and depth:
            depth -= 1
        elif sign == "%}" and depth:
            depth -= 1  # a remainder of what a mapping in braces ends with
        elif sign == "%}" and source[at + 1] == "%":
            return token.end()
        elif sign == "}" and source[at + 1] == "{" and source[token.end() : token.end() + 1] == "}":
            return token.end() + 1
        elif sign in ("{{", "{%", "{#", '"', "'", "`"):
            return None
    return None
