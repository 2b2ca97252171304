"""Pieces of a template's output to text: literal text as it is, each expression as its position asks.

An expression that begins or continues a scalar is held back until the scalar's end is seen, since only then it is known
whether it stands alone (and keeps its type), is part of a text, or is a key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from helmlite import documents
from helmlite.engine.bounds import Meter
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import UndefinedFault, kind_of
from helmlite.engine.positions import scalars
from helmlite.engine.positions.held import Held, Misplaced
from helmlite.engine.positions.output import COLLECTIONS, RAW_HINT, STEP
from helmlite.engine.positions.position import Mode
from helmlite.engine.positions.scanner import GoesOn
from helmlite.engine.positions.state import (
    Move,
    State,
    Way,
    before_hole,
    behind,
    ends_at,
    over_key,
    over_value,
    step,
    within_plain,
)
from helmlite.engine.positions.text import Hole, Included, Piece, Site, TemplateText, fingerprint, padded
from helmlite.engine.positions.values import Values


class Landing(NamedTuple):
    """What a template's text gave once, at one place; whether blanks before it were cut, and the state behind it."""

    written: str
    cuts_blanks: bool
    after: State


Landings: TypeAlias = dict[tuple[State, Any], Landing]
"""Landings by the state before, and by what the template's text is made of."""


