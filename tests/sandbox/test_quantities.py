"""Values and canonical texts of quantities."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from helmlite.sandbox.quantities import canonical_quantity, parse_quantity


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("500m", "0.5"),
        ("1.5Gi", "1610612736"),
        ("2e3", "2000"),
        ("2E", "2000000000000000000"),
        ("-1k", "-1000"),
        (" 1 ", "1"),
        (3, "3"),
        (0.25, "0.25"),
    ],
)
def test_a_quantity_has_a_value(given: Any, value: str) -> None:
    """Suffixes are powers of ten or two, exponents powers of ten, and numbers stand for themselves."""
    assert Decimal(value) == parse_quantity(given)


@pytest.mark.parametrize(
    "given",
    ["", "a", "1mi", "1KiB", "--1", "1.1.1", "0x1", "1e", True, None, [], {}, float("nan"), "1" * 300, "1e99999"],
)
def test_what_is_no_quantity(given: Any) -> None:
    """All else is no quantity, and no error either."""
    assert (None, None) == (parse_quantity(given), canonical_quantity(given))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("0.5", "500m"),
        ("1e3", "1e3"),
        ("1e10", "10e9"),
        ("1.5e3", "1500"),
        ("8Ei", "9223372036854775807"),
        ("0.1n", "1n"),
        ("-1.5", "-1500m"),
        ("1.2Mi", "1258291200m"),
        ("1e99", "1e99"),
        ("0m", "0"),
        (1000, "1k"),
    ],
)
def test_a_quantity_has_a_canonical_text(given: Any, kept: str) -> None:
    """The largest suffix that leaves a whole number, of the same family."""
    assert kept == canonical_quantity(given)


def test_a_step_rounds_up() -> None:
    """What lies between two steps becomes the next one."""
    assert "1024103m" == canonical_quantity("1.0001Ki", step=Decimal("0.001"))
