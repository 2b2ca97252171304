"""Lines of a template for a message: those around the faulty one, and the chain of places that led to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from helmlite.manifest.redact import holds_secret, without_literals

AROUND = 2
"""Lines shown before and after the faulty one."""

CHAIN_ENDS = 5
"""Entries of the include chain kept at each end of a long one."""


def template_excerpt(
    lines: Sequence[str], line: int | None, callers: Iterable[Sequence[str]] = ()
) -> list[tuple[int, str]]:
    """Return the lines around ``line`` (from 1) with their numbers; of a Secret's template without what it hides.

    ``callers`` are the lines of the templates that call or include this one: what they make may be a Secret too.
    """
    if line is None or not lines:
        return []
    first = max(line - AROUND, 1)
    shown = [(number, lines[number - 1]) for number in range(first, min(line + AROUND, len(lines)) + 1)]
    if any(holds_secret("\n".join(each)) for each in (lines, *callers)):
        shown = [(number, without_literals(text, is_template=True)) for number, text in shown]
    return [(number, text[:200]) for number, text in shown]


def shortened(chain: Sequence[str]) -> list[str]:
    """Return a chain of places, of a long one its two ends."""
    if len(chain) <= 2 * CHAIN_ENDS + 1:
        return list(chain)
    return [*chain[:CHAIN_ENDS], f"... {len(chain) - 2 * CHAIN_ENDS} more ...", *chain[-CHAIN_ENDS:]]
