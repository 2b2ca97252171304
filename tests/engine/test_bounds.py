"""The meter: each bound, and what shared lists count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helmlite.engine.bounds import BoundExceeded, Meter
from helmlite.engine.limits import RenderBounds

SMALL = RenderBounds(seconds=5, memory_bytes=64_000, output_bytes=100, string_bytes=1000, range_items=10)


@pytest.mark.parametrize(
    ("act", "what", "limit"),
    [
        (lambda meter: meter.check_size(1001), "a string is too large", "1000 bytes"),
        (lambda meter: meter.charge_text(1001), "a string is too large", "1000 bytes"),
        (
            lambda meter: [meter.charge_text(1000) for _ in range(65)],
            "the strings made are too large together",
            "62.5 KiB",
        ),
        (lambda meter: meter.charge_items(11), "too many items", "10 items"),
        (lambda meter: [meter.charge_items(10) for _ in range(101)], "too many items are made in all", "1,000 items"),
        (lambda meter: [meter.charge_output(60) for _ in range(2)], "the output is too large", "100 bytes"),
        (lambda meter: meter.charge_value(["x" * 999]), "a value is too large when written out", "1000 bytes"),
        (lambda meter: meter.charge_value([range(10**9)]), "a value is too large when written out", "1000 bytes"),
    ],
)  # fmt: skip
def test_a_bound_is_named(act: Callable[[Meter], Any], what: str, limit: str) -> None:
    """Passing a bound raises BoundExceeded with its name and size."""
    with pytest.raises(BoundExceeded) as caught:
        act(Meter(SMALL))
    assert (what, limit) == (caught.value.what, caught.value.limit)


def test_time_is_looked_at_every_64th_tick() -> None:
    """A clock past the deadline stops the rendering within 64 ticks."""
    now = [0.0]
    meter = Meter(SMALL, clock=lambda: now[0])
    now[0] = 6.0
    for _ in range(63):
        meter.tick()
    with pytest.raises(BoundExceeded, match="rendering takes too long: more than the bound of 5 s"):
        meter.tick()


def test_a_shared_list_counts_as_often_as_it_is_reached() -> None:
    """Sixty levels of pairs of the same list are more than any bound, though each is small."""
    nested: Any = ["x"]
    for _ in range(60):
        nested = [nested, nested]
    with pytest.raises(BoundExceeded, match="written out"):
        Meter(RenderBounds()).charge_value(nested)


def test_a_list_of_itself_nests_too_deeply() -> None:
    """A cycle ends in an error."""
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(BoundExceeded, match="nested too deeply"):
        Meter(RenderBounds()).charge_value(cycle)


def test_what_nobody_can_raise_says_so() -> None:
    """Only bounds of RenderBounds come with the hint to raise them."""
    assert BoundExceeded("a", "b", fixed=True).hint is None
    assert BoundExceeded("a", "b").hint is not None
