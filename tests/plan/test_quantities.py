"""Quantities as Kubernetes writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from helmlite.plan.quantities import quantity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1000m", "1"),
        ("1000m", 1),
        ("1024Mi", "1Gi"),
        ("0.5", "500m"),
        ("1.5Gi", "1536Mi"),
        ("1k", "1000"),
        ("1e3", "1k"),
        ("1E3", "1000"),
        ("2500u", "2.5m"),
        ("1P", "1000T"),
        ("-1", -1),
        (".5", "500m"),
    ],
)
def test_spellings_of_one_number_are_equal(one: object, other: object) -> None:
    """Two spellings of one quantity give the same number."""
    assert quantity(one) == quantity(other) is not None


@pytest.mark.parametrize(
    "value", ["", "m", "1X", "1 Gi", "1Gi ", "0x10", "1e", "one", True, None, [], "1" * 50, "1e9999", "1Ki2"]
)
def test_what_is_no_quantity_gives_none(value: object) -> None:
    """Text that Kubernetes would refuse as a quantity, and values of other types, give None."""
    assert quantity(value) is None


def test_units_differ() -> None:
    """M is a million, Mi is 2 to the power of 20."""
    assert (Decimal(1_000_000), Decimal(1_048_576)) == (quantity("1M"), quantity("1Mi"))
