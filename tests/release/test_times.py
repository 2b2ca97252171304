"""Times as Helm's records write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.release.times import read_time, write_time

WEST = timezone(timedelta(hours=-3, minutes=-30))
ROWS = {
    "2026-11-24T12:30:15Z": datetime(2026, 11, 24, 12, 30, 15, tzinfo=UTC),
    "2026-11-24T12:30:15.5Z": datetime(2026, 11, 24, 12, 30, 15, 500000, tzinfo=UTC),
    "2026-11-24T12:30:15.000001Z": datetime(2026, 11, 24, 12, 30, 15, 1, tzinfo=UTC),
    "2026-11-24T12:30:15+01:00": datetime(2026, 11, 24, 11, 30, 15, tzinfo=UTC),
    "2026-11-24T12:30:15.25-03:30": datetime(2026, 11, 24, 12, 30, 15, 250000, tzinfo=WEST),
}
READ_ONLY = {
    "2026-11-24T12:30:15.577782238Z": datetime(2026, 11, 24, 12, 30, 15, 577782, tzinfo=UTC),
    "2026-11-24T12:30:15.000000001Z": datetime(2026, 11, 24, 12, 30, 15, tzinfo=UTC),
    "2026-11-24T12:30:15.100Z": datetime(2026, 11, 24, 12, 30, 15, 100000, tzinfo=UTC),
    "2026-11-24t12:30:15z": datetime(2026, 11, 24, 12, 30, 15, tzinfo=UTC),
    "2026-11-24 12:30:15Z": datetime(2026, 11, 24, 12, 30, 15, tzinfo=UTC),
    "2026-11-24T12:30:60Z": datetime(2026, 11, 24, 12, 30, 59, tzinfo=UTC),
}


@pytest.mark.parametrize("text", [*ROWS, *READ_ONLY])
def test_times_are_read(text: str) -> None:
    """A time is that moment, to the microsecond (Helm writes nine digits)."""
    assert {**ROWS, **READ_ONLY}[text] == read_time(text)


@pytest.mark.parametrize("text", ["2026-11-24T12:30:15Z", "2026-11-24T12:30:15.25-03:30", "2026-11-24T12:30:15.5Z"])
def test_times_are_written_as_go_does(text: str) -> None:
    """Trailing zeros of the fraction are left out, the offset is kept."""
    assert text == write_time(ROWS[text])


@pytest.mark.parametrize("text", [None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00"], ids=repr)
def test_no_time_is_none(text: str | None) -> None:
    """Nothing, empty text and Go's zero time are no time."""
    assert read_time(text) is None


@pytest.mark.parametrize(
    "value",
    [
        *("yesterday", "2026-11-24", "2026-11-24T12:30Z", "2026-11-24T12:30:15", "2026-13-24T12:30:15Z"),
        *("2026-02-30T12:30:15Z", "2026-11-24T25:30:15Z", "2026-11-24T12:30:15+99:00", "2026-11-24T12:30:15.Z"),
        *(
            "2026-11-24T12:30:15.1234567890Z",
            "0000-01-01T00:00:00Z",
            "\u0662026-11-24T12:30:15Z",
            "2026-11-24T12:30:15Z\n",
        ),
        *(0, 1795538036, True, [], {}),
    ],
    ids=ascii,
)
def test_what_is_no_time_is_refused(value: Any) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        read_time(value)


MOMENTS = st.datetimes(
    min_value=datetime(2, 1, 2),
    timezones=st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(MOMENTS)
def test_what_is_written_is_read_again(moment: datetime) -> None:
    """Every moment comes back, with its offset."""
    found = read_time(write_time(moment))
    assert found is not None
    assert (moment, moment.utcoffset()) == (found, found.utcoffset())


@given(st.text() | st.integers() | st.floats() | st.lists(st.none()))
def test_nothing_but_a_time_or_a_fault_comes_out(value: Any) -> None:
    """Whatever stands in a record, reading it gives a time, none, or a ValueError."""
    try:
        found = read_time(value)
    except ValueError:
        return
    assert found is None or found.tzinfo is not None
