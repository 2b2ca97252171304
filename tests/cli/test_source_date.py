"""SOURCE_DATE_EPOCH."""

from __future__ import annotations

import pytest

from helmlite.cli.source_date import LATEST, source_date
from helmlite.errors import UsageError


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", " 1", "9" * 11, "9" * 30, "1_0", "\u0661"])
def test_what_is_no_time_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no number of seconds that a tar header holds is an error that quotes it."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH is '"):
        source_date()


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), (str(LATEST), LATEST), ("", None)])
def test_times_are_taken(text: str, seconds: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zero and the latest time are times; nothing is none."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    assert seconds == source_date()