class Settling(Values):
    """One stream of pieces on its way to text; streams may share what was laid out already."""

    def __init__(self, meter: Meter, landings: Landings | None = None) -> None:
        super().__init__(meter)
        self._landings: Landings = {} if landings is None else landings
        self._held: Held | None = None

    def settled(self, pieces: Sequence[Piece]) -> str:
        """Return the text of ``pieces``; raises Misplaced for an expression that cannot stand where it does."""
        return "".join(self.written_parts(pieces))

    def written_parts(self, pieces: Sequence[Piece]) -> list[str]:
        """Return the text of ``pieces`` in parts; raises Misplaced."""
        try:
            self._take(pieces)
            is_last = self._held is not None
            while self._held is not None:
                self._close_here(self._held)
            last = self._out[-1] if is_last and self._out else ""
            if self._site is not None and "\n" in last and not last.endswith("\n"):
                self._out.append(self._own("\n", self._site))  # which ends the last line of a block scalar
        except GoesOn:
            assert self._site is not None  # noqa: S101 - only an expression is gone on from
            error = TemplateFailure(
                f"`{self._site.expression}` is a value of its own, and text goes on below it",
                hint="A key below it stands too far right; a text belongs into quotes or a block scalar (`>-`).",
            )
            raise Misplaced(error, self._site, self._chain) from None
        except (TemplateFailure, UndefinedFault, ValueError) as error:
            if self._site is None:
                raise
            raise Misplaced(_named(error, self._site), self._site, self._chain) from error
        return self._out

    # -- pieces

    def _take(self, pieces: Sequence[Piece], pad: str = "", site: Site | None = None, behind: str = "") -> None:
        """Take pieces; those of a template's text that ``site`` gave have ``pad`` before their lines but the first.

        ``behind`` is the literal text that will come behind them, as far as it is known.
        """
        self._meter.tick()
        behind_newline = False
        last = len(pieces) - 1
        skipped = -1
        for index, piece in enumerate(pieces):
            if index == skipped:
                continue
            if behind_newline and not (isinstance(piece, str) and piece[:1] in ("\n", "\r")):
                self._literal(self._own(pad, site) if site is not None else pad)
            behind_newline = False
            if type(piece) is tuple:
                if self._held is None and index < last and piece[1].column is None:
                    text = pieces[index + 1]
                    if isinstance(text, str):
                        behind_it = padded(text, pad) if pad else text
                        if self._is_quick(piece, behind_it) or self._lands(piece, behind_it):
                            skipped = index + 1
                            continue
                elif (
                    index == last
                    and behind
                    and self._held is None
                    and piece[1].column is None
                    and self._is_quick(piece, behind, takes_text=False)
                ):
                    continue
                self._hole(piece)
                # the newline behind a tag that stands alone is not in a part that `padded` sees
                behind_newline = bool(pad) and piece[1].column is not None
            elif type(piece) is TemplateText:
                self._take(piece.parts, pad, site)
            elif site is None:
                self._literal(piece)  # type: ignore[arg-type]  # what is no tuple is a str
            else:
                self._charge_lines(piece, len(pad))  # type: ignore[arg-type]  # likewise
                self._literal(self._chained(padded(piece, pad), site))  # type: ignore[arg-type]  # likewise

    def _is_quick(self, hole: Hole, text: str, *, takes_text: bool = True) -> bool:
        """Write an expression and the literal text behind it, if that is one of the many plain cases.

        Without ``takes_text`` the text is only looked at: it comes later.
        """
        state, value = self._state, hole[0]
        way = state.way
        if way is Way.NONE or self._gap is not None or not text:
            return False
        kind = type(value)
        if kind not in _QUICK:
            return bool(value) and takes_text and self._is_quick_collection(hole, text)
        if way is Way.KEY:
            # which ends what stands above it: if it cannot, that is not about this expression
            state = before_hole(state)
        self._site = hole[1]
        if way is Way.VALUE or way is Way.PLAIN:
            move = over_value(state, text)
        elif not takes_text:
            return False
        elif way is Way.TEXT:
            return self._is_quick_text(hole, text)
        else:
            if state.at.mode is not Mode.LINE or kind is not str:
                return False
            move = over_key(state, text)
        if move is None:
            return False
        if kind is str or kind is TemplateText or way is Way.PLAIN:
            made = value
            if kind is TemplateText:
                if value.is_yaml:
                    return False
                made = str(value.without_outer_newlines() if value.endswith("\n") else value)
            elif kind is not str:
                made = self._text(value)
            begun = ""
            if way is Way.PLAIN:
                index, offset = self._opened
                begun = self._out[index][offset:] if index == len(self._out) - 1 else "\n"
            if not documents.is_plain(begun + made):
                return False
        else:
            made = _WORDS[value] if kind is not int else int.__repr__(value)
        self._out.append(made)
        if not takes_text:
            self._state = within_plain(state)
            return True
        self._move(text, move)
        return True

    def _is_quick_collection(self, hole: Hole, text: str) -> bool:
        """Write a list or mapping that is not empty, and the literal text behind it."""
        if not isinstance(hole[0], dict | list):
            return False
        state = before_hole(self._state)
        at = state.at
        is_own_line = at.mode is Mode.LINE
        if not is_own_line and (at.mode is not Mode.NODE or at.begins_line):
            return False
        value, self._site = hole
        move = over_value(state, text)
        if move is None:
            return False
        held = Held(Mode.PLAIN, state, tuple(self._chain), [hole])
        if is_own_line:
            self._own_line(held, value, hole[1], has_comment=False)
        else:
            self._inline(held, value, has_comment=False)
        self._move(text, move)
        return True

    def _is_quick_text(self, hole: Hole, text: str) -> bool:
        """Write a word within double quotes or a block scalar, and the literal text behind it."""
        value = hole[0]
        state = before_hole(self._state)
        made = value if type(value) is str else str(value) if type(value) in (int, TemplateText) else ""
        if (
            state.at.mode not in (Mode.DOUBLE, Mode.BLOCK)
            or (state.at.mode is Mode.DOUBLE and state.at.last)
            or not _WORD.fullmatch(made)
        ):
            return False
        self._out.append(made)
        self._state = behind(state)
        self._literal(text)
        return True

    def _lands(self, hole: Hole, text: str) -> bool:
        """Write a template's text and the literal text behind it, laid out once for each place that is alike."""
        value = hole[0]
        if type(value) is not TemplateText or value.is_yaml or self._gap is not None or not text:
            return False
        before = before_hole(self._state)
        if before.at.flow or before.at.mode not in (Mode.LINE, Mode.NODE):
            return False
        made_of = fingerprint(value)
        if made_of is None:
            return False
        known = self._landings.get((before, made_of))
        if known is None:
            self._land_first(hole, text, (before, made_of))
            return True
        if not ends_at(known.after, text):
            return False
        if self._held is not None:
            self._close_here(self._held)
        self._site = hole[1]
        if known.cuts_blanks:
            self._cut_blanks()
        self._out.append(known.written)
        self._state = known.after
        self._literal(text)
        return True

    def _land_first(self, hole: Hole, text: str, key: tuple[State, Any]) -> None:
        """Write a template's text and the literal text behind it, and remember what the former gave."""
        size = len(self._out)
        last = self._out[-1] if size else ""
        move = over_value(key[0], text) if self._held is None else None
        if move is not None:
            held = Held(Mode.PLAIN, key[0], tuple(self._chain), [hole], [text])
            self._site = hole[1]
            if self._land(held, *hole) is None:
                # nothing was written, and its line is gone
                self._move_over_rest(held.rest, text, move)
                return
            rest = held.rest
        else:
            self._hole(hole)
            rest = [text]
        after = self._state
        for each in rest:
            self._literal(each)
        written = "".join(self._out[size:])
        is_whole = self._held is None and self._gap is None and size > 0 and written.endswith(text)
        if is_whole and rest == [text] and ends_at(after, text):
            cuts_blanks = self._out[size - 1] is not last
            self._landings[key] = Landing(written[: len(written) - len(text)], cuts_blanks, after)

    def _literal(self, text: str) -> None:
        if not text:
            return
        if self._gap is not None:
            self._see_gap(text)
        move = self._state.moves.get(text) or step(self._state, text)
        held = self._held
        if held is None:
            self._move(text, move)
        elif move.closed_at < 0:
            held.parts.append(text)
            self._state = move.after
        else:
            self._close(held, text, move)

    def _move(self, text: str, move: Move) -> None:
        """Write literal text over which ``move`` goes."""
        self._out.append(text)
        self._state = move.after
        if move.opened_at >= 0:
            self._opened = (len(self._out) - 1, move.opened_at)

    def _move_over_rest(self, rest: Sequence[str], text: str, move: Move) -> None:
        """Write what is left of literal text over which ``move`` goes."""
        self._state = move.after
        if self._gap is not None:
            self._see_gap("".join(rest))
        self._out += [each for each in rest if each]
        if move.opened_at >= 0:
            # counted from the end, since a line that nothing was written for is cut from the start
            self._opened = (len(self._out) - 1, len(self._out[-1]) - (len(text) - move.opened_at))

    def _hole(self, hole: Hole) -> None:
        value, site = hole
        self._site = site
        if site.column is None:
            self._place(value, site)
            return
        if site.column:
            self._literal(self._own(" " * site.column, site))
        self._place(value, site)
        self._literal(self._own("\n", site))

    def _place(self, value: Any, site: Site) -> None:
        if type(value) is TemplateText and (value.is_raw or self._begins_lines(value)):
            self._feed(value.parts, "", site)
            return
        state = before_hole(self._state)
        held = self._held
        while held is not None and state.at.mode is Mode.LINE:
            self._close_here(held)
            held, state = self._held, before_hole(self._state)
            self._site = site
        at = state.at
        mode = at.mode
        if mode is Mode.DOUBLE:
            if at.last:
                raise TemplateFailure(
                    f"`{site.expression}` stands behind a backslash", hint="Write the backslash twice."
                )
            self._write(documents.escaped(self._text(value)), [site])
            self._state = behind(state)
        elif mode is Mode.COMMENT:
            self._write(scalars.comment(self._text(value)), [site])
        elif mode is Mode.BLOCK and type(value) is TemplateText and value.is_placed:
            self._feed(value.parts, "", site)
        elif mode in (Mode.SINGLE, Mode.BLOCK):
            self._hold(mode, state, site).parts.append((value, site))
            self._state = behind(state)
        elif mode in (Mode.LINE, Mode.NODE, Mode.PLAIN):
            if held is None or mode is not Mode.PLAIN:
                held = self._hold(Mode.PLAIN, state, site) if mode is Mode.PLAIN else self._begin(state)
            held.parts.append((value, site))
            self._state = within_plain(state)
        else:
            where = {Mode.HEADER: "behind the `|` or `>` of a block scalar", Mode.PROPERTY: "in an anchor or tag"}
            raise TemplateFailure(
                f"`{site.expression}` stands {where.get(mode, 'directly behind a quoted text or a bracket')}",
                hint="Put the whole text into one pair of quotes." if mode is Mode.AFTER else RAW_HINT,
            )

    def _begins_lines(self, text: TemplateText) -> bool:
        """Return whether a text (of ``nindent``, mostly) ends the line that it stands on, and so what stands there."""
        return text.is_placed and text[:1] == "\n" and self._state.at.mode not in (Mode.DOUBLE, Mode.SINGLE)

    def _hold(self, mode: Mode, state: State, site: Site) -> Held:
        """Return the scalar that ``site`` is part of; one that is only literal so far is taken back from the output."""
        if self._held is None:
            index, offset = self._opened
            begun = [self._out[index][offset:], *self._out[index + 1 :]]
            if mode is Mode.PLAIN and begun[0][:1] == "*":
                raise TemplateFailure(f"`{site.expression}` stands in an alias", hint=RAW_HINT)
            self._out[index:] = [self._out[index][:offset]]
            self._held = Held(mode, state, tuple(self._chain), [each for each in begun if each])
        return self._held

    def _begin(self, state: State) -> Held:
        self._held = Held(Mode.PLAIN, state, tuple(self._chain))
        return self._held

    def _feed(self, parts: Sequence[Piece], pad: str, site: Site, behind: str = "") -> None:
        """Take the parts of a template's text whose lines, but the first, stand behind ``pad``."""
        self._chain.append(site)
        self._take(parts, pad, site, behind)
        self._chain.pop()
        self._site = site

    # -- the end of a scalar

    def _close_here(self, held: Held) -> None:
        """Write a scalar that ends before any text comes."""
        self._close(held, "", Move(self._state, 0, False, -1))

    def _close(self, held: Held, text: str, move: Move) -> None:
        self._held = None
        if move.closed_at:
            held.parts.append(text[: move.closed_at])
        self._site = held.sites[0]
        state: State | None = None
        around, self._chain = self._chain, list(held.chain)
        held.rest = [text[move.closed_at :]]
        if held.mode is Mode.PLAIN:
            held.rest = [*held.without_end(" \t\r\n"), *held.rest]
            if move.as_key:
                held.rest = [*self._key(held), *held.rest]
            else:
                state = self._plain(held)
        elif held.mode is Mode.SINGLE:
            self._single(held)
        else:
            held.rest = [*held.without_end(" \t"), *held.rest]
            self._block(held)
        self._chain = around
        if state is not None:
            self._state = state
            for each in held.rest:
                self._literal(each)
            return
        self._move_over_rest(held.rest, text, move)

    def _plain(self, held: Held) -> State | None:
        """Write a scalar that is no key; return the state after it where that is not the one foreseen."""
        only = held.only
        has_comment = "".join(held.rest).lstrip(" \t").startswith("#")
        if only is None:
            self._cancel_gap(held)
            text = scalars.folded(held.parts, self._text)
            self._check(text)
            made = documents.write_flow_text(text) if held.at.flow else self._scalar(text, held.at, has_comment)
            self._write(made, held.sites)
            return None
        value, site = only
        if isinstance(value, Included) or type(value) is TemplateText:
            return self._land(held, value, site)
        if held.at.flow:
            if isinstance(value, COLLECTIONS) and held.at.flow.endswith("{") and not held.at.awaits:
                raise TemplateFailure(
                    f"`{site.expression}` is {kind_of(value)} and stands where a key belongs",
                    hint=f"Write `KEY: {{{{ {site.expression} }}}}`.",
                )
            self._write(self._flow(value), [site])
        elif held.at.mode is Mode.LINE or held.at.begins_line:
            self._own_line(held, value, site, has_comment=has_comment)
        else:
            self._inline(held, value, has_comment=has_comment)
        return None

    def _land(self, held: Held, value: TemplateText | Included, site: Site) -> State | None:
        """Write a template's text where its expression stands alone; return the state after it."""
        at = held.at
        self._state = held.state
        text = value.as_text() if isinstance(value, Included) else value
        if not text.is_placed:
            text = text.without_outer_newlines()
        if not text.parts:
            if at.mode is Mode.LINE or at.begins_line:
                self._drop_line(held)
            return None
        if text.is_placed or at.flow:
            self._feed(text.parts, "", site)
        elif at.mode is Mode.LINE or at.begins_line or (at.open and at.open[-1].is_list):
            self._cancel_gap(held)
            self._feed(text.parts, " " * at.column, site, "".join(held.rest))
        else:
            pad = " " * (max(at.owner, 0) + STEP if at.open else 0)
            if scalars.is_block(text.parts):
                self._cut_blanks()
                self._literal(self._own(f"\n{pad}", site))
            self._feed(text.parts, pad, site, "".join(held.rest))
        return self._state


_WORDS = {True: "true", False: "false", None: "null"}
_QUICK = frozenset({str, int, bool, type(None), TemplateText})
_WORD = re.compile(r"[A-Za-z0-9_./:@%+=-]+", re.ASCII)


def _named(error: Exception, site: Site) -> Exception:
    """Return an error of what an expression gave with the expression named."""
    if not isinstance(error, TemplateFailure) or f"`{site.expression}`" in error.message:
        return error
    return TemplateFailure(f"`{site.expression}`: {error.message}", hint=error.hint, names=error.names)
