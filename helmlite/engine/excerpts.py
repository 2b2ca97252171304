"""Lines of a template for a message: those around the faulty one, and the chain of places that led to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from helmlite.manifest.literals import holds_secret, without_literals

AROUND = 2
"""Lines shown before and after the faulty one."""

CHAIN_ENDS = 5
"""Entries of the include chain kept at each end of a long one."""


def makes_secret(templates: Iterable[Sequence[str]]) -> bool:
    """Return whether the lines of any template say that there is a Secret."""
    return any(holds_secret("\n".join(each)) for each in templates)


def template_excerpt(
    lines: Sequence[str], line: int | None, callers: Iterable[Sequence[str]] = ()
) -> list[tuple[int, str]]:
    """Return the lines around ``line`` (from 1) with their numbers; of a Secret's template without what it hides.

    ``callers`` are the lines of the templates that call or include this one: what they make may be a Secret too.
    """
    if line is None or not lines:
        return []
    if makes_secret([lines, *callers]):
        lines = without_literals("\n".join(lines), is_template=True)
    first, last = max(line - AROUND, 1), min(line + AROUND, len(lines))
    return [(number, lines[number - 1][:200]) for number in range(first, last + 1)]


def shortened(chain: Sequence[str]) -> list[str]:
    """Return a chain of places, of a long one its two ends."""
    if len(chain) <= 2 * CHAIN_ENDS + 1:
        return list(chain)
    return [*chain[:CHAIN_ENDS], f"... {len(chain) - 2 * CHAIN_ENDS} more ...", *chain[-CHAIN_ENDS:]]
