"""Which words are values, and how numbers are written: YAML 1.1 as Helm knows it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from helmlite.documents.parsed import INTEGER_DIGITS, DocumentError, Value

Fault: TypeAlias = Callable[[str], DocumentError]
"""Makes an error of a message: one that knows where."""


def _cases(*words: str) -> frozenset[str]:
    return frozenset(made for word in words for made in (word, word.capitalize(), word.upper()))


NULLS = frozenset(("", "~", "null", "Null", "NULL"))
TRUE = _cases("y", "yes", "true", "on")
FALSE = _cases("n", "no", "false", "off")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_OCTAL = re.compile(r"0[0-7]+", re.ASCII)
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def plain(text: str, fault: Fault) -> Value:
    """Return what a scalar without quotes and tag means; raises what ``fault`` makes of a message."""
    if text in NULLS:
        return None
    first = text[0]
    if first in "yYnNtTfFoO":
        return True if text in TRUE else False if text in FALSE else text
    if first not in "0123456789+-.":
        return text
    digits = text.replace("_", "")
    if _NUMBER.fullmatch(digits) or digits.lstrip("+-")[:2].lower() in ("0x", "0o", "0b"):
        return _number(text, digits, fault)
    if _NOT_A_NUMBER.fullmatch(text):
        raise fault("infinite and undefined numbers cannot be kept")
    return text


def _number(text: str, digits: str, fault: Fault) -> Value:
    sign, bare = ("-", digits[1:]) if digits.startswith("-") else ("", digits.lstrip("+"))
    if len(bare) > INTEGER_DIGITS:
        raise fault(f"a number of more than {INTEGER_DIGITS} digits")
    bases = {"0x": 16, "0o": 8, "0b": 2}
    base = bases.get(bare[:2].lower())
    try:
        if base:
            return int(sign + bare[2:], base)
        if _OCTAL.fullmatch(bare):
            return int(sign + bare, 8)
        if bare.isdigit():
            return int(sign + bare)  # 08 too, as Helm does
        float(bare)
    except ValueError:
        return text
    return checked_float(sign + bare, fault)


def checked_float(text: str, fault: Fault) -> float:
    """Return a finite float; raises what ``fault`` makes of a message."""
    number = float(text)
    if math.isinf(number):
        raise fault("a number too large for a float")
    return number


def number_text(number: int | float) -> str:
    """Return a number as the key that Helm makes of it."""
    if isinstance(number, int):
        return str(number)
    return go_float(number)


def go_float(number: float) -> str:
    """Return a float much as Go does: whole ones as exact integers (also -0.0), exponents beyond 1e21 and 1e-6."""
    size = abs(number)
    if number.is_integer() and size < 1e21:
        return str(int(number))
    if 1e-6 <= size < 1e21:
        text = f"{Decimal(repr(number)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, exponent = repr(number).partition("e")
    if not exponent:
        mantissa, _, exponent = f"{number:e}".partition("e")
        mantissa = repr(float(mantissa))
    mantissa = mantissa.removesuffix(".0")
    power = int(exponent)
    return f"{mantissa}e{'+' if power > 0 else '-'}{abs(power):02d}"
