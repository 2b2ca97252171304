"""A traced rendering gives the same text, and its spans cover it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.positions.cases import FRAMES, PLACES, WAYS, Frame, Place, Way, render, templates_of, traced
from tests.engine.positions.test_hostile import named

VALUES: list[Any] = ["web", "a: b", "a\nb\n", 3, {"a": ["b", {"c": "d\n"}]}, []]


@pytest.mark.parametrize(
    ("way", "frame"),
    [*((way, None) for way in WAYS), *((WAYS[0], frame) for frame in FRAMES)],
    ids=lambda case: named(case) if case else "",
)
def test_a_traced_rendering_gives_the_same_text(way: Way, frame: Frame | None) -> None:
    """In every place; spans begin where others end, or are those of several expressions in one text."""
    for number, where in enumerate(PLACES):
        value = VALUES[number % len(VALUES)] if not _is_key(where) else "on"
        sources = templates_of(where, way, frame)
        text, spans = traced(sources, {"x": value})
        assert text == render(sources, {"x": value})
        ends = {0, *(each.end for each in spans)}
        assert ([], len(text)) == ([each for each in spans if each.start not in ends], max(ends)), (sources, value)


def _is_key(where: Place) -> bool:
    return "key" in where.name
