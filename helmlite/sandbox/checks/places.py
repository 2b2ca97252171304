"""Places in an object, and the wordings in which the server says what is wrong there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from helmlite.sandbox.checks import names
from helmlite.sandbox.quantities import parse_quantity
from helmlite.sandbox.status import Cause

Check: TypeAlias = "Callable[[At, Any], None]"
"""Is told a place and the value there (None where there is none), and tells the place of every fault."""
Word: TypeAlias = "Callable[[At, Any, str], None]"
"""The same, told besides what stands after its word in the table; it is asked of values that are there only."""

_REASONS = {
    "required": ("Required", "Required value"),
    "forbidden": ("Forbidden", "Forbidden"),
    "invalid": ("Invalid", "Invalid value: {}"),
    "unsupported": ("NotSupported", "Unsupported value: {}"),
    "duplicate": ("Duplicate", "Duplicate value: {}"),
    "missing": ("NotFound", "Not found: {}"),
    "long": ("TooLong", "Too long"),
    "many": ("TooMany", "Too many: {}"),
}


@dataclass(frozen=True, slots=True)
class At:
    """A place in an object (``spec.ports[0].port``), and the causes found so far anywhere in the object."""

    path: str
    found: list[Cause]

    def to(self, *fields: object) -> At:
        """Return the place of a field of this one, or of a field's field; a number stands for an item of a list."""
        path = self.path
        for each in fields:
            path = f"{path}[{each}]" if isinstance(each, int) else f"{path}.{each}".lstrip(".")
        return At(path, self.found)

    def key(self, name: str) -> At:
        """Return the place of a mapping's free key."""
        return At(f"{self.path}[{name}]", self.found)

    def say(self, reason: str, detail: str = "", value: Any = None) -> None:
        """Say that a value is ``required``, ``invalid``, ``unsupported``, ``duplicate``, ``missing``, ``long`` ..."""
        name, said = _REASONS[reason]
        message = ": ".join(filter(None, (said.format(shown(value)), detail)))
        self.found.append(Cause(field=self.path or "[]", reason=f"FieldValue{name}", message=message))

    def invalid(self, value: Any, detail: str) -> None:
        """Say what is wrong with a value."""
        self.say("invalid", detail, value)

    def unsupported(self, value: Any, supported: Sequence[str]) -> None:
        """Say that a value is none of those there are."""
        self.say("unsupported", f"supported values: {', '.join(map(shown, supported))}", value)


def shown(value: Any) -> str:
    """Return a value as messages have it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def part(value: Any, *path: str) -> Any:
    """Return what stands under a path of fields, None where there is nothing."""
    for each in path:
        value = value.get(each) if isinstance(value, Mapping) else None
    return value


def listed(at: At, value: Any) -> Iterator[tuple[At, Any]]:
    """Return each item of a list with its place (``null`` is an empty one); nothing of what is no list."""
    for index, each in enumerate(value if isinstance(value, list) else ()):
        yield at.to(index), {} if each is None else each


def amount(value: Any) -> Decimal:
    """Return a quantity's value, 0 of what is none."""
    return parse_quantity(value) or Decimal(0)


def percent(value: Any) -> int:
    """Return the number before the percent sign, or the number itself; 0 of anything else."""
    text = str(value).removesuffix("%")
    return int(text) if text.isdecimal() and len(text) < 20 else 0


def labels(at: At, value: Any, _: str = "") -> None:
    """Check labels: their keys and values."""
    for key, text in (value or {}).items():
        tell(names.label_key, at, key)
        tell(names.label_value, at, text or "")


def label_keys(at: At, value: Any, _: str = "") -> None:
    """Check the keys of annotations, which may have capitals in their domain."""
    for key in value or ():
        for message in names.label_key(key.lower()):
            at.invalid(key, message)


def tell(form: names.Form, at: At, text: Any) -> None:
    """Tell a place what is wrong with the form of a text."""
    for message in form(text) if isinstance(text, str) else ():
        at.invalid(text, message)
