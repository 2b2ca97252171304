"""The same writer as ``settle``'s, with the origin of every stretch of text kept."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.documents import Path
from helmlite.engine.positions.settle import Settling
from helmlite.engine.positions.text import Hole, Site, TracedText
from helmlite.engine.trace import Place, Span

STAND_IN = "x"
"""Stands for what an expression gives, where only the YAML around it matters."""


class TracedSite(Site):
    """An expression in one run of it: ``inputs`` are the paths of the values that it read this time."""

    inputs: tuple[Path, ...] = ()

    @classmethod
    def of(cls, site: Site, inputs: tuple[Path, ...]) -> TracedSite:
        """Return a site with what it read."""
        made = cls(*site)
        made.inputs = inputs
        return made


class TracedSettling(Settling):
    """Writes text whose parts know where they come from."""

    def _write(self, text: str, sites: Sequence[Site]) -> None:
        first = sites[0]
        self._out.append(TracedText(text, first, first.line, sites=tuple(sites), chain=tuple(self._chain)))

    def _is_quick(self, hole: Hole, text: str, *, takes_text: bool = True) -> bool:  # noqa: ARG002 - what is quick keeps no origins
        return False

    def _lands(self, hole: Hole, text: str) -> bool:  # noqa: ARG002 - likewise
        return False

    def text_so_far(self) -> list[str]:
        """Return the parts that are written or held back, a word in the place of each expression that is held."""
        held = self._held
        return [*self._out, *(each if isinstance(each, str) else STAND_IN for each in (held.parts if held else ()))]

    def _own(self, text: str, site: Site) -> str:
        return TracedText(text, site, site.line, chain=tuple(self._chain))

    def _chained(self, text: str, site: Site) -> str:
        chain = tuple(self._chain)
        if isinstance(text, TracedText):
            return TracedText(text, text.site, text.line, sites=text.sites, chain=chain)
        # what no template wrote came out of a filter: it belongs to the expression that it is printed by
        return TracedText(text, site, site.line, sites=(site,), chain=chain[:-1])


def spans(parts: Sequence[str]) -> list[Span]:
    """Return the spans of parts that TracedSettling gave; a text written from several expressions has one of each."""
    found: list[Span] = []
    at = 0
    for part in parts:
        if part and isinstance(part, TracedText):
            chain = tuple(_place(each) for each in part.chain)
            if not part.sites:
                place = Place(path=part.site.path, line=part.line)
                found.append(Span(start=at, end=at + len(part), place=place, chain=chain))
            for site in part.sites:
                found.append(_span(at, at + len(part), site, chain))
        at += len(part)
    return found


def _span(start: int, end: int, site: Site, chain: tuple[Place, ...]) -> Span:
    return Span(
        start=start,
        end=end,
        place=_place(site),
        chain=chain,
        expression=site.expression,
        inputs=site.inputs if isinstance(site, TracedSite) else (),
    )


def _place(site: Site) -> Place:
    return Place(path=site.path, line=site.line)
