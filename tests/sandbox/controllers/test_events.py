"""How long events stay."""

from __future__ import annotations

import pytest

from helmlite.sandbox.controllers import events
from tests.sandbox.memory_client import MemoryClient


@pytest.mark.parametrize(("seconds", "left"), [(3599, 1), (3601, 0)], ids=["before-an-hour", "after-an-hour"])
def test_events_are_forgotten(seconds: float, left: int) -> None:
    """An event stays for an hour."""
    client = MemoryClient()
    client.create("events", {"metadata": {"name": "e", "namespace": "n"}}, manager="test")
    client.settle(events.CONTROLLERS)
    client.advance(seconds)
    assert left == len(client.list("events"))
