"""Resource quantities (``500m``, ``1.5Gi``, ``2e3``): their value, and the text in which the API server keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_UP, Context, Decimal

SUFFIXES: Mapping[str, int] = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
"""Powers of ten by decimal suffix."""
BINARY: Mapping[str, int] = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
"""Powers of two by binary suffix."""
LARGEST = Decimal(2**63 - 1)
"""What a quantity of a binary suffix is cut down to."""

_WRITTEN = re.compile(r"([+-]?)([0-9]{0,200})(?:\.([0-9]{0,200}))?([numkMGTPE]?|[KMGTPE]i|[eE][+-]?[0-9]{1,4})")
_EXACT = Context(prec=200)
_NANO = Decimal("1e-9")
_BY_POWER = {power: suffix for suffix, power in SUFFIXES.items()}


def parse_quantity(text: object) -> Decimal | None:
    """Return a quantity's value, None where it is none. A number (of JSON) is a quantity too."""
    parts = _parts(text)
    return _value(parts) if parts else None


def canonical_quantity(text: object, *, step: Decimal = _NANO) -> str | None:
    """Return the text that the API server answers for a quantity, rounded up to ``step``; None where it is none."""
    parts = _parts(text)
    if parts is None:
        return None
    _, whole, fraction, suffix = parts
    value = _value(parts)
    if not value:
        return "0"
    exponent = int(suffix[1:]) if _is_exponent(suffix) else None
    if suffix in BINARY:
        value = min(value, LARGEST)
        if abs(value) >= 1024 and value == value.to_integral_value():
            return _binary(int(value))
    rounded = value if value.adjusted() > 30 else value.quantize(step, rounding=ROUND_UP, context=_EXACT)
    if rounded == value and not fraction and int(whole) % 1000 and (exponent or 0) % 3 == 0 and suffix not in BINARY:
        return str(text).strip()  # as the server does, even of +5 and 1e0
    return _decimal(rounded, as_exponent=exponent is not None)


def _is_exponent(suffix: str) -> bool:
    return len(suffix) > 1 and suffix[0] in "eE" and suffix not in BINARY


def _parts(text: object) -> tuple[str, str, str, str] | None:
    """Return sign, digits before and after the point, and suffix."""
    if isinstance(text, bool) or not isinstance(text, str | int | float | Decimal):
        return None
    written = format(Decimal(repr(text)), "f") if isinstance(text, float) else str(text).strip()
    match = _WRITTEN.fullmatch(written)
    if match is None or written == "":
        return None
    sign, whole, fraction, suffix = match.groups()
    return sign, whole or "0", fraction or "", suffix


def _value(parts: tuple[str, str, str, str]) -> Decimal:
    sign, whole, fraction, suffix = parts
    number = Decimal(f"{sign}{whole}.{fraction or '0'}")
    if suffix in BINARY:
        return _EXACT.multiply(number, Decimal(2 ** BINARY[suffix]))
    return number.scaleb(int(suffix[1:]) if _is_exponent(suffix) else SUFFIXES[suffix], context=_EXACT)


def _binary(value: int) -> str:
    suffixes = ["", *BINARY]
    power = 0
    while value % 1024 == 0 and power + 1 < len(suffixes):
        value, power = value // 1024, power + 1
    return f"{value}{suffixes[power]}"


def _decimal(value: Decimal, *, as_exponent: bool) -> str:
    """Return a value with the largest power of a thousand that leaves it whole."""
    sign, digits, exponent = value.normalize(_EXACT).as_tuple()
    power = int(exponent) // 3 * 3
    power = power if as_exponent else min(power, 18)
    number = "".join(map(str, digits)) + "0" * (int(exponent) - power)
    suffix = (f"e{power}" if power else "") if as_exponent else _BY_POWER[power]
    return f"{'-' if sign else ''}{number}{suffix}"
