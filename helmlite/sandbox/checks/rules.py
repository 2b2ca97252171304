"""What the table of checks is read with: places in an object, the server's wordings, and the rules' meaning.

A check is told a place and the value there (None where there is none), and tells the place of every fault it finds.
Values have the JSON types of their schema by then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from helmlite.sandbox.checks import names
from helmlite.sandbox.quantities import parse_quantity
from helmlite.sandbox.status import Cause

Check: TypeAlias = "Callable[[At, Any], None]"
Condition: TypeAlias = Callable[[Any], bool]

_BOUNDS = re.compile(r"(-?\d+)(?: to (\d+))?(?: (.+))?")
_REASONS = {
    "required": ("Required", "Required value"),
    "forbidden": ("Forbidden", "Forbidden"),
    "invalid": ("Invalid", "Invalid value: {}"),
    "unsupported": ("NotSupported", "Unsupported value: {}"),
    "duplicate": ("Duplicate", "Duplicate value: {}"),
    "missing": ("NotFound", "Not found: {}"),
    "long": ("TooLong", "Too long"),
}
MISSING: Sequence[Any] = (None, "", 0, [], {})
"""What counts as no value where one is required."""
PORT = "must be between 1 and 65535, inclusive"


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


def rules(text: str, words: Mapping[str, Check]) -> Check:
    """Return the check that a field's rules (``required; dns_label``) stand for; ``words`` are those without text."""
    checks = [_rule(each, words) for each in text.split("; ")]

    def check(at: At, value: Any) -> None:
        for rule in checks:
            value = rule(at, value)

    return check


def _rule(text: str, words: Mapping[str, Check]) -> Callable[[At, Any], Any]:
    """Return what looks at a value, and returns the value that the rules after it look at."""
    word, _, rest = text.partition(" ")
    if word == "zero":
        zero = json.loads(rest)
        return lambda _, value: zero if value is None else value
    if word == "items":
        check = _items(rules(rest, words))
    else:
        check = _WITH_TEXT[word](rest) if word in _WITH_TEXT else words[word]

    def rule(at: At, value: Any) -> Any:
        if value is not None or word == "required":
            check(at, value)
        return None if word == "required" and value in MISSING else value

    return rule


def _required(rest: str) -> Check:
    def check(at: At, value: Any) -> None:
        if value in MISSING:
            at.say("required", rest)

    return check


def _of(rest: str) -> Check:
    supported = _values(rest)

    def check(at: At, value: Any) -> None:
        if value not in supported:
            at.unsupported(value, supported)

    return check


def _members(rest: str) -> Check:
    one = _of(rest)

    def check(at: At, value: Any) -> None:
        for each in value:
            one(at, each)

    return check


def _items(one: Check) -> Check:
    def check(at: At, value: Any) -> None:
        for place, each in listed(at, value):
            one(place, each)

    return check


def _from(rest: str) -> Check:
    first, last, text = _BOUNDS.findall(rest)[0]
    least, most, said = int(first), int(last or 2**63), text or f"must be greater than or equal to {first}"

    def check(at: At, value: Any) -> None:
        if isinstance(value, int) and not least <= value <= most:
            at.invalid(value, said)

    return check


def _unique(rest: str) -> Check:
    def check(at: At, value: Any) -> None:
        seen = set()
        for place, each in listed(at, value):
            name = part(each, rest)
            if name and name in seen:
                place.to(rest).say("duplicate", value=name)
            seen.add(name)

    return check


def _strategy(rest: str) -> Check:
    supported = _values(rest)

    def check(at: At, value: Any) -> None:
        if value.get("type") not in supported:
            at.unsupported({"Type": value.get("type"), "RollingUpdate": None}, supported)

    return check


_WITH_TEXT: Mapping[str, Callable[[str], Check]] = {
    "required": _required,
    "of": _of,
    "members": _members,
    "from": _from,
    "unique": _unique,
    "strategy": _strategy,
}


def _values(text: str) -> list[str]:
    return [each.strip('"') for each in text.split()]


def _port(at: At, value: Any) -> None:
    if not 1 <= value <= 65535:
        at.invalid(value, PORT)


def _port_or_name(at: At, value: Any) -> None:
    (PLAIN_WORDS["port_name"] if isinstance(value, str) else _port)(at, value)


