"""Durations as Go writes them."""

import pytest

from helmlite.cli.durations import seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [("5m0s", 300.0), ("1h30m", 5400.0), ("90s", 90.0), ("1.5h", 5400.0), ("300ms", 0.3), ("42", 42.0), ("0", 0.0)],
)
def test_a_duration_is_seconds(text: str, expected: float) -> None:
    """Go's durations and plain numbers are read as seconds."""
    assert expected == seconds(text)


@pytest.mark.parametrize("text", ["", "m", "5 m", "-5m", "5x", "5m3", "1d", "s5"])
def test_anything_else_is_refused(text: str) -> None:
    """What is no duration is an error that quotes it."""
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)
