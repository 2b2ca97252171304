"""Values written by position: as keys, behind keys and dashes, on lines of their own, within scalars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helmlite import documents
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import kind_of
from helmlite.engine.positions import scalars
from helmlite.engine.positions.held import Held
from helmlite.engine.positions.output import COLLECTIONS, STEP, Output, stands_alone
from helmlite.engine.positions.position import Mode
from helmlite.engine.positions.state import within_plain
from helmlite.engine.positions.text import Site


class Values(Output):
    """Writes scalars that are at their end."""

    def _key(self, held: Held) -> list[str]:
        only = held.only
        if only is not None and isinstance(only[0], COLLECTIONS):
            raise TemplateFailure(
                f"`{only[1].expression}` is {kind_of(only[0])}, which cannot be a key",
                hint="A key is text; `| items` gives the pairs of a mapping.",
            )
        if not held.at.flow and any("\n" in each for each in held.parts if isinstance(each, str)):
            expression = held.sites[0].expression
            raise TemplateFailure(
                f"the line with `{expression}` has no colon with a blank behind it, and keys are below it",
                hint="Write `KEY: {{ ... }}`. `{{-` takes the line break away: leave the `-` out.",
            )
        last = held.parts[-1]
        colon = False
        if isinstance(last, str) and last.endswith(":"):
            # the colon came with an earlier piece of text than what made it the end of a key
            colon = True
            held.parts[-1] = last[:-1]
        self._cancel_gap(held)
        text = scalars.folded(held.parts, self._text)
        self._check(text)
        if held.at.flow:
            key = documents.write_flow_key(text)
        else:
            key = documents.write_key(text)
            column = held.at.column if held.at.mode in (Mode.LINE, Mode.NODE) else held.at.start
            key = key if documents.is_simple(key) else f"? {key}\n{' ' * column}"
        self._write(key, held.sites)
        return [":"] if colon else []

    def _inline(self, held: Held, value: Any, *, has_comment: bool) -> None:
        """Write a value behind a key, a dash or a document's marker."""
        at = held.at
        if not isinstance(value, COLLECTIONS) or not len(value):
            self._write(self._leaf(value, at, has_comment), held.sites)
            return
        data = self._data(value)
        is_behind_mark = at.is_marked and bool(at.open) and at.open[-1].is_list
        if is_behind_mark or (has_comment and not self._moves_comment(held, " ")):
            self._write(documents.write_flow(data), held.sites)
        elif at.open and at.open[-1].is_list and not has_comment:
            self._write_lines(data, "", " " * at.column, held)
        else:
            self._cut_blanks()
            column = at.owner + (STEP if isinstance(value, Mapping) or (at.open and at.open[-1].is_list) else 0)
            pad = " " * (max(column, 0) if at.open else 0)
            self._write_lines(data, f"\n{pad}", pad, held)

    def _own_line(self, held: Held, value: Any, site: Site, *, has_comment: bool) -> None:
        """Write a value that stands alone on its line: a node, or more entries of the collection around it."""
        at = held.at
        column = at.column
        around = within_plain(held.state).at
        top = around.open[-1] if around.open else None
        beside = self._gap is not None and self._gap[1] == column
        is_node = around.awaits and not beside
        if is_node and top is not None and top.column == column and not top.is_list and not isinstance(value, list):
            is_node = False
        is_empty = value is None or (isinstance(value, (*COLLECTIONS, str)) and not len(value))
        if not is_node and is_empty:
            self._drop_line(held)
            return
        if not isinstance(value, COLLECTIONS):
            if not is_node:
                raise stands_alone(value, site, is_list=top is not None and top.column == column and top.is_list)
            self._gap = (len(self._out), column, None if is_empty else (value, site))
            self._write(self._leaf(value, at, has_comment), [site])
            return
        is_mapping = isinstance(value, Mapping)
        if not is_node and top is not None and top.column == column and top.is_list is is_mapping:
            raise stands_alone(value, site, is_list=is_mapping)
        if is_empty:
            self._gap = (len(self._out), column, None)
            self._write("{}" if is_mapping else "[]", [site])
            return
        self._cancel_gap(held)
        data = self._data(value)
        if at.is_marked:
            self._write(documents.write_flow(data), held.sites)
            return
        pad = " " * column
        if has_comment and not self._moves_comment(held, "", f"\n{pad}"):
            raise TemplateFailure(
                f"`{site.expression}` gives lines, and a comment with an expression stands behind it",
                hint="Put the comment on a line of its own.",
            )
        self._write_lines(data, "", pad, held)

    def _write_lines(self, data: Any, first: str, pad: str, held: Held) -> None:
        made = "\n".join(documents.write_lines(data, first=first, indent=pad))
        self._charge_lines(made, len(pad))
        self._write(made, held.sites)

    def _single(self, held: Held) -> None:
        texts = self._texts(held)
        made = scalars.single_quoted(held.parts, texts)
        if made is None:
            made = documents.write_quoted(scalars.read_scalar(held.parts, texts))
        self._write(made, held.sites)

    def _block(self, held: Held) -> None:
        texts = self._texts(held)
        for each in texts:
            self._charge_lines(each, max(held.at.column, held.at.indent))
        made = scalars.block(held.parts, texts, held.at.indent)
        if made is None:
            text = scalars.block_text(held.parts, texts, held.at.indent, max(held.at.owner, 0))
            made = documents.write_scalar(text, " " * max(held.at.indent, held.at.owner + STEP)) + "\n"
        self._write(made, held.sites)
