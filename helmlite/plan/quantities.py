"""Kubernetes quantities: ``1000m`` and ``1`` are the same, ``1024Mi`` and ``1Gi`` too."""

from __future__ import annotations

import re
from decimal import Decimal

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))(?P<unit>[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,3})?",
    re.ASCII,
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def quantity(value: object) -> Decimal | None:
    """Return the number that a quantity stands for; None for what is no quantity."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    found = _QUANTITY.fullmatch(str(value))
    if not found:
        return None
    number, unit = Decimal(found["number"]), found["unit"] or ""
    if unit in _BINARY:
        return number * Decimal(1024 ** _BINARY[unit])
    exponent = _DECIMAL[unit] if unit in _DECIMAL else int(unit[1:])
    return number.scaleb(exponent)
