"""Faults to order: which requests they meet."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox.faults import Fault, Faults


def met(faults: Faults, *paths: str) -> list[int | None]:
    """Return the status of the fault that each GET meets."""
    found = [faults.of("GET", path) for path in paths]
    return [None if each is None else each.status for each in found]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({}, [503, None, None, None]),
        ({"nth": 3}, [None, None, 503, None]),
        ({"nth": 2, "times": 2, "status": 429}, [None, 429, 429, None]),
        ({"nth": 2, "times": 0}, [None, 503, 503, 503]),
        ({"pattern": "POST .*"}, [None] * 4),
    ],
    ids=["first", "third", "two", "all-from-second", "other-method"],
)
def test_a_fault_meets_the_nth_request(order: dict[str, Any], expected: list[int | None]) -> None:
    """A fault happens to the nth matching request, and as often as it was ordered."""
    faults = Faults()
    faults.add(Fault(**order))
    assert expected == met(faults, *["/api/v1/pods"] * 4)


def test_the_first_of_two_faults_counts() -> None:
    """Of two faults that are due, the first happens; the other counts the request too."""
    faults = Faults()
    faults.add(Fault(status=500))
    faults.add(Fault(status=429, nth=2))
    assert [500, 429, None] == met(faults, "/a", "/a", "/a")


def test_faults_can_be_cleared() -> None:
    """After clearing, no request meets one."""
    faults = Faults()
    faults.add(Fault(times=0))
    faults.clear()
    assert [None] == met(faults, "/a")


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ([], "a fault is a mapping"),
        ({"action": "explode"}, "action"),
        ({"status": 200}, "status"),
        ({"status": "503"}, "status"),
        ({"nth": True}, "nth"),
        ({"pattern": "("}, "pattern"),
        ({"when": 1}, "when: no such field"),
    ],
)
def test_a_bad_order_is_told(order: Any, said: str) -> None:
    """What cannot be ordered is said by field."""
    with pytest.raises(ValueError, match=said):
        Fault.of(order)
