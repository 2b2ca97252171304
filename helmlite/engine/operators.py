"""Operators on values, with the size of what they make checked first."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from helmlite.engine.bounds import NUMBER_DIGITS, BoundExceeded, Meter
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import Undefined, kind_of
from helmlite.engine.text_methods import TextMethods

NUMBER_BITS = NUMBER_DIGITS * 10 // 3

BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "**": operator.pow,
    "%": operator.mod,
}

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "in": lambda item, container: item in container,
    "notin": lambda item, container: item not in container,
}

SCALARS = str | int | float | None


class Operators:
    """Arithmetic and comparison within the bounds of one rendering."""

    def __init__(self, meter: Meter, methods: TextMethods) -> None:
        self._meter = meter
        self._methods = methods

    def binary(self, sign: str, left: Any, right: Any) -> Any:
        """Return ``left sign right``; raises BoundExceeded, and TemplateFailure where the sign makes no sense."""
        self._meter.tick()
        if isinstance(left, str) and sign == "%":
            return self._methods.percent(left, right)
        if isinstance(left, int) and isinstance(right, int):
            self._check_numbers(sign, left, right)
        elif sign == "+" and isinstance(left, str) and isinstance(right, str):
            self._meter.charge_text(len(left) + len(right))
        elif sign == "+" and isinstance(left, list | tuple) and isinstance(right, list | tuple):
            self._meter.charge_items(len(left) + len(right))
        elif sign == "*":
            self._check_repetition(left, right)
        try:
            return BINARY[sign](left, right)
        except ZeroDivisionError:
            raise TemplateFailure("division by zero") from None
        except OverflowError:
            raise BoundExceeded("a number is too large", "what a float holds", fixed=True) from None
        except TypeError:
            raise TemplateFailure(
                f"{kind_of(left)} {sign} {kind_of(right)} makes no sense",
                hint="`~` joins anything as text." if sign == "+" else None,
            ) from None

    def _check_numbers(self, sign: str, left: int, right: int) -> None:
        bits = 0
        if sign == "*":
            bits = left.bit_length() + right.bit_length()
        elif sign == "**" and right > 0 and left not in (0, 1, -1):
            bits = left.bit_length() * right
        elif sign in ("+", "-"):
            bits = max(left.bit_length(), right.bit_length()) + 1
        if bits > NUMBER_BITS:
            raise BoundExceeded("a number is too large", f"{NUMBER_DIGITS:,} digits", fixed=True)

    def _check_repetition(self, left: Any, right: Any) -> None:
        for many, times in ((left, right), (right, left)):
            if isinstance(times, int):
                if isinstance(many, str):
                    self._meter.charge_text(len(many) * max(times, 0))
                elif isinstance(many, list | tuple):
                    self._meter.charge_items(len(many) * max(times, 0))

    def unary(self, sign: str, value: Any) -> Any:
        """Return ``-value`` or ``+value``."""
        if isinstance(value, Undefined):
            str(value)
        if not isinstance(value, int | float):
            raise TemplateFailure(f"{sign} before {kind_of(value)} makes no sense")
        return -value if sign == "-" else +value

    def compare(self, name: str, left: Any, right: Any) -> Any:
        """Return what a comparison gives; ``name`` is Jinja2's (``eq``, ``lteq``, ``notin``)."""
        self._meter.tick()
        if name in ("in", "notin"):
            if isinstance(right, str) and not isinstance(left, str | Undefined):
                raise TemplateFailure(f"{kind_of(left)} cannot be in text", hint="`| string` makes it text.")
            self._meter.charge_key(left)
            if not isinstance(left, SCALARS) and isinstance(right, list | tuple):
                self._check_deep(left, right)
        elif not isinstance(left, SCALARS) and not isinstance(right, SCALARS):
            self._check_deep(left, right)
        try:
            return COMPARE[name](left, right)
        except TypeError:
            sign = {"gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "notin": "not in"}.get(name, name)
            raise TemplateFailure(f"{kind_of(left)} {sign} {kind_of(right)} makes no sense") from None

    def _check_deep(self, left: Any, right: Any) -> None:
        self._meter.charge_value(left)
        self._meter.charge_value(right)
