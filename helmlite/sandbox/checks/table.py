"""The table of checks: what its rules and conditions mean."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import resources as files
from typing import Any, TypeAlias

from helmlite import documents
from helmlite.sandbox.checks import names, resources
from helmlite.sandbox.checks.places import At, Check, Word, label_keys, labels, listed, part, percent, tell

Condition: TypeAlias = Callable[[Any], bool]

_BOUNDS = re.compile(r"(-?\d+)(?: to (\d+))?(?: (.+))?")
MISSING: Sequence[Any] = (None, "", 0, [], {})
"""What counts as no value where one is required."""


@functools.cache
def checks_by_type() -> Mapping[str, Sequence[tuple[str, Check]]]:
    """Return the checks of each type: of which field (``.``: of the whole), and the check."""
    found: dict[str, list[tuple[str, Check]]] = {}
    for name, fields in _table()["types"].items():
        cases = [(".", _case(each)) for each in fields.get("when", ())]
        rules = [(field, functools.partial(_follow, _rules(text))) for field, text in fields.items() if field != "when"]
        found[name] = [*rules, *cases]
    return found


@functools.cache
def kept_by_resource() -> Mapping[str, Sequence[tuple[str, str, str]]]:
    """Return what an update of each resource may not change: path, reason and what is said."""
    return {
        resource: [(path, *said.split(" ", 1)) for path, said in paths.items()]
        for resource, paths in _table()["kept"].items()
    }


@functools.cache
def _table() -> Any:
    return documents.read(files.files(__package__).joinpath("table.yaml").read_bytes()).data


def _rules(text: str) -> Sequence[tuple[str, str]]:
    """Return the words of a field's rules, each with what stands after it (``required; of A B``)."""
    return [(word, rest) for word, _, rest in (each.partition(" ") for each in text.split("; "))]


def _follow(given: Sequence[tuple[str, str]], at: At, value: Any) -> None:
    """Check a value by its rules."""
    for index, (word, rest) in enumerate(given):
        if word == "zero":
            value = json.loads(rest) if value is None else value
        elif word == "items":
            for place, each in listed(at, value):
                _follow([*_rules(rest), *given[index + 1 :]], place, each)
            return
        elif word == "required" and value in MISSING:
            at.say("required", rest)
            value = None
        elif word in names.FORMS:
            tell(names.FORMS[word], at, value)
        elif word != "required" and value is not None:
            WORDS[word](at, value, rest)


def _of(at: At, value: Any, rest: str) -> None:
    if value not in _values(rest):
        at.unsupported(value, _values(rest))


def _members(at: At, value: Any, rest: str) -> None:
    for each in value:
        _of(at, each, rest)


def _from(at: At, value: Any, rest: str) -> None:
    first, last, said = _BOUNDS.findall(rest)[0]
    if isinstance(value, int) and not int(first) <= value <= int(last or 2**63):
        at.invalid(value, said or f"must be greater than or equal to {first}")


def _unique(at: At, value: Any, rest: str) -> None:
    seen = set()
    for place, each in listed(at, value):
        name = part(each, rest)
        if name and name in seen:
            place.to(rest).say("duplicate", value=name)
        seen.add(name)


def _strategy(at: At, value: Any, rest: str) -> None:
    if value.get("type") not in _values(rest):
        at.unsupported({"Type": value.get("type"), "RollingUpdate": None}, _values(rest))


def _values(text: str) -> list[str]:
    return [each.strip('"') for each in text.split()]


def _port(at: At, value: Any, _: str) -> None:
    if isinstance(value, str):
        tell(names.port_name, at, value)
    elif not 1 <= value <= 65535:
        at.invalid(value, "must be between 1 and 65535, inclusive")


def _percent(at: At, value: Any, rest: str) -> None:
    """Check a number or percentage; ``rest`` is the greatest percentage, if there is one."""
    if isinstance(value, str):
        tell(names.percentage, at, value)
        if rest and percent(value) > int(rest):
            at.invalid(value, f"must not be greater than {rest}%")
    elif value < 0:
        at.invalid(value, "must be greater than or equal to 0")


WORDS: Mapping[str, Word] = {
    **resources.WORDS,
    "from": _from,
    "labels": labels,
    "label_keys": label_keys,
    "members": _members,
    "of": _of,
    "percent": _percent,
    "port": _port,
    "strategy": _strategy,
    "unique": _unique,
}
"""What looks at a value, by the word that the table has for it (beside the forms of texts)."""


def _case(text: str) -> Check:
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
            zero: Any = [] if reason == "list" else ""
            place.invalid(given if reason == "invalid" and given is not None else zero, detail)
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
        left, right = _number_of(value, path), _number_of(value, operands[0]) or 0
        return isinstance(left, int) and isinstance(right, int) and left < right + beyond

    return condition


_TESTS: Mapping[str, Callable[[str, Sequence[str]], Condition]] = {
    "set": lambda path, _: lambda value: _at_path(value, path) not in (None, "", []),
    "unset": lambda path, _: lambda value: _at_path(value, path) in (None, "", []),
    "is": lambda path, operands: lambda value: _as_text(_at_path(value, path)) in operands,
    "not": lambda path, operands: lambda value: _as_text(_at_path(value, path)) not in operands,
    "zero": lambda path, _: lambda value: percent(_at_path(value, path) or 0) == 0 and _plain(_at_path(value, path)),
    "<": lambda path, operands: _compare(path, operands, 0),
    "<=": lambda path, operands: _compare(path, operands, 1),
}
"""What a condition asks, by its word."""


def _plain(value: Any) -> bool:
    """Return whether a value is a number or percentage at all, if it is there."""
    return value is None or str(value).removesuffix("%").isdecimal()


def _as_text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | int) else str(value or "")
