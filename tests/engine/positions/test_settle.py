"""What is written for single expressions, piece by piece: cases that were once wrong."""

from __future__ import annotations

import pytest

from tests.engine.positions.cases import TEMPLATE, render


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a: {{ values.x }}", "a: |\n  b\n  c\n"),
        ("{{ {'a': values.x} }}", "a: |\n  b\n  c\n"),
        ("- {{ values.x }}", "- |\n  b\n  c\n"),
    ],
)
def test_a_block_scalar_at_the_end_ends_its_line(template: str, expected: str) -> None:
    """A text whose last line ends keeps that newline where the template itself has none behind it."""
    assert expected == render({TEMPLATE: template}, {"x": "b\nc\n"})