def _percent(at: At, value: Any) -> None:
    if isinstance(value, int) and value < 0:
        at.invalid(value, "must be greater than or equal to 0")
    for message in names.percentage(value) if isinstance(value, str) else ():
        at.invalid(value, message)


def _share(at: At, value: Any) -> None:
    _percent(at, value)
    if isinstance(value, str) and percent(value) > 100:
        at.invalid(value, "must not be greater than 100%")


def labels(at: At, value: Any) -> None:
    """Check labels: their keys and values."""
    for key, text in (value or {}).items():
        for message in names.label_key(key):
            at.invalid(key, message)
        for message in names.label_value(text or ""):
            at.invalid(text, message)


def _text(form: names.Form) -> Check:
    def check(at: At, value: Any) -> None:
        for message in form(value) if isinstance(value, str) else ():
            at.invalid(value, message)

    return check


PLAIN_WORDS: Mapping[str, Check] = {
    "labels": labels,
    "percent": _percent,
    "port": _port,
    "port_or_name": _port_or_name,
    "share": _share,
    **{name: _text(form) for name, form in names.FORMS.items()},
}
"""Rules that need no text."""


def case(text: str) -> Check:
    """Return the check that a line of ``when`` stands for: ``conditions | path | what is said``."""
    conditions, path, saying = text.split(" | ", 2)
    asked = [_condition(each) for each in conditions.split("; ")]
    target, _, source = path.partition("<")
    reason, _, detail = saying.partition(" ")

    def check(at: At, value: Any) -> None:
        if not all(each(value) for each in asked):
            return
        place = within(at, target)
        given = value if (source or target) == "." else _at_path(value, source or target)
        if reason in ("invalid", "blank", "list"):
            place.invalid(
                [] if reason == "list" else given if reason == "invalid" and given is not None else "", detail
            )
        elif reason == "unsupported":
            place.unsupported("" if given is None else given, _values(detail))
        else:
            place.say(reason, detail)

    return check


def within(at: At, path: str) -> At:
    """Return the place of a path of the table: ``spec.type``, ``.`` itself, ``../name`` at the list it is in."""
    if path.startswith("../"):
        at, path = At(at.path.rpartition("[")[0], at.found), path[3:]
    return at if path in ("", ".") else at.to(path)


def _at_path(value: Any, path: str) -> Any:
    return part(value, *path.split("."))


def _condition(text: str) -> Condition:
    many, _, rest = text.partition(" of ")
    if many in ("several", "none"):
        paths = rest.split()
        return lambda value: _count(value, paths) > 1 if many == "several" else _count(value, paths) == 0
    path, word, *operands = text.split()
    return _TESTS[word](path, [each.strip('"') for each in operands])


def _count(value: Any, paths: Sequence[str]) -> int:
    return sum(_at_path(value, each) not in (None, []) for each in paths)


def _number_of(value: Any, text: str) -> Any:
    return int(text) if text.isdecimal() else _at_path(value, text)


def _compare(path: str, operands: Sequence[str], beyond: int) -> Condition:
    def condition(value: Any) -> bool:
        left, right = _number_of(value, path), _number_of(value, operands[0])
        return isinstance(left, int) and isinstance(right, int) and left < right + beyond

    return condition


_TESTS: Mapping[str, Callable[[str, Sequence[str]], Condition]] = {
    "set": lambda path, _: lambda value: _at_path(value, path) not in (None, "", []),
    "unset": lambda path, _: lambda value: _at_path(value, path) in (None, "", []),
    "is": lambda path, operands: lambda value: _as_text(_at_path(value, path)) in operands,
    "not": lambda path, operands: lambda value: _as_text(_at_path(value, path)) not in operands,
    "has": lambda path, operands: lambda value: operands[0] in (_at_path(value, path) or ()),
    "zero": lambda path, _: lambda value: percent(_at_path(value, path) or 0) == 0 and _plain(_at_path(value, path)),
    "nonzero": lambda path, _: lambda value: percent(_at_path(value, path) or 0) > 0,
    "<": lambda path, operands: _compare(path, operands, 0),
    "<=": lambda path, operands: _compare(path, operands, 1),
}
"""What a condition asks, by its word."""


def _plain(value: Any) -> bool:
    """Return whether a value is a number or percentage at all, if it is there."""
    return value is None or str(value).removesuffix("%").isdecimal()


def _as_text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | int) else str(value or "")
