"""Lines of a template for a message: those around the faulty one, and the chain of places that led to it."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.manifest.redact import holds_secret, without_literals

AROUND = 2
"""Lines shown before and after the faulty one."""

CHAIN_ENDS = 5
"""Entries of the include chain kept at each end of a long one."""


def template_excerpt(lines: Sequence[str], line: int | None) -> list[tuple[int, str]]:
    """Return the lines around ``line`` (from 1) with their numbers; of a Secret's template without what it hides."""
    if line is None or not lines:
        return []
    first = max(line - AROUND, 1)
    shown = [(number, lines[number - 1]) for number in range(first, min(line + AROUND, len(lines)) + 1)]
    if holds_secret("\n".join(lines)):
        shown = [(number, without_literals(text, is_template=True)) for number, text in shown]
    return [(number, text[:200]) for number, text in shown]


def shortened(chain: Sequence[str]) -> list[str]:
    """Return a chain of places, of a long one its two ends."""
    if len(chain) <= 2 * CHAIN_ENDS + 1:
        return list(chain)
    return [*chain[:CHAIN_ENDS], f"... {len(chain) - 2 * CHAIN_ENDS} more ...", *chain[-CHAIN_ENDS:]]
