"""Scalars that expressions are part of: their text, and whether it can stand in the style that the author chose."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from helmlite import documents
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.positions.position import Position
from helmlite.engine.positions.state import state_of, step
from helmlite.engine.positions.text import Piece

STAND_IN = 0xF0000
"""The first character of a private plane: one each stands for a text while YAML's reader folds what is around it."""

_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
_BREAK = re.compile(r"[ \t]*\r?\n[ \t\r\n]*")
_INDENTED = re.compile(r"\n( *)\Z")
_ENDS_LINE = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_STAND_INS = re.compile(f"[{chr(STAND_IN)}-{chr(STAND_IN + 0xFFFD)}]")


def comment(text: str) -> str:
    """Return text as a comment shows it: on one line, with control characters spelled."""
    return documents.escaped(text).replace('\\"', '"').replace("\\\\", "\\") if _ODD.search(text) else text


_ODD = re.compile(r"[\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")


def folded(parts: Sequence[Piece], text_of: Callable[[Any], str]) -> str:
    """Return the text of a plain scalar: line breaks of the template's own fold, those of values stay."""
    made = []
    for each in parts:
        if isinstance(each, tuple):
            made.append(text_of(each[0]))
        else:
            made.append(_BREAK.sub(_fold, each) if "\n" in each else str(each))
    return "".join(made)


def _fold(found: re.Match[str]) -> str:
    return "\n" * (found[0].count("\n") - 1) or " "


def is_block(parts: Sequence[Piece]) -> bool:
    """Return whether a template's text is a block mapping or list, which cannot follow its key on the same line."""
    line = ""
    for each in parts:
        line += "x" if isinstance(each, tuple) else each
        if "\n" in line:
            break
    return bool(step(_ROOT, line.partition("\n")[0] + "\n").after.at.open)


_ROOT = state_of(Position())


def single_quoted(parts: Sequence[Piece], texts: Sequence[str]) -> str | None:
    """Return a text in single quotes, None when it cannot stand there."""
    if any(_UNSAFE.search(each) or "\n" in each or "\t" in each for each in texts):
        return None
    if any("\n" in each for each in parts if isinstance(each, str)):
        return None
    left = iter(texts)
    return "".join(each if isinstance(each, str) else next(left).replace("'", "''") for each in parts)


def block(parts: Sequence[Piece], texts: Sequence[str], indent: int) -> str | None:
    """Return a block scalar with its texts put in, None when one of them would be read as something else."""
    is_literal = str(parts[0]).startswith("|")
    made = ""
    left = iter(texts)
    has_content = False
    for index, each in enumerate(parts):
        if isinstance(each, str):
            made += each
            has_content = has_content or bool(each.partition("\n")[2 if index == 0 else 0].strip())
            continue
        text = next(left)
        is_odd = text[:1] in ("", " ", "\n", "\t") or text[-1] in " \n\t" or _UNSAFE.search(text)
        if is_odd or ("\n" in text and not (is_literal and has_no_marker(text))):
            return None
        made += _padded(text, _column(parts, index, indent))
        has_content = True
    return made


def has_no_marker(text: str) -> bool:
    """Return whether no line of a text would end a document."""
    return not any(each[:3] in ("---", "...") for each in text.split("\n"))


def block_text(parts: Sequence[Piece], texts: Sequence[str], indent: int, owner: int) -> str:
    """Return the text that a block scalar stands for, which begins in a line's column above ``owner``."""
    shifted = re.compile(rf"\n {{0,{owner}}}")
    source = [shifted.sub("\n", each) if isinstance(each, str) else each for each in parts]
    laid = [_padded(text, column - indent) for text, column in zip(texts, _columns(parts, indent), strict=True)]
    found = read_scalar(source, laid)
    header = str(parts[0]).partition("\n")[0]
    ends_in_value = _ends_in_value(parts)
    if ends_in_value and laid[-1].endswith("\n") and "-" not in header and "+" not in header:
        return found.removesuffix("\n")
    if ends_in_value and not laid[-1] and "-" not in header and not found:
        return "\n"
    return found


def read_scalar(parts: Sequence[Piece], texts: Sequence[str]) -> str:
    """Return the text of a quoted or block scalar as YAML's reader takes it, each of ``texts`` as it is."""
    made = []
    count = 0
    for each in parts:
        if isinstance(each, str):
            made.append(each)
        else:
            made.append(chr(STAND_IN + count))
            count += 1
    try:
        source = "".join(made)
        data = documents.read(f"k: {source}" if source.endswith("\n") else f"k: {source}\n").data["k"]
    except (documents.DocumentError, KeyError, TypeError):
        raise TemplateFailure("this scalar is no valid YAML around its expressions") from None
    if not isinstance(data, str):
        raise TemplateFailure("this scalar is no valid YAML around its expressions")
    return _STAND_INS.sub(lambda found: texts[ord(found[0]) - STAND_IN], data)


def _columns(parts: Sequence[Piece], indent: int) -> list[int]:
    return [_column(parts, index, indent) for index, each in enumerate(parts) if not isinstance(each, str)]


def _column(parts: Sequence[Piece], index: int, indent: int) -> int:
    """Return where further lines of a text go: its own column if it stands alone on its line, else the scalar's."""
    before = parts[index - 1] if index else ""
    after = parts[index + 1] if index + 1 < len(parts) else ""
    found = _INDENTED.search(before) if isinstance(before, str) else None
    if found is None or not (isinstance(after, str) and _ENDS_LINE.match(after)):
        return indent
    return max(len(found[1]), indent)


def _padded(text: str, column: int) -> str:
    return re.sub(r"\n(?!\n|\Z)", "\n" + " " * column, text) if column > 0 and "\n" in text else text


def _ends_in_value(parts: Sequence[Piece]) -> bool:
    for each in reversed(parts):
        if not isinstance(each, str):
            return True
        if each.strip():
            return False
    return False
